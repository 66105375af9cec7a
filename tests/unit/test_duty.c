/* Goal: what the plan asks of the relay is due when people can use it: handovers at the instant, holes in the plan weeks ahead, notices in
 * the working hours of those who come; and a duty keeps its name as long as the plan says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../support/rota.h"
#include "judge/duty.h"

/* Keegan and Bola until the 14th of December, a Monday; then Bola and Valery. */
static struct settings *
plan(struct arena *a)
{
	struct settings *s = rota_new(a);

	rota_engineer(a, s, "keegan", "Keegan", "Africa/Johannesburg", 900, 1700);
	rota_engineer(a, s, "bola", "Bola", "Africa/Lagos", 900, 1700);
	rota_engineer(a, s, "valery", "Valery", "America/Los_Angeles", 900, 1700);
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "keegan bola");
	rota_rotation(a, s, "core", "2026-12-14", "2027-02-01", "bola valery");
	return s;
}

/* The duty of that name as it stands at an instant, or NULL. */
static const struct duty *
named(struct arena *a, const struct settings *s, const char *now, const char *name)
{
	struct duty *v;
	size_t n = duties(s, NULL, a, instant(now), &v);

	for (size_t i = 0; i < n; i++) {
		assert_true(i == 0 || v[i - 1].due <= v[i].due);
		assert_true(v[i].over > instant(now));
		if (strcmp(v[i].name, name) == 0)
			return &v[i];
	}
	return NULL;
}

static void
assert_due(struct arena *a, const struct settings *s, const char *now, const char *name, const char *due)
{
	const struct duty *d = named(a, s, now, name);
	char text[CLOCK_TEXT];

	if (d == NULL)
		fail_msg("%s: no %s", now, name);
	else if (d->due != instant(due))
		fail_msg("%s: %s is due %s, not %s", now, name, clock_rfc3339(d->due, text), due);
}

static void
test_a_handover_is_due_at_the_end_and_for_a_month(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = plan(a);

	(void)state;
	assert_due(a, s, "2026-12-01", "handover core 2026-12-14", "2026-12-14 00:00");
	assert_due(a, s, "2027-01-12", "handover core 2026-12-14", "2026-12-14 00:00");
	assert_null(named(a, s, "2027-01-13", "handover core 2026-12-14"));
	s->handover_minute = 9 * 60;
	s->handover_zone = zone_load("Europe/London");
	assert_due(a, s, "2026-12-01", "handover core 2026-12-14", "2026-12-14 09:00");
}

static void
test_who_comes_and_who_stays(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = plan(a);
	const struct engineer **in;

	(void)state;
	assert_int_equal(rotation_incoming(s, a, &s->rotations[1], &in), 1);
	assert_string_equal(in[0]->name, "valery");
	assert_true(rotation_had(s, &s->rotations[0], rota_find(s, "keegan")));
	assert_false(rotation_had(s, &s->rotations[0], rota_find(s, "valery")));
	rota_override(a, s, "core", "2026-11-20", "2026-11-23", "valery", "bola");
	assert_true(rotation_had(s, &s->rotations[0], rota_find(s, "valery")));
	assert_null(named(a, s, "2026-12-01", "notice-week core 2026-12-14 bola"));
	assert_non_null(named(a, s, "2026-12-01", "notice-week core 2026-12-14 valery"));
}

/* A week ahead is the first working moment of that day; a day ahead is the Friday where the rotation begins on a Monday. */
static void
test_notices_come_in_working_hours(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = plan(a);

	(void)state;
	assert_due(a, s, "2026-12-01", "notice-week core 2026-12-14 valery", "2026-12-07 17:00");
	assert_due(a, s, "2026-12-01", "notice-day core 2026-12-14 valery", "2026-12-12 00:00"); /* Friday, 16:00 in his place */
	/* Away on that Friday: the day before it. */
	rota_away(a, s, "valery", "2026-12-11", "2026-12-13");
	assert_due(a, s, "2026-12-01", "notice-day core 2026-12-14 valery", "2026-12-11 00:00");
	/* The seat is his since Thursday night: his next hours, and one notice is enough. */
	assert_due(a, s, "2026-12-11 03:00", "notice-day core 2026-12-14 valery", "2026-12-14 17:00");
	assert_null(named(a, s, "2026-12-11 03:00", "notice-week core 2026-12-14 valery"));
	/* It has begun: nobody is told of it any more. */
	assert_null(named(a, s, "2026-12-15", "notice-day core 2026-12-14 valery"));
}

static void
test_a_gap_is_known_two_weeks_ahead(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = plan(a);
	const struct duty *d;

	(void)state;
	assert_null(named(a, s, "2026-12-01", "gap core 2026-12-14"));
	assert_due(a, s, "2027-01-01", "gap core 2027-02-01", "2027-01-18 00:00");
	/* It has run out long ago, and nobody was told. */
	d = named(a, s, "2028-06-01", "gap core 2027-02-01");
	assert_non_null(d);
	assert_true(d->until == INT64_MAX);
	/* A rotation that leaves a hole. */
	rota_rotation(a, s, "core", "2027-02-08", "2027-03-01", "keegan bola");
	d = named(a, s, "2027-01-20", "gap core 2027-02-01");
	assert_non_null(d);
	assert_true(d->until == instant("2027-02-08"));
	assert_null(named(a, s, "2027-02-08", "gap core 2027-02-01"));
	assert_due(a, s, "2027-02-01", "gap core 2027-03-01", "2027-02-15 00:00");
}

static void
test_open_seats_are_known_a_week_ahead(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = plan(a);

	(void)state;
	assert_null(named(a, s, "2026-12-01", "seats core 2026-12-14"));
	s->seats_wanted = 3;
	assert_due(a, s, "2026-12-01", "seats core 2026-12-14", "2026-12-07 00:00");
	s->seats_wanted = 0;
	rota_rotation(a, s, "infra", "2026-12-21", "2027-02-01", "keegan TBD");
	assert_due(a, s, "2026-12-01", "seats infra 2026-12-21", "2026-12-14 00:00");
	/* Nobody looked in that week: still said, until it is over. */
	assert_non_null(named(a, s, "2027-01-31", "seats infra 2026-12-21"));
	assert_null(named(a, s, "2027-02-01", "seats infra 2026-12-21"));
}

/* An empty plan, one that ends before it begins, one whose first rotation is far off: nothing to do, and an end. */
static void
test_odd_plans(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = rota_new(a);
	struct duty *v;

	(void)state;
	assert_int_equal(duties(s, NULL, a, instant("2026-12-01"), &v), 0);
	rota_engineer(a, s, "keegan", "Keegan", "UTC", 900, 1700);
	rota_rotation(a, s, "core", "2028-01-01", "2028-02-01", "keegan");
	assert_int_equal(duties(s, NULL, a, instant("2026-12-01"), &v), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_handover_is_due_at_the_end_and_for_a_month),
		cmocka_unit_test(test_who_comes_and_who_stays),
		cmocka_unit_test(test_notices_come_in_working_hours),
		cmocka_unit_test(test_a_gap_is_known_two_weeks_ahead),
		cmocka_unit_test(test_open_seats_are_known_a_week_ahead),
		cmocka_unit_test(test_odd_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

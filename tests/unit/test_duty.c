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

	(void)state;
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

/* Keegan stands in for Bola, who comes back: Keegan is told, with the end of these days; Bola is not told anew. */
static void
test_a_stand_in_is_told_like_who_comes(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = plan(a);
	const struct duty *d;

	(void)state;
	rota_override(a, s, "core", "2027-01-11", "2027-01-13", "keegan", "bola");
	assert_due(a, s, "2026-12-28", "stand-in-week core 2027-01-11 keegan", "2027-01-04 07:00");
	assert_due(a, s, "2026-12-28", "stand-in-day core 2027-01-11 keegan", "2027-01-08 07:00"); /* Friday */
	d = named(a, s, "2026-12-28", "stand-in-day core 2027-01-11 keegan");
	assert_string_equal(d->stands_for->name, "bola");
	assert_true(d->at == instant("2027-01-11") && d->until == instant("2027-01-13"));
	assert_null(named(a, s, "2026-12-28", "notice-week core 2026-12-14 bola"));
	assert_null(named(a, s, "2027-01-13", "stand-in-day core 2027-01-11 keegan"));
	/* Who has a seat already has nothing new to hear. */
	rota_override(a, s, "core", "2027-01-18", "2027-01-20", "valery", "bola");
	assert_null(named(a, s, "2027-01-05", "stand-in-week core 2027-01-18 valery"));
}

/* Somebody is ill: the override is written on Saturday for that day, and the stand-in works from Monday on. */
static void
test_a_stand_in_of_today_is_told_in_his_next_hours(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = plan(a);

	(void)state;
	rota_override(a, s, "core", "2027-01-09", "2027-01-16", "keegan", "bola");
	assert_due(a, s, "2027-01-09 06:00", "stand-in-day core 2027-01-09 keegan", "2027-01-11 07:00");
	assert_null(named(a, s, "2027-01-09 06:00", "stand-in-week core 2027-01-09 keegan"));
	assert_null(named(a, s, "2027-01-12", "stand-in-day core 2027-01-09 keegan"));
}

/* Each hears of what is his: the stand-in at the beginning of a rotation of his few days, and who comes after him of his. */
static void
test_a_stand_in_at_the_beginning_of_a_rotation(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = plan(a);
	const struct duty *d;

	(void)state;
	rota_override(a, s, "core", "2026-12-14", "2026-12-17", "keegan", "valery");
	assert_due(a, s, "2026-12-01", "stand-in-week core 2026-12-14 keegan", "2026-12-07 07:00");
	assert_null(named(a, s, "2026-12-01", "notice-week core 2026-12-14 keegan"));
	d = named(a, s, "2026-12-01", "notice-week core 2026-12-14 valery");
	assert_non_null(d);
	assert_true(d->at == instant("2026-12-17") && d->due == instant("2026-12-10 00:00"));
	/* A stand-in whose own rotation follows hears of it, too. */
	rota_override(a, s, "core", "2026-12-12", "2026-12-14", "valery", "keegan");
	s->noverrides--;
	s->overrides[0] = s->overrides[1];
	assert_non_null(named(a, s, "2026-12-01", "stand-in-week core 2026-12-12 valery"));
	assert_due(a, s, "2026-12-01", "notice-week core 2026-12-14 valery", "2026-12-07 17:00");
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
		cmocka_unit_test(test_a_stand_in_is_told_like_who_comes),
		cmocka_unit_test(test_a_stand_in_of_today_is_told_in_his_next_hours),
		cmocka_unit_test(test_a_stand_in_at_the_beginning_of_a_rotation),
		cmocka_unit_test(test_a_gap_is_known_two_weeks_ahead),
		cmocka_unit_test(test_open_seats_are_known_a_week_ahead),
		cmocka_unit_test(test_odd_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

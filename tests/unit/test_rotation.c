/* Goal: at any instant the resolver says who has a seat, who is at work and who is next, as the wall clocks have it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/rota.h"
#include "judge/rotation.h"

/* "keegan until 2026-11-23T15:00:00Z; bola until …" */
static const char *
on_shift(struct arena *a, const struct settings *s, const char *at)
{
	const char *text = "";
	char until[CLOCK_TEXT];
	struct who who;

	rotation_who(s, NULL, a, "core", instant(at), &who);
	for (size_t i = 0; i < who.non; i++)
		text = arena_printf(a, "%s%s%s%s%s until %s", text, i ? "; " : "", who.on[i].engineer->name,
		    who.on[i].stands_for != NULL ? " for " : "", who.on[i].stands_for != NULL ? who.on[i].stands_for->name : "",
		    clock_rfc3339(who.on[i].until, until));
	return text;
}

static const char *
next_shifts(struct arena *a, const struct settings *s, const char *at)
{
	const char *text = "";
	char from[CLOCK_TEXT];
	struct who who;

	rotation_who(s, NULL, a, "core", instant(at), &who);
	for (size_t i = 0; i < who.nnext; i++)
		text = arena_printf(a, "%s%s%s %s", text, i ? "; " : "", who.next[i].engineer->name, clock_rfc3339(who.next[i].from, from));
	return text;
}

static struct settings *
three_around_the_world(struct arena *a)
{
	struct settings *s = rota_new(a);

	rota_engineer(a, s, "keegan", "Keegan", "Africa/Johannesburg", 900, 1700);
	rota_engineer(a, s, "bola", "Bola", "Africa/Lagos", 900, 1700);
	rota_engineer(a, s, "taras", "Taras", "America/Los_Angeles", 900, 1700);
	rota_engineer(a, s, "valery", "Valery", "Asia/Tbilisi", 1000, 1800);
	return s;
}

static void
a_working_day_goes_round(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three_around_the_world(a);

	(void)state;
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "keegan bola TBD taras");
	assert_string_equal(on_shift(a, s, "2026-11-23 06:59"), "");
	assert_string_equal(on_shift(a, s, "2026-11-23 07:00"), "keegan until 2026-11-23T15:00:00Z");
	assert_string_equal(on_shift(a, s, "2026-11-23 10:00"),
	    "keegan until 2026-11-23T15:00:00Z; bola until 2026-11-23T16:00:00Z");
	assert_string_equal(on_shift(a, s, "2026-11-23 15:00"), "bola until 2026-11-23T16:00:00Z");
	assert_string_equal(on_shift(a, s, "2026-11-23 20:00"), "taras until 2026-11-24T01:00:00Z");
	/* Friday evening: whoever starts first comes first. */
	assert_string_equal(next_shifts(a, s, "2026-11-27 16:30"),
	    "taras 2026-11-27T17:00:00Z; keegan 2026-11-30T07:00:00Z; bola 2026-11-30T08:00:00Z");
	assert_string_equal(next_shifts(a, s, "2026-11-23 10:00"), "taras 2026-11-23T17:00:00Z");
}

static void
days_of_a_rotation_begin_at_the_handover(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three_around_the_world(a);
	int64_t from, to;

	(void)state;
	s->handover_minute = 9 * 60;
	s->handover_zone = zone_load("Europe/London");
	rota_rotation(a, s, "core", "2026-10-05", "2026-11-02", "keegan");
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "bola");
	assert_string_equal(rotation_at(s, "CORE", instant("2026-11-02 08:59"), &from, &to)->seats[0].name, "keegan");
	assert_int_equal(from, instant("2026-10-05 08:00")); /* still summer in London */
	assert_int_equal(to, instant("2026-11-02 09:00"));
	assert_string_equal(rotation_at(s, "core", to, NULL, NULL)->seats[0].name, "bola");
	assert_null(rotation_at(s, "core", instant("2026-12-14 09:00"), NULL, NULL));
	assert_null(rotation_at(s, "core", instant("2026-10-05 07:59"), NULL, NULL));
	assert_null(rotation_at(s, "night", instant("2026-11-03"), NULL, NULL));
	/* Keegan's day is cut by the handover; he has nothing more within the horizon. */
	assert_string_equal(on_shift(a, s, "2026-11-02 08:30"), "keegan until 2026-11-02T09:00:00Z");
	assert_string_equal(next_shifts(a, s, "2026-11-02 08:30"), "bola 2026-11-02T09:00:00Z");
	/* Nobody is seated after the last day; before the first the next is known. */
	assert_string_equal(on_shift(a, s, "2026-12-14 10:00"), "");
	assert_string_equal(next_shifts(a, s, "2026-12-14 10:00"), "");
	assert_string_equal(next_shifts(a, s, "2026-10-04 10:00"), "keegan 2026-10-05T08:00:00Z; bola 2026-11-02T09:00:00Z");
}

static void
who_stays_for_the_next_rotation_is_not_interrupted(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three_around_the_world(a);

	(void)state;
	s->handover_minute = 12 * 60;
	rota_rotation(a, s, "core", "2026-11-02", "2026-11-24", "keegan bola");
	rota_rotation(a, s, "core", "2026-11-24", "2026-12-14", "taras keegan");
	assert_string_equal(on_shift(a, s, "2026-11-24 11:00"),
	    "keegan until 2026-11-24T15:00:00Z; bola until 2026-11-24T12:00:00Z");
}

static void
the_night_belongs_to_the_day_it_began(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = rota_new(a);
	struct engineer *e = rota_engineer(a, s, "nina", "Nina", "Europe/Paris", 2200, 600);
	int64_t until;

	(void)state;
	assert_true(engineer_at_work(e, instant("2026-11-24 04:59"), &until)); /* Tuesday 05:59, of Monday's window */
	assert_int_equal(until, instant("2026-11-24 05:00"));
	assert_false(engineer_at_work(e, instant("2026-11-24 05:00"), &until));
	assert_true(engineer_at_work(e, instant("2026-11-28 04:00"), &until));  /* Saturday morning, of Friday's */
	assert_false(engineer_at_work(e, instant("2026-11-28 21:30"), &until)); /* Saturday evening */
	assert_false(engineer_at_work(e, instant("2026-11-30 04:00"), &until)); /* Monday morning would be Sunday's */
	/* The night of the change of the clocks: eight hours on the wall, nine (seven) to live through. */
	rota_hours(a, e, WEEKEND, 2200, 600);
	assert_true(engineer_at_work(e, instant("2026-10-24 20:00"), &until));
	assert_int_equal(until, instant("2026-10-25 05:00"));
	assert_true(engineer_at_work(e, instant("2027-03-27 21:00"), &until));
	assert_int_equal(until, instant("2027-03-28 04:00"));
	/* In 2006 Saint John's turned its clocks back at 00:01: Sunday had begun, and it was Saturday evening again. */
	e = rota_engineer(a, s, "joan", "Joan", "America/St_Johns", 0, 0);
	rota_hours(a, e, 1 << 6, 0, 400);
	assert_false(engineer_at_work(e, instant("2006-10-29 02:29"), &until));
	assert_true(engineer_at_work(e, instant("2006-10-29 02:45"), &until));
	assert_int_equal(until, instant("2006-10-29 07:30"));
}

static void
windows_that_meet_leave_no_hole(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = rota_new(a);
	struct engineer *e = rota_engineer(a, s, "ann", "Ann", "Europe/Paris", 0, 0);
	struct engineer *never = rota_engineer(a, s, "never", "Never", "Europe/Paris", 0, 0);
	struct engineer *always = rota_engineer(a, s, "always", "Always", "Australia/Lord_Howe", 0, 0);
	int64_t until;

	(void)state;
	/* 02:30 comes twice on 25 October 2026, and does not come on 28 March 2027. Written out of order. */
	rota_hours(a, e, ALL_DAYS, 230, 500);
	rota_hours(a, e, ALL_DAYS, 2300, 230);
	assert_true(engineer_at_work(e, instant("2026-10-25 00:59"), &until));
	assert_int_equal(until, instant("2026-10-25 04:00"));
	assert_true(engineer_at_work(e, instant("2027-03-28 01:00"), &until));
	assert_int_equal(until, instant("2027-03-28 03:00"));
	assert_false(engineer_at_work(never, instant("2026-11-23"), &until));
	rota_hours(a, always, ALL_DAYS, 0, 2400);
	assert_true(engineer_at_work(always, instant("2026-11-23"), &until));
	assert_true(until == INT64_MAX);
	/* Half of a week without end is not for ever. */
	always->hours[0].days = ALL_DAYS & ~1;
	assert_true(engineer_at_work(always, instant("2026-11-25"), &until));
	assert_int_equal(until, instant("2026-11-29 13:00"));
}

static void
away_days_are_ones_own(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three_around_the_world(a);
	const struct engineer *taras = rota_find(s, "taras");
	struct away_span notice = { "Taras", instant("2026-11-26 08:00"), instant("2026-11-27 20:00") };
	struct absences extra = { &notice, 1 };
	int64_t until;

	(void)state;
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "keegan taras");
	rota_away(a, s, "taras", "2026-11-24", "2026-11-26");
	assert_false(engineer_away(s, NULL, taras, instant("2026-11-24 07:59"), &until)); /* still Monday there */
	assert_true(engineer_away(s, NULL, taras, instant("2026-11-24 08:00"), &until));
	assert_int_equal(until, instant("2026-11-26 08:00"));
	assert_false(engineer_away(s, NULL, taras, instant("2026-11-26 08:00"), &until));
	/* The out-of-office mail makes it longer. */
	assert_true(engineer_away(s, &extra, taras, instant("2026-11-24 08:00"), &until));
	assert_int_equal(until, instant("2026-11-27 20:00"));
	assert_string_equal(on_shift(a, s, "2026-11-24 20:00"), "");
	assert_string_equal(next_shifts(a, s, "2026-11-24 20:00"), "keegan 2026-11-25T07:00:00Z; taras 2026-11-26T17:00:00Z");
	/* A doctor at two o'clock ends the shift at two. */
	rota_away(a, s, "taras", "2026-11-30 14:00", "2026-11-30 15:30");
	assert_string_equal(on_shift(a, s, "2026-11-30 20:00"), "taras until 2026-11-30T22:00:00Z");
	assert_string_equal(next_shifts(a, s, "2026-11-30 22:00"), "taras 2026-11-30T23:30:00Z; keegan 2026-12-01T07:00:00Z");
}

static void
nobody_works_before_he_comes_or_after_he_left(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three_around_the_world(a);
	struct engineer *bola = rota_find(s, "bola");
	int64_t until;

	(void)state;
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "bola");
	bola->has_start = bola->has_end = true;
	bola->start = date("2026-11-10");
	bola->end = date("2026-11-20");
	assert_string_equal(next_shifts(a, s, "2026-11-03 10:00"), "bola 2026-11-10T08:00:00Z");
	assert_string_equal(on_shift(a, s, "2026-11-19 15:00"), "bola until 2026-11-19T16:00:00Z");
	assert_true(engineer_away(s, NULL, bola, instant("2026-11-20 10:00"), &until));
	assert_true(until == INT64_MAX);
	assert_string_equal(next_shifts(a, s, "2026-11-20 10:00"), "");
}

static void
a_stand_in_sits_where_the_other_sat(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three_around_the_world(a);
	struct override *swap;

	(void)state;
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "keegan bola");
	rota_override(a, s, "Core", "2026-11-20", "2026-11-24", "valery", "keegan");
	assert_string_equal(on_shift(a, s, "2026-11-19 10:00"),
	    "keegan until 2026-11-19T15:00:00Z; bola until 2026-11-19T16:00:00Z");
	assert_string_equal(on_shift(a, s, "2026-11-20 10:00"),
	    "valery for keegan until 2026-11-20T14:00:00Z; bola until 2026-11-20T16:00:00Z");
	assert_string_equal(next_shifts(a, s, "2026-11-20 10:00"), "keegan 2026-11-24T07:00:00Z");
	assert_string_equal(next_shifts(a, s, "2026-11-19 10:00"), "valery 2026-11-20T06:00:00Z");
	/* The stand-in falls ill himself; Bola, who has a seat, is not seated twice. */
	rota_override(a, s, "core", "2026-11-23", "2026-11-24", "bola", "valery");
	assert_string_equal(on_shift(a, s, "2026-11-23 10:00"), "bola for keegan until 2026-11-23T16:00:00Z");
	/* Two swap seats: once each. */
	rota_override(a, s, "core", "2026-12-01", "2026-12-02", "keegan", "bola");
	swap = &s->overrides[s->noverrides - 1];
	*(struct stand_in *)arena_push(a, &swap->stand_ins, &swap->nstand_ins, sizeof(struct stand_in)) =
	    (struct stand_in){ rota_find(s, "bola"), rota_find(s, "keegan") };
	assert_string_equal(on_shift(a, s, "2026-12-01 10:00"),
	    "bola for keegan until 2026-12-01T16:00:00Z; keegan for bola until 2026-12-01T15:00:00Z");
	/* An open seat has nobody to stand in for, but is a seat. */
	rota_rotation(a, s, "core", "2026-12-14", "2027-01-14", "TBD ?");
	assert_string_equal(on_shift(a, s, "2026-12-15 10:00"), "");
	struct seated *seats;
	assert_int_equal(rotation_seats(s, a, rotation_at(s, "core", instant("2026-12-15"), NULL, NULL), instant("2026-12-15"), &seats), 2);
	assert_null(seats[0].engineer);
	assert_string_equal(seats[1].seat, "?");
}

static void
working_time_passes_in_working_hours(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three_around_the_world(a);
	const struct engineer *bola = rota_find(s, "bola");
	struct engineer *round = rota_engineer(a, s, "round", "Round", "UTC", 0, 0);
	const int64_t hour = 3600;

	(void)state;
	/* Friday 16:30 in Lagos and an hour of work: Monday 09:30. */
	assert_int_equal(engineer_after_work(s, NULL, bola, instant("2026-11-27 15:30"), hour), instant("2026-11-30 08:30"));
	assert_int_equal(engineer_after_work(s, NULL, bola, instant("2026-11-27 15:30"), hour / 2), instant("2026-11-27 16:00"));
	assert_int_equal(engineer_after_work(s, NULL, bola, instant("2026-11-27 15:30"), 0), instant("2026-11-27 15:30") + 1);
	assert_int_equal(engineer_after_work(s, NULL, bola, instant("2026-11-28 15:30"), 1), instant("2026-11-30 08:00") + 1);
	rota_away(a, s, "bola", "2026-11-30", "2026-12-02");
	assert_int_equal(engineer_after_work(s, NULL, bola, instant("2026-11-27 15:30"), hour), instant("2026-12-02 08:30"));
	/* Forty working hours are a week. */
	assert_int_equal(engineer_after_work(s, NULL, bola, instant("2026-12-07 08:00"), 40 * hour), instant("2026-12-11 16:00"));
	/* Without hours the clock runs through, absences apart. */
	assert_int_equal(engineer_after_work(s, NULL, round, instant("2026-11-28 15:30"), hour), instant("2026-11-28 16:30"));
	rota_away(a, s, "round", "2026-11-28 16:00", "2026-11-29 16:00");
	assert_int_equal(engineer_after_work(s, NULL, round, instant("2026-11-28 15:30"), hour), instant("2026-11-29 16:30"));
	/* Who has left still has timers that must ring. */
	round->has_end = true;
	round->end = date("2026-11-01");
	assert_int_equal(engineer_after_work(s, NULL, round, instant("2026-11-28 15:30"), hour), instant("2026-11-28 16:30"));
}

static void
a_change_is_foretold(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = three_around_the_world(a);
	int64_t t = instant("2026-11-01");
	int changes = 0;

	(void)state;
	rota_rotation(a, s, "core", "2026-11-02", "2026-11-16", "keegan bola");
	rota_rotation(a, s, "core", "2026-11-16", "2026-12-14", "bola taras");
	rota_override(a, s, "core", "2026-11-18", "2026-11-20", "valery", "bola");
	rota_away(a, s, "keegan", "2026-11-04 12:00", "2026-11-05");
	/* Between two foretold instants the shift is the same at each quarter of an hour. */
	while (t < instant("2026-12-20")) {
		int64_t next = rotation_next_change(s, NULL, a, "core", t);
		struct who now, then;

		assert_true(next > t);
		rotation_who(s, NULL, a, "core", t, &now);
		for (int64_t x = t + 900; x < next && x < instant("2026-12-20"); x += 900) {
			rotation_who(s, NULL, a, "core", x, &then);
			assert_ptr_equal(then.rotation, now.rotation);
			assert_int_equal(then.non, now.non);
			for (size_t i = 0; i < now.non; i++)
				assert_ptr_equal(then.on[i].engineer, now.on[i].engineer);
		}
		t = next;
		changes++;
	}
	assert_in_range(changes, 100, 300);
}

static void
the_hours_of_the_house(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = rota_new(a);
	struct cover covers[] = { { .window = { WEEKDAYS, 8 * 60, 18 * 60 }, .zone = zone_load("Europe/London") },
		{ .window = { WEEKDAYS, 9 * 60, 17 * 60 }, .zone = zone_load("America/New_York") } };
	const int64_t hour = 3600;

	(void)state;
	s->handover_zone = zone_load("Europe/Berlin");
	/* Without a cover: 09:00 to 17:00 by the clock of the handover. */
	assert_int_equal(office_after(s, instant("2026-11-27 15:00"), 2 * hour), instant("2026-11-30 09:00"));
	/* With one: its hours, over a change to winter time. */
	s->covers = covers;
	s->ncovers = 1;
	assert_int_equal(office_after(s, instant("2026-10-23 16:00"), 2 * hour), instant("2026-10-26 09:00"));
	/* With two they count together, and once where they overlap: Friday's end is New York's. */
	s->ncovers = 2;
	assert_int_equal(office_after(s, instant("2026-11-27 16:00"), 6 * hour), instant("2026-11-27 22:00"));
	assert_int_equal(office_after(s, instant("2026-11-27 16:00"), 7 * hour), instant("2026-11-30 09:00"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_working_day_goes_round),
		cmocka_unit_test(days_of_a_rotation_begin_at_the_handover),
		cmocka_unit_test(who_stays_for_the_next_rotation_is_not_interrupted),
		cmocka_unit_test(the_night_belongs_to_the_day_it_began),
		cmocka_unit_test(windows_that_meet_leave_no_hole),
		cmocka_unit_test(away_days_are_ones_own),
		cmocka_unit_test(nobody_works_before_he_comes_or_after_he_left),
		cmocka_unit_test(a_stand_in_sits_where_the_other_sat),
		cmocka_unit_test(working_time_passes_in_working_hours),
		cmocka_unit_test(the_hours_of_the_house),
		cmocka_unit_test(a_change_is_foretold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

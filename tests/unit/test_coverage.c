/* Goal: hours that the plan leaves without anybody are found to the second, and what will hurt later is said now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/rota.h"
#include "judge/rotation.h"

static void
cover(struct arena *a, struct settings *s, unsigned days, int from, int to, const char *zone)
{
	*(struct cover *)arena_push(a, &s->covers, &s->ncovers, sizeof(*s->covers)) = (struct cover){
		{ (uint8_t)days, from / 100 * 60 + from % 100, to / 100 * 60 + to % 100 }, zone_load(zone), zone };
}

/* "290 of 300 h: 2026-11-27 17:00 to 2026-11-27 18:00; …" */
static const char *
covered(struct arena *a, const struct settings *s, const char *from, const char *to)
{
	struct coverage c;
	const char *text;
	char one[CLOCK_TEXT], two[CLOCK_TEXT];

	rotation_coverage(s, NULL, a, "core", instant(from), instant(to), &c);
	text = arena_printf(a, "%g of %g h", (double)c.covered / 3600, (double)c.wanted / 3600);
	for (size_t i = 0; i < c.ngaps; i++)
		text = arena_printf(a, "%s%s%.16s to %.16s", text, i ? "; " : ": ", clock_rfc3339(c.gaps[i].from, one),
		    clock_rfc3339(c.gaps[i].to, two));
	return text;
}

static const char *
warnings(struct arena *a, const struct settings *s, const char *from, const char *to)
{
	struct coverage c;
	const char *text = "";

	rotation_coverage(s, NULL, a, "core", instant(from), instant(to), &c);
	for (size_t i = 0; i < c.nwarnings; i++)
		text = arena_printf(a, "%s%s\n", text, c.warnings[i]);
	return text;
}

static struct settings *
two(struct arena *a)
{
	struct settings *s = rota_new(a);

	rota_engineer(a, s, "ann", "Ann", "Europe/London", 800, 1600);
	rota_engineer(a, s, "ben", "Ben", "America/New_York", 900, 1700);
	return s;
}

static void
without_cover_a_name_on_a_seat_is_enough(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = two(a);

	(void)state;
	rota_rotation(a, s, "core", "2026-11-02", "2026-11-09", "ann");
	rota_rotation(a, s, "core", "2026-11-10", "2026-11-16", "TBD TBD");
	rota_rotation(a, s, "core", "2026-11-16", "2026-11-23", "TBD ben");
	rota_away(a, s, "ann", "2026-11-02", "2026-11-09");
	assert_string_equal(covered(a, s, "2026-11-02", "2026-11-09"), "168 of 168 h");
	/* No rotation for a day and open seats for six are one gap. */
	assert_string_equal(
	    covered(a, s, "2026-11-02", "2026-11-23"), "336 of 504 h: 2026-11-09T00:00 to 2026-11-16T00:00");
	assert_string_equal(covered(a, s, "2026-11-20 12:00", "2026-11-24 06:30"),
	    "60 of 90.5 h: 2026-11-23T00:00 to 2026-11-24T06:30");
	s->handover_minute = 540;
	assert_string_equal(
	    covered(a, s, "2026-11-02", "2026-11-03"), "15 of 24 h: 2026-11-02T00:00 to 2026-11-02T09:00");
}

static void
cover_asks_for_hours_and_for_people_at_work(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = two(a);

	(void)state;
	cover(a, s, WEEKDAYS, 800, 1800, "Europe/London");
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "ann ben");
	/* Ann until 16:00, Ben from 14:00 UTC: never a hole. */
	assert_string_equal(covered(a, s, "2026-11-02", "2026-11-09"), "50 of 50 h");
	rota_away(a, s, "ben", "2026-11-05", "2026-11-06");
	assert_string_equal(
	    covered(a, s, "2026-11-02", "2026-11-09"), "48 of 50 h: 2026-11-05T16:00 to 2026-11-05T18:00");
	/* A stand-in closes the hole, for him who is away or for nobody else. */
	rota_engineer(a, s, "col", "Col", "America/Chicago", 900, 1700);
	rota_override(a, s, "core", "2026-11-05", "2026-11-06", "col", "ben");
	assert_string_equal(covered(a, s, "2026-11-02", "2026-11-09"), "50 of 50 h");
	/* Two cover lines that overlap count once; nights count from where the question begins to where it ends. */
	cover(a, s, WEEKDAYS, 900, 1700, "Europe/London");
	assert_string_equal(covered(a, s, "2026-11-02", "2026-11-09"), "50 of 50 h");
	cover(a, s, 0x60, 2200, 200, "Europe/London");
	assert_string_equal(covered(a, s, "2026-11-02", "2026-11-09"),
	    "50 of 58 h: 2026-11-02T00:00 to 2026-11-02T02:00; 2026-11-07T22:00 to 2026-11-08T02:00; 2026-11-08T22:00 "
	    "to 2026-11-09T00:00");
}

static void
clocks_that_change_apart_open_a_gap(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = two(a);

	(void)state;
	/* From 8 to 28 March New York is an hour nearer, and Ben leaves an hour earlier by London's clock. */
	cover(a, s, WEEKDAYS, 800, 2200, "Europe/London");
	rota_rotation(a, s, "core", "2027-03-01", "2027-04-10", "ann ben");
	assert_string_equal(covered(a, s, "2027-03-12", "2027-03-13"), "14 of 14 h");
	assert_string_equal(
	    covered(a, s, "2027-03-15", "2027-03-16"), "13 of 14 h: 2027-03-15T21:00 to 2027-03-15T22:00");
	assert_string_equal(covered(a, s, "2027-03-29", "2027-03-30"), "14 of 14 h");
}

static void
what_will_hurt_is_said(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = two(a);

	(void)state;
	rota_engineer(a, s, "dub", "Dub", "Europe/Dublin", 900, 1700);
	assert_string_equal(warnings(a, s, "2026-11-02", "2026-11-09"), "there is no rotation of core\n");
	s->seats_wanted = 2;
	rota_rotation(a, s, "core", "2026-11-02", "2026-11-30", "ann ben");
	assert_string_equal(warnings(a, s, "2026-11-02", "2026-11-30"), "");
	rota_rotation(a, s, "core", "2026-11-29", "2026-12-27", "TBD ann");
	rota_rotation(a, s, "core", "2026-12-27", "2027-01-24", "TBD ann dub TBD");
	rota_override(a, s, "core", "2026-12-28", "2026-12-30", "dub", "ben");
	assert_string_equal(warnings(a, s, "2026-11-02", "2027-01-30"),
	    "rotations core 2026-11-02 to 2026-11-30 and 2026-11-29 to 2026-12-27 overlap: the one that begins last "
	    "counts\n"
	    "rotation core 2026-11-29 to 2026-12-27: 1 of 2 seats have a name\n"
	    "rotation core 2026-12-27 to 2027-01-24: 2 of its 4 seats have no name yet\n"
	    "rotation core 2026-12-27 to 2027-01-24: all seats are in one zone (Europe/London)\n"
	    "rotation core 2026-12-27 to 2027-01-24: of the business hours of AMER 12:00-17:00 in New York has nobody, "
	    "first on "
	    "2026-12-28\n"
	    "override core 2026-12-28 to 2026-12-30: ben has no seat then, so dub stands in for nobody\n"
	    "rotation core runs out on 2027-01-24, and nothing follows\n");
	/* What lies outside of the question is not spoken of. */
	assert_string_equal(warnings(a, s, "2026-11-02", "2026-11-29"), "");
}

static void
four_to_ten_weeks_are_usual(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	static const struct { const char *to; bool odd; } spans[] = {
		{ "2026-11-29", true }, { "2026-11-30", false }, { "2027-01-11", false }, { "2027-01-12", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(spans); i++) {
		struct settings *s = two(a);

		rota_rotation(a, s, "core", "2026-11-02", spans[i].to, "ann ben");
		assert_int_equal(
		    strstr(warnings(a, s, "2026-11-02", "2026-11-09"), "4 to 10 weeks") != NULL, spans[i].odd);
	}
}

static void
a_seat_for_somebody_who_is_not_there_is_told(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = two(a);

	(void)state;
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "ann ben");
	rota_find(s, "ann")->has_start = rota_find(s, "ben")->has_end = true;
	rota_find(s, "ann")->start = date("2026-11-02");
	rota_find(s, "ben")->end = date("2026-12-14");
	assert_string_equal(warnings(a, s, "2026-11-02", "2026-12-14"), "");
	rota_find(s, "ann")->start = date("2026-11-03");
	rota_find(s, "ben")->end = date("2026-12-13");
	assert_string_equal(warnings(a, s, "2026-11-09", "2026-12-05"),
	    "rotation core 2026-11-02 to 2026-12-14: ann has a seat, and starts on 2026-11-03\n"
	    "rotation core 2026-11-02 to 2026-12-14: ben has a seat, and leaves on 2026-12-13\n");
}

static void
a_pair_should_be_there_while_both_halves_of_the_world_are(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = rota_new(a);

	(void)state;
	rota_engineer(a, s, "ber", "Ber", "Europe/Berlin", 900, 1700);
	rota_engineer(a, s, "los", "Los", "America/Los_Angeles", 900, 1700);
	rota_engineer(a, s, "cape", "Cape", "Africa/Johannesburg", 1200, 2000);
	rota_rotation(a, s, "core", "2026-11-02", "2026-11-30", "ber los");
	/* Berlin goes home at 16:00 in London, Los Angeles starts at 17:00. */
	assert_string_equal(warnings(a, s, "2026-11-02", "2026-11-30"),
	    "rotation core 2026-11-02 to 2026-11-30: of the business hours of EMEA 16:00-17:00 in London has nobody, "
	    "first on 2026-11-02\n"
	    "rotation core 2026-11-02 to 2026-11-30: of the business hours of AMER 11:00-12:00 in New York has nobody, "
	    "first on 2026-11-02\n");
	/* A third closes it; and who is away is no fault of the choice. */
	rota_rotation(a, s, "core", "2026-11-30", "2026-12-28", "ber los cape");
	rota_away(a, s, "los", "2026-11-30", "2026-12-28");
	assert_string_equal(warnings(a, s, "2026-11-30", "2026-12-28"), "");
	/* Somebody alone is told of as that, and not by what he cannot do. */
	rota_rotation(a, s, "core", "2026-12-28", "2027-01-25", "ber TBD");
	s->seats_wanted = 2;
	assert_string_equal(warnings(a, s, "2026-12-28", "2027-01-25"),
	    "rotation core 2026-12-28 to 2027-01-25: 1 of 2 seats have a name\n");
}

static void
clocks_that_change_apart_are_told_with_their_day(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = two(a);
	struct coverage c;

	(void)state;
	rota_engineer(a, s, "bea", "Bea", "Europe/Berlin", 900, 1700);
	rota_rotation(a, s, "core", "2027-03-01", "2027-05-01", "ann ben bea");
	rotation_coverage(s, NULL, a, "core", instant("2027-03-01"), instant("2027-05-01"), &c);
	assert_int_equal(c.nshifts, 2);
	assert_int_equal(c.shifts[0], instant("2027-03-14 07:00"));
	assert_int_equal(c.shifts[1], instant("2027-03-28 01:00"));
	assert_string_equal(c.warnings[0],
	    "2027-03-14: the clocks go forward in America/New_York, not in Europe/London, Europe/Berlin: "
	    "hours shift against each other");
	assert_string_equal(c.warnings[1],
	    "2027-03-28: the clocks go forward in Europe/London, Europe/Berlin, not in America/New_York: "
	    "hours shift against each other");
	/* Where all clocks change on one day nothing shifts; a cover line's clock counts as well. */
	s->rotations[0].nseats = 1;
	rotation_coverage(s, NULL, a, "core", instant("2027-03-01"), instant("2027-05-01"), &c);
	assert_int_equal(c.nshifts, 0);
	cover(a, s, WEEKDAYS, 800, 1600, "UTC");
	rotation_coverage(s, NULL, a, "core", instant("2027-03-01"), instant("2027-05-01"), &c);
	assert_int_equal(c.nshifts, 1);
	assert_string_equal(c.warnings[0],
	    "2027-03-28: the clocks go forward in Europe/London, not in UTC: hours shift against each other");
	/* Chicago follows New York by an hour: one weekend, one shift, none between the two. */
	rota_engineer(a, s, "cal", "Cal", "America/Chicago", 900, 1700);
	s->ncovers = 0;
	rota_rotation(a, s, "core", "2027-10-01", "2027-12-01", "ben cal");
	rotation_coverage(s, NULL, a, "core", instant("2027-10-01"), instant("2027-12-01"), &c);
	assert_int_equal(c.nshifts, 0);
}

/* "Mon 08-09 2 60/60 min": the cells of a day that have something in them. */
static const char *
day_of_map(struct arena *a, const struct coverage_map *m, int day)
{
	const char *text = "";

	for (int h = 0; h < 24; h++) {
		const struct coverage_cell *c = &m->cells[day][h];

		if (c->wanted > 0)
			text = arena_printf(a, "%s%02d:%u-%u %d/%d ", text, h, c->least, c->most, (int)c->covered / 60,
			    (int)c->wanted / 60);
	}
	return text;
}

static void
the_map_lays_weeks_over_one_another(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = two(a);
	struct coverage_map m;

	(void)state;
	cover(a, s, WEEKDAYS, 1400, 1630, "Europe/London");
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "ann ben");
	rota_away(a, s, "ben", "2026-11-09", "2026-11-10");
	/* Two Mondays: at 14:00 Ann and Ben, then Ann alone; from 16:00 Ben, then nobody. */
	rotation_map(s, NULL, a, "core", zone_load("Europe/London"), instant("2026-11-02"), instant("2026-11-16"), &m);
	assert_string_equal(day_of_map(a, &m, 0),
	    "14:1-2 120/120 15:1-2 120/120 16:0-1 30/60 ");
	assert_string_equal(day_of_map(a, &m, 5), "");
	assert_int_equal(m.cells[5][0].seconds, 7200);
	/* By another clock the same hours stand elsewhere, in halves too: 14:00 in London is 19:30 in Kolkata. */
	rotation_map(s, NULL, a, "core", zone_load("Asia/Kolkata"), instant("2026-11-03"), instant("2026-11-04"), &m);
	assert_int_equal(m.cells[1][19].wanted, 1800);
	assert_int_equal(m.cells[1][19].covered, 1800);
	assert_int_equal(m.cells[1][19].least, 2);
	assert_int_equal(m.cells[1][14].most, 1);
	assert_int_equal(m.cells[1][22].wanted, 0);
	/* The hour that comes twice is twice as long, and the one that is skipped is not there. */
	rotation_map(s, NULL, a, "core", zone_load("Europe/London"), instant("2026-10-25"), instant("2026-10-26"), &m);
	assert_int_equal(m.cells[6][1].seconds, 7200);
	rotation_map(
	    s, NULL, a, "core", zone_load("Europe/London"), instant("2027-03-28"), instant("2027-03-28 12:00"), &m);
	assert_int_equal(m.cells[6][1].seconds, 0);
}

static void
absences_from_mails_open_gaps(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = two(a);
	struct away_span ill = { "ann", instant("2026-11-04 09:00"), instant("2026-11-05") };
	struct absences extra = { &ill, 1 };
	struct coverage c;

	(void)state;
	cover(a, s, WEEKDAYS, 800, 1600, "Europe/London");
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "ann ben");
	rotation_coverage(s, &extra, a, "core", instant("2026-11-02"), instant("2026-11-09"), &c);
	assert_int_equal(c.ngaps, 1);
	assert_int_equal(c.gaps[0].from, instant("2026-11-04 09:00"));
	assert_int_equal(c.gaps[0].to, instant("2026-11-04 14:00"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_cover_a_name_on_a_seat_is_enough),
		cmocka_unit_test(cover_asks_for_hours_and_for_people_at_work),
		cmocka_unit_test(clocks_that_change_apart_open_a_gap),
		cmocka_unit_test(what_will_hurt_is_said),
		cmocka_unit_test(four_to_ten_weeks_are_usual),
		cmocka_unit_test(a_seat_for_somebody_who_is_not_there_is_told),
		cmocka_unit_test(a_pair_should_be_there_while_both_halves_of_the_world_are),
		cmocka_unit_test(clocks_that_change_apart_are_told_with_their_day),
		cmocka_unit_test(the_map_lays_weeks_over_one_another),
		cmocka_unit_test(absences_from_mails_open_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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

	rotation_coverage(s, a, "core", instant(from), instant(to), &c);
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

	rotation_coverage(s, a, "core", instant(from), instant(to), &c);
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
	assert_string_equal(covered(a, s, "2026-11-02", "2026-11-23"), "336 of 504 h: 2026-11-09T00:00 to 2026-11-16T00:00");
	assert_string_equal(covered(a, s, "2026-11-20 12:00", "2026-11-24 06:30"), "60 of 90.5 h: 2026-11-23T00:00 to 2026-11-24T06:30");
	s->handover_minute = 540;
	assert_string_equal(covered(a, s, "2026-11-02", "2026-11-03"), "15 of 24 h: 2026-11-02T00:00 to 2026-11-02T09:00");
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
	assert_string_equal(covered(a, s, "2026-11-02", "2026-11-09"), "48 of 50 h: 2026-11-05T16:00 to 2026-11-05T18:00");
	/* A stand-in closes the hole, for him who is away or for nobody else. */
	rota_engineer(a, s, "col", "Col", "America/Chicago", 900, 1700);
	rota_override(a, s, "core", "2026-11-05", "2026-11-06", "col", "ben");
	assert_string_equal(covered(a, s, "2026-11-02", "2026-11-09"), "50 of 50 h");
	/* Two cover lines that overlap count once; nights count from where the question begins to where it ends. */
	cover(a, s, WEEKDAYS, 900, 1700, "Europe/London");
	assert_string_equal(covered(a, s, "2026-11-02", "2026-11-09"), "50 of 50 h");
	cover(a, s, 0x60, 2200, 200, "Europe/London");
	assert_string_equal(covered(a, s, "2026-11-02", "2026-11-09"),
	    "50 of 58 h: 2026-11-02T00:00 to 2026-11-02T02:00; 2026-11-07T22:00 to 2026-11-08T02:00; 2026-11-08T22:00 to 2026-11-09T00:00");
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
	assert_string_equal(covered(a, s, "2027-03-15", "2027-03-16"), "13 of 14 h: 2027-03-15T21:00 to 2027-03-15T22:00");
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
	rota_rotation(a, s, "core", "2026-11-02", "2026-11-16", "ann ben");
	assert_string_equal(warnings(a, s, "2026-11-02", "2026-11-16"), "");
	rota_rotation(a, s, "core", "2026-11-15", "2026-11-30", "TBD ann");
	rota_rotation(a, s, "core", "2026-11-30", "2026-12-14", "TBD ann dub TBD");
	rota_override(a, s, "core", "2026-12-01", "2026-12-03", "dub", "ben");
	assert_string_equal(warnings(a, s, "2026-11-02", "2026-12-20"),
	    "rotations core 2026-11-02 to 2026-11-16 and 2026-11-15 to 2026-11-30 overlap: the one that begins last counts\n"
	    "rotation core 2026-11-15 to 2026-11-30: 1 of 2 seats have a name\n"
	    "rotation core 2026-11-30 to 2026-12-14: all seats are in one zone (Europe/London)\n"
	    "override core 2026-12-01 to 2026-12-03: ben has no seat then, so dub stands in for nobody\n"
	    "rotation core runs out on 2026-12-14, and nothing follows\n");
	/* What lies outside of the question is not spoken of. */
	assert_string_equal(warnings(a, s, "2026-11-02", "2026-11-15"), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_cover_a_name_on_a_seat_is_enough),
		cmocka_unit_test(cover_asks_for_hours_and_for_people_at_work),
		cmocka_unit_test(clocks_that_change_apart_open_a_gap),
		cmocka_unit_test(what_will_hurt_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

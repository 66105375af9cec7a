/* Goal: what an engineer writes behind /away is taken as he means it on his own clock, and a slip is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/zone.h"
#include "judge/away.h"

#define NOW INT64_C(1797069600) /* 2026-12-12 10:00 UTC, a Saturday */

/* "FROM TO" in UTC, "none", "?", or "!". */
static const char *
read_as(struct arena *a, const char *text, const char *zone)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT];
	struct away_range r;

	if (away_read(a, text, zone_load(zone), NOW, &r) != NULL)
		return "!";
	if (r.asks)
		return "?";
	return r.none ? "none" : arena_printf(a, "%.16s %.16s", clock_rfc3339(r.from, from), clock_rfc3339(r.to, to));
}

static void
test_ranges(void **state)
{
	static const struct { const char *text, *zone, *is; } cases[] = {
		{ "2026-12-20 to 2026-12-28", "UTC", "2026-12-20T00:00 2026-12-28T00:00" },
		{ "2026-12-20 to 2026-12-28", "Africa/Johannesburg", "2026-12-19T22:00 2026-12-27T22:00" },
		{ "2026-12-20 - 2026-12-28.", "UTC", "2026-12-20T00:00 2026-12-28T00:00" },
		{ "2026-12-20\xe2\x80\x93" "2026-12-28", "UTC", "2026-12-20T00:00 2026-12-28T00:00" },
		{ "2026-12-20 until 2026-12-28", "UTC", "2026-12-20T00:00 2026-12-28T00:00" },
		{ "2026-12-20 13:00 to 2026-12-22 09:30", "UTC", "2026-12-20T13:00 2026-12-22T09:30" },
		{ "2026-12-24", "UTC", "2026-12-24T00:00 2026-12-25T00:00" },
		{ "2026-12-24 13:00", "UTC", "2026-12-24T13:00 2026-12-25T00:00" },
		{ "today", "UTC", "2026-12-12T00:00 2026-12-13T00:00" },
		{ "Today!", "Asia/Tokyo", "2026-12-11T15:00 2026-12-12T15:00" },
		{ "tomorrow 13:00-17:00", "UTC", "2026-12-13T13:00 2026-12-13T17:00" },
		{ "tomorrow 13:00 to 17:00", "UTC", "2026-12-13T13:00 2026-12-13T17:00" },
		{ "tomorrow 13:00\xe2\x80\x93" "17:00", "UTC", "2026-12-13T13:00 2026-12-13T17:00" },
		{ "today 22:00-06:00", "UTC", "2026-12-12T22:00 2026-12-13T06:00" },
		{ "today to 2026-12-14", "UTC", "2026-12-12T00:00 2026-12-14T00:00" },
		{ "tomorrow 18:00-24:00", "UTC", "2026-12-13T18:00 2026-12-14T00:00" },
		{ "none", "UTC", "none" },
		{ "None.", "UTC", "none" },
		{ "over", "UTC", "none" }, { "Off!", "UTC", "none" }, { "back", "UTC", "none" },
		/* From this moment on; a weekday is the next one, also where that is a week from now. */
		{ "until 2026-12-28", "UTC", "2026-12-12T10:00 2026-12-28T00:00" },
		{ "till Monday.", "UTC", "2026-12-12T10:00 2026-12-14T00:00" },
		{ "until mon 12:00", "Asia/Tokyo", "2026-12-12T10:00 2026-12-14T03:00" },
		{ "until saturday", "UTC", "2026-12-12T10:00 2026-12-19T00:00" },
		{ "until 17:00", "UTC", "2026-12-12T10:00 2026-12-12T17:00" },
		{ "until tomorrow", "UTC", "2026-12-12T10:00 2026-12-13T00:00" },
		{ "wed", "UTC", "2026-12-16T00:00 2026-12-17T00:00" },
		{ "fri to tue", "UTC", "2026-12-18T00:00 2026-12-22T00:00" },
		{ "mon-fri", "UTC", "2026-12-14T00:00 2026-12-18T00:00" },
		{ "", "UTC", "?" }, { " ?", "UTC", "?" },
		/* Clocks go forward at 01:00 UTC on the 28th of March: from 02:30, which is skipped, means from the end of the gap. */
		{ "2027-03-28 02:30 to 2027-03-29", "Europe/Berlin", "2027-03-28T01:00 2027-03-28T22:00" },
		/* And back on the 31st of October: until the second 02:30. */
		{ "2027-10-30 to 2027-10-31 02:30", "Europe/Berlin", "2027-10-29T22:00 2027-10-31T01:30" },
		/* Slips. */
		{ "until", "UTC", "!" }, { "until 09:00", "UTC", "!" }, { "until today", "UTC", "!" }, { "off we go", "UTC", "!" },
		{ "soon", "UTC", "!" }, { "todays", "UTC", "!" }, { "nonesuch", "UTC", "!" }, { "none of it", "UTC", "!" },
		{ "2026-12-32", "UTC", "!" }, { "2026-2-3", "UTC", "!" }, { "2026-12-20 to", "UTC", "!" }, { "2026-12-20 to 28", "UTC", "!" },
		{ "2026-12-28 to 2026-12-20", "UTC", "!" }, { "2026-12-20 to 2026-12-20", "UTC", "!" }, { "2026-12-01 to 2026-12-05", "UTC", "!" },
		{ "tomorrow 25:00-26:00", "UTC", "!" }, { "tomorrow 13:60-14:00", "UTC", "!" }, { "tomorrow 13:00-", "UTC", "!" },
		{ "tomorrow 13:00-17:00 and more", "UTC", "!" }, { "9999-12-31", "UTC", "!" }, { "2026-12-20 to 2028-12-20", "UTC", "!" },
		{ "2026-12-20 to 2028-02-01", "UTC", "!" }, { "2026-12-20 to 9999-12-31", "UTC", "!" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_ARENA struct arena *a = arena_new();
		const char *got = read_as(a, cases[i].text, cases[i].zone);

		if (strcmp(got, cases[i].is) != 0)
			fail_msg("'%s' in %s: %s, not %s", cases[i].text, cases[i].zone, got, cases[i].is);
	}
}

static void
test_what_is_wrong(void **state)
{
	static const struct { const char *text, *says; } cases[] = {
		{ "soon", "'soon' is no time to be away; write 2026-12-20 to 2026-12-28, until Monday, today, tomorrow 13:00-17:00, or none" },
		{ "2026-12-20 to 2026-12-20", "the last day named is not part of it: name the day after" },
		{ "2026-12-28 to 2026-12-20", "it ends before it begins" },
		{ "2026-12-01 to 2026-12-05", "that is over already" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_ARENA struct arena *a = arena_new();
		struct away_range r;

		assert_string_equal(away_read(a, cases[i].text, zone_load("UTC"), NOW, &r), cases[i].says);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_ranges), cmocka_unit_test(test_what_is_wrong) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

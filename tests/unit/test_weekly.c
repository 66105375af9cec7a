/* Goal: the digest is due at its hour on the wall of its zone, each time once, whatever clocks do; and its lines are
 * short and say what a report says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../support/rota.h"
#include "judge/digest.h"

/* ---- when ---------------------------------------------------------------------------------------------- */

static struct settings *
due(struct arena *a, int day, int hour, int minute, const char *zone)
{
	struct settings *s = rota_new(a);

	s->digest_day = day;
	s->digest_minute = hour * 60 + minute;
	s->digest_zone = zone_load(zone);
	return s;
}

static void
assert_instant(int64_t is, const char *should)
{
	char text[CLOCK_TEXT];

	if (is != instant(should))
		fail_msg("%s, not %s", clock_rfc3339(is, text), should);
}

static void
test_weekly(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = due(a, 0, 8, 0, "UTC");

	(void)state;
	assert_instant(digest_before(s, instant("2026-11-23 08:00")), "2026-11-23 08:00");
	assert_instant(digest_before(s, instant("2026-11-23 07:59:59")), "2026-11-16 08:00");
	assert_instant(digest_before(s, instant("2026-11-29 23:00")), "2026-11-23 08:00");
	assert_instant(digest_after(s, instant("2026-11-23 08:00")), "2026-11-30 08:00");
	assert_instant(digest_after(s, instant("2026-11-23 07:59:59")), "2026-11-23 08:00");
}

static void
test_on_the_wall_of_its_zone(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = due(a, 0, 8, 0, "Pacific/Auckland"); /* its Monday begins on our Sunday */

	(void)state;
	assert_instant(digest_before(s, instant("2026-11-22 19:00")), "2026-11-22 19:00");
	assert_instant(digest_before(s, instant("2026-11-22 18:59:59")), "2026-11-15 19:00");
	s = due(a, -1, 1, 30, "Europe/London");
	assert_instant(digest_after(s, instant("2026-03-28 02:00")), "2026-03-29 01:00"); /* a gap skips it: its end */
	assert_instant(digest_before(s, instant("2026-03-30 12:00")), "2026-03-30 00:30");
	assert_instant(digest_after(s, instant("2026-10-24 12:00")),
	    "2026-10-25 00:30"); /* a fold repeats it: the first */
	assert_instant(digest_after(s, instant("2026-10-25 00:30")), "2026-10-26 01:30");
}

/* From one to the next is never nothing, and back is where one came from. */
static void
test_each_once_through_the_years(void **state)
{
	static const char *const zones[] = { "UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe",
	    "Pacific/Apia", "Asia/Tokyo" };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (size_t z = 0; z < COUNT(zones); z++)
		for (int day = -1; day < 7; day += 4) {
			struct settings *s = due(a, day, 2, 15, zones[z]);
			int64_t t = instant("2011-01-01");

			while (t < instant("2031-01-01")) {
				int64_t next = digest_after(s, t);

				assert_true(next > t);
				assert_true(digest_before(s, next) == next);
				assert_true(digest_before(s, next - 1) <= t);
				t = next;
			}
		}
}

/* ---- the lines ----------------------------------------------------------------------------------------- */

#define END (20000 * (int64_t)86400)

static void
test_a_quiet_week(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = rota_new(a);
	struct digest d;

	(void)state;
	s->budget_percent = 10;
	digest_make(a, report_end(report_begin(s, a, END - 7 * 86400, END)), &d);
	assert_string_equal(d.summary, "0 escalations came in, 0 were solved, 0 are open");
	assert_string_equal(d.came, "none (before: 0)");
	assert_string_equal(d.open, "");
	assert_string_equal(d.answered, "");
	assert_string_equal(d.nobody, "");
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(((const char *[]){ d.still, d.docs, d.causes, d.areas, d.teams })[i], "");
}

static void
test_a_busy_week(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = rota_new(a);
	struct report_maker *m = report_begin(s, a, END - 7 * 86400, END);
	struct report_filing f = { .number = 1, .team = "search", .kind = "help", .open = true, .opened = END - 3600,
	    .chased = 1 };
	struct report_event events[] = { { END - 80000, "relay", "waits" }, { END - 7200, "relay", "alarm" } };
	struct report_case c = { .id = 1, .severity = 1, .label = "search", .rule = "r", .customer = "", .subject =
	    "Search\nis down", .requester = "Ada",
		.engineer = "keegan", .outcome = "docs", .cause = "not explained", .state = ESCALATION_RESOLVED,
		    .opened = END - 90000,
		.resolved = END - 60 };
	struct digest d;

	(void)state;
	report_case(m, &c);
	for (int64_t i = 2; i < 30; i++) {
		c = (struct report_case){ .id = i, .severity = 2, .label = "", .rule = "everything else", .customer =
		    "", .subject = "Search\nis down",
			.requester = "Ada", .engineer = "", .outcome = "", .cause = "", .state = ESCALATION_WAITING,
			    .opened = END - 86400,
			.events = events, .nevents = 2, .filings = &f, .nfilings = i == 2 };
		report_case(m, &c);
	}
	digest_make(a, report_end(m), &d);
	assert_string_equal(d.summary, "29 escalations came in, 1 was solved, 28 are open");
	assert_string_equal(d.came, "1 of severity 1, 28 of 2 (before: 0)");
	assert_string_equal(d.docs, "not explained (search; ESC-1)");
	assert_string_equal(d.causes, "");
	assert_string_equal(d.areas, "everything else: 28 came in, 28 open\nsearch: 1 came in, 1 solved (1 docs)");
	assert_string_equal(d.teams, "search: filed 1 help; 1 open, 1 silent");
	assert_string_equal(d.nobody, "28 came when nobody who could take them was at work");
	assert_memory_equal(d.still, "ESC-2: Search is down (severity 2, waiting; last word 1 d ago)\nESC-3: ", 70);
	assert_string_equal(strrchr(d.still, '\n'), "\nand 16 more"); /* 12 are told of */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weekly),
		cmocka_unit_test(test_on_the_wall_of_its_zone),
		cmocka_unit_test(test_each_once_through_the_years),
		cmocka_unit_test(test_a_quiet_week),
		cmocka_unit_test(test_a_busy_week),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: times are read and written in the forms that mail, JSON and people use, and rehearsals can shift the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "ground/clock.h"
#include "ground/mem.h"

static void
instants_are_written_for_machines_and_mail(void **state)
{
	char out[CLOCK_TEXT];

	(void)state;
	assert_string_equal(clock_rfc3339(1795428000, out), "2026-11-23T10:00:00Z");
	assert_string_equal(clock_rfc3339(-1, out), "1969-12-31T23:59:59Z");
	assert_string_equal(clock_rfc3339_offset(1795428000, 7200, out), "2026-11-23T12:00:00+02:00");
	assert_string_equal(clock_rfc3339_offset(1795428000, -12600, out), "2026-11-23T06:30:00-03:30");
	assert_string_equal(clock_rfc3339_offset(1795428000, 0, out), "2026-11-23T10:00:00+00:00");
	assert_string_equal(clock_rfc5322(1795428000, out), "Mon, 23 Nov 2026 10:00:00 +0000");
	assert_string_equal(clock_rfc5322(1772323200, out), "Sun, 1 Mar 2026 00:00:00 +0000");
	assert_string_equal(clock_rfc3339(INT64_MAX, out), "9999-12-31T23:59:59Z");
	assert_string_equal(clock_rfc3339(INT64_MIN, out), "0001-01-01T00:00:00Z");
}

static void
people_and_programs_are_both_understood(void **state)
{
	static const struct { const char *text; int64_t t; } good[] = {
		{ "2026-11-23T10:00:00Z", 1795428000 }, { "2026-11-23t10:00:00z", 1795428000 },
		{ "2026-11-23T12:00:00+02:00", 1795428000 }, { "2026-11-23T06:30:00-03:30", 1795428000 },
		{ "2026-11-23T10:00:00.987654321Z", 1795428000 }, { "2026-11-23T10:00Z", 1795428000 },
		{ "2026-11-23 10:00:00", 1795428000 }, { "2026-11-23 10:00", 1795428000 },
		{ "2026-11-23 12:00:00+02:00", 1795428000 }, { "2026-11-23", 1795392000 }, { "1970-01-01", 0 },
		{ "1969-12-31 23:59:59", -1 }, { "2016-12-31T23:59:60Z", 1483228800 },
	};
	static const char *const bad[] = { "", "now", "2026", "2026-11", "2026-11-31", "2026-02-29", "2026-1-1",
		"2026-11-23T10:00:00", "2026-11-23T10:00:00+0200", "2026-11-23T10:00:00+24:00", "2026-11-23T24:00:00Z",
		"2026-11-23 10", "2026-11-23 10:60", "2026-11-23 10:00:61", "2026-11-23T10:00:00Z ", " 2026-11-23", "2026-11-23x",
		"0000-01-01", "2026-11-23T", "+026-11-23" };
	int64_t t;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(clock_parse(good[i].text, &t));
		assert_int_equal(t, good[i].t);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(clock_parse(bad[i], &t));
}

static void
spans_are_short_and_plain(void **state)
{
	static const struct { int64_t seconds; const char *text; } spans[] = {
		{ 0, "0 s" }, { 59, "59 s" }, { 60, "1 min" }, { 90, "90 s" }, { 120, "2 min" }, { 125, "2 min 5 s" }, { 300, "5 min" },
		{ 3600, "1 h" }, { 5400, "1 h 30 min" }, { 5459, "1 h 30 min" }, { 86400, "1 d" }, { 187200, "2 d 4 h" },
		{ -5400, "-1 h 30 min" }, { INT64_MIN, "-106751991167300 d 15 h" },
	};
	char out[CLOCK_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(spans); i++)
		assert_string_equal(clock_span(spans[i].seconds, out), spans[i].text);
}

/* What a process of its own, started with that shift, thinks: 0 right, 1 wrong, 3 refused. */
static int
in_a_process_shifted_by(const char *shift, int64_t expected)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int64_t before, now;

		setenv("ESCRELAY_CLOCK", shift, 1);
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(2);
		before = time(NULL);
		now = clock_now();
		_exit(clock_shift() == expected && now >= before + expected && now <= time(NULL) + expected + 1 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void
rehearsals_shift_the_clock_but_not_the_deadlines(void **state)
{
	int64_t before = clock_monotonic_ms();
	struct timespec nap = { 0, 3000000 };

	(void)state;
	assert_int_equal(in_a_process_shifted_by("", 0), 0);
	assert_int_equal(in_a_process_shifted_by("+86400", 86400), 0);
	assert_int_equal(in_a_process_shifted_by("-3600", -3600), 0);
	assert_int_equal(in_a_process_shifted_by("7", 7), 0);
	assert_int_equal(in_a_process_shifted_by("tomorrow", 0), 3);
	assert_int_equal(in_a_process_shifted_by("1 day", 0), 3);
	assert_int_equal(in_a_process_shifted_by("--5", 0), 3);
	nanosleep(&nap, NULL);
	assert_in_range(clock_monotonic_ms() - before, 3, 60000);
	assert_in_range(clock_now_ms() / 1000 - clock_now(), 0, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instants_are_written_for_machines_and_mail),
		cmocka_unit_test(people_and_programs_are_both_understood),
		cmocka_unit_test(spans_are_short_and_plain),
		cmocka_unit_test(rehearsals_shift_the_clock_but_not_the_deadlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

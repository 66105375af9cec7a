/* Goal: a plan as iCalendar is right to the letter: folded and escaped as RFC 5545 wants it, one event for each stretch
 * of work and each time with a seat, under names that stay the same whatever span is asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/rota.h"
#include "ground/buf.h"
#include "judge/calendar.h"

static struct settings *
roster(struct arena *a)
{
	struct settings *s = rota_new(a);

	s->address = "escalations@example.com";
	s->name = "Escalations";
	rota_engineer(a, s, "ada", "Ada", "Europe/Berlin", 900, 1700);
	rota_engineer(a, s, "bo", "Bo", "UTC", 0, 0);
	return s;
}

static const char *
calendar(struct arena *a, const struct settings *s, const char *who, const char *from, const char *to)
{
	AUTO_BUF struct buf b;
	struct calendar_ask ask = { .pool = "core", .from = instant(from), .to = instant(to), .now = instant("2026-01-01") };

	buf_init(&b, CALENDAR_BYTES_MAX);
	ask.engineer = who != NULL ? rota_find(s, who) : NULL;
	calendar_write(s, &ask, &b);
	assert_false(b.over);
	return arena_strdup(a, b.data);
}

/* "UID START END" of each event, those of the kind alone, a line each. */
static const char *
events(struct arena *a, const char *text, const char *kind)
{
	const char *list = "";

	for (const char *p = text; (p = strstr(p, "\r\nUID:")) != NULL; p++) {
		const char *start = strstr(p, "DTSTART:") + 8, *end = strstr(p, "DTEND:") + 6;

		if (strncmp(p + 6, kind, strlen(kind)) == 0)
			list = arena_printf(a, "%s%.*s %.16s %.16s\n", list, (int)(strchr(p, '@') - p - 6), p + 6, start, end);
	}
	return list;
}

static void
the_whole_text_of_one_day(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = roster(a);

	(void)state;
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "ada");
	assert_string_equal(calendar(a, s, "ada", "2026-11-23", "2026-11-24"),
	    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//escrelay//rotation//EN\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n"
	    "X-WR-CALNAME:Escalations: Ada\r\nREFRESH-INTERVAL;VALUE=DURATION:PT12H\r\nX-PUBLISHED-TTL:PT12H\r\n"
	    "BEGIN:VEVENT\r\nUID:rotation.core.ada.2026-11-02.1@example.com\r\nDTSTAMP:20260101T000000Z\r\n"
	    "DTSTART:20261102T000000Z\r\nDTEND:20261214T000000Z\r\nORGANIZER:mailto:escalations@example.com\r\n"
	    "SUMMARY:Escalations (core): Ada on rotation\r\nDESCRIPTION:2026-11-02 to 2026-12-14\r\nCATEGORIES:rotation\r\n"
	    "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n"
	    "BEGIN:VEVENT\r\nUID:shift.core.ada.2026-11-02.2026-11-23.1@example.com\r\nDTSTAMP:20260101T000000Z\r\n"
	    "DTSTART:20261123T080000Z\r\nDTEND:20261123T160000Z\r\nORGANIZER:mailto:escalations@example.com\r\n"
	    "SUMMARY:Escalations (core): Ada on shift\r\nDESCRIPTION:Mon 09:00 - 17:00\\, Europe/Berlin\r\nCATEGORIES:shift\r\n"
	    "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
}

static void
a_long_name_is_folded_between_its_characters(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = roster(a);
	const char *name = "Ünïcödé \xe2\x82\xac\xe2\x82\xac\xe2\x82\xac, \\ ; \a\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
	    "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80 of X";
	const char *text;
	char *unfolded, *out;

	(void)state;
	rota_find(s, "ada")->full_name = name;
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "ada");
	text = calendar(a, s, "ada", "2026-11-23", "2026-11-24");
	for (const char *line = text, *end; (end = strstr(line, "\r\n")) != NULL; line = end + 2) {
		assert_true(end - line <= 75);
		assert_true(utf8_valid(line, (size_t)(end - line)));
	}
	out = unfolded = arena_strdup(a, text);
	for (const char *p = text; *p != '\0';)
		if (strncmp(p, "\r\n ", 3) == 0)
			p += 3;
		else
			*out++ = *p++;
	*out = '\0';
	assert_non_null(strstr(unfolded, "SUMMARY:Escalations (core): Ünïcödé \xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\\, \\\\ \\; \xf0\x9f"));
	assert_non_null(strstr(unfolded, " of X on rotation\r\n"));
	assert_null(strchr(text, '\a'));
}

/* Berlin's clocks go back on 25 October 2026: nine in the morning is an hour later after it. */
static void
a_shift_keeps_its_wall_clock_and_its_name(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = roster(a);
	const char *whole, *part;

	(void)state;
	rota_hours(a, rota_find(s, "ada"), 1, 1800, 2000); /* on Mondays in the evening, too */
	rota_rotation(a, s, "core", "2026-10-05", "2026-11-16", "ada");
	whole = events(a, calendar(a, s, "ada", "2026-10-23", "2026-10-27"), "shift");
	assert_string_equal(whole, "shift.core.ada.2026-10-05.2026-10-23.1 20261023T070000Z 20261023T150000Z\n"
	    "shift.core.ada.2026-10-05.2026-10-26.1 20261026T080000Z 20261026T160000Z\n"
	    "shift.core.ada.2026-10-05.2026-10-26.2 20261026T170000Z 20261026T190000Z\n");
	part = events(a, calendar(a, s, "ada", "2026-10-26 17:30", "2026-10-26 17:31"), "shift");
	assert_string_equal(part, "shift.core.ada.2026-10-05.2026-10-26.2 20261026T170000Z 20261026T190000Z\n");
	rota_find(s, "ada")->hours[1].from = 19 * 60;
	part = events(a, calendar(a, s, "ada", "2026-10-26 17:30", "2026-10-27"), "shift");
	assert_string_equal(part, "shift.core.ada.2026-10-05.2026-10-26.2 20261026T180000Z 20261026T190000Z\n");
}

static void
a_stand_in_has_the_seat_and_the_shifts_of_his_days(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = roster(a);

	(void)state;
	rota_hours(a, rota_find(s, "bo"), ALL_DAYS, 0, 2400);
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "ada");
	rota_override(a, s, "core", "2026-11-10", "2026-11-12", "bo", "ada");
	assert_string_equal(events(a, calendar(a, s, "ada", "2026-11-09", "2026-11-13"), ""),
	    "rotation.core.ada.2026-11-02.1 20261102T000000Z 20261110T000000Z\n"
	    "rotation.core.ada.2026-11-02.2 20261112T000000Z 20261214T000000Z\n"
	    "shift.core.ada.2026-11-02.2026-11-09.1 20261109T080000Z 20261109T160000Z\n"
	    "shift.core.ada.2026-11-02.2026-11-12.1 20261112T080000Z 20261112T160000Z\n");
	assert_string_equal(events(a, calendar(a, s, "bo", "2026-01-01", "2027-01-01"), ""),
	    "rotation.core.bo.2026-11-02.1 20261110T000000Z 20261112T000000Z\n"
	    "shift.core.bo.2026-11-02.2026-11-10.1 20261110T000000Z 20261112T000000Z\n");
	assert_non_null(strstr(calendar(a, s, "bo", "2026-01-01", "2027-01-01"), "DESCRIPTION:Stands in for Ada\r\n"));
}

/* A short rotation in the middle of a long one: the long one is on before it and after it, and its events have names of their own. */
static void
where_rotations_overlap_each_has_its_part(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = roster(a);

	(void)state;
	rota_hours(a, rota_find(s, "bo"), ALL_DAYS, 0, 2400);
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "bo");
	rota_rotation(a, s, "core", "2026-11-10", "2026-11-12", "bo");
	assert_string_equal(events(a, calendar(a, s, NULL, "2026-11-11", "2026-11-20"), "shift"),
	    "shift.core.bo.2026-11-02.2026-11-12.1 20261112T000000Z 20261214T000000Z\n"
	    "shift.core.bo.2026-11-10.2026-11-10.1 20261110T000000Z 20261112T000000Z\n");
	assert_string_equal(events(a, calendar(a, s, NULL, "2026-11-01", "2026-11-20"), "rotation"),
	    "rotation.core.bo.2026-11-02.1 20261102T000000Z 20261110T000000Z\n"
	    "rotation.core.bo.2026-11-02.2 20261112T000000Z 20261214T000000Z\n"
	    "rotation.core.bo.2026-11-10.1 20261110T000000Z 20261112T000000Z\n");
}

static void
who_was_away_for_long_is_back_in_the_calendar(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct settings *s = roster(a);

	(void)state;
	rota_rotation(a, s, "core", "2026-08-03", "2026-12-14", "ada");
	rota_away(a, s, "ada", "2026-08-03", "2026-12-10");
	assert_string_equal(events(a, calendar(a, s, "ada", "2026-08-01", "2027-01-01"), "shift"),
	    "shift.core.ada.2026-08-03.2026-12-10.1 20261210T080000Z 20261210T160000Z\n"
	    "shift.core.ada.2026-08-03.2026-12-11.1 20261211T080000Z 20261211T160000Z\n");
}

static void
no_events_are_a_calendar_too_and_a_small_buffer_says_so(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf b;
	struct settings *s = roster(a);
	struct calendar_ask ask = { .to = 1 };

	(void)state;
	buf_init(&b, 400);
	assert_int_equal(calendar_write(s, &ask, &b), 0);
	assert_false(b.over);
	assert_non_null(strstr(b.data, "END:VCALENDAR\r\n"));
	rota_rotation(a, s, "core", "2026-11-02", "2026-12-14", "ada");
	buf_reset(&b);
	ask.to = INT32_MAX;
	calendar_write(s, &ask, &b);
	assert_true(b.over);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_text_of_one_day),
		cmocka_unit_test(a_long_name_is_folded_between_its_characters),
		cmocka_unit_test(a_shift_keeps_its_wall_clock_and_its_name),
		cmocka_unit_test(a_stand_in_has_the_seat_and_the_shifts_of_his_days),
		cmocka_unit_test(where_rotations_overlap_each_has_its_part),
		cmocka_unit_test(who_was_away_for_long_is_back_in_the_calendar),
		cmocka_unit_test(no_events_are_a_calendar_too_and_a_small_buffer_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: a roster as people publish it is read for what it says, whatever its columns and dates look like, and asked
 * about for the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "judge/roster_parts.h"

#define HEAD "| Rotation | Engineers |\n| --- | --- |\n"

static struct roster
read_with(struct arena *a, const struct roster_ask *ask, const char *page)
{
	struct roster r;

	roster_read(a, page, ask, &r);
	return r;
}

static struct roster
read_page(struct arena *a, const char *page)
{
	struct roster_ask ask = { .pool = "core" };

	return read_with(a, &ask, page);
}

/* "2022-08-10 2022-09-07 ann bob ?" a line each */
static const char *
spans(struct arena *a, const struct roster *r)
{
	const char *text = "";

	for (size_t i = 0; i < r->nspans; i++) {
		const struct roster_span *s = &r->spans[i];

		text = arena_printf(a, "%s%04d-%02d-%02d %04d-%02d-%02d", text, s->from.year, s->from.month,
		    s->from.day, s->to.year, s->to.month, s->to.day);
		for (size_t k = 0; k < s->nseats; k++)
			text = arena_printf(a, "%s %s", text, s->seats[k] != NULL ? s->seats[k]->name : "?");
		text = arena_printf(a, "%s\n", text);
	}
	return text;
}

static const struct roster_person *
person(const struct roster *r, const char *name)
{
	for (size_t i = 0; i < r->npeople; i++)
		if (strcmp(r->people[i]->name, name) == 0)
			return r->people[i];
	fail_msg("no %s", name);
	return NULL;
}

static bool
says(const char *const *v, size_t n, const char *part)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(v[i], part) != NULL)
			return true;
	return false;
}
#define asks(r, part) says((r).questions, (r).nquestions, part)
#define notes(r, part) says((r).notes, (r).nnotes, part)

static const char *
cell(struct arena *a, const char *people)
{
	struct roster r = read_page(a, arena_printf(a, HEAD "| 2022-08-10 to 2022-09-06 | %s |\n", people));

	assert_int_equal(r.nspans, 1);
	return spans(a, &r) + strlen("2022-08-10 2022-09-07 ");
}

static void
people_are_links_handles_names_and_question_marks(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	static const struct { const char *written, *seats;
	} cells[] = {
		{ "@ann", "ann" },
		{ "@ann ,@bob", "ann bob" },
		{ "[@tbliu98](https://github.com/tbliu98), [Thorsten Ball](https://github.com/mrnugget)",
		    "tbliu98 mrnugget" },
		{ "[Thorsten Ball](https://github.com/mrnugget \"his page\")", "mrnugget" },
		{ "[Thorsten Ball](../team/index.md#thorsten-ball)", "thorstenball" },
		{ "[Ann [EMEA]](https://gitlab.com/ann-1/) & <https://github.com/bob>", "ann-1 bob" },
		{ "@tbliu98, TBD, TBD", "tbliu98 ? ?" },
		{ "?", "?" },
		{ "", "?" },
		{ "\xe2\x80\x94", "?" },
		{ "n/a", "?" },
		{ "@ann, ???", "ann ?" },
		{ "[?](https://x.example/y)", "?" },
		{ "@ann?", "ann" },
		{ "**@ann** and `@bob`; _Carl Moss_", "ann bob carlmoss" },
		{ "- @ann<br>- @bob<br/>- ?", "ann bob ?" },
		{ "Thorsten Ball (@mrnugget)", "mrnugget" },
		{ "@mrnugget Thorsten Ball", "mrnugget" },
		{ "EMEA: @ann; AMER: @bob", "ann bob" },
		{ "Primary: @ann", "ann" },
		{ "Ann Day <ann@example.com>, bob@example.com", "annday bob" },
		{ "[Ann](mailto:ann.day@example.com)", "ann" },
		{ "@ann, @ANN, @bob", "ann bob" },
		{ "~~@gone~~ @ann", "ann" },
		{ "https://github.com/ann", "ann" },
		{ "@ann \\| @bob", "ann bob" },
		{ "Ann - Berlin, Bob Roe \xe2\x80\x93 PST", "ann bobroe" },
		{ "\xe6\x9d\x8e", "engineer" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cells); i++)
		assert_string_equal(cell(a, cells[i].written), arena_printf(a, "%s\n", cells[i].seats));
}

static void
somebody_written_two_ways_is_one(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct roster r = read_page(a, HEAD "| 2022-08-10 to 2022-09-06 | Thorsten Ball, ann |\n"
	    "| 2022-09-07 to 2022-10-06 | [Thorsten Ball](https://github.com/mrnugget), @Ann [CET] |\n"
	    "| 2022-10-07 to 2022-11-06 | @mrnugget, [Ann](mailto:a@example.com), [Ann](https://github.com/other) |\n");

	(void)state;
	assert_string_equal(spans(a, &r), "2022-08-10 2022-09-07 mrnugget Ann\n2022-09-07 2022-10-07 mrnugget Ann\n"
	    "2022-10-07 2022-11-07 mrnugget Ann other\n");
	assert_int_equal(r.npeople, 3);
	assert_string_equal(person(&r, "mrnugget")->full_name, "Thorsten Ball");
	assert_string_equal(person(&r, "Ann")->tag, "CET");
	assert_string_equal(person(&r, "Ann")->email, "a@example.com");
}

static void
days_are_read_as_people_write_them(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	static const char *const cells[] = {
		"2022-08-10 to 2022-09-06",
		"2022/08/10 - 2022/09/06",
		"2022-08-10/2022-09-06",
		"**2022-08-10** \xe2\x86\x92 2022-09-06",
		"Aug 10 \xe2\x80\x93 Sep 6, 2022",
		"August 10th, 2022 until Sept. 6th, 2022",
		"10 August - 6 September 2022",
		"10. Aug. 2022 bis 6. Sep. 2022",
		"Wed, 10-Aug-2022 to Tue, 06-Sep-2022",
		"10.8.2022 - 6.9.2022",
		"from 10.08.22 to 06.09.22",
		"2022-08-10 to 09-06",
		"Aug 10, 2022 through Sep 6",
		"the 10th of August 2022 till the 6th of September",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cells); i++) {
		struct roster r = read_page(a, arena_printf(a, HEAD "| %s | @ann |\n", cells[i]));

		if (r.nspans != 1)
			fail_msg("%s: %s", cells[i], r.questions[0]);
		assert_string_equal(spans(a, &r), "2022-08-10 2022-09-07 ann\n");
		assert_int_equal(r.nnotes, 1); /* that she is alone */
	}
}

static void
which_is_the_month_is_asked_unless_a_date_tells(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct roster_ask ask = { .pool = "core", .order = ROSTER_DAY_FIRST };
	const char *either = HEAD "| 08/10/2022 - 09/11/2022 | @ann |\n";
	struct roster r = read_page(a, either);

	(void)state;
	assert_int_equal(r.nspans, 0);
	assert_true(asks(r, "--dates mdy"));
	r = read_with(a, &ask, either);
	assert_string_equal(spans(a, &r), "2022-10-08 2022-11-10 ann\n");
	ask.order = ROSTER_MONTH_FIRST;
	r = read_with(a, &ask, either);
	assert_string_equal(spans(a, &r), "2022-08-10 2022-09-12 ann\n");
	r = read_page(a, HEAD "| 08/10/2022 - 09/11/2022 | @ann |\n| 9/12 - 9/30 | @bob |\n");
	assert_string_equal(spans(a, &r), "2022-08-10 2022-09-12 ann\n2022-09-12 2022-10-01 bob\n");
	/* One date says so, the other so: neither is believed. */
	r = read_page(a, HEAD "| 13/10/2022 - 11/25/2022 | @ann |\n");
	assert_true(asks(r, "--dates"));
}

static void
years_follow_from_what_is_near(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct roster_ask ask = { .pool = "core", .year = 2025 };
	const char *page = HEAD "| Nov 3 - Dec 1 | @ann |\n| Dec 1 - Jan 5 | @bob |\n| Jan 5 - Feb 2 | @ann |\n";
	struct roster r = read_page(a, page);

	(void)state;
	assert_true(asks(r, "--year"));
	r = read_with(a, &ask, page);
	assert_string_equal(
	    spans(a, &r), "2025-11-03 2025-12-01 ann\n2025-12-01 2026-01-05 bob\n2026-01-05 2026-02-02 ann\n");
	r = read_page(a, HEAD "| Dec 1 - Jan 5, 2023 | @bob |\n| Jan 5 - Feb 2 | @ann |\n");
	assert_string_equal(spans(a, &r), "2022-12-01 2023-01-05 bob\n2023-01-05 2023-02-02 ann\n");
}

static void
shared_days_are_handovers_and_others_are_last_days(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct roster_ask ask = { .pool = "core", .handover = "09:00 UTC" };
	const char *shared = HEAD "| 2023-01-03 to 2023-02-03 | @ann |\n| 2023-02-03 to 2023-03-03 | @bob |\n| "
	                          "2023-04-03 to 2023-05-03 | @ann |\n";
	struct roster r = read_page(a, shared);

	(void)state;
	/* The hole is one, and the last two end as those before did. */
	assert_string_equal(
	    spans(a, &r), "2023-01-03 2023-02-03 ann\n2023-02-03 2023-03-03 bob\n2023-04-03 2023-05-03 ann\n");
	assert_true(asks(r, "--handover"));
	assert_true(notes(r, "1 day belongs to two spans each, the first 2023-02-03"));
	assert_true(notes(r, "from 2023-03-03 to 2023-04-03 nobody has a seat"));
	r = read_with(a, &ask, shared);
	assert_false(asks(r, "--handover"));
	/* "through" says that the last day is part of it, so that a shared one is a contradiction. */
	r = read_page(a, HEAD "| 2023-01-03 through 2023-02-03 | @ann |\n| 2023-02-03 to 2023-03-03 | @bob |\n");
	assert_true(asks(r, "overlap"));
	/* Ends that are not written are the next one's beginning; the last cannot be. */
	r = read_page(a, HEAD "| from 2023-01-03 | @ann |\n| from 2023-02-03 | @bob |\n");
	assert_string_equal(spans(a, &r), "2023-01-03 2023-02-03 ann\n");
	assert_true(asks(r, "when does 'from 2023-02-03' end?"));
}

static void
spans_that_overlap_are_cut_and_asked_about(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct roster r =
	    read_page(a, HEAD "| 2023-02-01 to 2023-03-03 | @bob |\n| 2023-01-03 to 2023-02-13 | @ann |\n");

	(void)state;
	assert_string_equal(spans(a, &r), "2023-01-03 2023-02-01 ann\n2023-02-01 2023-03-04 bob\n");
	assert_true(asks(r, "who has the days from 2023-02-01 to 2023-02-13?"));
	/* A row a person is no overlap. */
	r = read_page(a,
	    HEAD "| 2023-01-03 to 2023-02-03 | @ann |\n| 2023-01-03 to 2023-02-03 | @bob |\n| 2023-01-03 to 2023-02-03 "
	         "| @ann |\n");
	assert_string_equal(spans(a, &r), "2023-01-03 2023-02-04 ann bob\n");
	assert_false(asks(r, "overlap"));
}

static void
columns_are_found_by_what_is_in_them(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct roster r;

	(void)state;
	r = read_page(a,
	    "EE's | # | Notes | Rotation | Dates | Manager\n:-|-:|---|---|:-:|---\n"
	    "@ann, @bob | 1 | see @carl | first | 2022-08-10 to 2022-09-06 | @boss\n@bob | 2 | | second | 2022-09-07 "
	    "to 2022-10-06 |\n");
	assert_string_equal(spans(a, &r), "2022-08-10 2022-09-07 ann bob\n2022-09-07 2022-10-07 bob\n");
	r = read_page(a,
	    "| Start | End | Primary | Secondary | Region |\n|---|---|---|---|---|\n| 2022-08-10 | 2022-09-06 | @ann | "
	    "Bob Roe | EMEA, Asia/Tokyo |\n");
	assert_string_equal(spans(a, &r), "2022-08-10 2022-09-07 ann bobroe\n");
	assert_string_equal(person(&r, "ann")->tag, "EMEA");
	assert_string_equal(person(&r, "bobroe")->zone, "Asia/Tokyo");
	/* Nothing in the header tells. */
	r = read_page(a, "| A | B | C |\n|---|---|---|\n| x | @ann | 2022-08-10 to 2022-09-06 |\n");
	assert_string_equal(spans(a, &r), "2022-08-10 2022-09-07 ann\n");
	/* Several tables are one roster, others are passed over, and what stands in a fence is an example. */
	r = read_page(a,
	    "| Customer | Since |\n|---|---|\n| Acme | 2022-01-01 |\n\n" HEAD
	    "| 2022-09-07 to 2022-10-06 | @bob |\n\nBefore:\n\n" HEAD
	    "| 2022-08-10 to 2022-09-06 | @ann |\n\n```\n" HEAD "| 2021-08-10 to 2021-09-06 | @eve |\n```\n");
	assert_string_equal(spans(a, &r), "2022-08-10 2022-09-07 ann\n2022-09-07 2022-10-07 bob\n");
	assert_int_equal(r.ntables, 2);
	assert_true(notes(r, "line 1: this table"));
	r = read_page(a, "No table | here.\n");
	assert_true(asks(r, "there is no roster"));
}

static void
tags_are_no_zones_but_suggest_them(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct roster_answer zones[] = { { "pst", "America/Los_Angeles" }, { "BOB", "Europe/Berlin" },
		{ "*", "Asia/Kolkata" } };
	struct roster_ask ask = { .pool = "core", .zones = zones, .nzones = 2 };
	const char *page = HEAD "| 2022-08-10 to 2022-09-06 | @ann [PST], @bob [EMEA], @carl (Europe/Rome), @dora |\n";
	struct roster r = read_page(a, page);

	(void)state;
	assert_true(asks(r,
	    "in which zone does ann work? the roster says 'PST', perhaps America/Los_Angeles; --zone "
	    "ann=America/Los_Angeles"));
	assert_true(asks(r, "'EMEA', a region and no zone: for instance Europe/London"));
	assert_string_equal(person(&r, "carl")->zone, "Europe/Rome");
	assert_null(person(&r, "ann")->zone);
	r = read_with(a, &ask, page);
	assert_string_equal(person(&r, "ann")->zone, "America/Los_Angeles");
	assert_string_equal(person(&r, "bob")->zone, "Europe/Berlin");
	assert_string_equal(person(&r, "carl")->zone, "Europe/Rome");
	assert_null(person(&r, "dora")->zone);
	ask.nzones = 3;
	r = read_with(a, &ask, page);
	assert_string_equal(person(&r, "dora")->zone, "Asia/Kolkata");
}

static void
rows_that_say_nothing_are_asked_about_and_left_out(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct roster r = read_page(a,
	    HEAD "| soon | @ann |\n| 2022-02-30 to 2022-03-30 | @ann |\n| 2022-03-30 to 2022-03-01 | @ann |\n| | |\n"
	         "| 2022-13-01 to 2022-14-01 | @ann |\n| 2022-08-10 to 2022-09-06 (holidays) | @ann |\n");

	(void)state;
	assert_string_equal(spans(a, &r), "2022-08-10 2022-09-07 ann\n");
	assert_true(asks(r, "line 3: 'soon' is no span of days"));
	assert_true(asks(r, "line 4: '2022-02-30 to 2022-03-30'"));
	assert_true(asks(r, "line 5: '2022-03-30 to 2022-03-01'"));
	assert_false(asks(r, "line 6:"));
	assert_true(asks(r, "line 7: '2022-13-01 to 2022-14-01'"));
	assert_true(notes(r, "line 8: 'holidays' beside the days says nothing"));
}

static void
what_is_printed_is_a_configuration_once_all_is_answered(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct roster_answer zone = { "*", "Europe/Berlin" }, hours = { "*", "mon-fri 09:00-17:00" };
	struct roster_ask ask = { .pool = "core",
		.domain = "example.com",
		.handover = "09:00 UTC",
		.zones = &zone,
		.nzones = 1,
		.hours = &hours,
		.nhours = 1 };
	struct roster r = read_with(a, &ask,
	    HEAD "| 2022-08-10 to 2022-09-10 | [Ann \"The } Day\" \\\\](https://github.com/ann) [x {], "
	         "[@to](https://github.com/to), ? |\n"
	         "| 2022-09-10 to 2022-10-10 | [#](https://github.com/seats), {x}#@example.com |\n");
	AUTO_BUF struct buf out;
	struct settings *s;
	const char *text;
	struct diag d;

	(void)state;
	assert_int_equal(r.nquestions, 0);
	buf_init(&out, 100000);
	roster_print(a, &r, &ask, "a\nb", &out);
	text = arena_printf(
	    a, "address e@example.com\noperator o@example.com\nstaff example.com\nauthserv-id none\n%s", out.data);
	diag_init(&d, a);
	s = settings_read(a, conf_read_text(a, "printed", text, strlen(text), true, &d), "/relay.conf", &d);
	if (s == NULL)
		fail_msg("%s\n%s", d.items[0].message, text);
	assert_int_equal(s->nengineers, 4);
	assert_int_equal(s->nrotations, 2);
	assert_int_equal(s->rotations[0].nseats, 3);
	assert_string_equal(s->engineers[0]->full_name, "Ann \"The } Day\" \\\\");
	assert_string_equal(s->engineers[2]->emails[0], "seats@example.com");
	assert_string_equal(s->engineers[3]->emails[0], "{x}#@example.com");
	assert_int_equal(s->handover_minute, 540);
	settings_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_are_links_handles_names_and_question_marks),
		cmocka_unit_test(somebody_written_two_ways_is_one),
		cmocka_unit_test(days_are_read_as_people_write_them),
		cmocka_unit_test(which_is_the_month_is_asked_unless_a_date_tells),
		cmocka_unit_test(years_follow_from_what_is_near),
		cmocka_unit_test(shared_days_are_handovers_and_others_are_last_days),
		cmocka_unit_test(spans_that_overlap_are_cut_and_asked_about),
		cmocka_unit_test(columns_are_found_by_what_is_in_them),
		cmocka_unit_test(tags_are_no_zones_but_suggest_them),
		cmocka_unit_test(rows_that_say_nothing_are_asked_about_and_left_out),
		cmocka_unit_test(what_is_printed_is_a_configuration_once_all_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

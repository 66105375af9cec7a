/* Goal: a filing comes back as it was saved, is found by number, thread and tracker's number, and its timers end with it alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/store_filing.h"

#include "../support/room.h"

static const struct escalation a_case = { .state = ESCALATION_OWNED, .severity = 2, .pool = "core", .skill = "", .team = "", .label = "",
	.rule = "", .requester = { .name = "Ada", .address = "ada@example.com" }, .customer = "acme", .ticket = "", .subject = "Search is down",
	.engineer = "keegan", .opened = 1000, .changed = 1000, .outcome = "", .cause = "", .journal = 5, .thread_id = "case-1@example.com" };

static struct filing
filed(struct store *s, int64_t escalation, const char *team)
{
	struct filing f = { .escalation = escalation, .number = store_filing_number(s, escalation), .team = team, .kind = "help",
		.title = "Out of memory", .reason = "I know no way to make it smaller", .upstream = "", .opened = 2000, .heard = 2000,
		.closed_by = "", .outcome = "", .engineer = "keegan", .rule = "", .customer = "acme", .severity = 1,
		.asker = { .name = "", .address = "" }, .journal = 7, .thread_id = "filing-1@example.com",
		.subject = "", .last_id = "" };

	assert_true(store_filing_new(s, &f) > 0);
	assert_int_equal(f.generation, 1);
	return f;
}

static void
a_filing_comes_back_as_it_was_saved(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation e = a_case;
	struct filing f, back;

	store_escalation_new(s, &e);
	f = filed(s, e.id, "search");
	assert_true(store_filing_get(s, r->a, f.id, &back));
	assert_int_equal(back.number, 1);
	assert_string_equal(back.title, f.title);
	assert_string_equal(back.reason, f.reason);
	assert_string_equal(back.customer, "acme");
	assert_int_equal(back.severity, 1);
	assert_int_equal(back.journal, 7);
	assert_string_equal(back.thread_id, f.thread_id);
	assert_int_equal(back.state, FILING_STATE_OPEN);
	f.state = FILING_STATE_CLOSED;
	f.generation = 4;
	f.upstream = "4711";
	f.heard = 3000;
	f.chased = 2;
	f.closed = 3001;
	f.closed_by = "search";
	f.outcome = "Resolved";
	f.subject = "[#4711] Resolved";
	f.last_id = "9@tracker.example";
	store_filing_save(s, &f);
	assert_true(store_filing_of(s, r->a, e.id, 1, &back));
	assert_int_equal(back.state, FILING_STATE_CLOSED);
	assert_int_equal(back.generation, 4);
	assert_string_equal(back.upstream, "4711");
	assert_int_equal(back.heard, 3000);
	assert_int_equal(back.chased, 2);
	assert_int_equal(back.closed, 3001);
	assert_string_equal(back.closed_by, "search");
	assert_string_equal(back.outcome, "Resolved");
	assert_string_equal(back.subject, "[#4711] Resolved");
	assert_string_equal(back.last_id, "9@tracker.example");
	assert_false(store_filing_of(s, r->a, e.id, 2, &back));
	store_close(s);
}

static void
each_case_counts_its_own(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation one = a_case, two = a_case;
	struct filing *v, f;

	store_escalation_new(s, &one);
	store_escalation_new(s, &two);
	filed(s, one.id, "search");
	f = filed(s, one.id, "docs");
	assert_int_equal(f.number, 2);
	assert_int_equal(filed(s, two.id, "search").number, 1);
	assert_int_equal(filed(s, 0, "search").number, 1); /* a rule's, without a case */
	assert_int_equal(store_filings(s, r->a, one.id, &v), 2);
	assert_string_equal(v[1].team, "docs");
	assert_int_equal(store_filings_open(s, r->a, &v), 4);
	f.state = FILING_STATE_CLOSED;
	f.closed = 1;
	store_filing_save(s, &f);
	assert_true(store_has_open_filing(s, one.id));
	assert_int_equal(store_filings_open(s, r->a, &v), 3);
	assert_int_equal(store_filing_number(s, one.id), 3); /* closed ones keep their number */
	assert_false(store_has_open_filing(s, two.id + 1));
	store_close(s);
}

static void
it_is_found_by_its_thread_and_by_the_trackers_number(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct filing f = filed(s, 0, "search"), g = filed(s, 0, "search"), back;

	store_filing_thread_add(s, f.id, "one@tracker.example");
	store_filing_thread_add(s, g.id, "one@tracker.example"); /* the first keeps it */
	store_filing_thread_add(s, g.id, NULL);
	store_filing_thread_add(s, g.id, "");
	assert_int_equal(store_filing_thread_find(s, "one@tracker.example"), f.id);
	assert_int_equal(store_filing_thread_find(s, "two@tracker.example"), 0);
	assert_false(store_filing_upstream(s, r->a, "search", "", &back));
	f.upstream = g.upstream = "99";
	store_filing_save(s, &f);
	assert_true(store_filing_upstream(s, r->a, "Search", "99", &back));
	assert_int_equal(back.id, f.id);
	store_filing_save(s, &g);
	assert_true(store_filing_upstream(s, r->a, "search", "99", &back));
	assert_int_equal(back.id, g.id); /* the newest */
	assert_false(store_filing_upstream(s, r->a, "docs", "99", &back));
	store_close(s);
}

static void
its_timers_end_with_it_alone(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation e = a_case;
	struct filing f, g;
	struct timer t;

	store_escalation_new(s, &e);
	f = filed(s, e.id, "search");
	g = filed(s, e.id, "docs");
	store_timer_set(s, e.id, "chase", 900, 1);
	store_filing_timer_set(s, &f, "chase", 500);
	store_filing_timer_set(s, &g, "chase", 600);
	f.generation = 2;
	store_filing_timer_set(s, &f, "chase", 400); /* replaces */
	store_timer_clear(s, e.id, NULL);            /* the case moves on: its own alone */
	assert_true(store_timer_due(s, r->a, 1000, &t));
	assert_int_equal(t.filing, f.id);
	assert_int_equal(t.escalation, e.id);
	assert_int_equal(t.due, 400);
	assert_int_equal(t.generation, 2);
	store_filing_timer_clear(s, &f);
	assert_true(store_timer_due(s, r->a, 1000, &t));
	assert_int_equal(t.filing, g.id);
	store_filing_timer_clear(s, &g);
	assert_int_equal(store_timer_next(s), INT64_MAX);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(a_filing_comes_back_as_it_was_saved),
		ROOM_TEST(each_case_counts_its_own),
		ROOM_TEST(it_is_found_by_its_thread_and_by_the_trackers_number),
		ROOM_TEST(its_timers_end_with_it_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

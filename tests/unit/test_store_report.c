/* Goal: each case that a report must know of is told to it once, with its events and filings, whatever the span; and
 * mails are counted though the clock was set back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/store_filing.h"
#include "edge/store_report.h"

#include "../support/room.h"

#define DAY 86400
#define END (20000 * (int64_t)DAY)

struct heard { char cases[400]; size_t events, filings; char mails[200], filed[100]; };

static void
one(void *context, const struct report_case *c)
{
	struct heard *h = context;
	size_t len = strlen(h->cases);

	snprintf(h->cases + len, sizeof(h->cases) - len, "%s%d:%s", len > 0 ? " " : "", (int)c->id, c->subject);
	h->events += c->nevents;
	h->filings += c->nfilings;
}

static void
filing(void *context, const struct report_filing *f)
{
	struct heard *h = context;
	size_t len = strlen(h->filed);

	snprintf(h->filed + len, sizeof(h->filed) - len, "%s%s/%s", len > 0 ? " " : "", f->team, f->kind);
}

static void
mail(void *context, const char *outcome)
{
	struct heard *h = context;
	size_t len = strlen(h->mails);

	snprintf(h->mails + len, sizeof(h->mails) - len, "%s%s", len > 0 ? " " : "", outcome != NULL ? outcome : "-");
}

/* All that a report of the last week, with a budget of 90 days, is told. */
static struct heard
listen(struct store *s)
{
	struct heard h = { .events = 0 };
	struct store_report_visit v = { .one = one, .filed = filing, .mail = mail, .context = &h };
	struct store_report_ask ask = { .from = END - 7 * DAY, .to = END, .opened = END - 90 * DAY, .resolved =
	    END - 14 * DAY };

	assert_true(store_report(s, &ask, &v));
	return h;
}

static void
add(struct store *s, const char *subject, int64_t opened, int64_t resolved)
{
	struct escalation e = { .state = resolved != 0 ? ESCALATION_RESOLVED : ESCALATION_OWNED, .severity = 2, .pool =
	    "core", .skill = "", .team = "",
		.label = "", .rule = "", .requester = { .name = "Ada", .address = "ada@example.com" }, .customer =
		    "acme", .ticket = "",
		.subject = subject, .engineer = "keegan", .opened = opened, .changed = opened, .resolved = resolved,
		.outcome = resolved != 0 ? "fix" : "", .cause = "", .journal = 5, .thread_id = "t@example.com" };

	store_escalation_new(s, &e);
	store_event_add(s, e.id, opened, "keegan", "ack", "", 0);
	store_event_add(s, e.id, opened, "relay", "owes", "assignment to keegan@example.com", 0);
}

static void
file(struct store *s, int64_t escalation, const char *team, const char *kind, int64_t opened)
{
	struct filing f = { .escalation = escalation, .number = store_filing_number(s, escalation), .team = team,
	    .kind = kind, .title = "",
		.reason = "", .upstream = "", .opened = opened, .heard = opened, .closed_by = "", .outcome = "",
		    .engineer = "", .rule = "",
		.customer = "", .asker = { .name = "", .address = "" }, .thread_id = "f@example.com", .subject = "",
		    .last_id = "" };

	assert_true(store_filing_new(s, &f) > 0);
}

static void
each_case_is_told_once(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct heard h;

	store_begin(s);
	add(s, "young and open", END - DAY, 0);
	add(s, "young and over", END - 3 * DAY, END - DAY);
	add(s, "over before the week", END - 20 * DAY, END - 8 * DAY);
	add(s, "old and over in the week", END - 200 * DAY, END - DAY);
	add(s, "old and over the week before", END - 200 * DAY, END - 14 * DAY);
	add(s, "old and over before", END - 200 * DAY, END - 14 * DAY - 1);
	add(s, "old and open", END - 200 * DAY, 0);
	add(s, "old and over after it", END - 200 * DAY, END + DAY);
	add(s, "of the first instant", END - 90 * DAY, 0);
	add(s, "of the next week", END, 0);
	file(s, 7, "search", "help", END - 100 * DAY);
	assert_true(store_commit(s));
	h = listen(s);
	/* By when they were opened; then those before by when they ended; then those that are open. */
	assert_string_equal(h.cases, "9:of the first instant 3:over before the week 2:young and over 1:young and open"
	                             " 5:old and over the week before 4:old and over in the week 8:old and over after it"
	                             " 7:old and open");
	assert_int_equal(h.events,
	    6);  /* of two nothing but the budget is asked; letters that were owed are no events of a report */
	assert_int_equal(h.filings, 1);
	store_close(s);
}

static void
what_rules_file_is_told_of_the_span(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);

	store_begin(s);
	add(s, "one", END - DAY, 0);
	file(s, 0, "search", "help", END - 7 * DAY);
	file(s, 0, "search", "docs", END - 7 * DAY - 1);
	file(s, 0, "cloud", "defect", END - 1);
	file(s, 0, "cloud", "help", END);
	file(s, 1, "identity", "help", END - DAY);
	assert_true(store_commit(s));
	assert_string_equal(listen(s).filed, "search/help cloud/defect");
	store_close(s);
}

static void
mails_are_told_though_the_clock_was_set_back(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	const struct { int64_t received; const char *outcome; } mails[] =
	    { { END - 9 * DAY, "long ago" }, { END - 7 * DAY - 3600, "just before" },
		{ END - 7 * DAY, "opened" }, { END - 7 * DAY - 1800, "set back" }, { END - DAY, "relayed" },
		    { END - 1, NULL }, { END, "after" } };

	store_begin(s);
	for (uint32_t i = 0; i < COUNT(mails); i++) {
		struct journal_entry e = { .mailbox = "support", .uidvalidity = 1, .uid = i + 1, .received =
		    mails[i].received, .size = 1,
			.state = JOURNAL_KEPT, .message_id = "", .from = "", .subject = "" };

		e.id = store_journal_add(s, &e);
		e.state = JOURNAL_JUDGED;
		e.outcome = mails[i].outcome;
		if (e.outcome != NULL)
			store_journal_judged(s, &e);
	}
	assert_true(store_commit(s));
	assert_string_equal(listen(s).mails, "- relayed opened");
	store_close(s);
}

static void
a_case_that_is_opened_again_is_not_over(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation e;

	store_begin(s);
	add(s, "again", END - 200 * DAY, END - DAY);
	assert_true(store_escalation_get(s, r->a, 1, &e));
	e.state = ESCALATION_OWNED;
	e.resolved = 0;
	e.outcome = "";
	store_escalation_save(s, &e);
	assert_true(store_commit(s));
	assert_string_equal(listen(s).cases, "1:again");
	store_close(s);
}

static void
an_empty_store_has_a_report(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct settings settings = { .budget_percent = 10 };
	const struct report *report = store_report_of(s, r->a, &settings, END - DAY, END);

	assert_non_null(report);
	assert_int_equal(report->came + report->open + (unsigned)report->nmails, 0);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_case_is_told_once, room_setup, room_teardown),
		cmocka_unit_test_setup_teardown(what_rules_file_is_told_of_the_span, room_setup, room_teardown),
		cmocka_unit_test_setup_teardown(mails_are_told_though_the_clock_was_set_back, room_setup,
		    room_teardown),
		cmocka_unit_test_setup_teardown(a_case_that_is_opened_again_is_not_over, room_setup, room_teardown),
		cmocka_unit_test_setup_teardown(an_empty_store_has_a_report, room_setup, room_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

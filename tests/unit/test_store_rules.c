/* Goal: what is known of rules is counted by day, and people who knew better are found, each case once, unless they took it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../support/room.h"

#define DAY 86400

static void
rules_and_patterns_are_counted_by_day(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	const struct rule_count none = { 0 }, hit = { .hits = 1 }, stuck = { .stuck = 1 }, released = { .released = 1 };
	struct rule_counted *rules;
	struct pattern_counted *patterns;

	assert_true(store_begin(s));
	store_rule_count(s, "a", 2 * DAY + 5, &none);
	store_rule_count(s, "a", 3 * DAY + 7, &hit);
	store_rule_count(s, "a", 3 * DAY + 9, &hit);
	store_rule_count(s, "a", 4 * DAY, &released);
	store_rule_count(s, "b", 5 * DAY, &stuck);
	store_pattern_count(s, "a", "subject ~ /x/", 3 * DAY + 7, &hit);
	store_pattern_count(s, "a", "subject ~ /x/", 4 * DAY, &hit);
	store_pattern_count(s, "a", "subject ~ /x/", 4 * DAY, &stuck);
	store_pattern_count(s, "b", "subject ~ /x/", 5 * DAY, &stuck);
	assert_true(store_commit(s));

	assert_int_equal(store_rule_counts(s, r->a, 0, &rules), 2);
	assert_string_equal(rules[0].rule, "a");
	assert_int_equal(rules[0].first, 2 * DAY);
	assert_int_equal(rules[0].last, 3 * DAY + 9);
	assert_int_equal(rules[0].in_all.hits, 2);
	assert_int_equal(rules[0].in_all.released, 1);
	assert_int_equal(rules[1].in_all.stuck, 1);
	assert_int_equal(rules[1].last, 0); /* stuck is no hit */
	assert_int_equal(store_rule_counts(s, r->a, 4 * DAY + 3600, &rules), 2);
	assert_int_equal(rules[0].in_all.hits, 0);
	assert_int_equal(rules[0].in_all.released, 1); /* its day counts as a whole */
	assert_int_equal(rules[0].last, 3 * DAY + 9);

	assert_int_equal(store_pattern_counts(s, r->a, 4 * DAY, &patterns), 2);
	assert_string_equal(patterns[0].rule, "a");
	assert_string_equal(patterns[0].pattern, "subject ~ /x/");
	assert_int_equal(patterns[0].hits, 1);
	assert_int_equal(patterns[0].stuck, 1);
	assert_int_equal(patterns[0].last, 4 * DAY);
	assert_int_equal(patterns[1].hits, 0);
	assert_int_equal(patterns[1].last, 0);
	store_close(s);
}

/* A case that rules opened: "open" decided, "seats" set its pool, "skills" its skill, "words" its severity 2. */
static struct escalation
opened(struct store *s, int64_t at)
{
	static unsigned uid;
	const struct journal_entry mail = { .mailbox = "support", .uidvalidity = 1, .uid = ++uid, .received = at, .message_id = "", .from = "",
		.subject = "" };
	struct escalation e = { .state = ESCALATION_ASSIGNED, .severity = 2, .pool = "core", .skill = "", .team = "", .label = "", .rule = "open",
		.requester = { .name = "Ada", .address = "ada@example.com" }, .customer = "", .ticket = "", .subject = "", .engineer = "keegan",
		.opened = at, .changed = at, .outcome = "", .cause = "", .thread_id = "x" };

	assert_true(store_begin(s));
	e.journal = store_journal_add(s, &mail);
	store_decision_add(s, e.journal, at, "hash", "{\"rules\":{\"set_by\":{\"pool\":\"seats\",\"skill\":\"skills\",\"severity\":\"words\"}}}");
	assert_true(store_escalation_new(s, &e) > 0);
	store_event_add(s, e.id, at, "relay", "assign", "", 0);
	assert_true(store_commit(s));
	return e;
}

static void
event(struct store *s, const struct escalation *e, const char *kind, const char *detail)
{
	store_event_add(s, e->id, e->opened + 10, "keegan", kind, detail, 0);
}

static int
by_case(const void *a, const void *b)
{
	const struct case_overturned *x = a, *y = b;

	return (x->escalation > y->escalation) - (x->escalation < y->escalation);
}

static void
a_case_that_went_otherwise_names_the_rule(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation fine = opened(s, DAY), not_one = opened(s, DAY), passed = opened(s, DAY), severe = opened(s, 3 * DAY);
	struct case_overturned *v;

	event(s, &fine, "resolve", "answered: so");
	not_one.state = ESCALATION_RESOLVED;
	not_one.outcome = "not-an-escalation";
	store_escalation_save(s, &not_one);
	event(s, &passed, "pass", "passed it on");
	severe.severity = 0;
	store_escalation_save(s, &severe);
	event(s, &severe, "severity", "from 2 to 1");
	event(s, &severe, "severity", "from 1 to 0");

	assert_int_equal(store_rules_overturned(s, r->a, 0, &v), 3);
	qsort(v, 3, sizeof(*v), by_case); /* they come in no order */
	assert_int_equal(v[0].escalation, not_one.id);
	assert_string_equal(v[0].opened_by, "open");
	assert_string_equal(v[0].pool_by, "");
	assert_int_equal(v[1].escalation, passed.id);
	assert_string_equal(v[1].opened_by, "");
	assert_string_equal(v[1].pool_by, "seats");
	assert_string_equal(v[1].skill_by, "skills");
	assert_int_equal(v[2].escalation, severe.id);
	assert_string_equal(v[2].severity_by, "words");
	assert_int_equal(store_rules_overturned(s, r->a, 3 * DAY + 3600, &v), 1); /* its day counts as a whole */
	assert_int_equal(v[0].escalation, severe.id);
	store_close(s);
}

static void
what_was_taken_back_does_not_count(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation passed = opened(s, DAY), taken = opened(s, DAY), severe = opened(s, DAY), twice = opened(s, DAY);
	struct case_overturned *v;

	event(s, &passed, "pass", "passed it on");
	event(s, &passed, "take", "took back that he passed it");
	event(s, &passed, "undo", "took back his /pass");
	event(s, &taken, "take", "took it");
	event(s, &taken, "pass", "took back that he took it");
	event(s, &taken, "undo", "took back his /take");
	event(s, &severe, "severity", "from 2 to 1");
	event(s, &severe, "severity", "from 1 to 2");
	event(s, &severe, "undo", "took back his /sev");
	assert_int_equal(store_rules_overturned(s, r->a, 0, &v), 0);

	event(s, &twice, "pass", "passed it on");
	event(s, &twice, "severity", "from 2 to 1");
	event(s, &twice, "undo", "took back his /sev"); /* of something else */
	assert_int_equal(store_rules_overturned(s, r->a, 0, &v), 1);
	assert_int_equal(v[0].escalation, twice.id);
	store_close(s);
}

static void
a_case_that_nobody_had_is_taken_from_nobody(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct escalation e = { .state = ESCALATION_WAITING, .severity = 2, .pool = "core", .skill = "", .team = "", .label = "", .rule = "open",
		.requester = { .name = "", .address = "ada@example.com" }, .customer = "", .ticket = "", .subject = "", .engineer = "",
		.opened = DAY, .changed = DAY, .outcome = "", .cause = "", .thread_id = "x" };
	struct case_overturned *v;

	assert_true(store_escalation_new(s, &e) > 0);
	event(s, &e, "take", "took it");
	assert_int_equal(store_rules_overturned(s, r->a, 0, &v), 0);
	store_close(s);
}

static void
rule_sets_are_kept_with_what_they_decided(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct ruleset_row *rows;
	int64_t first;

	assert_int_equal(store_decisions(s, &first), 0);
	assert_int_equal(first, 0);
	assert_false(store_ruleset_used(s, "aa", 100));
	store_ruleset_add(s, "aa", 100, "rule a { ignore }", "[]");
	assert_true(store_ruleset_used(s, "aa", 200));
	store_ruleset_add(s, "bb", 300, "", "[]");
	assert_int_equal(store_rulesets(s, r->a, &rows), 2);
	assert_string_equal(rows[0].hash, "aa");
	assert_int_equal(rows[0].first, 100);
	assert_int_equal(rows[0].last, 200);
	assert_int_equal(rows[0].decisions, 2);
	assert_string_equal(store_ruleset_text(s, r->a, "aa"), "rule a { ignore }");
	assert_null(store_ruleset_text(s, r->a, "cc"));
	assert_int_equal(store_decisions(s, &first), 3);
	assert_int_equal(first, 100);
	store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, room_setup, room_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rules_and_patterns_are_counted_by_day),
		TEST(a_case_that_went_otherwise_names_the_rule),
		TEST(what_was_taken_back_does_not_count),
		TEST(a_case_that_nobody_had_is_taken_from_nobody),
		TEST(rule_sets_are_kept_with_what_they_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

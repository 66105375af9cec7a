/* Goal: the law says in every state, for every event, under all facts, what the design says; and no case is ever stuck. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ground/mem.h"
#include "judge/escalation.h"

/* What is expected, written from the design and not from the table:
 *
 *   .        the event means nothing here          W A O P U R  the state afterwards
 *   f?U:O    U while filings are open, else O      s? while the owner is seated   e? while another is eligible
 *
 * An engineer's answer gives the turn to the requester, with /ack in it he keeps it. Nothing is resolved over an open filing.
 * A team is heard in every state. Whoever passes or is away leaves the case to the next; a timeout does so while there is one. */
static const struct { enum escalation_event event; const char *after[ESCALATION_STATE_COUNT]; } expected[] = {
	/*                        waiting  assigned owned    pending  upstream resolved */
	{ EVENT_ASSIGN,        { "A",     ".",     ".",     ".",     ".",     "." } },
	{ EVENT_ACK,           { ".",     "O",     "O",     "O",     "U",     "O" } },
	{ EVENT_TAKE,          { "O",     "O",     "O",     "O",     "U",     "O" } },
	{ EVENT_ANSWER,        { ".",     "P",     "P",     "P",     "P",     "R" } },
	{ EVENT_ANSWER_ACK,    { ".",     "O",     "O",     "O",     "U",     "O" } },
	{ EVENT_WORD,          { "W",     "A",     "O",     "f?U:O", "U",     "s?O:W" } },
	{ EVENT_FILE,          { ".",     "U",     "U",     "P",     "U",     "." } },
	{ EVENT_UPSTREAM_WORD, { "W",     "A",     "O",     "P",     "U",     "R" } },
	{ EVENT_FILINGS_DONE,  { "W",     "A",     "O",     "P",     "O",     "." } },
	{ EVENT_PASS,          { ".",     "W",     "W",     "W",     "W",     "." } },
	{ EVENT_TIMEOUT,       { ".",     "e?W:A", ".",     ".",     ".",     "." } },
	{ EVENT_UNREACHABLE,   { ".",     "W",     "W",     "W",     "W",     "." } },
	{ EVENT_RESOLVE,       { "f?W:R", "f?A:R", "f?O:R", "f?P:R", "f?U:R", "." } },
	{ EVENT_REOPEN,        { ".",     ".",     ".",     ".",     ".",     "s?O:W" } },
};

static const char letters[] = "WAOPUR"; /* in the order of the states */

static struct escalation_facts
facts_of(unsigned i)
{
	return (struct escalation_facts){ .filings_open = i & 1, .owner_seated = i & 2, .other_eligible = i & 4 };
}

/* The letter that the matrix has for these facts. */
static char
wanted(const char *cell, const struct escalation_facts *f)
{
	bool holds;

	if (cell[1] != '?')
		return cell[0];
	holds = cell[0] == 'f' ? f->filings_open : cell[0] == 's' ? f->owner_seated : f->other_eligible;
	return holds ? cell[2] : cell[4];
}

static void
every_state_event_and_fact_is_as_designed(void **state)
{
	unsigned walked = 0, bad = 0;

	(void)state;
	assert_int_equal(COUNT(expected), EVENT_REOPEN + 1);
	assert_int_equal(EVENT_REOPEN + 1, ESCALATION_EVENT_COUNT);
	assert_int_equal(strlen(letters), ESCALATION_STATE_COUNT);
	for (int e = 0; e < ESCALATION_EVENT_COUNT; e++)
		for (int from = 0; from < ESCALATION_STATE_COUNT; from++)
			for (unsigned i = 0; i < 8; i++, walked++) {
				struct escalation_facts facts = facts_of(i);
				enum escalation_state to = ESCALATION_STATE_COUNT;
				bool means = escalation_step((enum escalation_state)from, (enum escalation_event)e, &facts, &to);
				char got = !means ? '.' : letters[to], want = wanted(expected[e].after[from], &facts);

				assert_int_equal(expected[e].event, e);
				assert_true(means || to == ESCALATION_STATE_COUNT); /* what means nothing touches nothing */
				if (got == want)
					continue;
				bad++;
				print_error("%s, %s%s%s%s: %c expected, %c found\n", escalation_state_word((enum escalation_state)from),
				    escalation_event_word((enum escalation_event)e), facts.filings_open ? ", filings open" : "",
				    facts.owner_seated ? ", owner seated" : "", facts.other_eligible ? ", another eligible" : "", want, got);
			}
	assert_int_equal(walked, ESCALATION_EVENT_COUNT * ESCALATION_STATE_COUNT * 8);
	assert_int_equal(bad, 0);
}

/* Whether the row decides under these facts: the first that fits. */
static bool
decides(size_t row, const struct escalation_facts *facts)
{
	const struct escalation_transition *t = &escalation_law[row];

	for (size_t i = 0; i <= row; i++) {
		const struct escalation_transition *x = &escalation_law[i];
		bool fits = x->from == t->from && x->event == t->event &&
		    (x->condition == IF_ALWAYS || (x->condition == IF_FILINGS_OPEN && facts->filings_open) ||
		        (x->condition == IF_OWNER_SEATED && facts->owner_seated) || (x->condition == IF_OTHER_ELIGIBLE && facts->other_eligible));

		if (fits)
			return i == row;
	}
	return false;
}

static void
no_row_stands_in_the_shadow_of_another(void **state)
{
	(void)state;
	for (size_t row = 0; row < escalation_law_count; row++) {
		bool ever = false;

		for (unsigned i = 0; i < 8; i++) {
			struct escalation_facts facts = facts_of(i);

			ever |= decides(row, &facts);
		}
		if (!ever)
			print_error("row %zu can never decide: %s, %s\n", row, escalation_state_word(escalation_law[row].from),
			    escalation_event_word(escalation_law[row].event));
		assert_true(ever);
		assert_true(strlen(escalation_law[row].note) > 3); /* it is printed for people */
	}
}

/* What can be reached from a state by any events under any facts. */
static void
reach(enum escalation_state from, bool reached[ESCALATION_STATE_COUNT])
{
	reached[from] = true;
	for (int e = 0; e < ESCALATION_EVENT_COUNT; e++)
		for (unsigned i = 0; i < 8; i++) {
			struct escalation_facts facts = facts_of(i);
			enum escalation_state to;

			if (escalation_step(from, (enum escalation_event)e, &facts, &to) && !reached[to])
				reach(to, reached);
		}
}

static void
from_every_state_every_other_can_be_reached(void **state)
{
	(void)state;
	for (int from = 0; from < ESCALATION_STATE_COUNT; from++) {
		bool reached[ESCALATION_STATE_COUNT] = { 0 };

		reach((enum escalation_state)from, reached);
		for (int to = 0; to < ESCALATION_STATE_COUNT; to++)
			assert_true(reached[to]);
	}
}

/* The requester's word is never lost, nobody is stuck with a case that he cannot end, and no state is left by silence alone. */
static void
people_can_always_act(void **state)
{
	(void)state;
	for (int from = 0; from < ESCALATION_STATE_COUNT; from++)
		for (unsigned i = 0; i < 8; i++) {
			struct escalation_facts facts = facts_of(i);
			enum escalation_state to;

			assert_true(escalation_step((enum escalation_state)from, EVENT_WORD, &facts, &to));
			assert_int_not_equal(to, ESCALATION_RESOLVED);
			assert_true(escalation_step((enum escalation_state)from, EVENT_TAKE, &facts, &to));
			assert_true(from == ESCALATION_RESOLVED || escalation_step((enum escalation_state)from, EVENT_RESOLVE, &facts, &to));
			if (from != ESCALATION_RESOLVED && facts.filings_open)
				assert_int_equal(to, from);
		}
}

static void
words_are_unique_and_lead_back(void **state)
{
	(void)state;
	for (int i = 0; i < ESCALATION_STATE_COUNT; i++) {
		enum escalation_state back = ESCALATION_STATE_COUNT;

		assert_true(escalation_state_of(escalation_state_word((enum escalation_state)i), &back));
		assert_int_equal(back, i);
		assert_true(strlen(escalation_state_turn((enum escalation_state)i)) > 0);
	}
	for (int i = 0; i < OUTBOX_STATE_COUNT; i++) {
		enum outbox_state back = OUTBOX_STATE_COUNT;

		assert_true(outbox_state_of(outbox_state_word((enum outbox_state)i), &back));
		assert_int_equal(back, i);
	}
	for (int i = 0; i < ESCALATION_EVENT_COUNT; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(escalation_event_word((enum escalation_event)i), escalation_event_word((enum escalation_event)j));
	for (int i = 0; i < JOURNAL_STATE_COUNT; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(journal_state_word((enum journal_state)i), journal_state_word((enum journal_state)j));
}

static void
unknown_words_are_no_state(void **state)
{
	static const char *const words[] = { "", "Owned", "own", "ownedx", "owned ", "queued" };
	enum escalation_state e = ESCALATION_PENDING;
	enum outbox_state o = OUTBOX_DOUBT;

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++)
		assert_false(escalation_state_of(words[i], &e));
	assert_int_equal(e, ESCALATION_PENDING);
	assert_false(outbox_state_of("owned", &o));
	assert_false(outbox_state_of("", &o));
	assert_int_equal(o, OUTBOX_DOUBT);
	assert_string_equal(escalation_state_word(ESCALATION_UPSTREAM), "upstream");
	assert_string_equal(escalation_state_turn(ESCALATION_UPSTREAM), "team");
	assert_string_equal(journal_state_word(JOURNAL_SHELVED), "shelved");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_event_and_fact_is_as_designed),
		cmocka_unit_test(no_row_stands_in_the_shadow_of_another),
		cmocka_unit_test(from_every_state_every_other_can_be_reached),
		cmocka_unit_test(people_can_always_act),
		cmocka_unit_test(words_are_unique_and_lead_back),
		cmocka_unit_test(unknown_words_are_no_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* escalation.c - the law. See escalation.h. */
#include "judge/escalation.h"

#include <string.h>

#define S(name) ESCALATION_##name
#define E(name) EVENT_##name

/* The first row that fits decides. */
const struct escalation_transition escalation_law[] = {
	{ S(WAITING),  E(ASSIGN),        IF_ALWAYS,         S(ASSIGNED), "the engineer gets it whole; the requester learns who" },
	{ S(WAITING),  E(TAKE),          IF_ALWAYS,         S(OWNED),    "somebody took it before its turn" },
	{ S(WAITING),  E(WORD),          IF_ALWAYS,         S(WAITING),  "kept, receipted, goes along when it is assigned" },
	{ S(WAITING),  E(UPSTREAM_WORD), IF_ALWAYS,         S(WAITING),  "kept, goes along when it is assigned" },
	{ S(WAITING),  E(FILINGS_DONE),  IF_ALWAYS,         S(WAITING),  "the next engineer learns it" },
	{ S(WAITING),  E(RESOLVE),       IF_FILINGS_OPEN,   S(WAITING),  "filings are open: account for them first" },
	{ S(WAITING),  E(RESOLVE),       IF_ALWAYS,         S(RESOLVED), "the requester needs it no more" },

	{ S(ASSIGNED), E(ACK),           IF_ALWAYS,         S(OWNED),    "he leads it" },
	{ S(ASSIGNED), E(TAKE),          IF_ALWAYS,         S(OWNED),    "another engineer leads it" },
	{ S(ASSIGNED), E(ANSWER),        IF_ALWAYS,         S(PENDING),  "relayed; now the requester's turn" },
	{ S(ASSIGNED), E(ANSWER_ACK),    IF_ALWAYS,         S(OWNED),    "relayed; more will come from him" },
	{ S(ASSIGNED), E(WORD),          IF_ALWAYS,         S(ASSIGNED), "relayed to the engineer" },
	{ S(ASSIGNED), E(FILE),          IF_ALWAYS,         S(UPSTREAM), "he leads it, the team's turn" },
	{ S(ASSIGNED), E(TIMEOUT),       IF_OTHER_ELIGIBLE, S(WAITING),  "the next engineer is chosen at once" },
	{ S(ASSIGNED), E(TIMEOUT),       IF_ALWAYS,         S(ASSIGNED), "everyone was offered it once: the fallback is told, it stays with the last" },
	{ S(ASSIGNED), E(PASS),          IF_ALWAYS,         S(WAITING),  "the next engineer is chosen at once" },
	{ S(ASSIGNED), E(UNREACHABLE),   IF_ALWAYS,         S(WAITING),  "he is away: the next engineer is chosen at once" },
	{ S(ASSIGNED), E(UPSTREAM_WORD), IF_ALWAYS,         S(ASSIGNED), "relayed to the engineer" },
	{ S(ASSIGNED), E(FILINGS_DONE),  IF_ALWAYS,         S(ASSIGNED), "the engineer is told" },
	{ S(ASSIGNED), E(RESOLVE),       IF_FILINGS_OPEN,   S(ASSIGNED), "filings are open: account for them first" },
	{ S(ASSIGNED), E(RESOLVE),       IF_ALWAYS,         S(RESOLVED), "closed, with an outcome" },

	{ S(OWNED),    E(ACK),           IF_ALWAYS,         S(OWNED),    "said again" },
	{ S(OWNED),    E(TAKE),          IF_ALWAYS,         S(OWNED),    "another engineer leads it" },
	{ S(OWNED),    E(ANSWER),        IF_ALWAYS,         S(PENDING),  "relayed; now the requester's turn" },
	{ S(OWNED),    E(ANSWER_ACK),    IF_ALWAYS,         S(OWNED),    "relayed; more will come from him" },
	{ S(OWNED),    E(WORD),          IF_ALWAYS,         S(OWNED),    "relayed to the engineer" },
	{ S(OWNED),    E(FILE),          IF_ALWAYS,         S(UPSTREAM), "the team's turn" },
	{ S(OWNED),    E(PASS),          IF_ALWAYS,         S(WAITING),  "the next engineer is chosen at once" },
	{ S(OWNED),    E(UNREACHABLE),   IF_ALWAYS,         S(WAITING),  "he is away: the next engineer is chosen at once" },
	{ S(OWNED),    E(UPSTREAM_WORD), IF_ALWAYS,         S(OWNED),    "relayed to the owner" },
	{ S(OWNED),    E(FILINGS_DONE),  IF_ALWAYS,         S(OWNED),    "ready to resolve: follow through" },
	{ S(OWNED),    E(RESOLVE),       IF_FILINGS_OPEN,   S(OWNED),    "filings are open: account for them first" },
	{ S(OWNED),    E(RESOLVE),       IF_ALWAYS,         S(RESOLVED), "closed, with an outcome" },

	{ S(PENDING),  E(ACK),           IF_ALWAYS,         S(OWNED),    "the engineer goes on without waiting" },
	{ S(PENDING),  E(TAKE),          IF_ALWAYS,         S(OWNED),    "another engineer leads it" },
	{ S(PENDING),  E(ANSWER),        IF_ALWAYS,         S(PENDING),  "relayed" },
	{ S(PENDING),  E(ANSWER_ACK),    IF_ALWAYS,         S(OWNED),    "relayed; more will come from him" },
	{ S(PENDING),  E(WORD),          IF_FILINGS_OPEN,   S(UPSTREAM), "relayed to the engineer" },
	{ S(PENDING),  E(WORD),          IF_ALWAYS,         S(OWNED),    "relayed to the engineer: his turn" },
	{ S(PENDING),  E(FILE),          IF_ALWAYS,         S(PENDING),  "the team's turn too" },
	{ S(PENDING),  E(PASS),          IF_ALWAYS,         S(WAITING),  "the next engineer is chosen at once" },
	{ S(PENDING),  E(UNREACHABLE),   IF_ALWAYS,         S(WAITING),  "he is away: the next engineer is chosen at once" },
	{ S(PENDING),  E(UPSTREAM_WORD), IF_ALWAYS,         S(PENDING),  "relayed to the owner" },
	{ S(PENDING),  E(FILINGS_DONE),  IF_ALWAYS,         S(PENDING),  "the owner is told" },
	{ S(PENDING),  E(RESOLVE),       IF_FILINGS_OPEN,   S(PENDING),  "filings are open: account for them first" },
	{ S(PENDING),  E(RESOLVE),       IF_ALWAYS,         S(RESOLVED), "closed, with an outcome" },

	{ S(UPSTREAM), E(ACK),           IF_ALWAYS,         S(UPSTREAM), "said again" },
	{ S(UPSTREAM), E(TAKE),          IF_ALWAYS,         S(UPSTREAM), "another engineer leads it" },
	{ S(UPSTREAM), E(ANSWER),        IF_ALWAYS,         S(PENDING),  "relayed; now the requester's turn" },
	{ S(UPSTREAM), E(ANSWER_ACK),    IF_ALWAYS,         S(UPSTREAM), "relayed" },
	{ S(UPSTREAM), E(WORD),          IF_ALWAYS,         S(UPSTREAM), "relayed to the engineer" },
	{ S(UPSTREAM), E(FILE),          IF_ALWAYS,         S(UPSTREAM), "one more" },
	{ S(UPSTREAM), E(UPSTREAM_WORD), IF_ALWAYS,         S(UPSTREAM), "relayed to the owner" },
	{ S(UPSTREAM), E(FILINGS_DONE),  IF_ALWAYS,         S(OWNED),    "ready to resolve: follow through" },
	{ S(UPSTREAM), E(PASS),          IF_ALWAYS,         S(WAITING),  "the next engineer is chosen at once" },
	{ S(UPSTREAM), E(UNREACHABLE),   IF_ALWAYS,         S(WAITING),  "he is away: the next engineer is chosen at once" },
	{ S(UPSTREAM), E(RESOLVE),       IF_FILINGS_OPEN,   S(UPSTREAM), "filings are open: account for them first" },
	{ S(UPSTREAM), E(RESOLVE),       IF_ALWAYS,         S(RESOLVED), "closed, with an outcome" },

	{ S(RESOLVED), E(TAKE),          IF_ALWAYS,         S(OWNED),    "open again, with him" },
	{ S(RESOLVED), E(ANSWER),        IF_ALWAYS,         S(RESOLVED), "an afterword of the engineer: relayed" },
	{ S(RESOLVED), E(ANSWER_ACK),    IF_ALWAYS,         S(OWNED),    "open again: relayed, more will come from him" },
	{ S(RESOLVED), E(ACK),           IF_ALWAYS,         S(OWNED),    "open again" },
	{ S(RESOLVED), E(WORD),          IF_OWNER_SEATED,   S(OWNED),    "open again, with its last owner" },
	{ S(RESOLVED), E(WORD),          IF_ALWAYS,         S(WAITING),  "open again; the next engineer is chosen at once" },
	{ S(RESOLVED), E(REOPEN),        IF_OWNER_SEATED,   S(OWNED),    "open again, with its last owner" },
	{ S(RESOLVED), E(REOPEN),        IF_ALWAYS,         S(WAITING),  "open again; the next engineer is chosen at once" },
	{ S(RESOLVED), E(UPSTREAM_WORD), IF_ALWAYS,         S(RESOLVED), "the last owner is told" },
};
const size_t escalation_law_count = sizeof(escalation_law) / sizeof(escalation_law[0]);

static bool
holds(enum escalation_condition condition, const struct escalation_facts *f)
{
	switch (condition) {
	case IF_ALWAYS:
		return true;
	case IF_FILINGS_OPEN:
		return f->filings_open;
	case IF_OWNER_SEATED:
		return f->owner_seated;
	case IF_OTHER_ELIGIBLE:
		return f->other_eligible;
	}
	return false;
}

bool
escalation_step(enum escalation_state from, enum escalation_event event, const struct escalation_facts *facts,
    enum escalation_state *to)
{
	for (size_t i = 0; i < escalation_law_count; i++) {
		const struct escalation_transition *t = &escalation_law[i];

		if (t->from == from && t->event == event && holds(t->condition, facts)) {
			*to = t->to;
			return true;
		}
	}
	return false;
}

/* ---- words --------------------------------------------------------------------------------------------- */

static const char *const state_words[] = {
#define X(name, word, turn, when) [ESCALATION_##name] = word,
	ESCALATION_STATES(X)
#undef X
};

static const char *const state_turns[] = {
#define X(name, word, turn, when) [ESCALATION_##name] = turn,
	ESCALATION_STATES(X)
#undef X
};

static const char *const event_words[] = {
#define X(name, word, what) [EVENT_##name] = word,
	ESCALATION_EVENTS(X)
#undef X
};

static const char *const outbox_words[] = {
#define X(name, word, ends, when) [OUTBOX_##name] = word,
	OUTBOX_STATES(X)
#undef X
};

static const char *const journal_words[] = {
#define X(name, word, when) [JOURNAL_##name] = word,
	JOURNAL_STATES(X)
#undef X
};

static const char *const filing_words[] = {
#define X(name, word, when) [FILING_STATE_##name] = word,
	FILING_STATES(X)
#undef X
};

const char *
filing_state_word(enum filing_state s)
{
	return filing_words[s];
}

const char *
escalation_state_word(enum escalation_state s)
{
	return state_words[s];
}

const char *
escalation_state_turn(enum escalation_state s)
{
	return state_turns[s];
}

const char *
escalation_event_word(enum escalation_event e)
{
	return event_words[e];
}

const char *
outbox_state_word(enum outbox_state s)
{
	return outbox_words[s];
}

const char *
journal_state_word(enum journal_state s)
{
	return journal_words[s];
}

bool
escalation_state_of(const char *word, enum escalation_state *out)
{
	for (int i = 0; i < ESCALATION_STATE_COUNT; i++)
		if (strcmp(state_words[i], word) == 0) {
			*out = (enum escalation_state)i;
			return true;
		}
	return false;
}

bool
outbox_state_of(const char *word, enum outbox_state *out)
{
	for (int i = 0; i < OUTBOX_STATE_COUNT; i++)
		if (strcmp(outbox_words[i], word) == 0) {
			*out = (enum outbox_state)i;
			return true;
		}
	return false;
}

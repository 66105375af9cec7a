/* escalation.h - the law: states, events and transitions of an escalation, and the
 * states of an owed letter, of a filing and of a journalled message.
 *
 * One table each. From them come the enums, the log words, the CHECKs of the store's schema and the
 * pages of `escrelay help law` and ARCHITECTURE.md. Nothing else in the program decides what
 * state may follow what.
 */
#ifndef ESCRELAY_JUDGE_ESCALATION_H
#define ESCRELAY_JUDGE_ESCALATION_H

#include <stdbool.h>
#include <stddef.h>

/*    name       word         whose turn    true when */
#define ESCALATION_STATES(X)                                                                             \
	X(WAITING,  "waiting",  "relay",     "accepted; no eligible engineer is at work")              \
	X(ASSIGNED, "assigned", "engineer",  "mailed to an engineer who has not answered")             \
	X(OWNED,    "owned",    "engineer",  "an engineer leads it")                                   \
	X(PENDING,  "pending",  "requester", "the requester or customer must answer")                  \
	X(UPSTREAM, "upstream", "team",      "filings are open and nobody else's answer is awaited")   \
	X(RESOLVED, "resolved", "nobody",    "closed, with an outcome")

/*    name         word            what happened */
#define ESCALATION_EVENTS(X)                                                                             \
	X(ASSIGN,     "assign",     "an eligible engineer was chosen")                                 \
	X(ACK,        "ack",        "/ack of the engineer")                                            \
	X(TAKE,       "take",       "/take of an engineer")                                            \
	X(ANSWER,     "answer",     "the engineer's answer was relayed to the requester")              \
	X(ANSWER_ACK, "answer+ack", "the same with /ack in it: more will come from him")               \
	X(WORD,       "word",       "new mail of the requester or of a follower")                      \
	X(FILE,       "file",       "filed with a team")                                               \
	X(UPSTREAM_WORD, "team",    "new mail of a team")                                              \
	X(FILINGS_DONE, "filings-done", "the last open filing was closed")                             \
	X(PASS,       "pass",       "/pass of the engineer, or the operator gave it to another")                                           \
	X(TIMEOUT,    "timeout",    "no answer within the time promised")                              \
	X(UNREACHABLE,"unreachable","a bounce or an out-of-office answer of the engineer")             \
	X(RESOLVE,    "resolve",    "/resolve with an outcome")                                        \
	X(REOPEN,     "reopen",     "/reopen")

enum escalation_state {
#define X(name, word, turn, when) ESCALATION_##name,
	ESCALATION_STATES(X)
#undef X
	ESCALATION_STATE_COUNT
};

enum escalation_event {
#define X(name, word, what) EVENT_##name,
	ESCALATION_EVENTS(X)
#undef X
	ESCALATION_EVENT_COUNT
};

/* What the table's conditions ask about. */
struct escalation_facts {
	bool filings_open;   /* filings of this case are not closed */
	bool owner_seated;   /* its last owner is on rotation */
	bool other_eligible; /* somebody else, not offered it yet, could take it now */
};

enum escalation_condition { IF_ALWAYS, IF_FILINGS_OPEN, IF_OWNER_SEATED, IF_OTHER_ELIGIBLE };

struct escalation_transition {
	enum escalation_state from;
	enum escalation_event event;
	enum escalation_condition condition;
	enum escalation_state to;
	const char *note;    /* what it means for people, for the table that is printed */
};
extern const struct escalation_transition escalation_law[];
extern const size_t escalation_law_count;

/* The state after the event: the first row that fits. False: the event means nothing in this state
 * (to is left alone); that is an answer, not a bug. */
bool escalation_step(enum escalation_state from, enum escalation_event event, const struct escalation_facts *facts,
    enum escalation_state *to);

const char *escalation_state_word(enum escalation_state s);
const char *escalation_state_turn(enum escalation_state s);
const char *escalation_event_word(enum escalation_event e);
bool        escalation_state_of(const char *word, enum escalation_state *out);

/*    name      word        ends   true when */
#define OUTBOX_STATES(X)                                                              \
	X(QUEUED,   "queued",   false, "owed, no attempt open")                     \
	X(SENDING,  "sending",  false, "attempt opened and leased")                 \
	X(DEFERRED, "deferred", false, "soft failure, next try set")                \
	X(DOUBT,    "doubt",    false, "the server may have it")                    \
	X(SENT,     "sent",     true,  "accepted by the server")                    \
	X(REFUSED,  "refused",  true,  "refused for good; a person is told")        \
	X(DROPPED,  "dropped",  true,  "given up by the operator")

enum outbox_state {
#define X(name, word, ends, when) OUTBOX_##name,
	OUTBOX_STATES(X)
#undef X
	OUTBOX_STATE_COUNT
};
const char *outbox_state_word(enum outbox_state s);
bool        outbox_state_of(const char *word, enum outbox_state *out);

/*    name     word       true when */
#define JOURNAL_STATES(X)                                            \
	X(KEPT,    "kept",    "ours, not judged yet")              \
	X(JUDGED,  "judged",  "its outcome is recorded")           \
	X(SHELVED, "shelved", "it stopped the relay twice; a person looks")

enum journal_state {
#define X(name, word, when) JOURNAL_##name,
	JOURNAL_STATES(X)
#undef X
	JOURNAL_STATE_COUNT
};
const char *journal_state_word(enum journal_state s);

/*    name     word      true when */
#define FILING_STATES(X)                                             \
	X(OPEN,    "open",   "the team has it")                    \
	X(CLOSED,  "closed", "accounted for: by its tracker, or by /close")

enum filing_state {
#define X(name, word, when) FILING_STATE_##name,
	FILING_STATES(X)
#undef X
	FILING_STATE_COUNT
};
const char *filing_state_word(enum filing_state s);

/* Outcomes that /resolve may name. */
#define RESOLUTIONS(X)                                                                    \
	X("answered", "the customer did the wrong thing, or the answer was enough")      \
	X("docs", "the documentation now answers it")                                    \
	X("fix", "the engineer's own change; the owning team reviews")                   \
	X("upstream", "a team solved it")                                                \
	X("duplicate", "the same as another escalation: duplicate ESC-n")                \
	X("not-an-escalation", "it should not have come here; the rules learn from it")

#endif

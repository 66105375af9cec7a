/* store.h - the one durable place: journal, escalations, outbox. Speaks our words, not SQL's. Filings: store_filing.h.
 *
 * Every arrow over a durable line is one verb inside one transaction. Writers take an exclusive lock beside the
 * database for a transaction or a checkpoint (SQLite 3.40's WAL-reset race needs two at the same instant); only decide
 * checkpoints, and a purge by hand. A process that forks must not hold a store: each worker opens its own.
 *
 * Faults stick: inside a transaction, after a verb has failed, the rest do nothing and give zero or false, and
 * store_commit says no and has rolled back. So a story runs straight down and asks once. Outside a transaction
 * readers set the fault too; store_fault() tells, store_why() says it for a person. Texts read out live in the
 * arena that was given.
 */
#ifndef ESCRELAY_EDGE_STORE_H
#define ESCRELAY_EDGE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "judge/escalation.h"
#include "judge/letter.h"
#include "judge/record.h"

struct arena;
struct store;

enum store_mode { STORE_READ, STORE_WRITE, STORE_CREATE /* write, and make it if it is not there */ };

enum store_fault {
	STORE_OK,
	STORE_BUSY,     /* somebody holds it too long, or there is no memory now: try again */
	STORE_FULL,     /* disk full: nothing is lost, wait for room */
	STORE_IO,       /* the disk failed: close, open anew */
	STORE_READONLY, /* no permission to write */
	STORE_DAMAGED,  /* not a sound database: a person must restore */
	STORE_FOREIGN,  /* a database, but not one of ours */
	STORE_NEWER,    /* written by a newer escrelay */
	STORE_OLDER,    /* written by an earlier one, whose tables are others */
	STORE_ABSENT,   /* there is none */
	STORE_BUG,      /* a statement or constraint of ours failed */
};

/* NULL with *fault and why filled on failure. Reading needs an existing store. */
struct store *store_open(const char *path, enum store_mode mode, enum store_fault *fault, char why[256]);
void          store_close(struct store *s);             /* NULL is fine; an open transaction is rolled back */
enum store_fault store_fault(const struct store *s);
const char   *store_why(const struct store *s);
void          store_forgive(struct store *s);           /* outside a transaction: forget the fault, go on */
const char   *store_path(const struct store *s);

bool          store_fault_passes(enum store_fault f);   /* busy, full, a failing disk: try again later, it needs no new start */

bool store_begin(struct store *s);                      /* takes the lock; false: fault */
bool store_commit(struct store *s);                     /* durable when it returns true; releases the lock */
void store_rollback(struct store *s);
/* A story that cannot go on for another reason (no room for a file): as if a verb had failed, nothing of it is committed. */
void store_give_up(struct store *s, const char *why);
bool store_checkpoint(struct store *s);                 /* decide's; cheap if there is little to do. Under the write lock */
/* The -wal has grown so far that it is worth it in a quiet moment; or, else, so far that it should not wait for one. */
bool store_checkpoint_due(const struct store *s, bool quiet);
bool store_sound(struct store *s);                      /* quick integrity check of the whole file: reads all of it */
/* The same of a store of at most so many bytes; of a larger one only its size, its first rows and its last: for a start. */
bool store_sound_soon(struct store *s, int64_t most);

/* Who watches while much is read: beat is called again and again, found for each thing that is wrong. */
struct store_watch {
	void (*beat)(void *context, const char *what);
	void (*found)(void *context, const char *what, const char *words);
	void *context;
};
#define STORE_FINDINGS_MAX 100u                         /* that are told; all are counted */
/* Everything: the file, the references, each mail's bytes by their digest, and what must hold of rows. Number of findings; a fault
 * (damage so bad that nothing can be read) is a fault. The relay goes on meanwhile. */
unsigned store_verify(struct store *s, const struct store_watch *w);
/* A sound copy of this instant in a new file (mode 0600: the key is inside). False with the reason; then there is no such file. w: NULL is fine. */
bool store_backup(struct store *s, const char *path, const struct store_watch *w, char why[256]);
int64_t store_free_bytes(const struct store *s);        /* on its file system, -1 unknown */

/* Identity of this relay: made at creation. */
const char          *store_instance(struct store *s);   /* 12 hex digits, for the loop header */
const unsigned char *store_key(struct store *s);        /* 32 bytes: token key */

/* ---- journal ------------------------------------------------------------------------------------------- */

struct journal_entry {
	int64_t id;
	const char *mailbox; uint32_t uidvalidity, uid;
	int64_t received;                  /* when we journalled it */
	uint64_t size; bool cut;           /* cut: over the limit, only its head is here */
	bool damaged;                      /* the server could not give it: here is only what came; the mail may still come */
	unsigned char sha256[32];          /* of the raw bytes */
	enum journal_state state; unsigned attempts;
	const char *message_id, *from, *subject; /* filled when judged, "" before */
	const char *outcome;               /* "opened", "relayed", "quarantined", … NULL before */
	int64_t escalation;                /* 0: none */
	const char *note;                  /* one line why, NULL */
	bool released;                     /* the operator let it out of quarantine: judged again */
	int64_t purged;                    /* when its bytes were removed for its age (store_purge.h), 0: they are here */
};

/* Adds a message; 0 if it is there already under (mailbox, uidvalidity, uid) (no fault). Another mail under that number (a
 * server that uses one again) is no reason to lose this one: the older entry gives up its number. A damaged entry and
 * the mail itself do not stand in each other's way. The bytes follow in order. */
int64_t store_journal_add(struct store *s, const struct journal_entry *e);
void    store_journal_bytes(struct store *s, int64_t id, unsigned seq, const void *bytes, size_t len);
#define STORE_CHUNK (128u * 1024u)     /* every piece but the last has exactly this size */

bool    store_journal_known(struct store *s, const char *mailbox, uint32_t uidvalidity, uint32_t uid);
bool    store_journal_get(struct store *s, struct arena *a, int64_t id, struct journal_entry *out);
/* The first with state kept and an id past after; false: none. */
bool    store_journal_next(struct store *s, struct arena *a, int64_t after, struct journal_entry *out);
/* By Message-ID (newest first), at most max. */
size_t  store_journal_find(struct store *s, struct arena *a, const char *message_id, int64_t *ids, size_t max);
/* Bytes from offset on into out; 0 at the end, -1 fault. */
ssize_t store_journal_read(struct store *s, int64_t id, uint64_t offset, void *out, size_t len);

void    store_journal_attempt(struct store *s, int64_t id);
void    store_journal_judged(struct store *s, const struct journal_entry *e); /* state, outcome, note, escalation, from … */
/* The other entry under the same number of the server: of a damaged one the mail itself, of a mail its damaged copy that a
 * person let through; 0: none, or nothing came of it, or it has another Message-ID than this one ("": not known). */
int64_t store_journal_twin(struct store *s, const struct journal_entry *e, const char *message_id);
/* Acting once: the journal id that acted first under this identity; if none yet, id is recorded and returned. */
int64_t store_acted(struct store *s, const unsigned char ident[32], int64_t id);

/* The mailbox's last known UIDVALIDITY (0: none) and when it was last looked at. */
uint32_t store_mailbox_uidvalidity(struct store *s, const char *mailbox);
void     store_mailbox_seen(struct store *s, const char *mailbox, uint32_t uidvalidity, int64_t at);
int64_t  store_mailbox_last(struct store *s, const char *mailbox);

/* Why: what the judges said, as one JSON text, in the short form that why_read() of stage/desk.h makes whole; and by
 * which rules. */
void        store_decision_add(struct store *s, int64_t journal, int64_t at, const char *ruleset, const char *json);
const char *store_decision(struct store *s, struct arena *a, int64_t journal); /* NULL: none */
const char *store_decision_ruleset(struct store *s, struct arena *a, int64_t journal); /* its hash; NULL likewise */

/* A fact that outlives a process, by name. */
bool store_flag(struct store *s, const char *name);
void store_flag_set(struct store *s, const char *name, bool on);

/* What was done once, by its name, and when. at 0: it was not, or shall be done again. */
int64_t store_mark(struct store *s, const char *name);
void    store_mark_set(struct store *s, const char *name, int64_t at);
struct mark { const char *name; int64_t at; };
size_t  store_marks(struct store *s, struct arena *a, const char *prefix, struct mark **out); /* whose names begin so, by name */

/* ---- rules --------------------------------------------------------------------------------------------- */

/* The rules that decide now decided once more. False: this store does not know them yet: store_ruleset_add, which counts it too. */
bool store_ruleset_used(struct store *s, const char *hash, int64_t at);
void store_ruleset_add(struct store *s, const char *hash, int64_t at, const char *text, const char *legend);
struct ruleset_row { const char *hash; int64_t first, last, decisions; };
size_t      store_rulesets(struct store *s, struct arena *a, struct ruleset_row **out); /* by when they were first in force */
const char *store_ruleset_text(struct store *s, struct arena *a, const char *hash);     /* NULL: unknown */
/* What the traces of its decisions are short for (stage/desk.h). */
const char *store_ruleset_legend(struct store *s, struct arena *a, const char *hash);   /* NULL likewise */

/* How often a rule held, was stuck, and had a mail of its quarantine let out by a person: by UTC day. Nothing counted still says that
 * the rule was there. */
struct rule_count { int64_t hits, stuck, released; };
void store_rule_count(struct store *s, const char *rule, int64_t at, const struct rule_count *more);
struct rule_counted { const char *rule; int64_t first, last /* day it was first there, when it last held (0: never) */; struct rule_count in_all; };
size_t store_rule_counts(struct store *s, struct arena *a, int64_t since, struct rule_counted **out); /* from that UTC day on */
/* The same of its patterns, but for those that have never counted. */
void store_pattern_count(struct store *s, const char *rule, const char *pattern, int64_t at,
    const struct rule_count *more);
struct pattern_counted { const char *rule, *pattern; int64_t last /* found anything, 0: never */, hits, stuck; };
size_t store_pattern_counts(struct store *s, struct arena *a, int64_t since, struct pattern_counted **out);

/* Cases opened since that UTC day about which people thought otherwise than the rules: closed as not-an-escalation;
 * given to another where a rule had set pool or skill; of another severity now than a rule had set. Each names the rule
 * that was wrong ("" none). What was taken back (/undo, /reopen, /sev) does not count. */
struct case_overturned {
	int64_t escalation;
	const char *opened_by /* not-an-escalation */, *pool_by, *skill_by, *severity_by;
};
size_t store_rules_overturned(struct store *s, struct arena *a, int64_t since, struct case_overturned **out);
/* How many decisions there were by rule sets that are known, and when the first was (0: never). */
int64_t store_decisions(struct store *s, int64_t *first);

/* For who judges the journal anew, a span at a time: no read of it lasts. */
int64_t store_journal_newest(struct store *s);          /* 0: it is empty */
int64_t store_journal_received(struct store *s);        /* when it came; 0 likewise */
size_t  store_journal_span(struct store *s, struct arena *a, int64_t first, int64_t last, int64_t since, int64_t **ids);

/* ---- quarantine ---------------------------------------------------------------------------------------- */

struct quarantined { int64_t journal, at; const char *reason, *state /* held, released, dropped */, *from, *subject; };
void   store_quarantine_add(struct store *s, int64_t journal, int64_t at, const char *reason);
size_t store_quarantine(struct store *s, struct arena *a, bool all, struct quarantined **out);
bool   store_quarantine_settle(struct store *s, int64_t journal, const char *state); /* false: none held */
/* Back to kept, to be judged again with `released` true. */
bool   store_journal_released(struct store *s, int64_t journal);

/* ---- escalations --------------------------------------------------------------------------------------- */

struct escalation {
	int64_t id;
	enum escalation_state state;
	int64_t generation;                /* whoever changes state or engineer lets it grow: stale timers know */
	unsigned severity;
	const char *pool, *skill, *team, *label, *rule;
	struct person requester;
	const char *customer, *ticket, *subject;
	const char *engineer;              /* owner or assignee, "" none */
	int64_t opened, changed, resolved; /* resolved 0: not */
	const char *outcome, *cause;       /* "" until resolved */
	int64_t journal;                   /* the mail that opened it */
	const char *thread_id;             /* the constant id that References start with */
};

int64_t store_escalation_number(struct store *s);                     /* that the next case will have; in its transaction */
int64_t store_escalation_new(struct store *s, struct escalation *e);  /* sets and returns e->id, unless it has that number */
void    store_escalation_save(struct store *s, const struct escalation *e); /* open counts follow */
bool    store_escalation_get(struct store *s, struct arena *a, int64_t id, struct escalation *out);
/* Engineers who have open cases, and such a case after that number. */
size_t  store_engineers(struct store *s, struct arena *a, const char ***out);
bool    store_escalation_of(struct store *s, struct arena *a, const char *engineer, int64_t after, struct escalation *out);
size_t  store_escalations(struct store *s, struct arena *a, bool all, struct escalation **out); /* by id */

struct event_row { int64_t at, journal; const char *actor, *kind, *detail; };
void    store_event_add(struct store *s, int64_t escalation, int64_t at, const char *actor, const char *kind,
    const char *detail, int64_t journal);
size_t  store_events(struct store *s, struct arena *a, int64_t escalation, struct event_row **out);

/* Parties: who may be written to in this case. role: requester, follower, engineer, team, customer. */
void        store_party_add(struct store *s, int64_t escalation, const char *role, const char *address, const char *name);
struct party { const char *role, *address, *name; };
size_t      store_parties(struct store *s, struct arena *a, int64_t escalation, struct party **out);
const char *store_party_role(struct store *s, struct arena *a, int64_t escalation, const char *address); /* NULL: none */

void        store_party_set(struct store *s, int64_t escalation, const char *role, const char *address, const char *name); /* also if he is one */

/* Cases that an implementation engineer leads until his time is over, and those that are open then, the lowest number first. */
void    store_led_add(struct store *s, int64_t escalation, const char *customer);
void    store_led_drop(struct store *s, int64_t escalation);
bool    store_led(struct store *s, int64_t escalation);
int64_t store_led_next(struct store *s, const char *customer); /* 0: none */

/* Ids of the thread: ours and theirs. */
void    store_thread_add(struct store *s, int64_t escalation, const char *message_id, bool ours);
int64_t store_thread_find(struct store *s, const char *message_id, bool *ours);  /* 0: unknown */

/* Persons have small numbers so that a token can carry them. */
uint32_t    store_person(struct store *s, const char *address);                  /* adds if new */
const char *store_person_address(struct store *s, struct arena *a, uint32_t person); /* NULL: none */

/* ---- turns --------------------------------------------------------------------------------------------- */

bool   store_pointer(struct store *s, struct arena *a, const char *pool, const char **engineer, unsigned *seat);
void   store_pointer_set(struct store *s, const char *pool, const char *engineer, unsigned seat);
/* The pool's accounts (judge/assign.h's line of text), NULL where there are none yet. They move in the pointer's transaction. */
const char *store_credits(struct store *s, struct arena *a, const char *pool);
void        store_credits_set(struct store *s, const char *pool, const char *text);
unsigned store_open_count(struct store *s, const char *engineer);
unsigned store_turn_count(struct store *s, const char *pool, const char *engineer, int64_t since);
void   store_turn_add(struct store *s, int64_t escalation, int64_t at, const char *pool, const char *engineer,
    const char *sentence, const char *considered_json);
struct turn { int64_t at; const char *engineer, *sentence, *considered; };
size_t store_turns(struct store *s, struct arena *a, int64_t escalation, struct turn **out);

/* All turns since then, of a pool (NULL: of all), in order: for people, it reads every one of them. */
struct ledger_row { int64_t escalation, at; const char *pool, *engineer, *sentence; };
size_t store_ledger(struct store *s, struct arena *a, const char *pool, int64_t since, struct ledger_row **out);
/* When the cases of a pool were opened, in order: reads them all. */
size_t store_opened(struct store *s, struct arena *a, const char *pool, int64_t **out);
/* What engineers did in cases that changed since then, with those cases and their filings: reads all of it. */
size_t store_deeds(struct store *s, struct arena *a, int64_t since, struct deed **out);
size_t store_record_cases(struct store *s, struct arena *a, int64_t since, struct record_case **out);
size_t store_record_filings(struct store *s, struct arena *a, int64_t since, struct record_filing **out);

struct absence { const char *engineer; int64_t from, to; const char *reason; };
void   store_absence_add(struct store *s, const struct absence *x);
size_t store_absences(struct store *s, struct arena *a, int64_t now, struct absence **out); /* those not over */
/* His absences that are not over are none, except those whose reason begins with but (NULL: all). True: there was one. */
bool   store_absences_lift(struct store *s, const char *engineer, int64_t now, const char *but);

/* ---- timers -------------------------------------------------------------------------------------------- */

struct timer { int64_t id, escalation, filing /* 0: the case's own */, due, generation; const char *kind; };
void    store_timer_set(struct store *s, int64_t escalation, const char *kind, int64_t due, int64_t generation); /* replaces */
void    store_timer_clear(struct store *s, int64_t escalation, const char *kind); /* kind NULL: all of the case itself */
int64_t store_timer_at(struct store *s, int64_t escalation, const char *kind); /* when it is due, 0: there is none */
bool    store_timer_due(struct store *s, struct arena *a, int64_t now, struct timer *out); /* the earliest due one */
size_t  store_timers_of(struct store *s, struct arena *a, int64_t escalation, struct timer **out); /* of the case, the earliest first */
void    store_timer_put_off(struct store *s, int64_t id, int64_t due);
int64_t store_timer_next(struct store *s);              /* when, INT64_MAX if never */

/* The waiting cases are to be looked at again: from the first on, some at a time, for there may be very many. all: each of them (who is
 * on rotation may be another); else until one of them found somebody (a place is free), but not the one that freed it and
 * was just looked at. Durable; asked again it begins anew. */
void    store_look(struct store *s, bool all, int64_t except);
int64_t store_look_next(struct store *s, bool *all);    /* the case that is next, 0: that was the last, -1: none is to be looked at */
void    store_looked(struct store *s, int64_t escalation); /* up to this one; 0: it is done */

/* ---- outbox -------------------------------------------------------------------------------------------- */

struct owed {                          /* what to write down */
	int64_t escalation;            /* 0: about no case */
	const char *kind;              /* template's name */
	const char *from;              /* envelope sender, "" null */
	const struct letter *letter;
	int64_t at;
};
int64_t store_owe(struct store *s, const struct owed *o);   /* Message-ID unique */

/* Were so many letters owed since then: of a case; or (escalation 0) to a recipient; or (to NULL) in all? Costs no more than so many
 * steps along an index, whatever the history. */
bool store_owed_reached(struct store *s, int64_t escalation, const char *to, unsigned letters, int64_t since);
bool store_capped_since(struct store *s, int64_t since);    /* was a "capped" notice owed since then? */
bool store_stuck_told_since(struct store *s, const char *subject, int64_t since); /* likewise a "stuck" one of just this subject */

struct outbox_row {
	int64_t id, escalation; const char *kind, *from, *to, *message_id, *subject;
	enum outbox_state state; uint64_t size;
	int64_t queued_at, next_at, settled_at; unsigned attempts;
	const char *holder; int64_t lease_until;
	int code; const char *reply;   /* of the last attempt */
};

/* Leases the next due row whose earlier rows of the same case and recipient have ended: state sending, an attempt counted, holder
 * and until recorded; a transaction of its own, or part of the open one. 1: got one; 0: none (*next_at: when the next free one is due;
 * INT64_MAX: none, or all wait for letters under way, and whoever settles those looks again); -1 fault. While the queue is held, 0;
 * when that time is over, one letter at a time until somebody lifts it. */
int  store_lease(struct store *s, struct arena *a, const char *holder, int64_t now, int64_t until, struct outbox_row *out, int64_t *next_at);
/* The same of at most max rows in one transaction: how many, -1 fault. */
int  store_lease_some(struct store *s, struct arena *a, const char *holder, int64_t now, int64_t until,
    struct outbox_row *out, int max, int64_t *next_at);
/* The attempt ended: state is sent, deferred, doubt, refused, or queued (nothing was tried: the attempt is not counted). One transaction.
 * False: fault, or the row is not leased by holder any more (then nothing changed). */
bool store_settle(struct store *s, int64_t id, const char *holder, enum outbox_state state, int64_t now, int64_t next_at,
    int code, const char *reply);
/* The server's answer came when the lease had run out: settles (sent or refused) a doubt that nobody has taken up since. attempts: as leased. */
bool store_settle_late(struct store *s, int64_t id, unsigned attempts, enum outbox_state state, int64_t now, int code, const char *reply);
/* A leased row was sent, and its holder will settle it later, with others in one commit: noted in the holder's lease
 * lock (its descriptor), durable when it returns true. Whoever recovers a row finds it there. slot: below
 * STORE_ANSWERS; what stood in it must be settled. False: it is not noted (disk full), settle it. */
#define STORE_ANSWERS 32
bool store_answer_note(int lock, unsigned slot, const struct outbox_row *row, int64_t at, int code, const char *reply);
/* Sending rows whose holder is dead (its lease lock is free) or whose lease ran out become sent where the holder noted
 * so, else doubt, due now. Number of doubts; -1 fault. */
int  store_recover(struct store *s, int64_t now);

/* A sender's lease lock: held for life, free when it dies. fd, or -1 if somebody has it. holder is also its name. */
int  store_lease_lock(const char *store_path, const char *holder);

/* The clock may have been set back: what was queued in the future, or is due further ahead than any waiting letter can
 * be, is of today and due now, and a hold that long is lifted; a mark of more than a day ahead is void. */
void store_times_mend(struct store *s, int64_t now);

/* The mail itself, spliced. */
struct letter_reader;
struct letter_reader *store_letter_open(struct store *s, int64_t id);             /* NULL: fault or no such row */
ssize_t store_letter_read(struct letter_reader *r, char *out, size_t len);        /* 0 end, -1 fault */
void    store_letter_close(struct letter_reader *r);
/* A whole letter of at most room bytes into out: its length, -1: it is larger, is not there, or a fault. */
ssize_t store_letter_small(struct store *s, int64_t id, char *out, size_t room);
/* What is read from here to the end is read at one instant, which costs less than an instant each. No transaction
 * meanwhile. */
void store_reading_begins(struct store *s);
void store_reading_ends(struct store *s);

/* The queue is held while the submission server is of no use to any letter: reason for a person, until when. Held anew, it is
 * held since it was first held. One transaction, or part of the open one; reason NULL lifts it. */
void        store_hold(struct store *s, const char *reason, int64_t now, int64_t until);
int64_t     store_held_since(struct store *s);                                    /* 0: not held */
const char *store_held(struct store *s, struct arena *a, int64_t *until);         /* NULL: not held */

size_t  store_outbox(struct store *s, struct arena *a, bool all, struct outbox_row **out);   /* by id; at most 10,000, newest */
size_t  store_outbox_of(struct store *s, struct arena *a, int64_t escalation, struct outbox_row **out);
bool    store_outbox_get(struct store *s, struct arena *a, int64_t id, struct outbox_row *out);
bool    store_outbox_retry(struct store *s, int64_t id, int64_t now);   /* refused, dropped, deferred, doubt -> queued, due now */
bool    store_outbox_drop(struct store *s, int64_t id, int64_t now);    /* not sent, not sending -> dropped */
/* The first refused row that nobody was told of; told marks it. */
bool    store_refused_next(struct store *s, struct arena *a, struct outbox_row *out);
void    store_refused_told(struct store *s, int64_t id);
int64_t store_outbox_by_message_id(struct store *s, const char *message_id); /* 0: none of ours */

struct attempt_row { int64_t at, ended; const char *outcome; int code; const char *reply; };
size_t  store_attempts(struct store *s, struct arena *a, int64_t outbox, struct attempt_row **out);

/* ---- webhooks ------------------------------------------------------------------------------------------ */

struct hook_row {
	int64_t id; const char *webhook /* its name */, *token /* of the event, for its receivers */, *event, *body /* JSON */;
	int64_t at, next_at; unsigned attempts;
};
void     store_hook_add(struct store *s, const struct hook_row *r);          /* due at once */
bool     store_hook_next(struct store *s, struct arena *a, const char *webhook, struct hook_row *out); /* due first, perhaps not yet */
bool     store_hook_sent(struct store *s, int64_t id);                       /* struck off. One transaction, or part of the open one; so the others */
bool     store_hook_put_off(struct store *s, int64_t id, int64_t next_at);   /* an attempt failed */
unsigned store_hook_give_up(struct store *s, const char *webhook, int64_t before); /* webhook NULL: of all; how many events */
unsigned store_hooks_waiting(struct store *s, const char *webhook);
void     store_hooks_mend(struct store *s, int64_t now);                     /* as store_times_mend */

/* ---- figures ------------------------------------------------------------------------------------------- */

struct figures { int64_t kept, judged, shelved, held, open, owed, refused, newest_journal; };
void store_figures(struct store *s, struct figures *out);

#endif

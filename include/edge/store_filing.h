/* store_filing.h - filings: what was asked of which team, and what became of it. See store.h, whose rules hold here.
 *
 * A filing belongs to a case and has a number of its own there (F1, F2 ...); one that a rule made of a mail without opening a
 * case belongs to none (escalation 0) and is numbered among those. Its thread with the team is its own: our ids and
 * the team's stand beside it, never among those of the case.
 */
#ifndef ESCRELAY_EDGE_STORE_FILING_H
#define ESCRELAY_EDGE_STORE_FILING_H

#include "edge/store.h"

#define FILING_REVIEW "review"         /* a team is asked to look at a change; no case waits for that: stage/desk_review.c */

struct filing {
	int64_t id;                    /* of the store; that the token names */
	int64_t escalation, number;    /* ESC-17 F2 */
	const char *team;              /* the word of the configuration */
	const char *kind;              /* help, defect, docs; FILING_REVIEW */
	const char *title, *reason;    /* reason: why help is needed, of a review its cause; "" for the others */
	enum filing_state state;
	int64_t generation;            /* grows with each sign of life: stale timers know */
	const char *upstream;          /* the tracker's own number, "" unknown */
	int64_t opened, heard;         /* heard: the last sign of the team, or when it was filed */
	unsigned chased;               /* how often since then */
	int64_t closed;                /* 0: not */
	const char *closed_by, *outcome; /* who, and in what words; "" while open */
	const char *engineer;          /* who filed it, "": a rule */
	const char *rule;              /* that filed it, "": a person */
	const char *customer;
	unsigned severity;             /* when it was filed */
	struct person asker;           /* of a filing without a case: who reads the team's words; else both are "" */
	int64_t journal;               /* the mail in which it was asked */
	const char *thread_id;         /* the constant id that its References start with */
	const char *subject, *last_id; /* of the team's last mail, "" none: so that its tracker knows our answer */
};

int64_t store_filing_number(struct store *s, int64_t escalation);    /* that the next of this case will have */
int64_t store_filing_new(struct store *s, struct filing *f);         /* sets and returns f->id */
void    store_filing_save(struct store *s, const struct filing *f);  /* state, upstream, heard, chased, closed ... */
bool    store_filing_get(struct store *s, struct arena *a, int64_t id, struct filing *out);
bool    store_filing_of(struct store *s, struct arena *a, int64_t escalation, int64_t number, struct filing *out); /* F2 of the case */
size_t  store_filings(struct store *s, struct arena *a, int64_t escalation, struct filing **out); /* of the case, by number */
size_t  store_filings_open(struct store *s, struct arena *a, struct filing **out);                /* all open ones, by id */
size_t  store_filings_all(struct store *s, struct arena *a, struct filing **out);                 /* for people: it reads every one of them */
bool    store_has_open_filing(struct store *s, int64_t escalation);  /* that its case waits for: no review */

/* The newest filing with that team under the tracker's number. */
bool    store_filing_upstream(struct store *s, struct arena *a, const char *team, const char *upstream, struct filing *out);

/* Ids of its thread: ours, and those of the team's mails. */
void    store_filing_thread_add(struct store *s, int64_t filing, const char *message_id);
int64_t store_filing_thread_find(struct store *s, const char *message_id); /* 0: unknown */

/* Its timers end with it alone, whatever its case does. They come out of store_timer_due with t->filing. */
void    store_filing_timer_set(struct store *s, const struct filing *f, const char *kind, int64_t due);
void    store_filing_timer_clear(struct store *s, const struct filing *f);

/* For the budget: escalations opened since then that are not closed as "not-an-escalation"; and of these the teams that were asked for
 * help, each once in a case, case by case. */
int64_t store_escalations_since(struct store *s, int64_t since);
struct engagement { int64_t escalation; const char *team; };
size_t  store_engagements(struct store *s, struct arena *a, int64_t since, struct engagement **out);

#endif

/* desk_filing.h - filings: what is asked of teams, and what comes of it. See desk.h and edge/store_filing.h.
 *
 *   desk_filing.c       a filing is made, by an engineer or a rule; its letter to the team
 *   desk_file.c         /file
 *   desk_upstream.c     the team's mails, and ours to it
 *   desk_filing_end.c   a filing is closed: by its tracker, by /close
 *   desk_chase.c        silence
 *   desk_review.c       the review of a fix
 *   desk_budget.c       how often engineering was asked for help of late
 */
#ifndef ESCRELAY_STAGE_DESK_FILING_H
#define ESCRELAY_STAGE_DESK_FILING_H

#include "edge/store_filing.h"
#include "stage/desk.h"
#include "stage/desk_commands.h"

/* ---- desk_filing.c */
void        desk_filing_key(const struct desk *d, const struct filing *f, unsigned char out[32]); /* of its tokens; desk_thread.c */
const char *desk_filing_name(struct desk *d, const struct filing *f);   /* "ESC-17 F2"; "F3" without a case */
const char *desk_filing_line(struct desk *d, const struct filing *f);   /* "F2 with Search (#4711): title" */
const char *desk_filings_open(struct desk *d, int64_t escalation);      /* a line each, NULL: none */
const char *desk_asked_for(const char *kind);                           /* "help", "a fix", "a change of the docs", "a review" */
/* Without what no team may see; what was taken out is added to *reports. */
const char *desk_redacted(struct desk *d, const char *text, const char **reports);

struct filing_order {
	const struct escalation *e;    /* NULL: a rule's, without a case */
	const struct item *about;      /* the mail in which it is asked */
	const struct message *original; /* what is shown of it: what it forwards, else its words */
	const struct team *team;
	const char *kind, *title, *reason; /* reason: of help why it is needed, of a review the cause, with the link */
	const char *engineer, *rule;   /* who files it; the other is "" */
	const struct decision *dec;    /* of the rule: what was found, NULL */
	const char *by;                /* his name, for the team */
	struct person asker;           /* without a case: who reads the answers; else empty */
	struct buf *entities; size_t nentities;
	const char *attachments;       /* their names, a line each, NULL */
};
/* Makes it and owes its letter; *reports gets what was taken out. False: its letter could not be owed. */
bool desk_file(struct desk *d, const struct filing_order *o, struct filing *out, const char **reports);

/* ---- desk_budget.c */
const char *desk_budget_sentence(struct desk *d);        /* what is filed in this transaction counts already */

/* ---- desk_upstream.c */
void desk_upstream(struct desk *d, struct item *it, const struct thread_answer *thread);   /* a mail of its thread */
void desk_to_team(struct desk *d, struct item *it, const struct filing *f, const struct relay_words *w); /* an answer to the team */
/* The team's word, to the engineer who has the case: now, or (from its record) when he gets it. */
void desk_team_word(struct desk *d, struct item *it, const struct filing *f, const struct escalation *e,
    const struct person *to, const char *label, bool closes);
/* Under the subject that its tracker knows, without what no team may see: "Re: [#4711] ..." */
const char *desk_team_subject(struct desk *d, const struct filing *f);
/* A letter to the team was refused for good: who waits for it learns it. */
void desk_filing_refused(struct desk *d, int64_t filing, const char *reply);
/* Who reads what its team writes: of a case its engineer, else the lead, of a review whose change it is; without one, who asked. */
struct person desk_filing_reader(struct desk *d, const struct filing *f, const struct escalation *e);
void desk_filing_values(struct desk *d, struct telling *t, const struct filing *f); /* that every letter about one has */

/* ---- desk_filing_end.c */
/* by: a word for the record. hushed: who closed it needs no mail about it, NULL. */
void desk_filing_close(struct desk *d, struct filing *f, struct escalation *e, const char *by, const char *outcome,
    int64_t journal, const struct engineer *hushed);
struct ordering;
void desk_tell_reclaimed(struct ordering *o, const struct filing *f);    /* a /close was taken back: the team hears of it */

/* ---- desk_review.c */
bool        filing_is_review(const struct filing *f);
/* After /resolve fix: who was asked to review it, or why nobody, as the rest of the transcript's line; "" for other outcomes. */
const char *desk_ask_review(struct ordering *o);
void        desk_review_heard(struct desk *d, struct filing *f, struct escalation *e, const char *by, int64_t journal); /* a person answered */
bool        desk_review_silent(struct desk *d, struct filing *f, struct escalation *e); /* true: it was reminded of often enough, and is closed */
void        desk_review_withdraw(struct ordering *o, int64_t since); /* those asked for since then: its /resolve was taken back */

/* ---- desk_chase.c */
void desk_chase_from_now(struct desk *d, struct filing *f);              /* its silence begins now */
void desk_chase(struct desk *d, const struct timer *t);
void desk_chase_anew(struct desk *d);                                    /* the clock was set back */

#endif

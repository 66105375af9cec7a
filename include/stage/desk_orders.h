/* desk_orders.h - one order to the desk: a command of a mail, or an act of the operator by hand. See desk_commands.h.
 *
 * Both go through the same functions, so that the law, the letters and the record are the same whoever gives it.
 */
#ifndef ESCRELAY_STAGE_DESK_ORDERS_H
#define ESCRELAY_STAGE_DESK_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "stage/desk_commands.h"

struct ordering {                      /* what an order may look at and change */
	struct desk *d;
	struct item *it;               /* the mail it stands in; NULL: by hand */
	struct escalation *e;
	const struct command *c;
	const struct commands *all;    /* of the mail; NULL: by hand */
	const char *redactions;        /* what /file took out, a line each, NULL */
	struct relay_words *words;
	struct telling *transcript;    /* NULL: by hand */
	const struct engineer *engineer; /* who gives it, NULL: he is none */
	const char *actor;             /* in the record */
	const char *by;                /* in letters: his name */
	const char *address;           /* his, "" by hand: nobody is told what he did himself */
	int64_t journal;               /* 0: by hand */
};

/* Why it cannot be done, or NULL; touches nothing. */
typedef const char *may_fn(const struct ordering *o);
/* Does it; the line of the transcript. */
typedef const char *do_fn(struct ordering *o);

bool        order_possible(const struct ordering *o, enum escalation_event event); /* by the law */
const char *order_unaccounted(const struct ordering *o);                           /* why /resolve must wait for filings, NULL */
const char *order_means_nothing(const struct ordering *o, const char *command);    /* the law says no */
const char *order_with(const struct ordering *o);  /* who has the case, as people call him; "": nobody */
const char *order_sentence(const char *line); /* of a transcript, where no command was written: "/pass: ESC-1 waits" is "ESC-1 waits" */

may_fn may_pass, may_away, may_resolve, may_reopen, may_undo, may_file, may_close, may_snooze, may_sev;
do_fn  do_pass, do_away, do_resolve, do_reopen, do_undo, do_file, do_close, do_snooze, do_sev, do_status, do_mine;

#define AWAY_SAID "/away" /* the reason of an absence that an engineer has said himself begins so */

/* A line for his transcript: a machine has said that he is away, and yet he writes. NULL: nothing of the kind. */
const char *desk_counts_as_away(struct desk *d, const struct engineer *x);
/* What /file and a review took out of a text, for the transcript; the sentence for a team that is not known. */
struct filing;
void        order_keep_reports(struct ordering *o, const struct filing *f, const char *reports);
const char *order_no_team(const struct ordering *o);
const char *order_close_case(struct ordering *o);  /* /resolve without the review of a fix */
void        order_tell_team(struct ordering *o, const struct filing *f, const char *reason); /* it is needed no more */
void        order_tell_asker(struct ordering *o, const struct filing *f, const char *reason); /* likewise, of one without a case */

bool order_taken_back(enum command_word w); /* is it an order that /undo knows how to take back? */

/* Changes o->e, a copy, as the order will change the case: what stands below it in the same mail is looked at so. */
void order_rehearse(const struct ordering *o);

/* Everybody on the case but him who did it: it is open again, with whom it was. */
void order_tell_reopened(struct ordering *o);

#endif

/* store_metrics.h - figures for who watches the relay from outside. See store.h, whose rules hold here.
 *
 * Counters, steps into indexes, and indexes of what is open: asking costs a few milliseconds however long the history
 * is.
 */
#ifndef ESCRELAY_EDGE_STORE_METRICS_H
#define ESCRELAY_EDGE_STORE_METRICS_H

#include "edge/store.h"

/* So many of a kind, and when the oldest of them began (0: there is none, or no such time). */
struct tallied { const char *name, *other; int64_t count, oldest; };
struct tallies { struct tallied *v; size_t n; };

struct store_metrics {
	int64_t mails, cases, letters, attempts; /* in all; they only grow */
	struct tallied kept, shelved, held;      /* of the journal, and in quarantine */
	struct tallies open;                     /* cases by state; oldest: when it was opened */
	struct tallies closed;                   /* by outcome, how often */
	struct tallies turns, load;              /* by engineer: cases given in all; with him now, open */
	struct tallies filings;                  /* open ones by team and kind (other); oldest: when filed */
	struct tallies owed;                     /* letters by state that have not ended; oldest: when owed */
	int64_t refused;                         /* letters */
	struct tallies hooks;                    /* events that wait, by webhook */
	int64_t timer_next;                      /* when the earliest is due, 0: there is none */
	int64_t bytes, free_bytes;               /* of the file; of these free, used again */
};

void store_metrics(struct store *s, struct arena *a, struct store_metrics *out);

#endif

/* decide_parts.h - what the files of decide share: decide.c is a mail's story and the loop, decide_tend.c what time does. */
#ifndef ESCRELAY_STAGE_DECIDE_PARTS_H
#define ESCRELAY_STAGE_DECIDE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/store.h"
#include "edge/store_purge.h"
#include "stage/desk.h"
#include "stage/in_hand.h"
#include "stage/timekeeper.h"

#define DECIDE_BATCH_MAX 32  /* mails, timers ... that share one commit */
#define DECIDE_BATCH_MS  100 /* or what can be done in this time */

struct decider {
	struct loaded loaded;
	struct desk desk;
	struct store *store;
	int signals, wake, note;     /* note: of what is in hand */
	struct in_hand suspect;      /* what the last life had in hand when it died */
	struct timekeeper time;
	int64_t plan_next;           /* when the plan of rotations is asked again what it wants done */
	int64_t leads_due;           /* when the lead of a customer changes next */
	struct { bool on; int kind; int64_t at, time, next; struct purge_sum sums[PURGE_KINDS]; } purge; /* time: by which it is reckoned; next: when it is looked for again */
	bool begun, stop, owed, damaged; /* damaged: the store; nothing more is written to it */
	char trouble[300];           /* what was said of the store, until it works again */
};

/* What is due, some of it in one commit: timers, refused letters, leads that change, waiting cases, duties of the plan.
 * Number of things done, 0: nothing is due; -1: the store failed. */
int decide_tend(struct decider *x);

/* The next step of the day's purge, for when nothing else is to do. 1: done; 0: nothing to do today; -1: the store failed. */
int decide_purge(struct decider *x);

#endif

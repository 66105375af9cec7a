/* timekeeper.h - may the wall clock be believed?
 *
 * Promises, timers and the Date of letters are wall-clock time, and a machine may boot in 1970, be set by hand, or
 * come back from a snapshot. A clock before this program was made is wrong. One that leaps ahead by more than a year
 * while we run is not believed either: every promise of every case would be broken at once; a new start believes it.
 * Smaller steps are taken as they come. A clock that is set back makes what was promised meanwhile lie too far ahead:
 * then it is to be promised anew.
 *
 * What the clock on a wall says is tzdata's matter, and tzdata is updated some ten times a year, often days before a
 * change of rules: it is looked at, too.
 */
#ifndef ESCRELAY_STAGE_TIMEKEEPER_H
#define ESCRELAY_STAGE_TIMEKEEPER_H

#include <stdbool.h>
#include <stdint.h>

enum clock_verdict { CLOCK_GOOD, CLOCK_WRONG, CLOCK_SET_BACK /* and good now */ };

struct timekeeper {
	int64_t ahead;   /* the wall clock less the monotonic one when it was last believed, milliseconds */
	bool began;      /* it was believed once */
	bool wrong;      /* said, until it is right again */
	int64_t looked;  /* at the files of zones, monotonic milliseconds; 0: not yet */
};

enum clock_verdict timekeeper_look(struct timekeeper *t);

#define ZONES_LOOK_MS 5000 /* one stat a zone, no more often than this */

/* True, and said in the log: zones that we use were updated, and are in force now. */
bool timekeeper_zones(struct timekeeper *t);

#endif

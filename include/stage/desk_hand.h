/* desk_hand.h - the operator's acts by hand: the same law, letters and record as by mail. See desk_orders.h.
 *
 * They are done at once, by whoever gives them, in the one transaction that the caller has open under the store's write lock:
 * so they need no decide that runs, and nothing stands half done.
 */
#ifndef ESCRELAY_STAGE_DESK_HAND_H
#define ESCRELAY_STAGE_DESK_HAND_H

#include "stage/desk.h"

#define HAND_NOTE_MAX (16u << 10) /* bytes of a note by hand */

/* d is set up but for its store's transaction. Each gives the sentence of what was done, or NULL with *why: then nothing was
 * changed. who: the operator, as the record shall name him. */
const char *hand_assign(struct desk *d, struct escalation *e, const char *who, const char *engineer, const char **why);
const char *hand_note(struct desk *d, struct escalation *e, const char *who, const char *text, const char **why);
/* words: "OUTCOME: cause" as behind /resolve. */
const char *hand_resolve(struct desk *d, struct escalation *e, const char *who, const char *words, const char **why);
/* Of an engineer. words: as behind /away, "none" if he is back. */
const char *hand_away(struct desk *d, const struct engineer *x, const char *who, const char *words, const char **why);
/* words: "F2 reason" as behind /close. e NULL: a filing that belongs to no case. */
const char *hand_close(struct desk *d, struct escalation *e, const char *who, const char *words, const char **why);
const char *hand_reopen(struct desk *d, struct escalation *e, const char *who, const char *none, const char **why);

#endif

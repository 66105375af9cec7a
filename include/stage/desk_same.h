/* desk_same.h - evidence 5 and 6: a new mail about what is a case already, by the customer's ticket or by the mail that is forwarded. See desk.h.
 *
 * It is weaker than what threads say, so it counts only for a mail that would open a case. The requester's own (or a follower's) mail is
 * added to the case; anybody else opens a case of his own that is linked with it, with the same engineer, and both requesters are told.
 */
#ifndef ESCRELAY_STAGE_DESK_SAME_H
#define ESCRELAY_STAGE_DESK_SAME_H

#include "stage/desk.h"

#define WORD_LINKED "linked" /* event of either case: "ESC-1: the same ticket 4711" */

struct same { int64_t escalation; enum thread_evidence evidence; bool his; const char *why; };

/* False: nothing is known of it. */
bool desk_same(struct desk *d, const struct item *it, const struct decision *dec, struct same *out);
void desk_same_added(struct desk *d, struct item *it, const struct same *same);    /* his own: a word of that case */
void desk_same_known(struct desk *d, const struct item *it, const struct escalation *e); /* a new case: its original is known from now on */
/* A new case is linked: before it is assigned; after it, everybody is told. */
void desk_same_link(struct desk *d, const struct escalation *e, const struct same *same);
void desk_same_tell(struct desk *d, const struct escalation *e, const struct same *same);
/* The case that this one is linked with, as a line for people; NULL: none. */
const char *desk_same_line(struct desk *d, const struct escalation *e);
/* Who has that case; NULL: nobody has, or he is not there any more. */
const struct engineer *desk_same_owner(struct desk *d, const struct escalation *e);

#endif

/* fetch_suspects.h - mails at which fetching broke: tried alone, and set aside for a while when that breaks too.
 *
 * One mail that the server cannot give (its literal lies, it has no text, the server falls over it) must not keep
 * those behind it waiting. Known by UID within one UIDVALIDITY and held in memory alone: a new start tries all again. Pure.
 */
#ifndef ESCRELAY_STAGE_FETCH_SUSPECTS_H
#define ESCRELAY_STAGE_FETCH_SUSPECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUSPECTS_MAX    256            /* more are not remembered: such a server gives nothing anyway */
#define STRIKE_BROKEN   2              /* the server lied or gave no text: two tries alone */
#define STRIKE_LOST     1              /* the connection went, which may be the network's fault: four */
#define STRIKES_ASIDE   4
#define SUSPECT_AGAIN   INT64_C(3600)  /* seconds until one that was set aside is tried again */

struct suspect { uint32_t uid; unsigned strikes; int64_t again /* monotonic seconds */; bool present; };
struct suspects { uint32_t uidvalidity; size_t n; struct suspect list[SUSPECTS_MAX]; };

/* The folder holds these UIDs now; whoever is not among them is no suspect any more, and after another UIDVALIDITY
 * nobody is. Leaves in uids those above suspicion, in order, and returns their number. */
size_t suspects_part(struct suspects *s, uint32_t uidvalidity, uint32_t *uids, size_t n);

void suspects_add(struct suspects *s, uint32_t uid);
void suspects_clear(struct suspects *s, uint32_t uid); /* it came, or has vanished */

/* The UIDs to be tried alone now, those with the fewest strikes first. At most SUSPECTS_MAX. */
size_t suspects_due(const struct suspects *s, int64_t now, uint32_t uids[SUSPECTS_MAX]);

/* It failed alone, with such a strike. True: it is set aside until now + SUSPECT_AGAIN. */
bool suspects_strike(struct suspects *s, uint32_t uid, unsigned strike, int64_t now);

#endif

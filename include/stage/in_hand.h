/* in_hand.h - what decide has in hand, noted beside the store so that the next start can read what killed it.
 *
 * "<store>.in-hand" holds one line: "mail 17", "timer 4", "refusal 9", "case 41", "duty 1", or "nothing". It is written without
 * being synced, which costs next to nothing: what a process wrote outlives it, and a power cut is no mail's fault. Where
 * it cannot be written nobody is blamed.
 */
#ifndef ESCRELAY_STAGE_IN_HAND_H
#define ESCRELAY_STAGE_IN_HAND_H

#include <stdint.h>

enum in_hand_kind {
	IN_HAND_NOTHING,
	IN_HAND_MAIL,    /* journal id */
	IN_HAND_TIMER,   /* its id */
	IN_HAND_REFUSAL, /* outbox id */
	IN_HAND_CASE,    /* a waiting one that is looked at */
	IN_HAND_DUTY,    /* of the plan; they have no number: 1 */
	IN_HAND_LEAD,    /* a case whose customer is led by another now */
};

struct desk;
struct in_hand { enum in_hand_kind kind; int64_t id; };

/* The note's descriptor, made if absent; -1: none, which in_hand_note takes. *left: what the last life had in hand when
 * it died. */
int  in_hand_open(const char *store_path, struct in_hand *left);
void in_hand_note(int fd, enum in_hand_kind kind, int64_t id);

/* At the start, inside a transaction: what was in hand at a death. After the second one a mail is shelved, a timer put
 * off by an hour, a refusal told to nobody but the log, a waiting case passed by, and what the plan asks rests for an hour. */
void in_hand_blame(struct desk *d, const struct in_hand *suspect);
/* This was in hand again, and we live. */
void in_hand_acquit(struct desk *d, struct in_hand *suspect, enum in_hand_kind kind, int64_t id);

#endif

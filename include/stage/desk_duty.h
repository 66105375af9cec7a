/* desk_duty.h - what the plan of rotations asks of the relay by itself, the engineers' answers, and the digest. See judge/duty.h.
 *
 *   desk_duty.c      the duties that are due, one by one, each once
 *   desk_handover.c  a rotation ended: who is told what
 *   desk_answer.c    what the leaving engineer says of his cases, or that he says nothing
 *   desk_record.c    the record of an engineer's service
 *   desk_notice.c    a rotation begins, runs out, or has a seat that nobody has
 *   desk_digest.c   the digest to its readers, when it is due
 *   desk_person.c    mails to a reply address that is a person's and no case's
 */
#ifndef ESCRELAY_STAGE_DESK_DUTY_H
#define ESCRELAY_STAGE_DESK_DUTY_H

#include "judge/command.h"
#include "judge/duty.h"
#include "stage/desk.h"

/* ---- desk_duty.c */
struct in_hand;
/* Does the first that is due, in a transaction of its own; nothing before *next. 1: done; 0: none is due, and *next
 * tells when to ask again; -1: the store failed. d is set up but for arena and now. note: where it is noted as being in
 * hand. */
int desk_duties(struct desk *d, int note, struct in_hand *suspect, int64_t *next);
#define DUTY_REST "rest" /* the mark of a time at which duties stopped the relay twice: they rest for an hour */

/* ---- desk_handover.c */
void    desk_handover(struct desk *d, const struct duty *duty);
/* By when he answers, in his working hours as they are known now. */
int64_t handover_answer_due(struct desk *d, const struct engineer *x, int64_t asked);
const char *handover_asked_mark(struct arena *a, const char *date, const char *pool, const struct engineer *x);

/* ---- desk_answer.c */
void desk_handover_answered(struct desk *d, struct item *it, uint32_t day);
/* The handovers that are asked for and not answered: true: the time of one is over, and its default is done. *next as
 * above. */
bool desk_handover_unanswered(struct desk *d, int64_t *next);

/* ---- desk_record.c */
void desk_record(struct desk *d, const struct duty *duty); /* to the managers of those who leave */

/* ---- desk_digest.c */
/* True: something was written, perhaps letters. *next as above. */
bool desk_digest(struct desk *d, int64_t *next);

/* ---- desk_notice.c */
void desk_notice(struct desk *d, const struct duty *duty);
/* Of the answer that he gets: where from and where to; what it says where there was no command. */
void desk_notice_transcript(struct desk *d, const struct item *it, struct telling *t);
const char *desk_notice_heard(struct desk *d, const struct commands *c);
void desk_heard(struct desk *d, const struct engineer *x);   /* a proven mail of his: mail reaches him */
void desk_notice_answered(struct desk *d, struct item *it, uint32_t day);

/* ---- desk_person.c */
/* True: the mail came to such an address, and its outcome is decided. */
bool desk_person(struct desk *d, struct item *it);
/* A reply address for this person, valid for purpose and day (judge/duty.h's number); NULL: it cannot be made. */
const char *desk_person_address(struct desk *d, char purpose, uint32_t day, const char *person);
/* That to which a mail came, for who wrote it; NULL: to none. */
const char *desk_person_answer(struct desk *d, const struct item *it);

#endif

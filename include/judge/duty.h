/* duty.h - what the plan of rotations asks of the relay by itself: which mails are due when, and for which days.
 *
 *   handover      a rotation ended: what its engineers still have is handed over
 *   gap           a rotation ends and none follows: the operator is warned two weeks ahead
 *   seats         a rotation begins with a seat that nobody has, or fewer names than seats-wanted: a week ahead
 *   notice-week   an engineer's rotation begins: he is told a week ahead,
 *   notice-day    and a day ahead; both in his working hours
 *   stand-in-week, stand-in-day   the same of his days in somebody's place
 *
 * Pure. A duty has a name that is the same whenever one asks, as long as the plan says the same of those days: whoever
 * does it keeps the name (store_mark), and does it once. A plan that is changed has other duties.
 */
#ifndef ESCRELAY_JUDGE_DUTY_H
#define ESCRELAY_JUDGE_DUTY_H

#include <stddef.h>
#include <stdint.h>

#include "judge/rotation.h"

#define DUTY_AHEAD     ((int64_t)30 * 86400)  /* seconds: duties that become due later are not told of yet */
#define HANDOVER_LATE  ((int64_t)30 * 86400)  /* a rotation that ended longer ago is history: nothing is handed over */

enum duty_kind { DUTY_HANDOVER, DUTY_GAP, DUTY_SEATS, DUTY_NOTICE_WEEK, DUTY_NOTICE_DAY };

struct duty {
	enum duty_kind kind;
	const char *name;                  /* "notice-day core 2026-12-14 keegan", lower case; of a stand-in: his first day */
	int64_t due, over;                 /* it is done in [due, over) */
	const struct rotation *rotation;   /* that ends or begins; of a gap: the last one before it */
	const struct engineer *engineer;   /* of a notice; else NULL */
	const struct engineer *stands_for; /* of a notice to a stand-in; else NULL */
	int64_t at;                        /* the rotation's end, or its beginning; where the gap or his time begins */
	int64_t until;                     /* of a gap: its end, INT64_MAX: nothing follows; of a notice: of his time */
};

/* Those that are not over and are due within DUTY_AHEAD, by when they are due. */
size_t duties(const struct settings *s, const struct absences *extra, struct arena *a, int64_t now, struct duty **out);

/* Has he a seat in the pool then? */
bool   rotation_has(const struct settings *s, const char *pool, const struct engineer *e, int64_t t);
/* Had he a seat in this rotation at any time, also in somebody's place? */
bool   rotation_had(const struct settings *s, const struct rotation *r, const struct engineer *e);

/* The day of an instant at which rotations or overrides change. */
struct civil_date handover_date(const struct settings *s, int64_t t);
/* A date as it stands in a name: "2026-12-14"; and in a token: 20261214. */
const char *duty_date(struct arena *a, struct civil_date d);
uint32_t    duty_number(struct civil_date d);

#endif

/* rotation_parts.h - what the files of the resolver share among themselves. */
#ifndef ESCRELAY_JUDGE_ROTATION_PARTS_H
#define ESCRELAY_JUDGE_ROTATION_PARTS_H

#include "judge/rotation.h"

#define DAY 86400

struct span { int64_t from, until; }; /* half-open */

/* Plans grow for years, and most of their dates are far from the instant that is asked about. Those are told by the
 * date alone, as a number that rises with it; only for near ones the zone is asked. The handover of a date, and any
 * wall-clock minute of it anywhere, is never two days before it in UTC, nor four after. */
struct moment {
	int64_t t;
	int past, future; /* dates of a smaller number are over by then, those of a greater one have not come */
};

static inline int
date_number(struct civil_date d)
{
	return d.year * 512 + d.month * 32 + d.day;
}

struct moment moment_of(int64_t t);

/* The first stretch of his working windows that ends after t and begins at limit or before; windows that overlap or
 * adjoin are one. from may lie before t. until is INT64_MAX for somebody who works round the clock. */
bool work_next(const struct engineer *e, int64_t t, int64_t limit, struct span *out);

/* The next instant after t at which an absence of his begins, INT64_MAX if none. */
int64_t away_next(const struct settings *s, const struct absences *extra, const struct engineer *e, int64_t t);

/* Who has seat i of the rotation at t, overrides applied; NULL: TBD. */
const struct engineer *seat_holder(const struct settings *s, const struct rotation *r, size_t i, int64_t t,
    const struct engineer **stands_for);

/* True while he has a seat of the pool; the next instant after t at which a seat of the pool may change hands. */
bool    seat_has(const struct settings *s, const char *pool, const struct engineer *e, int64_t t);
int64_t seat_change(const struct settings *s, const char *pool, int64_t t);

/* True if a rotation or an override names him for a seat of the pool some time from t to limit. */
bool seat_expects(const struct settings *s, const char *pool, const struct engineer *e, int64_t t, int64_t limit);

/* The hours and gaps of a coverage, and its warnings. */
void coverage_sum(const struct settings *s, const struct absences *extra, struct arena *a, const char *pool, int64_t from,
    int64_t to, struct coverage *out);
void coverage_warn(const struct settings *s, struct arena *a, const char *pool, int64_t from, int64_t to,
    struct coverage *c);

#endif

/* rotation_parts.h - what the files of the resolver share among themselves. */
#ifndef ESCRELAY_JUDGE_ROTATION_PARTS_H
#define ESCRELAY_JUDGE_ROTATION_PARTS_H

#include "judge/rotation.h"

#define DAY 86400

struct span { int64_t from, until; }; /* half-open */

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

/* rotation_tenures.c - whose a seat is, from when until when. See rotation.h. */
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/rotation_parts.h"

/* Has he a seat of it at t? In whose place? */
static bool
seated_at(const struct settings *s, const struct rotation *r, const struct engineer *e, int64_t t,
    const struct engineer **for_whom)
{
	*for_whom = NULL;
	for (size_t i = 0; rotation_at(s, r->pool, t, NULL, NULL) == r && i < r->nseats; i++)
		if (seat_holder(s, r, i, t, for_whom) == e)
			return true;
	*for_whom = NULL;
	return false;
}

/* As one for each stretch in which it is his in the same way. */
static void
tenures_of(const struct settings *s, struct arena *a, const struct rotation *r, const struct engineer *e, const struct span *on,
    struct tenure **out, size_t *n)
{
	for (int64_t t = on->from, next; t < on->until; t = next) {
		const struct engineer *whom, *then;
		bool seated = seated_at(s, r, e, t, &whom);

		next = seat_change(s, r->pool, t);
		while (next < on->until && seated_at(s, r, e, next, &then) == seated && then == whom)
			next = seat_change(s, r->pool, next);
		next = next < on->until ? next : on->until;
		if (seated)
			*(struct tenure *)arena_push(a, out, n, sizeof(**out)) = (struct tenure){ r, e, whom, t, next };
	}
}

size_t
rotation_tenures(const struct settings *s, struct arena *a, const char *pool, const struct engineer *engineer, int64_t from,
    int64_t to, struct tenure **out)
{
	size_t n = 0;

	*out = NULL;
	for (size_t i = 0; i < s->nrotations; i++) {
		const struct rotation *r = &s->rotations[i];
		struct span on = { rotation_instant(s, r->from), rotation_instant(s, r->to) };

		if (on.until <= from || on.from >= to || (pool != NULL && !text_equal_nocase(pool, r->pool)))
			continue;
		for (size_t k = 0; k < s->nengineers; k++) {
			const struct engineer *e = s->engineers[k];

			if ((engineer == NULL || engineer == e) && seat_expects(s, r->pool, e, on.from, on.until))
				tenures_of(s, a, r, e, &on, out, &n);
		}
	}
	return n;
}

/* rotation_coverage.c - does the plan leave hours without anybody? See rotation.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/rotation_parts.h"

/* True while a cover line asks for somebody; *change gets the next instant at which that may end or begin. */
static bool
wanted_at(const struct settings *s, int64_t t, int64_t *change)
{
	bool wanted = s->ncovers == 0;

	*change = INT64_MAX;
	for (size_t i = 0; i < s->ncovers; i++) {
		/* What is asked for is the working time of an engineer who is not there yet. */
		struct engineer e = { .zone = s->covers[i].zone, .hours = &s->covers[i].window, .nhours = 1 };
		struct span w;
		int64_t at;

		if (!work_next(&e, t, t + ROTATION_HORIZON, &w))
			continue;
		wanted = wanted || w.from <= t;
		at = w.from > t ? w.from : w.until;
		*change = at < *change ? at : *change;
	}
	return wanted;
}

static bool
covered_at(const struct settings *s, const char *pool, int64_t t)
{
	const struct rotation *r = rotation_at(s, pool, t, NULL, NULL);

	for (size_t i = 0; r != NULL && i < r->nseats; i++) {
		const struct engineer *e = seat_holder(s, r, i, t, NULL);

		if (e != NULL && (s->ncovers == 0 || (engineer_at_work(e, t, NULL) && !engineer_away(s, NULL, e, t, NULL))))
			return true;
	}
	return false;
}

static void __attribute__((format(printf, 3, 4)))
warn(struct coverage *c, struct arena *a, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*(const char **)arena_push(a, &c->warnings, &c->nwarnings, sizeof(*c->warnings)) = arena_strdup(a, text);
}

static const char *
span_text(struct arena *a, struct civil_date from, struct civil_date to)
{
	return arena_printf(a, "%04d-%02d-%02d to %04d-%02d-%02d", from.year, from.month, from.day, to.year, to.month, to.day);
}

/* Somebody of the rotation, if all of them have his clock; NULL if they have not, or if he is alone. Names apart, two
 * zones are one where the clocks agree at both ends of the rotation. */
static const struct engineer *
one_zone(const struct settings *s, const struct rotation *r)
{
	int64_t ends[] = { rotation_instant(s, r->from), rotation_instant(s, r->to) };
	const struct engineer *first = NULL;
	size_t others = 0;

	for (size_t i = 0; i < r->nseats; i++) {
		const struct engineer *e = r->seats[i].engineer;

		if (e == NULL || e == first)
			continue;
		if (first == NULL) {
			first = e;
			continue;
		}
		others++;
		for (size_t k = 0; k < COUNT(ends); k++)
			if (zone_local(e->zone, ends[k]).offset != zone_local(first->zone, ends[k]).offset)
				return NULL;
	}
	return others > 0 ? first : NULL;
}

static void
warn_of_rotation(const struct settings *s, struct arena *a, const struct rotation *r, struct coverage *c)
{
	const char *span = span_text(a, r->from, r->to);
	const struct engineer *same = one_zone(s, r);
	size_t named = 0;

	for (size_t i = 0; i < r->nseats; i++)
		named += r->seats[i].engineer != NULL;
	if (named < s->seats_wanted)
		warn(c, a, "rotation %s %s: %zu of %u seats have a name", r->pool, span, named, s->seats_wanted);
	if (same != NULL)
		warn(c, a, "rotation %s %s: all seats are in one zone (%s)", r->pool, span, zone_name(same->zone));
}

/* True if the two spans of days have one in common; empty ones have none. */
static bool
days_meet(struct civil_date from1, struct civil_date to1, struct civil_date from2, struct civil_date to2)
{
	int64_t a = days_from_civil(from1.year, from1.month, from1.day), b = days_from_civil(to1.year, to1.month, to1.day);
	int64_t c = days_from_civil(from2.year, from2.month, from2.day), d = days_from_civil(to2.year, to2.month, to2.day);

	return a < d && c < b;
}

static void
warn_of_stand_ins(const struct settings *s, struct arena *a, const struct override *o, struct coverage *c)
{
	for (size_t i = 0; i < o->nstand_ins; i++) {
		bool seated = false;

		for (size_t k = 0; k < s->nrotations; k++) {
			const struct rotation *r = &s->rotations[k];

			if (!days_meet(r->from, r->to, o->from, o->to) || !text_equal_nocase(r->pool, o->pool))
				continue;
			for (size_t j = 0; j < r->nseats; j++)
				seated = seated || r->seats[j].engineer == o->stand_ins[i].whom;
		}
		/* He may himself stand in for somebody. */
		for (size_t k = 0; k < s->noverrides; k++)
			for (size_t j = 0; j < s->overrides[k].nstand_ins; j++)
				seated = seated || s->overrides[k].stand_ins[j].by == o->stand_ins[i].whom;
		if (!seated)
			warn(c, a, "override %s %s: %s has no seat then, so %s stands in for nobody", o->pool, span_text(a, o->from, o->to),
			    o->stand_ins[i].whom->name, o->stand_ins[i].by->name);
	}
}

static void
warnings(const struct settings *s, struct arena *a, const char *pool, int64_t from, int64_t to, struct coverage *c)
{
	const struct rotation *last = NULL;

	for (size_t i = 0; i < s->nrotations; i++) {
		const struct rotation *r = &s->rotations[i];

		if (!text_equal_nocase(r->pool, pool))
			continue;
		if (last != NULL && days_meet(last->from, last->to, r->from, r->to) && rotation_instant(s, r->from) < to &&
		    rotation_instant(s, last->to) > from)
			warn(c, a, "rotations %s %s and %s overlap: the one that begins last counts", r->pool,
			    span_text(a, last->from, last->to), span_text(a, r->from, r->to));
		if (rotation_instant(s, r->from) < to && rotation_instant(s, r->to) > from)
			warn_of_rotation(s, a, r, c);
		if (last == NULL || rotation_instant(s, r->to) > rotation_instant(s, last->to))
			last = r;
	}
	for (size_t i = 0; i < s->noverrides; i++) {
		const struct override *o = &s->overrides[i];

		if (rotation_instant(s, o->from) < to && rotation_instant(s, o->to) > from && text_equal_nocase(o->pool, pool))
			warn_of_stand_ins(s, a, o, c);
	}
	if (last == NULL)
		warn(c, a, "there is no rotation of %s", pool);
	else if (rotation_instant(s, last->to) < to)
		warn(c, a, "rotation %s runs out on %04d-%02d-%02d, and nothing follows", last->pool, last->to.year, last->to.month,
		    last->to.day);
}

void
rotation_coverage(const struct settings *s, struct arena *a, const char *pool, int64_t from, int64_t to,
    struct coverage *out)
{
	*out = (struct coverage){ 0 };
	for (int64_t t = from, next; t < to; t = next) {
		int64_t change;
		bool wanted = wanted_at(s, t, &change);

		next = rotation_next_change(s, NULL, a, pool, t);
		next = change < next ? change : next;
		next = to < next ? to : next;
		if (!wanted)
			continue;
		out->wanted += next - t;
		if (covered_at(s, pool, t)) {
			out->covered += next - t;
		} else if (out->ngaps > 0 && out->gaps[out->ngaps - 1].to == t) {
			out->gaps[out->ngaps - 1].to = next;
		} else {
			struct coverage_gap *g = arena_push(a, &out->gaps, &out->ngaps, sizeof(*g));

			*g = (struct coverage_gap){ t, next };
		}
	}
	warnings(s, a, pool, from, to, out);
}

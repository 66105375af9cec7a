/* rotation_flaws.c - what is no gap but will hurt: open seats, one zone for all, clocks that change apart. See
 * rotation.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/rotation_parts.h"

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

static int64_t
days_of_date(struct civil_date d)
{
	return days_from_civil(d.year, d.month, d.day);
}

static const char *
span_text(struct arena *a, struct civil_date from, struct civil_date to)
{
	return arena_printf(
	    a, "%04d-%02d-%02d to %04d-%02d-%02d", from.year, from.month, from.day, to.year, to.month, to.day);
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
warn_of_seats(const struct settings *s, struct arena *a, const struct rotation *r, const char *span, struct coverage *c)
{
	size_t named = 0;

	for (size_t i = 0; i < r->nseats; i++)
		named += r->seats[i].engineer != NULL;
	if (named < s->seats_wanted)
		warn(c, a, "rotation %s %s: %zu of %u seats have a name", r->pool, span, named, s->seats_wanted);
	else if (named < r->nseats)
		warn(c, a, "rotation %s %s: %zu of its %zu seats %s no name yet", r->pool, span, r->nseats - named,
		    r->nseats, r->nseats - named == 1 ? "has" : "have");
}

/* A seat for somebody who has not come yet, or has left. */
static void
warn_of_terms(struct arena *a, const struct rotation *r, const char *span, struct coverage *c)
{
	for (size_t i = 0; i < r->nseats; i++) {
		const struct engineer *e = r->seats[i].engineer;

		if (e != NULL && e->has_start && days_of_date(e->start) > days_of_date(r->from))
			warn(c, a, "rotation %s %s: %s has a seat, and starts on %04d-%02d-%02d", r->pool, span, e->name,
			    e->start.year, e->start.month, e->start.day);
		if (e != NULL && e->has_end && days_of_date(e->end) < days_of_date(r->to))
			warn(c, a, "rotation %s %s: %s has a seat, and leaves on %04d-%02d-%02d", r->pool, span, e->name,
			    e->end.year, e->end.month, e->end.day);
	}
}

bool
rotation_odd_length(const struct rotation *r, int64_t *days)
{
	*days = days_of_date(r->to) - days_of_date(r->from);
	return *days < ROTATION_WEEKS_LEAST * 7 || *days > ROTATION_WEEKS_MOST * 7;
}

/* ---- business hours of two halves of the world ---- */

static const struct { const char *region, *zone, *city; } regions[] = {
	{ "EMEA", "Europe/London", "London" },
	{ "AMER", "America/New_York", "New York" },
};

/* Of two or more who share a rotation somebody should be there while customers of either half are. What is judged is
 * whom one chose: neither absences nor stand-ins. */
static void
warn_of_regions(const struct settings *s, struct arena *a, const struct rotation *r, const char *span, int64_t from,
    int64_t to, struct coverage *c)
{
	for (size_t i = 0; i < COUNT(regions); i++) {
		struct cover hours = { { 0x1f, 9 * 60, 17 * 60 }, zone_load(regions[i].zone), regions[i].zone };
		struct settings alone = *s;
		struct coverage sum;
		struct local_time l, end;

		if (hours.zone == NULL)
			continue;
		alone.covers = &hours;
		alone.ncovers = 1;
		alone.naways = alone.noverrides = 0;
		coverage_sum(&alone, NULL, a, r->pool, from, to, &sum);
		if (sum.ngaps == 0)
			continue;
		l = zone_local(hours.zone, sum.gaps[0].from);
		end = zone_local(hours.zone, sum.gaps[0].to);
		warn(c, a, "rotation %s %s: of the business hours of %s %02d:%02d-%02d:%02d in %s has nobody, first on "
		    "%04d-%02d-%02d", r->pool, span, regions[i].region, l.hour, l.minute, end.hour, end.minute,
		    regions[i].city, l.year, l.month, l.day);
	}
}

static void
warn_of_rotation(const struct settings *s, struct arena *a, const struct rotation *r, int64_t from, int64_t to,
    struct coverage *c)
{
	const char *span = span_text(a, r->from, r->to);
	const struct engineer *same = one_zone(s, r), *first = NULL;
	int64_t begin = rotation_instant(s, r->from), end = rotation_instant(s, r->to), days;
	bool several = false;

	if (rotation_odd_length(r, &days))
		warn(c, a, "rotation %s %s: %d days; %d to %d weeks are usual", r->pool, span, (int)days,
		    ROTATION_WEEKS_LEAST, ROTATION_WEEKS_MOST);
	warn_of_seats(s, a, r, span, c);
	warn_of_terms(a, r, span, c);
	if (same != NULL)
		warn(c, a, "rotation %s %s: all seats are in one zone (%s)", r->pool, span, zone_name(same->zone));
	for (size_t i = 0; i < r->nseats; i++) {
		several = several || (first != NULL && r->seats[i].engineer != NULL && r->seats[i].engineer != first);
		first = r->seats[i].engineer != NULL ? r->seats[i].engineer : first;
	}
	if (several)
		warn_of_regions(s, a, r, span, begin > from ? begin : from, end < to ? end : to, c);
}

/* True if the two spans of days have one in common; empty ones have none. */
static bool
days_meet(struct civil_date from1, struct civil_date to1, struct civil_date from2, struct civil_date to2)
{
	int64_t a = days_from_civil(from1.year, from1.month, from1.day),
	        b = days_from_civil(to1.year, to1.month, to1.day);
	int64_t c = days_from_civil(from2.year, from2.month, from2.day),
	        d = days_from_civil(to2.year, to2.month, to2.day);

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
			warn(c, a, "override %s %s: %s has no seat then, so %s stands in for nobody", o->pool,
			    span_text(a, o->from, o->to), o->stand_ins[i].whom->name, o->stand_ins[i].by->name);
	}
}

/* ---- clocks that change apart ---- */

/* The zones that matter at t: of those who have a seat, and of the cover lines. */
static size_t
zones_at(const struct settings *s, struct arena *a, const char *pool, int64_t t, const struct zone ***out)
{
	size_t n = 0;

	*out = arena_array(a, s->nengineers + s->ncovers + 1, sizeof(**out));
	for (size_t i = 0; i < s->ncovers; i++)
		(*out)[n++] = s->covers[i].zone;
	for (size_t i = 0; i < s->nengineers; i++)
		if (seat_has(s, pool, s->engineers[i], t))
			(*out)[n++] = s->engineers[i]->zone;
	return n;
}

/* By how much the clock of a zone changes about that time: zones that change on the same weekend change together. */
static int
clock_step(const struct zone *z, int64_t t)
{
	return zone_local(z, t + 36 * 3600).offset - zone_local(z, t - 36 * 3600).offset;
}

static bool
listed(const char *list, const char *name)
{
	const char *at = strstr(list, name);

	return at != NULL && (at[strlen(name)] == '\0' || at[strlen(name)] == ',');
}

/* One change of a clock: does it move hours against each other? */
static void
shift_judge(const struct settings *s, struct arena *a, const char *pool, int64_t t, struct coverage *c)
{
	const struct zone **zones;
	size_t n = zones_at(s, a, pool, t, &zones);
	const char *moved = "", *still = "";
	int step = 0;
	bool apart = false;

	for (size_t i = 0; i < n; i++)
		step = step == 0 ? clock_step(zones[i], t) : step;
	for (size_t i = 0; i < n; i++) {
		bool moves = clock_step(zones[i], t) == step;
		const char **list = moves ? &moved : &still;

		apart = apart || !moves;
		if (!listed(*list, zone_name(zones[i])))
			*list = arena_printf(a, "%s%s%s", *list, **list != '\0' ? ", " : "", zone_name(zones[i]));
	}
	if (step != 0 && apart) {
		struct local_time l = zone_local(zones[0], t);

		*(int64_t *)arena_push(a, &c->shifts, &c->nshifts, sizeof(int64_t)) = t;
		warn(c, a, "%04d-%02d-%02d: the clocks go %s in %s, not in %s: hours shift against each other", l.year,
		    l.month, l.day, step > 0 ? "forward" : "back", moved, still);
	}
}

static void
warn_of_clocks(
    const struct settings *s, struct arena *a, const char *pool, int64_t from, int64_t to, struct coverage *c)
{
	for (int64_t t = from, next; t < to; t = next) {
		next = INT64_MAX;
		for (size_t i = 0; i < s->nengineers; i++) {
			int64_t change = zone_next_change(s->engineers[i]->zone, t);

			next = change < next ? change : next;
		}
		for (size_t i = 0; i < s->ncovers; i++) {
			int64_t change = zone_next_change(s->covers[i].zone, t);

			next = change < next ? change : next;
		}
		if (next < to && (c->nshifts == 0 || next > c->shifts[c->nshifts - 1] + 36 * 3600))
			shift_judge(s, a, pool, next, c);
	}
}

void
coverage_warn(const struct settings *s, struct arena *a, const char *pool, int64_t from, int64_t to, struct coverage *c)
{
	const struct rotation *last = NULL;

	for (size_t i = 0; i < s->nrotations; i++) {
		const struct rotation *r = &s->rotations[i];

		if (!text_equal_nocase(r->pool, pool))
			continue;
		if (last != NULL && days_meet(last->from, last->to, r->from, r->to) &&
		    rotation_instant(s, r->from) < to && rotation_instant(s, last->to) > from)
			warn(c, a, "rotations %s %s and %s overlap: the one that begins last counts", r->pool,
			    span_text(a, last->from, last->to), span_text(a, r->from, r->to));
		if (rotation_instant(s, r->from) < to && rotation_instant(s, r->to) > from)
			warn_of_rotation(s, a, r, from, to, c);
		if (last == NULL || rotation_instant(s, r->to) > rotation_instant(s, last->to))
			last = r;
	}
	for (size_t i = 0; i < s->noverrides; i++) {
		const struct override *o = &s->overrides[i];

		if (rotation_instant(s, o->from) < to && rotation_instant(s, o->to) > from &&
		    text_equal_nocase(o->pool, pool))
			warn_of_stand_ins(s, a, o, c);
	}
	if (last == NULL)
		warn(c, a, "there is no rotation of %s", pool);
	else if (rotation_instant(s, last->to) < to)
		warn(c, a, "rotation %s runs out on %04d-%02d-%02d, and nothing follows", last->pool, last->to.year,
		    last->to.month, last->to.day);
	warn_of_clocks(s, a, pool, from, to, c);
}

/* duty.c - see duty.h. */
#include "judge/duty.h"

#include <stdlib.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/rotation_parts.h"

#define WEEK        (7 * DAY)
#define GAP_AHEAD   (14 * DAY)
#define DAYS_BEFORE 14        /* how far back an engineer's last working time before a rotation is looked for */
#define SECOND      1
#define FIRST_HOUR  3600      /* of his first working time: so late he may still be told that it has begun */

const char *
duty_date(struct arena *a, struct civil_date d)
{
	return arena_printf(a, "%04d-%02d-%02d", d.year, d.month, d.day);
}

struct civil_date
handover_date(const struct settings *s, int64_t t)
{
	struct local_time l = zone_local(s->handover_zone != NULL ? s->handover_zone : zone_load("UTC"), t);

	return (struct civil_date){ l.year, l.month, l.day };
}

uint32_t
duty_number(struct civil_date d)
{
	return (uint32_t)d.year * 10000 + (uint32_t)d.month * 100 + (uint32_t)d.day;
}

bool
rotation_has(const struct settings *s, const char *pool, const struct engineer *e, int64_t t)
{
	return seat_has(s, pool, e, t);
}

bool
rotation_had(const struct settings *s, const struct rotation *r, const struct engineer *e)
{
	for (size_t i = 0; i < r->nseats; i++)
		if (r->seats[i].engineer == e)
			return true;
	for (size_t i = 0; i < s->noverrides; i++) {
		const struct override *o = &s->overrides[i];

		if (!text_equal_nocase(o->pool, r->pool) || rotation_instant(s, o->to) <= rotation_instant(s, r->from) ||
		    rotation_instant(s, o->from) >= rotation_instant(s, r->to))
			continue;
		for (size_t k = 0; k < o->nstand_ins; k++)
			if (o->stand_ins[k].by == e)
				return true;
	}
	return false;
}

/* ---- the list ------------------------------------------------------------------------------------------ */

struct list {
	const struct settings *s;
	const struct absences *extra;
	struct arena *a;
	int64_t now;
	struct duty *v;
	size_t n;
};

static const char *
name_of(struct arena *a, const char *what, const char *pool, struct civil_date day, const char *who)
{
	char *name = arena_printf(a, "%s %s %s%s%s", what, pool, duty_date(a, day), who != NULL ? " " : "",
	    who != NULL ? who : "");

	text_lower_ascii(name);
	return name;
}

static void
add(struct list *l, struct duty d)
{
	if (d.over > l->now && d.due <= l->now + DUTY_AHEAD && d.due < d.over)
		*(struct duty *)arena_push(l->a, &l->v, &l->n, sizeof(d)) = d;
}

/* The first moment of his working time from t on: when he may be disturbed. */
static int64_t
working_from(const struct list *l, const struct engineer *e, int64_t t)
{
	return engineer_after_work(l->s, l->extra, e, t, SECOND) - SECOND;
}

/* A day before, or so many days before that it is in his working time; where he has none, the day before. */
static int64_t
day_before(const struct list *l, const struct engineer *e, int64_t begins)
{
	for (int64_t t = begins - DAY; t > begins - DAYS_BEFORE * DAY; t -= DAY) {
		int64_t at = working_from(l, e, t);

		if (at < begins)
			return at;
	}
	return begins - DAY;
}

/* ---- who comes ---- */

/* Is his own seat of the rotation his then? He may stand in for another at the same time. */
static bool
own_seat(const struct settings *s, const struct rotation *r, const struct engineer *e, int64_t t)
{
	for (size_t i = 0; rotation_at(s, r->pool, t, NULL, NULL) == r && i < r->nseats; i++)
		if (r->seats[i].engineer == e && seat_holder(s, r, i, t, NULL) == e)
			return true;
	return false;
}

/* Begins with this stretch what he has not been told of? Who comes back to the seat that was his and who goes from one
 * seat to another knows; who stood in and comes to a rotation of his own does not. */
static bool
comes_new(const struct settings *s, const struct tenure *all, const struct tenure *x, bool own)
{
	const struct rotation *before = rotation_at(s, x->rotation->pool, x->from - SECOND, NULL, NULL);

	for (const struct tenure *k = all; own && k < x; k++)
		if (k->rotation == x->rotation && k->engineer == x->engineer && own_seat(s, k->rotation, k->engineer, k->from))
			return false;
	if (before == NULL || !seat_has(s, x->rotation->pool, x->engineer, x->from - SECOND))
		return true;
	/* A seat of his own that ends as he begins to stand in is another matter. */
	return own != own_seat(s, before, x->engineer, x->from - SECOND);
}

/* Where the time to tell him has come already (he has the seat since today), his next working moment is the time: also
 * when that is after the beginning. */
static void
add_notice(struct list *l, const struct tenure *x, bool own)
{
	const struct engineer *e = x->engineer;
	const char *pool = x->rotation->pool;
	struct civil_date first = own ? x->rotation->from : handover_date(l->s, x->from);
	int64_t day = day_before(l, e, x->from), week = working_from(l, e, x->from - WEEK), now = working_from(l, e, l->now),
	        begun = working_from(l, e, x->from) + FIRST_HOUR;
	struct duty d = { .rotation = x->rotation, .engineer = e, .at = x->from,
		.until = own ? rotation_instant(l->s, x->rotation->to) : x->until, .stands_for = own ? NULL : x->stands_for };

	d.kind = DUTY_NOTICE_WEEK;
	d.name = name_of(l->a, own ? "notice-week" : "stand-in-week", pool, first, e->name);
	d.due = week > now ? week : now;
	d.over = day;
	add(l, d);
	d.kind = DUTY_NOTICE_DAY;
	d.name = name_of(l->a, own ? "notice-day" : "stand-in-day", pool, first, e->name);
	d.due = day > now ? day : now;
	d.over = begun > x->from + DAY ? begun : x->from + DAY;
	d.over = d.over < x->until ? d.over : x->until;
	add(l, d);
}

static void
add_notices(struct list *l)
{
	int64_t last = l->now + WEEK + DUTY_AHEAD;
	struct tenure *v;
	size_t n = rotation_tenures(l->s, l->a, NULL, NULL, l->now, last, &v);

	for (size_t i = 0; i < n; i++) {
		bool own = v[i].stands_for == NULL || own_seat(l->s, v[i].rotation, v[i].engineer, v[i].from);

		if (v[i].until > l->now && v[i].from < last && comes_new(l->s, v, &v[i], own))
			add_notice(l, &v[i], own);
	}
}

static void
add_seats(struct list *l, const struct rotation *r, int64_t begins)
{
	size_t named = 0;

	for (size_t i = 0; i < r->nseats; i++)
		named += r->seats[i].engineer != NULL;
	if (named < r->nseats || named < l->s->seats_wanted)
		add(l, (struct duty){ .kind = DUTY_SEATS, .name = name_of(l->a, "seats", r->pool, r->from, NULL),
			.due = begins - WEEK, .over = rotation_instant(l->s, r->to), .rotation = r, .at = begins });
}

/* The rotation that ended last, and when the next begins, seen from an instant at which none is on. */
static const struct rotation *
around(const struct settings *s, const char *pool, int64_t t, int64_t *next)
{
	const struct rotation *last = NULL;
	int64_t best = INT64_MIN;

	*next = INT64_MAX;
	for (size_t i = 0; i < s->nrotations; i++) {
		const struct rotation *r = &s->rotations[i];
		int64_t from, to;

		if (!text_equal_nocase(r->pool, pool))
			continue;
		from = rotation_instant(s, r->from);
		to = rotation_instant(s, r->to);
		if (to <= t && to > best) {
			best = to;
			last = r;
		}
		if (from > t && from < *next && to > from)
			*next = from;
	}
	return last;
}

static void
add_gaps(struct list *l, const char *pool)
{
	int64_t t = l->now, end;

	while (t <= l->now + GAP_AHEAD + DUTY_AHEAD) {
		const struct rotation *last;
		struct duty d = { .kind = DUTY_GAP };

		if (rotation_at(l->s, pool, t, NULL, &end) != NULL) {
			t = end;
			continue;
		}
		last = around(l->s, pool, t, &d.until);
		if (last != NULL) { /* before the first one there is no gap */
			d.rotation = last;
			d.at = rotation_instant(l->s, last->to);
			d.name = name_of(l->a, "gap", pool, last->to, NULL);
			d.due = d.at - GAP_AHEAD;
			d.over = d.until;
			add(l, d);
		}
		if (d.until == INT64_MAX)
			break;
		t = d.until;
	}
}

static int
by_due(const void *a, const void *b)
{
	const struct duty *x = a, *y = b;

	if (x->due != y->due)
		return x->due < y->due ? -1 : 1;
	return (int)x->kind - (int)y->kind;
}

size_t
duties(const struct settings *s, const struct absences *extra, struct arena *a, int64_t now, struct duty **out)
{
	struct list l = { .s = s, .extra = extra, .a = a, .now = now };

	for (size_t i = 0; i < s->nrotations; i++) {
		const struct rotation *r = &s->rotations[i];
		int64_t from = rotation_instant(s, r->from), to = rotation_instant(s, r->to);

		add(&l, (struct duty){ .kind = DUTY_HANDOVER, .name = name_of(a, "handover", r->pool, r->to, NULL), .due = to,
			.over = to + HANDOVER_LATE, .rotation = r, .at = to });
		if (to <= now || from > now + WEEK + DUTY_AHEAD)
			continue;
		add_seats(&l, r, from);
	}
	add_notices(&l);
	for (size_t i = 0; i < s->npools; i++)
		add_gaps(&l, s->pools[i]);
	if (l.n > 1)
		qsort(l.v, l.n, sizeof(*l.v), by_due);
	*out = l.v;
	return l.n;
}

/* rotation.c - seats, shifts, and who is next. See rotation.h. */
#include "judge/rotation.h"

#include <limits.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/rotation_parts.h"

int64_t
rotation_instant(const struct settings *s, struct civil_date d)
{
	const struct zone *z = s->handover_zone != NULL ? s->handover_zone : zone_load("UTC");

	/* The first of two: one instant ends a rotation and begins the next, so that there is one on at any time. */
	return zone_first_instant(z, d.year, d.month, d.day, s->handover_minute);
}

static int
number_of_day(int64_t day)
{
	struct civil_date d;

	civil_from_days(day, &d.year, &d.month, &d.day);
	return date_number(d);
}

struct moment
moment_of(int64_t t)
{
	int64_t day = (t >= 0 ? t : t - DAY + 1) / DAY;

	if (t == INT64_MAX || t == INT64_MIN)
		return (struct moment){ t, t > 0 ? INT_MAX : INT_MIN, t > 0 ? INT_MAX : INT_MIN };
	return (struct moment){ t, number_of_day(day - 4), number_of_day(day + 2) };
}

static bool
date_reached(const struct settings *s, struct civil_date d, const struct moment *m)
{
	int number = date_number(d);

	if (number < m->past || number > m->future)
		return number < m->past;
	return m->t >= rotation_instant(s, d);
}

/* The earliest of the dates after an instant that were shown to it. */
struct earliest { struct moment after, best; };

static void
date_earlier(const struct settings *s, struct civil_date d, struct earliest *e)
{
	int number = date_number(d);
	int64_t instant;

	if (number < e->after.past || number > e->best.future)
		return;
	instant = rotation_instant(s, d);
	if (instant > e->after.t && instant < e->best.t)
		e->best = moment_of(instant);
}

const struct rotation *
rotation_at(const struct settings *s, const char *pool, int64_t t, int64_t *from, int64_t *to)
{
	const struct rotation *on = NULL;
	struct moment m = moment_of(t);

	/* Of two that overlap the one that began last counts: they are sorted by their beginning. */
	for (size_t i = 0; i < s->nrotations; i++) {
		const struct rotation *r = &s->rotations[i];

		if (date_reached(s, r->from, &m) && !date_reached(s, r->to, &m) && text_equal_nocase(r->pool, pool))
			on = r;
	}
	if (on != NULL && from != NULL)
		*from = rotation_instant(s, on->from);
	if (on != NULL && to != NULL)
		*to = rotation_instant(s, on->to);
	return on;
}

int64_t
rotation_plan_end(const struct settings *s, const char *pool)
{
	int64_t end = INT64_MIN;

	for (size_t i = 0; i < s->nrotations; i++)
		if (text_equal_nocase(s->rotations[i].pool, pool) && rotation_instant(s, s->rotations[i].to) > end)
			end = rotation_instant(s, s->rotations[i].to);
	return end;
}

/* The holder of a seat after the overrides of that moment. */
static const struct engineer *
holder_at(const struct settings *s, const struct rotation *r, const struct engineer *holder, const struct moment *m)
{
	/* Within one override each seat changes hands once, so that two can swap; a later one may replace a stand-in. */
	for (size_t k = 0; holder != NULL && k < s->noverrides; k++) {
		const struct override *o = &s->overrides[k];

		if (!date_reached(s, o->from, m) || date_reached(s, o->to, m) || !text_equal_nocase(o->pool, r->pool))
			continue;
		for (size_t j = 0; j < o->nstand_ins; j++) {
			if (o->stand_ins[j].whom != holder)
				continue;
			holder = o->stand_ins[j].by;
			break;
		}
	}
	return holder;
}

const struct engineer *
seat_holder(const struct settings *s, const struct rotation *r, size_t i, int64_t t, const struct engineer **stands_for)
{
	struct moment m = moment_of(t);
	const struct engineer *holder = holder_at(s, r, r->seats[i].engineer, &m);

	if (stands_for != NULL)
		*stands_for = holder != r->seats[i].engineer ? r->seats[i].engineer : NULL;
	return holder;
}

size_t
rotation_seats(const struct settings *s, struct arena *a, const struct rotation *r, int64_t t, struct seated **out)
{
	struct seated *v = arena_array(a, r->nseats, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < r->nseats; i++) {
		struct seated here = { .seat = r->seats[i].name };
		bool twice = false;

		here.engineer = seat_holder(s, r, i, t, &here.stands_for);
		for (size_t k = 0; k < n && here.engineer != NULL; k++)
			twice = twice || v[k].engineer == here.engineer;
		if (!twice)
			v[n++] = here;
	}
	*out = v;
	return n;
}

/* Does an override of that moment put him on somebody's seat? */
static bool
stands_in(const struct settings *s, const char *pool, const struct engineer *e, const struct moment *m)
{
	for (size_t k = 0; k < s->noverrides; k++) {
		const struct override *o = &s->overrides[k];

		for (size_t j = 0; j < o->nstand_ins; j++)
			if (o->stand_ins[j].by == e && date_reached(s, o->from, m) && !date_reached(s, o->to, m) &&
			    text_equal_nocase(o->pool, pool))
				return true;
	}
	return false;
}

bool
seat_has(const struct settings *s, const char *pool, const struct engineer *e, int64_t t)
{
	const struct rotation *r = rotation_at(s, pool, t, NULL, NULL);
	struct moment m = moment_of(t);
	bool any = stands_in(s, pool, e, &m); /* else his own seat alone can be his */

	for (size_t i = 0; r != NULL && i < r->nseats; i++)
		if ((any || r->seats[i].engineer == e) && holder_at(s, r, r->seats[i].engineer, &m) == e)
			return true;
	return false;
}

int64_t
seat_change(const struct settings *s, const char *pool, int64_t t)
{
	struct earliest next = { moment_of(t), moment_of(INT64_MAX) };

	for (size_t i = 0; i < s->nrotations; i++) {
		if (!text_equal_nocase(s->rotations[i].pool, pool))
			continue;
		date_earlier(s, s->rotations[i].from, &next);
		date_earlier(s, s->rotations[i].to, &next);
	}
	for (size_t i = 0; i < s->noverrides; i++) {
		if (!text_equal_nocase(s->overrides[i].pool, pool))
			continue;
		date_earlier(s, s->overrides[i].from, &next);
		date_earlier(s, s->overrides[i].to, &next);
	}
	return next.best.t;
}

bool
seat_expects(const struct settings *s, const char *pool, const struct engineer *e, int64_t t, int64_t limit)
{
	struct moment m = moment_of(t), last = moment_of(limit);

	for (size_t i = 0; i < s->nrotations; i++) {
		const struct rotation *r = &s->rotations[i];

		if (date_reached(s, r->to, &m) || !date_reached(s, r->from, &last) || !text_equal_nocase(r->pool, pool))
			continue;
		for (size_t k = 0; k < r->nseats; k++)
			if (r->seats[k].engineer == e)
				return true;
	}
	for (size_t i = 0; i < s->noverrides; i++) {
		const struct override *o = &s->overrides[i];

		if (date_reached(s, o->to, &m) || !date_reached(s, o->from, &last) || !text_equal_nocase(o->pool, pool))
			continue;
		for (size_t k = 0; k < o->nstand_ins; k++)
			if (o->stand_ins[k].by == e)
				return true;
	}
	return false;
}

/* The end of a stretch that began at from, where a seat that he has then is taken from him before until. */
static int64_t
seat_end(const struct settings *s, const char *pool, const struct engineer *e, int64_t from, int64_t until)
{
	int64_t change = seat_change(s, pool, from);

	while (change < until && seat_has(s, pool, e, change))
		change = seat_change(s, pool, change);
	return change < until ? change : until;
}

bool
engineer_next_shift(const struct settings *s, const struct absences *extra, const char *pool, const struct engineer *e,
    int64_t t, int64_t *from, int64_t *until)
{
	int64_t limit = t + ROTATION_HORIZON;

	/* Each of the three conditions in turn pushes t on to where it holds, until one round pushes no more. */
	while (t <= limit) {
		struct span work;
		int64_t end;

		if (!seat_has(s, pool, e, t)) {
			t = seat_change(s, pool, t);
			continue;
		}
		if (engineer_away(s, extra, e, t, &end)) {
			t = end;
			continue;
		}
		if (!work_next(e, t, limit, &work))
			return false;
		if (work.from > t) {
			t = work.from;
			continue;
		}
		end = away_next(s, extra, e, t);
		*from = t;
		*until = seat_end(s, pool, e, t, work.until < end ? work.until : end);
		return true;
	}
	return false;
}

/* Keeps v sorted by from; equals stay in the order of their coming. */
static void
shift_insert(struct shift *v, size_t n, struct shift new)
{
	for (; n > 0 && v[n - 1].from > new.from; n--)
		v[n] = v[n - 1];
	v[n] = new;
}

void
rotation_who(const struct settings *s, const struct absences *extra, struct arena *a, const char *pool, int64_t t,
    struct who *out)
{
	struct seated *seats = NULL;
	size_t nseats;

	*out = (struct who){ 0 };
	out->rotation = rotation_at(s, pool, t, &out->rotation_from, &out->rotation_to);
	nseats = out->rotation != NULL ? rotation_seats(s, a, out->rotation, t, &seats) : 0;
	out->on = arena_array(a, nseats, sizeof(*out->on));
	out->next = arena_array(a, nseats + s->nengineers, sizeof(*out->next));
	for (size_t i = 0; i < nseats; i++) {
		struct shift sh = { seats[i].engineer, seats[i].stands_for, 0, 0 };

		if (sh.engineer == NULL || !engineer_next_shift(s, extra, pool, sh.engineer, t, &sh.from, &sh.until))
			continue;
		if (sh.from == t)
			out->on[out->non++] = sh;
		else
			shift_insert(out->next, out->nnext++, sh);
	}
	for (size_t i = 0; i < s->nengineers; i++) { /* those whose seat is still to come */
		struct shift sh = { s->engineers[i], NULL, 0, 0 };
		bool known = false;

		for (size_t k = 0; k < nseats; k++)
			known = known || seats[k].engineer == sh.engineer;
		if (!known && seat_expects(s, pool, sh.engineer, t, t + ROTATION_HORIZON) &&
		    engineer_next_shift(s, extra, pool, sh.engineer, t, &sh.from, &sh.until))
			shift_insert(out->next, out->nnext++, sh);
	}
}

int64_t
rotation_next_change(const struct settings *s, const struct absences *extra, struct arena *a, const char *pool,
    int64_t t)
{
	int64_t next = seat_change(s, pool, t);

	(void)a;
	for (size_t i = 0; i < s->nengineers; i++) {
		const struct engineer *e = s->engineers[i];
		struct span work;
		int64_t at;

		if (!seat_has(s, pool, e, t))
			continue; /* a seat for him is a change of seats first */
		at = away_next(s, extra, e, t);
		next = at < next ? at : next;
		if (engineer_away(s, extra, e, t, &at))
			next = at < next ? at : next;
		if (work_next(e, t, t + ROTATION_HORIZON, &work)) {
			at = work.from > t ? work.from : work.until;
			next = at < next ? at : next;
		}
	}
	return next;
}

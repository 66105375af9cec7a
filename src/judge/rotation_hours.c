/* rotation_hours.c - one engineer's own time: working windows and absences. See rotation.h.
 *
 * Windows are made day by day from the calendar of his zone: the wall clock decides when a day's
 * window starts and ends, never a count of hours, so changes of the clocks need no special care. First
 * instants never run backwards as the wall clock goes on, hence later days never start earlier.
 */
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/rotation_parts.h"

/* A window that is open may have begun yesterday, or the day before where a date line was crossed; or it may belong to
 * tomorrow, where the clocks go back at midnight into the evening again. */
#define DAYS_BACK  2
#define DAYS_AHEAD 1
/* Hours repeat by the week: a stretch longer than that never ends. */
#define ENDLESS    (8 * DAY)

static int64_t
local_day(const struct zone *z, int64_t t)
{
	struct local_time l = zone_local(z, t);

	return days_from_civil(l.year, l.month, l.day);
}

/* The window as it starts on that day. False: not on that day, or the clocks skip it altogether. */
static bool
window_on(const struct engineer *e, const struct window *w, int64_t day, struct span *out)
{
	bool overnight = w->to <= w->from;
	int year, month, dom;

	if ((w->days >> weekday_of_days(day) & 1) == 0)
		return false;
	civil_from_days(day, &year, &month, &dom);
	out->from = zone_first_instant(e->zone, year, month, dom, w->from);
	out->until = zone_last_instant(e->zone, year, month, dom + overnight, w->to);
	return out->from < out->until;
}

/* Adds to the stretch what overlaps or adjoins it, day after day. */
static void
stretch_extend(const struct engineer *e, int64_t day, struct span *s)
{
	int64_t endless = s->until + ENDLESS;

	while (day <= local_day(e->zone, s->until) + DAYS_AHEAD) {
		bool longer = false;

		for (size_t i = 0; i < e->nhours; i++) {
			struct span w;

			if (!window_on(e, &e->hours[i], day, &w) || w.from > s->until || w.until <= s->until)
				continue;
			s->until = w.until;
			longer = true;
		}
		if (s->until > endless) {
			s->until = INT64_MAX;
			return;
		}
		if (!longer) /* else a window of the same day may adjoin now */
			day++;
	}
}

bool
work_next(const struct engineer *e, int64_t t, int64_t limit, struct span *out)
{
	int64_t day, last;
	bool found = false;

	if (e->nhours == 0)
		return false;
	day = local_day(e->zone, t) - DAYS_BACK;
	last = local_day(e->zone, limit) + DAYS_AHEAD;
	for (; !found && day <= last; day++) {
		for (size_t i = 0; i < e->nhours; i++) {
			struct span w;

			if (!window_on(e, &e->hours[i], day, &w) || w.until <= t || (found && w.from >= out->from))
				continue;
			*out = w;
			found = true;
		}
	}
	if (!found || out->from > limit)
		return false;
	stretch_extend(e, day - 1, out);
	return true;
}

bool
engineer_at_work(const struct engineer *e, int64_t t, int64_t *until)
{
	struct span s;

	if (!work_next(e, t, t, &s))
		return false;
	if (until != NULL)
		*until = s.until;
	return true;
}

/* The absences of one engineer, one after the other: those of the settings, the days before he came and after he
 * left, those from elsewhere. */
struct away_walk {
	const struct settings *s;
	const struct absences *extra;
	const struct engineer *e;
	size_t i;
	struct moment m; /* absences that are over by then are left out */
};

static int64_t
wall_instant(const struct engineer *e, const struct wall_time *w, bool last)
{
	return (last ? zone_last_instant : zone_first_instant)(e->zone, w->date.year, w->date.month, w->date.day, w->minute);
}

static bool
away_walk(struct away_walk *w, struct span *out)
{
	const struct engineer *e = w->e;

	while (w->i < w->s->naways) {
		const struct away *a = &w->s->aways[w->i++];

		if (a->engineer == e && date_number(a->to.date) >= w->m.past) {
			*out = (struct span){ wall_instant(e, &a->from, false), wall_instant(e, &a->to, true) };
			return true;
		}
	}
	if (w->i == w->s->naways) {
		w->i++;
		if (e->has_start) {
			*out = (struct span){ INT64_MIN, wall_instant(e, &(struct wall_time){ e->start, 0 }, false) };
			return true;
		}
	}
	if (w->i == w->s->naways + 1) {
		w->i++;
		if (e->has_end) {
			*out = (struct span){ wall_instant(e, &(struct wall_time){ e->end, 0 }, false), INT64_MAX };
			return true;
		}
	}
	while (w->extra != NULL && w->i - w->s->naways - 2 < w->extra->n) {
		const struct away_span *a = &w->extra->v[w->i++ - w->s->naways - 2];

		if (text_equal_nocase(a->engineer, e->name)) {
			*out = (struct span){ a->from, a->to };
			return true;
		}
	}
	return false;
}

bool
engineer_away(const struct settings *s, const struct absences *extra, const struct engineer *e, int64_t t,
    int64_t *until)
{
	int64_t end = t;
	bool longer = true;

	while (longer) { /* one absence may run into the next, in any order of writing */
		struct away_walk walk = { s, extra, e, 0, moment_of(end) };
		struct span a;

		longer = false;
		while (away_walk(&walk, &a)) {
			if (a.from > end || a.until <= end)
				continue;
			end = a.until;
			longer = true;
		}
	}
	if (end > t && until != NULL)
		*until = end;
	return end > t;
}

size_t
engineer_absences(const struct settings *s, const struct absences *extra, struct arena *a, const struct engineer *e,
    int64_t t, struct known_away **out)
{
	struct away_walk walk = { s, extra, e, 0, moment_of(t) };
	struct span v;
	size_t n = 0;

	*out = NULL;
	while (away_walk(&walk, &v)) {
		bool ours = walk.i <= s->naways + 2;

		if (v.until > t && v.until > v.from)
			*(struct known_away *)arena_push(a, out, &n, sizeof(**out)) =
			    (struct known_away){ v.from, v.until, ours ? NULL : &extra->v[walk.i - s->naways - 3] };
	}
	return n;
}

int64_t
away_next(const struct settings *s, const struct absences *extra, const struct engineer *e, int64_t t)
{
	struct away_walk walk = { s, extra, e, 0, moment_of(t) };
	struct span a;
	int64_t next = INT64_MAX;

	while (away_walk(&walk, &a))
		if (a.from > t && a.from < next && a.until > a.from)
			next = a.from;
	return next;
}

int64_t
engineer_after_work(const struct settings *s, const struct absences *extra, const struct engineer *e, int64_t t,
    int64_t seconds)
{
	int64_t left = seconds > 0 ? seconds : 1;

	for (;;) {
		struct span work = { t, INT64_MAX };
		int64_t back, end;

		if (engineer_away(s, extra, e, t, &back)) {
			if (back == INT64_MAX)
				break;
			t = back;
			continue;
		}
		if (e->nhours > 0 && !work_next(e, t, t + ROTATION_HORIZON, &work))
			break;
		if (work.from > t) {
			t = work.from;
			continue; /* is he away then? */
		}
		end = away_next(s, extra, e, t);
		end = work.until < end ? work.until : end;
		if (end - t >= left)
			return t + left;
		left -= end - t;
		t = end;
	}
	/* He never works again: what waits for him must not wait for ever. */
	return t + left;
}

int64_t
engineer_worked(const struct settings *s, const struct absences *extra, const struct engineer *e, int64_t from, int64_t to)
{
	int64_t worked = 0;

	while (from < to) {
		struct span work = { from, INT64_MAX };
		int64_t end;

		if (engineer_away(s, extra, e, from, &end)) {
			from = end;
			continue;
		}
		if (e->nhours > 0 && !work_next(e, from, to, &work))
			break;
		if (work.from > from) {
			from = work.from;
			continue; /* is he away then? */
		}
		end = away_next(s, extra, e, from);
		end = work.until < end ? work.until : end;
		end = to < end ? to : end;
		worked += end - from;
		from = end;
	}
	return worked;
}

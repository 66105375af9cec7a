/* rotation_coverage.c - does the plan leave hours without anybody? See rotation.h. */
#include <string.h>

#include "ground/mem.h"
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

/* A stretch of time in which nothing changes. */
struct stretch {
	int64_t from, to;
	bool wanted, covered;
	unsigned people; /* at work and not away */
};

static void
stretch_judge(const struct settings *s, const struct absences *extra, const char *pool, struct stretch *st)
{
	const struct rotation *r = rotation_at(s, pool, st->from, NULL, NULL);
	bool named = false;

	st->people = 0;
	for (size_t i = 0; r != NULL && i < r->nseats; i++) {
		const struct engineer *e = seat_holder(s, r, i, st->from, NULL);
		bool twice = false;

		for (size_t k = 0; k < i && e != NULL; k++)
			twice = twice || seat_holder(s, r, k, st->from, NULL) == e;
		named = named || e != NULL;
		st->people += e != NULL && !twice && engineer_at_work(e, st->from, NULL) &&
		    !engineer_away(s, extra, e, st->from, NULL);
	}
	st->covered = st->people > 0 || (s->ncovers == 0 && named);
}

/* Calls step for each stretch between two instants, in order. */
static void
stretches(const struct settings *s, const struct absences *extra, struct arena *a, const char *pool, int64_t from,
    int64_t to, void (*step)(void *to, const struct stretch *st), void *out)
{
	for (int64_t t = from; t < to;) {
		struct stretch st = { .from = t };
		int64_t change;

		st.wanted = wanted_at(s, t, &change);
		st.to = rotation_next_change(s, extra, a, pool, t);
		st.to = change < st.to ? change : st.to;
		st.to = to < st.to ? to : st.to;
		stretch_judge(s, extra, pool, &st);
		step(out, &st);
		t = st.to;
	}
}

/* ---- hours and gaps ---- */

struct sum { struct arena *arena; struct coverage *out; };

static void
sum_add(void *to, const struct stretch *st)
{
	struct coverage *c = ((struct sum *)to)->out;
	struct coverage_gap *g;

	if (!st->wanted)
		return;
	c->wanted += st->to - st->from;
	if (st->covered) {
		c->covered += st->to - st->from;
	} else if (c->ngaps > 0 && c->gaps[c->ngaps - 1].to == st->from) {
		c->gaps[c->ngaps - 1].to = st->to;
	} else {
		g = arena_push(((struct sum *)to)->arena, &c->gaps, &c->ngaps, sizeof(*g));
		*g = (struct coverage_gap){ st->from, st->to };
	}
}

void
coverage_sum(const struct settings *s, const struct absences *extra, struct arena *a, const char *pool, int64_t from,
    int64_t to, struct coverage *out)
{
	struct sum sum = { a, out };

	*out = (struct coverage){ 0 };
	stretches(s, extra, a, pool, from, to, sum_add, &sum);
}

void
rotation_coverage(const struct settings *s, const struct absences *extra, struct arena *a, const char *pool,
    int64_t from, int64_t to, struct coverage *out)
{
	coverage_sum(s, extra, a, pool, from, to, out);
	coverage_warn(s, a, pool, from, to, out);
}


/* ---- the week ---- */

struct map_build { struct coverage_map *out; const struct zone *zone; };

static void
map_add(void *to, const struct stretch *st)
{
	struct map_build *b = to;
	int64_t next;

	for (int64_t t = st->from; t < st->to; t = next) {
		struct local_time l = zone_local(b->zone, t);
		struct coverage_cell *c = &b->out->cells[l.weekday][l.hour % 24];
		int64_t change = zone_next_change(b->zone, t);

		next = t + 3600 - (l.minute * 60 + l.second % 60);
		next = change < next ? change : next;
		next = st->to < next ? st->to : next;
		if (st->wanted) /* what is there beside the hours asked for says nothing of them */
			c->least = c->wanted == 0 || st->people < c->least ? st->people : c->least;
		c->most = st->people > c->most ? st->people : c->most;
		c->seconds += next - t;
		c->wanted += st->wanted ? next - t : 0;
		c->covered += st->wanted && st->covered ? next - t : 0;
	}
}

void
rotation_map(const struct settings *s, const struct absences *extra, struct arena *a, const char *pool,
    const struct zone *zone, int64_t from, int64_t to, struct coverage_map *out)
{
	struct map_build b = { out, zone };

	*out = (struct coverage_map){ 0 };
	stretches(s, extra, a, pool, from, to, map_add, &b);
}

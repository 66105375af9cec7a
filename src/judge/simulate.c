/* simulate.c - see simulate.h. One loop over three kinds of instants: an arrival, a case that closes, a first chance for what waits. */
#include "judge/simulate.h"

#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"

#define LOOK_AGAIN (12 * 3600) /* nobody can say when: the plan may change hands meanwhile */

struct closing { int64_t at; size_t load; };

struct play {
	const struct settings *s;
	const struct simulate_ask *ask;
	struct simulation *out;
	struct arena *arena;             /* of the outcome */
	struct load *loads;              /* in order of the engineers */
	struct pointer pointer;
	const struct rotation *rotation; /* whose accounts these are */
	struct closing *closings; size_t nclosings, room;
	size_t next, waiting;            /* arrivals [waiting, next) wait */
	int64_t chance;                  /* when the first of them may be taken, INT64_MAX if none waits */
};

static void
rotation_begin(struct play *p, const struct rotation *r)
{
	struct stint *st;

	if (r == p->rotation)
		return;
	p->rotation = r;
	for (size_t i = 0; i < p->s->nengineers; i++)
		p->loads[i].credit = p->loads[i].turns = 0;
	if (r == NULL)
		return;
	st = arena_push(p->arena, &p->out->stints, &p->out->nstints, sizeof(*st));
	*st = (struct stint){ .rotation = r };
}

static size_t
place_of(const struct play *p, const struct engineer *e)
{
	size_t i = 0;

	while (p->s->engineers[i] != e)
		i++;
	return i;
}

static struct served *
served_of(struct arena *a, struct served **v, size_t *n, const struct engineer *e)
{
	struct served *new;

	for (size_t i = 0; i < *n; i++)
		if ((*v)[i].engineer == e)
			return &(*v)[i];
	new = arena_push(a, v, n, sizeof(*new));
	new->engineer = e;
	return new;
}

/* Whom the accounts did not choose (at night, or when a day is nearly over) was the only one there was: no turn of others. */
static void
count(struct served *v, const struct candidate *k, bool offhours)
{
	bool alone = k->chosen && k->share == 0;

	v->assigned += k->chosen;
	v->eligible += k->share > 0 || alone;
	v->offhours += k->chosen && offhours;
	v->fair += alone ? TURN : k->share;
}

static void
settle(struct play *p, const struct choice *c, int64_t now)
{
	struct stint *st = &p->out->stints[p->out->nstints - 1];
	size_t i = place_of(p, c->engineer);
	int64_t end = engineer_after_work(p->s, p->ask->absences, c->engineer, now, p->ask->work);

	credits_settle(c, p->loads, p->s->nengineers);
	p->pointer = (struct pointer){ c->engineer->name, c->seat };
	p->loads[i].open++;
	p->loads[i].turns++;
	if (p->nclosings == p->room)
		p->closings = xrealloc(p->closings, p->room = p->room * 2 + 16, sizeof(*p->closings));
	p->closings[p->nclosings++] = (struct closing){ end, i };
	for (size_t k = 0; k < c->nconsidered; k++) {
		const struct candidate *one = &c->considered[k];

		if (one->share == 0 && !one->chosen)
			continue;
		count(served_of(p->arena, &st->served, &st->nserved, one->engineer), one, c->offhours);
		count(served_of(p->arena, &p->out->served, &p->out->nserved, one->engineer), one, c->offhours);
	}
	st->assigned++;
	p->out->offhours += c->offhours;
	p->out->assigned++;
}

/* The first that waits is offered round. False: nobody can take it yet. */
static bool
offer(struct play *p, int64_t now)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct choice_ask ask = { .pool = p->ask->pool, .pointer = p->pointer, .loads = p->loads, .nloads = p->s->nengineers,
		.accounts = true, .offhours = p->ask->offhours, .now = now };
	struct choice c;

	if (p->ask->absences != NULL)
		ask.absences = *p->ask->absences;
	rotation_begin(p, rotation_at(p->s, p->ask->pool, now, NULL, NULL));
	assign_choose(p->s, a, &ask, &c);
	if (c.engineer == NULL) {
		p->chance = c.next != NULL && c.next_at > now && c.next_at < now + LOOK_AGAIN ? c.next_at : now + LOOK_AGAIN;
		return false;
	}
	settle(p, &c, now);
	return true;
}

static int64_t
close_due(struct play *p, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < p->nclosings;) {
		if (p->closings[i].at <= now) {
			p->loads[p->closings[i].load].open--;
			p->closings[i] = p->closings[--p->nclosings];
			continue;
		}
		next = p->closings[i].at < next ? p->closings[i].at : next;
		i++;
	}
	return next;
}

static int
by_size(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

/* In order of the configuration, whoever had the first turn. */
static void
in_order(const struct play *p, struct served *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && place_of(p, v[k].engineer) < place_of(p, v[k - 1].engineer); k--) {
			struct served one = v[k];

			v[k] = v[k - 1];
			v[k - 1] = one;
		}
}

static void
worst_find(struct simulation *out)
{
	for (size_t i = 0; i < out->nstints; i++)
		for (size_t k = 0; k < out->stints[i].nserved; k++) {
			const struct served *v = &out->stints[i].served[k];
			int64_t off = llabs((int64_t)v->assigned * TURN - v->fair);

			if (off <= out->worst)
				continue;
			out->worst = off;
			out->worst_of = v->engineer;
		}
}

void
simulate(const struct settings *s, struct arena *a, const struct simulate_ask *ask, struct simulation *out)
{
	struct play p = { .s = s, .ask = ask, .out = out, .arena = a, .chance = INT64_MAX };

	*out = (struct simulation){ 0 };
	out->waits = arena_array(a, ask->narrivals + 1, sizeof(*out->waits));
	p.loads = arena_array(a, s->nengineers + 1, sizeof(*p.loads));
	for (size_t i = 0; i < s->nengineers; i++)
		p.loads[i].engineer = s->engineers[i]->name;
	for (int64_t now, closes = INT64_MAX; p.next < ask->narrivals || p.waiting < p.next;) {
		now = p.next < ask->narrivals ? ask->arrivals[p.next] : INT64_MAX;
		if (p.waiting < p.next) {
			now = p.chance < now ? p.chance : now;
			now = closes < now ? closes : now;
		}
		if (now >= ask->to)
			break;
		if (ask->progress != NULL)
			ask->progress(ask->context, now);
		closes = close_due(&p, now);
		while (p.next < ask->narrivals && ask->arrivals[p.next] <= now)
			p.next++;
		while (p.waiting < p.next && offer(&p, now)) {
			int64_t wait = now - ask->arrivals[p.waiting++];

			out->at_once += wait == 0;
			out->waits[out->nwaits++] = wait;
			closes = close_due(&p, now);
		}
	}
	out->left = (unsigned)(ask->narrivals - p.waiting);
	free(p.closings);
	qsort(out->waits, out->nwaits, sizeof(*out->waits), by_size);
	in_order(&p, out->served, out->nserved);
	for (size_t i = 0; i < out->nstints; i++)
		in_order(&p, out->stints[i].served, out->stints[i].nserved);
	worst_find(out);
}

/* ---- arrivals that were never seen ---- */

static uint64_t
dice_roll(uint64_t *dice) /* splitmix64 */
{
	uint64_t z = *dice += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* How busy an hour of the week is (UTC), so that a week has 168 on average. */
static double
busy(int64_t t)
{
	int64_t hour = t / 3600 % 24, weekday = (t / 86400 + 3) % 7;
	bool office = weekday < 5 && hour >= 6 && hour < 22;

	return (office ? 1.0 : 0.25) * 168 / (80 + 0.25 * 88);
}

size_t
simulate_arrivals(struct arena *a, int64_t from, int64_t to, double per_day, uint64_t seed, int64_t **out)
{
	size_t n = 0;

	*out = NULL;
	/* Minute by minute: one arrives or none does. Independent minutes are what a desk's mails look like. */
	for (int64_t t = from; t < to; t += 60) {
		double chance = per_day / 1440 * busy(t);

		if ((double)(dice_roll(&seed) >> 11) / 9007199254740992.0 < chance)
			*(int64_t *)arena_push(a, out, &n, sizeof(**out)) = t + (int64_t)(dice_roll(&seed) % 60);
	}
	return n;
}

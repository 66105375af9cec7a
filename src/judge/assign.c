/* assign.c - see assign.h. */
#include "judge/assign.h"

#include <stdio.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/assign_parts.h"
#include "judge/rotation_parts.h"

#define SHIFTS_MAX 100 /* shifts too short for an offer that are looked past */

static const struct load *
load_of(const struct choice_ask *ask, const struct engineer *e)
{
	static const struct load none;

	for (size_t i = 0; i < ask->nloads; i++)
		if (text_equal_nocase(ask->loads[i].engineer, e->name))
			return &ask->loads[i];
	return &none;
}

/* Why he cannot take it at any hour; SKIP_NONE: he can. */
static enum skip_reason
unfit(const struct choice_ask *ask, const struct engineer *e)
{
	bool skilled = ask->skill == NULL;

	for (size_t i = 0; i < ask->noffered; i++)
		if (text_equal_nocase(ask->offered[i], e->name))
			return SKIP_OFFERED;
	for (size_t i = 0; i < e->nskills; i++)
		skilled = skilled || text_equal_nocase(e->skills[i], ask->skill);
	return skilled ? SKIP_NONE : SKIP_SKILL;
}

static bool
full(const struct choice_ask *ask, const struct engineer *e)
{
	return e->cap > 0 && load_of(ask, e)->open >= e->cap;
}

/* What the hour has against him. */
static enum skip_reason
ill_timed(const struct settings *s, const struct choice_ask *ask, const struct engineer *e, int64_t *when)
{
	int64_t from, until;

	*when = 0;
	if (engineer_away(s, &ask->absences, e, ask->now, &until)) {
		*when = until;
		return SKIP_AWAY;
	}
	if (!engineer_next_shift(s, &ask->absences, ask->pool, e, ask->now, &from, &until))
		return SKIP_NOT_AT_WORK;
	if (from > ask->now) {
		*when = from;
		return SKIP_NOT_AT_WORK;
	}
	if (until - ask->now > s->last_offer)
		return SKIP_NONE;
	if (engineer_next_shift(s, &ask->absences, ask->pool, e, until, &from, &until))
		*when = from;
	return SKIP_LAST_OFFER;
}

static struct candidate
consider(const struct settings *s, const struct choice_ask *ask, const struct seated *seat)
{
	struct candidate c = { .engineer = seat->engineer, .stands_for = seat->stands_for, .skip = SKIP_TBD };
	struct local_time l;

	if (c.engineer == NULL)
		return c;
	c.open = load_of(ask, c.engineer)->open;
	c.turns = load_of(ask, c.engineer)->turns;
	l = zone_local(c.engineer->zone, ask->now);
	snprintf(c.local, sizeof(c.local), "%02u:%02u", (unsigned)l.hour % 24, (unsigned)l.minute % 60);
	c.skip = unfit(ask, c.engineer);
	if (c.skip == SKIP_NONE)
		c.skip = ill_timed(s, ask, c.engineer, &c.when);
	if (c.skip == SKIP_NONE && full(ask, c.engineer))
		c.skip = SKIP_CAP;
	return c;
}

static bool
stood_in(const struct settings *s, const char *pool, const struct engineer *whom, const char *by)
{
	for (size_t i = 0; i < s->noverrides; i++) {
		const struct override *o = &s->overrides[i];

		for (size_t k = 0; k < o->nstand_ins; k++)
			if (o->stand_ins[k].whom == whom && text_equal_nocase(o->stand_ins[k].by->name, by) &&
			    text_equal_nocase(o->pool, pool))
				return true;
	}
	return false;
}

/* The seat whose turn it is. */
static size_t
turn_of(const struct settings *s, const struct choice_ask *ask, const struct seated *seats, size_t n)
{
	const char *last = ask->pointer.engineer;
	size_t old = ask->pointer.seat < n ? ask->pointer.seat : 0;

	if (last == NULL)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (seats[i].engineer != NULL && text_equal_nocase(seats[i].engineer->name, last))
			return (i + 1) % n;
	/* He is gone. Is the seat still his, or was he a guest on it? Then the seat has had its turn. */
	for (size_t i = 0; i < n; i++)
		if (seats[i].stands_for != NULL && text_equal_nocase(seats[i].stands_for->name, last))
			return (i + 1) % n;
	if (seats[old].engineer != NULL && old == ask->pointer.seat && stood_in(s, ask->pool, seats[old].engineer, last))
		return (old + 1) % n;
	return old;
}

/* Part of the time is part of the rounds: at 40 % the 3rd, 5th, 8th, 10th and so on. Rounds are counted by the turns
 * of those who work more and could take it now; how many turns he himself had does not matter, so nobody who comes
 * back from an absence meets a backlog, neither his own nor another's. */
static void
shares_apply(struct candidate *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t rounds = 0, weight;
		bool others = false;

		if (v[i].skip != SKIP_NONE)
			continue;
		weight = v[i].engineer->weight;
		for (size_t k = 0; k < n; k++) {
			if (v[k].skip != SKIP_NONE || v[k].engineer->weight <= weight)
				continue;
			others = true;
			rounds = v[k].turns > rounds ? v[k].turns : rounds;
		}
		if (others && weight < 100 && rounds * weight / 100 == (rounds > 0 ? rounds - 1 : 0) * weight / 100 &&
		    (rounds > 0 || weight == 0))
			v[i].skip = SKIP_SHARE;
	}
}

/* Each eligible one's part of the turn. The millionths that a division leaves over are shared out as well, the first in turn
 * first: the parts make one turn, so accounts do not drift. */
static void
turn_share(struct candidate *v, size_t n)
{
	uint64_t weights = 0;
	int64_t over = TURN;

	for (size_t i = 0; i < n; i++)
		if (v[i].skip == SKIP_NONE || v[i].skip == SKIP_SHARE)
			weights += v[i].engineer->weight;
	for (size_t i = 0; i < n && weights > 0; i++)
		if (v[i].skip == SKIP_NONE || v[i].skip == SKIP_SHARE)
			over -= v[i].share = (int64_t)((uint64_t)TURN * v[i].engineer->weight / weights);
	for (size_t i = 0; i < n && weights > 0 && over > 0; i++)
		if (v[i].share > 0) {
			v[i].share++;
			over--;
		}
}

/* Who is owed most, of equals the first in the order of consideration; those before him are skipped for it. His part of this
 * very turn counts: without it he would be owed that much more, and of two who are owed the same the one with the greater
 * weight would run away from his share soonest. */
static struct candidate *
most_owed(const struct choice_ask *ask, struct candidate *v, size_t n)
{
	struct candidate *best = NULL;
	int64_t most = INT64_MIN;

	for (size_t i = 0; i < n; i++) {
		int64_t owed = v[i].engineer != NULL ? load_of(ask, v[i].engineer)->credit + (ask->accounts ? v[i].share : 0) : 0;

		if (v[i].skip != SKIP_NONE || owed <= most)
			continue;
		best = &v[i];
		most = owed;
	}
	for (size_t i = 0; best != NULL && &v[i] != best; i++)
		if (v[i].skip == SKIP_NONE && v[i].engineer != NULL)
			v[i].skip = v[i].engineer->weight < 100 ? SKIP_SHARE : SKIP_EVEN;
	return best;
}

/* In the order of consideration: the first that may be chosen. */
static struct candidate *
choose(const struct choice_ask *ask, struct candidate *v, size_t n, bool *offhours)
{
	struct candidate *owed = most_owed(ask, v, n);

	if (owed != NULL)
		return owed;
	for (size_t i = 0; i < n && ask->offhours; i++) {
		if (v[i].skip != SKIP_NOT_AT_WORK && v[i].skip != SKIP_LAST_OFFER)
			continue;
		if (!v[i].engineer->offhours || full(ask, v[i].engineer))
			continue;
		*offhours = v[i].skip == SKIP_NOT_AT_WORK;
		v[i].skip = SKIP_NONE;
		v[i].when = 0;
		return &v[i];
	}
	return NULL;
}

static void
next_consider(const struct settings *s, const struct choice_ask *ask, const struct engineer *e, struct choice *out)
{
	int64_t t = ask->now, from, until;

	if (unfit(ask, e) != SKIP_NONE || full(ask, e))
		return;
	for (int i = 0; i < SHIFTS_MAX && engineer_next_shift(s, &ask->absences, ask->pool, e, t, &from, &until); i++) {
		if (from > ask->now + ROTATION_HORIZON || (out->next != NULL && from >= out->next_at))
			return;
		if (until - from > s->last_offer) {
			out->next = e;
			out->next_at = from;
			return;
		}
		t = until;
	}
}

/* Who of all that have a seat, or will have one, can take it first; of two at the same instant the next in turn. */
static void
choose_next(const struct settings *s, const struct choice_ask *ask, struct choice *out)
{
	for (size_t i = 0; i < out->nconsidered; i++)
		if (out->considered[i].engineer != NULL)
			next_consider(s, ask, out->considered[i].engineer, out);
	for (size_t i = 0; i < s->nengineers; i++)
		if (seat_expects(s, ask->pool, s->engineers[i], ask->now, ask->now + ROTATION_HORIZON))
			next_consider(s, ask, s->engineers[i], out);
}

void
assign_choose(const struct settings *s, struct arena *a, const struct choice_ask *ask, struct choice *out)
{
	const struct rotation *r = rotation_at(s, ask->pool, ask->now, NULL, NULL);
	struct seated *seats = NULL;
	struct candidate *chosen;
	size_t n = r != NULL ? rotation_seats(s, a, r, ask->now, &seats) : 0;
	size_t turn = n > 0 ? turn_of(s, ask, seats, n) : 0;

	*out = (struct choice){ .no_rotation = true, .nconsidered = n };
	out->considered = arena_array(a, n, sizeof(*out->considered));
	for (size_t i = 0; i < n; i++) {
		const struct seated *seat = &seats[(turn + i) % n];

		out->considered[i] = consider(s, ask, seat);
		out->no_rotation = out->no_rotation && seat->engineer == NULL;
	}
	if (!ask->accounts)
		shares_apply(out->considered, n);
	turn_share(out->considered, n);
	chosen = choose(ask, out->considered, n, &out->offhours);
	if (chosen != NULL) {
		chosen->chosen = true;
		out->engineer = chosen->engineer;
		out->seat = (unsigned)((turn + (size_t)(chosen - out->considered)) % n);
	} else {
		choose_next(s, ask, out);
	}
	out->sentence = assign_sentence(a, ask, out);
}

const char *
skip_word(enum skip_reason r)
{
	static const char *const words[] = {
		[SKIP_NONE] = "at work", [SKIP_NOT_AT_WORK] = "not at work", [SKIP_LAST_OFFER] = "end of the day",
		[SKIP_AWAY] = "away",
		[SKIP_CAP] = "cap reached", [SKIP_SKILL] = "skill missing", [SKIP_OFFERED] = "asked before", [SKIP_TBD] = "TBD",
		[SKIP_SHARE] = "not this round", [SKIP_EVEN] = "ahead of the others",
	};

	return (unsigned)r < COUNT(words) ? words[r] : "?";
}

/* D13. Goal: the resolver agrees, minute by minute, with a model that knows nothing but how to read a clock.
 *
 * The model walks through every minute of some weeks around the oddest changes of clocks there are, writes down what the
 * wall clock reads, and finds starts and ends of windows by looking at that list. Hours, absences, seats and handovers are random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/rota.h"
#include "judge/rotation.h"

#define MINUTES (60 * 1440)  /* of a model: sixty days */
#define MARGIN  (4 * 1440)   /* at both ends, where windows are not known whole */
#define ROUNDS  3

static int64_t start;                 /* the instant of minute 0 */
static int64_t keys[MINUTES];         /* the wall clock as day * 1440 + minute of the day */
static bool at_work[MINUTES], is_away[MINUTES], is_seated[MINUTES];
static uint64_t dice = 17;

static int
roll(int n)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (int)((dice >> 33) % (uint64_t)n);
}

static void
read_the_clock(const struct zone *z)
{
	for (int i = 0; i < MINUTES; i++) {
		struct local_time l = zone_local(z, start + i * 60);

		keys[i] = days_from_civil(l.year, l.month, l.day) * 1440 + l.hour * 60 + l.minute;
	}
}

static int64_t
floored(int64_t n, int64_t by)
{
	return n / by - (n % by < 0);
}

/* The first (last) minute at which the clock reads key, else the one at which it has jumped past it. No clock is
 * ever two days out of step with the counting of minutes. */
static int
minute_of(int64_t key, bool last)
{
	int64_t middle = key - keys[0], from = middle - 2880, to = middle + 2880;
	int found = -1;

	from = from < 0 ? 0 : from;
	to = to > MINUTES ? MINUTES : to;
	for (int64_t i = from; i < to; i++)
		if (keys[i] == key && (found < 0 || last))
			found = (int)i;
	for (int64_t i = from; found < 0 && i < to; i++)
		if (keys[i] > key)
			found = (int)i;
	return found < 0 ? MINUTES : found;
}

static void
fill(bool *v, int from, int to)
{
	for (int i = from; i < to; i++)
		v[i] = true;
}

static void
random_hours(struct arena *a, struct engineer *e)
{
	static const int steps[] = { 1, 5, 15, 30, 60 };
	int n = 1 + roll(3), step = steps[roll(5)];

	for (int i = 0; i < n; i++) {
		struct window *w = arena_push(a, &e->hours, &e->nhours, sizeof(*w));

		w->days = (uint8_t)(roll(4) == 0 ? ALL_DAYS : 1 + roll(127));
		w->from = roll(1440 / step) * step;
		w->to = roll(8) == 0 ? 1440 : roll(1440 / step) * step;
		if (i > 0 && roll(3) == 0)
			w->from = w[-1].to % 1440; /* adjoining windows are what people write */
	}
	memset(at_work, 0, sizeof(at_work));
	for (int64_t day = floored(keys[0], 1440) + 1; day < floored(keys[MINUTES - 1], 1440) - 1; day++)
		for (size_t i = 0; i < e->nhours; i++)
			if (e->hours[i].days >> weekday_of_days(day) & 1)
				fill(at_work, minute_of(day * 1440 + e->hours[i].from, false),
				    minute_of((day + (e->hours[i].to <= e->hours[i].from)) * 1440 + e->hours[i].to, true));
}

static struct wall_time
random_wall(int64_t *key)
{
	struct wall_time w;

	*key = keys[0] + MARGIN + roll(MINUTES - 2 * MARGIN);
	civil_from_days(floored(*key, 1440), &w.date.year, &w.date.month, &w.date.day);
	w.minute = roll(2) ? (int)(*key - floored(*key, 1440) * 1440) : 0;
	*key = floored(*key, 1440) * 1440 + w.minute;
	return w;
}

static void
random_absences(struct arena *a, struct settings *s, const struct engineer *e)
{
	memset(is_away, 0, sizeof(is_away));
	for (int i = roll(4); i > 0; i--) {
		struct away *w = arena_push(a, &s->aways, &s->naways, sizeof(*w));
		int64_t from, to;

		do {
			w->from = random_wall(&from);
			w->to = random_wall(&to);
		} while (to <= from || to - from > 12 * 1440);
		w->engineer = e;
		fill(is_away, minute_of(from, false), minute_of(to, true));
	}
}

static struct civil_date
random_date(int64_t after, int64_t *day)
{
	struct civil_date d;

	*day = after + 1 + roll(20);
	civil_from_days(*day, &d.year, &d.month, &d.day);
	return d;
}

/* Two rotations and a stand-in; handovers in another zone, whose clocks do not change here. */
static void
random_seats(struct arena *a, struct settings *s, const struct engineer *e, const struct engineer *other)
{
	int64_t day = floored(start, 86400) + 4;
	struct override *o = arena_push(a, &s->overrides, &s->noverrides, sizeof(*o));
	int64_t from[3], to[3];
	bool in[2];

	s->handover_zone = zone_load("Asia/Kolkata");
	s->handover_minute = roll(1440);
	for (int i = 0; i < 2; i++) {
		struct rotation *r = arena_push(a, &s->rotations, &s->nrotations, sizeof(*r));
		struct seat *seat = arena_push(a, &r->seats, &r->nseats, sizeof(*seat));

		r->pool = "core";
		r->from = random_date(day, &from[i]);
		r->to = random_date(from[i], &to[i]);
		day = to[i] - roll(2);
		in[i] = roll(3) != 0;
		*seat = (struct seat){ in[i] ? e : other, "seat" };
	}
	o->pool = "core";
	o->from = random_date(from[0], &from[2]);
	o->to = random_date(from[2], &to[2]);
	*(struct stand_in *)arena_push(a, &o->stand_ins, &o->nstand_ins, sizeof(struct stand_in)) = (struct stand_in){ other, e };

	memset(is_seated, 0, sizeof(is_seated));
	for (int i = 0; i < MINUTES; i++) {
		int64_t handed = (start + i * 60 + 330 * 60 - s->handover_minute * 60); /* Kolkata is 5:30 ahead */
		int64_t today = floored(handed, 86400);

		for (int k = 0; k < 2; k++) /* sorted by their beginning: the later wins */
			if (today >= from[k] && today < to[k])
				is_seated[i] = in[k];
		if (today >= from[2] && today < to[2])
			is_seated[i] = false;
	}
}

static bool
on(int i)
{
	return at_work[i] && is_seated[i] && !is_away[i];
}

static int
run_end(const bool *v, int i)
{
	while (i < MINUTES && v[i])
		i++;
	return i;
}

static void
compare(const struct settings *s, const struct engineer *e, const char *zone, int round)
{
	for (int i = MARGIN; i < MINUTES - MARGIN; i += roll(3) ? 1 + roll(40) : 1) {
		int64_t t = start + i * 60, until = 0, from = 0;
		bool mine = engineer_at_work(e, t, &until);
		int end = run_end(at_work, i), next = i, worked = 0, left = 1 + roll(600);

		if (mine != at_work[i] || (mine && end < MINUTES - MARGIN && until != start + end * 60))
			fail_msg("%s round %d minute %d: at work %d, expected %d", zone, round, i, mine, at_work[i]);
		mine = engineer_away(s, NULL, e, t, &until);
		if (mine != is_away[i] || (mine && until != start + run_end(is_away, i) * 60))
			fail_msg("%s round %d minute %d: away %d, expected %d", zone, round, i, mine, is_away[i]);

		while (next < MINUTES - MARGIN && !on(next))
			next++;
		for (end = next; end < MINUTES - MARGIN && on(end);)
			end++;
		mine = engineer_next_shift(s, NULL, "core", e, t, &from, &until);
		if (end < MINUTES - MARGIN && next - i <= ROTATION_HORIZON / 60 &&
		    (!mine || from != start + next * 60 || until != start + end * 60))
			fail_msg("%s round %d minute %d: shift %d from %d to %d, expected from %d to %d", zone, round, i, mine,
			    (int)(from - start) / 60, (int)(until - start) / 60, next, end);

		for (end = i; end < MINUTES - MARGIN && worked < left; end++)
			worked += at_work[end] && !is_away[end];
		if (worked == left && engineer_after_work(s, NULL, e, t, left * 60) != start + end * 60)
			fail_msg("%s round %d minute %d: %d minutes of work, expected to end at %d", zone, round, i, left, end);
	}
}

static void
the_resolver_agrees_with_the_model(void **state)
{
	static const char *const places[][2] = {
		{ "Europe/Paris", "2027-03-01" }, { "Europe/Paris", "2026-10-01" }, { "America/Chicago", "2027-02-15" },
		{ "Australia/Lord_Howe", "2027-03-10" }, { "Australia/Lord_Howe", "2027-09-10" }, /* half an hour */
		{ "Pacific/Apia", "2011-12-01" },                                                /* a day that was not */
		{ "Pacific/Kwajalein", "1969-09-05" },                                           /* a day that was twice */
		{ "Africa/Casablanca", "2027-01-20" }, { "America/Havana", "2026-10-10" },       /* midnight, twice */
		{ "Africa/Cairo", "2027-04-01" }, { "America/Santiago", "2026-08-20" },          /* midnight, never */
		{ "Africa/Cairo", "2026-10-01" }, { "America/Santiago", "2027-03-10" },          /* the last hour of a day, twice */
		{ "Pacific/Chatham", "2027-03-10" }, { "Asia/Kathmandu", "2026-11-01" }, { "America/Nuuk", "2027-03-01" },
		{ "Antarctica/Troll", "2027-03-01" }, { "America/St_Johns", "2006-10-05" },      /* one minute past midnight */
	};

	(void)state;
	for (size_t p = 0; p < COUNT(places); p++) {
		start = instant(places[p][1]);
		read_the_clock(zone_load(places[p][0]));
		for (int round = 0; round < ROUNDS; round++) {
			AUTO_ARENA struct arena *a = arena_new();
			struct settings *s = rota_new(a);
			struct engineer *e = rota_engineer(a, s, "one", "One", places[p][0], 0, 0);
			struct engineer *other = rota_engineer(a, s, "other", "Other", "UTC", 0, 0);

			random_hours(a, e);
			random_absences(a, s, e);
			random_seats(a, s, e, other);
			compare(s, e, places[p][0], round);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_resolver_agrees_with_the_model) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* rotation_probe.c ENGINEERS ROTATIONS AWAYS SEATS [SECONDS]: how long the resolver takes, for tests/bench/rotation.py.
 *
 * A made-up plan of one pool: rotations of six weeks one after the other, engineers in twelve zones, absences over all
 * of the time, a stand-in in every second rotation. Each question is asked at many instants of all those years for about
 * so many seconds. A line for each:  QUESTION MICROSECONDS CHECKSUM   (the sum of the answers: the same plan, the same sum)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/zone.h"
#include "judge/assign.h"

#define DAY 86400
#define ASKED 200 /* instants of one round; the sum is of the first */

static uint64_t dice = 1;

static unsigned
roll(unsigned n)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(dice >> 33) % n;
}

static struct civil_date
date_of(int64_t day)
{
	struct civil_date d;

	civil_from_days(day, &d.year, &d.month, &d.day);
	return d;
}

static struct settings *
plan(struct arena *a, unsigned engineers, unsigned rotations, unsigned aways, unsigned seats, int64_t first)
{
	static const char *const zones[] = { "America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "Europe/London", "Europe/Berlin",
		"Africa/Lagos", "Africa/Johannesburg", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland" };
	struct settings *s = arena_alloc(a, sizeof(*s));
	static const char *pool = "core";
	static struct window office = { 0x1f, 9 * 60, 17 * 60 };

	s->handover_zone = zone_load("Europe/London");
	s->handover_minute = 9 * 60;
	s->last_offer = 1800;
	s->pools = &pool;
	s->npools = 1;
	for (unsigned i = 0; i < engineers; i++) {
		struct engineer *e = arena_alloc(a, sizeof(*e));

		*e = (struct engineer){ .name = arena_printf(a, "engineer%u", i), .hours = &office, .nhours = 1, .weight = 100,
			.zone_name = zones[i % COUNT(zones)], .zone = zone_load(zones[i % COUNT(zones)]) };
		e->full_name = e->name;
		*(struct engineer **)arena_push(a, &s->engineers, &s->nengineers, sizeof(*s->engineers)) = e;
	}
	for (unsigned i = 0; i < rotations; i++) {
		struct rotation *r = arena_push(a, &s->rotations, &s->nrotations, sizeof(*r));

		*r = (struct rotation){ .pool = pool, .from = date_of(first + 42 * (int64_t)i), .to = date_of(first + 42 * (int64_t)(i + 1)) };
		for (unsigned k = 0; k < seats; k++) {
			const struct engineer *e = s->engineers[(i * 7 + k) % engineers];

			*(struct seat *)arena_push(a, &r->seats, &r->nseats, sizeof(struct seat)) = (struct seat){ e, e->name };
		}
		if (i % 2 == 0) {
			struct override *o = arena_push(a, &s->overrides, &s->noverrides, sizeof(*o));

			*o = (struct override){ .pool = pool, .from = date_of(first + 42 * (int64_t)i + 7), .to = date_of(first + 42 * (int64_t)i + 14) };
			*(struct stand_in *)arena_push(a, &o->stand_ins, &o->nstand_ins, sizeof(struct stand_in)) =
			    (struct stand_in){ s->engineers[(i * 7 + seats) % engineers], s->engineers[i * 7 % engineers] };
		}
	}
	for (unsigned i = 0; i < aways; i++) {
		int64_t day = first + roll(42 * rotations);

		*(struct away *)arena_push(a, &s->aways, &s->naways, sizeof(*s->aways)) = (struct away){
			.engineer = s->engineers[roll(engineers)], .from = { date_of(day), 0 }, .to = { date_of(day + 1 + roll(14)), 0 } };
	}
	return s;
}

static uint64_t
ask_who(const struct settings *s, struct arena *a, int64_t t)
{
	struct who w;

	rotation_who(s, NULL, a, "core", t, &w);
	return w.non * 1000 + w.nnext + (w.nnext > 0 ? (uint64_t)w.next[0].from : 0);
}

static uint64_t
ask_pick(const struct settings *s, struct arena *a, int64_t t)
{
	struct choice_ask ask = { .pool = "core", .accounts = true, .now = t };
	struct choice c;

	assign_choose(s, a, &ask, &c);
	return c.engineer != NULL ? c.seat + 1 : (uint64_t)c.next_at;
}

static uint64_t
ask_change(const struct settings *s, struct arena *a, int64_t t)
{
	return (uint64_t)rotation_next_change(s, NULL, a, "core", t);
}

int
main(int argc, char **argv)
{
	static const struct { const char *word; uint64_t (*ask)(const struct settings *s, struct arena *a, int64_t t); } questions[] = {
		{ "who", ask_who }, { "pick", ask_pick }, { "change", ask_change },
	};
	AUTO_ARENA struct arena *a = arena_new();
	int64_t first = days_from_civil(2024, 1, 1), end;
	double seconds = argc > 5 ? atof(argv[5]) : 1;
	struct settings *s;

	if (argc < 5)
		return 2;
	s = plan(a, (unsigned)atoi(argv[1]), (unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]), first);
	end = (first + 42 * (int64_t)s->nrotations) * DAY;
	for (size_t i = 0; i < COUNT(questions); i++) {
		int64_t begin = clock_monotonic_ms(), now = begin, step = (end - first * DAY) / ASKED;
		uint64_t sum = 0, asked = 0;

		for (; asked < ASKED || now - begin < (int64_t)(seconds * 1000); asked++) {
			AUTO_ARENA struct arena *b = arena_new();
			uint64_t answer = questions[i].ask(s, b, first * DAY + (int64_t)(asked % ASKED) * step + (int64_t)(asked % 24) * 3600);

			sum += asked < ASKED ? answer : 0;
			if (asked % 16 == 0)
				now = clock_monotonic_ms();
		}
		now = clock_monotonic_ms();
		printf("%s %.1f %" PRIu64 "\n", questions[i].word, (double)(now - begin) * 1000 / (double)asked, sum);
	}
	return 0;
}

/* rota.h - settings of a rotation, built by hand for tests: engineers, hours, seats, absences, stand-ins. */
#ifndef TESTS_SUPPORT_ROTA_H
#define TESTS_SUPPORT_ROTA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"

enum { WEEKDAYS = 0x1f, WEEKEND = 0x60, ALL_DAYS = 0x7f };

static inline void
rota_fail(const char *what)
{
	fprintf(stderr, "rota: %s\n", what);
	abort();
}

static inline int64_t
instant(const char *text) /* "2026-11-23 10:00" in UTC, or RFC 3339 */
{
	int64_t t;

	if (!clock_parse(text, &t))
		rota_fail(text);
	return t;
}

static inline struct civil_date
date(const char *text)
{
	struct civil_date d;

	if (sscanf(text, "%d-%d-%d", &d.year, &d.month, &d.day) != 3)
		rota_fail(text);
	return d;
}

static inline struct wall_time
wall(const char *text) /* "2026-11-23" or "2026-11-23 13:30" */
{
	struct wall_time w = { .date = date(text) };
	int hour, minute;

	if (sscanf(text, "%*d-%*d-%*d %d:%d", &hour, &minute) == 2)
		w.minute = hour * 60 + minute;
	return w;
}

static inline struct settings *
rota_new(struct arena *a)
{
	struct settings *s = arena_alloc(a, sizeof(*s));

	s->path = "relay.conf";
	s->handover_zone = zone_load("UTC");
	s->handover_zone_name = "UTC";
	return s;
}

static inline void
rota_hours(struct arena *a, struct engineer *e, unsigned days, int from, int to) /* hhmm as a number: 930, 1700 */
{
	struct window *w = arena_push(a, &e->hours, &e->nhours, sizeof(*e->hours));

	*w = (struct window){ (uint8_t)days, from / 100 * 60 + from % 100, to / 100 * 60 + to % 100 };
}

static inline struct engineer *
rota_engineer(struct arena *a, struct settings *s, const char *name, const char *full_name, const char *zone, int from, int to)
{
	struct engineer *e = arena_alloc(a, sizeof(*e));

	e->name = name;
	e->full_name = full_name;
	e->zone = zone_load(zone);
	e->zone_name = zone;
	e->weight = 100;
	if (e->zone == NULL)
		rota_fail(zone);
	if (from != to)
		rota_hours(a, e, WEEKDAYS, from, to);
	*(struct engineer **)arena_push(a, &s->engineers, &s->nengineers, sizeof(*s->engineers)) = e;
	return e;
}

static inline struct engineer *
rota_find(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->nengineers; i++)
		if (text_equal_nocase(s->engineers[i]->name, name))
			return s->engineers[i];
	return NULL;
}

static inline void
rota_rotation(struct arena *a, struct settings *s, const char *pool, const char *from, const char *to, const char *seats)
{
	struct rotation *r = arena_push(a, &s->rotations, &s->nrotations, sizeof(*r));
	char *words = arena_strdup(a, seats), *save = NULL;
	bool known = false;

	*r = (struct rotation){ .pool = pool, .from = date(from), .to = date(to) };
	for (char *w = strtok_r(words, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
		*(struct seat *)arena_push(a, &r->seats, &r->nseats, sizeof(struct seat)) = (struct seat){ rota_find(s, w), w };
	for (size_t i = 0; i < s->npools; i++)
		known = known || strcmp(s->pools[i], pool) == 0;
	if (!known)
		*(const char **)arena_push(a, &s->pools, &s->npools, sizeof(*s->pools)) = pool;
}

static inline void
rota_away(struct arena *a, struct settings *s, const char *who, const char *from, const char *to)
{
	*(struct away *)arena_push(a, &s->aways, &s->naways, sizeof(*s->aways)) =
	    (struct away){ .engineer = rota_find(s, who), .from = wall(from), .to = wall(to) };
}

static inline void
rota_override(struct arena *a, struct settings *s, const char *pool, const char *from, const char *to, const char *by, const char *whom)
{
	struct override *o = arena_push(a, &s->overrides, &s->noverrides, sizeof(*o));

	*o = (struct override){ .pool = pool, .from = date(from), .to = date(to) };
	*(struct stand_in *)arena_push(a, &o->stand_ins, &o->nstand_ins, sizeof(struct stand_in)) =
	    (struct stand_in){ rota_find(s, by), rota_find(s, whom) };
}

#endif

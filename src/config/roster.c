/* roster.c - engineers, rotations, absences and overrides (see read.h). */
#include <stdlib.h>
#include <string.h>

#include "config/read.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"

static void
read_engineer_zone(struct reading *r, const struct given *g, void *field)
{
	struct engineer *e = field;
	const struct conf_word *w = read_one(r, g);

	if (w != NULL)
		e->zone = read_zone_word(r, w, &e->zone_name);
}

static void
read_start(struct reading *r, const struct given *g, void *field)
{
	struct engineer *e = field;
	const struct conf_word *w = read_one(r, g);

	e->has_start = w != NULL && read_date(r, w, &e->start);
}

static void
read_end(struct reading *r, const struct given *g, void *field)
{
	struct engineer *e = field;
	const struct conf_word *w = read_one(r, g);

	e->has_end = w != NULL && read_date(r, w, &e->end);
}

#define F(field) offsetof(struct engineer, field)
static const struct binding engineer_rows[] = {
	{ "name", read_text, F(full_name), false },
	{ "email", read_addresses, F(emails), false },
	{ "zone", read_engineer_zone, 0, false },
	{ "hours", read_windows, F(hours), false },
	{ "skill", read_words, F(skills), false },
	{ "cap", read_number, F(cap), false },
	{ "weight", read_percent, F(weight), false },
	{ "offhours", read_yes_no, F(offhours), false },
	{ "home-team", read_text, F(home_team), false },
	{ "manager", read_address, F(manager), false },
	{ "start", read_start, 0, false },
	{ "end", read_end, 0, false },
};
const struct bindings engineer_bindings = { "engineer", engineer_rows, COUNT(engineer_rows) };

static bool
is_open_seat(const char *name)
{
	return strcmp(name, "TBD") == 0 || strcmp(name, "?") == 0;
}

void
read_engineer(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	struct engineer *e = arena_alloc(r->arena, sizeof(*e)), **place;

	if (!read_count(r, g, 1, 1) || (e->name = read_name(r, g, &g->v[0])) == NULL)
		return;
	if (text_equal_nocase(e->name, "tbd")) {
		diag_error(r->diag, &g->v[0], NULL, "found '%s', which is what a seat says that nobody has yet",
		    e->name);
		return;
	}
	e->pos = g->v[0].pos;
	read_block(r, &engineer_bindings, g->st->block, g->st->nblock, &g->st->words[0], e, PASS_ALL);
	if (e->full_name == NULL)
		e->full_name = e->name;
	if (e->has_start && e->has_end && civil_days(e->start) >= civil_days(e->end))
		diag_error(r->diag, &g->v[0], "the end is the day from which he is no longer there",
		    "the end of '%s' does not come after his start",
		    e->name);
	if (!read_has(g, "hours"))
		diag_warning(r->diag, &g->v[0], NULL, "the engineer '%s' has no hours: nothing is ever assigned to him",
		    e->name);
	read_note(r, e, &g->v[0]);
	place = arena_push(r->arena, &s->engineers, &s->nengineers, sizeof(struct engineer *));
	*place = e;
}

/* The engineer whom a word names; NULL with the reason told. */
static const struct engineer *
engineer_word(struct reading *r, const struct conf_word *w)
{
	const struct engineer *e = settings_engineer(r->s, w->text);
	const char **names, *hint;

	if (e != NULL)
		return e;
	names = arena_array(r->arena, r->s->nengineers + 1, sizeof(*names));
	for (size_t i = 0; i < r->s->nengineers; i++)
		names[i] = r->s->engineers[i]->name;
	if (w->text[0] == '@' && (e = settings_engineer(r->s, w->text + 1)) != NULL)
		hint = arena_printf(r->arena, "perhaps '%s'", e->name);
	else
		hint = read_perhaps(r, w->text, names, r->s->nengineers);
	diag_error(r->diag, w, hint, "no engineer '%s'", w->text);
	return NULL;
}

static void
read_seats(struct reading *r, const struct given *g, void *field)
{
	struct rotation *rotation = field;

	if (!read_no_block(r, g) || !read_count(r, g, 0, 100))
		return;
	if (g->n == 0)
		diag_warning(r->diag, &g->st->words[0], NULL,
		    "nobody has a seat in this rotation: everything goes to the fallback");
	for (size_t i = 0; i < g->n; i++) {
		struct seat seat = { .name = g->v[i].text }, *place;

		if (!is_open_seat(seat.name) && (seat.engineer = engineer_word(r, &g->v[i])) == NULL)
			continue;
		for (size_t k = 0; k < rotation->nseats && seat.engineer != NULL; k++)
			if (rotation->seats[k].engineer == seat.engineer) {
				diag_error(r->diag, &g->v[i], NULL, "'%s' has a seat in this rotation already",
				    seat.name);
				break;
			}
		place = arena_push(r->arena, &rotation->seats, &rotation->nseats, sizeof(*place));
		*place = seat;
	}
}

static const struct binding rotation_rows[] = { { "seats", read_seats, 0, false } };
const struct bindings rotation_bindings = { "rotation", rotation_rows, COUNT(rotation_rows) };

static const char *
pool_find(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->npools; i++)
		if (text_equal_nocase(s->pools[i], name))
			return s->pools[i];
	return NULL;
}

void
read_rotation(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	struct rotation in = { 0 }, *place;
	const char *name, **pool;

	if (!read_count(r, g, 4, 4) || (name = read_name(r, g, &g->v[0])) == NULL)
		return;
	in.pos = g->v[0].pos;
	in.pool = pool_find(s, name);
	if (in.pool == NULL) {
		pool = arena_push(r->arena, &s->pools, &s->npools, sizeof(*pool));
		*pool = in.pool = name;
	}
	bool dated = read_date_range(r, g, &in.from, &in.to);
	read_block(r, &rotation_bindings, g->st->block, g->st->nblock, &g->st->words[0], &in, PASS_ALL);
	if (!dated)
		return;
	read_note(r, in.pos.file->text + in.pos.offset, &g->v[0]); /* found again by its place: the array moves */
	place = arena_push(r->arena, &s->rotations, &s->nrotations, sizeof(*place));
	*place = in;
}

/* "DATE [HH:MM]" from word *i of the values on. */
static bool
read_wall_time(struct reading *r, const struct given *g, size_t *i, struct wall_time *out)
{
	if (!read_date(r, &g->v[(*i)++], &out->date))
		return false;
	if (*i < g->n && strcmp(g->v[*i].text, "to") != 0)
		return read_clock(r, &g->v[(*i)++], true, &out->minute);
	return true;
}

static int64_t
minutes_of(const struct wall_time *w)
{
	return civil_days(w->date) * 1440 + w->minute;
}

void
read_away(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	struct away in = { 0 }, *place;
	size_t i = 1;

	if (!read_no_block(r, g) || !read_count(r, g, 2, 6))
		return;
	in.engineer = engineer_word(r, &g->v[0]);
	in.pos = g->v[0].pos;
	if (!read_wall_time(r, g, &i, &in.from))
		return;
	if (i == g->n && i == 2) { /* that one day */
		in.to.date = in.from.date;
		in.to.minute = 1440;
	} else if (i + 1 >= g->n || strcmp(g->v[i].text, "to") != 0) {
		diag_error(r->diag, &g->v[i < g->n ? i : g->n - 1], NULL, "expected: %s %s", g->key->name,
		    g->key->form);
		return;
	} else {
		i++;
		if (!read_wall_time(r, g, &i, &in.to))
			return;
	}
	if (i < g->n) {
		diag_error(r->diag, &g->v[i], NULL, "found '%s' after the value, expected: %s %s", g->v[i].text,
		    g->key->name, g->key->form);
		return;
	}
	if (minutes_of(&in.from) >= minutes_of(&in.to)) {
		diag_error(r->diag, &g->v[i - 1], "the last day named is not part of it",
		    "the end does not come after the beginning");
		return;
	}
	if (in.engineer == NULL)
		return;
	place = arena_push(r->arena, &s->aways, &s->naways, sizeof(*place));
	*place = in;
}

/* Stands he in for somebody in these days, by an override before this one? */
static bool
stands_in(const struct settings *s, const struct override *o, const struct engineer *e)
{
	for (size_t i = 0; i < s->noverrides; i++) {
		const struct override *earlier = &s->overrides[i];

		if (earlier->pool != o->pool || civil_days(earlier->from) >= civil_days(o->to) ||
		    civil_days(earlier->to) <= civil_days(o->from))
			continue;
		for (size_t k = 0; k < earlier->nstand_ins; k++)
			if (earlier->stand_ins[k].by == e)
				return true;
	}
	return false;
}

/* Seated in a rotation of the pool that touches the span? */
static bool
sits(const struct settings *s, const struct override *o, const struct engineer *e)
{
	for (size_t i = 0; i < s->nrotations; i++) {
		const struct rotation *rotation = &s->rotations[i];

		if (rotation->pool != o->pool || civil_days(rotation->from) >= civil_days(o->to) ||
		    civil_days(rotation->to) <= civil_days(o->from))
			continue;
		for (size_t k = 0; k < rotation->nseats; k++)
			if (rotation->seats[k].engineer == e)
				return true;
	}
	return false;
}

static void
read_stand_in(struct reading *r, const struct override *o, const struct conf_stmt *st, struct stand_in *out)
{
	if (st->nwords != 3 || strcmp(st->words[1].text, "for") != 0 || st->has_block) {
		diag_error(r->diag, &st->words[st->nwords > 3 ? 3 : st->nwords - 1], NULL,
		    "expected: ENGINEER for ENGINEER");
		return;
	}
	out->by = engineer_word(r, &st->words[0]);
	out->whom = engineer_word(r, &st->words[2]);
	if (out->by == NULL || out->whom == NULL)
		return;
	if (out->by == out->whom)
		diag_error(r->diag, &st->words[2], NULL, "'%s' cannot stand in for himself", out->whom->name);
	else if (!sits(r->s, o, out->whom) && !stands_in(r->s, o, out->whom))
		diag_warning(r->diag, &st->words[2], NULL, "'%s' has no seat in '%s' in these days", out->whom->name,
		    o->pool);
}

void
read_override(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	struct override in = { 0 }, *place;

	if (!read_count(r, g, 4, 4))
		return;
	in.pos = g->v[0].pos;
	in.pool = pool_find(s, g->v[0].text);
	if (in.pool == NULL) {
		diag_error(r->diag, &g->v[0], read_perhaps(r, g->v[0].text, s->pools, s->npools),
		    "no pool '%s': no rotation has it", g->v[0].text);
		return;
	}
	if (!read_date_range(r, g, &in.from, &in.to))
		return;
	if (g->st->nblock == 0)
		diag_error(r->diag, &g->st->words[0], NULL, "nobody stands in for anybody, expected: %s %s",
		    g->key->name, g->key->form);
	for (size_t i = 0; i < g->st->nblock; i++) {
		struct stand_in who = { 0 }, *at;

		read_stand_in(r, &in, &g->st->block[i], &who);
		at = arena_push(r->arena, &in.stand_ins, &in.nstand_ins, sizeof(*at));
		*at = who;
	}
	place = arena_push(r->arena, &s->overrides, &s->noverrides, sizeof(*place));
	*place = in;
}

/* report_sums.c - groups, times, causes, and the open cases that are worth a line: all bounded. See report_parts.h. */
#include "judge/report_parts.h"

#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"

#define OTHERS     "(others)"
#define TEXT_BYTES 200                 /* of a subject, a cause, a name that are kept */

static const char *
kept(struct arena *a, const char *text)
{
	return text_printable(a, text_squeeze(a, text), TEXT_BYTES);
}

/* ---- groups -------------------------------------------------------------------------------------------- */

static const char *
title_of(struct report_maker *m, enum report_by by, const char *name)
{
	static const char *const nobody[REPORT_DIMENSIONS] =
	    { [REPORT_TEAM] = "no team", [REPORT_AREA] = "by hand", [REPORT_RULE] = "by hand",
		[REPORT_CUSTOMER] = "unknown", [REPORT_ENGINEER] = "nobody yet" };
	const struct team *t = by == REPORT_TEAM ? settings_team(m->s, name) : NULL;
	const struct customer *c = by == REPORT_CUSTOMER ? settings_customer(m->s, name) : NULL;
	const struct engineer *e = by == REPORT_ENGINEER ? settings_engineer(m->s, name) : NULL;
	const char *full = t != NULL ? t->full_name : c != NULL ? c->full_name : e != NULL ? e->full_name : NULL;

	return *name == '\0' ? nobody[by] : full != NULL ? full : name;
}

struct report_group *
report_group(struct report_maker *m, enum report_by by, const char *name)
{
	struct report_group **v = &m->r->groups[by], *g;
	size_t *n = &m->r->ngroups[by];

	for (size_t i = 0; i < *n; i++)
		if (text_equal_nocase((*v)[i].name, name))
			return &(*v)[i];
	if (*n >= REPORT_GROUPS_MAX - 1)
		name = OTHERS;
	if (*n >= REPORT_GROUPS_MAX)
		return &(*v)[REPORT_GROUPS_MAX - 1];
	g = arena_push(m->arena, v, n, sizeof(*g));
	g->name = arena_strdup(m->arena, name);
	g->title = kept(m->arena, title_of(m, by, name));
	return g;
}

/* The busiest first; of equals by name. */
static int
by_size(const void *x, const void *y)
{
	const struct report_group *a = x, *b = y;
	unsigned na = a->came + a->solved + a->open, nb = b->came + b->solved + b->open;

	if (na != nb)
		return na < nb ? 1 : -1;
	return strcmp(a->name, b->name);
}

/* ---- times --------------------------------------------------------------------------------------------- */

/* Where there are very many every second of those that are kept goes, and from then on only every second comes in. */
static void
thin(struct samples *s)
{
	for (size_t i = 0; 2 * i < s->n; i++)
		s->v[i] = s->v[2 * i];
	s->n = (s->n + 1) / 2;
	s->stride *= 2;
}

void
report_sample(struct arena *a, struct samples *s, int64_t seconds, int64_t escalation)
{
	if (seconds < 0)
		seconds = 0; /* the clock was set back */
	if (s->all == 0 || seconds > s->worst) {
		s->worst = seconds;
		s->worst_case = escalation;
	}
	if (s->stride == 0) {
		s->stride = 1;
		s->v = arena_array(a, REPORT_TIMES_MAX, sizeof(*s->v));
	}
	if (s->all++ % s->stride != 0)
		return;
	if (s->n == REPORT_TIMES_MAX)
		thin(s);
	s->v[s->n++] = seconds;
}

static int
ascending(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

struct report_times
report_times_of(const struct samples *s)
{
	struct report_times t = { .n = s->all, .worst = s->worst, .worst_case = s->worst_case };

	if (s->n > 0) {
		qsort(s->v, s->n, sizeof(*s->v), ascending);
		t.median = s->v[(s->n - 1) / 2];
	}
	return t;
}

/* ---- causes -------------------------------------------------------------------------------------------- */

static bool
is_docs(unsigned outcome)
{
	return strcmp(report_outcome_words[outcome], "docs") == 0;
}

void
report_cause(struct report_maker *m, unsigned outcome, const struct report_case *c, const char *area)
{
	struct report *r = m->r;
	struct report_cause **v = is_docs(outcome) ? &r->docs : &r->causes, *found = NULL;
	size_t *n = is_docs(outcome) ? &r->ndocs : &r->ncauses;
	AUTO_ARENA struct arena *scratch = arena_new();
	const char *cause = kept(scratch, c->cause);

	if (*cause == '\0')
		return;
	for (size_t i = 0; i < *n && found == NULL; i++)
		if ((*v)[i].outcome == outcome && text_equal_nocase((*v)[i].cause, cause))
			found = &(*v)[i];
	if (found == NULL && *n == REPORT_CAUSES_MAX) {
		r->causes_more++;
		return;
	}
	if (found == NULL) {
		found = arena_push(m->arena, v, n, sizeof(*found));
		found->outcome = outcome;
		found->cause = arena_strdup(m->arena, cause);
		found->area = kept(m->arena, area);
	}
	if (found->n < REPORT_CAUSE_CASES)
		found->cases[found->n] = c->id;
	found->n++;
}

static int
by_outcome(const void *x, const void *y)
{
	const struct report_cause *a = x, *b = y;

	if (a->outcome != b->outcome)
		return a->outcome < b->outcome ? -1 : 1;
	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	return (a->cases[0] > b->cases[0]) - (a->cases[0] < b->cases[0]);
}

/* ---- open cases ---------------------------------------------------------------------------------------- */

static int
by_need(const void *x, const void *y)
{
	const struct report_open *a = x, *b = y;
	int rank_a = a->still ? 0 : a->late ? 1 : 2, rank_b = b->still ? 0 : b->late ? 1 : 2;

	if (rank_a != rank_b)
		return rank_a - rank_b;
	if (a->severity != b->severity)
		return a->severity < b->severity ? -1 : 1;
	if (a->opened != b->opened)
		return a->opened < b->opened ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

void
report_keep_open(struct report_maker *m, const struct report_open *o)
{
	struct report *r = m->r;
	struct report_open *place;

	if (r->opens == NULL)
		r->opens = arena_array(m->arena, REPORT_OPEN_MAX + 1, sizeof(*r->opens));
	if (r->nopens == REPORT_OPEN_MAX && by_need(o, &r->opens[r->nopens - 1]) >= 0)
		return;
	for (place = r->opens + r->nopens; place > r->opens && by_need(o, place - 1) < 0; place--)
		*place = place[-1];
	*place = *o;
	place->subject = kept(m->arena, o->subject);
	place->engineer = kept(m->arena, o->engineer);
	place->requester = kept(m->arena, o->requester);
	place->customer = kept(m->arena, o->customer);
	if (r->nopens < REPORT_OPEN_MAX)
		r->nopens++;
}

static int
by_frequency(const void *x, const void *y)
{
	const struct report_mail *a = x, *b = y;

	return a->n != b->n ? (a->n < b->n ? 1 : -1) : strcmp(a->outcome, b->outcome);
}

void
report_sort(struct report *r)
{
	for (unsigned by = 0; by < REPORT_DIMENSIONS; by++)
		if (r->ngroups[by] > 1)
			qsort(r->groups[by], r->ngroups[by], sizeof(*r->groups[by]), by_size);
	if (r->ncauses > 1)
		qsort(r->causes, r->ncauses, sizeof(*r->causes), by_outcome);
	if (r->ndocs > 1)
		qsort(r->docs, r->ndocs, sizeof(*r->docs), by_outcome);
	if (r->nmails > 1)
		qsort(r->mails, r->nmails, sizeof(*r->mails), by_frequency);
}

/* record.c - see record.h. */
#include "judge/record.h"

#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"

struct maker {
	const struct settings *s;
	const struct record_ask *ask;
	struct arena *arena;
	struct record *records;
	size_t n;
};

static struct record *
record_of(struct maker *m, const char *name, const struct engineer *who)
{
	struct record *r;

	if (m->ask->engineer != NULL && !text_equal_nocase(m->ask->engineer, name))
		return NULL;
	for (size_t i = 0; i < m->n; i++)
		if (text_equal_nocase(m->records[i].engineer, name))
			return &m->records[i];
	r = arena_push(m->arena, &m->records, &m->n, sizeof(*r));
	r->engineer = who != NULL ? who->name : name;
	r->who = who;
	return r;
}

static void
count(struct arena *a, struct tally **v, size_t *n, const char *word)
{
	struct tally *t = NULL;

	for (size_t i = 0; i < *n; i++)
		if (strcmp((*v)[i].word, word) == 0)
			t = &(*v)[i];
	if (t == NULL) {
		t = arena_push(a, v, n, sizeof(*t));
		t->word = word;
	}
	t->n++;
}

static void
served(struct maker *m)
{
	struct tenure *v;
	size_t n = rotation_tenures(m->s, m->arena, NULL, NULL, m->ask->since, m->ask->now, &v);

	for (size_t e = 0; e < m->s->nengineers; e++)
		for (size_t i = 0; i < n; i++) {
			struct record *r;

			if (v[i].engineer != m->s->engineers[e] || v[i].from >= m->ask->now || v[i].until <= m->ask->since ||
			    (r = record_of(m, v[i].engineer->name, v[i].engineer)) == NULL)
				continue;
			*(struct tenure *)arena_push(m->arena, &r->served, &r->nserved, sizeof(v[i])) = v[i];
		}
}

/* ---- one case ---- */

static const struct record_case *
case_of(const struct record_ask *ask, int64_t id)
{
	size_t low = 0, high = ask->ncases;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (ask->cases[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ask->ncases && ask->cases[low].id == id ? &ask->cases[low] : NULL;
}

static struct handled *
handled_of(struct maker *m, struct record *r, const struct record_case *c)
{
	struct handled *h;

	if (r->ncases > 0 && r->cases[r->ncases - 1].of == c) /* deeds come case by case */
		return &r->cases[r->ncases - 1];
	h = arena_push(m->arena, &r->cases, &r->ncases, sizeof(*h));
	h->of = c;
	return h;
}

static void
came(struct record *r, struct handled *h, int64_t at)
{
	if (h->came != 0)
		return;
	h->came = at;
	for (size_t i = 0; i < r->nserved; i++)
		if (at >= r->served[i].from && at < r->served[i].until && text_equal_nocase(r->served[i].rotation->pool, h->of->pool))
			h->in = &r->served[i];
}

static void
deed(struct maker *m, const struct deed *d, const char **holder)
{
	const struct engineer *who = settings_engineer(m->s, d->engineer);
	const struct record_case *c = case_of(m->ask, d->escalation);
	bool counts = d->at >= m->ask->since && d->at < m->ask->now, his;
	struct record *r;
	struct handled *h;

	if (d->kind == DEED_ASSIGNED || d->kind == DEED_TAKE)
		*holder = d->engineer;
	his = *holder != NULL && text_equal_nocase(*holder, d->engineer);
	if (d->kind == DEED_PASS && his)
		*holder = NULL;
	/* What somebody who neither is nor ever was an engineer did is not a record of his. */
	if (c == NULL || (who == NULL && !his) || (r = record_of(m, d->engineer, who)) == NULL)
		return;
	h = handled_of(m, r, c);
	if (d->kind == DEED_ASSIGNED || d->kind == DEED_TAKE)
		came(r, h, d->at);
	r->assigned += counts && d->kind == DEED_ASSIGNED;
	r->passed += counts && d->kind == DEED_PASS;
	if (d->kind == DEED_ANSWER && his && h->answered == 0 && h->came != 0)
		h->answered = d->at;
	h->led = h->led || (counts && his && d->kind != DEED_ASSIGNED && d->kind != DEED_PASS);
}

/* ---- the sums ---- */

static int
by_size(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

static int64_t
median(int64_t *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_size);
	return n > 0 ? v[(n - 1) / 2] : 0;
}

static void
sum_up(struct maker *m, struct record *r)
{
	int64_t *clock = arena_array(m->arena, r->ncases + 1, sizeof(*clock)), *work = arena_array(m->arena, r->ncases + 1, sizeof(*work));

	for (size_t i = 0; i < r->ncases; i++) {
		struct handled *h = &r->cases[i];

		h->resolved = h->of->resolved >= m->ask->since && h->of->resolved < m->ask->now && h->of->resolved > 0 &&
		    text_equal_nocase(h->of->engineer, r->engineer);
		r->led += h->led;
		r->resolved += h->resolved;
		if (h->resolved)
			count(m->arena, &r->outcomes, &r->noutcomes, h->of->outcome);
		if (h->answered != 0)
			h->worked = r->who != NULL ? engineer_worked(m->s, m->ask->absences, r->who, h->came, h->answered) : h->answered - h->came;
		if (h->answered < m->ask->since || h->answered == 0)
			continue;
		clock[r->answers] = h->answered - h->came;
		work[r->answers++] = h->worked;
	}
	r->median = median(clock, r->answers);
	r->median_worked = median(work, r->answers);
}

size_t
record_make(const struct settings *s, struct arena *a, const struct record_ask *ask, struct record **out)
{
	struct maker m = { .s = s, .ask = ask, .arena = a };
	const char *holder = NULL;

	served(&m);
	for (size_t i = 0; i < ask->ndeeds; i++) {
		if (i == 0 || ask->deeds[i].escalation != ask->deeds[i - 1].escalation)
			holder = NULL;
		deed(&m, &ask->deeds[i], &holder);
	}
	for (size_t i = 0; i < ask->nfilings; i++) {
		const struct record_filing *f = &ask->filings[i];
		struct record *r = record_of(&m, f->engineer, settings_engineer(s, f->engineer));

		if (r != NULL && f->opened >= ask->since && f->opened < ask->now)
			count(a, &r->filings, &r->nfilings, f->kind);
	}
	for (size_t i = 0; i < m.n; i++)
		sum_up(&m, &m.records[i]);
	*out = m.records;
	return m.n;
}

/* rules_count.c - the figures of 'rules stats': counters of the store, what people thought otherwise, and where the
 * time goes. */
#include <string.h>
#include <time.h>

#include "cli/rules_parts.h"
#include "cli/rules_stats.h"
#include "ground/mem.h"
#include "stage/desk.h"

#define SAMPLE_OF 10000 /* newest journal ids that the sample is taken from */
#define MAIL_MAX  (1u << 20) /* bytes of a mail in the sample */
#define RUNS      3 /* of each mail */
#define SETS_MAX  50    /* rule sets that are read for the names that rules had */

struct counting { const struct rules_read *l; struct store *s; struct rule_stats *out; };

static struct rule_stat *
stat_of(const struct counting *c, const char *name)
{
	for (size_t i = 0; i < c->out->n; i++)
		if (strcmp(c->out->v[i].name, name) == 0)
			return &c->out->v[i];
	return NULL;
}

/* The same, for a rule that may be gone from the files. */
static struct rule_stat *
stat_for(const struct counting *c, const char *name)
{
	struct rule_stat *r = stat_of(c, name);

	if (r == NULL) {
		r = arena_push(c->l->arena, &c->out->v, &c->out->n, sizeof(*r));
		*r = (struct rule_stat){ .name = name };
	}
	return r;
}

static struct pattern_stat *
pattern_for(const struct counting *c, struct rule_stat *r, const char *pattern)
{
	struct pattern_stat *p;

	for (size_t i = 0; i < r->npatterns; i++)
		if (strcmp(r->patterns[i].pattern, pattern) == 0)
			return &r->patterns[i];
	p = arena_push(c->l->arena, &r->patterns, &r->npatterns, sizeof(*p));
	*p = (struct pattern_stat){ .pattern = pattern };
	return p;
}

static void
list_files(const struct counting *c)
{
	struct rule_pattern *patterns;
	struct rule_place place;

	for (size_t i = 0; i < ruleset_count(c->l->rules); i++) {
		struct rule_stat *r;

		ruleset_rule(c->l->rules, i, &place);
		r = stat_for(c, place.name);
		r->file = place.file;
		r->line = place.line;
	}
	for (size_t n = ruleset_patterns(c->l->rules, c->l->arena, &patterns), i = 0; i < n; i++)
		pattern_for(c, stat_for(c, patterns[i].rule), patterns[i].pattern)->line = patterns[i].line;
}

static void
count_hits(const struct counting *c, int64_t since)
{
	struct rule_counted *rules;
	struct pattern_counted *patterns;

	for (size_t n = store_rule_counts(c->s, c->l->arena, since, &rules), i = 0; i < n; i++) {
		struct rule_stat *r = stat_for(c, rules[i].rule);

		r->hits = rules[i].in_all.hits;
		r->stuck = rules[i].in_all.stuck;
		r->released = r->overturned = rules[i].in_all.released;
		r->last = rules[i].last;
	}
	for (size_t n = store_pattern_counts(c->s, c->l->arena, since, &patterns), i = 0; i < n; i++) {
		struct pattern_stat *p = pattern_for(c, stat_for(c, patterns[i].rule), patterns[i].pattern);

		p->hits = patterns[i].hits;
		p->stuck = patterns[i].stuck;
		p->last = patterns[i].last;
	}
}

/* ---- what people thought otherwise about --------------------------------------------------------------- */

static void
count_overturned(const struct counting *c, int64_t since)
{
	struct case_overturned *cases;

	for (size_t n = store_rules_overturned(c->s, c->l->arena, since, &cases), i = 0; i < n; i++) {
		const char *by[] = { cases[i].opened_by, cases[i].pool_by, cases[i].skill_by, cases[i].severity_by };
		struct rule_stat *r;

		for (size_t k = 0; k < COUNT(by); k++) {
			bool again = false;

			if (*by[k] == '\0')
				continue;
			r = stat_for(c, by[k]);
			r->not_one += k == 0;
			r->given += k == 1 || (k == 2 && strcmp(by[1], by[2]) != 0);
			r->severity += k == 3;
			for (size_t before = 0; before < k; before++)
				again = again || strcmp(by[before], by[k]) == 0;
			r->overturned += !again;
		}
	}
}

double
rule_precision(const struct rule_stat *r)
{
	if (r->hits == 0)
		return -1.0;
	return r->overturned >= r->hits ? 0.0 : 1.0 - (double)r->overturned / (double)r->hits;
}

/* ---- rules that are gone ------------------------------------------------------------------------------- */

/* A rule of the files that says what the gone one said, and was not there beside it. */
static const char *
new_name(const struct counting *c, const struct conf_tree *then, const struct conf_stmt *gone)
{
	for (size_t i = 0; i < c->out->n; i++) {
		const struct rule_stat *r = &c->out->v[i];
		const struct conf_stmt *now = r->file != NULL ? rule_find(c->l->arena, c->l->tree, r->name) : NULL;

		if (now != NULL && rule_same(gone, now, true) && rule_find(c->l->arena, then, r->name) == NULL)
			return r->name;
	}
	return NULL;
}

/* Looks at the newest rule sets in which they stood. */
static void
find_new_names(const struct counting *c)
{
	bool *found = arena_array(c->l->arena, c->out->n + 1, sizeof(*found));
	struct ruleset_row *sets;
	size_t nsets = store_rulesets(c->s, c->l->arena, &sets), missing = 0;

	for (size_t i = 0; i < c->out->n; i++)
		missing += c->out->v[i].file == NULL;
	for (size_t k = nsets; k > 0 && nsets - k < SETS_MAX && missing > 0; k--) {
		struct conf_tree *then = rules_then(c->l->arena, c->s, sets[k - 1].hash);

		for (size_t i = 0; then != NULL && i < c->out->n; i++) {
			struct rule_stat *r = &c->out->v[i];
			const struct conf_stmt *gone = NULL;

			if (r->file == NULL && !found[i])
				gone = rule_find(c->l->arena, then, r->name);
			if (gone == NULL)
				continue;
			r->renamed_to = new_name(c, then, gone);
			found[i] = true;
			missing--;
		}
	}
}

/* ---- where the time goes ------------------------------------------------------------------------------- */

static uint64_t
nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Of several times the shortest: in the others the machine did something else as well. */
static void
add_times(const struct counting *c, const struct decision *runs)
{
	for (size_t i = 0; i < runs[0].ntrace; i++) {
		uint64_t ns = runs[0].trace[i].ns;

		for (size_t k = 1; k < RUNS; k++)
			if (i < runs[k].ntrace && runs[k].trace[i].ns < ns)
				ns = runs[k].trace[i].ns;
		stat_for(c, runs[0].trace[i].name)->ns += ns;
		c->out->ns += ns;
	}
	for (size_t i = 0; i < runs[0].npatterns; i++) {
		const struct pattern_use *p = &runs[0].patterns[i];
		uint64_t ns = p->ns;

		for (size_t k = 1; k < RUNS; k++)
			if (i < runs[k].npatterns && runs[k].patterns[i].ns < ns)
				ns = runs[k].patterns[i].ns;
		pattern_for(c, stat_for(c, p->rule), p->pattern)->ns += ns;
	}
	c->out->sample++;
}

/* One mail, if the rules were asked about it when it came. */
static void
time_mail(const struct counting *c, struct desk *d, int64_t id)
{
	AUTO_ARENA struct arena *a = arena_new();
	json_t *o = why_read(c->s, a, id, false);
	struct journal_entry e;
	struct decision runs[RUNS];
	struct item it;

	d->arena = a;
	if (store_journal_get(c->s, a, id, &e) && e.size <= MAIL_MAX
	    && json_is_string(json_object_get(json_object_get(o, "rules"), "fate")) && desk_read(d, id, &it)) {
		const char *customer = it.customer != NULL ? it.customer->name : NULL;

		for (size_t k = 0; k < RUNS; k++)
			rule_time(c->l->rules, a, it.message, customer, nanoseconds, &runs[k]);
		add_times(c, runs);
		desk_drop(&it);
	}
	json_decref(o);
	d->arena = NULL;
}

/* As many as the sample has room for, evenly out of the newest. */
static void
time_rules(const struct counting *c, int64_t since)
{
	struct desk d = { .settings = c->l->settings, .store = c->s, .reads_only = true };
	int64_t newest = store_journal_newest(c->s), first = newest > SAMPLE_OF ? newest - SAMPLE_OF + 1 : 1, *ids;
	size_t n = store_journal_span(c->s, c->l->arena, first, newest, since, &ids);
	size_t take = n < STATS_SAMPLE ? n : STATS_SAMPLE;

	for (size_t i = 0; i < take; i++)
		time_mail(c, &d, ids[i * n / take]);
}

bool
rules_count(const struct rules_read *l, struct store *s, int64_t since, struct rule_stats *out)
{
	struct counting c = { .l = l, .s = s, .out = out };

	*out = (struct rule_stats){ .n = 0 };
	out->decisions = store_decisions(s, &out->first);
	list_files(&c);
	count_hits(&c, since);
	count_overturned(&c, since);
	find_new_names(&c);
	time_rules(&c, since);
	return store_fault(s) == STORE_OK;
}

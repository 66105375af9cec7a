/* rotation_history.c - 'escrelay rotation history': who served when, and what became of what he had. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/rotation_parts.h"
#include "cli/table.h"
#include "cli/view.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/record.h"

struct told {
	struct cli *cli;
	struct view *v;
	struct record_ask ask;
	struct record *records; size_t n;
};

/* ---- JSON ---- */

static json_t *
tallies_json(const struct tally *v, size_t n)
{
	json_t *o = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(o, v[i].word, json_integer(v[i].n));
	return o;
}

static json_t *
seconds_json(bool known, int64_t seconds)
{
	return known ? json_integer(seconds) : json_null();
}

/* What came to him in that tenure. */
static void
tenure_sums(const struct record *r, const struct tenure *in, unsigned *cases, unsigned *led, unsigned *resolved)
{
	*cases = *led = *resolved = 0;
	for (size_t i = 0; i < r->ncases; i++) {
		if (r->cases[i].in != in)
			continue;
		++*cases;
		*led += r->cases[i].led;
		*resolved += r->cases[i].resolved;
	}
}

static void
record_json(const struct record *r, const struct told *t)
{
	json_t *served = json_array(), *cases = json_array();

	for (size_t i = 0; i < r->nserved; i++) {
		const struct tenure *x = &r->served[i];
		unsigned all, led, resolved;

		tenure_sums(r, x, &all, &led, &resolved);
		json_array_append_new(served, json_pack("{s:s,s:o,s:o,s:o,s:i,s:i,s:i}", "pool", x->rotation->pool, "from",
		    view_json_time(x->from), "to", view_json_time(x->until), "stands_for", x->stands_for != NULL ?
		    json_string(x->stands_for->name) : json_null(), "cases", (int)all, "led", (int)led, "resolved", (int)resolved));
	}
	for (size_t i = 0; i < r->ncases; i++) {
		const struct handled *h = &r->cases[i];

		json_array_append_new(cases, json_pack("{s:o,s:s,s:o,s:i,s:o,s:o,s:o,s:b,s:o,s:o,s:o}", "id",
		    json_sprintf("ESC-%" PRId64, h->of->id), "subject", h->of->subject, "customer", view_json_text(h->of->customer),
		    "severity", (int)h->of->severity, "came", view_json_time(h->came), "answered", view_json_time(h->answered),
		    "worked", seconds_json(h->answered != 0, h->worked), "led", h->led,
		    "resolved", view_json_time(h->resolved ? h->of->resolved : 0),
		    "outcome", view_json_text(h->resolved ? h->of->outcome : ""), "cause", view_json_text(h->resolved ? h->of->cause : "")));
	}
	json_print_line(json_pack("{s:s,s:o,s:o,s:o,s:i,s:i,s:i,s:i,s:o,s:o,s:{s:i,s:o,s:o},s:o}", "engineer", r->engineer,
	    "name", view_json_text(r->who != NULL ? r->who->full_name : ""), "since", view_json_time(t->ask.since), "served", served,
	    "assigned", (int)r->assigned, "led", (int)r->led, "resolved", (int)r->resolved, "passed", (int)r->passed,
	    "outcomes", tallies_json(r->outcomes, r->noutcomes), "filings", tallies_json(r->filings, r->nfilings),
	    "first_answer", "answers", (int)r->answers, "median", seconds_json(r->answers > 0, r->median),
	    "median_worked", seconds_json(r->answers > 0, r->median_worked), "cases", cases));
}

/* ---- for people ---- */

static const char *
tallies_text(struct arena *a, const struct tally *v, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		text = arena_printf(a, "%s%s%u %s", text, i > 0 ? ", " : "", v[i].n, v[i].word);
	return n > 0 ? text : "-";
}

static const char *
span_text(struct arena *a, bool known, int64_t seconds)
{
	char text[CLOCK_TEXT];

	return known ? arena_strdup(a, clock_span(seconds, text)) : "-";
}

static const char *
name_of(const struct record *r)
{
	return r->who != NULL ? r->who->full_name : r->engineer;
}

static void
print_all(const struct told *x)
{
	struct table *t = table_new(x->v->arena);

	table_column(t, "engineer", TABLE_LEFT);
	table_column(t, "days", TABLE_RIGHT);
	table_column(t, "had", TABLE_RIGHT);
	table_column(t, "led", TABLE_RIGHT);
	table_column(t, "passed", TABLE_RIGHT);
	table_column(t, "first answer", TABLE_LEFT);
	table_column(t, "resolved", TABLE_LEFT);
	table_column(t, "filed", TABLE_LEFT);
	for (size_t i = 0; i < x->n; i++) {
		const struct record *r = &x->records[i];
		int64_t days = 0;

		for (size_t k = 0; k < r->nserved; k++)
			days += (r->served[k].until < x->v->now ? r->served[k].until : x->v->now) - r->served[k].from;
		table_cell(t, "%s", name_of(r));
		table_cell(t, "%" PRId64, days / 86400);
		table_cell(t, "%u", r->assigned);
		table_cell(t, "%u", r->led);
		table_cell(t, "%u", r->passed);
		table_cell(t, "%s", span_text(x->v->arena, r->answers > 0, r->median_worked));
		table_cell(t, "%s", tallies_text(x->v->arena, r->outcomes, r->noutcomes));
		table_cell(t, "%s", tallies_text(x->v->arena, r->filings, r->nfilings));
	}
	table_print(t, x->cli);
	puts("\nFirst answer: the median, in working time from when the case came to him.");
}

static void
print_served(const struct told *x, const struct record *r)
{
	struct table *t = table_new(x->v->arena);

	table_column(t, "served from (UTC)", TABLE_LEFT);
	table_column(t, "to", TABLE_LEFT);
	table_column(t, "in", TABLE_LEFT);
	table_column(t, "cases", TABLE_RIGHT);
	table_column(t, "led", TABLE_RIGHT);
	table_column(t, "resolved", TABLE_RIGHT);
	for (size_t i = 0; i < r->nserved; i++) {
		const struct tenure *s = &r->served[i];
		unsigned all, led, resolved;

		tenure_sums(r, s, &all, &led, &resolved);
		table_cell(t, "%s", view_time(x->v->arena, s->from));
		table_cell(t, "%s", view_time(x->v->arena, s->until));
		table_cell(t, "%s%s%s", s->rotation->pool, s->stands_for != NULL ? ", for " : "", s->stands_for != NULL ?
		    s->stands_for->full_name : "");
		table_cell(t, "%u", all);
		table_cell(t, "%u", led);
		table_cell(t, "%u", resolved);
	}
	if (r->nserved > 0) {
		putchar('\n');
		table_print(t, x->cli);
	}
}

static void
print_cases(const struct told *x, const struct record *r)
{
	struct table *t = table_new(x->v->arena);

	table_column(t, "case", TABLE_LEFT);
	table_column(t, "sev", TABLE_RIGHT);
	table_column(t, "came (UTC)", TABLE_LEFT);
	table_column(t, "first answer", TABLE_LEFT);
	table_column(t, "outcome", TABLE_LEFT);
	table_column(t, "subject, and its cause", TABLE_LEFT);
	for (size_t i = 0; i < r->ncases; i++) {
		const struct handled *h = &r->cases[i];
		bool told = h->resolved && *h->of->cause != '\0';

		table_cell(t, "ESC-%" PRId64, h->of->id);
		table_cell(t, "%u", h->of->severity);
		table_cell(t, "%s", h->came != 0 ? view_time(x->v->arena, h->came) : "-");
		table_cell(t, "%s", span_text(x->v->arena, h->answered != 0, h->worked));
		table_cell(t, "%s", h->resolved ? h->of->outcome : h->led ? "(led)" : "-");
		table_cell(t, "%s%s%s", h->of->subject, told ? ": " : "", told ? h->of->cause : "");
	}
	if (r->ncases > 0) {
		putchar('\n');
		table_print(t, x->cli);
	}
}

static void
print_one(const struct told *x, const struct record *r)
{
	struct arena *a = x->v->arena;

	printf("%s%s%s: %u assigned, %u led, %u resolved, %u passed on\n", view_bold(x->cli), name_of(r), view_plain(x->cli),
	    r->assigned, r->led, r->resolved, r->passed);
	printf("Outcomes: %s\n", tallies_text(a, r->outcomes, r->noutcomes));
	printf("Filed:    %s\n", tallies_text(a, r->filings, r->nfilings));
	if (r->answers > 0)
		printf("Answers:  half of %u first answers within %s of working time (%s by the clock)\n", r->answers,
		    span_text(a, true, r->median_worked), span_text(a, true, r->median));
	print_served(x, r);
	print_cases(x, r);
}

int
rotation_print_history(struct cli *cli, const struct rotation_options *o)
{
	const struct engineer *e = NULL;
	struct absences away;
	struct view v;
	struct told x = { .cli = cli, .v = &v, .ask = { .since = o->has_since ? o->since : 0 } };
	struct deed *deeds;
	struct record_case *cases;
	struct record_filing *filings;

	if (!view_open(&v, cli, STORE_READ))
		return EXIT_CANNOT;
	/* Somebody who has left the configuration has a record all the same. */
	if (o->engineer != NULL && (e = settings_engineer(v.settings, o->engineer)) == NULL)
		e = settings_engineer_by_address(v.settings, o->engineer);
	x.ask.engineer = e != NULL ? e->name : o->engineer;
	away = view_absences(v.arena, v.settings, false, x.ask.since, NULL);
	x.ask.absences = &away;
	x.ask.now = v.now + 1; /* what happened in this very second has happened */
	x.ask.ndeeds = store_deeds(v.store, v.arena, x.ask.since, &deeds);
	x.ask.ncases = store_record_cases(v.store, v.arena, x.ask.since, &cases);
	x.ask.nfilings = store_record_filings(v.store, v.arena, x.ask.since, &filings);
	x.ask.deeds = deeds;
	x.ask.cases = cases;
	x.ask.filings = filings;
	x.n = record_make(v.settings, v.arena, &x.ask, &x.records);
	if (x.records == NULL)
		x.n = 0;
	if (cli->json)
		for (size_t i = 0; i < x.n; i++)
			record_json(&x.records[i], &x);
	else if (x.n == 0)
		puts("Nobody served, and nothing was done.");
	else if (o->engineer == NULL)
		print_all(&x);
	else
		print_one(&x, &x.records[0]);
	return view_end(&v, EXIT_DONE);
}

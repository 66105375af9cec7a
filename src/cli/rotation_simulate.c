/* rotation_simulate.c - 'escrelay rotation simulate': a roster played through, and what it does to the people on it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/rotation_parts.h"
#include "cli/table.h"
#include "cli/view.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "judge/simulate.h"

#define WORK_HOURS 6  /* that a case is worked at, where nothing is said */
#define GAPS_SHOWN 5
#define BAR        40 /* columns */
#define BAR_EVERY  100 /* milliseconds */

struct play {
	struct cli *cli;
	struct arena *arena;
	const struct rotation_options *o;
	const char *pool;
	struct arrivals arrivals;
	struct simulate_ask ask;
	struct simulation out;
	struct coverage coverage;
	unsigned severity;
};

/* ---- the bar, for somebody who waits at a terminal ---- */

struct bar { int64_t from, to, next; bool shown; };

static void
bar_show(void *context, int64_t at)
{
	struct bar *b = context;
	int64_t now = clock_monotonic_ms();
	int done;

	if (now < b->next)
		return;
	b->next = now + BAR_EVERY;
	b->shown = true;
	done = (int)((at - b->from) * 100 / (b->to - b->from));
	fprintf(stderr, "\r[%.*s%*s] %d %%", done * BAR / 100, "########################################", BAR - done * BAR / 100, "",
	    done);
}

static void
play(struct play *p, const struct settings *s)
{
	struct bar bar = { .from = p->o->from, .to = p->o->to };

	if (isatty(STDERR_FILENO)) {
		p->ask.progress = bar_show;
		p->ask.context = &bar;
	}
	simulate(s, p->arena, &p->ask, &p->out);
	if (bar.shown)
		fprintf(stderr, "\r%*s\r", BAR + 8, "");
	rotation_coverage(s, p->ask.absences, p->arena, p->pool, p->o->from, p->o->to, &p->coverage);
}

/* ---- figures ---- */

/* The smallest wait that so many of a hundred do not pass. */
static int64_t
percentile(const struct simulation *out, unsigned percent)
{
	size_t rank = (out->nwaits * percent + 99) / 100;

	return out->nwaits > 0 ? out->waits[rank > 0 ? rank - 1 : 0] : 0;
}

static double
turns(int64_t millionths)
{
	return (double)millionths / TURN;
}

static json_t *
turns_json(int64_t millionths)
{
	int64_t thousandths = (millionths + (millionths < 0 ? -500 : 500)) / 1000;

	return json_real((double)thousandths / 1000);
}

static int64_t
off(const struct served *v)
{
	return (int64_t)v->assigned * TURN - v->fair;
}

static json_t *
served_json(const struct served *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s,s:i,s:i,s:o,s:o,s:i}", "engineer", v[i].engineer->name, "assigned",
		    (int)v[i].assigned, "eligible", (int)v[i].eligible, "fair", turns_json(v[i].fair), "off", turns_json(off(&v[i])),
		    "off_hours", (int)v[i].offhours));
	return list;
}

static json_t *
date_json(struct civil_date d)
{
	return json_sprintf("%04d-%02d-%02d", d.year, d.month, d.day);
}

static void
print_json(const struct play *p)
{
	const struct simulation *out = &p->out;
	json_t *stints = json_array(), *gaps = json_array(), *worst = json_null();

	for (size_t i = 0; i < out->nstints; i++) {
		const struct stint *st = &out->stints[i];

		json_array_append_new(stints, json_pack("{s:o,s:o,s:i,s:o}", "from", date_json(st->rotation->from), "to",
		    date_json(st->rotation->to), "assigned", (int)st->assigned, "engineers", served_json(st->served, st->nserved)));
	}
	for (size_t i = 0; i < p->coverage.ngaps; i++)
		json_array_append_new(gaps, json_pack("{s:o,s:o}", "from", view_json_time(p->coverage.gaps[i].from),
		    "to", view_json_time(p->coverage.gaps[i].to)));
	if (out->worst_of != NULL)
		worst = json_pack("{s:s,s:o}", "engineer", out->worst_of->name, "off", turns_json(out->worst));
	json_print_line(json_pack("{s:s,s:o,s:o,s:s,s:i,s:I,s:I,s:i,s:i,s:i,s:i,s:{s:I,s:I,s:I},s:o,s:o,s:o,s:o,s:o,s:o}",
	    "pool", p->pool, "from", view_json_time(p->o->from), "to", view_json_time(p->o->to), "load", p->arrivals.words,
	    "severity", (int)p->severity, "work", (json_int_t)p->ask.work, "arrivals", (json_int_t)p->arrivals.n,
	    "assigned", (int)out->assigned, "at_once", (int)out->at_once, "off_hours", (int)out->offhours, "left", (int)out->left,
	    "waits", "median", (json_int_t)percentile(out, 50), "p95", (json_int_t)percentile(out, 95), "longest",
	    (json_int_t)percentile(out, 100), "wanted_hours", json_real((double)p->coverage.wanted / 3600),
	    "gap_hours", json_real((double)(p->coverage.wanted - p->coverage.covered) / 3600), "gaps", gaps,
	    "furthest", worst, "engineers", served_json(out->served, out->nserved), "rotations", stints));
}

/* ---- for people ---- */

static void
columns(struct table *t)
{
	table_column(t, "engineer", TABLE_LEFT);
	table_column(t, "had", TABLE_RIGHT);
	table_column(t, "could have had", TABLE_RIGHT);
	table_column(t, "fair share", TABLE_RIGHT);
	table_column(t, "off by", TABLE_RIGHT);
	table_column(t, "off hours", TABLE_RIGHT);
}

static void
row(struct table *t, const struct served *v)
{
	table_cell(t, "%s", v->engineer->full_name);
	table_cell(t, "%u", v->assigned);
	table_cell(t, "%u", v->eligible);
	table_cell(t, "%.2f", turns(v->fair));
	table_cell(t, "%+.2f", turns(off(v)));
	table_cell(t, "%u", v->offhours);
}

static void
print_people(const struct play *p)
{
	struct table *all = table_new(p->arena), *each = table_new(p->arena);

	columns(all);
	for (size_t i = 0; i < p->out.nserved; i++)
		row(all, &p->out.served[i]);
	table_print(all, p->cli);

	table_column(each, "rotation", TABLE_LEFT);
	columns(each);
	for (size_t i = 0; i < p->out.nstints; i++)
		for (size_t k = 0; k < p->out.stints[i].nserved; k++) {
			const struct civil_date *b = &p->out.stints[i].rotation->from, *e = &p->out.stints[i].rotation->to;

			if (k == 0)
				table_cell(each, "%04d-%02d-%02d to %04d-%02d-%02d: %u", b->year, b->month, b->day, e->year, e->month, e->day,
				    p->out.stints[i].assigned);
			else
				table_cell(each, "%s", "");
			row(each, &p->out.stints[i].served[k]);
		}
	putchar('\n');
	table_print(each, p->cli);
}

/* The longest of them, and where there are more, how many. */
static void
print_gaps(const struct play *p)
{
	const struct coverage *c = &p->coverage;
	size_t longest[GAPS_SHOWN], n = 0;
	char span[CLOCK_TEXT];

	printf("Gaps:     %.10g of %.10g hours%s had nobody, in %zu gap%s\n", (double)(c->wanted - c->covered) / 3600,
	    (double)c->wanted / 3600, c->wanted > 0 ? " to be covered" : "", c->ngaps, c->ngaps == 1 ? "" : "s");
	for (size_t i = 0; i < c->ngaps; i++) {
		int64_t length = c->gaps[i].to - c->gaps[i].from;
		size_t k = n < GAPS_SHOWN ? n++ : GAPS_SHOWN;

		for (; k > 0 && c->gaps[longest[k - 1]].to - c->gaps[longest[k - 1]].from < length; k--)
			if (k < GAPS_SHOWN)
				longest[k] = longest[k - 1];
		if (k < GAPS_SHOWN)
			longest[k] = i;
	}
	for (size_t i = 0; i < n; i++) {
		const struct coverage_gap *g = &c->gaps[longest[i]];

		printf("          %s to %s UTC, %s\n", rotation_time(p->arena, g->from, 0), rotation_time(p->arena, g->to, 0),
		    clock_span(g->to - g->from, span));
	}
}

static void
print(const struct play *p)
{
	const struct simulation *out = &p->out;
	char median[CLOCK_TEXT], p95[CLOCK_TEXT], longest[CLOCK_TEXT];

	printf("Pool %s, %s to %s UTC\n", p->pool, rotation_time(p->arena, p->o->from, 0), rotation_time(p->arena, p->o->to, 0));
	printf("Load:     %zu escalations, %s; severity %u, each worked at for %" PRId64 " h\n", p->arrivals.n, p->arrivals.words,
	    p->severity, p->ask.work / 3600);
	printf("Assigned: %u, %u of them at once", out->assigned, out->at_once);
	if (out->assigned > 0)
		printf(" (%u %%)", (unsigned)((uint64_t)out->at_once * 100 / out->assigned));
	printf(", %u off hours; %u left waiting at the end\n", out->offhours, out->left);
	printf("Waits:    median %s, 95 %% within %s, longest %s\n", clock_span(percentile(out, 50), median),
	    clock_span(percentile(out, 95), p95), clock_span(percentile(out, 100), longest));
	print_gaps(p);
	if (out->worst_of != NULL)
		printf("Fairness: furthest from a fair share in one rotation is %s, by %.2f of an escalation\n",
		    out->worst_of->full_name, turns(out->worst));
	putchar('\n');
	print_people(p);
}

int
rotation_print_simulate(struct cli *cli, const struct rotation_options *o)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct play p = { .cli = cli, .arena = a, .o = o };
	struct absences away;
	struct settings *s;
	int status;

	if (!o->has_from || !o->has_to)
		return cli_usage(cli, "simulate wants --from and --to, for instance --from 2026-11-02 --to 2027-11-02");
	if (o->to <= o->from)
		return cli_usage(cli, "--to must come after --from");
	if (o->to - o->from > COVERAGE_SPAN_MAX)
		return cli_usage(cli, "--from and --to lie more than ten years apart");
	if ((s = rotation_settings(cli, a, o, &p.pool, &status)) == NULL)
		return status;
	p.severity = o->has_severity ? (unsigned)o->severity : s->default_severity;
	if (!s->has_severity[p.severity])
		return cli_usage(cli, "relay.conf knows no severity %u", p.severity);
	if (!rotation_arrivals(cli, a, s, p.pool, o, &p.arrivals, &status))
		return status;
	away = view_absences(a, s, o->no_store, o->from, NULL);
	p.ask = (struct simulate_ask){ .pool = p.pool, .arrivals = p.arrivals.at, .narrivals = p.arrivals.n, .to = o->to,
		.work = (o->has_work ? (int64_t)o->work : WORK_HOURS) * 3600, .absences = &away,
		.offhours = s->severities[p.severity].offhours };
	play(&p, s);
	if (cli->json)
		print_json(&p);
	else
		print(&p);
	return EXIT_DONE;
}

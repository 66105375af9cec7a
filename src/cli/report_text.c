/* report_text.c - the report for a terminal: what matters in a few lines, then tables. See report_parts.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/report_parts.h"
#include "cli/table.h"
#include "ground/mem.h"
#include "ground/text.h"

#define NAME_BYTES   36                /* of a name that a table shows */
#define CAUSES_SHOWN 12                /* of each kind; --json and --html have all */
#define OPEN_SHOWN   15

struct printer { const struct cli *cli; struct arena *arena; const struct report *r; };

static void
heading(const struct printer *p, const char *words)
{
	printf("\n%s%s%s\n", view_bold(p->cli), words, view_plain(p->cli));
}

/* ---- the head ------------------------------------------------------------------------------------------ */

static void
fact(const struct printer *p, const char *key, const char *words)
{
	printf("%s%-14s%s%s\n", view_dim(p->cli), key, view_plain(p->cli), words);
}

static void
print_times(const struct printer *p)
{
	const struct { const char *key; const struct report_times *t; } times[] = {
		{ "Acknowledged", &p->r->acknowledged }, { "First answer", &p->r->answered },
		{ "Resolved", &p->r->ended },
	};

	for (size_t i = 0; i < COUNT(times); i++)
		fact(p, times[i].key, times[i].t->n > 0 ? report_times_text(p->arena, times[i].t) : "-");
}

static const char *
severities(const struct printer *p)
{
	const char *list = "";

	for (unsigned i = 0; i < COUNT(p->r->severities); i++)
		if (p->r->severities[i] > 0)
			list = arena_printf(p->arena, "%s%s%u of %s%u", list, *list != '\0' ? ", " : "",
			    p->r->severities[i], *list != '\0' ? "" : "severity ", i);
	return list;
}

static const char *
mails(const struct printer *p)
{
	unsigned all;
	const char *list = report_mails_text(p->arena, p->r, &all);

	return all == 0 ? "none" : arena_printf(p->arena, "%u: %s", all, list);
}

/* A table below what was printed; none where it has no row. */
static void
print_below(const struct printer *p, struct table *t)
{
	if (table_rows(t) == 0)
		return;
	putchar('\n');
	table_print(t, p->cli);
}

static void
print_head(const struct printer *p)
{
	const struct report *r = p->r;
	struct arena *a = p->arena;
	const char *outcomes = report_outcomes_text(a, r->outcomes), *states = report_states_text(a, r);
	bool over = budget_over(&r->recent, r->goal);

	printf("%sEscalations of %s%s, %s to %s UTC\n\n", view_bold(p->cli), report_length(a, r), view_plain(p->cli),
	    view_time(a, r->from), view_time(a, r->to));
	fact(p, "Came in", arena_printf(a, "%u%s%s (before: %u)", r->came, r->came > 0 ? ": " : "", severities(p),
	    r->came_before));
	fact(p, "Solved", arena_printf(a, "%u%s%s (before: %u)", r->solved, *outcomes != '\0' ? ": " : "", outcomes,
	    r->solved_before));
	fact(p, "Open", arena_printf(a, "%u%s%s", r->open, *states != '\0' ? ": " : "", states));
	if (r->still + r->late > 0)
		fact(p, "", arena_printf(a, "%s%u stand%s still%s%s", view_red(p->cli), r->still, r->still == 1 ? "s" :
		    "", view_plain(p->cli), r->late > 0 ? arena_printf(a, ", the engineer was reminded of %u more",
		    r->late) : ""));
	print_times(p);
	if (r->nobody > 0)
		fact(p, "Nobody there", arena_printf(a, "%u came when nobody who could take them was at work%s%s",
		    r->nobody, r->waited.n > 0 ? "; had by an engineer: " : "", report_times_text(a, &r->waited)));
	fact(p, "Budget",
	    arena_printf(a, "help of engineering in %s%s%s in %u days, %s in %u; the goal is %u %% or fewer",
	    over ? view_red(p->cli) : "", report_share_text(a, &r->recent), over ? view_plain(p->cli) : "",
	    BUDGET_SHORT, report_share_text(a, &r->longer), BUDGET_LONG, r->goal));
	fact(p, "Mails", mails(p));
}

/* ---- groups -------------------------------------------------------------------------------------------- */

static const char *
number(struct arena *a, unsigned n)
{
	return n == 0 ? "." : arena_printf(a, "%u", n);
}

static void
print_groups(const struct printer *p, enum report_by by, const char *head)
{
	static const char *const heads[] = { "came", "solved", "open", "answered", "docs", "fix", "upstream",
	    "duplicate", "none" };
	struct table *t = table_new(p->arena);

	table_column(t, head, TABLE_LEFT);
	for (size_t i = 0; i < COUNT(heads); i++)
		table_column(t, heads[i], TABLE_RIGHT);
	for (size_t i = 0; i < p->r->ngroups[by]; i++) {
		const struct report_group *g = &p->r->groups[by][i];

		if (g->came + g->solved + g->open == 0)
			continue;
		table_cell(t, "%s", text_printable(p->arena, g->title, NAME_BYTES));
		table_cell(t, "%s", number(p->arena, g->came));
		table_cell(t, "%s", number(p->arena, g->solved));
		table_cell(t, "%s", number(p->arena, g->open));
		for (unsigned k = 0; k < REPORT_OUTCOMES; k++)
			table_cell(t, "%s", number(p->arena, g->outcomes[k]));
	}
	print_below(p, t);
}

static void
print_filings(const struct printer *p)
{
	static const char *const heads[] = { "help", "defect", "docs", "closed", "open", "silent" };
	struct table *t = table_new(p->arena);

	table_column(t, "filed with", TABLE_LEFT);
	for (size_t i = 0; i < COUNT(heads); i++)
		table_column(t, heads[i], TABLE_RIGHT);
	for (size_t i = 0; i < p->r->ngroups[REPORT_TEAM]; i++) {
		const struct report_group *g = &p->r->groups[REPORT_TEAM][i];
		const unsigned cells[] = { g->filed[REPORT_HELP], g->filed[REPORT_DEFECT], g->filed[REPORT_DOCS],
		    g->closed, g->filings_open,
			g->silent };

		table_cell(t, "%s", text_printable(p->arena, g->title, NAME_BYTES));
		for (size_t k = 0; k < COUNT(cells); k++)
			table_cell(t, "%s", number(p->arena, cells[k]));
		if (g->silent > 0)
			table_tint(t, TABLE_RED);
	}
	print_below(p, t);
}

/* ---- the budget ---------------------------------------------------------------------------------------- */

static void
print_budget(const struct printer *p)
{
	static const struct { enum report_by by; const char *word; } dimensions[] = {
		{ REPORT_TEAM, "team" }, { REPORT_RULE, "rule" }, { REPORT_CUSTOMER, "customer" },
		{ REPORT_ENGINEER, "engineer" },
	};
	struct table *t = table_new(p->arena);

	table_column(t, "help by", TABLE_LEFT);
	table_column(t, "28 days", TABLE_RIGHT);
	table_column(t, "90 days", TABLE_RIGHT);
	table_column(t, "", TABLE_LEFT);
	for (size_t d = 0; d < COUNT(dimensions); d++)
		for (size_t i = 0; i < p->r->ngroups[dimensions[d].by]; i++) {
			const struct report_group *g = &p->r->groups[dimensions[d].by][i];

			if (g->longer.engaged == 0)
				continue;
			table_cell(t, "%s", dimensions[d].word);
			table_cell(t, "%s", report_share_text(p->arena, &g->recent));
			table_cell(t, "%s", report_share_text(p->arena, &g->longer));
			table_cell(t, "%s", g->title);
			if (budget_over(&g->recent, p->r->goal))
				table_tint(t, TABLE_RED);
		}
	print_below(p, t);
}

/* ---- what was learnt, what is open --------------------------------------------------------------------- */

static void
print_causes(const struct printer *p, const struct report_cause *v, size_t n, const char *words)
{
	if (n == 0)
		return;
	heading(p, words);
	for (size_t i = 0; i < n && i < CAUSES_SHOWN; i++) {
		bool of_docs = v == p->r->docs;

		printf("  %s%s%s %s(%s%s%s)%s\n", of_docs ? "" : report_outcome_words[v[i].outcome], of_docs ? "" :
		    ": ", v[i].cause, view_dim(p->cli), of_docs ? v[i].area : "", of_docs ? "; " : "",
		    report_cause_cases(p->arena, &v[i]), view_plain(p->cli));
	}
	if (n > CAUSES_SHOWN)
		printf("  %s... and %zu more, in --json and --html%s\n", view_dim(p->cli), n - CAUSES_SHOWN,
		    view_plain(p->cli));
}

static void
print_open(const struct printer *p)
{
	const struct report *r = p->r;
	struct table *t = table_new(p->arena);
	static const char *const heads[] = { "open case", "sev", "state", "engineer", "last word", "", "subject" };

	for (size_t i = 0; i < COUNT(heads); i++)
		table_column(t, heads[i], i == 1 ? TABLE_RIGHT : TABLE_LEFT);
	for (size_t i = 0; i < r->nopens && i < OPEN_SHOWN; i++) {
		const struct report_open *o = &r->opens[i];

		table_cell(t, "ESC-%" PRId64, o->id);
		table_cell(t, "%u", o->severity);
		table_cell(t, "%s", escalation_state_word(o->state));
		table_cell(t, "%s", *o->engineer != '\0' ? o->engineer : "-");
		table_cell(t, "%s", view_ago(p->arena, o->last, r->to));
		table_cell(t, "%s", o->still ? "stands still" : o->late ? "late" : "");
		table_cell(t, "%s", o->subject);
		if (o->still)
			table_tint(t, TABLE_RED);
	}
	if (r->nopens == 0)
		return;
	putchar('\n');
	table_print(t, p->cli);
	if (r->open > OPEN_SHOWN)
		printf("%s... and %u more: escrelay list%s\n", view_dim(p->cli), r->open - OPEN_SHOWN,
		    view_plain(p->cli));
}

void
report_print(const struct cli *cli, struct arena *a, const struct report *r)
{
	struct printer p = { .cli = cli, .arena = a, .r = r };

	print_head(&p);
	print_groups(&p, REPORT_AREA, "area");
	print_groups(&p, REPORT_TEAM, "team");
	print_groups(&p, REPORT_CUSTOMER, "customer");
	print_groups(&p, REPORT_ENGINEER, "engineer");
	print_filings(&p);
	print_budget(&p);
	print_causes(&p, r->docs, r->ndocs, "What asks for docs");
	print_causes(&p, r->causes, r->ncauses, "Causes");
	print_open(&p);
}

/* rules_stats.c - 'rules stats': how often each rule and each pattern held, what it costs, and how often people knew
 * better. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/rules_parts.h"
#include "cli/rules_stats.h"
#include "cli/table.h"
#include "cli/view.h"
#include "ground/mem.h"

static const char *
share(struct arena *a, uint64_t ns, uint64_t all)
{
	return all == 0 ? "-" : arena_printf(a, "%.1f%%", 100.0 * (double)ns / (double)all);
}

static json_t *
share_json(uint64_t ns, uint64_t all)
{
	uint64_t thousandths = all == 0 ? 0 : ns * 1000 / all;

	return all == 0 ? json_null() : json_real((double)thousandths / 1000.0);
}

/* ---- for programs -------------------------------------------------------------------------------------- */

static json_t *
patterns_json(const struct rule_stats *s, const struct rule_stat *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->npatterns; i++) {
		const struct pattern_stat *p = &r->patterns[i];

		bool here = p->line > 0;

		json_array_append_new(list, json_pack("{s:s, s:o, s:b, s:I, s:o, s:I, s:o}", "pattern", p->pattern,
		    "line", here ? json_integer(p->line) : json_null(), "in_files", (int)here, "hits", (json_int_t)p->hits,
		    "last_hit", view_json_time(p->last), "stuck", (json_int_t)p->stuck, "time",
		    here ? share_json(p->ns, s->ns) : json_null()));
	}
	return list;
}

static void
print_json(const struct rule_stats *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct rule_stat *r = &s->v[i];
		double precision = rule_precision(r);
		bool here = r->file != NULL;
		json_t *overturned = json_pack("{s:I, s:I, s:I, s:I, s:I}", "cases", (json_int_t)r->overturned, "not_an_escalation",
		    (json_int_t)r->not_one, "reassigned", (json_int_t)r->given, "severity", (json_int_t)r->severity, "released",
		    (json_int_t)r->released);

		json_print_line(json_pack("{s:s, s:o, s:o, s:b, s:o, s:I, s:o, s:I, s:o, s:o, s:o, s:o}", "rule", r->name, "file",
		    rules_text_or_null(r->file), "line", here ? json_integer(r->line) : json_null(), "in_files", (int)here,
		    "renamed_to", rules_text_or_null(r->renamed_to), "hits", (json_int_t)r->hits, "last_hit",
		    view_json_time(r->last), "stuck", (json_int_t)r->stuck, "time",
		    here ? share_json(r->ns, s->ns) : json_null(), "overturned", overturned, "precision",
		    precision < 0.0 ? json_null() : json_real(precision), "patterns", patterns_json(s, r)));
	}
}

/* ---- for people ---------------------------------------------------------------------------------------- */

static const char *
last_hit(struct arena *a, int64_t last)
{
	return last == 0 ? "never" : arena_printf(a, "%.10s", view_time(a, last));
}

static void
print_rules(const struct cli *cli, struct arena *a, const struct rule_stats *s)
{
	static const char *const heads[] = { "hits", "last hit", "stuck", "time", "overturned", "precision" };
	struct table *t = table_new(a);

	for (size_t i = 0; i < COUNT(heads); i++)
		table_column(t, heads[i], i == 1 ? TABLE_LEFT : TABLE_RIGHT);
	table_column(t, "rule", TABLE_LEFT);
	for (size_t i = 0; i < s->n; i++) {
		const struct rule_stat *r = &s->v[i];
		double precision = rule_precision(r);

		table_cell(t, "%" PRId64, r->hits);
		table_cell(t, "%s", last_hit(a, r->last));
		table_cell(t, "%" PRId64, r->stuck);
		table_cell(t, "%s", r->file != NULL ? share(a, r->ns, s->ns) : "-");
		table_cell(t, "%" PRId64, r->overturned);
		table_cell(t, "%s", precision < 0.0 ? "-" : arena_printf(a, "%.1f%%", 100.0 * precision));
		table_cell(t, "%s%s", r->file == NULL ? "(gone) " : "", r->name);
		if (r->file == NULL || r->stuck > 0)
			table_tint(t, r->file == NULL ? TABLE_DIM : TABLE_RED);
	}
	table_print(t, cli);
}

/* Those that are gone are for programs alone: each change of a pattern leaves one. */
static void
print_patterns(const struct cli *cli, struct arena *a, const struct rule_stats *s)
{
	static const char *const heads[] = { "hits", "last hit", "stuck", "time", "rule", "pattern" };
	struct table *t = table_new(a);

	for (size_t i = 0; i < COUNT(heads); i++)
		table_column(t, heads[i], i == 1 || i > 3 ? TABLE_LEFT : TABLE_RIGHT);
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->v[i].npatterns; k++) {
			const struct pattern_stat *p = &s->v[i].patterns[k];

			if (p->line == 0)
				continue;
			table_cell(t, "%" PRId64, p->hits);
			table_cell(t, "%s", last_hit(a, p->last));
			table_cell(t, "%" PRId64, p->stuck);
			table_cell(t, "%s", share(a, p->ns, s->ns));
			table_cell(t, "%s", s->v[i].name);
			table_cell(t, "%s", p->pattern);
			if (p->stuck > 0)
				table_tint(t, TABLE_RED);
		}
	putchar('\n');
	table_print(t, cli);
}

static void
print_overturned(const struct cli *cli, struct arena *a, const struct rule_stats *s)
{
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		const struct rule_stat *r = &s->v[i];
		const struct { int64_t n; const char *words; } kinds[] = { { r->not_one, "closed as not-an-escalation" },
			{ r->given, "given to another" }, { r->severity, "of another severity" },
			{ r->released, "let out of quarantine" } };
		const char *comma = "";

		if (r->overturned == 0)
			continue;
		if (!any)
			printf("\n%sOverturned by people%s\n", view_bold(cli), view_plain(cli));
		any = true;
		printf("  \"%s\": ", view_clean(a, r->name, RULE_NAME_BYTES));
		for (size_t k = 0; k < COUNT(kinds); k++)
			if (kinds[k].n > 0) {
				printf("%s%" PRId64 " %s", comma, kinds[k].n, kinds[k].words);
				comma = ", ";
			}
		putchar('\n');
	}
}

static void
print_new_names(struct arena *a, const struct rule_stats *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].renamed_to != NULL)
			printf("\"%s\" says the same as \"%s\" did, which is gone.\n",
			    view_clean(a, s->v[i].renamed_to, RULE_NAME_BYTES), view_clean(a, s->v[i].name, RULE_NAME_BYTES));
}

static void
print_human(const struct cli *cli, struct arena *a, const struct rule_stats *s, const struct rules_options *o)
{
	if (s->decisions == 0) {
		puts("No mail has been decided yet.");
		return;
	}
	print_rules(cli, a, s);
	if (o->patterns)
		print_patterns(cli, a, s);
	print_overturned(cli, a, s);
	putchar('\n');
	print_new_names(a, s);
	printf("%" PRId64 " mail%s judged since %.10s", s->decisions, s->decisions == 1 ? "" : "s",
	    view_time(a, s->first));
	if (o->since > 0)
		printf("; counted from %.10s on", view_time(a, o->since));
	if (s->sample > 0)
		printf("; time: %zu of them judged again", s->sample);
	puts(".");
}

int
rules_stats(struct cli *cli, const struct rules_options *o)
{
	struct rules_read l = { .arena = NULL };
	struct store *s = NULL;
	struct rule_stats stats;
	int status = EXIT_CANNOT;

	rules_load(cli, NULL, &l);
	rules_print_diag(&l.diag, stderr, false);
	if (l.rules != NULL && l.settings != NULL)
		s = rules_store(&l);
	if (s != NULL && rules_count(&l, s, o->since, &stats)) {
		if (cli->json)
			print_json(&stats);
		else
			print_human(cli, l.arena, &stats, o);
		status = EXIT_DONE;
	} else if (s != NULL)
		fprintf(stderr, "escrelay: %s\n", store_why(s));
	store_close(s);
	rules_unload(&l);
	return status;
}

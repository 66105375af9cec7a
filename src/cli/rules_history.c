/* rules_history.c - 'rules history' and 'rules show': the rule sets that have decided, as the store keeps them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/rules_parts.h"
#include "cli/table.h"
#include "cli/view.h"
#include "ground/mem.h"
#include "ground/text.h"

#define SHORT    12 /* hex digits of a hash that are shown, and are enough to name it */
#define NEAR_MAX 3  /* that are named where none is meant */

/* The configuration, its rules if they compile, and the store; NULL with the reason said. */
static struct store *
open_history(struct cli *cli, struct rules_read *l)
{
	rules_load(cli, NULL, l);
	if (l->settings == NULL)
		rules_print_diag(&l->diag, stderr, false);
	return l->settings != NULL ? rules_store(l) : NULL;
}

static int
close_history(struct rules_read *l, struct store *s, int status)
{
	if (s == NULL || store_fault(s) != STORE_OK) {
		if (s != NULL)
			fprintf(stderr, "escrelay: %s\n", store_why(s));
		status = EXIT_CANNOT;
	}
	store_close(s);
	rules_unload(l);
	return status;
}

static bool
in_files(const struct rules_read *l, const struct ruleset_row *row)
{
	return l->rules != NULL && strcmp(ruleset_hash(l->rules), row->hash) == 0;
}

static json_t *
row_json(const struct rules_read *l, const struct ruleset_row *row)
{
	json_t *here = l->rules != NULL ? json_boolean(in_files(l, row)) : json_null();

	return json_pack("{s:s, s:o, s:o, s:I, s:o}", "hash", row->hash, "since", view_json_time(row->first), "last",
	    view_json_time(row->last), "decisions", (json_int_t)row->decisions, "in_files", here);
}

int
rules_history(struct cli *cli)
{
	struct rules_read l = { .arena = NULL };
	struct store *s = open_history(cli, &l);
	struct ruleset_row *rows;
	size_t n = s != NULL ? store_rulesets(s, l.arena, &rows) : 0;
	struct table *t = table_new(l.arena);
	bool now = false;

	table_column(t, "in force since", TABLE_LEFT);
	table_column(t, "last decided", TABLE_LEFT);
	table_column(t, "decisions", TABLE_RIGHT);
	table_column(t, "hash", TABLE_LEFT);
	table_column(t, "", TABLE_LEFT);
	for (size_t i = 0; i < n; i++) {
		if (cli->json) {
			json_print_line(row_json(&l, &rows[i]));
			continue;
		}
		table_cell(t, "%s", view_time(l.arena, rows[i].first));
		table_cell(t, "%s", view_time(l.arena, rows[i].last));
		table_cell(t, "%" PRId64, rows[i].decisions);
		table_cell(t, "%.*s", SHORT, rows[i].hash);
		table_cell(t, "%s", in_files(&l, &rows[i]) ? "today's files" : "");
		now = now || in_files(&l, &rows[i]);
	}
	if (s != NULL && !cli->json) {
		if (n == 0)
			puts("No rules have decided yet.");
		else
			table_print(t, cli);
		if (l.rules == NULL)
			puts("Today's files do not compile: 'escrelay rules lint' says why.");
		else if (n > 0 && !now)
			printf("Today's files (%.*s) have not decided yet.\n", SHORT, ruleset_hash(l.rules));
	}
	return close_history(&l, s, EXIT_DONE);
}

/* ---- one of them --------------------------------------------------------------------------------------- */

static void
name_some(struct arena *a, const struct ruleset_row *rows, const size_t *which, size_t n)
{
	for (size_t i = 0; i < n && i < NEAR_MAX; i++)
		fprintf(stderr, "%s%.*s (since %s)", i == 0 ? "" : ", ", SHORT, rows[which[i]].hash,
		    view_time(a, rows[which[i]].first));
	fprintf(stderr, "%s\n", n > NEAR_MAX ? ", ..." : "");
}

/* No set begins so: one that nearly does, or else the newest. */
static void
say_unknown(struct arena *a, const char *word, const struct ruleset_row *rows, size_t n)
{
	const char **begins = arena_array(a, n + 1, sizeof(*begins)), *near;
	size_t *which = arena_array(a, n + 1, sizeof(*which)), m = 0;

	fprintf(stderr, "escrelay: no rule set begins with '%s'; ", text_printable(a, word, 80));
	for (size_t i = 0; i < n; i++)
		begins[i] = arena_strndup(a, rows[i].hash, strnlen(word, strlen(rows[i].hash)));
	near = text_nearest(word, begins, n);
	for (size_t i = n; i > 0; i--)
		if (near == NULL || strcmp(begins[i - 1], near) == 0)
			which[m++] = i - 1;
	fputs(n == 0 ? "no rules have decided yet" : near != NULL ? "perhaps " : "the newest: ", stderr);
	name_some(a, rows, which, m);
}

static const struct ruleset_row *
find(struct arena *a, struct store *s, const char *word)
{
	struct ruleset_row *rows;
	size_t n = store_rulesets(s, a, &rows), m = 0, *which = arena_array(a, n + 1, sizeof(*which));

	for (size_t i = 0; i < n; i++)
		if (*word != '\0' && text_starts_nocase(rows[i].hash, word))
			which[m++] = i;
	if (m == 1)
		return &rows[which[0]];
	if (store_fault(s) == STORE_OK && m == 0)
		say_unknown(a, word, rows, n);
	else if (m > 1) {
		fprintf(stderr, "escrelay: '%s' is the beginning of %zu rule sets: ", text_printable(a, word, 80), m);
		name_some(a, rows, which, m);
	}
	return NULL;
}

int
rules_show(struct cli *cli, const char *word)
{
	struct rules_read l = { .arena = NULL };
	struct store *s = open_history(cli, &l);
	const struct ruleset_row *row = s != NULL ? find(l.arena, s, word) : NULL;
	const char *text = row != NULL ? store_ruleset_text(s, l.arena, row->hash) : NULL;

	if (text != NULL && cli->json) {
		json_t *o = row_json(&l, row);

		json_object_set_new(o, "text", json_string(text));
		json_print_line(o);
	} else if (text != NULL)
		printf("%s# rule set %s\n# in force since %s UTC, last decided %s UTC, %" PRId64 " decisions%s%s\n\n%s",
		    view_dim(cli), row->hash, view_time(l.arena, row->first), view_time(l.arena, row->last), row->decisions,
		    in_files(&l, row) ? "; today's files" : "", view_plain(cli), text);
	return close_history(&l, s, text != NULL ? EXIT_DONE : EXIT_FINDING);
}

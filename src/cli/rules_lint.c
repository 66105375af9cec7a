/* rules_lint.c - 'rules lint': what looks wrong about the rules, as complaints with their places, and counted by kind. */
#include <string.h>

#include "cli/rules_parts.h"
#include "cli/table.h"
#include "cli/view.h"
#include "ground/mem.h"

/* Everything that was found, from whichever part of the program. */
struct finding { enum diag_level level; const char *check; const struct diag_item *item; const struct lint_finding *lint; };
struct findings { struct arena *arena; struct finding *v; size_t n; };

static const struct lint_check others[] = {
	{ "invalid",    "what does not compile" },
	{ "suspicious", "what compiles and is perhaps not meant" },
	{ "example",    "mails that are judged otherwise than the rule says" },
	{ "dead",       "rules that no mail was for in a long time" },
};

static void
add_diag(struct findings *to, const struct diag *d, const char *error, const char *warning)
{
	for (size_t i = 0; i < d->n; i++)
		*(struct finding *)arena_push(to->arena, &to->v, &to->n, sizeof(*to->v)) =
		    (struct finding){ .level = d->items[i].level, .check = d->items[i].level == DIAG_ERROR ? error : warning, .item = &d->items[i] };
}

static void
add_lint(struct findings *to, const struct lint_finding *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct diag_item *item = arena_alloc(to->arena, sizeof(*item));

		*item = (struct diag_item){ .level = DIAG_WARNING, .pos = v[i].pos, .bytes = v[i].bytes, .message = v[i].message, .hint = v[i].hint };
		*(struct finding *)arena_push(to->arena, &to->v, &to->n, sizeof(*to->v)) =
		    (struct finding){ .level = DIAG_WARNING, .check = v[i].check, .item = item, .lint = &v[i] };
	}
}

static json_t *
growth_json(const struct lint_finding *f)
{
	json_t *list = json_array(), *o;

	if (f == NULL || f->blow_up == NULL) {
		json_decref(list);
		return json_null();
	}
	for (size_t i = 0; i < COUNT(f->blow_up->growth); i++)
		json_array_append_new(list, json_pack("{s:i, s:I, s:b}", "times", (int)f->blow_up->growth[i].times, "steps",
		    (json_int_t)f->blow_up->growth[i].steps, "stuck", f->blow_up->growth[i].stuck));
	o = json_pack("{s:s, s:s, s:s, s:b}", "before", f->blow_up->before, "again", f->blow_up->again, "after", f->blow_up->after, "exponential",
	    f->blow_up->exponential);
	json_object_set_new(o, "growth", list);
	return o;
}

static void
print_json(const struct findings *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct finding *f = &all->v[i];
		bool placed = f->item->pos.file != NULL;

		json_print_line(json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:o}", "level", f->level == DIAG_ERROR ? "error" : "warning",
		    "check", f->check, "rule", rules_text_or_null(f->lint != NULL ? f->lint->rule : NULL),
		    "file", rules_text_or_null(placed ? f->item->pos.file->name : NULL), "line", placed ? json_integer(f->item->pos.line) : json_null(),
		    "column", placed ? json_integer(f->item->pos.column) : json_null(), "message", f->item->message,
		    "hint", rules_text_or_null(f->item->hint), "blow_up", growth_json(f->lint)));
	}
}

static size_t
count(const struct findings *all, const char *check)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += strcmp(all->v[i].check, check) == 0;
	return n;
}

static void
count_row(struct table *t, const struct findings *all, const struct lint_check *check)
{
	size_t n = count(all, check->word);

	if (n == 0)
		return;
	table_cell(t, "%zu", n);
	table_cell(t, "%s", check->word);
	table_cell(t, "%s", check->sentence);
}

static void
print_human(const struct cli *cli, struct arena *a, const struct findings *all, FILE *to, bool colour)
{
	struct table *t = table_new(a);
	struct diag d;

	diag_init(&d, a);
	for (size_t i = 0; i < all->n; i++) {
		const struct diag_item *item = all->v[i].item;

		diag_add(&d, item->level, &item->pos, item->bytes, item->hint, "%s", item->message);
	}
	rules_print_diag(&d, to, colour);
	if (all->n == 0 || to != stdout)
		return;
	table_column(t, "found", TABLE_RIGHT);
	table_column(t, "check", TABLE_LEFT);
	table_column(t, "what it finds", TABLE_LEFT);
	for (size_t i = 0; i < COUNT(others); i++)
		count_row(t, all, &others[i]);
	for (size_t i = 0; i < nlint_checks; i++)
		count_row(t, all, &lint_checks[i]);
	putchar('\n');
	table_print(t, cli);
	putchar('\n');
}

/* What could not be looked for; each line of the JSON is a finding. */
static void
print_note(const struct cli *cli, const char *note)
{
	if (note != NULL && cli->json)
		fprintf(stderr, "escrelay: rules lint: %s\n", note);
	else if (note != NULL)
		printf("%s%s%s\n", view_dim(cli), note, view_plain(cli));
}

static const char *
counted(struct arena *a, size_t n, const char *what)
{
	return arena_printf(a, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

int
rules_lint(struct cli *cli, const char *dir, int64_t days)
{
	struct rules_read l = { .arena = NULL };
	struct findings all;
	struct lint_finding *found;
	struct diag examples;
	const char *note = NULL;
	size_t nexamples = 0, nfound;
	int rc;

	rules_load(cli, dir, &l);
	all = (struct findings){ .arena = l.arena };
	add_diag(&all, &l.diag, "invalid", "suspicious");
	if (l.rules != NULL) {
		diag_init(&examples, l.arena);
		nexamples = ruleset_examples(l.rules, &examples);
		add_diag(&all, &examples, "example", "example");
		nfound = ruleset_lint(l.rules, l.arena, &found);
		add_lint(&all, found, nfound);
		nfound = rules_dead(&l, days, &found, &note);
		add_lint(&all, found, nfound);
	}
	if (cli->json)
		print_json(&all);
	else
		print_human(cli, l.arena, &all, l.readable ? stdout : stderr, cli->colour && l.readable);
	print_note(cli, note);
	if (l.settings == NULL && l.rules != NULL)
		print_note(cli, "no configuration: names of teams, pools, skills and customers not looked at");
	if (!cli->json && l.rules != NULL)
		printf("%s%s, %s, %s%s\n", all.n == 0 ? view_green(cli) : view_red(cli),
		    counted(l.arena, ruleset_count(l.rules), "rule"), counted(l.arena, nexamples, "example"),
		    counted(l.arena, all.n, "finding"), view_plain(cli));
	rc = !l.readable ? EXIT_CANNOT : all.n > 0 ? EXIT_FINDING : EXIT_DONE;
	rules_unload(&l);
	return rc;
}

/* rules.c - 'rules': reading what is to be tested or linted; the front door of its words. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/rules_parts.h"
#include "edge/store.h"
#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"

#define DAYS_MAX 36500

/* A path as a glob in quotes that means just this path. */
static char *
quoted_glob(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, 3 * strlen(path) + 1), *o = out;

	for (; *path != '\0'; path++) {
		if (strchr("*?[\\", *path) != NULL) {
			*o++ = '\\';
			*o++ = '\\';
		}
		if (*path == '"' || *path == '\\')
			*o++ = '\\';
		*o++ = *path;
	}
	return out;
}

static bool
ends_in_rules(const char *path)
{
	size_t len = strlen(path);

	return len > 6 && strcmp(path + len - 6, ".rules") == 0;
}

/* What was said about the include of -r, which nobody wrote: its errors at no place. */
static void
take_said(struct rules_read *l, const struct diag *said)
{
	for (size_t i = 0; i < said->n; i++) {
		const struct diag_item *item = &said->items[i];
		bool written = item->pos.file != NULL && strcmp(item->pos.file->name, "-r") != 0;

		if (written || item->level == DIAG_ERROR)
			diag_add(&l->diag, item->level, written ? &item->pos : NULL, item->bytes, item->hint, "%s",
			    item->message);
	}
}

/* -r: DIR/NAME.rules, in the order of their names, or one file. */
static struct conf_tree *
read_rules_alone(struct rules_read *l, const char *path)
{
	const char *include;
	struct conf_tree *tree;
	struct diag said;

	if (access(path, R_OK) != 0) {
		diag_add(&l->diag, DIAG_ERROR, NULL, 0, NULL, "cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	if (ends_in_rules(path) && access(arena_printf(l->arena, "%s/.", path), F_OK) != 0)
		return conf_read(l->arena, path, &l->diag);
	include = arena_printf(l->arena, "include \"%s/*.rules\"\n", quoted_glob(l->arena, path));
	diag_init(&said, l->arena);
	tree = conf_read_text(l->arena, "-r", include, strlen(include), false, &said);
	if (tree != NULL && tree->nfiles == 1 && said.errors == 0)
		diag_add(&said, DIAG_ERROR, NULL, 0, NULL, "there is no file %s/*.rules", path);
	take_said(l, &said);
	return tree != NULL && tree->nfiles > 1 ? tree : NULL;
}

/* A folder of rules holds rules alone: a 'rul' must not pass for somebody else's statement. */
static void
only_rules(struct rules_read *l, const struct conf_tree *tree)
{
	for (size_t i = 0; i < tree->nstmts; i++)
		if (strcmp(tree->stmts[i].words[0].text, "rule") != 0)
			diag_error(&l->diag, &tree->stmts[i].words[0], NULL, "found '%s', expected rule \"NAME\" { ... }",
			    tree->stmts[i].words[0].text);
}

/* What is wrong with the configuration, as far as it matters to rules: no warnings, and with -r nothing of the rules
 * that those of -r stand in for. */
static void
take_errors(struct rules_read *l, const struct diag *of_conf, bool without_rules)
{
	for (size_t i = 0; i < of_conf->n; i++) {
		const struct diag_item *item = &of_conf->items[i];
		const struct conf_pos *pos = item->pos.file != NULL ? &item->pos : NULL;

		if (item->level == DIAG_ERROR && !(without_rules && pos != NULL && ends_in_rules(pos->file->name)))
			diag_add(&l->diag, DIAG_ERROR, pos, item->bytes, item->hint, "%s", item->message);
	}
}

/* With -r the configuration is asked for its teams, customers and people where there is one. */
void
rules_load(struct cli *cli, const char *dir, struct rules_read *l)
{
	struct conf_tree *conf = NULL, *tree;
	struct diag of_conf;

	l->arena = arena_new();
	diag_init(&l->diag, l->arena);
	diag_init(&of_conf, l->arena);
	if (dir == NULL || access(cli->conf, R_OK) == 0)
		conf = conf_read(l->arena, cli->conf, dir == NULL ? &l->diag : &of_conf);
	tree = dir == NULL ? conf : read_rules_alone(l, dir);
	if (tree != NULL && dir != NULL)
		only_rules(l, tree);
	l->tree = tree;
	l->readable = tree != NULL && (dir != NULL || conf != NULL);
	take_errors(l, &of_conf, true);
	diag_init(&of_conf, l->arena);
	if (conf != NULL)
		l->settings = settings_read(l->arena, conf, cli->conf, &of_conf);
	take_errors(l, &of_conf, dir != NULL);
	if (tree != NULL && (conf == NULL || l->settings != NULL))
		l->rules = ruleset_compile(l->arena, tree, l->settings, &l->diag);
	if (l->diag.errors > 0) {
		ruleset_free(l->rules);
		l->rules = NULL;
	}
}

void
rules_unload(struct rules_read *l)
{
	ruleset_free(l->rules);
	settings_free(l->settings);
	arena_free(l->arena);
}

struct store *
rules_store(const struct rules_read *l)
{
	enum store_fault fault;
	char why[256];
	struct store *s = store_open(l->settings->store, STORE_READ, &fault, why);

	if (s == NULL)
		fprintf(stderr, "escrelay: %s\n", why);
	return s;
}

struct conf_tree *
rules_then(struct arena *a, struct store *s, const char *hash)
{
	const char *text = store_ruleset_text(s, a, hash);
	struct diag d;

	diag_init(&d, a);
	return text != NULL ? conf_read_text(a, arena_printf(a, "rules %.12s", hash), text, strlen(text), true, &d) : NULL;
}

void
rules_print_diag(const struct diag *d, FILE *to, bool colour)
{
	AUTO_BUF struct buf b;

	buf_init(&b, 1 << 20);
	diag_print(d, &b, colour);
	fputs(b.data, to);
}

json_t *
rules_text_or_null(const char *s)
{
	return s == NULL ? json_null() : json_string(s);
}

/* The words of 'rules', and which options each knows. */
enum { TAKES_DIR = 1, TAKES_SINCE = 2, TAKES_PATTERNS = 4, TAKES_DAYS = 8 };
static const struct word { const char *word, *usage; unsigned takes; } words[] = {
	{ "test",    "test [-r DIR] FILE...",            TAKES_DIR },
	{ "lint",    "lint [-r DIR] [--days N]",         TAKES_DIR | TAKES_DAYS },
	{ "replay",  "replay [-r DIR] [--since T]",      TAKES_DIR | TAKES_SINCE },
	{ "stats",   "stats [--since T] [--patterns]",   TAKES_SINCE | TAKES_PATTERNS },
	{ "history", "history",                          0 },
	{ "show",    "show HASH",                        0 },
};

static int
no_such_word(const struct cli *cli, const char *what)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *known[COUNT(words)], *near;

	for (size_t i = 0; i < COUNT(words); i++)
		known[i] = words[i].word;
	near = text_nearest(what, known, COUNT(words));
	what = text_printable(a, what, 60);
	if (near != NULL)
		return cli_usage(cli, "there is no 'rules %s'; perhaps '%s'", what, near);
	return cli_usage(cli, "there is no 'rules %s'", what);
}

/* The option at argv[0]. 0: it is none, -1: it is wrong, which was said. Else how many words it is. */
static int
take_option(struct cli *cli, const struct word *w, char **argv, struct rules_options *o)
{
	const char *name = argv[0], *value = argv[1]; /* NULL behind the last */
	uint64_t days;

	if ((w->takes & TAKES_PATTERNS) && strcmp(name, "--patterns") == 0) {
		o->patterns = true;
		return 1;
	}
	if ((w->takes & TAKES_DIR) && strcmp(name, "-r") == 0) {
		o->dir = value;
		if (value != NULL)
			return 2;
		cli_usage(cli, "-r needs a folder of rules");
		return -1;
	}
	if ((w->takes & TAKES_SINCE) && strcmp(name, "--since") == 0) {
		if (value != NULL && clock_parse(value, &o->since))
			return 2;
		cli_usage(cli, "--since wants a time such as 2026-11-23 or 2026-11-23T10:00:00Z");
		return -1;
	}
	if ((w->takes & TAKES_DAYS) && strcmp(name, "--days") == 0) {
		if (value == NULL || !text_u64(value, 1, DAYS_MAX, &days)) {
			cli_usage(cli, "--days wants a number from 1 to %d", DAYS_MAX);
			return -1;
		}
		o->days = (int64_t)days;
		return 2;
	}
	if (name[0] != '-' || name[1] == '\0')
		return 0;
	cli_usage(cli, "'%s' is not an option of rules %s", name, w->word);
	return -1;
}

static int
run_word(struct cli *cli, const struct word *w, const struct rules_options *o, int n, char **given)
{
	if (strcmp(w->word, "test") == 0)
		return rules_test(cli, o->dir, n, given);
	if (strcmp(w->word, "show") == 0)
		return n == 1 ? rules_show(cli, given[0])
		    : cli_usage(cli, "rules show wants one hash of 'escrelay rules history'");
	if (n > 0)
		return cli_usage(cli, "rules %s takes no file%s", w->word,
		    w->takes & TAKES_DIR ? "; -r DIR names other rules than the configuration's" : "");
	if (strcmp(w->word, "lint") == 0)
		return rules_lint(cli, o->dir, o->days);
	if (strcmp(w->word, "replay") == 0)
		return rules_replay(cli, o->dir, o);
	return strcmp(w->word, "stats") == 0 ? rules_stats(cli, o) : rules_history(cli);
}

int
cmd_rules(struct cli *cli, int argc, char **argv)
{
	const struct command *all = cli->command;
	struct command one = *all;
	struct rules_options o = { .days = DEAD_DAYS };
	const struct word *w = NULL;
	int n = 0, status, took = 0;

	if (argc < 2)
		return cli_usage(cli, "rules needs a word: test, lint, replay, stats, history or show");
	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(argv[1], words[i].word) == 0)
			w = &words[i];
	if (w == NULL)
		return no_such_word(cli, argv[1]);
	one.arguments = w->usage; /* whoever gets it wrong reads how this one is used */
	cli->command = &one;
	for (int i = 2; i < argc && took >= 0; i += took > 0 ? took : 1) {
		took = take_option(cli, w, &argv[i], &o);
		if (took == 0)
			argv[n++] = argv[i]; /* the files, closed up to the front */
	}
	status = took < 0 ? EXIT_USAGE : run_word(cli, w, &o, n, argv);
	cli->command = all;
	return status;
}

/* rules.c - 'rules test' and 'rules lint': what the rules make of a mail, and what looks wrong about them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/table.h"
#include "ground/buf.h"
#include "ground/json.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/message.h"
#include "judge/rule.h"

#define INPUT_MAX (256u << 20) /* bytes of a mail that is read */
#define SHOW_MAX  60           /* bytes of a mail's words in the trace */

/* Rules with or without a configuration, and what was found wrong with them. */
struct loaded {
	struct arena *arena;
	struct diag diag;
	struct settings *settings;
	struct ruleset *rules;
	bool readable; /* false: not even the files could be read */
};

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

/* -r: DIR/NAME.rules, in the order of their names, or one file. */
static struct conf_tree *
read_rules_alone(struct loaded *l, const char *path)
{
	const char *include;
	struct conf_tree *tree;

	if (access(path, R_OK) != 0) {
		diag_add(&l->diag, DIAG_ERROR, NULL, 0, NULL, "cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	if (strlen(path) > 6 && strcmp(path + strlen(path) - 6, ".rules") == 0 && access(arena_printf(l->arena, "%s/.", path), F_OK) != 0)
		return conf_read(l->arena, path, &l->diag);
	include = arena_printf(l->arena, "include \"%s/*.rules\"\n", quoted_glob(l->arena, path));
	tree = conf_read_text(l->arena, "-r", include, strlen(include), false, &l->diag);
	if (tree == NULL || tree->nfiles > 1)
		return tree;
	diag_init(&l->diag, l->arena); /* what was said of the include is not what the user wrote */
	diag_add(&l->diag, DIAG_ERROR, NULL, 0, NULL, "there is no file %s/*.rules", path);
	return NULL;
}

/* A folder of rules holds rules alone: a 'rul' must not pass for somebody else's statement. */
static void
only_rules(struct loaded *l, const struct conf_tree *tree)
{
	for (size_t i = 0; i < tree->nstmts; i++)
		if (strcmp(tree->stmts[i].words[0].text, "rule") != 0)
			diag_error(&l->diag, &tree->stmts[i].words[0], NULL, "found '%s', expected rule \"NAME\" { ... }",
			    tree->stmts[i].words[0].text);
}

/* With -r the configuration is asked for its teams, customers and people where there is one. */
static void
load(struct cli *cli, const char *dir, struct loaded *l)
{
	struct conf_tree *conf = NULL, *tree;

	l->arena = arena_new();
	diag_init(&l->diag, l->arena);
	if (dir == NULL || access(cli->conf, R_OK) == 0)
		conf = conf_read(l->arena, cli->conf, &l->diag);
	tree = dir == NULL ? conf : read_rules_alone(l, dir);
	if (tree != NULL && dir != NULL)
		only_rules(l, tree);
	l->readable = tree != NULL && (dir != NULL || conf != NULL);
	if (conf != NULL)
		l->settings = settings_read(l->arena, conf, cli->conf, &l->diag);
	if (tree != NULL && (conf == NULL || l->settings != NULL))
		l->rules = ruleset_compile(l->arena, tree, l->settings, &l->diag);
	if (l->diag.errors > 0) {
		ruleset_free(l->rules);
		l->rules = NULL;
	}
}

static void
unload(struct loaded *l)
{
	ruleset_free(l->rules);
	settings_free(l->settings);
	arena_free(l->arena);
}

static void
print_diag(const struct diag *d, FILE *to, bool colour)
{
	AUTO_BUF struct buf b;

	buf_init(&b, 1 << 20);
	diag_print(d, &b, colour);
	fputs(b.data, to);
}

static json_t *
string_or_null(const char *s)
{
	return s == NULL ? json_null() : json_string(s);
}

static const char *
verdict_word(enum rule_verdict v)
{
	return v == RULE_YES ? "yes" : v == RULE_NO ? "no" : "stuck";
}

static json_t *
strings_json(const char *const *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(v[i]));
	return list;
}

static json_t *
actions_json(const struct decision *d)
{
	json_t *o = json_object(), *set = json_object(), *files = json_array();

	for (size_t i = 0; i < d->nsets; i++)
		json_object_set_new(set, d->sets[i].name, json_string(d->sets[i].value));
	for (size_t i = 0; i < d->nfiles; i++)
		json_array_append_new(files, json_pack("{s:s, s:s}", "team", d->files[i].team, "kind", d->files[i].kind));
	json_object_set_new(o, "open", json_boolean(d->open));
	json_object_set_new(o, "set", set);
	json_object_set_new(o, "file", files);
	json_object_set_new(o, "forward", strings_json(d->forwards, d->nforwards));
	json_object_set_new(o, "ignore", json_boolean(d->ignore));
	json_object_set_new(o, "quarantine", json_boolean(d->quarantine));
	return o;
}

static void
print_json(struct arena *a, const char *path, const struct decision *d)
{
	json_t *o = json_object(), *captures = json_object(), *trace = json_array(), *missing = json_array();

	for (size_t i = 0; i < d->ncaptures; i++)
		json_object_set_new(captures, d->captures[i].name,
		    json_string(utf8_clean(a, d->captures[i].value, strlen(d->captures[i].value), RULE_CAPTURE_BYTES)));
	for (size_t i = 0; i < d->ntrace; i++)
		json_array_append_new(trace, json_pack("{s:s, s:s, s:o}", "rule", d->trace[i].name, "verdict",
		    verdict_word(d->trace[i].verdict), "failed", string_or_null(d->trace[i].failed)));
	for (size_t i = 0; i < d->nmissing; i++)
		json_array_append_new(missing, json_string(d->missing[i].question));
	json_object_set_new(o, "file", json_string(utf8_clean(a, path, strlen(path), 4096)));
	json_object_set_new(o, "verdict", json_string(verdict_word(d->verdict)));
	json_object_set_new(o, "rule", string_or_null(d->rule));
	json_object_set_new(o, "line", d->rule == NULL ? json_null() : json_integer(d->line));
	json_object_set_new(o, "captures", captures);
	json_object_set_new(o, "actions", actions_json(d));
	json_object_set_new(o, "stuck", strings_json(d->stuck, d->nstuck));
	json_object_set_new(o, "trace", trace);
	json_object_set_new(o, "missing", missing);
	json_print_line(o);
}

static void
print_pair(struct arena *a, const char *label, const char *name, const char *value)
{
	printf("  %-10s %s = %s\n", label, name, text_printable(a, value, 300));
}

static void
print_actions(struct arena *a, const struct decision *d)
{
	if (d->open)
		puts("  opens an escalation");
	for (size_t i = 0; i < d->nfiles; i++)
		printf("  files %s with team %s\n", d->files[i].kind, d->files[i].team);
	for (size_t i = 0; i < d->nforwards; i++)
		printf("  forwards to %s\n", d->forwards[i]);
	if (d->ignore)
		puts("  ignored: kept in the journal only");
	if (d->quarantine)
		puts(d->nstuck > 0 ? "  quarantined: a rule before this one was stuck" : "  quarantined");
	for (size_t i = 0; i < d->nsets; i++)
		print_pair(a, i == 0 ? "sets" : "", d->sets[i].name, d->sets[i].value);
	for (size_t i = 0; i < d->ncaptures; i++)
		print_pair(a, i == 0 ? "captures" : "", d->captures[i].name, d->captures[i].value);
	for (size_t i = 0; i < d->nmissing; i++)
		printf("  %-10s %s\n", i == 0 ? "asks" : "", text_printable(a, d->missing[i].question, 300));
}

static void
print_human(struct cli *cli, struct arena *a, const char *path, const struct decision *d, double ms)
{
	struct table *t = table_new(a);

	printf("%s: %s", text_printable(a, path, 300), verdict_word(d->verdict));
	if (d->rule != NULL)
		printf(", by rule \"%s\" at %s:%u", d->rule, text_printable(a, d->file, 300), d->line);
	else
		fputs(d->nstuck > 0 ? ": no rule decided, and some could not tell" : ": no rule holds", stdout);
	printf(" (%.1f ms)\n", ms);
	print_actions(a, d);
	putchar('\n');
	table_column(t, "tried", TABLE_LEFT);
	table_column(t, "rule", TABLE_LEFT);
	table_column(t, "what decided against it", TABLE_LEFT);
	for (size_t i = 0; i < d->ntrace; i++) {
		const struct rule_trace *r = &d->trace[i];

		table_cell(t, "%s", verdict_word(r->verdict));
		table_cell(t, "%s", r->name);
		if (r->failed == NULL)
			table_cell(t, "%s", "");
		else if (r->on == NULL)
			table_cell(t, "%s", r->failed);
		else
			table_cell(t, "%s   saw: %s", r->failed, text_squeeze(a, text_printable(a, r->on, SHOW_MAX)));
	}
	table_print(t, cli);
}

static bool
slurp(const char *path, struct buf *b)
{
	bool from_stdin = strcmp(path, "-") == 0;
	int fd = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char chunk[65536];
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || !buf_add(b, chunk, (size_t)n))
			break;
	}
	if (fd >= 0 && !from_stdin)
		close(fd);
	return n == 0;
}

static int
test_file(struct cli *cli, const struct loaded *l, const char *path)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf raw;
	const struct message *m;
	struct timespec from, to;
	struct decision d;

	buf_init(&raw, INPUT_MAX);
	if (!slurp(path, &raw)) {
		fprintf(stderr, "escrelay: rules test: %s: %s\n", text_printable(a, path, 300), raw.over ? "more than 256 MB" : strerror(errno));
		return EXIT_CANNOT;
	}
	m = message_understand(a, raw.data, raw.len, NULL);
	clock_gettime(CLOCK_MONOTONIC, &from);
	rule_decide(l->rules, a, m, rule_customer(l->settings, m), &d);
	clock_gettime(CLOCK_MONOTONIC, &to);
	if (cli->json)
		print_json(a, path, &d);
	else
		print_human(cli, a, path, &d, (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6);
	return EXIT_DONE;
}

static int
rules_test(struct cli *cli, const char *dir, int n, char **paths)
{
	struct loaded l = { .arena = NULL };
	int rc = EXIT_DONE;

	if (n == 0)
		return cli_usage(cli, "rules test needs a file, or - for standard input");
	load(cli, dir, &l);
	print_diag(&l.diag, stderr, false);
	if (l.rules == NULL)
		rc = EXIT_CANNOT;
	for (int i = 0; i < n && l.rules != NULL; i++) {
		if (i > 0 && !cli->json)
			putchar('\n');
		if (test_file(cli, &l, paths[i]) != EXIT_DONE)
			rc = EXIT_CANNOT;
	}
	unload(&l);
	return rc;
}

static void
print_diag_json(const struct diag *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct diag_item *item = &d->items[i];
		bool placed = item->pos.file != NULL;

		json_print_line(json_pack("{s:s, s:o, s:o, s:o, s:s, s:o}", "level", item->level == DIAG_ERROR ? "error" : "warning",
		    "file", string_or_null(placed ? item->pos.file->name : NULL), "line", placed ? json_integer(item->pos.line) : json_null(),
		    "column", placed ? json_integer(item->pos.column) : json_null(), "message", item->message, "hint",
		    string_or_null(item->hint)));
	}
}

static int
rules_lint(struct cli *cli, const char *dir, int n)
{
	struct loaded l = { .arena = NULL };
	size_t examples = 0, found;
	int rc;

	if (n > 0)
		return cli_usage(cli, "rules lint takes no file; -r DIR names other rules than the configuration's");
	load(cli, dir, &l);
	if (l.rules != NULL) {
		examples = ruleset_examples(l.rules, &l.diag);
		ruleset_lint(l.rules, &l.diag);
	}
	found = l.diag.n + l.diag.dropped;
	if (cli->json)
		print_diag_json(&l.diag);
	else
		print_diag(&l.diag, l.readable ? stdout : stderr, cli->colour && l.readable);
	if (!cli->json && l.rules != NULL)
		printf("%zu rules, %zu examples, %zu finding%s\n", ruleset_count(l.rules), examples, found, found == 1 ? "" : "s");
	rc = !l.readable ? EXIT_CANNOT : found > 0 ? EXIT_FINDING : EXIT_DONE;
	unload(&l);
	return rc;
}

int
cmd_rules(struct cli *cli, int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : NULL, *dir = NULL;
	int n = 0;

	if (what == NULL || (strcmp(what, "test") != 0 && strcmp(what, "lint") != 0))
		return what == NULL ? cli_usage(cli, "rules needs a word: test or lint") :
		    cli_usage(cli, "there is no 'rules %s'; there are test and lint", what);
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "-r") == 0) {
			if (++i == argc)
				return cli_usage(cli, "-r needs a folder of rules");
			dir = argv[i];
		} else if (argv[i][0] == '-' && argv[i][1] != '\0')
			return cli_usage(cli, "'%s' is not an option of rules %s; there is -r DIR", argv[i], what);
		else
			argv[n++] = argv[i]; /* the files, closed up to the front */
	}
	return strcmp(what, "test") == 0 ? rules_test(cli, dir, n, argv) : rules_lint(cli, dir, n);
}

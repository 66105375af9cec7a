/* rules_test.c - 'rules test': what the rules make of a mail, with a trace that a person can read. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/rules_parts.h"
#include "cli/table.h"
#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/message.h"

#define INPUT_MAX (256u << 20) /* bytes of a mail that is read */
#define SHOW_MAX  60u          /* bytes of a mail's words in the trace */
#define CONDITION_MAX 40       /* bytes of a condition beside what it saw */
#define DEPTH_MAX 8            /* folders within folders */

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
	json_t *o = json_object(), *captures = json_object(), *trace = json_array(), *missing = json_array(), *facts = json_array(),
	       *cost = json_array();

	for (size_t i = 0; i < d->ncaptures; i++)
		json_object_set_new(captures, d->captures[i].name,
		    json_string(utf8_clean(a, d->captures[i].value, strlen(d->captures[i].value), RULE_CAPTURE_BYTES)));
	for (size_t i = 0; i < d->ntrace; i++)
		json_array_append_new(trace, json_pack("{s:s, s:s, s:o}", "rule", d->trace[i].name, "verdict",
		    verdict_word(d->trace[i].verdict), "failed", rules_text_or_null(d->trace[i].failed)));
	for (size_t i = 0; i < d->nmissing; i++)
		json_array_append_new(missing, json_string(d->missing[i].question));
	for (size_t i = 0; i < d->nfacts; i++)
		json_array_append_new(facts, json_pack("{s:s, s:s}", "label", d->facts[i].label, "value", d->facts[i].value));
	for (size_t i = 0; i < d->ntrace; i++)
		json_array_append_new(cost, json_pack("{s:s, s:I, s:I, s:I}", "rule", d->trace[i].name, "searches", (json_int_t)d->trace[i].searches,
		    "bytes", (json_int_t)d->trace[i].bytes, "steps", (json_int_t)d->trace[i].steps));
	json_object_set_new(o, "file", json_string(utf8_clean(a, path, strlen(path), 4096)));
	json_object_set_new(o, "verdict", json_string(verdict_word(d->verdict)));
	json_object_set_new(o, "rule", rules_text_or_null(d->rule));
	json_object_set_new(o, "line", d->rule == NULL ? json_null() : json_integer(d->line));
	json_object_set_new(o, "captures", captures);
	json_object_set_new(o, "actions", actions_json(d));
	json_object_set_new(o, "stuck", strings_json(d->stuck, d->nstuck));
	json_object_set_new(o, "trace", trace);
	json_object_set_new(o, "missing", missing);
	json_object_set_new(o, "facts", facts);
	json_object_set_new(o, "cost", cost);
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
	for (size_t i = 0; i < d->nfacts; i++)
		printf("  %-10s %s: %s\n", i == 0 ? "found" : "", d->facts[i].label, d->facts[i].value);
	for (size_t i = 0; i < d->nmissing; i++)
		printf("  %-10s %s\n", i == 0 ? "asks" : "", text_printable(a, d->missing[i].question, 300));
}

/* A condition and what it saw or found: at a terminal cut, so that there is room for both. */
static const char *
condition_on(struct arena *a, const char *condition, const char *verb, const char *on)
{
	bool cut = isatty(STDOUT_FILENO) && strlen(condition) > CONDITION_MAX;
	size_t len = cut ? utf8_cut(condition, strlen(condition), CONDITION_MAX) : strlen(condition), room = 4 * SHOW_MAX;

	on = text_squeeze(a, arena_strndup(a, on, utf8_cut(on, strnlen(on, room), room))); /* of lines, one */
	return arena_printf(a, "%.*s%s   %s: %s", (int)len, condition, cut ? "…" : "", verb,
	    text_printable(a, on, SHOW_MAX));
}

/* Why the rule was passed by; where it holds, its first pattern that found something. */
static const char *
reason_of(struct arena *a, const struct decision *d, const struct rule_trace *r)
{
	if (r->failed != NULL)
		return r->on == NULL ? r->failed : condition_on(a, r->failed, "saw", r->on);
	for (size_t i = 0; r->verdict == RULE_YES && i < d->npatterns; i++) {
		const struct pattern_use *p = &d->patterns[i];

		if (p->rule == r->name && p->found != NULL && strncmp(p->pattern, "require", strlen("require")) != 0)
			return condition_on(a, p->pattern, "found", p->found);
	}
	return "";
}

/* What it cost, and which rule the most: a step is an item of a pattern tried, or a character taken. */
static void
print_cost(const struct decision *d)
{
	const struct rule_trace *most = NULL;
	uint64_t searches = 0, bytes = 0, steps = 0;

	for (size_t i = 0; i < d->ntrace; i++) {
		searches += d->trace[i].searches;
		bytes += d->trace[i].bytes;
		steps += d->trace[i].steps;
		if (most == NULL || d->trace[i].steps > most->steps)
			most = &d->trace[i];
	}
	if (searches == 0)
		return;
	printf("\ncost: %" PRIu64 " searches in %" PRIu64 " bytes, %" PRIu64 " steps; most in rule \"%s\": %" PRIu64 " steps\n", searches, bytes, steps,
	    most->name, most->steps);
}

static void
print_human(struct cli *cli, struct arena *a, const char *path, const struct decision *d, double ms)
{
	struct table *t = table_new(a);
	AUTO_BUF struct buf lines;

	printf("%s: %s", text_printable(a, path, 300), verdict_word(d->verdict));
	if (d->rule != NULL)
		printf(", by rule \"%s\" at %s:%u", d->rule, text_printable(a, d->file, 300), d->line);
	else
		fputs(d->nstuck > 0 ? ": no rule decided, and some could not tell" : ": no rule holds", stdout);
	printf(" (%.3f ms)\n", ms);
	print_actions(a, d);
	putchar('\n');
	table_column(t, "tried", TABLE_LEFT);
	table_column(t, "rule", TABLE_LEFT);
	table_column(t, "what decided", TABLE_LEFT);
	for (size_t i = 0; i < d->ntrace; i++) {
		const struct rule_trace *r = &d->trace[i];

		table_cell(t, "%s", verdict_word(r->verdict));
		table_cell(t, "%s", r->name);
		table_cell(t, "%s", reason_of(a, d, r));
	}
	buf_init(&lines, 16u << 20);
	table_write(t, &lines, isatty(STDOUT_FILENO) ? cli->width : 0, cli->colour);
	fputs(lines.data, stdout);
	print_cost(d);
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
test_file(struct cli *cli, const struct rules_read *l, const char *path)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf raw;
	const struct message *m;
	struct timespec from, to;
	struct decision d;
	const char *customer;

	buf_init(&raw, INPUT_MAX);
	if (!slurp(path, &raw)) {
		fprintf(stderr, "escrelay: rules test: %s: %s\n", text_printable(a, path, 300), raw.over ? "more than 256 MB" : strerror(errno));
		return EXIT_CANNOT;
	}
	m = message_understand(a, raw.data, raw.len, NULL);
	customer = rule_customer(l->settings, m);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	rule_decide(l->rules, a, m, customer, &d);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	rule_explain(l->rules, a, m, customer, &d);
	if (cli->json)
		print_json(a, path, &d);
	else
		print_human(cli, a, path, &d, (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6);
	return EXIT_DONE;
}

/* ---- which mails --------------------------------------------------------------------------------------- */

struct paths { struct arena *arena; const char **v; size_t n; };

static int
by_bytes(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static bool
ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), want = strlen(end);

	return len > want && strcmp(s + len - want, end) == 0;
}

/* The mails of a folder and of those in it: NAME.eml, and whatever stands in the cur and new of a Maildir. */
static bool
add_folder(struct paths *to, const char *path, unsigned depth)
{
	bool maildir = ends_with(path, "/cur") || ends_with(path, "/new");
	const char **names = NULL;
	size_t n = 0;
	DIR *dir = opendir(path);

	if (dir == NULL)
		return false;
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		if (e->d_name[0] != '.')
			*(const char **)arena_push(to->arena, &names, &n, sizeof(*names)) = arena_printf(to->arena, "%s/%s", path, e->d_name);
	closedir(dir);
	if (n > 1)
		qsort(names, n, sizeof(*names), by_bytes);
	for (size_t i = 0; i < n; i++) {
		struct stat st;

		if (stat(names[i], &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			add_folder(to, names[i], depth + 1);
		else if (S_ISREG(st.st_mode) && (maildir || ends_with(names[i], ".eml")))
			*(const char **)arena_push(to->arena, &to->v, &to->n, sizeof(*to->v)) = names[i];
	}
	return true;
}

/* False: said on stderr. */
static bool
add_path(struct paths *to, char *path)
{
	size_t before = to->n, len = strlen(path);
	struct stat st;

	if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		*(const char **)arena_push(to->arena, &to->v, &to->n, sizeof(*to->v)) = path;
		return true;
	}
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	if (add_folder(to, path, 0) && to->n > before)
		return true;
	fprintf(stderr, "escrelay: rules test: there is no mail in %s (NAME.eml, or a Maildir)\n", text_printable(to->arena, path, 300));
	return false;
}

int
rules_test(struct cli *cli, const char *dir, int n, char **given)
{
	struct rules_read l = { .arena = NULL };
	struct paths paths;
	int rc = EXIT_DONE;

	if (n == 0)
		return cli_usage(cli, "rules test needs a file, a folder, or - for standard input");
	rules_load(cli, dir, &l);
	rules_print_diag(&l.diag, stderr, false);
	if (l.rules == NULL)
		rc = EXIT_CANNOT;
	paths = (struct paths){ .arena = l.arena };
	for (int i = 0; i < n && l.rules != NULL; i++)
		if (!add_path(&paths, given[i]))
			rc = EXIT_CANNOT;
	for (size_t i = 0; i < paths.n; i++) {
		if (i > 0 && !cli->json)
			putchar('\n');
		if (test_file(cli, &l, paths.v[i]) != EXIT_DONE)
			rc = EXIT_CANNOT;
	}
	rules_unload(&l);
	return rc;
}

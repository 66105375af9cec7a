/* rule_examples.c - the tests that stand in the rules themselves. */
#include "judge/rule_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ground/buf.h"
#include "ground/mem.h"

/* Relative to the file in which the example is named. */
static const char *
example_path(struct arena *a, const struct conf_word *w)
{
	const char *path = w->pos.file->path, *slash = strrchr(path, '/');

	if (w->text[0] == '/' || slash == NULL)
		return w->text;
	return arena_printf(a, "%.*s/%s", (int)(slash - path), path, w->text);
}

/* NULL and b filled, or why not. */
static const char *
read_mail(const char *path, struct buf *b)
{
	char block[65536];
	const char *why = NULL;
	struct stat st;
	ssize_t got = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		why = "not a regular file";
	while (why == NULL && (got = read(fd, block, sizeof(block))) > 0)
		if (!buf_add(b, block, (size_t)got))
			why = "too large for an example";
	if (why == NULL && got < 0)
		why = strerror(errno);
	close(fd);
	return why;
}

static const struct rule_trace *
trace_of(const struct decision *d, const struct rule *r)
{
	for (size_t i = 0; i < d->ntrace; i++)
		if (d->trace[i].rule == r)
			return &d->trace[i];
	return NULL;
}

static void
judge_example(const struct rule *r, const struct example *e, const struct decision *got, struct diag *d)
{
	const struct rule_trace *t = trace_of(got, r);

	if (e->matches && t == NULL)
		diag_error(d, e->word, NULL, "rule '%s' should take '%s', but rule '%s' (%s:%u) takes it before", r->name, e->word->text,
		    got->rule, got->file, got->line);
	else if (e->matches && t->verdict == RULE_NO)
		diag_error(d, e->word, NULL, "rule '%s' should match '%s', but this does not hold: %s", r->name, e->word->text, t->failed);
	else if (!e->matches && t != NULL && t->verdict == RULE_YES)
		diag_error(d, e->word, NULL, "rule '%s' should reject '%s', but all its conditions hold", r->name, e->word->text);
	else if (t != NULL && t->verdict == RULE_STUCK)
		diag_error(d, e->word, NULL, "rule '%s' is stuck on '%s': %s hit a limit", r->name, e->word->text, t->failed);
}

static void
run_example(const struct ruleset *rs, const struct rule *r, const struct example *e, struct diag *d)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf raw;
	const char *why;
	const struct message *m;
	struct decision got;

	buf_init(&raw, RULE_EXAMPLE_BYTES);
	why = read_mail(example_path(a, e->word), &raw);
	if (why != NULL) {
		diag_error(d, e->word, NULL, "cannot read the example '%s': %s", e->word->text, why);
		return;
	}
	m = message_understand(a, raw.data, raw.len, NULL);
	rule_decide(rs, a, m, rule_customer(rs->settings, m), &got);
	judge_example(r, e, &got, d);
}

size_t
ruleset_examples(const struct ruleset *rs, struct diag *d)
{
	size_t n = 0;

	for (size_t i = 0; i < rs->nrules; i++)
		for (size_t j = 0; j < rs->rules[i].nexamples; j++, n++)
			run_example(rs, &rs->rules[i], &rs->rules[i].examples[j], d);
	return n;
}

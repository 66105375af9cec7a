/* fuzz_rule.c - Goal: no rules, however written, bring the compiler or the matching down, and no text of a mail
 * changes who may receive it, and what is skipped by its needles would not have matched.
 *
 *     clang -fsanitize=fuzzer,address,undefined … tests/fuzz/fuzz_rule.c; seeds: rules/NAME.rules with a mail's text
 *     after a line "%%"
 */
#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "judge/rule_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same decision with every pattern tried on every text. */
static void
compare(struct ruleset *rs, struct arena *a, const struct message *m, const struct decision *d)
{
	struct decision slow;

	rs->needles = NULL;
	rule_decide(rs, a, m, "acme", &slow);
	if (d->nstuck > 0 || slow.nstuck > 0)
		return; /* what is skipped cannot get stuck */
	if (d->verdict != slow.verdict || d->ntrace != slow.ntrace || d->line != slow.line || d->ncaptures != slow.ncaptures || d->nmissing != slow.nmissing)
		abort();
	for (size_t i = 0; i < d->ntrace; i++)
		if (d->trace[i].verdict != slow.trace[i].verdict || d->trace[i].failed != slow.trace[i].failed || d->trace[i].on != slow.trace[i].on)
			abort();
}

static void
decide(struct ruleset *rs, struct arena *a, const char *text)
{
	struct forward f = { .from = { "", "a@acme.example" }, .subject = text, .date = "", .body = text, .comment = "" };
	struct field field = { .name = "X-Any", .value = text };
	struct message m = { .from = { "", "ada@example.com" }, .from_count = 1, .subject = text, .fields = &field, .nfields = 1,
		.text = text, .visible_text = text, .quoted = "", .forward = &f, .size = strlen(text), .kind = KIND_FORWARD };
	struct decision d;

	rule_decide(rs, a, &m, "acme", &d);
	if (d.open + (d.ignore || d.quarantine) + (d.nfiles > 0 || d.nforwards > 0) != (d.rule != NULL))
		abort(); /* a decision does exactly one kind of thing */
	if (d.ignore && d.nstuck > 0)
		abort();
	for (size_t i = 0; i < d.nforwards; i++)
		if (strchr(d.forwards[i], '$') != NULL || strpbrk(d.forwards[i], "\r\n") != NULL)
			abort();
	for (size_t i = 0; i < d.nsets; i++)
		if (strlen(d.sets[i].value) > RULE_VALUE_BYTES || strpbrk(d.sets[i].value, "\r\n") != NULL)
			abort();
	compare(rs, a, &m, &d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *bytes = (const char *)data, *cut = size > 0 ? memmem(bytes, size, "\n%%\n", 4) : NULL;
	size_t len = cut != NULL ? (size_t)(cut - bytes) + 1 : size;
	const char *text = cut != NULL ? utf8_clean(a, cut + 4, size - len - 3, RULE_BODY_BYTES) : "sev-1 search is down";
	struct conf_tree *tree;
	struct ruleset *rs;
	struct lint_finding *findings;
	struct diag d;

	diag_init(&d, a);
	tree = conf_read_text(a, "fuzz", bytes, len, true, &d);
	rs = ruleset_compile(a, tree, NULL, &d);
	if (rs != NULL) {
		decide(rs, a, text);
		ruleset_lint(rs, a, &findings);
	}
	ruleset_free(rs);
	return 0;
}

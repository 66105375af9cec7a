/* rule_lint.c - what looks wrong about rules that compile. */
#include "judge/rule_parts.h"

#include <string.h>

#include "ground/mem.h"
#include "ground/regex.h"
#include "ground/text.h"

static bool
holds_for(const struct regex *re, const char *text)
{
	return regex_search(re, text, strlen(text), 0, NULL) == REGEX_YES;
}

/* A pattern that finds something in nothing and in unlike texts finds something everywhere. */
static bool
matches_everything(const struct regex *re)
{
	return holds_for(re, "") && holds_for(re, "Zq 7") && holds_for(re, "-\n\xc3\xa9");
}

static void
lint_node(const struct node *n, struct diag *d)
{
	for (size_t i = 0; i < n->nkids; i++)
		lint_node(&n->kids[i], d);
	if (n->kind == NODE_TEST && n->re != NULL && matches_everything(n->re))
		diag_warning(d, &n->stmt->words[n->stmt->nwords - 1], NULL, "this pattern matches everything");
	/* Of a field that need not be there, "like *" asks whether it is. */
	if (n->kind == NODE_TEST && n->op == OP_LIKE && (n->field == FIELD_SUBJECT || n->field == FIELD_BODY || n->field == FIELD_TEXT) &&
	    strspn(n->text, "*") == strlen(n->text))
		diag_warning(d, &n->stmt->words[n->stmt->nwords - 1], NULL, "this glob matches everything");
}

static void
lint_name(const struct ruleset *rs, const struct rule *r, struct diag *d)
{
	for (const struct rule *earlier = rs->rules; earlier < r; earlier++)
		if (strcmp(earlier->name, r->name) == 0) {
			diag_warning(d, &r->stmt->words[1], NULL, "there is a rule '%s' already at %s:%u", r->name, earlier->file, earlier->line);
			return;
		}
}

/* Conditions as they are written, so that equal ones are found whatever their blanks. */
static bool
same_conditions(const struct rule *a, const struct rule *b)
{
	if (a->root.nkids != b->root.nkids)
		return false;
	for (size_t i = 0; i < a->root.nkids; i++)
		if (strcmp(a->root.kids[i].source, b->root.kids[i].source) != 0)
			return false;
	return true;
}

static void
lint_reach(const struct ruleset *rs, const struct rule *r, struct diag *d)
{
	for (const struct rule *earlier = rs->rules; earlier < r; earlier++) {
		const char *what;

		if (earlier->go_on)
			continue;
		if (earlier->root.nkids == 0)
			what = "takes everything";
		else if (same_conditions(earlier, r))
			what = "has the same conditions";
		else
			continue;
		diag_warning(d, &r->stmt->words[1], NULL, "rule '%s' is never reached: rule '%s' at %s:%u %s", r->name, earlier->name,
		    earlier->file, earlier->line, what);
		return;
	}
}

static void
lint_examples(const struct rule *r, struct diag *d)
{
	bool matches = false, rejects = false;

	for (size_t i = 0; i < r->nexamples; i++) {
		matches = matches || r->examples[i].matches;
		rejects = rejects || !r->examples[i].matches;
	}
	if (!matches || (!rejects && r->root.nkids > 0))
		diag_warning(d, &r->stmt->words[1], NULL, "rule '%s' has no example that it %s", r->name,
		    matches ? "rejects" : rejects ? "matches" : "matches or rejects");
	if (r->go_on && r->nsets == 0 && !r->root.captures)
		diag_warning(d, &r->stmt->words[1], NULL, "rule '%s' goes on without having set or captured anything", r->name);
}

size_t
ruleset_lint(const struct ruleset *rs, struct diag *d)
{
	size_t before = d->n + d->dropped;

	for (size_t i = 0; i < rs->nrules; i++) {
		const struct rule *r = &rs->rules[i];

		lint_name(rs, r, d);
		lint_reach(rs, r, d);
		lint_node(&r->root, d);
		lint_examples(r, d);
	}
	return d->n + d->dropped - before;
}

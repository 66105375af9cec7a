/* rule_lint.c - what looks wrong about rules that compile. A check is a function and its row in the table. */
#include "judge/rule_parts.h"

#include <stdarg.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/regex.h"
#include "ground/text.h"
#include "judge/rule_pattern.h"

#define MESSAGE_BYTES 1000
#define SHOW_BYTES    40   /* of an input that blows up */

struct linter {
	struct arena *arena;
	const struct ruleset *rs;
	const struct rule *rule;
	const char *check;
	struct lint_finding *found; size_t n;
};

static struct lint_finding *found(struct linter *l, const struct conf_word *at, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static struct lint_finding *
found(struct linter *l, const struct conf_word *at, const char *hint, const char *fmt, ...)
{
	struct lint_finding *f = arena_push(l->arena, &l->found, &l->n, sizeof(*f));
	AUTO_BUF struct buf b;
	va_list ap;

	buf_init(&b, MESSAGE_BYTES);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	*f = (struct lint_finding){ .check = l->check, .rule = l->rule->name, .pos = at->pos, .bytes = at->bytes, .hint = hint,
		.message = arena_strdup(l->arena, b.data) };
	return f;
}

static const struct conf_word *
name_of(const struct linter *l)
{
	return &l->rule->stmt->words[1];
}

/* Every test of the rule, requirements too. */
static void
each_test(struct linter *l, const struct node *n, void (*look)(struct linter *, const struct node *))
{
	if (n->kind == NODE_TEST)
		look(l, n);
	for (size_t i = 0; i < n->nkids; i++)
		each_test(l, &n->kids[i], look);
}

static void
each_test_of_rule(struct linter *l, void (*look)(struct linter *, const struct node *))
{
	each_test(l, &l->rule->root, look);
	for (size_t i = 0; i < l->rule->nrequirements; i++)
		each_test(l, &l->rule->requirements[i].test, look);
}

/* ---- the checks ---------------------------------------------------------------------------------------- */

static void
check_duplicate(struct linter *l)
{
	for (const struct rule *earlier = l->rs->rules; earlier < l->rule; earlier++)
		if (strcmp(earlier->name, l->rule->name) == 0) {
			found(l, name_of(l), NULL, "there is a rule '%s' already at %s:%u", l->rule->name, earlier->file, earlier->line);
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
check_unreachable(struct linter *l)
{
	for (const struct rule *earlier = l->rs->rules; earlier < l->rule; earlier++) {
		AUTO_ARENA struct arena *scratch = arena_new(); /* a thousand rules are half a million pairs */
		const char *what, *hint = NULL;

		if (earlier->go_on)
			continue;
		if (earlier->root.nkids == 0)
			what = "takes everything";
		else if (same_conditions(earlier, l->rule))
			what = "has the same conditions";
		else if (rule_entails(scratch, l->rule, earlier)) {
			what = "fits every mail that this one fits";
			hint = "the special comes before the general";
		} else
			continue;
		found(l, name_of(l), hint, "rule '%s' is never reached: rule '%s' at %s:%u %s", l->rule->name, earlier->name,
		    earlier->file, earlier->line, what);
		return;
	}
}

static void
check_impossible(struct linter *l)
{
	AUTO_ARENA struct arena *scratch = arena_new();
	const struct node *n = rule_contradiction(scratch, l->rule);

	if (n != NULL)
		found(l, &n->stmt->words[0], NULL, "rule '%s' can fit no mail: its other conditions rule this one out", l->rule->name);
}

static bool
holds_for(const struct regex *re, const char *text)
{
	return regex_search(re, text, strlen(text), 0, NULL) == REGEX_YES;
}

static void
look_at_everything(struct linter *l, const struct node *n)
{
	/* A pattern that finds something in nothing and in unlike texts finds something everywhere. */
	if (n->re != NULL && holds_for(n->re, "") && holds_for(n->re, "Zq 7") && holds_for(n->re, "-\n\xc3\xa9"))
		found(l, n->word, NULL, "this pattern matches everything");
	/* Of a field that need not be there, "like *" asks whether it is. */
	if (n->op == OP_LIKE && (n->field == FIELD_SUBJECT || n->field == FIELD_BODY || n->field == FIELD_TEXT) && strspn(n->text, "*") == strlen(n->text))
		found(l, n->word, NULL, "this glob matches everything");
}

static void
check_everything(struct linter *l)
{
	each_test_of_rule(l, look_at_everything);
}

static const char *
steps_text(struct arena *a, const struct growth *g)
{
	return g->stuck ? arena_printf(a, "%u times stuck", g->times) : arena_printf(a, "%u times %llu steps", g->times, g->steps);
}

/* "after" is only an end on which the search fails: its first characters will do. */
static void
look_at_growth(struct linter *l, const struct node *n)
{
	bool bodies = n->field == FIELD_TEXT || n->field == FIELD_BODY || n->field == FIELD_ORIGINAL_BODY;
	struct blow_up *b = arena_alloc(l->arena, sizeof(*b));
	struct arena *a = l->arena;
	const struct growth *g = b->growth;

	if (n->re == NULL || !pattern_blow_up(a, n->re, bodies, b))
		return;
	found(l, n->word, b->exponential ? "a repeat inside a repeat, or two that take the same text, is at fault: let each character have one place to go" :
	    "give the repeat an end, such as {1,60} in place of +, or a start that a text has once", "this pattern %s: %s%s%s\"%s\" again and again%s: %s, %s, %s",
	    b->exponential ? "can blow up" : "gets slow on long texts", *b->before != '\0' ? "\"" : "", text_printable(a, b->before, SHOW_BYTES),
	    *b->before != '\0' ? "\", then " : "", text_printable(a, b->again, SHOW_BYTES), *b->after != '\0' ? ", and an end that does not fit" : "",
	    steps_text(a, &g[0]), steps_text(a, &g[1]), steps_text(a, &g[2]))->blow_up = b;
}

static void
check_slow(struct linter *l)
{
	each_test_of_rule(l, look_at_growth);
}

static bool
uses(const struct rule *r, const char *name)
{
	for (size_t i = 0; i < r->nsets; i++)
		for (size_t j = 0; j < r->sets[i].npieces; j++)
			if (r->sets[i].pieces[j].variable != NULL && strcmp(r->sets[i].pieces[j].variable, name) == 0)
				return true;
	return false;
}

static bool
is_used(const struct linter *l, const char *name)
{
	const struct rule *last = l->rule->go_on ? &l->rs->rules[l->rs->nrules - 1] : l->rule;

	for (const struct rule *r = l->rule; r <= last; r++)
		if (uses(r, name))
			return true;
	return false;
}

/* A capture is shown to the engineer; so it is of no use only where no engineer gets the mail. */
static void
look_at_captures(struct linter *l, const struct node *n)
{
	const struct rule *r = l->rule;

	for (size_t i = 0; n->re != NULL && !n->negated && i < regex_name_count(n->re); i++) {
		const char *name = regex_name(n->re, i);

		if (is_used(l, name))
			continue;
		if (r->ignore || r->quarantine || r->nfiles > 0 || r->nforwards > 0)
			found(l, n->word, "(?:...) groups without capturing", "nothing is done with '%s': the rule uses it nowhere and opens no escalation", name);
		else if (rule_is_set_name(name))
			found(l, n->word, arena_printf(l->arena, "perhaps 'set %s $%s'", name, name), "'%s' is captured, and set nowhere", name);
	}
}

static void
look_inside_none(struct linter *l, const struct node *n)
{
	for (size_t i = 0; n->re != NULL && !n->negated && i < regex_name_count(n->re); i++)
		found(l, n->word, NULL, "what 'none' would capture as '%s' is never set", regex_name(n->re, i));
}

static void
captures_of(struct linter *l, const struct node *n)
{
	if (n->kind == NODE_NONE)
		each_test(l, n, look_inside_none);
	else if (n->kind == NODE_TEST)
		look_at_captures(l, n);
	else
		for (size_t i = 0; i < n->nkids; i++)
			captures_of(l, &n->kids[i]);
}

static void
check_capture(struct linter *l)
{
	captures_of(l, &l->rule->root);
	for (size_t i = 0; i < l->rule->nrequirements; i++)
		captures_of(l, &l->rule->requirements[i].test);
}

static void
check_untested(struct linter *l)
{
	const struct rule *r = l->rule;
	bool matches = false, rejects = false;

	for (size_t i = 0; i < r->nexamples; i++) {
		matches = matches || r->examples[i].matches;
		rejects = rejects || !r->examples[i].matches;
	}
	if (!matches || (!rejects && r->root.nkids > 0))
		found(l, name_of(l), NULL, "rule '%s' has no example that it %s", r->name, matches ? "rejects" : rejects ? "matches" : "matches or rejects");
}

static void
check_useless(struct linter *l)
{
	if (l->rule->go_on && l->rule->nsets == 0 && !l->rule->root.captures && l->rule->nrequirements == 0)
		found(l, name_of(l), NULL, "rule '%s' goes on without having set or captured anything", l->rule->name);
}

/* In the order in which they are reported. What needs more than the rules (such as hits) is its caller's to add. */
const struct lint_check lint_checks[] = {
	{ "duplicate",   "two rules of one name" },
	{ "unreachable", "rules that an earlier one always takes the mail from" },
	{ "impossible",  "conditions that rule each other out" },
	{ "everything",  "patterns that match everything" },
	{ "slow",        "patterns whose work grows out of bounds" },
	{ "capture",     "captures that nothing is done with" },
	{ "useless",     "rules that do nothing" },
	{ "untested",    "rules without examples" },
};
const size_t nlint_checks = COUNT(lint_checks);

static void (*const checks[])(struct linter *) = { check_duplicate, check_unreachable, check_impossible, check_everything, check_slow, check_capture,
	check_useless, check_untested };
_Static_assert(COUNT(checks) == COUNT(lint_checks), "each check has its word");

size_t
ruleset_lint(const struct ruleset *rs, struct arena *a, struct lint_finding **out)
{
	struct linter l = { .arena = a, .rs = rs };

	for (size_t i = 0; i < rs->nrules; i++) {
		l.rule = &rs->rules[i];
		for (size_t c = 0; c < COUNT(checks); c++) {
			l.check = lint_checks[c].word;
			checks[c](&l);
		}
	}
	*out = l.found;
	return l.n;
}

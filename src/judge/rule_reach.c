/* rule_reach.c - does one rule's condition follow from another's?
 *
 * "entails" is a proof, never a guess: where it says yes, every mail for which the given conditions hold makes the other hold,
 * too. It knows what conjunction, any and none mean, compares tests of the same field, and tries a sample where one test
 * names the very text. What it cannot prove it leaves alone.
 */
#include <string.h>

#include "ground/mem.h"
#include "ground/regex.h"
#include "ground/text.h"
#include "judge/rule_parts.h"
#include "judge/rule_pattern.h"

#define SPLITS_MAX 3   /* 'any' blocks that are gone through case by case, within each other */
#define GIVEN_MAX  200 /* conditions that are given */

struct given { const struct node *v[GIVEN_MAX]; size_t n; };

static bool
has_one_value(enum rule_field f)
{
	return f == FIELD_SUBJECT || f == FIELD_FROM || f == FIELD_TEXT || f == FIELD_ORIGINAL_FROM || f == FIELD_ORIGINAL_SUBJECT ||
	       f == FIELD_ORIGINAL_BODY || f == FIELD_SIZE || f == FIELD_KIND || f == FIELD_CUSTOMER;
}

/* What a test without its negation says of a text that is known but for its case where '=' ignores that; -1: cannot be told. */
static int
holds_of(const struct node *t, const char *text)
{
	switch (t->op) {
	case OP_EQUAL:
		return rule_field_is_word(t->field) ? text_equal_nocase(t->text, text) : strcmp(t->text, text) == 0;
	case OP_LIKE:
		return text_glob(t->text, text);
	case OP_REGEX: {
		/* Words may come in any case. */
		bool any_case = rule_field_is_word(t->field) && strchr(regex_flags(t->re), 'i') == NULL;
		enum regex_verdict got = any_case ? REGEX_STUCK : regex_search(t->re, text, strlen(text), 0, NULL);

		return got == REGEX_STUCK ? -1 : got == REGEX_YES;
	}
	case OP_LESS: case OP_MORE:
		break;
	}
	return -1;
}

/* "*" of the one takes whatever stands in the other; so the other's own wildcards, taken as text, are taken by it alone. */
static bool
glob_implies(const char *s, const char *t)
{
	return strchr(t, '?') == NULL && text_glob(t, s);
}

static bool
size_implies(const struct node *s, const struct node *t)
{
	uint64_t a = s->number, b = t->number;

	if (s->op == OP_EQUAL)
		return (t->op == OP_EQUAL ? a == b : t->op == OP_LESS ? a < b : a > b) != t->negated;
	if (s->op == OP_MORE)
		return t->op == OP_MORE ? !t->negated && a >= b : t->op == OP_EQUAL ? t->negated && b <= a : t->negated && b <= a + 1;
	return t->op == OP_LESS ? !t->negated && a <= b : t->op == OP_EQUAL ? t->negated && b >= a : t->negated && b + 1 >= a;
}

/* Both positive: a value that has s has t. */
static bool
positive_implies(struct arena *a, const struct node *s, const struct node *t)
{
	if (t->op == OP_LIKE && strspn(t->text, "*") == strlen(t->text) && *t->text != '\0')
		return true; /* it is there */
	if (s->op == OP_EQUAL)
		return holds_of(t, s->text) == 1;
	if (s->op == OP_LIKE && t->op == OP_LIKE)
		return glob_implies(s->text, t->text);
	return s->op == OP_REGEX && t->op == OP_REGEX && pattern_implies(a, s->re, t->re);
}

static bool
test_implies(struct arena *a, const struct node *s, const struct node *t)
{
	if (s->field != t->field || (s->field == FIELD_HEADER && !text_equal_nocase(s->header, t->header)))
		return false;
	if (s->field == FIELD_SIZE)
		return s->negated ? t->negated && s->op == t->op && s->number == t->number : size_implies(s, t);
	if (!s->negated && !t->negated)
		return positive_implies(a, s, t);
	if (s->negated && t->negated)
		return positive_implies(a, t, s); /* none has s, so none has what would have s */
	return !s->negated && s->op == OP_EQUAL && has_one_value(s->field) && holds_of(t, s->text) == 0;
}

static struct node
inverse_of(const struct node *n)
{
	struct node out = *n;

	out.negated = !n->negated;
	return out;
}

static void
give(struct given *g, const struct node *n)
{
	if (n->kind == NODE_ALL)
		for (size_t i = 0; i < n->nkids; i++)
			give(g, &n->kids[i]);
	else if (g->n < GIVEN_MAX)
		g->v[g->n++] = n;
}

static bool entails(struct arena *a, const struct given *g, const struct node *goal, unsigned splits);

/* None of the kids of a given 'none' holds; so what would make one hold does not. */
static bool
none_entails(struct arena *a, const struct node *none, const struct node *goal)
{
	struct node wanted = inverse_of(goal);

	for (size_t i = 0; i < none->nkids; i++) {
		const struct node *kid = &none->kids[i];
		struct given g = { .n = 0 };

		give(&g, &wanted);
		if (entails(a, &g, kid, 0))
			return true;
	}
	return false;
}

static bool
directly(struct arena *a, const struct given *g, const struct node *goal)
{
	for (size_t i = 0; i < g->n; i++) {
		if (g->v[i]->kind == NODE_TEST && test_implies(a, g->v[i], goal))
			return true;
		if (g->v[i]->kind == NODE_NONE && none_entails(a, g->v[i], goal))
			return true;
	}
	return false;
}

/* The goal in each case of a given 'any'. */
static bool
by_cases(struct arena *a, const struct given *g, const struct node *goal, unsigned splits)
{
	for (size_t i = 0; splits > 0 && i < g->n; i++) {
		const struct node *any = g->v[i];
		bool all = any->kind == NODE_ANY;

		for (size_t k = 0; all && k < any->nkids; k++) {
			struct given with = *g;

			with.v[i] = with.v[--with.n]; /* the 'any' itself says no more */
			give(&with, &any->kids[k]);
			all = entails(a, &with, goal, splits - 1);
		}
		if (all)
			return true;
	}
	return false;
}

/* The goal does not hold. */
static bool
refutes(struct arena *a, const struct given *g, const struct node *goal, unsigned splits)
{
	struct node opposite;

	if (goal->kind == NODE_TEST) {
		opposite = inverse_of(goal);
		return entails(a, g, &opposite, splits);
	}
	for (size_t i = 0; i < goal->nkids; i++) {
		bool kid = goal->kind == NODE_NONE ? entails(a, g, &goal->kids[i], splits) : refutes(a, g, &goal->kids[i], splits);

		if (goal->kind == NODE_ANY ? !kid : kid)
			return goal->kind != NODE_ANY;
	}
	return goal->kind == NODE_ANY;
}

static bool
entails(struct arena *a, const struct given *g, const struct node *goal, unsigned splits)
{
	bool any = goal->kind == NODE_ANY;

	if (goal->kind == NODE_TEST) {
		if (directly(a, g, goal))
			return true;
		return by_cases(a, g, goal, splits);
	}
	for (size_t i = 0; i < goal->nkids; i++) {
		bool kid = goal->kind == NODE_NONE ? refutes(a, g, &goal->kids[i], splits) : entails(a, g, &goal->kids[i], splits);

		if (any ? kid : !kid)
			return any || by_cases(a, g, goal, splits);
	}
	return !any || by_cases(a, g, goal, splits);
}

bool
rule_entails(struct arena *a, const struct rule *given, const struct rule *goal)
{
	struct given g = { .n = 0 };

	give(&g, &given->root);
	return entails(a, &g, &goal->root, SPLITS_MAX);
}

const struct node *
rule_contradiction(struct arena *a, const struct rule *r)
{
	struct given g = { .n = 0 }, others;

	give(&g, &r->root);
	for (size_t i = 0; i < g.n; i++) {
		others = g;
		others.v[i] = others.v[--others.n];
		if (g.n > 1 && refutes(a, &others, g.v[i], 1))
			return g.v[i];
	}
	return NULL;
}

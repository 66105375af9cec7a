/* rules_dead.c - rules that have not held for many days, though the relay has decided for as long: for 'rules lint'. */
#include <inttypes.h>
#include <string.h>

#include "cli/rules_parts.h"
#include "cli/view.h"
#include "ground/clock.h"
#include "ground/mem.h"

#define DAY 86400

static const char *
days_of(struct arena *a, int64_t seconds)
{
	int64_t n = seconds > 0 ? seconds / DAY : 0;

	return arena_printf(a, "%" PRId64 " day%s", n, n == 1 ? "" : "s");
}

static void
add_dead(const struct rules_read *l, const struct rule_counted *c, int64_t days, struct lint_finding **out, size_t *n)
{
	const struct conf_stmt *stmt = rule_find(l->arena, l->tree, c->rule);
	const char *since = c->last > 0 ? "it last held on" : "it has never held since", *message;

	if (stmt == NULL)
		return;
	message = arena_printf(l->arena, "no mail in %s was for rule \"%s\"; %s %.10s", days_of(l->arena, days * DAY),
	    c->rule, since, view_time(l->arena, c->last > 0 ? c->last : c->first));
	*(struct lint_finding *)arena_push(l->arena, out, n, sizeof(**out)) = (struct lint_finding){ .check = "dead",
		.rule = c->rule, .pos = stmt->words[1].pos, .bytes = stmt->words[1].bytes, .message = message };
}

static size_t
look(const struct rules_read *l, struct store *s, int64_t days, struct lint_finding **out, const char **note)
{
	int64_t now = clock_now(), from = now - days * DAY, first;
	struct rule_counted *counted;
	size_t n = 0, young = 0, known, rules = ruleset_count(l->rules);

	if (store_decisions(s, &first) == 0 || first > from) {
		*note = first == 0 ? "no mail has been decided yet: dead rules not looked for" :
		    arena_printf(l->arena, "mails have been decided for %s, not for %s: dead rules not looked for",
		        days_of(l->arena, now - first), days_of(l->arena, days * DAY));
		return 0;
	}
	known = store_rule_counts(s, l->arena, from, &counted);
	for (size_t i = 0; i < rules; i++) {
		const struct rule_counted *c = NULL;
		struct rule_place rule;

		ruleset_rule(l->rules, i, &rule);
		for (size_t k = 0; k < known && c == NULL; k++)
			c = strcmp(counted[k].rule, rule.name) == 0 ? &counted[k] : NULL;
		if (c == NULL || (c->first > from && c->last < from))
			young++;
		else if (c->last < from)
			add_dead(l, c, days, out, &n);
	}
	if (young > 0)
		*note = arena_printf(l->arena, "%zu of the rules %s been in force for less than %s: not looked at for dead"
		    " ones", young, young == 1 ? "has" : "have", days_of(l->arena, days * DAY));
	return n;
}

size_t
rules_dead(const struct rules_read *l, int64_t days, struct lint_finding **out, const char **note)
{
	enum store_fault fault;
	char why[256];
	struct store *s = NULL;
	size_t n = 0;

	*out = NULL;
	*note = "no store: dead rules not looked for";
	if (l->settings == NULL)
		return 0;
	s = store_open(l->settings->store, STORE_READ, &fault, why);
	if (s == NULL) {
		if (fault != STORE_ABSENT)
			*note = arena_printf(l->arena, "%s: dead rules not looked for", why);
		return 0;
	}
	*note = NULL;
	n = look(l, s, days, out, note);
	if (store_fault(s) != STORE_OK)
		*note = arena_printf(l->arena, "%s: dead rules not looked for", store_why(s));
	store_close(s);
	return n;
}

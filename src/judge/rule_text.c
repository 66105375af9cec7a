/* rule_text.c - rules as they were written: kept, listed, found again, compared. See judge/rule.h. */
#include <stdlib.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/rule_parts.h"

const char *
ruleset_text(const struct ruleset *rs, struct arena *a)
{
	AUTO_BUF struct buf b;

	buf_init(&b, 2 * CONF_TOTAL_BYTES);
	for (size_t i = 0; i < rs->nrules; i++)
		buf_printf(&b, "# %s:%u\n%s\n\n", rs->rules[i].file, rs->rules[i].line, conf_stmt_text(a, rs->rules[i].stmt));
	return arena_strndup(a, b.len > 0 ? b.data : "", b.len);
}

void
ruleset_rule(const struct ruleset *rs, size_t i, struct rule_place *out)
{
	*out = (struct rule_place){ .name = rs->rules[i].name, .file = rs->rules[i].file, .line = rs->rules[i].line };
}

size_t
ruleset_conditions(const struct ruleset *rs, size_t i, const char *const **texts)
{
	*texts = rs->rules[i].conditions;
	return rs->rules[i].nconditions;
}

/* ---- its patterns -------------------------------------------------------------------------------------- */

struct listing { struct arena *arena; const struct rule *rule; struct rule_pattern *v; size_t n; };

static void
list_node(struct listing *l, const struct node *n)
{
	if (n->kind == NODE_TEST && n->re != NULL)
		*(struct rule_pattern *)arena_push(l->arena, &l->v, &l->n, sizeof(*l->v)) = (struct rule_pattern){
			.rule = l->rule->name, .pattern = n->source, .line = n->stmt->words[0].pos.line };
	for (size_t i = 0; i < n->nkids; i++)
		list_node(l, &n->kids[i]);
}

size_t
ruleset_patterns(const struct ruleset *rs, struct arena *a, struct rule_pattern **out)
{
	struct listing l = { .arena = a };

	for (size_t i = 0; i < rs->nrules; i++) {
		l.rule = &rs->rules[i];
		list_node(&l, &l.rule->root);
		for (size_t k = 0; k < l.rule->nrequirements; k++)
			list_node(&l, &l.rule->requirements[k].test);
	}
	*out = l.v;
	return l.n;
}

/* ---- found again, compared ----------------------------------------------------------------------------- */

const struct conf_stmt *
rule_find(struct arena *a, const struct conf_tree *tree, const char *rule)
{
	for (size_t i = 0; i < tree->nstmts; i++) {
		const struct conf_stmt *stmt = &tree->stmts[i];

		if (stmt->nwords == 2 && strcmp(stmt->words[0].text, "rule") == 0
		    && strcmp(text_printable(a, stmt->words[1].text, RULE_NAME_BYTES), rule) == 0)
			return stmt;
	}
	return NULL;
}

void
rule_was_at(struct arena *a, const struct conf_stmt *stmt, struct rule_place *out)
{
	const struct conf_pos *at = &stmt->words[0].pos;
	const char *text = at->file->text, *above, *colon;
	size_t from = at->offset;
	uint64_t line;

	out->name = stmt->words[stmt->nwords > 1].text;
	out->file = at->file->name;
	out->line = at->line;
	if (from < 2)
		return;
	for (from--; from > 0 && text[from - 1] != '\n'; from--)
		continue;
	if (text[from] != '#' || text[from + 1] != ' ')
		return;
	above = arena_strndup(a, text + from + 2, strcspn(text + from + 2, "\n"));
	colon = strrchr(above, ':');
	if (colon == NULL || !text_u64(colon + 1, 1, UINT32_MAX, &line))
		return;
	out->file = arena_strndup(a, above, (size_t)(colon - above));
	out->line = (unsigned)line;
}

static bool
same_word(const struct conf_word *x, const struct conf_word *y)
{
	return x->kind == y->kind && x->len == y->len && memcmp(x->text, y->text, x->len) == 0
	       && (x->kind != CONF_REGEX || strcmp(x->flags, y->flags) == 0);
}

bool
rule_same(const struct conf_stmt *x, const struct conf_stmt *y, bool but_name)
{
	if (x->nwords != y->nwords || x->has_block != y->has_block || x->nblock != y->nblock)
		return false;
	for (size_t i = 0; i < x->nwords; i++)
		if (!same_word(&x->words[i], &y->words[i]) && !(but_name && i == 1))
			return false;
	for (size_t i = 0; i < x->nblock; i++)
		if (!rule_same(&x->block[i], &y->block[i], false))
			return false;
	return true;
}

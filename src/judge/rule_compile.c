/* rule_compile.c - 'rule' statements to a ruleset. */
#include "judge/rule_parts.h"

#include <string.h>

#include "ground/digest.h"
#include "ground/mem.h"
#include "ground/needles.h"
#include "ground/regex.h"
#include "ground/text.h"

static const char *const blocks[] = { "any", "none", "all" };
static const char *const others[] = { "require", "matches", "rejects" };

static bool
read_block(const char *word, enum node_kind *kind)
{
	static const enum node_kind kinds[] = { NODE_ANY, NODE_NONE, NODE_ALL };

	for (size_t i = 0; i < COUNT(blocks); i++)
		if (strcmp(word, blocks[i]) == 0) {
			*kind = kinds[i];
			return true;
		}
	return false;
}

/* Cheap ones first, otherwise as written: insertion sort, for blocks are short and mostly in order. */
static void
finish_block(struct rule_compiler *c, struct node *n)
{
	n->order = arena_array(c->rs->arena, n->nkids + 1, sizeof(*n->order));
	for (size_t i = 0; i < n->nkids; i++) {
		size_t at = i;

		for (; at > 0 && n->kids[n->order[at - 1]].cost > n->kids[i].cost; at--)
			n->order[at] = n->order[at - 1];
		n->order[at] = i;
		if (n->kids[i].cost > n->cost)
			n->cost = n->kids[i].cost;
		n->captures = n->captures || (n->kids[i].captures && n->kind != NODE_NONE);
	}
}

static void
unknown_word(struct rule_compiler *c, const struct conf_word *w, bool inside_block)
{
	const char *all[FIELDS + RULE_ACTIONS + COUNT(blocks) + COUNT(others)];
	size_t n = 0;

	for (size_t i = 0; i < FIELDS; i++)
		all[n++] = rule_field_words[i];
	for (size_t i = 0; i < COUNT(blocks); i++)
		all[n++] = blocks[i];
	for (size_t i = 0; !inside_block && i < RULE_ACTIONS; i++)
		all[n++] = rule_action_words[i];
	for (size_t i = 0; !inside_block && i < COUNT(others); i++)
		all[n++] = others[i];
	diag_error(c->d, w, rule_perhaps(c->rs->arena, w->text, all, n), inside_block ?
	    "found '%s', expected a field of the message or any, none, all" :
	    "found '%s', expected a field of the message, an action, or any, none, all, require, matches, rejects", w->text);
}

/* Conditions and blocks are numbered as they are written, so that a trace can be short for them. */
static void
number(struct rule_compiler *c, struct node *n)
{
	struct rule *r = c->rule;

	n->number_in_rule = (unsigned)r->nconditions;
	*(const char **)arena_push(c->rs->arena, &r->conditions, &r->nconditions, sizeof(*r->conditions)) = n->source;
}

/* A condition or a block of conditions. Depth is bounded by the reader (CONF_DEPTH_MAX). */
static bool
compile_node(struct rule_compiler *c, const struct conf_stmt *stmt, struct node *n)
{
	const struct conf_word *w = stmt->words;
	bool good = true;

	*n = (struct node){ .stmt = stmt };
	if (w->kind == CONF_WORD && rule_field_find(w->text, &n->field)) {
		good = rule_test_compile(c, stmt, 0, stmt->nwords, n);
		number(c, n);
		return good;
	}
	if (w->kind != CONF_WORD || !read_block(w->text, &n->kind)) {
		unknown_word(c, w, true);
		return false;
	}
	n->source = rule_source(c->rs->arena, stmt);
	number(c, n);
	if (stmt->nwords > 1 || !stmt->has_block || stmt->nblock == 0) {
		diag_error(c->d, stmt->nwords > 1 ? &w[1] : w, NULL, "expected '%s { conditions }'", w->text);
		return false;
	}
	n->kids = arena_array(c->rs->arena, stmt->nblock, sizeof(*n->kids));
	for (size_t i = 0; i < stmt->nblock; i++)
		good = compile_node(c, &stmt->block[i], &n->kids[n->nkids++]) && good;
	if (good)
		finish_block(c, n);
	return good;
}

/* require FIELD OPERATOR VALUE "question", or require WORD ~ /re/ "question": the WORD names a fact that is looked
 * for in all readable text. */
static void
compile_requirement(struct rule_compiler *c, const struct conf_stmt *stmt)
{
	const struct conf_word *w = stmt->words;
	struct requirement *q;
	size_t last = stmt->nwords - 1;
	enum rule_field field;

	if (stmt->nwords < 5 || w[last].kind != CONF_QUOTED || w[last].len == 0) {
		diag_error(c->d, &w[last], NULL, "expected require FIELD ~ /pattern/ \"what to ask when it is missing\"");
		return;
	}
	if (!rule_field_find(w[1].text, &field)) {
		const char *perhaps = rule_perhaps(c->rs->arena, w[1].text, rule_field_words, FIELDS);

		field = FIELD_BODY;
		if (perhaps != NULL)
			diag_warning(c->d, &w[1], perhaps, "'%s' is no field: it is taken for the name of a fact to be found in the body", w[1].text);
	}
	q = arena_push(c->rs->arena, &c->rule->requirements, &c->rule->nrequirements, sizeof(*q));
	q->test.field = field;
	q->name = w[1].text;
	q->question = w[last].text;
	rule_test_compile(c, stmt, 1, last, &q->test);
}

static void
compile_examples(struct rule_compiler *c, const struct conf_stmt *stmt)
{
	bool matches = strcmp(stmt->words[0].text, "matches") == 0;

	if (stmt->nwords < 2 || stmt->has_block)
		diag_error(c->d, &stmt->words[0], NULL, "expected '%s FILE' with the path of a mail, relative to this file", stmt->words[0].text);
	for (size_t i = 1; i < stmt->nwords; i++)
		*(struct example *)arena_push(c->rs->arena, &c->rule->examples, &c->rule->nexamples, sizeof(struct example)) =
		    (struct example){ &stmt->words[i], matches };
}

static void
compile_statement(struct rule_compiler *c, const struct conf_stmt *stmt)
{
	const struct conf_word *w = stmt->words;
	enum rule_field field;
	enum node_kind kind;

	if (w->kind == CONF_WORD && (rule_field_find(w->text, &field) || read_block(w->text, &kind)))
		compile_node(c, stmt, arena_push(c->rs->arena, &c->rule->root.kids, &c->rule->root.nkids, sizeof(struct node)));
	else if (w->kind == CONF_WORD && strcmp(w->text, "require") == 0)
		compile_requirement(c, stmt);
	else if (w->kind == CONF_WORD && (strcmp(w->text, "matches") == 0 || strcmp(w->text, "rejects") == 0))
		compile_examples(c, stmt);
	else if (w->kind != CONF_WORD || !rule_action_compile(c, stmt))
		unknown_word(c, w, false);
}

static bool
check_head(struct rule_compiler *c, const struct conf_stmt *stmt)
{
	const struct conf_word *w = stmt->words;

	if (stmt->nwords != 2 || w[1].len == 0 || w[1].len > RULE_NAME_BYTES)
		diag_error(c->d, &w[stmt->nwords > 2 ? 2 : stmt->nwords - 1], stmt->nwords > 2 ? "a name with blanks stands in \"quotes\"" : NULL,
		    "expected rule \"NAME\" { ... }, with a name of up to %d bytes", RULE_NAME_BYTES);
	else if (!stmt->has_block)
		diag_error(c->d, &w[1], NULL, "expected '{' after the name of the rule");
	else
		return true;
	return false;
}

static void
compile_rule(struct rule_compiler *c, const struct conf_stmt *stmt)
{
	struct rule *r;
	size_t errors = c->d->errors;

	if (!check_head(c, stmt))
		return;
	r = c->rule = arena_push(c->rs->arena, &c->rs->rules, &c->rs->nrules, sizeof(*r));
	r->name = text_printable(c->rs->arena, stmt->words[1].text, RULE_NAME_BYTES);
	r->file = stmt->words[0].pos.file->name;
	r->line = stmt->words[0].pos.line;
	r->stmt = stmt;
	r->root.kind = NODE_ALL;
	r->root.stmt = stmt;
	r->root.source = "";
	number(c, &r->root);
	for (size_t i = 0; i < stmt->nblock; i++)
		compile_statement(c, &stmt->block[i]);
	if (c->d->errors > errors)
		return;
	finish_block(c, &r->root);
	rule_actions_check(c);
}

/* Words and structure, not blanks and comments: a new hash means that something may be decided differently. */
static void
hash_statement(struct digest *d, const struct conf_stmt *stmt)
{
	static const char kinds[] = { [CONF_WORD] = 'w', [CONF_QUOTED] = 'q', [CONF_REGEX] = 'r' };

	for (size_t i = 0; i < stmt->nwords; i++) {
		const struct conf_word *w = &stmt->words[i];

		digest_add(d, &kinds[w->kind], 1);
		digest_add(d, w->text, w->len + 1);
		if (w->kind == CONF_REGEX)
			digest_add(d, w->flags, strlen(w->flags) + 1);
	}
	digest_add(d, stmt->has_block ? "{" : ";", 1);
	for (size_t i = 0; i < stmt->nblock; i++)
		hash_statement(d, &stmt->block[i]);
	if (stmt->has_block)
		digest_add(d, "}", 1);
}

static void
hash_rules(struct ruleset *rs)
{
	unsigned char sum[DIGEST_BYTES];
	struct digest *d = digest_new();

	for (size_t i = 0; i < rs->nrules; i++)
		hash_statement(d, rs->rules[i].stmt);
	digest_end(d, sum);
	digest_hex(sum, sizeof(sum), rs->hash);
}

struct ruleset *
ruleset_compile(struct arena *a, const struct conf_tree *tree, const struct settings *s, struct diag *d)
{
	struct ruleset *rs = arena_alloc(a, sizeof(*rs));
	struct rule_compiler c = { .rs = rs, .d = d, .s = s };
	size_t errors = d->errors;

	rs->arena = a;
	rs->settings = s;
	rs->needles = needles_new(a);
	for (size_t i = 0; i < tree->nstmts; i++)
		if (strcmp(tree->stmts[i].words[0].text, "rule") == 0)
			compile_rule(&c, &tree->stmts[i]);
	if (d->errors > errors) {
		ruleset_free(rs);
		return NULL;
	}
	needles_ready(rs->needles);
	hash_rules(rs);
	return rs;
}

void
ruleset_free(struct ruleset *rs)
{
	if (rs == NULL)
		return;
	for (size_t i = 0; i < rs->nregexes; i++)
		regex_free(rs->regexes[i]);
	rs->nregexes = 0;
}

size_t
ruleset_count(const struct ruleset *rs)
{
	return rs->nrules;
}

const char *
ruleset_hash(const struct ruleset *rs)
{
	return rs->hash;
}

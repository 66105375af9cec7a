/* rule_test.c - one condition: FIELD OPERATOR VALUE, from words to something that can be tried. */
#include "judge/rule_parts.h"

#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/needles.h"
#include "ground/regex.h"
#include "ground/text.h"

#define SOURCE_BYTES 300

static const struct { const char *word; enum rule_operator op; bool negated; } operators[] = {
	{ "~", OP_REGEX, false }, { "!~", OP_REGEX, true }, { "=", OP_EQUAL, false }, { "!=", OP_EQUAL, true },
	{ "like", OP_LIKE, false }, { "!like", OP_LIKE, true }, { "<", OP_LESS, false }, { ">", OP_MORE, false },
};

const char *
rule_perhaps(struct arena *a, const char *word, const char *const *candidates, size_t n)
{
	const char *nearest = text_nearest(word, candidates, n);

	return nearest == NULL ? NULL : arena_printf(a, "perhaps '%s'", nearest);
}

static void
add_source(struct buf *b, const struct conf_stmt *stmt, unsigned depth)
{
	const struct conf_word *first = &stmt->words[0], *last = &stmt->words[stmt->nwords - 1];

	buf_add(b, first->pos.file->text + first->pos.offset, last->pos.offset + last->bytes - first->pos.offset);
	if (!stmt->has_block)
		return;
	buf_puts(b, " {");
	for (size_t i = 0; i < stmt->nblock && b->len < SOURCE_BYTES && depth < CONF_DEPTH_MAX; i++) {
		buf_puts(b, i == 0 ? " " : "; ");
		add_source(b, &stmt->block[i], depth + 1);
	}
	buf_puts(b, " }");
}

const char *
rule_source(struct arena *a, const struct conf_stmt *stmt)
{
	AUTO_BUF struct buf b;

	buf_init(&b, CONF_FILE_BYTES);
	add_source(&b, stmt, 0);
	if (b.len > SOURCE_BYTES) {
		buf_cut(&b, utf8_cut(b.data, b.len, SOURCE_BYTES - 3));
		buf_puts(&b, "...");
	}
	return arena_strndup(a, b.data, b.len);
}

/* Which operator the first len bytes of the word are. -1: none. */
static int
operator_of(const struct conf_word *w, size_t len)
{
	for (size_t i = 0; i < COUNT(operators); i++)
		if (w->kind == CONF_WORD && strlen(operators[i].word) == len &&
		    strncmp(operators[i].word, w->text, len) == 0)
			return (int)i;
	return -1;
}

static bool
read_operator(struct rule_compiler *c, const struct conf_word *w, struct node *n)
{
	static const char *const words[] = { "~", "!~", "=", "!=", "like", "!like", "<", ">" };
	size_t sign = strspn(w->text, "~!=<>");
	int i = operator_of(w, w->len);

	if (i >= 0) {
		n->op = operators[i].op;
		n->negated = operators[i].negated;
		return true;
	}
	diag_error(c->d, w, sign < w->len && operator_of(w, sign) >= 0 ? "a blank stands between an operator and its value" :
	    rule_perhaps(c->rs->arena, w->text, words, COUNT(words)),
	    "found '%s', expected an operator: ~ !~ = != like !like (size: = != < >)", w->text);
	return false;
}

/* "/this/i" where a text is expected: it is compared with its slashes. */
static bool
looks_like_regex(const struct conf_word *w)
{
	const char *close = w->kind == CONF_WORD && w->text[0] == '/' ? strrchr(w->text + 1, '/') : NULL;

	return close != NULL && close > w->text + 1 && close[1 + strspn(close + 1, "imsx")] == '\0';
}

/* True for a pattern that is only ordinary characters and '*', where some '*' follows an ordinary one. */
static bool
looks_like_glob(const struct conf_word *w)
{
	bool glob = false;

	for (size_t i = 0; i < w->len; i++) {
		if (strchr("\\^$|()[]{}+", w->text[i]) != NULL)
			return false;
		if (w->text[i] == '*' && (i == 0 || (w->text[i - 1] != '.' && w->text[i - 1] != '?')))
			glob = true;
	}
	return glob;
}

/* What the pattern cannot match without is looked for together with that of all others (rule_match.c). */
static void
add_needles(struct rule_compiler *c, const struct conf_word *w, struct node *n)
{
	struct literals any;

	if (!literals_required(w->text, w->len, w->flags, &any))
		return;
	n->needles = arena_array(c->rs->arena, any.n, sizeof(*n->needles));
	for (size_t i = 0; i < any.n; i++)
		n->needles[n->nneedles++] = needles_add(c->rs->needles, &any.v[i]);
}

static bool
read_regex(struct rule_compiler *c, const struct conf_word *w, struct node *n)
{
	static const char hint[] = "this looks like a glob: write 'like' in place of '~', or .* for any run";
	struct regex_error err;
	struct conf_pos at;

	if (w->kind != CONF_REGEX) {
		diag_error(c->d, w, "write /like this/, or use = for an exact text and like for a glob",
		    "found '%s', expected a regular expression", w->text);
		return false;
	}
	n->re = regex_compile(w->text, w->len, w->flags, &err);
	if (n->re == NULL) {
		at = conf_word_pos(w, err.offset);
		diag_add(c->d, DIAG_ERROR, &at, 1, looks_like_glob(w) ? hint : NULL, "%s", err.message);
		return false;
	}
	*(struct regex **)arena_push(c->rs->arena, &c->rs->regexes, &c->rs->nregexes, sizeof(struct regex *)) = n->re;
	n->captures = !n->negated && regex_name_count(n->re) > 0;
	add_needles(c, w, n);
	if (looks_like_glob(w))
		diag_warning(c->d, w, hint, "in a regular expression * repeats the character before it");
	if (n->negated && regex_name_count(n->re) > 0)
		diag_warning(c->d, w, NULL, "what !~ would capture is never set");
	return true;
}

static bool
read_size(struct rule_compiler *c, const struct conf_word *w, struct node *n)
{
	char *digits = arena_strdup(c->rs->arena, w->text);
	size_t len = strlen(digits);
	uint64_t unit = 1;

	if (len > 1 && (digits[len - 1] == 'B' || digits[len - 1] == 'b'))
		digits[--len] = '\0';
	if (len > 1 && strchr("kKmMgG", digits[len - 1]) != NULL) {
		unit = strchr("kK", digits[len - 1]) ? 1024 : strchr("mM", digits[len - 1]) ? 1024 * 1024 : 1024 * 1024 * 1024;
		digits[len - 1] = '\0';
	}
	if (text_u64(digits, 0, UINT64_MAX / unit, &n->number)) {
		n->number *= unit;
		return true;
	}
	diag_error(c->d, w, NULL, "found '%s', expected a number of bytes such as 4096, 300k or 10M", w->text);
	return false;
}

static bool
known_kind(struct rule_compiler *c, const struct conf_word *w)
{
	const char *words[KIND_NEW + 1];

	for (size_t i = 0; i <= KIND_NEW; i++) {
		words[i] = message_kind_word((enum message_kind)i);
		if (text_equal_nocase(words[i], w->text))
			return true;
	}
	diag_error(c->d, w, rule_perhaps(c->rs->arena, w->text, words, COUNT(words)), "there is no kind '%s' of message; there are "
	    "loop, bounce, out-of-office, auto-reply, forward, reply, list and new", w->text);
	return false;
}

/* A pattern or glob that fits none of the few kinds there are can only be a slip. */
static void
fits_a_kind(struct rule_compiler *c, const struct conf_word *w, const struct node *n)
{
	for (size_t i = 0; i <= KIND_NEW; i++) {
		const char *word = message_kind_word((enum message_kind)i);

		if (n->op == OP_LIKE ? text_glob(n->text, word) :
		    regex_search(n->re, word, strlen(word), 0, NULL) == REGEX_YES)
			return;
	}
	diag_warning(c->d, w, NULL, "no kind of message fits this; there are loop, bounce, out-of-office, auto-reply, forward, "
	    "reply, list and new");
}

static bool
known_customer(struct rule_compiler *c, const struct conf_word *w)
{
	const char **names;

	if (c->s == NULL || settings_customer(c->s, w->text) != NULL)
		return true;
	names = arena_array(c->rs->arena, c->s->ncustomers + 1, sizeof(*names));
	for (size_t i = 0; i < c->s->ncustomers; i++)
		names[i] = c->s->customers[i].name;
	diag_error(c->d, w, rule_perhaps(c->rs->arena, w->text, names, c->s->ncustomers), "the configuration has no customer '%s'", w->text);
	return false;
}

static bool
read_value(struct rule_compiler *c, const struct conf_word *op, const struct conf_word *w, struct node *n)
{
	n->text = w->text;
	n->word = w;
	if (n->field == FIELD_SIZE ? n->op == OP_REGEX || n->op == OP_LIKE : n->op == OP_LESS || n->op == OP_MORE) {
		diag_error(c->d, op, NULL, n->field == FIELD_SIZE ? "size is compared with < > = or !=" :
		    "< and > compare sizes alone; expected one of ~ !~ = != like !like");
		return false;
	}
	if (n->field == FIELD_SIZE)
		return read_size(c, w, n);
	if (n->op == OP_REGEX && !read_regex(c, w, n))
		return false;
	if (n->field == FIELD_KIND && n->op != OP_EQUAL)
		fits_a_kind(c, w, n);
	if (n->op == OP_REGEX)
		return true;
	if (looks_like_regex(w))
		diag_warning(c->d, w, "write ~ in place of the operator", "this is compared as it stands, with its slashes");
	if (w->kind == CONF_REGEX) {
		diag_error(c->d, w, NULL, "a regular expression stands after ~ or !~ alone");
		return false;
	}
	if (n->op == OP_EQUAL && n->field == FIELD_KIND)
		return known_kind(c, w);
	if (n->op == OP_EQUAL && n->field == FIELD_CUSTOMER)
		return known_customer(c, w);
	return true;
}

static bool
is_header_name(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || *s == ':')
			return false;
	return true;
}

bool
rule_test_compile(struct rule_compiler *c, const struct conf_stmt *stmt, size_t first, size_t last, struct node *n)
{
	const struct conf_word *w = stmt->words, *name = &w[first];
	size_t at = first + 1;

	n->kind = NODE_TEST;
	n->stmt = stmt;
	n->source = rule_source(c->rs->arena, stmt);
	if (n->field == FIELD_HEADER) {
		if (at >= last || !is_header_name(w[at].text) || operator_of(&w[at], w[at].len) >= 0) {
			bool colon = at < last && w[at].len > 1 && w[at].text[w[at].len - 1] == ':';

			diag_error(c->d, at < last ? &w[at] : name, colon ? "without the colon" : NULL,
			    "expected the name of a header field after 'header'");
			return false;
		}
		n->header = w[at++].text;
	}
	n->cost = rule_field_cost(n->field);
	if (at >= last) {
		diag_error(c->d, &w[last - 1], NULL, "expected an operator and a value after '%s'", w[last - 1].text);
		return false;
	}
	if (!read_operator(c, &w[at], n))
		return false;
	if (at + 1 >= last) {
		diag_error(c->d, &w[at], NULL, "expected a value after '%s'", w[at].text);
		return false;
	}
	if (at + 2 < last) {
		diag_error(c->d, &w[at + 2], w[at + 1].kind == CONF_REGEX ? NULL : "a text with blanks stands in \"quotes\"",
		    "found '%s' after the end of the condition", w[at + 2].text);
		return false;
	}
	if (stmt->has_block) {
		diag_error(c->d, name, NULL, "a condition has no block");
		return false;
	}
	return read_value(c, &w[at], &w[at + 1], n);
}

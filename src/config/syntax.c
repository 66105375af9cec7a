/* syntax.c - words to statements and blocks, and recovery where they are broken (see syntax.h). */
#include "config/syntax.h"

#include <string.h>

#include "config/syntax_parts.h"
#include "ground/mem.h"

struct parser {
	struct reader *reader;
	struct lexer   lexer;
};

static bool parse_statements(struct parser *p, struct stmt_list *into, unsigned depth, const struct conf_word *opener);

static void
push(struct reader *r, struct stmt_list *l, const struct conf_stmt *st)
{
	struct conf_stmt *place = arena_push(r->arena, &l->v, &l->n, sizeof(*place));

	*place = *st;
}

/* Past everything up to the '}' of the block just opened, however deep it nests. */
static void
skip_block(struct parser *p)
{
	struct conf_word w;
	enum token t;

	for (size_t open = 1; open > 0;) {
		t = lex_next(&p->lexer, false, &w);
		if (t == TOKEN_EOF)
			return;
		open += t == TOKEN_OPEN;
		open -= t == TOKEN_CLOSE;
	}
}

/* The block of st, whose '{' was just read. outside gets statements that turn out not to be in it. */
static void
parse_block(struct parser *p, struct conf_stmt *st, const struct conf_word *opener, unsigned depth,
    struct stmt_list *outside)
{
	struct stmt_list inside = { 0 };
	unsigned column = st->words[0].pos.column;
	size_t keep;
	bool closed;

	st->has_block = true;
	if (depth >= CONF_DEPTH_MAX) {
		diag_error(p->reader->diag, opener, NULL, "blocks are nested more than %d deep", CONF_DEPTH_MAX);
		skip_block(p);
		return;
	}
	closed = parse_statements(p, &inside, depth + 1, opener);
	st->block = inside.v;
	st->nblock = keep = inside.n;
	if (closed)
		return;
	/* Never closed. What stands no further to the right than the block's own words was hardly
	 * meant to be inside of it: taken out again, so that one lost '}' is one error. */
	for (size_t i = keep; i-- > 0;)
		if (inside.v[i].words[0].pos.line > opener->pos.line && inside.v[i].words[0].pos.column <= column)
			keep = i;
	st->nblock = keep;
	for (size_t i = keep; i < inside.n; i++)
		push(p->reader, outside, &inside.v[i]);
}

/* A '{' at the start of a statement: mostly one that slipped to the next line. */
static void
lone_block(struct parser *p, struct stmt_list *into, const struct conf_word *opener, unsigned depth)
{
	struct conf_stmt *last = into->n > 0 ? &into->v[into->n - 1] : NULL;

	diag_error(p->reader->diag, opener, "a '{' stands on the same line as the words before it",
	    "found '{' at the start of a statement");
	if (last != NULL && !last->has_block && last->words[0].pos.file == opener->pos.file)
		parse_block(p, last, opener, depth, into);
	else
		skip_block(p);
}

/* True when the statement has been dealt with. */
static bool
is_include(struct parser *p, const struct conf_stmt *st, unsigned depth)
{
	if (st->words[0].kind != CONF_WORD || strcmp(st->words[0].text, "include") != 0)
		return false;
	if (depth > 0)
		diag_error(p->reader->diag, &st->words[0], NULL,
		    "found an include inside of a block, expected it outside of all blocks");
	else if (st->nwords != 2 || st->has_block)
		diag_error(p->reader->diag, &st->words[st->nwords > 2 ? 2 : 0], NULL, "expected: include FILE-OR-GLOB");
	else
		include_files(p->reader, st->words[0].pos.file, st);
	return true;
}

static bool
too_many_words(struct parser *p, const struct conf_word *w)
{
	if (++p->reader->words <= CONF_WORDS_MAX)
		return false;
	if (p->reader->words == CONF_WORDS_MAX + 1)
		diag_error(p->reader->diag, w, NULL, "more than %d words in all files; the rest is not read",
		    CONF_WORDS_MAX);
	while (*p->lexer.s != '\0') /* nothing more of this file */
		p->lexer.s++;
	return true;
}

/* One statement, its first word read already. Gives the token that ended it, which is left in first. */
static enum token
parse_statement(struct parser *p, struct conf_word *first, struct stmt_list *into, unsigned depth)
{
	struct conf_stmt st = { 0 };
	struct stmt_list spilled = { 0 };
	enum token t = TOKEN_WORD;
	struct conf_word w = *first;

	while (t == TOKEN_WORD) {
		bool regex_may = w.kind == CONF_WORD && (strcmp(w.text, "~") == 0 || strcmp(w.text, "!~") == 0);

		if (too_many_words(p, &w))
			break;
		memcpy(arena_push(p->reader->arena, &st.words, &st.nwords, sizeof(w)), &w, sizeof(w));
		t = lex_next(&p->lexer, regex_may, &w);
	}
	if (st.nwords == 0)
		return TOKEN_EOF;
	if (t == TOKEN_OPEN) {
		parse_block(p, &st, &w, depth, &spilled);
		t = TOKEN_STOP;
	}
	if (!is_include(p, &st, depth))
		push(p->reader, into, &st);
	for (size_t i = 0; i < spilled.n; i++)
		push(p->reader, into, &spilled.v[i]);
	*first = w;
	return t;
}

/* Statements up to the '}' that closes opener's block, or to the end of the file where opener is NULL.
 * False: the file ended before. */
static bool
parse_statements(struct parser *p, struct stmt_list *into, unsigned depth, const struct conf_word *opener)
{
	struct conf_word w;

	for (;;) {
		enum token t = lex_next(&p->lexer, false, &w);

		if (t == TOKEN_WORD)
			t = parse_statement(p, &w, into, depth);
		else if (t == TOKEN_OPEN)
			lone_block(p, into, &w, depth);
		if (t == TOKEN_CLOSE && opener != NULL)
			return true;
		if (t == TOKEN_CLOSE)
			diag_error(p->reader->diag, &w, NULL, "found '}' but no block is open");
		if (t == TOKEN_EOF)
			break;
	}
	if (opener != NULL)
		diag_error(p->reader->diag, opener, NULL, "this block is never closed");
	return opener == NULL;
}

void
parse_file(struct reader *r, const struct conf_file *file)
{
	struct parser p = { .reader = r };

	lex_init(&p.lexer, r, file);
	parse_statements(&p, &r->top, 0, NULL);
}

/* Offset just behind it. Between the last word within a block and its brace there are blanks, ';' and comments alone. */
static size_t
stmt_end(const struct conf_stmt *stmt)
{
	const struct conf_word *last = &stmt->words[stmt->nwords - 1];
	const char *text = last->pos.file->text;
	size_t at = last->pos.offset + last->bytes;

	if (!stmt->has_block)
		return at;
	if (stmt->nblock > 0)
		at = stmt_end(&stmt->block[stmt->nblock - 1]);
	while (text[at] != '\0' && text[at] != '}')
		at += text[at] == '#' ? strcspn(text + at, "\n") : 1;
	return text[at] == '}' ? at + 1 : at;
}

const char *
conf_stmt_text(struct arena *arena, const struct conf_stmt *stmt)
{
	const struct conf_pos *from = &stmt->words[0].pos;

	return arena_strndup(arena, from->file->text + from->offset, stmt_end(stmt) - from->offset);
}

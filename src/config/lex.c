/* lex.c - bytes of a configuration file to words (see syntax.h).
 *
 * Every byte is passed once, by step(), which keeps line and column.
 */
#include <string.h>

#include "config/syntax_parts.h"
#include "ground/mem.h"
#include "ground/text.h"

void
lex_init(struct lexer *lx, struct reader *r, const struct conf_file *file)
{
	*lx = (struct lexer){ .reader = r, .pos = { .file = file, .line = 1, .column = 1 }, .s = file->text };
	if (strncmp(lx->s, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark that some editor left */
		lx->s += 3;
		lx->pos.offset = 3;
	}
}

static void
step(struct lexer *lx)
{
	if (*lx->s == '\n') {
		lx->pos.line++;
		lx->pos.column = 1;
	} else if (((unsigned char)lx->s[1] & 0xc0) != 0x80) /* the last byte of a character */
		lx->pos.column++;
	lx->pos.offset++;
	lx->s++;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r'; /* a lone CR was refused before */
}

static bool
ends_word(char c)
{
	return c == '\0' || c == '\n' || c == ';' || c == '{' || c == '}' || is_blank(c);
}

static bool
ends_line(char c)
{
	return c == '\0' || c == '\n';
}

/* What follows a closed quote or regex must be apart from it. */
static void
must_end(struct lexer *lx, const char *what, const char *hint)
{
	size_t n = 0;

	if (ends_word(*lx->s))
		return;
	while (!ends_word(lx->s[n]))
		n++;
	diag_add(lx->reader->diag, DIAG_ERROR, &lx->pos, n, hint, "found '%.*s' right after %s, expected a blank",
	    (int)utf8_cut(lx->s, n, 60), lx->s, what);
	for (; n > 0; n--)
		step(lx);
}

static void
lex_quoted(struct lexer *lx, struct conf_word *w)
{
	const char *end = lx->s + 1;
	char *text;

	while (!ends_line(*end) && *end != '"')
		end += end[0] == '\\' && (end[1] == '"' || end[1] == '\\') ? 2 : 1;
	w->kind = CONF_QUOTED;
	w->text = text = arena_alloc(lx->reader->arena, (size_t)(end - lx->s) + 1);
	for (step(lx); lx->s < end; step(lx)) {
		if (*lx->s == '\\' && (lx->s[1] == '"' || lx->s[1] == '\\'))
			step(lx);
		text[w->len++] = *lx->s;
	}
	if (*lx->s == '"') {
		step(lx);
		must_end(lx, "a quoted word", NULL);
	} else
		diag_add(lx->reader->diag, DIAG_ERROR, &w->pos, 1, "it must end on the line it begins on",
		    "this quote is never closed");
}

static void
lex_flags(struct lexer *lx, struct conf_word *w)
{
	char flags[5] = "";
	size_t n = 0;

	for (; (*lx->s >= 'a' && *lx->s <= 'z') || (*lx->s >= 'A' && *lx->s <= 'Z'); step(lx)) {
		if (strchr("imsx", *lx->s) == NULL)
			diag_add(lx->reader->diag, DIAG_ERROR, &lx->pos, 1, "a slash inside of a regex is written \\/",
			    "found '%c' after a regex, expected flags of i, m, s, x", *lx->s);
		else if (strchr(flags, *lx->s) != NULL)
			diag_add(lx->reader->diag, DIAG_ERROR, &lx->pos, 1, NULL, "the flag '%c' is given twice",
			    *lx->s);
		else
			flags[n++] = *lx->s;
	}
	w->flags = arena_strdup(lx->reader->arena, flags);
	must_end(lx, "a regex", "a slash inside of a regex is written \\/");
}

static void
lex_regex(struct lexer *lx, struct conf_word *w)
{
	const char *end = lx->s + 1;
	char *text;

	while (!ends_line(*end) && *end != '/')
		end += end[0] == '\\' && !ends_line(end[1]) ? 2 : 1;
	w->kind = CONF_REGEX;
	w->flags = "";
	if (*end != '/') {
		/* An empty pattern fits anywhere, so that this one fault is told once. */
		w->text = "";
		while (lx->s < end)
			step(lx);
		diag_add(lx->reader->diag, DIAG_ERROR, &w->pos, 1, "it must end on the line it begins on, with a /",
		    "this regex is never closed");
		return;
	}
	w->text = text = arena_alloc(lx->reader->arena, (size_t)(end - lx->s) + 1);
	for (step(lx); lx->s < end; step(lx)) {
		if (*lx->s == '\\' && lx->s[1] == '/')
			step(lx);
		else if (*lx->s == '\\') { /* a pair: what follows the backslash is not looked at */
			text[w->len++] = '\\';
			step(lx);
		}
		text[w->len++] = *lx->s;
	}
	step(lx);
	lex_flags(lx, w);
}

static void
lex_word(struct lexer *lx, struct conf_word *w)
{
	const char *start = lx->s;

	for (; !ends_word(*lx->s); step(lx))
		if (*lx->s == '"')
			diag_add(lx->reader->diag, DIAG_ERROR, &lx->pos, 1, "quotes go around the whole word",
			    "found a quote inside of a word");
	w->len = (size_t)(lx->s - start);
	w->text = arena_strndup(lx->reader->arena, start, w->len);
}

enum token
lex_next(struct lexer *lx, bool regex_may, struct conf_word *w)
{
	while (is_blank(*lx->s))
		step(lx);
	if (*lx->s == '#')
		while (!ends_line(*lx->s))
			step(lx);
	*w = (struct conf_word){ .kind = CONF_WORD, .text = "", .pos = lx->pos, .bytes = 1 };
	if (*lx->s == '\0')
		return TOKEN_EOF;
	if (strchr("\n;{}", *lx->s) != NULL) {
		char c = *lx->s;

		step(lx);
		return c == '{' ? TOKEN_OPEN : c == '}' ? TOKEN_CLOSE : TOKEN_STOP;
	}
	if (*lx->s == '"')
		lex_quoted(lx, w);
	else if (*lx->s == '/' && regex_may)
		lex_regex(lx, w);
	else
		lex_word(lx, w);
	w->bytes = lx->pos.offset - w->pos.offset;
	return TOKEN_WORD;
}

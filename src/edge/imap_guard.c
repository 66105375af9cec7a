/* imap_guard.c - see imap_guard.h. */
#include "edge/imap_guard.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ground/text.h"

void
imap_guard_init(struct imap_guard *g)
{
	*g = (struct imap_guard){ .first = true };
}

void
imap_guard_expect(struct imap_guard *g, uint64_t budget, uint64_t literal_max)
{
	g->budget = budget;
	g->literal_max = literal_max;
	g->tagged[0] = '\0';
}

/* Which grammar a response follows shows in its first word. Free text may hold any
 * parenthesis, quote or brace and none of them means anything there. */
static enum imap_guard_kind
kind_of(const char *line)
{
	static const char *const words[] = { "OK", "NO", "BAD", "BYE", "PREAUTH" };

	if (line[0] != '*')
		return GUARD_STATUS; /* "+ text" or a tag */
	while (*++line == ' ')
		;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_starts_nocase(line, words[i]))
			return GUARD_STATUS;
	return text_starts_nocase(line, "SEARCH") ? GUARD_SEARCH : GUARD_DATA;
}

static enum imap_guard_kind
kind(struct imap_guard *g)
{
	if (g->kind == GUARD_UNKNOWN) {
		g->line[g->kept] = '\0';
		g->kind = kind_of(g->line);
	}
	return g->kind;
}

/* "* 5 EXISTS" and "* 3 EXPUNGE" keep the count. */
static void
count(struct imap_guard *g)
{
	char *word;
	unsigned long n = strtoul(g->line + 1, &word, 10);

	if (n > UINT32_MAX || *word != ' ')
		return;
	word += strspn(word, " ");
	if (text_starts_nocase(word, "EXISTS")) {
		g->grew = g->grew || n > g->exists;
		g->exists = (uint32_t)n;
	} else if (text_starts_nocase(word, "EXPUNGE") && g->exists > 0)
		g->exists--;
}

static void
keep(char out[IMAP_KEEP + 1], const char *line)
{
	size_t len = strlen(line);

	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n'))
		len--;
	memcpy(out, line, len);
	out[len] = '\0';
}

/* A line of the outermost level is complete and was no literal's beginning. */
static void
line_over(struct imap_guard *g)
{
	enum imap_guard_kind k = kind(g);

	g->line[g->kept] = '\0';
	if (g->first && k == GUARD_STATUS && g->line[0] != '*' && g->line[0] != '+')
		keep(g->tagged, g->line);
	else if (g->first && k == GUARD_STATUS && text_starts_nocase(g->line, "* BYE"))
		keep(g->bye, g->line);
	else if (g->first && k == GUARD_DATA && g->line[0] == '*')
		count(g);
	g->kind = GUARD_UNKNOWN;
	g->first = true;
	g->parens = 0;
	g->line_len = g->kept = 0;
	g->state = GUARD_TEXT;
}

static bool __attribute__((format(printf, 2, 3)))
broken(struct imap_guard *g, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(g->why, sizeof(g->why), fmt, ap);
	va_end(ap);
	return false;
}

static bool
in_text(struct imap_guard *g, char c)
{
	if (c == '\n') {
		line_over(g);
		return true;
	}
	if ((c != '"' && c != '{' && c != '(') || kind(g) == GUARD_STATUS)
		return true;
	if (c == '"')
		g->state = GUARD_QUOTED;
	else if (c == '(' && ++g->parens > IMAP_PARENS_MAX)
		return broken(g, "more than %d parentheses in one response", IMAP_PARENS_MAX);
	else if (c == '{') {
		g->state = GUARD_SIZE;
		g->literal = 0;
		g->digits = 0;
	}
	return true;
}

/* Within "{123}" CR LF, which ends a line. Nothing else may begin with a brace where it stands in for a string. */
static bool
in_size(struct imap_guard *g, char c)
{
	if (g->state == GUARD_SIZE && c >= '0' && c <= '9') {
		g->literal = g->literal * 10 + (uint64_t)(c - '0');
		if (++g->digits > 10 || g->literal > g->literal_max)
			return broken(g, "a literal of more than %" PRIu64 " bytes", g->literal_max);
		return true;
	}
	if (g->state == GUARD_SIZE && c == '}' && g->digits > 0)
		g->state = GUARD_SIZE_CR;
	else if (g->state == GUARD_SIZE_CR && c == '\r')
		g->state = GUARD_SIZE_LF;
	else if (g->state == GUARD_SIZE_LF && c == '\n') {
		g->state = g->literal > 0 ? GUARD_LITERAL : GUARD_TEXT;
		g->first = false;
		g->line_len = g->kept = 0;
	} else
		return broken(g, "a literal whose length is no number");
	return true;
}

static bool
step(struct imap_guard *g, char c)
{
	if (g->kept < IMAP_KEEP)
		g->line[g->kept++] = c;
	if (++g->line_len > IMAP_LINE_MAX && (kind(g) != GUARD_SEARCH || g->line_len > IMAP_SEARCH_MAX))
		return broken(g, "a line longer than %zu bytes", g->line_len - 1);
	switch (g->state) {
	case GUARD_TEXT:
		return in_text(g, c);
	case GUARD_QUOTED:
		if (c == '\n')
			line_over(g); /* no string goes over a line: the library will say what it thinks of it */
		else if (c == '"' || c == '\\')
			g->state = c == '"' ? GUARD_TEXT : GUARD_ESCAPED;
		return true;
	case GUARD_ESCAPED:
		g->state = GUARD_QUOTED;
		return true;
	case GUARD_SIZE:
	case GUARD_SIZE_CR:
	case GUARD_SIZE_LF:
	case GUARD_LITERAL: /* literals are skipped in runs, not here */
		return in_size(g, c);
	}
	return false;
}

bool
imap_guard_feed(struct imap_guard *g, const char *bytes, size_t len)
{
	g->whole = 0;
	if (g->why[0] != '\0')
		return false;
	if (len > g->budget)
		return broken(g, "more bytes than were asked for");
	g->budget -= len;
	for (size_t i = 0; i < len;) {
		if (g->state == GUARD_LITERAL) {
			size_t run = len - i < g->literal ? len - i : (size_t)g->literal;

			g->literal -= run;
			i += run;
			if (g->literal == 0)
				g->state = GUARD_TEXT;
		} else if (!step(g, bytes[i++]))
			return false;
		if (g->first && g->line_len == 0)
			g->whole = i;
	}
	return true;
}

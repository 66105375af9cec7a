/* rule_pattern.c - see rule_pattern.h. */
#include "judge/rule_pattern.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/regex.h"

#define DEPTH_MAX 60

struct reader { struct pattern *p; const char *at, *end; unsigned depth; bool extended, deep; };

static struct pattern_piece *read_choice(struct reader *r);

static struct pattern_piece *
new_piece(struct reader *r, enum piece_kind kind)
{
	struct pattern_piece *piece = arena_alloc(r->p->arena, sizeof(*piece));

	piece->kind = kind;
	return piece;
}

static void
add_kid(struct reader *r, struct pattern_piece *to, struct pattern_piece *kid)
{
	*(struct pattern_piece **)arena_push(r->p->arena, &to->kids, &to->nkids, sizeof(kid)) = kid;
}

static bool
next_is(const struct reader *r, const char *what)
{
	size_t len = strlen(what);

	return (size_t)(r->end - r->at) >= len && memcmp(r->at, what, len) == 0;
}

static bool
skip(struct reader *r, const char *what)
{
	if (!next_is(r, what))
		return false;
	r->at += strlen(what);
	return true;
}

/* Past the first 'stop', or at the end. */
static void
skip_past(struct reader *r, char stop)
{
	while (r->at < r->end && *r->at != stop)
		r->at++;
	if (r->at < r->end)
		r->at++;
}

static struct pattern_piece *
literal(struct reader *r, const char *from, size_t len)
{
	struct pattern_piece *piece = new_piece(r, PIECE_LITERAL);

	piece->samples[0] = arena_strndup(r->p->arena, from, len);
	piece->nsamples = 1;
	piece->sampled = true;
	return piece;
}

static struct pattern_piece *
class(struct reader *r, const char *from, bool negative)
{
	struct pattern_piece *piece = new_piece(r, PIECE_CLASS);

	piece->source = from;
	piece->len = (size_t)(r->at - from);
	piece->negative = negative;
	return piece;
}

static struct pattern_piece *
odd(struct reader *r)
{
	r->p->odd = true;
	return new_piece(r, PIECE_NOTHING);
}

static struct pattern_piece *
read_bracket(struct reader *r)
{
	const char *from = r->at++;
	bool negative = skip(r, "^");

	if (r->at < r->end && *r->at == ']')
		r->at++; /* the first one is itself */
	while (r->at < r->end && *r->at != ']') {
		if (*r->at == '\\' && r->at + 1 < r->end)
			r->at += 2;
		else if (next_is(r, "[:")) {
			const char *close = memmem(r->at, (size_t)(r->end - r->at), ":]", 2);

			r->at = close != NULL ? close + 2 : r->at + 1;
		} else
			r->at++;
	}
	if (r->at < r->end)
		r->at++;
	return class(r, from, negative || memmem(from, (size_t)(r->at - from), "\\W", 2) != NULL);
}

/* What follows a letter of an escape: {..}, <..>, '..', digits. */
static void
skip_argument(struct reader *r)
{
	if (r->at < r->end && strchr("{<'", *r->at) != NULL)
		skip_past(r, *r->at == '{' ? '}' : *r->at == '<' ? '>' : '\'');
	else
		while (r->at < r->end && (*r->at == '-' || (*r->at >= '0' && *r->at <= '9')))
			r->at++;
}

static struct pattern_piece *
read_escape(struct reader *r)
{
	const char *from = r->at++;
	char c = r->at < r->end ? *r->at++ : '\\';

	switch (c) {
	case 'b':
		return new_piece(r, PIECE_EDGE);
	case 'B': {
		struct pattern_piece *edge = new_piece(r, PIECE_EDGE);

		edge->negative = true;
		return edge;
	}
	case 'A': case 'z': case 'Z': case 'G': case 'K':
		return new_piece(r, PIECE_PLACE);
	case 'd': case 's': case 'w': case 'h': case 'v': case 'R': case 'N':
		return class(r, from, false);
	case 'D': case 'S': case 'W': case 'H': case 'V': case 'X':
		return class(r, from, true);
	case 'p': case 'P': case 'x': case 'o': case 'u':
		if (r->at < r->end && *r->at == '{')
			skip_argument(r);
		else if (c == 'p' || c == 'P')
			r->at += r->at < r->end;
		else
			for (int i = 0; i < 2 && r->at < r->end && strchr("0123456789abcdefABCDEF", *r->at) != NULL; i++)
				r->at++;
		return class(r, from, c == 'P');
	case 'n': return literal(r, "\n", 1);
	case 't': return literal(r, "\t", 1);
	case 'r': return literal(r, "\r", 1);
	case 'Q': case 'E':
		return odd(r);
	case 'k': case 'g':
		skip_argument(r);
		return odd(r);
	default:
		if (c >= '0' && c <= '9') {
			skip_argument(r);
			return odd(r);
		}
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? class(r, from, true) : literal(r, r->at - 1, 1);
	}
}

/* Behind "(": what kind of group; the inside follows. NULL: nothing to read, all of it was skipped. */
static struct pattern_piece *
read_group_head(struct reader *r, bool *plain)
{
	struct pattern_piece *look = NULL;

	*plain = true;
	if (skip(r, "*"))
		r->p->odd = true;
	else if (!skip(r, "?"))
		return NULL;
	else if (skip(r, ":") || skip(r, "|"))
		return NULL;
	else if (skip(r, ">"))
		r->p->greedy = true;
	else if (next_is(r, "=") || next_is(r, "!") || next_is(r, "<=") || next_is(r, "<!")) {
		look = new_piece(r, PIECE_LOOK);
		skip(r, "<");
		look->negative = *r->at++ == '!';
	} else if (skip(r, "P<") || skip(r, "<"))
		skip_past(r, '>');
	else if (skip(r, "'"))
		skip_past(r, '\'');
	else {
		/* (?i) and (?i:x), or a comment, a recursion, a condition. */
		const char *from = r->at;

		while (r->at < r->end && strchr("imsxnJU^-", *r->at) != NULL)
			r->at++;
		*plain = skip(r, ":");
		r->p->odd = r->p->odd || *from != '#'; /* what a flag changes on the way is not followed */
	}
	return look;
}

static struct pattern_piece *
read_group(struct reader *r)
{
	struct pattern_piece *look, *inside;
	bool plain;

	r->at++;
	look = read_group_head(r, &plain);
	if (!plain) {
		skip_past(r, ')'); /* (?i) whole; of anything deeper the rest is read as if it were text */
		return new_piece(r, PIECE_NOTHING);
	}
	inside = read_choice(r);
	skip(r, ")");
	if (look == NULL)
		return inside;
	add_kid(r, look, inside);
	return look;
}

static struct pattern_piece *
read_atom(struct reader *r)
{
	const char *from = r->at;

	switch (*r->at) {
	case '(': return read_group(r);
	case '[': return read_bracket(r);
	case '\\': return read_escape(r);
	case '^': case '$':
		r->at++;
		return new_piece(r, PIECE_PLACE);
	case '.':
		r->at++;
		return class(r, from, false);
	default:
		for (r->at++; r->at < r->end && ((unsigned char)*r->at & 0xc0) == 0x80; r->at++)
			;
		return literal(r, from, (size_t)(r->at - from));
	}
}

/* "{2,}" and its like; false leaves everything as it was: a brace is a character then. */
static bool
read_braces(struct reader *r, unsigned *min, unsigned *max)
{
	const char *p = r->at + 1;

	if (p >= r->end || *p < '0' || *p > '9')
		return false;
	for (*min = 0; p < r->end && *p >= '0' && *p <= '9' && *min < 100000; p++)
		*min = *min * 10 + (unsigned)(*p - '0');
	*max = *min;
	if (p < r->end && *p == ',') {
		*max = UINT_MAX;
		if (++p < r->end && *p >= '0' && *p <= '9')
			for (*max = 0; p < r->end && *p >= '0' && *p <= '9' && *max < 100000; p++)
				*max = *max * 10 + (unsigned)(*p - '0');
	}
	if (p >= r->end || *p != '}')
		return false;
	r->at = p + 1;
	return true;
}

static struct pattern_piece *
read_repeat(struct reader *r, struct pattern_piece *of)
{
	struct pattern_piece *piece;
	unsigned min = 0, max = UINT_MAX;

	if (r->at >= r->end)
		return of;
	if (skip(r, "+"))
		min = 1;
	else if (skip(r, "?"))
		max = 1;
	else if (!skip(r, "*") && (*r->at != '{' || !read_braces(r, &min, &max)))
		return of;
	if (skip(r, "+"))
		r->p->greedy = true;
	else
		skip(r, "?");
	piece = new_piece(r, PIECE_REPEAT);
	piece->min = min;
	piece->max = max;
	add_kid(r, piece, of);
	return piece;
}

static bool
skip_blank(struct reader *r)
{
	if (!r->extended || r->at >= r->end)
		return false;
	if (*r->at == '#')
		skip_past(r, '\n');
	else if (strchr(" \t\n\r\f\v", *r->at) != NULL)
		r->at++;
	else
		return false;
	return true;
}

static struct pattern_piece *
read_row(struct reader *r)
{
	struct pattern_piece *row = new_piece(r, PIECE_ROW);

	while (r->at < r->end && *r->at != '|' && *r->at != ')') {
		if (skip_blank(r))
			continue;
		add_kid(r, row, read_repeat(r, read_atom(r)));
	}
	return row;
}

static struct pattern_piece *
read_choice(struct reader *r)
{
	struct pattern_piece *choice, *first;

	if (r->depth >= DEPTH_MAX) {
		r->deep = true;
		r->at = r->end;
		return new_piece(r, PIECE_NOTHING);
	}
	r->depth++;
	first = read_row(r);
	if (r->at < r->end && *r->at == '|') {
		choice = new_piece(r, PIECE_CHOICE);
		add_kid(r, choice, first);
		while (skip(r, "|"))
			add_kid(r, choice, read_row(r));
		first = choice;
	}
	r->depth--;
	return first;
}

struct pattern *
pattern_read(struct arena *a, const char *text, const char *flags)
{
	struct pattern *p = arena_alloc(a, sizeof(*p));
	struct reader r = { .p = p, .at = text, .end = text + strlen(text), .extended = strchr(flags, 'x') != NULL };

	p->arena = a;
	p->flags = flags;
	p->root = read_choice(&r);
	if (r.at < r.end)
		p->odd = true; /* a ')' too many for us */
	return r.deep ? NULL : p;
}

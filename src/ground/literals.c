/* literals.c - the literals that a pattern cannot match without (needles.h).
 *
 * A small reader of PCRE2's language that knows the common part of it: characters, escaped punctuation, classes, groups,
 * alternatives, repeats, and the places ^ $ \b \B \A \Z \z. Of anything else - back-references, looks ahead and behind, flags
 * within, verbs, \Q, the flag x - it gives up on the whole pattern: that pattern is then searched as ever.
 *
 * Each part of a pattern is one of two: exact, all that it can match is a few strings; or it is not, and then perhaps
 * one of a few strings must be in what it matches.
 */
#include "ground/needles.h"

#include <string.h>

#define NESTED_MAX 12

struct part {
	bool exact;                  /* v is all that it matches */
	bool known;                  /* not exact: one of v is in what it matches */
	struct literals v;
};

struct reader { const char *s, *end; bool caseless, lost; unsigned nested; };

static void read_alternatives(struct reader *r, struct part *out);

/* ---- sets of strings ----------------------------------------------------------------------------------- */

static const struct part nothing = { .exact = true, .v = { .n = 1 } };

static bool
is_in(const struct literals *v, const struct literal *l)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].len == l->len && memcmp(v->v[i].text, l->text, l->len) == 0)
			return true;
	return false;
}

static bool
unite(struct literals *to, const struct literals *with)
{
	for (size_t i = 0; i < with->n; i++)
		if (!is_in(to, &with->v[i])) {
			if (to->n == NEEDLES_ANY_MAX)
				return false;
			to->v[to->n++] = with->v[i];
		}
	return true;
}

static size_t
shortest(const struct literals *v)
{
	size_t least = v->n > 0 ? NEEDLE_BYTES_MAX : 0;

	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].len < least)
			least = v->v[i].len;
	return least;
}

static size_t
longest(const struct literals *v)
{
	size_t most = 0;

	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].len > most)
			most = v->v[i].len;
	return most;
}

/* Each of a followed by each of b; in place, from the end, for there is mostly one in b. */
static bool
cross(struct literals *a, const struct literals *b)
{
	if (a->n * b->n > NEEDLES_ANY_MAX || longest(a) + longest(b) > NEEDLE_BYTES_MAX)
		return false;
	for (size_t i = a->n; i-- > 0;)
		for (size_t j = b->n; j-- > 0;) {
			struct literal *l = &a->v[i * b->n + j];

			if (l != &a->v[i])
				*l = a->v[i];
			memcpy(l->text + l->len, b->v[j].text, b->v[j].len);
			l->len = (unsigned char)(l->len + b->v[j].len);
		}
	a->n *= b->n;
	return true;
}

/* Keeps the better of what is known and v, one of which is in what matches: the longer, of equals the fewer. */
static void
offer(struct part *p, const struct literals *v)
{
	size_t is = p->known ? shortest(&p->v) : 0, would = shortest(v);

	if (would > is || (would == is && is > 0 && v->n < p->v.n)) {
		p->known = true;
		p->v = *v;
	}
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static bool
at(const struct reader *r, char c)
{
	return r->s < r->end && *r->s == c;
}

/* One character of which nothing is known. */
static void
any(struct part *out)
{
	out->exact = out->known = false;
	out->v.n = 0;
}

static void
character(struct reader *r, const char *s, size_t len, struct part *out)
{
	any(out);
	if (r->caseless && (unsigned char)*s >= 0x80)
		return; /* what equals it is not for us to know */
	out->exact = true;
	out->v.n = 1;
	out->v.v[0].len = (unsigned char)needles_fold(s, len, out->v.v[0].text);
}

static size_t
character_len(const struct reader *r)
{
	size_t n = 1;

	while (r->s + n < r->end && ((unsigned char)r->s[n] & 0xc0) == 0x80 && (unsigned char)*r->s >= 0xc0)
		n++;
	return n;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* After the backslash. */
static void
read_escape(struct reader *r, struct part *out)
{
	any(out);
	if (r->s == r->end || (unsigned char)*r->s >= 0x80 || *r->s <= ' ')
		r->lost = true;
	else if (!is_alnum(*r->s))
		character(r, r->s, 1, out);
	else if (strchr("bBAZzG", *r->s) != NULL)
		*out = nothing;
	else if (strchr("dDwWsShHvVRXntrfea", *r->s) == NULL)
		r->lost = true;
	r->s++;
}

/* After the '['. A few plain characters are as good as alternatives. */
static void
read_class(struct reader *r, struct part *out)
{
	bool plain = !at(r, '^'), first = true;
	struct literals all = { .n = 0 };

	if (!plain)
		r->s++;
	for (; !r->lost && (first || !at(r, ']')); first = false) {
		size_t len = r->s < r->end ? character_len(r) : 0;
		struct part one;

		if (len == 0 || *r->s == '[')
			r->lost = true; /* no end, or perhaps [:alpha:] */
		else if (*r->s == '\\') {
			r->s++;
			r->lost = r->s == r->end || (unsigned char)*r->s >= 0x80 || *r->s <= ' ' ||
			    (is_alnum(*r->s) && strchr("dDwWsShHvVntrfe", *r->s) == NULL);
			plain = false;
		} else if (*r->s == '-')
			plain = false;
		else {
			character(r, r->s, len, &one);
			plain = plain && one.exact && unite(&all, &one.v);
		}
		r->s += len;
	}
	r->s++;
	any(out);
	if (plain && all.n > 0) {
		out->exact = true;
		out->v = all;
	}
}

/* After the '('. */
static void
read_group(struct reader *r, struct part *out)
{
	if (at(r, '*'))
		r->lost = true;
	if (at(r, '?')) {
		r->s++;
		if (at(r, ':') || at(r, '>'))
			r->s++;
		else if (at(r, '<') && r->s + 1 < r->end && (is_alnum(r->s[1]) || r->s[1] == '_')) {
			while (r->s < r->end && *r->s != '>')
				r->s++;
			r->s++;
		} else
			r->lost = true;
	}
	if (++r->nested > NESTED_MAX)
		r->lost = true;
	if (!r->lost)
		read_alternatives(r, out);
	r->nested--;
	if (!at(r, ')'))
		r->lost = true;
	r->s++;
}

static void
read_atom(struct reader *r, struct part *out)
{
	char c = *r->s;
	size_t len = character_len(r);

	r->s++;
	switch (c) {
	case '\\':
		read_escape(r, out);
		return;
	case '[':
		read_class(r, out);
		return;
	case '(':
		read_group(r, out);
		return;
	case '.':
		any(out);
		return;
	case '^': case '$':
		*out = nothing;
		return;
	case '?': case '*': case '+': case '{': case '\0':
		r->lost = true;
		return;
	default:
		character(r, r->s - 1, len, out);
		r->s += len - 1;
	}
}

static unsigned
read_number(struct reader *r)
{
	unsigned n = 0;

	if (r->s == r->end || *r->s < '0' || *r->s > '9')
		r->lost = true;
	for (; r->s < r->end && *r->s >= '0' && *r->s <= '9'; r->s++)
		n = n < 100000 ? n * 10 + (unsigned)(*r->s - '0') : n;
	return n;
}

/* How often what stands before may come; most: 0 is 'without end'. False: there is no repeat. */
static bool
read_repeat(struct reader *r, unsigned *least, unsigned *most)
{
	if (!at(r, '?') && !at(r, '*') && !at(r, '+') && !at(r, '{'))
		return false;
	*least = *r->s == '+';
	*most = *r->s == '?';
	if (*r->s++ == '{') {
		*least = *most = read_number(r);
		if (at(r, ',')) {
			r->s++;
			*most = at(r, '}') ? 0 : read_number(r);
		}
		if (!at(r, '}'))
			r->lost = true;
		r->s++;
	}
	if (at(r, '?') || at(r, '+')) /* lazy, possessive: the same strings or fewer */
		r->s++;
	return true;
}

static void
read_piece(struct reader *r, struct part *out)
{
	unsigned least, most;

	read_atom(r, out);
	while (!r->lost && read_repeat(r, &least, &most)) {
		if (least == 1 && most == 1)
			continue;
		if (least == 0 && most == 1 && out->exact && unite(&out->v, &nothing.v))
			continue;
		if (least == 0)
			any(out);
		else {
			out->known = out->known || (out->exact && shortest(&out->v) > 0);
			out->exact = false;
		}
	}
}

static void
read_sequence(struct reader *r, struct part *out)
{
	struct part run = nothing, one; /* run: of the pieces since the last that is not exact */
	bool broken = false;

	any(out);
	while (!r->lost && r->s < r->end && *r->s != '|' && *r->s != ')') {
		read_piece(r, &one);
		if (r->lost)
			return;
		if (one.exact && cross(&run.v, &one.v))
			continue;
		broken = true;
		offer(out, &run.v);
		if (one.known)
			offer(out, &one.v);
		run = one.exact ? one : nothing;
	}
	if (broken)
		offer(out, &run.v);
	else
		*out = run;
}

static void
read_alternatives(struct reader *r, struct part *out)
{
	struct part one;

	read_sequence(r, out);
	while (!r->lost && at(r, '|')) {
		r->s++;
		read_sequence(r, &one);
		out->known = (out->exact ? shortest(&out->v) > 0 : out->known) && (one.exact ? shortest(&one.v) > 0 : one.known);
		out->exact = out->exact && one.exact;
		if ((out->exact || out->known) && !unite(&out->v, &one.v))
			out->exact = out->known = false;
	}
}

bool
literals_required(const char *pattern, size_t len, const char *flags, struct literals *out)
{
	struct reader r = { .s = pattern, .end = pattern + len, .caseless = strchr(flags, 'i') != NULL, .lost = strchr(flags, 'x') != NULL };
	struct part all = { .exact = false };

	if (!r.lost)
		read_alternatives(&r, &all);
	if (r.lost || r.s != r.end || (!all.exact && !all.known) || shortest(&all.v) < NEEDLE_BYTES_MIN)
		return false;
	*out = all.v;
	return true;
}

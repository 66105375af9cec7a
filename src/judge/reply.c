/* reply.c - what the writer newly wrote, apart from what he quotes and what is added under it.
 *
 * Line by line: a quoted run is taken out and what follows it is new again (answers below and between); an
 * attribution without quote marks after it, a printed header or an "original message" end the new text. What is not
 * surely quoted stays.
 */
#include "judge/forward_parts.h"

#include <string.h>

#include "ground/text.h"

#define SIGNATURE_LINES 12  /* under a "--" that lost its blank */
#define RULE_BYTES      10

struct cut {
	struct inside *in;
	struct qtext t;
	bool *quoted;    /* for each line */
};

static bool
is_plain(const struct cut *c, size_t i)
{
	return !c->t.v[i].blank && c->t.v[i].depth == 0;
}

/* ">>> look here <<<" shouts, it does not quote. */
static bool
is_quote(const struct qline *l)
{
	return l->depth > 0 && !(l->bare.len > 1 && l->bare.s[l->bare.len - 1] == '<' && l->bare.s[l->bare.len - 2] == '<');
}

/* A line without marks in the middle of a quote that the client's line wrap tore off. */
static bool
is_torn(const struct cut *c, size_t i)
{
	const struct qline *before, *l = &c->t.v[i], *after;
	const char *open;
	char last;

	if (i == 0 || i + 1 >= c->t.n || l->blank)
		return false;
	before = &c->t.v[i - 1];
	after = &c->t.v[i + 1];
	if (before->depth == 0 || after->depth == 0)
		return false;
	if (strncmp(l->fold, "(http", 5) == 0 || strncmp(l->fold, "<http", 5) == 0)
		return true;
	if (before->blank)
		return false;
	open = memrchr(before->bare.s, '(', before->bare.len);
	if (open != NULL && memchr(open, ')', (size_t)(before->bare.s + before->bare.len - open)) == NULL)
		return true;
	open = memrchr(before->bare.s, '<', before->bare.len);
	if (open != NULL && memchr(open, '>', (size_t)(before->bare.s + before->bare.len - open)) == NULL)
		return true;
	last = before->bare.s[before->bare.len - 1];
	return before->raw.len >= 68 && l->bare.len <= 40 && strchr(".?!:;", last) == NULL && *l->bare.s >= 'a' && *l->bare.s <= 'z';
}

static void
quote_rest(struct cut *c, size_t from)
{
	for (size_t i = from; i < c->t.n; i++)
		c->quoted[i] = true;
	while (from > 0 && (c->t.v[from - 1].blank || (c->t.v[from - 1].bare.len >= RULE_BYTES &&
	    strspn(c->t.v[from - 1].fold, "-_*= ") == strlen(c->t.v[from - 1].fold) && *c->t.v[from - 1].fold != '\0')))
		c->quoted[--from] = true; /* the rule above it */
}

static bool
reply_above(const char *fold)
{
	return (strstr(fold, "above this line") != NULL && (strstr(fold, "reply") != NULL || strstr(fold, "respond") != NULL || strstr(fold, "type") != NULL)) ||
	       strstr(fold, "oberhalb dieser linie antworten") != NULL;
}

/* Does everything from line i on belong to the original? */
static bool
original_begins(struct cut *c, size_t i)
{
	const struct qline *l = &c->t.v[i];
	size_t next = qtext_next(&c->t, i + 1);
	const char *rest;
	struct block b;

	switch (separator_of(&c->t, i, &rest)) {
	case SEPARATOR_FORWARDED:
		return next < c->t.n && block_at(&c->t, next, &b);
	case SEPARATOR_ORIGINAL:
		return (l->bare.len > 6 && strncmp(l->bare.s, "--", 2) == 0) || (next < c->t.n && block_at(&c->t, next, &b)) || rest != NULL;
	case SEPARATOR_RULE:
		return next < c->t.n && block_at(&c->t, next, &b);
	case SEPARATOR_NONE:
		break;
	}
	if (reply_above(l->fold))
		return true;
	if (!block_at(&c->t, i, &b))
		return false;
	return (b.count >= 3 && block_has_sender(&b)) || (b.fields[WORD_DATE] != NULL &&
	    ((block_has_sender(&b) && strchr(b.fields[WORD_FROM], '@') != NULL) || (b.fields[WORD_TO] != NULL && strchr(b.fields[WORD_TO], '@') != NULL)));
}

/* Marks the lines that are not new. */
static void
mark(struct cut *c)
{
	for (size_t i = 0; i < c->t.n; i++) {
		struct qline *l = &c->t.v[i];

		if (l->blank) {
			c->quoted[i] = l->depth > 0;
			continue;
		}
		if (l->depth == 0 && l->attribution > 0) {
			size_t next = qtext_next(&c->t, i + l->attribution);

			for (size_t j = i; j < i + l->attribution; j++)
				c->quoted[j] = true;
			if (next < c->t.n && !is_quote(&c->t.v[next])) {
				quote_rest(c, i + l->attribution);
				return;
			}
			i += l->attribution - 1;
		} else if (is_quote(l) || is_torn(c, i))
			c->quoted[i] = true;
		else if (original_begins(c, i)) {
			quote_rest(c, i);
			return;
		}
	}
}

/* "-- " and what stands under it, up to what is quoted. */
static void
mark_signature(struct cut *c)
{
	for (size_t i = 0; i < c->t.n; i++) {
		const struct line *raw = &c->t.v[i].raw;
		size_t end = i + 1, lines = 0;
		bool sure = raw->len == 3 && strncmp(raw->s, "-- ", 3) == 0;

		if (c->quoted[i] || !(sure || (c->t.v[i].bare.len == 2 && strncmp(c->t.v[i].bare.s, "--", 2) == 0)))
			continue;
		for (; end < c->t.n && !c->quoted[end] && (sure || lines <= SIGNATURE_LINES); end++)
			lines += !c->t.v[end].blank;
		if (!sure && (lines > SIGNATURE_LINES || lines == 0))
			continue;
		for (; i < end; i++)
			c->quoted[i] = true;
	}
}

/* "Sent from my …" as the last thing before the quote or the end. */
static void
mark_sent_from(struct cut *c)
{
	for (size_t i = c->t.n; i-- > 0;) {
		const struct qline *l = &c->t.v[i];
		const char *fold = l->fold;

		if (l->blank || c->quoted[i])
			continue;
		fold += strspn(fold, "-*_<[( ");
		if (l->bare.len > 120 || words_match(mail_sent_from, mail_sent_from_count, fold) == NULL)
			return;
		c->quoted[i] = true;
	}
}

static void
put_line(struct buf *b, struct line l)
{
	buf_add(b, l.s, l.len);
	buf_putc(b, '\n');
}

/* Without blank ends; of the blank lines where a quote was, one is enough. */
static const char *
squeeze_lines(struct arena *a, struct buf *b)
{
	char *s = arena_strndup(a, b->data, b->len), *from = s, *end = s + b->len;

	while (from < end && (*from == '\n' || *from == ' ' || *from == '\t' || *from == '\r'))
		from++;
	while (from > s && from[-1] != '\n')
		from--; /* an indented first line stays indented */
	while (end > from && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	*end = '\0';
	return from;
}

void
reply_judge(struct inside *in, const char *text)
{
	struct cut c = { .in = in, .t = qtext_judged(in, text) };
	AUTO_BUF struct buf visible, quoted;
	bool gap = false;

	c.quoted = arena_array(in->a, c.t.n, sizeof(*c.quoted));
	mark(&c);
	mark_signature(&c);
	mark_sent_from(&c);
	buf_init(&visible, 4 * MESSAGE_TEXT_BYTES);
	buf_init(&quoted, 4 * MESSAGE_TEXT_BYTES);
	for (size_t i = 0; i < c.t.n; i++) {
		const struct qline *l = &c.t.v[i];

		if (c.quoted[i]) {
			if (l->shared > 0)
				put_line(&visible, (struct line){ l->bare.s, l->shared });
			put_line(&quoted, l->raw);
			gap = true;
		} else if (is_plain(&c, i) || l->depth > 0) {
			if (gap && visible.len > 0 && visible.data[visible.len - 1] == '\n' && (visible.len < 2 || visible.data[visible.len - 2] != '\n'))
				buf_putc(&visible, '\n');
			put_line(&visible, l->raw);
			gap = false;
		} else if (!gap)
			put_line(&visible, l->raw);
	}
	in->m->visible_text = squeeze_lines(in->a, &visible);
	in->m->quoted = squeeze_lines(in->a, &quoted);
}

/* forward_block.c - separators and printed headers: where an original begins in a text. */
#include "judge/forward_parts.h"

#include <string.h>

#include "ground/text.h"

#define FOLD_MAX        500 /* longer lines are prose, not marks */
#define KEY_MAX         48
#define BLOCK_LINES_MAX 60

struct qtext
qtext_of(struct arena *a, const char *text)
{
	struct lines lines = lines_of(a, text);
	struct qtext t = { .a = a, .v = arena_array(a, lines.n, sizeof(*t.v)), .n = lines.n };

	for (size_t i = 0; i < lines.n; i++) {
		struct qline *l = &t.v[i];

		l->raw = lines.v[i];
		l->bare = line_trim(line_unquote(line_trim(l->raw), &l->depth));
		l->blank = l->bare.len == 0;
		l->fold = l->blank || l->bare.len > FOLD_MAX ? "" : line_fold(a, l->bare);
	}
	return t;
}

size_t
qtext_next(const struct qtext *t, size_t i)
{
	while (i < t->n && t->v[i].blank)
		i++;
	return i;
}

/* Bytes of a mark that decorates a line at p: dashes of all kinds, stars, rules. */
static size_t
decoration_at(const char *p, const char *end)
{
	if (p >= end)
		return 0;
	if (strchr("-_*=~#>:|.<[]()+\"' \t", *p) != NULL && *p != '\0')
		return 1;
	if (end - p >= 3 && ((memcmp(p, "\xe2\x80", 2) == 0 && ((unsigned char)p[2] <= 0x95 || (unsigned char)p[2] >= 0xa8)) ||
	    memcmp(p, "\xef\xbc\x9a", 3) == 0 || memcmp(p, "\xe2\x94\x80", 3) == 0 || memcmp(p, "\xe2\x94\x81", 3) == 0))
		return 3;
	return 0;
}

static struct line
undecorate(struct line l)
{
	const char *end = l.s + l.len;
	size_t n;

	while ((n = decoration_at(l.s, end)) > 0)
		l.s += n;
	while (end > l.s) {
		const char *p = end - 1;

		while (p > l.s && ((unsigned char)*p & 0xc0) == 0x80)
			p--;
		if (decoration_at(p, end) != (size_t)(end - p))
			break;
		end = p;
	}
	l.len = (size_t)(end - l.s);
	return l;
}

static enum separator
phrase_of(struct arena *a, struct line phrase)
{
	const char *fold = line_fold(a, phrase);

	if (*fold == '\0')
		return SEPARATOR_NONE;
	if (words_match(mail_forwarded, mail_forwarded_count, fold) != NULL)
		return SEPARATOR_FORWARDED;
	if (words_match(mail_original, mail_original_count, fold) != NULL)
		return SEPARATOR_ORIGINAL;
	return SEPARATOR_NONE;
}

enum separator
separator_of(const struct qtext *t, size_t i, const char **rest)
{
	const struct qline *l = &t->v[i];
	const char *dashes, *close;
	struct line core;
	enum separator s;

	*rest = NULL;
	if (l->blank)
		return SEPARATOR_NONE;
	core = undecorate(l->bare);
	if (core.len == 0)
		return l->bare.len >= 10 ? SEPARATOR_RULE : SEPARATOR_NONE;
	if (core.len < 120 && (s = phrase_of(t->a, core)) != SEPARATOR_NONE)
		return s;
	/* "----- Forwarded Message ----- From: …": more follows on the line. */
	dashes = memmem(l->bare.s, l->bare.len, "---", 3);
	if (dashes == NULL || dashes - l->bare.s > 3)
		return SEPARATOR_NONE;
	close = memmem(core.s, core.len < 120 ? core.len : 120, "---", 3);
	if (close == NULL)
		return SEPARATOR_NONE;
	s = phrase_of(t->a, undecorate((struct line){ core.s, (size_t)(close - core.s) }));
	if (s != SEPARATOR_NONE) {
		while (close < core.s + core.len && *close == '-')
			close++;
		*rest = arena_strndup(t->a, close, (size_t)(core.s + core.len - close));
	}
	return s;
}

/* Which field a word names, in any of the languages; WORD_KINDS for none. */
static enum header_word
word_kind(const char *word, size_t len)
{
	for (size_t i = 0; i < mail_header_words_count; i++)
		for (int k = 0; k < WORD_KINDS; k++)
			if (words_have(mail_header_words[i].words[k], word, len))
				return (enum header_word)k;
	return WORD_KINDS;
}

/* "Word: value", bold marks and all. The value points into the line. */
static enum header_word
key_of(const struct qtext *t, size_t i, struct line *value)
{
	const struct qline *l = &t->v[i];
	const char *colon, *fold;
	size_t wide = 1;
	enum header_word kind;
	struct line key;

	if (l->blank)
		return WORD_KINDS;
	colon = memchr(l->bare.s, ':', l->bare.len < KEY_MAX ? l->bare.len : KEY_MAX);
	if (colon == NULL) {
		colon = memmem(l->bare.s, l->bare.len < KEY_MAX ? l->bare.len : KEY_MAX, "\xef\xbc\x9a", 3);
		wide = 3;
		if (colon == NULL)
			return WORD_KINDS;
	}
	key = undecorate((struct line){ l->bare.s, (size_t)(colon - l->bare.s) });
	if (key.len == 0)
		return WORD_KINDS;
	fold = line_fold(t->a, key);
	kind = word_kind(fold, strlen(fold));
	if (kind == WORD_KINDS)
		return kind;
	*value = line_trim((struct line){ colon + wide, l->bare.len - (size_t)(colon + wide - l->bare.s) });
	while (value->len > 0 && *value->s == '*') /* "*From:* Ada" */
		*value = line_trim((struct line){ value->s + 1, value->len - 1 });
	return kind;
}

static void
append(struct arena *a, const char **field, struct line value)
{
	const char *more = arena_strndup(a, value.s, value.len);

	*field = *field == NULL || **field == '\0' ? more : *more == '\0' ? *field : arena_printf(a, "%s %s", *field, more);
}

/* A line within the block that names no field: does it go on with the value before? */
static bool
goes_on(const struct qtext *t, size_t i, const struct block *b, int last, unsigned seen)
{
	const struct qline *l = &t->v[i];
	const char *value = b->fields[last];
	size_t len = value == NULL ? 0 : strlen(value), next = i + 1;
	struct line v;
	enum header_word kind;

	if (last == WORD_OTHER)
		return false;
	if (len == 0 || (len > 0 && strchr(",;<", value[len - 1]) != NULL))
		return true;
	if ((last == WORD_TO || last == WORD_CC || last == WORD_FROM) && (*l->bare.s == '<' || *l->bare.s == '[') && l->bare.len < 200 &&
	    memchr(l->bare.s, '@', l->bare.len) != NULL)
		return true;
	for (int ahead = 0; ahead < 2 && next < t->n && !t->v[next].blank; ahead++, next++)
		if ((kind = key_of(t, next, &v)) != WORD_KINDS && kind != WORD_OTHER && !(seen & 1u << kind))
			return true;
	return false;
}

bool
block_at(const struct qtext *t, size_t i, struct block *out)
{
	struct line value;
	unsigned seen = 0;
	int last = WORD_OTHER;
	size_t j = i;
	enum header_word kind = key_of(t, i, &value);

	*out = (struct block){ .from = i, .depth = i < t->n ? t->v[i].depth : 0 };
	if (kind == WORD_KINDS || kind == WORD_OTHER)
		return false;
	for (; j < t->n && j - i < BLOCK_LINES_MAX; j++) {
		if (t->v[j].blank) {
			size_t next = qtext_next(t, j);
			const unsigned all = 1u << WORD_FROM | 1u << WORD_TO | 1u << WORD_SUBJECT | 1u << WORD_DATE;

			/* Some clients double every line end. */
			if (next - j > 2 || next == t->n || (seen & all) == all || (kind = key_of(t, next, &value)) == WORD_KINDS ||
			    kind == WORD_OTHER || (seen & 1u << kind))
				break;
			continue;
		}
		kind = key_of(t, j, &value);
		if (kind == WORD_KINDS) {
			if (!goes_on(t, j, out, last, seen))
				break;
			append(t->a, &out->fields[last], t->v[j].bare);
			continue;
		}
		if ((seen & 1u << kind) && (kind == WORD_FROM || kind == WORD_SUBJECT))
			break; /* the header of an inner one */
		if (!(seen & 1u << kind) || kind == WORD_TO || kind == WORD_CC)
			append(t->a, &out->fields[kind], value);
		seen |= 1u << kind;
		last = (int)kind;
	}
	out->to = j;
	for (int k = 0; k < WORD_KINDS; k++)
		out->count += (k == WORD_FROM || k == WORD_TO || k == WORD_SUBJECT || k == WORD_DATE) && (seen & 1u << k);
	return out->count >= 2;
}

bool
block_has_sender(const struct block *b)
{
	return b->fields[WORD_FROM] != NULL && *b->fields[WORD_FROM] != '\0';
}

/* "CETAssunto Integer …": a client that runs fields together and forgets a colon too. */
static const char *
glued_subject(struct arena *a, const char *s, size_t *len)
{
	for (const char *p = s + (*s != '\0'); *p != '\0'; p++) {
		size_t n = strcspn(p, " ");
		const char *fold;

		if (p[-1] == ' ' || n < 5 || n > KEY_MAX || ((unsigned char)*p & 0xc0) == 0x80)
			continue;
		fold = text_fold(a, p, n);
		if (word_kind(fold, strlen(fold)) == WORD_SUBJECT && fold[0] != *p) { /* it begins with a capital */
			*len = n;
			return p;
		}
	}
	return NULL;
}

bool
block_inline(struct arena *a, const char *line, struct block *out)
{
	AUTO_BUF struct buf parted;
	const char *done = line, *glued;
	struct qtext t;
	size_t first, len;
	bool subject = false;

	buf_init(&parted, 8192);
	for (const char *colon = line; (colon = strchr(colon, ':')) != NULL; colon++) {
		const char *from = colon - done > KEY_MAX ? colon - KEY_MAX : done;
		enum header_word kind = WORD_KINDS;

		/* The longest word of the tables that ends at this colon. */
		for (; from < colon; from++) {
			const char *fold;

			if (((unsigned char)*from & 0xc0) == 0x80 || (from > line && (unsigned char)*from >= 'a' && (unsigned char)*from <= 'z' &&
			    (unsigned char)from[-1] >= 'A' && from[-1] != '>'))
				continue;
			fold = line_fold(a, (struct line){ from, (size_t)(colon - from) });
			if (*from != ' ' && (kind = word_kind(fold, strlen(fold))) != WORD_KINDS)
				break;
		}
		if (kind == WORD_KINDS)
			continue;
		buf_add(&parted, done, (size_t)(from - done));
		buf_puts(&parted, "\n");
		done = from;
		subject = kind == WORD_SUBJECT;
		if (subject)
			break;
	}
	if (!subject && (glued = glued_subject(a, done, &len)) != NULL) {
		buf_add(&parted, done, (size_t)(glued - done));
		buf_printf(&parted, "\n%.*s:", (int)len, glued);
		done = glued + len;
	}
	buf_puts(&parted, done);
	t = qtext_of(a, arena_strndup(a, parted.data, parted.len));
	first = qtext_next(&t, 0);
	return first < t.n && block_at(&t, first, out);
}

/* forward_block.c - separators and printed headers: where an original begins in a text. */
#include "judge/forward_parts.h"

#include <string.h>

#include "ground/text.h"

#define FOLD_MAX        500 /* longer lines are prose, not marks */
#define KEY_MAX         48
#define BLOCK_LINES_MAX 60
#define VALUE_MAX       8192
#define INLINE_MAX      ((size_t)4096) /* bytes of a line into which a client ran a whole header */

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
		l->key = -1;
		l->fold = l->blank || l->bare.len > FOLD_MAX ? "" : line_fold(a, l->bare);
	}
	return t;
}

struct qtext
qtext_judged(struct inside *in, const char *text)
{
	struct qtext t;

	if (in->judged != NULL && text == in->m->text)
		return *in->judged;
	t = qtext_of(in->a, text);
	attributions_mark(&t);
	if (text == in->m->text) {
		in->judged = arena_alloc(in->a, sizeof(t));
		*in->judged = t;
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
	bool brackets = memchr(l.s, '(', l.len) != NULL && *l.s != '(';
	size_t n;

	while ((n = decoration_at(l.s, end)) > 0)
		l.s += n;
	while (end > l.s) {
		const char *p = end - 1;

		while (p > l.s && ((unsigned char)*p & 0xc0) == 0x80)
			p--;
		if (decoration_at(p, end) != (size_t)(end - p) || (*p == ')' && brackets)) /* "Kopie (CC)" */
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

/* Where the word before the colon ends and the value begins; NULL if the line has none. */
static const char *
key_end(const struct qline *l, const char **value)
{
	size_t near = l->bare.len < KEY_MAX ? l->bare.len : KEY_MAX;
	const char *colon = memchr(l->bare.s, ':', near);

	*value = colon == NULL ? NULL : colon + 1;
	if (colon == NULL && (colon = memmem(l->bare.s, near, "\xef\xbc\x9a", 3)) != NULL)
		*value = colon + 3;
	return colon;
}

/* The field that line i names. */
static int
key_of(const struct qtext *t, size_t i)
{
	struct qline *l = &t->v[i];
	const char *colon, *fold, *value;
	struct line key;

	if (l->key >= 0)
		return l->key;
	l->key = WORD_KINDS;
	if (l->blank || (colon = key_end(l, &value)) == NULL)
		return l->key;
	key = undecorate((struct line){ l->bare.s, (size_t)(colon - l->bare.s) });
	if (key.len > 0) {
		fold = line_fold(t->a, key);
		l->key = (signed char)words_header(fold, strlen(fold));
	}
	return l->key;
}

static struct line
value_of(const struct qline *l)
{
	const char *from;
	struct line value;

	key_end(l, &from);
	value = line_trim((struct line){ from, l->bare.len - (size_t)(from - l->bare.s) });
	while (value.len > 0 && *value.s == '*') /* "*From:* Ada" */
		value = line_trim((struct line){ value.s + 1, value.len - 1 });
	return value;
}

/* A line within the block that names no field: does it go on with the value before (whose line is the one above)? */
static bool
goes_on(const struct qtext *t, size_t i, int last, unsigned seen)
{
	const struct qline *l = &t->v[i], *above = &t->v[i - 1];
	struct line value = above->blank ? (struct line){ "x", 1 } : key_of(t, i - 1) < WORD_KINDS ? value_of(above) : above->bare;
	size_t next = i + 1;

	if (last == WORD_OTHER)
		return false;
	if (value.len == 0 || strchr(",;<", value.s[value.len - 1]) != NULL)
		return true;
	if ((last == WORD_TO || last == WORD_CC || last == WORD_FROM) && (*l->bare.s == '<' || *l->bare.s == '[') && l->bare.len < 200 &&
	    memchr(l->bare.s, '@', l->bare.len) != NULL)
		return true;
	for (int ahead = 0; ahead < 2 && next < t->n && !t->v[next].blank; ahead++, next++)
		if (key_of(t, next) < WORD_OTHER && !(seen & 1u << key_of(t, next)))
			return true;
	return false;
}

/* The lines of the block at i, and which fields it has. No memory: this is asked of every line. */
static unsigned
extent(const struct qtext *t, size_t i, size_t *to)
{
	const unsigned all = 1u << WORD_FROM | 1u << WORD_TO | 1u << WORD_SUBJECT | 1u << WORD_DATE;
	unsigned seen = 0;
	int last = WORD_OTHER;
	size_t j = i;

	for (; j < t->n && j - i < BLOCK_LINES_MAX; j++) {
		int key = key_of(t, j);

		if (t->v[j].blank) {
			size_t next = t->v[j].blank && j + 1 < t->n && !t->v[j + 1].blank ? j + 1 : j + 2;

			/* Some clients double every line end. */
			if (next >= t->n || t->v[next].blank || (seen & all) == all || key_of(t, next) >= WORD_OTHER || (seen & 1u << key_of(t, next)))
				break;
			continue;
		}
		if (key == WORD_KINDS) {
			if (!goes_on(t, j, last, seen))
				break;
			continue;
		}
		if ((seen & 1u << key) && (key == WORD_FROM || key == WORD_SUBJECT))
			break; /* the header of an inner one */
		seen |= 1u << key;
		last = key;
	}
	*to = j;
	return seen;
}

static size_t
count_of(unsigned seen)
{
	size_t n = 0;

	for (int k = 0; k < WORD_KINDS; k++)
		n += (k == WORD_FROM || k == WORD_TO || k == WORD_SUBJECT || k == WORD_DATE) && (seen & 1u << k);
	return n;
}

bool
block_at(const struct qtext *t, size_t i, struct block *out)
{
	struct buf values[WORD_KINDS];
	unsigned had = 0, seen;
	int last = WORD_OTHER;

	*out = (struct block){ .from = i, .depth = i < t->n ? t->v[i].depth : 0 };
	if (key_of(t, i) >= WORD_OTHER)
		return false;
	seen = extent(t, i, &out->to);
	out->count = count_of(seen);
	if (out->count < 2)
		return false;
	for (int k = 0; k < WORD_KINDS; k++)
		buf_init(&values[k], VALUE_MAX);
	for (size_t j = i; j < out->to; j++) {
		int key = key_of(t, j);
		bool again = key < WORD_KINDS && (had & 1u << key);
		struct line more;

		if (t->v[j].blank)
			continue;
		more = key < WORD_KINDS ? value_of(&t->v[j]) : t->v[j].bare;
		if (key < WORD_KINDS) {
			last = key;
			had |= 1u << key;
			if (again && key != WORD_TO && key != WORD_CC)
				continue; /* the first date is the one */
		}
		if (values[last].len > 0 && more.len > 0)
			buf_puts(&values[last], again ? ", " : " ");
		buf_add(&values[last], more.s, more.len);
	}
	for (int k = 0; k < WORD_KINDS; k++) {
		if (had & 1u << k)
			out->fields[k] = arena_strndup(t->a, values[k].data, values[k].len);
		buf_free(&values[k]);
	}
	return true;
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
		if (words_header(fold, strlen(fold)) == WORD_SUBJECT && fold[0] != *p) { /* it begins with a capital */
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

	buf_init(&parted, 2 * INLINE_MAX);
	if (strlen(line) > INLINE_MAX)
		line = done = arena_strndup(a, line, utf8_cut(line, strlen(line), INLINE_MAX));
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
			if (*from != ' ' && (kind = words_header(fold, strlen(fold))) != WORD_KINDS)
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

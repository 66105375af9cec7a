/* template_expand.c - a template and values made into lines, once. Values come out clean: one kind of line end, no
 * control characters, no reply token of ours. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/letter_parts.h"

#define TEXT_BYTES_MAX (16u << 20) /* of one line or value while it is made */
#define LINE_BYTES_MAX 4000        /* of a value amid a line */
#define TOKEN_MAX      64          /* of a local part, RFC 5321 */

struct writer {
	struct arena *a;
	const char *own;
	const struct value *values; size_t nvalues;
	struct lines *out;
	struct buf line;
	size_t literal;
	bool valued;         /* a value was put on the line */
	bool filled;         /* and it was not empty */
};

/* Bytes of a character at s that must not reach a reader: C0 but tab and newline, DEL, C1. 0: it is fine. */
static size_t
control_at(const unsigned char *s)
{
	if ((s[0] < 0x20 && s[0] != '\n' && s[0] != '\t') || s[0] == 0x7f)
		return 1;
	if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f)
		return 2;
	return 0;
}

/* Bytes of a character that reorders or breaks what stands around it: bidi controls, line separators, BOM. */
static size_t
reorders_at(const unsigned char *s)
{
	if (s[0] == 0xe2 && s[1] == 0x80 && ((s[2] >= 0xa8 && s[2] <= 0xae) || s[2] == 0x8e || s[2] == 0x8f))
		return 3;
	if (s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9)
		return 3;
	if (s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf)
		return 3;
	return 0;
}

/* "escalations+TOKEN@example.com" at s: its length, 0 where it is none. own is escalations@example.com. */
static size_t
token_at(const char *s, const char *own)
{
	const char *at = strchr(own, '@');
	size_t local = (size_t)(at - own), n = local + 1;

	if (strncasecmp(s, own, local) != 0 || s[local] != '+')
		return 0;
	while (n < local + 1 + TOKEN_MAX && (isalnum((unsigned char)s[n]) || (s[n] != '\0' && strchr("._=-", s[n]) != NULL)))
		n++;
	return n > local + 1 && strncasecmp(s + n, at, strlen(at)) == 0 ? n + strlen(at) : 0;
}

/* A value as it may be shown: line ends made one kind, controls and reply tokens gone, cut at the limit with a mark. */
static void
clean(struct writer *w, struct buf *out, const char *value)
{
	size_t len = strlen(value);
	const char *s = utf8_clean(w->a, value, len, LETTER_VALUE_BYTES), *from = s; /* from: what is before it is done with */
	size_t local = w->own != NULL ? strcspn(w->own, "@") : 0;
	bool tokens = w->own != NULL && w->own[local] == '@';
	bool special[256] = { [0x7f] = true, [0xc2] = true, ['+'] = tokens }; /* what may not stay as it is */

	memset(special, true, ' ');
	special['\n'] = special['\t'] = false;
	while (*s != '\0') {
		size_t n = 0;

		while (!special[(unsigned char)s[n]])
			n++;
		buf_add(out, s, n);
		s += n;
		if (*s == '\0')
			break;
		if (*s == '\r') {
			buf_putc(out, '\n');
			s += s[1] == '\n' ? 2 : 1;
		} else if ((n = control_at((const unsigned char *)s)) > 0) {
			s += n;
		} else if (*s == '+' && tokens && (size_t)(s - from) >= local && out->len >= local &&
		           (n = token_at(s - local, w->own)) > 0) {
			buf_cut(out, out->len - local);
			buf_puts(out, w->own);
			from = s += n - local;
		} else
			buf_putc(out, *s++);
	}
	if (len > LETTER_VALUE_BYTES)
		buf_puts(out, "\n[cut here: the text is too long for this mail]");
}

static const char *
value_of(const struct writer *w, const char *name)
{
	for (size_t i = 0; i < w->nvalues; i++)
		if (strcmp(w->values[i].name, name) == 0)
			return w->values[i].text == NULL ? "" : w->values[i].text;
	return "";
}

static void
end_line(struct writer *w, bool words)
{
	struct line *l = arena_push(w->a, &w->out->v, &w->out->n, sizeof(*l));
	size_t len = w->line.len;

	while (len > 0 && w->line.data[len - 1] == ' ')
		len--;
	l->text = arena_strndup(w->a, w->line.data, len);
	l->literal = w->valued ? w->literal : len;
	l->words = words;
	buf_reset(&w->line);
	w->literal = 0;
	w->valued = w->filled = false;
}

static void
mark_value(struct writer *w, bool filled)
{
	if (!w->valued)
		w->literal = w->line.len;
	w->valued = true;
	w->filled = w->filled || filled;
}

/* A value amid a line, or of one line: blanks and ends of lines become one blank. */
static void
put_inline(struct writer *w, const char *value)
{
	AUTO_BUF struct buf b;
	const char *s;

	buf_init(&b, TEXT_BYTES_MAX);
	clean(w, &b, value);
	s = text_squeeze(w->a, b.data);
	if (strlen(s) > LINE_BYTES_MAX)
		s = arena_printf(w->a, "%.*s...", (int)utf8_cut(s, strlen(s), LINE_BYTES_MAX), s);
	mark_value(w, *s != '\0');
	while (*s != '\0') {
		size_t n = reorders_at((const unsigned char *)s);

		if (n == 0)
			buf_putc(&w->line, *s++);
		s += n;
	}
}

/* Length of "Key" in "Key: value", 0 where it is none. */
static size_t
key_of(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && n < 40 && s[n] != ':')
		n++;
	return n > 0 && n + 1 < len && s[n] == ':' && s[n + 1] == ' ' ? n : 0;
}

/* A value alone on its line: each of its lines gets what stands before it. The last is left open. */
static void
put_lines(struct writer *w, const char *value, enum value_kind kind)
{
	AUTO_BUF struct buf b;
	char *prefix = arena_strndup(w->a, w->line.data, w->line.len);
	size_t from = 0, to;

	buf_init(&b, TEXT_BYTES_MAX);
	clean(w, &b, value);
	for (to = b.len; to > 0 && (b.data[to - 1] == '\n' || b.data[to - 1] == ' '); to--)
		;
	while (from < to && b.data[from] == '\n')
		from++;
	for (size_t end; from < to; from = end + 1) {
		const char *stop = memchr(b.data + from, '\n', to - from);

		end = stop == NULL ? to : (size_t)(stop - b.data);
		mark_value(w, true);
		if (kind == VALUE_FACTS && w->literal == 0)
			w->literal = key_of(b.data + from, end - from) > 0 ? key_of(b.data + from, end - from) + 2 : 0;
		buf_add(&w->line, b.data + from, end - from);
		if (end < to) {
			end_line(w, kind == VALUE_WORDS);
			buf_puts(&w->line, prefix);
		}
	}
}

static void
put_value(struct writer *w, const struct node *n)
{
	const char *value = value_of(w, n->text);

	if (n->block && n->value != VALUE_LINE)
		put_lines(w, value, n->value);
	else
		put_inline(w, value);
}

/* The line held a tag, and nothing came of it: no line. */
static bool
is_bare(const struct writer *w)
{
	return !w->filled && strspn(w->line.data, " >-") == w->line.len;
}

static void
drop_line(struct writer *w)
{
	buf_reset(&w->line);
	w->literal = 0;
	w->valued = false;
}

void
template_expand(struct arena *a, const struct template *t, const struct value *values, size_t nvalues, const char *own,
    struct lines *out)
{
	struct writer w = { .a = a, .own = own, .values = values, .nvalues = nvalues, .out = out };
	bool words = false;

	*out = (struct lines){ 0 };
	buf_init(&w.line, TEXT_BYTES_MAX);
	for (size_t i = 0; i < t->n; i++) {
		const struct node *n = &t->nodes[i];

		switch (n->kind) {
		case NODE_TEXT:
			buf_add(&w.line, n->text, n->len);
			break;
		case NODE_VALUE:
			put_value(&w, n);
			words = words || (n->block && n->value == VALUE_WORDS);
			break;
		case NODE_IF:
		case NODE_UNLESS:
			if ((*value_of(&w, n->text) != '\0') != (n->kind == NODE_IF))
				i = n->jump;
			break;
		case NODE_END:
			break;
		case NODE_NEWLINE:
			if (n->tagged && is_bare(&w))
				drop_line(&w);
			else
				end_line(&w, words);
			words = false;
			break;
		}
	}
	buf_free(&w.line);
}

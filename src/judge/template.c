/* template.c - reading a template: text to nodes, with exact complaints. See letter.h for what may stand in one. */
#include <string.h>

#include "config/syntax.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/letter_parts.h"

#define NAME_MAX_BYTES 64
#define WORDS_MAX      100 /* that one template knows, for guessing */

struct reader {
	struct arena *a;
	const struct template_doc *doc;
	const struct conf_file *file;
	struct diag *d;
	size_t at;                 /* offset of the line being read */
	unsigned line;
	struct node *nodes; size_t n;
	struct { size_t node; struct conf_pos pos; } open[TEMPLATE_DEPTH_MAX]; /* sections begun and not ended */
	size_t depth;
	bool wrong;
};

static struct conf_pos
position(const struct reader *r, size_t offset)
{
	struct conf_pos pos = { .file = r->file, .line = r->line, .column = 1, .offset = offset };

	for (size_t i = r->at; i < offset; i++)
		pos.column += ((unsigned char)r->file->text[i] & 0xc0) != 0x80;
	return pos;
}

#define COMPLAIN(r, pos, bytes, hint, ...)                                               \
	do {                                                                             \
		diag_add((r)->d, DIAG_ERROR, pos, bytes, hint, __VA_ARGS__);             \
		(r)->wrong = true;                                                       \
	} while (0)

static struct node *
push(struct reader *r, enum node_kind kind)
{
	struct node *n = arena_push(r->a, &r->nodes, &r->n, sizeof(*n));

	n->kind = kind;
	return n;
}

static void
push_text(struct reader *r, size_t from, size_t to)
{
	struct node *n;

	if (from == to)
		return;
	n = push(r, NODE_TEXT);
	n->text = r->file->text + from;
	n->len = to - from;
}

static bool
knows(const struct template_doc *doc, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = doc->values; (p = strstr(p, name)) != NULL; p += len)
		if ((p == doc->values || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

/* "perhaps 'ticket'", or NULL. */
static const char *
guess(const struct reader *r, const char *name)
{
	const char *known[WORDS_MAX], *near;
	size_t n = 0;

	for (size_t i = 0; i < nvalue_words && n < WORDS_MAX; i++)
		if (knows(r->doc, value_words[i].name))
			known[n++] = value_words[i].name;
	near = text_nearest(name, known, n);
	return near == NULL ? NULL : arena_printf(r->a, "perhaps '%s'", near);
}

/* The name in a tag, checked; NULL after a complaint. */
static const char *
read_name(struct reader *r, size_t from, size_t to)
{
	struct conf_pos pos;
	const char *name;

	while (from < to && r->file->text[from] == ' ')
		from++;
	while (to > from && r->file->text[to - 1] == ' ')
		to--;
	pos = position(r, from);
	if (from == to || to - from > NAME_MAX_BYTES) {
		COMPLAIN(r, &pos, 1, NULL, "expected the name of a value");
		return NULL;
	}
	name = arena_strndup(r->a, r->file->text + from, to - from);
	if (!knows(r->doc, name) || value_word(name) == NULL) {
		COMPLAIN(r, &pos, to - from, guess(r, name), "no value '%s' in the template '%s'",
		    text_printable(r->a, name, NAME_MAX_BYTES), r->doc->name);
		return NULL;
	}
	return name;
}

static void
begin_section(struct reader *r, enum node_kind kind, const char *name, size_t offset)
{
	struct conf_pos pos = position(r, offset);

	if (r->depth == TEMPLATE_DEPTH_MAX) {
		COMPLAIN(r, &pos, 2, NULL, "sections within sections: at most %d", TEMPLATE_DEPTH_MAX);
		return;
	}
	r->open[r->depth].node = r->n;
	r->open[r->depth].pos = pos;
	r->depth++;
	push(r, kind)->text = name;
}

static void
end_section(struct reader *r, const char *name, size_t offset)
{
	struct conf_pos pos = position(r, offset);
	struct node *begun;

	if (r->depth == 0) {
		COMPLAIN(r, &pos, 2, NULL, "found {{/%s}}, but no section is open", name);
		return;
	}
	begun = &r->nodes[r->open[r->depth - 1].node];
	if (strcmp(begun->text, name) != 0) {
		COMPLAIN(r, &pos, 2, NULL, "found {{/%s}}, expected {{/%s}} of line %u", name, begun->text,
		    r->open[r->depth - 1].pos.line);
		return;
	}
	begun->jump = r->n;
	r->depth--;
	push(r, NODE_END)->text = name;
}

/* One tag, from its {{ to behind its }}. */
static void
read_tag(struct reader *r, size_t from, size_t to)
{
	char sign = r->file->text[from + 2];
	bool plain = sign != '#' && sign != '^' && sign != '/' && sign != '!';
	const char *name;
	struct node *n;

	if (sign == '!')
		return;
	if ((name = read_name(r, from + 2 + !plain, to - 2)) == NULL)
		return;
	if (plain) {
		n = push(r, NODE_VALUE);
		n->text = name;
		n->value = value_word(name)->kind;
	} else if (sign == '/')
		end_section(r, name, from);
	else
		begin_section(r, sign == '#' ? NODE_IF : NODE_UNLESS, name, from);
}

/* What is on a line, beside tags of sections and remarks. */
struct shape { bool tagged; bool plain /* only blanks, '>' and '-' before its one value, nothing behind */; bool nothing; };

static struct shape
shape_of(const char *s, size_t len)
{
	struct shape shape = { .plain = true, .nothing = true };
	size_t values = 0;

	for (size_t i = 0; i < len; i++) {
		if (len - i >= 4 && s[i] == '{' && s[i + 1] == '{') {
			const char *end = memmem(s + i, len - i, "}}", 2);

			shape.tagged = true;
			if (strchr("#^/!", s[i + 2]) == NULL)
				values++;
			i = end == NULL ? len : (size_t)(end - s) + 1;
		} else if (s[i] != ' ') {
			shape.nothing = false;
			shape.plain = shape.plain && values == 0 && (s[i] == '>' || s[i] == '-');
		}
	}
	shape.nothing = shape.nothing && values == 0;
	shape.plain = shape.plain && values == 1;
	return shape;
}

static void
read_line(struct reader *r, size_t len)
{
	const char *text = r->file->text;
	struct shape shape = shape_of(text + r->at, len);
	size_t from = r->at, end = r->at + len, first = r->n;

	for (size_t i = r->at; i + 1 < end;) {
		const char *close;

		if (text[i] != '{' || text[i + 1] != '{') {
			i++;
			continue;
		}
		if (!shape.nothing)
			push_text(r, from, i);
		if ((close = memmem(text + i + 2, end - i - 2, "}}", 2)) == NULL) {
			struct conf_pos pos = position(r, i);

			COMPLAIN(r, &pos, 2, NULL, "found {{, expected }} on the same line");
			return;
		}
		read_tag(r, i, (size_t)(close - text) + 2);
		from = i = (size_t)(close - text) + 2;
	}
	if (shape.nothing && shape.tagged)
		return;
	push_text(r, from, end);
	for (size_t i = first; i < r->n; i++)
		if (r->nodes[i].kind == NODE_VALUE)
			r->nodes[i].block = shape.plain;
	push(r, NODE_NEWLINE)->tagged = shape.tagged;
}

struct template *
template_compile(struct arena *a, const char *name, const struct conf_file *file, struct diag *d)
{
	struct reader r = { .a = a, .doc = template_doc(name), .file = file, .d = d, .line = 1 };
	struct template *t = arena_alloc(a, sizeof(*t));

	for (; r.at < file->len; r.line++) {
		const char *end = memchr(file->text + r.at, '\n', file->len - r.at);
		size_t len = end == NULL ? file->len - r.at : (size_t)(end - file->text) - r.at;

		read_line(&r, len > 0 && file->text[r.at + len - 1] == '\r' ? len - 1 : len);
		r.at += len + 1;
	}
	while (r.depth > 0) {
		r.depth--;
		COMPLAIN(&r, &r.open[r.depth].pos, 2, NULL, "the section '%s' is never closed; expected {{/%s}}",
		    r.nodes[r.open[r.depth].node].text, r.nodes[r.open[r.depth].node].text);
	}
	if (r.wrong)
		return NULL;
	t->name = r.doc->name;
	t->raw = false;
	t->nodes = r.nodes;
	t->n = r.n;
	return t;
}

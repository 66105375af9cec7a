/* diag.c - what is wrong with a configuration, collected and shown (see syntax.h). */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "config/syntax.h"
#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"

#define MESSAGE_BYTES 600 /* of one message, hint or name as shown */
#define SHOWN_BEFORE  70  /* bytes of a long line that are shown before the place, */
#define SHOWN_BYTES   160 /* and in all */

void
diag_init(struct diag *d, struct arena *arena)
{
	*d = (struct diag){ .arena = arena };
}

__attribute__((format(printf, 6, 0))) static void
add(struct diag *d, enum diag_level level, const struct conf_pos *pos, size_t bytes, const char *hint, const char *fmt,
    va_list ap)
{
	struct diag_item *item;
	char message[MESSAGE_BYTES];

	if (level == DIAG_ERROR)
		d->errors++;
	if (d->n >= DIAG_MAX) {
		d->dropped++;
		return;
	}
	vsnprintf(message, sizeof(message), fmt, ap);
	item = arena_push(d->arena, &d->items, &d->n, sizeof(*item));
	item->level = level;
	item->bytes = bytes;
	item->message = arena_strdup(d->arena, message);
	item->hint = arena_strdup(d->arena, hint);
	if (pos != NULL)
		item->pos = *pos;
}

void
diag_add(struct diag *d, enum diag_level level, const struct conf_pos *pos, size_t bytes, const char *hint,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, level, pos, bytes, hint, fmt, ap);
	va_end(ap);
}

void
diag_error(struct diag *d, const struct conf_word *at, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_ERROR, &at->pos, at->bytes, hint, fmt, ap);
	va_end(ap);
}

void
diag_warning(struct diag *d, const struct conf_word *at, const char *hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_WARNING, &at->pos, at->bytes, hint, fmt, ap);
	va_end(ap);
}

struct conf_pos
conf_word_pos(const struct conf_word *word, size_t offset)
{
	struct conf_pos pos = word->pos;
	const char *s = pos.file == NULL ? NULL : pos.file->text + pos.offset;
	size_t i = word->kind == CONF_WORD ? 0 : 1; /* past the delimiter */

	if (s == NULL)
		return pos;
	/* The text is shorter than what stands in the file by the escapes that were taken off. */
	for (size_t at = 0; at < offset && at < word->len;) {
		size_t in_file = 1, in_text = 1;

		if (word->kind == CONF_QUOTED && s[i] == '\\' && (s[i + 1] == '"' || s[i + 1] == '\\'))
			in_file = 2;
		else if (word->kind == CONF_REGEX && s[i] == '\\') {
			in_file = 2;
			in_text = s[i + 1] == '/' ? 1 : 2; /* other pairs are kept */
		}
		if (at + in_text > offset) { /* within a pair */
			i++;
			break;
		}
		at += in_text;
		i += in_file;
	}
	for (size_t b = 0; b < i; b++)
		pos.column += ((unsigned char)s[b] & 0xc0) != 0x80;
	pos.offset += i;
	return pos;
}

/* The length of the word at s, which ends at end. */
static size_t
token(const char *s, const char *end)
{
	const char *p = s;

	while (p < end && *p != ' ' && *p != '\t' && *p != '\r' && *p != ';' && *p != '{' && *p != '}')
		p++;
	return (size_t)(p - s);
}

static bool
token_is_one_of(const char *s, size_t len, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (len == strlen(words[i]) && memcmp(s, words[i], len) == 0)
			return true;
	return false;
}

/* True where a statement of the line seems to be 'password hunter2': somebody wrote the secret itself,
 * and whatever is wrong with that line, showing it would make things worse. */
static bool
line_spells_secret(const char *line, const char *end)
{
	static const char *const keys[] = { "password", "secret", "refresh" };
	static const char *const places[] = { "credential", "file", "env" };
	bool start = true;

	for (const char *p = line; p < end;) {
		size_t len = token(p, end);

		if (start && len > 0 && token_is_one_of(p, len, keys, COUNT(keys))) {
			const char *value = p + len;

			while (value < end && (*value == ' ' || *value == '\t'))
				value++;
			if (token(value, end) > 0 && !token_is_one_of(value, token(value, end), places, COUNT(places)))
				return true;
		}
		if (len > 0)
			start = false;
		else if (*p == ';' || *p == '{' || *p == '}')
			start = true;
		p += len > 0 ? len : 1;
	}
	return false;
}

/* Bytes as they are shown on one line: printable, tabs as blanks. */
static const char *
shown(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_strndup(a, s, len);

	for (size_t i = 0; i < len; i++)
		if (copy[i] == '\t')
			copy[i] = ' ';
	return text_printable(a, copy, (size_t)4 * SHOWN_BYTES);
}

/* The line of the item with its caret. A long line is cut to what stands around the place. */
static void
show_place(const struct diag_item *item, struct arena *a, struct buf *out, bool colour)
{
	const char *text = item->pos.file->text, *place = text + item->pos.offset, *first = place, *end = place;
	const char *left = "", *right = "", *before;
	size_t under, columns;

	while (first > text && first[-1] != '\n')
		first--;
	while (*end != '\n' && (size_t)(end - text) < item->pos.file->len)
		end++;
	if (end > first && end[-1] == '\r' && end > place)
		end--;
	if (line_spells_secret(first, end))
		return;
	while (first < place && (*first == ' ' || *first == '\t'))
		first++;
	if (place - first > SHOWN_BEFORE && end - first > SHOWN_BYTES) {
		first = place - SHOWN_BEFORE;
		while (((unsigned char)*first & 0xc0) == 0x80)
			first++;
		left = "...";
	}
	if (end - first > SHOWN_BYTES) {
		end = first + utf8_cut(first, (size_t)(end - first), SHOWN_BYTES);
		right = "...";
	}
	under = item->bytes < (size_t)(end - place) ? item->bytes : (size_t)(end - place);
	before = shown(a, first, (size_t)(place - first));
	columns = utf8_columns(shown(a, place, under));
	buf_printf(out, "    %s%s%s\n    %*s%s^", left, shown(a, first, (size_t)(end - first)), right,
	    (int)(utf8_columns(before) + strlen(left)), "", colour ? "\033[32m" : "");
	for (size_t i = 1; i < columns; i++)
		buf_putc(out, '~');
	buf_printf(out, "%s\n", colour ? "\033[0m" : "");
}

static void
show_item(const struct diag_item *item, struct arena *a, struct buf *out, bool colour)
{
	bool error = item->level == DIAG_ERROR;

	if (item->pos.file != NULL)
		buf_printf(out, "%s:%u:%u: ", text_printable(a, item->pos.file->name, MESSAGE_BYTES), item->pos.line,
		    item->pos.column);
	buf_printf(out, "%s%s:%s %s\n", !colour ? "" : error ? "\033[1;31m" : "\033[1;35m", error ? "error" : "warning",
	    colour ? "\033[0m" : "", text_printable(a, item->message, MESSAGE_BYTES));
	if (item->pos.file != NULL && item->bytes > 0)
		show_place(item, a, out, colour);
	if (item->hint != NULL)
		buf_printf(out, "    %s\n", text_printable(a, item->hint, MESSAGE_BYTES));
}

/* Which of the items' files came first. */
static size_t
file_rank(const struct diag *d, const struct conf_file *file)
{
	size_t i = 0;

	while (i < d->n && d->items[i].pos.file != file)
		i++;
	return i;
}

static bool
comes_after(const struct diag *d, const struct diag_item *a, const struct diag_item *b)
{
	size_t ra = file_rank(d, a->pos.file), rb = file_rank(d, b->pos.file);

	return ra != rb ? ra > rb : a->pos.offset > b->pos.offset;
}

void
diag_print(const struct diag *d, struct buf *out, bool colour)
{
	const struct diag_item *order[DIAG_MAX];
	AUTO_ARENA struct arena *a = arena_new();

	/* A file is read more than once (names first, then who uses them): shown from top to bottom all the same. */
	for (size_t i = 0; i < d->n; i++) {
		size_t at = i;

		for (; at > 0 && comes_after(d, order[at - 1], &d->items[i]); at--)
			order[at] = order[at - 1];
		order[at] = &d->items[i];
	}
	for (size_t i = 0; i < d->n; i++)
		show_item(order[i], a, out, colour);
	if (d->dropped > 0)
		buf_printf(out, "and %zu more that are not shown\n", d->dropped);
}

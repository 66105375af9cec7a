/* table.c - see table.h. */
#include "cli/table.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "ground/buf.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"

#define GAP          2
#define TABLE_BYTES  (64u << 20)

struct table {
	struct arena *arena;
	size_t ncolumns;
	struct column {
		const char *head;
		enum table_align align;
		size_t width;
	} columns[TABLE_COLUMNS_MAX];
	const char **cells; /* row by row */
	size_t ncells;
	struct tinted { size_t row; enum table_tint tint; } *tints;
	size_t ntints;
};

struct table *
table_new(struct arena *a)
{
	struct table *t = arena_alloc(a, sizeof(*t));

	t->arena = a;
	return t;
}

void
table_column(struct table *t, const char *head, enum table_align align)
{
	BUG_ON(t->ncolumns == TABLE_COLUMNS_MAX || t->ncells > 0);
	t->columns[t->ncolumns++] = (struct column){ head, align, utf8_columns(head) };
}

void
table_cell(struct table *t, const char *fmt, ...)
{
	AUTO_BUF struct buf raw;
	struct column *c;
	const char *shown;
	size_t width;
	va_list ap;

	BUG_ON(t->ncolumns == 0);
	buf_init(&raw, 64 * 1024);
	va_start(ap, fmt);
	buf_vprintf(&raw, fmt, ap);
	va_end(ap);
	shown = text_printable(t->arena, raw.data, TABLE_CELL_BYTES);
	c = &t->columns[t->ncells % t->ncolumns];
	width = utf8_columns(shown);
	if (width > c->width)
		c->width = width;
	*(const char **)arena_push(t->arena, &t->cells, &t->ncells, sizeof(*t->cells)) = shown;
}

void
table_tint(struct table *t, enum table_tint tint)
{
	BUG_ON(t->ncells == 0 || t->ncells % t->ncolumns != 0);
	*(struct tinted *)arena_push(t->arena, &t->tints, &t->ntints, sizeof(*t->tints)) =
	    (struct tinted){ table_rows(t) - 1, tint };
}

size_t
table_rows(const struct table *t)
{
	return t->ncolumns == 0 ? 0 : t->ncells / t->ncolumns;
}

/* The most bytes of s, whole characters, that fit into room columns. */
static size_t
fitting(const char *s, size_t room)
{
	size_t at = 0, used = 0;

	while (s[at] != '\0') {
		char one[5] = "";
		size_t len = 1;

		while (len < 4 && ((unsigned char)s[at + len] & 0xc0) == 0x80)
			len++;
		memcpy(one, s + at, len);
		used += utf8_columns(one);
		if (used > room)
			break;
		at += len;
	}
	return at;
}

static void
pad(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_putc(out, ' ');
}

static void
line_write(const struct table *t, struct buf *out, const char *const *cells, size_t last_room)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];
		bool last = i + 1 == t->ncolumns;
		size_t room = last && last_room < c->width ? last_room : c->width;
		size_t columns = utf8_columns(cells[i]);

		if (columns > room) {
			buf_add(out, cells[i], fitting(cells[i], room - 1));
			buf_puts(out, "…");
			continue;
		}
		if (c->align == TABLE_RIGHT)
			pad(out, room - columns);
		buf_puts(out, cells[i]);
		if (c->align == TABLE_LEFT && !last)
			pad(out, room - columns);
		if (!last)
			pad(out, GAP);
	}
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		buf_cut(out, out->len - 1); /* blanks at the end of a line are only a nuisance to whoever copies it */
}

void
table_write(const struct table *t, struct buf *out, size_t width, bool colour)
{
	const char *heads[TABLE_COLUMNS_MAX];
	size_t used = 0, room = SIZE_MAX, next = 0;

	if (t->ncolumns == 0)
		return;
	for (size_t i = 0; i < t->ncolumns; i++) {
		heads[i] = t->columns[i].head;
		if (i + 1 < t->ncolumns)
			used += t->columns[i].width + GAP;
	}
	if (width > 0)
		room = width > used + TABLE_LAST_LEAST ? width - used : TABLE_LAST_LEAST;

	buf_puts(out, colour ? "\033[2m" : "");
	line_write(t, out, heads, room);
	buf_puts(out, colour ? "\033[0m\n" : "\n");
	for (size_t row = 0; row < table_rows(t); row++) {
		bool tinted = colour && next < t->ntints && t->tints[next].row == row;

		if (tinted)
			buf_puts(out, t->tints[next++].tint == TABLE_DIM ? "\033[2m" : "\033[31m");
		line_write(t, out, t->cells + row * t->ncolumns, room);
		buf_puts(out, tinted ? "\033[0m\n" : "\n");
	}
}

void
table_print(const struct table *t, const struct cli *cli)
{
	AUTO_BUF struct buf out;

	buf_init(&out, TABLE_BYTES);
	table_write(t, &out, cli->width, cli->colour);
	fwrite(out.data, 1, out.len, stdout);
}

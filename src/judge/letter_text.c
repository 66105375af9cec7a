/* letter_text.c - blocks as plain text: our sentences filled to 72 columns, a person's lines as he wrote them. */
#include <string.h>

#include "ground/buf.h"
#include "judge/letter_parts.h"

#define KEY_COLUMNS_MAX 16

/* One column a character: good enough for filling, and the same in every locale. */
static size_t
columns(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

static void
blanks(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_putc(out, ' ');
}

/* Words filled from column *at on; the lines that follow are indented by `hang`. */
static void
fill(struct buf *out, const char *s, size_t hang, size_t *at)
{
	bool fresh = *at <= hang;

	while (*(s += strspn(s, " ")) != '\0') {
		size_t len = strcspn(s, " "), wide = columns(s, len);

		if (!fresh && *at + 1 + wide > LETTER_COLUMNS) {
			buf_putc(out, '\n');
			blanks(out, hang);
			*at = hang;
			fresh = true;
		}
		if (!fresh)
			buf_putc(out, ' ');
		buf_add(out, s, len);
		*at += wide + !fresh;
		fresh = false;
		s += len;
	}
}

static void
paragraph(struct buf *out, const struct block *b)
{
	size_t at = 0;

	for (size_t i = 0; i < b->nlines; i++)
		fill(out, b->line[i].text, 0, &at);
	buf_putc(out, '\n');
}

static void
facts(struct buf *out, const struct block *b)
{
	size_t wide = 0;

	for (size_t i = 0; i < b->nlines; i++) {
		size_t n = columns(b->line[i].text, letter_key_length(&b->line[i]));

		if (n > wide && n <= KEY_COLUMNS_MAX)
			wide = n;
	}
	for (size_t i = 0; i < b->nlines; i++) {
		const char *s = b->line[i].text;
		size_t key = letter_key_length(&b->line[i]), n = columns(s, key), at = n > wide ? n + 2 : wide + 2;

		buf_add(out, s, key + 1);
		blanks(out, at - n - 1);
		fill(out, s + key + 1, wide + 2, &at);
		buf_putc(out, '\n');
	}
}

static void
items(struct buf *out, const struct block *b)
{
	for (size_t i = 0; i < b->nlines; i++) {
		const char *s = b->line[i].text;
		size_t at = 2;
		bool item = strncmp(s, "- ", 2) == 0;

		buf_puts(out, item ? "- " : "  ");
		fill(out, item ? s + 2 : s, 2, &at);
		buf_putc(out, '\n');
	}
}

static void
as_it_is(struct buf *out, const struct block *b)
{
	for (size_t i = 0; i < b->nlines; i++) {
		buf_puts(out, b->line[i].text);
		buf_putc(out, '\n');
	}
}

void
letter_text(struct buf *out, const struct blocks *blocks)
{
	for (size_t i = 0; i < blocks->n; i++) {
		const struct block *b = &blocks->v[i];
		bool within = i > 0 && b->words && blocks->v[i - 1].words;

		for (size_t gap = i == 0 ? 0 : within ? b->gap : b->gap > 0; gap > 0; gap--)
			buf_putc(out, '\n');
		if (b->words || b->kind == BLOCK_MONO || b->kind == BLOCK_QUOTE)
			as_it_is(out, b);
		else if (b->kind == BLOCK_RULE)
			buf_puts(out, "-- \n"); /* what mail programs know as the begin of a signature */
		else if (b->kind == BLOCK_FACTS)
			facts(out, b);
		else if (b->kind == BLOCK_LIST)
			items(out, b);
		else
			paragraph(out, b);
	}
}

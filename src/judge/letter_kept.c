/* letter_kept.c - the parts of the HTML whose lines stay lines: lists, quotes, code, and the table of commands. */
#include <string.h>

#include "ground/buf.h"
#include "ground/text.h"
#include "judge/letter_parts.h"

#define LINE     "#8c959f"
#define CODE_BOX "padding:8px 12px;border-radius:6px;background:" LETTER_TINT ";font:13px/1.5 " LETTER_MONO \
	";white-space:pre-wrap;" LETTER_WRAP

static void
text(struct buf *out, const char *s)
{
	text_html(out, s, strlen(s));
}

void
letter_list(struct buf *out, const struct block *b)
{
	bool open = false;

	buf_puts(out, "<ul style=\"margin:0 0 12px;padding:0 0 0 22px\">\n");
	for (size_t i = 0; i < b->nlines; i++) {
		const char *s = b->line[i].text;
		bool begins = strncmp(s, "- ", 2) == 0 || strncmp(s, "* ", 2) == 0;

		if (begins) {
			buf_printf(out, "%s<li dir=\"auto\"%s>", open ? "</li>\n" : "", b->words ? "" : " style=\"margin:0 0 4px\"");
			s += 2;
		} else
			buf_puts(out, b->words ? "<br>\n" : "\n");
		s += strspn(s, " ");
		if (begins && !b->words)
			letter_item(out, s);
		else
			text(out, s);
		open = true;
	}
	buf_puts(out, "</li>\n</ul>\n");
}

/* What of a quoted line follows its sign. */
static const char *
quoted(const struct line *l)
{
	return l->text + 1 + (l->text[1] == ' ');
}

/* A line that was set in: code as often as not. */
static bool
is_code(const char *s)
{
	return strncmp(s, "    ", 4) == 0 || *s == '\t';
}

static const char *
code_line(const char *s)
{
	return s + (*s == '\t' ? 1 : 4);
}

/* The lines of code that begin at line i of a quote, as one box; how many they are, with an empty one below. */
static size_t
quoted_code(struct buf *out, const struct block *b, size_t i)
{
	size_t n = 0;

	buf_puts(out, "<pre style=\"margin:6px 0;" CODE_BOX "\">");
	for (; i + n < b->nlines && is_code(quoted(&b->line[i + n])); n++) {
		buf_puts(out, n > 0 ? "\n" : "");
		text(out, code_line(quoted(&b->line[i + n])));
	}
	buf_puts(out, "</pre>");
	return n + (i + n < b->nlines && *quoted(&b->line[i + n]) == '\0');
}

void
letter_quote(struct buf *out, const struct block *b)
{
	buf_puts(out, "<blockquote dir=\"auto\" style=\"margin:0 0 12px;padding:0 0 0 14px;border-left:3px solid " LINE
	              ";font-size:15px\">");
	for (size_t i = 0; i < b->nlines;) {
		const char *s = quoted(&b->line[i]);

		if (is_code(s)) {
			i += quoted_code(out, b, i);
			continue;
		}
		for (; *s == ' '; s++)
			buf_puts(out, "&nbsp;");
		text(out, s);
		i++;
		buf_puts(out, i < b->nlines && !is_code(quoted(&b->line[i])) ? "<br>\n" : "");
	}
	buf_puts(out, "</blockquote>\n");
}

/* Where the second column of a line of ours begins, two blanks or more behind the first. NULL: there is none. */
static const char *
second_column(const char *s)
{
	const char *gap = *s == ' ' ? NULL : strstr(s, "  ");

	return gap != NULL && gap[strspn(gap, " ")] != '\0' ? gap + strspn(gap, " ") : NULL;
}

static bool
is_table(const struct block *b)
{
	for (size_t i = 0; !b->words && i < b->nlines; i++)
		if (second_column(code_line(b->line[i].text)) != NULL)
			return true;
	return false;
}

/* Two columns do not fit a phone: what stands in the second goes below the first, and so do lines that begin with blanks. */
static void
table(struct buf *out, const struct block *b)
{
	bool below = false;

	for (size_t i = 0; i < b->nlines; i++) {
		const char *s = code_line(b->line[i].text);
		const char *second = *s == ' ' ? s + strspn(s, " ") : second_column(s);

		if (*s != ' ') {
			buf_puts(out, i > 0 ? "</p>\n" : "");
			buf_puts(out, "<p style=\"margin:0 0 8px\">");
			letter_code(out, s, second == NULL ? strlen(s) : (size_t)(strstr(s, "  ") - s));
		}
		if (second != NULL) {
			buf_puts(out, *s == ' ' && below ? " " : "<br>\n");
			text(out, second);
		}
		below = second != NULL;
	}
	buf_puts(out, "</p>\n");
}

void
letter_mono(struct buf *out, const struct block *b)
{
	if (is_table(b)) {
		table(out, b);
		return;
	}
	buf_puts(out, "<pre style=\"margin:0 0 14px;" CODE_BOX "\">");
	for (size_t i = 0; i < b->nlines; i++) {
		text(out, code_line(b->line[i].text));
		buf_puts(out, i + 1 < b->nlines ? "\n" : "");
	}
	buf_puts(out, "</pre>\n");
}

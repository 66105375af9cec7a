/* letter_html.c - the same blocks as plain, well-made HTML: inline styles alone, no image, no link, colours that
 * stand on a light and on a dark ground, narrow windows first. */
#include <string.h>

#include "ground/buf.h"
#include "ground/text.h"
#include "judge/letter_parts.h"

#define MONO "ui-monospace,Menlo,Consolas,monospace"
#define GREY "color:#767676" /* 4.5 : 1 on white and on black */

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
    "<title></title></head>\n"
    "<body style=\"margin:0;padding:0\">\n"
    "<div dir=\"auto\" style=\"max-width:42em;padding:12px;font:15px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,"
    "sans-serif;overflow-wrap:anywhere\">\n";
static const char foot[] = "</div>\n</body></html>\n";

static void
escaped_string(struct buf *out, const char *s)
{
	text_html(out, s, strlen(s));
}

/* Lines of a paragraph: ours flow together, a person's keep their ends. */
static void
joined(struct buf *out, const struct block *b)
{
	for (size_t i = 0; i < b->nlines; i++) {
		escaped_string(out, b->line[i].text);
		if (i + 1 < b->nlines)
			buf_puts(out, b->words ? "<br>\n" : "\n");
	}
}

/* A line of ours alone that ends in a colon: a heading. */
static bool
is_heading(const struct block *b)
{
	size_t len = strlen(b->line->text);

	return !b->words && b->nlines == 1 && len > 0 && b->line->text[len - 1] == ':';
}

static void
paragraph(struct buf *out, const struct block *b, bool first, bool footer)
{
	if (footer)
		buf_puts(out, "<p style=\"margin:0 0 8px;font-size:13px;" GREY "\">");
	else if (is_heading(b))
		buf_puts(out, "<p style=\"margin:20px 0 8px;font-weight:600\">");
	else if (first && !b->words)
		buf_puts(out, "<p style=\"margin:0 0 12px;font-size:17px;font-weight:600;line-height:1.4\">");
	else
		buf_puts(out, "<p dir=\"auto\" style=\"margin:0 0 12px\">");
	joined(out, b);
	buf_puts(out, "</p>\n");
}

static void
facts(struct buf *out, const struct block *b)
{
	buf_puts(out, "<table role=\"presentation\" cellspacing=\"0\" cellpadding=\"0\" border=\"0\" "
	              "style=\"border-collapse:collapse;margin:0 0 14px;font:inherit\">\n");
	for (size_t i = 0; i < b->nlines; i++) {
		const char *s = b->line[i].text;
		size_t key = letter_key_length(&b->line[i]);

		buf_puts(out, "<tr><td style=\"padding:2px 12px 2px 0;vertical-align:top;white-space:nowrap;" GREY "\">");
		text_html(out, s, key);
		buf_puts(out, "</td><td dir=\"auto\" style=\"padding:2px 0;vertical-align:top;overflow-wrap:anywhere\">");
		escaped_string(out, s + key + 2);
		buf_puts(out, "</td></tr>\n");
	}
	buf_puts(out, "</table>\n");
}

static void
items(struct buf *out, const struct block *b)
{
	bool open = false;

	buf_puts(out, "<ul style=\"margin:0 0 12px;padding:0 0 0 20px\">\n");
	for (size_t i = 0; i < b->nlines; i++) {
		const char *s = b->line[i].text;

		if (strncmp(s, "- ", 2) == 0 || strncmp(s, "* ", 2) == 0) {
			buf_puts(out, open ? "</li>\n<li dir=\"auto\">" : "<li dir=\"auto\">");
			s += 2;
		} else
			buf_puts(out, b->words ? "<br>\n" : "\n");
		escaped_string(out, s + strspn(s, " "));
		open = true;
	}
	buf_puts(out, "</li>\n</ul>\n");
}

/* A quoted line without its sign. What was set in stays set in: four blanks are code as often as not. */
static void
quoted_line(struct buf *out, const char *s)
{
	bool code;

	s += *s == ' ';
	code = strncmp(s, "    ", 4) == 0 || *s == '\t';
	if (code)
		buf_puts(out, "<span style=\"font:13px/1.45 " MONO "\">");
	for (; *s == ' ' || *s == '\t'; s++)
		buf_puts(out, *s == ' ' ? "&nbsp;" : "&nbsp;&nbsp;&nbsp;&nbsp;");
	escaped_string(out, s);
	if (code)
		buf_puts(out, "</span>");
}

static void
quote(struct buf *out, const struct block *b)
{
	buf_puts(out, "<blockquote dir=\"auto\" style=\"margin:0 0 12px;padding:0 0 0 12px;border-left:3px solid #999\">");
	for (size_t i = 0; i < b->nlines; i++) {
		quoted_line(out, b->line[i].text + 1);
		buf_puts(out, i + 1 < b->nlines ? "<br>\n" : "");
	}
	buf_puts(out, "</blockquote>\n");
}

static void
mono(struct buf *out, const struct block *b)
{
	buf_puts(out, "<pre style=\"margin:0 0 12px;padding:8px 10px;background:rgba(128,128,128,.15);border-radius:4px;"
	              "font:13px/1.45 " MONO ";white-space:pre-wrap;overflow-wrap:anywhere\">");
	for (size_t i = 0; i < b->nlines; i++) {
		const char *s = b->line[i].text;

		escaped_string(out, s + (*s == '\t' ? 1 : 4));
		buf_puts(out, i + 1 < b->nlines ? "\n" : "");
	}
	buf_puts(out, "</pre>\n");
}

void
letter_html(struct buf *out, const struct blocks *blocks)
{
	bool footer = false;

	buf_puts(out, head);
	for (size_t i = 0; i < blocks->n; i++) {
		const struct block *b = &blocks->v[i];

		switch (b->kind) {
		case BLOCK_PARAGRAPH: paragraph(out, b, i == 0, footer); break;
		case BLOCK_FACTS: facts(out, b); break;
		case BLOCK_LIST: items(out, b); break;
		case BLOCK_QUOTE: quote(out, b); break;
		case BLOCK_MONO: mono(out, b); break;
		case BLOCK_RULE:
			footer = true;
			buf_puts(out, "<hr style=\"margin:20px 0 10px;border:0;border-top:1px solid #999\">\n");
			break;
		}
	}
	buf_puts(out, foot);
}

/* letter_html.c - the same blocks as plain, well-made HTML: narrow windows first; inline styles, no image, no link.
 *
 * Its colours stand on a light and on a dark ground as they are, for programs that strip the sheet in the head; the
 * sheet only makes a dark ground easier to read.
 */
#include <ctype.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/text.h"
#include "judge/letter_parts.h"

#define GREY  "color:#646d77" /* 5.3 : 1 on white; the sheet has a lighter one for the dark */
#define SMALL "font-size:14px;line-height:1.45"

#define HEADING_MAX   72 /* bytes; longer ones are sentences */
#define KEY_WIDE      20 /* bytes of a key that stay on one line */
#define SENTENCE_WORD 3  /* letters of a capitalised word before a full stop that ends a sentence: no initial, no "Dr." */

#define PLAIN "<p style=\"margin:0 0 12px\">"

enum place { FIRST, AMID, BELOW /* the rule */ };

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
    "<title></title>\n"
    "<style>:root{color-scheme:light dark}\n"
    "@media(prefers-color-scheme:dark){.g{color:#9aa4ae!important}}</style></head>\n"
    "<body style=\"margin:0;padding:0\">\n"
    "<div dir=\"auto\" style=\"max-width:640px;padding:16px;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,"
    "sans-serif;" LETTER_WRAP "\">\n";
static const char foot[] = "</div>\n</body></html>\n";

static void
escaped_string(struct buf *out, const char *s)
{
	text_html(out, s, strlen(s));
}

/* ---- paragraphs ---------------------------------------------------------------------------------------- */

/* A person's lines keep their ends. */
static void
his_words(struct buf *out, const struct block *b)
{
	buf_puts(out, "<p dir=\"auto\" style=\"margin:0 0 12px\">");
	for (size_t i = 0; i < b->nlines; i++) {
		escaped_string(out, b->line[i].text);
		buf_puts(out, i + 1 < b->nlines ? "<br>\n" : "");
	}
	buf_puts(out, "</p>\n");
}

/* Length of the first sentence with its full stop. */
static size_t
sentence(const char *s)
{
	size_t word = 0, i;

	for (i = 0; s[i] != '\0'; i++) {
		size_t least = isupper((unsigned char)s[word]) ? SENTENCE_WORD : 2;

		if (s[i] == '.' && i - word >= least && s[i + 1] == ' ' && isupper((unsigned char)s[i + 2]))
			return i + 1;
		word = isalnum((unsigned char)s[i]) ? word : i + 1;
	}
	return i;
}

/* What the letter says first: its first sentence large, what follows in that paragraph as any other. */
static void
headline(struct buf *out, const char *s)
{
	size_t first = sentence(s);
	const char *rest = s + first + strspn(s + first, " ");

	buf_puts(out, "<p style=\"margin:0 0 12px;font-size:19px;font-weight:600;line-height:1.35\">");
	letter_span(out, s, first);
	if (*rest != '\0') {
		buf_puts(out, "</p>\n" PLAIN);
		letter_span(out, rest, strlen(rest));
	}
	buf_puts(out, "</p>\n");
}

/* How a paragraph of ours looks: by where it stands, whether it ends in a colon, and whether a person's words come next. */
static const char *
paragraph_begin(const struct buf *text, enum place place, bool theirs)
{
	bool colon = text->len > 0 && text->data[text->len - 1] == ':';

	if (place == BELOW)
		return "<p class=\"g\" style=\"margin:0 0 8px;" SMALL ";" GREY "\">";
	if (place == FIRST) /* about the words that follow: nobody must overlook it, or take it for theirs */
		return "<p style=\"margin:0 0 16px;padding:10px 14px;border-left:4px solid #bf5b04;border-radius:4px;"
		       "background:rgba(240,150,20,.16);font-weight:600\">";
	if (colon && theirs)
		return "<p class=\"g\" style=\"margin:24px 0 10px;padding:14px 0 0;border-top:1px solid " LETTER_RULE ";" SMALL
		       ";font-weight:600;" GREY "\">";
	if (colon && text->len <= HEADING_MAX)
		return "<p style=\"margin:20px 0 6px;font-weight:600\">";
	return PLAIN;
}

/* Our lines flow together. */
static void
paragraph(struct buf *out, const struct block *b, enum place place, const struct block *next)
{
	AUTO_BUF struct buf text;

	buf_init(&text, LETTER_HTML_BYTES);
	for (size_t i = 0; i < b->nlines; i++) {
		buf_puts(&text, i > 0 ? " " : "");
		buf_puts(&text, b->line[i].text);
	}
	if (place == FIRST && (next == NULL || !next->words)) {
		headline(out, text.data);
		return;
	}
	buf_puts(out, paragraph_begin(&text, place, next != NULL && (next->words || next->kind == BLOCK_QUOTE)));
	letter_span(out, text.data, text.len);
	buf_puts(out, "</p>\n");
}

/* ---- facts --------------------------------------------------------------------------------------------- */

/* A severity as a coloured mark: 0 and 1 red, 2 amber, the rest quiet. White on each is 5 : 1 or better. */
static void
severity(struct buf *out, char digit)
{
	buf_printf(out, "<span style=\"display:inline-block;min-width:12px;padding:0 7px;border-radius:5px;text-align:center;"
	                "font-weight:700;color:#fff;background:%s\">%c</span>",
	    digit <= '1' ? "#c4281c" : digit == '2' ? "#a85300" : "#5f6b78", digit);
}

static bool
key_is(const char *s, size_t key, const char *word)
{
	return key == strlen(word) && strncmp(s, word, key) == 0;
}

static void
fact(struct buf *out, const char *s, size_t key)
{
	const char *value = s + key + 2;
	bool due = key_is(s, key, "Answer by") || key_is(s, key, "Answers come by") || key_is(s, key, "Needed by");

	buf_printf(out, "<tr><td class=\"g\" style=\"padding:2px 12px 2px 14px;vertical-align:top;" SMALL "%s;" GREY "\">",
	    key <= KEY_WIDE ? ";white-space:nowrap" : "");
	text_html(out, s, key);
	buf_printf(out, "</td><td dir=\"auto\" style=\"width:99%%;padding:2px 14px 2px 0;vertical-align:top;%s" LETTER_WRAP "\">",
	    due ? "font-weight:600;" : "");
	if (key_is(s, key, "Severity") && isdigit((unsigned char)*value) && value[1] == '\0')
		severity(out, *value);
	else
		escaped_string(out, value);
	buf_puts(out, "</td></tr>\n");
}

static void
facts(struct buf *out, const struct block *b)
{
	buf_puts(out, "<table role=\"presentation\" cellspacing=\"0\" cellpadding=\"0\" border=\"0\" width=\"100%\" "
	              "style=\"border-collapse:separate;border-spacing:0;margin:0 0 16px;padding:8px 0;border-radius:8px;"
	              "background:" LETTER_TINT ";font-size:15px;line-height:1.45\">\n");
	for (size_t i = 0; i < b->nlines; i++)
		fact(out, b->line[i].text, letter_key_length(&b->line[i]));
	buf_puts(out, "</table>\n");
}

void
letter_html(struct buf *out, const struct blocks *blocks)
{
	enum place place = FIRST;

	buf_puts(out, head);
	for (size_t i = 0; i < blocks->n; i++) {
		const struct block *b = &blocks->v[i], *next = i + 1 < blocks->n ? b + 1 : NULL;

		switch (b->kind) {
		case BLOCK_PARAGRAPH:
			if (b->words)
				his_words(out, b);
			else
				paragraph(out, b, place, next);
			break;
		case BLOCK_FACTS: facts(out, b); break;
		case BLOCK_LIST: letter_list(out, b); break;
		case BLOCK_QUOTE: letter_quote(out, b); break;
		case BLOCK_MONO: letter_mono(out, b); break;
		case BLOCK_RULE:
			buf_puts(out, "<hr style=\"margin:22px 0 10px;border:0;border-top:1px solid " LETTER_RULE "\">\n");
			break;
		}
		place = b->kind == BLOCK_RULE || place == BELOW ? BELOW : AMID;
	}
	buf_puts(out, foot);
}

/* html.c - see html.h. libxml2's push parser calls back; no tree is built. */
#include "judge/html.h"

#include <libxml/HTMLparser.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "judge/html_style.h"

#define CHUNK     4096
#define URL_MAX   2000
#define QUOTE_MAX 20   /* marks at the beginning of a line */
#define STACK_MAX 256  /* open elements that are remembered; deeper ones are shown, not styled */

enum open { OPEN_NOTHING = 0, OPEN_HIDDEN = 1, OPEN_QUOTE = 2, OPEN_PRE = 4, OPEN_LIST = 8, OPEN_NUMBERS = 16, OPEN_LINK = 32,
	OPEN_TIGHT = 64 /* a paragraph without a margin */ };

struct html {
	struct buf *out;
	unsigned char stack[STACK_MAX];
	size_t depth;
	unsigned hidden, quote, pre, lists;
	unsigned numbers[8];           /* of the ordered lists around, the innermost 8 */
	unsigned newlines;             /* owed before the next text */
	bool space, tab;               /* a blank, a cell's end owed before the next text of the line */
	bool fresh;                    /* nothing on this line yet */
	bool stuck;                    /* a bullet or a cell waits for its text: blocks that open do not break the line */
	size_t cell_from;              /* where the innermost cell begins in out, SIZE_MAX: not known */
	char url[URL_MAX + 1];
	size_t link_from;              /* where the text of the open link begins in out */
};

enum block { BLOCK_NONE, BLOCK_LINE, BLOCK_PARAGRAPH, BLOCK_HIDDEN };
static const struct { const char *name; enum block block; } elements[] = {
	{ "address", BLOCK_LINE }, { "article", BLOCK_LINE }, { "aside", BLOCK_LINE }, { "blockquote", BLOCK_LINE },
	{ "body", BLOCK_LINE }, { "caption", BLOCK_LINE }, { "center", BLOCK_LINE }, { "dd", BLOCK_LINE }, { "div", BLOCK_LINE },
	{ "dl", BLOCK_PARAGRAPH }, { "dt", BLOCK_LINE }, { "fieldset", BLOCK_LINE }, { "footer", BLOCK_LINE }, { "form", BLOCK_LINE },
	{ "h1", BLOCK_PARAGRAPH }, { "h2", BLOCK_PARAGRAPH }, { "h3", BLOCK_PARAGRAPH }, { "h4", BLOCK_PARAGRAPH },
	{ "h5", BLOCK_PARAGRAPH }, { "h6", BLOCK_PARAGRAPH }, { "head", BLOCK_HIDDEN }, { "header", BLOCK_LINE }, { "hr", BLOCK_LINE },
	{ "li", BLOCK_LINE }, { "main", BLOCK_LINE }, { "nav", BLOCK_LINE }, { "noframes", BLOCK_HIDDEN }, { "object", BLOCK_NONE },
	{ "ol", BLOCK_LINE }, { "p", BLOCK_PARAGRAPH }, { "pre", BLOCK_LINE }, { "script", BLOCK_HIDDEN }, { "section", BLOCK_LINE },
	{ "style", BLOCK_HIDDEN }, { "table", BLOCK_LINE }, { "template", BLOCK_HIDDEN }, { "textarea", BLOCK_LINE },
	{ "title", BLOCK_HIDDEN }, { "tr", BLOCK_LINE }, { "ul", BLOCK_LINE }, { "xml", BLOCK_HIDDEN },
};

static enum block
block_of(const char *name)
{
	size_t lo = 0, hi = COUNT(elements);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = strcasecmp(name, elements[mid].name);

		if (c == 0)
			return elements[mid].block;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return BLOCK_NONE;
}

static void
owe_lines(struct html *h, unsigned n)
{
	if (h->stuck)
		return;
	if (h->newlines < n)
		h->newlines = n;
	h->space = h->tab = false;
}

/* Pays what is owed before text: line ends (none at the very top), quote marks, a blank. */
static void
before_text(struct html *h)
{
	h->stuck = false;
	if (h->newlines > 0 && h->out->len > 0)
		for (unsigned i = 0; i < h->newlines; i++) {
			if (i > 0)
				for (unsigned q = 0; q < h->quote && q < QUOTE_MAX; q++)
					buf_puts(h->out, ">");
			buf_putc(h->out, '\n');
			h->fresh = true;
		}
	h->newlines = 0;
	if (h->fresh) {
		for (unsigned q = 0; q < h->quote && q < QUOTE_MAX; q++)
			buf_puts(h->out, ">");
		if (h->quote > 0)
			buf_putc(h->out, ' ');
		h->fresh = false;
	} else if (h->tab)
		buf_putc(h->out, '\t');
	else if (h->space)
		buf_putc(h->out, ' ');
	h->space = h->tab = false;
}

static void
text(struct html *h, const char *s, size_t len)
{
	if (h->hidden > 0 || h->out->over)
		return;
	for (size_t i = 0; i < len;) {
		size_t from = i;

		if (s[i] == '\n' && h->pre > 0) {
			h->newlines++;
			h->space = false;
			if (h->newlines > 2)
				h->newlines = 2;
			i++;
			continue;
		}
		if (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r' || s[i] == '\f') {
			if (h->pre > 0 && s[i] != '\r') {
				before_text(h);
				buf_putc(h->out, s[i]);
			} else if (h->newlines == 0 && !h->fresh)
				h->space = true;
			i++;
			continue;
		}
		while (i < len && s[i] != ' ' && s[i] != '\t' && s[i] != '\n' && s[i] != '\r' && s[i] != '\f' &&
		    !(s[i] == '\xc2' && i + 1 < len && s[i + 1] == '\xa0'))
			i++;
		if (i > from) {
			before_text(h);
			buf_add(h->out, s + from, i - from);
		} else { /* a no-break space shows as a blank, yet does not join its neighbours */
			if (h->newlines == 0 && !h->fresh) {
				before_text(h);
				buf_putc(h->out, ' ');
			}
			i += 2;
		}
	}
}

static void
list_item(struct html *h)
{
	unsigned level = h->lists;
	bool numbered = false;

	for (size_t i = h->depth < STACK_MAX ? h->depth : STACK_MAX; i-- > 0;)
		if (h->stack[i] & OPEN_LIST) {
			numbered = (h->stack[i] & OPEN_NUMBERS) != 0;
			break;
		}
	before_text(h);
	for (unsigned i = 1; i < level && i < 8; i++)
		buf_puts(h->out, "  ");
	if (numbered)
		buf_printf(h->out, "%u.", ++h->numbers[level % 8]);
	else
		buf_puts(h->out, "-");
	h->space = h->stuck = true;
}

static void
open_cell(struct html *h)
{
	h->cell_from = h->out->len;
	h->stuck = h->tab || h->newlines > 0 || h->fresh;
}

/* Short cells share a line, parted by a tab; a cell of several lines is a column of the page's layout. */
static void
close_cell(struct html *h)
{
	size_t from = h->cell_from;
	bool one_line;

	while (from < h->out->len && strchr("\n>", h->out->data[from]) != NULL)
		from++; /* what was owed before the cell's text */
	one_line = from < h->out->len && memchr(h->out->data + from, '\n', h->out->len - from) == NULL;
	h->stuck = false;
	if (one_line) {
		h->newlines = 0;
		h->tab = !h->fresh;
	}
	h->cell_from = SIZE_MAX;
}

static void
open_link(struct html *h, const char *href)
{
	size_t len = href == NULL ? 0 : strlen(href);

	h->url[0] = '\0';
	if (len == 0 || len > URL_MAX || (strncasecmp(href, "http", 4) != 0 && strncasecmp(href, "ftp", 3) != 0 &&
	    strncasecmp(href, "mailto:", 7) != 0))
		return;
	memcpy(h->url, href, len + 1);
	h->link_from = h->out->len;
}

/* "text <url>", unless the text is the url or says as much. */
static void
close_link(struct html *h)
{
	const char *shown = h->out->data + h->link_from, *url = h->url;
	size_t len = h->out->len - h->link_from, ulen;

	if (*url == '\0' || h->out->over || h->link_from > h->out->len)
		return;
	if (strncasecmp(url, "mailto:", 7) == 0)
		url += 7;
	ulen = strcspn(url, url == h->url ? "" : "?");
	while (len > 0 && (*shown == ' ' || *shown == '\n' || *shown == '\t' || *shown == '>'))
		shown++, len--;
	if (ulen > 0 && len > 0 && h->newlines == 0) {
		const char *bare = url;
		size_t blen = ulen;

		if (strncasecmp(bare, "https://", 8) == 0)
			bare += 8, blen -= 8;
		else if (strncasecmp(bare, "http://", 7) == 0)
			bare += 7, blen -= 7;
		if (blen > 0 && bare[blen - 1] == '/')
			blen--;
		if (blen > 0 && blen <= len && memmem(shown, len, bare, blen) == NULL)
			buf_printf(h->out, " <%.*s>", (int)ulen, url);
		else if (blen > len)
			buf_printf(h->out, " <%.*s>", (int)ulen, url);
	}
	h->url[0] = '\0';
}

static void
on_start(void *user, const xmlChar *xname, const xmlChar **atts)
{
	struct html *h = user;
	const char *name = (const char *)xname, *class;
	enum block block = block_of(name);
	unsigned char open = OPEN_NOTHING;

	if (strcasecmp(name, "br") == 0) {
		if (h->hidden == 0) {
			h->newlines = h->newlines < 2 ? h->newlines + 1 : 2;
			h->space = h->tab = false;
		}
		return;
	}
	if (block == BLOCK_HIDDEN || html_is_hidden(atts))
		open |= OPEN_HIDDEN;
	else if (strcasecmp(name, "blockquote") == 0 && html_is_quote(atts))
		open |= OPEN_QUOTE;
	else if (strcasecmp(name, "pre") == 0 || strcasecmp(name, "textarea") == 0)
		open |= OPEN_PRE;
	else if (strcasecmp(name, "ul") == 0 || strcasecmp(name, "ol") == 0)
		open |= OPEN_LIST | (*name == 'o' || *name == 'O' ? OPEN_NUMBERS : 0);
	else if (strcasecmp(name, "a") == 0)
		open |= OPEN_LINK;
	if (h->hidden == 0 && !(open & OPEN_HIDDEN)) {
		class = html_attribute(atts, "class");
		if (block == BLOCK_PARAGRAPH && (html_style_says(html_attribute(atts, "style"), "margin", "0") ||
		    (class != NULL && strncasecmp(class, "Mso", 3) == 0)))
			block = BLOCK_LINE, open |= OPEN_TIGHT;
		if (strcasecmp(name, "tr") == 0)
			h->stuck = false;
		if (block != BLOCK_NONE)
			owe_lines(h, block == BLOCK_PARAGRAPH ? 2 : 1);
		if (strcasecmp(name, "td") == 0 || strcasecmp(name, "th") == 0)
			open_cell(h);
		if (open & OPEN_QUOTE)
			h->newlines = 1, h->quote++;
		else if (open & OPEN_LIST)
			h->numbers[++h->lists % 8] = 0;
		else if (open & OPEN_PRE)
			h->pre++;
		else if (open & OPEN_LINK)
			open_link(h, html_attribute(atts, "href"));
		if (strcasecmp(name, "hr") == 0) {
			text(h, "________________________________", 32);
			owe_lines(h, 1);
		} else if (strcasecmp(name, "li") == 0)
			list_item(h);
		else if (strcasecmp(name, "img") == 0) {
			const char *alt = html_attribute(atts, "alt");

			if (alt != NULL && *alt != '\0' && strlen(alt) < 200) {
				text(h, "[image:", 7);
				h->space = true;
				text(h, alt, strlen(alt));
				text(h, "]", 1);
			}
		}
	} else
		open &= OPEN_HIDDEN;
	if (open & OPEN_HIDDEN)
		h->hidden++;
	if (h->depth < STACK_MAX)
		h->stack[h->depth] = open;
	else if (open & OPEN_HIDDEN)
		h->hidden--; /* too deep to know where it would end */
	h->depth++;
}

static void
on_end(void *user, const xmlChar *xname)
{
	struct html *h = user;
	const char *name = (const char *)xname;
	enum block block = block_of(name);
	unsigned char open;

	if (strcasecmp(name, "br") == 0 || h->depth == 0)
		return;
	h->depth--;
	open = h->depth < STACK_MAX ? h->stack[h->depth] : OPEN_NOTHING;
	if ((open & OPEN_HIDDEN) && h->hidden > 0)
		h->hidden--;
	if (h->hidden > 0 || (open & OPEN_HIDDEN))
		return;
	if (open & OPEN_LINK)
		close_link(h);
	if ((open & OPEN_LIST) && h->lists > 0)
		h->lists--;
	if ((open & OPEN_PRE) && h->pre > 0)
		h->pre--;
	if (strcasecmp(name, "td") == 0 || strcasecmp(name, "th") == 0)
		close_cell(h);
	else if (block != BLOCK_NONE && block != BLOCK_HIDDEN) {
		if (strcasecmp(name, "tr") == 0 || strcasecmp(name, "li") == 0)
			h->stuck = false;
		owe_lines(h, block == BLOCK_PARAGRAPH && !(open & OPEN_TIGHT) ? 2 : 1);
	}
	if ((open & OPEN_QUOTE) && h->quote > 0) {
		h->quote--;
		owe_lines(h, 1);
	}
}

static void
on_characters(void *user, const xmlChar *s, int len)
{
	text(user, (const char *)s, (size_t)len);
}

static void
on_error(void *user, const char *fmt, ...)
{
	(void)user, (void)fmt; /* broken markup is daily bread */
}

/* The last resort: everything that is not between < and >. */
static void
strip_tags(const char *s, size_t len, struct buf *out)
{
	struct html h = { .out = out, .fresh = true, .cell_from = SIZE_MAX };

	for (size_t i = 0; i < len;) {
		const char *lt = memchr(s + i, '<', len - i);
		size_t to = lt == NULL ? len : (size_t)(lt - s);
		const char *gt;

		text(&h, s + i, to - i);
		if (lt == NULL)
			break;
		gt = strncmp(lt, "<!--", len - to < 4 ? len - to : 4) == 0 ? lt + 3 : memchr(lt, '>', len - to);
		h.space = true;
		i = gt == NULL ? to + 1 : (size_t)(gt - s) + 1;
		if (gt == NULL) { /* a lone '<': no tag starts any more */
			text(&h, s + i, len - i);
			break;
		}
	}
}

static void *
resize(void *p, size_t size)
{
	return xrealloc(p, 1, size);
}

void
html_text(const char *markup, size_t len, struct buf *out)
{
	static bool ready;
	htmlSAXHandler sax = { .startElement = on_start, .endElement = on_end, .characters = on_characters,
		.cdataBlock = on_characters, .ignorableWhitespace = on_characters };
	struct html h = { .out = out, .fresh = true, .cell_from = SIZE_MAX };
	htmlParserCtxtPtr ctxt;
	size_t before = out->len;

	if (!ready) {
		xmlMemSetup(free, xmalloc, resize, xstrdup); /* else it leaves text out where memory is short */
		xmlInitParser();
		ready = true;
	}
	xmlSetGenericErrorFunc(NULL, on_error);
	ctxt = htmlCreatePushParserCtxt(&sax, &h, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);
	if (ctxt != NULL) {
		htmlCtxtUseOptions(ctxt, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
		htmlParseChunk(ctxt, "<html><body>", 12, 0); /* or bare text is given a <p> that nobody wrote */
		for (size_t i = 0; i < len && !out->over; i += CHUNK)
			htmlParseChunk(ctxt, markup + i, (int)(len - i < CHUNK ? len - i : CHUNK), 0);
		htmlParseChunk(ctxt, NULL, 0, 1);
		htmlFreeParserCtxt(ctxt);
	}
	if (out->len == before && !out->over)
		strip_tags(markup, len, out);
}

/* letter_span.c - what stands within a line of ours in the HTML: commands are set as code, the number of a case is not
 * torn apart, and what begins an item stands out. */
#include <ctype.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/text.h"
#include "judge/letter_parts.h"

#define LEAD_MAX 40 /* bytes of an item before its colon, for it to be the begin and no sentence */
#define LOWER    "abcdefghijklmnopqrstuvwxyz"

#define CODE_BEGIN "<code style=\"font-family:" LETTER_MONO ";font-size:.9em;padding:1px 4px;border-radius:4px;" \
	"background:" LETTER_TINT
#define CODE_END   "</code>"

/* Length of a command's word at s ("/ack"), 0 where it is none: a path has another slash, or a dot. */
static size_t
command_word(const char *s, size_t len)
{
	size_t n = 1;

	if (len < 2 || s[0] != '/')
		return 0;
	while (n < len && strchr(LOWER, s[n]) != NULL)
		n++;
	return n > 1 && (n == len || strchr(" ,;:.\")", s[n]) != NULL) && (n + 1 >= len || s[n] != '.' || s[n + 1] == ' ') ? n : 0;
}

void
letter_code(struct buf *out, const char *s, size_t len)
{
	buf_puts(out, memchr(s, ' ', len) == NULL ? CODE_BEGIN ";white-space:nowrap\">" : CODE_BEGIN "\">");
	text_html(out, s, len);
	buf_puts(out, CODE_END);
}

/* "ESC-17" at s: capitals, a hyphen, digits. It is not torn apart where a line ends. */
static size_t
case_number(const char *s, size_t len)
{
	size_t n = 0, hyphen;

	while (n < len && isupper((unsigned char)s[n]))
		n++;
	hyphen = n;
	for (n += n > 0 && n < len && s[n] == '-'; n > hyphen && n < len && isdigit((unsigned char)s[n]);)
		n++;
	return n > hyphen + 1 ? n : 0;
}

/* What is more than text: its length, and how much of that at each end is quotes that the code does without. */
struct found { size_t len, edge; bool code; };

static struct found
found_at(const char *s, size_t i, size_t len)
{
	bool begins = i == 0 || strchr(" (\"", s[i - 1]) != NULL;
	const char *end;
	size_t n;

	if (s[i] == '"' && command_word(s + i + 1, len - i - 1) > 0 && (end = memchr(s + i + 1, '"', len - i - 1)) != NULL)
		return (struct found){ .len = (size_t)(end - s) + 1 - i, .edge = 1, .code = true };
	if (begins && (n = command_word(s + i, len - i)) > 0)
		return (struct found){ .len = n, .code = true };
	if (begins && (n = case_number(s + i, len - i)) > 0)
		return (struct found){ .len = n };
	return (struct found){ 0 };
}

void
letter_span(struct buf *out, const char *s, size_t len)
{
	size_t plain = 0, i = 0;

	while (i < len) {
		struct found f = found_at(s, i, len);

		if (f.len == 0) {
			i++;
			continue;
		}
		text_html(out, s + plain, i - plain);
		if (f.code)
			letter_code(out, s + i + f.edge, f.len - 2 * f.edge);
		else
			buf_printf(out, "<span style=\"white-space:nowrap\">%.*s</span>", (int)f.len, s + i);
		plain = i += f.len;
	}
	text_html(out, s + plain, len - plain);
}

void
letter_item(struct buf *out, const char *s)
{
	const char *colon = strstr(s, ": ");
	size_t lead = colon != NULL && colon - s <= LEAD_MAX ? (size_t)(colon - s) : 0;

	if (lead > 0 && command_word(s, lead) > 0)
		letter_code(out, s, lead);
	else if (lead > 0) {
		buf_puts(out, "<b style=\"font-weight:600\">");
		text_html(out, s, lead);
		buf_puts(out, "</b>");
	}
	letter_span(out, s + lead, strlen(s) - lead);
}

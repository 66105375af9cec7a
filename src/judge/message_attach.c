/* message_attach.c - one attachment of a mail as an entity that can stand in another mail. */
#include "judge/message_gmime.h"

#include <stdint.h>
#include <string.h>

#include "ground/text.h"

#define NAME_MAX_BYTES 200 /* of a file name in the new header */
#define LINE_BYTES     57  /* of content in a line of base64: 76 columns */

/* Types that this file may name in a header of ours; anything else is an octet-stream. */
static bool
type_is_clean(const char *type)
{
	size_t slashes = 0;

	for (const char *p = type; *p != '\0'; p++) {
		slashes += *p == '/';
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || strchr("/.+-_", *p) != NULL))
			return false;
	}
	return slashes == 1 && strlen(type) < 100 && strncmp(type, "multipart/", 10) != 0 && strncmp(type, "message/", 8) != 0;
}

/* The last part of the name, without what shells, file systems and eyes trip over. */
static void
clean_name(const char *name, struct buf *out)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *base = name, *s;

	for (const char *p = name; *p != '\0'; p++)
		if (*p == '/' || *p == '\\')
			base = p + 1;
	s = text_printable(a, base, NAME_MAX_BYTES);
	for (; *s != '\0'; s++)
		buf_putc(out, strchr("\\\"*?<>|:;%'`$", *s) != NULL ? '_' : *s);
	while (out->len > 0 && out->data[0] == '.')
		out->data[0] = '_';
	if (out->len == 0)
		buf_puts(out, "attachment");
}

/* name="…" where it is ASCII, RFC 2231 where it is not. */
static void
put_parameter(struct buf *out, const char *key, const char *name)
{
	bool ascii = true;

	for (const char *p = name; *p != '\0'; p++)
		ascii &= (unsigned char)*p < 0x80;
	if (ascii) {
		buf_printf(out, ";\r\n\t%s=\"%s\"", key, name);
		return;
	}
	for (size_t part = 0; *name != '\0'; part++) {
		size_t column = 0;

		buf_printf(out, ";\r\n\t%s*%zu*=%s", key, part, part == 0 ? "utf-8''" : "");
		for (; *name != '\0' && column < 50; name++) {
			unsigned char c = (unsigned char)*name;

			if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_') {
				buf_putc(out, (char)c);
				column++;
			} else {
				buf_printf(out, "%%%02X", c);
				column += 3;
			}
		}
	}
}

static void
put_base64(struct buf *out, const unsigned char *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t at = 0; at < len && !out->over; at += LINE_BYTES) {
		size_t n = len - at < LINE_BYTES ? len - at : LINE_BYTES, o = 0;
		char line[80];

		for (size_t i = 0; i < n; i += 3) {
			uint32_t v = (uint32_t)bytes[at + i] << 16;

			if (i + 1 < n)
				v |= (uint32_t)bytes[at + i + 1] << 8;
			if (i + 2 < n)
				v |= bytes[at + i + 2];
			line[o++] = digits[v >> 18];
			line[o++] = digits[v >> 12 & 63];
			line[o++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
			line[o++] = i + 2 < n ? digits[v & 63] : '=';
		}
		line[o++] = '\r';
		line[o++] = '\n';
		buf_add(out, line, o);
	}
}

static void
put_entity(struct buf *out, const char *type, const char *name, const struct buf *content)
{
	struct raw_facts facts = { 0 };
	size_t line = 0;
	char last = '\n';
	bool message = strcmp(type, "message/rfc822") == 0, as_is;
	AUTO_BUF struct buf clean;

	raw_facts_add(&facts, content->data, content->len, &line, &last);
	as_is = message && !facts.eight_bit && !facts.nul && !facts.bare_newline && facts.longest_line <= 998;
	buf_init(&clean, 4 * NAME_MAX_BYTES + 16);
	clean_name(*name != '\0' ? name : message ? "message.eml" : "attachment", &clean);
	if (message && !as_is)
		type = "application/octet-stream"; /* RFC 2046 allows a message/rfc822 no encoding */
	buf_printf(out, "Content-Type: %s", type);
	put_parameter(out, "name", clean.data);
	buf_puts(out, "\r\nContent-Disposition: attachment");
	put_parameter(out, "filename", clean.data);
	buf_printf(out, "\r\nContent-Transfer-Encoding: %s\r\n\r\n", as_is ? "7bit" : "base64");
	if (!as_is)
		put_base64(out, (const unsigned char *)content->data, content->len);
	else {
		buf_add(out, content->data, content->len);
		if (content->len == 0 || content->data[content->len - 1] != '\n')
			buf_puts(out, "\r\n");
	}
}

void
message_entity(const char *type, const char *name, const struct buf *content, struct buf *out)
{
	put_entity(out, type, name, content);
}

bool
message_take_attachment(const char *raw, size_t len, const int *fd, size_t i, struct buf *out)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct inside in = { .a = a, .mapped = fd != NULL, .fd = fd != NULL ? *fd : -1 };
	struct opened o;
	struct message m = { 0 };
	AUTO_BUF struct buf content;
	bool ok = false;

	in.m = &m;
	in.want = i + 1;
	buf_init(&content, out->max);
	in.wanted = &content;
	message_open(&o, raw, len, &in);
	if (o.message != NULL) {
		in.bytes = o.bytes;
		in.nbytes = o.nbytes;
		message_take(&in, o.message, o.options, 0, 0);
		if (i < m.nattachments && !content.over) {
			const char *type = m.attachments[i].type;
			bool clean = type_is_clean(type) || strcmp(type, "message/rfc822") == 0;

			put_entity(out, clean ? type : "application/octet-stream", m.attachments[i].name, &content);
			ok = !out->over;
		}
	}
	message_close(&o);
	return ok;
}

/* In the form that all spellings of a name share; NULL: it is no UTF-8. */
static char *
folded(const char *s)
{
	char *fold = g_utf8_validate(s, -1, NULL) ? g_utf8_casefold(s, -1) : NULL;
	char *same = fold != NULL ? g_utf8_normalize(fold, -1, G_NORMALIZE_NFC) : NULL;

	g_free(fold);
	return same;
}

bool
message_name_fits(const char *pattern, const char *name)
{
	char *p = folded(pattern), *n = folded(name);
	bool fits = p != NULL && n != NULL && text_glob(p, n);

	g_free(p);
	g_free(n);
	return fits;
}

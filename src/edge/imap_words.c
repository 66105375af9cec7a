/* imap_words.c - see imap_words.h. */
#include "edge/imap_words.h"

#include <inttypes.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"

#define LEAK_MIN 4 /* bytes of a secret's beginning that are no accident at the end of a text */

static const char base64_standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64_folders[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

void
imap_words_set(struct buf *b, const uint32_t *uids, size_t n)
{
	for (size_t i = 0, last; i < n; i = last + 1) {
		for (last = i; last + 1 < n && uids[last + 1] - 1 == uids[last];)
			last++;
		buf_printf(b, last == i ? "%s%" PRIu32 : "%s%" PRIu32 ":%" PRIu32, i > 0 ? "," : "", uids[i], uids[last]);
	}
}

bool
imap_words_quoted(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	for (; *s != '\0'; s++) {
		if (*s < ' ' || *s > '~')
			return false;
		if (*s == '"' || *s == '\\')
			buf_putc(b, '\\');
		buf_putc(b, *s);
	}
	return buf_putc(b, '"');
}

static void
base64(struct buf *b, const unsigned char *bytes, size_t len, const char *alphabet, bool pad)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t v = (uint32_t)bytes[i] << 16;

		if (have > 1)
			v |= (uint32_t)bytes[i + 1] << 8;
		if (have > 2)
			v |= bytes[i + 2];
		for (size_t k = 0; k <= have; k++)
			buf_putc(b, alphabet[v >> (18 - 6 * k) & 63]);
		for (size_t k = have; pad && k < 3; k++)
			buf_putc(b, '=');
	}
}

void
imap_words_base64(struct buf *b, const char *bytes, size_t len)
{
	base64(b, (const unsigned char *)bytes, len, base64_standard, true);
}

/* The character at *s, which is valid UTF-8, as UTF-16; moves *s on. */
static size_t
utf16(const char **s, unsigned char out[4])
{
	const unsigned char *u = (const unsigned char *)*s;
	size_t len = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : u[0] >= 0xc0 ? 2 : 1;
	uint32_t c = len == 1 ? u[0] : u[0] & (0xffu >> (len + 1));

	for (size_t i = 1; i < len; i++)
		c = c << 6 | (u[i] & 0x3fu);
	*s += len;
	if (c < 0x10000) {
		out[0] = (unsigned char)(c >> 8);
		out[1] = (unsigned char)c;
		return 2;
	}
	c -= 0x10000;
	out[0] = (unsigned char)(0xd8 | c >> 18);
	out[1] = (unsigned char)(c >> 10);
	out[2] = (unsigned char)(0xdc | (c >> 8 & 3));
	out[3] = (unsigned char)c;
	return 4;
}

bool
imap_words_folder(struct buf *b, const char *name, char delimiter)
{
	AUTO_BUF struct buf wide;
	unsigned char pair[4];

	buf_init(&wide, 8192);
	if (*name == '\0' || !utf8_valid(name, strlen(name)))
		return false;
	buf_putc(b, '"');
	while (*name != '\0') {
		char c = (char)(*name == '/' && delimiter != '\0' ? delimiter : *name);

		if ((unsigned char)c < ' ' || c == 0x7f)
			return false;
		if ((unsigned char)c < 0x80) {
			if (c == '"' || c == '\\')
				buf_putc(b, '\\');
			buf_putc(b, c);
			if (c == '&')
				buf_putc(b, '-');
			name++;
			continue;
		}
		buf_reset(&wide);
		while ((unsigned char)*name >= 0x80) {
			size_t len = utf16(&name, pair);

			buf_add(&wide, pair, len);
		}
		buf_putc(b, '&');
		base64(b, (const unsigned char *)wide.data, wide.len, base64_folders, false);
		buf_putc(b, '-');
	}
	return buf_putc(b, '"') && !wide.over;
}

bool
imap_words_is_keyword(const char *s)
{
	if (*s == '\0' || strlen(s) > 255)
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("(){%*\"\\]", *s) != NULL)
			return false;
	return true;
}

struct imap_reply
imap_words_reply(const char *line)
{
	static const struct { const char *word; enum imap_condition condition; } words[] = { { "OK ", COND_OK },
		{ "NO ", COND_NO }, { "BAD ", COND_BAD }, { "BYE ", COND_BYE } };
	struct imap_reply reply = { .condition = COND_NONE, .text = "" };

	line += strcspn(line, " ");
	line += strspn(line, " ");
	for (size_t i = 0; i < COUNT(words) && reply.condition == COND_NONE; i++)
		if (text_starts_nocase(line, words[i].word)) {
			reply.condition = words[i].condition;
			line += strlen(words[i].word);
		}
	if (reply.condition == COND_NONE)
		return reply;
	reply.text = line;
	if (*line == '[') {
		size_t len = strcspn(line + 1, " ]");

		if (len < sizeof(reply.code))
			memcpy(reply.code, line + 1, len);
	}
	return reply;
}

enum imap_status
imap_words_class(const struct imap_reply *reply, enum imap_status otherwise)
{
	static const struct { const char *code; enum imap_status status; } classes[] = {
		{ "UNAVAILABLE", IMAP_TEMPORARY }, { "INUSE", IMAP_TEMPORARY }, { "LIMIT", IMAP_TEMPORARY },
		{ "SERVERBUG", IMAP_TEMPORARY }, { "OVERQUOTA", IMAP_TEMPORARY }, { "CORRUPTION", IMAP_TEMPORARY },
		{ "EXPUNGEISSUED", IMAP_TEMPORARY }, { "THROTTLED", IMAP_TEMPORARY },
		{ "AUTHENTICATIONFAILED", IMAP_AUTH }, { "AUTHORIZATIONFAILED", IMAP_AUTH }, { "EXPIRED", IMAP_AUTH },
		{ "CONTACTADMIN", IMAP_AUTH }, { "WEBALERT", IMAP_AUTH },
		{ "PRIVACYREQUIRED", IMAP_CONFIG }, { "NONEXISTENT", IMAP_CONFIG }, { "TRYCREATE", IMAP_CONFIG },
		{ "NOPERM", IMAP_CONFIG }, { "CANNOT", IMAP_CONFIG }, { "READ-ONLY", IMAP_CONFIG } };

	for (size_t i = 0; i < COUNT(classes); i++)
		if (text_equal_nocase(reply->code, classes[i].code))
			return classes[i].status;
	/* A large provider has no code for it but says so. */
	if (otherwise == IMAP_AUTH && strcasestr(reply->text, "too many simultaneous connections") != NULL)
		return IMAP_TEMPORARY;
	return otherwise;
}

bool
imap_words_leaks(const char *text, const char *secret)
{
	size_t lt = strlen(text), ls = strlen(secret);

	if (ls == 0)
		return false;
	if (strstr(text, secret) != NULL)
		return true;
	for (size_t n = ls < lt ? ls : lt; n >= LEAK_MIN; n--)
		if (memcmp(text + lt - n, secret, n) == 0)
			return true;
	return false;
}

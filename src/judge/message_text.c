/* message_text.c - the bytes of a text part as text: charsets claimed, missing and untrue, format=flowed. */
#include "judge/message_inside.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "ground/text.h"

/* Names that senders use, and what they mean by them. Latin-1 is read as its superset windows-1252, as every
 * mail client does. */
static const struct { const char *said, *meant; } charsets[] = {
	{ "iso-8859-1", "WINDOWS-1252" }, { "latin1", "WINDOWS-1252" }, { "iso8859-1", "WINDOWS-1252" },
	{ "iso_8859-1", "WINDOWS-1252" }, { "8859-1", "WINDOWS-1252" }, { "cp-1252", "WINDOWS-1252" },
	{ "x-ansi", "WINDOWS-1252" }, { "ansi_x3.110-1983", "WINDOWS-1252" }, { "x-cp1252", "WINDOWS-1252" },
	{ "iso-8859-9", "WINDOWS-1254" }, { "iso-8859-11", "WINDOWS-874" }, { "tis-620", "WINDOWS-874" },
	{ "gb2312", "GB18030" }, { "gbk", "GB18030" }, { "x-gbk", "GB18030" }, { "gb_2312-80", "GB18030" },
	{ "hz-gb-2312", "HZ" }, { "big5", "BIG5-HKSCS" }, { "cn-big5", "BIG5-HKSCS" }, { "x-x-big5", "BIG5-HKSCS" },
	{ "ks_c_5601-1987", "UHC" }, { "ks_c_5601", "UHC" }, { "euc-kr", "UHC" }, { "ks_c_5601-1989", "UHC" },
	{ "ksc5601", "UHC" }, { "korean", "UHC" }, { "cp949", "UHC" }, { "5601", "UHC" },
	{ "shift_jis", "CP932" }, { "shift-jis", "CP932" }, { "x-sjis", "CP932" }, { "sjis", "CP932" }, { "windows-31j", "CP932" },
	{ "iso-2022-jp", "ISO-2022-JP-3" }, { "cp50220", "ISO-2022-JP-3" }, { "cp50221", "ISO-2022-JP-3" },
	{ "x-euc-jp", "EUC-JP-MS" }, { "euc-jp", "EUC-JP-MS" }, { "iso-8859-8-i", "ISO-8859-8" }, { "iso-8859-8-e", "ISO-8859-8" },
	{ "unicode-1-1-utf-7", "UTF-7" }, { "x-mac-roman", "MACINTOSH" }, { "x-mac-cyrillic", "MAC-CYRILLIC" },
	{ "x-mac-ce", "MACCENTRALEUROPE" }, { "x-koi8-r", "KOI8-R" }, { "koi8", "KOI8-R" }, { "cp-850", "CP850" },
};

/* Claims that say nothing, or nothing that the bytes do not say better themselves. */
static const char *const silent[] = { "", "us-ascii", "ascii", "ansi_x3.4-1968", "utf-8", "utf8", "utf_8", "unknown-8bit", "x-unknown",
	"unknown", "default", "charset", "none", "8bit", "7bit", "binary", "x-user-defined", "default_charset", "iso-10646" };

/* Charsets in which nearly all byte runs that are valid UTF-8 with more than one letter were meant as UTF-8. */
static const char *const mislabelled[] = { "WINDOWS-1252", "WINDOWS-1254", "iso-8859-15", "windows-1252", "iso-8859-2", "windows-1250" };

static bool
is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text_equal_nocase(word, list[i]))
			return true;
	return false;
}

/* Letters written in more than one byte, if the whole is UTF-8; 0 if it is not. */
static size_t
utf8_letters(const char *bytes, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += (unsigned char)bytes[i] >= 0xc0;
	return n > 0 && utf8_valid(bytes, len) ? n : 0;
}

/* Converts as far as it goes; what is ill-formed becomes U+FFFD. False: no such charset. */
static bool
convert(struct buf *out, const char *bytes, size_t len, const char *charset)
{
	iconv_t cd = iconv_open("UTF-8", charset);
	char chunk[4096], *in;

	if (cd == (iconv_t)-1)
		return false;
	memcpy(&in, &bytes, sizeof(in)); /* iconv's prototype forgot a const */
	while (len > 0) {
		char *o = chunk;
		size_t room = sizeof(chunk), before = len;
		size_t rc = iconv(cd, &in, &len, &o, &room);

		if (!buf_add(out, chunk, (size_t)(o - chunk)))
			break;
		if (rc != (size_t)-1 || errno == E2BIG)
			continue;
		/* EILSEQ or a cut character at the end: step over one byte. */
		buf_puts(out, "\xef\xbf\xbd");
		if (len > 0 && len <= before)
			in++, len--;
	}
	iconv_close(cd);
	return true;
}

/* Whether it goes over to Japanese somewhere, as ISO-2022-JP does. */
static bool
shifts(const char *bytes, size_t len)
{
	return memchr(bytes, '\x1b', len) != NULL &&
	       (memmem(bytes, len, "\x1b$B", 3) != NULL || memmem(bytes, len, "\x1b$@", 3) != NULL);
}

static const char *
guess(const char *bytes, size_t len)
{
	if (len >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
		return "UTF-16";
	if (utf8_valid(bytes, len))
		return shifts(bytes, len) ? "ISO-2022-JP-3" : "UTF-8";
	/* Mostly UTF-8 with a broken letter, or an old one-byte charset? Well-formed pairs decide. */
	size_t pairs = 0, lone = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c < 0x80)
			continue;
		if (c >= 0xc2 && c < 0xf5 && i + 1 < len && ((unsigned char)bytes[i + 1] & 0xc0) == 0x80) {
			pairs++;
			while (i + 1 < len && ((unsigned char)bytes[i + 1] & 0xc0) == 0x80)
				i++;
		} else
			lone++;
	}
	return pairs > lone ? "UTF-8" : "WINDOWS-1252";
}

/* LF lines, no NUL, no byte order mark. */
static char *
clean(struct arena *a, const char *bytes, size_t len)
{
	char *s = utf8_clean(a, bytes, len, len * 3), *w = s;
	const char *start = strncmp(s, "\xef\xbb\xbf", 3) == 0 ? s + 3 : s;

	for (const char *r = start, *end; *r != '\0'; r = end + 1) {
		end = strchrnul(r, '\r');
		memmove(w, r, (size_t)(end - r));
		w += end - r;
		if (*end == '\0')
			break;
		if (end[1] != '\n')
			*w++ = '\n';
	}
	*w = '\0';
	return s;
}

char *
message_decode(struct arena *a, const char *bytes, size_t len, const char *charset)
{
	AUTO_BUF struct buf out;
	const char *from = charset == NULL ? "" : charset;

	buf_init(&out, 4 * MESSAGE_TEXT_BYTES);
	if (is_one_of(from, silent, COUNT(silent)))
		from = guess(bytes, len);
	for (size_t i = 0; i < COUNT(charsets); i++)
		if (text_equal_nocase(from, charsets[i].said)) {
			from = charsets[i].meant;
			break;
		}
	if (is_one_of(from, mislabelled, COUNT(mislabelled)) && utf8_letters(bytes, len) > 1)
		from = "UTF-8";
	if (text_equal_nocase(from, "UTF-8"))
		return clean(a, bytes, len);
	if (!convert(&out, bytes, len, from) && !convert(&out, bytes, len, guess(bytes, len)))
		return clean(a, bytes, len);
	return clean(a, out.data, out.len);
}

/* RFC 3676: a line that ends in a blank goes on in the next one of the same quote depth. */
char *
message_unflow(struct arena *a, const char *text, bool delsp)
{
	char *out = arena_alloc(a, strlen(text) + 2), *w = out;
	size_t open_depth = 0;
	bool open = false;

	while (*text != '\0') {
		const char *end = strchrnul(text, '\n');
		size_t depth = strspn(text, ">"), len;
		bool goes_on;

		len = (size_t)(end - text);
		if (depth > len)
			depth = len;
		text += depth;
		len -= depth;
		if (open && (depth != open_depth || (len == 3 && strncmp(text, "-- ", 3) == 0))) {
			*w++ = '\n';
			open = false;
		}
		if (!open)
			for (size_t i = 0; i < depth; i++)
				*w++ = '>';
		if (len > 0 && *text == ' ') { /* space-stuffed; a blank after the marks stays readable */
			if (depth > 0 && !open)
				*w++ = ' ';
			text++;
			len--;
		}
		goes_on = len > 0 && text[len - 1] == ' ' && !(len == 3 && strncmp(text, "-- ", 3) == 0);
		memcpy(w, text, len);
		w += len - (goes_on && delsp ? 1 : 0);
		open = goes_on;
		open_depth = depth;
		if (!goes_on && *end == '\n')
			*w++ = '\n';
		text = *end == '\n' ? end + 1 : end;
	}
	*w = '\0';
	return out;
}

char *
message_html_charset(struct arena *a, const char *bytes, size_t len)
{
	const char *end = bytes + (len < 4096 ? len : 4096);

	for (const char *p = bytes; p + 8 < end; p++) {
		const char *v = p + 7;
		size_t n = 0;

		if ((*p | 0x20) != 'c' || strncasecmp(p, "charset", 7) != 0)
			continue;
		while (v < end && (*v == ' ' || *v == '=' || *v == '"' || *v == '\''))
			v++;
		while (v + n < end && n < 40 && (unsigned char)v[n] > ' ' && strchr("\"'>;/", v[n]) == NULL)
			n++;
		if (n > 0)
			return arena_strndup(a, v, n);
	}
	return NULL;
}

/* letter_encode.c - the encodings of a mail: encoded words (RFC 2047) in fields, quoted-printable in bodies, and the
 * part around a text. Written here and not left to a library, because the one we have makes words longer than 75 and lets "=?" of a
 * stranger pass as it is, for the reader's program to decode. */
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/letter_parts.h"

#define FOLD       78
#define WORD_MAX   75 /* an encoded word, RFC 2047 2 */
#define PLAIN_MAX  60 /* a longer word is encoded, so that it can be folded */
#define QP_MAX     76

char *
letter_header_text(struct arena *a, const char *s, size_t max)
{
	char *clean = utf8_clean(a, s, strlen(s), strlen(s) * 3 + 3), *out;
	size_t o = 0;

	for (size_t i = 0; clean[i] != '\0'; i++) {
		const unsigned char *u = (const unsigned char *)clean + i;
		bool c1 = u[0] == 0xc2 && u[1] >= 0x80 && u[1] <= 0x9f;
		bool bidi = u[0] == 0xe2 && ((u[1] == 0x80 && ((u[2] >= 0xa8 && u[2] <= 0xae) || u[2] == 0x8e || u[2] == 0x8f)) ||
		                             (u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9));

		if (u[0] < 0x20 || u[0] == 0x7f || c1 || bidi) {
			clean[o++] = ' ';
			i += bidi ? 2 : c1 ? 1 : 0;
		} else
			clean[o++] = clean[i];
	}
	clean[o] = '\0';
	out = text_squeeze(a, clean);
	while (*out == ' ')
		out++;
	if (strlen(out) > max)
		out = arena_printf(a, "%.*s...", (int)utf8_cut(out, strlen(out), max - 3), out);
	return out;
}

/* A piece of a field that must stay whole: on this line if it fits, else on a new one. */
void
letter_piece(struct buf *out, size_t *column, const char *s, size_t len)
{
	if (*column + 1 + len > FOLD && *column > 0) {
		buf_puts(out, "\r\n");
		*column = 0;
	}
	buf_putc(out, ' ');
	buf_add(out, s, len);
	*column += 1 + len;
}

static bool
needs_encoding(const char *s, size_t len)
{
	if (len > PLAIN_MAX || memmem(s, len, "=?", 2) != NULL)
		return true;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] > 0x7e)
			return true;
	return false;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
base64(struct buf *out, const unsigned char *s, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		unsigned v = (unsigned)s[i] << 16 | (i + 1 < len ? (unsigned)s[i + 1] << 8 : 0) | (i + 2 < len ? s[i + 2] : 0u);

		buf_putc(out, base64_digits[v >> 18]);
		buf_putc(out, base64_digits[v >> 12 & 63]);
		buf_putc(out, i + 1 < len ? base64_digits[v >> 6 & 63] : '=');
		buf_putc(out, i + 2 < len ? base64_digits[v & 63] : '=');
	}
}

/* What may stand as it is in an encoded word of a phrase (RFC 2047 5). */
static bool
is_q_safe(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("!*+-/", c) != NULL;
}

static void
q_char(struct buf *out, unsigned char c)
{
	if (c == ' ')
		buf_putc(out, '_');
	else if (c != '\0' && is_q_safe(c))
		buf_putc(out, (char)c);
	else
		buf_printf(out, "=%02X", c);
}

/* A run of text as encoded words, each cut between characters. */
static void
encoded_words(struct buf *out, size_t *column, const char *s, size_t len)
{
	size_t wide = 0, room;
	bool q;

	for (size_t i = 0; i < len; i++)
		wide += (unsigned char)s[i] > 0x7e;
	q = wide * 4 <= len;
	room = (WORD_MAX - strlen("=?utf-8?q?" "?=")) / (q ? 3 : 4) * (q ? 1 : 3); /* bytes that fit, at worst */
	for (size_t i = 0, n; i < len; i += n) {
		AUTO_BUF struct buf word;

		n = utf8_cut(s + i, len - i, room);
		buf_init(&word, WORD_MAX + 1);
		buf_puts(&word, q ? "=?utf-8?q?" : "=?utf-8?b?");
		if (q)
			for (size_t j = 0; j < n; j++)
				q_char(&word, (unsigned char)s[i + j]);
		else
			base64(&word, (const unsigned char *)s + i, n);
		buf_puts(&word, "?=");
		letter_piece(out, column, word.data, word.len);
	}
}

/* Words as they are up to the first that needs encoding, encoded up to the last that does, as they are to the end. */
void
letter_unstructured(struct buf *out, size_t *column, const char *s)
{
	size_t from = 0, to = 0, len = strlen(s);
	bool any = false;

	for (size_t i = 0, n; i < len; i += n + 1) {
		n = strcspn(s + i, " ");
		if (needs_encoding(s + i, n)) {
			from = any ? from : i;
			to = i + n;
			any = true;
		}
	}
	for (size_t i = 0, n; i < len; i += n + 1) {
		if (any && i == from) {
			n = to - from;
			encoded_words(out, column, s + i, n);
			continue;
		}
		n = strcspn(s + i, " ");
		letter_piece(out, column, s + i, n);
	}
}

/* A display name: a quoted string where that is plain, else encoded whole. */
void
letter_phrase(struct buf *out, size_t *column, const char *s)
{
	AUTO_BUF struct buf quoted;
	size_t len = strlen(s);

	buf_init(&quoted, 2 * PLAIN_MAX + 3);
	if (needs_encoding(s, len)) {
		encoded_words(out, column, s, len);
		return;
	}
	buf_putc(&quoted, '"');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_putc(&quoted, '\\');
		buf_putc(&quoted, s[i]);
	}
	buf_putc(&quoted, '"');
	letter_piece(out, column, quoted.data, quoted.len);
}

/* Bytes at s up to the first that is no ASCII character to be seen, no blank and no tab, or that is `but`. */
static size_t
literal_run(const char *s, size_t len, char but)
{
	size_t n = 0;

	while (n < len && s[n] != but && ((unsigned char)(s[n] - ' ') < 0x7f - ' ' || s[n] == '\t'))
		n++;
	return n;
}

static void
quoted_printable_line(struct buf *out, const char *s, size_t len)
{
	static const char hex[] = "0123456789ABCDEF", soft[] = { '=', '\r', '\n' };
	char line[QP_MAX + 3];
	size_t column = 0, run;

	for (size_t i = 0; i < len; i += run) {
		unsigned char c = (unsigned char)s[i];
		bool last = i + 1 == len;
		/* Also "From " and a lone dot, which some programs on the way would touch. */
		bool plain = (c > 0x20 && c < 0x7f && c != '=' && !(i == 0 && c == 'F' && strncmp(s, "From ", 5) == 0) &&
		              !(i == 0 && c == '.')) || ((c == ' ' || c == '\t') && !last);

		run = 1;
		if (column + (plain ? 1 : 3) > QP_MAX - 1 + (last ? 1u : 0u)) {
			memcpy(line + column, soft, sizeof(soft));
			buf_add(out, line, column + sizeof(soft));
			column = 0;
		}
		if (plain && !last) {
			size_t room = QP_MAX - 2 - column, left = len - 2 - i;

			run += literal_run(s + i + 1, left < room ? left : room, '=');
		}
		memcpy(line + column, plain ? s + i : (char[]){ '=', hex[c >> 4], hex[c & 15] }, plain ? run : 3);
		column += plain ? run : 3;
	}
	memcpy(line + column, soft + 1, 2);
	buf_add(out, line, column + 2);
}

/* Bytes of the line that begins at s. */
static size_t
line_at(const char *s, size_t len)
{
	const char *end = memchr(s, '\n', len);

	return end == NULL ? len : (size_t)(end - s);
}

/* True where the text can go as it is: ASCII, short lines, nothing that programs on the way would touch. */
static bool
is_plain(const char *s, size_t len)
{
	for (size_t i = 0, n; i < len; i += n + 1) {
		n = line_at(s + i, len - i);
		if (n > FOLD || s[i] == '.' || strncmp(s + i, "From ", 5) == 0 || literal_run(s + i, n, '\n') < n)
			return false;
	}
	return true;
}

void
letter_part(struct buf *out, const char *subtype, const char *text, size_t len)
{
	bool plain = is_plain(text, len);

	buf_printf(out, "Content-Type: text/%s; charset=utf-8\r\n", subtype);
	buf_printf(out, "Content-Transfer-Encoding: %s\r\n\r\n", plain ? "7bit" : "quoted-printable");
	for (size_t i = 0, n; i < len; i += n + 1) {
		n = line_at(text + i, len - i);
		if (plain) {
			buf_add(out, text + i, n);
			buf_puts(out, "\r\n");
		} else
			quoted_printable_line(out, text + i, n);
	}
}

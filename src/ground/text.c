/* text.c - see text.h. */
#include "ground/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

#include "ground/buf.h"
#include "ground/mem.h"

#define NEAREST_MAX 64 /* longer words are not guessed at */

/* Length of the well-formed character at s, 0 where there is none; *cp gets it. */
static size_t
utf8_char(const unsigned char *s, size_t len, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t need;

	if (len == 0)
		return 0;
	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	need = s[0] >= 0xf0 && s[0] < 0xf8 ? 4 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 : s[0] >= 0xc0 && s[0] < 0xe0 ? 2 : 0;
	if (need == 0 || need > len)
		return 0;
	*cp = s[0] & (0xffu >> (need + 1));
	for (size_t i = 1; i < need; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3fu);
	}
	if (*cp < least[need] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp < 0xe000))
		return 0;
	return need;
}

/* Bytes of plain ASCII at s, NULs among them if `nul`; eight at a time, for most of most mail is that. */
static size_t
ascii_run(const char *s, size_t len, bool nul)
{
	const uint64_t high = 0x8080808080808080, ones = 0x0101010101010101;
	size_t n = 0;
	uint64_t w;

	for (; len - n >= sizeof(w); n += sizeof(w)) {
		memcpy(&w, s + n, sizeof(w));
		if (w & high || (!nul && (w - ones) & high)) /* nothing is above 0x7f: only a NUL borrows */
			break;
	}
	while (n < len && (unsigned char)s[n] < 0x80 && (nul || s[n] != '\0'))
		n++;
	return n;
}

/* Bytes of well-formed UTF-8 at s, NULs among them if `nul`; ends between characters. */
static size_t
utf8_run(const char *s, size_t len, bool nul)
{
	uint32_t cp;

	for (size_t i = 0, n;; i += n) {
		i += ascii_run(s + i, len - i, nul);
		n = utf8_char((const unsigned char *)s + i, len - i, &cp);
		if (n == 0 || (cp == 0 && !nul))
			return i;
	}
}

bool
utf8_valid(const char *s, size_t len)
{
	return utf8_run(s, len, true) == len;
}

char *
utf8_clean(struct arena *a, const char *s, size_t len, size_t max)
{
	size_t good = utf8_run(s, len, false), room, o = 0;
	char *out;

	if (good == len) /* as nearly always: no more room than it takes */
		return arena_strndup(a, s, utf8_cut(s, len, max));
	room = good + (len - good) * 3;
	if (room > max)
		room = max;
	out = arena_alloc(a, room + 1);
	for (size_t i = 0;;) {
		size_t fits = utf8_cut(s + i, good, room - o);

		memcpy(out + o, s + i, fits);
		o += fits;
		i += good;
		if (fits < good || i == len || room - o < 3)
			break;
		memcpy(out + o, "\xef\xbf\xbd", 3); /* for one byte that is ill-formed, or NUL */
		o += 3;
		i++;
		good = utf8_run(s + i, len - i, false);
	}
	out[o] = '\0';
	return out;
}

size_t
utf8_cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

size_t
utf8_columns(const char *s)
{
	size_t len = strlen(s), columns = 0;
	uint32_t cp;

	for (size_t i = 0, n; i < len; i += n) {
		int w;

		n = utf8_char((const unsigned char *)s + i, len - i, &cp);
		if (n == 0)
			n = 1, cp = 0xfffd;
		w = wcwidth((wchar_t)cp);
		columns += w < 0 ? 1 : (size_t)w;
	}
	return columns;
}

/* True for what a terminal or a log reader must not be given raw. */
static bool
is_hostile(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x200e && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

static void
printable(struct buf *b, const char *s, size_t len, const char *keep)
{
	uint32_t cp;

	for (size_t i = 0; i < len;) {
		size_t n = utf8_char((const unsigned char *)s + i, len - i, &cp);

		if (n == 0) {
			buf_printf(b, "\\x%02x", (unsigned char)s[i]);
			i++;
			continue;
		}
		if (is_hostile(cp) && (cp == 0 || cp > 0x7f || strchr(keep, (int)cp) == NULL))
			buf_printf(b, cp < 0x100 ? "\\x%02x" : "\\u{%x}", cp);
		else
			buf_add(b, s + i, n);
		i += n;
	}
}

char *
text_printable(struct arena *a, const char *s, size_t max)
{
	AUTO_BUF struct buf b;
	size_t len;
	char *out;

	buf_init(&b, 1 << 20);
	len = strlen(s);
	printable(&b, s, utf8_cut(s, len, max), "");
	if (b.len > max || len > max) {
		buf_cut(&b, utf8_cut(b.data, b.len, max > 3 ? max - 3 : 0));
		buf_puts(&b, "...");
	}
	out = arena_strndup(a, b.data, b.len);
	return out;
}

void
text_printable_lines(struct buf *b, const char *s, size_t len)
{
	printable(b, s, len, "\n\t");
}

/* Bytes of the white space at s, 0 where there is none: what Unicode calls White_Space. */
static size_t
space_at(const char *s)
{
	static const char *const wide[] = { "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x81\x9f", "\xe3\x80\x80" };

	if (*s == ' ' || (*s >= '\t' && *s <= '\r'))
		return 1;
	for (size_t i = 0; i < COUNT(wide); i++)
		if (strncmp(s, wide[i], strlen(wide[i])) == 0)
			return strlen(wide[i]);
	if (strncmp(s, "\xe2\x80", 2) == 0) {
		unsigned char last = (unsigned char)s[2];

		if ((last >= 0x80 && last <= 0x8a) || last == 0xa8 || last == 0xa9 || last == 0xaf)
			return 3; /* typographic spaces, line and paragraph separator, narrow no-break space */
	}
	return 0;
}

void
text_html(struct buf *out, const char *s, size_t len)
{
	static const char *const entities[256] = { ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;",
		['\''] = "&#39;" };
	size_t run;

	for (size_t i = 0; i < len; i += run) {
		const char *entity = entities[(unsigned char)s[i]];

		for (run = 1; entity == NULL && i + run < len && entities[(unsigned char)s[i + run]] == NULL;)
			run++;
		if (entity != NULL)
			buf_puts(out, entity);
		else
			buf_add(out, s + i, run);
	}
}

char *
text_squeeze(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, strlen(s) + 1);
	size_t o = 0, n;

	while (*s != '\0') {
		if ((n = space_at(s)) > 0) {
			if (o > 0 && out[o - 1] != ' ')
				out[o++] = ' ';
			s += n;
		} else
			out[o++] = *s++;
	}
	if (o > 0 && out[o - 1] == ' ')
		o--;
	out[o] = '\0';
	return out;
}

char *
text_trim(struct arena *a, const char *s, size_t len)
{
	while (len > 0 && (*s == ' ' || (*s >= '\t' && *s <= '\r')))
		s++, len--;
	while (len > 0 && (s[len - 1] == ' ' || (s[len - 1] >= '\t' && s[len - 1] <= '\r')))
		len--;
	return arena_strndup(a, s, len);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool
text_starts_nocase(const char *s, const char *prefix)
{
	for (; *prefix != '\0'; s++, prefix++)
		if (lower(*s) != lower(*prefix))
			return false;
	return true;
}

bool
text_equal_nocase(const char *a, const char *b)
{
	if (a == b || a == NULL || b == NULL)
		return a == b;
	return strlen(a) == strlen(b) && text_starts_nocase(a, b);
}

void
text_lower_ascii(char *s)
{
	for (; *s != '\0'; s++)
		*s = lower(*s);
}

/* Optimal string alignment distance, ASCII case folded. */
static size_t
distance(const char *a, size_t la, const char *b, size_t lb)
{
	size_t rows[3][NEAREST_MAX + 1];

	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = up[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));

			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]) &&
			    up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[la % 3][lb];
}

const char *
text_nearest(const char *word, const char *const *candidates, size_t n)
{
	size_t len = strlen(word), best = len / 3 > 1 ? len / 3 : 1;
	const char *nearest = NULL;

	if (len == 0 || len > NEAREST_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t lc = strlen(candidates[i]), d;

		if (lc > NEAREST_MAX)
			continue;
		d = distance(word, len, candidates[i], lc);
		if (d < best || (d == best && nearest == NULL)) {
			best = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}

bool
text_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return false;
	}
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}

bool
text_glob(const char *p, const char *s)
{
	const char *star = NULL, *retry = NULL;

	while (*s != '\0') {
		if (*p == '*') {
			star = ++p;
			retry = s;
		} else if (*p == '?' || (*p != '\0' && lower(*p) == lower(*s))) {
			p++;
			s++;
			if (p[-1] == '?')
				while (((unsigned char)*s & 0xc0) == 0x80)
					s++; /* one character, not one byte */
		} else if (star != NULL) {
			p = star;
			s = ++retry;
		} else
			return false;
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

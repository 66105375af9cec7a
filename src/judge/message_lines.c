/* message_lines.c - lines, quote marks, case folding and addresses in texts that clients printed. */
#include "judge/message_inside.h"

#include <string.h>
#include <strings.h>

#include "ground/text.h"

struct lines
lines_of(struct arena *a, const char *text)
{
	struct lines out = { 0 };
	size_t n = 1;

	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	out.v = arena_array(a, n, sizeof(*out.v));
	for (;;) {
		const char *end = strchrnul(text, '\n');

		if (*end == '\0' && end == text)
			break; /* no line after the last line end */
		out.v[out.n++] = (struct line){ text, (size_t)(end - text) };
		if (*end == '\0')
			break;
		text = end + 1;
	}
	return out;
}

/* Bytes of a blank or an invisible mark at p, 0 where there is none. */
static size_t
blank_at(const char *p, const char *end)
{
	if (p >= end || (*p > ' ' && *p < 127))
		return 0;
	if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\f' || *p == '\v')
		return 1;
	if (end - p >= 2 && memcmp(p, "\xc2\xa0", 2) == 0)
		return 2;
	if (end - p >= 3) {
		const unsigned char *u = (const unsigned char *)p;

		if (memcmp(p, "\xe3\x80\x80", 3) == 0 || memcmp(p, "\xef\xbb\xbf", 3) == 0)
			return 3;
		if (u[0] == 0xe2 && u[1] == 0x80 && (u[2] <= 0x8f || (u[2] >= 0xaa && u[2] <= 0xaf)))
			return 3;
		if (u[0] == 0xe2 && u[1] == 0x81 && u[2] >= 0xa0 && u[2] <= 0xaf) /* word joiner, isolates */
			return 3;
	}
	return 0;
}

struct line
line_trim(struct line l)
{
	const char *end = l.s + l.len;
	size_t n;

	while ((n = blank_at(l.s, end)) > 0)
		l.s += n;
	while (end > l.s) {
		const char *p = end - 1;

		while (p > l.s && ((unsigned char)*p & 0xc0) == 0x80)
			p--;
		if (blank_at(p, end) != (size_t)(end - p))
			break;
		end = p;
	}
	l.len = (size_t)(end - l.s);
	return l;
}

struct line
line_unquote_max(struct line l, unsigned max, unsigned *depth)
{
	*depth = 0;
	while (*depth < max) {
		struct line t = l;

		while (t.len > 0 && (*t.s == ' ' || *t.s == '\t'))
			t.s++, t.len--;
		if (t.len == 0 || *t.s != '>' || (size_t)(t.s - l.s) > 3)
			break;
		l = (struct line){ t.s + 1, t.len - 1 };
		++*depth;
		if (l.len > 0 && *l.s == ' ')
			l.s++, l.len--;
	}
	return l;
}

struct line
line_unquote(struct line l, unsigned *depth)
{
	return line_unquote_max(l, 1000, depth);
}

/* The lower-case partner of a letter, in the scripts that have cases and whose words the tables know. */
static uint32_t
lower(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3ab) || (c >= 0x410 && c <= 0x42f))
		return c + 32;
	if (c == 0x130)
		return 'i';
	if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) || (c >= 0x1e00 && c <= 0x1eff) || c == 0x218 || c == 0x21a)
		return c | 1;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return c + (c & 1);
	if (c >= 0x400 && c <= 0x40f)
		return c + 80;
	if (c == 0x490)
		return 0x491;
	switch (c) {
	case 0x178: return 0xff;
	case 0x386: return 0x3ac;
	case 0x388: case 0x389: case 0x38a: return c + 37;
	case 0x38c: return 0x3cc;
	case 0x38e: case 0x38f: return c + 63;
	case 0x1a0: return 0x1a1;
	case 0x1af: return 0x1b0;
	default: return c;
	}
}

char *
text_fold(struct arena *a, const char *s, size_t len)
{
	const char *end = s + len;
	char *out = arena_alloc(a, len + 1);
	size_t o = 0;

	while (s < end) {
		unsigned char c = (unsigned char)*s;
		size_t n;

		if (c > ' ' && c < 0x80) {
			out[o++] = (char)lower(c);
			s++;
			continue;
		}
		n = *s == '\n' ? 1 : blank_at(s, end);
		if (n > 0) {
			if (o > 0 && out[o - 1] != ' ')
				out[o++] = ' ';
			s += n;
		} else if (c < 0x80) {
			out[o++] = (char)lower(c);
			s++;
		} else if (c >= 0xc0 && c < 0xe0 && end - s >= 2) {
			uint32_t l = lower((c & 0x1fu) << 6 | ((unsigned char)s[1] & 0x3fu));

			if (l < 0x80)
				out[o++] = (char)l;
			else {
				out[o++] = (char)(0xc0 | l >> 6);
				out[o++] = (char)(0x80 | (l & 0x3f));
			}
			s += 2;
		} else if (c == 0xe1 && end - s >= 3) {
			uint32_t l = lower((c & 0xfu) << 12 | ((unsigned char)s[1] & 0x3fu) << 6 | ((unsigned char)s[2] & 0x3fu));

			out[o++] = (char)(0xe0 | l >> 12);
			out[o++] = (char)(0x80 | (l >> 6 & 0x3f));
			out[o++] = (char)(0x80 | (l & 0x3f));
			s += 3;
		} else
			out[o++] = *s++;
	}
	if (o > 0 && out[o - 1] == ' ')
		o--;
	out[o] = '\0';
	return out;
}

char *
line_fold(struct arena *a, struct line l)
{
	l = line_trim(l);
	return text_fold(a, l.s, l.len);
}

/* What may stand in an address as text shows it: generous on the left, host names on the right. */
static bool
is_local(unsigned char c)
{
	return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr(".!#$%&'*+/=?^_`{|}~-", c) != NULL);
}

static bool
is_host(unsigned char c)
{
	return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

const char *
find_address(const char *s, const char *end, size_t *len)
{
	const char *from = s;

	for (const char *at = s; at < end && (at = memchr(at, '@', (size_t)(end - at))) != NULL; at++) {
		const char *l = at, *r = at + 1;

		if (at > from && at[-1] == '"') { /* a quoted local part */
			for (l = at - 1; l > from && l[-1] != '"' && at - l < 64; l--)
				;
			if (l > from)
				l--;
			else
				continue;
		} else
			while (l > from && is_local((unsigned char)l[-1]) && at - l < 200)
				l--;
		while (l < at && (*l == '\'' || *l == '.' || *l == '*' || *l == '`' || *l == '='))
			l++;
		if (r < end && *r == '[') /* an address literal */
			while (r < end && *r != ']' && r - at < 60)
				r++;
		while (r < end && is_host((unsigned char)*r) && r - at < 255)
			r++;
		if (r < end && *r == ']' && at[1] == '[')
			r++;
		while (l < at && ((unsigned char)*l & 0xc0) == 0x80)
			l++; /* the bounds do not cut letters */
		if (r < end && ((unsigned char)*r & 0xc0) == 0x80) {
			while (r > at + 1 && ((unsigned char)r[-1] & 0xc0) == 0x80)
				r--;
			r -= r > at + 1;
		}
		while (r > at + 1 && (r[-1] == '.' || r[-1] == '-' || r[-1] == '_'))
			r--;
		if (l < at && r > at + 1) {
			*len = (size_t)(r - l);
			return l;
		}
		from = at + 1;
	}
	return NULL;
}

/* A name as clients print it: without quotes, brackets, stars and the like around it. */
static const char *
clean_name(struct arena *a, const char *s, size_t len)
{
	static const char *const around[] = { "\"", "'", "*", "<", ">", "[", "]", "(", ")", ",", ";", ":", "_", "|",
		"\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e", "\xc2\xab", "\xc2\xbb", "\xe2\x80\x98", "\xe2\x80\x99" };
	struct line l = line_trim((struct line){ s, len });
	bool again = true;

	while (again && l.len > 0) {
		again = false;
		for (size_t i = 0; i < COUNT(around); i++) {
			size_t n = strlen(around[i]);
			bool opens = strchr(")]>", around[i][0]) == NULL, closes = strchr("([<", around[i][0]) == NULL;

			if (opens && l.len >= n && memcmp(l.s, around[i], n) == 0) {
				/* "(Ada) Byron" keeps its brackets: they are not around the whole. */
				if (around[i][0] == '(' && memchr(l.s, ')', l.len) != l.s + l.len - 1)
					continue;
				l = line_trim((struct line){ l.s + n, l.len - n });
				again = true;
			}
			if (closes && l.len >= n && memcmp(l.s + l.len - n, around[i], n) == 0) {
				if (around[i][0] == ')' && memchr(l.s, '(', l.len) != NULL)
					continue;
				l = line_trim((struct line){ l.s, l.len - n });
				again = true;
			}
		}
	}
	return text_squeeze(a, arena_strndup(a, l.s, l.len));
}

/* Steps over what follows an address that belongs to it: "<mailto:…>", "]", ">" and separators. */
static const char *
after_address(const char *p, const char *end, const char *address, size_t alen)
{
	(void)address, (void)alen;
	while (p < end && (*p == '>' || *p == ']' || *p == ')' || *p == ' ' || *p == '"' || *p == '\'' || *p == '*'))
		p++;
	if (end - p > 8 && (strncasecmp(p, "<mailto:", 8) == 0 || strncasecmp(p, "[mailto:", 8) == 0 || strncasecmp(p, "(mailto:", 8) == 0)) {
		while (p < end && *p != '>' && *p != ']' && *p != ')')
			p++;
		while (p < end && (*p == '>' || *p == ']' || *p == ')' || *p == ' '))
			p++;
	}
	while (p < end && (*p == ',' || *p == ';' || *p == ' ' || *p == '\t' || *p == '\n'))
		p++;
	return p;
}

static void
add_person(struct arena *a, struct people *out, const char *name, const char *address)
{
	struct person *p;

	if (out->n >= MESSAGE_ADDRESSES_MAX || (*name == '\0' && *address == '\0'))
		return;
	if (strcasecmp(name, address) == 0)
		name = "";
	p = arena_push(a, &out->v, &out->n, sizeof(*out->v));
	p->name = name;
	p->address = address;
}

void
people_of_text(struct arena *a, const char *value, struct people *out)
{
	const char *p = value, *end = value + strlen(value);
	size_t len;

	while (p < end && out->n < MESSAGE_ADDRESSES_MAX) {
		const char *at = find_address(p, end, &len), *before, *semi;
		const char *name, *address;

		if (at == NULL)
			break;
		/* "ada@x.y <ada@x.y>": the first is shown as a name. */
		before = at + len;
		while (before < end && (*before == ' ' || *before == '"' || *before == '\'' || *before == '*'))
			before++;
		if (before + 1 < end && *before == '<' && !text_starts_nocase(before + 1, "mailto:")) {
			size_t len2;
			const char *close = memchr(before, '>', (size_t)(end - before));
			const char *at2 = close == NULL ? NULL : find_address(before, close, &len2);

			if (at2 != NULL) {
				at = at2;
				len = len2;
			}
		}
		/* A name without an address may stand before: "Ada Byron; Grace <g@x.y>". */
		while ((semi = memchr(p, ';', (size_t)(at - p))) != NULL) {
			add_person(a, out, clean_name(a, p, (size_t)(semi - p)), "");
			p = semi + 1;
		}
		before = at;
		while (before > p && (before[-1] == '<' || before[-1] == '[' || before[-1] == '(' || before[-1] == ' '))
			before--;
		if (before - p >= 7 && strncasecmp(before - 7, "mailto:", 7) == 0) {
			before -= 7;
			while (before > p && (before[-1] == '<' || before[-1] == '[' || before[-1] == '(' || before[-1] == ' '))
				before--;
		} else if (at - p >= 7 && strncasecmp(at - 7, "mailto:", 7) == 0)
			before = at - 7;
		name = clean_name(a, p, (size_t)(before - p));
		address = arena_strndup(a, at, len);
		add_person(a, out, name, address);
		p = after_address(at + len, end, at, len);
	}
	while (p < end) { /* names alone: clients that hide addresses part them by ';' */
		const char *semi = memchr(p, ';', (size_t)(end - p));

		if (semi == NULL)
			semi = end;
		if (out->n == 0 || semi > p)
			add_person(a, out, clean_name(a, p, (size_t)(semi - p)), "");
		p = semi + 1;
	}
}

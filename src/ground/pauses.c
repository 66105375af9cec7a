/* pauses.c - see pauses.h. */
#include "ground/pauses.h"

#include <stdbool.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"

/* How long the escape at s is: "\p{Lu}" and its like have their braces. */
static size_t
escape_length(const char *s, const char *end)
{
	const char *close;

	if (end - s < 2)
		return 1;
	if (end - s < 3 || strchr("xpPgkNo", s[1]) == NULL || s[2] != '{')
		return 2;
	close = memchr(s, '}', (size_t)(end - s));
	return close == NULL ? 2 : (size_t)(close - s) + 1;
}

/* Of the class at s: "[^]a[:alpha:]\]]". */
static size_t
class_length(const char *s, const char *end)
{
	const char *p = s + 1;

	p += p < end && *p == '^';
	p += p < end && *p == ']'; /* a first one is itself */
	while (p < end && *p != ']') {
		if (*p == '\\')
			p += escape_length(p, end);
		else if (end - p > 2 && p[0] == '[' && p[1] == ':' && memmem(p, (size_t)(end - p), ":]", 2) != NULL)
			p = (const char *)memmem(p, (size_t)(end - p), ":]", 2) + 2;
		else
			p++;
	}
	return (size_t)(p - s) + (p < end);
}

/* What follows a bracket is no repeat: "(?" and "(*"; a comment is passed as a whole. */
static size_t
bracket_length(const char *s, const char *end)
{
	const char *close = memchr(s, ')', (size_t)(end - s));

	if (end - s > 2 && s[1] == '?' && s[2] == '#')
		return close == NULL ? (size_t)(end - s) : (size_t)(close - s) + 1;
	return end - s > 1 && (s[1] == '?' || s[1] == '*') ? 2 : 1;
}

/* 0: no repeat begins at s. "{3}" is one that has nothing to give back, and "{" may be itself. */
static size_t
repeat_length(const char *s, const char *end)
{
	const char *p = s + 1;
	bool open = *s == '*' || *s == '+';

	if (*s == '{') {
		while (p < end && ((*p >= '0' && *p <= '9') || *p == ',')) {
			open = open || *p == ',';
			p++;
		}
		open = open && p < end && *p++ == '}';
	}
	if (!open)
		return 0;
	return (size_t)(p - s) + (p < end && (*p == '?' || *p == '+'));
}

char *
pattern_with_pauses(const char *pattern, size_t len)
{
	const char *end = pattern + len;
	struct buf out;

	buf_init(&out, 8 * len + 16);
	for (size_t n = 0; pattern < end; pattern += n) {
		bool pause = false;

		if (*pattern == '\\' && end - pattern > 1 && pattern[1] == 'Q') {
			buf_free(&out);
			return NULL;
		}
		if (*pattern == '\\')
			n = escape_length(pattern, end);
		else if (*pattern == '[')
			n = class_length(pattern, end);
		else if (*pattern == '(')
			n = bracket_length(pattern, end);
		else {
			n = repeat_length(pattern, end);
			pause = n > 0;
			n += n == 0;
		}
		buf_add(&out, pattern, n);
		if (pause)
			buf_puts(&out, PAUSE_CALLOUT);
	}
	return buf_take(&out);
}

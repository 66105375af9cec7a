/* buf.c - see buf.h. */
#include "ground/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"

static char nothing[1]; /* what data points to while nothing is allocated */

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .data = nothing, .max = max };
}

void
buf_free(struct buf *b)
{
	if (b->cap > 0)
		free(b->data);
	buf_init(b, 0);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->over = false;
	if (b->cap > 0)
		b->data[0] = '\0';
}

/* Room for len more bytes and the NUL, or false. */
static bool
reserve(struct buf *b, size_t len)
{
	size_t want;

	if (b->over || len > b->max || b->len > b->max - len) {
		b->over = true;
		return false;
	}
	want = b->len + len + 1;
	if (want > b->cap) {
		size_t cap = b->cap < 64 ? 64 : b->cap;

		while (cap < want)
			cap += cap / 2;
		b->data = xrealloc(b->cap > 0 ? b->data : NULL, cap, 1);
		b->cap = cap;
	}
	return true;
}

bool
buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!reserve(b, len))
		return false;
	if (len > 0)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
	return true;
}

bool
buf_puts(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool
buf_putc(struct buf *b, char c)
{
	if (b->over || b->len >= b->max || b->len + 1 >= b->cap)
		return buf_add(b, &c, 1);
	b->data[b->len++] = c; /* the usual case, for texts are made of single characters in many places */
	b->data[b->len] = '\0';
	return true;
}

bool
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	size_t room = b->cap > b->len ? b->cap - b->len : 0; /* with the NUL */
	int len;

	va_copy(again, ap);
	len = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, again);
	va_end(again);
	if (len < 0 || !reserve(b, (size_t)len)) {
		if (room > 0)
			b->data[b->len] = '\0'; /* what was tried is not there */
		return false;
	}
	if ((size_t)len >= room)
		vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
	b->len += (size_t)len;
	return true;
}

bool
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return ok;
}

void
buf_cut(struct buf *b, size_t len)
{
	if (len < b->len) {
		b->len = len;
		b->data[len] = '\0';
	}
}

char *
buf_take(struct buf *b)
{
	char *bytes = b->cap > 0 ? b->data : xstrdup("");

	buf_init(b, 0);
	return bytes;
}

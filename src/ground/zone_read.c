/* zone_read.c - TZif files (RFC 8536, and version 4 of RFC 9636) into struct zone. See zone_parts.h.
 *
 * A file is taken whole or not at all: whatever looks damaged is refused, because a zone that
 * is nearly right sends people work in the middle of their night.
 */
#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/zone_parts.h"

#define HEADER_BYTES 44

/* A place in bytes that somebody else wrote. */
struct cursor {
	const unsigned char *p;
	size_t left;
};

struct counts {
	unsigned version;
	uint32_t isut, isstd, leap, time, type, chars;
};

static int64_t
big_endian(const unsigned char *p, size_t width)
{
	uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < width; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

static bool
header_read(struct cursor *c, struct counts *n)
{
	uint32_t *const into[] = { &n->isut, &n->isstd, &n->leap, &n->time, &n->type, &n->chars };

	if (c->left < HEADER_BYTES || memcmp(c->p, "TZif", 4) != 0)
		return false;
	n->version = c->p[4];
	if (n->version != 0 && n->version < '2')
		return false;
	for (size_t i = 0; i < COUNT(into); i++) {
		int64_t count = big_endian(c->p + 20 + 4 * i, 4);

		if (count < 0 || count > ZONE_FILE_BYTES)
			return false;
		*into[i] = (uint32_t)count;
	}
	c->p += HEADER_BYTES;
	c->left -= HEADER_BYTES;
	return n->type > 0 && n->type <= 256 && n->chars > 0 && (n->isut == 0 || n->isut == n->type) &&
	    (n->isstd == 0 || n->isstd == n->type);
}

/* width: bytes of a time, 4 in the first block and 8 in the second. */
static size_t
block_bytes(const struct counts *n, size_t width)
{
	return n->time * width + n->time + n->type * (size_t)6 + n->chars + n->leap * (width + 4) + n->isstd + n->isut;
}

static bool
types_read(struct zone *z, const unsigned char *p, const unsigned char *chars, size_t nchars)
{
	for (size_t i = 0; i < z->ntypes; i++, p += 6) {
		struct zone_type *t = &z->types[i];
		int64_t offset = big_endian(p, 4);
		const unsigned char *word = chars + p[5];
		size_t len;

		if (offset < -ZONE_OFFSET_MAX || offset > ZONE_OFFSET_MAX || p[4] > 1 || p[5] >= nchars)
			return false;
		len = strnlen((const char *)word, nchars - p[5]);
		if (len == nchars - p[5])
			return false; /* it does not end */
		for (size_t k = 0; k < len; k++)
			if (word[k] <= ' ' || word[k] > '~')
				return false;
		t->offset = (int)offset;
		memcpy(t->abbreviation, word, len < sizeof(t->abbreviation) ? len : sizeof(t->abbreviation) - 1);
	}
	return true;
}

static bool
block_read(struct zone *z, const struct counts *n, const unsigned char *p, size_t width)
{
	const unsigned char *which = p + n->time * width;
	const unsigned char *types = which + n->time;

	z->ntimes = n->time;
	z->times = xcalloc(n->time, sizeof(*z->times));
	z->which = xcalloc(n->time, 1);
	z->ntypes = n->type;
	z->types = xcalloc(n->type, sizeof(*z->types));
	for (size_t i = 0; i < n->time; i++) {
		z->times[i] = big_endian(p + i * width, width);
		z->which[i] = which[i];
		if (which[i] >= n->type || (i > 0 && z->times[i] <= z->times[i - 1]))
			return false;
	}
	return types_read(z, types, types + n->type * (size_t)6, n->chars);
}

static bool
file_read(struct zone *z, struct cursor c)
{
	struct counts n;
	size_t bytes, width = 4;
	const unsigned char *end;

	if (!header_read(&c, &n) || (bytes = block_bytes(&n, width)) > c.left)
		return false;
	if (n.version >= '2') { /* the first block is for readers of long ago */
		c.p += bytes;
		c.left -= bytes;
		width = 8;
		if (!header_read(&c, &n) || n.version < '2' || (bytes = block_bytes(&n, width)) > c.left)
			return false;
	}
	/* The system's clock has no leap seconds: a zone that counts them ("right/…") is off by half a minute. */
	if (n.leap != 0 || !block_read(z, &n, c.p, width))
		return false;
	if (width == 4)
		return true;
	c.p += bytes;
	c.left -= bytes;
	if (c.left < 2 || c.p[0] != '\n' || (end = memchr(c.p + 1, '\n', c.left - 1)) == NULL)
		return false;
	return end == c.p + 1 || zone_parse_footer((const char *)c.p + 1, (size_t)(end - c.p - 1), &z->footer);
}

struct zone *
zone_parse(const char *name, const unsigned char *bytes, size_t len)
{
	struct zone *z = xcalloc(1, sizeof(*z));

	z->name = xstrdup(name);
	if (len <= ZONE_FILE_BYTES && file_read(z, (struct cursor){ bytes, len }))
		return z;
	zone_free(z);
	return NULL;
}

void
zone_free(struct zone *z)
{
	if (z == NULL)
		return;
	free(z->types);
	free(z->which);
	free(z->times);
	free(z->name);
	free(z);
}

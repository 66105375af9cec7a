/* needles.c - see needles.h.
 *
 * Each needle is filed under four of its bytes (three, if it has no more), those that are rare and under which few are filed. The text is
 * read once: a map of bits, small enough for the processor's nearest cache, says for most places that nothing is filed under what
 * stands there; for the others the needles are compared.
 */
#include "ground/needles.h"

#include <string.h>

#include "ground/mem.h"

#define MAP_BITS 16
#define NOBODY   UINT32_MAX
#define EACH(byte) ((uint64_t)(byte) * UINT64_C(0x0101010101010101))

struct needle { struct literal l; unsigned char at; /* its filed bytes begin there */ uint32_t next; };

/* Those that are filed under `width` bytes. */
struct file {
	unsigned width;
	size_t n;
	uint32_t *first;              /* a power of two of them, chained by needle.next */
	uint32_t mask;
	uint64_t map[(1u << MAP_BITS) / 64];
};

struct needles {
	struct arena *arena;
	struct needle *v; size_t n;
	uint32_t *known; size_t nknown; /* a table of numbers by their text, for needles_add */
	struct file files[2];
};

struct needles *
needles_new(struct arena *a)
{
	struct needles *n = arena_alloc(a, sizeof(*n));

	n->arena = a;
	return n;
}

size_t
needles_count(const struct needles *n)
{
	return n->n;
}

static bool
same(const struct literal *x, const struct literal *y)
{
	return x->len == y->len && memcmp(x->text, y->text, x->len) == 0;
}

static size_t
hash_of(const struct literal *l)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < l->len; i++)
		h = (h ^ (unsigned char)l->text[i]) * 1099511628211u;
	return (size_t)(h ^ h >> 29);
}

/* Where its number stands in the table, or would. */
static uint32_t *
place_of(const struct needles *n, const struct literal *l)
{
	size_t i = hash_of(l) & (n->nknown - 1);

	while (n->known[i] != NOBODY && !same(&n->v[n->known[i]].l, l))
		i = (i + 1) & (n->nknown - 1);
	return &n->known[i];
}

static void
grow(struct needles *n)
{
	n->nknown = n->nknown > 0 ? 2 * n->nknown : 64;
	n->known = arena_array(n->arena, n->nknown, sizeof(*n->known));
	memset(n->known, 0xff, n->nknown * sizeof(*n->known));
	for (size_t i = 0; i < n->n; i++)
		*place_of(n, &n->v[i].l) = (uint32_t)i;
}

uint32_t
needles_add(struct needles *n, const struct literal *l)
{
	uint32_t *place;

	if (n->n * 2 >= n->nknown)
		grow(n);
	place = place_of(n, l);
	if (*place == NOBODY) {
		*place = (uint32_t)n->n;
		((struct needle *)arena_push(n->arena, &n->v, &n->n, sizeof(*n->v)))->l = *l;
	}
	return *place;
}

/* ---- the files ----------------------------------------------------------------------------------------- */

/* Not by memcpy: what is put together of two writes and read as one makes the processor wait. */
static inline uint32_t
gram(const char *s, unsigned width)
{
	const unsigned char *b = (const unsigned char *)s;
	uint32_t w = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16;

	return width == 4 ? w | (uint32_t)b[3] << 24 : w;
}

static uint32_t
mix(uint32_t w)
{
	return w * 2654435761u;
}

static uint32_t *
chain_of(const struct file *f, uint32_t mixed)
{
	return &f->first[mixed >> 3 & f->mask];
}

/* How often these bytes are met in what people write, roughly; more than roughly is not worth its table. */
static unsigned
frequency(const char *s, unsigned width)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < width; i++)
		sum += strchr(" etaoinsrhl", s[i]) != NULL ? 8 : s[i] >= 'a' && s[i] <= 'z' ? 4 : s[i] >= '0' && s[i] <= '9' ? 2 : 1;
	return sum * sum;
}

static void
put(struct needles *n, struct file *f, uint32_t number)
{
	struct needle *it = &n->v[number];
	unsigned best = UINT32_MAX;
	uint32_t mixed, *chain;

	for (unsigned at = 0; at + f->width <= it->l.len; at++) {
		unsigned cost = frequency(it->l.text + at, f->width), others = 1;

		for (uint32_t i = *chain_of(f, mix(gram(it->l.text + at, f->width))); i != NOBODY && others < 1000; i = n->v[i].next)
			others++;
		if (cost * others <= best) { /* of equals the last: words begin alike */
			best = cost * others;
			it->at = (unsigned char)at;
		}
	}
	mixed = mix(gram(it->l.text + it->at, f->width));
	chain = chain_of(f, mixed);
	it->next = *chain;
	*chain = number;
	f->map[mixed >> (32 - MAP_BITS) >> 6] |= UINT64_C(1) << (mixed >> (32 - MAP_BITS) & 63);
	f->n++;
}

void
needles_ready(struct needles *n)
{
	size_t room = 64;

	while (room < 4 * n->n)
		room *= 2;
	for (unsigned i = 0; i < COUNT(n->files); i++) {
		struct file *f = &n->files[i];

		f->width = 3 + i;
		f->mask = (uint32_t)room - 1;
		f->first = arena_array(n->arena, room, sizeof(*f->first));
		memset(f->first, 0xff, room * sizeof(*f->first));
	}
	for (uint32_t i = 0; i < n->n; i++)
		put(n, &n->files[n->v[i].l.len > 3], i);
}

/* ---- the text ------------------------------------------------------------------------------------------ */

size_t
needles_fold(const char *text, size_t len, char *out)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c;
		uint64_t w, upper;

		for (; i + sizeof(w) <= len; i += sizeof(w), n += sizeof(w)) { /* eight ASCII characters at once */
			memcpy(&w, s + i, sizeof(w));
			if ((w & EACH(0x80)) != 0)
				break;
			upper = (w + EACH(0x80 - 'A')) & ~(w + EACH(0x80 - 'Z' - 1)) & EACH(0x80);
			w |= upper >> 2;
			memcpy(out + n, &w, sizeof(w));
		}
		if (i == len)
			break;
		c = s[i];
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		else if (c == 0xe2 && i + 2 < len && s[i + 1] == 0x84 && s[i + 2] == 0xaa) { /* Kelvin sign */
			c = 'k';
			i += 2;
		} else if (c == 0xc5 && i + 1 < len && s[i + 1] == 0xbf) { /* long s */
			c = 's';
			i++;
		}
		out[n++] = (char)c;
	}
	return n;
}

static void
look(const struct needles *n, const struct file *f, const char *s, size_t len, uint64_t *found)
{
	if (f->n == 0 || len < f->width)
		return;
	for (size_t at = 0; at + f->width <= len; at++) {
		uint32_t mixed = mix(f->width == 4 ? gram(s + at, 4) : gram(s + at, 3));

		if ((f->map[mixed >> (32 - MAP_BITS) >> 6] >> (mixed >> (32 - MAP_BITS) & 63) & 1) == 0)
			continue;
		for (uint32_t i = *chain_of(f, mixed); i != NOBODY; i = n->v[i].next) {
			const struct needle *it = &n->v[i];

			if (!needles_has(found, i) && at >= it->at && at - it->at + it->l.len <= len
			    && memcmp(s + at - it->at, it->l.text, it->l.len) == 0)
				found[i / 64] |= UINT64_C(1) << (i % 64);
		}
	}
}

uint64_t *
needles_find(const struct needles *n, struct arena *a, const char *text, size_t len)
{
	uint64_t *found = arena_array(a, n->n / 64 + 1, sizeof(*found));
	char *folded = arena_alloc(a, len + 1);

	len = needles_fold(text, len, folded);
	for (size_t i = 0; i < COUNT(n->files); i++)
		look(n, &n->files[i], folded, len, found);
	return found;
}

/* mem.c - see mem.h. */
#include "ground/mem.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK 16384 /* bytes of an ordinary block; larger requests get one of their own */
#define ARENA_ALIGN 16
#define PRINTF_SMALL 256 /* most of what is printed is shorter, and printed once */
#define KEEP_ROOM   (2 << 20)   /* bytes at the top of the heap */
#define MMAP_FROM   (256 << 10) /* larger blocks are mapped on their own */

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(ARENA_ALIGN) char data[];
};

struct deferred {
	struct deferred *next;
	void (*release)(void *p);
	void *p;
};

struct arena {
	struct block *blocks;
	struct deferred *deferred;
	size_t used;
};

static void *
or_die(void *p)
{
	if (p == NULL) {
		static const char words[] = "escrelay: out of memory\n";
		fputs(words, stderr);
		abort();
	}
	return p;
}

void
mem_steady(void)
{
	mallopt(M_MMAP_THRESHOLD, MMAP_FROM);
	mallopt(M_TRIM_THRESHOLD, KEEP_ROOM);
	mallopt(M_TOP_PAD, KEEP_ROOM / 4);
}

void *
xmalloc(size_t size)
{
	return or_die(malloc(size ? size : 1));
}

void *
xcalloc(size_t count, size_t size)
{
	return or_die(calloc(count ? count : 1, size ? size : 1));
}

void *
xrealloc(void *p, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		or_die(NULL);
	return or_die(realloc(p, bytes ? bytes : 1));
}

char *
xstrdup(const char *s)
{
	return or_die(strdup(s));
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		or_die(NULL);
	va_end(ap);
	return s;
}

void
auto_free(void *p)
{
	free(*(void **)p);
}

struct arena *
arena_new(void)
{
	return xcalloc(1, sizeof(struct arena));
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	for (struct deferred *d = a->deferred; d != NULL; d = d->next)
		d->release(d->p);
	for (struct block *b = a->blocks, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

/* Room for so many bytes; zeroed where it is a block of its own, or if it shall be. */
static void *
take(struct arena *a, size_t size, bool zeroed)
{
	struct block *b = a->blocks;
	void *p;

	if (size > SIZE_MAX / 2)
		or_die(NULL);
	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (b == NULL || b->size - b->used < size) {
		size_t room = size > ARENA_BLOCK ? size : ARENA_BLOCK;

		/* An ordinary block is zeroed as it is handed out: most arenas use little of theirs. */
		b = or_die(room > ARENA_BLOCK ? calloc(1, sizeof(*b) + room) : malloc(sizeof(*b) + room));
		b->size = room;
		b->used = 0;
		if (a->blocks != NULL && room > ARENA_BLOCK) {
			/* A large object must not hide the room left in the current block. */
			b->next = a->blocks->next;
			a->blocks->next = b;
		} else {
			b->next = a->blocks;
			a->blocks = b;
		}
	}
	p = b->data + b->used;
	if (b->size == ARENA_BLOCK && zeroed)
		memset(p, 0, size);
	b->used += size;
	a->used += size;
	return p;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	return take(a, size, true);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		or_die(NULL);
	return arena_alloc(a, bytes);
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = take(a, len + 1, false);

	if (len > 0)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s == NULL ? NULL : arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char small[PRINTF_SMALL];
	int len;
	char *p;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (len < 0)
		or_die(NULL);
	p = arena_alloc(a, (size_t)len + 1);
	if ((size_t)len < sizeof(small))
		memcpy(p, small, (size_t)len);
	else
		vsnprintf(p, (size_t)len + 1, fmt, again);
	va_end(again);
	return p;
}

void *
arena_push(struct arena *a, void *v_ptr, size_t *n, size_t size)
{
	char *v;

	memcpy(&v, v_ptr, sizeof(v));
	/* The capacity is not stored: it is the next power of two from 4 on. */
	if (*n == 0 || (*n >= 4 && (*n & (*n - 1)) == 0)) {
		size_t cap = *n == 0 ? 4 : *n * 2;
		char *bigger = arena_array(a, cap, size);

		if (*n > 0)
			memcpy(bigger, v, *n * size);
		v = bigger;
		memcpy(v_ptr, &v, sizeof(v));
	}
	return v + (*n)++ * size;
}

void
arena_defer(struct arena *a, void (*release)(void *p), void *p)
{
	struct deferred *d = arena_alloc(a, sizeof(*d));

	*d = (struct deferred){ .next = a->deferred, .release = release, .p = p };
	a->deferred = d;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

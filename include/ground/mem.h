/* mem.h - memory that is there, or the process is not.
 *
 * Small allocations either succeed or end the process with one line on stderr
 * (the store makes dying cheap: the next start carries on). Large ones, sized
 * by somebody outside, go through struct buf or an arena with a ceiling, which
 * can say no.
 */
#ifndef ESCRELAY_GROUND_MEM_H
#define ESCRELAY_GROUND_MEM_H

#include <stddef.h>
#include <stdarg.h>

/* For a process that does the same work again and again: the heap keeps a little room at its top instead of giving it back after
 * each piece of work, and what is large is given back at once. Called before the first allocation that matters. */
void mem_steady(void);

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);          /* overflow of count * size ends the process */
void *xrealloc(void *p, size_t count, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* An arena: everything that lives as long as one mail, one decision or one
 * configuration, freed at once. Never shrinks, has no free of single objects.
 * All memory from it is zeroed. */
struct arena;

struct arena *arena_new(void);
void          arena_free(struct arena *a);         /* NULL is fine */
void         *arena_alloc(struct arena *a, size_t size);
void         *arena_array(struct arena *a, size_t count, size_t size);
char         *arena_strdup(struct arena *a, const char *s);              /* NULL gives NULL */
char         *arena_strndup(struct arena *a, const char *s, size_t len); /* adds a NUL */
char         *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Calls release(p) when the arena goes, the last deferred first: for what an object in it holds outside of it. */
void          arena_defer(struct arena *a, void (*release)(void *p), void *p);
size_t        arena_used(const struct arena *a);   /* bytes handed out so far */

/* Grows an arena array by one element and gives the place of the new, zeroed
 * one; *v and *n are updated. The old array stays until the arena goes, so
 * growth doubles: n elements cost at most about 2n. */
void *arena_push(struct arena *a, void *v_ptr, size_t *n, size_t size);

/* Destruction at the end of a scope, for the few owners that have one:
 *     AUTO_ARENA struct arena *a = arena_new();                             */
static inline void auto_arena(struct arena **a) { arena_free(*a); }
void auto_free(void *p);                           /* p is the address of the pointer */
#define AUTO_ARENA __attribute__((cleanup(auto_arena)))
#define AUTO_FREE  __attribute__((cleanup(auto_free)))

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#endif

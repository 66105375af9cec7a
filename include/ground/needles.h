/* needles.h - many literal strings looked for in a text in one pass, and which of them a pattern cannot match without.
 *
 * So that a thousand patterns need not read a text of which one pass says that they cannot match. Everything here errs to
 * one side: what is not surely understood of a pattern gives no literals, and such a pattern is always searched.
 *
 * Letters are compared without regard to case, as a caseless PCRE2 pattern in UTF mode would: ASCII letters, the Kelvin sign
 * (U+212A, a 'k') and the long s (U+017F, an 's'), the only others that ASCII letters equal. Other bytes are compared as they are.
 */
#ifndef ESCRELAY_GROUND_NEEDLES_H
#define ESCRELAY_GROUND_NEEDLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define NEEDLE_BYTES_MIN 3
#define NEEDLE_BYTES_MAX 40
#define NEEDLES_ANY_MAX  32         /* of one pattern */

struct literal { unsigned char len; char text[NEEDLE_BYTES_MAX]; }; /* folded, not terminated */
struct literals { size_t n; struct literal v[NEEDLES_ANY_MAX]; };

/* Whatever the pattern matches has one of these in it, each of NEEDLE_BYTES_MIN or more. False: nothing of the kind is known.
 * flags: as regex_compile takes them. The pattern is one that compiles. */
bool literals_required(const char *pattern, size_t len, const char *flags, struct literals *out);

struct needles;

struct needles *needles_new(struct arena *a);                       /* everything in it lives in a */
uint32_t        needles_add(struct needles *n, const struct literal *l); /* its number; the same one for the same */
void            needles_ready(struct needles *n);                   /* after the last was added, once */
size_t          needles_count(const struct needles *n);

/* A bit for each needle that is somewhere in the text: of number i it is bit i % 64 of word i / 64. Memory from a. */
uint64_t *needles_find(const struct needles *n, struct arena *a, const char *text, size_t len);

static inline bool
needles_has(const uint64_t *found, uint32_t number)
{
	return found[number / 64] >> (number % 64) & 1;
}

/* As above: writes at most len bytes to out and gives their number. */
size_t needles_fold(const char *text, size_t len, char *out);

#endif

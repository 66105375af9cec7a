/* regex.h - PCRE2 behind three answers and under limits.
 *
 * Every pattern is compiled for valid UTF-8 with UTF, UCP and MATCH_INVALID_UTF,
 * never \C, no (*VERB) at the start, JIT where the system allows it; every match
 * has match, depth and heap limits, and over a long subject (32 kB; 2 kB without JIT)
 * a limit of CPU time. Hitting one is REGEX_STUCK, never "no".
 * A compiled regex may be shared; matching is not thread-safe (we have no threads).
 */
#ifndef ESCRELAY_GROUND_REGEX_H
#define ESCRELAY_GROUND_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct regex;

#define REGEX_MATCH_LIMIT  100000u      /* about 3 ms at worst, measured */
#define REGEX_DEPTH_LIMIT  1000u
#define REGEX_HEAP_KIB     (20u * 1024u)
#define REGEX_CPU_MS       100u         /* of CPU time, long subjects alone */
#define REGEX_NAMES_MAX    100

enum regex_verdict { REGEX_NO, REGEX_YES, REGEX_STUCK };

struct regex_error {
	char   message[256];
	size_t offset;        /* byte offset into the pattern where PCRE2 stopped */
};

/* flags: subset of "imsx" ("" none). NULL and *err on a bad pattern. Free with regex_free. */
struct regex *regex_compile(const char *pattern, size_t len, const char *flags, struct regex_error *err);
void          regex_free(struct regex *re);   /* NULL is fine */

/* Where the match and its named groups lie in the subject. */
struct regex_span { size_t from, to; };       /* bytes, half-open */
struct regex_match {
	struct regex_span whole;
	size_t nnames;
	struct { const char *name; struct regex_span span; bool set; } names[REGEX_NAMES_MAX];
};

/* Looks for the first match at or after start. m may be NULL; filled only on YES. The names
 * point into re. */
enum regex_verdict regex_search(const struct regex *re, const char *subject, size_t len, size_t start,
    struct regex_match *m);

/* The same search for the sake of its cost: how many items of the pattern were tried and how many characters they took, all
 * starting places together. STUCK at steps_max, or where regex_search would be by its match limit; STUCK after no step at all
 * where the pattern is too large to be measured. Slow: for people who tune patterns. */
enum regex_verdict regex_measure(const struct regex *re, const char *subject, size_t len, uint64_t steps_max, uint64_t *steps);

/* Named groups of the pattern, in order of their numbers. */
size_t      regex_name_count(const struct regex *re);
const char *regex_name(const struct regex *re, size_t i);

bool        regex_jit(const struct regex *re);     /* compiled to machine code */
const char *regex_pattern(const struct regex *re);
const char *regex_flags(const struct regex *re);   /* as given, in the order imsx */

#endif

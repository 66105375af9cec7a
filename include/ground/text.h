/* text.h - text that strangers wrote, made fit to read, to log and to compare. */
#ifndef ESCRELAY_GROUND_TEXT_H
#define ESCRELAY_GROUND_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

/* True where the bytes are well-formed UTF-8 (RFC 3629: no surrogates, nothing
 * overlong, nothing past U+10FFFF). NUL counts as well-formed. */
bool utf8_valid(const char *s, size_t len);

/* A NUL-terminated copy that is valid UTF-8: each ill-formed byte and each NUL
 * becomes U+FFFD. At most max bytes, cut between characters. */
char *utf8_clean(struct arena *a, const char *s, size_t len, size_t max);

/* The largest n <= max such that the first n bytes of the valid UTF-8 string
 * end between characters. */
size_t utf8_cut(const char *s, size_t len, size_t max);

/* Columns in a terminal: combining marks and zero-width take none, East Asian
 * wide and emoji take two (by libc's wcwidth in a UTF-8 locale; each character
 * one column otherwise). */
size_t utf8_columns(const char *s);

/* For logs, terminals and errors: one line, valid UTF-8, control characters
 * (C0, C1, DEL, bidi overrides, line separators) shown as \xNN or \u{NNNN}, cut
 * to max bytes with "...". Everything from outside goes through this before a
 * person's terminal sees it. */
char *text_printable(struct arena *a, const char *s, size_t max);

/* The same, appended to b, keeping newlines and tabs: for showing whole texts. */
void text_printable_lines(struct buf *b, const char *s, size_t len);

/* As text of an HTML page, or as a quoted value of one of its attributes, appended to b. */
void text_html(struct buf *b, const char *s, size_t len);

/* Runs of white space (also in UTF-8) become one blank, ends trimmed. */
char *text_squeeze(struct arena *a, const char *s);

char *text_trim(struct arena *a, const char *s, size_t len); /* blank ends off */

bool text_starts_nocase(const char *s, const char *prefix); /* ASCII case only */
bool text_equal_nocase(const char *a, const char *b);       /* ASCII case only; NULLs are equal */
void text_lower_ascii(char *s);

/* What somebody perhaps meant: the candidate nearest to word (edit distance with
 * transpositions, at most a third of the word's length, at least 1), or NULL. */
const char *text_nearest(const char *word, const char *const *candidates, size_t n);

/* A whole decimal number within [min, max], nothing around it. False: not one. */
bool text_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out);

/* "*" any run, "?" one character; ASCII case-insensitive; the whole string. Linear
 * in len(pattern) * len(s) at worst, never exponential. */
bool text_glob(const char *pattern, const char *s);

#endif

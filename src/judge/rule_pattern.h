/* rule_pattern.h - a pattern taken apart, as far as lint wants to know it; shared by the files of this room alone.
 *
 * This reads PCRE2's syntax loosely: what it does not know (recursion, conditions, verbs) makes the pattern odd. Nothing is
 * decided by it; whatever is concluded is tried on PCRE2 itself or holds for patterns that are not odd.
 */
#ifndef ESCRELAY_JUDGE_RULE_PATTERN_H
#define ESCRELAY_JUDGE_RULE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct regex;

#define PATTERN_SAMPLES 8    /* unlike characters of a class that are tried */
#define PATTERN_MANY    16   /* a repeat that may go on that often is a loop */

enum piece_kind { PIECE_NOTHING, PIECE_LITERAL, PIECE_CLASS, PIECE_EDGE /* \b \B */, PIECE_PLACE /* ^ $ \A \G \K */,
	PIECE_LOOK, PIECE_ROW, PIECE_CHOICE, PIECE_REPEAT };

struct pattern_piece {
	enum piece_kind kind;
	bool negative;             /* [^x], \D, \W, (?!x): less case makes it match more */
	const char *source;        /* of a class: as it is written */
	size_t len;
	const char *samples[PATTERN_SAMPLES]; /* of a literal: its one character */
	size_t nsamples;
	bool sampled;
	struct pattern_piece **kids; /* of a look, a row, a choice, a repeat (one) */
	size_t nkids;
	unsigned min, max;         /* of a repeat; max UINT_MAX: no end */
};

struct pattern {
	struct arena *arena;
	const char *flags;
	bool odd, greedy;          /* greedy: something never gives back, (?>x) or x++ */
	struct pattern_piece *root;
};

/* NULL where it nests too deeply. */
struct pattern *pattern_read(struct arena *a, const char *text, const char *flags);

/* A text that the piece takes; variant varies choices and classes; a repeat stands at least 'least' times. */
void pattern_sample(struct pattern *p, struct pattern_piece *piece, unsigned variant, unsigned least, struct buf *out);

/* True for kinds of pieces that stand anywhere in it. */
bool pattern_has(const struct pattern_piece *piece, enum piece_kind kind, bool negative_only);

/* A pattern that is only words: /\b(?:sso|saml)\b/. The words, and whether both ends are edges of words. false: it is not. */
struct pattern_words { const char **v; size_t n; bool edges; };
bool pattern_words(struct pattern *p, struct pattern_words *out);

/* True if for certain a text in which s finds something has something for t. */
bool pattern_implies(struct arena *a, const struct regex *s, const struct regex *t);

/* rule_pump.c: an input on which the pattern's work grows out of bounds. long_texts: it searches bodies. */
struct blow_up;
bool pattern_blow_up(struct arena *a, const struct regex *re, bool long_texts, struct blow_up *out);

#endif

/* forward_parts.h - what the judges of forwards and of replies both look for in a text. */
#ifndef ESCRELAY_JUDGE_FORWARD_PARTS_H
#define ESCRELAY_JUDGE_FORWARD_PARTS_H

#include "judge/mail_words.h"
#include "judge/message_inside.h"

/* A line, with what is asked of it again and again. */
struct qline {
	struct line raw, bare;   /* bare: trimmed, without quote marks */
	unsigned depth;          /* quote marks */
	const char *fold;        /* of bare; "" for blank and for very long lines */
	bool blank;
	signed char key;         /* the field that its "Word:" names, WORD_KINDS for none; -1: nobody looked */
	unsigned attribution;    /* lines of the attribution ("On …, … wrote:") that begins here, 0: none begins */
	size_t shared;           /* bytes of a last word of the writer's that stand before it on the same line */
	const char *attributed;  /* that attribution on one line */
};
struct qtext { struct arena *a; struct qline *v; size_t n; };

struct qtext qtext_of(struct arena *a, const char *text);
/* The same with its attributions marked; of the mail's own text only once. */
struct qtext qtext_judged(struct inside *in, const char *text);

/* The first line at or after i that is not blank, n where there is none. */
size_t qtext_next(const struct qtext *t, size_t i);

enum separator { SEPARATOR_NONE, SEPARATOR_FORWARDED, SEPARATOR_ORIGINAL, SEPARATOR_RULE };
/* What the line separates from what follows; *rest is the text behind it on the same line, NULL mostly. */
enum separator separator_of(const struct qtext *t, size_t i, const char **rest);

/* A header as clients print it above an original. */
struct block {
	size_t from, to;                  /* lines, half-open */
	unsigned depth;                   /* quote marks before its lines */
	const char *fields[WORD_KINDS];   /* values, NULL where there is none */
	size_t count;                     /* of from, to, subject, date */
};
/* True where a block with at least two of sender, recipient, subject and date begins at line i. */
bool block_at(const struct qtext *t, size_t i, struct block *out);
bool block_has_sender(const struct block *b);
/* The same from one line on which the client ran all fields together. */
bool block_inline(struct arena *a, const char *line, struct block *out);

/* Marks all attributions of t. */
void attributions_mark(struct qtext *t);
/* Whom and which date an attribution names. */
void attribution_read(struct arena *a, const char *attributed, struct person *who, const char **date);

#endif

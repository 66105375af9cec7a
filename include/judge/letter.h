/* letter.h - a mail of ours: a template, values, and what is attached, made into bytes.
 *
 * Pure. A template is expanded once; values are data. The text is made twice from the same expansion:
 * as text/plain and as a plain, well-made text/html. Nothing of a value can become a header, a
 * boundary or markup. Originals are not copied: the letter's segments name the journal entry, and
 * its raw bytes are spliced in when the letter is read for sending (store_letter_read).
 */
#ifndef ESCRELAY_JUDGE_LETTER_H
#define ESCRELAY_JUDGE_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/message.h"

struct arena;
struct diag;
struct settings;
struct buf;

struct value { const char *name; const char *text; };  /* text: valid UTF-8, may hold newlines */

enum splice { SPLICE_PLAIN /* bytes as they are, line ends CRLF */, SPLICE_BASE64 };

/* An original to attach whole. */
struct original { int64_t journal; uint64_t bytes; struct raw_facts facts; };

struct letter_ask {
	const char *template;          /* "assignment", "receipt", "relay" … */
	struct person from;            /* address is the relay's own; name e.g. "Ada (AER) via Escalations" */
	struct person to;
	const char *reply_to;          /* address with a token; NULL: none */
	const char *subject;           /* whole, "[ESC-17] …" */
	const char *message_id;        /* without brackets */
	const char *in_reply_to;       /* or NULL */
	struct strings references;     /* the constant id of the escalation first */
	const char *instance;          /* for the loop header */
	unsigned hops;                 /* what the loop header is to say */
	const char *auto_submitted;    /* "auto-generated", "auto-replied", or NULL for a relayed human word */
	int64_t date; int offset;      /* Date field, with this offset */
	const struct value *values; size_t nvalues;
	const struct original *original;            /* message/rfc822 attachment, NULL: none */
	const struct buf *entities; size_t nentities; /* ready MIME entities (message_attachment) to attach: not copied, they live as long as the letter */
	const unsigned char *salt; size_t saltlen;  /* for the MIME boundaries: unguessable, yet the same each time */
};

enum segment_kind { SEGMENT_BYTES, SEGMENT_ORIGINAL };
struct segment { enum segment_kind kind; const char *bytes; size_t len; int64_t journal; enum splice splice; };

struct letter {
	const char *to, *message_id, *subject;
	struct segment *segments; size_t nsegments;
	uint64_t size;                 /* estimate of the whole on the wire, exact where nothing is spliced as base64 */
	const char *text;              /* the text/plain body, for show and tests */
};

/* A template, for operators:
 *
 *   {{name}}                  the value; expanded once, so a {{x}} inside a value stays as it is
 *   {{#name}} ... {{/name}}   only if the value is there and not empty
 *   {{^name}} ... {{/name}}   only if it is not
 *   {{! words }}              a remark, on one line
 *
 * A line of tags alone leaves no line, nor does a line with tags of which nothing comes. A value alone on its line keeps its own
 * lines, each with what stands before it ("> ", "- ", blanks); anywhere else it is made one line.
 *
 * The text is light markup: an empty line ends a paragraph; "Key: value" lines are facts; "- " makes an item, "> " a quote, four blanks
 * keep a line as it is, and a line of "--" begins the footer. What a value holds is never markup of the letter, but the
 * words of a person show his own items, quotes and indented lines.
 */
enum value_kind {
	VALUE_LINE,   /* a name, a number, a time: one line */
	VALUE_LINES,  /* sentences of the relay, one a line */
	VALUE_FACTS,  /* "Key: value" lines made by the relay */
	VALUE_WORDS,  /* what a person wrote: kept as it is */
};

/* The values a template may name: one row for each word of the vocabulary. */
struct value_word { const char *name; enum value_kind kind; const char *sentence; };
extern const struct value_word value_words[]; extern const size_t nvalue_words;

struct template_doc { const char *name; const char *sentence; const char *values; /* names, a blank between */ };
const struct template_doc *template_doc(const char *name); /* NULL: no such template */
const struct value_word   *value_word(const char *name);   /* NULL: no such value */

/* Where templates come from: the operator's folder first, then the shipped ones (compiled in). A broken one of
 * the operator's is an error of `check`, and the shipped one is used. */
struct templates;
#define TEMPLATES_FILES_MAX 1000
struct templates *templates_load(struct arena *a, const char *folder /* or NULL */, struct diag *d);
const char       *template_shipped(const char *name); /* its text, NULL: no such template */

/* A team's own text of its filings, asked for as "filing:TEAM" from then on. Trackers read pseudo-headers and commands out of a mail, so
 * it goes out line by line as it is written, as text/plain alone; a first line "Subject: ..." makes the subject. One that is not
 * there or broken is an error, and the shipped one is used. */
void templates_add_team(struct arena *a, struct templates *t, const char *team, const char *path, struct diag *d);
struct templates *templates_of(struct arena *a, const struct settings *s, struct diag *d); /* both, as the settings say */
bool templates_has(const struct templates *t, const char *name);
extern const char *const template_names[]; extern const size_t ntemplates;

/* Composes. False with a reason only for our own mistakes in asking (an address that is none, no such template). */
bool letter_compose(struct arena *a, const struct templates *t, const struct letter_ask *ask, struct letter *out, const char **why);

#endif

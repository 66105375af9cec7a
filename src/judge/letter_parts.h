/* letter_parts.h - what the files of the letter room share: from template to lines, from lines to blocks, from
 * blocks to text and HTML, and the MIME around them.
 *
 * A line remembers what of it stood in the template. What a line is (a fact, an item, a footer) is judged by
 * that part alone, so no value can turn into markup; lines of a person's text are judged by gentler rules.
 */
#ifndef ESCRELAY_JUDGE_LETTER_PARTS_H
#define ESCRELAY_JUDGE_LETTER_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "judge/letter.h"

struct conf_file;

#define TEMPLATE_BYTES_MAX  (32u * 1024u)  /* one template file */
#define TEMPLATE_DEPTH_MAX  8              /* sections within sections */
#define LETTER_VALUE_BYTES  (1u << 20)     /* one value; longer ones are cut with a mark */
#define LETTER_HTML_BYTES   (256u * 1024u) /* longer texts go out without an HTML twin */
#define LETTER_COLUMNS      72

/* Of the HTML: they stand on a light and on a dark ground. */
#define LETTER_MONO "ui-monospace,Menlo,Consolas,monospace"
#define LETTER_TINT "rgba(128,138,150,.14)"
#define LETTER_RULE "rgba(128,138,150,.4)"
#define LETTER_WRAP "overflow-wrap:anywhere;word-break:break-word"

/* Made from src/judge/templates by embed.sh. */
struct shipped_template { const char *name; const char *text; };
extern const struct shipped_template shipped_templates[];
extern const size_t nshipped_templates;

/* ---- template ---- */

enum node_kind { NODE_TEXT, NODE_VALUE, NODE_IF, NODE_UNLESS, NODE_END, NODE_NEWLINE };

struct node {
	enum node_kind kind;
	const char *text;    /* NODE_TEXT; name of the value otherwise */
	size_t len;          /* NODE_TEXT */
	size_t jump;         /* NODE_IF, NODE_UNLESS: index of their end */
	bool   block;        /* NODE_VALUE: alone on its line, so that its own lines stay lines */
	bool   tagged;       /* NODE_NEWLINE: the line holds a tag, and vanishes if nothing comes of it */
	enum value_kind value;
};

struct template { const char *name; struct node *nodes; size_t n; bool raw /* a team's: no markup */; };

/* NULL: errors are in d. */
struct template *template_compile(struct arena *a, const char *name, const struct conf_file *file, struct diag *d);
const struct template *template_find(const struct templates *t, const char *name);

struct line {
	const char *text;    /* without its end */
	size_t literal;      /* bytes at its start that stood in the template */
	bool   words;        /* of a person's own text */
};
struct lines { struct line *v; size_t n; };

/* own: the relay's address; reply tokens of it in the values are cut out. */
void template_expand(struct arena *a, const struct template *t, const struct value *values, size_t nvalues, const char *own,
    struct lines *out);

/* ---- blocks ---- */

enum block_kind { BLOCK_PARAGRAPH, BLOCK_FACTS, BLOCK_LIST, BLOCK_QUOTE, BLOCK_MONO, BLOCK_RULE };

struct block {
	enum block_kind kind;
	bool words;          /* a person's: its line ends are kept */
	size_t gap;          /* empty lines before it */
	const struct line *line; size_t nlines;
};
struct blocks { struct block *v; size_t n; };

void   letter_blocks(struct arena *a, const struct lines *lines, struct blocks *out);
size_t letter_key_length(const struct line *l);     /* of a fact's key, without the colon; 0: no fact */

void letter_text(struct buf *out, const struct blocks *b);
void letter_html(struct buf *out, const struct blocks *b);

/* Blocks of the HTML whose lines stay lines. */
void letter_list(struct buf *out, const struct block *b);
void letter_quote(struct buf *out, const struct block *b);
void letter_mono(struct buf *out, const struct block *b);

/* Within a line of the HTML. A span is of ours: commands in it ("/ack") are set as code, the number of a case is not broken;
 * an item's begin, up to its colon, stands out. Whatever is in them, they make no other markup. */
void letter_code(struct buf *out, const char *s, size_t len);
void letter_span(struct buf *out, const char *s, size_t len);
void letter_item(struct buf *out, const char *s);

/* ---- MIME ---- */

/* A stranger's text as one clean line for a header field: no control, no bidi, at most max bytes. */
char *letter_header_text(struct arena *a, const char *s, size_t max);
bool  letter_id_ok(const char *id);   /* can stand between < and > */

/* Pieces of a field, folded at 78; *column is where the line stands. */
void letter_piece(struct buf *out, size_t *column, const char *s, size_t len);
void letter_unstructured(struct buf *out, size_t *column, const char *s);
void letter_phrase(struct buf *out, size_t *column, const char *s);

/* All fields but MIME-Version and Content-*. False with a reason where the ask holds what cannot be written. */
bool letter_fields(struct arena *a, struct buf *out, const struct letter_ask *ask, const char **why);

/* One text part with its fields: subtype "plain" or "html"; text with \n line ends, made CRLF. */
void letter_part(struct buf *out, const char *subtype, const char *text, size_t len);

#endif

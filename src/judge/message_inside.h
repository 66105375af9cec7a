/* message_inside.h - what the judges of one mail share while they work on it.
 *
 * message.c parses once and asks the judges in turn; each reads struct inside and fills its own
 * fields of the message. Nothing here is seen outside of the message room.
 */
#ifndef ESCRELAY_JUDGE_MESSAGE_INSIDE_H
#define ESCRELAY_JUDGE_MESSAGE_INSIDE_H

#include "ground/buf.h"
#include "ground/mem.h"
#include "judge/message.h"

#define MESSAGE_PIECES_MAX 50

enum piece_kind {
	PIECE_STATUS,       /* message/delivery-status and its international form */
	PIECE_NOTIFICATION, /* message/disposition-notification */
	PIECE_FEEDBACK,     /* message/feedback-report */
	PIECE_HEADERS,      /* text/rfc822-headers: the header of a returned mail */
	PIECE_MESSAGE,      /* message/rfc822 */
};

/* A part that is about another mail. */
struct piece {
	enum piece_kind kind;
	const char *text;         /* decoded; of a message: its header as written */
	struct message *message;  /* PIECE_MESSAGE: the inner mail, parsed one level deep; else NULL */
	bool digest;              /* stands in a multipart/digest: a list's doing, no forward */
};

struct inside {
	struct arena *a;
	struct message *m;
	struct piece *pieces; size_t npieces;
	const char *type;         /* of the whole mail, "multipart/report" */
	const char *report_type;  /* parameter of multipart/report, lower-case; "" */
	struct qtext *judged;     /* the text as lines, once somebody looked at it (qtext_judged) */
	bool away;                /* surely a notice of absence, whatever else it looks like */
	size_t want;              /* the bytes of this attachment (from 1) go to wanted; 0: of none */
	struct buf *wanted;
	int spool;                /* a descriptor of the raw bytes where they are a mapped file, 0: they are in memory */
	const char *bytes; size_t nbytes; /* that GMime reads: its offsets count from here; only while it reads */
};

/* A line of a text: half-open, without its line end. */
struct line { const char *s; size_t len; };
struct lines { struct line *v; size_t n; };

/* message_parse.c: the bytes into in->m and in->pieces (GMime lives there). */
void message_parse(struct inside *in, const char *raw, size_t len);

/* message_scan.c: bounds what the parser is given. True: use copy instead of the raw bytes. *limit is set to the limit that was hit;
 * *body to where the body starts if there is no header at all, else it stays. */
struct scanned { bool copied; const char *limit; bool headless; };
struct scanned message_scan(const char *raw, size_t len, bool mapped, struct buf *copy);

/* message.c: pages of a mapped file from *done up to at are not needed for now: given back, some at a time. */
void message_let_go(const char *raw, size_t *done, size_t at);

/* message_attach.c: message_attachment() of bytes that may be a mapped file. */
bool message_attachment_spooled(const char *raw, size_t len, int spool, size_t i, struct buf *out);

/* message_text.c: bytes of a text part, in the charset it claims, as valid UTF-8 with LF lines. */
char *message_decode(struct arena *a, const char *bytes, size_t len, const char *charset);
char *message_unflow(struct arena *a, const char *text, bool delsp);
/* The charset that HTML names in its own first bytes, NULL if none. */
char *message_html_charset(struct arena *a, const char *bytes, size_t len);

/* message_lines.c: small tools for text that is judged line by line. */
struct lines lines_of(struct arena *a, const char *text);
struct line  line_trim(struct line l);                       /* blanks, no-break spaces, zero-width marks off both ends */
struct line  line_unquote(struct line l, unsigned *depth);   /* takes '>' marks off, counts them */
struct line  line_unquote_max(struct line l, unsigned max, unsigned *depth);
char        *line_fold(struct arena *a, struct line l);      /* trimmed, lower-case in all scripts with cases, white space squeezed */
char        *text_fold(struct arena *a, const char *s, size_t len);
const char  *find_address(const char *s, const char *end, size_t *len); /* the first thing that looks like an address */
void         people_of_text(struct arena *a, const char *value, struct people *out); /* "Doe, John <j@x.y>; …" as clients print it */

/* The judges. */
void bounce_judge(struct inside *in);
void away_judge(struct inside *in);
void auto_judge(struct inside *in);
void forward_judge(struct inside *in);
void reply_judge(struct inside *in, const char *text); /* visible_text and quoted of text */
void kind_judge(struct inside *in, const struct own *own);

bool subject_says_reply(const char *subject);
bool subject_says_forward(const char *subject);
const char *subject_bare(struct arena *a, const char *subject); /* without any such prefixes */

#endif

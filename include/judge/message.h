/* message.h - what the relay understands of a mail.
 *
 * Pure: bytes in, a struct message out, everything in the given arena, all text valid UTF-8. The raw
 * bytes are never changed. Every number that comes from outside has a limit below; a
 * mail over a limit is understood as far as it goes and marked in truncated.
 */
#ifndef ESCRELAY_JUDGE_MESSAGE_H
#define ESCRELAY_JUDGE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define MESSAGE_DEPTH_MAX        32
#define MESSAGE_PARTS_MAX        1000
#define MESSAGE_HEADERS_MAX      1000
#define MESSAGE_HEADER_BYTES     ((size_t)256 * 1024) /* all header fields of one entity */
#define MESSAGE_FIELD_BYTES      ((size_t)64 * 1024)
#define MESSAGE_ADDRESSES_MAX    500
#define MESSAGE_IDS_MAX          100             /* References and In-Reply-To */
#define MESSAGE_TEXT_BYTES       ((size_t)1 << 20) /* readable text */
#define MESSAGE_ATTACHMENTS_MAX  500

/* In the order of judgement: the first that fits. */
enum message_kind { KIND_LOOP, KIND_BOUNCE, KIND_OUT_OF_OFFICE, KIND_AUTO_REPLY, KIND_FORWARD, KIND_REPLY, KIND_LIST, KIND_NEW };

struct person { const char *name, *address; };          /* "" where not known; never NULL */
struct people { struct person *v; size_t n; };
struct strings { const char **v; size_t n; };

struct field {              /* one header field */
	const char *name;
	const char *value;     /* unfolded, encoded words decoded */
	const char *raw;       /* unfolded, as it came: for judges to whom a decoded word could tell lies */
};

struct attachment {
	const char *name;      /* "" if it has none; a name to show, never a path to write */
	const char *type;      /* "image/png", lower-case */
	uint64_t bytes;        /* decoded */
};

struct forward {           /* what the forwarder passed on: the outermost original */
	struct person from;
	struct people to, cc;
	const char *subject;
	const char *date;      /* as the forward shows it */
	const char *body;
	const char *comment;   /* the forwarder's own words above it */
};

struct bounce {
	const char *recipient, *action, *status, *diagnostic, *original_message_id; /* each may be NULL */
	bool permanent;
};

struct message {
	const char *message_id;                 /* without brackets; NULL if there is none */
	struct person from; size_t from_count;  /* mailboxes in all From fields: other than 1 has no authority */
	struct people sender, reply_to, to, cc;
	struct strings delivered_to;            /* Delivered-To, X-Original-To, Envelope-To: addresses */
	const char *return_path;                /* NULL: none; "": null sender */
	const char *subject;                    /* "" if there is none */
	int64_t date; bool has_date;
	struct strings in_reply_to, references; /* ids without brackets */
	struct field *fields; size_t nfields;   /* all of the outermost header, in order */
	unsigned received;                      /* number of Received fields */

	const char *plain, *html_text;          /* readable text of the text/plain and of the text/html parts; NULL if none */
	const char *text;                       /* all readable text: plain where there is one, else from HTML */
	struct attachment *attachments; size_t nattachments;
	uint64_t size;                          /* of the raw mail */
	const char *truncated;                  /* NULL, or the limit that was hit: "parts", "depth", "headers" … */

	/* The judges' answers, filled by message_understand(): */
	enum message_kind kind;
	const char *auto_submitted;             /* "auto-replied", "auto-generated", "auto-notified", or NULL for a person's mail */
	struct forward *forward;                /* NULL: no forward */
	const char *visible_text;               /* what the writer newly wrote (for a forward: the note above it) */
	const char *quoted;                     /* the rest; "" */
	struct bounce *bounces; size_t nbounces;
	bool out_of_office;
	struct { int year, month, day; } until; bool has_until; /* last or return day that it names */
	unsigned own_hops;                      /* of our own loop header, 0 without */
	const char *own_instance;               /* instance of the topmost own loop header, NULL */
};

/* Where a judge must know who we are (own mail coming back). */
struct own { const char *instance; const char *address; unsigned hops_max; };

/* Parses the mail; never fails: a hostile or empty one gives an emptier message. own may be NULL. */
struct message *message_understand(struct arena *a, const char *raw, size_t len, const struct own *own);

/* The same from a seekable descriptor (an unlinked spool file) of a mail too large to hold whole; its position moves. */
struct message *message_understand_fd(struct arena *a, int fd, const struct own *own);

/* The attachment i (of m->attachments) as a MIME entity of its own that can stand in another mail: its type,
 * disposition, clean file name and content (base64, or as it is for a message/rfc822 that is 7-bit), CRLF lines, no
 * header of the sender's invention. False: no such attachment, or larger than out's ceiling. */
struct buf;
bool message_attachment(const char *raw, size_t len, size_t i, struct buf *out);
bool message_attachment_fd(int fd, size_t i, struct buf *out);

/* Does the name of a file fit what somebody wrote for it ('*' and '?' stand for others)? Without case in any script, and however
 * its letters are put together: one system writes an umlaut as one character, another as two. Both valid UTF-8. */
bool message_name_fits(const char *pattern, const char *name);
/* The same of content of our own making; type with its parameters, "text/calendar; charset=utf-8". */
void message_entity(const char *type, const char *name, const struct buf *content, struct buf *out);

const char *message_kind_word(enum message_kind k);  /* "loop", "bounce", "out-of-office", … as in the JSON contract */

/* First value of a header field of the outermost header, NULL if none. */
const char *message_header(const struct message *m, const char *name);

/* Facts about raw bytes that decide how they can be sent on unchanged. */
struct raw_facts { bool eight_bit, nul, bare_newline; size_t longest_line; };
void raw_facts_add(struct raw_facts *f, const char *bytes, size_t len, size_t *line, char *last);

#endif

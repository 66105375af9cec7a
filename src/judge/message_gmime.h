/* message_gmime.h - the few things that the files of this room which speak GMime share. */
#ifndef ESCRELAY_JUDGE_MESSAGE_GMIME_H
#define ESCRELAY_JUDGE_MESSAGE_GMIME_H

#include <gmime/gmime.h>

#include "judge/message_inside.h"

/* A mail being read: the bytes must stay where they are until message_close. */
struct opened {
	GMimeMessage *message;       /* NULL: there is no header; the bytes are all body */
	GMimeParserOptions *options;
	GByteArray *array;           /* NULL where GMime reads from a file */
	const char *bytes; size_t nbytes; /* that GMime reads */
	struct buf lines, copy;      /* with line ends, and the bounded copy, where they were needed */
	const char *limit;           /* that message_scan() hit */
	const char *body; size_t body_len; /* where message is NULL */
};
void message_open(struct opened *o, const char *raw, size_t len, int spool); /* spool as in struct inside */
void message_close(struct opened *o);

/* A stream that writes into out, up to its ceiling, and swallows the rest. */
GMimeStream *message_sink_new(struct buf *out);

/* A multipart that the parser is within: what ends the parts in it. */
struct fence { const struct fence *outer; const char *boundary; };

/* A mail, or one embedded in it, being taken apart. */
struct walk {
	struct inside *in;
	struct message *m;
	GMimeParserOptions *options;
	struct buf plain, html, text;
	bool has_plain, has_html;
	unsigned nested;           /* embedded messages that we are within */
	const struct fence *fence; /* the innermost multipart that we are within */
	size_t parts;
};

/* message_header.c */
void message_limit(struct message *m, const char *which);          /* marks the mail, the first limit stays */
const char *message_one_line(struct arena *a, const char *s);      /* what strangers fold, pad or hide in a header becomes blanks */
void message_take_header(struct walk *w, GMimeObject *o);

/* message_embedded.c: a mail within the mail, as the bytes that it came as (line ends of the wire). */
void message_write_embedded(const struct walk *w, GMimeMessagePart *part, GMimeStream *to);

/* Header and parts of message into in->m and in->pieces. */
void message_take(struct inside *in, GMimeMessage *message, GMimeParserOptions *options, unsigned depth, unsigned nested);

#endif

/* smtp_room.h - what the files of the SMTP room share: lines made canonical, the conversation followed, the
 * outcome judged.
 *
 * Nothing in here knows libcurl or a socket: bytes and facts in, a value out.
 */
#ifndef ESCRELAY_EDGE_SMTP_ROOM_H
#define ESCRELAY_EDGE_SMTP_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/smtp.h"
#include "ground/buf.h"

/* ---- smtp_wire.c: what may go on the wire ---------------------------------------------------------------- */

/* NULL where s may stand in an envelope, else why not. "" is fit as a sender alone. */
const char *smtp_address_unfit(const char *s, bool sender);

/* Any of LF, CR and CR LF becomes CR LF, piece by piece. Begin with zeroes. */
struct smtp_lines {
	bool after_cr;  /* the last byte was a CR: an LF now belongs to it */
	bool mid_line;  /* the last line has no end yet */
};
#define SMTP_LINES_ROOM(len) (2 * (len)) /* what smtp_lines_add may need in out */
size_t smtp_lines_add(struct smtp_lines *l, const char *in, size_t len, char *out);
size_t smtp_lines_end(struct smtp_lines *l, char out[2]); /* ends the last line if it needs it: 0 or 2 */

/* ---- smtp_talk.c: where a conversation stands ------------------------------------------------------------- */

enum smtp_step { STEP_CONNECT, STEP_EHLO, STEP_STARTTLS, STEP_AUTH, STEP_MAIL, STEP_RCPT, STEP_DATA, STEP_BODY };

struct smtp_talk {
	enum smtp_step step;   /* the last thing we said; STEP_CONNECT: nothing yet */
	int code;              /* of the whole reply to it, 0: none yet */
	struct buf words;      /* that reply, or as much as fits, a line each */
	bool within;           /* a reply of several lines has begun */
	bool over;             /* QUIT was said: what follows decides nothing */
	bool secure;           /* TLS is up, or was not asked for */
	bool need_auth;        /* a user is set */
	bool offered;          /* the last EHLO's answer had AUTH in it */
	bool authenticated;    /* 235 */
	const char *password;  /* never to be repeated */
	struct buf said;       /* what we said in AUTH, likewise */
};

/* One for each connection; smtp_talk_next begins another mail on the same one. */
void smtp_talk_init(struct smtp_talk *t, enum tls_mode tls, const char *password);
void smtp_talk_free(struct smtp_talk *t);
void smtp_talk_next(struct smtp_talk *t);

void smtp_talk_say(struct smtp_talk *t, const char *line, size_t len);  /* we sent it */
/* The server sent it. False: go no further, the session needs AUTH and is not offered it. */
bool smtp_talk_hear(struct smtp_talk *t, const char *line, size_t len);

const char *smtp_step_word(enum smtp_step s); /* "RCPT", "the final dot" */
/* The reply as one printable line, without secrets; and its enhanced code. */
void smtp_talk_words(const struct smtp_talk *t, char *out, size_t room);
void smtp_talk_enhanced(const struct smtp_talk *t, char out[16]);
void smtp_talk_mask(const struct smtp_talk *t, char *text); /* secrets in any text become stars, in place */

/* What else is known when it has ended. */
struct smtp_ending {
	bool ok;            /* the transfer ended well, by its own account */
	bool setup;         /* it says that TLS, the login or the server's name was at fault */
	bool whole;         /* the end of the mail was given: the dot may have gone out */
	bool source_failed; /* the caller's read() did */
	bool stopped;       /* the caller said so */
	bool no_auth;       /* we went no further for want of AUTH */
};
enum smtp_outcome smtp_judge(const struct smtp_talk *t, const struct smtp_ending *e);

#endif

/* smtp.h - one submission session: libcurl's easy interface behind an outcome.
 *
 * libcurl 7.88 passes CR LF in a recipient and bare line feeds through, keeps a poisoned connection after a
 * timeout, leaves an earlier reply's code standing, ends a mail early where as many bytes are gone as were
 * announced, goes on without AUTH where none is offered, and may wait two minutes for the answer to QUIT. Cured here: addresses are checked, lines are made canonical on their
 * way out, the handle is thrown away after anything but success, the conversation is followed step by step,
 * and an outcome is never read from a code alone. One recipient a transaction. No text from here holds a
 * secret, whatever the server repeats of what it was told.
 */
#ifndef ESCRELAY_EDGE_SMTP_H
#define ESCRELAY_EDGE_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/settings.h"

struct smtp;

enum smtp_outcome {
	SMTP_SENT,        /* CURLE_OK and 2xx to the dot */
	SMTP_SOFT,        /* 4xx, or no connection, or broken before the last byte: try later */
	SMTP_HARD,        /* 5xx to MAIL, RCPT, DATA or the dot, unless it asks for authentication */
	SMTP_DOUBT,       /* all bytes given, no answer: the server may have it */
	SMTP_SUBMISSION,  /* 5xx at connect, EHLO, STARTTLS, AUTH; TLS failure; no AUTH offered: hold the queue */
	SMTP_UNFIT,       /* we refused to send it: an address that is none, or read() failed; no server can have it */
	SMTP_STOPPED,     /* the caller's tick said stop before the server could have it */
};

struct smtp_result {
	enum smtp_outcome outcome;
	int code;                 /* SMTP code of the reply that decided, 0 if none */
	char enhanced[16];        /* "5.1.1" or "" */
	char reply[512];          /* the server's words, its lines joined, printable; or what went wrong here */
	bool asked;               /* the server was asked about this mail; false: it is about the way there */
	bool reused;              /* over a connection that was open already */
	uint64_t bytes;           /* of the mail, given to the wire */
};

struct smtp_mail {
	const char *from;         /* envelope sender, "" for the null sender */
	const char *to;           /* one recipient */
	uint64_t size;            /* what smtp_size() said of the same bytes, for SIZE= (RFC 1870); 0: none is announced */
	void *context;
	/* Up to len bytes of the mail into out, 0 at its end, -1 on failure. Any line ends; the wire gets CRLF. */
	ssize_t (*read)(void *context, char *out, size_t len);
	/* Called at least once a second while it takes; false: give up now. May be NULL. committed: the server has been given
	 * everything, so that giving up now makes a doubt; a caller in a hurry may rather wait a little for the answer. */
	bool (*tick)(void *context, bool committed);
};

/* Connects at the first mail. s is to outlive it; password (a bearer token with xoauth2; NULL without a user)
 * is copied. */
struct smtp *smtp_open(const struct submission_settings *s, const char *password);
void         smtp_rest(struct smtp *c);  /* QUIT now, nothing to do for a while; the next mail connects again */
void         smtp_close(struct smtp *c); /* the same for good; NULL is fine; neither waits for the server */
void         smtp_send(struct smtp *c, const struct smtp_mail *mail, struct smtp_result *r);

/* Bytes on the wire, doubled dots with them, of what read() gives up to its end; 0 if it fails. An exact size and no other may
 * be announced: where libcurl has sent as many bytes as it was told of, it takes the mail for complete. */
uint64_t     smtp_size(ssize_t (*read)(void *context, char *out, size_t len), void *context);

/* Seconds within which every smtp_send is over, whatever the server does: what a lease must be longer than. */
int64_t      smtp_deadline(const struct submission_settings *s);

const char *smtp_outcome_word(enum smtp_outcome o);

#endif

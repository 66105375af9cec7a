/* imap.h - the support mailbox, as five verbs.
 *
 * libetpan (1.9.4) crashes and hangs on hostile servers and verifies no certificate, so it runs in a child
 * process (imap_child.c, this very program exec'd again as `escrelay imap-child`) over a stream of our own
 * (imap_stream.c: GnuTLS with chain and name verified, an absolute deadline, a byte budget, EOF is an error).
 * The child has no store; the two talk over a socketpair in frames (imap_wire.h). The parent side here kills
 * the child at a wall-clock deadline and gives every failure a class. Only UIDs and configured names ever
 * become IMAP arguments.
 */
#ifndef ESCRELAY_EDGE_IMAP_H
#define ESCRELAY_EDGE_IMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"

struct imap;

enum imap_status {
	IMAP_OK,
	IMAP_GONE,       /* connection lost, child dead or killed: reconnect with backoff */
	IMAP_TEMPORARY,  /* the server says later (NO [UNAVAILABLE], [INUSE] …) */
	IMAP_AUTH,       /* credentials refused: slow retry, one alarm */
	IMAP_TLS,        /* certificate or handshake refused */
	IMAP_CONFIG,     /* no such folder, keyword not permitted, no UIDPLUS or MOVE for what is configured … */
	IMAP_HOSTILE,    /* the server broke the protocol or a limit, or crashed the library */
	IMAP_STOPPED,    /* the caller's stop descriptor became readable, or its sink wanted no more */
};

/* After a refusal (IMAP_TEMPORARY, IMAP_CONFIG, IMAP_AUTH, a mail without text) the connection may still be good:
 * imap_usable() tells. After every other failure only imap_close() is left. */

/* Starts the child and logs in. password: its value (NULL for AUTH_NONE); with AUTH_XOAUTH2 the access token.
 * stop_fd: readable when the caller wants out (-1: never); an acknowledgement that has begun gets five seconds
 * more. On failure *im is NULL and why (static size) tells a person what happened. */
enum imap_status imap_open(struct imap **im, const struct mailbox_settings *m, const char *password, int stop_fd,
    char why[256]);
void        imap_close(struct imap *im);        /* LOGOUT with a second's patience, then kill; NULL is fine */
const char *imap_why(const struct imap *im);    /* of the last failure */

uint32_t imap_uidvalidity(const struct imap *im);
uint32_t imap_uidnext(const struct imap *im);   /* when the folder was opened; 0: the server did not say */
bool     imap_usable(const struct imap *im);    /* false: only imap_close() is left to do */

/* UIDs now in the folder (for ACK_KEYWORD: without the keyword), ascending, at most IMAP_LIST_MAX (the lowest).
 * *uids is malloc'ed. */
enum imap_status imap_list(struct imap *im, uint32_t **uids, size_t *n);

/* Fetches the mails of uids (BODY.PEEK[], streamed, one UID FETCH over up to IMAP_WINDOW of them) and gives
 * each to the sink: its pieces, then its end, in the server's order. A mail that has vanished meanwhile is
 * simply not given. Over size_limit only the first 64 KiB come, cut is true and size the whole mail's, and it
 * comes after the others of its window. ok false: forget the pieces. Its uid is 0 when the connection broke in
 * it; otherwise the server has no text for this mail: the others are still given, and the result is
 * IMAP_HOSTILE with the UID in imap_why() and the connection as good as before. A sink that returns false stops
 * it (IMAP_STOPPED). Large batches get more time than the deadline: a second for each 64 KiB. */
struct imap_mail { uint32_t uid; uint64_t size; int64_t internaldate; bool cut; bool ok; };
struct imap_sink {
	void *context;
	bool (*piece)(void *context, const char *bytes, size_t len);
	bool (*end)(void *context, const struct imap_mail *mail);
};
enum imap_status imap_fetch(struct imap *im, const uint32_t *uids, size_t n, const struct imap_sink *sink);

/* Says "done" for these UIDs the configured way, idempotent; those that vanished are no error. */
enum imap_status imap_acknowledge(struct imap *im, const uint32_t *uids, size_t n);

/* Waits until the server says that something came, the seconds are over (at most 28 min; RFC 2177 wants < 29),
 * or stop_fd. IMAP_OK in the first two cases. Without IDLE on the server it only waits. */
enum imap_status imap_wait(struct imap *im, int64_t seconds);

/* Entry of the child: reads orders from the socket fd until EOF. Returns the exit status. */
int imap_child(int fd);

#endif

/* imap_stream.h - a connection to a mail server that cannot hang and that knows whom it talks to.
 *
 * Certificate chain and host name are verified before a byte of ours leaves, TLS 1.2 or later; every read and write
 * ends at an absolute deadline; all that comes passes the guard. Used in the child alone.
 */
#ifndef ESCRELAY_EDGE_IMAP_STREAM_H
#define ESCRELAY_EDGE_IMAP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "edge/imap.h"
#include "edge/imap_guard.h"

struct imap_stream;

/* Connects to the host's addresses in turn until the deadline (on imap_now()'s clock). loopback_only: no other address
 * will do. Never NULL; imap_stream_failed() tells. */
struct imap_stream *imap_stream_open(const char *host, unsigned port, bool loopback_only, int64_t deadline);
void imap_stream_free(struct imap_stream *s);    /* NULL is fine */

/* The handshake. ca: PEM file of the authorities to trust, NULL: the system's. */
bool imap_stream_tls(struct imap_stream *s, const char *host, const char *ca);

/* What the next command may take and bring. */
void imap_stream_expect(struct imap_stream *s, int64_t deadline, uint64_t budget, uint64_t literal_max);
void imap_stream_extend(struct imap_stream *s, int64_t ms); /* time that was not the server's */

ssize_t imap_stream_read(struct imap_stream *s, void *out, size_t len);        /* at least 1, or -1: also at the end */
ssize_t imap_stream_write(struct imap_stream *s, const void *bytes, size_t len); /* all of it, or -1 */

/* Looks without waiting: 1 there is something to read, 0 nothing yet (TLS itself may have talked), -1 failed. */
int imap_stream_peek(struct imap_stream *s);
int imap_stream_fd(const struct imap_stream *s);
struct imap_guard *imap_stream_guard(struct imap_stream *s);

/* IMAP_OK, or what ended the stream and why, in words for a person. */
enum imap_status imap_stream_failed(const struct imap_stream *s, const char **why);

#endif

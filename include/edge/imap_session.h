/* imap_session.h - one login to one mailbox, spoken with libetpan over imap_stream; only the child uses it.
 *
 * Every function returns true when it is done; on false status and why tell what happened, and over tells
 * that the connection cannot be used any more. The library sees neither ENVELOPE nor BODYSTRUCTURE: its parsers
 * for them recurse without end.
 */
#ifndef ESCRELAY_EDGE_IMAP_SESSION_H
#define ESCRELAY_EDGE_IMAP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/imap.h"
#include "edge/imap_wire.h"

struct imap_session;

struct imap_session *imap_session_new(void);
void                 imap_session_logout(struct imap_session *s); /* politely, within a second */

/* Connects, secures, logs in, selects. */
bool imap_session_open(struct imap_session *s, const struct imap_open_order *order, uint32_t *uidvalidity,
    uint32_t *uidnext);

/* UIDs in the folder, ascending and unique; at most IMAP_LIST_MAX, the lowest. *uids is malloc'ed. */
bool imap_session_list(struct imap_session *s, int64_t deadline, uint32_t **uids, size_t *n);

struct imap_seen { uint32_t uid; uint64_t size; int64_t internaldate; bool ok; };
struct imap_receiver {
	void *context;
	bool (*piece)(void *context, const char *bytes, size_t len);
	bool (*seen)(void *context, const struct imap_seen *seen); /* a FETCH response is complete */
};

/* Size and date of each of these mails that is still there. */
bool imap_session_sizes(struct imap_session *s, int64_t deadline, const uint32_t *uids, size_t n,
    const struct imap_receiver *to);

/* Their bytes, or if cut the first IMAP_CUT of each. ok is false for a mail whose body was missing. */
struct imap_bodies { const uint32_t *uids; size_t n; bool cut; uint64_t expected, largest; };
bool imap_session_bodies(struct imap_session *s, int64_t deadline, const struct imap_bodies *what,
    const struct imap_receiver *to);

/* Time spent in a receiver is not the server's. */
void imap_session_extend(struct imap_session *s, int64_t ms);

/* Says "done" in the configured way. */
bool imap_session_acknowledge(struct imap_session *s, int64_t deadline, const uint32_t *uids, size_t n);

/* Until something came, the time is over, or other_fd is readable. */
bool imap_session_wait(struct imap_session *s, int64_t ms, int other_fd);

enum imap_status imap_session_status(const struct imap_session *s, const char **why, bool *over);

#endif

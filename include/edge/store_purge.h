/* store_purge.h - what is old goes: letters that went, the bytes of mails that came, the record of what was decided. See
 * store.h.
 *
 * Only what belongs to nothing that is open: no mail that waits, is held in quarantine, or is to be sent along with a
 * letter; nothing of a case that is open, has an open filing, or was closed so lately that its reply addresses still
 * work. What stays for good is small: a line for each mail and each case, Message-IDs, and by what a mail is known if it
 * comes again.
 *
 * It goes in steps, each a transaction of its own, so that others come in between and a death leaves nothing half done.
 */
#ifndef ESCRELAY_EDGE_STORE_PURGE_H
#define ESCRELAY_EDGE_STORE_PURGE_H

#include "edge/store.h"

enum purge_kind {
	PURGE_LETTERS,   /* whole, with their attempts */
	PURGE_MAILS,     /* their bytes; the journal's line says when they went */
	PURGE_EVENTS,    /* of cases */
	PURGE_DECISIONS, /* why a mail was judged as it was; with it its sender and subject */
	PURGE_KINDS
};

struct purge_ask {
	int64_t before;  /* only what is older */
	int64_t closed;  /* of cases that were closed before then */
	int64_t now;
};
struct purge_sum { int64_t rows, bytes; };

/* The next step behind row *at (0: from the start): counted, or removed (act). Adds to sum. 1: there may be more; 0: that
 * was the end; -1: a fault. A step takes at most some megabytes, or one mail. */
int store_purge(struct store *s, enum purge_kind kind, const struct purge_ask *ask, bool act, int64_t *at,
    struct purge_sum *sum);

/* Up to when rows of the kind may be missing: the latest `before` under which any was removed. 0: never. */
int64_t store_purged_before(struct store *s, enum purge_kind kind);

/* Of the store's file: bytes in all, and on free pages, which are used again before it grows. */
int64_t store_bytes(struct store *s, int64_t *free_bytes);

#endif

/* fetch_take.h - one mailbox's worker, and how it takes mails: from the server through the spool into the journal. */
#ifndef ESCRELAY_STAGE_FETCH_TAKE_H
#define ESCRELAY_STAGE_FETCH_TAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"
#include "edge/imap.h"
#include "edge/store.h"
#include "stage/crew.h"
#include "stage/fetch_spool.h"
#include "stage/fetch_suspects.h"

#define BATCH_MAILS SPOOL_MAILS        /* mails that share one commit */

struct post {                          /* one mailbox's worker */
	const struct settings *settings;
	const struct mailbox_settings *box;
	const struct crew_member *me;
	struct store *store;
	struct imap *imap;
	struct spool spool;
	uint32_t ours[BATCH_MAILS];    /* journalled in this batch, to be acknowledged */
	size_t nours;
	uint32_t *owed;                /* ours, and the server would not have it acknowledged yet; ascending */
	size_t nowed;
	struct suspects suspects;
	unsigned barren;               /* batches in a row that broke before a mail had come */
	uint32_t alone;                /* the suspect that is being fetched alone; 0: none */
	bool damaged;                  /* it did not come whole: what came stands in the spool */
	bool aside;                    /* one was set aside in this life */
	int64_t backoff;
	unsigned char refused[32];     /* digest of the password or token that the server refused */
	enum imap_status alarmed;      /* said already, until it is well again */
	enum imap_status behind;       /* why acknowledging failed in this look, IMAP_OK: it did not */
	bool cramped;                  /* the disk is too full: said already */
	bool noted;                    /* with mails, that the mailbox was looked at */
	bool failed;                   /* our own store or disk did in this look: the server is not to blame */
	bool once;
};

/* Whether there is room for more beside the store; sets cramped and says so once. */
bool take_room(struct post *p);

/* At most BATCH_MAILS: what comes is journalled and acknowledged, whatever then becomes of the rest. Where the server
 * failed over a mail, that one is suspected. IMAP_OK: the connection is good, see cramped, failed and behind. */
enum imap_status take_batch(struct post *p, const uint32_t *uids, size_t n);

/* A suspect. After its last try what came of it is journalled as damaged, for the operator; the mail stays on the server. */
enum imap_status take_alone(struct post *p, uint32_t uid);

/* Says "done" to the server. What it will not have now is owed and tried again at the next look. */
enum imap_status take_acknowledge(struct post *p, const uint32_t *uids, size_t n);

#endif

/* fetch_take.c - see fetch_take.h. */
#include "stage/fetch_take.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ground/clock.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"

/* Bytes that share one commit, if there are not BATCH_MAILS first: what SQLite's cache of 2 MB holds. A transaction that
 * does not fit there is written page by page, and its checksums once more at the end, for twice the work. */
#define COMMIT_BYTES SPOOL_MEMORY
#define FREE_ROOM    (64 << 20)        /* bytes that must stay free beside twice the largest mail */

/* ---- to the journal ------------------------------------------------------------------------------------ */

static bool
journal_one(struct post *p, const struct spooled *m, char *chunk)
{
	struct journal_entry e = { .mailbox = p->box->name, .uidvalidity = imap_uidvalidity(p->imap), .uid = m->uid,
		.received = clock_now(), .size = m->bytes, .cut = m->cut, .damaged = p->damaged };
	uint64_t at = 0;
	int64_t id;

	memcpy(e.sha256, m->sha256, sizeof(e.sha256));
	id = store_journal_add(p->store, &e);
	if (id == 0)
		return store_fault(p->store) == STORE_OK; /* journalled in a former life, and it is the same mail: fine */
	for (unsigned seq = 0; at < m->bytes; seq++) {
		size_t len = m->bytes - at < STORE_CHUNK ? (size_t)(m->bytes - at) : STORE_CHUNK;
		const char *bytes = spool_see(&p->spool, m->offset + at, chunk, len);

		if (bytes == NULL)
			return false;
		store_journal_bytes(p->store, id, seq, bytes, len);
		at += len;
	}
	return store_fault(p->store) == STORE_OK;
}

/* The spooled mails in one durable transaction. After it they are ours. */
static bool
journal_batch(struct post *p)
{
	char *chunk = xmalloc(STORE_CHUNK);
	bool ok = store_begin(p->store);

	for (size_t i = 0; ok && i < p->spool.n; i++)
		ok = journal_one(p, &p->spool.mails[i], chunk);
	if (ok) {
		store_mailbox_seen(p->store, p->box->name, imap_uidvalidity(p->imap), clock_now());
		ok = store_commit(p->store);
		p->noted = ok;
	} else
		store_rollback(p->store);
	free(chunk);
	if (!ok) {
		log_error("mailbox %s: %zu messages could not be journalled and stay on the server: %s", p->box->name, p->spool.n,
		    store_why(p->store));
		p->failed = true;
		return false;
	}
	wake_poke(p->settings->store, "decide");
	return true;
}

/* What is spooled goes to the journal and is noted for the acknowledgement; the spool is empty again. */
static bool
flush(struct post *p)
{
	if (p->spool.n == 0)
		return true;
	if (!journal_batch(p))
		return false;
	log_info("mailbox %s: journalled %zu message%s", p->box->name, p->spool.n, p->spool.n == 1 ? "" : "s");
	if (!p->once)
		p->backoff = 0;
	for (size_t i = 0; i < p->spool.n && p->nours < BATCH_MAILS; i++)
		p->ours[p->nours++] = p->spool.mails[i].uid;
	return spool_reset(&p->spool);
}

bool
take_room(struct post *p)
{
	int64_t have = store_free_bytes(p->store), want = (int64_t)(2 * p->box->size_limit) + FREE_ROOM;
	bool cramped = have >= 0 && have < want;

	if (cramped && !p->cramped)
		log_error("mailbox %s: %" PRId64 " MB free beside the store, %" PRId64 " MB wanted: nothing is fetched; the mail waits safely on the server",
		    p->box->name, have >> 20, want >> 20);
	else if (p->cramped && !cramped)
		log_info("mailbox %s: there is room beside the store again", p->box->name);
	p->cramped = cramped;
	return !cramped;
}

/* ---- from the server ----------------------------------------------------------------------------------- */

static bool
take_piece(void *context, const char *bytes, size_t len)
{
	struct post *p = context;

	crew_beat(p->me);
	if (!spool_piece(&p->spool, bytes, len))
		p->failed = true;
	return !p->failed;
}

static bool
take_end(void *context, const struct imap_mail *mail)
{
	struct post *p = context;

	if (p->alone != 0 && !mail->ok) { /* it may be the last try */
		p->damaged = true;
		return spool_end(&p->spool, p->alone, true, true);
	}
	if (!mail->ok && mail->uid != 0)
		suspects_add(&p->suspects, mail->uid); /* the server has no text for it */
	return spool_end(&p->spool, mail->uid, mail->cut, mail->ok) && (p->spool.end < COMMIT_BYTES || flush(p));
}

/* Fetches and journals. Also what came whole before a failure is kept: it need not be fetched again. */
static enum imap_status
take(struct post *p, const uint32_t *uids, size_t n)
{
	struct imap_sink sink = { .context = p, .piece = take_piece, .end = take_end };
	enum imap_status status;

	p->nours = 0;
	p->damaged = false;
	if (!spool_reset(&p->spool)) {
		p->failed = true;
		return IMAP_OK;
	}
	status = imap_fetch(p->imap, uids, n, &sink);
	if (!p->failed && !p->damaged)
		flush(p);
	if (p->failed)
		return imap_usable(p->imap) ? IMAP_OK : IMAP_TEMPORARY;
	return status;
}

/* ---- acknowledging --------------------------------------------------------------------------------------- */

static int
by_number(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

/* To be acknowledged at the next look, without being fetched again. */
static void
owe(struct post *p, const uint32_t *uids, size_t n)
{
	if (n == 0)
		return;
	p->owed = xrealloc(p->owed, p->nowed + n, sizeof(*p->owed));
	memcpy(p->owed + p->nowed, uids, n * sizeof(*uids));
	p->nowed += n;
	qsort(p->owed, p->nowed, sizeof(*p->owed), by_number);
}

enum imap_status
take_acknowledge(struct post *p, const uint32_t *uids, size_t n)
{
	enum imap_status status = n == 0 ? IMAP_OK : imap_acknowledge(p->imap, uids, n);

	if (status == IMAP_OK)
		return IMAP_OK;
	owe(p, uids, n);
	if (!imap_usable(p->imap))
		return status;
	/* A full folder for what is done, say: no reason to let new mail wait. */
	if (p->behind == IMAP_OK)
		log_warning("mailbox %s: journalled messages stay in the folder for now: %s", p->box->name, imap_why(p->imap));
	p->behind = status;
	return IMAP_OK;
}

/* ---- batches, and those that break them ------------------------------------------------------------------- */

static bool
came(const struct post *p, uint32_t uid)
{
	for (size_t i = 0; i < p->nours; i++)
		if (p->ours[i] == uid)
			return true;
	return false;
}

/* The server gives a batch in its order, so the first that did not come is the likely culprit. Where two batches in a
 * row broke before anything had come, that was wrong: then it may be any of them. */
static void
suspect(struct post *p, const uint32_t *uids, size_t n)
{
	p->barren = p->nours > 0 ? 0 : p->barren + 1;
	for (size_t i = 0; i < n; i++)
		if (!came(p, uids[i])) {
			suspects_add(&p->suspects, uids[i]);
			if (p->barren < 2)
				break;
		}
}

enum imap_status
take_batch(struct post *p, const uint32_t *uids, size_t n)
{
	enum imap_status status = take(p, uids, n);

	if (p->failed || status == IMAP_STOPPED || (status != IMAP_OK && !imap_usable(p->imap))) {
		owe(p, p->ours, p->nours);
		if (!p->failed && status != IMAP_STOPPED)
			suspect(p, uids, n);
		return status;
	}
	if (status == IMAP_OK)
		p->barren = 0;
	else {
		/* It may merely be gone: no harm done, and nothing to warn of. */
		log_info("mailbox %s: %s; tried again alone", p->box->name, imap_why(p->imap));
		if (status != IMAP_HOSTILE) /* else take_end() knows which it was */
			suspect(p, uids, n);
	}
	return take_acknowledge(p, p->ours, p->nours);
}

static void
set_aside(struct post *p, const char *why)
{
	log_error("mailbox %s: the server cannot give UID %" PRIu32 " (%s): it stays there, is held for the operator, and "
	    "is tried again in an hour and at each start",
	    p->box->name, p->alone, why);
	p->damaged = p->aside = true;
	if (p->spool.n == 0 && !spool_end(&p->spool, p->alone, true, true)) /* not a byte of it came */
		p->failed = true;
	else
		journal_batch(p);
}

enum imap_status
take_alone(struct post *p, uint32_t uid)
{
	enum imap_status status;
	unsigned strike;
	bool tried;

	p->alone = uid;
	status = take(p, &uid, 1);
	strike = status == IMAP_HOSTILE ? STRIKE_BROKEN : STRIKE_LOST;
	tried = !p->failed && status != IMAP_STOPPED; /* else it was not the server that failed */
	if (tried && status == IMAP_OK && !p->damaged)
		suspects_clear(&p->suspects, uid);
	else if (tried && suspects_strike(&p->suspects, uid, strike, clock_monotonic_ms() / 1000))
		set_aside(p, imap_why(p->imap));
	p->alone = 0;
	p->damaged = false;
	if (status == IMAP_OK)
		return take_acknowledge(p, p->ours, p->nours);
	return imap_usable(p->imap) && status != IMAP_STOPPED ? IMAP_OK : status;
}

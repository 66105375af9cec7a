/* fetch.c - the story of a mail's arrival.
 *
 *   list what is in the folder -> those we do not know: fetch, spool, journal (here it becomes ours) -> acknowledge
 *   on the server -> wait for more.
 *
 * One worker a mailbox. Nothing on the server changes before the journal's commit; what was journalled but not
 * acknowledged (we died in between) is known by its UID at the next look and only acknowledged. A UIDVALIDITY that
 * changes makes every UID new; decide recognises what it has acted on by content.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/settings.h"
#include "edge/imap.h"
#include "edge/store.h"
#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/digest.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "stage/crew.h"
#include "stage/fetch_spool.h"
#include "stage/load.h"
#include "stage/stage.h"

#define BATCH_MAILS     64             /* mails that share one commit */
#define COMMIT_BYTES    (16u << 20)    /* or bytes, whichever comes first */
#define BACKOFF_FIRST   2              /* seconds before the first reconnect */
#define BACKOFF_LONGEST 300
#define BACKOFF_AUTH    900            /* a refused password: slowly, or the account is locked */
#define FREE_ROOM       (64 << 20)     /* bytes that must stay free beside twice the largest mail */

struct post {                          /* one mailbox's worker */
	const struct settings *settings;
	const struct mailbox_settings *box;
	const struct crew_member *me;
	struct store *store;
	struct imap *imap;
	struct spool spool;
	uint32_t ours[BATCH_MAILS];    /* journalled in this batch, to be acknowledged */
	size_t nours;
	int64_t backoff;
	enum imap_status alarmed;      /* said already, until it is well again */
	bool cramped;                  /* the disk is too full: said already */
	bool once, failed;
};

/* ---- to the journal ------------------------------------------------------------------------------------ */

static bool
journal_one(struct post *p, const struct spooled *m, char *chunk)
{
	struct journal_entry e = { .mailbox = p->box->name, .uidvalidity = imap_uidvalidity(p->imap), .uid = m->uid,
		.received = clock_now(), .size = m->bytes, .cut = m->cut };
	uint64_t at = 0;
	int64_t id;

	memcpy(e.sha256, m->sha256, sizeof(e.sha256));
	id = store_journal_add(p->store, &e);
	if (id == 0)
		return store_fault(p->store) == STORE_OK; /* journalled by somebody else meanwhile: fine */
	for (unsigned seq = 0; at < m->bytes; seq++) {
		size_t len = m->bytes - at < STORE_CHUNK ? (size_t)(m->bytes - at) : STORE_CHUNK;

		if (!spool_read(&p->spool, m->offset + at, chunk, len))
			return false;
		store_journal_bytes(p->store, id, seq, chunk, len);
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
	} else
		store_rollback(p->store);
	free(chunk);
	if (!ok)
		log_error("mailbox %s: %zu messages could not be journalled and stay on the server: %s", p->box->name, p->spool.n,
		    store_why(p->store));
	return ok;
}

/* What is spooled goes to the journal and is noted for the acknowledgement; the spool is empty again. */
static bool
flush(struct post *p)
{
	if (p->spool.n == 0)
		return true;
	if (!journal_batch(p)) {
		p->failed = true;
		return false;
	}
	log_info("mailbox %s: journalled %zu message%s", p->box->name, p->spool.n, p->spool.n == 1 ? "" : "s");
	wake_poke(p->settings->store, "decide");
	for (size_t i = 0; i < p->spool.n && p->nours < BATCH_MAILS; i++)
		p->ours[p->nours++] = p->spool.mails[i].uid;
	return spool_reset(&p->spool);
}

static bool
room_on_disk(struct post *p)
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

static bool
take_piece(void *context, const char *bytes, size_t len)
{
	struct post *p = context;

	crew_beat(p->me);
	return spool_piece(&p->spool, bytes, len);
}

static bool
take_end(void *context, const struct imap_mail *mail)
{
	struct post *p = context;

	return spool_end(&p->spool, mail->uid, mail->cut, mail->ok) && (p->spool.end < COMMIT_BYTES || flush(p));
}

static enum imap_status
fetch_batch(struct post *p, const uint32_t *uids, size_t n)
{
	struct imap_sink sink = { .context = p, .piece = take_piece, .end = take_end };
	enum imap_status status;

	if (!room_on_disk(p) || !spool_reset(&p->spool))
		return IMAP_TEMPORARY;
	p->nours = 0;
	status = imap_fetch(p->imap, uids, n, &sink);
	/* Also what came whole before a failure is kept: it need not be fetched again. */
	if (p->failed || !flush(p)) {
		p->failed = false;
		return IMAP_TEMPORARY;
	}
	if (status == IMAP_OK && p->nours > 0)
		status = imap_acknowledge(p->imap, p->ours, p->nours);
	return status;
}

/* One look at the mailbox: everything in it that is new is journalled, everything journalled is acknowledged. */
static enum imap_status
look(struct post *p)
{
	uint32_t *uids = NULL, known_validity = store_mailbox_uidvalidity(p->store, p->box->name);
	uint32_t validity = imap_uidvalidity(p->imap), batch[BATCH_MAILS];
	enum imap_status status;
	size_t n = 0, fresh = 0, old = 0;

	if (known_validity != 0 && known_validity != validity)
		log_warning("mailbox %s: UIDVALIDITY changed from %u to %u (restored, rebuilt or moved): every message is looked at anew, none is acted on twice",
		    p->box->name, known_validity, validity);
	status = imap_list(p->imap, &uids, &n);
	/* First what a former life journalled and did not get to acknowledge. */
	for (size_t i = 0; status == IMAP_OK && i < n; i++) {
		if (store_journal_known(p->store, p->box->name, validity, uids[i]))
			batch[old++] = uids[i];
		else
			uids[fresh++] = uids[i];
		if (old == BATCH_MAILS || (i + 1 == n && old > 0)) {
			status = imap_acknowledge(p->imap, batch, old);
			old = 0;
		}
		if (crew_stopping(p->me))
			status = IMAP_STOPPED;
	}
	for (size_t i = 0; status == IMAP_OK && i < fresh; i += BATCH_MAILS) {
		status = fetch_batch(p, uids + i, fresh - i < BATCH_MAILS ? fresh - i : BATCH_MAILS);
		crew_beat(p->me);
	}
	free(uids);
	if (status == IMAP_OK && store_begin(p->store)) {
		store_mailbox_seen(p->store, p->box->name, validity, clock_now());
		store_commit(p->store);
	}
	if (store_fault(p->store) != STORE_OK) {
		log_error("%s", store_why(p->store));
		store_forgive(p->store);
		return status == IMAP_OK ? IMAP_TEMPORARY : status;
	}
	return status;
}

/* ---- the connection ------------------------------------------------------------------------------------ */

static enum imap_status
connect_mailbox(struct post *p)
{
	const char *why = NULL;
	char said[256] = "";
	char *password = NULL;
	enum imap_status status;

	if (p->box->auth != AUTH_NONE && (password = secret_read(&p->box->password, p->settings->folder, &why)) == NULL) {
		log_error("mailbox %s: no password: %s", p->box->name, why);
		return IMAP_AUTH;
	}
	status = imap_open(&p->imap, p->box, password, p->me->signals, said);
	if (password != NULL) {
		explicit_bzero(password, strlen(password));
		free(password);
	}
	if (status != IMAP_OK && status != IMAP_STOPPED && p->alarmed != status) {
		log_error("mailbox %s: %s", p->box->name, said);
		service_status("mailbox %s: %s", p->box->name, said);
		p->alarmed = status;
	}
	if (status == IMAP_OK) {
		log_info("mailbox %s: connected to %s, folder %s", p->box->name, p->box->server.host, p->box->folder);
		p->alarmed = IMAP_OK;
		service_status("mailbox %s: connected, folder %s", p->box->name, p->box->folder);
	}
	return status;
}

/* Waits after a failure, longer each time, with jitter so that many do not return at once. */
static void
back_off(struct post *p, enum imap_status status)
{
	int64_t seconds = status == IMAP_AUTH ? BACKOFF_AUTH : p->backoff == 0 ? BACKOFF_FIRST : p->backoff * 2;
	unsigned char jitter;

	if (status != IMAP_AUTH) {
		if (seconds > BACKOFF_LONGEST)
			seconds = BACKOFF_LONGEST;
		p->backoff = seconds;
	}
	random_bytes(&jitter, 1);
	for (int64_t until = clock_monotonic_ms() + seconds * 1000 + seconds * jitter; clock_monotonic_ms() < until && !crew_stopping(p->me);) {
		int64_t left = until - clock_monotonic_ms();

		wait_for(&p->me->signals, 1, left > 10000 ? 10000 : left);
		crew_beat(p->me);
	}
}

static int
serve_mailbox(struct post *p)
{
	enum imap_status status = IMAP_OK;

	while (!crew_stopping(p->me)) {
		crew_beat(p->me);
		status = p->imap == NULL ? connect_mailbox(p) : IMAP_OK;
		if (status == IMAP_OK)
			status = look(p);
		if (p->once && (status == IMAP_OK || p->imap == NULL || status != IMAP_GONE))
			break;
		if (status == IMAP_OK) {
			p->backoff = 0;
			status = imap_wait(p->imap, p->box->poll);
		}
		if (status == IMAP_OK)
			continue;
		if (status == IMAP_STOPPED)
			break;
		if (p->imap != NULL && status != IMAP_GONE && *imap_why(p->imap) != '\0') /* else the fault is ours, and was said */
			log_warning("mailbox %s: %s", p->box->name, imap_why(p->imap));
		imap_close(p->imap);
		p->imap = NULL;
		if (p->once && ++p->backoff > 2)
			break;
		if (!p->once)
			back_off(p, status);
	}
	if (p->once && status != IMAP_OK && p->imap != NULL && *imap_why(p->imap) != '\0')
		log_error("mailbox %s: %s", p->box->name, imap_why(p->imap));
	imap_close(p->imap);
	p->imap = NULL;
	return status == IMAP_OK || (status == IMAP_STOPPED && !p->once) ? 0 : status == IMAP_TEMPORARY ? 1 : 3;
}

static int
work(void *context, const struct crew_member *me)
{
	const struct loaded *l = context;
	struct post p = { .settings = l->settings, .box = &l->settings->mailboxes[me->index], .me = me, .once = l->once };
	enum store_fault fault;
	char why[256];
	int status = 3;

	p.store = store_open(l->settings->store, STORE_WRITE, &fault, why);
	if (p.store == NULL) {
		log_error("%s", why);
		return 3;
	}
	if (spool_open(&p.spool, l->settings->store))
		status = serve_mailbox(&p);
	else
		log_error("cannot make a spool file beside %s: %s", l->settings->store, strerror(errno));
	spool_close(&p.spool);
	store_close(p.store);
	return status;
}

static bool
plan(const struct loaded *l, struct crew *c)
{
	c->workers = (unsigned)l->settings->nmailboxes;
	c->patience_ms = 120000;
	c->stop_ms = 10000;
	for (size_t i = 0; i < l->settings->nmailboxes; i++)
		if ((l->settings->mailboxes[i].poll + l->settings->mailboxes[i].deadline) * 2000 > c->patience_ms)
			c->patience_ms = (l->settings->mailboxes[i].poll + l->settings->mailboxes[i].deadline) * 2000;
	return true;
}

int
stage_fetch(const char *conf, bool once)
{
	return crew_stage("fetch", conf, once, plan, work);
}

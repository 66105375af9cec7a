/* fetch.c - the story of a mail's arrival.
 *
 *   list what is in the folder -> those we do not know: fetch, spool, journal (here it becomes ours) -> acknowledge
 *   on the server -> wait for more.
 *
 * One worker a mailbox. Nothing on the server changes before the journal's commit; what was journalled but not
 * acknowledged (we died in between) is known by its UID at the next look, fetched once more to see that it is the same
 * mail (a server may use a number again), and only acknowledged. A UIDVALIDITY that changes makes every UID new; decide
 * recognises what it has acted on by content. How mails are taken is fetch_take.c; which of them stop the server, so that
 * the others must not wait for them, fetch_suspects.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/settings.h"
#include "edge/imap.h"
#include "edge/store.h"
#include "ground/clock.h"
#include "ground/digest.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "stage/crew.h"
#include "stage/fetch_take.h"
#include "stage/load.h"
#include "stage/stage.h"

#define BACKOFF_FIRST   2              /* seconds before the first reconnect */
#define BACKOFF_LONGEST 300
#define BACKOFF_HERE    15             /* at most, while the connection is good and the trouble is another */
#define BACKOFF_AUTH    900            /* a refused password: slowly, or the account is locked */
#define PEEK_MS         2000           /* while waiting: are we to stop, is there a new password? */
#define ONCE_TRIES      6              /* with --once: enough for a mail to be set aside and the end to be told */

/* ---- one look at the mailbox ---------------------------------------------------------------------------- */

static bool
among(const uint32_t *uids, size_t n, uint32_t uid)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (uids[middle] < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && uids[low] == uid;
}

/* Acknowledges what this life journalled and the server would not have acknowledged then. Leaves in uids the others: also
 * those of a former life, whose bytes have to be compared first. */
static enum imap_status
settle_owed(struct post *p, uint32_t *uids, size_t *n)
{
	uint32_t *owed = p->owed, batch[BATCH_MAILS];
	size_t nowed = p->nowed, old = 0, others = 0;
	enum imap_status status = IMAP_OK;

	p->owed = NULL;
	p->nowed = 0;
	for (size_t i = 0; i < *n; i++) {
		if (among(owed, nowed, uids[i]))
			batch[old++] = uids[i];
		else
			uids[others++] = uids[i];
		if (status == IMAP_OK && (old == BATCH_MAILS || (i + 1 == *n && old > 0))) {
			status = take_acknowledge(p, batch, old);
			crew_beat(p->me);
			old = 0;
		}
	}
	free(owed);
	*n = others;
	return status;
}

static bool
going_well(struct post *p, enum imap_status status)
{
	return status == IMAP_OK && !p->failed && !crew_stopping(p->me) && take_room(p);
}

static enum imap_status
take_all(struct post *p, const uint32_t *uids, size_t n)
{
	uint32_t alone[SUSPECTS_MAX];
	size_t due = suspects_due(&p->suspects, clock_monotonic_ms() / 1000, alone); /* not those of this look */
	enum imap_status status = IMAP_OK;

	for (size_t i = 0; going_well(p, status) && i < n; i += BATCH_MAILS) {
		status = take_batch(p, uids + i, n - i < BATCH_MAILS ? n - i : BATCH_MAILS);
		crew_beat(p->me);
	}
	for (size_t i = 0; going_well(p, status) && i < due; i++) {
		status = take_alone(p, alone[i]);
		crew_beat(p->me);
	}
	return crew_stopping(p->me) && status == IMAP_OK ? IMAP_STOPPED : status;
}

/* One look at the mailbox: everything in it that is new is journalled, everything journalled is acknowledged. */
static enum imap_status
look(struct post *p)
{
	uint32_t *uids = NULL, known_validity = store_mailbox_uidvalidity(p->store, p->box->name);
	uint32_t validity = imap_uidvalidity(p->imap);
	enum imap_status status;
	size_t n = 0;

	if (known_validity != 0 && known_validity != validity)
		log_warning("mailbox %s: UIDVALIDITY changed from %u to %u (restored, rebuilt or moved): every message is looked at anew, none is acted on twice",
		    p->box->name, known_validity, validity);
	p->behind = IMAP_OK;
	p->failed = p->noted = false;
	if (p->suspects.uidvalidity != validity)
		p->nowed = 0; /* those numbers mean other mails now */
	status = imap_list(p->imap, &uids, &n);
	if (status == IMAP_OK)
		status = settle_owed(p, uids, &n);
	if (status == IMAP_OK) {
		n = suspects_part(&p->suspects, validity, uids, n);
		status = take_all(p, uids, n);
	}
	free(uids);
	if (status == IMAP_OK && !p->noted && store_begin(p->store)) { /* else decide and send need the lock more */
		store_mailbox_seen(p->store, p->box->name, validity, clock_now());
		store_commit(p->store);
	}
	if (store_fault(p->store) != STORE_OK) {
		log_error("%s", store_why(p->store));
		store_forgive(p->store);
		p->failed = true;
	}
	return status;
}

/* ---- the connection ------------------------------------------------------------------------------------ */

/* The password or token; NULL and *why where it cannot be had. */
static char *
read_secret(const struct post *p, unsigned char digest[DIGEST_BYTES], const char **why)
{
	char *secret = secret_read(&p->box->password, p->settings->folder, why);

	memset(digest, 0, DIGEST_BYTES);
	if (secret != NULL)
		digest_of(secret, strlen(secret), digest);
	return secret;
}

static void
drop_secret(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

/* Somebody has corrected the password, or a fresh token came, since it was refused: no need to wait on. */
static bool
has_new_secret(const struct post *p)
{
	unsigned char digest[DIGEST_BYTES];
	const char *why;
	char *secret = read_secret(p, digest, &why);
	bool fresh = secret != NULL && !digest_equal(digest, p->refused, sizeof(digest));

	drop_secret(secret);
	return fresh;
}

static enum imap_status
connect_mailbox(struct post *p)
{
	const char *why = NULL;
	char said[256] = "";
	char *password = NULL;
	enum imap_status status;

	if (p->box->auth != AUTH_NONE && (password = read_secret(p, p->refused, &why)) == NULL) {
		log_error("mailbox %s: no password: %s", p->box->name, why);
		return IMAP_AUTH;
	}
	status = imap_open(&p->imap, p->box, password, p->me->signals, said);
	drop_secret(password);
	if (status != IMAP_OK && status != IMAP_STOPPED && p->alarmed != status) {
		log_error("mailbox %s: %s", p->box->name, said);
		crew_status(p->me, "mailbox %s: %s", p->box->name, said);
		p->alarmed = status;
	}
	if (status == IMAP_OK) {
		log_info("mailbox %s: connected to %s, folder %s", p->box->name, p->box->server.host, p->box->folder);
		p->alarmed = IMAP_OK;
		crew_status(p->me, "mailbox %s: connected, folder %s", p->box->name, p->box->folder);
	}
	return status;
}

/* Waits after a failure, longer each time, with jitter so that many do not return at once. */
static void
back_off(struct post *p, enum imap_status status)
{
	int64_t seconds = status == IMAP_AUTH ? BACKOFF_AUTH : p->backoff == 0 ? BACKOFF_FIRST : p->backoff * 2;
	int64_t longest = status == IMAP_OK ? BACKOFF_HERE : BACKOFF_LONGEST;
	unsigned char jitter;

	if (status != IMAP_AUTH) {
		if (seconds > longest)
			seconds = longest;
		p->backoff = seconds;
	}
	random_bytes(&jitter, 1);
	for (int64_t until = clock_monotonic_ms() + seconds * 1000 + seconds * jitter; clock_monotonic_ms() < until && !crew_stopping(p->me);) {
		int64_t left = until - clock_monotonic_ms();

		wait_for(&p->me->signals, 1, left > PEEK_MS ? PEEK_MS : left);
		crew_beat(p->me);
		if (status == IMAP_AUTH && has_new_secret(p))
			break;
	}
}

/* The connection is good and yet it does not go on: no room, the store failed, or a mail has to be tried alone. */
static bool
in_trouble(struct post *p)
{
	uint32_t alone[SUSPECTS_MAX];

	return p->failed || p->cramped || suspects_due(&p->suspects, clock_monotonic_ms() / 1000, alone) > 0;
}

/* With --once: nothing that another try could mend is left. */
static bool
settled(struct post *p, enum imap_status status)
{
	uint32_t alone[SUSPECTS_MAX];

	if (p->imap == NULL || p->failed || p->cramped || status == IMAP_STOPPED)
		return true;
	return status != IMAP_GONE && suspects_due(&p->suspects, clock_monotonic_ms() / 1000, alone) == 0;
}

static enum imap_status
rest(struct post *p, enum imap_status status)
{
	bool trouble = status == IMAP_OK && in_trouble(p), idle = status == IMAP_OK && !trouble;

	if (idle) {
		p->backoff = 0;
		status = imap_wait(p->imap, p->box->poll);
	}
	if (status == IMAP_STOPPED || (status == IMAP_OK && !trouble))
		return status;
	if (!trouble) {
		/* That a server ends a connection which only waits is everyday. */
		if (p->imap != NULL && !p->failed && !(idle && status == IMAP_GONE) && *imap_why(p->imap) != '\0')
			log_warning("mailbox %s: %s", p->box->name, imap_why(p->imap));
		imap_close(p->imap);
		p->imap = NULL;
	}
	if (!p->once)
		back_off(p, status);
	return p->once && ++p->backoff >= ONCE_TRIES ? IMAP_STOPPED : status;
}

/* What --once came to. A mail that was set aside is a finding, not a failure: all that could be done was done. */
static enum imap_status
verdict(const struct post *p, enum imap_status status)
{
	if (p->aside && (status == IMAP_OK || status == IMAP_HOSTILE || status == IMAP_GONE))
		return IMAP_TEMPORARY;
	if (status == IMAP_OK && (p->failed || p->cramped))
		return IMAP_TEMPORARY;
	return status == IMAP_OK ? p->behind : status;
}

static int
serve_mailbox(struct post *p)
{
	enum imap_status status = IMAP_OK, next;

	while (!crew_stopping(p->me)) {
		crew_beat(p->me);
		status = p->imap == NULL ? connect_mailbox(p) : IMAP_OK;
		if (status == IMAP_OK)
			status = look(p);
		if (p->once && settled(p, status))
			break;
		next = rest(p, status);
		if (next == IMAP_STOPPED) {
			status = p->once ? status : next;
			break;
		}
	}
	status = verdict(p, status);
	if (p->once && status != IMAP_OK && !p->aside && p->imap != NULL && *imap_why(p->imap) != '\0')
		log_error("mailbox %s: %s", p->box->name, imap_why(p->imap));
	imap_close(p->imap);
	p->imap = NULL;
	free(p->owed);
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

	service_name("fetch:%s", p.box->name);
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

static void
plan(const struct loaded *l, struct crew *c)
{
	c->workers = (unsigned)l->settings->nmailboxes;
	c->patience_ms = 120000;
	c->stop_ms = 10000;
	for (size_t i = 0; i < l->settings->nmailboxes; i++)
		if ((l->settings->mailboxes[i].poll + l->settings->mailboxes[i].deadline) * 2000 > c->patience_ms)
			c->patience_ms = (l->settings->mailboxes[i].poll + l->settings->mailboxes[i].deadline) * 2000;
}

int
stage_fetch(const char *conf, bool once)
{
	return crew_stage("fetch", conf, once, plan, work);
}

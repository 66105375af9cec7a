/* send.c - the story of a letter's leaving.
 *
 *   lease a due letter (the attempt is durable before the first byte) -> stream it to the server -> settle it with the
 *   server's own answer -> the next.
 *
 * One worker a session, because libcurl blocks on the final dot. A worker holds its lease lock for life; what
 * a dead one had in hand becomes a doubt. Letters share the commits of their leases and of their ends (send_group.c).
 *
 * Where the server is of no use to any letter the whole queue is held: one letter at a time, less and less often, finds
 * out when it moves again. Where it refuses us and not a letter, no attempt is spent.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "config/settings.h"
#include "edge/smtp.h"
#include "edge/store.h"
#include "ground/clock.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "stage/crew.h"
#include "stage/load.h"
#include "stage/send_parts.h"
#include "stage/stage.h"

#define NAP_MS         10000   /* the longest sleep: covers a lost poke, and beats */
#define IDLE_MS        30000   /* a session unused for so long is ended politely */
#define RECOVER_MS     60000   /* between looks for letters of dead colleagues */
#define LOCK_TRIES     100     /* a former life may be ending: a tenth of a second each */

/* ---- the loop ------------------------------------------------------------------------------------------- */

/* Sleeps until there may be something to do. deaf: a poke does not shorten it. */
static void
nap(struct sender *w, int64_t ms, bool deaf)
{
	int fds[] = { w->me->signals, w->wake };
	int64_t until = clock_monotonic_ms() + ms;

	for (int64_t left = ms; left > 0 && !crew_stopping(w->me); left = until - clock_monotonic_ms()) {
		unsigned ready = wait_for(fds, deaf ? 1 : 2, left < NAP_MS ? left : NAP_MS);

		crew_beat(w->me);
		if (w->smtp != NULL && clock_monotonic_ms() - w->used > IDLE_MS)
			send_session_close(w);
		if ((ready & 2) != 0) {
			wake_drain(w->wake);
			return;
		}
	}
}

/* False: the store failed. */
static bool
recover(struct sender *w)
{
	int64_t now = clock_monotonic_ms();
	int n;

	if (w->recovered != 0 && now - w->recovered < RECOVER_MS)
		return true;
	w->recovered = now;
	/* A clock that leaps ahead ends no colleague's lease: it is counted by whichever clock went slower since we live. */
	if (w->born == 0)
		w->born = clock_now() - now / 1000;
	n = store_recover(w->store, clock_now() < w->born + now / 1000 ? clock_now() : w->born + now / 1000);
	if (n > 0)
		log_warning("%d letter%s of a sender that died: perhaps sent, sent again under the same Message-ID", n,
		    n == 1 ? "" : "s");
	return n >= 0;
}

static int64_t
until_due(const struct sender *w, int64_t next)
{
	int64_t now = clock_now();

	if (w->once)
		return 100; /* what is due waits for a colleague's letter */
	if (next == INT64_MAX || next - now > RECOVER_MS / 1000)
		return RECOVER_MS;
	return next > now ? (next - now) * 1000 : 10;
}

/* With --once we are done when nothing is due. What is due and not ours to lease waits for an earlier letter: for
 * one that a colleague is sending we wait too, for one that is to be tried later we do not. */
static bool
is_done(struct sender *w, struct arena *a, int64_t next)
{
	struct outbox_row *rows;
	size_t n;

	if (next - clock_now() > 1)
		return true;
	n = store_outbox(w->store, a, false, &rows);
	for (size_t i = 0; i < n; i++)
		if (rows[i].state == OUTBOX_SENDING)
			return false;
	return true;
}

static int
serve(struct sender *w)
{
	bool idle = true;
	int64_t next = 0;

	while (!crew_stopping(w->me)) {
		AUTO_ARENA struct arena *a = arena_new();
		const struct outbox_row *row;
		bool done;
		int got;

		crew_beat(w->me);
		if (timekeeper_look(&w->time) == CLOCK_WRONG) { /* by such a clock every letter was tried for long enough */
			send_put_down(w);
			store_forgive(w->store);
			if (w->once)
				return 3;
			nap(w, SEND_TROUBLE_MS, true);
			continue;
		}
		recover(w);
		got = send_next(w, &row, &next);
		if (got > 0) {
			if (idle) /* there may be more than one of us can do: each that wakes wakes another */
				wake_poke(w->settings->store, "send");
			idle = false;
			send_letter(w, a, row);
		}
		done = w->once && got == 0 && is_done(w, a, next);
		if (got < 0) {
			log_error("%s: nothing is lost, it is tried again", store_why(w->store));
			if (w->once)
				return 3;
			store_forgive(w->store);
			nap(w, SEND_TROUBLE_MS, true);
		} else if (got == 0) {
			if (!idle)
				crew_status(w->me, "%s: idle, %u sent since the start", w->holder, w->sent);
			idle = true;
			if (done)
				break;
			nap(w, until_due(w, next), false);
		}
	}
	send_put_down(w);
	return w->once && (next != INT64_MAX || w->refused > 0) ? 1 : 0;
}

/* Our lease lock. A former life of the same name may still be on its way out; and whatever the one before left
 * in hand must be settled as it noted, or be in doubt, before we live under its name and note over its notes. */
static bool
take_lock(struct sender *w)
{
	for (unsigned i = 0; i < LOCK_TRIES && !crew_stopping(w->me); i++) {
		bool settled = recover(w);

		w->recovered = 0;
		if (!settled && i == 0)
			log_error("%s: what was under way cannot be settled, tried again", store_why(w->store));
		store_forgive(w->store);
		if (settled && (w->lock = store_lease_lock(w->settings->store, w->holder)) >= 0)
			return true;
		crew_beat(w->me);
		wait_for(&w->me->signals, 1, settled ? 100 : SEND_TROUBLE_MS);
	}
	if (!crew_stopping(w->me))
		log_error("another sender still works as %s", w->holder);
	return false;
}

static int
work(void *context, const struct crew_member *me)
{
	const struct loaded *l = context;
	struct sender w = { .settings = l->settings, .sub = &l->settings->submission, .me = me, .once = l->once,
		.lock = -1, .wake = -1 };
	enum store_fault fault;
	char why[256];
	int status = 3;

	if (me->index >= l->settings->submission.sessions)
		return send_hook(l, me, me->index - l->settings->submission.sessions);
	snprintf(w.holder, sizeof(w.holder), "send-%u", me->index + 1);
	w.store = store_open(l->settings->store, STORE_WRITE, &fault, why);
	if (w.store == NULL) {
		log_error("%s", why);
		return 3;
	}
	if (!take_lock(&w))
		status = crew_stopping(me) ? 0 : 3;
	else if ((w.wake = wake_open(l->settings->store, "send")) >= 0) {
		if (me->index == 0) /* a new start may mean that somebody has mended what the queue was held for */
			store_hold(w.store, NULL, 0, 0);
		store_forgive(w.store);
		status = serve(&w);
	}
	send_session_close(&w);
	send_group_drop(w.group);
	if (w.wake >= 0)
		close(w.wake);
	store_close(w.store);
	if (w.lock >= 0)
		close(w.lock);
	return status;
}

static void
plan(const struct loaded *l, struct crew *c)
{
	c->workers = l->settings->submission.sessions + (unsigned)l->settings->nwebhooks; /* a process each */
	c->patience_ms = 120000;
	c->stop_ms = SEND_GRACE_MS + 10000;
}

int
stage_send(const char *conf, bool once)
{
	return crew_stage("send", conf, once, plan, work);
}

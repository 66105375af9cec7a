/* send_hook.c - the worker of one webhook: what is owed to it, the oldest that is due first. See send_parts.h.
 *
 * A process of its own, so that a receiver that hangs keeps no letter waiting and no other receiver. What was posted and not yet struck off
 * when we died is posted again, with the same id. A failure puts off the event and all of this webhook for a while, twice as long each
 * time; the log has a line when it begins and when it ends. After a day an event is given up.
 */
#include "stage/send_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/webhook.h"
#include "ground/clock.h"
#include "ground/digest.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "stage/desk.h"

#define WAIT_FIRST   15                 /* seconds after a first failure */
#define WAIT_LONGEST 900
#define GIVE_UP      INT64_C(86400)
#define NAP_MS       INT64_C(10000)     /* the longest sleep: covers a lost poke, and beats */

struct hooker {
	const struct settings *settings;
	const struct webhook *hook;
	const struct crew_member *me;
	struct store *store;
	struct timekeeper time;
	int wake;
	bool once;
	unsigned failures;                  /* in a row */
	int64_t taken;                      /* it was posted, and the store did not take that; 0: none */
	char last[200];                     /* why the latest failed */
};

static int64_t
backoff(unsigned failures, int64_t asked)
{
	int64_t wait = WAIT_FIRST;
	uint32_t dice;

	for (unsigned i = 1; i < failures && wait < WAIT_LONGEST; i++)
		wait *= 2;
	random_bytes(&dice, sizeof(dice));
	wait = (wait > WAIT_LONGEST ? WAIT_LONGEST : wait) * (80 + dice % 41) / 100;
	return asked > wait ? asked : wait;
}

static bool
on_tick(void *context)
{
	struct hooker *w = context;

	crew_beat(w->me);
	return !crew_stopping(w->me);
}

/* The secret is read each time, so that a changed one is taken without a word to us. */
static void
post(struct hooker *w, const struct hook_row *row, struct webhook_result *r)
{
	struct webhook_post p = { .id = row->token, .event = row->event, .body = row->body, .now = clock_now(), .context = w, .tick = on_tick };
	const char *why = NULL;
	char *secret = NULL;

	if (w->hook->secret.kind != SECRET_NONE && (secret = secret_read(&w->hook->secret, w->settings->folder, &why)) == NULL) {
		*r = (struct webhook_result){ .outcome = WEBHOOK_FAILED };
		snprintf(r->words, sizeof(r->words), "no secret to sign with: %s", why);
		return;
	}
	p.secret = secret;
	webhook_send(w->hook, &p, r);
	if (secret != NULL) {
		explicit_bzero(secret, strlen(secret));
		free(secret);
	}
}

/* The seconds that this webhook is let alone for. */
static int64_t
conclude(struct hooker *w, const struct hook_row *row, const struct webhook_result *r)
{
	int64_t wait;

	if (r->outcome == WEBHOOK_DELIVERED) {
		w->taken = store_hook_sent(w->store, row->id) ? 0 : row->id;
		log_debug("webhook %s: %s %s", w->hook->name, row->event, row->token);
		if (w->failures > 0)
			log_info("webhook %s: it takes events again", w->hook->name);
		w->failures = 0;
		return 0;
	}
	if (r->outcome == WEBHOOK_STOPPED)
		return 0;
	if (w->failures++ == 0 || strcmp(w->last, r->words) != 0)
		log_warning("webhook %s: %s; tried again for a day", w->hook->name, r->words);
	snprintf(w->last, sizeof(w->last), "%s", r->words);
	wait = backoff(row->attempts + 1 > w->failures ? row->attempts + 1 : w->failures, r->wait);
	store_hook_put_off(w->store, row->id, clock_now() + wait);
	return wait;
}

static void
give_up(struct hooker *w)
{
	int64_t now = clock_now();
	unsigned n = store_hook_give_up(w->store, w->hook->name, now - GIVE_UP);

	if (n > 0)
		log_error("webhook %s: %u event%s given up after a day%s%s", w->hook->name, n, n == 1 ? "" : "s", *w->last != '\0' ? "; last: " : "", w->last);
	store_hook_give_up(w->store, NULL, now - 2 * GIVE_UP); /* of webhooks that the configuration does not know any more */
}

static void
nap(struct hooker *w, int64_t ms)
{
	int fds[] = { w->me->signals, w->wake };

	crew_beat(w->me);
	wait_for(fds, 2, ms < NAP_MS ? ms : NAP_MS);
	wake_drain(w->wake);
}

/* Until nothing is due, with --once; else until we are told to stop. */
static int
serve(struct hooker *w)
{
	int64_t quiet = 0; /* monotonic: let alone until then */

	while (!crew_stopping(w->me)) {
		AUTO_ARENA struct arena *a = arena_new();
		struct webhook_result r;
		struct hook_row row;
		bool right = timekeeper_look(&w->time) != CLOCK_WRONG, any;
		int64_t left = quiet - clock_monotonic_ms();

		crew_beat(w->me);
		if (w->taken != 0 && store_hook_sent(w->store, w->taken))
			w->taken = 0;
		if (right)
			give_up(w);
		right = right && w->taken == 0; /* a full disk must not post it again and again */
		any = right && left <= 0 && store_hook_next(w->store, a, w->hook->name, &row);
		if (any && row.next_at <= clock_now()) {
			post(w, &row, &r);
			quiet = clock_monotonic_ms() + conclude(w, &row, &r) * 1000;
			if (w->once && r.outcome != WEBHOOK_DELIVERED)
				return 1;
		} else if (w->once)
			return !right || store_fault(w->store) != STORE_OK ? 3 : any ? 1 : 0;
		else
			nap(w, left > 0 ? left : any ? (row.next_at - clock_now()) * 1000 : NAP_MS);
		if (store_fault(w->store) != STORE_OK) {
			log_error("%s: nothing is lost, it is tried again", store_why(w->store));
			if (w->once)
				return 3;
			store_forgive(w->store);
			quiet = clock_monotonic_ms() + SEND_TROUBLE_MS;
		}
	}
	return 0;
}

int
send_hook(const struct loaded *l, const struct crew_member *me, unsigned index)
{
	struct hooker w = { .settings = l->settings, .hook = &l->settings->webhooks[index], .me = me, .once = l->once };
	AUTO_FREE char *name = xasprintf(WAKE_HOOK, index + 1);
	enum store_fault fault;
	char why[256];
	int status = 3;

	service_name("hook:%s", w.hook->name);
	w.store = store_open(l->settings->store, STORE_WRITE, &fault, why);
	if (w.store == NULL) {
		log_error("%s", why);
		return 3;
	}
	if ((w.wake = wake_open(l->settings->store, name)) >= 0)
		status = serve(&w);
	if (w.wake >= 0)
		close(w.wake);
	store_close(w.store);
	return status;
}

/* send_letter.c - one letter: from its lease to its settlement. See send_parts.h. */
#include "stage/send_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ground/clock.h"
#include "ground/digest.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "stage/send_policy.h"

#define HOLD_FIRST       30      /* seconds that the queue is held at first; doubles */
#define HOLD_LONGEST     900
#define PAUSE_FIRST_MS   1000    /* no way to the server: before the next letter is spent on trying; doubles */
#define PAUSE_LONGEST_MS 60000
#define SETTLE_TRIES     30      /* a result that the store does not take is offered again each second */

/* ---- the session ---------------------------------------------------------------------------------------- */

/* The secret is read at each new session, so that a changed one is taken without a word to us. */
static bool
session_open(struct sender *w, struct smtp_result *r)
{
	const char *why = NULL;
	char *secret = NULL;

	if (w->smtp != NULL)
		return true;
	if (w->sub->user != NULL && w->sub->auth != AUTH_NONE &&
	    (secret = secret_read(&w->sub->password, w->settings->folder, &why)) == NULL) {
		*r = (struct smtp_result){ .outcome = SMTP_SUBMISSION };
		snprintf(r->reply, sizeof(r->reply), "no password: %s", why);
		return false;
	}
	w->smtp = smtp_open(w->sub, secret);
	if (secret != NULL) {
		explicit_bzero(secret, strlen(secret));
		free(secret);
	}
	return true;
}

void
send_session_close(struct sender *w)
{
	smtp_close(w->smtp);
	w->smtp = NULL;
}

static ssize_t
on_read(void *context, char *out, size_t len)
{
	struct sender *w = context;

	return store_letter_read(w->letter, out, len);
}

static bool
on_tick(void *context, bool committed)
{
	struct sender *w = context;

	crew_beat(w->me);
	if (!crew_stopping(w->me))
		return true;
	if (w->stopping == 0)
		w->stopping = clock_monotonic_ms();
	return committed && clock_monotonic_ms() - w->stopping < SEND_GRACE_MS;
}

/* ---- what follows from an outcome ------------------------------------------------------------------------ */

static void
hold_queue(struct sender *w, struct arena *a, const char *reason)
{
	int64_t until, now = clock_now();
	bool news = false;

	w->hold = w->hold == 0 ? HOLD_FIRST : w->hold * 2 > HOLD_LONGEST ? HOLD_LONGEST : w->hold * 2;
	send_session_close(w);
	if (store_begin(w->store)) {
		news = store_held(w->store, a, &until) == NULL;
		store_hold(w->store, reason, now + w->hold);
		store_commit(w->store);
	}
	if (news)
		log_error("the submission server refuses us, not a letter; the queue is held, nothing is lost: %s", reason);
	else
		log_info("the queue stays held for %" PRId64 " s: %s", w->hold, reason);
	crew_status(w->me, "the queue is held: %s", reason);
}

static void
lift_hold(struct sender *w, struct arena *a)
{
	int64_t until;

	w->hold = 0;
	if (store_held(w->store, a, &until) == NULL)
		return;
	store_hold(w->store, NULL, 0);
	log_info("the submission server takes letters again; the queue moves");
	wake_poke(w->settings->store, "send");
}

/* An answer that the server gave must not be lost to a busy or full disk: then the letter would go out again. */
static bool
record(struct sender *w, const struct outbox_row *row, const struct smtp_result *r, const struct send_settled *s)
{
	for (unsigned i = 0; i < SETTLE_TRIES; i++) {
		if (store_settle(w->store, row->id, w->holder, s->state, clock_now(), s->next_at, r->code, s->reply))
			return true;
		if (store_fault(w->store) == STORE_OK) {
			log_warning("outbox %" PRId64 ": somebody else has taken it over meanwhile; ours ended: %s", row->id,
			    smtp_outcome_word(r->outcome));
			return false;
		}
		log_error("outbox %" PRId64 ": cannot record that it is %s: %s", row->id, outbox_state_word(s->state),
		    store_why(w->store));
		store_forgive(w->store);
		crew_beat(w->me);
		wait_for(NULL, 0, 1000);
	}
	return false;
}

/* Some servers repeat the envelope sender, which may be an address with a token in it. */
static const char *
for_the_log(struct arena *a, const struct outbox_row *row, const char *reply)
{
	char *text = arena_strdup(a, reply);
	size_t len = strlen(row->from);

	if (len > 0)
		for (char *at = text; (at = strcasestr(at, row->from)) != NULL; at += len)
			memset(at, '*', len);
	return text;
}

static void
say(struct arena *a, const struct outbox_row *row, const struct smtp_result *r, const struct send_settled *s)
{
	char name[32] = "", span[CLOCK_TEXT];

	if (row->escalation != 0)
		snprintf(name, sizeof(name), " of ESC-%" PRId64, row->escalation);
	if (s->state == OUTBOX_SENT)
		log_info("outbox %" PRId64 ", %s%s to %s: sent (%d %s)%s", row->id, row->kind, name, row->to, r->code, r->enhanced,
		    r->reused ? "" : ", new connection");
	else if (s->state == OUTBOX_REFUSED)
		log_warning("outbox %" PRId64 ", %s%s to %s: refused: %s", row->id, row->kind, name, row->to,
		    for_the_log(a, row, s->reply));
	else if (s->state == OUTBOX_DEFERRED || s->state == OUTBOX_DOUBT)
		log_warning("outbox %" PRId64 ", %s%s to %s: %s, again in %s: %s", row->id, row->kind, name, row->to,
		    outbox_state_word(s->state), clock_span(s->next_at - clock_now(), span), for_the_log(a, row, s->reply));
}

static bool
was_doubted(struct sender *w, struct arena *a, const struct outbox_row *row)
{
	struct attempt_row *tries;
	size_t n = row->attempts > 1 ? store_attempts(w->store, a, row->id, &tries) : 0;

	for (size_t i = 0; i < n; i++)
		if (strcmp(tries[i].outcome, outbox_state_word(OUTBOX_DOUBT)) == 0)
			return true;
	return false;
}

static void
conclude(struct sender *w, struct arena *a, const struct outbox_row *row, const struct smtp_result *r)
{
	struct send_facts facts = { .now = clock_now(), .queued_at = row->queued_at, .attempts = row->attempts };
	struct send_settled settled;

	facts.doubted = was_doubted(w, a, row);
	random_bytes(&facts.dice, sizeof(facts.dice));
	send_settle(w->sub, r, &facts, &settled);
	if (r->outcome == SMTP_UNFIT && store_fault(w->store) != STORE_OK) {
		/* Our disk failed us, not the letter. */
		log_error("outbox %" PRId64 ": cannot be read: %s", row->id, store_why(w->store));
		store_forgive(w->store);
		settled.state = OUTBOX_QUEUED;
		settled.next_at = facts.now + SEND_TROUBLE_MS / 1000;
	}
	store_forgive(w->store);
	if (record(w, row, r, &settled))
		say(a, row, r, &settled);
	if (r->outcome == SMTP_SUBMISSION)
		hold_queue(w, a, for_the_log(a, row, r->reply));
	else if (r->outcome == SMTP_SENT || r->outcome == SMTP_HARD)
		lift_hold(w, a);
	if (settled.state == OUTBOX_REFUSED) {
		w->refused++;
		wake_poke(w->settings->store, "decide"); /* a person is to learn of it */
	}
	w->sent += r->outcome == SMTP_SENT;
	if (r->outcome == SMTP_SOFT && !r->asked) {
		w->failures++;
		w->pause = w->pause == 0 ? PAUSE_FIRST_MS : w->pause * 2 > PAUSE_LONGEST_MS ? PAUSE_LONGEST_MS : w->pause * 2;
	} else {
		w->failures = 0;
		w->pause = 0;
	}
}

void
send_letter(struct sender *w, struct arena *a, const struct outbox_row *row)
{
	struct smtp_mail mail = { .from = row->from, .to = row->to, .size = row->size, .context = w, .read = on_read,
		.tick = on_tick };
	struct smtp_result r = { .outcome = SMTP_UNFIT, .reply = "the letter itself is not in the store" };

	w->letter = store_letter_open(w->store, row->id);
	if (w->letter != NULL && session_open(w, &r))
		smtp_send(w->smtp, &mail, &r);
	store_letter_close(w->letter);
	w->letter = NULL;
	w->used = clock_monotonic_ms();
	conclude(w, a, row, &r);
}

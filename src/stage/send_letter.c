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

#define RECORD_AGAIN_MS 1000    /* a result that the store does not take is offered again */
#define ONCE_TRIES      30      /* with --once no longer than that */

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

/* Every letter is read twice, once for its size; a small one is in memory. */
static ssize_t
on_read(void *context, char *out, size_t len)
{
	struct sender *w = context;
	size_t left = w->small.len - w->given;

	if (w->small.bytes == NULL)
		return store_letter_read(w->letter, out, len);
	len = left < len ? left : len;
	memcpy(out, w->small.bytes + w->given, len);
	w->given += len;
	return (ssize_t)len;
}

static bool
on_tick(void *context, bool committed)
{
	struct sender *w = context;

	crew_beat(w->me);
	send_while_slow(w);
	if (!crew_stopping(w->me))
		return true;
	if (w->stopping == 0)
		w->stopping = clock_monotonic_ms();
	return committed && clock_monotonic_ms() - w->stopping < SEND_GRACE_MS;
}

/* ---- settling -------------------------------------------------------------------------------------------- */

static bool
settle(struct sender *w, const struct outbox_row *row, const struct smtp_result *r, const struct send_settled *s)
{
	return store_settle(w->store, row->id, w->holder, s->state, clock_now(), s->next_at, r->code, s->reply);
}

/* The lease ran out while we were busy, and it was taken for a doubt. */
static bool
settle_late(struct sender *w, const struct outbox_row *row, const struct smtp_result *r, const struct send_settled *s)
{
	if ((s->state == OUTBOX_SENT || s->state == OUTBOX_REFUSED) &&
	    store_settle_late(w->store, row->id, row->attempts, s->state, clock_now(), r->code, s->reply))
		return true;
	if (store_fault(w->store) == STORE_OK)
		log_warning("outbox %" PRId64 ": somebody else has taken it over meanwhile; ours ended: %s", row->id,
		    smtp_outcome_word(r->outcome));
	return false;
}

/* An answer that the server gave must not be lost to a full or failing disk: then the letter would go out again. It is
 * kept in mind for as long as we live, and nothing else is sent. */
static bool
record(struct sender *w, const struct outbox_row *row, const struct smtp_result *r, const struct send_settled *s)
{
	bool stopping = false;

	for (unsigned tries = 1;; tries++) {
		bool done = (send_put_down(w) && settle(w, row, r, s)) ||
		            (store_fault(w->store) == STORE_OK && settle_late(w, row, r, s));

		if (store_fault(w->store) == STORE_OK) {
			if (tries > 1)
				log_info("outbox %" PRId64 ": the store takes results again", row->id);
			return done;
		}
		if (tries == 1)
			log_error("outbox %" PRId64 ": cannot record that it is %s; kept in mind, nothing else is sent until then: %s", row->id,
			    outbox_state_word(s->state), store_why(w->store));
		store_forgive(w->store);
		if (stopping || (w->once && tries == ONCE_TRIES)) {
			log_error("outbox %" PRId64 ": ended before it was recorded that it is %s; it will count as a doubt", row->id,
			    outbox_state_word(s->state));
			return false;
		}
		crew_beat(w->me);
		wait_for(&w->me->signals, 1, RECORD_AGAIN_MS);
		stopping = crew_stopping(w->me);
	}
}

/* The ends of this letter and of those that are noted, and the beginning of the next ones, in one commit. False:
 * nothing has happened. */
static bool
settle_and_lease(struct sender *w, const struct outbox_row *row, const struct smtp_result *r, const struct send_settled *s,
    int64_t *since, struct send_group **next)
{
	bool good = false;

	*next = NULL;
	if (store_begin(w->store)) {
		if (send_settle_noted(w) && settle(w, row, r, s)) {
			if ((*since = store_held_since(w->store)) != 0)
				store_hold(w->store, NULL, 0, 0);
			good = send_lease_next(w, next);
		}
		if (good)
			good = store_commit(w->store);
		else
			store_rollback(w->store);
	}
	if (good)
		send_noted_settled(w);
	else {
		send_group_drop(*next);
		*next = NULL;
		store_forgive(w->store);
	}
	return good;
}

/* ---- what follows from an outcome ------------------------------------------------------------------------ */

static void
say(struct arena *a, const struct outbox_row *row, const struct smtp_result *r, const struct send_settled *s, bool held)
{
	char name[32] = "", span[CLOCK_TEXT];

	if (row->escalation != 0)
		snprintf(name, sizeof(name), " of ESC-%" PRId64, row->escalation);
	if (s->state == OUTBOX_SENT)
		log_info("outbox %" PRId64 ", %s%s to %s: sent (%d %s)%s", row->id, row->kind, name, row->to, r->code, r->enhanced,
		    r->reused ? "" : ", new connection");
	else if (s->state == OUTBOX_REFUSED)
		log_warning("outbox %" PRId64 ", %s%s to %s: refused: %s", row->id, row->kind, name, row->to,
		    send_for_the_log(a, row, s->reply));
	else if (held && s->state == OUTBOX_DEFERRED)
		return; /* one after the other finds out that it is as before */
	else if (s->state == OUTBOX_DEFERRED || s->state == OUTBOX_DOUBT)
		log_warning("outbox %" PRId64 ", %s%s to %s: %s, again in %s: %s", row->id, row->kind, name, row->to,
		    outbox_state_word(s->state), clock_span(s->next_at - clock_now(), span), send_for_the_log(a, row, s->reply));
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
	struct send_group *next = NULL;
	int64_t since = 0;
	bool sent = r->outcome == SMTP_SENT;

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
	if (sent && (send_note(w, row, r->code, settled.reply) ||
	                settle_and_lease(w, row, r, &settled, &since, &next))) {
		say(a, row, r, &settled, false);
		send_run_ends(w);
		if (since != 0)
			send_say_lifted(w, since);
		send_group_begins(w, next);
	} else {
		since = store_held_since(w->store);
		if (record(w, row, r, &settled))
			say(a, row, r, &settled, since != 0);
		send_judge_server(w, a, row, r, since);
	}
	store_forgive(w->store);
	if (settled.state == OUTBOX_REFUSED) {
		w->refused++;
		wake_poke(w->settings->store, "decide"); /* a person is to learn of it */
	}
	w->sent += sent;
}

/* From its first byte. False: it is not in the store. */
static bool
begin_reading(struct sender *w, const struct outbox_row *row)
{
	w->given = 0;
	w->letter = w->small.bytes == NULL ? store_letter_open(w->store, row->id) : NULL;
	return w->small.bytes != NULL || w->letter != NULL;
}

void
send_letter(struct sender *w, struct arena *a, const struct outbox_row *row)
{
	struct smtp_mail mail = { .from = row->from, .to = row->to, .context = w, .read = on_read, .tick = on_tick };
	struct smtp_result r = { .outcome = SMTP_UNFIT, .reply = "the letter itself is not in the store" };

	if (begin_reading(w, row)) {
		mail.size = smtp_size(on_read, w);
		store_letter_close(w->letter);
	}
	if (begin_reading(w, row) && session_open(w, &r))
		smtp_send(w->smtp, &mail, &r);
	store_letter_close(w->letter);
	w->letter = NULL;
	w->used = clock_monotonic_ms();
	conclude(w, a, row, &r);
}

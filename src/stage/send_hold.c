/* send_hold.c - the queue held, tried and let go, by what outcomes say about the server. See send_parts.h. */
#include "stage/send_parts.h"

#include <inttypes.h>
#include <string.h>

#include "ground/clock.h"
#include "ground/digest.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"

#define REFUSED_FIRST   30      /* seconds that the queue is held at first where the server refuses us */
#define REFUSED_LONGEST 900     /* and at most, until the next letter finds out */
#define AWAY_FIRST      1       /* the same where it cannot be reached, or says "later" to everything */
#define AWAY_LONGEST    60
#define LATER_RUN       20      /* so many letters in a row put off, or as many as SEND_LATER_MEMORY to different people: */
                                /* it is not the letters */

/* Some servers repeat the envelope sender, which may be an address with a token in it. */
const char *
send_for_the_log(struct arena *a, const struct outbox_row *row, const char *reply)
{
	char *text = arena_strdup(a, reply);
	size_t len = strlen(row->from);

	if (len > 0)
		for (char *at = text; (at = strcasestr(at, row->from)) != NULL; at += len)
			memset(at, '*', len);
	return text;
}

/* Held for as long as it has been so far, within limits: the time doubles, whichever of us finds out. */
static void
hold_queue(struct sender *w, const char *what, const char *reason, int64_t first, int64_t longest)
{
	int64_t now = clock_now(), since, wait;
	uint32_t dice;

	if (!store_begin(w->store)) /* one of us is the first to say it */
		return;
	random_bytes(&dice, sizeof(dice));
	since = store_held_since(w->store);
	wait = since == 0 || now - since < first ? first : now - since > longest ? longest : now - since;
	wait += dice % (uint64_t)(wait / 4 + 1);
	store_hold(w->store, reason, now, now + wait);
	if (!store_commit(w->store))
		return;
	if (since == 0)
		log_error("the submission server %s; the queue is held, nothing is lost: %s", what, reason);
	else
		log_debug("the submission server still %s; the next letter in %" PRId64 " s: %s", what, wait, reason);
	crew_status(w->me, "the queue is held: the submission server %s: %s", what, reason);
}

void
send_say_lifted(struct sender *w, int64_t since)
{
	char span[CLOCK_TEXT];

	log_info("the submission server takes letters again after %s; the queue moves", clock_span(clock_now() - since, span));
	crew_status(w->me, "%s: sending", w->holder);
	wake_poke(w->settings->store, "send");
}

static void
lift_hold(struct sender *w)
{
	int64_t since = store_held_since(w->store);

	if (since == 0)
		return;
	store_hold(w->store, NULL, 0, 0);
	send_say_lifted(w, since);
}

/* Put off once more: many of them in a row, or to several people, are no matter of the letters. */
static bool
is_run(struct sender *w, const char *to)
{
	uint64_t person = 14695981039346656037u; /* FNV-1a */
	size_t i = 0;

	for (const char *c = to; *c != '\0'; c++)
		person = (person ^ (unsigned char)*c) * 1099511628211u;
	while (i < w->nlater && w->later[i] != person)
		i++;
	if (i == w->nlater && i < SEND_LATER_MEMORY)
		w->later[w->nlater++] = person;
	return ++w->put_off >= LATER_RUN || w->nlater == SEND_LATER_MEMORY;
}

void
send_run_ends(struct sender *w)
{
	w->put_off = 0;
	w->nlater = 0;
}

/* What the outcome says about the server. since: the queue has been held since then, 0: it was not. */
void
send_judge_server(struct sender *w, struct arena *a, const struct outbox_row *row, const struct smtp_result *r, int64_t since)
{
	const char *reason = send_for_the_log(a, row, r->reply);

	if (r->outcome == SMTP_SUBMISSION) {
		send_session_close(w);
		hold_queue(w, "refuses us, not a letter", reason, REFUSED_FIRST, REFUSED_LONGEST);
	} else if (r->outcome == SMTP_SOFT && !r->asked)
		hold_queue(w, "cannot be reached", reason, AWAY_FIRST, AWAY_LONGEST);
	else if (r->outcome == SMTP_SOFT || r->outcome == SMTP_DOUBT) {
		if (is_run(w, row->to) || since != 0)
			hold_queue(w, "takes no letter", reason, AWAY_FIRST, AWAY_LONGEST);
	} else if (r->outcome == SMTP_SENT || r->outcome == SMTP_HARD) {
		send_run_ends(w);
		lift_hold(w);
	}
}

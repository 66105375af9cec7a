/* send_policy.c - see send_policy.h. */
#include "stage/send_policy.h"

#include <stdio.h>

#include "ground/clock.h"

#define DOUBT_STEPS 2 /* a doubt waits as a soft failure would two attempts later: the copy may yet show up */

int64_t
send_backoff(const struct submission_settings *s, unsigned attempts, uint32_t dice)
{
	int64_t wait = s->retry_first > 0 ? s->retry_first : 1, spread;

	for (unsigned i = 1; i < attempts && wait < s->retry_longest; i++)
		wait *= 2;
	if (wait > s->retry_longest)
		wait = s->retry_longest;
	spread = wait * 2 / 5;
	wait += (int64_t)(dice % (uint64_t)(spread + 1)) - spread / 2;
	return wait > 0 ? wait : 1;
}

/* Later, or never again: when it has been tried for long enough. The last try is at the very end of that time,
 * not a whole wait before it. */
static void
put_off(const struct submission_settings *s, const struct smtp_result *r, const struct send_facts *f,
    struct send_settled *out)
{
	int64_t over = f->queued_at + s->retry_give_up;
	unsigned steps = f->attempts + (r->outcome == SMTP_DOUBT ? DOUBT_STEPS : 0);
	char span[CLOCK_TEXT];

	if (f->now >= over && f->attempts > 1) {
		out->state = OUTBOX_REFUSED;
		snprintf(out->reply, sizeof(out->reply), "given up after %s%s; last: %s", clock_span(f->now - f->queued_at, span),
		    f->doubted || r->outcome == SMTP_DOUBT ? ", perhaps delivered" : "", r->reply);
		return;
	}
	out->state = r->outcome == SMTP_DOUBT ? OUTBOX_DOUBT : OUTBOX_DEFERRED;
	out->next_at = f->now + send_backoff(s, steps, f->dice);
	if (f->now < over && out->next_at > over)
		out->next_at = over;
}

void
send_settle(const struct submission_settings *s, const struct smtp_result *r, const struct send_facts *f,
    struct send_settled *out)
{
	*out = (struct send_settled){ .next_at = f->now };
	snprintf(out->reply, sizeof(out->reply), "%s", r->reply);
	switch (r->outcome) {
	case SMTP_SENT:
		out->state = OUTBOX_SENT;
		break;
	case SMTP_HARD:
		out->state = OUTBOX_REFUSED;
		if (f->doubted) /* an earlier attempt may have come through all the same */
			snprintf(out->reply, sizeof(out->reply), "perhaps delivered before: %s", r->reply);
		break;
	case SMTP_UNFIT:
		out->state = OUTBOX_REFUSED;
		break;
	case SMTP_SOFT:
	case SMTP_DOUBT:
		put_off(s, r, f, out);
		break;
	case SMTP_SUBMISSION:
	case SMTP_STOPPED:
		out->state = OUTBOX_QUEUED;
		break;
	}
}

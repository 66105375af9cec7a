/* send_policy.h - what becomes of a letter after an attempt. Pure: facts in, the law's next state out. */
#ifndef ESCRELAY_STAGE_SEND_POLICY_H
#define ESCRELAY_STAGE_SEND_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "edge/smtp.h"
#include "judge/escalation.h"

struct send_facts {
	int64_t now, queued_at;
	unsigned attempts;       /* this one counted */
	bool doubted;            /* an earlier one ended in doubt: the server may have it */
	uint32_t dice;           /* random, for the jitter */
};

struct send_settled {
	enum outbox_state state; /* OUTBOX_QUEUED: nothing was tried, no attempt is spent */
	int64_t next_at;
	char reply[640];         /* for the attempt's record */
};

void send_settle(const struct submission_settings *s, const struct smtp_result *r, const struct send_facts *f,
    struct send_settled *out);

/* Seconds until the attempt after so many: retry-first, doubled each time, at most retry-longest; give or take
 * a fifth, so that many letters that failed at once do not come back at once. */
int64_t send_backoff(const struct submission_settings *s, unsigned attempts, uint32_t dice);

#endif

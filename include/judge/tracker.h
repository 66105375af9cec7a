/* tracker.h - what a team's tracker says in its mails: its own number, and that an issue is closed. Pure. */
#ifndef ESCRELAY_JUDGE_TRACKER_H
#define ESCRELAY_JUDGE_TRACKER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "judge/message.h"

struct arena;

#define TRACKER_NUMBER_BYTES 64

/* By the team's 'number': one clean word, NULL where the mail has none. */
const char *tracker_number(struct arena *a, const struct team *t, const struct message *m);

/* By the team's 'closed'. A pattern that is stuck closes nothing. */
bool tracker_closes(const struct team *t, const struct message *m);

/* "[ESC-17 F2]" anywhere in a subject, as our filings begin; false: there is none. Only the first counts. */
bool tracker_tag(const char *subject, int64_t *escalation, int64_t *filing);

#endif

/* send_parts.h - what the two files of the sender share: send.c is the loop, send_letter.c is one letter. */
#ifndef ESCRELAY_STAGE_SEND_PARTS_H
#define ESCRELAY_STAGE_SEND_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "edge/smtp.h"
#include "edge/store.h"
#include "stage/crew.h"
#include "stage/timekeeper.h"

#define SEND_GRACE_MS   5000   /* being stopped, we wait so long for the answer to a final dot */
#define SEND_TROUBLE_MS 5000   /* pause after the store failed */

struct sender {
	const struct settings *settings;
	const struct submission_settings *sub;
	const struct crew_member *me;
	struct store *store;
	struct smtp *smtp;             /* NULL: no session */
	struct letter_reader *letter;  /* under way */
	char holder[24];
	int lock, wake;
	int64_t used, recovered, stopping; /* monotonic: last use of the session, last recovery, when we were told to stop */
	int64_t born;                  /* the wall clock less the monotonic one, as it was when we first looked, seconds */
	struct timekeeper time;
	int64_t hold, pause;           /* seconds, milliseconds: what they last were; 0: all is well */
	unsigned sent, refused, failures; /* failures: to reach the server, in a row */
	bool once;
};

/* Sends one leased letter and settles it, with all that follows for the queue and the session. */
void send_letter(struct sender *w, struct arena *a, const struct outbox_row *row);
void send_session_close(struct sender *w); /* politely; the next letter makes a new one */

#endif

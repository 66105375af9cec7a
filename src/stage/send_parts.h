/* send_parts.h - what the files of the sender share: send.c is the loop, send_letter.c one letter, send_hold.c
 * what one letter's outcome means for the others, send_hook.c a webhook. */
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

#define SEND_LATER_MEMORY 5
#define SEND_SMALL 65536   /* bytes of a letter that are held in memory as a whole */

struct send_ahead { struct arena *a; struct outbox_row row; }; /* a leased letter and where its words live; a NULL: none */

struct sender {
	const struct settings *settings;
	const struct submission_settings *sub;
	const struct crew_member *me;
	struct store *store;
	struct smtp *smtp;             /* NULL: no session */
	struct letter_reader *letter;  /* under way */
	char small[SEND_SMALL];        /* all of it, where it is kept */
	size_t nsmall, given;
	bool kept;
	char holder[24];
	int lock, wake;
	int64_t used, recovered, stopping; /* monotonic: last use of the session, last recovery, when we were told to stop */
	struct send_ahead ahead;       /* leased when the last one was settled */
	unsigned put_off, nlater;      /* letters put off in a row, and to how many people: */
	uint64_t later[SEND_LATER_MEMORY];
	int64_t born;                  /* the wall clock less the monotonic one, as it was when we first looked, seconds */
	struct timekeeper time;
	unsigned sent, refused;
	bool once;
};

/* Sends one leased letter and settles it, with all that follows for the queue and the session; w->ahead may be the next. */
void send_letter(struct sender *w, struct arena *a, const struct outbox_row *row);
/* store_lease in our name; part of the open transaction if there is one. */
int  send_lease(struct sender *w, struct arena *a, struct outbox_row *row, int64_t *next_at);
void send_session_close(struct sender *w); /* politely; the next letter makes a new one */

/* ---- send_hold.c ------------------------------------------------------------------------------------------ */

/* What an outcome says about the server: the queue is held, or let go. since: held since then, 0: not, as of before. */
void send_judge_server(struct sender *w, struct arena *a, const struct outbox_row *row, const struct smtp_result *r,
    int64_t since);
void send_run_ends(struct sender *w);                 /* a letter was taken: what was put off is no run of bad luck any more */
void send_say_lifted(struct sender *w, int64_t since); /* the hold is lifted: for the log, and for the others */
const char *send_for_the_log(struct arena *a, const struct outbox_row *row, const char *reply);

/* ---- send_hook.c ------------------------------------------------------------------------------------------ */

struct loaded;
int send_hook(const struct loaded *l, const struct crew_member *me, unsigned index); /* the worker of the so many-th webhook, from 0 */

#endif

/* send_parts.h - what the files of the sender share: send.c is the loop, send_group.c the letters that share
 * a commit, send_letter.c one letter, send_hold.c what one letter's outcome means for the others, send_hook.c a webhook. */
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

#define SEND_GROUP  32     /* letters that are leased in one commit, and settled in one */
#define SEND_MARGIN 60     /* seconds of a lease beyond the longest transfer */

struct send_bytes { char *bytes; size_t len; };  /* NULL: read it from the store */
struct send_noted { const struct outbox_row *row; int64_t at; int code; const char *reply; }; /* sent, not settled */
struct send_group {
	struct arena *a;               /* where all of it lives */
	struct outbox_row rows[SEND_GROUP]; size_t n, at; /* leased; at: the next to be sent */
	struct send_bytes small[SEND_GROUP]; bool read; /* those that are small, read together */
	struct send_noted noted[SEND_GROUP]; size_t nnoted;
	int64_t since;                 /* monotonic: of the first that is noted */
};

struct sender {
	const struct settings *settings;
	const struct submission_settings *sub;
	const struct crew_member *me;
	struct store *store;
	struct smtp *smtp;             /* NULL: no session */
	struct letter_reader *letter;  /* under way */
	struct send_bytes small;       /* all of it, where it is small */
	size_t given;
	char holder[24];
	int lock, wake;
	int64_t used, recovered;       /* monotonic: last use of the session, last recovery */
	int64_t stopping, begun;       /* likewise: when we were told to stop, the letter's begin */
	struct send_group *group;      /* NULL: none yet */
	int64_t leased;                /* monotonic: the last group */
	unsigned pace;                 /* letters that we lease besides the one: more where there were many */
	unsigned put_off, nlater;      /* letters put off in a row, and to how many people: */
	uint64_t later[SEND_LATER_MEMORY];
	int64_t born;                  /* the wall clock less the monotonic one, as it was when we first looked, seconds */
	struct timekeeper time;
	unsigned sent, refused;
	bool once;
};

/* Sends one leased letter and settles or notes its end, with all that follows for the queue and the session. row is not
 * to be used then. */
void send_letter(struct sender *w, struct arena *a, const struct outbox_row *row);
void send_session_close(struct sender *w); /* politely; the next letter makes a new one */

/* ---- send_group.c ----------------------------------------------------------------------------------------- */

/* The next letter, of the group or of a new one. As store_lease. */
int  send_next(struct sender *w, const struct outbox_row **row, int64_t *next_at);
bool send_more_wait(const struct sender *w);          /* leased with this one, and not begun */
/* It was sent, durably, and will be settled with others. False: it must be settled now. */
bool send_note(struct sender *w, const struct outbox_row *row, int code, const char *reply);
/* In a transaction: what is noted is settled (false: a fault, or somebody has taken one of them over), and the next
 * group is leased if this one has ended (false: a fault). When it is durable: send_noted_settled, send_group_begins. */
bool send_settle_noted(struct sender *w);
bool send_lease_next(struct sender *w, struct send_group **next);
void send_noted_settled(struct sender *w);
void send_group_begins(struct sender *w, struct send_group *next); /* NULL is fine */
void send_group_drop(struct send_group *g);
/* What is noted is settled, and what has not begun is given back: to stop, and where something went wrong. False: a
 * fault, and it stays. */
bool send_put_down(struct sender *w);
void send_while_slow(struct sender *w);  /* while a letter is under way, now and then: likewise if it takes long */

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

/* desk_commands.h - the commands of a mail: all succeed or none, and the answer is always a transcript. See desk.h. */
#ifndef ESCRELAY_STAGE_DESK_COMMANDS_H
#define ESCRELAY_STAGE_DESK_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "judge/command.h"
#include "stage/desk.h"

/* The words of a mail on their way to the other parties. */
struct relay_words {
	const char *writer;            /* "Keegan" */
	const char *from_name;         /* "Keegan (EE)" */
	const char *text;              /* without the command lines */
	const char *label;             /* why the reader is warned of them, NULL: no need */
	const char *to;                /* who reads them, where that is not the case's other side: a team; NULL */
	bool reopens;                  /* they open a closed case again */
	bool passed_on;                /* a command took them along already (/resolve) */
	bool acked;                    /* /ack was among the commands that were done */
	bool filed;                    /* /file likewise: the words are its reason */
};

/* Tries all, then does all or none, and owes the transcript. Of a proven person only. e NULL: an engineer's answer to a mail about no
 * case (stage/desk_duty.h). */
void        desk_obey(struct desk *d, struct item *it, struct escalation *e, const struct commands *c, struct relay_words *w);
const char *desk_command_lines(struct desk *d, const struct commands *c); /* as they came, a line each */
void        desk_relay(struct desk *d, struct item *it, const struct escalation *e, const struct relay_words *w);

#endif

/* handover.h - what an engineer whose rotation has ended says of his cases, a line each:
 *
 *     keep 41                 keep 41, 42 and 43
 *     give 42 @next           give ESC-42 @keegan
 *     resolve 43 answered: it was the flag
 *
 * Pure. A line counts where it begins with one of these words, with a slash or without, and a number follows; so do
 * lines with another word before a number of a case, as an error. Every other line is a person's words: they are no order, and the transcript
 * says so.
 */
#ifndef ESCRELAY_JUDGE_HANDOVER_H
#define ESCRELAY_JUDGE_HANDOVER_H

#include <stddef.h>
#include <stdint.h>

#include "judge/command.h"

#define HANDOVER_ORDERS_MAX 200        /* of one mail; more are an error */

enum handover_word { HANDOVER_KEEP, HANDOVER_GIVE, HANDOVER_RESOLVE };

struct handover_order {
	enum handover_word word;
	int64_t escalation;
	const char *raw;                /* the line, trimmed */
	const char *error;              /* one sentence for the writer, or NULL */
	struct command command;         /* give: as /pass; resolve: as /resolve. Not of keep */
};

struct handover_orders {
	struct handover_order *v; size_t n;
	const char *rest;               /* lines that are no order, "" */
};

/* text: newly written, valid UTF-8, line ends \n or CRLF. */
void handover_parse(struct arena *a, const char *text, struct handover_orders *out);

#endif

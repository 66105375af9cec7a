/* thread.h - which case a mail belongs to, weighed from the evidence, strongest first.
 *
 *   1 a verified token in a recipient address   2 our Message-ID in In-Reply-To or References
 *   3 any id known for the case                 4 [ESC-n] in the subject
 *   5 the same ticket of a customer             6 the same mail of a customer, forwarded
 *
 * 1 attaches; 2-4 attach only from a party of the case (an engineer is a party of every case), because ids and tags can be
 * guessed and headers copied. A reply of the requester that has a new subject and no token is a new topic.
 * Pure: the stage looks the facts up, this weighs them.
 */
#ifndef ESCRELAY_JUDGE_THREAD_H
#define ESCRELAY_JUDGE_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/message.h"

struct arena;

enum thread_evidence { THREAD_NONE, THREAD_TOKEN, THREAD_OUR_ID, THREAD_KNOWN_ID, THREAD_TAG,
	THREAD_TICKET, THREAD_ORIGINAL, /* only the rules know them: stage/desk_same.h */
	THREAD_NUMBER /* of a team's tracker: a filing's alone, the stage sees to it */ };

struct thread_clue {
	enum thread_evidence evidence;
	int64_t escalation;
	const char *subject;      /* of that escalation */
	bool party;               /* the sender is one of its parties, or an engineer */
	bool token_is_his;        /* THREAD_TOKEN: it was made for this sender */
	const char *shown;        /* what was seen, for why: "token of keegan@example.com", "<id>" */
};

struct thread_answer {
	enum thread_evidence evidence;
	int64_t escalation;       /* 0: belongs to none */
	int64_t filing;           /* it belongs to the thread of this filing with its team; 0: to the case itself, or to none */
	bool others_token;        /* attached by a token that was made for somebody else */
	bool ignored_clue;        /* there was a clue, but the sender is no party: worth a word in why */
	bool stray;               /* it answers a filing, but not over its reply address, and its sender is not the team's tracker */
	bool new_topic;           /* a clue from a party, but about something new */
	const char *sentence;     /* "our id in References", for why */
};

/* clues in any order. engineer: the sender is one. */
void thread_weigh(struct arena *a, const struct message *m, bool engineer, const struct thread_clue *clues, size_t n,
    struct thread_answer *out);

/* The number in a subject tag [ESC-17], 0 if there is none. Only the first tag counts. */
int64_t thread_tag(const char *subject);

/* The subject without reply and forward prefixes (of many languages, repeated), [ESC-n] and [EXTERNAL] tags; squeezed. */
const char *thread_subject(struct arena *a, const char *subject);

#endif

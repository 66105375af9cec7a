/* notice.h - an event in words for a chat room: {"text": …} as Slack and its likes take it, and the same in fields for programs.
 *
 * Pure. No word of a mail is in it but a subject, which the caller has redacted. In the text nothing is markup: what strangers wrote makes
 * no link, and mentions nobody ("<!channel>", "@here"). The fields are plain data.
 */
#ifndef ESCRELAY_JUDGE_NOTICE_H
#define ESCRELAY_JUDGE_NOTICE_H

#include <stdint.h>

struct arena;

#define NOTICE_SUBJECT_MAX 150 /* bytes */
#define NOTICE_WORDS_MAX   300

struct notice {
	const char *event;             /* as in relay.conf */
	const char *id;                /* of this event, the same however often it is posted */
	const char *relay;
	int64_t at;
	const char *words;             /* what happened: "ESC-17 is with Keegan" */
	const char *detail;            /* the relay's own words why, NULL */
	const char *escalation;        /* "ESC-17", NULL: about no case; then the rest is not looked at */
	const char *state, *engineer, *requester, *customer, *ticket, *subject; /* "" or NULL: none */
	unsigned severity;
};

const char *notice_json(struct arena *a, const struct notice *n);

/* Text that is shown as it is, in one line of at most max bytes before it is escaped. */
const char *notice_escape(struct arena *a, const char *s, unsigned max);

#endif

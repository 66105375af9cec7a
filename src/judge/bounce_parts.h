/* bounce_parts.h - what the readers of standard and of free-form bounces share. */
#ifndef ESCRELAY_JUDGE_BOUNCE_PARTS_H
#define ESCRELAY_JUDGE_BOUNCE_PARTS_H

#include "judge/mail_words.h"
#include "judge/message_inside.h"

#define BOUNCES_MAX 500

/* The first enhanced status ("5.1.1", RFC 3463) in s; NULL if none. */
const char *status_in(struct arena *a, const char *s);
/* The first SMTP reply code (400-599) that stands as one; 0 if none. */
int reply_code_in(const char *s);
/* What the words of a diagnostic mean; NULL if nothing known. */
const struct bounce_reason *reason_of(struct arena *a, const char *s);

/* Adds one failed recipient, unless it is there; the gaps are filled from the diagnostic. report: the status is the report's own. */
void bounce_add(struct inside *in, const char *recipient, const char *action, const char *status, const char *diagnostic);

/* bounce_report.c: RFC 3464, in its own part or pasted into the text. True if there were recipient groups; *failed if one of
 * them failed or is late. */
bool bounce_report(struct inside *in, const char *text, bool *failed);

/* bounce_list.c: a list's program that refuses a mail. True if it does. */
bool bounce_of_list(struct inside *in);

/* bounce_free.c: everything else. */
void bounce_free_form(struct inside *in);

#endif

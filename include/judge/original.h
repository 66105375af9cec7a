/* original.h - is it the same mail of a customer that two people forward, or one of them twice? Pure.
 *
 * Mail programs show a forwarded mail each in its own way: other line ends, another form of its date, hours by another zone. What
 * stays is who wrote it, its subject, the letters of its text, and the minute at which it was sent (by every zone of a whole hour).
 */
#ifndef ESCRELAY_JUDGE_ORIGINAL_H
#define ESCRELAY_JUDGE_ORIGINAL_H

#include <stdbool.h>

#include "ground/digest.h"
#include "judge/message.h"

/* Of what a mail forwards: a digest of writer, subject and the beginning of the text. False: it forwards nothing that could be known
 * again (no writer's address, no date, hardly any text). */
bool original_ident(const struct message *m, unsigned char out[DIGEST_BYTES]);

/* Two dates as forwards show them, of originals with one ident: may they be of one mail? */
bool original_same_date(const char *a, const char *b);

#endif

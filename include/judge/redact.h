/* redact.h - what leaves for a team without what must not leave. Pure. */
#ifndef ESCRELAY_JUDGE_REDACT_H
#define ESCRELAY_JUDGE_REDACT_H

#include <stddef.h>

#include "config/settings.h"

struct arena;

#define REDACT_BYTES (256u << 10) /* of a text; the rest is left out */

/* The text with every match of every redaction replaced, in their order. report gets one line for each that matched ("secret: 2
 * places"), NULL if none. A redaction that hits its limits withholds the whole text: rather nothing than a secret. */
const char *redact(struct arena *a, const struct redaction *redactions, size_t n, const char *text, const char **report);

#endif

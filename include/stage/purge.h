/* purge.h - what `keep` of the configuration means at a moment. Pure. See edge/store_purge.h, which does it. */
#ifndef ESCRELAY_STAGE_PURGE_H
#define ESCRELAY_STAGE_PURGE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "edge/store_purge.h"

/* The span that is kept of a kind; 0: for ever. */
int64_t purge_keeps(const struct settings *s, enum purge_kind kind);

/* What may go of it now; false: nothing, it is kept for ever. A case whose reply addresses still work is not over,
 * however short the span. */
bool purge_ask(const struct settings *s, enum purge_kind kind, int64_t now, struct purge_ask *out);

#endif

/* away.h - when an engineer says that he is away: the words behind /away, as instants on his own clock.
 *
 *     2026-12-20 to 2026-12-28       the last day named is not part of it, as in relay.conf
 *     2026-12-20 13:00 to 2026-12-22 09:00
 *     2026-12-24                     that day
 *     today, tomorrow                likewise; today is what is left of it
 *     tomorrow 13:00-17:00           some hours of a day; 22:00-06:00 ends on the next one
 *     until 2026-12-28, until monday from now on; a weekday is the next one
 *     until 17:00                    for the rest of today's hours until then
 *     none, over, off, back          he is not away
 *     (nothing)                      he asks what is known of him
 *
 * Pure. A wall-clock time that a change of the clocks skips or repeats is taken so that he is away rather longer
 * (zone.h).
 */
#ifndef ESCRELAY_JUDGE_AWAY_H
#define ESCRELAY_JUDGE_AWAY_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct zone;

#define AWAY_SPAN_MAX ((int64_t)400 * 86400) /* seconds; who is away longer has no seat */

struct away_range { bool none, asks; int64_t from, to; }; /* half-open; from may lie before now, to does not */

/* NULL, or one sentence for the writer of what is wrong. */
const char *away_read(struct arena *a, const char *text, const struct zone *z, int64_t now, struct away_range *out);

#endif

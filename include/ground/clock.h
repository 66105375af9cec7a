/* clock.h - what time it is, and how times are written.
 *
 * Only stages and commands ask the clock; judges are given a time. For rehearsals
 * and tests the environment variable ESCRELAY_CLOCK shifts the relay's idea of
 * now by that many seconds ("+86400", "-3600"); 'run' hands it on to its stages,
 * and each logs it aloud at its start. Timeouts and waits use the monotonic clock
 * and are not shifted.
 */
#ifndef ESCRELAY_GROUND_CLOCK_H
#define ESCRELAY_GROUND_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t clock_now(void);            /* seconds since 1970 UTC, shifted */
int64_t clock_now_ms(void);         /* the same in milliseconds */
int64_t clock_monotonic_ms(void);   /* for deadlines: never jumps, never shifted */
int64_t clock_shift(void);          /* seconds of ESCRELAY_CLOCK, 0 mostly; a value that is no number ends the process */

#define CLOCK_TEXT 40               /* room for any of the texts below */

/* RFC 3339 in UTC: "2026-11-23T10:00:00Z". Returns out. */
char *clock_rfc3339(int64_t instant, char out[CLOCK_TEXT]);
/* RFC 3339 with an offset: "2026-11-23T12:00:00+02:00". */
char *clock_rfc3339_offset(int64_t instant, int offset, char out[CLOCK_TEXT]);
/* RFC 5322: "Mon, 23 Nov 2026 10:00:00 +0000". */
char *clock_rfc5322(int64_t instant, char out[CLOCK_TEXT]);
/* Reads RFC 3339 (offset needed), "YYYY-MM-DD HH:MM[:SS]" and "YYYY-MM-DD" as UTC. */
bool  clock_parse(const char *text, int64_t *instant);

/* A span for people: "90 s", "5 min", "1 h 30 min", "2 d 4 h". */
char *clock_span(int64_t seconds, char out[CLOCK_TEXT]);

#endif

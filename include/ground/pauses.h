/* pauses.h - a pattern with a callout behind each of its repeats, so that a search can be looked in upon.
 *
 * PCRE2 can put one between all items, but then a pattern of some kilobytes outgrows it. What a search can lose itself
 * in are the repeats alone: what one has taken is given back piece by piece, and each time the callout comes again.
 */
#ifndef ESCRELAY_GROUND_PAUSES_H
#define ESCRELAY_GROUND_PAUSES_H

#include <stddef.h>

#define PAUSE_CALLOUT "(?C1)"

/* The pattern anew, to be freed. It finds what the first one finds; groups have their numbers. The text is read, not
 * the pattern understood: rare syntax may make something that does not compile. NULL where that is known before (\Q). */
char *pattern_with_pauses(const char *pattern, size_t len);

#endif

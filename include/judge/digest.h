/* digest.h - the digest: when it goes out, and the lines of it. Pure.
 *
 * It goes out on its day, or daily, at its hour, by the clock on the wall of its zone ('digest' in relay.conf). A report
 * (report.h) of the time since the last one becomes a few short lists; where one is longer than a reader's patience its
 * last line says so.
 */
#ifndef ESCRELAY_JUDGE_DIGEST_H
#define ESCRELAY_JUDGE_DIGEST_H

#include "judge/report.h"

#define DIGEST_LINES 12                /* of a list that are told */

int64_t digest_before(const struct settings *s, int64_t t); /* the last such instant, t itself included */
int64_t digest_after(const struct settings *s, int64_t t);  /* the first one after t */

/* Values of the template "digest"; "" where there is nothing to tell. Lists are an item a line. */
struct digest {
	const char *summary;           /* "12 escalations came in, 10 were solved, 7 are open" */
	const char *came, *solved, *open, *acknowledged, *answered, *ended, *nobody, *budget;
	const char *still, *docs, *causes, *areas, *teams;
};
void digest_make(struct arena *a, const struct report *r, struct digest *out);

#endif

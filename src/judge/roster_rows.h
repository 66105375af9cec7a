/* roster_rows.h - the rows of all rosters of a page as they were written, before days and people are made out of them.
 */
#ifndef ESCRELAY_JUDGE_ROSTER_ROWS_H
#define ESCRELAY_JUDGE_ROSTER_ROWS_H

#include <stdarg.h>

#include "judge/roster_parts.h"

struct raw_span {
	struct written_span days;
	bool dated;                         /* days hold at least a beginning */
	const char *written;                /* the cell of the days */
	struct named *people; size_t npeople;
	const char **struck; size_t nstruck;
	unsigned line;
};

struct raw_roster {
	struct raw_span *rows; size_t nrows;
	size_t ntables;
	unsigned *skipped; size_t nskipped; /* lines of tables that are no rosters */
	bool cut;                           /* there were more rows than ROSTER_ROWS_MAX */
};

void rows_read(struct arena *a, const struct page *page, struct raw_roster *out);

/* The person whom a cell names: known already, or new in r. NULL: there are too many. */
const struct roster_person *roster_person(struct arena *a, struct roster *r, const struct named *n);
/* What the roster does not say of them: addresses, zones, hours. */
void roster_ask_people(struct arena *a, const struct roster_ask *ask, struct roster *r);
void roster_say(struct arena *a, const char ***v, size_t *n, const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));

#endif

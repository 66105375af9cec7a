/* store_report.h - what happened in a span, told case by case to whoever counts it (judge/report.h). The rules of
 * store.h hold here.
 *
 * It walks indexes over time and holds one case in memory at once, with its events and filings. Cases come in three
 * runs: those that were opened since a time, older ones that were resolved since a time, older ones that are open; each
 * once.
 */
#ifndef ESCRELAY_EDGE_STORE_REPORT_H
#define ESCRELAY_EDGE_STORE_REPORT_H

#include "edge/store.h"
#include "judge/report.h"

struct store_report_ask {
	int64_t from, to;              /* [from, to); cases that were opened at its end or later are not told of */
	int64_t opened, resolved;      /* since then (report_wants); a case that ended before from has no events */
};
struct store_report_visit {
	void (*one)(void *context, const struct report_case *c);       /* texts live until it returns */
	void (*filed)(void *context, const struct report_filing *f);   /* in the span, by a rule, of no case */
	void (*mail)(void *context, const char *outcome);              /* that came in the span; NULL: not judged yet */
	void *context;
};

/* False: a fault. Reads only; it does not hold up who writes, unless inside a transaction. */
bool store_report(struct store *s, const struct store_report_ask *ask, const struct store_report_visit *v);

/* All of it, counted. NULL: a fault. from < to; lives in the arena. */
const struct report *store_report_of(struct store *s, struct arena *a, const struct settings *settings, int64_t from,
    int64_t to);

#endif

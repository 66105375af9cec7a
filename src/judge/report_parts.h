/* report_parts.h - what the files of the report share: report.c counts a case, report_sums.c has groups, times and
 * causes, report_words.c says it. */
#ifndef ESCRELAY_JUDGE_REPORT_PARTS_H
#define ESCRELAY_JUDGE_REPORT_PARTS_H

#include "judge/report.h"

/* Values whose median is wanted: all of them, or evenly spaced ones of very many. */
struct samples { int64_t *v; size_t n; unsigned all, stride; int64_t worst, worst_case; };

struct report_maker {
	const struct settings *s;
	struct arena *arena;
	struct report *r;
	struct samples acknowledged, answered, ended, waited;
};

/* The group of that name, made if there is room for it, else "(others)". */
struct report_group *report_group(struct report_maker *m, enum report_by by, const char *name);
void report_sample(struct arena *a, struct samples *s, int64_t seconds, int64_t escalation);
struct report_times report_times_of(const struct samples *s);
void report_cause(struct report_maker *m, unsigned outcome, const struct report_case *c, const char *area);
void report_keep_open(struct report_maker *m, const struct report_open *o);
void report_sort(struct report *r);

#endif

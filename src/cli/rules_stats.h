/* rules_stats.h - what the two files of 'rules stats' share: the figures, and their printing. */
#ifndef ESCRELAY_CLI_RULES_STATS_H
#define ESCRELAY_CLI_RULES_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rules_read;
struct store;

#define STATS_SAMPLE 200               /* mails that are judged again for the time */

struct pattern_stat {
	const char *pattern;
	unsigned line;                 /* 0: it is gone from the files */
	int64_t hits, last, stuck;     /* last: 0 never */
	uint64_t ns;                   /* of the sample */
};

struct rule_stat {
	const char *name, *file;       /* file: NULL, the rule is gone from the files */
	unsigned line;
	const char *renamed_to;        /* a rule of the files that says the same under another name, NULL */
	int64_t hits, last, stuck;
	int64_t not_one, given, severity, released; /* what people thought otherwise about, by kind, */
	int64_t overturned;            /* and in all: a case counts once */
	uint64_t ns;
	struct pattern_stat *patterns; size_t npatterns;
};

struct rule_stats {
	struct rule_stat *v; size_t n; /* in the order of the files, then those that are gone */
	int64_t decisions, first;      /* of all time, and when it began; 0: nothing was decided yet */
	size_t sample;                 /* mails that were judged again */
	uint64_t ns;                   /* all rules together */
};

/* False: the store failed. since: a time, of which the UTC day counts. */
bool rules_count(const struct rules_read *l, struct store *s, int64_t since, struct rule_stats *out);

/* Of 1; below 0: the rule has not held. */
double rule_precision(const struct rule_stat *r);

#endif

/* simulate.h - a stretch of time played through with the real chooser: what a roster does to the people on it.
 *
 * Pure: settings and arrivals in, figures out. Each arrival is assigned as dispatch would do it (pointer, accounts, caps,
 * absences, stand-ins), or waits, first come first served, until somebody can take it. A case stays open for so many of its
 * engineer's working hours, so that caps mean something; nobody passes one on.
 */
#ifndef ESCRELAY_JUDGE_SIMULATE_H
#define ESCRELAY_JUDGE_SIMULATE_H

#include "judge/assign.h"

struct simulate_ask {
	const char *pool;
	const int64_t *arrivals; size_t narrivals; /* in order */
	int64_t to;                                /* what waits longer is left over */
	int64_t work;                              /* working seconds that a case stays open */
	const struct absences *absences;           /* or NULL */
	bool offhours;                             /* "offhours yes" engineers may be asked outside their hours */
	void (*progress)(void *context, int64_t at); /* called now and then with the time that is reached, or NULL */
	void *context;
};

struct served {
	const struct engineer *engineer;
	unsigned assigned, eligible; /* turns he had, and could have had */
	unsigned offhours;           /* of those he had: outside his hours */
	int64_t fair;                /* the sum of his fair parts of those, in millionths; what nobody else could take is his whole */
};

struct stint { const struct rotation *rotation; struct served *served; size_t nserved; unsigned assigned; };

struct simulation {
	struct served *served; size_t nserved;   /* those who were eligible at least once, in order of the configuration */
	struct stint *stints; size_t nstints;    /* by rotation, in order of time */
	int64_t *waits; size_t nwaits;           /* seconds of each assigned arrival, sorted */
	unsigned assigned, at_once, left;        /* left: nobody took it before the end */
	unsigned offhours;
	int64_t worst; const struct engineer *worst_of; /* the greatest |turns - fair| in any one rotation, millionths */
};

/* Anything at all in, the same figures out: no clock, no dice. */
void simulate(const struct settings *s, struct arena *a, const struct simulate_ask *ask, struct simulation *out);

/* Arrivals made up: on average n each span seconds, by night and at weekends a quarter as many (UTC); the same seed, the same ones. */
size_t simulate_arrivals(struct arena *a, int64_t from, int64_t to, double per_day, uint64_t seed, int64_t **out);

#endif

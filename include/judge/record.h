/* record.h - what an engineer did on escalations: when he served, and what became of what he had.
 *
 * Pure: the plan, the deeds and the cases of the store in, sums out. A case is led by whoever acknowledged, took or
 * answered it while it was his, and counts once for each who led it; it is resolved by whom it belonged to at the
 * end. A first answer is one that he gave while it was his; it is counted from when the case came to him, by the clock
 * and in his working hours. Deeds belong to the rotation in which the case came to him, however long it stayed with him.
 */
#ifndef ESCRELAY_JUDGE_RECORD_H
#define ESCRELAY_JUDGE_RECORD_H

#include "judge/escalation.h"
#include "judge/rotation.h"

enum deed_kind { DEED_ASSIGNED, DEED_ACK, DEED_TAKE, DEED_ANSWER /* resolving is one */, DEED_PASS };

/* In order of escalation, then time. */
struct deed { int64_t escalation, at; const char *engineer; enum deed_kind kind; };

struct record_case {
	int64_t id;
	const char *pool, *engineer, *subject, *customer, *outcome, *cause;
	unsigned severity;
	int64_t opened, resolved;    /* resolved 0: it is not */
};

struct record_filing { int64_t escalation, opened; const char *engineer, *kind; };

struct record_ask {
	const struct deed *deeds; size_t ndeeds;
	const struct record_case *cases; size_t ncases;       /* by id */
	const struct record_filing *filings; size_t nfilings;
	const struct absences *absences;
	const char *engineer;                                 /* NULL: everybody */
	int64_t since, now;
};

struct tally { const char *word; unsigned n; };

/* One case in the hands of one engineer. */
struct handled {
	const struct record_case *of;
	int64_t came, answered;      /* when it came to him, when he first answered; 0: neither known */
	int64_t worked;              /* his working seconds between them */
	bool led, resolved;
	const struct tenure *in;     /* in which it came to him, NULL: in none */
};

struct record {
	const char *engineer;        /* as in the plan, or as the store knows somebody who has left */
	const struct engineer *who;  /* NULL: he has left the configuration */
	struct tenure *served; size_t nserved;
	unsigned assigned, led, resolved, passed, answers;
	int64_t median, median_worked; /* of first answers; seconds */
	struct tally *outcomes; size_t noutcomes;
	struct tally *filings; size_t nfilings;
	struct handled *cases; size_t ncases; /* by number */
};

/* Of each engineer with a seat or a deed since then, in order of the configuration, those who left it last. */
size_t record_make(const struct settings *s, struct arena *a, const struct record_ask *ask, struct record **out);

#endif

/* report.h - what happened in a span: what came in, how it was solved, what is open, what was learnt, the budget.
 *
 * Pure. Cases are told to it one by one (report_case), in any order, each once; nothing of a case is kept but sums, so a
 * year costs what a week costs. store_report.h tells them. Spans are half-open: [from, to).
 *
 *   came in      opened in the span
 *   solved       resolved in the span, by the outcome that it has today: one that was opened again since is not solved
 *   open         opened before the end of the span and not resolved then; its state is that of today
 *   stands still open, and since somebody acted on it an alarm was raised, or its lead was told that nobody has it
 *   area         the label that a rule gave it, else the name of the rule that opened it
 *
 * Times are by the clock, for nights and weekends are long to who waits: from when the case came in to the first word of
 * an engineer (taking, filing and resolving are such), to his first answer to the requester, and to its end. Each counts
 * in the span in which it ended.
 *
 * The budget (judge/budget.h) looks back from the end of the span, whatever its beginning: cases that were opened in
 * the BUDGET_SHORT and BUDGET_LONG days before it, but for those that turned out to be none ("not-an-escalation");
 * engaged are those in which help was asked of a team of engineering before the end of the span.
 */
#ifndef ESCRELAY_JUDGE_REPORT_H
#define ESCRELAY_JUDGE_REPORT_H

#include "config/settings.h"
#include "judge/budget.h"
#include "judge/escalation.h"

struct arena;

/* ---- what it is told ----------------------------------------------------------------------------------- */

struct report_event { int64_t at; const char *actor, *kind; };

struct report_filing {
	int64_t number;                /* within its case */
	const char *team, *kind;       /* help, defect, docs */
	bool open;
	int64_t opened, closed;        /* closed 0: not */
	unsigned chased;               /* reminders since the team was last heard of */
};

struct report_case {
	int64_t id;
	enum escalation_state state;
	unsigned severity;
	const char *label, *rule, *customer, *subject, *requester, *engineer, *outcome, *cause;
	int64_t opened, resolved;      /* resolved 0: not */
	const struct report_event *events; size_t nevents;     /* in order; none where the case ended before the span */
	const struct report_filing *filings; size_t nfilings;
};

/* ---- what it says -------------------------------------------------------------------------------------- */

enum report_outcome {
#define X(word, what) +1
	REPORT_OUTCOMES = 0 RESOLUTIONS(X)
#undef X
};
extern const char *const report_outcome_words[REPORT_OUTCOMES]; /* in the order of RESOLUTIONS */

enum report_by { REPORT_TEAM, REPORT_AREA, REPORT_RULE, REPORT_CUSTOMER, REPORT_ENGINEER, REPORT_DIMENSIONS };
enum report_kind { REPORT_HELP, REPORT_DEFECT, REPORT_DOCS, REPORT_KINDS };

#define REPORT_GROUPS_MAX 200          /* of a dimension; what is more is one group, "(others)" */
#define REPORT_CAUSES_MAX 300          /* that are told of, */
#define REPORT_CAUSE_CASES 4           /* and the cases that are named with each */
#define REPORT_OPEN_MAX   200          /* open cases that are told of: what stands still, then by severity, then age */
#define REPORT_BARS_MAX   31
#define REPORT_TIMES_MAX  100000       /* values with an exact median; of more every second, fourth ... is taken */

/* A case belongs to one area, rule, customer and engineer, and to each team that it was filed with. */
struct report_group {
	const char *name, *title;      /* as the store has it; as people read it. name "": nobody, none, unknown */
	unsigned came, solved, open, outcomes[REPORT_OUTCOMES];
	struct budget recent, longer;  /* 28 and 90 days: of a team of all cases, of the others of their own */
	/* A team: what was filed with it and what was closed in the span, what is open, and reminded of in vain. */
	unsigned filed[REPORT_KINDS], closed, filings_open, silent;
};

struct report_times { unsigned n; int64_t median, worst, worst_case; }; /* seconds */

struct report_cause {
	unsigned outcome;              /* index of report_outcome_words */
	const char *cause, *area;
	unsigned n;                    /* cases with it: equal but for ASCII case */
	int64_t cases[REPORT_CAUSE_CASES];
};

struct report_open {
	int64_t id, opened, last;      /* last: somebody acted on it or wrote */
	enum escalation_state state;
	unsigned severity;
	const char *subject, *engineer, *requester, *customer;
	bool still, late;              /* it stands still; its engineer was only reminded */
};

struct report_mail { const char *outcome; unsigned n; };

struct report {
	int64_t from, to;
	struct report_mail *mails; size_t nmails;              /* what became of the mails that came, by how often */
	unsigned came, came_before, solved, solved_before, open; /* before: in a span as long, just before */
	unsigned severities[10];                               /* of what came */
	unsigned outcomes[REPORT_OUTCOMES];
	unsigned states[ESCALATION_STATE_COUNT], still, late;  /* of what is open */
	unsigned nobody, hours[24], hours_nobody[24];          /* came when nobody was at work; by the hour, UTC */
	unsigned filed_by_rules;                               /* mails that a rule sent straight to a team */
	struct report_times acknowledged, answered, ended, waited; /* waited: who found nobody, for somebody */
	struct report_group *groups[REPORT_DIMENSIONS]; size_t ngroups[REPORT_DIMENSIONS]; /* the busiest first */
	struct report_cause *causes; size_t ncauses;           /* in the order of outcomes, the most frequent first, */
	struct report_cause *docs; size_t ndocs;               /* and those apart that ask for docs */
	unsigned causes_more;                                  /* that are not told of */
	struct report_open *opens; size_t nopens;
	int64_t bar;                                           /* seconds of a bar: whole days */
	size_t nbars; unsigned bars_came[REPORT_BARS_MAX], bars_solved[REPORT_BARS_MAX];
	struct budget recent, longer; unsigned goal;
};

/* ---- making one ---------------------------------------------------------------------------------------- */

struct report_maker;

/* Both live in the arena; texts that are told may go when the call is over. from < to. */
struct report_maker *report_begin(const struct settings *s, struct arena *a, int64_t from, int64_t to);
/* The cases that it wants to be told of: opened since then, resolved since the next, and all that are open. */
void report_wants(const struct report_maker *m, int64_t *opened, int64_t *resolved);
void report_case(struct report_maker *m, const struct report_case *c);
void report_filed(struct report_maker *m, const struct report_filing *f); /* by a rule, of no case */
void report_mail(struct report_maker *m, const char *outcome);            /* in the span; NULL: not judged yet */
const struct report *report_end(struct report_maker *m);                  /* lives in the arena */

/* ---- how it is said ------------------------------------------------------------------------------------ */

/* "20 answered, 6 docs"; "" where there is none. */
const char *report_outcomes_text(struct arena *a, const unsigned outcomes[REPORT_OUTCOMES]);
/* "5 opened, 2 ignored", of the mails that came; *all: how many they were. */
const char *report_mails_text(struct arena *a, const struct report *r, unsigned *all);
const char *report_span_text(struct arena *a, int64_t seconds);           /* "2 h 10 min", two units at most */
/* "half of 12 within 20 min, the slowest 3 h (ESC-9)"; "" where there is none. */
const char *report_times_text(struct arena *a, const struct report_times *t);
const char *report_share_text(struct arena *a, const struct budget *b);   /* "3 of 41 (7.3 %)"; "-" of no cases */
const char *report_cause_cases(struct arena *a, const struct report_cause *c); /* "ESC-3, ESC-9 and 2 more" */
const char *report_states_text(struct arena *a, const struct report *r);  /* "1 waiting, 3 owned"; "" */

#endif

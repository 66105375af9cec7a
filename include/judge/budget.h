/* budget.h - the budget: the share of escalations in which a team of engineering was asked for help, against the goal. Pure. */
#ifndef ESCRELAY_JUDGE_BUDGET_H
#define ESCRELAY_JUDGE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

#define BUDGET_SHORT 28u               /* days that are looked back on */
#define BUDGET_LONG  90u

struct budget { int64_t cases, engaged; }; /* opened in a span; of these, with help asked of engineering */

const char *budget_share(struct arena *a, const struct budget *b); /* "7.3 %", rounded to the nearest tenth */
bool budget_over(const struct budget *b, unsigned goal); /* goal: percent; as much as the goal is not over it */

/* "engineering was asked for help in 3 of 41 escalations of the last 28 days (7.3 %), in 9 of 120 of the last 90 (7.5 %); the goal is
 * 10 % or fewer". Where the last 28 days are over the goal it says so. */
const char *budget_sentence(struct arena *a, const struct budget *of_short, const struct budget *of_long, unsigned goal);

#endif

/* budget.c - see budget.h. */
#include "judge/budget.h"

#include <inttypes.h>

#include "ground/mem.h"

const char *
budget_share(struct arena *a, const struct budget *b)
{
	int64_t tenths = b->cases > 0 ? (b->engaged * 2000 + b->cases) / (2 * b->cases) : 0;

	return arena_printf(a, "%" PRId64 ".%" PRId64 " %%", tenths / 10, tenths % 10);
}

/* In whole numbers: what is rounded for the eye decides nothing. */
bool
budget_over(const struct budget *b, unsigned goal)
{
	return b->engaged * 100 > b->cases * (int64_t)goal;
}

const char *
budget_sentence(struct arena *a, const struct budget *of_short, const struct budget *of_long, unsigned goal)
{
	return arena_printf(a,
	    "engineering was asked for help in %" PRId64 " of %" PRId64 " escalation%s of the last %u days (%s), in %" PRId64
	    " of %" PRId64 " of the last %u (%s); %s %u %% or fewer",
	    of_short->engaged, of_short->cases, of_short->cases == 1 ? "" : "s", BUDGET_SHORT, budget_share(a, of_short),
	    of_long->engaged, of_long->cases, BUDGET_LONG, budget_share(a, of_long),
	    budget_over(of_short, goal) ? "that is over the goal of" : "the goal is", goal);
}

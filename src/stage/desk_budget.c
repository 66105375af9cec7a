/* desk_budget.c - how often engineering was asked for help of late. See judge/budget.h.
 *
 * Counted are the escalations that were opened in the span, but for those that turned out to be none; of them those with a filing of kind
 * help to a team that counts ('engineering no' takes one out; one that is gone from the configuration still counts).
 */
#include "stage/desk_budget.h"
#include "stage/desk_filing.h"

#define DAY 86400

struct budget
desk_budget(struct desk *d, unsigned days)
{
	int64_t since = d->now + 1 - (int64_t)days * DAY, last = 0; /* this second is the last one, as in a report */
	struct engagement *v;
	size_t n = store_engagements(d->store, d->arena, since, &v);
	struct budget b = { .cases = store_escalations_since(d->store, since) };

	for (size_t i = 0; i < n; i++) {
		const struct team *team = settings_team(d->settings, v[i].team);

		if (v[i].escalation == last || (team != NULL && !team->engineering))
			continue;
		last = v[i].escalation; /* they come case by case: several teams are one engagement */
		b.engaged++;
	}
	return b;
}

const char *
desk_budget_sentence(struct desk *d)
{
	struct budget of_short = desk_budget(d, BUDGET_SHORT), of_long = desk_budget(d, BUDGET_LONG);

	return budget_sentence(d->arena, &of_short, &of_long, d->settings->budget_percent);
}

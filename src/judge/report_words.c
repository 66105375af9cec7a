/* report_words.c - the figures of a report in words, the same in a terminal, on a page and in a mail. See report.h. */
#include "judge/report.h"

#include <inttypes.h>

#include "ground/clock.h"
#include "ground/mem.h"

/* A list of "n word" of those that are not 0. */
static const char *
tally(struct arena *a, const char *list, unsigned n, const char *word)
{
	return n == 0 ? list : arena_printf(a, "%s%s%u %s", list, *list != '\0' ? ", " : "", n, word);
}

const char *
report_outcomes_text(struct arena *a, const unsigned outcomes[REPORT_OUTCOMES])
{
	const char *list = "";

	for (unsigned i = 0; i < REPORT_OUTCOMES; i++)
		list = tally(a, list, outcomes[i], report_outcome_words[i]);
	return list;
}

const char *
report_mails_text(struct arena *a, const struct report *r, unsigned *all)
{
	const char *list = "";

	*all = 0;
	for (size_t i = 0; i < r->nmails; i++) {
		*all += r->mails[i].n;
		list = tally(a, list, r->mails[i].n, r->mails[i].outcome);
	}
	return list;
}

const char *
report_states_text(struct arena *a, const struct report *r)
{
	const char *list = "";

	for (unsigned i = 0; i < ESCALATION_STATE_COUNT; i++)
		list = tally(a, list, r->states[i], i == ESCALATION_RESOLVED ? "resolved since" :
		    escalation_state_word((enum escalation_state)i));
	return list;
}

/* The longer it was, the less do small units tell. */
const char *
report_span_text(struct arena *a, int64_t seconds)
{
	char text[CLOCK_TEXT];

	if (seconds >= 2 * 86400)
		seconds -= seconds % 3600;
	else if (seconds >= 120)
		seconds -= seconds % 60;
	return arena_strdup(a, clock_span(seconds, text));
}

const char *
report_times_text(struct arena *a, const struct report_times *t)
{
	if (t->n == 0)
		return "";
	if (t->n == 1)
		return arena_printf(a, "%s (ESC-%" PRId64 ")", report_span_text(a, t->worst), t->worst_case);
	return arena_printf(a, "half of %u within %s, the slowest %s (ESC-%" PRId64 ")", t->n,
	    report_span_text(a, t->median), report_span_text(a, t->worst), t->worst_case);
}

const char *
report_share_text(struct arena *a, const struct budget *b)
{
	return b->cases == 0 ? "-" : arena_printf(a, "%" PRId64 " of %" PRId64 " (%s)", b->engaged, b->cases,
	    budget_share(a, b));
}

const char *
report_cause_cases(struct arena *a, const struct report_cause *c)
{
	const char *list = "";

	for (unsigned k = 0; k < c->n && k < REPORT_CAUSE_CASES; k++)
		list = arena_printf(a, "%s%sESC-%" PRId64, list, k > 0 ? ", " : "", c->cases[k]);
	return c->n > REPORT_CAUSE_CASES ? arena_printf(a, "%s and %u more", list, c->n - REPORT_CAUSE_CASES) : list;
}

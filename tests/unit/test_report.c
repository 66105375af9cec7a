/* Goal: a report says what happened: each case counts where a person would count it, once; the budget looks back exactly
 * so many days; and however much there is, what is kept of it has bounds. A second, naive count of made-up cases must
 * come to the same figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../support/rota.h"
#include "judge/report.h"

#define DAY 86400
#define END (20000 * (int64_t)DAY)     /* a midnight */

static struct settings *
house(struct arena *a)
{
	struct settings *s = rota_new(a);

	rota_engineer(a, s, "keegan", "Keegan", "UTC", 900, 1700);
	rota_engineer(a, s, "bola", "Bola", "UTC", 900, 1700);
	*(struct team *)arena_push(a, &s->teams, &s->nteams, sizeof(*s->teams)) =
	    (struct team){ .name = "search", .full_name = "Search", .engineering = true };
	*(struct team *)arena_push(a, &s->teams, &s->nteams, sizeof(*s->teams)) =
	    (struct team){ .name = "contracts", .full_name = "Contracts", .engineering = false };
	s->budget_percent = 10;
	return s;
}

static struct report_case
a_case(int64_t id, int64_t opened)
{
	return (struct report_case){ .id = id, .state = ESCALATION_OWNED, .severity = 2, .label = "", .rule =
	    "everything else", .customer = "acme",
		.subject = "Search is down", .requester = "Ada", .engineer = "keegan", .outcome = "", .cause = "",
		    .opened = opened };
}

static struct report_case
solved(struct report_case c, int64_t at, const char *outcome, const char *cause)
{
	c.state = ESCALATION_RESOLVED;
	c.resolved = at;
	c.outcome = outcome;
	c.cause = cause;
	return c;
}

static struct report_filing
filed(const char *team, const char *kind, int64_t opened, int64_t closed)
{
	return (struct report_filing){ .number = 1, .team = team, .kind = kind, .open = closed == 0, .opened = opened,
	    .closed = closed };
}

static const struct report_group *
group(const struct report *r, enum report_by by, const char *name)
{
	for (size_t i = 0; i < r->ngroups[by]; i++)
		if (strcmp(r->groups[by][i].name, name) == 0)
			return &r->groups[by][i];
	return NULL;
}

/* ---- a week, told case by case ------------------------------------------------------------------------- */

static void
test_a_week(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct report_maker *m = report_begin(house(a), a, END - 7 * DAY, END);
	struct report_filing help[] = { filed("search", "help", END - 2 * DAY, 0),
	    filed("Search", "docs", END - DAY, END - 3600) };
	struct report_case c = solved(a_case(1, END - 3 * DAY), END - DAY, "docs", "the limit is nowhere explained");
	const struct report *r;

	(void)state;
	c.label = "search";
	report_case(m, &c);                                     /* came and was solved */
	c = solved(a_case(2, END - 30 * DAY), END - 2 * DAY, "duplicate of ESC-1", "the same outage");
	report_case(m, &c);                                     /* came long ago, was solved in the week */
	c = a_case(3, END - 2 * DAY);
	c.engineer = "";
	c.state = ESCALATION_WAITING;
	report_case(m, &c);                                     /* came, and waits */
	c = a_case(4, END - 9 * DAY);
	c.filings = help;
	c.nfilings = 2;
	c.state = ESCALATION_UPSTREAM;
	report_case(m, &c);                                     /* came the week before, and is open */
	c = solved(a_case(5, END - 9 * DAY), END - 8 * DAY, "answered", "a flag");
	report_case(m, &c);                                     /* all of it the week before */
	report_filed(m, &(struct report_filing){ .team = "contracts", .kind = "help", .open = true, .opened =
	    END - DAY });
	report_mail(m, "relayed");
	report_mail(m, "opened");
	report_mail(m, "relayed");
	report_mail(m, NULL);
	r = report_end(m);

	assert_int_equal(r->came, 2);
	assert_int_equal(r->came_before, 2);
	assert_int_equal(r->solved, 2);
	assert_int_equal(r->solved_before, 1);
	assert_int_equal(r->open, 2);
	assert_string_equal(report_states_text(a, r), "1 waiting, 1 upstream");
	assert_string_equal(report_outcomes_text(a, r->outcomes), "1 docs, 1 duplicate");
	assert_int_equal(r->ndocs, 1);
	assert_string_equal(r->docs[0].cause, "the limit is nowhere explained");
	assert_string_equal(r->docs[0].area, "search");
	assert_int_equal(r->ncauses, 1);
	assert_int_equal(r->causes[0].cases[0], 2);
	assert_string_equal(r->mails[0].outcome, "relayed");
	assert_int_equal(r->mails[0].n, 2);
	assert_int_equal(r->nmails, 3);
	assert_int_equal(group(r, REPORT_AREA, "search")->solved, 1);
	assert_int_equal(group(r, REPORT_AREA, "everything else")->came, 1);
	assert_string_equal(group(r, REPORT_ENGINEER, "")->title, "nobody yet");
	assert_int_equal(group(r, REPORT_TEAM, "search")->filed[REPORT_HELP], 1);
	assert_int_equal(group(r, REPORT_TEAM, "search")->filed[REPORT_DOCS], 1);
	assert_int_equal(group(r, REPORT_TEAM, "search")->closed, 1);
	assert_int_equal(group(r, REPORT_TEAM, "search")->filings_open, 1);
	assert_int_equal(group(r, REPORT_TEAM, "search")->open, 1); /* one case, two filings */
	assert_int_equal(group(r, REPORT_TEAM, "contracts")->filed[REPORT_HELP], 1);
	assert_int_equal(r->filed_by_rules, 1);
	assert_int_equal(r->bar, DAY);
	assert_int_equal(r->nbars, 7);
	assert_int_equal(r->bars_came[4], 1);
	assert_int_equal(r->bars_came[5], 1);
	assert_int_equal(r->bars_solved[5], 1);
	assert_int_equal(r->bars_solved[6], 1);
}

static void
test_nothing_happened(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct report *r = report_end(report_begin(house(a), a, END - 1, END));

	(void)state;
	assert_int_equal(r->came + r->solved + r->open, 0);
	assert_int_equal(r->nbars, 1);
	assert_string_equal(report_times_text(a, &r->answered), "");
	assert_string_equal(report_share_text(a, &r->recent), "-");
	assert_string_equal(report_outcomes_text(a, r->outcomes), "");
}

/* What happened after the end of the span is not known at its end. */
static void
test_a_week_long_ago(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct report_maker *m = report_begin(house(a), a, END - 7 * DAY, END);
	struct report_filing later = filed("search", "help", END, 0);
	struct report_event events[] = { { END - DAY, "keegan", "ack" }, { END + 1, "keegan", "answer" },
	    { END + 2, "relay", "alarm" } };
	struct report_case c = solved(a_case(1, END - DAY - 60), END + DAY, "fix", "later");
	const struct report *r;

	(void)state;
	c.events = events;
	c.nevents = 3;
	c.filings = &later;
	c.nfilings = 1;
	report_case(m, &c);
	c = a_case(2, END);
	report_case(m, &c);
	c = solved(a_case(3, END - 7 * DAY), END, "answered", "in the first instant after it");
	report_case(m, &c);
	r = report_end(m);
	assert_int_equal(r->came, 2);
	assert_int_equal(r->solved, 0);
	assert_int_equal(r->open, 2);
	assert_string_equal(report_states_text(a, r), "2 resolved since");
	assert_int_equal(r->acknowledged.n, 1);
	assert_int_equal(r->acknowledged.median, 60);
	assert_int_equal(r->answered.n, 0);
	assert_int_equal(r->still, 0);
	assert_int_equal(r->recent.engaged, 0);
	assert_int_equal(r->ngroups[REPORT_TEAM], 0);
}

/* ---- times, and what stands still ---------------------------------------------------------------------- */

/* One case with these events, opened two days before the end. */
static const struct report *
after(struct arena *a, struct report_case c, const struct report_event *events, size_t n)
{
	struct report_maker *m = report_begin(house(a), a, END - 7 * DAY, END);

	c.events = events;
	c.nevents = n;
	report_case(m, &c);
	return report_end(m);
}

#define EVENTS(...) ((const struct report_event[]){ __VA_ARGS__ })
#define AFTER(c, ...) after(a, c, EVENTS(__VA_ARGS__), COUNT(EVENTS(__VA_ARGS__)))
#define BEGIN (END - 2 * (int64_t)DAY)

static void
test_what_is_an_answer(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct report *r = AFTER(a_case(1, BEGIN), { BEGIN, "relay", "assign" }, { BEGIN + 60, "keegan", "ack" },
	    { BEGIN + 90, "ada@example.com", "word" }, { BEGIN + 120, "keegan", "answer" },
	    { BEGIN + 180, "keegan", "answer" });

	(void)state;
	assert_int_equal(r->acknowledged.median, 60);
	assert_int_equal(r->answered.median, 120);
	/* Filing is a word, but none to the requester; resolving is both, of an engineer alone. */
	r = AFTER(solved(a_case(1, BEGIN), BEGIN + 300, "fix", ""), { BEGIN + 60, "bola", "file" },
	    { BEGIN + 300, "bola", "resolve" });
	assert_int_equal(r->acknowledged.median, 60);
	assert_int_equal(r->answered.median, 300);
	r = AFTER(solved(a_case(1, BEGIN), BEGIN + 300, "answered", ""), { BEGIN + 300, "ada@example.com", "resolve" });
	assert_int_equal(r->acknowledged.n + r->answered.n, 0);
	assert_int_equal(r->ended.median, 300);
	/* Who has left the configuration was an engineer all the same. */
	struct report_case left = solved(a_case(1, BEGIN), BEGIN + 300, "fix", "");
	left.engineer = "taras";
	r = AFTER(left, { BEGIN + 300, "taras", "resolve" });
	assert_int_equal(r->answered.n, 1);
	/* An answer of before the span is of before the span. */
	r = AFTER(a_case(1, END - 9 * DAY), { END - 8 * DAY, "keegan", "answer" });
	assert_int_equal(r->answered.n, 0);
	/* The clock was set back. */
	r = AFTER(a_case(1, BEGIN), { BEGIN - 600, "keegan", "answer" });
	assert_int_equal(r->answered.median, 0);
}

static void
test_who_came_when_nobody_was_there(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct report *r = AFTER(a_case(1, BEGIN + 3 * 3600), { BEGIN + 3 * 3600, "relay", "waits" },
	    { BEGIN + 9 * 3600, "relay", "assign" });

	(void)state;
	assert_int_equal(r->nobody, 1);
	assert_int_equal(r->hours[3], 1);
	assert_int_equal(r->hours_nobody[3], 1);
	assert_int_equal(r->waited.median, 6 * 3600);
	/* Passed on later when nobody else was there: it had found somebody. */
	r = AFTER(a_case(1, BEGIN), { BEGIN, "relay", "assign" }, { BEGIN + 60, "keegan", "pass" },
	    { BEGIN + 60, "relay", "waits" });
	assert_int_equal(r->nobody, 0);
}

static void
test_what_stands_still(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct report *r = AFTER(a_case(1, BEGIN), { BEGIN + 1, "keegan", "ack" },
	    { BEGIN + 2, "relay", "overdue" });

	(void)state;
	assert_int_equal(r->still, 0);
	assert_int_equal(r->late, 1);
	r = AFTER(a_case(1, BEGIN), { BEGIN + 1, "keegan", "ack" }, { BEGIN + 2, "relay", "overdue" },
	    { BEGIN + 3, "relay", "alarm" }, { BEGIN + 4, "ada@example.com", "word" });
	assert_int_equal(r->still, 1);
	assert_int_equal(r->late, 0);
	assert_int_equal(r->opens[0].last, BEGIN + 4);
	r = AFTER(a_case(1, BEGIN), { BEGIN + 3, "relay", "alarm" }, { BEGIN + 5, "keegan", "answer" });
	assert_int_equal(r->still, 0);
	r = AFTER(a_case(1, BEGIN), { BEGIN, "relay", "waits" }, { BEGIN, "relay", "fallback" });
	assert_int_equal(r->still, 1);
	r = AFTER(a_case(1, BEGIN), { BEGIN, "relay", "fallback" }, { BEGIN + 9, "relay", "assign" });
	assert_int_equal(r->still, 0);
}

/* ---- the budget ---------------------------------------------------------------------------------------- */

static const struct report *
budget_of(struct arena *a, int64_t opened, const char *outcome, const struct report_filing *filings, size_t n)
{
	struct report_maker *m = report_begin(house(a), a, END - DAY,
	    END); /* the span is short: the budget looks back further */
	struct report_case c = a_case(1, opened);

	if (*outcome != '\0')
		c = solved(c, opened + 60, outcome, "");
	c.filings = filings;
	c.nfilings = n;
	report_case(m, &c);
	return report_end(m);
}

static void
test_the_edges_of_the_budget(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct { int64_t opened; int recent, longer; } edges[] =
	    { { END - 90 * DAY - 1, 0, 0 }, { END - 90 * DAY, 0, 1 },
		{ END - 28 * DAY - 1, 0, 1 }, { END - 28 * DAY, 1, 1 }, { END - 1, 1, 1 }, { END, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(edges); i++) {
		struct report_filing f = filed("search", "help", edges[i].opened, 0);
		const struct report *r = budget_of(a, edges[i].opened, "", &f, 1);

		assert_int_equal(r->recent.cases, edges[i].recent);
		assert_int_equal(r->longer.cases, edges[i].longer);
		assert_int_equal(r->longer.engaged, edges[i].opened < END ? edges[i].longer : 0);
		if (edges[i].longer > 0) {
			assert_int_equal(group(r, REPORT_RULE, "everything else")->longer.engaged, 1);
			assert_int_equal(group(r, REPORT_TEAM, "search")->recent.engaged, edges[i].recent);
		}
	}
}

static void
test_what_counts_to_the_budget(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	int64_t t = END - 5 * DAY;
	struct report_filing two[] = { filed("search", "help", t, t + 60), filed("search", "help", t, 0) };
	struct report_filing other[] = { filed("search", "defect", t, 0), filed("search", "docs", t, 0),
	    filed("contracts", "help", t, 0) };
	struct report_filing gone = filed("renamed", "help", t, 0);
	const struct report *r = budget_of(a, t, "", two, 2);

	(void)state;
	assert_int_equal(r->recent.engaged, 1);
	assert_int_equal(group(r, REPORT_TEAM, "search")->recent.engaged, 1);
	r = budget_of(a, t, "", other, 3);
	assert_int_equal(r->recent.cases, 1);
	assert_int_equal(r->recent.engaged, 0);
	assert_int_equal(group(r, REPORT_TEAM, "contracts")->recent.engaged, 0);
	r = budget_of(a, t, "", &gone, 1); /* a team that the configuration does not know any more */
	assert_int_equal(r->recent.engaged, 1);
	r = budget_of(a, t, "not-an-escalation", two, 2);
	assert_int_equal(r->recent.cases + r->recent.engaged, 0);
	r = budget_of(a, t, "fix", two, 2);
	assert_int_equal(r->recent.engaged, 1);
}

/* ---- bounds -------------------------------------------------------------------------------------------- */

static void
test_all_lists_have_bounds(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct report_maker *m = report_begin(house(a), a, END - 7 * DAY, END);
	const struct report *r;
	unsigned sum = 0;

	(void)state;
	for (int64_t i = 0; i < 1000; i++) {
		struct report_case c = solved(a_case(i + 1, END - 3 * DAY), END - DAY, "fix",
		    arena_printf(a, "cause %d", (int)i));
		struct report_case open = a_case(i + 2000, END - 3 * DAY - i);

		c.customer = arena_printf(a, "customer %d", (int)i);
		open.severity = i == 500 ? 0 : 2;
		report_case(m, &c);
		report_case(m, &open);
	}
	r = report_end(m);
	assert_int_equal(r->ngroups[REPORT_CUSTOMER], REPORT_GROUPS_MAX);
	for (size_t i = 0; i < r->ngroups[REPORT_CUSTOMER]; i++)
		sum += r->groups[REPORT_CUSTOMER][i].solved;
	assert_int_equal(sum, 1000);
	assert_non_null(group(r, REPORT_CUSTOMER, "(others)"));
	assert_int_equal(r->ncauses, REPORT_CAUSES_MAX);
	assert_int_equal(r->causes_more, 1000 - REPORT_CAUSES_MAX);
	assert_int_equal(r->open, 1000);
	assert_int_equal(r->nopens, REPORT_OPEN_MAX);
	assert_int_equal(r->opens[0].id, 2500);                 /* the severest */
	assert_int_equal(r->opens[1].id, 2999);                 /* then the oldest */
	assert_int_equal(r->opens[REPORT_OPEN_MAX - 1].id, 2999 - (REPORT_OPEN_MAX - 2));
}

static void
test_the_median_of_very_many(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct report_maker *m = report_begin(house(a), a, END - 7 * DAY, END);
	const int64_t n = 5 * (int64_t)REPORT_TIMES_MAX / 2;
	const struct report *r;
	size_t used;

	(void)state;
	for (int64_t i = 0; i < n; i++) {
		struct report_case c = solved(a_case(i + 1, END - 6 * DAY), END - 6 * DAY + i, "fix", "");

		report_case(m, &c);
		if (i == n / 2)
			used = arena_used(a);
	}
	r = report_end(m);
	assert_int_equal(r->ended.n, n);
	assert_int_equal(r->ended.worst, n - 1);
	assert_in_range(r->ended.median, n / 2 - n / 100, n / 2 + n / 100);
	assert_in_range(arena_used(a), used, used + 4096);      /* the second half costs no more memory */
}

static void
test_causes_are_told_once(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct report_maker *m = report_begin(house(a), a, END - 7 * DAY, END);
	const char *const causes[] = { "The flag was off", "a race", "the flag  was off", "the flag was off", "",
	    "the flag was off", "the flag was off" };
	const struct report *r;

	(void)state;
	for (size_t i = 0; i < COUNT(causes); i++) {
		struct report_case c = solved(a_case((int64_t)i + 1, END - 3 * DAY), END - DAY, i == 1 ? "fix" :
		    "answered", causes[i]);

		report_case(m, &c);
	}
	r = report_end(m);
	assert_int_equal(r->ncauses, 2);
	assert_int_equal(r->causes[0].n, 5);
	assert_string_equal(report_cause_cases(a, &r->causes[0]), "ESC-1, ESC-3, ESC-4, ESC-6 and 1 more");
	assert_string_equal(r->causes[1].cause, "a race");
}

/* ---- an independent count ------------------------------------------------------------------------------ */

#define CASES 600

struct model { struct report_case c; struct report_event events[3]; struct report_filing filings[2]; };

static uint32_t
dice(uint32_t sides)
{
	static uint32_t seed = 12345;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % sides;
}

static const char *
pick(const char *const *words, uint32_t n)
{
	return words[dice(n)];
}

static void
make_up(struct model *v)
{
	static const char *const customers[] = { "acme", "globex", "" }, *const labels[] =
	    { "search", "clone", "", "" },
		*const rules[] = { "one", "two", "everything else" }, *const engineers[] = { "keegan", "bola", "" },
		*const outcomes[] = { "answered", "docs", "fix", "upstream", "duplicate of ESC-7", "not-an-escalation" },
		*const teams[] = { "search", "contracts", "cloud" }, *const kinds[] = { "help", "defect", "docs" };

	for (int64_t i = 0; i < CASES; i++) {
		struct model *x = &v[i];
		int64_t opened = END - (int64_t)dice(120 * DAY), then = opened + (int64_t)dice(5 * DAY);

		x->c = a_case(i + 1, opened);
		x->c.customer = pick(customers, 3);
		x->c.label = pick(labels, 4);
		x->c.rule = pick(rules, 3);
		x->c.engineer = pick(engineers, 3);
		x->c.state = dice(2) == 0 ? ESCALATION_OWNED : ESCALATION_PENDING;
		x->events[0] = (struct report_event){ opened + (int64_t)dice(DAY), "keegan", "ack" };
		x->events[1] = (struct report_event){ then, "keegan", dice(3) > 0 ? "answer" : "note" };
		if (dice(3) > 0)
			x->c = solved(x->c, then + (int64_t)dice(9 * DAY), pick(outcomes, 6), "");
		x->c.events = x->events;
		x->c.nevents = 2;
		x->c.filings = x->filings;
		x->c.nfilings = dice(3);
		for (size_t k = 0; k < x->c.nfilings; k++)
			x->filings[k] = filed(pick(teams, 3), pick(kinds, 3), then, 0);
	}
}

/* The word of a case in a dimension; of teams the kth, NULL: there is none, or it was told before. */
static const char *
word_of(const struct model *x, enum report_by by, size_t k)
{
	if (by == REPORT_TEAM)
		return k >= x->c.nfilings || x->filings[k].opened >= END ||
		    (k == 1 && strcmp(x->filings[0].team, x->filings[1].team) == 0) ? NULL : x->filings[k].team;
	if (k > 0)
		return NULL;
	return by == REPORT_AREA ? (*x->c.label != '\0' ? x->c.label : x->c.rule) : by == REPORT_RULE ? x->c.rule :
	    by == REPORT_CUSTOMER ? x->c.customer : x->c.engineer;
}

static bool
asked_for_help(const struct model *x, const char *team)
{
	for (size_t k = 0; k < x->c.nfilings; k++)
		if (strcmp(x->filings[k].kind, "help") == 0 && strcmp(x->filings[k].team, "contracts") != 0 &&
		    x->filings[k].opened < END && (team == NULL || strcmp(team, x->filings[k].team) == 0))
			return true;
	return false;
}

static void
assert_group(const struct model *v, const struct report *r, enum report_by by, const struct report_group *g)
{
	int64_t from = r->from;
	unsigned came = 0, done = 0, open = 0, docs = 0;
	int64_t cases = 0, engaged = 0;

	for (size_t i = 0; i < CASES; i++)
		for (size_t k = 0; k < 2; k++) {
			const struct report_case *c = &v[i].c;
			const char *word = word_of(&v[i], by, k);
			bool counts = c->opened >= END - 28 * DAY && c->opened < END &&
			    strcmp(c->outcome, "not-an-escalation") != 0;

			if (by == REPORT_TEAM && k == 0)
				cases += counts;
			if (word == NULL || strcmp(word, g->name) != 0)
				continue;
			came += c->opened >= from && c->opened < END;
			done += c->resolved >= from && c->resolved < END;
			docs += c->resolved >= from && c->resolved < END && strcmp(c->outcome, "docs") == 0;
			open += c->opened < END && (c->resolved == 0 || c->resolved >= END);
			cases += by != REPORT_TEAM && counts;
			engaged += counts && asked_for_help(&v[i], by == REPORT_TEAM ? g->name : NULL);
		}
	assert_int_equal(g->came, came);
	assert_int_equal(g->solved, done);
	assert_int_equal(g->outcomes[1], docs);
	assert_int_equal(g->open, open);
	assert_int_equal(g->recent.cases, cases);
	assert_int_equal(g->recent.engaged, engaged);
}

/* The lower middle, by counting who is smaller. */
static int64_t
middle(const int64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t smaller = 0, equal = 0;

		for (size_t k = 0; k < n; k++) {
			smaller += v[k] < v[i];
			equal += v[k] == v[i];
		}
		if (smaller <= (n - 1) / 2 && (n - 1) / 2 < smaller + equal)
			return v[i];
	}
	return -1;
}

static void
test_an_independent_count(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct model *v = arena_array(a, CASES, sizeof(*v));
	struct report_maker *m = report_begin(house(a), a, END - 30 * DAY, END);
	int64_t *answers = arena_array(a, CASES, sizeof(*answers));
	size_t nanswers = 0;
	const struct report *r;

	(void)state;
	make_up(v);
	for (size_t i = 0; i < CASES; i++)
		report_case(m, &v[i * 7 % CASES].c); /* 7 and 600 have nothing in common: each once, in another order */
	r = report_end(m);
	for (unsigned by = 0; by < REPORT_DIMENSIONS; by++)
		for (size_t i = 0; i < r->ngroups[by]; i++)
			assert_group(v, r, by, &r->groups[by][i]);
	assert_int_equal(r->ngroups[REPORT_TEAM], 3);
	assert_int_equal(r->ngroups[REPORT_AREA], 5);
	assert_int_equal(r->ngroups[REPORT_CUSTOMER], 3);
	for (size_t i = 0; i < CASES; i++)
		if (strcmp(v[i].events[1].kind, "answer") == 0 && v[i].events[1].at >= r->from &&
		    v[i].events[1].at < END)
			answers[nanswers++] = v[i].events[1].at - v[i].c.opened;
	assert_true(nanswers > 50);
	assert_int_equal(r->answered.n, nanswers);
	assert_int_equal(r->answered.median, middle(answers, nanswers));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_week),
		cmocka_unit_test(test_nothing_happened),
		cmocka_unit_test(test_a_week_long_ago),
		cmocka_unit_test(test_what_is_an_answer),
		cmocka_unit_test(test_who_came_when_nobody_was_there),
		cmocka_unit_test(test_what_stands_still),
		cmocka_unit_test(test_the_edges_of_the_budget),
		cmocka_unit_test(test_what_counts_to_the_budget),
		cmocka_unit_test(test_all_lists_have_bounds),
		cmocka_unit_test(test_the_median_of_very_many),
		cmocka_unit_test(test_causes_are_told_once),
		cmocka_unit_test(test_an_independent_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* report.c - a case is counted. See report.h. */
#include "judge/report.h"

#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "judge/report_parts.h"

#define DAY 86400

const char *const report_outcome_words[REPORT_OUTCOMES] = {
#define X(word, what) word,
	RESOLUTIONS(X)
#undef X
};

static const char *const kinds[REPORT_KINDS] = { [REPORT_HELP] = "help", [REPORT_DEFECT] = "defect", [REPORT_DOCS] =
    "docs" };

struct report_maker *
report_begin(const struct settings *s, struct arena *a, int64_t from, int64_t to)
{
	struct report_maker *m = arena_alloc(a, sizeof(*m));
	struct report *r = arena_alloc(a, sizeof(*r));
	int64_t days = (to - from + DAY - 1) / DAY;

	*m = (struct report_maker){ .s = s, .arena = a, .r = r };
	r->from = from;
	r->to = to;
	r->goal = s->budget_percent;
	r->bar = (days + REPORT_BARS_MAX - 1) / REPORT_BARS_MAX * DAY;
	r->nbars = (size_t)((to - from + r->bar - 1) / r->bar);
	return m;
}

void
report_wants(const struct report_maker *m, int64_t *opened, int64_t *resolved)
{
	int64_t before = m->r->from - (m->r->to - m->r->from), budget = m->r->to - (int64_t)BUDGET_LONG * DAY;

	*opened = before < budget ? before : budget;
	*resolved = before;
}

/* ---- what its events say ------------------------------------------------------------------------------- */

struct story {
	int64_t acknowledged, answered, had; /* first; 0: never */
	int64_t last;                        /* somebody acted or wrote */
	bool nobody, alarmed, late;
};

static bool
is_one(const char *kind, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(kind, words[i]) == 0)
			return true;
	return false;
}

static void
first(int64_t *when, bool is, int64_t at)
{
	if (is && *when == 0)
		*when = at;
}

/* The requester's word is no act: who waits may write as often as he likes, and the case stands still all the same. */
static void
follow(const struct report_maker *m, const struct report_case *c, const struct report_event *e, struct story *story)
{
	static const char *const his[] = { "ack", "take", "answer", "answer+ack", "file" }, *const answers[] =
	    { "answer", "answer+ack" },
		*const acts[] = { "team", "reopen", "pass", "assign", "snooze", "gave", "close", "resolve", "keep" };
	bool engineer = text_equal_nocase(e->actor, c->engineer) || settings_engineer(m->s, e->actor) != NULL;
	bool ends = engineer && strcmp(e->kind, "resolve") == 0, acts_now = is_one(e->kind, his, COUNT(his)) ||
	    is_one(e->kind, acts, COUNT(acts));

	first(&story->acknowledged, ends || is_one(e->kind, his, COUNT(his)), e->at);
	first(&story->answered, ends || is_one(e->kind, answers, COUNT(answers)), e->at);
	first(&story->had, strcmp(e->kind, "assign") == 0 || strcmp(e->kind, "take") == 0, e->at);
	story->nobody |= strcmp(e->kind, "waits") == 0 && story->had == 0;
	story->alarmed |= strcmp(e->kind, "alarm") == 0 || strcmp(e->kind, "fallback") == 0;
	story->late |= strcmp(e->kind, "overdue") == 0;
	if (acts_now)
		story->alarmed = story->late = false;
	if (acts_now || strcmp(e->kind, "word") == 0)
		story->last = e->at;
}

static struct story
read_events(const struct report_maker *m, const struct report_case *c)
{
	struct story story = { .last = c->opened };

	for (size_t i = 0; i < c->nevents; i++)
		if (c->events[i].at < m->r->to)
			follow(m, c, &c->events[i], &story);
	return story;
}

/* ---- one case ------------------------------------------------------------------------------------------ */

/* How a case counts: in itself, and in each group that it belongs to. */
struct counts { bool came, solved, open, recent, longer, engaged; unsigned outcome; };

/* "duplicate of ESC-9" is a duplicate. One that nobody knows any more counts as the first. */
static unsigned
outcome_of(const char *words)
{
	size_t len = strcspn(words, " ");

	for (unsigned i = 0; i < REPORT_OUTCOMES; i++)
		if (strlen(report_outcome_words[i]) == len && strncmp(words, report_outcome_words[i], len) == 0)
			return i;
	return 0;
}

static bool
within(int64_t t, int64_t from, int64_t to)
{
	return t >= from && t < to;
}

static bool
engages(const struct report_maker *m, const struct report_filing *f)
{
	const struct team *team = settings_team(m->s, f->team);

	return strcmp(f->kind, kinds[REPORT_HELP]) == 0 && f->opened < m->r->to && (team == NULL || team->engineering);
}

static struct counts
judge_case(const struct report_maker *m, const struct report_case *c)
{
	const struct report *r = m->r;
	bool one = strcmp(c->outcome, "not-an-escalation") != 0;
	struct counts n = { .came = within(c->opened, r->from, r->to), .solved = c->resolved != 0 &&
	    within(c->resolved, r->from, r->to),
		.open = c->opened < r->to && (c->resolved == 0 || c->resolved >= r->to), .outcome =
		    outcome_of(c->outcome),
		.recent = one && within(c->opened, r->to - (int64_t)BUDGET_SHORT * DAY, r->to),
		.longer = one && within(c->opened, r->to - (int64_t)BUDGET_LONG * DAY, r->to) };

	for (size_t i = 0; i < c->nfilings; i++)
		n.engaged |= engages(m, &c->filings[i]);
	return n;
}

static void
count_budget(struct budget *recent, struct budget *longer, const struct counts *n, bool engaged)
{
	recent->cases += n->recent;
	longer->cases += n->longer;
	recent->engaged += n->recent && engaged;
	longer->engaged += n->longer && engaged;
}

static void
count_group(struct report_group *g, const struct counts *n)
{
	g->came += n->came;
	g->solved += n->solved;
	g->open += n->open;
	if (n->solved)
		g->outcomes[n->outcome]++;
}

static void
count_by(struct report_maker *m, enum report_by by, const char *name, const struct counts *n)
{
	struct report_group *g;

	if (!n->came && !n->solved && !n->open && !n->longer)
		return;
	g = report_group(m, by, name);
	count_group(g, n);
	count_budget(&g->recent, &g->longer, n, n->engaged);
}

static void
count_filing(struct report_maker *m, struct report_group *g, const struct report_filing *f)
{
	bool open = f->opened < m->r->to && (f->closed == 0 || f->closed >= m->r->to);

	for (unsigned k = 0; k < REPORT_KINDS; k++)
		g->filed[k] += within(f->opened, m->r->from, m->r->to) && strcmp(f->kind, kinds[k]) == 0;
	g->closed += f->closed != 0 && within(f->closed, m->r->from, m->r->to);
	g->filings_open += open;
	g->silent += open && f->open && f->chased > 0;
}

/* A team counts a case once, however often it was asked. */
static void
count_teams(struct report_maker *m, const struct report_case *c, const struct counts *n)
{
	for (size_t i = 0; i < c->nfilings; i++) {
		const struct report_filing *f = &c->filings[i];
		bool again = false, engaged = engages(m, f);
		struct report_group *g;

		if (f->opened >= m->r->to || (!n->came && !n->solved && !n->open && !n->longer))
			continue;
		g = report_group(m, REPORT_TEAM, f->team);
		count_filing(m, g, f);
		for (size_t k = 0; k < i; k++)
			again |= text_equal_nocase(c->filings[k].team, f->team);
		for (size_t k = i + 1; k < c->nfilings && !again; k++)
			engaged |= text_equal_nocase(c->filings[k].team, f->team) && engages(m, &c->filings[k]);
		if (again)
			continue;
		count_group(g, n);
		g->recent.engaged += n->recent && engaged;
		g->longer.engaged += n->longer && engaged;
	}
}

static void
count_times(struct report_maker *m, const struct report_case *c, const struct story *story, const struct counts *n)
{
	const struct report *r = m->r;

	if (within(story->acknowledged, r->from, r->to))
		report_sample(m->arena, &m->acknowledged, story->acknowledged - c->opened, c->id);
	if (within(story->answered, r->from, r->to))
		report_sample(m->arena, &m->answered, story->answered - c->opened, c->id);
	if (n->solved)
		report_sample(m->arena, &m->ended, c->resolved - c->opened, c->id);
	if (n->came && story->nobody && story->had != 0)
		report_sample(m->arena, &m->waited, story->had - c->opened, c->id);
}

static void
count_arrival(struct report *r, const struct report_case *c, bool nobody)
{
	unsigned hour = (unsigned)((c->opened % DAY + DAY) % DAY / 3600);

	r->came++;
	r->severities[c->severity < COUNT(r->severities) ? c->severity : COUNT(r->severities) - 1]++;
	r->bars_came[(c->opened - r->from) / r->bar]++;
	r->hours[hour]++;
	r->nobody += nobody;
	r->hours_nobody[hour] += nobody;
}

static void
count_open(struct report_maker *m, const struct report_case *c, const struct story *story)
{
	struct report_open o = { .id = c->id, .opened = c->opened, .last = story->last, .state = c->state, .severity =
	    c->severity,
		.subject = c->subject, .engineer = c->engineer, .requester = c->requester, .customer = c->customer,
		.still = story->alarmed, .late = story->late && !story->alarmed };

	m->r->open++;
	m->r->states[c->state]++;
	m->r->still += o.still;
	m->r->late += o.late;
	report_keep_open(m, &o);
}

void
report_case(struct report_maker *m, const struct report_case *c)
{
	struct report *r = m->r;
	const char *area = *c->label != '\0' ? c->label : c->rule;
	struct counts n = judge_case(m, c);
	struct story story = read_events(m, c);
	int64_t opened, before = 0;

	report_wants(m, &opened, &before);
	r->came_before += within(c->opened, before, r->from);
	r->solved_before += c->resolved != 0 && within(c->resolved, before, r->from);
	count_by(m, REPORT_AREA, area, &n);
	count_by(m, REPORT_RULE, c->rule, &n);
	count_by(m, REPORT_CUSTOMER, c->customer, &n);
	count_by(m, REPORT_ENGINEER, c->engineer, &n);
	count_teams(m, c, &n);
	count_budget(&r->recent, &r->longer, &n, n.engaged);
	count_times(m, c, &story, &n);
	if (n.came)
		count_arrival(r, c, story.nobody);
	if (n.open)
		count_open(m, c, &story);
	if (n.solved) {
		r->solved++;
		r->outcomes[n.outcome]++;
		r->bars_solved[(c->resolved - r->from) / r->bar]++;
		report_cause(m, n.outcome, c, area);
	}
}

void
report_filed(struct report_maker *m, const struct report_filing *f)
{
	if (!within(f->opened, m->r->from, m->r->to))
		return;
	m->r->filed_by_rules++;
	count_filing(m, report_group(m, REPORT_TEAM, f->team), f);
}

void
report_mail(struct report_maker *m, const char *outcome)
{
	const char *word = outcome != NULL ? outcome : "not judged yet";
	struct report_mail *v = NULL;

	for (size_t i = 0; i < m->r->nmails; i++)
		if (strcmp(m->r->mails[i].outcome, word) == 0)
			v = &m->r->mails[i];
	if (v == NULL) {
		v = arena_push(m->arena, &m->r->mails, &m->r->nmails, sizeof(*v));
		v->outcome = arena_strdup(m->arena, word);
	}
	v->n++;
}

const struct report *
report_end(struct report_maker *m)
{
	for (size_t i = 0; i < m->r->ngroups[REPORT_TEAM]; i++) {
		m->r->groups[REPORT_TEAM][i].recent.cases = m->r->recent.cases;
		m->r->groups[REPORT_TEAM][i].longer.cases = m->r->longer.cases;
	}
	m->r->acknowledged = report_times_of(&m->acknowledged);
	m->r->answered = report_times_of(&m->answered);
	m->r->ended = report_times_of(&m->ended);
	m->r->waited = report_times_of(&m->waited);
	report_sort(m->r);
	return m->r;
}

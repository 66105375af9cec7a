/* digest.c - see digest.h. */
#include "judge/digest.h"

#include <inttypes.h>

#include "ground/mem.h"
#include "ground/zone.h"

/* ---- when ---------------------------------------------------------------------------------------------- */

/* That day's instant; false: it is none of the digest's days. */
static bool
on_day(const struct settings *s, int64_t day, int64_t *at)
{
	int year, month, dom;

	civil_from_days(day, &year, &month, &dom);
	*at = zone_first_instant(s->digest_zone, year, month, dom, s->digest_minute);
	return s->digest_day < 0 || weekday_of_days(day) == s->digest_day;
}

static int64_t
today(const struct settings *s, int64_t t)
{
	struct local_time l = zone_local(s->digest_zone, t);

	return days_from_civil(l.year, l.month, l.day);
}

int64_t
digest_before(const struct settings *s, int64_t t)
{
	int64_t day = today(s, t), at;

	while (!on_day(s, day, &at) || at > t)
		day--;
	return at;
}

int64_t
digest_after(const struct settings *s, int64_t t)
{
	int64_t day = today(s, t), at;

	while (!on_day(s, day, &at) || at <= t)
		day++;
	return at;
}

/* ---- lists --------------------------------------------------------------------------------------------- */

struct list { struct arena *arena; const char *text; size_t told, left; };

static void
add(struct list *l, const char *line)
{
	if (l->told == DIGEST_LINES) {
		l->left++;
		return;
	}
	l->text = l->told++ == 0 ? line : arena_printf(l->arena, "%s\n%s", l->text, line);
}

static const char *
end(const struct list *l)
{
	return l->left == 0 ? l->text : arena_printf(l->arena, "%s\nand %zu more", l->text, l->left);
}

/* ", 4 solved (2 answered, 2 docs)"; "" where none was. */
static const char *
solved_text(struct arena *a, const struct report_group *g)
{
	return g->solved == 0 ? "" : arena_printf(a, ", %u solved (%s)", g->solved,
	    report_outcomes_text(a, g->outcomes));
}

/* "7 open" behind what there is, where it is not none. */
static const char *
also(struct arena *a, const char *text, const char *between, unsigned n, const char *word)
{
	return n == 0 ? text : arena_printf(a, "%s%s%u %s", text, *text != '\0' ? between : "", n, word);
}

static const char *
areas(struct arena *a, const struct report *r)
{
	struct list l = { .arena = a, .text = "" };

	for (size_t i = 0; i < r->ngroups[REPORT_AREA]; i++) {
		const struct report_group *g = &r->groups[REPORT_AREA][i];

		if (g->came + g->solved > 0)
			add(&l, also(a, arena_printf(a, "%s: %u came in%s", g->title, g->came, solved_text(a, g)), ", ",
			    g->open, "open"));
	}
	return end(&l);
}

/* "filed 2 help, 1 docs; 1 closed, 2 open; of its cases 1 solved (1 upstream)" */
static const char *
team_text(struct arena *a, const struct report_group *g)
{
	static const char *const words[REPORT_KINDS] = { "help", "defect", "docs" };
	const char *filed = "", *state;

	for (unsigned k = 0; k < REPORT_KINDS; k++)
		filed = also(a, filed, ", ", g->filed[k], words[k]);
	state = also(a, also(a, also(a, "", "", g->closed, "closed"), ", ", g->filings_open, "open"), ", ", g->silent,
	    "silent");
	filed = *filed != '\0' ? arena_printf(a, "filed %s", filed) : "";
	return arena_printf(a, "%s%s%s%s%s", filed, *filed != '\0' && *state != '\0' ? "; " : "", state,
	    g->solved > 0 && (*filed != '\0' || *state != '\0') ? "; " : "",
	    g->solved > 0 ? arena_printf(a, "of its cases %s", solved_text(a, g) + 2) : "");
}

static const char *
teams(struct arena *a, const struct report *r)
{
	struct list l = { .arena = a, .text = "" };

	for (size_t i = 0; i < r->ngroups[REPORT_TEAM]; i++) {
		const char *text = team_text(a, &r->groups[REPORT_TEAM][i]);

		if (*text != '\0')
			add(&l, arena_printf(a, "%s: %s", r->groups[REPORT_TEAM][i].title, text));
	}
	return end(&l);
}

static const char *
causes(struct arena *a, const struct report_cause *v, size_t n, bool docs)
{
	struct list l = { .arena = a, .text = "" };

	for (size_t i = 0; i < n; i++)
		add(&l, docs ? arena_printf(a, "%s (%s; %s)", v[i].cause, v[i].area, report_cause_cases(a, &v[i])) :
		    arena_printf(a, "%s: %s (%s)", report_outcome_words[v[i].outcome], v[i].cause,
		    report_cause_cases(a, &v[i])));
	return end(&l);
}

static const char *
still(struct arena *a, const struct report *r)
{
	struct list l = { .arena = a, .text = "" };

	for (size_t i = 0; i < r->nopens && r->opens[i].still; i++) { /* they come first */
		const struct report_open *o = &r->opens[i];

		add(&l, arena_printf(a, "ESC-%" PRId64 ": %s (severity %u, %s%s%s; last word %s ago)", o->id,
		    o->subject, o->severity, escalation_state_word(o->state), *o->engineer != '\0' ? ", with " : "",
		    o->engineer, report_span_text(a, r->to - o->last)));
	}
	l.left += r->still - (l.told + l.left);
	return end(&l);
}

/* ---- facts --------------------------------------------------------------------------------------------- */

static const char *
severities(struct arena *a, const struct report *r)
{
	const char *list = "";

	for (unsigned i = 0; i < COUNT(r->severities); i++)
		if (r->severities[i] > 0)
			list = arena_printf(a, "%s%s%u of %s%u", list, *list != '\0' ? ", " : "", r->severities[i],
			    *list != '\0' ? "" : "severity ", i);
	return list;
}

/* The sum stands in the first line. */
static const char *
beside(struct arena *a, const char *words, unsigned before)
{
	return arena_printf(a, "%s (before: %u)", *words != '\0' ? words : "none", before);
}

void
digest_make(struct arena *a, const struct report *r, struct digest *out)
{
	*out = (struct digest){
		.summary = arena_printf(a, "%u escalation%s came in, %u %s solved, %u %s open", r->came,
		    r->came == 1 ? "" : "s", r->solved, r->solved == 1 ? "was" : "were", r->open, r->open == 1 ? "is" :
		    "are"),
		.came = beside(a, severities(a, r), r->came_before),
		.solved = beside(a, report_outcomes_text(a, r->outcomes), r->solved_before),
		.open = report_states_text(a, r),
		.acknowledged = report_times_text(a, &r->acknowledged),
		.answered = report_times_text(a, &r->answered),
		.ended = report_times_text(a, &r->ended),
		.nobody = r->nobody == 0 ? "" : arena_printf(a, "%u came when nobody who could take %s was at work",
		    r->nobody, r->nobody == 1 ? "it" : "them"),
		.budget = budget_sentence(a, &r->recent, &r->longer, r->goal),
		.still = still(a, r),
		.docs = causes(a, r->docs, r->ndocs, true),
		.causes = causes(a, r->causes, r->ncauses, false),
		.areas = areas(a, r),
		.teams = teams(a, r),
	};
}

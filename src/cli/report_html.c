/* report_html.c - the report as a page: one file without anything from elsewhere. See report_parts.h.
 *
 * Whatever a person wrote goes through text(): nothing of it is markup.
 */
#include "cli/report_parts.h"

#include <inttypes.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"

#define OPEN_SHOWN 10 /* the others are there, folded away */

struct page { struct buf *out; struct arena *arena; const struct report *r; };

static void
text(const struct page *p, const char *s)
{
	text_html(p->out, s, strlen(s));
}

static void
put(const struct page *p, const char *html)
{
	buf_puts(p->out, html);
}

/* One element with a text. class: NULL none. */
static void
element(const struct page *p, const char *tag, const char *class, const char *words)
{
	buf_printf(p->out, class != NULL ? "<%s class=\"%s\">" : "<%s>", tag, class);
	text(p, words);
	buf_printf(p->out, "</%s>", tag);
}

static void
card(const struct page *p, const char *title)
{
	put(p, "<section class=\"card\">");
	element(p, "h2", NULL, title);
	put(p, "\n");
}

static const char *
number(const struct page *p, unsigned n)
{
	return arena_printf(p->arena, "%u", n);
}

/* ---- the head ------------------------------------------------------------------------------------------ */

static void
tile(const struct page *p, const char *key, const char *value, const char *below, bool bad)
{
	put(p, "<div class=\"tile\">");
	element(p, "span", "dim", key);
	element(p, "b", bad ? "bad" : NULL, value);
	element(p, "span", bad ? "bad small" : "dim", below);
	put(p, "</div>\n");
}

static void
tiles(const struct page *p)
{
	const struct report *r = p->r;
	struct arena *a = p->arena;

	put(p, "<div class=\"tiles\">\n");
	tile(p, "Came in", number(p, r->came), arena_printf(a, "before: %u", r->came_before), false);
	tile(p, "Solved", number(p, r->solved), arena_printf(a, "before: %u", r->solved_before), false);
	tile(p, "Open", number(p, r->open), r->still == 0 ? "none stands still" : arena_printf(a, "%u stand%s still", r->still,
	    r->still == 1 ? "s" : ""), r->still > 0);
	tile(p, "First answer", r->answered.n > 0 ? report_span_text(a, r->answered.median) : "-",
	    r->answered.n > 0 ? arena_printf(a, "half of %u within", r->answered.n) : "none", false);
	tile(p, "Help of engineering", r->recent.cases > 0 ? budget_share(a, &r->recent) : "-",
	    arena_printf(a, "28 days; goal: %u %%", r->goal), budget_over(&r->recent, r->goal));
	put(p, "</div>\n");
}

static void
legend(const struct page *p, const char *class, const char *words)
{
	buf_printf(p->out, "<li><i class=\"%s\"></i>", class);
	text(p, words);
	put(p, "</li>");
}

static void
days(const struct page *p)
{
	card(p, p->r->bar > 86400 ? "Over time" : "Day by day");
	chart_days(p->out, p->arena, p->r);
	put(p, "<ul class=\"legend\">");
	legend(p, "c", "came in");
	legend(p, "s", "solved");
	put(p, "</ul></section>\n");
}

static void
outcomes(const struct page *p)
{
	card(p, "How it was solved");
	if (p->r->solved == 0)
		element(p, "p", "dim", "Nothing was solved in this time.");
	else
		chart_outcomes(p->out, "stack", p->r->outcomes, p->r->solved);
	put(p, "<ul class=\"legend\">");
	for (unsigned i = 0; i < REPORT_OUTCOMES; i++)
		if (p->r->outcomes[i] > 0)
			legend(p, arena_printf(p->arena, "o%u", i), arena_printf(p->arena, "%u %s", p->r->outcomes[i], report_outcome_words[i]));
	put(p, "</ul></section>\n");
}

static void
times(const struct page *p)
{
	const struct { const char *words; const struct report_times *t; } rows[] = { { "Acknowledged", &p->r->acknowledged },
		{ "First answer", &p->r->answered }, { "Resolved", &p->r->ended }, { "Found nobody, until somebody had it", &p->r->waited } };

	card(p, "How long it took");
	put(p, "<table><tr><th></th><th class=\"n\">cases</th><th class=\"n\">median</th><th class=\"n\">slowest</th></tr>\n");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct report_times *t = rows[i].t;

		if (t->n == 0 && i == COUNT(rows) - 1)
			continue;
		put(p, "<tr>");
		element(p, "td", NULL, rows[i].words);
		element(p, "td", "n", number(p, t->n));
		element(p, "td", "n", t->n > 0 ? report_span_text(p->arena, t->median) : "-");
		element(p, "td", "n", t->n > 0 ? report_span_text(p->arena, t->worst) : "-");
		put(p, "</tr>\n");
	}
	put(p, "</table></section>\n");
}

static void
arrivals(const struct page *p)
{
	card(p, "When they came");
	chart_hours(p->out, p->r);
	put(p, "<ul class=\"legend\">");
	legend(p, "c", "came in");
	legend(p, "x", arena_printf(p->arena, "when nobody who could take it was at work: %u", p->r->nobody));
	put(p, "</ul></section>\n");
}

/* ---- groups -------------------------------------------------------------------------------------------- */

static bool
busy(const struct report_group *g)
{
	return g->came + g->solved + g->open > 0;
}

static void
groups(const struct page *p, enum report_by by, const char *title)
{
	const struct report_group *v = p->r->groups[by];
	unsigned top = 1, shown = 0;

	for (size_t i = 0; i < p->r->ngroups[by]; i++) {
		top = v[i].solved > top ? v[i].solved : top;
		shown += busy(&v[i]);
	}
	if (shown == 0)
		return;
	card(p, title);
	put(p, "<table><tr><th></th><th class=\"bar\">solved, by outcome</th><th class=\"n\">came</th><th class=\"n\">solved</th>"
	       "<th class=\"n\">open</th></tr>\n");
	for (size_t i = 0; i < p->r->ngroups[by]; i++) {
		if (!busy(&v[i]))
			continue;
		put(p, "<tr>");
		element(p, "td", NULL, v[i].title);
		put(p, "<td class=\"bar\">");
		chart_outcomes(p->out, "mini", v[i].outcomes, top);
		put(p, "</td>");
		element(p, "td", "n", number(p, v[i].came));
		element(p, "td", "n", number(p, v[i].solved));
		element(p, "td", "n", number(p, v[i].open));
		put(p, "</tr>\n");
	}
	put(p, "</table></section>\n");
}

static void
filings(const struct page *p)
{
	if (p->r->ngroups[REPORT_TEAM] == 0)
		return;
	card(p, "Filed with teams");
	put(p, "<table><tr><th></th><th class=\"n\">help</th><th class=\"n\">defect</th><th class=\"n\">docs</th><th class=\"n\">closed</th>"
	       "<th class=\"n\">open</th><th class=\"n\">silent</th></tr>\n");
	for (size_t i = 0; i < p->r->ngroups[REPORT_TEAM]; i++) {
		const struct report_group *g = &p->r->groups[REPORT_TEAM][i];

		put(p, "<tr>");
		element(p, "td", NULL, g->title);
		for (unsigned k = 0; k < REPORT_KINDS; k++)
			element(p, "td", "n", number(p, g->filed[k]));
		element(p, "td", "n", number(p, g->closed));
		element(p, "td", "n", number(p, g->filings_open));
		element(p, "td", g->silent > 0 ? "n bad" : "n", number(p, g->silent));
		put(p, "</tr>\n");
	}
	put(p, "</table></section>\n");
}

/* ---- what was learnt ----------------------------------------------------------------------------------- */

static void
said(const struct page *p, const struct report_cause *c)
{
	put(p, "<li>");
	text(p, c->cause);
	element(p, "span", "small dim", arena_printf(p->arena, "%s · %s", c->area, report_cause_cases(p->arena, c)));
	put(p, "</li>\n");
}

static void
causes(const struct page *p)
{
	const struct report *r = p->r;

	card(p, "What asks for docs");
	if (r->ndocs == 0)
		element(p, "p", "dim", "Nothing in this time.");
	put(p, "<ul class=\"said\">");
	for (size_t i = 0; i < r->ndocs; i++)
		said(p, &r->docs[i]);
	put(p, "</ul></section>\n");
	card(p, "Causes");
	if (r->ncauses == 0)
		element(p, "p", "dim", "None was named in this time.");
	for (size_t i = 0; i < r->ncauses; i++) {
		if (i == 0 || r->causes[i].outcome != r->causes[i - 1].outcome) {
			buf_printf(p->out, "%s<h3><i class=\"dot o%u\"></i>", i > 0 ? "</ul>" : "", r->causes[i].outcome);
			text(p, report_outcome_words[r->causes[i].outcome]);
			put(p, "</h3><ul class=\"said\">");
		}
		said(p, &r->causes[i]);
	}
	put(p, r->ncauses > 0 ? "</ul>" : "");
	if (r->causes_more > 0)
		element(p, "p", "small dim", arena_printf(p->arena, "and %u more", r->causes_more));
	put(p, "</section>\n");
}

/* ---- what is open -------------------------------------------------------------------------------------- */

static void
open_case(const struct page *p, const struct report_open *o)
{
	const char *who = *o->engineer != '\0' ? o->engineer : "nobody yet";

	put(p, "<li>");
	element(p, "span", o->severity <= 1 ? "sev hot" : "sev", arena_printf(p->arena, "sev %u", o->severity));
	buf_printf(p->out, "<span><b>ESC-%" PRId64 "</b> <bdi>", o->id);
	text(p, o->subject);
	put(p, "</bdi></span>");
	element(p, "span", o->still ? "when bad" : "when dim", o->still ? "stands still" : o->late ? "late" : escalation_state_word(o->state));
	element(p, "span", "small dim", arena_printf(p->arena, "%s%s%s · brought by %s%s%s · last word %s",
	    o->still || o->late ? escalation_state_word(o->state) : "with ", o->still || o->late ? ", with " : "", who, o->requester,
	    *o->customer != '\0' ? " for " : "", o->customer, view_ago(p->arena, o->last, p->r->to)));
	put(p, "</li>\n");
}

static void
opens(const struct page *p)
{
	const struct report *r = p->r;

	card(p, "Still open");
	element(p, "p", "dim", r->open == 0 ? "Nothing." : report_states_text(p->arena, r));
	put(p, "<ul class=\"said open\">");
	for (size_t i = 0; i < r->nopens; i++) {
		if (i == OPEN_SHOWN)
			buf_printf(p->out, "</ul><details><summary>%zu more</summary><ul class=\"said open\">", r->nopens - i);
		open_case(p, &r->opens[i]);
	}
	put(p, r->nopens > OPEN_SHOWN ? "</ul></details>" : "</ul>");
	if (r->open > r->nopens)
		element(p, "p", "small dim", arena_printf(p->arena, "and %zu more", r->open - r->nopens));
	put(p, "</section>\n");
}

/* ---- the budget ---------------------------------------------------------------------------------------- */

static void
meter(const struct page *p, const struct budget *b, unsigned window)
{
	put(p, "<div>");
	element(p, "span", budget_over(b, p->r->goal) ? "bad" : NULL, report_share_text(p->arena, b));
	element(p, "span", "dim", arena_printf(p->arena, " in %u days", window));
	chart_budget(p->out, b, p->r->goal);
	put(p, "</div>");
}

static void
share(const struct page *p, const struct budget *b, bool over)
{
	put(p, over ? "<td class=\"n bad\">" : "<td class=\"n\">");
	text(p, b->cases > 0 ? budget_share(p->arena, b) : "-");
	element(p, "span", "small dim", arena_printf(p->arena, "%" PRId64 " of %" PRId64, b->engaged, b->cases));
	put(p, "</td>");
}

static void
budget(const struct page *p)
{
	static const struct { enum report_by by; const char *words; } dimensions[] = { { REPORT_TEAM, "by team" }, { REPORT_RULE, "by rule" },
		{ REPORT_CUSTOMER, "by customer" }, { REPORT_ENGINEER, "by engineer" } };

	card(p, "The budget: help asked of engineering");
	put(p, "<div class=\"two\">");
	meter(p, &p->r->recent, BUDGET_SHORT);
	meter(p, &p->r->longer, BUDGET_LONG);
	put(p, "</div>\n<table class=\"shares\"><tr><th></th><th class=\"n\">28 days</th><th class=\"n\">90 days</th></tr>\n");
	for (size_t d = 0; d < COUNT(dimensions); d++)
		for (size_t i = 0, shown = 0; i < p->r->ngroups[dimensions[d].by]; i++) {
			const struct report_group *g = &p->r->groups[dimensions[d].by][i];

			if (g->longer.engaged == 0)
				continue;
			if (shown++ == 0)
				buf_printf(p->out, "<tr><td colspan=\"3\" class=\"dim small\">%s</td></tr>\n", dimensions[d].words);
			put(p, "<tr>");
			element(p, "td", NULL, g->title);
			share(p, &g->recent, budget_over(&g->recent, p->r->goal));
			share(p, &g->longer, false);
			put(p, "</tr>\n");
		}
	put(p, "</table>");
	element(p, "p", "small dim", arena_printf(p->arena, "The goal is %u %% of escalations or fewer. What was no escalation does not count; nor do"
	    " defects and docs that were filed.", p->r->goal));
	put(p, "</section>\n");
}

/* ---- the page ------------------------------------------------------------------------------------------ */

static void
head(const struct page *p, const char *relay)
{
	const struct report *r = p->r;
	const char *span = arena_printf(p->arena, "%s to %s UTC", view_time(p->arena, r->from), view_time(p->arena, r->to));

	put(p, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n"
	       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>");
	text(p, relay);
	put(p, ": report, ");
	text(p, span);
	put(p, "</title>\n<style>\n");
	put(p, report_style);
	put(p, "</style></head>\n<body><main>\n<header>");
	element(p, "h1", NULL, arena_printf(p->arena, "%s: %s", relay, report_length(p->arena, r)));
	element(p, "p", "dim", span);
	put(p, "</header>\n");
}

static void
foot(const struct page *p, int64_t now)
{
	const char *list = "";
	unsigned all = 0;

	for (size_t i = 0; i < p->r->nmails; i++) {
		all += p->r->mails[i].n;
		list = arena_printf(p->arena, "%s%s%u %s", list, i > 0 ? ", " : ": ", p->r->mails[i].n, p->r->mails[i].outcome);
	}
	put(p, "<footer>");
	element(p, "p", NULL, arena_printf(p->arena, "%u mail%s came%s.", all, all == 1 ? "" : "s", list));
	element(p, "p", NULL, "Came in: opened in this time. Solved: resolved in it. Stands still: an alarm was raised, and nobody has acted since."
	    " Times are by the clock, from when the case came in.");
	element(p, "p", NULL, arena_printf(p->arena, "Made by escrelay, %s UTC.", view_time(p->arena, now)));
	put(p, "</footer>\n</main></body></html>\n");
}

void
report_page(struct buf *out, struct arena *a, const struct report *r, const char *relay, int64_t now)
{
	struct page p = { .out = out, .arena = a, .r = r };

	head(&p, relay);
	tiles(&p);
	days(&p);
	put(&p, "<div class=\"two\">");
	outcomes(&p);
	times(&p);
	put(&p, "</div>\n");
	opens(&p);
	put(&p, "<div class=\"two\">");
	groups(&p, REPORT_AREA, "By area");
	groups(&p, REPORT_CUSTOMER, "By customer");
	groups(&p, REPORT_TEAM, "By team");
	groups(&p, REPORT_ENGINEER, "By engineer");
	put(&p, "</div>\n<div class=\"two\"><div>");
	causes(&p);
	filings(&p);
	arrivals(&p);
	put(&p, "</div>\n<div>");
	budget(&p);
	put(&p, "</div></div>\n");
	foot(&p, now);
}

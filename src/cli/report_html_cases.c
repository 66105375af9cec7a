/* report_html_cases.c - what the page tells of cases: what was learnt, what is open, and the budget. */
#include "cli/report_parts.h"

#include <inttypes.h>

#include "ground/buf.h"
#include "ground/mem.h"

#define OPEN_SHOWN 10 /* the others are there, folded away */

/* ---- what was learnt ----------------------------------------------------------------------------------- */

static void
said(const struct page *p, const struct report_cause *c)
{
	page_put(p, "<li>");
	page_text(p, c->cause);
	page_element(p, "span", "small dim", arena_printf(p->arena, "%s · %s", c->area,
	    report_cause_cases(p->arena, c)));
	page_put(p, "</li>\n");
}

void
page_causes(const struct page *p)
{
	const struct report *r = p->r;

	page_card(p, "What asks for docs");
	if (r->ndocs == 0)
		page_element(p, "p", "dim", "Nothing in this time.");
	page_put(p, "<ul class=\"said\">");
	for (size_t i = 0; i < r->ndocs; i++)
		said(p, &r->docs[i]);
	page_put(p, "</ul></section>\n");
	page_card(p, "Causes");
	if (r->ncauses == 0)
		page_element(p, "p", "dim", "None was named in this time.");
	for (size_t i = 0; i < r->ncauses; i++) {
		if (i == 0 || r->causes[i].outcome != r->causes[i - 1].outcome) {
			buf_printf(p->out, "%s<h3><i class=\"dot o%u\"></i>", i > 0 ? "</ul>" : "",
			    r->causes[i].outcome);
			page_text(p, report_outcome_words[r->causes[i].outcome]);
			page_put(p, "</h3><ul class=\"said\">");
		}
		said(p, &r->causes[i]);
	}
	page_put(p, r->ncauses > 0 ? "</ul>" : "");
	if (r->causes_more > 0)
		page_element(p, "p", "small dim", arena_printf(p->arena, "and %u more", r->causes_more));
	page_put(p, "</section>\n");
}

/* ---- what is open -------------------------------------------------------------------------------------- */

static void
open_case(const struct page *p, const struct report_open *o)
{
	const char *who = *o->engineer != '\0' ? o->engineer : "nobody yet";

	page_put(p, "<li>");
	page_element(p, "span", o->severity <= 1 ? "sev hot" : "sev", arena_printf(p->arena, "sev %u", o->severity));
	buf_printf(p->out, "<span><b>ESC-%" PRId64 "</b> <bdi>", o->id);
	page_text(p, o->subject);
	page_put(p, "</bdi></span>");
	page_element(p, "span", o->still ? "when bad" : "when dim", o->still ? "stands still" : o->late ? "late" :
	    escalation_state_word(o->state));
	page_element(p, "span", "small dim", arena_printf(p->arena, "%s%s%s · brought by %s%s%s · last word %s",
	    o->still || o->late ? escalation_state_word(o->state) : "with ", o->still || o->late ? ", with " : "", who,
	    o->requester, *o->customer != '\0' ? " for " : "", o->customer, view_ago(p->arena, o->last, p->r->to)));
	page_put(p, "</li>\n");
}

void
page_opens(const struct page *p)
{
	const struct report *r = p->r;

	page_card(p, "Still open");
	page_element(p, "p", "dim", r->open == 0 ? "Nothing." : report_states_text(p->arena, r));
	page_put(p, "<ul class=\"said open\">");
	for (size_t i = 0; i < r->nopens; i++) {
		if (i == OPEN_SHOWN)
			buf_printf(p->out, "</ul><details><summary>%zu more</summary><ul class=\"said open\">",
			    r->nopens - i);
		open_case(p, &r->opens[i]);
	}
	page_put(p, r->nopens > OPEN_SHOWN ? "</ul></details>" : "</ul>");
	if (r->open > r->nopens)
		page_element(p, "p", "small dim", arena_printf(p->arena, "and %zu more", r->open - r->nopens));
	page_put(p, "</section>\n");
}

/* ---- the budget ---------------------------------------------------------------------------------------- */

static void
meter(const struct page *p, const struct budget *b, unsigned window)
{
	page_put(p, "<div>");
	page_element(p, "span", budget_over(b, p->r->goal) ? "bad" : NULL, report_share_text(p->arena, b));
	page_element(p, "span", "dim", arena_printf(p->arena, " in %u days", window));
	chart_budget(p->out, b, p->r->goal);
	page_put(p, "</div>");
}

static void
share(const struct page *p, const struct budget *b, bool over)
{
	page_put(p, over ? "<td class=\"n bad\">" : "<td class=\"n\">");
	page_text(p, b->cases > 0 ? budget_share(p->arena, b) : "-");
	page_element(p, "span", "small dim", arena_printf(p->arena, "%" PRId64 " of %" PRId64, b->engaged, b->cases));
	page_put(p, "</td>");
}

void
page_budget(const struct page *p)
{
	static const struct { enum report_by by; const char *words; } dimensions[] = {
		{ REPORT_TEAM, "by team" }, { REPORT_RULE, "by rule" }, { REPORT_CUSTOMER, "by customer" },
		{ REPORT_ENGINEER, "by engineer" },
	};

	page_card(p, "The budget: help asked of engineering");
	page_put(p, "<div class=\"two\">");
	meter(p, &p->r->recent, BUDGET_SHORT);
	meter(p, &p->r->longer, BUDGET_LONG);
	page_put(p, "</div>\n<table class=\"shares\"><tr><th></th><th class=\"n\">28 days</th>"
	            "<th class=\"n\">90 days</th></tr>\n");
	for (size_t d = 0; d < COUNT(dimensions); d++)
		for (size_t i = 0, shown = 0; i < p->r->ngroups[dimensions[d].by]; i++) {
			const struct report_group *g = &p->r->groups[dimensions[d].by][i];

			if (g->longer.engaged == 0)
				continue;
			if (shown++ == 0)
				buf_printf(p->out, "<tr><td colspan=\"3\" class=\"dim small\">%s</td></tr>\n",
				    dimensions[d].words);
			page_put(p, "<tr>");
			page_element(p, "td", NULL, g->title);
			share(p, &g->recent, budget_over(&g->recent, p->r->goal));
			share(p, &g->longer, false);
			page_put(p, "</tr>\n");
		}
	page_put(p, "</table>");
	page_element(p, "p", "small dim", arena_printf(p->arena,
	    "The goal is %u %% of escalations or fewer. What was no escalation does not count; nor do"
	    " defects and docs that were filed.", p->r->goal));
	page_put(p, "</section>\n");
}

/* report_html.c - the report as a page: one file without anything from elsewhere. See report_parts.h.
 *
 * Whatever a person wrote goes through page_text(): nothing of it is markup.
 */
#include "cli/report_parts.h"

#include <inttypes.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"

void
page_text(const struct page *p, const char *s)
{
	text_html(p->out, s, strlen(s));
}

void
page_put(const struct page *p, const char *html)
{
	buf_puts(p->out, html);
}

/* One element with a text. class: NULL none. */
void
page_element(const struct page *p, const char *tag, const char *class, const char *words)
{
	buf_printf(p->out, class != NULL ? "<%s class=\"%s\">" : "<%s>", tag, class);
	page_text(p, words);
	buf_printf(p->out, "</%s>", tag);
}

void
page_card(const struct page *p, const char *title)
{
	page_put(p, "<section class=\"card\">");
	page_element(p, "h2", NULL, title);
	page_put(p, "\n");
}

const char *
page_number(const struct page *p, unsigned n)
{
	return arena_printf(p->arena, "%u", n);
}

/* ---- the head ------------------------------------------------------------------------------------------ */

static void
tile(const struct page *p, const char *key, const char *value, const char *below, bool bad)
{
	page_put(p, "<div class=\"tile\">");
	page_element(p, "span", "dim", key);
	page_element(p, "b", bad ? "bad" : NULL, value);
	page_element(p, "span", bad ? "bad small" : "dim", below);
	page_put(p, "</div>\n");
}

static void
tiles(const struct page *p)
{
	const struct report *r = p->r;
	struct arena *a = p->arena;

	page_put(p, "<div class=\"tiles\">\n");
	tile(p, "Came in", page_number(p, r->came), arena_printf(a, "before: %u", r->came_before), false);
	tile(p, "Solved", page_number(p, r->solved), arena_printf(a, "before: %u", r->solved_before), false);
	tile(p, "Open", page_number(p, r->open), r->still == 0 ? "none stands still" :
	    arena_printf(a, "%u stand%s still", r->still, r->still == 1 ? "s" : ""), r->still > 0);
	tile(p, "First answer", r->answered.n > 0 ? report_span_text(a, r->answered.median) : "-",
	    r->answered.n > 0 ? arena_printf(a, "half of %u within", r->answered.n) : "none", false);
	tile(p, "Help of engineering", r->recent.cases > 0 ? budget_share(a, &r->recent) : "-",
	    arena_printf(a, "28 days; goal: %u %%", r->goal), budget_over(&r->recent, r->goal));
	page_put(p, "</div>\n");
}

static void
legend(const struct page *p, const char *class, const char *words)
{
	buf_printf(p->out, "<li><i class=\"%s\"></i>", class);
	page_text(p, words);
	page_put(p, "</li>");
}

static void
days(const struct page *p)
{
	page_card(p, p->r->bar > 86400 ? "Over time" : "Day by day");
	chart_days(p->out, p->arena, p->r);
	page_put(p, "<ul class=\"legend\">");
	legend(p, "c", "came in");
	legend(p, "s", "solved");
	page_put(p, "</ul></section>\n");
}

static void
outcomes(const struct page *p)
{
	page_card(p, "How it was solved");
	if (p->r->solved == 0)
		page_element(p, "p", "dim", "Nothing was solved in this time.");
	else
		chart_outcomes(p->out, "stack", p->r->outcomes, p->r->solved);
	page_put(p, "<ul class=\"legend\">");
	for (unsigned i = 0; i < REPORT_OUTCOMES; i++)
		if (p->r->outcomes[i] > 0)
			legend(p, arena_printf(p->arena, "o%u", i),
			    arena_printf(p->arena, "%u %s", p->r->outcomes[i], report_outcome_words[i]));
	page_put(p, "</ul></section>\n");
}

static void
times(const struct page *p)
{
	const struct { const char *words; const struct report_times *t; } rows[] = {
		{ "Acknowledged", &p->r->acknowledged }, { "First answer", &p->r->answered },
		{ "Resolved", &p->r->ended }, { "Found nobody, until somebody had it", &p->r->waited },
	};

	page_card(p, "How long it took");
	page_put(p, "<table><tr><th></th><th class=\"n\">cases</th><th class=\"n\">median</th>"
	            "<th class=\"n\">slowest</th></tr>\n");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct report_times *t = rows[i].t;

		if (t->n == 0 && i == COUNT(rows) - 1)
			continue;
		page_put(p, "<tr>");
		page_element(p, "td", NULL, rows[i].words);
		page_element(p, "td", "n", page_number(p, t->n));
		page_element(p, "td", "n", t->n > 0 ? report_span_text(p->arena, t->median) : "-");
		page_element(p, "td", "n", t->n > 0 ? report_span_text(p->arena, t->worst) : "-");
		page_put(p, "</tr>\n");
	}
	page_put(p, "</table></section>\n");
}

static void
arrivals(const struct page *p)
{
	page_card(p, "When they came");
	chart_hours(p->out, p->r);
	page_put(p, "<ul class=\"legend\">");
	legend(p, "c", "came in");
	legend(p, "x", arena_printf(p->arena, "when nobody who could take it was at work: %u", p->r->nobody));
	page_put(p, "</ul></section>\n");
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
	page_card(p, title);
	page_put(p, "<table><tr><th></th><th class=\"bar\">solved, by outcome</th><th class=\"n\">came</th>"
	            "<th class=\"n\">solved</th><th class=\"n\">open</th></tr>\n");
	for (size_t i = 0; i < p->r->ngroups[by]; i++) {
		if (!busy(&v[i]))
			continue;
		page_put(p, "<tr>");
		page_element(p, "td", NULL, v[i].title);
		page_put(p, "<td class=\"bar\">");
		chart_outcomes(p->out, "mini", v[i].outcomes, top);
		page_put(p, "</td>");
		page_element(p, "td", "n", page_number(p, v[i].came));
		page_element(p, "td", "n", page_number(p, v[i].solved));
		page_element(p, "td", "n", page_number(p, v[i].open));
		page_put(p, "</tr>\n");
	}
	page_put(p, "</table></section>\n");
}

static void
filings(const struct page *p)
{
	if (p->r->ngroups[REPORT_TEAM] == 0)
		return;
	page_card(p, "Filed with teams");
	page_put(p, "<table><tr><th></th><th class=\"n\">help</th><th class=\"n\">defect</th><th class=\"n\">docs</th>"
	            "<th class=\"n\">closed</th><th class=\"n\">open</th><th class=\"n\">silent</th></tr>\n");
	for (size_t i = 0; i < p->r->ngroups[REPORT_TEAM]; i++) {
		const struct report_group *g = &p->r->groups[REPORT_TEAM][i];

		page_put(p, "<tr>");
		page_element(p, "td", NULL, g->title);
		for (unsigned k = 0; k < REPORT_KINDS; k++)
			page_element(p, "td", "n", page_number(p, g->filed[k]));
		page_element(p, "td", "n", page_number(p, g->closed));
		page_element(p, "td", "n", page_number(p, g->filings_open));
		page_element(p, "td", g->silent > 0 ? "n bad" : "n", page_number(p, g->silent));
		page_put(p, "</tr>\n");
	}
	page_put(p, "</table></section>\n");
}

/* ---- the page ------------------------------------------------------------------------------------------ */

static void
head(const struct page *p, const char *relay)
{
	const struct report *r = p->r;
	const char *span = arena_printf(p->arena, "%s to %s UTC", view_time(p->arena, r->from),
	    view_time(p->arena, r->to));

	page_put(p, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	            "<meta name=\"robots\" content=\"noindex\">\n"
	            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	            "style-src 'unsafe-inline'\">\n<title>");
	page_text(p, relay);
	page_put(p, ": report, ");
	page_text(p, span);
	page_put(p, "</title>\n<style>\n");
	page_put(p, report_style);
	page_put(p, "</style></head>\n<body><main>\n<header>");
	page_element(p, "h1", NULL, arena_printf(p->arena, "%s: %s", relay, report_length(p->arena, r)));
	page_element(p, "p", "dim", span);
	page_put(p, "</header>\n");
}

static void
foot(const struct page *p, int64_t now)
{
	unsigned all;
	const char *list = report_mails_text(p->arena, p->r, &all);

	page_put(p, "<footer>");
	page_element(p, "p", NULL, arena_printf(p->arena, "%u mail%s came%s%s.", all, all == 1 ? "" : "s", all > 0 ? ": " : "", list));
	page_element(p, "p", NULL, "Came in: opened in this time. Solved: resolved in it. Stands still: an alarm was"
	    " raised, and nobody has acted since. Times are by the clock, from when the case came in.");
	page_element(p, "p", NULL, arena_printf(p->arena, "Made by escrelay, %s UTC.", view_time(p->arena, now)));
	page_put(p, "</footer>\n</main></body></html>\n");
}

void
report_page(struct buf *out, struct arena *a, const struct report *r, const char *relay, int64_t now)
{
	struct page p = { .out = out, .arena = a, .r = r };

	head(&p, relay);
	tiles(&p);
	days(&p);
	page_put(&p, "<div class=\"two\">");
	outcomes(&p);
	times(&p);
	page_put(&p, "</div>\n");
	page_opens(&p);
	page_put(&p, "<div class=\"two\">");
	groups(&p, REPORT_AREA, "By area");
	groups(&p, REPORT_CUSTOMER, "By customer");
	groups(&p, REPORT_TEAM, "By team");
	groups(&p, REPORT_ENGINEER, "By engineer");
	page_put(&p, "</div>\n<div class=\"two\"><div>");
	page_causes(&p);
	filings(&p);
	arrivals(&p);
	page_put(&p, "</div>\n<div>");
	page_budget(&p);
	page_put(&p, "</div></div>\n");
	foot(&p, now);
}

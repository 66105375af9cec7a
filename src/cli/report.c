/* report.c - `escrelay report`: what came in, how it was solved, what is open, what was learnt, and the budget. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/report_parts.h"
#include "edge/store_report.h"
#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"

#define DAY          86400
#define DAYS_DEFAULT 28
#define DAYS_MAX     36500

struct report_options { int64_t from, to, days; bool has_from, has_to; const char *html; };

/* ---- for programs -------------------------------------------------------------------------------------- */

static json_t *
outcomes_json(const unsigned outcomes[REPORT_OUTCOMES])
{
	json_t *o = json_object();

	for (unsigned i = 0; i < REPORT_OUTCOMES; i++)
		json_object_set_new(o, report_outcome_words[i], json_integer(outcomes[i]));
	return o;
}

static json_t *
case_json(int64_t id)
{
	return id == 0 ? json_null() : json_sprintf("ESC-%" PRId64, id);
}

static json_t *
times_json(const struct report_times *t)
{
	return json_pack("{s:i, s:o, s:o, s:o}", "cases", (int)t->n, "median", t->n > 0 ? json_integer(t->median) :
	    json_null(), "worst", t->n > 0 ? json_integer(t->worst) : json_null(), "worst_case",
	    case_json(t->worst_case));
}

/* share: percent, as it is; null where there are no cases. */
static json_t *
budget_json(const struct budget *b)
{
	int64_t thousandths = b->cases > 0 ? b->engaged * 100000 / b->cases : 0;

	return json_pack("{s:I, s:I, s:o}", "cases", (json_int_t)b->cases, "engaged", (json_int_t)b->engaged, "share",
	    b->cases > 0 ? json_real((double)thousandths / 1000.0) : json_null());
}

static json_t *
groups_json(const struct report *r, enum report_by by)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->ngroups[by]; i++) {
		const struct report_group *g = &r->groups[by][i];
		json_t *o = json_pack("{s:o, s:s, s:i, s:i, s:i, s:o, s:{s:o, s:o}}", "name", view_json_text(g->name),
		    "title", g->title, "came", (int)g->came, "solved", (int)g->solved, "open", (int)g->open, "outcomes",
		    outcomes_json(g->outcomes), "budget", "days_28", budget_json(&g->recent), "days_90",
		    budget_json(&g->longer));

		if (by == REPORT_TEAM)
			json_object_set_new(o, "filings", json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "help",
			    (int)g->filed[REPORT_HELP], "defect", (int)g->filed[REPORT_DEFECT], "docs",
			    (int)g->filed[REPORT_DOCS], "closed", (int)g->closed, "open", (int)g->filings_open,
			    "silent", (int)g->silent));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
causes_json(const struct report_cause *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *cases = json_array();

		for (unsigned k = 0; k < v[i].n && k < REPORT_CAUSE_CASES; k++)
			json_array_append_new(cases, case_json(v[i].cases[k]));
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i, s:o}", "outcome",
		    report_outcome_words[v[i].outcome], "cause", v[i].cause, "area", v[i].area, "times", (int)v[i].n,
		    "cases", cases));
	}
	return list;
}

static json_t *
opens_json(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->nopens; i++) {
		const struct report_open *o = &r->opens[i];

		json_array_append_new(list, json_pack("{s:o, s:s, s:i, s:o, s:s, s:o, s:s, s:o, s:o, s:b, s:b}", "id",
		    case_json(o->id), "state", escalation_state_word(o->state), "severity", (int)o->severity,
		    "engineer", view_json_text(o->engineer), "requester", o->requester, "customer",
		    view_json_text(o->customer), "subject", o->subject, "opened", view_json_time(o->opened),
		    "last_word", view_json_time(o->last), "stands_still", (int)o->still, "late", (int)o->late));
	}
	return list;
}

static json_t *
arrivals_json(const struct report *r)
{
	json_t *severities = json_object(), *hours = json_array(), *nobody = json_array();
	char digit[2] = "0";

	for (unsigned i = 0; i < COUNT(r->severities); i++, digit[0]++)
		if (r->severities[i] > 0)
			json_object_set_new(severities, digit, json_integer(r->severities[i]));
	for (unsigned i = 0; i < COUNT(r->hours); i++) {
		json_array_append_new(hours, json_integer(r->hours[i]));
		json_array_append_new(nobody, json_integer(r->hours_nobody[i]));
	}
	return json_pack("{s:i, s:i, s:o, s:o, s:{s:i, s:o, s:o}}", "cases", (int)r->came, "before",
	    (int)r->came_before, "severities", severities, "hours", hours, "found_nobody", "cases", (int)r->nobody,
	    "hours", nobody, "waited", times_json(&r->waited));
}

static json_t *
open_json(const struct report *r)
{
	json_t *states = json_object();

	for (unsigned i = 0; i < ESCALATION_STATE_COUNT; i++)
		json_object_set_new(states, escalation_state_word((enum escalation_state)i), json_integer(r->states[i]));
	return json_pack("{s:i, s:i, s:i, s:o, s:o}", "cases", (int)r->open, "stand_still", (int)r->still, "late",
	    (int)r->late, "states", states, "list", opens_json(r));
}

static json_t *
mails_json(const struct report *r)
{
	json_t *mails = json_object();

	for (size_t i = 0; i < r->nmails; i++)
		json_object_set_new(mails, r->mails[i].outcome, json_integer(r->mails[i].n));
	return mails;
}

static json_t *
report_json(const struct report *r)
{
	static const char *const by[REPORT_DIMENSIONS] = { [REPORT_TEAM] = "by_team", [REPORT_AREA] = "by_area",
		[REPORT_RULE] = "by_rule", [REPORT_CUSTOMER] = "by_customer", [REPORT_ENGINEER] = "by_engineer" };
	json_t *o = json_pack("{s:o, s:o}", "from", view_json_time(r->from), "to", view_json_time(r->to));

	json_object_set_new(o, "mails", mails_json(r));
	json_object_set_new(o, "came", arrivals_json(r));
	json_object_set_new(o, "solved", json_pack("{s:i, s:i, s:o}", "cases", (int)r->solved, "before",
	    (int)r->solved_before, "outcomes", outcomes_json(r->outcomes)));
	json_object_set_new(o, "open", open_json(r));
	json_object_set_new(o, "times", json_pack("{s:o, s:o, s:o}", "acknowledged", times_json(&r->acknowledged),
	    "answered", times_json(&r->answered), "resolved", times_json(&r->ended)));
	for (unsigned i = 0; i < REPORT_DIMENSIONS; i++)
		json_object_set_new(o, by[i], groups_json(r, i));
	json_object_set_new(o, "asks_for_docs", causes_json(r->docs, r->ndocs));
	json_object_set_new(o, "causes", causes_json(r->causes, r->ncauses));
	json_object_set_new(o, "causes_not_shown", json_integer(r->causes_more));
	json_object_set_new(o, "filed_by_rules", json_integer(r->filed_by_rules));
	json_object_set_new(o, "budget", json_pack("{s:i, s:b, s:o, s:o}", "goal", (int)r->goal, "over",
	    (int)budget_over(&r->recent, r->goal), "days_28", budget_json(&r->recent), "days_90",
	    budget_json(&r->longer)));
	return o;
}

/* ---- the command --------------------------------------------------------------------------------------- */

const char *
report_length(struct arena *a, const struct report *r)
{
	int64_t days = (r->to - r->from) / DAY;

	return days == 0 ? report_span_text(a, r->to - r->from) :
	    arena_printf(a, "%" PRId64 " day%s", days, days == 1 ? "" : "s");
}

/* False: said. The file is touched only when there is a page to write. */
static bool
write_page(const struct report *r, struct arena *a, const char *relay, int64_t now, const char *path)
{
	bool out = strcmp(path, "-") == 0, written;
	AUTO_BUF struct buf page;
	FILE *f;

	buf_init(&page, REPORT_PAGE_BYTES);
	report_page(&page, a, r, relay, now);
	if (page.over) {
		fprintf(stderr, "escrelay: %s: the page would be too large\n", path);
		return false;
	}
	f = out ? stdout : fopen(path, "we");
	written = f != NULL && fwrite(page.data, 1, page.len, f) == page.len && fflush(f) == 0;
	if (!written)
		fprintf(stderr, "escrelay: %s: %s\n", path, strerror(errno));
	if (f != NULL && !out)
		fclose(f); /* all of it was flushed */
	return written;
}

static bool
option(struct report_options *o, const char *name, const char *value)
{
	uint64_t days;

	if (strcmp(name, "--from") == 0)
		return o->has_from = clock_parse(value, &o->from);
	if (strcmp(name, "--to") == 0)
		return o->has_to = clock_parse(value, &o->to);
	if (strcmp(name, "--html") == 0) {
		o->html = value;
		return *value != '\0';
	}
	if (!text_u64(value, 1, DAYS_MAX, &days))
		return false;
	o->days = (int64_t)days;
	return true;
}

/* EXIT_DONE, or it is said. */
static int
read_options(struct cli *cli, int argc, char **argv, struct report_options *o)
{
	static const char *const names[] = { "--from", "--to", "--days", "--html" };
	static const char *const wants[] = { "a date such as 2026-11-02, or a time in RFC 3339",
	    "a date such as 2026-11-02, or a time in RFC 3339",
		"a number of days", "a file; - is standard output" };

	for (int i = 1; i < argc; i += 2) {
		size_t k = 0;

		while (k < COUNT(names) && strcmp(argv[i], names[k]) != 0)
			k++;
		if (k == COUNT(names))
			return cli_usage(cli, "'%s' is not an option of report", argv[i]);
		if (i + 1 == argc || !option(o, names[k], argv[i + 1]))
			return cli_usage(cli, "%s wants %s", names[k], wants[k]);
	}
	if (o->has_from && o->has_to && o->days > 0)
		return cli_usage(cli, "two of --from, --to and --days say all");
	if (cli->json && o->html != NULL)
		return cli_usage(cli, "it is either --json or --html");
	return EXIT_DONE;
}

/* Until now, and the last weeks, where nothing else is said. What happened in this very second has happened. */
static void
settle_span(struct report_options *o, int64_t now)
{
	int64_t length = (o->days > 0 ? o->days : DAYS_DEFAULT) * DAY;

	if (!o->has_to)
		o->to = o->has_from && o->days > 0 ? o->from + length : now + 1;
	if (o->to > now)
		o->to = now + 1;
	if (!o->has_from)
		o->from = o->to - length;
}

int
cmd_report(struct cli *cli, int argc, char **argv)
{
	struct report_options o = { .days = 0 };
	int status = read_options(cli, argc, argv, &o);
	const struct report *r;
	struct view v;

	if (status != EXIT_DONE)
		return status;
	settle_span(&o, clock_now());
	if (o.from >= o.to)
		return cli_usage(cli, "the span is empty: it begins %s", o.has_to ? "after its end" : "in the future");
	if (!view_open(&v, cli, STORE_READ))
		return EXIT_CANNOT;
	r = store_report_of(v.store, v.arena, v.settings, o.from, o.to);
	if (r != NULL && cli->json)
		json_print_line(report_json(r));
	else if (r != NULL && o.html == NULL)
		report_print(cli, v.arena, r);
	if (r != NULL && o.html != NULL && !write_page(r, v.arena, v.settings->name, v.now, o.html))
		status = EXIT_CANNOT;
	return view_end(&v, status);
}

/* filings.c - see filings.h. */
#include "cli/filings.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/table.h"
#include "ground/mem.h"

json_t *
filing_json(const struct filing *f)
{
	char id[32], asked[32];

	snprintf(id, sizeof(id), "F%" PRId64, f->number);
	snprintf(asked, sizeof(asked), "ESC-%" PRId64, f->escalation);
	return json_pack("{s:s,s:o,s:s,s:s,s:s,s:o,s:s,s:o,s:o,s:o,s:i,s:o,s:o,s:o,s:o,s:o,s:o}", "id", id, "case",
	    view_json_text(f->escalation != 0 ? asked : NULL), "team", f->team, "kind", f->kind, "title", f->title,
	    "reason", view_json_text(f->reason), "state", filing_state_word(f->state), "upstream",
	    view_json_text(f->upstream), "opened", view_json_time(f->opened), "heard",
	    f->heard > f->opened ? view_json_time(f->heard) : json_null(), "chased", (int)f->chased, "closed",
	    view_json_time(f->closed), "closed_by", view_json_text(f->closed_by), "outcome",
	    view_json_text(f->outcome), "engineer", view_json_text(f->engineer), "rule", view_json_text(f->rule),
	    "asker", view_json_text(f->asker.address));
}

static const char *
name_of(struct arena *a, const struct filing *f, bool whole)
{
	return whole && f->escalation != 0 ? arena_printf(a, "ESC-%" PRId64 " F%" PRId64, f->escalation, f->number) :
	                                     arena_printf(a, "F%" PRId64, f->number);
}

void
filings_print(struct cli *cli, struct view *v, const struct filing *filings, size_t n, bool whole)
{
	struct table *t = table_new(v->arena);

	table_column(t, "filing", TABLE_LEFT);
	table_column(t, "team", TABLE_LEFT);
	table_column(t, "kind", TABLE_LEFT);
	table_column(t, "state", TABLE_LEFT);
	table_column(t, "there", TABLE_LEFT);
	table_column(t, "filed", TABLE_LEFT);
	table_column(t, "last heard", TABLE_LEFT);
	if (whole)
		table_column(t, "for", TABLE_LEFT);
	table_column(t, "title", TABLE_LEFT);
	for (size_t i = 0; i < n; i++) {
		const struct filing *f = &filings[i];

		table_cell(t, "%s", name_of(v->arena, f, whole));
		table_cell(t, "%s", f->team);
		table_cell(t, "%s", f->kind);
		table_cell(t, "%s", filing_state_word(f->state));
		table_cell(t, "%s", *f->upstream != '\0' ? f->upstream : "-");
		table_cell(t, "%s", view_ago(v->arena, f->opened, v->now));
		table_cell(t, "%s", f->heard > f->opened ? view_ago(v->arena, f->heard, v->now) : "never");
		if (whole)
			table_cell(t, "%s", *f->engineer != '\0' ? f->engineer : f->asker.address);
		table_cell(t, "%s", f->title);
	}
	table_print(t, cli);
}

int
filings_list(struct cli *cli, struct view *v, bool all)
{
	struct filing *filings;
	size_t n = all ? store_filings_all(v->store, v->arena, &filings) :
	                 store_filings_open(v->store, v->arena, &filings);

	for (size_t i = 0; cli->json && i < n; i++)
		json_print_line(filing_json(&filings[i]));
	if (!cli->json && n == 0)
		printf("No %sfilings.\n", all ? "" : "open ");
	else if (!cli->json)
		filings_print(cli, v, filings, n, true);
	return EXIT_DONE;
}

static void
print_facts(struct cli *cli, struct view *v, const struct filing *f)
{
	struct arena *a = v->arena;

	printf("%sF%" PRId64 "%s  %s\n\n", view_bold(cli), f->number, view_plain(cli), view_clean(a, f->title, 300));
	view_fact(cli, v, "state", filing_state_word(f->state));
	view_fact(cli, v, "team", f->team);
	view_fact(cli, v, "kind", f->kind);
	view_fact(cli, v, "there", f->upstream);
	view_fact(cli, v, "rule", f->rule);
	view_fact(cli, v, "for",
	    *f->asker.name != '\0' ? arena_printf(a, "%s <%s>", f->asker.name, f->asker.address) : f->asker.address);
	view_fact(cli, v, "severity", arena_printf(a, "%u", f->severity));
	view_fact(cli, v, "customer", f->customer);
	view_fact(cli, v, "mail",
	    arena_printf(a, "%" PRId64 ", 'escrelay why %" PRId64 "' tells of it", f->journal, f->journal));
	view_fact(cli, v, "filed", arena_printf(a, "%s UTC, %s", view_time(a, f->opened), view_ago(a, f->opened, v->now)));
	if (f->heard > f->opened)
		view_fact(cli, v, "heard of",
		    arena_printf(a, "%s UTC, %s", view_time(a, f->heard), view_ago(a, f->heard, v->now)));
	if (f->chased > 0)
		view_fact(cli, v, "reminded", arena_printf(a, "%u time%s since", f->chased, f->chased == 1 ? "" : "s"));
	if (f->closed != 0)
		view_fact(cli, v, "closed",
		    arena_printf(a, "%s UTC, by %s%s%s", view_time(a, f->closed), f->closed_by,
		        *f->outcome != '\0' ? ": " : "", f->outcome));
}

int
filing_show(struct cli *cli, struct view *v, int64_t number)
{
	struct filing f;

	if (!store_filing_of(v->store, v->arena, 0, number, &f)) {
		if (store_fault(v->store) == STORE_OK)
			fprintf(stderr,
			    "escrelay: there is no F%" PRId64
			    " without a case; 'show ESC-17' tells of a case's filings\n",
			    number);
		return EXIT_FINDING;
	}
	if (cli->json)
		json_print_line(filing_json(&f));
	else
		print_facts(cli, v, &f);
	return EXIT_DONE;
}

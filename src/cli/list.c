/* list.c - `escrelay list`: the open escalations, oldest first; `list --filings`: what is asked of teams. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/filings.h"
#include "cli/table.h"
#include "cli/view.h"
#include "ground/mem.h"

/* "F1 F3": what is filed with teams and open; "-". */
static const char *
filed(struct view *v, int64_t escalation)
{
	struct filing *f;
	size_t n = store_filings(v->store, v->arena, escalation, &f);
	const char *list = "";

	for (size_t i = 0; i < n; i++)
		if (f[i].state == FILING_STATE_OPEN)
			list = arena_printf(v->arena, "%s%sF%" PRId64, list, *list != '\0' ? " " : "", f[i].number);
	return *list != '\0' ? list : "-";
}

static void
print_table(struct cli *cli, struct view *v, const struct escalation *rows, size_t n, bool all)
{
	struct table *t = table_new(v->arena);

	table_column(t, "case", TABLE_LEFT);
	table_column(t, "sev", TABLE_RIGHT);
	table_column(t, "state", TABLE_LEFT);
	table_column(t, "turn", TABLE_LEFT);
	table_column(t, "engineer", TABLE_LEFT);
	table_column(t, "requester", TABLE_LEFT);
	table_column(t, "opened", TABLE_LEFT);
	table_column(t, "filed", TABLE_LEFT);
	table_column(t, "subject", TABLE_LEFT);
	for (size_t i = 0; i < n; i++) {
		const struct escalation *e = &rows[i];

		table_cell(t, "ESC-%" PRId64, e->id);
		table_cell(t, "%u", e->severity);
		table_cell(t, "%s", escalation_state_word(e->state));
		table_cell(t, "%s", escalation_state_turn(e->state));
		table_cell(t, "%s", *e->engineer != '\0' ? e->engineer : "-");
		table_cell(t, "%s", e->requester.address);
		table_cell(t, "%s", view_ago(v->arena, e->opened, v->now));
		table_cell(t, "%s", filed(v, e->id));
		table_cell(t, "%s", e->subject);
	}
	if (n == 0)
		printf("No %sescalations.\n", all ? "" : "open ");
	else
		table_print(t, cli);
}

int
cmd_list(struct cli *cli, int argc, char **argv)
{
	bool all = false, filings = false;
	struct escalation *rows;
	struct view v;
	size_t n;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--all") != 0 && strcmp(argv[i], "--filings") != 0)
			return cli_usage(cli, "'%s' is not an option of list; there are --all and --filings", argv[i]);
		all |= strcmp(argv[i], "--all") == 0;
		filings |= strcmp(argv[i], "--filings") == 0;
	}
	if (!view_open(&v, cli, STORE_READ))
		return EXIT_CANNOT;
	if (filings)
		return view_end(&v, filings_list(cli, &v, all));
	n = store_escalations(v.store, v.arena, all, &rows);
	if (cli->json)
		for (size_t i = 0; i < n; i++)
			json_print_line(view_escalation_json(&v, &rows[i]));
	else
		print_table(cli, &v, rows, n, all);
	return view_end(&v, EXIT_DONE);
}

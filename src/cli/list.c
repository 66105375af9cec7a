/* list.c - `escrelay list`: the open escalations, oldest first. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/table.h"
#include "cli/view.h"

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
	bool all = argc == 2 && strcmp(argv[1], "--all") == 0;
	struct escalation *rows;
	struct view v;
	size_t n;

	if (argc > 2 || (argc == 2 && !all))
		return cli_usage(cli, "'%s' is not an option of list; there is --all", argv[argc - 1]);
	if (!view_open(&v, cli, STORE_READ))
		return EXIT_CANNOT;
	n = store_escalations(v.store, v.arena, all, &rows);
	if (cli->json)
		for (size_t i = 0; i < n; i++)
			json_print_line(view_escalation_json(&rows[i]));
	else
		print_table(cli, &v, rows, n, all);
	return view_end(&v, EXIT_DONE);
}

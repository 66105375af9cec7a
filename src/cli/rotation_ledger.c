/* rotation_ledger.c - 'escrelay rotation ledger': each assignment and why it was his, in one sentence, from stored facts. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/rotation_parts.h"
#include "cli/view.h"
#include "ground/mem.h"

int
rotation_print_ledger(struct cli *cli, const struct rotation_options *o)
{
	struct ledger_row *rows;
	struct view v;
	size_t n;

	if (!view_open(&v, cli, STORE_READ))
		return EXIT_CANNOT;
	n = store_ledger(v.store, v.arena, o->pool, o->has_since ? o->since : 0, &rows);
	for (size_t i = 0; i < n; i++) {
		const char *id = arena_printf(v.arena, "ESC-%" PRId64, rows[i].escalation);

		if (cli->json)
			json_print_line(json_pack("{s:s,s:o,s:s,s:s,s:s}", "id", id, "at", view_json_time(rows[i].at), "pool", rows[i].pool,
			    "engineer", rows[i].engineer, "why", rows[i].sentence));
		else
			printf("%s UTC  %s%s%s  %s\n", view_time(v.arena, rows[i].at), view_bold(cli), id, view_plain(cli),
			    view_clean(v.arena, rows[i].sentence, 600));
	}
	if (n == 0 && !cli->json)
		puts("Nothing was assigned.");
	return view_end(&v, EXIT_DONE);
}

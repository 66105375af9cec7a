/* rotation_export.c - 'escrelay rotation export --ics': the plan as a calendar that an engineer subscribes to. */
#include <stdio.h>

#include "cli/rotation_parts.h"
#include "cli/view.h"
#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "judge/calendar.h"

#define AHEAD ((int64_t)366 * 86400) /* how far, where nothing is said */

int
rotation_print_export(struct cli *cli, const struct rotation_options *o)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf text;
	struct calendar_ask ask = { .now = clock_now() };
	struct absences away;
	struct settings *s;
	const char *pool;
	int status;

	buf_init(&text, CALENDAR_BYTES_MAX);
	if (!o->ics || cli->json)
		return cli_usage(cli, "export wants --ics; an iCalendar is all it makes");
	ask.from = o->has_from ? o->from : ask.now - ask.now % 86400;
	ask.to = o->has_to ? o->to : ask.from + AHEAD;
	if (ask.to <= ask.from)
		return cli_usage(cli, "--to must come after --from");
	if (ask.to - ask.from > COVERAGE_SPAN_MAX)
		return cli_usage(cli, "--from and --to lie more than ten years apart");
	if ((s = rotation_settings(cli, a, o, &pool, &status)) == NULL)
		return status;
	if (!rotation_engineer(cli, a, s, o, &ask.engineer))
		return EXIT_USAGE;
	ask.pool = o->pool != NULL ? pool : NULL;
	/* The place of an event in its day depends on what was earlier in it. */
	away = view_absences(a, s, o->no_store, ask.from - 2 * 86400, NULL);
	ask.absences = &away;
	calendar_write(s, &ask, &text);
	if (text.over) {
		fprintf(stderr, "escrelay: the calendar is too large; ask for less by --from, --to or --engineer\n");
		return EXIT_CANNOT;
	}
	if (fwrite(text.data, 1, text.len, stdout) != text.len)
		return EXIT_CANNOT;
	return EXIT_DONE;
}

/* rotation_coverage.c - 'escrelay rotation coverage': the hours that the plan leaves without anybody. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/rotation_parts.h"
#include "cli/table.h"
#include "ground/clock.h"
#include "ground/json.h"
#include "ground/mem.h"
#include "judge/rotation.h"

/* Whole hours as a whole number, since that is how people write them. */
static json_t *
hours_json(int64_t seconds)
{
	return seconds % 3600 == 0 ? json_integer(seconds / 3600) : json_real((double)seconds / 3600);
}

static void
coverage_json(const struct coverage *c)
{
	json_t *gaps = json_array(), *warnings = json_array();
	char from[CLOCK_TEXT], to[CLOCK_TEXT];

	for (size_t i = 0; i < c->ngaps; i++)
		json_array_append_new(gaps, json_pack("{s:s, s:s}", "from", clock_rfc3339(c->gaps[i].from, from),
		    "to", clock_rfc3339(c->gaps[i].to, to)));
	for (size_t i = 0; i < c->nwarnings; i++)
		json_array_append_new(warnings, json_string(c->warnings[i]));
	json_print_line(json_pack("{s:o, s:o, s:o, s:o}", "covered_hours", hours_json(c->covered),
	    "gap_hours", hours_json(c->wanted - c->covered), "gaps", gaps, "warnings", warnings));
}

static void
coverage_print(struct cli *cli, struct arena *a, const struct settings *s, const struct coverage *c, const char *pool,
    const struct rotation_options *o)
{
	char span[CLOCK_TEXT];
	struct table *t = table_new(a);

	printf("Pool %s, %s to %s UTC%s\n", pool, rotation_time(a, o->from, 0), rotation_time(a, o->to, 0),
	    s->ncovers > 0 ? "" : ", seats alone (no 'cover' line says which hours count)");
	printf("Covered %.10g of %.10g hours", (double)c->covered / 3600, (double)c->wanted / 3600);
	if (c->wanted > 0)
		printf(" (%" PRId64 " %%)", c->covered * 100 / c->wanted);
	printf(", %zu gap%s\n", c->ngaps, c->ngaps == 1 ? "" : "s");

	table_column(t, "gap from (UTC)", TABLE_LEFT);
	table_column(t, "to (UTC)", TABLE_LEFT);
	table_column(t, "length", TABLE_LEFT);
	for (size_t i = 0; i < c->ngaps; i++) {
		table_cell(t, "%s", rotation_time(a, c->gaps[i].from, 0));
		table_cell(t, "%s", rotation_time(a, c->gaps[i].to, 0));
		table_cell(t, "%s", clock_span(c->gaps[i].to - c->gaps[i].from, span));
	}
	if (c->ngaps > 0) {
		putchar('\n');
		table_print(t, cli);
	}
	for (size_t i = 0; i < c->nwarnings; i++)
		printf("%swarning: %s\n", i == 0 ? "\n" : "", c->warnings[i]);
}

int
rotation_print_coverage(struct cli *cli, const struct rotation_options *o)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *pool;
	struct settings *s;
	struct coverage c;
	int status;

	if (!o->has_from || !o->has_to)
		return cli_usage(cli, "coverage wants --from and --to, for instance --from 2026-11-02 --to 2026-12-14");
	if (o->to <= o->from)
		return cli_usage(cli, "--to must come after --from");
	if (o->to - o->from > COVERAGE_SPAN_MAX)
		return cli_usage(cli, "--from and --to lie more than ten years apart");
	if ((s = rotation_settings(cli, a, o, &pool, &status)) == NULL)
		return status;
	rotation_coverage(s, a, pool, o->from, o->to, &c);
	if (cli->json)
		coverage_json(&c);
	else
		coverage_print(cli, a, s, &c, pool, o);
	return c.ngaps > 0 ? EXIT_FINDING : EXIT_DONE;
}

/* rotation_coverage.c - 'escrelay rotation coverage': the week as a map, and the hours that the plan leaves without
 * anybody. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/rotation_parts.h"
#include "cli/table.h"
#include "cli/view.h"
#include "ground/clock.h"
#include "ground/json.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/rotation.h"

struct plan {
	const struct settings *settings;
	const char *pool;
	const struct zone *zone; /* that hours are shown in */
	int64_t from, to;
	struct absences away;
	struct coverage coverage;
};

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

/* ---- the map ---- */

#define MAPS_MAX 4 /* one for each stretch between changes of the clocks; more are one over all */

enum cell_kind { CELL_NONE, CELL_IDLE, CELL_SPARE, CELL_GAP, CELL_PARTLY, CELL_COVERED };

static enum cell_kind
cell_kind(const struct coverage_cell *c)
{
	if (c->seconds == 0)
		return CELL_NONE;
	if (c->wanted == 0)
		return c->most > 0 ? CELL_SPARE : CELL_IDLE;
	return c->covered == 0 ? CELL_GAP : c->covered < c->wanted ? CELL_PARTLY : CELL_COVERED;
}

/* Two columns that tell without colour what the colour tells; a blank behind it makes three. */
static void
cell_print(const struct cli *cli, const struct coverage_cell *c)
{
	static const char *const colours[] = { [CELL_NONE] = "", [CELL_IDLE] = "\033[2m", [CELL_SPARE] = "\033[2m",
		[CELL_GAP] = "\033[1;41m", [CELL_PARTLY] = "\033[30;43m", [CELL_COVERED] = "\033[30;42m" };
	static const char *const signs[] = {
		[CELL_NONE] = "  ", [CELL_IDLE] = " .", [CELL_SPARE] = " +", [CELL_GAP] = "!!", [CELL_PARTLY] = "~~"
	};
	enum cell_kind kind = cell_kind(c);

	fputs(cli->colour ? colours[kind] : "", stdout);
	if (kind == CELL_COVERED)
		printf("%2u", c->least < 99 ? c->least : 99);
	else
		fputs(signs[kind], stdout);
	fputs(cli->colour && kind != CELL_NONE ? "\033[0m" : "", stdout);
}

static void
map_print(const struct cli *cli, const struct coverage_map *m, const char *title)
{
	static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

	printf("\n%s%s%s\n    ", view_bold(cli), title, view_plain(cli));
	for (int h = 0; h < 24; h++)
		printf(" %s%02d%s", view_dim(cli), h, view_plain(cli));
	for (size_t d = 0; d < COUNT(days); d++) {
		printf("\n%s ", days[d]);
		for (int h = 0; h < 24; h++) {
			putchar(' ');
			cell_print(cli, &m->cells[d][h]);
		}
	}
	putchar('\n');
}

static void
legend_print(const struct settings *s)
{
	if (s->ncovers > 0)
		puts("\n   2  at least so many are at work     !!  nobody is     ~~  at times nobody is\n"
		     "   +  somebody is, unasked              .  nobody is asked for");
	else
		puts("\n   2  at least so many are at work; 0: seats have names, nobody is at work\n"
		     "  !!  no seat has a name       ~~  at times none has");
}

/* One map, or one for each stretch of time between changes of the clocks: laid over one another they would be a blur.
 */
static void
maps_print(const struct cli *cli, struct arena *a, const struct plan *p)
{
	bool apart = p->coverage.nshifts > 0 && p->coverage.nshifts < MAPS_MAX;
	size_t n = apart ? p->coverage.nshifts + 1 : 1;

	for (size_t i = 0; i < n; i++) {
		int64_t from = i > 0 ? p->coverage.shifts[i - 1] : p->from,
		        to = i + 1 < n ? p->coverage.shifts[i] : p->to;
		const char *title = arena_printf(a, "Hours in %s", zone_name(p->zone));
		struct coverage_map m;

		if (apart)
			title = arena_printf(a, "%s, %s to %s", title,
			    rotation_time(a, from, zone_local(p->zone, from).offset),
			    rotation_time(a, to, zone_local(p->zone, to).offset));
		rotation_map(p->settings, &p->away, a, p->pool, p->zone, from, to, &m);
		map_print(cli, &m, title);
	}
	legend_print(p->settings);
}

/* ---- the page ---- */

static void
gaps_print(struct cli *cli, struct arena *a, const struct plan *p)
{
	bool local = strcmp(zone_name(p->zone), "UTC") != 0;
	struct table *t = table_new(a);
	char span[CLOCK_TEXT];

	if (p->coverage.ngaps == 0)
		return;
	table_column(t, "gap from (UTC)", TABLE_LEFT);
	table_column(t, "to (UTC)", TABLE_LEFT);
	table_column(t, "length", TABLE_LEFT);
	if (local)
		table_column(t, arena_printf(a, "from, in %s", zone_name(p->zone)), TABLE_LEFT);
	for (size_t i = 0; i < p->coverage.ngaps; i++) {
		const struct coverage_gap *g = &p->coverage.gaps[i];

		table_cell(t, "%s", rotation_time(a, g->from, 0));
		table_cell(t, "%s", rotation_time(a, g->to, 0));
		table_cell(t, "%s", clock_span(g->to - g->from, span));
		if (local)
			table_cell(t, "%s", rotation_time(a, g->from, zone_local(p->zone, g->from).offset));
	}
	putchar('\n');
	table_print(t, cli);
}

static void
coverage_print(struct cli *cli, struct arena *a, const struct plan *p)
{
	const struct coverage *c = &p->coverage;

	printf("Pool %s, %s to %s UTC%s\n", p->pool, rotation_time(a, p->from, 0), rotation_time(a, p->to, 0),
	    p->settings->ncovers > 0 ? "" : ", seats alone (no 'cover' line says which hours count)");
	printf("Covered %.10g of %.10g hours", (double)c->covered / 3600, (double)c->wanted / 3600);
	if (c->wanted > 0)
		printf(" (%" PRId64 " %%)", c->covered * 100 / c->wanted);
	printf(", %zu gap%s\n", c->ngaps, c->ngaps == 1 ? "" : "s");
	maps_print(cli, a, p);
	gaps_print(cli, a, p);
	for (size_t i = 0; i < c->nwarnings; i++)
		printf("%swarning: %s\n", i == 0 ? "\n" : "", c->warnings[i]);
}

/* The zone of the map: as asked, else that of the first cover line. */
static const struct zone *
map_zone(struct cli *cli, struct arena *a, const struct settings *s, const char *name)
{
	const struct zone *z = name != NULL ? zone_load(name) : s->ncovers > 0 ? s->covers[0].zone : zone_load("UTC");
	const char *meant = z == NULL ? zone_suggest(name) : NULL;

	if (z == NULL)
		cli_usage(cli, "no zone '%s'%s%s%s", text_printable(a, name, 60), meant != NULL ? "; perhaps '" : "",
		    meant != NULL ? meant : "", meant != NULL ? "'" : "");
	return z;
}

int
rotation_print_coverage(struct cli *cli, const struct rotation_options *o)
{
	AUTO_ARENA struct arena *a = arena_new();
	int64_t now = clock_now(), end;
	struct plan p;
	int status;

	p.from = o->has_from ? o->from : now - now % 86400;
	p.to = o->has_to ? o->to : p.from + COVERAGE_WEEKS * 7 * 86400;
	if (p.to <= p.from)
		return cli_usage(cli, "--to must come after --from");
	if (p.to - p.from > COVERAGE_SPAN_MAX)
		return cli_usage(cli, "--from and --to lie more than ten years apart");
	if ((p.settings = rotation_settings(cli, a, o, &p.pool, &status)) == NULL)
		return status;
	/* Behind its end a plan covers nothing: a map of both would be a blur. */
	end = rotation_plan_end(p.settings, p.pool);
	if (!o->has_to && end > p.from && end < p.to)
		p.to = end;
	if ((p.zone = map_zone(cli, a, p.settings, o->zone)) == NULL)
		return EXIT_USAGE;
	p.away = view_absences(a, p.settings, o->no_store, p.from, NULL);
	rotation_coverage(p.settings, &p.away, a, p.pool, p.from, p.to, &p.coverage);
	if (cli->json)
		coverage_json(&p.coverage);
	else
		coverage_print(cli, a, &p);
	return p.coverage.ngaps > 0 ? EXIT_FINDING : EXIT_DONE;
}

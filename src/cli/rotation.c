/* rotation.c - 'escrelay rotation who', and which of its words is meant. */
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

const char *
rotation_time(struct arena *a, int64_t t, int offset)
{
	char text[CLOCK_TEXT];

	/* "Mon, 23 Nov 2026 10:00:00 +0000", of which people want the middle. */
	clock_rfc5322(t + offset, text);
	return arena_printf(a, "%.3s%.*s", text, (int)(strlen(text) - strlen(", :00 +0000") - 2), text + 4);
}

struct settings *
rotation_settings(struct cli *cli, struct arena *a, const struct rotation_options *o, const char **pool,
    int *status)
{
	struct settings *s = cli_settings(cli, a, NULL);
	const char *names = "";

	*status = EXIT_CANNOT;
	if (s == NULL)
		return NULL;
	*pool = s->npools > 0 ? s->pools[0] : "core";
	if (o->pool == NULL)
		return s;
	for (size_t i = 0; i < s->npools; i++) {
		if (text_equal_nocase(s->pools[i], o->pool)) {
			*pool = s->pools[i];
			return s;
		}
		names = arena_printf(a, "%s%s%s", names, i > 0 ? ", " : "", s->pools[i]);
	}
	*status = cli_usage(cli, "no rotation has the pool '%s'; there %s %s", text_printable(a, o->pool, 60),
	    s->npools == 1 ? "is" : "are", *names != '\0' ? names : "none");
	return NULL;
}

/* ---- who ---- */

static json_t *
json_instant(int64_t t)
{
	char text[CLOCK_TEXT];

	return json_string(clock_rfc3339(t, text));
}

static void
who_json(const struct who *w, int64_t at)
{
	json_t *on = json_array(), *next = json_array(), *rotation = json_null();
	char text[CLOCK_TEXT];

	if (w->rotation != NULL)
		rotation = json_pack("{s:s, s:o, s:o}", "pool", w->rotation->pool, "from", json_instant(w->rotation_from),
		    "to", json_instant(w->rotation_to));
	for (size_t i = 0; i < w->non; i++) {
		const struct engineer *e = w->on[i].engineer;

		clock_rfc3339_offset(at, zone_local(e->zone, at).offset, text);
		json_array_append_new(on, json_pack("{s:s, s:s, s:s, s:o}", "engineer", e->name, "zone", e->zone_name, "local", text,
		    "until", json_instant(w->on[i].until)));
	}
	for (size_t i = 0; i < w->nnext; i++)
		json_array_append_new(next, json_pack("{s:s, s:o}", "engineer", w->next[i].engineer->name,
		    "from", json_instant(w->next[i].from)));
	json_print_line(json_pack("{s:o, s:o, s:o, s:o}", "at", json_instant(at), "rotation", rotation, "on_shift", on,
	    "next", next));
}

static void
shifts_print(struct cli *cli, struct arena *a, const struct shift *v, size_t n, int64_t at, bool on)
{
	struct table *t = table_new(a);
	char span[CLOCK_TEXT];

	table_column(t, on ? "at work" : "next", TABLE_LEFT);
	table_column(t, "zone", TABLE_LEFT);
	table_column(t, on ? "local time" : "from (UTC)", TABLE_LEFT);
	table_column(t, on ? "until, local" : "from, local", TABLE_LEFT);
	table_column(t, on ? "for" : "in", TABLE_LEFT);
	for (size_t i = 0; i < n; i++) {
		const struct engineer *e = v[i].engineer, *other = v[i].stands_for;
		int64_t then = on ? v[i].until : v[i].from;

		table_cell(t, "%s%s%s", e->full_name, other != NULL ? ", for " : "", other != NULL ? other->full_name : "");
		table_cell(t, "%s", e->zone_name);
		table_cell(t, "%s", on ? rotation_time(a, at, zone_local(e->zone, at).offset) : rotation_time(a, then, 0));
		table_cell(t, "%s", rotation_time(a, then, zone_local(e->zone, then).offset));
		table_cell(t, "%s", clock_span(then - at, span));
	}
	table_print(t, cli);
}

static void
who_print(struct cli *cli, struct arena *a, const struct who *w, const char *pool, int64_t at)
{
	if (w->rotation != NULL)
		printf("%s UTC: rotation %s until %s UTC\n", rotation_time(a, at, 0), pool, rotation_time(a, w->rotation_to, 0));
	else
		printf("%s UTC: no rotation of %s is on\n", rotation_time(a, at, 0), pool);
	putchar('\n');
	if (w->non > 0)
		shifts_print(cli, a, w->on, w->non, at, true);
	else
		puts("Nobody is at work.");
	putchar('\n');
	if (w->nnext > 0)
		shifts_print(cli, a, w->next, w->nnext, at, false);
	else
		printf("Nobody else starts within %d days.\n", ROTATION_HORIZON / 86400);
}

int
rotation_print_who(struct cli *cli, const struct rotation_options *o)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *pool;
	int64_t at = o->has_at ? o->at : clock_now();
	struct absences away;
	struct settings *s;
	struct who w;
	int status;

	if ((s = rotation_settings(cli, a, o, &pool, &status)) == NULL)
		return status;
	away = view_absences(a, s, at);
	rotation_who(s, &away, a, pool, at, &w);
	if (cli->json)
		who_json(&w, at);
	else
		who_print(cli, a, &w, pool, at);
	return EXIT_DONE;
}

/* ---- the command ---- */

static bool
instant_option(const char *value, int64_t *t, bool *has)
{
	return *has = value != NULL && clock_parse(value, t);
}

/* False with EXIT_USAGE said. */
static bool
options_read(struct cli *cli, int argc, char **argv, struct rotation_options *o)
{
	bool coverage = strcmp(argv[1], "coverage") == 0, ledger = strcmp(argv[1], "ledger") == 0;

	for (int i = 2; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');
		size_t len = equals != NULL ? (size_t)(equals - argv[i]) : strlen(argv[i]);
		const char *name = argv[i], *value = equals != NULL ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
		bool good;

		if (len == 4 && strncmp(name, "--at", len) == 0 && !coverage && !ledger)
			good = instant_option(value, &o->at, &o->has_at);
		else if (len == 6 && strncmp(name, "--from", len) == 0 && coverage)
			good = instant_option(value, &o->from, &o->has_from);
		else if (len == 4 && strncmp(name, "--to", len) == 0 && coverage)
			good = instant_option(value, &o->to, &o->has_to);
		else if (len == 7 && strncmp(name, "--since", len) == 0 && ledger)
			good = instant_option(value, &o->since, &o->has_since);
		else if (len == 6 && strncmp(name, "--pool", len) == 0)
			good = (o->pool = value) != NULL;
		else if (len == 6 && strncmp(name, "--zone", len) == 0 && coverage)
			good = (o->zone = value) != NULL;
		else
			return cli_usage(cli, "'%s' is not an option of rotation %s", name, argv[1]), false;
		if (!good && strncmp(name, "--pool", len) == 0)
			return cli_usage(cli, "--pool wants a name"), false;
		if (!good && strncmp(name, "--zone", len) == 0)
			return cli_usage(cli, "--zone wants an IANA zone such as Europe/Berlin"), false;
		if (!good)
			return cli_usage(cli, "%.*s wants a time such as 2026-11-23 or 2026-11-23T10:00:00Z", (int)len, name), false;
	}
	return true;
}

int
cmd_rotation(struct cli *cli, int argc, char **argv)
{
	struct rotation_options o = { 0 };
	static const struct { const char *word; int (*print)(struct cli *cli, const struct rotation_options *o); } words[] = {
		{ "who", rotation_print_who }, { "coverage", rotation_print_coverage }, { "ledger", rotation_print_ledger },
	};

	if (argc < 2)
		return cli_usage(cli, "rotation wants a word: who, next, coverage, import or ledger");
	if (strcmp(argv[1], "import") == 0)
		return rotation_import(cli, argc, argv);
	if (strcmp(argv[1], "next") == 0)
		return rotation_next(cli, argc, argv);
	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(argv[1], words[i].word) == 0)
			return options_read(cli, argc, argv, &o) ? words[i].print(cli, &o) : EXIT_USAGE;
	return cli_usage(cli, "'%s' is not a word of rotation; there are who, next, coverage, import and ledger", argv[1]);
}

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

bool
rotation_engineer(struct cli *cli, struct arena *a, const struct settings *s, const struct rotation_options *o,
    const struct engineer **e)
{
	const char **names, *near;

	*e = o->engineer != NULL ? settings_engineer(s, o->engineer) : NULL;
	if (*e == NULL && o->engineer != NULL)
		*e = settings_engineer_by_address(s, o->engineer);
	if (*e != NULL || o->engineer == NULL)
		return true;
	names = arena_array(a, s->nengineers, sizeof(*names));
	for (size_t i = 0; i < s->nengineers; i++)
		names[i] = s->engineers[i]->name;
	near = text_nearest(o->engineer, names, s->nengineers);
	cli_usage(cli, "no engineer '%s'%s%s%s", text_printable(a, o->engineer, 60), near != NULL ? "; did you mean " : "",
	    near != NULL ? near : "", near != NULL ? "?" : "");
	return false;
}

/* ---- who ---- */

static json_t *
json_instant(int64_t t)
{
	char text[CLOCK_TEXT];

	return json_string(clock_rfc3339(t, text));
}

static void
who_json(const struct who *w, int64_t at, json_t *away)
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
	json_print_line(json_pack("{s:o, s:o, s:o, s:o, s:o}", "at", json_instant(at), "rotation", rotation, "on_shift", on,
	    "next", next, "away", away));
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
	struct absence *said;
	struct absences away;
	struct settings *s;
	struct who w;
	struct away_row *gone;
	size_t ngone;
	int status;

	if ((s = rotation_settings(cli, a, o, &pool, &status)) == NULL)
		return status;
	away = view_absences(a, s, o->no_store, at, &said);
	rotation_who(s, &away, a, pool, at, &w);
	ngone = rotation_away(a, s, &away, said, &w, at, &gone);
	if (cli->json)
		who_json(&w, at, rotation_away_json(gone, ngone));
	else {
		who_print(cli, a, &w, pool, at);
		rotation_away_print(cli, a, gone, ngone);
	}
	return EXIT_DONE;
}

/* ---- the command ---- */

enum { AT = 1, FROM = 2, TO = 4, SINCE = 8, POOL = 16, ENGINEER = 32, ICS = 64, LOAD = 128, SEED = 256, SEVERITY = 512,
	WORK = 1024, ZONE = 2048, ALONE = 4096 };

static const struct word {
	const char *word;
	int (*print)(struct cli *cli, const struct rotation_options *o);
	unsigned takes;
	int (*whole)(struct cli *cli, int argc, char **argv); /* in place of these: reads its own options */
} words[] = {
	{ "who", rotation_print_who, AT | POOL | ALONE, NULL },
	{ "next", NULL, 0, rotation_next },
	{ "coverage", rotation_print_coverage, FROM | TO | POOL | ZONE | ALONE, NULL },
	{ "import", NULL, 0, rotation_import },
	{ "ledger", rotation_print_ledger, SINCE | POOL, NULL },
	{ "simulate", rotation_print_simulate, FROM | TO | POOL | LOAD | SEED | SEVERITY | WORK | ALONE, NULL },
	{ "history", rotation_print_history, SINCE | ENGINEER, NULL },
	{ "export", rotation_print_export, FROM | TO | POOL | ENGINEER | ICS | ALONE, NULL },
};

static const struct option { const char *name; unsigned bit; const char *wants; } options[] = {
	{ "--at", AT, NULL }, { "--from", FROM, NULL }, { "--to", TO, NULL }, { "--since", SINCE, NULL },
	{ "--pool", POOL, "a name" }, { "--zone", ZONE, "an IANA zone such as Europe/Berlin" },
	{ "--engineer", ENGINEER, "a name" }, { "--ics", ICS, "" }, { "--no-store", ALONE, "" },
	{ "--load", LOAD, "a file with a time in each line, 'journal', or a number a day" }, { "--seed", SEED, "a number" },
	{ "--severity", SEVERITY, "a number from 0 to 9" }, { "--work", WORK, "a number of hours from 1 to 1000" },
};

static bool
option_set(struct rotation_options *o, unsigned bit, const char *value)
{
	switch (bit) {
	case ICS: return o->ics = true;
	case ALONE: return o->no_store = true;
	case POOL: return (o->pool = value) != NULL;
	case ZONE: return (o->zone = value) != NULL;
	case ENGINEER: return (o->engineer = value) != NULL;
	case LOAD: return (o->load = value) != NULL;
	case SEED: return o->has_seed = value != NULL && text_u64(value, 0, UINT64_MAX, &o->seed);
	case SEVERITY: return o->has_severity = value != NULL && text_u64(value, 0, 9, &o->severity);
	case WORK: return o->has_work = value != NULL && text_u64(value, 1, 1000, &o->work);
	case AT: return o->has_at = value != NULL && clock_parse(value, &o->at);
	case FROM: return o->has_from = value != NULL && clock_parse(value, &o->from);
	case TO: return o->has_to = value != NULL && clock_parse(value, &o->to);
	case SINCE: return o->has_since = value != NULL && clock_parse(value, &o->since);
	default: return false;
	}
}

static const struct option *
option_of(const struct word *w, const char *arg, size_t len)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if ((w->takes & options[i].bit) != 0 && strlen(options[i].name) == len && strncmp(arg, options[i].name, len) == 0)
			return &options[i];
	return NULL;
}

/* "--name value" and "--name=value". False with EXIT_USAGE said. */
static bool
options_read(struct cli *cli, int argc, char **argv, const struct word *w, struct rotation_options *o)
{
	for (int i = 2; i < argc; i++) {
		const char *arg = argv[i], *equals = strchr(arg, '='), *value = NULL;
		const struct option *opt = option_of(w, arg, equals != NULL ? (size_t)(equals - arg) : strlen(arg));
		bool flag = opt != NULL && opt->wants != NULL && *opt->wants == '\0';

		if (opt == NULL || (flag && equals != NULL))
			return cli_usage(cli, "'%s' is not an option of rotation %s", arg, w->word), false;
		if (!flag)
			value = equals != NULL ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
		if (!option_set(o, opt->bit, value))
			return cli_usage(cli, "%s wants %s", opt->name,
			    opt->wants != NULL ? opt->wants : "a time such as 2026-11-23 or 2026-11-23T10:00:00Z"), false;
	}
	return true;
}

/* "who, coverage and ledger" */
static const char *
words_list(struct arena *a, const char *last)
{
	const char *list = words[0].word;

	for (size_t i = 1; i < COUNT(words); i++)
		list = arena_printf(a, "%s%s%s", list, i + 1 < COUNT(words) ? ", " : last, words[i].word);
	return list;
}

int
cmd_rotation(struct cli *cli, int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct rotation_options o = { 0 };

	if (argc < 2)
		return cli_usage(cli, "rotation wants a word: %s", words_list(a, " or "));
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcmp(argv[1], words[i].word) != 0)
			continue;
		cli->way = words[i].word;
		if (words[i].whole != NULL)
			return words[i].whole(cli, argc, argv);
		return options_read(cli, argc, argv, &words[i], &o) ? words[i].print(cli, &o) : EXIT_USAGE;
	}
	return cli_usage(cli, "'%s' is not a word of rotation; there are %s", argv[1], words_list(a, " and "));
}

/* away.c - 'escrelay away': who is away and who says so, and the operator's word where an engineer's own is not to be had. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/hand_parts.h"
#include "cli/rotation_parts.h"
#include "cli/table.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"

/* ---- what is known ---- */

struct row { const struct engineer *engineer; int64_t from, until; const char *why; };

static int
by_time(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static size_t
rows_of(struct arena *a, const struct settings *s, const struct absences *said, const struct absence *mails,
    const struct engineer *only, int64_t now, struct row **out)
{
	size_t n = 0;

	*out = NULL;
	for (size_t i = 0; i < s->nengineers; i++) {
		const struct engineer *e = s->engineers[i];
		struct known_away *v;
		size_t count = only == NULL || only == e ? engineer_absences(s, said, a, e, now, &v) : 0;

		for (size_t k = 0; k < count; k++)
			*(struct row *)arena_push(a, out, &n, sizeof(**out)) = (struct row){ e, v[k].from, v[k].until,
				v[k].said == NULL ? "relay.conf" : mails[v[k].said - said->v].reason };
	}
	if (n > 1)
		qsort(*out, n, sizeof(**out), by_time);
	return n;
}

/* By his own clock; an end that never comes in words. */
static const char *
local_time(struct arena *a, const struct engineer *e, int64_t t)
{
	if (t == INT64_MIN || t == INT64_MAX)
		return t == INT64_MIN ? "ever" : "for good";
	return rotation_time(a, t, zone_local(e->zone, t).offset);
}

static void
rows_print(struct cli *cli, struct arena *a, const struct row *v, size_t n)
{
	struct table *t = table_new(a);

	table_column(t, "away", TABLE_LEFT);
	table_column(t, "from, local", TABLE_LEFT);
	table_column(t, "until, local", TABLE_LEFT);
	table_column(t, "who says so", TABLE_LEFT);
	for (size_t i = 0; i < n; i++) {
		const struct engineer *e = v[i].engineer;

		table_cell(t, "%s", e->full_name);
		table_cell(t, "%s", local_time(a, e, v[i].from));
		table_cell(t, "%s", local_time(a, e, v[i].until));
		table_cell(t, "%s", view_clean(a, v[i].why, 100));
	}
	table_print(t, cli);
}

static int
list(struct cli *cli, struct arena *a, const struct settings *s, const struct engineer *only)
{
	struct absence *mails;
	int64_t now = clock_now();
	struct absences said = view_absences(a, s, false, now, &mails);
	struct row *v;
	size_t n = rows_of(a, s, &said, mails, only, now, &v);

	for (size_t i = 0; i < n && cli->json; i++)
		json_print_line(json_pack("{s:s,s:o,s:o,s:s}", "engineer", v[i].engineer->name, "from",
		    v[i].from == INT64_MIN ? json_null() : view_json_time(v[i].from), "until",
		    v[i].until == INT64_MAX ? json_null() : view_json_time(v[i].until), "why", v[i].why));
	if (n == 0 && !cli->json)
		printf("%s is away, now or later.\n",
		    only != NULL ? arena_printf(a, "Nothing says that %s", only->full_name) : "Nobody");
	else if (!cli->json)
		rows_print(cli, a, v, n);
	return EXIT_DONE;
}

/* ---- the operator's word ---- */

struct order { const char *engineer, *words; };

static const char *
order_act(struct desk *d, void *arg, const char **why)
{
	const struct order *o = arg;

	return hand_away(d, settings_engineer(d->settings, o->engineer), hand_operator(d->arena), o->words, why);
}

static void
order_told(struct cli *cli, struct desk *d, void *arg, const char *done, const char *why)
{
	const struct order *o = arg;

	(void)d;
	if (cli->json)
		json_print_line(json_pack("{s:s,s:s,s:b,s:s}", "engineer", o->engineer, "action", "away", "done", done != NULL,
		    "said", done != NULL ? done : why));
	else
		hand_say(done, why);
}

int
cmd_away(struct cli *cli, int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct rotation_options o = { .engineer = argc > 1 ? argv[1] + (*argv[1] == '@') : NULL };
	struct settings *s = cli_settings(cli, a, NULL);
	const struct engineer *e;

	if (s == NULL)
		return EXIT_CANNOT;
	if (!rotation_engineer(cli, a, s, &o, &e))
		return EXIT_USAGE;
	if (argc <= 2)
		return list(cli, a, s, e);
	return hand_do(cli, &(struct hand){ order_act, order_told, &(struct order){ e->name, hand_words(a, argc, argv, 2) } });
}

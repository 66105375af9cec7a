/* rotation_away.c - who of those with a seat is away, until when, and who says so: for 'rotation who'. */
#include <stdio.h>

#include "cli/rotation_parts.h"
#include "cli/table.h"
#include "cli/view.h"
#include "edge/store.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"

/* What a mail has said of it, or NULL. */
static const char *
said_by_mail(const struct absence *rows, size_t n, const struct engineer *e, int64_t at)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].from <= at && rows[i].to > at && text_equal_nocase(rows[i].engineer, e->name))
			return rows[i].reason;
	return NULL;
}

size_t
rotation_away(struct arena *a, const struct settings *s, const struct absences *extra, const struct absence *rows,
    const struct who *w, int64_t at, struct away_row **out)
{
	struct seated *seats;
	size_t nseats = w->rotation != NULL ? rotation_seats(s, a, w->rotation, at, &seats) : 0, n = 0;

	*out = NULL;
	for (size_t i = 0; i < nseats; i++) {
		const struct engineer *e = seats[i].engineer;
		const char *said;
		int64_t until;

		if (e == NULL || !engineer_away(s, extra, e, at, &until))
			continue;
		said = said_by_mail(rows, extra->n, e, at);
		*(struct away_row *)arena_push(a, out, &n, sizeof(**out)) =
		    (struct away_row){ .engineer = e, .until = until, .why = said != NULL ? said : "relay.conf" };
	}
	return n;
}

json_t *
rotation_away_json(const struct away_row *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s, s:o, s:s}", "engineer", v[i].engineer->name, "until",
		    v[i].until != INT64_MAX ? view_json_time(v[i].until) : json_null(), "why", v[i].why));
	return list;
}

void
rotation_away_print(struct cli *cli, struct arena *a, const struct away_row *v, size_t n)
{
	struct table *t = table_new(a);

	if (n == 0)
		return;
	table_column(t, "away", TABLE_LEFT);
	table_column(t, "until, local", TABLE_LEFT);
	table_column(t, "who says so", TABLE_LEFT);
	for (size_t i = 0; i < n; i++) {
		const struct engineer *e = v[i].engineer;

		table_cell(t, "%s", e->full_name);
		table_cell(t, "%s", v[i].until == INT64_MAX ? "for good" :
		    rotation_time(a, v[i].until, zone_local(e->zone, v[i].until).offset));
		table_cell(t, "%s", view_clean(a, v[i].why, 100));
	}
	putchar('\n');
	table_print(t, cli);
}

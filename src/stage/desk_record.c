/* desk_record.c - a rotation ended: the record of an engineer's service, for his manager. See desk_duty.h. */
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/escalation.h"
#include "stage/desk_duty.h"

static const char *const outcomes[] = {
#define X(name, sentence) name,
	RESOLUTIONS(X)
#undef X
};

struct service { unsigned given, open, elsewhere, ended[COUNT(outcomes)]; };

static void
count_case(struct desk *d, const struct engineer *x, int64_t id, struct service *s)
{
	struct escalation e;

	if (!store_escalation_get(d->store, d->arena, id, &e))
		return;
	s->given++;
	if (!text_equal_nocase(e.engineer, x->name)) {
		s->elsewhere++;
		return;
	}
	s->open += e.state != ESCALATION_RESOLVED;
	for (size_t i = 0; e.state == ESCALATION_RESOLVED && i < COUNT(outcomes); i++)
		s->ended[i] += strncmp(e.outcome, outcomes[i], strlen(outcomes[i])) == 0; /* "duplicate of ESC-3" */
}

/* What was given to him in these weeks; a case that came twice counts once. */
static struct service
count_cases(struct desk *d, const struct duty *duty, const struct engineer *x, const struct ledger_row *rows, size_t n)
{
	struct service s = { 0 };

	for (size_t i = 0; i < n; i++) {
		bool again = false;

		if (rows[i].at >= duty->at || !text_equal_nocase(rows[i].engineer, x->name))
			continue;
		for (size_t k = 0; k < i && !again; k++)
			again = rows[k].escalation == rows[i].escalation && text_equal_nocase(rows[k].engineer, x->name);
		if (!again)
			count_case(d, x, rows[i].escalation, &s);
	}
	return s;
}

static const char *
service_lines(struct arena *a, const struct service *s)
{
	const char *lines = arena_printf(a, "%u case%s given to him", s->given, s->given == 1 ? " was" : "s were");
	const char *sep = "\n";

	for (size_t i = 0; i < COUNT(outcomes); i++)
		if (s->ended[i] > 0) {
			lines = arena_printf(a, "%s%s%u %s", lines, sep, s->ended[i], outcomes[i]);
			sep = ", ";
		}
	if (s->elsewhere > 0)
		lines = arena_printf(a, "%s\n%u went on to somebody else", lines, s->elsewhere);
	if (s->open > 0)
		lines = arena_printf(a, "%s\n%u %s still his", lines, s->open, s->open == 1 ? "is" : "are");
	return lines;
}

static void
tell_manager(struct desk *d, const struct duty *duty, const struct engineer *x, const struct ledger_row *rows, size_t n)
{
	const struct rotation *r = duty->rotation;
	struct telling t = { .template = "service-record",
		.to = { .name = "", .address = x->manager },
		.auto_submitted = "auto-generated",
		.no_token = true,
		.subject = arena_printf(
		    d->arena, "[%s] %s has served as escalation engineer", d->settings->name, x->full_name) };
	struct service s = count_cases(d, duty, x, rows, n);

	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "engineer", x->full_name);
	tell_value(&t, "pool", r->pool);
	tell_value(&t, "opened", say_when(d->arena, rotation_instant(d->settings, r->from), zone_load("UTC")));
	tell_value(&t, "when", say_when(d->arena, duty->at, zone_load("UTC")));
	tell_value(&t, "home_team", x->home_team);
	tell_value(&t, "results", service_lines(d->arena, &s));
	tell(d, &t);
}

void
desk_record(struct desk *d, const struct duty *duty)
{
	const struct rotation *r = duty->rotation;
	struct ledger_row *rows = NULL;
	size_t n = 0;
	bool read = false;

	for (size_t i = 0; i < d->settings->nengineers; i++) {
		const struct engineer *x = d->settings->engineers[i];

		if (x->manager == NULL || !rotation_had(d->settings, r, x) || rotation_has(d->settings, r->pool, x, d->now))
			continue;
		if (!read)
			n = store_ledger(d->store, d->arena, r->pool, rotation_instant(d->settings, r->from), &rows);
		read = true;
		tell_manager(d, duty, x, rows, n);
	}
}

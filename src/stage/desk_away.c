/* desk_away.c - /away: an engineer says himself when he is not there. See desk_orders.h, judge/away.h.
 *
 * His word is worth more than what the relay has concluded from an out-of-office answer or a bounce: that is lifted.
 */
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "judge/away.h"
#include "stage/desk_orders.h"

const char *
may_away(const struct ordering *o)
{
	struct away_range r;
	const char *why = away_read(o->d->arena, o->c->text, o->engineer->zone, o->d->now, &r);

	return why != NULL ? arena_printf(o->d->arena, "/away: %s", why) : NULL;
}

static bool
hand_on(struct desk *d, struct escalation *e, const struct engineer *x, int64_t journal)
{
	if (!desk_step(d, e, EVENT_PASS, x->name, "is away", journal, NULL))
		return false;
	desk_assign(d, e, &(struct assigning){ 0 });
	return true;
}

void
desk_leaves(struct desk *d, struct escalation *e)
{
	const struct engineer *x = settings_engineer(d->settings, e->engineer);
	struct absences extra = desk_absences(d);

	if (x != NULL && engineer_away(d->settings, &extra, x, d->now, NULL)) /* he may have thought better of it */
		hand_on(d, e, x, 0);
}

/* What was assigned to him and not answered yet: to the next one, now; or when he goes, where that is later. */
static const char *
pass_on(struct ordering *o, const struct away_range *r)
{
	struct desk *d = o->d;
	struct escalation other = { 0 };
	const char *passed = NULL;

	while (store_escalation_of(d->store, d->arena, o->engineer->name, other.id, &other)) {
		/* The case in hand is changed where the rest of the mail looks at it. */
		struct escalation *e = o->e != NULL && o->e->id == other.id ? o->e : &other;

		if (e->state != ESCALATION_ASSIGNED)
			continue;
		if (r->from > d->now) {
			store_timer_set(d->store, e->id, "leaving", r->from, e->generation);
			continue;
		}
		if (!hand_on(d, e, o->engineer, o->journal))
			continue;
		passed = arena_printf(d->arena, "%s%s%s", passed != NULL ? passed : "", passed != NULL ? ", " : "",
		    say_case(d->arena, e->id));
	}
	return passed;
}

/* The absence of his that mails have told of and that is on; NULL. */
static const struct absence *
told_of(struct desk *d, const struct engineer *x)
{
	struct absence *rows;
	size_t n = store_absences(d->store, d->arena, d->now, &rows);

	for (size_t i = 0; i < n; i++)
		if (rows[i].from <= d->now && text_equal_nocase(rows[i].engineer, x->name))
			return &rows[i];
	return NULL;
}

const char *
desk_counts_as_away(struct desk *d, const struct engineer *x)
{
	const struct absence *told = told_of(d, x);

	if (told == NULL || text_starts_nocase(told->reason, AWAY_SAID))
		return NULL;
	return arena_printf(d->arena, "you count as away until %s (%s): if you are back, write /away none",
	    say_when(d->arena, told->to, x->zone), text_printable(d->arena, told->reason, 100));
}

/* In the transcript of his mail, or to the operator. */
static const char *
he_is(const struct ordering *o)
{
	return o->it != NULL ? "you are" : arena_printf(o->d->arena, "%s is", o->engineer->full_name);
}

/* Whether he is away now, until when, and who says so. */
static const char *
known(struct ordering *o)
{
	struct desk *d = o->d;
	const struct engineer *x = o->engineer;
	struct absences extra = desk_absences(d);
	const struct absence *told = told_of(d, x);
	int64_t until;

	if (!engineer_away(d->settings, &extra, x, d->now, &until))
		return arena_printf(d->arena, "/away: %s not away; to be, write when, such as /away 2026-12-20 to 2026-12-28 or "
		    "/away until Monday", he_is(o));
	if (until == INT64_MAX)
		return arena_printf(d->arena, "/away: %s away for good", he_is(o));
	if (told != NULL)
		return arena_printf(d->arena, "/away: %s away until %s (%s); /away none ends that", he_is(o),
		    say_when(d->arena, until, x->zone), text_printable(d->arena, told->reason, 100));
	return arena_printf(d->arena, "/away: %s away until %s by the roster, which the operator changes", he_is(o),
	    say_when(d->arena, until, x->zone));
}

/* What mails have said counts no more; the roster does. */
static const char *
back(struct ordering *o, bool lifted)
{
	struct desk *d = o->d;
	const char *said = lifted ? "" : ", as far as mails have said";
	int64_t until;

	if (!engineer_away(d->settings, NULL, o->engineer, d->now, &until))
		return arena_printf(d->arena, "/away: %s not away%s%s", he_is(o), lifted ? " any more" : "", said);
	return arena_printf(d->arena, "/away: by the roster %s away %s%s; what mails have said counts no more", he_is(o),
	    until == INT64_MAX ? "for good" : "until ", until == INT64_MAX ? "" : say_when(d->arena, until, o->engineer->zone));
}

const char *
do_away(struct ordering *o)
{
	struct desk *d = o->d;
	struct away_range r;
	bool lifted;
	const char *passed, *said;

	away_read(d->arena, o->c->text, o->engineer->zone, d->now, &r);
	if (r.asks)
		return known(o);
	lifted = store_absences_lift(d->store, o->engineer->name, d->now, r.none ? NULL : AWAY_SAID);
	if (o->e != NULL)
		store_event_add(d->store, o->e->id, d->now, o->actor, "away", o->c->text, o->journal);
	if (lifted)
		store_look(d->store, true, 0); /* what waits may be for him */
	if (r.none)
		return back(o, lifted);
	store_absence_add(d->store, &(struct absence){ .engineer = o->engineer->name, .from = r.from, .to = r.to,
		.reason = arena_printf(d->arena, AWAY_SAID " %s%s%s", o->c->text, o->it != NULL ? "" : ", says ",
		    o->it != NULL ? "" : o->actor) });
	said = arena_printf(d->arena, "/away: %s away from %s, and back %s", he_is(o),
	    say_when(d->arena, r.from, o->engineer->zone), say_when(d->arena, r.to, o->engineer->zone));
	passed = pass_on(o, &r);
	return arena_printf(d->arena, "%s%s%s%s", said, passed != NULL ? "; passed to the next engineer: " : "",
	    passed != NULL ? passed : "", lifted ? "; what a machine had said counts no more" : "");
}

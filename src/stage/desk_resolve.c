/* desk_resolve.c - /resolve and /reopen: a case is closed, a case is open again, and everybody on it hears so. See desk_orders.h. */
#include <inttypes.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "stage/desk_filing.h"
#include "stage/desk_orders.h"

const char *
may_resolve(const struct ordering *o)
{
	struct escalation other;

	if (strcmp(o->c->outcome, "duplicate") == 0 && ((int64_t)o->c->number == o->e->id || !store_escalation_get(o->d->store, o->d->arena, (int64_t)o->c->number, &other)))
		return arena_printf(o->d->arena, "there is no other case ESC-%" PRIu64, o->c->number);
	if (o->c->team != NULL && settings_team(o->d->settings, o->c->team) == NULL)
		return order_no_team(o);
	if (order_unaccounted(o) != NULL)
		return order_unaccounted(o);
	return order_possible(o, EVENT_RESOLVE) ? NULL : order_means_nothing(o, "resolve");
}

static void
tell_ended(struct ordering *o, const char *template, const struct person *to)
{
	const struct engineer *x = settings_engineer(o->d->settings, o->e->engineer);
	struct telling t = { .template = template, .to = *to, .e = o->e, .about = o->it, .from_name = o->words->from_name,
		.auto_submitted = o->it == NULL ? "auto-generated" : NULL };

	if (text_equal_nocase(to->address, o->address))
		return;
	tell_case(o->d, &t, o->e);
	tell_value(&t, "by", o->by);
	tell_value(&t, "opened", say_when(o->d->arena, o->e->opened, zone_load("UTC")));
	if (o->e->state == ESCALATION_RESOLVED) {
		tell_value(&t, "outcome", o->e->outcome);
		tell_value(&t, "cause", o->e->cause);
		tell_value(&t, "text", o->words->text);
		if (o->it != NULL)
			desk_relay_attachments(o->d, o->it, &t.entities, &t.nentities);
	} else if (x != NULL)
		tell_value(&t, "engineer", x->full_name);
	tell(o->d, &t);
}

/* The requester's side, and the engineer. */
static void
tell_everybody(struct ordering *o, const char *template, const struct engineer *x)
{
	struct party *parties;
	size_t n = store_parties(o->d->store, o->d->arena, o->e->id, &parties);

	for (size_t i = 0; i < n; i++) {
		struct person to = { .name = parties[i].name, .address = parties[i].address };

		if (strcmp(parties[i].role, "requester") == 0 || strcmp(parties[i].role, "follower") == 0)
			tell_ended(o, template, &to);
	}
	if (x != NULL && x != o->engineer) {
		struct person to = { .name = x->full_name, .address = x->emails[0] };

		tell_ended(o, template, &to);
	}
}

void
order_tell_reopened(struct ordering *o)
{
	tell_everybody(o, "reopened", settings_engineer(o->d->settings, o->e->engineer));
}

const char *
order_close_case(struct ordering *o)
{
	const struct engineer *x = settings_engineer(o->d->settings, o->e->engineer);
	bool duplicate = strcmp(o->c->outcome, "duplicate") == 0;
	const char *outcome = duplicate ? arena_printf(o->d->arena, "duplicate of ESC-%" PRIu64, o->c->number) : o->c->outcome;
	const char *cause = o->c->text != NULL ? o->c->text : "";

	o->e->outcome = outcome;
	o->e->cause = cause;
	desk_step(o->d, o->e, EVENT_RESOLVE, o->actor, arena_printf(o->d->arena, "%s: %s", outcome, cause), o->journal, NULL);
	tell_everybody(o, "resolved", x);
	o->words->passed_on = true;
	return arena_printf(o->d->arena, "/resolve: %s is closed (%s)", say_case(o->d->arena, o->e->id), o->e->outcome);
}

const char *
do_resolve(struct ordering *o)
{
	const char *closed = order_close_case(o);

	return arena_printf(o->d->arena, "%s%s", closed, desk_ask_review(o));
}

const char *
may_reopen(const struct ordering *o)
{
	return order_possible(o, EVENT_REOPEN) ? NULL : order_means_nothing(o, "reopen");
}

const char *
do_reopen(struct ordering *o)
{
	struct escalation_facts facts = { .owner_seated = desk_owner_seated(o->d, o->e) };

	if (!facts.owner_seated)
		o->e->engineer = "";
	o->e->outcome = o->e->cause = "";
	desk_step(o->d, o->e, EVENT_REOPEN, o->actor, "opened it again", o->journal, &facts);
	if (o->e->state == ESCALATION_WAITING)
		desk_assign(o->d, o->e, &(struct assigning){ 0 });
	else
		order_tell_reopened(o);
	return arena_printf(o->d->arena, "/reopen: %s is open again%s%s", say_case(o->d->arena, o->e->id),
	    *o->e->engineer != '\0' ? ", with " : " and waits for an engineer", *o->e->engineer != '\0' ? order_with(o) : "");
}

/* desk_lead.c - who leads a customer, on whom a case falls back, and the day on which that changes. See desk.h.
 *
 * Before general availability and for the buffer after it the implementation engineer (IE) leads, then the application engineer (AER).
 * The lead is copied on every case of his customer. A case that the IE led when it was opened stands in a list; when his time is over
 * each open one on it changes hands, and is struck off in the same transaction: whatever the clock does or however often we start, it
 * goes to the AER once, and never back.
 */
#include <string.h>

#include "ground/address.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/zone.h"
#include "stage/desk.h"
#include "stage/desk_commands.h"

#define DAY INT64_C(86400)

/* ---- who leads ----------------------------------------------------------------------------------------- */

static bool
changes(const struct customer *c)
{
	return c->has_ga && c->ie != NULL && c->aer != NULL && !address_equal(c->ie, c->aer);
}

/* The first instant at which the AER leads: whole days of the buffer are days of the calendar, at the hour of the handover. */
static int64_t
change_at(const struct settings *s, const struct customer *c)
{
	struct civil_date d = c->ga;

	civil_from_days(days_from_civil(d.year, d.month, d.day) + c->buffer / DAY, &d.year, &d.month, &d.day);
	return rotation_instant(s, d) + c->buffer % DAY;
}

static const char *
lead_of(const struct desk *d, const struct customer *c)
{
	bool before = c->has_ga && d->now < change_at(d->settings, c);

	if (c->ie == NULL || c->aer == NULL)
		return c->ie != NULL ? c->ie : c->aer;
	return before ? c->ie : c->aer;
}

/* The configuration knows addresses; the case may know the name. */
static struct person
named(struct desk *d, const struct escalation *e, const char *address)
{
	const struct engineer *x = settings_engineer_by_address(d->settings, address);
	struct person who = { .name = x != NULL ? x->full_name : "", .address = address };
	struct party *parties;
	size_t n = store_parties(d->store, d->arena, e->id, &parties);

	for (size_t i = 0; i < n; i++)
		if (address_equal(parties[i].address, address) && *parties[i].name != '\0')
			who.name = parties[i].name;
	return who;
}

/* ---- what he is told ----------------------------------------------------------------------------------- */

static const char *
whose_turn(struct desk *d, const struct escalation *e)
{
	const struct engineer *x = settings_engineer(d->settings, e->engineer);
	const char *name = x != NULL ? x->full_name : e->engineer;

	switch (e->state) {
	case ESCALATION_WAITING:
		return "nobody's yet: it waits for an engineer who is at work";
	case ESCALATION_ASSIGNED:
		return arena_printf(d->arena, "%s's, who has not answered yet", name);
	case ESCALATION_PENDING:
		return arena_printf(d->arena, "%s's: %s waits for an answer", say_name(&e->requester), name);
	case ESCALATION_UPSTREAM:
		return "a team's: it was filed";
	default:
		return arena_printf(d->arena, "%s's", name);
	}
}

static void
begin_telling(struct desk *d, struct telling *t, const struct escalation *e)
{
	const struct engineer *x = settings_engineer(d->settings, e->engineer);

	tell_case(d, t, e);
	tell_value(t, "engineer", x != NULL ? x->full_name : NULL);
	tell_value(t, "turn", whose_turn(d, e));
	tell_value(t, "opened", say_when(d->arena, e->opened, zone_load("UTC")));
	tell_value(t, "history", desk_history(d, e));
}

/* The latest word of the conversation, without its commands. */
static void
last_word(struct desk *d, struct telling *t, const struct escalation *e)
{
	struct event_row *events;
	size_t n = store_events(d->store, d->arena, e->id, &events);
	struct commands commands;
	struct item it;

	for (; n > 0; n--) {
		const struct event_row *w = &events[n - 1];

		if (w->journal == 0 || w->journal == e->journal || (strcmp(w->kind, "word") != 0 && strncmp(w->kind, "answer", 6) != 0))
			continue;
		if (!desk_read(d, w->journal, &it))
			return;
		commands_parse(d->arena, it.message->visible_text != NULL ? it.message->visible_text : "", &commands);
		tell_value(t, "writer", say_name(&it.message->from));
		tell_value(t, "text", commands.rest);
		desk_drop(&it);
		return;
	}
}

/* The whole of it to whom it falls to: what was asked, what became of it, and the mail as it came. previous: who led it, NULL: new. */
static void
tell_lead(struct desk *d, const struct escalation *e, const struct item *opened_by, const struct person *lead, const struct person *previous)
{
	struct telling t = { .template = "lead", .to = *lead, .e = e, .about = opened_by, .auto_submitted = "auto-generated", .attach_original = true };
	struct item mine = { .fd = -1 };
	const struct message *m;

	if (opened_by == NULL && !desk_read(d, e->journal, &mine))
		return;
	t.about = opened_by != NULL ? opened_by : &mine;
	m = t.about->message;
	begin_telling(d, &t, e);
	tell_value(&t, "previous", previous != NULL ? say_name(previous) : NULL);
	if (previous != NULL)
		last_word(d, &t, e);
	if (m->forward != NULL) {
		tell_value(&t, "original_from", say_name(&m->forward->from));
		tell_value(&t, "original_date", m->forward->date);
		tell_value(&t, "original", m->forward->body);
	}
	tell(d, &t);
	desk_drop(&mine);
}

static void
tell_changed(struct desk *d, const struct escalation *e, const struct person *to, const struct person *lead, const struct person *previous)
{
	struct telling t = { .template = "lead-changed", .to = *to, .e = e, .auto_submitted = "auto-generated" };

	tell_case(d, &t, e);
	tell_value(&t, "lead", say_name(lead));
	tell_value(&t, "previous", say_name(previous));
	tell_value(&t, "turn", whose_turn(d, e));
	tell(d, &t);
}

/* ---- a new case ---------------------------------------------------------------------------------------- */

void
desk_lead_opened(struct desk *d, const struct escalation *e, const struct item *it)
{
	const struct customer *c = settings_customer(d->settings, e->customer);
	const char *lead = c != NULL ? lead_of(d, c) : NULL;
	struct person who;

	if (lead == NULL)
		return;
	if (changes(c) && address_equal(lead, c->ie))
		store_led_add(d->store, e->id, c->name);
	if (store_party_role(d->store, d->arena, e->id, lead) != NULL)
		return; /* he brought it, or was written to: it reaches him as it is */
	who = named(d, e, lead);
	store_party_add(d->store, e->id, "follower", who.address, who.name);
	tell_lead(d, e, it, &who, NULL);
}

/* ---- the day of the change ----------------------------------------------------------------------------- */

static void
change_hands(struct desk *d, struct escalation *e, const struct customer *c)
{
	struct person lead = named(d, e, c->aer), previous = named(d, e, c->ie), asked = e->requester;
	const struct engineer *x = settings_engineer(d->settings, e->engineer);

	store_led_drop(d->store, e->id);
	if (address_equal(e->requester.address, previous.address)) {
		e->requester = lead;
		store_party_set(d->store, e->id, "requester", lead.address, lead.name);
		store_party_set(d->store, e->id, "follower", previous.address, previous.name);
	} else
		store_party_add(d->store, e->id, "follower", lead.address, lead.name);
	e->changed = d->now;
	store_escalation_save(d->store, e);
	store_event_add(d->store, e->id, d->now, "relay", "lead", arena_printf(d->arena, "%s leads %s, until now %s did", lead.address, c->name, previous.address), 0);
	log_info("ESC-%lld: %s leads it now, until now %s did", (long long)e->id, lead.address, previous.address);
	desk_alive(d, e);
	tell_lead(d, e, NULL, &lead, &previous);
	tell_changed(d, e, &previous, &lead, &previous);
	if (!address_equal(asked.address, previous.address) && !address_equal(asked.address, lead.address))
		tell_changed(d, e, &asked, &lead, &previous);
	if (x != NULL)
		tell_changed(d, e, &(struct person){ .name = x->full_name, .address = x->emails[0] }, &lead, &previous);
}

static bool
is_time(const struct desk *d, const struct customer *c)
{
	return c != NULL && changes(c) && d->now >= change_at(d->settings, c);
}

int64_t
desk_lead_next(struct desk *d)
{
	int64_t id = 0;

	for (size_t i = 0; i < d->settings->ncustomers && id == 0; i++)
		if (is_time(d, &d->settings->customers[i]))
			id = store_led_next(d->store, d->settings->customers[i].name);
	return id;
}

void
desk_lead_change(struct desk *d, int64_t escalation)
{
	struct escalation e;

	if (store_escalation_get(d->store, d->arena, escalation, &e))
		desk_lead_reopened(d, &e);
	else
		store_led_drop(d->store, escalation);
}

void
desk_lead_reopened(struct desk *d, struct escalation *e)
{
	const struct customer *c = settings_customer(d->settings, e->customer);

	if (is_time(d, c) && store_led(d->store, e->id))
		change_hands(d, e, c);
}

int64_t
desk_lead_due(const struct desk *d)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < d->settings->ncustomers; i++) {
		const struct customer *c = &d->settings->customers[i];
		int64_t at = changes(c) ? change_at(d->settings, c) : INT64_MAX;

		due = at > d->now && at < due ? at : due;
	}
	return due;
}

/* ---- who is not there ---------------------------------------------------------------------------------- */

/* Told of it today? Once a day is enough. */
static bool
told_today(struct desk *d, const struct escalation *e, const char *address)
{
	struct event_row *events;
	size_t n = store_events(d->store, d->arena, e->id, &events);

	for (; n > 0 && events[n - 1].at > d->now - DAY; n--)
		if (strcmp(events[n - 1].kind, "unreached") == 0 && address_equal(events[n - 1].actor, address))
			return true;
	return false;
}

/* On whom a case falls back while its requester is not there: the lead, his stand-in, or the fallback. */
static const char *
stand_in(struct desk *d, const struct escalation *e)
{
	const struct customer *c = settings_customer(d->settings, e->customer);
	const char *by[] = { c != NULL ? lead_of(d, c) : NULL, c != NULL ? c->aer : NULL, c != NULL ? c->ie : NULL, d->settings->fallback,
		d->settings->operator_address };
	size_t i = 0;

	while (i + 1 < COUNT(by) && (by[i] == NULL || address_equal(by[i], e->requester.address)))
		i++;
	return by[i];
}

void
desk_unreached(struct desk *d, const struct escalation *e, const char *address, const char *reason)
{
	const struct engineer *x = settings_engineer(d->settings, e->engineer);
	const struct team *team = settings_team_by_address(d->settings, address);
	bool requester = address_equal(address, e->requester.address);
	struct telling t = { .template = "unreached", .e = e, .auto_submitted = "auto-generated" };

	if (e->state == ESCALATION_RESOLVED || (!requester && team == NULL) || told_today(d, e, address))
		return;
	store_event_add(d->store, e->id, d->now, address, "unreached", reason, 0);
	if (team != NULL && x != NULL)
		t.to = (struct person){ .name = x->full_name, .address = x->emails[0] };
	else if (team != NULL)
		t.to = (struct person){ .name = "", .address = d->settings->fallback };
	else {
		t.to = named(d, e, stand_in(d, e));
		store_party_add(d->store, e->id, address_equal(t.to.address, d->settings->fallback) ? "lead" : "follower", t.to.address, t.to.name);
	}
	begin_telling(d, &t, e);
	tell_value(&t, "recipient", team != NULL ? team->full_name : say_name(&e->requester));
	tell_value(&t, "reason", reason);
	tell(d, &t);
}

void
desk_out_of_office(struct desk *d, const struct escalation *e, const struct message *m)
{
	desk_unreached(d, e, m->from.address, m->has_until ? arena_printf(d->arena, "out of office until %04d-%02d-%02d", m->until.year,
	    m->until.month, m->until.day) : "out of office");
}

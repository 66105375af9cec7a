/* desk_alive.c - no case falls asleep: who must write next is reminded, and an alarm is raised where that does not help. See desk.h.
 *
 *   owned      his next word is due ("update") -> he is reminded -> nothing still ("alarm") -> requester and lead are told -> anew
 *   assigned   the same, once everybody was asked and nobody answered
 *   pending    the requester is reminded ("nudge"), twice; then the owner is told, less and less often, for only a person closes a
 *              case; or it is closed ("close") where its severity says so
 *
 * All by the hours of whom it concerns: an engineer's own; for a requester those of the house. Timers end with the state they are
 * of (desk_step clears them), so a word in time is all that is needed.
 */
#include <string.h>

#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "stage/desk_orders.h"

#define REMINDERS   2  /* to a silent requester; then his engineer hears of it */
#define SLOWER_MOST 16 /* times the first wait, at most */

/* ---- whose hours --------------------------------------------------------------------------------------- */

/* So much of his working time from then on; by the plain clock where the severity disturbs him and he agreed to that. */
static int64_t
his_time(struct desk *d, const struct escalation *e, const struct engineer *x, int64_t from, int64_t span)
{
	struct absences absences = desk_absences(d);

	if (d->settings->severities[e->severity].offhours && x->offhours &&
	    !engineer_away(d->settings, &absences, x, from + span, NULL))
		return from + span;
	return engineer_after_work(d->settings, &absences, x, from, span);
}

/* Then, or when he is at work next. */
static int64_t
his_hour(struct desk *d, const struct escalation *e, const struct engineer *x, int64_t t)
{
	return his_time(d, e, x, t, 1) - 1;
}

static int64_t
requesters_time(struct desk *d, const struct escalation *e, int64_t from, int64_t span)
{
	const struct engineer *x = settings_engineer_by_address(d->settings, e->requester.address);

	return x != NULL ? his_time(d, e, x, from, span) : office_after(d->settings, from, span);
}

/* ---- promises ------------------------------------------------------------------------------------------ */

void
desk_alive(struct desk *d, const struct escalation *e)
{
	const struct severity *s = &d->settings->severities[e->severity];
	const struct engineer *x = settings_engineer(d->settings, e->engineer);
	int64_t quiet = store_timer_at(d->store, e->id, "snooze"), due;

	if (e->state == ESCALATION_OWNED && x != NULL) {
		due = quiet > d->now ? quiet : his_time(d, e, x, d->now, s->update);
		store_timer_set(d->store, e->id, "update", due, e->generation);
		/* His own hours leave his absences out, and the case would wait for his return in silence. */
		store_timer_set(d->store, e->id, "absent", office_after(d->settings, quiet > d->now ? quiet : d->now, s->update), e->generation);
		store_timer_clear(d->store, e->id, "alarm");
	} else if (e->state == ESCALATION_PENDING) {
		due = requesters_time(d, e, d->now, s->nudge);
		store_timer_set(d->store, e->id, "nudge", quiet > due ? quiet : due, e->generation);
		if (s->close > 0) {
			due = requesters_time(d, e, d->now, s->close);
			store_timer_set(d->store, e->id, "close", quiet > due ? quiet : due, e->generation);
		}
	}
}

void
desk_alive_anew(struct desk *d, const struct escalation *e)
{
	store_timer_clear(d->store, e->id, "snooze");
	desk_alive(d, e);
}

void
desk_alive_stuck(struct desk *d, const struct escalation *e)
{
	const struct engineer *x = settings_engineer(d->settings, e->engineer);

	if (x != NULL)
		store_timer_set(d->store, e->id, "update", his_time(d, e, x, d->now, d->settings->severities[e->severity].ack), e->generation);
}

/* Seen to: a clock that is set back later knows it by this. */
static void
noted(struct desk *d, struct escalation *e, const char *kind, const char *detail)
{
	e->changed = d->now;
	store_escalation_save(d->store, e);
	store_event_add(d->store, e->id, d->now, "relay", kind, detail, 0);
}

/* ---- the engineer is silent ---------------------------------------------------------------------------- */

static void
begin_telling(struct desk *d, struct telling *t, const struct escalation *e)
{
	const struct engineer *x = settings_engineer(d->settings, e->engineer);

	tell_case(d, t, e);
	tell_value(t, "engineer", x != NULL ? x->full_name : e->engineer);
	tell_value(t, "opened", say_when(d->arena, e->opened, zone_load("UTC")));
}

static void
remind_engineer(struct desk *d, struct escalation *e, const struct engineer *x)
{
	struct telling t = { .template = "update-due", .to = { .name = x->full_name, .address = x->emails[0] }, .e = e,
		.auto_submitted = "auto-generated" };
	int64_t alarm = his_time(d, e, x, d->now, d->settings->severities[e->severity].ack);

	if (his_hour(d, e, x, d->now) > d->now) { /* the relay was away, or so is he now */
		store_timer_set(d->store, e->id, "update", his_hour(d, e, x, d->now), e->generation);
		return;
	}
	begin_telling(d, &t, e);
	tell_value(&t, "since", say_when(d->arena, desk_last_word(d, e), x->zone));
	tell_value(&t, "answer_by", say_when(d->arena, alarm, x->zone));
	tell_value(&t, "lead", d->settings->fallback);
	tell(d, &t);
	store_timer_set(d->store, e->id, "alarm", alarm, e->generation);
	noted(d, e, "overdue", arena_printf(d->arena, "%s was reminded: his next word is due", x->name));
	desk_hook(d, "overdue", e, arena_printf(d->arena, "%s is overdue", say_case(d->arena, e->id)),
	    arena_printf(d->arena, "a word of %s is due", x->full_name));
}

static void
tell_alarm(struct desk *d, const struct escalation *e, const struct person *to, const char *reason, bool lead)
{
	struct telling t = { .template = "alarm", .to = *to, .e = e, .auto_submitted = "auto-generated" };

	begin_telling(d, &t, e);
	tell_value(&t, "reason", reason);
	tell_value(&t, "since", say_when(d->arena, desk_last_word(d, e), zone_load("UTC")));
	tell_value(&t, "history", desk_history(d, e));
	tell_value(&t, "lead", lead ? NULL : d->settings->fallback);
	tell(d, &t);
}

void
desk_tell_stuck(struct desk *d, const struct escalation *e, const char *reason)
{
	tell_alarm(d, e, &e->requester, reason, false);
}

static void
raise_alarm(struct desk *d, struct escalation *e, const char *reason)
{
	struct person lead = { .name = "", .address = d->settings->fallback };

	tell_alarm(d, e, &e->requester, reason, false);
	if (!text_equal_nocase(lead.address, e->requester.address)) {
		store_party_add(d->store, e->id, "lead", lead.address, lead.name);
		tell_alarm(d, e, &lead, reason, true);
	}
	noted(d, e, "alarm", reason);
	desk_hook(d, "alarm", e, arena_printf(d->arena, "%s stands still", say_case(d->arena, e->id)), reason);
}

static void
still_silent(struct desk *d, struct escalation *e, const struct engineer *x)
{
	raise_alarm(d, e, arena_printf(d->arena, "%s was reminded, and has not written", x->full_name));
	store_timer_set(d->store, e->id, "update", his_time(d, e, x, d->now, d->settings->severities[e->severity].update), e->generation);
}

/* He would be reminded when he is back; until then nobody would say anything. */
static void
look_for_absence(struct desk *d, struct escalation *e, const struct engineer *x)
{
	struct absences absences = desk_absences(d);
	int64_t until;

	if (engineer_away(d->settings, &absences, x, d->now, &until))
		raise_alarm(d, e, until == INT64_MAX ? arena_printf(d->arena, "%s has left", x->full_name) :
		    arena_printf(d->arena, "%s is away until %s", x->full_name, say_when(d->arena, until, zone_load("UTC"))));
}

/* ---- the requester is silent --------------------------------------------------------------------------- */

/* Reminders since the engineer last wrote. */
static unsigned
reminders(struct desk *d, const struct escalation *e)
{
	struct event_row *events;
	size_t n = store_events(d->store, d->arena, e->id, &events);
	unsigned count = 0;

	for (; n > 0 && strcmp(events[n - 1].kind, escalation_event_word(EVENT_ANSWER)) != 0; n--)
		count += strcmp(events[n - 1].kind, "nudged") == 0;
	return count;
}

static void
remind_requester(struct desk *d, struct escalation *e, const struct severity *s, unsigned before)
{
	const struct engineer *x = settings_engineer(d->settings, e->engineer);
	bool owner = before >= REMINDERS;
	struct telling t = { .template = owner ? "unanswered" : "nudge", .to = e->requester, .e = e, .auto_submitted = "auto-generated" };
	int64_t wait = s->nudge, closes = store_timer_at(d->store, e->id, "close");

	if (owner && x != NULL && his_hour(d, e, x, d->now) > d->now) {
		store_timer_set(d->store, e->id, "nudge", his_hour(d, e, x, d->now), e->generation);
		return;
	}
	if (owner && x != NULL)
		t.to = (struct person){ .name = x->full_name, .address = x->emails[0] };
	else if (owner)
		t.to = (struct person){ .name = "", .address = d->settings->fallback };
	begin_telling(d, &t, e);
	tell_value(&t, "since", say_when(d->arena, desk_last_word(d, e), owner && x != NULL ? x->zone : zone_load("UTC")));
	if (closes > 0)
		tell_value(&t, "if_not", arena_printf(d->arena, "it is closed %s, and a reply opens it again", say_when(d->arena, closes, zone_load("UTC"))));
	tell(d, &t);
	for (unsigned i = REMINDERS; i <= before && wait < s->nudge * SLOWER_MOST; i++)
		wait *= 2;
	store_timer_set(d->store, e->id, "nudge", requesters_time(d, e, d->now, wait), e->generation);
	noted(d, e, "nudged", owner ? "the engineer was told that the requester is silent" : "the requester was reminded");
}

/* As configured: his severity does not wait for ever. */
static void
close_silent(struct desk *d, struct escalation *e)
{
	struct command c = { .word = COMMAND_RESOLVE, .name = "resolve", .outcome = "answered", .text = "nothing more was heard from the requester" };
	struct relay_words words = { .writer = d->settings->name, .text = "" };
	struct ordering o = { .d = d, .e = e, .c = &c, .words = &words, .actor = "relay", .by = d->settings->name, .address = "" };

	if (may_resolve(&o) == NULL)
		do_resolve(&o);
}

/* ---- timers -------------------------------------------------------------------------------------------- */

void
desk_alive_timer(struct desk *d, struct escalation *e, const char *kind)
{
	const struct engineer *x = settings_engineer(d->settings, e->engineer);
	bool his = (e->state == ESCALATION_OWNED || e->state == ESCALATION_ASSIGNED) && x != NULL;

	if (his && strcmp(kind, "update") == 0)
		remind_engineer(d, e, x);
	else if (his && strcmp(kind, "alarm") == 0)
		still_silent(d, e, x);
	else if (his && strcmp(kind, "absent") == 0)
		look_for_absence(d, e, x);
	else if (e->state == ESCALATION_PENDING && strcmp(kind, "nudge") == 0)
		remind_requester(d, e, &d->settings->severities[e->severity], reminders(d, e));
	else if (e->state == ESCALATION_PENDING && strcmp(kind, "close") == 0)
		close_silent(d, e);
}

/* ---- /snooze ------------------------------------------------------------------------------------------- */

const char *
may_snooze(const struct ordering *o)
{
	if (o->engineer == NULL || !text_equal_nocase(o->engineer->name, o->e->engineer))
		return arena_printf(o->d->arena, "%s is %s; /take makes it yours", say_case(o->d->arena, o->e->id),
		    *o->e->engineer != '\0' ? arena_printf(o->d->arena, "with %s", o->e->engineer) : "with nobody yet");
	return o->e->state == ESCALATION_ASSIGNED || o->e->state == ESCALATION_OWNED || o->e->state == ESCALATION_PENDING ?
	    NULL : order_means_nothing(o, "snooze");
}

static void
tell_snoozed(struct ordering *o, int64_t until)
{
	struct telling t = { .template = "snoozed", .to = o->e->requester, .e = o->e, .about = o->it, .auto_submitted = "auto-generated" };

	begin_telling(o->d, &t, o->e);
	tell_value(&t, "answer_by", say_when(o->d->arena, until, o->engineer->zone));
	tell(o->d, &t);
}

const char *
do_snooze(struct ordering *o)
{
	struct desk *d = o->d;
	bool hers = o->e->state == ESCALATION_PENDING;
	int64_t until = d->now + o->c->span;
	const char *when;

	if (o->e->state == ESCALATION_ASSIGNED) /* who says when he goes on has it */
		desk_step(d, o->e, EVENT_ACK, o->actor, "leads it", o->journal, NULL);
	until = hers ? requesters_time(d, o->e, until, 1) - 1 : his_hour(d, o->e, o->engineer, until);
	when = say_when(d->arena, until, o->engineer->zone);
	store_timer_set(d->store, o->e->id, "snooze", until, o->e->generation);
	desk_alive(d, o->e);
	o->e->changed = d->now;
	store_escalation_save(d->store, o->e);
	store_event_add(d->store, o->e->id, d->now, o->actor, "snooze", arena_printf(d->arena, "until %s", say_when(d->arena, until, zone_load("UTC"))), o->journal);
	if (hers)
		return arena_printf(d->arena, "/snooze: %s is not reminded before %s", say_name(&o->e->requester), when);
	o->words->acked = true; /* what he writes beside it is no question: the turn stays his */
	tell_snoozed(o, until);
	return arena_printf(d->arena, "/snooze: no reminder before %s; %s was told to hear from you then", when, say_name(&o->e->requester));
}

/* ---- /sev: what is promised is another ---------------------------------------------------------------- */

const char *
may_sev(const struct ordering *o)
{
	const char *known = "";

	for (unsigned n = 0; n < COUNT(o->d->settings->has_severity); n++)
		if (o->d->settings->has_severity[n])
			known = arena_printf(o->d->arena, "%s %u", known, n);
	return o->d->settings->has_severity[o->c->severity] ? NULL :
	    arena_printf(o->d->arena, "there is no severity %u here; there are%s", o->c->severity, known);
}

const char *
do_sev(struct ordering *o)
{
	unsigned before = o->e->severity;

	if (before == o->c->severity)
		return arena_printf(o->d->arena, "/sev: %s has severity %u already", say_case(o->d->arena, o->e->id), before);
	o->e->severity = o->c->severity;
	o->e->changed = o->d->now;
	store_escalation_save(o->d->store, o->e);
	store_event_add(o->d->store, o->e->id, o->d->now, o->actor, "severity", arena_printf(o->d->arena, "from %u to %u", before, o->e->severity), o->journal);
	desk_promise(o->d, o->e);
	return arena_printf(o->d->arena, "/sev: %s has severity %u now, it was %u", say_case(o->d->arena, o->e->id), o->e->severity, before);
}

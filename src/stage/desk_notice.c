/* desk_notice.c - a rotation begins, runs out, or has an open seat; what engineers answer to it. See desk_duty.h. */
#include <stdlib.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/token.h"
#include "ground/zone.h"
#include "judge/calendar.h"
#include "stage/desk_commands.h"
#include "stage/desk_duty.h"

#define DAY  86400
#define WEEK (7 * DAY)
#define A_WORD 40 /* bytes: "Thanks, I have it." */
#define CALENDAR_MAX ((size_t)4 << 20) /* bytes: of one engineer and one rotation, far more than there can be */

static const char *
in_utc(struct desk *d, int64_t t)
{
	return say_when(d->arena, t, zone_load("UTC"));
}

static struct telling
to_operator(struct desk *d, const char *template, const char *subject)
{
	struct telling t = { .template = template, .to = { .name = "", .address = d->settings->operator_address },
		.auto_submitted = "auto-generated", .no_token = true,
		.subject = arena_printf(d->arena, "[%s] %s", d->settings->name, subject) };

	tell_value(&t, "relay", d->settings->name);
	return t;
}

/* ---- to the operator: the plan has a hole -------------------------------------------------------------- */

static void
tell_gap(struct desk *d, const struct duty *duty)
{
	const char *pool = duty->rotation->pool, *runs = duty->at > d->now ? "runs" : "ran";
	struct telling t = to_operator(
	    d, "rotation-gap", arena_printf(d->arena, "Rotation %s %s out %s", pool, runs, in_utc(d, duty->at)));

	tell_value(&t, "reason", arena_printf(d->arena, "The rotation of %s %s out %s", pool, runs, in_utc(d, duty->at)));
	tell_value(&t, "pool", pool);
	tell_value(&t, "when", in_utc(d, duty->at));
	tell_value(&t, "until", duty->until != INT64_MAX ? in_utc(d, duty->until) : NULL);
	tell_value(&t, "lead", d->settings->fallback);
	tell(d, &t);
}

static const char *
seat_lines(struct desk *d, const struct rotation *r, int64_t at, size_t *named)
{
	struct seated *seats;
	size_t n = rotation_seats(d->settings, d->arena, r, at, &seats);
	const char *lines = "";

	*named = 0;
	for (size_t i = 0; i < n; i++) {
		*named += seats[i].engineer != NULL;
		lines = arena_printf(d->arena, "%s%s%s", lines, i > 0 ? "\n" : "",
		    seats[i].engineer != NULL ? seats[i].engineer->full_name : "TBD");
	}
	return lines;
}

static void
tell_seats(struct desk *d, const struct duty *duty)
{
	const struct rotation *r = duty->rotation;
	struct telling t = to_operator(d, "rotation-seats",
	    arena_printf(d->arena, "Rotation %s of %s has an open seat", r->pool, in_utc(d, duty->at)));
	size_t named, wanted = d->settings->seats_wanted > r->nseats ? d->settings->seats_wanted : r->nseats;
	const char *lines = seat_lines(d, r, duty->at, &named);

	tell_value(&t, "pool", r->pool);
	tell_value(&t, "when", in_utc(d, duty->at));
	tell_value(&t, "reason",
	    arena_printf(d->arena, "%zu of %zu seats %s a name", named, wanted, named == 1 ? "has" : "have"));
	tell_value(&t, "seats", lines);
	tell(d, &t);
}

/* ---- to the engineer who comes ------------------------------------------------------------------------- */

static const char *
heard_mark(struct arena *a, const struct engineer *x)
{
	char *name = arena_printf(a, "heard %s", x->name);

	text_lower_ascii(name);
	return name;
}

void
desk_heard(struct desk *d, const struct engineer *x)
{
	store_mark_set(d->store, heard_mark(d->arena, x), d->now);
}

/* When he was asked for a sign: by the first notice, or never. */
static int64_t
asked_at(struct desk *d, const struct duty *duty)
{
	return store_mark(d->store, arena_printf(d->arena, "%s-week%s", duty->stands_for != NULL ? "stand-in" : "notice",
	    duty->name + strcspn(duty->name, " ")));
}

/* A proven mail of his since the first notice, or in the last week where there was none. */
static bool
confirmed(struct desk *d, const struct duty *duty)
{
	int64_t asked = asked_at(d, duty);

	return store_mark(d->store, heard_mark(d->arena, duty->engineer)) >= (asked != 0 ? asked : duty->at - WEEK);
}

static const char *
companions(struct desk *d, const struct duty *duty)
{
	struct seated *seats;
	size_t n = rotation_seats(d->settings, d->arena, duty->rotation, duty->at, &seats);
	const char *names = NULL;

	for (size_t i = 0; i < n; i++)
		if (seats[i].engineer != NULL && seats[i].engineer != duty->engineer)
			names = arena_printf(d->arena, "%s%s%s", names != NULL ? names : "", names != NULL ? ", " : "",
			    seats[i].engineer->full_name);
	return names;
}

/* His hours of that time, for his own calendar. */
static void
attach_calendar(struct desk *d, const struct duty *duty, const struct absences *extra, struct telling *t)
{
	struct calendar_ask ask = { .pool = duty->rotation->pool, .engineer = duty->engineer, .from = duty->at,
		.to = duty->until, .now = d->now, .absences = extra };
	struct buf *entity = arena_alloc(d->arena, sizeof(*entity));
	AUTO_BUF struct buf calendar;

	buf_init(&calendar, CALENDAR_MAX);
	buf_init(entity, 2 * CALENDAR_MAX);
	if (calendar_write(d->settings, &ask, &calendar) > 0 && !calendar.over)
		message_entity("text/calendar; charset=utf-8; method=PUBLISH", "rotation.ics", &calendar, entity);
	if (entity->cap > 0)
		arena_defer(d->arena, free, entity->data);
	if (entity->len == 0 || entity->over)
		return;
	t->entities = entity;
	t->nentities = 1;
	tell_value(t, "attachments", "rotation.ics");
}

static void
tell_engineer(struct desk *d, const struct duty *duty)
{
	const struct engineer *x = duty->engineer;
	const struct engineer *whom = duty->stands_for;
	const struct rotation *r = duty->rotation;
	const char *when = say_when(d->arena, duty->at, x->zone);
	struct telling t = { .template = whom != NULL ? "stand-in-notice" : "rotation-notice",
		.to = { .name = x->full_name, .address = x->emails[0] },
		.auto_submitted = "auto-generated",
		.subject = whom == NULL ? arena_printf(d->arena, "[%s] Your rotation begins %s", d->settings->name, when) :
		    arena_printf(d->arena, "[%s] You stand in for %s from %s", d->settings->name, whom->full_name, when) };
	struct absences extra = desk_absences(d);
	int64_t from, until;

	t.reply_to = desk_person_address(d, TOKEN_NOTICE, duty_number(handover_date(d->settings, duty->at)), x->emails[0]);
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "engineer", x->full_name);
	tell_value(&t, "stands_for", whom != NULL ? whom->full_name : NULL);
	tell_value(&t, "pool", r->pool);
	tell_value(&t, "when", when);
	tell_value(&t, "until", say_when(d->arena, duty->until, x->zone));
	if (engineer_next_shift(d->settings, &extra, r->pool, x, duty->at, &from, &until) && from < duty->until)
		tell_value(&t, "starts", say_when(d->arena, from, x->zone));
	tell_value(&t, "seats", companions(d, duty));
	tell_value(&t, "confirmed", confirmed(d, duty) ? "yes" : NULL);
	attach_calendar(d, duty, &extra, &t);
	tell(d, &t);
}

static void
tell_unconfirmed(struct desk *d, const struct duty *duty)
{
	const struct engineer *x = duty->engineer;
	struct telling t = to_operator(d, "rotation-unconfirmed",
	    arena_printf(d->arena, "%s has not answered: %s %s begins %s", x->full_name,
		duty->stands_for != NULL ? "a stand-in of" : "rotation", duty->rotation->pool, in_utc(d, duty->at)));
	int64_t asked = asked_at(d, duty);

	tell_value(&t, "engineer", x->full_name);
	tell_value(&t, "stands_for", duty->stands_for != NULL ? duty->stands_for->full_name : NULL);
	tell_value(&t, "address", x->emails[0]);
	tell_value(&t, "pool", duty->rotation->pool);
	tell_value(&t, "when", in_utc(d, duty->at));
	tell_value(&t, "received", asked != 0 ? in_utc(d, asked) : NULL);
	tell(d, &t);
}

static void
tell_manager(struct desk *d, const struct duty *duty)
{
	const struct engineer *x = duty->engineer;
	struct telling t = { .template = "service-begins", .auto_submitted = "auto-generated", .no_token = true };

	if (x->manager == NULL || duty->stands_for != NULL) /* some days in another's place change nothing at home */
		return;
	t.to = (struct person){ .name = "", .address = x->manager };
	t.subject = arena_printf(d->arena, "[%s] %s serves as escalation engineer from %s", d->settings->name,
	    x->full_name, in_utc(d, duty->at));
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "engineer", x->full_name);
	tell_value(&t, "pool", duty->rotation->pool);
	tell_value(&t, "when", in_utc(d, duty->at));
	tell_value(&t, "until", in_utc(d, duty->until));
	tell_value(&t, "home_team", x->home_team);
	tell(d, &t);
}

void
desk_notice(struct desk *d, const struct duty *duty)
{
	switch (duty->kind) {
	case DUTY_GAP:
		tell_gap(d, duty);
		break;
	case DUTY_SEATS:
		tell_seats(d, duty);
		break;
	case DUTY_NOTICE_WEEK:
		tell_engineer(d, duty);
		tell_manager(d, duty);
		break;
	case DUTY_NOTICE_DAY:
		if (!confirmed(d, duty))
			tell_unconfirmed(d, duty);
		tell_engineer(d, duty);
		if (asked_at(d, duty) == 0) /* the seat is his since less than a week */
			tell_manager(d, duty);
		break;
	case DUTY_HANDOVER:
		break;
	}
}

/* ---- what he answers ----------------------------------------------------------------------------------- */

/* The answer to an engineer's mail about no case: it comes from where he wrote to, and what he says next goes there again. */
void
desk_notice_transcript(struct desk *d, const struct item *it, struct telling *t)
{
	t->subject = arena_printf(d->arena, "Re: %s", thread_subject(d->arena, it->message->subject));
	t->reply_to = desk_person_answer(d, it);
}

/* To a mail about no case, without a command: a word is enough, and of more he learns that nobody reads it. */
const char *
desk_notice_heard(struct desk *d, const struct commands *c)
{
	static const char said[] = "mail reaches you, and the relay knows it now";

	if (strlen(c->rest) <= A_WORD)
		return said;
	return arena_printf(d->arena, "%s\nnobody reads what else you wrote: if it matters, write to %s", said,
	    d->settings->operator_address);
}

void
desk_notice_answered(struct desk *d, struct item *it, uint32_t day)
{
	struct relay_words words = { .writer = it->engineer->full_name, .text = "" };
	struct commands commands;

	(void)day;
	desk_heard(d, it->engineer);
	commands_parse(d->arena, it->message->visible_text != NULL ? it->message->visible_text : "", &commands);
	desk_obey(d, it, NULL, &commands, &words);
	item_ends(d, it, commands.n > 0 ? "commanded" : "noted", 0, "an answer to the notice of a rotation: mail reaches him");
}

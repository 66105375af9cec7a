/* desk_assign.c - an engineer is chosen, and everybody whom it concerns is told. See desk.h. */
#include <stdlib.h>
#include <string.h>

#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/command.h"
#include "stage/desk_filing.h"
#include "stage/desk_same.h"

#define LOOK_AGAIN 3600 /* seconds: when nobody can say who starts next */

/* ---- choosing ------------------------------------------------------------------------------------------ */

struct loads { struct load *v; size_t n; }; /* the account of each engineer in one pool */

static void
gather_loads(struct desk *d, const char *pool, struct load **loads, size_t *n)
{
	int64_t since = 0;

	*loads = NULL;
	*n = 0;
	rotation_at(d->settings, pool, d->now, &since, NULL);
	for (size_t i = 0; i < d->settings->nengineers; i++) {
		struct load *l = arena_push(d->arena, loads, n, sizeof(*l));

		l->engineer = d->settings->engineers[i]->name;
		l->open = store_open_count(d->store, l->engineer);
		l->turns = store_turn_count(d->store, pool, l->engineer, since);
	}
	credits_read(store_credits(d->store, d->arena, pool), since, *loads, *n);
}

struct absences
desk_absences(struct desk *d)
{
	struct absence *rows;
	size_t n = store_absences(d->store, d->arena, d->now, &rows);
	struct away_span *spans = arena_array(d->arena, n, sizeof(*spans));

	for (size_t i = 0; i < n; i++)
		spans[i] = (struct away_span){ .engineer = rows[i].engineer, .from = rows[i].from, .to = rows[i].to };
	return (struct absences){ .v = spans, .n = n };
}

/* Who would be chosen now, and by which accounts. again: everybody may be asked once more, but not_him (or NULL). */
static void
choose(struct desk *d, const struct escalation *e, bool again, const char *not_him, struct choice *out, struct loads *loads)
{
	struct turn *turns;
	size_t nturns = store_turns(d->store, d->arena, e->id, &turns);
	const char **offered = arena_array(d->arena, nturns + 1, sizeof(*offered));
	struct choice_ask ask = { .pool = e->pool, .skill = *e->skill != '\0' ? e->skill : NULL, .severity = e->severity, .now = d->now,
		.offhours = d->settings->severities[e->severity].offhours, .absences = desk_absences(d), .offered = offered };

	for (size_t i = 0; i < nturns && !again; i++)
		offered[ask.noffered++] = turns[i].engineer;
	if (not_him != NULL)
		offered[ask.noffered++] = not_him;
	gather_loads(d, e->pool, &loads->v, &loads->n);
	ask.loads = loads->v;
	ask.nloads = loads->n;
	ask.accounts = true;
	store_pointer(d->store, d->arena, e->pool, &ask.pointer.engineer, &ask.pointer.seat);
	assign_choose(d->settings, d->arena, &ask, out);
}

/* Whose turn is next, and who is owed one: in the assignment's own transaction. */
static void
turn_settle(struct desk *d, const struct escalation *e, const struct choice *c, struct loads *loads)
{
	int64_t since = 0;

	rotation_at(d->settings, e->pool, d->now, &since, NULL);
	credits_settle(c, loads->v, loads->n);
	store_credits_set(d->store, e->pool, credits_text(d->arena, since, loads->v, loads->n));
	store_pointer_set(d->store, e->pool, c->engineer->name, c->seat);
}

/* "F2" or "F2, why its reader is warned": what a team wrote about a filing. */
static void
pass_on_team_word(struct desk *d, const struct escalation *e, const struct engineer *to, const struct event_row *event)
{
	const char *p = event->detail + (*event->detail == 'F');
	struct person person = { .name = to->full_name, .address = to->emails[0] };
	int64_t number = 0;
	struct filing f;
	struct item it;

	for (; *p >= '0' && *p <= '9'; p++)
		number = number * 10 + (*p - '0');
	if (event->journal == 0 || !store_filing_of(d->store, d->arena, e->id, number, &f) || !desk_read(d, event->journal, &it))
		return;
	desk_team_word(d, &it, &f, e, &person, strncmp(p, ", ", 2) == 0 ? p + 2 : NULL, false);
	desk_drop(&it);
}

/* The conversation so far goes along to an engineer who comes to it later. */
static void
pass_on_words(struct desk *d, const struct escalation *e, const struct engineer *to)
{
	struct event_row *events;
	size_t n = store_events(d->store, d->arena, e->id, &events);

	for (size_t i = 0; i < n; i++) {
		struct telling t = { .template = "relay", .to = { .name = to->full_name, .address = to->emails[0] }, .e = e };
		struct commands commands;
		struct item it;
		bool labelled = strcmp(events[i].kind, WORD_LABELLED) == 0;

		if (strcmp(events[i].kind, escalation_event_word(EVENT_UPSTREAM_WORD)) == 0) {
			pass_on_team_word(d, e, to, &events[i]);
			continue;
		}
		if (events[i].journal == 0 || events[i].journal == e->journal ||
		    (!labelled && strcmp(events[i].kind, "word") != 0 && strncmp(events[i].kind, "answer", 6) != 0))
			continue;
		if (!desk_read(d, events[i].journal, &it))
			continue;
		if (it.engineer == to) { /* nobody is sent his own words */
			desk_drop(&it);
			continue;
		}
		commands_parse(d->arena, it.message->visible_text != NULL ? it.message->visible_text : "", &commands);
		t.template = labelled ? "relay-labelled" : "relay";
		t.about = &it;
		t.from_name = say_name(&it.message->from);
		tell_case(d, &t, e);
		tell_value(&t, "writer", t.from_name);
		tell_value(&t, "can_command", "yes");
		tell_value(&t, "text", labelled ? it.message->visible_text : commands.rest);
		tell_forwarded(d, &t, it.message);
		if (labelled) {
			tell_value(&t, "address", it.message->from.address);
			tell_value(&t, "reason", events[i].detail);
		}
		desk_relay_attachments(d, &it, &t.entities, &t.nentities);
		tell_attachments(d, &t, it.message);
		tell(d, &t);
		desk_drop(&it);
	}
}

static int64_t
acknowledge_by(struct desk *d, const struct escalation *e, const struct choice *c)
{
	int64_t span = d->settings->severities[e->severity].ack;
	struct absences absences = desk_absences(d);

	return c->offhours ? d->now + span : engineer_after_work(d->settings, &absences, c->engineer, d->now, span);
}

/* The details of all events of a kind, a line each; NULL where there is none. */
static const char *
event_lines(struct desk *d, const struct event_row *events, size_t n, const char *kind)
{
	const char *lines = NULL;

	for (size_t i = 0; i < n; i++)
		if (strcmp(events[i].kind, kind) == 0)
			lines = lines == NULL ? events[i].detail : arena_printf(d->arena, "%s\n%s", lines, events[i].detail);
	return lines;
}

const char *
desk_facts(struct desk *d, const struct escalation *e)
{
	struct event_row *events;
	size_t n = store_events(d->store, d->arena, e->id, &events);

	return event_lines(d, events, n, WORD_FACT);
}

/* The mail that opened the case: the one in hand, or read back into mine. NULL: the store failed. */
static const struct item *
opening_mail(struct desk *d, const struct escalation *e, const struct item *opened_by, struct item *mine)
{
	*mine = (struct item){ .fd = -1 };
	if (opened_by != NULL)
		return opened_by;
	return desk_read(d, e->journal, mine) ? mine : NULL;
}

static void
tell_engineer(struct desk *d, struct escalation *e, const struct item *opened_by, const struct engineer *x, const char *sentence, int64_t by)
{
	struct telling t = { .template = "assignment", .to = { .name = x->full_name, .address = x->emails[0] }, .e = e,
		.auto_submitted = "auto-generated", .attach_original = true };
	struct event_row *events;
	struct item mine;
	size_t n;

	if ((t.about = opening_mail(d, e, opened_by, &mine)) == NULL)
		return;
	n = store_events(d->store, d->arena, e->id, &events);
	t.from_name = arena_printf(d->arena, "%s (%s)", say_name(&e->requester), tell_role(d, e));
	tell_case(d, &t, e);
	tell_value(&t, "engineer", x->full_name);
	tell_value(&t, "why", sentence);
	tell_value(&t, "facts", event_lines(d, events, n, WORD_FACT));
	tell_value(&t, "missing", event_lines(d, events, n, WORD_ASKS));
	tell_value(&t, "filings", desk_filings_open(d, e->id));
	tell_value(&t, "linked", desk_same_line(d, e));
	tell_value(&t, "history", desk_before(d, e));
	tell_value(&t, "answer_by", say_when(d->arena, by, x->zone));
	tell_original(d, &t, t.about->message);
	tell(d, &t);
	desk_drop(&mine);
	if (opened_by == NULL)
		pass_on_words(d, e, x);
}

static const char *
questions(struct desk *d, const struct decision *dec)
{
	const char *list = NULL;

	for (size_t i = 0; dec != NULL && i < dec->nmissing; i++)
		list = arena_printf(d->arena, "%s%s%s", list != NULL ? list : "", list != NULL ? "\n" : "", dec->missing[i].question);
	return list;
}

/* What becomes of it if he does not answer in time: true of what desk_timer does. */
static const char *if_not = "the next engineer who is at work gets it, and you hear of it";

static void
tell_next(struct desk *d, struct telling *t, const struct choice *c)
{
	if (c->next == NULL)
		return;
	tell_value(t, "engineer", c->next->full_name);
	tell_value(t, "starts", say_when(d->arena, c->next_at, zone_load("UTC")));
	tell_value(t, "starts_local", say_clock(d->arena, c->next_at, c->next->zone));
}

static void
tell_requester(struct desk *d, struct escalation *e, const char *template, const struct item *about, const struct choice *c, int64_t by,
    const struct decision *dec)
{
	struct telling t = { .template = template, .to = e->requester, .e = e, .about = about, .auto_submitted = "auto-replied" };

	tell_case(d, &t, e);
	tell_value(&t, "why", c->sentence);
	tell_value(&t, "missing", questions(d, dec));
	tell_value(&t, "lead", d->settings->fallback);
	if (c->engineer != NULL) {
		tell_value(&t, "engineer", c->engineer->full_name);
		tell_value(&t, "local", say_clock(d->arena, d->now, c->engineer->zone));
		tell_value(&t, "answer_by", say_when(d->arena, by, c->engineer->zone));
		tell_value(&t, "if_not", if_not);
	} else
		tell_next(d, &t, c);
	tell(d, &t);
}

static void
tell_fallback(struct desk *d, struct escalation *e, const struct item *opened_by, const struct choice *c, const char *reason)
{
	struct telling t = { .template = "fallback", .to = { .name = "", .address = d->settings->fallback }, .e = e,
		.auto_submitted = "auto-generated", .attach_original = true };
	struct event_row *events;
	struct item mine;
	size_t n;

	if ((t.about = opening_mail(d, e, opened_by, &mine)) == NULL)
		return;
	tell_case(d, &t, e);
	tell_value(&t, "reason", reason);
	n = store_events(d->store, d->arena, e->id, &events);
	tell_value(&t, "facts", event_lines(d, events, n, WORD_FACT));
	tell_value(&t, "why", c->sentence);
	tell_value(&t, "history", opened_by == NULL ? desk_history(d, e) : NULL);
	tell_next(d, &t, c);
	tell_original(d, &t, t.about->message);
	store_party_add(d->store, e->id, "lead", d->settings->fallback, "");
	tell(d, &t);
	desk_drop(&mine);
	store_event_add(d->store, e->id, d->now, "relay", "fallback", reason, 0);
	desk_hook(d, "alarm", e, arena_printf(d->arena, "%s has no engineer", say_case(d->arena, e->id)), reason);
}

/* Was the lead told already, since somebody had the case last? */
static bool
lead_knows(struct desk *d, const struct escalation *e)
{
	struct event_row *events;
	size_t n = store_events(d->store, d->arena, e->id, &events);

	for (; n > 0; n--) {
		const char *kind = events[n - 1].kind;

		if (strcmp(kind, "fallback") == 0)
			return true;
		if (strcmp(kind, escalation_event_word(EVENT_ASSIGN)) == 0 || strcmp(kind, escalation_event_word(EVENT_TAKE)) == 0)
			return false;
	}
	return false;
}

/* The case is his from now on: state, ledger, timers, and both are told. */
static void
hand_over(struct desk *d, struct escalation *e, const struct item *opened_by, const struct choice *c, const struct decision *dec)
{
	json_t *list = choice_json(c);
	char *considered = json_dumps(list, JSON_COMPACT);
	int64_t by = acknowledge_by(d, e, c), until = 0;

	e->engineer = c->engineer->name;
	desk_step(d, e, EVENT_ASSIGN, "relay", c->sentence, 0, NULL);
	store_turn_add(d->store, e->id, d->now, e->pool, c->engineer->name, c->sentence, considered != NULL ? considered : "[]");
	store_party_add(d->store, e->id, "engineer", c->engineer->emails[0], c->engineer->full_name);
	store_timer_set(d->store, e->id, "ack", by, e->generation);
	if (!c->offhours && engineer_at_work(c->engineer, d->now, &until))
		store_timer_set(d->store, e->id, "closing", until, e->generation);
	tell_engineer(d, e, opened_by, c->engineer, c->sentence, by);
	tell_requester(d, e, opened_by != NULL ? "receipt" : "assigned", opened_by, c, by, dec);
	free(considered);
	json_decref(list);
}

void
desk_give(struct desk *d, struct escalation *e, const struct engineer *x, const char *sentence)
{
	struct choice c = { .engineer = x, .sentence = sentence };

	hand_over(d, e, NULL, &c, NULL);
}

/* Nobody can take it now: the requester learns when somebody can, and the lead where that is too late. */
static void
tell_waiting(struct desk *d, struct escalation *e, const struct assigning *how, const struct choice *c)
{
	bool lead = c->no_rotation || c->next == NULL;
	const char *reason = c->no_rotation ? "no engineer is on rotation" : lead ? "no engineer on rotation who may be asked will be at work soon" :
	    "nobody is at work, and its severity does not wait";

	if (!how->again)
		tell_requester(d, e, lead ? "receipt-fallback" : "receipt-waiting", how->opened_by, c, 0, how->dec);
	if ((lead || d->settings->severities[e->severity].offhours) && !lead_knows(d, e))
		tell_fallback(d, e, how->opened_by, c, reason);
	if (!how->again) {
		store_event_add(d->store, e->id, d->now, "relay", "waits", c->sentence, 0);
		desk_hook(d, "waiting", e, arena_printf(d->arena, "%s waits for an engineer who is at work", say_case(d->arena, e->id)), c->sentence);
	}
}

/* Who has the same of somebody else: nobody's turn is used up, and nobody has to be asked. Only at first: later it goes the way of all. */
static bool
choose_linked(struct desk *d, const struct escalation *e, const struct assigning *how, struct choice *c)
{
	const struct engineer *x = how->not_him == NULL ? desk_same_owner(d, e) : NULL;
	struct absences absences;
	struct turn *turns;
	int64_t until;

	if (x == NULL || store_turns(d->store, d->arena, e->id, &turns) > 0)
		return false;
	absences = desk_absences(d);
	if (engineer_away(d->settings, &absences, x, d->now, &until))
		return false;
	*c = (struct choice){ .engineer = x, .sentence = arena_printf(d->arena, "%s has the same already, %s", x->full_name, desk_same_line(d, e)) };
	return true;
}

bool
desk_assign(struct desk *d, struct escalation *e, const struct assigning *how)
{
	struct loads loads;
	struct choice c;

	if (choose_linked(d, e, how, &c)) {
		hand_over(d, e, how->opened_by, &c, how->dec);
		return true;
	}
	choose(d, e, false, how->not_him, &c, &loads);
	if (c.engineer == NULL && c.next == NULL && !c.no_rotation)
		choose(d, e, true, how->not_him, &c, &loads); /* everybody had it once: they may be asked again */
	if (c.engineer != NULL) {
		turn_settle(d, e, &c, &loads);
		hand_over(d, e, how->opened_by, &c, how->dec);
		return true;
	}
	store_timer_set(d->store, e->id, "assign", c.next != NULL && c.next_at > d->now ? c.next_at : d->now + LOOK_AGAIN, e->generation);
	tell_waiting(d, e, how, &c);
	return false;
}

void
desk_promise(struct desk *d, const struct escalation *e)
{
	struct choice c = { .engineer = settings_engineer(d->settings, e->engineer) };

	if (e->state == ESCALATION_WAITING)
		store_timer_set(d->store, e->id, "assign", d->now, e->generation);
	else if (e->state == ESCALATION_ASSIGNED && c.engineer != NULL)
		store_timer_set(d->store, e->id, "ack", acknowledge_by(d, e, &c), e->generation);
	desk_alive_anew(d, e);
}

void
desk_tell_previous(struct desk *d, struct escalation *e, const struct engineer *previous, const char *reason)
{
	struct telling t = { .template = "reassigned", .e = e, .auto_submitted = "auto-generated" };

	if (previous == NULL)
		return;
	t.to = (struct person){ .name = previous->full_name, .address = previous->emails[0] };
	tell_case(d, &t, e);
	tell_value(&t, "why", reason);
	if (*e->engineer != '\0' && settings_engineer(d->settings, e->engineer) != NULL)
		tell_value(&t, "engineer", settings_engineer(d->settings, e->engineer)->full_name);
	tell(d, &t);
}

void
desk_next(struct desk *d, struct escalation *e, bool promised, const char *reason)
{
	const struct engineer *previous = settings_engineer(d->settings, e->engineer);
	struct escalation_facts facts = { 0 };
	struct loads loads;
	struct choice c;

	choose(d, e, false, NULL, &c, &loads);
	facts.other_eligible = c.engineer != NULL;
	if (!facts.other_eligible && !promised)
		return;
	desk_step(d, e, EVENT_TIMEOUT, "relay", reason, 0, &facts);
	if (!facts.other_eligible) {
		if (!lead_knows(d, e)) {
			tell_fallback(d, e, NULL, &c, reason);
			desk_tell_stuck(d, e, arena_printf(d->arena, "%s, and nobody else who could take it is at work", reason));
		}
		desk_alive_stuck(d, e);
		if (c.next != NULL && c.next_at > d->now) /* who was not asked yet is asked when he starts */
			store_timer_set(d->store, e->id, "ack", c.next_at, e->generation);
		return;
	}
	desk_assign(d, e, &(struct assigning){ 0 });
	desk_tell_previous(d, e, previous, reason);
}

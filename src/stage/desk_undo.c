/* desk_undo.c - /undo: the last act of a person on a case, taken back by the law's own moves. See desk_orders.h.
 *
 * What was done is read from the record. The record grows: nothing is struck out, and what was mailed stays mailed.
 */
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "stage/desk_filing.h"
#include "stage/desk_orders.h"

struct last_act {
	struct event_row *events; size_t n;
	const struct event_row *act;   /* NULL: he did nothing here */
	size_t at;
};

static bool
is_kind(const struct event_row *e, enum escalation_event event)
{
	return strcmp(e->kind, escalation_event_word(event)) == 0;
}

static bool
moves(const struct event_row *e)
{
	for (int i = 0; i < ESCALATION_EVENT_COUNT; i++)
		if (is_kind(e, (enum escalation_event)i))
			return true;
	return strcmp(e->kind, "severity") == 0 || strcmp(e->kind, "close") == 0;
}

bool
order_taken_back(enum command_word w)
{
	return w == COMMAND_TAKE || w == COMMAND_PASS || w == COMMAND_SNOOZE || w == COMMAND_SEV || w == COMMAND_RESOLVE ||
	       w == COMMAND_REOPEN || w == COMMAND_CLOSE;
}

/* Acts that move nothing, and that he may mean all the same. */
static bool
counts_too(const struct event_row *e)
{
	static const char *const kinds[] = { "note", "snooze", "away", "undo" };

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(e->kind, kinds[i]) == 0)
			return true;
	return false;
}

static struct last_act
find_last(const struct ordering *o)
{
	struct last_act l = { 0 };

	l.n = store_events(o->d->store, o->d->arena, o->e->id, &l.events);
	for (size_t i = l.n; i > 0 && l.act == NULL; i--) {
		const struct event_row *e = &l.events[i - 1];

		if (strcmp(e->actor, o->actor) == 0 && (moves(e) || counts_too(e))) {
			l.act = e;
			l.at = i - 1;
		}
	}
	return l;
}

/* Whose it was before an event of the record: "" for nobody. Only assign and take name somebody. */
static const struct engineer *
had_it_before(const struct ordering *o, const struct last_act *l)
{
	struct turn *turns;
	size_t n = store_turns(o->d->store, o->d->arena, o->e->id, &turns);

	for (size_t i = l->at; i > 0; i--) {
		const struct event_row *e = &l->events[i - 1];

		if (is_kind(e, EVENT_TAKE))
			return settings_engineer(o->d->settings, e->actor);
		if (is_kind(e, EVENT_PASS) || is_kind(e, EVENT_UNREACHABLE))
			return NULL;
		if (!is_kind(e, EVENT_ASSIGN))
			continue;
		for (size_t later = i; later < l->n; later++) /* each assignment is one turn: those that came later are not meant */
			n -= is_kind(&l->events[later], EVENT_ASSIGN) && n > 0;
		return n > 0 ? settings_engineer(o->d->settings, turns[n - 1].engineer) : NULL;
	}
	return NULL;
}

const char *
may_undo(const struct ordering *o)
{
	struct last_act l = find_last(o);
	const char *what = l.act != NULL ? l.act->kind : "";

	if (l.act == NULL)
		return arena_printf(o->d->arena, "you have done nothing in %s that could be taken back", say_case(o->d->arena, o->e->id));
	if (strcmp(what, "undo") == 0)
		return "your last act was taken back already";
	if (is_kind(l.act, EVENT_ANSWER) || is_kind(l.act, EVENT_ANSWER_ACK) || is_kind(l.act, EVENT_WORD))
		return "your last act was an answer, and what was mailed cannot be called back";
	if (strcmp(what, "note") == 0)
		return "a note stays in the record; write another that corrects it";
	if (strcmp(what, "away") == 0)
		return "your last act was /away; \"/away none\" takes it back";
	if (is_kind(l.act, EVENT_FILE))
		return "a filing is with the team already; /close ends it, and the team is told";
	if (is_kind(l.act, EVENT_ACK))
		return "an /ack cannot be taken back; /pass gives the case to the next engineer";
	for (size_t i = l.at + 1; i < l.n; i++) {
		/* The relay's choice after a /pass belongs to it, and that all is closed to the last /close. */
		bool chosen = (is_kind(&l.events[i], EVENT_ASSIGN) || is_kind(&l.events[i], EVENT_FILINGS_DONE)) && strcmp(l.events[i].actor, "relay") == 0;

		if (moves(&l.events[i]) && !chosen)
			return arena_printf(o->d->arena, "since your /%s %s has acted (%s), so it cannot be taken back", what,
			    l.events[i].actor, l.events[i].kind);
	}
	return NULL;
}

/* It is his again; whoever was asked meanwhile is told. */
static void
have_back(struct ordering *o)
{
	const struct engineer *next = settings_engineer(o->d->settings, o->e->engineer);

	o->e->engineer = o->engineer->name;
	desk_step(o->d, o->e, EVENT_TAKE, o->actor, "took back that he passed it", o->journal, NULL);
	desk_tell_previous(o->d, o->e, next, arena_printf(o->d->arena, "%s has it after all", o->by));
}

/* Whoever had it before gets it again, or the next where nobody had. */
static void
give_back(struct ordering *o, const struct engineer *before)
{
	o->e->engineer = "";
	desk_step(o->d, o->e, EVENT_PASS, o->actor, "took back that he took it", o->journal, NULL);
	if (before != NULL)
		desk_give(o->d, o->e, before, arena_printf(o->d->arena, "%s gave it back", o->by));
	else
		desk_assign(o->d, o->e, &(struct assigning){ .not_him = o->actor });
}

static void
severity_back(struct ordering *o, const char *detail)
{
	static const char from[] = "from ";
	unsigned was, now = o->e->severity;

	if (strncmp(detail, from, sizeof(from) - 1) != 0 || detail[sizeof(from) - 1] < '0' || detail[sizeof(from) - 1] > '9')
		return;
	was = (unsigned)(detail[sizeof(from) - 1] - '0');
	o->e->severity = was;
	o->e->changed = o->d->now;
	store_escalation_save(o->d->store, o->e);
	store_event_add(o->d->store, o->e->id, o->d->now, o->actor, "severity", arena_printf(o->d->arena, "from %u to %u", now, was), o->journal);
	desk_promise(o->d, o->e);
}

/* "F2: reason" of the record: that filing is open again, and the team hears of it. */
static void
open_filing(struct ordering *o, const char *detail)
{
	int64_t number = 0;
	struct filing f;

	for (const char *p = detail + (*detail == 'F'); *p >= '0' && *p <= '9'; p++)
		number = number * 10 + (*p - '0');
	if (!store_filing_of(o->d->store, o->d->arena, o->e->id, number, &f))
		return;
	f.state = FILING_STATE_OPEN;
	f.closed = 0;
	f.closed_by = f.outcome = "";
	desk_chase_from_now(o->d, &f);
	if (o->e->state == ESCALATION_OWNED)
		desk_step(o->d, o->e, EVENT_FILE, o->actor, arena_printf(o->d->arena, "opened F%lld again", (long long)number), o->journal, NULL);
	desk_tell_reclaimed(o, &f);
}

/* Closed again, with the outcome that it had: "answered: cause" is what the record says. */
static void
close_again(struct ordering *o, const struct last_act *l)
{
	const char *said = "";
	struct command c = { .word = COMMAND_RESOLVE, .name = "resolve" };
	const struct command *undo = o->c;
	size_t len;

	for (size_t i = l->at; i > 0 && *said == '\0'; i--)
		if (is_kind(&l->events[i - 1], EVENT_RESOLVE))
			said = l->events[i - 1].detail;
	len = strcspn(said, ":");
	c.outcome = arena_strndup(o->d->arena, said, len);
	c.text = strchr(said, ':');
	c.text = c.text != NULL ? c.text + 1 + strspn(c.text + 1, " ") : "";
	o->c = &c;
	order_close_case(o);
	o->c = undo;
	o->words->passed_on = false;
}

const char *
do_undo(struct ordering *o)
{
	struct last_act l = find_last(o);
	const char *kind = l.act->kind;

	if (is_kind(l.act, EVENT_TAKE))
		give_back(o, had_it_before(o, &l));
	else if (is_kind(l.act, EVENT_PASS))
		have_back(o);
	else if (is_kind(l.act, EVENT_RESOLVE)) {
		do_reopen(o);
		desk_review_withdraw(o, l.act->at);
	}
	else if (is_kind(l.act, EVENT_REOPEN))
		close_again(o, &l);
	else if (strcmp(kind, "snooze") == 0)
		desk_alive_anew(o->d, o->e);
	else if (strcmp(kind, "close") == 0)
		open_filing(o, l.act->detail);
	else
		severity_back(o, l.act->detail);
	store_event_add(o->d->store, o->e->id, o->d->now, o->actor, "undo", arena_printf(o->d->arena, "took back his /%s",
	    strcmp(kind, "severity") == 0 ? "sev" : kind), o->journal);
	return arena_printf(o->d->arena, "/undo: your /%s is taken back; %s is %s%s%s", strcmp(kind, "severity") == 0 ? "sev" : kind,
	    say_case(o->d->arena, o->e->id), escalation_state_word(o->e->state), *o->e->engineer != '\0' ? ", with " : "", order_with(o));
}

/* desk_history.c - what became of a case so far, and how cases stand, in a few lines for who asks or comes to one. See desk.h. */
#include <string.h>

#include "ground/mem.h"
#include "ground/zone.h"
#include "stage/desk_filing.h"
#include "stage/desk_orders.h"

#define HISTORY_LINES 12 /* the latest */
#define MINE_MAX      30 /* cases that /mine tells of */

/* An event in words, NULL where it is none that a person would tell of. */
static const char *
in_words(struct desk *d, const struct event_row *e, const struct turn *turns, size_t *turn)
{
	static const struct { const char *kind, *words; bool by, detail; } known[] = {
		{ "opened", "opened it", true, false }, { "take", "took it", true, false }, { "ack", "leads it", true, false },
		{ "answer", "answered", true, false }, { "answer+ack", "answered, and goes on", true, false }, { "word", "wrote", true, false },
		{ "pass", "passed it on", true, false }, { "timeout", "no answer in time", false, false }, { "note", "noted", true, true },
		{ "unreachable", "could not be reached", true, true }, { "overdue", NULL, false, true }, { "alarm", "alarm", false, true },
		{ "nudged", NULL, false, true }, { "snooze", "put it off", true, true }, { "file", "filed it", true, true },
		{ "resolve", "closed it", true, true }, { "review", "asked for a review", true, true }, { "reopen", "opened it again", true, false }, { "waits", "nobody at work could take it", false, false },
		{ "lead", NULL, false, true },
	};

	if (strcmp(e->kind, escalation_event_word(EVENT_ASSIGN)) == 0)
		return arena_printf(d->arena, "given to %s", turns[(*turn)++].engineer);
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(e->kind, known[i].kind) == 0 && known[i].words == NULL)
			return e->detail;
		else if (strcmp(e->kind, known[i].kind) == 0)
			return arena_printf(d->arena, "%s%s%s%s%s", known[i].by ? e->actor : "", known[i].by ? " " : "", known[i].words,
			    known[i].detail && *e->detail != '\0' ? ": " : "", known[i].detail ? e->detail : "");
	return NULL;
}

/* The latest of so many events in words. */
static const char *
tell_events(struct desk *d, const struct escalation *e, const struct event_row *events, size_t n)
{
	struct turn *turns;
	size_t nturns = store_turns(d->store, d->arena, e->id, &turns), turn = 0, nlines = 0;
	const char **lines = NULL, *text = NULL;

	for (size_t i = 0; i < n; i++) {
		bool assigned = strcmp(events[i].kind, escalation_event_word(EVENT_ASSIGN)) == 0;
		const char *words = assigned && turn >= nturns ? NULL : in_words(d, &events[i], turns, &turn);

		if (words != NULL)
			*(const char **)arena_push(d->arena, &lines, &nlines, sizeof(*lines)) =
			    arena_printf(d->arena, "%s: %s", say_when(d->arena, events[i].at, zone_load("UTC")), words);
	}
	for (size_t i = nlines > HISTORY_LINES ? nlines - HISTORY_LINES : 0; i < nlines; i++)
		text = text == NULL ? lines[i] : arena_printf(d->arena, "%s\n%s", text, lines[i]);
	return text;
}

const char *
desk_history(struct desk *d, const struct escalation *e)
{
	struct event_row *events;
	size_t n = store_events(d->store, d->arena, e->id, &events);

	return tell_events(d, e, events, n);
}

const char *
desk_before(struct desk *d, const struct escalation *e)
{
	const char *assign = escalation_event_word(EVENT_ASSIGN), *take = escalation_event_word(EVENT_TAKE);
	struct event_row *events;
	size_t n = store_events(d->store, d->arena, e->id, &events);

	while (n > 0 && strcmp(events[n - 1].kind, assign) != 0)
		n--;
	n -= n > 0; /* his own turn */
	for (size_t i = 0; i < n; i++)
		if (strcmp(events[i].kind, assign) == 0 || strcmp(events[i].kind, take) == 0)
			return tell_events(d, e, events, n);
	return NULL;
}

int64_t
desk_last_word(struct desk *d, const struct escalation *e)
{
	static const enum escalation_event his[] = { EVENT_ANSWER, EVENT_ANSWER_ACK, EVENT_TAKE, EVENT_ASSIGN, EVENT_REOPEN };
	struct event_row *events;
	size_t n = store_events(d->store, d->arena, e->id, &events);

	for (; n > 0; n--)
		for (size_t i = 0; i < COUNT(his); i++)
			if (strcmp(events[n - 1].kind, escalation_event_word(his[i])) == 0)
				return events[n - 1].at;
	return e->opened;
}

/* /status: how it stands, and by when there is more. */
const char *
do_status(struct ordering *o)
{
	static const char *const turns[] = {
		[ESCALATION_WAITING] = "it waits for an engineer",
		[ESCALATION_ASSIGNED] = "it is the engineer's turn",
		[ESCALATION_OWNED] = "it is the engineer's turn",
		[ESCALATION_PENDING] = "it is the requester's turn",
		[ESCALATION_UPSTREAM] = "it is a team's turn",
		[ESCALATION_RESOLVED] = "it is nobody's turn",
	};
	const struct escalation *e = o->e;
	int64_t due = store_timer_at(o->d->store, e->id, e->state == ESCALATION_ASSIGNED ? "ack" : "update");
	const struct zone *z = o->engineer != NULL ? o->engineer->zone : zone_load("UTC");
	const char *filed = desk_filings_open(o->d, e->id);

	return arena_printf(o->d->arena, "/status: %s is %s%s%s, severity %u, open since %s; %s%s%s%s%s",
	    say_case(o->d->arena, e->id), escalation_state_word(e->state), *e->engineer != '\0' ? ", with " : "", order_with(o), e->severity,
	    say_when(o->d->arena, e->opened, z), turns[e->state], due > o->d->now ? "; the engineer's next word is due by " : "",
	    due > o->d->now ? say_when(o->d->arena, due, z) : "", filed != NULL ? "\n" : "", filed != NULL ? filed : "");
}

/* His open cases, the oldest first. */
const char *
do_mine(struct ordering *o)
{
	const char *name = o->engineer->name, *lines = "";
	struct escalation e = { 0 };
	unsigned n = 0;

	for (; n < MINE_MAX && store_escalation_of(o->d->store, o->d->arena, name, e.id, &e); n++)
		lines = arena_printf(o->d->arena, "%s\n%s: %s, severity %u, since %s: %s", lines, say_case(o->d->arena, e.id),
		    escalation_state_word(e.state), e.severity, say_when(o->d->arena, e.opened, o->engineer->zone), e.subject);
	if (n == 0)
		return "/mine: you have no open case";
	return arena_printf(o->d->arena, "/mine: %s%s", n == MINE_MAX ? "your oldest open cases:" : n == 1 ? "your open case:" :
	    "your open cases, the oldest first:", lines);
}

/* desk_handover.c - a rotation ended: what its engineers still have is handed over. See desk_duty.h.
 *
 * What was only assigned passes on; what an engineer owns stays his until he hands it over. He is asked, the next ones
 * and the requesters are told, each by one mail. Who stays for the next rotation is asked nothing.
 */
#include <string.h>

#include "edge/store_filing.h"
#include "ground/address.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/token.h"
#include "ground/zone.h"
#include "stage/desk_duty.h"

#define DOSSIER_CASES_MAX 200 /* told of one by one, as many as one answer may name; who has more says so again */

struct handed { struct escalation e; const struct engineer *from; bool passed; };

struct handing {
	const struct duty *duty;
	const char *ended;                 /* "Mon 14 Dec, 00:00 UTC" */
	int64_t latest;                    /* by when the last of those who are asked answers, 0: nobody is */
	struct handed *v; size_t n;        /* of all who leave */
};

const char *
handover_asked_mark(struct arena *a, const char *date, const char *pool, const struct engineer *x)
{
	char *name = arena_printf(a, "asked %s %s %s", date, pool, x->name);

	text_lower_ascii(name);
	return name;
}

int64_t
handover_answer_due(struct desk *d, const struct engineer *x, int64_t asked)
{
	struct absences extra = desk_absences(d);

	return engineer_after_work(d->settings, &extra, x, asked, d->settings->handover_answer);
}

static const char *
if_not(const struct desk *d, const char *whom)
{
	bool pass = strcmp(d->settings->handover_default, "pass") == 0;

	if (strcmp(whom, "you") == 0)
		return pass ? "what you say nothing of passes to the next engineer" : "what you say nothing of stays with you";
	return pass ? "what they say nothing of passes to the next engineer" : "what they say nothing of stays with them";
}

/* ---- one case in a line -------------------------------------------------------------------------------- */

static bool
is_word(const char *kind)
{
	return strcmp(kind, "word") == 0 || strncmp(kind, "answer", 6) == 0 || strcmp(kind, "opened") == 0 ||
	    strcmp(kind, WORD_LABELLED) == 0;
}

/* "last word Mon 23 Nov, 10:00 UTC from Ada" */
static const char *
last_contact(struct desk *d, const struct escalation *e, const struct zone *z)
{
	struct event_row *events;

	for (size_t n = store_events(d->store, d->arena, e->id, &events); n > 0; n--) {
		const struct event_row *w = &events[n - 1];
		const struct engineer *x = settings_engineer(d->settings, w->actor);
		const char *who = address_equal(w->actor, e->requester.address) ? say_name(&e->requester) : w->actor;

		if (is_word(w->kind))
			return arena_printf(d->arena, "; last word %s from %s", say_when(d->arena, w->at, z),
			    x != NULL ? x->full_name : who);
	}
	return "";
}

/* What was promised next of it: the timers that are promises to people. */
static const char *
next_promise(struct desk *d, const struct escalation *e, const struct zone *z)
{
	struct timer *timers;
	size_t n = store_timers_of(d->store, d->arena, e->id, &timers);

	for (size_t i = 0; i < n; i++)
		if (strcmp(timers[i].kind, "ack") == 0 || strcmp(timers[i].kind, "update") == 0)
			return arena_printf(d->arena, "; %s promised by %s",
			    strcmp(timers[i].kind, "ack") == 0 ? "an answer is" : "the next word is",
			    say_when(d->arena, timers[i].due, z));
	return "";
}

/* What is open with teams: "; open filings: F1 with Search, their #123". */
static const char *
open_filings(struct desk *d, const struct escalation *e)
{
	struct filing *filings;
	size_t n = store_filings(d->store, d->arena, e->id, &filings);
	const char *list = "";

	for (size_t i = 0; i < n; i++) {
		const struct team *team = settings_team(d->settings, filings[i].team);

		if (filings[i].state == FILING_STATE_OPEN)
			list = arena_printf(d->arena, "%s%s F%lld with %s%s%s", list, *list != '\0' ? "," : "; open filings:",
			    (long long)filings[i].number, team != NULL ? team->full_name : filings[i].team,
			    *filings[i].upstream != '\0' ? ", their " : "", filings[i].upstream);
	}
	return list;
}

static const char *
case_line(struct desk *d, const struct escalation *e, const struct engineer *with, const struct zone *z)
{
	return arena_printf(d->arena, "%s: %s; severity %u, %s%s%s, it is the %s's turn%s%s%s",
	    say_case(d->arena, e->id), e->subject, e->severity, escalation_state_word(e->state),
	    with != NULL ? ", with " : "", with != NULL ? with->full_name : "", escalation_state_turn(e->state),
	    last_contact(d, e, z), next_promise(d, e, z), open_filings(d, e));
}

static const char *
add_line(struct arena *a, const char *lines, const char *line)
{
	return lines == NULL ? line : arena_printf(a, "%s\n%s", lines, line);
}

/* ---- to the engineer who leaves ------------------------------------------------------------------------ */

struct dossier { const char *cases, *answers, *passed; size_t n; };

static void
hand_one(struct desk *d, struct handing *h, const struct engineer *x, struct escalation *e, struct dossier *o)
{
	struct handed *one = arena_push(d->arena, &h->v, &h->n, sizeof(*one));
	const char *line = case_line(d, e, NULL, x->zone);

	*one = (struct handed){ .from = x, .passed = e->state == ESCALATION_ASSIGNED };
	if (one->passed) {
		const char *why = arena_printf(d->arena, "the rotation of %s ended before he answered", x->full_name);

		desk_step(d, e, EVENT_PASS, "relay", why, 0, NULL);
		store_timer_set(d->store, e->id, "assign", d->now, e->generation);
		o->passed = add_line(d->arena, o->passed, line);
	} else if (o->n++ < DOSSIER_CASES_MAX) {
		o->cases = add_line(d->arena, o->cases, line);
		o->answers = add_line(d->arena, o->answers, arena_printf(d->arena, "keep %lld", (long long)e->id));
	}
	one->e = *e;
}

static void
ask_leaving(struct desk *d, struct handing *h, const struct engineer *x, struct dossier *o)
{
	const struct rotation *r = h->duty->rotation;
	struct telling t = { .template = "handover",
		.to = { .name = x->full_name, .address = x->emails[0] },
		.auto_submitted = "auto-generated",
		.subject = arena_printf(d->arena, "[%s] Your rotation ended: %zu case%s to hand over",
		    d->settings->name, o->n, o->n == 1 ? "" : "s") };
	int64_t by = handover_answer_due(d, x, d->now);

	t.reply_to = desk_person_address(d, TOKEN_HANDOVER, duty_number(r->to), x->emails[0]);
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "engineer", x->full_name);
	tell_value(&t, "when", h->ended);
	tell_value(&t, "passed", o->passed);
	if (o->n > DOSSIER_CASES_MAX)
		o->cases = arena_printf(d->arena, "%s\nand %zu more, which /mine tells of", o->cases, o->n - DOSSIER_CASES_MAX);
	if (o->n > 0) {
		tell_value(&t, "cases", o->cases);
		tell_value(&t, "answers", o->answers);
		tell_value(&t, "answer_by", say_when(d->arena, by, x->zone));
		tell_value(&t, "if_not", if_not(d, "you"));
	} else
		t.subject = arena_printf(d->arena, "[%s] Your rotation ended", d->settings->name);
	if (tell(d, &t) == 0 || o->n == 0)
		return; /* whom a limit keeps from being asked is not held to have said nothing */
	store_mark_set(d->store, handover_asked_mark(d->arena, duty_date(d->arena, r->to), r->pool, x), d->now);
	h->latest = by > h->latest ? by : h->latest;
}

static void
hand_out(struct desk *d, struct handing *h, const struct engineer *x)
{
	const struct rotation *r = h->duty->rotation;
	struct dossier o = { 0 };
	struct escalation e = { 0 };
	size_t before = h->n;

	while (store_escalation_of(d->store, d->arena, x->name, e.id, &e))
		if (text_equal_nocase(e.pool, r->pool))
			hand_one(d, h, x, &e, &o);
	if (h->n == before)
		return;
	ask_leaving(d, h, x, &o);
	for (size_t i = before; i < h->n; i++)
		if (!h->v[i].passed)
			store_event_add(d->store, h->v[i].e.id, d->now, "relay", "handover",
			    arena_printf(d->arena, "the rotation ended: %s was asked", x->full_name), 0);
}

/* ---- to the others ------------------------------------------------------------------------------------- */

static void
tell_next(struct desk *d, const struct handing *h, const struct engineer *x)
{
	struct telling t = { .template = "handover-next",
		.to = { .name = x->full_name, .address = x->emails[0] },
		.auto_submitted = "auto-generated",
		.no_token = true,
		.subject =
		    arena_printf(d->arena, "[%s] Your rotation begins: what is handed over", d->settings->name) };
	const char *owned = NULL, *passed = NULL;

	for (size_t i = 0; i < h->n; i++) {
		const struct handed *c = &h->v[i];
		const char *line = case_line(d, &c->e, c->passed ? NULL : c->from, x->zone);

		if (c->passed)
			passed = add_line(d->arena, passed, line);
		else
			owned = add_line(d->arena, owned, line);
	}
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "engineer", x->full_name);
	tell_value(&t, "when", h->ended);
	tell_value(&t, "cases", owned);
	tell_value(&t, "passed", passed);
	if (owned != NULL && h->latest != 0) {
		tell_value(&t, "answer_by", say_when(d->arena, h->latest, x->zone));
		tell_value(&t, "if_not", if_not(d, "they"));
	}
	tell(d, &t);
}

/* Those who come new to the seats; who stays knows the cases. */
static void
tell_next_ones(struct desk *d, const struct handing *h)
{
	const struct rotation *now = rotation_at(d->settings, h->duty->rotation->pool, d->now, NULL, NULL);
	struct seated *seats;
	size_t n = now != NULL ? rotation_seats(d->settings, d->arena, now, d->now, &seats) : 0;

	for (size_t i = 0; i < n; i++)
		if (seats[i].engineer != NULL && !rotation_has(d->settings, now->pool, seats[i].engineer, h->duty->at - 1))
			tell_next(d, h, seats[i].engineer);
}

/* One mail to each, of all his cases. */
static void
tell_requester(struct desk *d, const struct handing *h, size_t first)
{
	const struct person *to = &h->v[first].e.requester;
	struct telling t = { .template = "handover-requester", .to = *to, .auto_submitted = "auto-generated", .no_token = true,
		.subject = arena_printf(d->arena, "[%s] A rotation of engineers ended", d->settings->name) };
	const char *owned = NULL, *passed = NULL;

	for (size_t i = first; i < h->n; i++) {
		const struct handed *c = &h->v[i];

		if (!address_equal(c->e.requester.address, to->address))
			continue;
		if (c->passed)
			passed = add_line(d->arena, passed, arena_printf(d->arena, "%s: %s", say_case(d->arena, c->e.id), c->e.subject));
		else
			owned = add_line(d->arena, owned, case_line(d, &c->e, c->from, zone_load("UTC")));
	}
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "when", h->ended);
	tell_value(&t, "cases", owned);
	tell_value(&t, "passed", passed);
	tell(d, &t);
}

static void
tell_requesters(struct desk *d, const struct handing *h)
{
	for (size_t i = 0; i < h->n; i++) {
		bool told = false;

		for (size_t k = 0; k < i && !told; k++)
			told = address_equal(h->v[k].e.requester.address, h->v[i].e.requester.address);
		if (!told)
			tell_requester(d, h, i);
	}
}

void
desk_handover(struct desk *d, const struct duty *duty)
{
	struct handing h = { .duty = duty, .ended = say_when(d->arena, duty->at, zone_load("UTC")) };
	const char **names;
	size_t n = store_engineers(d->store, d->arena, &names);

	for (size_t i = 0; i < n; i++) {
		const struct engineer *x = settings_engineer(d->settings, names[i]);

		if (x != NULL && rotation_had(d->settings, duty->rotation, x) &&
		    !rotation_has(d->settings, duty->rotation->pool, x, d->now))
			hand_out(d, &h, x);
	}
	if (h.n == 0)
		return;
	tell_next_ones(d, &h);
	tell_requesters(d, &h);
}

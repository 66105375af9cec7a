/* desk_case.c - the law applied; a case is opened; time passes. See desk.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ground/address.h"
#include "ground/clock.h"
#include "ground/digest.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/command.h"
#include "stage/desk_filing.h"
#include "stage/desk_same.h"

#define FOLLOWERS_MAX 20
#define SET_BACK      60 /* seconds: what is further ahead than that was written down by a wrong clock */

/* ---- the law applied ----------------------------------------------------------------------------------- */

bool
desk_step(struct desk *d, struct escalation *e, enum escalation_event event, const char *actor, const char *detail, int64_t journal,
    const struct escalation_facts *facts)
{
	struct escalation_facts all = { 0 };
	enum escalation_state before = e->state, after;

	if (facts != NULL)
		all = *facts;
	all.filings_open = store_has_open_filing(d->store, e->id);
	if (!escalation_step(e->state, event, &all, &after))
		return false;
	e->state = after;
	e->changed = d->now;
	/* Timers are promises of a state: they end with it, and a timeout uses its own up. */
	if (after != before || event == EVENT_TIMEOUT) {
		e->generation++;
		store_timer_clear(d->store, e->id, NULL);
	}
	if (after == ESCALATION_WAITING)
		e->engineer = ""; /* nobody has it; who had it is in the ledger */
	if (after == ESCALATION_RESOLVED && before != after)
		e->resolved = d->now;
	if (after != ESCALATION_RESOLVED) {
		e->resolved = 0;
		e->outcome = e->cause = "";
	}
	store_escalation_save(d->store, e);
	store_event_add(d->store, e->id, d->now, actor, escalation_event_word(event), detail, journal);
	if (after != before)
		log_info("ESC-%lld: %s -> %s (%s)", (long long)e->id, escalation_state_word(before), escalation_state_word(after),
		    escalation_event_word(event));
	if (event == EVENT_TAKE)
		desk_alive_anew(d, e); /* what another promised is not promised by him */
	else if (after != before || event == EVENT_ACK || event == EVENT_ANSWER || event == EVENT_ANSWER_ACK)
		desk_alive(d, e); /* a word, or another's turn: what is promised next runs from now */
	desk_hook_step(d, e, event, before, detail);
	if (before == ESCALATION_RESOLVED && after != before)
		desk_lead_reopened(d, e);
	/* A freed place may be what a waiting case waits for. */
	if (after != before && (after == ESCALATION_RESOLVED || after == ESCALATION_WAITING))
		store_look(d->store, false, e->id);
	return true;
}

bool
desk_owner_seated(struct desk *d, const struct escalation *e)
{
	const struct rotation *r = rotation_at(d->settings, e->pool, d->now, NULL, NULL);
	struct seated *seats = NULL;
	size_t n = r != NULL ? rotation_seats(d->settings, d->arena, r, d->now, &seats) : 0;

	for (size_t i = 0; i < n; i++)
		if (seats[i].engineer != NULL && text_equal_nocase(seats[i].engineer->name, e->engineer))
			return true;
	return false;
}

/* ---- opening ------------------------------------------------------------------------------------------- */

unsigned
desk_severity(const struct settings *s, const char *text)
{
	size_t skip = text != NULL ? strcspn(text, "0123456789") : 0;

	if (text != NULL && text[skip] != '\0' && s->has_severity[text[skip] - '0'])
		return (unsigned)(text[skip] - '0');
	return s->default_severity;
}

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

static void
add_parties(struct desk *d, const struct item *it, const struct escalation *e)
{
	const struct people *lists[] = { &it->message->to, &it->message->cc };
	size_t followers = 0;

	store_party_add(d->store, e->id, "requester", e->requester.address, e->requester.name);
	for (size_t l = 0; l < COUNT(lists); l++)
		for (size_t i = 0; i < lists[l]->n && followers < FOLLOWERS_MAX; i++) {
			const struct person *p = &lists[l]->v[i];

			if (settings_is_staff(d->settings, p->address) && !settings_is_own(d->settings, p->address) && address_check(p->address) == ADDRESS_OK) {
				store_party_add(d->store, e->id, "follower", p->address, p->name);
				followers++;
			}
		}
}

/* Staff are answered. For what the operator let through from others, or from a machine, the operator himself asks: nobody outside is
 * ever written to, and nothing automatic is answered. */
static struct person
requester_of(const struct desk *d, const struct item *it)
{
	if (it->staff && it->message->auto_submitted == NULL && it->message->from_count == 1)
		return it->message->from;
	return (struct person){ .name = "", .address = d->settings->operator_address };
}

/* A store that was restored gives a number to another case. This id is never given again, and the tokens are bound to
 * it. */
static const char *
new_thread_id(struct desk *d, int64_t number)
{
	unsigned char random[8];
	char hex[2 * sizeof(random) + 1];

	random_bytes(random, sizeof(random));
	digest_hex(random, sizeof(random), hex);
	return arena_printf(d->arena, "case-%lld.%s@%s", (long long)number, hex, strrchr(d->settings->address, '@') + 1);
}

/* What the rules found, and what they asked back: whoever gets the case, now or later, reads it. */
static void
keep_findings(struct desk *d, const struct escalation *e, const struct decision *dec, int64_t journal)
{
	for (size_t i = 0; i < dec->nfacts; i++)
		store_event_add(d->store, e->id, d->now, "relay", WORD_FACT, arena_printf(d->arena, "%s: %s", dec->facts[i].label, dec->facts[i].value), journal);
	for (size_t i = 0; i < dec->nmissing; i++)
		store_event_add(d->store, e->id, d->now, "relay", WORD_ASKS, dec->missing[i].question, journal);
}

void
desk_open(struct desk *d, struct item *it, const struct decision *dec, const struct same *same)
{
	const struct settings *s = d->settings;
	const struct message *m = it->message;
	const char *pool = rule_setting(dec, "pool");
	struct escalation e = { .state = ESCALATION_WAITING, .severity = desk_severity(s, rule_setting(dec, "severity")),
		.pool = pool != NULL ? pool : s->npools > 0 ? s->pools[0] : "", .skill = or_empty(rule_setting(dec, "skill")),
		.team = or_empty(rule_setting(dec, "team")), .label = or_empty(rule_setting(dec, "label")), .rule = or_empty(dec->rule),
		.requester = requester_of(d, it), .customer = or_empty(rule_setting(dec, "customer")), .ticket = or_empty(decision_capture(dec, "ticket")),
		.subject = thread_subject(d->arena, m->subject), .engineer = "", .opened = d->now, .changed = d->now, .outcome = "", .cause = "",
		.journal = it->entry.id, .thread_id = "" };

	if (*e.customer == '\0' && it->customer != NULL)
		e.customer = it->customer->name;
	if (*e.subject == '\0')
		e.subject = "(no subject)";
	e.id = store_escalation_number(d->store);
	e.thread_id = new_thread_id(d, e.id);
	if (store_escalation_new(d->store, &e) == 0)
		return;
	store_thread_add(d->store, e.id, e.thread_id, true);
	store_thread_add(d->store, e.id, m->message_id, false);
	add_parties(d, it, &e);
	store_event_add(d->store, e.id, d->now, e.requester.address, "opened", arena_printf(d->arena, "by rule \"%s\"", e.rule), it->entry.id);
	keep_findings(d, &e, dec, it->entry.id);
	desk_same_known(d, it, &e);
	if (same != NULL)
		desk_same_link(d, &e, same);
	desk_hook(d, "opened", &e, arena_printf(d->arena, "%s (severity %u) of %s", say_case(d->arena, e.id), e.severity, say_name(&e.requester)), NULL);
	log_info("ESC-%lld: opened, severity %u, rule \"%s\"", (long long)e.id, e.severity, e.rule);
	desk_assign(d, &e, &(struct assigning){ .opened_by = it, .dec = dec });
	desk_lead_opened(d, &e, it);
	if (same != NULL)
		desk_same_tell(d, &e, same);
	item_ends(d, it, "opened", e.id, NULL);
}

/* ---- time passes --------------------------------------------------------------------------------------- */

void
desk_timer(struct desk *d, const struct timer *t)
{
	struct escalation e;

	if (t->filing != 0) {
		desk_chase(d, t);
		return;
	}
	store_timer_clear(d->store, t->escalation, t->kind);
	if (!store_escalation_get(d->store, d->arena, t->escalation, &e) || e.generation != t->generation)
		return; /* stale: the case has moved on */
	if (strcmp(t->kind, "assign") == 0 && e.state == ESCALATION_WAITING)
		desk_assign(d, &e, &(struct assigning){ .again = true });
	else if (strcmp(t->kind, "ack") == 0 && e.state == ESCALATION_ASSIGNED)
		desk_next(d, &e, true, "no answer within the time promised");
	else if (strcmp(t->kind, "closing") == 0 && e.state == ESCALATION_ASSIGNED)
		desk_next(d, &e, false, "the working day ended without an answer");
	else if (strcmp(t->kind, "leaving") == 0 && e.state == ESCALATION_ASSIGNED)
		desk_leaves(d, &e);
	else
		desk_alive_timer(d, &e, t->kind);
}

bool
desk_look(struct desk *d, int64_t escalation)
{
	struct escalation e;

	return store_escalation_get(d->store, d->arena, escalation, &e) && e.state == ESCALATION_WAITING &&
	       desk_assign(d, &e, &(struct assigning){ .again = true });
}

void
desk_orphans(struct desk *d)
{
	const char **names;
	size_t n = store_engineers(d->store, d->arena, &names);
	struct escalation e = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (settings_engineer(d->settings, names[i]) != NULL)
			continue;
		for (e.id = 0; store_escalation_of(d->store, d->arena, names[i], e.id, &e);) {
			log_warning("ESC-%lld was with %s, whom the configuration does not know any more", (long long)e.id, e.engineer);
			if (desk_step(d, &e, EVENT_UNREACHABLE, names[i], "the configuration does not know him any more", 0, NULL))
				store_timer_set(d->store, e.id, "assign", d->now, e.generation);
		}
	}
}

void
desk_promise_anew(struct desk *d)
{
	struct escalation *cases;
	size_t n = store_escalations(d->store, d->arena, false, &cases);
	int64_t until;

	desk_chase_anew(d);
	for (size_t i = 0; i < n; i++) {
		struct escalation *e = &cases[i];
		const struct engineer *x = settings_engineer(d->settings, e->engineer);

		if (e->changed <= d->now + SET_BACK)
			continue;
		e->changed = d->now;
		store_escalation_save(d->store, e);
		desk_promise(d, e);
		if (e->state == ESCALATION_ASSIGNED && x != NULL && engineer_at_work(x, d->now, &until))
			store_timer_set(d->store, e->id, "closing", until, e->generation);
		store_event_add(d->store, e->id, d->now, "relay", "promised-anew", "the clock was set back", 0);
	}
}

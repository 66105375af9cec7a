/* desk_same.c - see desk_same.h. */
#include "stage/desk_same.h"

#include <string.h>

#include "edge/store_same.h"
#include "ground/digest.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/original.h"

#define CANDIDATES_MAX 20

/* ---- what is known ------------------------------------------------------------------------------------- */

/* Its own requester's side? Who is an engineer speaks as one. */
static bool
is_his(struct desk *d, const struct item *it, int64_t escalation)
{
	const char *role = it->engineer == NULL ?
	    store_party_role(d->store, d->arena, escalation, it->message->from.address) :
	    NULL;

	return role != NULL && (strcmp(role, "requester") == 0 || strcmp(role, "follower") == 0);
}

/* A case long closed is history: the same ticket may come again for another reason. */
static bool
is_current(struct desk *d, const struct escalation *e)
{
	return e->state != ESCALATION_RESOLVED || d->now <= e->resolved + d->settings->token_valid;
}

static void
consider(struct desk *d, const struct item *it, int64_t escalation, enum thread_evidence evidence, const char *why,
    struct same *best)
{
	struct escalation e;
	bool his;

	if (!store_escalation_get(d->store, d->arena, escalation, &e) || !is_current(d, &e))
		return;
	his = is_his(d, it, escalation);
	if (best->escalation == 0 || (his && !best->his))
		*best = (struct same){ .escalation = escalation, .evidence = evidence, .his = his, .why = why };
}

/* Each customer may count his tickets from 1. */
static bool
other_customer(struct desk *d, const struct item *it, const struct decision *dec, int64_t escalation)
{
	const char *customer = rule_setting(dec, "customer");
	struct escalation e;

	if (customer == NULL)
		customer = it->customer != NULL ? it->customer->name : "";
	return store_escalation_get(d->store, d->arena, escalation, &e) && *e.customer != '\0' && *customer != '\0' &&
	    !text_equal_nocase(e.customer, customer);
}

bool
desk_same(struct desk *d, const struct item *it, const struct decision *dec, struct same *out)
{
	const char *ticket = decision_capture(dec, "ticket");
	int64_t ids[CANDIDATES_MAX];
	size_t n = ticket != NULL && *ticket != '\0' ? store_cases_of_ticket(d->store, ticket, ids, COUNT(ids)) : 0;
	unsigned char ident[DIGEST_BYTES];
	struct original_row *rows;

	*out = (struct same){ 0 };
	if (!it->staff || it->released || it->message->auto_submitted != NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!other_customer(d, it, dec, ids[i]))
			consider(d, it, ids[i], THREAD_TICKET,
			    arena_printf(d->arena, "the same ticket %s", text_printable(d->arena, ticket, 60)), out);
	n = original_ident(it->message, ident) ? store_originals(d->store, d->arena, ident, &rows) : 0;
	for (size_t i = 0; i < n; i++)
		if (original_same_date(rows[i].date, it->message->forward->date))
			consider(d, it, rows[i].escalation, THREAD_ORIGINAL, arena_printf(d->arena, "the same mail of %s",
			    it->message->forward->from.address), out);
	return out->escalation != 0;
}

void
desk_same_known(struct desk *d, const struct item *it, const struct escalation *e)
{
	unsigned char ident[DIGEST_BYTES];

	if (original_ident(it->message, ident))
		store_original_add(d->store, ident, e->id, it->message->forward->date);
}

/* ---- his own case -------------------------------------------------------------------------------------- */

void
desk_same_added(struct desk *d, struct item *it, const struct same *same)
{
	struct thread_answer thread = { .evidence = same->evidence, .escalation = same->escalation,
		.sentence = arena_printf(d->arena, "%s as %s, which is his", same->why, say_case(d->arena, same->escalation)) };
	struct telling t = { .template = "added", .to = it->message->from, .about = it, .auto_submitted = "auto-replied" };
	const struct engineer *x;
	struct escalation e;

	if (!store_escalation_get(d->store, d->arena, same->escalation, &e))
		return;
	why_thread(it, &thread);
	if (e.state != ESCALATION_WAITING) { /* else he is told that it goes along */
		x = settings_engineer(d->settings, e.engineer);
		t.e = &e;
		tell_case(d, &t, &e);
		tell_value(&t, "reason", same->why);
		tell_value(&t, "engineer", x != NULL ? x->full_name : NULL);
		tell(d, &t);
	}
	desk_talk(d, it, &thread);
}

/* ---- somebody else's ----------------------------------------------------------------------------------- */

void
desk_same_link(struct desk *d, const struct escalation *e, const struct same *same)
{
	store_event_add(d->store, e->id, d->now, "relay", WORD_LINKED,
	    arena_printf(d->arena, "%s: %s", say_case(d->arena, same->escalation), same->why), 0);
	store_event_add(d->store, same->escalation, d->now, "relay", WORD_LINKED,
	    arena_printf(d->arena, "%s: %s", say_case(d->arena, e->id), same->why), 0);
}

static void
tell_linked(struct desk *d, const struct person *to, const struct escalation *e, const struct escalation *other,
    const char *why)
{
	const struct engineer *x = settings_engineer(d->settings, e->engineer);
	struct telling t = { .template = "linked", .to = *to, .e = e, .auto_submitted = "auto-generated" };

	tell_case(d, &t, e);
	tell_value(&t, "writer", say_name(&other->requester));
	tell_value(&t, "linked", say_case(d->arena, other->id));
	tell_value(&t, "reason", why);
	tell_value(&t, "engineer", x != NULL && text_equal_nocase(e->engineer, other->engineer) ? x->full_name : NULL);
	tell(d, &t);
}

void
desk_same_tell(struct desk *d, const struct escalation *e, const struct same *same)
{
	struct escalation other;
	const struct engineer *x;

	if (!store_escalation_get(d->store, d->arena, same->escalation, &other))
		return;
	tell_linked(d, &e->requester, e, &other, same->why);
	tell_linked(d, &other.requester, &other, e, same->why);
	x = settings_engineer(d->settings, other.engineer);
	if (x != NULL && !text_equal_nocase(other.engineer, e->engineer)) /* else his assignment says it */
		tell_linked(d, &(struct person){ x->full_name, x->emails[0] }, &other, e, same->why);
}

/* The first link of the case: "ESC-1: the same ticket 4711". */
static const char *
first_link(struct desk *d, const struct escalation *e, struct escalation *other)
{
	struct event_row *events;
	size_t n = store_events(d->store, d->arena, e->id, &events);

	for (size_t i = 0; i < n; i++) {
		int64_t id = 0;

		if (strcmp(events[i].kind, WORD_LINKED) != 0)
			continue;
		for (const char *p = events[i].detail + strcspn(events[i].detail, "0123456789"); *p >= '0' && *p <= '9'; p++)
			id = 10 * id + (*p - '0');
		if (store_escalation_get(d->store, d->arena, id, other))
			return events[i].detail;
	}
	return NULL;
}

const char *
desk_same_line(struct desk *d, const struct escalation *e)
{
	struct escalation other;
	const char *link = first_link(d, e, &other);

	return link == NULL ? NULL :
	                      arena_printf(d->arena, "%s (%s%s%s)", link, say_name(&other.requester),
	                          *other.engineer != '\0' ? ", with " : "", other.engineer);
}

const struct engineer *
desk_same_owner(struct desk *d, const struct escalation *e)
{
	struct escalation other;

	if (first_link(d, e, &other) == NULL || (other.state == ESCALATION_RESOLVED && !desk_owner_seated(d, &other)))
		return NULL;
	return settings_engineer(d->settings, other.engineer);
}

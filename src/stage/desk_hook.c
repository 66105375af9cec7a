/* desk_hook.c - what a chat room hears of: events, owed in the transaction of what they tell of. See desk.h. */
#include <string.h>

#include "ground/digest.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "judge/notice.h"
#include "judge/redact.h"
#include "stage/desk.h"

#define TOKEN_BYTES 8

static bool
wants(const struct webhook *h, const char *event)
{
	for (size_t i = 0; i < h->nevents; i++)
		if (strcmp(h->events[i], event) == 0)
			return true;
	return h->nevents == 0;
}

static bool
any_wants(const struct settings *s, const char *event)
{
	for (size_t i = 0; i < s->nwebhooks; i++)
		if (wants(&s->webhooks[i], event))
			return true;
	return false;
}

void
desk_hook(struct desk *d, const char *event, const struct escalation *e, const char *words, const char *detail)
{
	const struct settings *s = d->settings;
	struct notice n = { .event = event, .relay = s->name, .at = d->now, .words = words, .detail = detail };
	unsigned char random[TOKEN_BYTES];
	char token[2 * TOKEN_BYTES + 1];
	const char *report;

	if (!any_wants(s, event))
		return;
	random_bytes(random, sizeof(random));
	digest_hex(random, sizeof(random), token);
	n.id = token;
	if (e != NULL) {
		n.escalation = say_case(d->arena, e->id);
		n.state = escalation_state_word(e->state);
		n.severity = e->severity;
		n.engineer = e->engineer;
		n.requester = say_name(&e->requester);
		n.customer = e->customer;
		n.ticket = e->ticket;
		n.subject = redact(d->arena, s->redactions, s->nredactions, e->subject, &report);
	}
	for (size_t i = 0; i < s->nwebhooks; i++)
		if (wants(&s->webhooks[i], event))
			store_hook_add(d->store, &(struct hook_row){ .webhook = s->webhooks[i].name, .token = token, .event = event, .at = d->now,
			    .body = notice_json(d->arena, &n) });
	d->hooked = true;
}

/* Whom it is with, by his name. */
static const char *
whose(struct desk *d, const struct escalation *e)
{
	const struct engineer *x = settings_engineer(d->settings, e->engineer);

	return x != NULL ? x->full_name : *e->engineer != '\0' ? e->engineer : "nobody";
}

void
desk_hook_step(struct desk *d, const struct escalation *e, enum escalation_event event, enum escalation_state before,
    const char *detail)
{
	const char *id = say_case(d->arena, e->id);

	if (d->settings->nwebhooks == 0)
		return;
	if (before == ESCALATION_RESOLVED && e->state != before)
		desk_hook(d, "reopened", e, arena_printf(d->arena, "%s is open again", id), NULL);
	if (before != ESCALATION_RESOLVED && e->state == ESCALATION_RESOLVED)
		desk_hook(d, "resolved", e, arena_printf(d->arena, "%s is closed, %s", id, e->outcome), NULL);
	if (event == EVENT_ASSIGN || event == EVENT_TAKE)
		desk_hook(d, "assigned", e, arena_printf(d->arena, "%s is with %s", id, whose(d, e)), NULL);
	else if (event == EVENT_ANSWER || event == EVENT_ANSWER_ACK)
		desk_hook(d, "answered", e, arena_printf(d->arena, "%s answered in %s", whose(d, e), id), NULL);
	else if (event == EVENT_TIMEOUT)
		desk_hook(d, "overdue", e, arena_printf(d->arena, "%s is overdue", id), detail);
}

void
desk_hooks_poke(struct desk *d)
{
	for (unsigned i = 0; d->hooked && i < d->settings->nwebhooks; i++) {
		AUTO_FREE char *name = xasprintf(WAKE_HOOK, i + 1);

		wake_poke(d->settings->store, name);
	}
	d->hooked = false;
}

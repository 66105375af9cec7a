/* desk_rehearse.c - what an order that stands above another in the same mail will have made of the case. See desk_orders.h.
 *
 * All orders of a mail are looked at before the first is done, so a later one is looked at as if the earlier ones were:
 * "/take" and "/pass @bola" may stand in one mail.
 */
#include "stage/desk_orders.h"

#include "ground/mem.h"

void
order_rehearse(const struct ordering *o)
{
	static const struct { enum command_word word; enum escalation_event event; } moves[] = {
		{ COMMAND_ACK, EVENT_ACK }, { COMMAND_TAKE, EVENT_TAKE }, { COMMAND_PASS, EVENT_PASS },
		{ COMMAND_RESOLVE, EVENT_RESOLVE }, { COMMAND_REOPEN, EVENT_REOPEN },
	};
	struct escalation_facts facts = { 0 };
	const struct engineer *to;
	enum escalation_state state;

	if (o->e == NULL)
		return; /* an order about no case */
	facts.owner_seated = desk_owner_seated(o->d, o->e);
	for (size_t i = 0; i < COUNT(moves); i++)
		if (moves[i].word == o->c->word && escalation_step(o->e->state, moves[i].event, &facts, &state))
			o->e->state = state;
	if (o->c->word == COMMAND_TAKE)
		o->e->engineer = o->engineer->name;
	if (o->c->word == COMMAND_PASS) {
		to = o->c->who != NULL ? settings_engineer_called(o->d->settings, o->c->who) : NULL;
		o->e->engineer = to != NULL ? to->name : "";
	}
}

/* desk_ends.c - how a mail ends: its outcome, and why, written down. See desk.h. */
#include <inttypes.h>
#include <stdlib.h>

#include "ground/log.h"
#include "ground/text.h"
#include "stage/desk.h"

/* In the transaction of the decision: there is none whose rules nobody could read any more. Of a new set each rule is there from now on. */
static void
count_ruleset(struct desk *d)
{
	const struct ruleset *rs = d->conf->rules;

	if (store_ruleset_used(d->store, ruleset_hash(rs), d->now))
		return;
	store_ruleset_add(d->store, ruleset_hash(rs), d->now, ruleset_text(rs, d->arena), why_legend(rs, d->arena));
	for (size_t i = 0; i < ruleset_count(rs); i++) {
		struct rule_place rule;

		ruleset_rule(rs, i, &rule);
		store_rule_count(d->store, rule.name, d->now, &(struct rule_count){ .hits = 0 });
	}
}

void
item_ends(struct desk *d, struct item *it, const char *outcome, int64_t escalation, const char *note)
{
	struct journal_entry e = it->entry;
	char *why;

	e.state = JOURNAL_JUDGED;
	e.message_id = it->message->message_id != NULL ? it->message->message_id : "";
	e.from = it->message->from.address;
	e.subject = it->message->subject;
	e.outcome = outcome;
	e.escalation = escalation;
	e.note = note;
	store_journal_judged(d->store, &e);
	json_object_set_new(it->why, "outcome", json_string(outcome));
	json_object_set_new(it->why, "escalation", escalation != 0 ? json_string(say_case(d->arena, escalation)) : json_null());
	json_object_set_new(it->why, "note", note != NULL ? json_string(note) : json_null());
	why = json_dumps(it->why, JSON_COMPACT);
	store_decision_add(d->store, it->entry.id, d->now, ruleset_hash(d->conf->rules), why != NULL ? why : "{}");
	count_ruleset(d);
	free(why);
	log_info("journal %" PRId64 ": %s%s%s%s%s", it->entry.id, outcome, escalation != 0 ? " " : "", escalation != 0 ? say_case(d->arena, escalation) : "",
	    note != NULL ? ": " : "", note != NULL ? text_printable(d->arena, note, 300) : "");
}

void
item_held_untold(struct desk *d, struct item *it, const char *reason)
{
	store_quarantine_add(d->store, it->entry.id, d->now, reason);
	item_ends(d, it, "quarantined", 0, reason);
}

void
item_held(struct desk *d, struct item *it, const char *reason)
{
	tell_operator_held(d, it, reason);
	item_held_untold(d, it, reason);
}

/* desk_rules.c - what the rules make of a mail that belongs to no case. See desk.h. */
#include <string.h>

#include "ground/log.h"
#include "ground/mem.h"
#include "ground/zone.h"
#include "stage/desk_filing.h"
#include "stage/desk_same.h"

/* Who reads what a team answers: staff, who wrote it, or the operator for all others. */
static struct person
asker_of(const struct desk *d, const struct item *it)
{
	if (it->staff && it->message->auto_submitted == NULL && it->message->from_count == 1)
		return it->message->from;
	return (struct person){ .name = "", .address = d->settings->operator_address };
}

/* False: not all of it could be owed. */
static bool
send_on(struct desk *d, struct item *it, const struct decision *dec)
{
	const struct message *m = it->message;
	const char *subject = *m->subject != '\0' ? m->subject : "(no subject)";
	bool all = true;

	for (size_t i = 0; i < dec->nfiles; i++) {
		const struct team *team = settings_team(d->settings, dec->files[i].team);
		struct filing_order order = { .about = it, .original = m, .team = team, .kind = dec->files[i].kind, .title = subject,
			.reason = m->visible_text != NULL ? m->visible_text : "", .engineer = "", .rule = dec->rule, .dec = dec,
			.by = it->staff ? say_name(&m->from) : d->settings->name, .asker = asker_of(d, it) };
		struct filing f;
		const char *reports;

		if (team == NULL)
			continue;
		if (desk_file(d, &order, &f, &reports))
			tell_filed(d, it, &f, team);
		else
			all = false;
	}
	for (size_t i = 0; i < dec->nforwards; i++) {
		struct telling t = { .template = "forward", .about = it, .auto_submitted = "auto-generated", .attach_original = true, .no_token = true,
			.subject = arena_printf(d->arena, "Fwd: %s", subject), .to = { .name = "", .address = dec->forwards[i] } };

		tell_value(&t, "relay", d->settings->name);
		tell_value(&t, "rule", dec->rule);
		tell_value(&t, "from", say_name(&m->from));
		tell_value(&t, "subject", subject);
		tell_original(d, &t, m);
		all &= tell(d, &t) != 0;
	}
	return all;
}

static const char *
fate_of(struct desk *d, const struct decision *dec)
{
	if (dec->rule == NULL)
		return "no other rule decided: it is held in quarantine";
	return arena_printf(d->arena, "rule \"%s\" decided%s", dec->rule, dec->quarantine ? ": it is held in quarantine" : "");
}

/* The operator hears of a rule that hit its limits: once a day, whatever number of mails drive it there. */
static void
tell_stuck(struct desk *d, const struct item *it, const struct decision *dec)
{
	const struct message *m = it->message;

	for (size_t i = 0; i < dec->ntrace; i++) {
		const struct rule_trace *r = &dec->trace[i];
		struct telling t = { .template = "stuck", .to = { .name = "", .address = d->settings->operator_address }, .about = it,
			.auto_submitted = "auto-generated", .no_token = true };

		if (r->verdict != RULE_STUCK)
			continue;
		log_warning("journal %lld: rule \"%s\" was stuck at a limit", (long long)it->entry.id, r->name);
		t.subject = arena_printf(d->arena, "[%s] Stuck rule: %s (%s:%u)", d->settings->name, r->name, r->file, r->line);
		if (store_stuck_told_since(d->store, t.subject, d->now - 86400))
			continue;
		tell_value(&t, "relay", d->settings->name);
		tell_value(&t, "rule", r->name);
		tell_value(&t, "place", arena_printf(d->arena, "%s:%u", r->file, r->line));
		tell_value(&t, "condition", r->failed);
		tell_value(&t, "from", *m->from.name != '\0' ? arena_printf(d->arena, "%s <%s>", m->from.name, m->from.address) : m->from.address);
		tell_value(&t, "subject", *m->subject != '\0' ? m->subject : "(no subject)");
		tell_value(&t, "received", say_when(d->arena, it->entry.received, zone_load("UTC")));
		tell_value(&t, "number", arena_printf(d->arena, "%lld", (long long)it->entry.id));
		tell_value(&t, "verdict", fate_of(d, dec));
		tell(d, &t);
	}
}

static void
held(struct fate *out, const char *note)
{
	*out = (struct fate){ "quarantined", note };
}

void
desk_fate(struct desk *d, const struct ruleset *rules, const struct item *it, struct decision *dec, struct fate *out)
{
	const char *rule;

	rule_decide(rules, d->arena, it->message, it->customer != NULL ? it->customer->name : NULL, dec);
	rule = dec->rule != NULL ? arena_printf(d->arena, "rule \"%s\"", dec->rule) : "no rule";
	if (dec->verdict == RULE_STUCK)
		held(out, "a rule hit its limits and no other decided");
	else if (dec->quarantine)
		held(out, arena_printf(d->arena, "%s says so", rule));
	else if (dec->ignore)
		*out = (struct fate){ "ignored", rule };
	else if (it->auth == AUTHRES_FAIL && it->staff && !it->released)
		held(out, arena_printf(d->arena, "it says that staff sent it, and the mail server denies that: %s", it->auth_why));
	else if (dec->verdict == RULE_YES && (dec->nfiles > 0 || dec->nforwards > 0) && !dec->open)
		*out = (struct fate){ dec->nfiles > 0 ? "filed" : "forwarded", rule };
	else if (it->team != NULL && !it->released)
		held(out, arena_printf(d->arena, "a mail of team %s that belongs to no case", it->team->name));
	else if (!it->staff && !it->released)
		held(out, "the sender is not staff");
	else if (it->message->auto_submitted != NULL && !it->released)
		held(out, "an automatic mail that no rule wants");
	else if (dec->verdict != RULE_YES)
		held(out, "no rule wants it");
	else
		*out = (struct fate){ "opened", rule };
}

/* Each rule that held or was stuck, and each pattern. A mail that a person let out of quarantine was counted when it went
 * in; what he thinks of the rule that held it is counted now. */
static void
count_rules(struct desk *d, const struct item *it, const struct decision *dec)
{
	json_t *o = it->released ? why_read(d->store, d->arena, it->entry.id, false) : NULL, *rules = json_object_get(o, "rules");
	const char *by;

	if (json_is_true(json_object_get(rules, "quarantine")) && (by = json_string_value(json_object_get(rules, "rule"))) != NULL)
		store_rule_count(d->store, by, d->now, &(struct rule_count){ .released = 1 });
	for (size_t i = 0; rules == NULL && i < dec->ntrace; i++)
		if (dec->trace[i].verdict != RULE_NO)
			store_rule_count(d->store, dec->trace[i].name, d->now,
			    &(struct rule_count){ .hits = dec->trace[i].verdict == RULE_YES, .stuck = dec->trace[i].verdict == RULE_STUCK });
	for (size_t i = 0; rules == NULL && i < dec->npatterns; i++)
		store_pattern_count(d->store, dec->patterns[i].rule, dec->patterns[i].pattern, d->now, &(struct rule_count){
		    .hits = dec->patterns[i].verdict == RULE_YES, .stuck = dec->patterns[i].verdict == RULE_STUCK });
	json_decref(o);
}

/* A case of its own, or a word of one that is there. */
static void
opened(struct desk *d, struct item *it, const struct decision *dec)
{
	struct same same;
	bool known = desk_same(d, it, dec, &same);

	if (known && same.his)
		desk_same_added(d, it, &same);
	else if (!desk_word_held(d, it, NULL, NULL, it->message->visible_text != NULL ? it->message->visible_text : ""))
		desk_open(d, it, dec, known ? &same : NULL);
}

void
desk_rules(struct desk *d, struct item *it)
{
	struct decision dec;
	struct fate fate;

	desk_fate(d, d->conf->rules, it, &dec, &fate);
	why_rules(it, &dec, &fate);
	count_rules(d, it, &dec);
	tell_stuck(d, it, &dec);
	if (strcmp(fate.outcome, "quarantined") == 0)
		item_held(d, it, fate.note);
	else if (strcmp(fate.outcome, "opened") == 0)
		opened(d, it, &dec);
	else if (strcmp(fate.outcome, "ignored") != 0 && !send_on(d, it, &dec))
		item_held(d, it, arena_printf(d->arena, "not all that rule \"%s\" sends could be sent: a limit was reached", dec.rule));
	else
		item_ends(d, it, fate.outcome, 0, fate.note);
}

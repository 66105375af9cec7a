/* desk_why.c - what the judges said about one mail, written down for `escrelay why`. See desk.h.
 *
 * One JSON object a mail. Facts only: the words are made when somebody asks.
 */
#include <string.h>

#include "ground/clock.h"
#include "stage/desk.h"

static json_t *
text_or_null(const char *s)
{
	return s == NULL ? json_null() : json_string(s);
}

void
why_message(struct item *it)
{
	const struct message *m = it->message;

	json_object_set_new(it->why, "message_id", text_or_null(m->message_id));
	json_object_set_new(it->why, "kind", json_string(message_kind_word(m->kind)));
	json_object_set_new(it->why, "from", json_string(m->from.address));
	json_object_set_new(it->why, "sender", json_string(it->engineer != NULL ? "engineer" : it->team != NULL ? "team" : it->staff ? "staff" : "outsider"));
	json_object_set_new(it->why, "truncated", text_or_null(m->truncated));
	json_object_set_new(it->why, "auth", json_pack("{s:s,s:s}", "verdict", auth_verdict_word(it->auth), "why", it->auth_why));
}

void
why_thread(struct item *it, const struct thread_answer *t)
{
	static const char *const words[] = { [THREAD_NONE] = "none", [THREAD_TOKEN] = "token", [THREAD_OUR_ID] = "our-id",
		[THREAD_KNOWN_ID] = "known-id", [THREAD_TAG] = "tag", [THREAD_TICKET] = "ticket", [THREAD_ORIGINAL] = "original", [THREAD_NUMBER] = "tracker-number" };

	json_object_set_new(it->why, "thread", json_pack("{s:s,s:I,s:I,s:s}", "evidence", words[t->evidence], "escalation",
	    (json_int_t)t->escalation, "filing", (json_int_t)t->filing, "sentence", t->sentence));
}

static const char *
verdict_word(enum rule_verdict v)
{
	return v == RULE_YES ? "yes" : v == RULE_NO ? "no" : "stuck";
}

void
why_rules(struct item *it, const struct ruleset *rs, const struct decision *dec, const struct fate *fate)
{
	json_t *captures = json_object(), *trace = json_array(), *stuck = json_array(), *sets = json_object(), *set_by = json_object(),
	       *files = json_array(), *forwards = json_array();

	for (size_t i = 0; i < dec->ncaptures; i++)
		json_object_set_new(captures, dec->captures[i].name, json_string(dec->captures[i].value));
	for (size_t i = 0; i < dec->nsets; i++) {
		json_object_set_new(sets, dec->sets[i].name, json_string(dec->sets[i].value));
		json_object_set_new(set_by, dec->sets[i].name, json_string(dec->sets[i].rule));
	}
	for (size_t i = 0; i < dec->nfiles; i++)
		json_array_append_new(files, json_pack("{s:s,s:s}", "team", dec->files[i].team, "kind", dec->files[i].kind));
	for (size_t i = 0; i < dec->nforwards; i++)
		json_array_append_new(forwards, json_string(dec->forwards[i]));
	for (size_t i = 0; i < dec->nstuck; i++)
		json_array_append_new(stuck, json_string(dec->stuck[i]));
	for (size_t i = 0; i < dec->ntrace; i++)
		json_array_append_new(trace, json_pack("{s:s,s:s,s:s?,s:s?,s:i}", "rule", dec->trace[i].name, "verdict",
		    verdict_word(dec->trace[i].verdict), "failed", dec->trace[i].failed, "file", dec->trace[i].file, "line", (int)dec->trace[i].line));
	json_object_set_new(it->why, "rules", json_pack("{s:s,s:s,s:s?,s:s?,s:i,s:o,s:o,s:o,s:o,s:o,s:s,s:b,s:o,s:o}", "ruleset", ruleset_hash(rs), "verdict",
	    verdict_word(dec->verdict), "rule", dec->rule, "rule_file", dec->file, "line", (int)dec->line, "captures", captures, "set", sets, "set_by", set_by,
	    "stuck", stuck, "trace", trace, "fate", fate->outcome, "quarantine", (int)dec->quarantine, "file", files, "forward", forwards));
}

json_t *
choice_json(const struct choice *c)
{
	json_t *considered = json_array();

	for (size_t i = 0; i < c->nconsidered; i++) {
		const struct candidate *k = &c->considered[i];
		char when[CLOCK_TEXT];

		json_array_append_new(considered, json_pack("{s:s?,s:s?,s:b,s:s,s:s?,s:s,s:i,s:i}", "engineer",
		    k->engineer != NULL ? k->engineer->name : NULL, "stands_for", k->stands_for != NULL ? k->stands_for->name : NULL,
		    "chosen", (int)k->chosen, "skip", skip_word(k->skip), "when", k->when != 0 ? clock_rfc3339(k->when, when) : NULL,
		    "local", k->local, "open", (int)k->open, "turns", (int)k->turns));
	}
	return considered;
}

void
why_choice(json_t *why, const struct choice *c)
{
	json_object_set_new(why, "choice", json_pack("{s:s?,s:s,s:o}", "engineer", c->engineer != NULL ? c->engineer->name : NULL, "sentence",
	    c->sentence, "considered", choice_json(c)));
}

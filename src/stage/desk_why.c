/* desk_why.c - what the judges said about one mail, written down for `escrelay why`, and read again. See desk.h.
 *
 * One JSON object a mail. Facts only: the words are made when somebody asks. What each rule said is written as numbers,
 * for a mail goes past dozens of rules whose texts are the same for all mails: those stand once a ruleset, in its legend.
 */
#include <stdlib.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/mem.h"
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

/* Each rule that was tried, in their order from the first: + held, the number of the condition that decided against it, and
 * with a ? the one that was stuck. */
static json_t *
trace_short(const struct decision *dec)
{
	AUTO_BUF struct buf b;

	buf_init(&b, 16 * dec->ntrace + 1);
	for (size_t i = 0; i < dec->ntrace; i++) {
		const struct rule_trace *t = &dec->trace[i];

		if (i > 0)
			buf_putc(&b, ' ');
		if (t->verdict == RULE_YES)
			buf_putc(&b, '+');
		else
			buf_printf(&b, "%u%s", t->condition, t->verdict == RULE_STUCK ? "?" : "");
	}
	return json_stringn(b.data, b.len);
}

void
why_rules(struct item *it, const struct decision *dec, const struct fate *fate)
{
	json_t *captures = json_object(), *stuck = json_array(), *sets = json_object(), *set_by = json_object(),
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
	json_object_set_new(it->why, "rules", json_pack("{s:s,s:s?,s:s?,s:i,s:o,s:o,s:o,s:o,s:o,s:s,s:b,s:o,s:o}", "verdict",
	    verdict_word(dec->verdict), "rule", dec->rule, "rule_file", dec->file, "line", (int)dec->line, "captures", captures, "set", sets,
	    "set_by", set_by, "stuck", stuck, "trace", trace_short(dec), "fate", fate->outcome, "quarantine", (int)dec->quarantine, "file", files,
	    "forward", forwards));
}

const char *
why_legend(const struct ruleset *rs, struct arena *a)
{
	json_t *rules = json_array();
	const char *text;
	char *dumped;

	for (size_t i = 0; i < ruleset_count(rs); i++) {
		const char *const *conditions;
		json_t *texts = json_array();
		struct rule_place rule;
		size_t n = ruleset_conditions(rs, i, &conditions);

		ruleset_rule(rs, i, &rule);
		for (size_t k = 0; k < n; k++)
			json_array_append_new(texts, json_string(conditions[k]));
		json_array_append_new(rules, json_pack("{s:s,s:s,s:i,s:o}", "rule", rule.name, "file", rule.file, "line", (int)rule.line,
		    "conditions", texts));
	}
	dumped = json_dumps(rules, JSON_COMPACT);
	text = arena_strdup(a, dumped != NULL ? dumped : "[]");
	free(dumped);
	json_decref(rules);
	return text;
}

/* What one word of a trace is short for. */
static json_t *
tried(const char *word, json_t *rule)
{
	bool yes = *word == '+';
	size_t condition = yes ? 0 : strtoul(word, NULL, 10);

	return json_pack("{s:O,s:s,s:O?,s:O,s:O}", "rule", json_object_get(rule, "rule"), "verdict",
	    yes ? "yes" : strchr(word, '?') != NULL ? "stuck" : "no", "failed",
	    yes ? NULL : json_array_get(json_object_get(rule, "conditions"), condition), "file", json_object_get(rule, "file"), "line",
	    json_object_get(rule, "line"));
}

/* NULL: these rules are not in the store. */
static json_t *
trace_whole(struct store *s, struct arena *a, const char *ruleset, const char *trace)
{
	const char *legend = store_ruleset_legend(s, a, ruleset);
	json_t *rules = legend != NULL ? json_loads(legend, 0, NULL) : NULL, *whole = rules != NULL ? json_array() : NULL;
	char *words = arena_strdup(a, trace), *rest = NULL;
	size_t i = 0;

	for (char *w = strtok_r(words, " ", &rest); whole != NULL && w != NULL; w = strtok_r(NULL, " ", &rest))
		json_array_append_new(whole, tried(w, json_array_get(rules, i++)));
	json_decref(rules);
	return whole;
}

json_t *
why_read(struct store *s, struct arena *a, int64_t journal, bool whole)
{
	const char *text = store_decision(s, a, journal), *ruleset = text != NULL ? store_decision_ruleset(s, a, journal) : NULL;
	json_t *why = text != NULL ? json_loads(text, 0, NULL) : NULL, *rules = json_object_get(why, "rules"), *named, *trace;

	if (rules == NULL || ruleset == NULL)
		return why;
	named = json_pack("{s:s}", "ruleset", ruleset);
	json_object_update(named, rules);
	if (whole) {
		trace = trace_whole(s, a, ruleset, json_is_string(json_object_get(rules, "trace")) ? json_string_value(json_object_get(rules, "trace")) : "");
		json_object_set_new(named, "trace", trace != NULL ? trace : json_null());
	}
	json_object_set_new(why, "rules", named);
	return why;
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

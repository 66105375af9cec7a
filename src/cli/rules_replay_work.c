/* rules_replay_work.c - one worker of 'rules replay': mails of the journal judged by other rules, as decide would. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/rules_replay.h"
#include "cli/view.h"
#include "ground/mem.h"
#include "stage/desk.h"

#define SPAN 64 /* journal ids at a time */

struct worker { const struct replay *r; struct desk desk; int me, to; };

static void
count(const struct worker *w, enum replay_count what)
{
	atomic_fetch_add(&w->r->shared->counts[what], 1);
}

/* What was decided without the rules, or not at all. */
static enum replay_count
never_asked(const struct journal_entry *e)
{
	if (e->state != JOURNAL_JUDGED || e->outcome == NULL)
		return REPLAY_WAITS;
	if (strcmp(e->outcome, "duplicate") == 0)
		return REPLAY_DUPLICATE;
	return strcmp(e->outcome, "quarantined") == 0 ? REPLAY_TRUST : REPLAY_CASE;
}

static json_t *
side(const char *outcome, const char *rule, json_t *set, json_t *file, json_t *forward)
{
	return json_pack("{s:s, s:s?, s:o, s:o, s:o}", "outcome", outcome, "rule", rule, "set", set, "file", file, "forward", forward);
}

static json_t *
before_of(json_t *rules)
{
	return side(json_string_value(json_object_get(rules, "fate")), json_string_value(json_object_get(rules, "rule")),
	    json_incref(json_object_get(rules, "set")), json_incref(json_object_get(rules, "file")), json_incref(json_object_get(rules, "forward")));
}

static json_t *
after_of(const struct decision *dec, const struct fate *fate)
{
	json_t *set = json_object(), *file = json_array(), *forward = json_array();

	for (size_t i = 0; i < dec->nsets; i++)
		json_object_set_new(set, dec->sets[i].name, json_string(dec->sets[i].value));
	for (size_t i = 0; i < dec->nfiles; i++)
		json_array_append_new(file, json_pack("{s:s,s:s}", "team", dec->files[i].team, "kind", dec->files[i].kind));
	for (size_t i = 0; i < dec->nforwards; i++)
		json_array_append_new(forward, json_string(dec->forwards[i]));
	return side(fate->outcome, dec->rule, set, file, forward);
}

/* What is set counts where a case is opened, where a mail is sent where it is sent. */
static enum replay_count
compare(json_t *before, json_t *after)
{
	const char *was = json_string_value(json_object_get(before, "outcome")), *is = json_string_value(json_object_get(after, "outcome"));

	if (strcmp(was, is) != 0)
		return REPLAY_OUTCOME;
	if ((strcmp(is, "filed") == 0 || strcmp(is, "forwarded") == 0)
	    && !(json_equal(json_object_get(before, "file"), json_object_get(after, "file"))
	        && json_equal(json_object_get(before, "forward"), json_object_get(after, "forward"))))
		return REPLAY_SENT;
	if (strcmp(is, "opened") == 0 && !json_equal(json_object_get(before, "set"), json_object_get(after, "set")))
		return REPLAY_SET;
	return json_equal(json_object_get(before, "rule"), json_object_get(after, "rule")) ? REPLAY_SAME : REPLAY_OTHER_RULE;
}

static bool
put(int to, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(to, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
report(const struct worker *w, const struct item *it, json_t *rules, json_t *before, json_t *after, enum replay_count what, const char *note)
{
	static const char *const words[] = { [REPLAY_OUTCOME] = "outcome", [REPLAY_SENT] = "sent", [REPLAY_SET] = "set" };
	const char *hash = json_string_value(json_object_get(rules, "ruleset"));
	json_t *o = json_pack("{s:I, s:o, s:s, s:s, s:s, s:O, s:O, s:s?, s:s?, s:b}", "journal", (json_int_t)it->entry.id, "received",
	    view_json_time(it->entry.received), "from", it->message->from.address, "subject", it->message->subject, "changed", words[what],
	    "before", before, "after", after, "note", note, "ruleset", hash, "in_force",
	    (int)(hash != NULL && w->r->in_force != NULL && strcmp(hash, w->r->in_force) == 0));
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	bool good = text != NULL && put(w->to, text, strlen(text)) && put(w->to, "\n", 1);

	free(text);
	json_decref(o);
	return good;
}

static bool
judge_again(struct worker *w, int64_t id, json_t *rules)
{
	json_t *before, *after;
	struct decision dec;
	enum replay_count what;
	struct fate fate;
	struct item it;
	bool good;

	if (!desk_read(&w->desk, id, &it))
		return store_fault(w->desk.store) == STORE_OK; /* purged since it was listed */
	desk_fate(&w->desk, w->r->rules, &it, &dec, &fate);
	before = before_of(rules);
	after = after_of(&dec, &fate);
	what = compare(before, after);
	count(w, what);
	if (dec.nstuck > 0)
		count(w, REPLAY_STUCK);
	good = what == REPLAY_SAME || what == REPLAY_OTHER_RULE || report(w, &it, rules, before, after, what, fate.note);
	json_decref(before);
	json_decref(after);
	desk_drop(&it);
	return good;
}

/* One mail. Whether decide brought it to the rules is in its decision: threads and duplicates were judged by what was true then. */
static bool
replay_mail(struct worker *w, int64_t id)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct journal_entry e;
	json_t *o, *rules;
	bool good = true;

	w->desk.arena = a;
	atomic_store(&w->r->shared->in_hand[w->me], id);
	if (!store_journal_get(w->desk.store, a, id, &e))
		return store_fault(w->desk.store) == STORE_OK;
	o = why_read(w->desk.store, a, id, false);
	rules = json_object_get(o, "rules");
	if (e.state == JOURNAL_JUDGED && json_is_string(json_object_get(rules, "fate")))
		good = judge_again(w, id, rules);
	else
		count(w, never_asked(&e));
	json_decref(o);
	w->desk.arena = NULL;
	return good && store_fault(w->desk.store) == STORE_OK;
}

int
replay_worker(const struct replay *r, int me, int to)
{
	struct worker w = { .r = r, .me = me, .to = to, .desk = { .settings = r->settings, .reads_only = true } };
	enum store_fault fault;
	char why[256] = "";
	bool good = true;

	mem_steady();
	w.desk.store = store_open(r->settings->store, STORE_READ, &fault, why);
	while (w.desk.store != NULL && good && !atomic_load(&r->shared->stop)) {
		AUTO_ARENA struct arena *a = arena_new();
		int64_t first = atomic_fetch_add(&r->shared->next, SPAN), last = first + SPAN - 1, *ids;
		size_t n;

		if (first > r->newest)
			break;
		n = store_journal_span(w.desk.store, a, first, last < r->newest ? last : r->newest, r->since, &ids);
		for (size_t i = 0; good && i < n && !atomic_load(&r->shared->stop); i++)
			good = replay_mail(&w, ids[i]);
		atomic_fetch_add(&r->shared->done, SPAN);
	}
	if (w.desk.store == NULL || !good)
		fprintf(stderr, "escrelay: %s\n", w.desk.store == NULL ? why : store_why(w.desk.store));
	good = good && w.desk.store != NULL && store_fault(w.desk.store) == STORE_OK;
	store_close(w.desk.store);
	return good ? EXIT_DONE : EXIT_CANNOT;
}

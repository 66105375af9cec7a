/* desk_answer.c - what the leaving engineer says of his cases, or that he says nothing. See desk_duty.h.
 *
 * His lines go through the functions of the commands, so the law, the letters and the record are the same. As with
 * commands: two passes, all or none, and a transcript always.
 */
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/token.h"
#include "judge/handover.h"
#include "stage/desk_duty.h"
#include "stage/desk_orders.h"

static const char *
one_more(struct arena *a, const char *lines, const char *line)
{
	return lines == NULL ? line : arena_printf(a, "%s\n%s", lines, line);
}

/* ---- the two passes ------------------------------------------------------------------------------------ */

struct answering { struct item *it; const struct engineer *x; struct relay_words words; struct escalation e; };

static struct ordering
ordering_for(struct desk *d, struct answering *w, const struct handover_order *o)
{
	w->words = (struct relay_words){ .text = "", .writer = w->x->full_name,
		.from_name = arena_printf(d->arena, "%s (EE)", w->x->full_name) };
	return (struct ordering){ .d = d, .e = &w->e, .c = &o->command, .words = &w->words, .engineer = w->x,
		.actor = w->x->name, .by = w->x->full_name, .address = w->it->message->from.address,
		.journal = w->it->entry.id };
}

/* Why it cannot be done, or NULL. */
static const char *
objection(struct desk *d, struct answering *w, const struct handover_order *o)
{
	struct ordering order;
	const char *why;

	if (o->error != NULL)
		return o->error;
	if (!store_escalation_get(d->store, d->arena, o->escalation, &w->e))
		return arena_printf(d->arena, "there is no %s", say_case(d->arena, o->escalation));
	if (!text_equal_nocase(w->e.engineer, w->x->name))
		return arena_printf(d->arena, "%s is %s%s", say_case(d->arena, o->escalation),
		    *w->e.engineer != '\0' ? "with " : "with nobody now", w->e.engineer);
	if (w->e.state == ESCALATION_RESOLVED)
		return arena_printf(d->arena, "%s is resolved already", say_case(d->arena, o->escalation));
	if (o->word == HANDOVER_KEEP)
		return NULL;
	order = ordering_for(d, w, o);
	why = o->word == HANDOVER_GIVE ? may_pass(&order) : may_resolve(&order);
	return why != NULL ? order_sentence(why) : NULL;
}

static const char *
act(struct desk *d, struct answering *w, const struct handover_order *o)
{
	struct ordering order = ordering_for(d, w, o);

	if (o->word != HANDOVER_KEEP)
		return order_sentence(o->word == HANDOVER_GIVE ? do_pass(&order) : do_resolve(&order));
	store_event_add(d->store, w->e.id, d->now, w->x->name, "keep", "keeps it after his rotation", w->it->entry.id);
	return arena_printf(d->arena, "%s stays with you", say_case(d->arena, w->e.id));
}

static void
tell_done(struct desk *d, struct item *it, uint32_t day, const char *failed, const char *results, const char *rest)
{
	struct telling t = { .template = "handover-transcript",
		.to = it->message->from,
		.about = it,
		.auto_submitted = "auto-replied",
		.subject = arena_printf(d->arena, "[%s] Re: your cases", d->settings->name) };

	t.reply_to = desk_person_address(d, TOKEN_HANDOVER, day, it->message->from.address);
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "failed", failed);
	tell_value(&t, "results", results);
	tell_value(&t, "text", rest);
	tell(d, &t);
}

void
desk_handover_answered(struct desk *d, struct item *it, uint32_t day)
{
	struct answering w = { .it = it, .x = it->engineer };
	const char *failed = NULL, *results = NULL, *why;
	struct handover_orders orders;

	handover_parse(d->arena, it->message->visible_text != NULL ? it->message->visible_text : "", &orders);
	if (orders.n == 0)
		failed = "no line of it says keep, give or resolve and the number of a case";
	for (size_t i = 0; i < orders.n && failed == NULL; i++)
		if ((why = objection(d, &w, &orders.v[i])) != NULL)
			failed = arena_printf(d->arena, "\"%s\": %s", text_printable(d->arena, orders.v[i].raw, 100), why);
	for (size_t i = 0; i < orders.n && failed == NULL; i++) {
		/* An earlier line may have changed what this one looks at. */
		why = objection(d, &w, &orders.v[i]);
		results = one_more(d->arena, results, why == NULL ? act(d, &w, &orders.v[i]) : why);
	}
	tell_done(d, it, day, failed, results, orders.rest);
	item_ends(d, it, "commanded", 0, failed != NULL ? arena_printf(d->arena, "a handover, nothing was done: %s", failed) :
	    arena_printf(d->arena, "a handover: %s", results));
}

/* ---- nobody answered ----------------------------------------------------------------------------------- */

/* Has he said since then that he keeps it? */
static bool
said_keep(struct desk *d, const struct escalation *e, const struct engineer *x, int64_t since)
{
	struct event_row *events;

	for (size_t n = store_events(d->store, d->arena, e->id, &events); n > 0; n--)
		if (strcmp(events[n - 1].kind, "keep") == 0 && text_equal_nocase(events[n - 1].actor, x->name))
			return events[n - 1].at >= since;
	return false;
}

/* Was he asked about it then? */
static bool
was_asked(struct desk *d, const struct escalation *e, int64_t since)
{
	struct event_row *events;

	for (size_t n = store_events(d->store, d->arena, e->id, &events); n > 0; n--)
		if (strcmp(events[n - 1].kind, "handover") == 0)
			return events[n - 1].at >= since;
	return false;
}

static const char *
default_one(struct desk *d, struct escalation *e, bool pass)
{
	struct escalation_facts none = { 0 };
	enum escalation_state to;

	if (!pass || !escalation_step(e->state, EVENT_PASS, &none, &to)) {
		store_event_add(d->store, e->id, d->now, "relay", "kept", "nobody said what becomes of it: it stays", 0);
		return arena_printf(d->arena, "%s stays with you", say_case(d->arena, e->id));
	}
	desk_step(d, e, EVENT_PASS, "relay", "its engineer did not say what becomes of it after his rotation", 0, NULL);
	store_timer_set(d->store, e->id, "assign", d->now, e->generation);
	return arena_printf(d->arena, "%s passes to the next engineer", say_case(d->arena, e->id));
}

static void
apply_default(struct desk *d, const char *pool, const struct engineer *x, int64_t asked)
{
	struct telling t = { .template = "handover-transcript", .to = { .name = x->full_name, .address = x->emails[0] },
		.auto_submitted = "auto-generated", .no_token = true,
		.subject = arena_printf(d->arena, "[%s] Your cases, without an answer from you", d->settings->name) };
	bool pass = strcmp(d->settings->handover_default, "pass") == 0;
	const char *lines = NULL;
	struct escalation e = { 0 };

	while (store_escalation_of(d->store, d->arena, x->name, e.id, &e))
		if (text_equal_nocase(e.pool, pool) && was_asked(d, &e, asked) && !said_keep(d, &e, x, asked))
			lines = one_more(d->arena, lines, default_one(d, &e, pass));
	if (lines == NULL)
		return;
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "reason", "the time to say what becomes of your cases is over");
	tell_value(&t, "results", lines);
	tell(d, &t);
}

/* "asked 2026-12-14 core keegan" */
static const struct engineer *
read_mark(struct desk *d, const char *mark, const char **pool)
{
	const char *rest = strchr(mark + strlen("asked "), ' '), *name = strrchr(mark, ' ');

	if (rest == NULL || name == rest)
		return NULL;
	*pool = arena_strndup(d->arena, rest + 1, (size_t)(name - rest - 1));
	return settings_engineer(d->settings, name + 1);
}

bool
desk_handover_unanswered(struct desk *d, int64_t *next)
{
	struct mark *marks;
	size_t n = store_marks(d->store, d->arena, "asked ", &marks);

	for (size_t i = 0; i < n; i++) {
		const char *pool = "";
		const struct engineer *x = read_mark(d, marks[i].name, &pool);
		int64_t due = x != NULL ? handover_answer_due(d, x, marks[i].at) : d->now;

		if (due > d->now) {
			*next = due < *next ? due : *next;
			continue;
		}
		store_mark_set(d->store, marks[i].name, 0);
		if (x != NULL && !rotation_has(d->settings, pool, x, d->now)) /* he has a seat again: they are his as others are */
			apply_default(d, pool, x, marks[i].at);
		return true;
	}
	return false;
}

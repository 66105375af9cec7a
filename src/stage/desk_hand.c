/* desk_hand.c - see desk_hand.h. */
#include "stage/desk_hand.h"

#include <stdio.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "stage/desk_filing.h"
#include "stage/desk_orders.h"

static struct ordering
by_hand(struct desk *d, struct escalation *e, const char *who, struct relay_words *words)
{
	*words = (struct relay_words){ .text = "", .writer = "the operator" };
	return (struct ordering){ .d = d, .e = e, .words = words, .actor = who, .by = "The operator", .address = "" };
}

const char *
hand_assign(struct desk *d, struct escalation *e, const char *who, const char *engineer, const char **why)
{
	const struct engineer *x = settings_engineer(d->settings, engineer), *previous = settings_engineer(d->settings, e->engineer);
	struct relay_words words;
	struct ordering o = by_hand(d, e, who, &words);
	const char *sentence;

	if (x == NULL)
		*why = arena_printf(d->arena, "there is no engineer '%s'", text_printable(d->arena, engineer, 60));
	else if (e->state == ESCALATION_RESOLVED)
		*why = arena_printf(d->arena, "%s is resolved; reopen it first", say_case(d->arena, e->id));
	else if (x == previous)
		*why = arena_printf(d->arena, "%s is with %s already", say_case(d->arena, e->id), x->name);
	else if (e->state != ESCALATION_WAITING && !order_possible(&o, EVENT_PASS))
		*why = order_means_nothing(&o, "assign") + 1;
	if (*why != NULL || x == NULL)
		return NULL;
	sentence = arena_printf(d->arena, "the operator gave it to %s", x->full_name);
	if (e->state != ESCALATION_WAITING) {
		e->engineer = "";
		desk_step(d, e, EVENT_PASS, who, sentence, 0, NULL);
	}
	store_event_add(d->store, e->id, d->now, who, "gave", arena_printf(d->arena, "to %s", x->name), 0);
	desk_give(d, e, x, sentence);
	desk_tell_previous(d, e, previous, sentence);
	return arena_printf(d->arena, "%s is with %s now", say_case(d->arena, e->id), x->name);
}

const char *
hand_note(struct desk *d, struct escalation *e, const char *who, const char *text, const char **why)
{
	if (*text == '\0')
		*why = "the note is empty";
	if (*why != NULL)
		return NULL;
	store_event_add(d->store, e->id, d->now, who, "note", text, 0);
	return arena_printf(d->arena, "the note is kept with %s", say_case(d->arena, e->id));
}

/* The grammar of mails reads it, so that outcomes and causes are the same. */
static const char *
obey(struct ordering o, const char *line, may_fn *may, do_fn *act, const char **why)
{
	struct desk *d = o.d;
	struct commands c;

	commands_parse(d->arena, line, &c);
	if (c.n != 1)
		*why = "it must be one line of at most 1000 bytes";
	else if (c.v[0].error != NULL)
		*why = order_sentence(c.v[0].error);
	else {
		o.c = &c.v[0];
		*why = may(&o);
		if (*why != NULL)
			*why = order_sentence(*why);
	}
	return *why == NULL ? order_sentence(act(&o)) : NULL;
}

const char *
hand_resolve(struct desk *d, struct escalation *e, const char *who, const char *words, const char **why)
{
	struct relay_words none;

	return obey(by_hand(d, e, who, &none), arena_printf(d->arena, "/resolve %s", words), may_resolve, do_resolve, why);
}

/* What a rule filed: its team, and who wrote the mail, are told. */
static const char *
close_caseless(struct desk *d, const char *who, const char *words, const char **why)
{
	struct relay_words none;
	struct ordering o = by_hand(d, NULL, who, &none);
	struct commands c;
	struct filing f;

	commands_parse(d->arena, arena_printf(d->arena, "/close %s", words), &c);
	if (c.n != 1)
		*why = "it must be one line of at most 1000 bytes";
	else if (c.v[0].error != NULL)
		*why = order_sentence(c.v[0].error);
	else if (!store_filing_of(d->store, d->arena, 0, (int64_t)c.v[0].number, &f))
		*why = arena_printf(d->arena, "no F%llu stands without a case; one of a case is closed like 'close ESC-17 F2'",
		    (unsigned long long)c.v[0].number);
	else if (f.state == FILING_STATE_CLOSED)
		*why = arena_printf(d->arena, "F%lld was closed already, by %s", (long long)f.number, f.closed_by);
	if (*why != NULL)
		return NULL;
	order_tell_team(&o, &f, c.v[0].text);
	order_tell_asker(&o, &f, c.v[0].text);
	desk_filing_close(d, &f, NULL, who, c.v[0].text, 0, NULL);
	return arena_printf(d->arena, "F%lld is closed; its team and %s are told", (long long)f.number, say_name(&f.asker));
}

const char *
hand_close(struct desk *d, struct escalation *e, const char *who, const char *words, const char **why)
{
	struct relay_words none;

	if (e == NULL)
		return close_caseless(d, who, words, why);
	return obey(by_hand(d, e, who, &none), arena_printf(d->arena, "/close %s", words), may_close, do_close, why);
}

const char *
hand_reopen(struct desk *d, struct escalation *e, const char *who, const char *none, const char **why)
{
	struct relay_words words;

	(void)none;
	return obey(by_hand(d, e, who, &words), "/reopen", may_reopen, do_reopen, why);
}

const char *
hand_away(struct desk *d, const struct engineer *x, const char *who, const char *words, const char **why)
{
	struct relay_words none;
	struct ordering o = by_hand(d, NULL, who, &none);

	o.engineer = x;
	return obey(o, arena_printf(d->arena, "/away %s", words), may_away, do_away, why);
}

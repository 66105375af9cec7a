/* desk_commands.c - see desk_commands.h.
 *
 * Two passes over one table: may it be done? then: do it. The first touches nothing, so that a mail with one wrong line
 * changes nothing at all.
 */
#include "stage/desk_commands.h"
#include "stage/desk_duty.h"
#include "stage/desk_filing.h"
#include "stage/desk_orders.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"

#define HELP_BYTES 8192

bool
order_possible(const struct ordering *o, enum escalation_event event)
{
	struct escalation_facts facts = { .owner_seated = desk_owner_seated(o->d, o->e), .filings_open = store_has_open_filing(o->d->store, o->e->id) };
	enum escalation_state to;

	return escalation_step(o->e->state, event, &facts, &to);
}

static bool
is_owner(const struct ordering *o)
{
	return o->engineer != NULL && text_equal_nocase(o->engineer->name, o->e->engineer);
}

const char *
order_with(const struct ordering *o)
{
	const struct engineer *x = settings_engineer(o->d->settings, o->e->engineer);

	return x != NULL ? x->full_name : o->e->engineer;
}

const char *
order_sentence(const char *line)
{
	size_t word = *line == '/' ? strcspn(line, " ") : 0;

	if (word > 0 && line[word - 1] == ':' && line[word] == ' ')
		return line + word + 1;
	return *line == '/' ? line + 1 : line;
}

const char *
order_means_nothing(const struct ordering *o, const char *command)
{
	return arena_printf(o->d->arena, "/%s means nothing while %s is %s", command, say_case(o->d->arena, o->e->id), escalation_state_word(o->e->state));
}

/* ---- /ack, /take, /pass -------------------------------------------------------------------------------- */

static const char *
may_ack(const struct ordering *o)
{
	if (!is_owner(o))
		return arena_printf(o->d->arena, "%s is %s; /take makes it yours", say_case(o->d->arena, o->e->id),
		    *o->e->engineer != '\0' ? arena_printf(o->d->arena, "with %s", order_with(o)) : "with nobody yet");
	return order_possible(o, EVENT_ACK) ? NULL : order_means_nothing(o, "ack");
}

static const char *
do_ack(struct ordering *o)
{
	o->words->acked = true;
	if (*o->words->text == '\0') /* with words in the mail it is part of the answer */
		desk_step(o->d, o->e, EVENT_ACK, o->actor, "leads it", o->journal, NULL);
	return arena_printf(o->d->arena, "/ack: %s is yours", say_case(o->d->arena, o->e->id));
}

static const char *
may_take(const struct ordering *o)
{
	return is_owner(o) ? arena_printf(o->d->arena, "%s is yours already", say_case(o->d->arena, o->e->id)) : order_possible(o, EVENT_TAKE) ? NULL : order_means_nothing(o, "take");
}

static const char *
do_take(struct ordering *o)
{
	const struct engineer *previous = settings_engineer(o->d->settings, o->e->engineer);
	struct telling t = { .template = "assigned", .to = o->e->requester, .e = o->e, .auto_submitted = "auto-generated" };

	o->e->engineer = o->engineer->name;
	desk_step(o->d, o->e, EVENT_TAKE, o->actor, "took it", o->journal, NULL);
	store_party_add(o->d->store, o->e->id, "engineer", o->engineer->emails[0], o->engineer->full_name);
	tell_case(o->d, &t, o->e);
	tell_value(&t, "engineer", o->engineer->full_name);
	tell_value(&t, "local", say_clock(o->d->arena, o->d->now, o->engineer->zone));
	tell_value(&t, "why", "took it himself");
	tell(o->d, &t);
	desk_tell_previous(o->d, o->e, previous, "he took it");
	return arena_printf(o->d->arena, "/take: %s is yours; %s was told", say_case(o->d->arena, o->e->id), say_name(&o->e->requester));
}

const char *
may_pass(const struct ordering *o)
{
	const struct settings *s = o->d->settings;
	const struct engineer *to = o->c->who != NULL ? settings_engineer_called(s, o->c->who) : NULL;
	const char *near = o->c->who != NULL ? settings_engineer_near(s, o->d->arena, o->c->who) : NULL;

	if (!is_owner(o))
		return arena_printf(o->d->arena, "%s is not yours to pass", say_case(o->d->arena, o->e->id));
	if (o->c->who != NULL && to == NULL)
		return arena_printf(o->d->arena, "there is no engineer '%s'%s%s%s", text_printable(o->d->arena, o->c->who, 60),
		    near != NULL ? ", did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
	if (to != NULL && text_equal_nocase(to->name, o->e->engineer))
		return "it is yours already";
	return order_possible(o, EVENT_PASS) ? NULL : order_means_nothing(o, "pass");
}

const char *
do_pass(struct ordering *o)
{
	const struct engineer *from = o->engineer;
	const struct engineer *to = o->c->who != NULL ? settings_engineer_called(o->d->settings, o->c->who) : NULL;

	o->e->engineer = "";
	desk_step(o->d, o->e, EVENT_PASS, o->actor, "passed it on", o->journal, NULL);
	if (to != NULL)
		desk_give(o->d, o->e, to, arena_printf(o->d->arena, "%s passed it on to %s", from->full_name, to->full_name));
	else if (!desk_assign(o->d, o->e, &(struct assigning){ .not_him = from->name }))
		return arena_printf(o->d->arena, "/pass: nobody else is at work now; %s waits for the next who is", say_case(o->d->arena, o->e->id));
	return arena_printf(o->d->arena, "/pass: %s is with %s now", say_case(o->d->arena, o->e->id), order_with(o));
}

/* ---- /resolve, /reopen --------------------------------------------------------------------------------- */

const char *
may_resolve(const struct ordering *o)
{
	struct escalation other;

	if (strcmp(o->c->outcome, "duplicate") == 0 && ((int64_t)o->c->number == o->e->id || !store_escalation_get(o->d->store, o->d->arena, (int64_t)o->c->number, &other)))
		return arena_printf(o->d->arena, "there is no other case ESC-%" PRIu64, o->c->number);
	if (o->c->team != NULL && settings_team(o->d->settings, o->c->team) == NULL)
		return order_no_team(o);
	if (order_unaccounted(o) != NULL)
		return order_unaccounted(o);
	return order_possible(o, EVENT_RESOLVE) ? NULL : order_means_nothing(o, "resolve");
}

static void
tell_ended(struct ordering *o, const char *template, const struct person *to)
{
	const struct engineer *x = settings_engineer(o->d->settings, o->e->engineer);
	struct telling t = { .template = template, .to = *to, .e = o->e, .about = o->it, .from_name = o->words->from_name,
		.auto_submitted = o->it == NULL ? "auto-generated" : NULL };

	if (text_equal_nocase(to->address, o->address))
		return;
	tell_case(o->d, &t, o->e);
	tell_value(&t, "by", o->by);
	tell_value(&t, "opened", say_when(o->d->arena, o->e->opened, zone_load("UTC")));
	if (o->e->state == ESCALATION_RESOLVED) {
		tell_value(&t, "outcome", o->e->outcome);
		tell_value(&t, "cause", o->e->cause);
		tell_value(&t, "text", o->words->text);
		if (o->it != NULL)
			desk_relay_attachments(o->d, o->it, &t.entities, &t.nentities);
	} else if (x != NULL)
		tell_value(&t, "engineer", x->full_name);
	tell(o->d, &t);
}

/* The requester's side, and the engineer. */
static void
tell_everybody(struct ordering *o, const char *template, const struct engineer *x)
{
	struct party *parties;
	size_t n = store_parties(o->d->store, o->d->arena, o->e->id, &parties);

	for (size_t i = 0; i < n; i++) {
		struct person to = { .name = parties[i].name, .address = parties[i].address };

		if (strcmp(parties[i].role, "requester") == 0 || strcmp(parties[i].role, "follower") == 0)
			tell_ended(o, template, &to);
	}
	if (x != NULL && x != o->engineer) {
		struct person to = { .name = x->full_name, .address = x->emails[0] };

		tell_ended(o, template, &to);
	}
}

void
order_tell_reopened(struct ordering *o)
{
	tell_everybody(o, "reopened", settings_engineer(o->d->settings, o->e->engineer));
}

const char *
order_close_case(struct ordering *o)
{
	const struct engineer *x = settings_engineer(o->d->settings, o->e->engineer);
	bool duplicate = strcmp(o->c->outcome, "duplicate") == 0;
	const char *outcome = duplicate ? arena_printf(o->d->arena, "duplicate of ESC-%" PRIu64, o->c->number) : o->c->outcome;
	const char *cause = o->c->text != NULL ? o->c->text : "";

	o->e->outcome = outcome;
	o->e->cause = cause;
	desk_step(o->d, o->e, EVENT_RESOLVE, o->actor, arena_printf(o->d->arena, "%s: %s", outcome, cause), o->journal, NULL);
	tell_everybody(o, "resolved", x);
	o->words->passed_on = true;
	return arena_printf(o->d->arena, "/resolve: %s is closed (%s)", say_case(o->d->arena, o->e->id), o->e->outcome);
}

const char *
do_resolve(struct ordering *o)
{
	const char *closed = order_close_case(o);

	return arena_printf(o->d->arena, "%s%s", closed, desk_ask_review(o));
}

const char *
may_reopen(const struct ordering *o)
{
	return order_possible(o, EVENT_REOPEN) ? NULL : order_means_nothing(o, "reopen");
}

const char *
do_reopen(struct ordering *o)
{
	struct escalation_facts facts = { .owner_seated = desk_owner_seated(o->d, o->e) };

	if (!facts.owner_seated)
		o->e->engineer = "";
	o->e->outcome = o->e->cause = "";
	desk_step(o->d, o->e, EVENT_REOPEN, o->actor, "opened it again", o->journal, &facts);
	if (o->e->state == ESCALATION_WAITING)
		desk_assign(o->d, o->e, &(struct assigning){ 0 });
	else
		order_tell_reopened(o);
	return arena_printf(o->d->arena, "/reopen: %s is open again%s%s", say_case(o->d->arena, o->e->id),
	    *o->e->engineer != '\0' ? ", with " : " and waits for an engineer", *o->e->engineer != '\0' ? order_with(o) : "");
}

/* ---- /note, /help --------------------------------------------------------------------------------------- */

static const char *
may_always(const struct ordering *o)
{
	(void)o;
	return NULL;
}

static const char *
do_note(struct ordering *o)
{
	store_event_add(o->d->store, o->e->id, o->d->now, o->actor, "note", o->c->text, o->journal);
	return "/note: kept";
}

static bool is_built(enum command_word w);

static const char *
do_help(struct ordering *o)
{
	AUTO_BUF struct buf table;

	buf_init(&table, HELP_BYTES);
	command_help(&table, o->engineer != NULL ? WHO_ENGINEER : WHO_REQUESTER, is_built);
	tell_value(o->transcript, "help", arena_strdup(o->d->arena, table.data));
	return "/help: below";
}

/* ---- the table, and the two passes --------------------------------------------------------------------- */

static const char *
may_not_yet(const struct ordering *o)
{
	return arena_printf(o->d->arena, "/%s is not known to this version yet", o->c->name);
}

static const struct { may_fn *may; do_fn *act; } orders[] = {
	[COMMAND_ACK] = { may_ack, do_ack },
	[COMMAND_TAKE] = { may_take, do_take },
	[COMMAND_PASS] = { may_pass, do_pass },
	[COMMAND_NOTE] = { may_always, do_note },
	[COMMAND_SNOOZE] = { may_snooze, do_snooze },
	[COMMAND_SEV] = { may_sev, do_sev },
	[COMMAND_RESOLVE] = { may_resolve, do_resolve },
	[COMMAND_REOPEN] = { may_reopen, do_reopen },
	[COMMAND_STATUS] = { may_always, do_status },
	[COMMAND_HELP] = { may_always, do_help },
	[COMMAND_AWAY] = { may_away, do_away },
	[COMMAND_MINE] = { may_always, do_mine },
	[COMMAND_UNDO] = { may_undo, do_undo },
	[COMMAND_FILE] = { may_file, do_file },
	[COMMAND_CLOSE] = { may_close, do_close },
};

static bool
is_built(enum command_word w)
{
	return orders[w].act != NULL;
}

/* It means the same in the answer to a mail about no case. */
static bool
is_caseless(enum command_word w)
{
	return w == COMMAND_AWAY || w == COMMAND_MINE || w == COMMAND_HELP || w == COMMAND_UNKNOWN;
}

static const char *
objection(const struct ordering *o)
{
	const struct command *c = o->c;
	unsigned who = o->engineer != NULL ? WHO_ENGINEER : WHO_REQUESTER;

	if (c->error != NULL)
		return c->error;
	if ((command_grammar[c->word].who & who) == 0)
		return arena_printf(o->d->arena, "/%s is for engineers", c->name);
	if (o->e != NULL && c->trailing && o->it != NULL && desk_quoted(o->d, o->it, o->e, c->raw))
		return arena_printf(o->d->arena,
		    "\"%s\" stands in a mail of %s too, so it may be quoted; put it on the first line",
		    text_printable(o->d->arena, c->raw, 80), say_case(o->d->arena, o->e->id));
	if (o->e == NULL && !is_caseless(c->word))
		return arena_printf(o->d->arena, "/%s is about a case: write it in a reply to a mail of that case", c->name);
	return orders[c->word].act == NULL ? may_not_yet(o) : orders[c->word].may(o);
}

static void
record(struct item *it, const char *line)
{
	json_t *list = json_object_get(it->why, "commands");

	if (list == NULL)
		json_object_set_new(it->why, "commands", list = json_array());
	json_array_append_new(list, json_string(line));
}

/* A command that he may give, left in the text because it stands there: what he is told of it. NULL: there is none. */
static const char *
amid_the_text(struct desk *d, const struct item *it, const struct commands *c)
{
	unsigned who = it->engineer != NULL ? WHO_ENGINEER : WHO_REQUESTER;

	if (c->stray == NULL || (command_grammar[c->stray->word].who & who) == 0)
		return NULL;
	return arena_printf(d->arena, "line %u, \"%s\", stands amid the text and was left there; commands go on the first lines,"
	    " or on the last", c->stray->line, text_printable(d->arena, c->stray->raw, 80));
}

void
desk_obey(struct desk *d, struct item *it, struct escalation *e, const struct commands *c, struct relay_words *w)
{
	struct telling t = { .template = "transcript", .to = { .name = it->message->from.name, .address = it->message->from.address }, .e = e, .about = it,
		.auto_submitted = "auto-replied" };
	struct ordering o = { .d = d, .it = it, .e = e, .words = w, .transcript = &t, .all = c, .engineer = it->engineer,
		.actor = it->engineer != NULL ? it->engineer->name : it->message->from.address,
		.by = it->engineer != NULL ? it->engineer->full_name : say_name(&it->message->from),
		.address = it->message->from.address, .journal = it->entry.id };
	struct escalation rehearsed = e != NULL ? *e : (struct escalation){ .id = 0 };
	const char *failed = NULL, *results = NULL, *amid, *away;
	bool again = false, of_away = false;

	if (e != NULL)
		tell_value(&t, "case", say_case(d->arena, e->id));
	else
		desk_notice_transcript(d, it, &t);
	o.e = e != NULL ? &rehearsed : NULL;
	for (size_t i = 0; i < c->n && failed == NULL; i++) {
		const char *why;

		o.c = &c->v[i];
		why = objection(&o);
		if (why != NULL)
			failed = arena_printf(d->arena, "line %u, %s", c->v[i].line, why);
		else
			order_rehearse(&o);
	}
	o.e = e;
	for (size_t i = 0; i < c->n && failed == NULL; i++) {
		const char *line;

		o.c = &c->v[i];
		/* An earlier command of this mail may have changed what this one looks at. */
		line = orders[o.c->word].may(&o) == NULL ? orders[o.c->word].act(&o) : arena_printf(d->arena, "/%s: nothing left to do", o.c->name);
		again = again || order_taken_back(o.c->word);
		of_away = of_away || o.c->word == COMMAND_AWAY;
		record(it, line);
		results = arena_printf(d->arena, "%s%s%s", results != NULL ? results : "", results != NULL ? "\n" : "", line);
	}
	if (results != NULL && !of_away && it->engineer != NULL && (away = desk_counts_as_away(d, it->engineer)) != NULL)
		results = arena_printf(d->arena, "%s\n%s", results, away);
	if (failed == NULL && (amid = amid_the_text(d, it, c)) != NULL) {
		if (c->n == 0)
			failed = amid;
		else
			results = arena_printf(d->arena, "%s\n%s", results, amid);
	}
	if (failed != NULL) {
		record(it, arena_printf(d->arena, "nothing done: %s", failed));
		if (e != NULL)
			store_event_add(d->store, e->id, d->now, it->message->from.address, "refused", failed, it->entry.id);
	}
	tell_value(&t, "failed", failed);
	tell_value(&t, "results", c->n > 0 ? results : desk_notice_heard(d, c));
	tell_value(&t, "redactions", o.redactions);
	tell_value(&t, "undo", again && it->engineer != NULL ? "/undo" : NULL);
	if (*w->text != '\0' && (w->to != NULL || e == NULL))
		tell_value(&t, "relayed", w->to);
	else if (*w->text != '\0')
		tell_value(&t, "relayed", it->engineer != NULL ? say_name(&e->requester) :
		    *e->engineer != '\0' ? order_with(&o) : "whoever takes it");
	tell(d, &t);
}

const char *
desk_command_lines(struct desk *d, const struct commands *c)
{
	const char *lines = "";

	for (size_t i = 0; i < c->n; i++)
		lines = arena_printf(d->arena, "%s%s%s", lines, i > 0 ? "\n" : "", c->v[i].raw);
	return lines;
}

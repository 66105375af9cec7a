/* desk_talk.c - the conversation: a mail that belongs to a case. See desk.h.
 *
 * Relaying is immediate at any hour. A word goes to the other parties of its case, never to anybody else; each reads it under
 * his own reply address. Commands count only from a proven person: his own token, his From, and the mail server's word for it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ground/address.h"
#include "ground/clock.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "stage/desk.h"
#include "stage/desk_commands.h"
#include "stage/desk_duty.h"
#include "stage/desk_filing.h"

/* ---- passing words on ---------------------------------------------------------------------------------- */

static void
relay_to(struct desk *d, struct item *it, const struct escalation *e, const struct person *to, const struct relay_words *w)
{
	struct telling t = { .template = w->label != NULL ? "relay-labelled" : "relay", .to = *to, .e = e, .about = it, .from_name = w->from_name };

	if (address_equal(to->address, it->message->from.address))
		return; /* nobody is sent his own words */
	tell_case(d, &t, e);
	tell_value(&t, "writer", w->writer);
	tell_value(&t, "address", it->message->from.address);
	tell_value(&t, "reason", w->label);
	tell_value(&t, "can_command", settings_engineer_by_address(d->settings, to->address) != NULL ? "yes" : NULL);
	tell_value(&t, "again", w->reopens && w->label == NULL ? "yes" : NULL);
	tell_value(&t, "text", w->text);
	tell_forwarded(d, &t, it->message);
	desk_relay_attachments(d, it, &t.entities, &t.nentities);
	tell_attachments(d, &t, it->message);
	tell(d, &t);
}

/* Whom the configuration no longer knows cannot be written to: then the lead reads it. */
static void
relay_to_engineer(struct desk *d, struct item *it, const struct escalation *e, const struct relay_words *w)
{
	const struct engineer *x = settings_engineer(d->settings, e->engineer);
	struct person to = { .name = "", .address = d->settings->fallback };

	if (x == NULL && e->state == ESCALATION_WAITING)
		return; /* it goes along when the case is assigned */
	if (x != NULL)
		to = (struct person){ .name = x->full_name, .address = x->emails[0] };
	relay_to(d, it, e, &to, w);
}

/* Everybody on the requester's side, and the lead where he was asked in. */
static void
relay_to_requester(struct desk *d, struct item *it, const struct escalation *e, const struct relay_words *w)
{
	struct party *parties;
	size_t n = store_parties(d->store, d->arena, e->id, &parties);

	for (size_t i = 0; i < n; i++) {
		struct person to = { .name = parties[i].name, .address = parties[i].address };

		if (strcmp(parties[i].role, "requester") == 0 || strcmp(parties[i].role, "follower") == 0)
			relay_to(d, it, e, &to, w);
	}
}

void
desk_relay(struct desk *d, struct item *it, const struct escalation *e, const struct relay_words *w)
{
	if (it->engineer == NULL)
		relay_to_engineer(d, it, e, w);
	else {
		relay_to_requester(d, it, e, w);
		if (!text_equal_nocase(it->engineer->name, e->engineer))
			relay_to_engineer(d, it, e, w);
	}
	/* A follower's word reaches the requester too. */
	if (it->engineer == NULL && !address_equal(it->message->from.address, e->requester.address))
		relay_to(d, it, e, &e->requester, w);
}

/* ---- what a word does to the case ---------------------------------------------------------------------- */

static void
engineer_wrote(struct desk *d, struct item *it, struct escalation *e, bool acked, bool filed)
{
	bool owner = text_equal_nocase(it->engineer->name, e->engineer);
	const char *actor = it->engineer->name;

	/* What comes with /file says why: the team's turn, not the requester's. */
	acked = acked || (filed && e->state != ESCALATION_PENDING);
	if (!owner || !desk_step(d, e, acked ? EVENT_ANSWER_ACK : EVENT_ANSWER, actor, "answered", it->entry.id, NULL))
		store_event_add(d->store, e->id, d->now, actor, "answer", owner ? "answered" : "answered, without owning it", it->entry.id);
}

static void
tell_added(struct desk *d, struct item *it, struct escalation *e)
{
	struct telling t = { .template = "follow-up", .to = it->message->from, .e = e, .about = it, .auto_submitted = "auto-replied" };

	tell_case(d, &t, e);
	tell_value(&t, "opened", say_when(d->arena, e->opened, zone_load("UTC")));
	tell(d, &t);
}

static void
requester_wrote(struct desk *d, struct item *it, struct escalation *e, struct relay_words *w)
{
	struct escalation_facts facts = { .owner_seated = desk_owner_seated(d, e) };
	bool was_resolved = e->state == ESCALATION_RESOLVED;

	if (was_resolved && !facts.owner_seated)
		e->engineer = "";
	w->reopens = was_resolved;
	desk_step(d, e, EVENT_WORD, it->message->from.address, was_resolved ? "wrote again: it is open again" : "wrote", it->entry.id, &facts);
	if (e->state != ESCALATION_WAITING)
		desk_relay(d, it, e, w);
	else if (was_resolved)
		desk_assign(d, e, &(struct assigning){ 0 });
	else
		tell_added(d, it, e); /* it goes along when it is assigned */
}

/* ---- proof --------------------------------------------------------------------------------------------- */

/* Good enough to give orders. */
static bool
proven(const struct desk *d, const struct item *it, const struct thread_answer *thread)
{
	return thread->evidence == THREAD_TOKEN && !thread->others_token && (d->settings->authserv_id == NULL || it->auth == AUTHRES_PASS);
}

/* Good enough to speak in his name: ids and tags can be guessed or copied, so they want the server's word; his own reply address will
 * do where the server says nothing. */
static bool
surely_he(const struct item *it, const struct thread_answer *thread)
{
	return it->auth == AUTHRES_PASS || (it->auth == AUTHRES_NONE && thread->evidence == THREAD_TOKEN && !thread->others_token);
}

/* Has this person given orders to this case under this Message-ID before? A signature covers what it says and its id, so the same
 * order can come again with other bytes around it: by a list, or replayed. */
bool
desk_ordered_before(struct desk *d, const struct item *it, int64_t escalation)
{
	int64_t ids[16];
	size_t n = it->message->message_id != NULL ? store_journal_find(d->store, d->arena, it->message->message_id, ids, COUNT(ids)) : 0;

	for (size_t i = 0; i < n; i++) {
		struct journal_entry e;

		if (ids[i] != it->entry.id && store_journal_get(d->store, d->arena, ids[i], &e) && e.escalation == escalation && e.outcome != NULL &&
		    address_equal(e.from, it->message->from.address) && (strcmp(e.outcome, "commanded") == 0 || strcmp(e.outcome, "relayed") == 0))
			return true;
	}
	return false;
}

static void
challenge(struct desk *d, struct item *it, struct escalation *e, const struct commands *c, const char *reason)
{
	struct telling t = { .template = "challenge", .to = it->message->from, .e = e, .auto_submitted = "auto-generated" };

	/* To the address that the configuration or the case knows, never to one that the mail names: they are equal here. */
	tell_value(&t, "case", say_case(d->arena, e->id));
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "subject", it->message->subject);
	tell_value(&t, "received", say_when(d->arena, it->entry.received, zone_load("UTC")));
	tell_value(&t, "reason", reason);
	tell_value(&t, "from", it->message->from.address);
	tell_value(&t, "commands", desk_command_lines(d, c));
	tell(d, &t);
	store_event_add(d->store, e->id, d->now, it->message->from.address, "unproven", reason, it->entry.id);
	item_held(d, it, arena_printf(d->arena, "commands in the name of %s without proof: %s", it->message->from.address, reason));
}

/* ---- a mail of a case ---------------------------------------------------------------------------------- */

enum speaker { SPEAKER_NOBODY, SPEAKER_ENGINEER, SPEAKER_REQUESTER /* or a follower */, SPEAKER_LEAD, SPEAKER_OTHER /* a team, a former engineer */ };

static enum speaker
speaker_of(struct desk *d, const struct item *it, const struct escalation *e)
{
	const char *role = store_party_role(d->store, d->arena, e->id, it->message->from.address);

	/* An engineer who brought a case himself is its requester, unless he has it too. */
	if (it->engineer != NULL && (role == NULL || strcmp(role, "requester") != 0 || text_equal_nocase(it->engineer->name, e->engineer)))
		return SPEAKER_ENGINEER;
	if (it->team != NULL)
		return SPEAKER_OTHER;
	if (role == NULL)
		return SPEAKER_NOBODY;
	if (strcmp(role, "requester") == 0 || strcmp(role, "follower") == 0)
		return SPEAKER_REQUESTER;
	return strcmp(role, "lead") == 0 ? SPEAKER_LEAD : SPEAKER_OTHER;
}

/* His mail server, or ours, says that it is not his: it does nothing, and whom it names learns of the commands in it. */
static void
denied(struct desk *d, struct item *it, struct escalation *e, enum speaker who, const struct commands *c)
{
	const char *reason = arena_printf(d->arena, "the mail server denies that it came from there (%s)", it->auth_why);

	if (c->n > 0 && who != SPEAKER_NOBODY)
		challenge(d, it, e, c, reason);
	else
		item_held(d, it, reason);
}

/* Why its readers are warned of it. */
static const char *
label_of(const struct item *it, const struct thread_answer *thread, enum speaker who)
{
	if (it->released)
		return "the mail was held, and the operator let it through";
	if (who == SPEAKER_NOBODY)
		return "the writer is no party of the case";
	if (thread->others_token)
		return "it came over somebody else's reply address";
	return surely_he(it, thread) ? NULL : "nothing proves that it is from there";
}

static void
words_go(struct desk *d, struct item *it, struct escalation *e, enum speaker who, struct relay_words *w)
{
	if (who == SPEAKER_ENGINEER && w->label == NULL) {
		engineer_wrote(d, it, e, w->acked, w->filed);
		desk_relay(d, it, e, w);
	} else if (who == SPEAKER_REQUESTER && w->label == NULL)
		requester_wrote(d, it, e, w);
	else {
		store_event_add(d->store, e->id, d->now, it->message->from.address, w->label != NULL ? WORD_LABELLED : "word", w->label != NULL ? w->label : "wrote", it->entry.id);
		desk_relay(d, it, e, w);
	}
}

/* Whether its commands are to be looked at. Else the mail is held: for want of proof, or because they were obeyed before. */
static bool
orders_count(struct desk *d, struct item *it, struct escalation *e, const struct thread_answer *thread,
    const struct commands *c)
{
	/* Unknown words alone may be pasted text: they ask for nothing, so they need no proof. */
	if (!proven(d, it, thread) && c->n > c->unknown) {
		challenge(d, it, e, c, thread->others_token ? "it came over somebody else's reply address" :
		    thread->evidence != THREAD_TOKEN ? "it was not sent to your reply address for this case" : it->auth_why);
		return false;
	}
	if (!desk_ordered_before(d, it, e->id))
		return true;
	item_held(d, it, "its commands were obeyed once under the same Message-ID; this copy has other bytes");
	return false;
}

void
desk_talk(struct desk *d, struct item *it, const struct thread_answer *thread)
{
	const struct message *m = it->message;
	struct relay_words words = { .writer = say_name(&m->from), .from_name = say_name(&m->from) };
	struct commands commands;
	struct escalation e;
	struct filing f;
	bool to_team = thread->filing != 0 && store_filing_get(d->store, d->arena, thread->filing, &f);
	bool obeyed = false, nobodys, says;
	enum speaker who;

	if (!store_escalation_get(d->store, d->arena, thread->escalation, &e))
		return;
	who = speaker_of(d, it, &e);
	commands_parse(d->arena, m->visible_text != NULL ? m->visible_text : "", &commands);
	if (who == SPEAKER_NOBODY && !it->staff && !it->released) {
		item_held(d, it, arena_printf(d->arena, "it came over a reply address of %s, from somebody who is no party of it", say_case(d->arena, e.id)));
		return;
	}
	if (it->auth == AUTHRES_FAIL && !it->released) {
		denied(d, it, &e, who, &commands);
		return;
	}
	words.label = label_of(it, thread, who);
	if (to_team && words.label != NULL && !it->released) { /* a warning is no help to a team, and nobody else is meant */
		item_held(d, it, arena_printf(d->arena, "an answer to a team about %s: %s", desk_filing_name(d, &f), words.label));
		return;
	}
	if (it->engineer != NULL && proven(d, it, thread))
		desk_heard(d, it->engineer);
	if (it->engineer != NULL) {
		words.writer = it->engineer->full_name;
		words.from_name = arena_printf(d->arena, "%s (EE)", it->engineer->full_name);
	}
	words.text = commands.rest;
	words.to = to_team ? f.team : NULL;
	nobodys = who == SPEAKER_OTHER || who == SPEAKER_NOBODY || it->released;
	if (commands.n > 0 && nobodys)
		words.text = m->visible_text != NULL ? m->visible_text : ""; /* shown as they came, obeyed by nobody */
	else if (commands.n == 0 && commands.stray != NULL)
		obeyed = !nobodys && proven(d, it, thread); /* he learns that it was left in the text */
	else if ((obeyed = commands.n > 0) && !orders_count(d, it, &e, thread, &commands))
		return;
	says = *words.text != '\0' || m->nattachments > 0 || m->forward != NULL;
	if (says && desk_word_held(d, it, &e, NULL, words.text))
		return;
	if (obeyed)
		desk_obey(d, it, &e, &commands, &words);
	if (to_team)
		store_filing_thread_add(d->store, f.id, m->message_id);
	else
		store_thread_add(d->store, e.id, m->message_id, false);
	if (!says && !obeyed) {
		store_event_add(d->store, e.id, d->now, m->from.address, "empty", "a mail without a word", it->entry.id);
		item_ends(d, it, "noted", e.id, "it says nothing");
		return;
	}
	if (to_team && !words.passed_on && (*words.text != '\0' || m->nattachments > 0) && /* a forward is for no team */
	    store_filing_get(d->store, d->arena, f.id, &f))
		desk_to_team(d, it, &f, &words);
	else if (!words.passed_on && says)
		words_go(d, it, &e, who, &words);
	item_ends(d, it, commands.n > 0 && *words.text == '\0' && m->forward == NULL ? "commanded" : "relayed", e.id,
	    words.label != NULL ? arena_printf(d->arena, "with a label: %s", words.label) : NULL);
}

/* ---- machines ------------------------------------------------------------------------------------------ */

/* The end of the day that his absence names, or of today, on his own clock. */
static int64_t
away_until(struct desk *d, const struct engineer *x, const struct message *m)
{
	struct local_time l = zone_local(x->zone, d->now);

	if (m != NULL && m->has_until) {
		int64_t end = zone_last_instant(x->zone, m->until.year, m->until.month, m->until.day + 1, 0);

		if (end > d->now && end < d->now + 366 * 86400)
			return end;
	}
	return zone_last_instant(x->zone, l.year, l.month, l.day + 1, 0);
}

void
desk_away_learnt(struct desk *d, const struct engineer *x, const struct message *m, const char *reason)
{
	struct absence away = { .engineer = x->name, .from = d->now, .to = away_until(d, x, m), .reason = reason };

	if (away.to > d->now)
		store_absence_add(d->store, &away);
}

/* The engineer of the case cannot be reached: the next one, at once. */
static void
unreachable(struct desk *d, struct escalation *e, const struct engineer *x, const struct message *m, const char *reason, int64_t journal)
{
	desk_away_learnt(d, x, m, reason);
	if (text_equal_nocase(e->engineer, x->name) && desk_step(d, e, EVENT_UNREACHABLE, x->name, reason, journal, NULL))
		desk_assign(d, e, &(struct assigning){ 0 });
}

/* Anybody can write a bounce (RFC 3464 4.1): whom it is about is said by our own letter, never by the bounce. */
static void
bounced(struct desk *d, struct item *it, struct escalation *e)
{
	const struct message *m = it->message;
	const struct engineer *x = settings_engineer_by_address(d->settings, it->letter_to);
	const struct bounce *failed = NULL;
	int64_t filing = 0;

	for (size_t i = 0; i < m->nbounces; i++) {
		const struct bounce *b = &m->bounces[i];
		const char *what = arena_printf(d->arena, "%s for %s%s%s", b->permanent ? "not deliverable" : "delayed",
		    it->letter_to, b->diagnostic != NULL ? ": " : "", b->diagnostic != NULL ? b->diagnostic : "");

		store_event_add(d->store, e->id, d->now, m->from.address, "bounce", what, it->entry.id);
		if (failed == NULL && b->permanent)
			failed = b;
		if (filing == 0 && b->original_message_id != NULL && settings_team_by_address(d->settings, it->letter_to) != NULL)
			filing = store_filing_thread_find(d->store, b->original_message_id);
	}
	if (failed != NULL && x != NULL)
		unreachable(d, e, x, NULL, "a mail to him bounced", 0);
	else if (failed != NULL) {
		struct outbox_row row = { .escalation = e->id, .kind = "bounce", .to = it->letter_to, .subject = e->subject,
			.reply = failed->diagnostic != NULL ? failed->diagnostic : "(no reason given)", .attempts = 1, .queued_at = it->entry.received };

		tell_refusal(d, &row);
		if (filing != 0)
			desk_filing_refused(d, filing, row.reply);
		else
			desk_unreached(d, e, it->letter_to, arena_printf(d->arena, "a mail to this address was not deliverable: %s", row.reply));
	}
}

void
desk_machine(struct desk *d, struct item *it, const struct thread_answer *thread)
{
	const struct message *m = it->message;
	const char *what = m->auto_submitted != NULL ? message_kind_word(m->kind) : "answers the envelope";
	struct escalation e;

	if (!store_escalation_get(d->store, d->arena, thread->escalation, &e))
		return;
	if (m->kind == KIND_BOUNCE && it->letter_to == NULL) {
		item_held(d, it, arena_printf(d->arena, "a bounce that names %s, but no letter of ours", say_case(d->arena, e.id)));
		return;
	}
	if (m->kind == KIND_BOUNCE)
		bounced(d, it, &e);
	else if (m->kind == KIND_OUT_OF_OFFICE && it->engineer != NULL && surely_he(it, thread))
		unreachable(d, &e, it->engineer, m, "out of office", it->entry.id);
	else {
		store_event_add(d->store, e.id, d->now, m->from.address, what, m->subject, it->entry.id);
		if (m->kind == KIND_OUT_OF_OFFICE && surely_he(it, thread))
			desk_out_of_office(d, &e, m);
	}
	item_ends(d, it, "noted", e.id, what);
}

/* A letter that the server refused for good: an assignment that never arrives is no assignment. */
void
desk_refused(struct desk *d, const struct outbox_row *row)
{
	const struct engineer *x = settings_engineer_by_address(d->settings, row->to);
	const struct team *team = settings_team_by_address(d->settings, row->to);
	int64_t filing = team != NULL ? store_filing_thread_find(d->store, row->message_id) : 0;
	struct escalation e;

	if (filing != 0)
		desk_filing_refused(d, filing, row->reply);
	if (row->escalation == 0 || !store_escalation_get(d->store, d->arena, row->escalation, &e))
		return;
	if (x != NULL && e.state == ESCALATION_ASSIGNED)
		unreachable(d, &e, x, NULL, "his mail server refused the assignment", 0);
	else if (x == NULL && filing == 0)
		desk_unreached(d, &e, row->to, arena_printf(d->arena, "a mail to this address was refused: %s", row->reply));
}

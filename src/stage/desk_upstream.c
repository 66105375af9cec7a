/* desk_upstream.c - a filing's thread: the team's mails and our answers. See desk_filing.h.
 *
 * What a team writes reaches whoever has the case, under its filing; what he answers to that goes to the team and to
 * nobody else. A team is a tracker and people: the tracker is known by its addresses, a person of the team only by the
 * reply address he was handed.
 */
#include "stage/desk_filing.h"
#include "stage/desk_orders.h"

#include <inttypes.h>
#include <string.h>

#include "ground/address.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/tracker.h"

/* ---- letters ------------------------------------------------------------------------------------------- */

static const char *
team_name(const struct desk *d, const struct filing *f)
{
	const struct team *team = settings_team(d->settings, f->team);

	return team != NULL ? team->full_name : f->team;
}

/* Of a case: its engineer, else the lead; of a review, whose change it is. Without one: who asked. */
struct person
desk_filing_reader(struct desk *d, const struct filing *f, const struct escalation *e)
{
	const struct engineer *x = filing_is_review(f) ? settings_engineer(d->settings, f->engineer) : NULL;

	if (e == NULL)
		return f->asker;
	if (x == NULL)
		x = settings_engineer(d->settings, e->engineer);
	return x != NULL ? (struct person){ .name = x->full_name, .address = x->emails[0] } :
	                   (struct person){ .name = "", .address = d->settings->fallback };
}

void
desk_filing_values(struct desk *d, struct telling *t, const struct filing *f)
{
	if (t->e != NULL) {
		tell_value(t, "case", say_case(d->arena, t->e->id));
		tell_value(t, "requester", say_name(&t->e->requester));
		tell_value(t, "filing", arena_printf(d->arena, "F%" PRId64, f->number));
	} else
		t->subject = arena_printf(d->arena, "[%s] %s", d->settings->name, f->title);
	tell_value(t, "relay", d->settings->name);
	tell_value(t, "team", team_name(d, f));
	tell_value(t, "title", t->to_team ? desk_redacted(d, f->title, &(const char *){ NULL }) : f->title);
	tell_value(t, "upstream", f->upstream);
	tell_value(t, "opened", say_when(d->arena, f->opened, zone_load("UTC")));
}

void
desk_team_word(struct desk *d, struct item *it, const struct filing *f, const struct escalation *e,
    const struct person *to, const char *label, bool closes)
{
	struct telling t = {
		.template = "team-word", .to = *to, .e = e, .about = it, .filing = f, .from_name = team_name(d, f)
	};
	bool member = !address_equal(it->message->from.address, to->address) && label != NULL;

	desk_filing_values(d, &t, f);
	tell_value(&t, "writer", member ? say_name(&it->message->from) : team_name(d, f));
	tell_value(&t, "address", member ? it->message->from.address : NULL);
	tell_value(&t, "reason", label);
	closes |= f->state == FILING_STATE_CLOSED;
	tell_value(&t, "can_command",
	    !closes && settings_engineer_by_address(d->settings, to->address) != NULL ? "yes" : NULL);
	tell_value(&t, "outcome", closes && e != NULL ? "closed" : NULL);
	tell_value(&t, "text", it->message->visible_text);
	desk_relay_attachments(d, it, &t.entities, &t.nentities);
	tell_attachments(d, &t, it->message);
	tell(d, &t);
}

const char *
desk_team_subject(struct desk *d, const struct filing *f)
{
	const char *subject = *f->subject != '\0' ? f->subject : f->escalation == 0 ? f->title :
	    arena_printf(d->arena, "[%s] %s", desk_filing_name(d, f), f->title), *reports = NULL;

	return desk_redacted(d, text_starts_nocase(subject, "re:") ? subject : arena_printf(d->arena, "Re: %s", subject), &reports);
}

/* An answer to the team, in its thread and under the subject that its tracker knows. */
static void
tell_team_word(struct desk *d, struct item *it, const struct filing *f, const struct escalation *e, const char *writer,
    const char *text)
{
	const struct team *team = settings_team(d->settings, f->team);
	const char *reports = NULL;
	struct telling t = { .template = "relay", .e = e, .about = it, .filing = f, .to_team = true, .from_name = writer };

	t.to = (struct person){ .name = team->full_name, .address = team->email };
	t.subject = desk_team_subject(d, f);
	tell_value(&t, "writer", writer);
	tell_value(&t, "case", e != NULL ? desk_filing_name(d, f) : desk_redacted(d, f->title, &reports));
	tell_value(&t, "text", desk_redacted(d, text, &reports));
	desk_relay_attachments(d, it, &t.entities, &t.nentities);
	tell_attachments(d, &t, it->message);
	tell(d, &t);
}

void
desk_to_team(struct desk *d, struct item *it, const struct filing *filing, const struct relay_words *w)
{
	struct filing f = *filing;
	struct escalation e;
	bool has = store_escalation_get(d->store, d->arena, f.escalation, &e);

	if (settings_team(d->settings, f.team) == NULL)
		return;
	tell_team_word(d, it, &f, has ? &e : NULL, w->writer, w->text);
	if (has)
		store_event_add(d->store, e.id, d->now,
		    it->engineer != NULL ? it->engineer->name : it->message->from.address, "to-team",
		    desk_filing_line(d, &f), it->entry.id);
	if (f.state == FILING_STATE_OPEN)
		desk_chase_from_now(d, &f);
}

/* ---- a mail of its thread ------------------------------------------------------------------------------ */

struct upstream {
	struct desk *d;
	struct item *it;
	const struct thread_answer *thread;
	struct filing f;
	struct escalation e; bool has_case;
	const struct team *team;       /* NULL: the configuration does not know it any more */
};

/* An order of a tracker (an issue is closed) wants more than a number that anybody can write. */
static bool
proven(const struct upstream *u)
{
	return u->it->auth == AUTHRES_PASS || u->d->settings->authserv_id == NULL ||
	       (u->it->auth == AUTHRES_NONE && u->thread->evidence == THREAD_TOKEN && !u->thread->others_token);
}

static void
ends(struct upstream *u, bool relayed, const char *note)
{
	const char *outcome = !relayed ? (u->has_case ? "noted" : "ignored") : u->has_case ? "relayed" : "forwarded";

	item_ends(u->d, u->it, outcome, u->f.escalation, note);
}

static const char *
learn_number(struct upstream *u)
{
	const char *number = *u->f.upstream == '\0' ? tracker_number(u->d->arena, u->team, u->it->message) : NULL;

	if (number == NULL)
		return NULL;
	u->f.upstream = number;
	if (u->has_case)
		store_event_add(u->d->store, u->e.id, u->d->now, u->f.team, "upstream",
		    arena_printf(u->d->arena, "F%" PRId64 " is %s there", u->f.number, number), u->it->entry.id);
	return number;
}

static void
word_goes(struct upstream *u, const char *label, bool closes)
{
	struct person to = desk_filing_reader(u->d, &u->f, u->has_case ? &u->e : NULL);
	const char *actor = label != NULL ? u->it->message->from.address : u->f.team;

	if (u->has_case)
		desk_step(u->d, &u->e, EVENT_UPSTREAM_WORD, actor,
		    arena_printf(u->d->arena, "F%" PRId64 "%s%s", u->f.number, label != NULL ? ", " : "",
		        label != NULL ? label : ""),
		    u->it->entry.id, NULL);
	if (u->has_case && u->it->message->auto_submitted == NULL)
		desk_review_heard(u->d, &u->f, &u->e, actor, u->it->entry.id);
	if (!u->has_case || u->e.state != ESCALATION_WAITING) /* else it goes along when it is assigned */
		desk_team_word(u->d, u->it, &u->f, u->has_case ? &u->e : NULL, &to, label, closes);
}

/* An automatic "we have it" is no answer: it is noted, and the team's silence goes on. */
static void
tracker_wrote(struct upstream *u)
{
	const struct message *m = u->it->message;
	const char *number = learn_number(u);
	bool closes = u->f.state == FILING_STATE_OPEN && tracker_closes(u->team, m);
	bool receipt = m->kind == KIND_OUT_OF_OFFICE || m->kind == KIND_AUTO_REPLY ||
	    (number != NULL && m->auto_submitted != NULL);

	store_filing_thread_add(u->d->store, u->f.id, m->message_id);
	u->f.subject = m->kind != KIND_OUT_OF_OFFICE ? text_printable(u->d->arena, m->subject, 300) : u->f.subject;
	u->f.last_id = m->message_id != NULL ? m->message_id : u->f.last_id;
	store_filing_save(u->d->store, &u->f);
	if (receipt && !closes) {
		if (u->has_case && number == NULL)
			store_event_add(u->d->store, u->e.id, u->d->now, u->f.team, message_kind_word(m->kind),
			    m->subject, u->it->entry.id);
		if (u->has_case && m->kind == KIND_OUT_OF_OFFICE)
			desk_out_of_office(u->d, &u->e, m);
		ends(u, false,
		    number != NULL ? arena_printf(u->d->arena, "%s is %s in the tracker of %s",
		                         desk_filing_name(u->d, &u->f), number, u->team->full_name) :
		                     arena_printf(u->d->arena, "%s of %s about %s", message_kind_word(m->kind),
		                         u->team->full_name, desk_filing_name(u->d, &u->f)));
		return;
	}
	u->f.heard = u->d->now;
	if (u->f.state == FILING_STATE_OPEN)
		desk_chase_from_now(u->d, &u->f);
	else
		store_filing_save(u->d->store, &u->f);
	word_goes(u, NULL, closes);
	if (closes && u->f.state == FILING_STATE_OPEN)
		desk_filing_close(u->d, &u->f, u->has_case ? &u->e : NULL, u->f.team,
		    text_printable(u->d->arena, m->subject, 200), u->it->entry.id, NULL);
	ends(u, true,
	    arena_printf(u->d->arena, "%s of %s%s", desk_filing_name(u->d, &u->f), u->team->full_name,
	        closes ? ", which closes it" : ""));
}

/* Somebody with an address that was made for another: a person of the team, or whom it was handed to. */
static void
member_wrote(struct upstream *u)
{
	const char *from = u->it->message->from.address, *domain = u->team != NULL ? strrchr(u->team->email, '@') : NULL;
	bool near = u->it->staff || (domain != NULL && address_in_domain(from, domain + 1));
	const char *label = u->it->released ? "the mail was held, and the operator let it through" :
	                                      arena_printf(u->d->arena, "it came over the reply address of %s",
	                                          u->team != NULL ? u->team->full_name : u->f.team);

	if (!near && !u->it->released) {
		item_held(u->d, u->it,
		    arena_printf(u->d->arena, "it came over a reply address of %s, from somebody who is no party of it",
		        desk_filing_name(u->d, &u->f)));
		return;
	}
	if (u->it->message->auto_submitted != NULL && !u->it->released) {
		ends(u, false, message_kind_word(u->it->message->kind));
		return;
	}
	store_filing_thread_add(u->d->store, u->f.id, u->it->message->message_id);
	u->f.heard = u->d->now;
	if (u->f.state == FILING_STATE_OPEN)
		desk_chase_from_now(u->d, &u->f);
	word_goes(u, label, false);
	ends(u, true, arena_printf(u->d->arena, "with a label: %s", label));
}

/* Without a case: who asked answers the team. */
static void
asker_wrote(struct upstream *u)
{
	const struct message *m = u->it->message;
	struct relay_words w = { .writer = say_name(&m->from), .text = m->visible_text != NULL ? m->visible_text : "" };

	if (m->auto_submitted != NULL)
		ends(u, false, message_kind_word(m->kind));
	else if (!desk_word_held(u->d, u->it, NULL, &u->f, w.text)) {
		desk_to_team(u->d, u->it, &u->f, &w);
		ends(u, true, arena_printf(u->d->arena, "to %s", team_name(u->d, &u->f)));
	}
}

void
desk_filing_refused(struct desk *d, int64_t filing, const char *reply)
{
	struct telling t = { .template = "refused", .auto_submitted = "auto-generated" };
	struct escalation e;
	struct filing f;

	if (!store_filing_get(d->store, d->arena, filing, &f))
		return;
	if (store_escalation_get(d->store, d->arena, f.escalation, &e)) {
		t.e = &e;
		tell_value(&t, "case", desk_filing_name(d, &f));
		store_event_add(d->store, e.id, d->now, "relay", "undelivered",
		    arena_printf(d->arena, "F%" PRId64 ": %s", f.number, reply), 0);
	} else
		t.subject = arena_printf(d->arena, "[%s] %s", d->settings->name, f.title);
	t.to = desk_filing_reader(d, &f, t.e);
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "recipient", team_name(d, &f));
	tell_value(&t, "subject", f.title);
	tell_value(&t, "reason", reply);
	tell(d, &t);
}

/* The filing never reached the team: who has the case must know, and the operator. */
static void
bounced(struct upstream *u)
{
	const struct message *m = u->it->message;
	const struct bounce *b = m->nbounces > 0 ? &m->bounces[0] : NULL;
	struct outbox_row row = { .escalation = u->f.escalation,
		.kind = "filing",
		.to = u->team != NULL ? u->team->email : u->f.team,
		.subject = u->f.title,
		.reply = b != NULL && b->diagnostic != NULL ? b->diagnostic : "(no reason given)",
		.attempts = 1,
		.queued_at = u->f.opened };

	if (b != NULL && b->permanent) {
		tell_refusal(u->d, &row);
		desk_filing_refused(u->d, u->f.id, row.reply);
	}
	ends(u, false, "a bounce of a filing");
}

void
desk_upstream(struct desk *d, struct item *it, const struct thread_answer *thread)
{
	struct upstream u = { .d = d, .it = it, .thread = thread };
	const char *from = it->message->from.address;

	if (!store_filing_get(d->store, d->arena, thread->filing, &u.f))
		return;
	u.has_case = store_escalation_get(d->store, d->arena, u.f.escalation, &u.e);
	u.team = settings_team(d->settings, u.f.team);
	if (it->message->kind == KIND_BOUNCE)
		bounced(&u);
	else if (it->auth == AUTHRES_FAIL && !it->released)
		item_held(d, it, arena_printf(d->arena, "the mail server denies that it came from there (%s)", it->auth_why));
	else if (u.team != NULL && team_has_address(u.team, from) && (proven(&u) || it->released))
		tracker_wrote(&u);
	else if (u.team != NULL && team_has_address(u.team, from))
		item_held(d, it, arena_printf(d->arena, "it says that it is from %s, and nothing proves it", u.team->full_name));
	else if (it->engineer != NULL && u.has_case && it->message->auto_submitted != NULL)
		desk_machine(d, it, thread);
	else if (it->engineer != NULL && u.has_case && !thread->others_token)
		desk_talk(d, it, thread);
	else if (!u.has_case && address_equal(from, u.f.asker.address) && !thread->others_token)
		asker_wrote(&u);
	else
		member_wrote(&u);
}

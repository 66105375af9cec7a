/* desk_thread.c - which case a mail belongs to: the facts that judge/thread.h weighs. See desk.h. */
#include <inttypes.h>
#include <string.h>

#include "ground/address.h"
#include "ground/digest.h"
#include "ground/mem.h"
#include "ground/token.h"
#include "judge/tracker.h"
#include "stage/desk_filing.h"

#define CLUES_MAX 64

/* What was found of a filing, the strongest. */
struct filing_clue { struct filing filing; enum thread_evidence evidence; bool token_is_his, stray; const char *shown; };

struct clues { struct thread_clue v[CLUES_MAX]; size_t n; struct filing_clue filed; };

static void
add_clue(struct desk *d, const struct item *it, struct clues *c, struct thread_clue clue)
{
	struct escalation e;

	if (c->n == CLUES_MAX || clue.escalation == 0 || !store_escalation_get(d->store, d->arena, clue.escalation, &e))
		return;
	clue.subject = e.subject;
	clue.party |= store_party_role(d->store, d->arena, e.id, it->message->from.address) != NULL;
	c->v[c->n++] = clue;
}

/* A token counts until token-valid after its case was closed; then it is as good as none. */
static bool
token_expired(struct desk *d, int64_t escalation)
{
	struct escalation e;

	return store_escalation_get(d->store, d->arena, escalation, &e) && e.state == ESCALATION_RESOLVED && d->now > e.resolved + d->settings->token_valid;
}

void
desk_token_key(const struct desk *d, const struct escalation *e, unsigned char out[DIGEST_BYTES])
{
	digest_hmac(store_key(d->store), 32, e->thread_id, strlen(e->thread_id), out);
}

void
desk_filing_key(const struct desk *d, const struct filing *f, unsigned char out[DIGEST_BYTES])
{
	digest_hmac(store_key(d->store), 32, f->thread_id, strlen(f->thread_id), out);
}

/* The sender, as the person a token was made for. */
static bool
is_his(struct desk *d, const struct item *it, const char *person)
{
	const struct engineer *x = settings_engineer_by_address(d->settings, person);
	const struct team *team = settings_team_by_address(d->settings, person);

	return address_equal(person, it->message->from.address) || (x != NULL && x == it->engineer) ||
	       (team != NULL && team_has_address(team, it->message->from.address));
}

/* A filing without a case: its token counts as long after it was closed as a case's does. */
static bool
filing_expired(struct desk *d, const struct filing *f)
{
	return f->escalation != 0 ? token_expired(d, f->escalation) : f->closed != 0 && d->now > f->closed + d->settings->token_valid;
}

static void
filing_token(struct desk *d, struct item *it, struct filing_clue *c, const struct token *t, const char *text)
{
	const char *person = store_person_address(d->store, d->arena, t->person);
	unsigned char key[DIGEST_BYTES];
	struct filing f;
	bool holds = person != NULL && store_filing_get(d->store, d->arena, t->escalation, &f);

	if (holds) {
		desk_filing_key(d, &f, key);
		holds = token_verify(key, sizeof(key), text, TOKEN_CHARS, person);
		explicit_bzero(key, sizeof(key));
	}
	if (!holds)
		it->lost_token = true;
	else if (!filing_expired(d, &f) && (c->evidence != THREAD_TOKEN || (!c->token_is_his && is_his(d, it, person))))
		*c = (struct filing_clue){ .filing = f, .evidence = THREAD_TOKEN, .token_is_his = is_his(d, it, person),
			.shown = arena_printf(d->arena, "made for %s", person) };
}

/* Ids and numbers can be guessed or copied: only those of the thread, and of an engineer only what he answers. */
static bool
in_thread(struct desk *d, const struct item *it, const struct filing *f, bool answered)
{
	const struct team *team = settings_team(d->settings, f->team);

	return (team != NULL && team_has_address(team, it->message->from.address)) ||
	       (answered && (it->engineer != NULL || address_equal(it->message->from.address, f->asker.address)));
}

static void
filing_id(struct desk *d, const struct item *it, struct filing_clue *c, const char *id, bool answered)
{
	int64_t number = c->evidence == THREAD_NONE ? store_filing_thread_find(d->store, id) : 0;
	struct filing f;

	if (number == 0 || !store_filing_get(d->store, d->arena, number, &f))
		return;
	if (in_thread(d, it, &f, answered))
		*c = (struct filing_clue){ .filing = f, .evidence = THREAD_OUR_ID, .shown = arena_printf(d->arena, "<%s>", id) };
	else if (answered)
		c->stray = true;
}

/* What only a tracker's mail says: its own number, or our tag within a subject that it rewrote. */
static void
filing_number(struct desk *d, const struct item *it, struct filing_clue *c)
{
	const struct message *m = it->message;
	int64_t escalation, number;
	struct filing f;

	for (size_t i = 0; i < d->settings->nteams && c->evidence == THREAD_NONE; i++) {
		const struct team *team = &d->settings->teams[i];
		const char *upstream = team_has_address(team, m->from.address) ? tracker_number(d->arena, team, m) : NULL;

		if (upstream != NULL && store_filing_upstream(d->store, d->arena, team->name, upstream, &f))
			*c = (struct filing_clue){ .filing = f, .evidence = THREAD_NUMBER, .shown = upstream };
	}
	if (c->evidence != THREAD_NONE || it->lost_token || !tracker_tag(m->subject, &escalation, &number) ||
	    !store_filing_of(d->store, d->arena, escalation, number, &f))
		return;
	if (!in_thread(d, it, &f, false))
		c->stray = true;
	else
		*c = (struct filing_clue){ .filing = f, .evidence = THREAD_TAG, .shown = desk_filing_name(d, &f) };
}

/* Made by this relay, for this person and for the case that has this number now? After a restore it may be another
 * case's number. */
static bool
token_holds(struct desk *d, const struct token *t, const char *text, const char *person)
{
	unsigned char key[DIGEST_BYTES];
	struct escalation e;
	bool holds;

	if (person == NULL || !store_escalation_get(d->store, d->arena, t->escalation, &e))
		return false;
	desk_token_key(d, &e, key);
	holds = token_verify(key, sizeof(key), text, TOKEN_CHARS, person);
	explicit_bzero(key, sizeof(key));
	return holds;
}

static void
token_clue(struct desk *d, struct item *it, struct clues *c, const char *address)
{
	char text[TOKEN_TEXT];
	struct token token;
	const char *person;

	if (!token_in_address(address, d->settings->reply_address, text) || !token_read(text, TOKEN_CHARS, &token) || token.purpose == TOKEN_HANDOVER ||
	    token.purpose == TOKEN_NOTICE)
		return;
	if (token.purpose == TOKEN_FILING) {
		filing_token(d, it, &c->filed, &token, text);
		return;
	}
	person = store_person_address(d->store, d->arena, token.person);
	if (!token_holds(d, &token, text, person)) {
		it->lost_token = true;
		return;
	}
	if (token_expired(d, token.escalation))
		return;
	/* No person writes to the envelope's address: what he for whom it was made sends there is a machine's, marked or not. */
	if (token.purpose == TOKEN_BOUNCE && it->message->auto_submitted == NULL && !is_his(d, it, person))
		return;
	it->to_envelope |= token.purpose == TOKEN_BOUNCE;
	if (token.purpose == TOKEN_BOUNCE && it->letter_to == NULL)
		it->letter_to = person;
	add_clue(d, it, c, (struct thread_clue){ .evidence = THREAD_TOKEN, .escalation = token.escalation, .token_is_his = is_his(d, it, person),
		.shown = arena_printf(d->arena, "made for %s", person) });
}

static void
id_clue(struct desk *d, const struct item *it, struct clues *c, const char *id)
{
	bool ours = false;
	int64_t escalation = store_thread_find(d->store, id, &ours);

	add_clue(d, it, c, (struct thread_clue){ .evidence = ours ? THREAD_OUR_ID : THREAD_KNOWN_ID, .escalation = escalation,
		.shown = arena_printf(d->arena, "<%s>", id) });
}

/* A mail server is no party; but our ids are long and random, and only the recipient of the letter knew this one. */
static void
bounce_clue(struct desk *d, struct item *it, struct clues *c, const char *id)
{
	struct outbox_row row;
	int64_t outbox = store_outbox_by_message_id(d->store, id);

	if (outbox == 0 || !store_outbox_get(d->store, d->arena, outbox, &row))
		return;
	if (it->letter_to == NULL)
		it->letter_to = row.to;
	add_clue(d, it, c, (struct thread_clue){ .evidence = THREAD_OUR_ID, .escalation = row.escalation, .party = true,
		.shown = arena_printf(d->arena, "bounce of <%s>", id) });
}

static void
gather(struct desk *d, struct item *it, struct clues *c)
{
	const struct message *m = it->message;
	const struct people *lists[] = { &m->to, &m->cc };
	const struct strings *ids[] = { &m->in_reply_to, &m->references };

	for (size_t l = 0; l < COUNT(lists); l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			token_clue(d, it, c, lists[l]->v[i].address);
	for (size_t i = 0; i < m->delivered_to.n; i++)
		token_clue(d, it, c, m->delivered_to.v[i]);
	for (size_t l = 0; l < COUNT(ids); l++)
		for (size_t i = 0; i < ids[l]->n; i++)
			id_clue(d, it, c, ids[l]->v[i]);
	for (size_t l = 0; l < COUNT(ids); l++)
		for (size_t i = 0; i < ids[l]->n; i++)
			filing_id(d, it, &c->filed, ids[l]->v[i], l == 0);
	filing_number(d, it, &c->filed);
	for (size_t i = 0; m->kind == KIND_BOUNCE && i < m->nbounces; i++)
		if (m->bounces[i].original_message_id != NULL)
			bounce_clue(d, it, c, m->bounces[i].original_message_id);
	if (!it->lost_token) /* else the number in the tag may be another case's by now */
		add_clue(d, it, c, (struct thread_clue){ .evidence = THREAD_TAG, .escalation = thread_tag(m->subject),
		    .shown = arena_printf(d->arena, "[ESC-%" PRId64 "]", thread_tag(m->subject)) });
}

void
desk_thread(struct desk *d, struct item *it, struct thread_answer *out)
{
	static const char *const says[] = { [THREAD_TOKEN] = "a token", [THREAD_OUR_ID] = "an id in the thread", [THREAD_TAG] = "the tag",
		[THREAD_NUMBER] = "the tracker's number" };
	struct clues clues = { .n = 0 };
	const struct filing_clue *f = &clues.filed;
	bool machine, meant;

	gather(d, it, &clues);
	thread_weigh(d->arena, it->message, it->engineer != NULL, clues.v, clues.n, out);
	out->stray = f->stray && out->escalation == 0;
	/* A token of the case that is his own says that he means the case; else what is known of a filing is the closer. A
	 * tracker that answers the envelope means nothing by that, but it is surely that of our letter. */
	machine = it->to_envelope && out->evidence == THREAD_TOKEN && it->message->kind != KIND_BOUNCE;
	meant = f->evidence != THREAD_TOKEN && out->evidence == THREAD_TOKEN && !machine;
	if (f->evidence == THREAD_NONE || meant)
		return;
	*out = (struct thread_answer){ .evidence = machine ? THREAD_TOKEN : f->evidence,
		.escalation = f->filing.escalation, .filing = f->filing.id,
		.others_token = f->evidence == THREAD_TOKEN && !f->token_is_his,
		.sentence = arena_printf(d->arena, "%s of the filing %s (%s)", says[f->evidence], desk_filing_name(d, &f->filing), f->shown) };
}

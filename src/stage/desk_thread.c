/* desk_thread.c - which case a mail belongs to: the facts that judge/thread.h weighs. See desk.h. */
#include <inttypes.h>
#include <string.h>

#include "ground/address.h"
#include "ground/digest.h"
#include "ground/mem.h"
#include "ground/token.h"
#include "stage/desk.h"

#define CLUES_MAX 64

struct clues { struct thread_clue v[CLUES_MAX]; size_t n; };

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
	const struct engineer *x;
	bool his;

	if (!token_in_address(address, d->settings->reply_address, text) || !token_read(text, TOKEN_CHARS, &token) || token.purpose == TOKEN_FILING ||
	    token.purpose == TOKEN_HANDOVER || token.purpose == TOKEN_NOTICE)
		return;
	/* The envelope's address is for machines alone: a person's mail to it proves nothing. */
	if (token.purpose == TOKEN_BOUNCE && it->message->auto_submitted == NULL)
		return;
	person = store_person_address(d->store, d->arena, token.person);
	if (!token_holds(d, &token, text, person)) {
		it->lost_token = true;
		return;
	}
	if (token_expired(d, token.escalation))
		return;
	x = settings_engineer_by_address(d->settings, person);
	his = address_equal(person, it->message->from.address) || (x != NULL && x == it->engineer);
	if (token.purpose == TOKEN_BOUNCE && it->letter_to == NULL)
		it->letter_to = person;
	add_clue(d, it, c, (struct thread_clue){ .evidence = THREAD_TOKEN, .escalation = token.escalation, .token_is_his = his,
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
	struct clues clues = { .n = 0 };

	gather(d, it, &clues);
	thread_weigh(d->arena, it->message, it->engineer != NULL, clues.v, clues.n, out);
}

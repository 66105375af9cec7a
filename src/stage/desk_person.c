/* desk_person.c - mails to a reply address that is a person's and no case's: answers to what the plan made us write.
 * See desk_duty.h.
 *
 * Trust is that of commands: his own address, his From, the mail server's word. What lacks it does nothing, and is held.
 */
#include <string.h>

#include "ground/address.h"
#include "ground/digest.h"
#include "ground/mem.h"
#include "ground/token.h"
#include "ground/zone.h"
#include "stage/desk_commands.h"
#include "stage/desk_duty.h"

static void
person_key(const struct desk *d, unsigned char out[DIGEST_BYTES])
{
	static const char purpose[] = "handover";

	digest_hmac(store_key(d->store), 32, purpose, sizeof(purpose) - 1, out);
}

const char *
desk_person_address(struct desk *d, char purpose, uint32_t day, const char *person)
{
	struct token token = { .purpose = purpose, .escalation = day, .person = store_person(d->store, person) };
	char text[TOKEN_TEXT], address[ADDRESS_MAX + 1];
	unsigned char key[DIGEST_BYTES];

	person_key(d, key);
	token_make(key, sizeof(key), &token, person, text);
	explicit_bzero(key, sizeof(key));
	if (!token_address(d->settings->reply_address, text, address, sizeof(address)))
		return NULL;
	return arena_strdup(d->arena, address);
}

/* ---- whose address it is ------------------------------------------------------------------------------- */

struct mark_of { struct token token; const char *person; /* NULL: we did not make it */ };

static bool
read_address(struct desk *d, const char *address, struct mark_of *out)
{
	unsigned char key[DIGEST_BYTES];
	char text[TOKEN_TEXT];

	if (!token_in_address(address, d->settings->reply_address, text) || !token_read(text, TOKEN_CHARS, &out->token) ||
	    (out->token.purpose != TOKEN_HANDOVER && out->token.purpose != TOKEN_NOTICE))
		return false;
	out->person = store_person_address(d->store, d->arena, out->token.person);
	person_key(d, key);
	if (out->person != NULL && !token_verify(key, sizeof(key), text, TOKEN_CHARS, out->person))
		out->person = NULL;
	explicit_bzero(key, sizeof(key));
	return true;
}

static bool
find_address(struct desk *d, const struct item *it, struct mark_of *out)
{
	const struct people *lists[] = { &it->message->to, &it->message->cc };

	for (size_t l = 0; l < COUNT(lists); l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			if (read_address(d, lists[l]->v[i].address, out))
				return true;
	for (size_t i = 0; i < it->message->delivered_to.n; i++)
		if (read_address(d, it->message->delivered_to.v[i], out))
			return true;
	return false;
}

const char *
desk_person_answer(struct desk *d, const struct item *it)
{
	struct mark_of m;

	if (!find_address(d, it, &m))
		return NULL;
	return desk_person_address(d, m.token.purpose, m.token.escalation, it->message->from.address);
}

/* Until token-valid after the day that it names; a day more, for zones. */
static bool
expired(const struct desk *d, const struct token *t)
{
	int year = (int)(t->escalation / 10000), month = (int)(t->escalation / 100 % 100), day = (int)(t->escalation % 100);

	return d->now > (days_from_civil(year, month, day) + 1) * 86400 + d->settings->token_valid;
}

/* ---- what becomes of it -------------------------------------------------------------------------------- */

/* Nothing is done, and he whom it names is asked whether it was he. */
static void
ask_him(struct desk *d, struct item *it, const struct mark_of *m, const char *why)
{
	struct telling t = { .template = "challenge",
		.to = { .name = it->engineer->full_name, .address = m->person },
		.about = it,
		.auto_submitted = "auto-generated",
		.subject = arena_printf(d->arena, "[%s] Was it you?", d->settings->name) };

	t.reply_to = desk_person_address(d, m->token.purpose, m->token.escalation, m->person);
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "subject", it->message->subject);
	tell_value(&t, "received", say_when(d->arena, it->entry.received, zone_load("UTC")));
	tell_value(&t, "reason", why);
	tell_value(&t, "from", it->message->from.address);
	tell_value(&t, "commands", it->message->visible_text);
	tell(d, &t);
	item_held(d, it,
	    arena_printf(d->arena, "an answer in the name of %s without proof: %s", it->message->from.address, why));
}

static void
machine(struct desk *d, struct item *it, bool his)
{
	if (it->message->kind == KIND_OUT_OF_OFFICE && his && it->auth != AUTHRES_FAIL) {
		desk_away_learnt(d, it->engineer, it->message, "out of office");
		item_ends(d, it, "noted", 0, arena_printf(d->arena, "%s is away", it->engineer->full_name));
	} else
		item_ends(d, it, "noted", 0, "an automatic answer to a mail about a rotation");
}

static void
person(struct desk *d, struct item *it, const struct mark_of *m)
{
	bool his = it->engineer != NULL && settings_engineer_by_address(d->settings, m->person) == it->engineer;

	if (it->message->auto_submitted != NULL)
		machine(d, it, his);
	else if (!his)
		item_held(d, it, arena_printf(d->arena, "it came over a reply address of %s, from somebody else", m->person));
	else if (expired(d, &m->token))
		item_held(d, it, "it answers a mail about a rotation that is long over");
	else if (it->released)
		item_ends(d, it, "noted", 0, "let through, but what it orders is obeyed only with proof");
	else if (d->settings->authserv_id != NULL && it->auth != AUTHRES_PASS)
		ask_him(d, it, m, it->auth_why);
	else if (desk_ordered_before(d, it, 0))
		item_held(d, it, "its orders were obeyed once under the same Message-ID; this copy has other bytes");
	else if (desk_word_held(d, it, NULL, NULL, it->message->visible_text != NULL ? it->message->visible_text : ""))
		return;
	else if (m->token.purpose == TOKEN_HANDOVER)
		desk_handover_answered(d, it, m->token.escalation);
	else
		desk_notice_answered(d, it, m->token.escalation);
}

bool
desk_person(struct desk *d, struct item *it)
{
	struct mark_of m;

	if (!find_address(d, it, &m))
		return false;
	if (m.person == NULL)
		item_held(d, it, "it answers a mail that this store does not know: was an older backup restored?");
	else
		person(d, it, &m);
	return true;
}

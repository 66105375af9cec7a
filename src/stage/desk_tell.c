/* desk_tell.c - the letters: who is told what, from whom, and how he can answer. See desk.h. */
#include <stdio.h>
#include <string.h>

#include "ground/address.h"
#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/digest.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/token.h"
#include "ground/zone.h"
#include "stage/desk_filing.h"

/* ---- how things are said ------------------------------------------------------------------------------- */

/* "America/Los_Angeles" is Los Angeles to people. */
static const char *
place_of(struct arena *a, const struct zone *z)
{
	const char *city = strrchr(zone_name(z), '/');
	char *place = arena_strdup(a, city != NULL ? city + 1 : zone_name(z));

	for (char *p = place; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	return place;
}

const char *
say_when(struct arena *a, int64_t t, const struct zone *z)
{
	static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	static const char *const months[] = { "", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct local_time l = zone_local(z, t), u = zone_local(zone_load("UTC"), t);

	if (l.offset == 0 && u.hour == l.hour)
		return arena_printf(a, "%s %d %s, %02d:%02d UTC", days[l.weekday], l.day, months[l.month], l.hour, l.minute);
	return arena_printf(a, "%s %d %s, %02d:%02d in %s (%s%02d:%02d UTC)", days[l.weekday], l.day, months[l.month], l.hour, l.minute, place_of(a, z),
	    u.day != l.day ? arena_printf(a, "%s ", days[u.weekday]) : "", u.hour, u.minute);
}

const char *
say_clock(struct arena *a, int64_t t, const struct zone *z)
{
	struct local_time l = zone_local(z, t);

	return arena_printf(a, "%02d:%02d in %s", l.hour, l.minute, place_of(a, z));
}

const char *
say_case(struct arena *a, int64_t id)
{
	return arena_printf(a, "ESC-%lld", (long long)id);
}

const char *
say_bytes(struct arena *a, uint64_t bytes)
{
	if (bytes < 1000)
		return arena_printf(a, "%u byte%s", (unsigned)bytes, bytes == 1 ? "" : "s");
	return bytes < 1000000 ? arena_printf(a, "%u kB", (unsigned)(bytes / 1000)) : arena_printf(a, "%.1f MB", (double)bytes / 1e6);
}

const char *
say_name(const struct person *p)
{
	return *p->name != '\0' ? p->name : p->address;
}

/* ---- values -------------------------------------------------------------------------------------------- */

void
tell_value(struct telling *t, const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	BUG_ON(t->nvalues == COUNT(t->values));
	t->values[t->nvalues++] = (struct value){ .name = name, .text = text };
}

void
tell_case(struct desk *d, struct telling *t, const struct escalation *e)
{
	const struct customer *c = settings_customer(d->settings, e->customer);

	tell_value(t, "case", say_case(d->arena, e->id));
	tell_value(t, "severity", arena_printf(d->arena, "%u", e->severity));
	tell_value(t, "customer", c != NULL && c->full_name != NULL ? c->full_name : e->customer);
	tell_value(t, "ticket", e->ticket);
	tell_value(t, "requester", say_name(&e->requester));
	tell_value(t, "role", tell_role(d, e));
}

const char *
tell_role(struct desk *d, const struct escalation *e)
{
	const struct customer *c = settings_customer(d->settings, e->customer);

	return c != NULL && c->ie != NULL && address_equal(c->ie, e->requester.address) ? "IE" : "AER";
}

/* Which attachment is the mail that was forwarded, and whose text is shown as the original: no news. m->nattachments: none. */
static size_t
forwarded_itself(const struct message *m)
{
	size_t found = m->nattachments;

	for (size_t i = 0; m->forward != NULL && i < m->nattachments; i++)
		if (strcmp(m->attachments[i].type, "message/rfc822") == 0) {
			if (found < m->nattachments)
				return m->nattachments; /* several: they are named */
			found = i;
		}
	return found;
}

void
tell_attachments(struct desk *d, struct telling *t, const struct message *m)
{
	const char *list = NULL;
	size_t itself = forwarded_itself(m);

	for (size_t i = 0; i < m->nattachments && i < 50; i++) {
		const struct attachment *one = &m->attachments[i];

		if (i != itself)
			list = arena_printf(d->arena, "%s%s%s (%s)%s", list != NULL ? list : "", list != NULL ? "\n" : "",
			    *one->name != '\0' ? text_printable(d->arena, one->name, 200) : one->type, say_bytes(d->arena, one->bytes),
			    i < t->nentities || t->attach_original ? "" : ": too large to pass on, the relay keeps it");
	}
	tell_value(t, "attachments", list);
}

void
tell_forwarded(struct desk *d, struct telling *t, const struct message *m)
{
	if (m->forward != NULL) {
		const struct forward *f = m->forward;
		bool both = *f->from.name != '\0' && *f->from.address != '\0';

		tell_value(t, "original_from", both ? arena_printf(d->arena, "%s <%s>", f->from.name, f->from.address) : say_name(&f->from));
		tell_value(t, "original_date", f->date);
		tell_value(t, "original", f->body);
	}
}

void
tell_original(struct desk *d, struct telling *t, const struct message *m)
{
	tell_value(t, "text", m->visible_text);
	tell_forwarded(d, t, m);
	tell_attachments(d, t, m);
}

/* ---- one letter ---------------------------------------------------------------------------------------- */

static const char *
address_with_token(struct desk *d, char purpose, const struct escalation *e, const char *person, uint32_t number)
{
	struct token token = { .purpose = purpose, .escalation = (uint32_t)e->id, .person = number };
	char text[TOKEN_TEXT], address[ADDRESS_MAX + 1];
	unsigned char key[DIGEST_BYTES];

	desk_token_key(d, e, key);
	token_make(key, sizeof(key), &token, person, text);
	explicit_bzero(key, sizeof(key));
	return token_address(d->settings->reply_address, text, address, sizeof(address)) ? arena_strdup(d->arena, address) : NULL;
}

/* A reply address of its thread with the team, for either side. */
static const char *
filing_address(struct desk *d, const struct filing *f, const char *person)
{
	struct token token = { .purpose = TOKEN_FILING, .escalation = (uint32_t)f->id, .person = store_person(d->store, person) };
	char text[TOKEN_TEXT], address[ADDRESS_MAX + 1];
	unsigned char key[DIGEST_BYTES];

	desk_filing_key(d, f, key);
	token_make(key, sizeof(key), &token, person, text);
	explicit_bzero(key, sizeof(key));
	return token_address(d->settings->reply_address, text, address, sizeof(address)) ? arena_strdup(d->arena, address) : NULL;
}

static const char *
new_message_id(struct desk *d, const struct telling *t)
{
	unsigned char random[10];
	char hex[2 * sizeof(random) + 1];

	random_bytes(random, sizeof(random));
	digest_hex(random, sizeof(random), hex);
	return arena_printf(d->arena, "%s.%s@%s", t->to_team ? "filing" : t->e != NULL ? arena_printf(d->arena, "esc-%lld", (long long)t->e->id) : "relay", hex,
	    strrchr(d->settings->address, '@') + 1);
}

static void
add_id(struct desk *d, struct strings *ids, const char *id)
{
	for (size_t i = 0; i < ids->n; i++)
		if (strcmp(ids->v[i], id) == 0)
			return;
	if (*id != '\0')
		*(const char **)arena_push(d->arena, &ids->v, &ids->n, sizeof(*ids->v)) = id;
}

/* The constant id of the case first, then the mail that opened it, then the one that is answered: every mail program sees one
 * thread whatever happens to the rest. */
static struct strings
references(struct desk *d, const struct telling *t)
{
	struct strings ids = { 0 };
	struct journal_entry opened;

	if (t->to_team) { /* a thread of its own: nothing of the case's */
		add_id(d, &ids, t->filing->thread_id);
		add_id(d, &ids, t->filing->last_id);
		return ids;
	}
	if (t->e != NULL) {
		add_id(d, &ids, t->e->thread_id);
		if ((t->about == NULL || t->about->entry.id != t->e->journal) && store_journal_get(d->store, d->arena, t->e->journal, &opened))
			add_id(d, &ids, opened.message_id);
	}
	if (t->about != NULL && t->about->message->message_id != NULL)
		add_id(d, &ids, t->about->message->message_id);
	return ids;
}

static int
local_offset(struct desk *d, const char *address)
{
	const struct engineer *x = settings_engineer_by_address(d->settings, address);

	return x != NULL ? zone_local(x->zone, d->now).offset : 0;
}

/* A person's words as they go into a letter: bounded; the whole stays in the journal. */
static void
bound_texts(struct desk *d, struct telling *t)
{
	for (size_t i = 0; i < t->nvalues; i++) {
		size_t len = strlen(t->values[i].text);

		if (len > LETTER_TEXT_MAX)
			t->values[i].text = arena_printf(d->arena, "%.*s\n[… shortened: %zu more bytes]", (int)utf8_cut(t->values[i].text, len, LETTER_TEXT_MAX),
			    t->values[i].text, len - LETTER_TEXT_MAX);
	}
}

/* Whoever of the staff wrote it learns where his mail went. */
void
tell_filed(struct desk *d, const struct item *it, const struct filing *f, const struct team *team)
{
	const struct message *m = it->message;
	struct telling t = { .template = "filed", .to = m->from, .about = it, .auto_submitted = "auto-replied", .filing = f };

	if (!it->staff || m->auto_submitted != NULL || m->from_count != 1)
		return;
	t.subject = arena_printf(d->arena, "[%s] Filed: %s", d->settings->name, *m->subject != '\0' ? m->subject : "(no subject)");
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "team", team->full_name);
	tell_value(&t, "asked", desk_asked_for(f->kind));
	tell_value(&t, "subject", *m->subject != '\0' ? m->subject : "(no subject)");
	tell_value(&t, "rule", f->rule);
	tell(d, &t);
}

/* Which limit the letter would go over, NULL: none. A person's word is under no limit, nor is the operator's notice of one. */
static const char *
over_limit(struct desk *d, const struct telling *t, int64_t *per)
{
	const struct settings *s = d->settings;
	const struct { const char *name; const struct rate_cap *cap; int64_t escalation; const char *to; } limits[] = {
		{ "recipient", &s->cap_recipient, 0, t->to.address },
		{ "case", &s->cap_case, t->e != NULL ? t->e->id : -1, NULL },
		{ "all", &s->cap_total, 0, NULL },
	};

	for (size_t i = 0; t->auto_submitted != NULL && strcmp(t->template, "capped") != 0 && i < COUNT(limits); i++) {
		const struct rate_cap *cap = limits[i].cap;
		char span[CLOCK_TEXT];

		*per = cap->per;
		if (limits[i].escalation >= 0 && store_owed_reached(d->store, limits[i].escalation, limits[i].to, cap->mails, d->now - cap->per))
			return arena_printf(d->arena, "limit %s %u per %s", limits[i].name, cap->mails, clock_span(cap->per, span));
	}
	return NULL;
}

/* Not owed: its case says so, and the operator learns it once for as long as the limit counts. */
static void
hold_back(struct desk *d, const struct telling *t, const char *limit, int64_t per)
{
	struct telling notice = { .template = "capped", .to = { .name = "", .address = d->settings->operator_address }, .auto_submitted = "auto-generated",
		.no_token = true, .subject = arena_printf(d->arena, "[%s] A limit holds letters back", d->settings->name) };

	if (t->e != NULL)
		store_event_add(d->store, t->e->id, d->now, "relay", "held-back", arena_printf(d->arena, "%s to %s: %s", t->template, t->to.address, limit), 0);
	if (store_capped_since(d->store, d->now - per))
		return;
	desk_hook(d, "alarm", t->e, "A limit holds letters back", limit);
	log_error("automatic letters are held back: %s (first: %s to %s)", limit, t->template, text_printable(d->arena, t->to.address, 100));
	if (t->e != NULL)
		tell_value(&notice, "case", say_case(d->arena, t->e->id));
	tell_value(&notice, "relay", d->settings->name);
	tell_value(&notice, "recipient", t->to.address);
	tell_value(&notice, "reason", limit);
	tell(d, &notice);
}

int64_t
tell(struct desk *d, struct telling *t)
{
	const struct settings *s = d->settings;
	unsigned hops = t->about != NULL ? t->about->message->own_hops + 1 : 1;
	struct original original;
	struct letter_ask ask = { .template = t->template, .to = t->to, .subject = t->subject, .instance = store_instance(d->store), .hops = hops,
		.auto_submitted = t->auto_submitted, .date = d->now, .offset = local_offset(d, t->to.address), .values = t->values,
		.nvalues = t->nvalues, .entities = t->entities, .nentities = t->nentities };
	unsigned char salt[DIGEST_BYTES];
	struct owed owed = { .kind = arena_strndup(d->arena, t->template, strcspn(t->template, ":")), .at = d->now, .from = "" };
	struct letter letter;
	const char *why = NULL, *limit;
	AUTO_ARENA struct arena *scratch = arena_new();
	int64_t id, per;

	if ((limit = over_limit(d, t, &per)) != NULL) {
		hold_back(d, t, limit, per);
		return 0;
	}
	bound_texts(d, t);
	ask.from.address = s->address;
	ask.from.name = t->from_name != NULL ? arena_printf(d->arena, "%s via %s", t->from_name, s->name) : s->name;
	if (ask.subject == NULL && t->e != NULL)
		ask.subject = arena_printf(d->arena, "[%s] %s", say_case(d->arena, t->e->id), t->e->subject);
	ask.message_id = new_message_id(d, t);
	ask.references = references(d, t);
	ask.in_reply_to = ask.references.n > 0 ? ask.references.v[ask.references.n - 1] : NULL;
	if (t->e != NULL) {
		owed.escalation = t->e->id;
		uint32_t person = store_person(d->store, t->to.address);

		owed.from = address_with_token(d, TOKEN_BOUNCE, t->e, t->to.address, person);
		if (!t->no_token)
			ask.reply_to = address_with_token(d, TOKEN_REPLY, t->e, t->to.address, person);
	}
	if (t->filing != NULL && !t->no_token)
		ask.reply_to = filing_address(d, t->filing, t->to.address);
	if (t->reply_to != NULL)
		ask.reply_to = t->reply_to;
	if (t->filing != NULL && t->e == NULL)
		owed.from = filing_address(d, t->filing, t->to.address);
	if (t->attach_original && t->about != NULL && t->about->entry.purged == 0) {
		original = (struct original){ .journal = t->about->entry.id, .bytes = t->about->entry.size, .facts = t->about->facts };
		ask.original = &original;
	}
	digest_hmac(store_key(d->store), 32, ask.message_id, strlen(ask.message_id), salt);
	ask.salt = salt;
	ask.saltlen = sizeof(salt);
	/* Its bytes are in the store then: twenty readers of a large word are not twenty letters in memory. */
	if (!letter_compose(scratch, d->conf->templates, &ask, &letter, &why)) {
		log_error("a letter (%s) to %s could not be made: %s", t->template, text_printable(d->arena, t->to.address, 100), why);
		return 0;
	}
	owed.letter = &letter;
	id = store_owe(d->store, &owed);
	if (t->filing != NULL)
		store_filing_thread_add(d->store, t->filing->id, ask.message_id);
	else if (t->e != NULL)
		store_thread_add(d->store, t->e->id, ask.message_id, true);
	if (t->e != NULL)
		store_event_add(d->store, t->e->id, d->now, "relay", "owes", arena_printf(d->arena, "%s to %s", owed.kind, t->to.address), 0);
	return id;
}

/* ---- to the operator ----------------------------------------------------------------------------------- */

void
tell_operator_held(struct desk *d, const struct item *it, const char *reason)
{
	struct telling t = { .template = "quarantine", .to = { .name = "", .address = d->settings->operator_address }, .about = it,
		.auto_submitted = "auto-generated", .no_token = true };
	const struct message *m = it->message;

	t.subject = arena_printf(d->arena, "[%s] Held: %s", d->settings->name, *m->subject != '\0' ? m->subject : "(no subject)");
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "number", arena_printf(d->arena, "%lld", (long long)it->entry.id));
	tell_value(&t, "received", say_when(d->arena, it->entry.received, zone_load("UTC")));
	tell_value(&t, "from", *m->from.name != '\0' ? arena_printf(d->arena, "%s <%s>", m->from.name, m->from.address) : m->from.address);
	tell_value(&t, "subject", *m->subject != '\0' ? m->subject : "(no subject)");
	tell_value(&t, "reason", reason);
	tell(d, &t);
	desk_hook(d, "quarantined", NULL, arena_printf(d->arena, "A mail is held: escrelay quarantine show %lld", (long long)it->entry.id), reason);
}

/* A letter of ours was refused for good: somebody must know. The requester if it was for the engineer's answer, else
 * the operator; never the address that refused. */
void
tell_refusal(struct desk *d, const struct outbox_row *row)
{
	struct telling t = { .template = "refused", .auto_submitted = "auto-generated", .no_token = true };
	struct escalation e;
	bool has = row->escalation != 0 && store_escalation_get(d->store, d->arena, row->escalation, &e);

	desk_hook(d, "refused", has ? &e : NULL, arena_printf(d->arena, "A letter to %s was refused", row->to), row->reply);
	if (address_equal(row->to, d->settings->operator_address)) {
		log_error("outbox %lld to the operator was refused: %s", (long long)row->id, text_printable(d->arena, row->reply, 300));
		t.to = (struct person){ .name = "", .address = d->settings->fallback };
		if (address_equal(row->to, t.to.address) || strcmp(row->kind, "refused") == 0)
			return; /* nobody is left to write to: the log and `queue` say it */
	} else
		t.to = (struct person){ .name = "", .address = d->settings->operator_address };
	if (has) {
		tell_value(&t, "case", say_case(d->arena, e.id));
		store_event_add(d->store, e.id, d->now, "relay", "refused", arena_printf(d->arena, "%s to %s: %s", row->kind, row->to, row->reply), 0);
	}
	t.subject = arena_printf(d->arena, "[%s] Not delivered to %s: %s", d->settings->name, row->to, row->subject);
	tell_value(&t, "recipient", row->to);
	tell_value(&t, "subject", row->subject);
	tell_value(&t, "relay", d->settings->name);
	if (row->attempts > 0)
		tell_value(&t, "attempts", arena_printf(d->arena, "%u time%s since %s", row->attempts, row->attempts == 1 ? "" : "s",
		    say_when(d->arena, row->queued_at, zone_load("UTC"))));
	tell_value(&t, "reason", row->reply);
	if (row->id != 0) /* a bounce names no letter that could be sent again */
		tell_value(&t, "number", arena_printf(d->arena, "%lld", (long long)row->id));
	tell(d, &t);
}

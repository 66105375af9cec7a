/* desk_mail.c - a journalled mail read back and understood. See desk.h.
 *
 * Ordinary mails are held in memory; a large one goes through an unlinked file beside the store, so that nothing
 * holds it whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ground/address.h"
#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/ident.h"
#include "stage/desk.h"

#define IN_MEMORY_MAX   (1u << 20)
#define ATTACHMENTS_MAX 50   /* passed on with a word */

static bool
put(struct item *it, size_t at, const char *bytes, size_t len)
{
	if (it->raw != NULL) {
		memcpy(it->raw + at, bytes, len);
		return true;
	}
	while (len > 0) {
		ssize_t n = pwrite(it->fd, bytes, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		at += (size_t)n;
		len -= (size_t)n;
	}
	return true;
}

/* Every byte once: kept, digested, its facts taken. */
static bool
read_raw(struct desk *d, struct item *it)
{
	AUTO_FREE char *chunk = xmalloc(STORE_CHUNK);
	struct ident ident;
	size_t at = 0, line = 0;
	ssize_t n;
	char last = '\0';
	bool ok = true;

	ident_begin(&ident);
	while (ok && at < it->len && (n = store_journal_read(d->store, it->entry.id, at, chunk, STORE_CHUNK)) > 0) {
		size_t take = (size_t)n < it->len - at ? (size_t)n : it->len - at;

		ident_add(&ident, chunk, take);
		raw_facts_add(&it->facts, chunk, take, &line, &last);
		ok = put(it, at, chunk, take);
		at += take;
	}
	ident_end(&ident, it->ident);
	it->len = at;
	return ok && store_fault(d->store) == STORE_OK;
}

/* What a mail that was purged for its age still says: who, about what, and that the rest is gone. */
static void
what_remains(struct desk *d, struct item *it)
{
	const struct journal_entry *e = &it->entry;
	char day[CLOCK_TEXT];

	clock_rfc3339(e->purged, day);
	it->raw = arena_printf(d->arena, "From: %s\nSubject: %s\n%s%s%s\n(What this mail said was removed on %.10s: it was older than the relay keeps mails.)\n",
	    e->from, text_printable(d->arena, e->subject, 300), *e->message_id != '\0' ? "Message-ID: <" : "", e->message_id,
	    *e->message_id != '\0' ? ">\n" : "", day);
	it->len = strlen(it->raw);
}

static bool
make_room(struct desk *d, struct item *it)
{
	AUTO_FREE char *path = NULL;

	if (it->len <= IN_MEMORY_MAX || d->reads_only) {
		it->raw = arena_alloc(d->arena, it->len + 1);
		return true;
	}
	path = xasprintf("%s.read-XXXXXX", d->settings->store);
	it->fd = mkostemp(path, O_CLOEXEC);
	if (it->fd < 0) {
		log_error("cannot make a file beside the store: %s", strerror(errno));
		return false;
	}
	unlink(path);
	return true;
}

/* What our border server found out about the sender. */
static void
authenticate(struct desk *d, struct item *it, const char *from)
{
	const struct message *m = it->message;
	const char **fields = arena_array(d->arena, m->nfields, sizeof(*fields)), *domain = strrchr(from, '@');
	char *why = arena_alloc(d->arena, AUTHRES_WHY);
	size_t n = 0;

	for (size_t i = 0; i < m->nfields; i++)
		if (text_equal_nocase(m->fields[i].name, "Authentication-Results"))
			fields[n++] = m->fields[i].raw;
	it->auth = AUTHRES_NONE;
	it->auth_why = "no server is configured to be believed (authserv-id none)";
	if (d->settings->authserv_id != NULL) {
		it->auth = authres_judge(fields, n, d->settings->authserv_id, domain != NULL ? domain + 1 : "", why);
		it->auth_why = why;
	}
}

/* Whose mail it is, as far as its From can say; what it proves is auth's. */
static void
identify(struct desk *d, struct item *it)
{
	const struct settings *s = d->settings;
	const struct message *m = it->message;
	const char *from = m->from_count == 1 ? m->from.address : "";
	const char *original = m->forward != NULL ? m->forward->from.address : "";

	it->staff = settings_is_staff(s, from) && !settings_is_own(s, from);
	it->engineer = settings_engineer_by_address(s, from);
	it->team = settings_team_by_address(s, from);
	for (size_t i = 0; i < s->ncustomers && it->customer == NULL; i++)
		for (size_t j = 0; j < s->customers[i].ndomains && it->customer == NULL; j++)
			if (address_in_domain(original, s->customers[i].domains[j]) || address_in_domain(from, s->customers[i].domains[j]))
				it->customer = &s->customers[i];
	authenticate(d, it, from);
}

/* For tests: the mail that kills whoever reads it. */
static void
rehearse_a_crash(const struct message *m)
{
	const char *kill = getenv("ESCRELAY_TEST_KILL");

	if (kill != NULL && *kill != '\0' && strstr(m->subject, kill) != NULL)
		abort();
}

bool
desk_read(struct desk *d, int64_t journal, struct item *it)
{
	struct own own = { .instance = store_instance(d->store), .address = d->settings->address, .hops_max = d->settings->hops_max };

	*it = (struct item){ .fd = -1 };
	if (!store_journal_get(d->store, d->arena, journal, &it->entry))
		return false;
	it->len = (size_t)it->entry.size;
	if (it->entry.purged != 0)
		what_remains(d, it);
	else if (!make_room(d, it) || !read_raw(d, it)) {
		store_give_up(d->store, "a mail cannot be read: no room for a file, or no right to make one");
		desk_drop(it);
		return false;
	}
	it->message = it->raw != NULL ? message_understand(d->arena, it->raw, it->len, &own) : message_understand_fd(d->arena, it->fd, &own);
	rehearse_a_crash(it->message);
	it->released = it->entry.released;
	identify(d, it);
	it->why = json_object();
	return true;
}

void
desk_drop(struct item *it)
{
	if (it->fd >= 0)
		close(it->fd);
	it->fd = -1;
	json_decref(it->why);
	it->why = NULL;
}

static bool
take_out(struct desk *d, struct item *it, size_t i, size_t room, struct buf *out)
{
	buf_init(out, room);
	if (it->raw != NULL ? !message_attachment(it->raw, it->len, i, out) : !message_attachment_fd(it->fd, i, out)) {
		buf_free(out);
		return false;
	}
	if (out->cap > 0)
		arena_defer(d->arena, free, out->data); /* the letter's bytes live as long as the mail in hand: so do these */
	return true;
}

bool
desk_attachment(struct desk *d, struct item *it, size_t i, struct buf *out)
{
	return take_out(d, it, i, 2 * (size_t)RELAY_ATTACH_MAX, out);
}

/* In order, up to the first that does not fit. */
static void
extract(struct desk *d, struct item *it)
{
	size_t room = RELAY_ATTACH_MAX;
	bool fits = true;

	for (size_t i = 0; fits && i < it->message->nattachments && i < ATTACHMENTS_MAX; i++) {
		struct buf entity;

		if (it->message->attachments[i].bytes > room)
			break; /* seen without taking it out */
		if ((fits = take_out(d, it, i, room, &entity))) {
			*(struct buf *)arena_push(d->arena, &it->entities, &it->nentities, sizeof(entity)) = entity;
			room -= entity.len;
		}
	}
}

/* The attachments of a word, as entities for the letters that pass it on; taken out of the mail once, however many read it. */
void
desk_relay_attachments(struct desk *d, struct item *it, struct buf **entities, size_t *n)
{
	if (!it->extracted)
		extract(d, it);
	it->extracted = true;
	*entities = it->entities;
	*n = it->nentities;
}

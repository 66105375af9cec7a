/* store_journal.c - what reached us: journal, raw bytes, decisions, quarantine. See store.h. */
#include "edge/store_db.h"

#include <string.h>

#include "ground/mem.h"

#define JOURNAL_COLUMNS "id, mailbox, uidvalidity, uid, received, size, cut, sha256, state, attempts, message_id, sender, subject, outcome, escalation, note, released, purged"

static void
entry_of(sqlite3_stmt *q, struct arena *a, struct journal_entry *e)
{
	const char *state = db_text(q, 8, a);
	int64_t uid = db_int(q, 3);

	*e = (struct journal_entry){ .id = db_int(q, 0), .mailbox = db_text(q, 1, a), .uidvalidity = (uint32_t)db_int(q, 2),
		.uid = (uint32_t)(uid < 0 ? -uid : uid), .damaged = uid < 0,
		.received = db_int(q, 4), .size = (uint64_t)db_int(q, 5), .cut = db_int(q, 6) != 0,
		.attempts = (unsigned)db_int(q, 9), .message_id = db_text(q, 10, a), .from = db_text(q, 11, a),
		.subject = db_text(q, 12, a), .escalation = db_int(q, 14), .released = db_int(q, 16) != 0,
		.purged = db_int(q, 17) };
	if (sqlite3_column_bytes(q, 7) == (int)sizeof(e->sha256))
		memcpy(e->sha256, sqlite3_column_blob(q, 7), sizeof(e->sha256));
	for (int i = 0; i < JOURNAL_STATE_COUNT; i++)
		if (strcmp(journal_state_word((enum journal_state)i), state) == 0)
			e->state = (enum journal_state)i;
	e->outcome = sqlite3_column_type(q, 13) == SQLITE_NULL ? NULL : db_text(q, 13, a);
	e->note = sqlite3_column_type(q, 15) == SQLITE_NULL ? NULL : db_text(q, 15, a);
}

/* The column uid is the mail's number on the server, with two additions: negative for a damaged entry, so that the mail
 * itself can still come under its number; and with the entry's own id above the lower 32 bits where it had to give up
 * its number. */
static bool
give_up_number(struct store *s, const struct journal_entry *e)
{
	return db_run(s,
	           "UPDATE journal SET uid = uid + (id << 32)"
	           " WHERE mailbox = ? AND uidvalidity = ? AND uid = ? AND sha256 <> ?",
	           "siib", e->mailbox, I(e->uidvalidity), I(e->uid), (const void *)e->sha256, sizeof(e->sha256)) == 1;
}

static bool
insert(struct store *s, const struct journal_entry *e)
{
	return db_run(s,
	           "INSERT INTO journal (mailbox, uidvalidity, uid, received, size, cut, sha256, state) VALUES (?,?,?,?,?,?,?,'kept')"
	           " ON CONFLICT (mailbox, uidvalidity, uid) DO NOTHING",
	           "siiiuib", e->mailbox, I(e->uidvalidity), e->damaged ? -I(e->uid) : I(e->uid), e->received, e->size, I(e->cut),
	           (const void *)e->sha256, sizeof(e->sha256)) == 1;
}

int64_t
store_journal_add(struct store *s, const struct journal_entry *e)
{
	bool added = insert(s, e) || (!e->damaged && give_up_number(s, e) && insert(s, e));

	return added ? sqlite3_last_insert_rowid(s->db) : 0;
}

void
store_journal_bytes(struct store *s, int64_t id, unsigned seq, const void *bytes, size_t len)
{
	db_run(s, "INSERT INTO raw VALUES (?,?,?)", "iib", id, I(seq), bytes, len);
}

bool
store_journal_known(struct store *s, const char *mailbox, uint32_t uidvalidity, uint32_t uid)
{
	return db_number(s, 0, "SELECT 1 FROM journal WHERE mailbox = ? AND uidvalidity = ? AND uid = ?", "sii", mailbox,
	           I(uidvalidity), I(uid)) == 1;
}

bool
store_journal_get(struct store *s, struct arena *a, int64_t id, struct journal_entry *out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT " JOURNAL_COLUMNS " FROM journal WHERE id = ?", "i", id);

	if (!db_row(s, q))
		return false;
	entry_of(q, a, out);
	db_done(q);
	return true;
}

bool
store_journal_next(struct store *s, struct arena *a, int64_t after, struct journal_entry *out)
{
	sqlite3_stmt *q = db_prepare(s,
	    "SELECT " JOURNAL_COLUMNS " FROM journal WHERE state = 'kept' AND id > ? ORDER BY id LIMIT 1", "i", after);

	if (!db_row(s, q))
		return false;
	entry_of(q, a, out);
	db_done(q);
	return true;
}

size_t
store_journal_find(struct store *s, struct arena *a, const char *message_id, int64_t *ids, size_t max)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT id FROM journal WHERE message_id = ? AND message_id <> '' ORDER BY id DESC", "s", message_id);
	size_t n = 0;

	(void)a;
	while (n < max && db_row(s, q))
		ids[n++] = db_int(q, 0);
	if (q != NULL)
		db_done(q);
	return n;
}

ssize_t
store_journal_read(struct store *s, int64_t id, uint64_t offset, void *out, size_t len)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT bytes FROM raw WHERE journal = ? AND seq = ?", "iu", id, offset / STORE_CHUNK);
	size_t skip = offset % STORE_CHUNK, have;

	if (!db_row(s, q))
		return s->fault == STORE_OK ? 0 : -1;
	have = (size_t)sqlite3_column_bytes(q, 0);
	have = have > skip ? have - skip : 0;
	if (have > len)
		have = len;
	if (have > 0)
		memcpy(out, (const char *)sqlite3_column_blob(q, 0) + skip, have);
	db_done(q);
	return (ssize_t)have;
}

void
store_journal_attempt(struct store *s, int64_t id)
{
	db_run(s, "UPDATE journal SET attempts = attempts + 1 WHERE id = ?", "i", id);
}

void
store_journal_judged(struct store *s, const struct journal_entry *e)
{
	db_run(s,
	    "UPDATE journal SET state = ?, message_id = ?, sender = ?, subject = ?, outcome = ?, escalation = ?, note = ? WHERE id = ?",
	    "sssssisi", journal_state_word(e->state), e->message_id, e->from, e->subject, e->outcome, e->escalation, e->note, e->id);
}

int64_t
store_journal_twin(struct store *s, const struct journal_entry *e, const char *message_id)
{
	return db_number(s, 0,
	    "SELECT id FROM journal WHERE mailbox = ?1 AND uidvalidity = ?2 AND uid = ?3 AND (uid > 0 OR released = 1)"
	    " AND outcome <> 'quarantined' AND (message_id = '' OR ?4 = '' OR message_id = ?4)",
	    "siis", e->mailbox, I(e->uidvalidity), e->damaged ? I(e->uid) : -I(e->uid), message_id);
}

int64_t
store_acted(struct store *s, const unsigned char ident[32], int64_t id)
{
	if (db_run(s, "INSERT INTO acted VALUES (?,?) ON CONFLICT (ident) DO NOTHING", "bi", (const void *)ident, (size_t)32, id) == 1)
		return id;
	return db_number(s, id, "SELECT journal FROM acted WHERE ident = ?", "b", (const void *)ident, (size_t)32);
}

/* ---- mailboxes, flags ---------------------------------------------------------------------------------- */

uint32_t
store_mailbox_uidvalidity(struct store *s, const char *mailbox)
{
	return (uint32_t)db_number(s, 0, "SELECT uidvalidity FROM mailbox WHERE name = ?", "s", mailbox);
}

void
store_mailbox_seen(struct store *s, const char *mailbox, uint32_t uidvalidity, int64_t at)
{
	db_run(s, "INSERT INTO mailbox VALUES (?,?,?) ON CONFLICT (name) DO UPDATE SET uidvalidity = excluded.uidvalidity, seen = excluded.seen",
	    "sii", mailbox, I(uidvalidity), at);
}

int64_t
store_mailbox_last(struct store *s, const char *mailbox)
{
	return db_number(s, 0, "SELECT seen FROM mailbox WHERE name = ?", "s", mailbox);
}

bool
store_flag(struct store *s, const char *name)
{
	return db_number(s, 0, "SELECT value FROM meta WHERE name = 'flag.' || ?", "s", name) != 0;
}

void
store_flag_set(struct store *s, const char *name, bool on)
{
	db_run(s, "INSERT INTO meta VALUES ('flag.' || ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", "si", name, I(on));
}

/* ---- decisions ----------------------------------------------------------------------------------------- */

void
store_decision_add(struct store *s, int64_t journal, int64_t at, const char *ruleset, const char *json)
{
	db_run(s, "INSERT INTO decision VALUES (?,?,?,?) ON CONFLICT (journal) DO UPDATE SET at = excluded.at, ruleset = excluded.ruleset, said = excluded.said",
	    "iiss", journal, at, ruleset, json);
}

const char *
store_decision(struct store *s, struct arena *a, int64_t journal)
{
	return db_string(s, a, "SELECT said FROM decision WHERE journal = ?", "i", journal);
}

const char *
store_decision_ruleset(struct store *s, struct arena *a, int64_t journal)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT ruleset FROM decision WHERE journal = ?", "i", journal);
	const char *hash;

	if (!db_row(s, q))
		return NULL;
	hash = db_text(q, 0, a);
	db_done(q);
	return hash;
}

/* ---- quarantine ---------------------------------------------------------------------------------------- */

void
store_quarantine_add(struct store *s, int64_t journal, int64_t at, const char *reason)
{
	db_run(s, "INSERT INTO quarantine VALUES (?,?,?,'held') ON CONFLICT (journal) DO UPDATE SET at = excluded.at, reason = excluded.reason, state = 'held'",
	    "iis", journal, at, reason);
}

size_t
store_quarantine(struct store *s, struct arena *a, bool all, struct quarantined **out)
{
	sqlite3_stmt *q = db_prepare(s,
	    "SELECT q.journal, q.at, q.reason, q.state, j.sender, j.subject FROM quarantine q JOIN journal j ON j.id = q.journal"
	    " WHERE q.state = 'held' OR ? ORDER BY q.journal", "i", I(all));
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct quarantined *x = arena_push(a, out, &n, sizeof(*x));

		*x = (struct quarantined){ .journal = db_int(q, 0), .at = db_int(q, 1), .reason = db_text(q, 2, a),
			.state = db_text(q, 3, a), .from = db_text(q, 4, a), .subject = db_text(q, 5, a) };
	}
	return n;
}

bool
store_quarantine_settle(struct store *s, int64_t journal, const char *state)
{
	bool own, done;

	if (!db_enter(s, &own))
		return false;
	done = db_run(s, "UPDATE quarantine SET state = ? WHERE journal = ? AND state = 'held'", "si", state, journal) == 1;
	if (done && strcmp(state, "released") == 0)
		db_run(s, "UPDATE journal SET state = 'kept', attempts = 0, released = 1 WHERE id = ?", "i", journal);
	return db_leave(s, own) && done;
}

bool
store_journal_released(struct store *s, int64_t journal)
{
	return db_number(s, 0, "SELECT released FROM journal WHERE id = ?", "i", journal) != 0;
}

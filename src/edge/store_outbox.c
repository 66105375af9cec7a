/* store_outbox.c - what we owe: letters, leases, attempts. See store.h and the law's outbox states. */
#include "edge/store_db.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "ground/mem.h"

#define ROW_COLUMNS                                                                                                       \
	"id, escalation, kind, sender, recipient, message_id, subject, state, size, queued_at, next_at, settled_at, attempts," \
	" holder, lease_until, code, reply"
#define LIST_MAX "10000"
#define PROBE_SECONDS 60 /* for the one letter that finds out whether a held queue may move */

static void
row_of(sqlite3_stmt *q, struct arena *a, struct outbox_row *r)
{
	*r = (struct outbox_row){ .id = db_int(q, 0), .escalation = db_int(q, 1), .kind = db_text(q, 2, a), .from = db_text(q, 3, a),
		.to = db_text(q, 4, a), .message_id = db_text(q, 5, a), .subject = db_text(q, 6, a), .size = (uint64_t)db_int(q, 8),
		.queued_at = db_int(q, 9), .next_at = db_int(q, 10), .settled_at = db_int(q, 11), .attempts = (unsigned)db_int(q, 12),
		.holder = db_text(q, 13, a), .lease_until = db_int(q, 14), .code = (int)db_int(q, 15), .reply = db_text(q, 16, a) };
	outbox_state_of(db_text(q, 7, a), &r->state);
}

int64_t
store_owe(struct store *s, const struct owed *o)
{
	int64_t id, seq = 0;

	db_run(s,
	    "INSERT INTO outbox (escalation, kind, sender, recipient, message_id, subject, size, state, owed_at, queued_at, next_at, nth)"
	    " VALUES (?1,?2,?3,?4,?5,?6,?7,'queued',?8,?8,?8, 1 + coalesce((SELECT max(nth) FROM outbox WHERE recipient = ?4 COLLATE NOCASE), 0))",
	    "isssssui", o->escalation, o->kind, o->from, o->letter->to, o->letter->message_id, o->letter->subject, o->letter->size,
	    o->at);
	if (s->fault != STORE_OK)
		return 0;
	id = sqlite3_last_insert_rowid(s->db);
	for (size_t i = 0; i < o->letter->nsegments; i++) {
		const struct segment *g = &o->letter->segments[i];
		size_t len = g->kind == SEGMENT_BYTES ? g->len : 0, at = 0;

		do { /* in pieces: SQLite holds a row whole */
			size_t n = len - at < STORE_CHUNK ? len - at : STORE_CHUNK;

			db_run(s, "INSERT INTO segment VALUES (?,?,?,?,?)", "iiiib", id, seq++, g->kind == SEGMENT_ORIGINAL ? g->journal : I(0),
			    I(g->kind == SEGMENT_ORIGINAL && g->splice == SPLICE_BASE64), (const void *)(len > 0 ? g->bytes + at : ""), n);
			at += n;
		} while (at < len);
	}
	return id;
}

/* The limit is reached if the letter that is so many back is younger than since: a step into an index, never a count of all that a
 * busy hour has seen. A case has few letters: there it is so many steps. */
bool
store_owed_reached(struct store *s, int64_t escalation, const char *to, unsigned letters, int64_t since)
{
	const int64_t back = (int64_t)letters - 1;
	int64_t then;

	if (letters == 0)
		return true;
	if (escalation != 0)
		then = db_number(s, INT64_MIN, "SELECT owed_at FROM outbox WHERE escalation = ? ORDER BY id DESC LIMIT 1 OFFSET ?", "ii", escalation, back);
	else if (to != NULL)
		then = db_number(s, INT64_MIN, "SELECT owed_at FROM outbox WHERE recipient = ?1 COLLATE NOCASE AND nth <= (SELECT max(nth) FROM outbox"
		                               " WHERE recipient = ?1 COLLATE NOCASE) - ?2 ORDER BY nth DESC LIMIT 1", "si", to, back);
	else /* ids have no holes but where old letters were purged */
		then = db_number(s, INT64_MIN, "SELECT owed_at FROM outbox WHERE id <= (SELECT max(id) FROM outbox) - ? ORDER BY id DESC LIMIT 1", "i", back);
	return then >= since;
}

bool
store_capped_since(struct store *s, int64_t since)
{
	return db_number(s, 0, "SELECT 1 FROM outbox WHERE kind = 'capped' AND owed_at >= ? LIMIT 1", "i", since) == 1;
}

bool
store_stuck_told_since(struct store *s, const char *subject, int64_t since)
{
	return db_number(s, 0, "SELECT 1 FROM outbox WHERE kind = 'stuck' AND subject = ? AND owed_at >= ? LIMIT 1", "si", subject, since) == 1;
}

/* ---- leases -------------------------------------------------------------------------------------------- */

int
store_lease_lock(const char *store_path, const char *holder)
{
	AUTO_FREE char *path = xasprintf("%s.lease-%s", store_path, holder);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool
holder_lives(const char *store_path, const char *holder)
{
	int fd = store_lease_lock(store_path, holder);

	if (fd < 0)
		return true; /* taken, or we cannot look: nobody is declared dead on a guess */
	close(fd);
	return false;
}

/* Rows in order of time; one waits for an earlier one of the same case and recipient. What is about no case waits for nothing. */
#define NEXT_FREE                                                                                                           \
	" FROM outbox o WHERE " OUTBOX_WAITS " AND (o.escalation = 0 OR NOT EXISTS (SELECT 1 FROM outbox e WHERE " OUTBOX_OWED \
	" AND e.escalation = o.escalation AND e.recipient = o.recipient AND e.id < o.id)) ORDER BY next_at, id LIMIT 1"

/* A look without the lock: most find nothing. False: nothing to lease now. */
static bool
worth_a_lock(struct store *s, struct arena *a, int64_t now, int64_t *next_at)
{
	int64_t held_until = 0;

	*next_at = db_number(s, INT64_MAX, "SELECT next_at" NEXT_FREE, "");
	if (*next_at < INT64_MAX && store_held(s, a, &held_until) != NULL && held_until > now) {
		if (*next_at < held_until)
			*next_at = held_until;
		return false;
	}
	return s->fault == STORE_OK && *next_at <= now;
}

/* While the queue is held nothing is due. Whoever comes first when its time is over finds out for all: for the others it
 * stays held a little longer. */
static bool
may_go(struct store *s, struct arena *a, int64_t now, int64_t *next_at)
{
	int64_t held_until = 0;

	if (store_held(s, a, &held_until) == NULL)
		return *next_at <= now;
	if (held_until > now && *next_at < held_until)
		*next_at = held_until;
	if (*next_at > now)
		return false;
	db_run(s, "UPDATE meta SET value = ? WHERE name = 'hold.until'", "i", now + PROBE_SECONDS);
	return true;
}

/* In a transaction. */
static bool
lease_one(struct store *s, struct arena *a, const char *holder, int64_t now, int64_t until, struct outbox_row *out,
    int64_t *next_at)
{
	bool got = false;
	sqlite3_stmt *q;

	*next_at = INT64_MAX; /* a colleague may have taken what was due */
	q = db_prepare(s, "SELECT " ROW_COLUMNS NEXT_FREE, "");
	if (db_row(s, q)) {
		row_of(q, a, out);
		db_done(q);
		*next_at = out->next_at;
		got = may_go(s, a, now, next_at);
	}
	if (got) {
		db_run(s, "UPDATE outbox SET state = 'sending', attempts = attempts + 1, holder = ?, lease_until = ? WHERE id = ?", "sii",
		    holder, until, out->id);
		db_run(s, "INSERT INTO attempt (outbox, at) VALUES (?,?)", "ii", out->id, now);
		out->attempts++;
		out->state = OUTBOX_SENDING;
		out->holder = arena_strdup(a, holder);
		out->lease_until = until;
	}
	return got;
}

int
store_lease_some(struct store *s, struct arena *a, const char *holder, int64_t now, int64_t until,
    struct outbox_row *out, int max, int64_t *next_at)
{
	bool own;
	int n = 0;

	if (!s->in_transaction && !worth_a_lock(s, a, now, next_at))
		return s->fault == STORE_OK ? 0 : -1;
	if (!db_enter(s, &own))
		return -1;
	while (n < max && lease_one(s, a, holder, now, until, &out[n], next_at))
		n++;
	return db_leave(s, own) ? n : -1;
}

int
store_lease(struct store *s, struct arena *a, const char *holder, int64_t now, int64_t until, struct outbox_row *out, int64_t *next_at)
{
	return store_lease_some(s, a, holder, now, until, out, 1, next_at);
}

static void
end_attempt(struct store *s, int64_t id, int64_t now, const char *outcome, int code, const char *reply)
{
	db_run(s, "UPDATE attempt SET ended = ?, outcome = ?, code = ?, reply = ? WHERE id = (SELECT max(id) FROM attempt WHERE outbox = ?)",
	    "isisi", now, outcome, I(code), reply, id);
}

bool
store_settle(struct store *s, int64_t id, const char *holder, enum outbox_state state, int64_t now, int64_t next_at, int code,
    const char *reply)
{
	bool ends = state == OUTBOX_SENT || state == OUTBOX_REFUSED;
	bool untried = state == OUTBOX_QUEUED;
	bool own;
	int n;

	if (!db_enter(s, &own))
		return false;
	n = db_run(s,
	    "UPDATE outbox SET state = ?, next_at = ?, settled_at = ?, holder = '', lease_until = 0, code = ?, reply = ?,"
	    " attempts = attempts - ? WHERE id = ? AND state = 'sending' AND holder = ?",
	    "siiisiis", outbox_state_word(state), next_at, ends ? now : I(0), I(code), reply, I(untried), id, holder);
	if (n == 1)
		end_attempt(s, id, now, untried ? "given back" : outbox_state_word(state), code, reply);
	return db_leave(s, own) && n == 1;
}

bool
store_settle_late(struct store *s, int64_t id, unsigned attempts, enum outbox_state state, int64_t now, int code, const char *reply)
{
	bool own;
	int n;

	if (!db_enter(s, &own))
		return false;
	n = db_run(s, "UPDATE outbox SET state = ?, next_at = ?, settled_at = ?, code = ?, reply = ?"
	              " WHERE id = ? AND state = 'doubt' AND attempts = ?", "siiisiu", outbox_state_word(state), now, now, I(code), reply, id,
	    (uint64_t)attempts);
	if (n == 1)
		end_attempt(s, id, now, outbox_state_word(state), code, reply);
	return db_leave(s, own) && n == 1;
}

int
store_recover(struct store *s, int64_t now)
{
	struct arena *a = arena_new();
	struct outbox_row *rows = NULL;
	size_t n = 0;
	int recovered = 0;
	sqlite3_stmt *q = db_prepare(s, "SELECT " ROW_COLUMNS " FROM outbox WHERE state = 'sending'", "");

	while (db_row(s, q))
		row_of(q, a, arena_push(a, &rows, &n, sizeof(*rows)));
	for (size_t i = 0; i < n && s->fault == STORE_OK; i++) {
		struct answer answer;

		if (rows[i].lease_until > now && holder_lives(s->path, rows[i].holder))
			continue;
		if (answer_find(s->path, &rows[i], &answer))
			store_settle(s, rows[i].id, rows[i].holder, OUTBOX_SENT, answer.at, answer.at, answer.code,
			    answer.reply);
		else if (store_settle(s, rows[i].id, rows[i].holder, OUTBOX_DOUBT, now, now, 0, "the sender died before it could say how it ended"))
			recovered++;
	}
	arena_free(a);
	return s->fault == STORE_OK ? recovered : -1;
}

#define LAST_LETTERS "1000" /* one of these was owed by the clock that was set back, if any was */
#define WAIT_MAX (2 * 86400) /* seconds: longer than the longest retry-longest with its jitter, and than any hold */
#define MARK_AHEAD 86400 /* seconds: a clock that is set back by less makes nothing undone */

void
store_times_mend(struct store *s, int64_t now)
{
	int64_t latest = db_number(s, 0, "SELECT max(owed_at) FROM (SELECT owed_at FROM outbox ORDER BY id DESC LIMIT " LAST_LETTERS ")", "");

	if (latest > now + 60) {
		db_run(s, "UPDATE outbox SET next_at = ?1 WHERE state = 'queued' AND next_at > ?1", "i", now);
		db_run(s, "UPDATE outbox SET queued_at = ?1 WHERE queued_at > ?1", "i", now);
		db_run(s, "UPDATE outbox SET owed_at = ?1 WHERE owed_at > ?1", "i", now); /* else they fill the limits for ever */
	}
	if (db_number(s, 0, "SELECT next_at FROM outbox WHERE " OUTBOX_WAITS " ORDER BY next_at DESC LIMIT 1", "") > now + WAIT_MAX)
		db_run(s, "UPDATE outbox SET next_at = ?1 WHERE " OUTBOX_WAITS " AND next_at > ?2", "ii", now, now + WAIT_MAX);
	if (db_number(s, 0, "SELECT value FROM meta WHERE name = 'hold.until'", "") > now + WAIT_MAX)
		store_hold(s, NULL, 0, 0);
	/* What was done ahead of its day, by a clock that was wrong, is to be done again on its day. */
	db_run(s, "DELETE FROM meta WHERE name > 'mark.' AND name < 'mark/' AND value > ?", "i", now + MARK_AHEAD);
}

void
store_hold(struct store *s, const char *reason, int64_t now, int64_t until)
{
	bool own;

	if (!db_enter(s, &own))
		return;
	if (reason == NULL)
		db_run(s, "DELETE FROM meta WHERE name IN ('hold.reason', 'hold.until', 'hold.since')", "");
	else {
		db_run(s, "INSERT INTO meta VALUES ('hold.since', ?) ON CONFLICT (name) DO NOTHING", "i", now);
		db_run(s, "INSERT INTO meta VALUES ('hold.reason', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", "s", reason);
		db_run(s, "INSERT INTO meta VALUES ('hold.until', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", "i", until);
	}
	db_leave(s, own);
}

int64_t
store_held_since(struct store *s)
{
	return db_number(s, 0, "SELECT value FROM meta WHERE name = 'hold.since'", "");
}

const char *
store_held(struct store *s, struct arena *a, int64_t *until)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT r.value, u.value FROM meta r, meta u WHERE r.name = 'hold.reason' AND u.name = 'hold.until'", "");
	const char *reason;

	if (!db_row(s, q))
		return NULL;
	reason = db_text(q, 0, a);
	*until = db_int(q, 1);
	db_done(q);
	return reason;
}

/* ---- looking ------------------------------------------------------------------------------------------- */

static size_t
rows(struct store *s, struct arena *a, sqlite3_stmt *q, struct outbox_row **out)
{
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q))
		row_of(q, a, arena_push(a, out, &n, sizeof(**out)));
	return n;
}

size_t
store_outbox(struct store *s, struct arena *a, bool all, struct outbox_row **out)
{
	sqlite3_stmt *q = all ? db_prepare(s, "SELECT * FROM (SELECT " ROW_COLUMNS " FROM outbox ORDER BY id DESC LIMIT " LIST_MAX ") ORDER BY id", "")
	                      : db_prepare(s, "SELECT * FROM (SELECT " ROW_COLUMNS " FROM outbox WHERE state NOT IN ('sent','dropped')"
	                                      " ORDER BY id DESC LIMIT " LIST_MAX ") ORDER BY id", "");

	return rows(s, a, q, out);
}

size_t
store_outbox_of(struct store *s, struct arena *a, int64_t escalation, struct outbox_row **out)
{
	return rows(s, a, db_prepare(s, "SELECT " ROW_COLUMNS " FROM outbox WHERE escalation = ? ORDER BY id", "i", escalation), out);
}

bool
store_outbox_get(struct store *s, struct arena *a, int64_t id, struct outbox_row *out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT " ROW_COLUMNS " FROM outbox WHERE id = ?", "i", id);

	if (!db_row(s, q))
		return false;
	row_of(q, a, out);
	db_done(q);
	return true;
}

bool
store_outbox_retry(struct store *s, int64_t id, int64_t now)
{
	bool own, done;

	if (!db_enter(s, &own))
		return false;
	done = db_run(s, "UPDATE outbox SET state = 'queued', next_at = ?, settled_at = 0, told = 0, queued_at = ? WHERE id = ?"
	                 " AND state IN ('refused','dropped','deferred','doubt')", "iii", now, now, id) == 1;
	return db_leave(s, own) && done;
}

bool
store_outbox_drop(struct store *s, int64_t id, int64_t now)
{
	bool own, done;

	if (!db_enter(s, &own))
		return false;
	done = db_run(s, "UPDATE outbox SET state = 'dropped', settled_at = ? WHERE id = ? AND state IN ('queued','deferred','doubt','refused')",
	           "ii", now, id) == 1;
	return db_leave(s, own) && done;
}

bool
store_refused_next(struct store *s, struct arena *a, struct outbox_row *out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT " ROW_COLUMNS " FROM outbox WHERE state = 'refused' AND told = 0 ORDER BY id LIMIT 1", "");

	if (!db_row(s, q))
		return false;
	row_of(q, a, out);
	db_done(q);
	return true;
}

void
store_refused_told(struct store *s, int64_t id)
{
	db_run(s, "UPDATE outbox SET told = 1 WHERE id = ?", "i", id);
}

int64_t
store_outbox_by_message_id(struct store *s, const char *message_id)
{
	return db_number(s, 0, "SELECT id FROM outbox WHERE message_id = ?", "s", message_id);
}

size_t
store_attempts(struct store *s, struct arena *a, int64_t outbox, struct attempt_row **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT at, ended, outcome, code, reply FROM attempt WHERE outbox = ? ORDER BY id", "i", outbox);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct attempt_row *x = arena_push(a, out, &n, sizeof(*x));

		*x = (struct attempt_row){ .at = db_int(q, 0), .ended = db_int(q, 1), .outcome = db_text(q, 2, a), .code = (int)db_int(q, 3), .reply = db_text(q, 4, a) };
	}
	return n;
}

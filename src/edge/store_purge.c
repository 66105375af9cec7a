/* store_purge.c - see store_purge.h.
 *
 * A step looks along the primary key, which follows time, and ends at the first row that is too young. Lines that stay
 * for good cost little: one whose mail has gone already is passed in a microsecond.
 */
#include "edge/store_purge.h"
#include "edge/store_db.h"

#include <inttypes.h>

#include "ground/mem.h"

#define LOOK_ROWS  1000u        /* that a step looks at */
#define STEP_ROWS  200u         /* that it removes at most, */
#define STEP_BYTES (8 << 20)    /* or with this many bytes */

/* k is what the row belongs to a case by. The case is over, or there is none. */
#define OVER                                                                                                          \
	"(k.escalation = 0 OR (EXISTS (SELECT 1 FROM escalation e WHERE e.id = k.escalation AND e.state = 'resolved'" \
	" AND e.resolved < ?3) AND NOT EXISTS (SELECT 1 FROM filing f WHERE f.escalation = k.escalation"           \
	" AND f.state = 'open')))"
#define UNHELD "NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.journal = k.id AND q.state = 'held')"

/* id, when it came, its bytes, may it go. The newest letter stays: its number must not be given again. */
static sqlite3_stmt *
look(struct store *s, enum purge_kind kind, const struct purge_ask *ask, int64_t at)
{
	switch (kind) {
	case PURGE_LETTERS:
		return db_prepare(s,
		    "SELECT k.id, k.owed_at, (SELECT sum(length(g.bytes)) FROM segment g WHERE g.outbox = k.id),"
		    " (k.state = 'sent' OR k.state = 'dropped' OR (k.state = 'refused' AND k.told = 1)) AND k.settled_at < ?2"
		    " AND " OVER
		    " FROM outbox k WHERE k.id > ?1 AND k.id < (SELECT max(id) FROM outbox) ORDER BY k.id LIMIT ?4",
		    "iiii", at, ask->before, ask->closed, I(LOOK_ROWS));
	case PURGE_MAILS:
		return db_prepare(s,
		    "SELECT k.id, k.received, k.size, k.purged = 0 AND k.state <> 'kept' AND k.received < ?2 AND " UNHELD
		    " AND " OVER
		    " AND NOT EXISTS (SELECT 1 FROM filing f WHERE f.state = 'open' AND f.journal = k.id)"
		    " AND NOT EXISTS (SELECT 1 FROM segment g JOIN outbox o ON o.id = g.outbox WHERE g.journal = k.id"
		    " AND g.journal <> 0 AND o.state <> 'sent')"
		    " FROM journal k WHERE k.id > ?1 ORDER BY k.id LIMIT ?4",
		    "iiii", at, ask->before, ask->closed, I(LOOK_ROWS));
	case PURGE_EVENTS:
		return db_prepare(s,
		    "SELECT k.id, k.at, length(k.detail) + length(k.actor), k.at < ?2 AND " OVER
		    " FROM event k WHERE k.id > ?1 ORDER BY k.id LIMIT ?4",
		    "iiii", at, ask->before, ask->closed, I(LOOK_ROWS));
	default:
		/* A mail that was judged again late is no sign that those after it are young. */
		return db_prepare(s,
		    "SELECT d.journal, k.received, length(d.said), d.at < ?2 AND k.state <> 'kept' AND " UNHELD
		    " AND " OVER
		    " FROM decision d JOIN journal k ON k.id = d.journal WHERE d.journal > ?1 ORDER BY d.journal LIMIT ?4",
		    "iiii", at, ask->before, ask->closed, I(LOOK_ROWS));
	}
}

static void
remove_row(struct store *s, enum purge_kind kind, int64_t id, int64_t now)
{
	switch (kind) {
	case PURGE_LETTERS:
		db_run(s, "DELETE FROM attempt WHERE outbox = ?", "i", id);
		db_run(s, "DELETE FROM segment WHERE outbox = ?", "i", id);
		db_run(s, "DELETE FROM outbox WHERE id = ?", "i", id);
		break;
	case PURGE_MAILS:
		db_run(s, "DELETE FROM raw WHERE journal = ?", "i", id);
		db_run(s, "UPDATE journal SET purged = ? WHERE id = ?", "ii", now, id);
		break;
	case PURGE_EVENTS:
		db_run(s, "DELETE FROM event WHERE id = ?", "i", id);
		break;
	default:
		db_run(s, "DELETE FROM decision WHERE journal = ?", "i", id);
		db_run(s, "UPDATE journal SET sender = '', subject = '', note = NULL WHERE id = ?", "i", id);
	}
}

static const char *
mark_of(enum purge_kind kind)
{
	static const char *const names[] = { "purge.letters", "purge.mails", "purge.events", "purge.decisions" };

	return names[kind];
}

struct step { int64_t ids[STEP_ROWS], rows, bytes; int more; };

/* What the next step is about. A mail of many megabytes is a step of its own. */
static void
gather(struct store *s, enum purge_kind kind, const struct purge_ask *ask, int64_t *at, struct step *out)
{
	sqlite3_stmt *q = look(s, kind, ask, *at);
	int64_t seen = 0;

	while (out->rows < STEP_ROWS && out->bytes < STEP_BYTES && db_row(s, q)) {
		if (db_int(q, 1) >= ask->before) {
			seen = 0; /* and younger ones after it */
			break;
		}
		seen++;
		*at = db_int(q, 0);
		if (db_int(q, 3) == 0)
			continue;
		out->ids[out->rows++] = *at;
		out->bytes += db_int(q, 2);
	}
	out->more = seen == LOOK_ROWS || out->rows == STEP_ROWS || out->bytes >= STEP_BYTES;
	if (q != NULL)
		db_done(q);
}

int
store_purge(
    struct store *s, enum purge_kind kind, const struct purge_ask *ask, bool act, int64_t *at, struct purge_sum *sum)
{
	struct step step = { .rows = 0 };

	if (act && !store_begin(s))
		return -1;
	gather(s, kind, ask, at, &step);
	for (int64_t i = 0; act && i < step.rows; i++)
		remove_row(s, kind, step.ids[i], ask->now);
	if (act && step.rows > 0 && store_mark(s, mark_of(kind)) < ask->before)
		store_mark_set(s, mark_of(kind), ask->before);
	if (act && step.rows == 0)
		store_rollback(s);
	else if (act && !store_commit(s))
		return -1;
	if (store_fault(s) != STORE_OK)
		return -1;
	sum->rows += step.rows;
	sum->bytes += step.bytes;
	return step.more;
}

int64_t
store_purged_before(struct store *s, enum purge_kind kind)
{
	return store_mark(s, mark_of(kind));
}

int64_t
store_bytes(struct store *s, int64_t *free_bytes)
{
	int64_t page = db_number(s, 0, "PRAGMA page_size", "");

	*free_bytes = db_number(s, 0, "PRAGMA freelist_count", "") * page;
	return db_number(s, 0, "PRAGMA page_count", "") * page;
}

/* store_filing.c - filings and their threads. See store_filing.h. */
#include "edge/store_filing.h"
#include "edge/store_db.h"

#include <string.h>

#include "ground/mem.h"

#define FILING_COLUMNS                                                                                                              \
	"id, escalation, number, team, kind, title, reason, state, generation, upstream, opened, heard, chased, closed, closed_by," \
	" outcome, engineer, rule, customer, severity, asker_name, asker_address, journal, thread_id, subject, last_id"

static void
filing_of(sqlite3_stmt *q, struct arena *a, struct filing *f)
{
	*f = (struct filing){ .id = db_int(q, 0),
		.escalation = db_int(q, 1),
		.number = db_int(q, 2),
		.team = db_text(q, 3, a),
		.kind = db_text(q, 4, a),
		.title = db_text(q, 5, a),
		.reason = db_text(q, 6, a),
		.generation = db_int(q, 8),
		.upstream = db_text(q, 9, a),
		.opened = db_int(q, 10),
		.heard = db_int(q, 11),
		.chased = (unsigned)db_int(q, 12),
		.closed = db_int(q, 13),
		.closed_by = db_text(q, 14, a),
		.outcome = db_text(q, 15, a),
		.engineer = db_text(q, 16, a),
		.rule = db_text(q, 17, a),
		.customer = db_text(q, 18, a),
		.severity = (unsigned)db_int(q, 19),
		.asker = { .name = db_text(q, 20, a), .address = db_text(q, 21, a) },
		.journal = db_int(q, 22),
		.thread_id = db_text(q, 23, a),
		.subject = db_text(q, 24, a),
		.last_id = db_text(q, 25, a) };
	f->state = strcmp(db_text(q, 7, a), filing_state_word(FILING_STATE_CLOSED)) == 0 ? FILING_STATE_CLOSED :
	                                                                                   FILING_STATE_OPEN;
}

static bool
one(struct store *s, struct arena *a, sqlite3_stmt *q, struct filing *out)
{
	if (!db_row(s, q))
		return false;
	filing_of(q, a, out);
	db_done(q);
	return true;
}

static size_t
all(struct store *s, struct arena *a, sqlite3_stmt *q, struct filing **out)
{
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q))
		filing_of(q, a, arena_push(a, out, &n, sizeof(**out)));
	return n;
}

int64_t
store_filing_number(struct store *s, int64_t escalation)
{
	return db_number(s, 0, "SELECT number FROM filing WHERE escalation = ? ORDER BY number DESC LIMIT 1", "i",
	           escalation) +
	    1;
}

int64_t
store_filing_new(struct store *s, struct filing *f)
{
	db_run(s,
	    "INSERT INTO filing (escalation, number, team, kind, title, reason, state, generation, upstream, opened, heard, chased, closed,"
	    " closed_by, outcome, engineer, rule, customer, severity, asker_name, asker_address, journal, thread_id, subject, last_id)"
	    " VALUES (?,?,?,?,?,?,?,1,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "iissssssiiiisssssississs", f->escalation, f->number, f->team, f->kind, f->title, f->reason,
	    filing_state_word(f->state), f->upstream, f->opened, f->heard, I(f->chased), f->closed, f->closed_by,
	    f->outcome, f->engineer, f->rule, f->customer, I(f->severity), f->asker.name, f->asker.address, f->journal,
	    f->thread_id, f->subject, f->last_id);
	f->generation = 1;
	f->id = s->fault == STORE_OK ? sqlite3_last_insert_rowid(s->db) : 0;
	return f->id;
}

void
store_filing_save(struct store *s, const struct filing *f)
{
	db_run(s,
	    "UPDATE filing SET state = ?, generation = ?, upstream = ?, heard = ?, chased = ?, closed = ?, closed_by = ?, outcome = ?,"
	    " subject = ?, last_id = ? WHERE id = ?",
	    "sisiiissssi", filing_state_word(f->state), f->generation, f->upstream, f->heard, I(f->chased), f->closed,
	    f->closed_by, f->outcome, f->subject, f->last_id, f->id);
}

bool
store_filing_get(struct store *s, struct arena *a, int64_t id, struct filing *out)
{
	return one(s, a, db_prepare(s, "SELECT " FILING_COLUMNS " FROM filing WHERE id = ?", "i", id), out);
}

bool
store_filing_of(struct store *s, struct arena *a, int64_t escalation, int64_t number, struct filing *out)
{
	return one(s, a,
	    db_prepare(s, "SELECT " FILING_COLUMNS " FROM filing WHERE escalation = ? AND number = ?", "ii", escalation,
	        number),
	    out);
}

size_t
store_filings(struct store *s, struct arena *a, int64_t escalation, struct filing **out)
{
	return all(s, a,
	    db_prepare(
	        s, "SELECT " FILING_COLUMNS " FROM filing WHERE escalation = ? ORDER BY number", "i", escalation),
	    out);
}

size_t
store_filings_open(struct store *s, struct arena *a, struct filing **out)
{
	return all(s, a, db_prepare(s, "SELECT " FILING_COLUMNS " FROM filing WHERE state = 'open' ORDER BY id", ""), out);
}

size_t
store_filings_all(struct store *s, struct arena *a, struct filing **out)
{
	return all(s, a, db_prepare(s, "SELECT " FILING_COLUMNS " FROM filing ORDER BY id", ""), out);
}

bool
store_has_open_filing(struct store *s, int64_t escalation)
{
	return db_number(s, 0,
	           "SELECT 1 FROM filing WHERE escalation = ? AND " FILING_HOLDS " LIMIT 1",
	           "i", escalation) != 0;
}

bool
store_filing_upstream(struct store *s, struct arena *a, const char *team, const char *upstream, struct filing *out)
{
	return one(s, a,
	    db_prepare(s,
	        "SELECT " FILING_COLUMNS " FROM filing WHERE team = ? AND upstream = ? AND upstream <> ''"
	        " ORDER BY id DESC LIMIT 1",
	        "ss", team, upstream),
	    out);
}

void
store_filing_thread_add(struct store *s, int64_t filing, const char *message_id)
{
	if (message_id != NULL && *message_id != '\0')
		db_run(s, "INSERT INTO filing_thread VALUES (?,?) ON CONFLICT (message_id) DO NOTHING", "si", message_id, filing);
}

int64_t
store_filing_thread_find(struct store *s, const char *message_id)
{
	return db_number(s, 0, "SELECT filing FROM filing_thread WHERE message_id = ?", "s", message_id);
}

void
store_filing_timer_set(struct store *s, const struct filing *f, const char *kind, int64_t due)
{
	db_run(s,
	    "INSERT INTO timer (escalation, filing, kind, due, generation) VALUES (?,?,?,?,?) ON CONFLICT (escalation, filing, kind)"
	    " DO UPDATE SET due = excluded.due, generation = excluded.generation",
	    "iisii", f->escalation, f->id, kind, due, f->generation);
}

void
store_filing_timer_clear(struct store *s, const struct filing *f)
{
	db_run(s, "DELETE FROM timer WHERE escalation = ? AND filing = ?", "ii", f->escalation, f->id);
}

int64_t
store_escalations_since(struct store *s, int64_t since)
{
	return db_number(s, 0, "SELECT count(*) FROM escalation WHERE opened >= ? AND outcome <> 'not-an-escalation'", "i", since);
}

size_t
store_engagements(struct store *s, struct arena *a, int64_t since, struct engagement **out)
{
	/* No case has a filing that is older than itself. */
	sqlite3_stmt *q = db_prepare(s,
	    "SELECT DISTINCT f.escalation, f.team FROM filing f INDEXED BY filing_opened JOIN escalation e ON e.id = f.escalation"
	    " WHERE f.opened >= ?1 AND f.kind = 'help' AND e.opened >= ?1 AND e.outcome <> 'not-an-escalation'"
	    " ORDER BY f.escalation",
	    "i", since);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct engagement *g = arena_push(a, out, &n, sizeof(*g));

		*g = (struct engagement){ .escalation = db_int(q, 0), .team = db_text(q, 1, a) };
	}
	return n;
}

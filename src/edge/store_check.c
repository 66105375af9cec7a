/* store_check.c - is the store sound? Quickly at a start, wholly for `verify`. See store.h. */
#include "edge/store_db.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ground/digest.h"
#include "ground/mem.h"

#define STEPS_A_BEAT 2000000 /* of SQLite's machine between two calls of the caller */
#define MAILS_A_BEAT 1000

bool
store_sound(struct store *s)
{
	sqlite3_stmt *q = db_prepare(s, "PRAGMA quick_check(1)", "");
	bool sound;

	if (q == NULL || !db_row(s, q))
		return false;
	sound = strcmp((const char *)sqlite3_column_text(q, 0), "ok") == 0;
	if (!sound)
		db_damaged(s, "checking", (const char *)sqlite3_column_text(q, 0));
	db_done(q);
	return sound;
}

/* Of each table the newest row and the oldest: what is wrong with a file as a whole (an old page, a page of zeros, half a file) is
 * nearly always to be seen on the way from the root to one of them. */
static const char *const edges[] = {
	"SELECT * FROM meta",
	"SELECT * FROM journal ORDER BY id LIMIT 1", "SELECT * FROM journal ORDER BY id DESC LIMIT 1",
	"SELECT * FROM raw ORDER BY journal, seq LIMIT 1", "SELECT * FROM raw ORDER BY journal DESC, seq DESC LIMIT 1",
	"SELECT * FROM acted ORDER BY ident LIMIT 1", "SELECT * FROM acted ORDER BY ident DESC LIMIT 1",
	"SELECT * FROM decision ORDER BY journal LIMIT 1", "SELECT * FROM decision ORDER BY journal DESC LIMIT 1",
	"SELECT * FROM quarantine ORDER BY journal DESC LIMIT 1",
	"SELECT * FROM escalation ORDER BY id LIMIT 1", "SELECT * FROM escalation ORDER BY id DESC LIMIT 1",
	"SELECT * FROM event ORDER BY id LIMIT 1", "SELECT * FROM event ORDER BY id DESC LIMIT 1",
	"SELECT * FROM party ORDER BY escalation DESC, address DESC LIMIT 1",
	"SELECT * FROM thread ORDER BY message_id LIMIT 1", "SELECT * FROM thread ORDER BY message_id DESC LIMIT 1",
	"SELECT * FROM turn ORDER BY id DESC LIMIT 1", "SELECT * FROM timer ORDER BY due, id LIMIT 1",
	"SELECT * FROM filing ORDER BY id LIMIT 1", "SELECT * FROM filing ORDER BY id DESC LIMIT 1",
	"SELECT * FROM outbox ORDER BY id LIMIT 1", "SELECT * FROM outbox ORDER BY id DESC LIMIT 1",
	"SELECT * FROM segment ORDER BY outbox, seq LIMIT 1", "SELECT * FROM segment ORDER BY outbox DESC, seq DESC LIMIT 1",
	"SELECT * FROM attempt ORDER BY id DESC LIMIT 1",
};

static bool
edges_are_sound(struct store *s)
{
	for (size_t i = 0; i < COUNT(edges); i++) {
		sqlite3_stmt *q = db_prepare(s, edges[i], "");

		while (db_row(s, q))
			for (int c = 0; c < sqlite3_column_count(q); c++)
				sqlite3_column_blob(q, c); /* to its last page */
	}
	return s->fault == STORE_OK;
}

/* A file that was cut: its header says more pages than there are. Only where the -wal holds none of them. */
static bool
is_whole(struct store *s, int64_t bytes)
{
	AUTO_FREE char *wal = xasprintf("%s-wal", s->path);
	int64_t pages = db_number(s, 0, "PRAGMA page_count", ""), size = db_number(s, 0, "PRAGMA page_size", "");
	struct stat st;

	if (s->fault == STORE_OK && (stat(wal, &st) != 0 || st.st_size == 0) && bytes < pages * size)
		db_damaged(s, "checking", "the end of the file is missing");
	return s->fault == STORE_OK;
}

bool
store_sound_soon(struct store *s, int64_t most)
{
	struct stat st;

	if (stat(s->path, &st) != 0) {
		db_fault(s, STORE_IO, "checking", strerror(errno));
		return false;
	}
	return st.st_size <= most ? store_sound(s) : is_whole(s, st.st_size) && edges_are_sound(s);
}

/* ---- wholly -------------------------------------------------------------------------------------------- */

/* What must hold of the rows. Each gives what breaks it, a line each; each looks at one instant. */
static const struct law { const char *name, *sql; } laws[] = {
	{ "journal", "SELECT 'mail ' || id || ' is ' || state || ' and has ' || coalesce('the outcome ' || outcome, 'no outcome') FROM journal"
	             " WHERE released = 0 AND (state = 'kept') <> (outcome IS NULL)" },
	{ "journal", "SELECT 'mail ' || id || ' belongs to ESC-' || escalation || ', which is not there' FROM journal"
	             " WHERE escalation <> 0 AND NOT EXISTS (SELECT 1 FROM escalation e WHERE e.id = journal.escalation)" },
	{ "journal", "SELECT 'mail ' || j.id || ' was purged and is ' || j.state FROM journal j WHERE j.purged <> 0 AND (j.state = 'kept'"
	             " OR EXISTS (SELECT 1 FROM quarantine q WHERE q.journal = j.id AND q.state = 'held'))" },
	{ "letters", "SELECT 'letter ' || o.id || ' is ' || o.state || ' and mail ' || j.id || ', which it passes on, was purged' FROM segment g"
	             " JOIN outbox o ON o.id = g.outbox JOIN journal j ON j.id = g.journal WHERE g.journal <> 0 AND o.state <> 'sent'"
	             " AND j.purged <> 0" },
	{ "quarantine", "SELECT 'mail ' || j.id || ' is held and not in quarantine' FROM journal j"
	                " WHERE j.outcome IN ('quarantined', 'shelved') AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.journal = j.id)" },
	{ "cases", "SELECT 'ESC-' || id || ' is ' || state || ' and with ' || engineer FROM escalation WHERE state = 'waiting' AND engineer <> ''" },
	{ "cases", "SELECT 'ESC-' || id || ' is resolved and has no outcome, or none and is not' FROM escalation"
	           " WHERE (state = 'resolved') <> (outcome <> '')" },
	{ "turns", "SELECT w.engineer || ' has ' || (SELECT count(*) FROM escalation e WHERE e.engineer = w.engineer COLLATE NOCASE"
	           " AND e.state <> 'resolved') || ' open cases, the counter says ' || w.open FROM workload w"
	           " WHERE w.open <> (SELECT count(*) FROM escalation e WHERE e.engineer = w.engineer COLLATE NOCASE AND e.state <> 'resolved')" },
	{ "turns", "SELECT t.engineer || ' had ' || count(*) || ' turns in ' || t.pool || ', the counter says ' || coalesce(y.turns, 0) FROM turn t"
	           " LEFT JOIN tally y ON y.pool = t.pool AND y.engineer = t.engineer GROUP BY t.pool, t.engineer"
	           " HAVING count(*) <> coalesce(y.turns, 0)" },
	{ "filings", "SELECT 'F' || number || ' belongs to ESC-' || escalation || ', which is not there' FROM filing"
	             " WHERE escalation <> 0 AND NOT EXISTS (SELECT 1 FROM escalation e WHERE e.id = filing.escalation)" },
	{ "filings", "SELECT 'ESC-' || escalation || ' is resolved and F' || number || ' is open' FROM filing"
	             " WHERE " FILING_HOLDS " AND EXISTS (SELECT 1 FROM escalation e WHERE e.id = filing.escalation AND e.state = 'resolved')" },
	{ "filings", "SELECT 'F' || number || ' of ESC-' || escalation || ' is ' || state || ' and was closed at ' || closed FROM filing"
	             " WHERE (state = 'closed') <> (closed <> 0)" },
	{ "timers", "SELECT 'timer ' || id || ' (' || kind || ') belongs to ESC-' || escalation || ', which is not there' FROM timer"
	            " WHERE escalation <> 0 AND NOT EXISTS (SELECT 1 FROM escalation e WHERE e.id = timer.escalation)" },
	{ "timers", "SELECT 'timer ' || id || ' (' || kind || ') belongs to a filing that is not there' FROM timer"
	            " WHERE filing <> 0 AND NOT EXISTS (SELECT 1 FROM filing f WHERE f.id = timer.filing)" },
	{ "letters", "SELECT 'letter ' || id || ' is empty' FROM outbox WHERE NOT EXISTS (SELECT 1 FROM segment s WHERE s.outbox = outbox.id)" },
	{ "letters", "SELECT 'letter ' || outbox || ' holds mail ' || journal || ', which is not there' FROM segment"
	             " WHERE journal <> 0 AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.id = segment.journal)" },
	{ "letters", "SELECT 'letter ' || id || ' is ' || state || ' and was never tried' FROM outbox WHERE state IN ('sending', 'sent', 'doubt')"
	             " AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.outbox = outbox.id)" },
};

struct check { struct store *s; const struct store_watch *w; const char *name; unsigned findings; };

static void
find(struct check *c, const char *words)
{
	c->findings++;
	if (c->findings <= STORE_FINDINGS_MAX)
		c->w->found(c->w->context, c->name, words);
}

static int
beat(void *context)
{
	struct check *c = context;

	c->w->beat(c->w->context, c->name);
	return 0;
}

static void
begin(struct check *c, const char *name)
{
	c->name = name;
	beat(c);
}

static void
each_row(struct check *c, const char *sql, bool references)
{
	sqlite3_stmt *q = db_prepare(c->s, sql, "");
	char words[200];

	while (db_row(c->s, q)) {
		const char *text = (const char *)sqlite3_column_text(q, 0);

		if (references)
			snprintf(words, sizeof(words), "row %lld of %s names a row of %s that is not there", (long long)db_int(q, 1), text,
			    (const char *)sqlite3_column_text(q, 2));
		else
			snprintf(words, sizeof(words), "%s", text != NULL ? text : "?");
		if (references || strcmp(words, "ok") != 0)
			find(c, words);
	}
}

/* The bytes of every mail are those that came. */
static void
contents(struct check *c)
{
	AUTO_FREE char *chunk = xmalloc(STORE_CHUNK);
	struct journal_entry e;
	int64_t id = 0;

	for (unsigned n = 0; c->s->fault == STORE_OK; n++) {
		AUTO_ARENA struct arena *a = arena_new();
		unsigned char is[DIGEST_BYTES];
		struct digest *d;
		uint64_t at = 0;
		ssize_t got;
		char words[100];

		if ((id = db_number(c->s, 0, "SELECT id FROM journal WHERE id > ? ORDER BY id LIMIT 1", "i", id)) == 0 || !store_journal_get(c->s, a, id, &e))
			break;
		if (n % MAILS_A_BEAT == 0)
			beat(c);
		d = digest_new();
		while ((got = store_journal_read(c->s, id, at, chunk, STORE_CHUNK)) > 0) {
			digest_add(d, chunk, (size_t)got);
			at += (uint64_t)got;
		}
		digest_end(d, is);
		if (e.purged != 0 && at == 0)
			continue;
		snprintf(words, sizeof(words), "mail %lld is not what came: %llu bytes of %llu", (long long)id, (unsigned long long)at, (unsigned long long)e.size);
		if (!e.cut && (at != e.size || memcmp(is, e.sha256, sizeof(is)) != 0))
			find(c, words);
	}
}

unsigned
store_verify(struct store *s, const struct store_watch *w)
{
	struct check c = { .s = s, .w = w };

	sqlite3_progress_handler(s->db, STEPS_A_BEAT, beat, &c);
	begin(&c, "structure");
	each_row(&c, "PRAGMA integrity_check(100)", false);
	if (c.findings == 0) { /* else the rest would only say the same in other words */
		begin(&c, "references");
		each_row(&c, "PRAGMA foreign_key_check", true);
		begin(&c, "contents");
		contents(&c);
		for (size_t i = 0; i < COUNT(laws); i++) {
			begin(&c, laws[i].name);
			each_row(&c, laws[i].sql, false);
		}
	}
	sqlite3_progress_handler(s->db, 0, NULL, NULL);
	if (s->fault == STORE_DAMAGED) {
		find(&c, s->why);
		store_forgive(s);
	}
	return c.findings;
}

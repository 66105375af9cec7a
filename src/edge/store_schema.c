/* store_schema.c - the tables. Their CHECKs come from the law (judge/escalation.h). */
#include "edge/store_db.h"

#include <stdio.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/digest.h"
#include "ground/mem.h"

/* state = 'a' OR state = 'b' OR 0, out of a table of states. No IN (…): SQLite builds a table of its list for each row that
 * is written, which cost more than the row. */
#define ONE_OF(name, word, ...) "state = '" word "' OR "
#define ESCALATION_CHECK ESCALATION_STATES(ONE_OF) "0"
#define OUTBOX_CHECK     OUTBOX_STATES(ONE_OF) "0"
#define JOURNAL_CHECK    JOURNAL_STATES(ONE_OF) "0"
#define FILING_CHECK     FILING_STATES(ONE_OF) "0"

static const char *const schema[] = {
	/* What is true of the store as a whole. */
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID",

	/* Every message that reached us; its bytes are immutable and stand apart, so that scans of this table stay cheap. */
	"CREATE TABLE journal ("
	" id INTEGER PRIMARY KEY, mailbox TEXT NOT NULL, uidvalidity INTEGER NOT NULL, uid INTEGER NOT NULL,"
	" received INTEGER NOT NULL, size INTEGER NOT NULL, cut INTEGER NOT NULL, sha256 BLOB NOT NULL,"
	" state TEXT NOT NULL CHECK (" JOURNAL_CHECK "), attempts INTEGER NOT NULL DEFAULT 0,"
	" message_id TEXT NOT NULL DEFAULT '', sender TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '',"
	" outcome TEXT, escalation INTEGER NOT NULL DEFAULT 0, note TEXT, released INTEGER NOT NULL DEFAULT 0,"
	" purged INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (mailbox, uidvalidity, uid)) STRICT",
	"CREATE INDEX journal_kept ON journal (id) WHERE state = 'kept'",
	"CREATE INDEX journal_shelved ON journal (id) WHERE state = 'shelved'",
	"CREATE INDEX journal_message_id ON journal (message_id) WHERE message_id <> ''",
	/* With rowids: without them SQLite reads whole rows, bytes and all, only to compare their keys. */
	"CREATE TABLE raw (journal INTEGER NOT NULL REFERENCES journal, seq INTEGER NOT NULL, bytes BLOB NOT NULL,"
	" PRIMARY KEY (journal, seq)) STRICT",
	"CREATE TABLE acted (ident BLOB PRIMARY KEY, journal INTEGER NOT NULL REFERENCES journal) STRICT, WITHOUT ROWID",
	"CREATE TABLE mailbox (name TEXT PRIMARY KEY, uidvalidity INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID",
	"CREATE TABLE decision (journal INTEGER PRIMARY KEY REFERENCES journal, at INTEGER NOT NULL, ruleset TEXT NOT NULL,"
	" said TEXT NOT NULL) STRICT",
	"CREATE TABLE quarantine (journal INTEGER PRIMARY KEY REFERENCES journal, at INTEGER NOT NULL, reason TEXT NOT NULL,"
	" state TEXT NOT NULL CHECK (state = 'held' OR state = 'released' OR state = 'dropped')) STRICT",
	"CREATE INDEX quarantine_held ON quarantine (journal) WHERE state = 'held'",

	/* Each set of rules that decided anything, its text apart because its counter changes with each mail; and counters of each rule by day. */
	"CREATE TABLE ruleset (hash TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, decisions INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID",
	/* legend: what the traces of its decisions are short for. */
	"CREATE TABLE ruleset_text (hash TEXT PRIMARY KEY REFERENCES ruleset, text TEXT NOT NULL, legend TEXT NOT NULL) STRICT",
	"CREATE TABLE rule_day (rule TEXT NOT NULL, day INTEGER NOT NULL, hits INTEGER NOT NULL, stuck INTEGER NOT NULL,"
	" released INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (rule, day)) STRICT, WITHOUT ROWID",
	/* Likewise each pattern that found anything or was stuck, its text once. */
	"CREATE TABLE pattern (id INTEGER PRIMARY KEY, rule TEXT NOT NULL, source TEXT NOT NULL,"
	" UNIQUE (rule, source)) STRICT",
	"CREATE TABLE pattern_day (pattern INTEGER NOT NULL REFERENCES pattern, day INTEGER NOT NULL,"
	" hits INTEGER NOT NULL, stuck INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (pattern, day)) STRICT, WITHOUT ROWID",

	/* Cases. */
	"CREATE TABLE escalation ("
	" id INTEGER PRIMARY KEY, state TEXT NOT NULL CHECK (" ESCALATION_CHECK "), generation INTEGER NOT NULL,"
	" severity INTEGER NOT NULL, pool TEXT NOT NULL, skill TEXT NOT NULL, team TEXT NOT NULL, label TEXT NOT NULL,"
	" rule TEXT NOT NULL, requester_name TEXT NOT NULL, requester_address TEXT NOT NULL, customer TEXT NOT NULL,"
	" ticket TEXT NOT NULL, subject TEXT NOT NULL, engineer TEXT NOT NULL, opened INTEGER NOT NULL, changed INTEGER NOT NULL,"
	" resolved INTEGER NOT NULL, outcome TEXT NOT NULL, cause TEXT NOT NULL, journal INTEGER NOT NULL,"
	" thread_id TEXT NOT NULL) STRICT",
	"CREATE INDEX escalation_opened ON escalation (opened, outcome)",
	"CREATE INDEX escalation_resolved ON escalation (resolved) WHERE resolved > 0",
	"CREATE INDEX escalation_open ON escalation (id) WHERE state <> 'resolved'",
	"CREATE INDEX escalation_waiting ON escalation (id) WHERE state = 'waiting'",
	"CREATE INDEX escalation_of ON escalation (engineer COLLATE NOCASE, id) WHERE state <> 'resolved'",
	"CREATE INDEX escalation_ticket ON escalation (ticket COLLATE NOCASE, id) WHERE ticket <> ''",
	/* What customers wrote that was brought: to know it again when somebody else forwards it. */
	"CREATE TABLE original (ident BLOB NOT NULL, escalation INTEGER NOT NULL REFERENCES escalation, date TEXT NOT NULL,"
	" PRIMARY KEY (ident, escalation)) STRICT, WITHOUT ROWID",
	"CREATE TABLE event (id INTEGER PRIMARY KEY, escalation INTEGER NOT NULL REFERENCES escalation, at INTEGER NOT NULL,"
	" actor TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL, journal INTEGER NOT NULL) STRICT",
	"CREATE INDEX event_of ON event (escalation, id)",
	"CREATE INDEX event_severity ON event (escalation) WHERE kind = 'severity'",
	"CREATE INDEX event_given ON event (escalation) WHERE " EVENT_GIVEN,
	"CREATE TABLE party (escalation INTEGER NOT NULL REFERENCES escalation, address TEXT NOT NULL COLLATE NOCASE,"
	" role TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (escalation, address)) STRICT, WITHOUT ROWID",
	/* Cases that the implementation engineer of a customer leads until his time is over. */
	"CREATE TABLE led (escalation INTEGER PRIMARY KEY REFERENCES escalation, customer TEXT NOT NULL COLLATE NOCASE) STRICT",
	"CREATE INDEX led_of ON led (customer, escalation)",
	"CREATE TABLE thread (message_id TEXT PRIMARY KEY, escalation INTEGER NOT NULL REFERENCES escalation,"
	" ours INTEGER NOT NULL) STRICT, WITHOUT ROWID",
	/* What people wrote of late, to see whether machines answer each other. escalation 0: a filing's, or it opened a case. */
	"CREATE TABLE word (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, escalation INTEGER NOT NULL, filing INTEGER NOT NULL,"
	" writer TEXT NOT NULL COLLATE NOCASE, ident BLOB NOT NULL, told INTEGER NOT NULL DEFAULT 0) STRICT",
	"CREATE INDEX word_of ON word (escalation, filing, writer, id)",
	"CREATE INDEX word_age ON word (at)",
	"CREATE TABLE person (id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE COLLATE NOCASE) STRICT",

	/* How often a case was closed with each outcome: only ever grows. */
	"CREATE TABLE closing (outcome TEXT PRIMARY KEY, times INTEGER NOT NULL) STRICT, WITHOUT ROWID",

	/* Turns: the pointer of each pool, how many cases each engineer has open (a counter, never a scan), and the ledger. */
	"CREATE TABLE pointer (pool TEXT PRIMARY KEY COLLATE NOCASE, engineer TEXT NOT NULL, seat INTEGER NOT NULL) STRICT, WITHOUT ROWID",
	"CREATE TABLE workload (engineer TEXT PRIMARY KEY COLLATE NOCASE, open INTEGER NOT NULL) STRICT, WITHOUT ROWID",
	/* nth: how many turns the engineer has had in the pool, this one counted: turns since a time are a difference, not a count. */
	"CREATE TABLE turn (id INTEGER PRIMARY KEY, escalation INTEGER NOT NULL REFERENCES escalation, at INTEGER NOT NULL,"
	" pool TEXT NOT NULL COLLATE NOCASE, engineer TEXT NOT NULL COLLATE NOCASE, nth INTEGER NOT NULL, sentence TEXT NOT NULL,"
	" considered TEXT NOT NULL) STRICT",
	"CREATE INDEX turn_of ON turn (escalation, id)",
	"CREATE INDEX turn_count ON turn (pool, engineer, at, nth)",
	"CREATE TABLE tally (pool TEXT NOT NULL COLLATE NOCASE, engineer TEXT NOT NULL COLLATE NOCASE, turns INTEGER NOT NULL,"
	" PRIMARY KEY (pool, engineer)) STRICT, WITHOUT ROWID",
	"CREATE TABLE absence (engineer TEXT NOT NULL COLLATE NOCASE, begins INTEGER NOT NULL, ends INTEGER NOT NULL, reason TEXT NOT NULL,"
	" PRIMARY KEY (engineer, begins, ends)) STRICT, WITHOUT ROWID",
	"CREATE INDEX absence_end ON absence (ends)",
	/* What a filing waits for has its own timers, which the case's moves do not end. escalation 0: a filing without a case. */
	"CREATE TABLE timer (id INTEGER PRIMARY KEY, escalation INTEGER NOT NULL, filing INTEGER NOT NULL DEFAULT 0, kind TEXT NOT NULL,"
	" due INTEGER NOT NULL, generation INTEGER NOT NULL, UNIQUE (escalation, filing, kind)) STRICT",
	"CREATE INDEX timer_due ON timer (due, id)",

	/* Filings: F1, F2 ... of a case, or of escalation 0 where a rule filed a mail without one. Each is a thread of its own with the team. */
	"CREATE TABLE filing ("
	" id INTEGER PRIMARY KEY, escalation INTEGER NOT NULL, number INTEGER NOT NULL, team TEXT NOT NULL COLLATE NOCASE, kind TEXT NOT NULL,"
	" title TEXT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL CHECK (" FILING_CHECK "), generation INTEGER NOT NULL,"
	" upstream TEXT NOT NULL, opened INTEGER NOT NULL, heard INTEGER NOT NULL, chased INTEGER NOT NULL, closed INTEGER NOT NULL,"
	" closed_by TEXT NOT NULL, outcome TEXT NOT NULL, engineer TEXT NOT NULL, rule TEXT NOT NULL, customer TEXT NOT NULL,"
	" severity INTEGER NOT NULL, asker_name TEXT NOT NULL, asker_address TEXT NOT NULL, journal INTEGER NOT NULL,"
	" thread_id TEXT NOT NULL, subject TEXT NOT NULL, last_id TEXT NOT NULL, UNIQUE (escalation, number)) STRICT",
	"CREATE INDEX filing_open ON filing (id) WHERE state = 'open'",
	"CREATE INDEX filing_upstream ON filing (team, upstream, id) WHERE upstream <> ''",
	"CREATE INDEX filing_opened ON filing (opened)",
	"CREATE TABLE filing_thread (message_id TEXT PRIMARY KEY, filing INTEGER NOT NULL REFERENCES filing) STRICT, WITHOUT ROWID",

	/* What we owe the world. nth: how many letters the recipient was owed, this one counted. owed_at changes only when the clock was set back; queued_at is when its tries begin, and a retry by hand begins anew. */
	"CREATE TABLE outbox ("
	" id INTEGER PRIMARY KEY, escalation INTEGER NOT NULL, kind TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,"
	" nth INTEGER NOT NULL,"
	" message_id TEXT NOT NULL UNIQUE, subject TEXT NOT NULL, size INTEGER NOT NULL,"
	" state TEXT NOT NULL CHECK (" OUTBOX_CHECK "), owed_at INTEGER NOT NULL, queued_at INTEGER NOT NULL, next_at INTEGER NOT NULL,"
	" settled_at INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, holder TEXT NOT NULL DEFAULT '',"
	" lease_until INTEGER NOT NULL DEFAULT 0, code INTEGER NOT NULL DEFAULT 0, reply TEXT NOT NULL DEFAULT '',"
	" told INTEGER NOT NULL DEFAULT 0) STRICT",
	"CREATE INDEX outbox_due ON outbox (next_at, id) WHERE " OUTBOX_WAITS,
	"CREATE INDEX outbox_leased ON outbox (id) WHERE state = 'sending'",
	"CREATE INDEX outbox_order ON outbox (escalation, recipient, id) WHERE " OUTBOX_OWED,
	"CREATE INDEX outbox_refused ON outbox (told, id) WHERE state = 'refused'",
	/* Limits look at the newest so many letters of a case, to a recipient, and in all. */
	"CREATE INDEX outbox_case ON outbox (escalation, id)",
	"CREATE INDEX outbox_to ON outbox (recipient COLLATE NOCASE, nth)",
	"CREATE INDEX outbox_capped ON outbox (owed_at) WHERE kind = 'capped'",
	"CREATE INDEX outbox_stuck ON outbox (subject, owed_at) WHERE kind = 'stuck'",
	/* Events that are owed to webhooks; struck off when they were taken. */
	"CREATE TABLE hook (id INTEGER PRIMARY KEY, webhook TEXT NOT NULL, token TEXT NOT NULL, event TEXT NOT NULL, at INTEGER NOT NULL,"
	" next_at INTEGER NOT NULL, attempts INTEGER NOT NULL, body TEXT NOT NULL) STRICT",
	"CREATE INDEX hook_due ON hook (webhook, next_at, id)",
	"CREATE INDEX hook_age ON hook (at)",
	/* A letter is segments: bytes of ours, or a journalled original that is spliced in when it is read. */
	"CREATE TABLE segment (outbox INTEGER NOT NULL REFERENCES outbox, seq INTEGER NOT NULL, journal INTEGER NOT NULL,"
	" base64 INTEGER NOT NULL, bytes BLOB, PRIMARY KEY (outbox, seq)) STRICT",
	"CREATE INDEX segment_original ON segment (journal) WHERE journal <> 0",
	"CREATE TABLE attempt (id INTEGER PRIMARY KEY, outbox INTEGER NOT NULL REFERENCES outbox, at INTEGER NOT NULL,"
	" ended INTEGER NOT NULL DEFAULT 0, outcome TEXT NOT NULL DEFAULT '', code INTEGER NOT NULL DEFAULT 0,"
	" reply TEXT NOT NULL DEFAULT '') STRICT",
	"CREATE INDEX attempt_of ON attempt (outbox, id)",
};

/* The name of a table or index that is not there as this program makes it, NULL: all are. SQLite keeps the statements as
 * they were written. Others may be there too. */
static const char *
lacks(struct store *s, char name[64])
{
	bool there[COUNT(schema)] = { false };
	sqlite3_stmt *q = db_prepare(s, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL", "");

	while (db_row(s, q)) {
		const char *sql = (const char *)sqlite3_column_text(q, 0);

		for (size_t i = 0; i < COUNT(schema); i++)
			there[i] |= sql != NULL && strcmp(sql, schema[i]) == 0;
	}
	for (size_t i = 0; i < COUNT(schema); i++)
		if (!there[i] && sscanf(schema[i], "CREATE %*s %63s", name) == 1)
			return name;
	return NULL;
}

bool
schema_known(struct store *s, bool *empty)
{
	int64_t app = db_number(s, -1, "PRAGMA application_id", "");
	int64_t version = db_number(s, -1, "PRAGMA user_version", "");
	int64_t tables = db_number(s, -1, "SELECT count(*) FROM sqlite_schema", "");
	char name[64], older[240];

	*empty = app == 0 && version == 0 && tables == 0;
	if (s->fault != STORE_OK || *empty)
		return s->fault == STORE_OK;
	if (app != STORE_APPLICATION_ID)
		db_fault(s, STORE_FOREIGN, "opening", "a database, but not one of escrelay's; nothing was changed");
	else if (version > STORE_VERSION)
		db_fault(s, STORE_NEWER, "opening", "written by a newer escrelay; nothing was changed");
	else if (lacks(s, name) != NULL && s->fault == STORE_OK) {
		snprintf(older, sizeof(older), "an earlier escrelay made it with other tables (%s); nothing was changed: go on"
		    " with that program, or move it away with its -wal, and a new one is made", name);
		db_fault(s, STORE_OLDER, "opening", older);
	}
	return s->fault == STORE_OK;
}

bool
schema_create(struct store *s)
{
	unsigned char key[32], instance[6];
	char hex[2 * sizeof(instance) + 1];
	AUTO_FREE char *marks = NULL;
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < COUNT(schema); i++)
		rc = sqlite3_exec(s->db, schema[i], NULL, NULL, NULL);
	marks = xasprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", STORE_APPLICATION_ID, STORE_VERSION);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->db, marks, NULL, NULL, NULL);
	if (rc != SQLITE_OK) {
		db_failed(s, rc, "creating the tables");
		return false;
	}
	random_bytes(key, sizeof(key));
	random_bytes(instance, sizeof(instance));
	digest_hex(instance, sizeof(instance), hex);
	db_run(s, "INSERT INTO meta VALUES ('key', ?)", "b", (const void *)key, sizeof(key));
	db_run(s, "INSERT INTO meta VALUES ('instance', ?)", "s", hex);
	explicit_bzero(key, sizeof(key));
	return s->fault == STORE_OK;
}

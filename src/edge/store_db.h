/* store_db.h - the store's plumbing, for the files of this room alone.
 *
 * One prepared statement a call site, kept for the life of the store. A fault sticks (see store.h), so
 * verbs need not ask: after one, every call here does nothing.
 *
 * Binding is by a word of letters: i int64_t, u uint64_t, s const char * (NULL: NULL), b const void *, size_t. Nothing is copied:
 * texts and bytes live until the last row was read.
 */
#ifndef ESCRELAY_EDGE_STORE_DB_H
#define ESCRELAY_EDGE_STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/store.h"

#define STATEMENTS_MAX 256
#define I(x) ((int64_t)(x)) /* what the letter i wants, whatever x is */

struct store {
	sqlite3 *db;
	char *path;
	int lock;                    /* descriptor of the write lock file */
	bool writes, in_transaction;
	enum store_fault fault;
	char why[256];
	struct { const char *sql; sqlite3_stmt *stmt; } statements[STATEMENTS_MAX];
	size_t nstatements;
	int wal_pages;               /* in the -wal at our last commit, and when we last checkpointed */
	int wal_checkpointed;
	char instance[16];
	unsigned char key[32];
};

#define STORE_APPLICATION_ID 0x45534352 /* "ESCR" */
#define STORE_VERSION        1

/* The statement, reset and bound; NULL after a fault. sql must be a string literal: it is known by its address. */
sqlite3_stmt *db_prepare(struct store *s, const char *sql, const char *kinds, ...);
/* Runs one that gives no rows; the number of rows changed. */
int  db_run(struct store *s, const char *sql, const char *kinds, ...);
/* The first column of the first row, or otherwise if there is none. */
int64_t db_number(struct store *s, int64_t otherwise, const char *sql, const char *kinds, ...);
/* The same as text, in the arena; NULL if there is no row. */
const char *db_string(struct store *s, struct arena *a, const char *sql, const char *kinds, ...);
/* Next row? Resets the statement when there is none. */
bool db_row(struct store *s, sqlite3_stmt *stmt);
void db_done(sqlite3_stmt *stmt);               /* before the last row was seen */
const char *db_text(sqlite3_stmt *stmt, int column, struct arena *a); /* "" for NULL */
int64_t db_int(sqlite3_stmt *stmt, int column);
void db_failed(struct store *s, int rc, const char *doing); /* records the fault that SQLite's code means */
void db_fault(struct store *s, enum store_fault fault, const char *doing, const char *detail); /* records this one, unless one stands */

void db_damaged(struct store *s, const char *doing, const char *what); /* STORE_DAMAGED, with the way out */

/* One verb as a transaction of its own where none is open: db_enter; verbs; return db_leave(). */
bool db_enter(struct store *s, bool *own);
bool db_leave(struct store *s, bool own);

/* Conditions of partial indexes: a query must have the same words to use them. No IN (...): SQLite makes a table of such a
 * list, for each index of each row that is written. */
#define OUTBOX_WAITS "(state = 'queued' OR state = 'deferred' OR state = 'doubt')"
#define EVENT_GIVEN  "(kind = 'pass' OR kind = 'take' OR kind = 'undo')"
#define FILING_HOLDS "state = 'open' AND kind <> 'review'" /* its case waits for it; FILING_REVIEW of store_filing.h */
#define OUTBOX_OWED  "(state = 'queued' OR state = 'sending' OR state = 'deferred' OR state = 'doubt')"

/* What the holder of a leased row noted of this attempt (store_answers.c): it was sent. False: nothing. */
struct answer { int64_t at; int code; char reply[1024]; };
bool answer_find(const char *store_path, const struct outbox_row *row, struct answer *out);

bool schema_create(struct store *s);            /* inside a transaction */
/* Is it a store of ours, with the tables of this program? Or an empty file. False: a fault that says what it is. */
bool schema_known(struct store *s, bool *empty);

#endif

/* store_sql.c - statements: prepared once, bound by letters, read row by row. See store_db.h. */
#include <stdarg.h>
#include <string.h>

#include "edge/store_db.h"

#include "ground/mem.h"

static sqlite3_stmt *
statement(struct store *s, const char *sql)
{
	int rc;

	for (size_t i = 0; i < s->nstatements; i++)
		if (s->statements[i].sql == sql)
			return s->statements[i].stmt;
	if (s->nstatements == STATEMENTS_MAX) {
		db_fault(s, STORE_BUG, "preparing", "too many statements");
		return NULL;
	}
	rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->statements[s->nstatements].stmt, NULL);
	if (rc != SQLITE_OK) {
		db_failed(s, rc, sql);
		return NULL;
	}
	s->statements[s->nstatements].sql = sql;
	return s->statements[s->nstatements++].stmt;
}

static sqlite3_stmt *
prepare(struct store *s, const char *sql, const char *kinds, va_list ap)
{
	sqlite3_stmt *q = s->fault == STORE_OK ? statement(s, sql) : NULL;
	int rc = SQLITE_OK;

	if (q == NULL)
		return NULL;
	sqlite3_reset(q);
	/* Not copied: what is bound lives until the statement is done, for it is the caller's argument. */
	for (int i = 1; *kinds != '\0' && rc == SQLITE_OK; i++, kinds++) {
		if (*kinds == 'i')
			rc = sqlite3_bind_int64(q, i, va_arg(ap, int64_t));
		else if (*kinds == 'u')
			rc = sqlite3_bind_int64(q, i, (int64_t)va_arg(ap, uint64_t));
		else if (*kinds == 's')
			rc = sqlite3_bind_text(q, i, va_arg(ap, const char *), -1, SQLITE_STATIC);
		else {
			const void *bytes = va_arg(ap, const void *);
			size_t len = va_arg(ap, size_t);

			rc = sqlite3_bind_blob64(q, i, bytes != NULL ? bytes : "", len, SQLITE_STATIC);
		}
	}
	if (rc != SQLITE_OK) {
		db_failed(s, rc, sql);
		return NULL;
	}
	return q;
}

sqlite3_stmt *
db_prepare(struct store *s, const char *sql, const char *kinds, ...)
{
	sqlite3_stmt *q;
	va_list ap;

	va_start(ap, kinds);
	q = prepare(s, sql, kinds, ap);
	va_end(ap);
	return q;
}

int
db_run(struct store *s, const char *sql, const char *kinds, ...)
{
	sqlite3_stmt *q;
	va_list ap;
	int rc;

	va_start(ap, kinds);
	q = prepare(s, sql, kinds, ap);
	va_end(ap);
	if (q == NULL)
		return 0;
	rc = sqlite3_step(q);
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		db_failed(s, rc, sql);
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
	return s->fault == STORE_OK ? sqlite3_changes(s->db) : 0;
}

int64_t
db_number(struct store *s, int64_t otherwise, const char *sql, const char *kinds, ...)
{
	sqlite3_stmt *q;
	va_list ap;

	va_start(ap, kinds);
	q = prepare(s, sql, kinds, ap);
	va_end(ap);
	if (q != NULL && db_row(s, q)) {
		if (sqlite3_column_type(q, 0) != SQLITE_NULL)
			otherwise = sqlite3_column_int64(q, 0);
		db_done(q);
	}
	return otherwise;
}

const char *
db_string(struct store *s, struct arena *a, const char *sql, const char *kinds, ...)
{
	const char *text = NULL;
	sqlite3_stmt *q;
	va_list ap;

	va_start(ap, kinds);
	q = prepare(s, sql, kinds, ap);
	va_end(ap);
	if (q != NULL && db_row(s, q)) {
		text = db_text(q, 0, a);
		db_done(q);
	}
	return text;
}

bool
db_row(struct store *s, sqlite3_stmt *stmt)
{
	int rc;

	if (stmt == NULL)
		return false;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		db_failed(s, rc, sqlite3_sql(stmt));
	sqlite3_reset(stmt);
	return false;
}

void
db_done(sqlite3_stmt *stmt)
{
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}

const char *
db_text(sqlite3_stmt *stmt, int column, struct arena *a)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return arena_strndup(a, text == NULL ? "" : (const char *)text, (size_t)sqlite3_column_bytes(stmt, column));
}

int64_t
db_int(sqlite3_stmt *stmt, int column)
{
	return sqlite3_column_int64(stmt, column);
}

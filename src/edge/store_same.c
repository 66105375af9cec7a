/* store_same.c - see store_same.h. */
#include "edge/store_same.h"
#include "edge/store_db.h"

#include "ground/mem.h"

size_t
store_cases_of_ticket(struct store *s, const char *ticket, int64_t *ids, size_t max)
{
	sqlite3_stmt *q = db_prepare(s,
	    "SELECT id FROM escalation WHERE ticket = ? COLLATE NOCASE AND ticket <> '' ORDER BY id DESC LIMIT ?", "si",
	    ticket, I(max));
	size_t n = 0;

	while (n < max && db_row(s, q))
		ids[n++] = db_int(q, 0);
	if (q != NULL)
		db_done(q);
	return n;
}

void
store_original_add(struct store *s, const unsigned char ident[32], int64_t escalation, const char *date)
{
	db_run(s, "INSERT INTO original VALUES (?,?,?) ON CONFLICT DO NOTHING", "bis", (const void *)ident, (size_t)32,
	    escalation, date);
}

size_t
store_originals(struct store *s, struct arena *a, const unsigned char ident[32], struct original_row **out)
{
	sqlite3_stmt *q = db_prepare(s,
	    "SELECT escalation, date FROM original WHERE ident = ? ORDER BY escalation DESC LIMIT 20", "b",
	    (const void *)ident, (size_t)32);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct original_row *r = arena_push(a, out, &n, sizeof(*r));

		*r = (struct original_row){ .escalation = db_int(q, 0), .date = db_text(q, 1, a) };
	}
	return n;
}

/* store_ledger.c - the accounts of a pool, and all turns for those who want to read them. See store.h. */
#include "edge/store_db.h"
#include "ground/mem.h"

const char *
store_credits(struct store *s, struct arena *a, const char *pool)
{
	return db_string(s, a, "SELECT value FROM meta WHERE name = 'credits.' || ?", "s", pool);
}

void
store_credits_set(struct store *s, const char *pool, const char *text)
{
	db_run(s, "INSERT INTO meta VALUES ('credits.' || ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", "ss", pool, text);
}

size_t
store_ledger(struct store *s, struct arena *a, const char *pool, int64_t since, struct ledger_row **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT escalation, at, pool, engineer, sentence FROM turn WHERE at >= ?1 AND (?2 IS NULL OR"
	    " pool = ?2 COLLATE NOCASE) ORDER BY id", "is", since, pool);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct ledger_row *r = arena_push(a, out, &n, sizeof(*r));

		*r = (struct ledger_row){ .escalation = db_int(q, 0), .at = db_int(q, 1), .pool = db_text(q, 2, a),
			.engineer = db_text(q, 3, a), .sentence = db_text(q, 4, a) };
	}
	return n;
}

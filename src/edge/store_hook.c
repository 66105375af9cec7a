/* store_hook.c - events that are owed to webhooks, each in the transaction of what it tells of. See store.h. */
#include "edge/store_db.h"

#define FAR_AHEAD 7200 /* seconds: no row waits so long for its next try */

void
store_hook_add(struct store *s, const struct hook_row *r)
{
	db_run(s, "INSERT INTO hook (webhook, token, event, at, next_at, attempts, body) VALUES (?,?,?,?,?,0,?)", "sssiis", r->webhook, r->token,
	    r->event, r->at, r->at, r->body);
}

bool
store_hook_next(struct store *s, struct arena *a, const char *webhook, struct hook_row *out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT id, webhook, token, event, at, next_at, attempts, body FROM hook WHERE webhook = ?"
	                                " ORDER BY next_at, id LIMIT 1", "s", webhook);

	if (!db_row(s, q))
		return false;
	*out = (struct hook_row){ .id = db_int(q, 0), .webhook = db_text(q, 1, a), .token = db_text(q, 2, a), .event = db_text(q, 3, a),
		.at = db_int(q, 4), .next_at = db_int(q, 5), .attempts = (unsigned)db_int(q, 6), .body = db_text(q, 7, a) };
	db_done(q);
	return true;
}

bool
store_hook_sent(struct store *s, int64_t id)
{
	bool own;

	if (!db_enter(s, &own))
		return false;
	db_run(s, "DELETE FROM hook WHERE id = ?", "i", id);
	return db_leave(s, own);
}

bool
store_hook_put_off(struct store *s, int64_t id, int64_t next_at)
{
	bool own;

	if (!db_enter(s, &own))
		return false;
	db_run(s, "UPDATE hook SET next_at = ?, attempts = attempts + 1 WHERE id = ?", "ii", next_at, id);
	return db_leave(s, own);
}

unsigned
store_hook_give_up(struct store *s, const char *webhook, int64_t before)
{
	int n = 0;
	bool own;

	if (db_number(s, 0, "SELECT 1 FROM hook WHERE at < ? LIMIT 1", "i", before) == 0 || !db_enter(s, &own))
		return 0;
	n = db_run(s, "DELETE FROM hook WHERE at < ?1 AND (?2 IS NULL OR webhook = ?2)", "is", before, webhook);
	return db_leave(s, own) ? (unsigned)n : 0;
}

unsigned
store_hooks_waiting(struct store *s, const char *webhook)
{
	return (unsigned)db_number(s, 0, "SELECT count(*) FROM hook WHERE webhook = ?", "s", webhook);
}

void
store_hooks_mend(struct store *s, int64_t now)
{
	db_run(s, "UPDATE hook SET at = ?1 WHERE at > ?1", "i", now);
	db_run(s, "UPDATE hook SET next_at = ?1 WHERE next_at > ?2", "ii", now, now + FAR_AHEAD);
}

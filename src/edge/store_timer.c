/* store_timer.c - timers of cases, and the cases that are looked at again out of their time. See store.h. */
#include "edge/store_db.h"

#include <string.h>

#include "ground/mem.h"

void
store_timer_set(struct store *s, int64_t escalation, const char *kind, int64_t due, int64_t generation)
{
	db_run(s, "INSERT INTO timer (escalation, kind, due, generation) VALUES (?,?,?,?) ON CONFLICT (escalation, filing, kind)"
	          " DO UPDATE SET due = excluded.due, generation = excluded.generation",
	    "isii", escalation, kind, due, generation);
}

void
store_timer_clear(struct store *s, int64_t escalation, const char *kind)
{
	db_run(s, "DELETE FROM timer WHERE escalation = ?1 AND filing = 0 AND (?2 IS NULL OR kind = ?2)", "is", escalation, kind);
}

int64_t
store_timer_at(struct store *s, int64_t escalation, const char *kind)
{
	return db_number(s, 0, "SELECT due FROM timer WHERE escalation = ? AND kind = ?", "is", escalation, kind);
}

bool
store_timer_due(struct store *s, struct arena *a, int64_t now, struct timer *out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT id, escalation, filing, due, generation, kind FROM timer WHERE due <= ? ORDER BY due, id LIMIT 1", "i", now);

	if (!db_row(s, q))
		return false;
	*out = (struct timer){ .id = db_int(q, 0), .escalation = db_int(q, 1), .filing = db_int(q, 2), .due = db_int(q, 3), .generation = db_int(q, 4),
		.kind = db_text(q, 5, a) };
	db_done(q);
	return true;
}

size_t
store_timers_of(struct store *s, struct arena *a, int64_t escalation, struct timer **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT id, due, generation, kind FROM timer WHERE escalation = ? AND filing = 0"
	    " ORDER BY due, id", "i", escalation);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct timer *t = arena_push(a, out, &n, sizeof(*t));

		*t = (struct timer){ .id = db_int(q, 0), .escalation = escalation, .due = db_int(q, 1), .generation = db_int(q, 2),
			.kind = db_text(q, 3, a) };
	}
	return n;
}

void
store_timer_put_off(struct store *s, int64_t id, int64_t due)
{
	db_run(s, "UPDATE timer SET due = ? WHERE id = ?", "ii", due, id);
}

int64_t
store_timer_next(struct store *s)
{
	return db_number(s, INT64_MAX, "SELECT due FROM timer ORDER BY due, id LIMIT 1", "");
}

void
store_look(struct store *s, bool all, int64_t except)
{
	/* What goes through all of them already goes on doing so, and begins anew. */
	db_run(s, "INSERT INTO meta VALUES ('look.after', 0) ON CONFLICT (name) DO UPDATE SET value = 0", "");
	db_run(s, "INSERT INTO meta VALUES ('look.except', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", "i", except);
	if (all)
		db_run(s, "INSERT INTO meta VALUES ('look.all', 1) ON CONFLICT (name) DO NOTHING", "");
}

int64_t
store_look_next(struct store *s, bool *all)
{
	int64_t after = db_number(s, -1, "SELECT value FROM meta WHERE name = 'look.after'", "");

	*all = false;
	if (after < 0)
		return -1;
	*all = db_number(s, 0, "SELECT 1 FROM meta WHERE name = 'look.all'", "") != 0;
	return db_number(s, 0, "SELECT id FROM escalation WHERE state = 'waiting' AND id > ? AND id <> ? ORDER BY id LIMIT 1", "ii", after,
	    db_number(s, 0, "SELECT value FROM meta WHERE name = 'look.except'", ""));
}

void
store_looked(struct store *s, int64_t escalation)
{
	if (escalation > 0)
		db_run(s, "UPDATE meta SET value = ? WHERE name = 'look.after'", "i", escalation);
	else
		db_run(s, "DELETE FROM meta WHERE name IN ('look.after', 'look.all', 'look.except')", "");
}

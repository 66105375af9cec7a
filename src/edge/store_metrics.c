/* store_metrics.c - see store_metrics.h. */
#include "edge/store_metrics.h"
#include "edge/store_db.h"
#include "edge/store_purge.h"

#include "ground/mem.h"

/* name, other, count, oldest */
static struct tallies
all(struct store *s, struct arena *a, sqlite3_stmt *q)
{
	struct tallies t = { .n = 0 };

	while (db_row(s, q))
		*(struct tallied *)arena_push(
		    a, &t.v, &t.n, sizeof(*t.v)) = (struct tallied) { .name = db_text(q, 0, a),
			.other = db_text(q, 1, a),
			.count = db_int(q, 2),
			.oldest = db_int(q, 3) };
	return t;
}

static struct tallied
one(struct store *s, struct arena *a, sqlite3_stmt *q)
{
	struct tallies t = all(s, a, q);

	return t.n > 0 ? t.v[0] : (struct tallied){ "", "", 0, 0 };
}

void
store_metrics(struct store *s, struct arena *a, struct store_metrics *out)
{
	store_reading_begins(s);
	*out = (struct store_metrics) {
		.mails = db_number(s, 0, "SELECT max(id) FROM journal", ""),
		.cases = db_number(s, 0, "SELECT max(id) FROM escalation", ""),
		.letters = db_number(s, 0, "SELECT max(id) FROM outbox", ""),
		.attempts = db_number(s, 0, "SELECT max(id) FROM attempt", ""),
		.kept = one(s, a,
		    db_prepare(
		        s, "SELECT 'kept', '', count(*), min(received) FROM journal WHERE state = 'kept'", "")),
		.shelved = one(s, a,
		    db_prepare(s, "SELECT 'shelved', '', count(*), 0 FROM journal WHERE state = 'shelved'", "")),
		.held = one(s, a,
		    db_prepare(s, "SELECT 'held', '', count(*), min(at) FROM quarantine WHERE state = 'held'", "")),
		.open = all(s, a,
		    db_prepare(s,
		        "SELECT state, '', count(*), min(opened) FROM escalation WHERE state <> 'resolved'"
		        " GROUP BY state",
		        "")),
		.closed = all(s, a, db_prepare(s, "SELECT outcome, '', times, 0 FROM closing", "")),
		.turns = all(
		    s, a, db_prepare(s, "SELECT engineer, '', sum(turns), 0 FROM tally GROUP BY engineer", "")),
		.load = all(s, a, db_prepare(s, "SELECT engineer, '', open, 0 FROM workload", "")),
		.filings = all(s, a,
		    db_prepare(s,
		        "SELECT team, kind, count(*), min(opened) FROM filing WHERE state = 'open'"
		        " GROUP BY team, kind",
		        "")),
		.owed = all(s, a,
		    db_prepare(s,
		        "SELECT state, '', count(*), min(owed_at) FROM outbox WHERE " OUTBOX_OWED " GROUP BY state",
		        "")),
		.refused = db_number(s, 0, "SELECT count(*) FROM outbox WHERE state = 'refused'", ""),
		.hooks = all(
		    s, a, db_prepare(s, "SELECT webhook, '', count(*), min(at) FROM hook GROUP BY webhook", "")),
		.timer_next = db_number(s, 0, "SELECT due FROM timer ORDER BY due, id LIMIT 1", ""),
	};
	out->bytes = store_bytes(s, &out->free_bytes);
	store_reading_ends(s);
}

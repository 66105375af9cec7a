/* store_rules.c - the rules that were in force, and how often each held: counters by day, so that nobody walks over
 * decisions to know. See store.h. */
#include "edge/store_db.h"

#include "ground/mem.h"

#define DAY 86400

/* ---- what was in force --------------------------------------------------------------------------------- */

bool
store_ruleset_used(struct store *s, const char *hash, int64_t at)
{
	return db_run(s, "UPDATE ruleset SET decisions = decisions + 1, last = ? WHERE hash = ?", "is", at, hash) == 1;
}

void
store_ruleset_add(struct store *s, const char *hash, int64_t at, const char *text, const char *legend)
{
	db_run(s, "INSERT INTO ruleset VALUES (?,?,?,1)", "sii", hash, at, at);
	db_run(s, "INSERT INTO ruleset_text VALUES (?,?,?)", "sss", hash, text, legend);
}

size_t
store_rulesets(struct store *s, struct arena *a, struct ruleset_row **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT hash, first, last, decisions FROM ruleset ORDER BY first, hash", "");
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q))
		*(struct ruleset_row *)arena_push(a, out, &n, sizeof(**out)) = (struct ruleset_row){ .hash = db_text(q, 0, a),
			.first = db_int(q, 1), .last = db_int(q, 2), .decisions = db_int(q, 3) };
	return n;
}

const char *
store_ruleset_text(struct store *s, struct arena *a, const char *hash)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT text FROM ruleset_text WHERE hash = ?", "s", hash);
	const char *text;

	if (!db_row(s, q))
		return NULL;
	text = db_text(q, 0, a);
	db_done(q);
	return text;
}

const char *
store_ruleset_legend(struct store *s, struct arena *a, const char *hash)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT legend FROM ruleset_text WHERE hash = ?", "s", hash);
	const char *legend;

	if (!db_row(s, q))
		return NULL;
	legend = db_text(q, 0, a);
	db_done(q);
	return legend;
}

/* ---- how often a rule held ----------------------------------------------------------------------------- */

void
store_rule_count(struct store *s, const char *rule, int64_t at, const struct rule_count *more)
{
	db_run(s, "INSERT INTO rule_day VALUES (?,?,?,?,?,?) ON CONFLICT (rule, day) DO UPDATE SET hits = hits + excluded.hits,"
	    " stuck = stuck + excluded.stuck, released = released + excluded.released, last = max(last, excluded.last)",
	    "siiiii", rule, at / DAY, more->hits, more->stuck, more->released, more->hits > 0 ? at : (int64_t)0);
}

size_t
store_rule_counts(struct store *s, struct arena *a, int64_t since, struct rule_counted **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT rule, min(day), max(last), sum(CASE WHEN day >= ?1 THEN hits ELSE 0 END),"
	    " sum(CASE WHEN day >= ?1 THEN stuck ELSE 0 END), sum(CASE WHEN day >= ?1 THEN released ELSE 0 END)"
	    " FROM rule_day GROUP BY rule", "i", since / DAY);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q))
		*(struct rule_counted *)arena_push(a, out, &n, sizeof(**out)) = (struct rule_counted){ .rule = db_text(q, 0, a),
			.first = db_int(q, 1) * DAY, .last = db_int(q, 2),
			.in_all = { .hits = db_int(q, 3), .stuck = db_int(q, 4), .released = db_int(q, 5) } };
	return n;
}

/* A case counts once, whatever people had to put right about it. Its severity counts where a rule had set one. */
size_t
store_rule_overturned(struct store *s, struct arena *a, int64_t since, struct rule_overturned **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT rule, sum(no), sum(other), sum(no OR other) FROM (SELECT e.rule AS rule,"
	    " e.state = 'resolved' AND e.outcome = 'not-an-escalation' AS no, EXISTS (SELECT 1 FROM event v WHERE v.escalation = e.id"
	    " AND v.kind = 'severity') AND EXISTS (SELECT 1 FROM decision d WHERE d.journal = e.journal"
	    " AND json_extract(d.said, '$.rules.set.severity') IS NOT NULL) AS other FROM escalation e WHERE e.opened >= ?)"
	    " GROUP BY rule HAVING sum(no OR other) > 0", "i", since / DAY * DAY);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q))
		*(struct rule_overturned *)arena_push(a, out, &n, sizeof(**out)) = (struct rule_overturned){ .rule = db_text(q, 0, a),
			.not_one = db_int(q, 1), .severity = db_int(q, 2), .cases = db_int(q, 3) };
	return n;
}

/* ---- the journal, for those who judge it anew ---------------------------------------------------------- */

int64_t
store_journal_newest(struct store *s)
{
	return db_number(s, 0, "SELECT max(id) FROM journal", "");
}

size_t
store_journal_span(struct store *s, struct arena *a, int64_t first, int64_t last, int64_t since, int64_t **ids)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT id FROM journal WHERE id BETWEEN ? AND ? AND received >= ? ORDER BY id", "iii", first, last, since);
	size_t n = 0;

	*ids = NULL;
	while (db_row(s, q))
		*(int64_t *)arena_push(a, ids, &n, sizeof(**ids)) = db_int(q, 0);
	return n;
}

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
	return db_string(s, a, "SELECT text FROM ruleset_text WHERE hash = ?", "s", hash);
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
	    "siiiii", rule, at / DAY, more->hits, more->stuck, more->released, more->hits > 0 ? at : I(0));
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

/* Mostly it has counted today already: one step into each index. */
void
store_pattern_count(struct store *s, const char *rule, const char *pattern, int64_t at, const struct rule_count *more)
{
	int64_t day = at / DAY, last = more->hits > 0 ? at : 0, id;

	if (db_run(s, "UPDATE pattern_day SET hits = hits + ?, stuck = stuck + ?, last = max(last, ?) WHERE day = ?"
	    " AND pattern = (SELECT id FROM pattern WHERE rule = ? AND source = ?)", "iiiiss", more->hits, more->stuck,
	    last, day, rule, pattern) > 0)
		return;
	id = db_number(s, 0, "SELECT id FROM pattern WHERE rule = ? AND source = ?", "ss", rule, pattern);
	if (id == 0 && db_run(s, "INSERT INTO pattern (rule, source) VALUES (?,?)", "ss", rule, pattern) == 1)
		id = sqlite3_last_insert_rowid(s->db);
	db_run(s, "INSERT INTO pattern_day VALUES (?,?,?,?,?)", "iiiii", id, day, more->hits, more->stuck, last);
}

size_t
store_pattern_counts(struct store *s, struct arena *a, int64_t since, struct pattern_counted **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT p.rule, p.source, sums.last, sums.hits, sums.stuck FROM"
	    " (SELECT pattern, max(last) AS last, sum(CASE WHEN day >= ?1 THEN hits ELSE 0 END) AS hits,"
	    " sum(CASE WHEN day >= ?1 THEN stuck ELSE 0 END) AS stuck FROM pattern_day GROUP BY pattern) sums"
	    " JOIN pattern p ON p.id = sums.pattern", "i", since / DAY);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct pattern_counted *p = arena_push(a, out, &n, sizeof(**out));

		*p = (struct pattern_counted){ .rule = db_text(q, 0, a), .pattern = db_text(q, 1, a), .last = db_int(q, 2),
			.hits = db_int(q, 3), .stuck = db_int(q, 4) };
	}
	return n;
}

/* ---- what people thought of it ------------------------------------------------------------------------- */

/* A /take counts where somebody had the case; an /undo takes back two acts, itself and the other. */
#define GIVEN "coalesce((SELECT sum(CASE WHEN v.kind = 'pass' THEN 1 WHEN v.kind = 'undo'" \
	" THEN CASE WHEN v.detail LIKE '%/pass' OR v.detail LIKE '%/take' THEN -2 ELSE 0 END" \
	" ELSE EXISTS (SELECT 1 FROM event x WHERE x.escalation = e.id AND x.id < v.id AND x.kind = 'assign') END)" \
	" FROM event v WHERE v.escalation = e.id AND " EVENT_GIVEN "), 0) > 0"
/* Its first change says "from 2 to 1": 2 is what it was opened with. */
#define SEVERITY "coalesce((SELECT v.detail FROM event v WHERE v.escalation = e.id AND v.kind = 'severity'" \
	" ORDER BY v.id LIMIT 1) NOT LIKE 'from ' || e.severity || ' %', 0)"

size_t
store_rules_overturned(struct store *s, struct arena *a, int64_t since, struct case_overturned **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT c.id, CASE WHEN c.no THEN c.rule ELSE '' END,"
	    " CASE WHEN c.given THEN json_extract(d.said, '$.rules.set_by.pool') END,"
	    " CASE WHEN c.given THEN json_extract(d.said, '$.rules.set_by.skill') END,"
	    " CASE WHEN c.severity THEN json_extract(d.said, '$.rules.set_by.severity') END"
	    " FROM (SELECT e.id AS id, e.rule AS rule, e.journal AS journal,"
	    " e.state = 'resolved' AND e.outcome = 'not-an-escalation' AS no, " GIVEN " AS given, " SEVERITY
	    " AS severity FROM escalation e WHERE e.opened >= ?) c LEFT JOIN decision d ON d.journal = c.journal"
	    " WHERE c.no OR c.given OR c.severity", "i", since / DAY * DAY);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct case_overturned *c = arena_push(a, out, &n, sizeof(**out));

		*c = (struct case_overturned){ .escalation = db_int(q, 0), .opened_by = db_text(q, 1, a),
			.pool_by = db_text(q, 2, a), .skill_by = db_text(q, 3, a), .severity_by = db_text(q, 4, a) };
	}
	return n;
}

int64_t
store_decisions(struct store *s, int64_t *first)
{
	*first = db_number(s, 0, "SELECT min(first) FROM ruleset", "");
	return db_number(s, 0, "SELECT sum(decisions) FROM ruleset", "");
}

/* ---- the journal, for those who judge it anew ---------------------------------------------------------- */

int64_t
store_journal_newest(struct store *s)
{
	return db_number(s, 0, "SELECT max(id) FROM journal", "");
}

int64_t
store_journal_received(struct store *s)
{
	return db_number(s, 0, "SELECT received FROM journal ORDER BY id DESC LIMIT 1", "");
}

size_t
store_journal_span(struct store *s, struct arena *a, int64_t first, int64_t last, int64_t since, int64_t **ids)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT id FROM journal WHERE id BETWEEN ? AND ? AND received >= ? AND purged = 0"
	    " ORDER BY id", "iii", first, last, since);
	size_t n = 0;

	*ids = NULL;
	while (db_row(s, q))
		*(int64_t *)arena_push(a, ids, &n, sizeof(**ids)) = db_int(q, 0);
	return n;
}

/* store_ledger.c - the accounts of a pool, and all turns for those who want to read them. See store.h. */
#include <string.h>

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
store_opened(struct store *s, struct arena *a, const char *pool, int64_t **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT opened FROM escalation WHERE pool = ? COLLATE NOCASE ORDER BY opened", "s", pool);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q))
		*(int64_t *)arena_push(a, out, &n, sizeof(**out)) = db_int(q, 0);
	return n;
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

static enum deed_kind
deed_kind(const char *word)
{
	static const struct { enum escalation_event event; enum deed_kind kind; } kinds[] = {
		{ EVENT_ACK, DEED_ACK }, { EVENT_TAKE, DEED_TAKE }, { EVENT_ANSWER, DEED_ANSWER }, { EVENT_ANSWER_ACK, DEED_ANSWER },
		{ EVENT_RESOLVE, DEED_ANSWER }, { EVENT_PASS, DEED_PASS },
	};

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(word, escalation_event_word(kinds[i].event)) == 0)
			return kinds[i].kind;
	return DEED_ASSIGNED;
}

size_t
store_deeds(struct store *s, struct arena *a, int64_t since, struct deed **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT t.escalation, t.at, t.engineer, 'turn' AS what, 0 AS rank, t.id FROM turn t"
	    " JOIN escalation e ON e.id = t.escalation WHERE e.changed >= ?1 UNION ALL"
	    " SELECT v.escalation, v.at, v.actor, v.kind, 1, v.id FROM event v JOIN escalation e ON e.id = v.escalation"
	    " WHERE e.changed >= ?1 AND v.kind IN (?2, ?3, ?4, ?5, ?6, ?7) ORDER BY 1, 2, 5, 6", "issssss", since,
	    escalation_event_word(EVENT_ACK), escalation_event_word(EVENT_TAKE), escalation_event_word(EVENT_ANSWER),
	    escalation_event_word(EVENT_ANSWER_ACK), escalation_event_word(EVENT_RESOLVE), escalation_event_word(EVENT_PASS));
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct deed *d = arena_push(a, out, &n, sizeof(*d));

		*d = (struct deed){ .escalation = db_int(q, 0), .at = db_int(q, 1), .engineer = db_text(q, 2, a),
			.kind = deed_kind(db_text(q, 3, a)) };
	}
	return n;
}

size_t
store_record_cases(struct store *s, struct arena *a, int64_t since, struct record_case **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT id, pool, engineer, subject, customer, outcome, cause, severity, opened, resolved"
	    " FROM escalation WHERE changed >= ? ORDER BY id", "i", since);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct record_case *c = arena_push(a, out, &n, sizeof(*c));

		*c = (struct record_case){ .id = db_int(q, 0), .pool = db_text(q, 1, a), .engineer = db_text(q, 2, a),
			.subject = db_text(q, 3, a), .customer = db_text(q, 4, a), .outcome = db_text(q, 5, a), .cause = db_text(q, 6, a),
			.severity = (unsigned)db_int(q, 7), .opened = db_int(q, 8), .resolved = db_int(q, 9) };
	}
	return n;
}

size_t
store_record_filings(struct store *s, struct arena *a, int64_t since, struct record_filing **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT escalation, opened, engineer, kind FROM filing WHERE opened >= ? AND engineer <> ''"
	    " ORDER BY id", "i", since);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct record_filing *f = arena_push(a, out, &n, sizeof(*f));

		*f = (struct record_filing){ .escalation = db_int(q, 0), .opened = db_int(q, 1), .engineer = db_text(q, 2, a),
			.kind = db_text(q, 3, a) };
	}
	return n;
}

/* store_case.c - escalations: rows, events, parties, threads, turns. See store.h. */
#include "edge/store_db.h"

#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"

#define CASE_COLUMNS                                                                                                           \
	"id, state, generation, severity, pool, skill, team, label, rule, requester_name, requester_address, customer, ticket," \
	" subject, engineer, opened, changed, resolved, outcome, cause, journal, thread_id"

static void
case_of(sqlite3_stmt *q, struct arena *a, struct escalation *e)
{
	*e = (struct escalation){ .id = db_int(q, 0), .generation = db_int(q, 2), .severity = (unsigned)db_int(q, 3),
		.pool = db_text(q, 4, a), .skill = db_text(q, 5, a), .team = db_text(q, 6, a), .label = db_text(q, 7, a),
		.rule = db_text(q, 8, a), .requester = { .name = db_text(q, 9, a), .address = db_text(q, 10, a) },
		.customer = db_text(q, 11, a), .ticket = db_text(q, 12, a), .subject = db_text(q, 13, a),
		.engineer = db_text(q, 14, a), .opened = db_int(q, 15), .changed = db_int(q, 16), .resolved = db_int(q, 17),
		.outcome = db_text(q, 18, a), .cause = db_text(q, 19, a), .journal = db_int(q, 20), .thread_id = db_text(q, 21, a) };
	escalation_state_of(db_text(q, 1, a), &e->state);
}

/* The counter of open cases follows the row: what the case counted before, and what it counts now. */
static void
count_open(struct store *s, const char *engineer, int by)
{
	if (*engineer != '\0')
		db_run(s, "INSERT INTO workload VALUES (?,?) ON CONFLICT (engineer) DO UPDATE SET open = max(0, open + excluded.open)",
		    "si", engineer, I(by));
}

/* "duplicate of ESC-12" counts as duplicate. */
static void
count_closing(struct store *s, const struct escalation *e)
{
	AUTO_FREE char *outcome = xasprintf("%.*s", (int)strcspn(e->outcome, " "), e->outcome);

	if (db_number(s, 0, "SELECT 1 FROM escalation WHERE id = ? AND state <> 'resolved'", "i", e->id) != 0)
		db_run(s, "INSERT INTO closing VALUES (?, 1) ON CONFLICT (outcome) DO UPDATE SET times = times + 1", "s", outcome);
}

int64_t
store_escalation_number(struct store *s)
{
	return db_number(s, 0, "SELECT max(id) FROM escalation", "") + 1;
}

int64_t
store_escalation_new(struct store *s, struct escalation *e)
{
	db_run(s,
	    "INSERT INTO escalation (id, state, generation, severity, pool, skill, team, label, rule, requester_name, requester_address,"
	    " customer, ticket, subject, engineer, opened, changed, resolved, outcome, cause, journal, thread_id)"
	    " VALUES (nullif(?,0),?,1,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "isisssssssssssiiissis", e->id, escalation_state_word(e->state), I(e->severity), e->pool, e->skill, e->team, e->label, e->rule,
	    e->requester.name, e->requester.address, e->customer, e->ticket, e->subject, e->engineer, e->opened, e->changed,
	    e->resolved, e->outcome, e->cause, e->journal, e->thread_id);
	e->generation = 1;
	e->id = s->fault == STORE_OK ? sqlite3_last_insert_rowid(s->db) : 0;
	if (e->state != ESCALATION_RESOLVED)
		count_open(s, e->engineer, 1);
	return e->id;
}

void
store_escalation_save(struct store *s, const struct escalation *e)
{
	bool counts = e->state != ESCALATION_RESOLVED && *e->engineer != '\0', counted;
	AUTO_FREE char *before = NULL;
	sqlite3_stmt *q = db_prepare(s, "SELECT engineer FROM escalation WHERE id = ? AND state <> 'resolved' AND engineer <> ''", "i", e->id);

	if ((counted = db_row(s, q))) {
		before = xstrdup((const char *)sqlite3_column_text(q, 0));
		db_done(q);
	}
	if (!counts || !counted || !text_equal_nocase(before, e->engineer)) {
		count_open(s, counted ? before : "", -1);
		count_open(s, counts ? e->engineer : "", 1);
	}
	if (e->state == ESCALATION_RESOLVED)
		count_closing(s, e);
	db_run(s,
	    "UPDATE escalation SET state = ?, generation = ?, severity = ?, pool = ?, skill = ?, team = ?, label = ?, customer = ?,"
	    " ticket = ?, engineer = ?, changed = ?, resolved = ?, outcome = ?, cause = ?, thread_id = ?, requester_name = ?,"
	    " requester_address = ? WHERE id = ?",
	    "siisssssssiisssssi", escalation_state_word(e->state), e->generation, I(e->severity), e->pool, e->skill, e->team, e->label,
	    e->customer, e->ticket, e->engineer, e->changed, e->resolved, e->outcome, e->cause, e->thread_id, e->requester.name, e->requester.address,
	    e->id);
}

bool
store_escalation_get(struct store *s, struct arena *a, int64_t id, struct escalation *out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT " CASE_COLUMNS " FROM escalation WHERE id = ?", "i", id);

	if (!db_row(s, q))
		return false;
	case_of(q, a, out);
	db_done(q);
	return true;
}

size_t
store_escalations(struct store *s, struct arena *a, bool all, struct escalation **out)
{
	sqlite3_stmt *q = all ? db_prepare(s, "SELECT " CASE_COLUMNS " FROM escalation ORDER BY id", "")
	                      : db_prepare(s, "SELECT " CASE_COLUMNS " FROM escalation WHERE state <> 'resolved' ORDER BY id", "");
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q))
		case_of(q, a, arena_push(a, out, &n, sizeof(**out)));
	return n;
}

size_t
store_engineers(struct store *s, struct arena *a, const char ***out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT engineer FROM workload WHERE open > 0", "");
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q))
		*(const char **)arena_push(a, out, &n, sizeof(**out)) = db_text(q, 0, a);
	return n;
}

bool
store_escalation_of(struct store *s, struct arena *a, const char *engineer, int64_t after, struct escalation *out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT " CASE_COLUMNS " FROM escalation WHERE engineer = ? COLLATE NOCASE AND state <> 'resolved'"
	                                " AND id > ? ORDER BY id LIMIT 1", "si", engineer, after);

	if (!db_row(s, q))
		return false;
	case_of(q, a, out);
	db_done(q);
	return true;
}

/* ---- events, parties, threads -------------------------------------------------------------------------- */

void
store_event_add(struct store *s, int64_t escalation, int64_t at, const char *actor, const char *kind, const char *detail,
    int64_t journal)
{
	db_run(s, "INSERT INTO event (escalation, at, actor, kind, detail, journal) VALUES (?,?,?,?,?,?)", "iisssi", escalation, at,
	    actor, kind, detail, journal);
}

size_t
store_events(struct store *s, struct arena *a, int64_t escalation, struct event_row **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT at, actor, kind, detail, journal FROM event WHERE escalation = ? ORDER BY id", "i", escalation);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct event_row *e = arena_push(a, out, &n, sizeof(*e));

		*e = (struct event_row){ .at = db_int(q, 0), .actor = db_text(q, 1, a), .kind = db_text(q, 2, a),
			.detail = db_text(q, 3, a), .journal = db_int(q, 4) };
	}
	return n;
}

void
store_party_add(struct store *s, int64_t escalation, const char *role, const char *address, const char *name)
{
	db_run(s, "INSERT INTO party (escalation, address, role, name) VALUES (?,?,?,?) ON CONFLICT (escalation, address) DO NOTHING",
	    "isss", escalation, address, role, name);
}

void
store_party_set(struct store *s, int64_t escalation, const char *role, const char *address, const char *name)
{
	db_run(s, "INSERT INTO party (escalation, address, role, name) VALUES (?,?,?,?) ON CONFLICT (escalation, address)"
	          " DO UPDATE SET role = excluded.role", "isss", escalation, address, role, name);
}

void
store_led_add(struct store *s, int64_t escalation, const char *customer)
{
	db_run(s, "INSERT INTO led VALUES (?,?) ON CONFLICT DO NOTHING", "is", escalation, customer);
}

void
store_led_drop(struct store *s, int64_t escalation)
{
	db_run(s, "DELETE FROM led WHERE escalation = ?", "i", escalation);
}

bool
store_led(struct store *s, int64_t escalation)
{
	return db_number(s, 0, "SELECT 1 FROM led WHERE escalation = ?", "i", escalation) != 0;
}

int64_t
store_led_next(struct store *s, const char *customer)
{
	return db_number(s, 0, "SELECT l.escalation FROM led l JOIN escalation e ON e.id = l.escalation"
	                       " WHERE l.customer = ? AND e.state <> 'resolved' ORDER BY l.escalation LIMIT 1", "s", customer);
}

size_t
store_parties(struct store *s, struct arena *a, int64_t escalation, struct party **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT role, address, name FROM party WHERE escalation = ? ORDER BY address", "i", escalation);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct party *p = arena_push(a, out, &n, sizeof(*p));

		*p = (struct party){ .role = db_text(q, 0, a), .address = db_text(q, 1, a), .name = db_text(q, 2, a) };
	}
	return n;
}

const char *
store_party_role(struct store *s, struct arena *a, int64_t escalation, const char *address)
{
	return db_string(s, a, "SELECT role FROM party WHERE escalation = ? AND address = ?", "is", escalation,
	    address);
}

void
store_thread_add(struct store *s, int64_t escalation, const char *message_id, bool ours)
{
	if (message_id != NULL && *message_id != '\0')
		db_run(s, "INSERT INTO thread VALUES (?,?,?) ON CONFLICT (message_id) DO NOTHING", "sii", message_id, escalation, I(ours));
}

int64_t
store_thread_find(struct store *s, const char *message_id, bool *ours)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT escalation, ours FROM thread WHERE message_id = ?", "s", message_id);
	int64_t escalation;

	if (!db_row(s, q))
		return 0;
	escalation = db_int(q, 0);
	*ours = db_int(q, 1) != 0;
	db_done(q);
	return escalation;
}

uint32_t
store_person(struct store *s, const char *address)
{
	static const char known[] = "SELECT id FROM person WHERE address = ?";
	uint32_t person = (uint32_t)db_number(s, 0, known, "s", address);

	if (person != 0)
		return person;
	db_run(s, "INSERT INTO person (address) VALUES (?) ON CONFLICT (address) DO NOTHING", "s", address);
	return (uint32_t)db_number(s, 0, known, "s", address);
}

const char *
store_person_address(struct store *s, struct arena *a, uint32_t person)
{
	return db_string(s, a, "SELECT address FROM person WHERE id = ?", "i", I(person));
}

/* ---- turns --------------------------------------------------------------------------------------------- */

bool
store_pointer(struct store *s, struct arena *a, const char *pool, const char **engineer, unsigned *seat)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT engineer, seat FROM pointer WHERE pool = ?", "s", pool);

	if (!db_row(s, q))
		return false;
	*engineer = db_text(q, 0, a);
	*seat = (unsigned)db_int(q, 1);
	db_done(q);
	return true;
}

void
store_pointer_set(struct store *s, const char *pool, const char *engineer, unsigned seat)
{
	db_run(s, "INSERT INTO pointer VALUES (?,?,?) ON CONFLICT (pool) DO UPDATE SET engineer = excluded.engineer, seat = excluded.seat",
	    "ssi", pool, engineer, I(seat));
}

unsigned
store_open_count(struct store *s, const char *engineer)
{
	return (unsigned)db_number(s, 0, "SELECT open FROM workload WHERE engineer = ?", "s", engineer);
}

unsigned
store_turn_count(struct store *s, const char *pool, const char *engineer, int64_t since)
{
	/* Those up to the last, less those before. Where the clock was set back between, what was then is only nearly told from what was
	 * before: the count may be off by the turns of that hour, and is never below 0. */
	int64_t last = db_number(s, 0, "SELECT turns FROM tally WHERE pool = ? AND engineer = ?", "ss", pool, engineer);
	int64_t before = last == 0 ? 0 : db_number(s, 0,
	    "SELECT nth FROM turn WHERE pool = ? AND engineer = ? AND at < ? ORDER BY at DESC, nth DESC LIMIT 1", "ssi", pool, engineer, since);

	return last > before ? (unsigned)(last - before) : 0;
}

void
store_turn_add(struct store *s, int64_t escalation, int64_t at, const char *pool, const char *engineer, const char *sentence,
    const char *considered_json)
{
	db_run(s, "INSERT INTO tally VALUES (?,?,1) ON CONFLICT DO UPDATE SET turns = turns + 1", "ss", pool, engineer);
	db_run(s, "INSERT INTO turn (escalation, at, pool, engineer, sentence, considered, nth) VALUES (?1,?2,?3,?4,?5,?6,"
	          " (SELECT turns FROM tally WHERE pool = ?3 AND engineer = ?4))", "iissss", escalation, at, pool, engineer, sentence, considered_json);
}

size_t
store_turns(struct store *s, struct arena *a, int64_t escalation, struct turn **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT at, engineer, sentence, considered FROM turn WHERE escalation = ? ORDER BY id", "i", escalation);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct turn *t = arena_push(a, out, &n, sizeof(*t));

		*t = (struct turn){ .at = db_int(q, 0), .engineer = db_text(q, 1, a), .sentence = db_text(q, 2, a), .considered = db_text(q, 3, a) };
	}
	return n;
}

void
store_absence_add(struct store *s, const struct absence *x)
{
	db_run(s, "INSERT INTO absence VALUES (?,?,?,?) ON CONFLICT DO NOTHING", "siis", x->engineer, x->from, x->to, x->reason);
}

size_t
store_absences(struct store *s, struct arena *a, int64_t now, struct absence **out)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT engineer, begins, ends, reason FROM absence WHERE ends > ? ORDER BY ends", "i", now);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct absence *x = arena_push(a, out, &n, sizeof(*x));

		*x = (struct absence){ .engineer = db_text(q, 0, a), .from = db_int(q, 1), .to = db_int(q, 2), .reason = db_text(q, 3, a) };
	}
	return n;
}

/* ---- figures ------------------------------------------------------------------------------------------- */

void
store_figures(struct store *s, struct figures *out)
{
	*out = (struct figures){
		.kept = db_number(s, 0, "SELECT count(*) FROM journal WHERE state = 'kept'", ""),
		.judged = db_number(s, 0, "SELECT count(*) FROM journal WHERE state = 'judged'", ""),
		.shelved = db_number(s, 0, "SELECT count(*) FROM journal WHERE state = 'shelved'", ""),
		.held = db_number(s, 0, "SELECT count(*) FROM quarantine WHERE state = 'held'", ""),
		.open = db_number(s, 0, "SELECT count(*) FROM escalation WHERE state <> 'resolved'", ""),
		.owed = db_number(s, 0, "SELECT count(*) FROM outbox WHERE " OUTBOX_OWED, ""),
		.refused = db_number(s, 0, "SELECT count(*) FROM outbox WHERE state = 'refused'", ""),
		.newest_journal = store_journal_received(s),
	};
}

/* store_report.c - what happened in a span, case by case. See store_report.h. */
#include "edge/store_report.h"
#include "edge/store_db.h"

#include "ground/mem.h"

#define CLOCK_STEP 86400 /* seconds: by less than this, at most, the clock was set back while mails came */

#define REPORT_COLUMNS                                                                                             \
	"id, state, severity, label, rule, customer, subject, requester_name, requester_address, engineer, outcome,"  \
	" cause, opened, resolved"

/* ---- one case ------------------------------------------------------------------------------------------ */

static void
case_of(sqlite3_stmt *q, struct arena *a, struct report_case *c)
{
	const char *name = db_text(q, 7, a);

	*c = (struct report_case){ .id = db_int(q, 0), .severity = (unsigned)db_int(q, 2), .label = db_text(q, 3, a),
		.rule = db_text(q, 4, a), .customer = db_text(q, 5, a), .subject = db_text(q, 6, a),
		.requester = *name != '\0' ? name : db_text(q, 8, a), .engineer = db_text(q, 9, a),
		.outcome = db_text(q, 10, a),
		.cause = db_text(q, 11, a), .opened = db_int(q, 12), .resolved = db_int(q, 13) };
	escalation_state_of(db_text(q, 1, a), &c->state);
}

/* Letters that were owed are most of a case's events, and say nothing here. */
static void
events_of(struct store *s, struct arena *a, struct report_case *c)
{
	sqlite3_stmt *q =
	    db_prepare(s, "SELECT at, actor, kind FROM event WHERE escalation = ? AND kind <> 'owes' ORDER BY id", "i",
	    c->id);
	struct report_event *v = NULL;

	while (db_row(s, q)) {
		struct report_event *e = arena_push(a, &v, &c->nevents, sizeof(*e));

		*e = (struct report_event){ .at = db_int(q, 0), .actor = db_text(q, 1, a), .kind = db_text(q, 2, a) };
	}
	c->events = v;
}

static struct report_filing
filing_of(sqlite3_stmt *q, struct arena *a)
{
	return (struct report_filing){ .number = db_int(q, 0), .team = db_text(q, 1, a), .kind = db_text(q, 2, a),
	    .open = db_int(q, 3) != 0,
		.opened = db_int(q, 4), .closed = db_int(q, 5), .chased = (unsigned)db_int(q, 6) };
}

#define REPORT_FILING "number, team, kind, state = 'open', opened, closed, chased"

static void
filings_of(struct store *s, struct arena *a, struct report_case *c)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT " REPORT_FILING " FROM filing WHERE escalation = ? ORDER BY number",
	    "i", c->id);
	struct report_filing *v = NULL;

	while (db_row(s, q))
		*(struct report_filing *)arena_push(a, &v, &c->nfilings, sizeof(*v)) = filing_of(q, a);
	c->filings = v;
}

/* ---- the runs ------------------------------------------------------------------------------------------ */

static void
tell_each(struct store *s, sqlite3_stmt *q, const struct store_report_ask *ask, const struct store_report_visit *v)
{
	while (db_row(s, q)) {
		AUTO_ARENA struct arena *a = arena_new();
		struct report_case c;

		case_of(q, a, &c);
		filings_of(s, a, &c);
		if (c.resolved == 0 || c.resolved >= ask->from)
			events_of(s, a, &c);
		v->one(v->context, &c);
	}
}

static void
tell_cases(struct store *s, const struct store_report_ask *ask, const struct store_report_visit *v)
{
	tell_each(s, db_prepare(s, "SELECT " REPORT_COLUMNS " FROM escalation INDEXED BY escalation_opened"
	                           " WHERE opened >= ? AND opened < ?", "ii", ask->opened, ask->to), ask, v);
	tell_each(s, db_prepare(s, "SELECT " REPORT_COLUMNS " FROM escalation INDEXED BY escalation_resolved"
	                           " WHERE resolved > 0 AND resolved >= ?1 AND opened < ?2", "ii", ask->resolved,
	                           ask->opened), ask, v);
	tell_each(s, db_prepare(s, "SELECT " REPORT_COLUMNS " FROM escalation INDEXED BY escalation_open"
	                           " WHERE state <> 'resolved' AND opened < ?", "i", ask->opened), ask, v);
}

static void
tell_filed(struct store *s, const struct store_report_ask *ask, const struct store_report_visit *v)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT " REPORT_FILING " FROM filing INDEXED BY filing_opened"
	                                " WHERE opened >= ? AND opened < ? AND escalation = 0", "ii", ask->from,
	                                ask->to);

	while (db_row(s, q)) {
		AUTO_ARENA struct arena *a = arena_new();
		struct report_filing f = filing_of(q, a);

		v->filed(v->context, &f);
	}
}

/* From the newest back: the journal has no index over time, which each mail would pay for. */
static void
tell_mails(struct store *s, const struct store_report_ask *ask, const struct store_report_visit *v)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT received, outcome FROM journal ORDER BY id DESC", "");

	while (db_row(s, q)) {
		int64_t received = db_int(q, 0);

		if (received < ask->from - CLOCK_STEP) {
			db_done(q);
			break;
		}
		if (received >= ask->from && received < ask->to)
			v->mail(v->context, (const char *)sqlite3_column_text(q, 1));
	}
}

bool
store_report(struct store *s, const struct store_report_ask *ask, const struct store_report_visit *v)
{
	store_reading_begins(s); /* a case that moves meanwhile is told of once all the same */
	tell_cases(s, ask, v);
	tell_filed(s, ask, v);
	tell_mails(s, ask, v);
	store_reading_ends(s);
	return s->fault == STORE_OK;
}

/* ---- counted ------------------------------------------------------------------------------------------- */

static void one(void *context, const struct report_case *c) { report_case(context, c); }
static void filed(void *context, const struct report_filing *f) { report_filed(context, f); }
static void mail(void *context, const char *outcome) { report_mail(context, outcome); }

const struct report *
store_report_of(struct store *s, struct arena *a, const struct settings *settings, int64_t from, int64_t to)
{
	struct report_maker *m = report_begin(settings, a, from, to);
	struct store_report_visit v = { .one = one, .filed = filed, .mail = mail, .context = m };
	struct store_report_ask ask = { .from = from, .to = to };

	report_wants(m, &ask.opened, &ask.resolved);
	return store_report(s, &ask, &v) ? report_end(m) : NULL;
}

/* metrics_gather.c - which figures there are, and what each of them says. See metrics_parts.h.
 *
 * How many samples a page has is bounded by the configuration: people, teams, rules, mailboxes. No case, no customer and no
 * address is a label.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/exposition.h"
#include "cli/metrics_parts.h"
#include "cli/view.h"
#include "edge/store_metrics.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "stage/desk_budget.h"

#define NONE      ((struct exposition_label){ NULL, NULL })
#define DAY       86400
#define RULE_DAYS 90   /* a rule that neither held nor was new for so long is not shown; nor are more than */
#define RULES_MAX 1000

static struct exposition_label
label(const char *name, const char *value)
{
	return (struct exposition_label){ name, value };
}

static void
plain(struct exposition *x, double value)
{
	exposition_sample(x, value, NONE, NONE);
}

/* What did not happen has no time: no sample. */
static void
timestamp(struct exposition *x, int64_t at, struct exposition_label one)
{
	if (at > 0)
		exposition_sample(x, (double)at, one, NONE);
}

static void
by_name(struct exposition *x, const struct tallies *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		exposition_sample(x, (double)t->v[i].count, label(name, t->v[i].name), NONE);
}

static const struct tallied *
of_name(const struct tallies *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->v[i].name, name) == 0)
			return &t->v[i];
	return NULL;
}

/* Each word of a law has its sample, at zero too: what is not there yet can be alarmed about. */
static void
by_state(struct exposition *x, const struct tallies *t, const char *state)
{
	const struct tallied *v = of_name(t, state);

	exposition_sample(x, v != NULL ? (double)v->count : 0, label("state", state), NONE);
}

/* ---- the program --------------------------------------------------------------------------------------- */

static void
stages(const struct view *v, struct exposition *x)
{
	static const char *const names[] = { "fetch", "decide", "send" };

	exposition_family(x, "escrelay_build_info", GAUGE, NULL, "Which escrelay this is; always 1");
	exposition_sample(x, 1, label("version", ESCRELAY_VERSION), NONE);
	exposition_family(x, "escrelay_stage_up", GAUGE, NULL, "1 while a process of the stage holds its lock");
	for (size_t i = 0; i < COUNT(names); i++)
		exposition_sample(x, lock_held(v->settings->store, names[i]), label("stage", names[i]), NONE);
}

static int64_t
file_bytes(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

static void
room(const struct view *v, struct exposition *x, const struct store_metrics *m)
{
	int64_t left = store_free_bytes(v->store);

	exposition_family(x, "escrelay_store_bytes", GAUGE, "bytes", "Size of the store, its free pages counted");
	plain(x, (double)m->bytes);
	exposition_family(x, "escrelay_store_free_bytes", GAUGE, "bytes",
	    "Free pages in the store, which are used again before it grows");
	plain(x, (double)m->free_bytes);
	exposition_family(
	    x, "escrelay_store_wal_bytes", GAUGE, "bytes", "Size of the write-ahead log beside the store");
	plain(x, (double)file_bytes(arena_printf(v->arena, "%s-wal", v->settings->store)));
	exposition_family(x, "escrelay_disk_free_bytes", GAUGE, "bytes", "Room left on the file system of the store");
	if (left >= 0)
		plain(x, (double)left);
}

/* ---- mail ---------------------------------------------------------------------------------------------- */

static void
mail_in(const struct view *v, struct exposition *x, const struct store_metrics *m)
{
	exposition_family(x, "escrelay_mailbox_seen_timestamp_seconds", GAUGE, "seconds",
	    "When all that was in the mailbox was last taken");
	for (size_t i = 0; i < v->settings->nmailboxes; i++)
		timestamp(x, store_mailbox_last(v->store, v->settings->mailboxes[i].name),
		    label("mailbox", v->settings->mailboxes[i].name));
	exposition_family(x, "escrelay_mails", COUNTER, NULL, "Mails that were taken into the journal");
	plain(x, (double)m->mails);
	exposition_family(x, "escrelay_journal_kept", GAUGE, NULL, "Mails that wait to be decided");
	plain(x, (double)m->kept.count);
	exposition_family(
	    x, "escrelay_journal_kept_oldest_timestamp_seconds", GAUGE, "seconds", "When the oldest of them came");
	timestamp(x, m->kept.oldest, NONE);
	exposition_family(x, "escrelay_journal_shelved", GAUGE, NULL, "Mails that stopped the relay twice");
	plain(x, (double)m->shelved.count);
	exposition_family(x, "escrelay_quarantine_held", GAUGE, NULL, "Mails in quarantine, which wait for a person");
	plain(x, (double)m->held.count);
	exposition_family(x, "escrelay_quarantine_oldest_timestamp_seconds", GAUGE, "seconds",
	    "Since when the oldest of them is held");
	timestamp(x, m->held.oldest, NONE);
}

static void
mail_out(struct view *v, struct exposition *x, const struct store_metrics *m)
{
	int64_t oldest = 0;

	exposition_family(x, "escrelay_letters_owed", COUNTER, NULL, "Letters that were ever owed");
	plain(x, (double)m->letters);
	exposition_family(x, "escrelay_letter_attempts", COUNTER, NULL, "Attempts to send a letter");
	plain(x, (double)m->attempts);
	exposition_family(x, "escrelay_letters", GAUGE, NULL,
	    "Letters that are not sent, by their state; doubt: the server may have it");
	by_state(x, &m->owed, outbox_state_word(OUTBOX_QUEUED));
	by_state(x, &m->owed, outbox_state_word(OUTBOX_SENDING));
	by_state(x, &m->owed, outbox_state_word(OUTBOX_DEFERRED));
	by_state(x, &m->owed, outbox_state_word(OUTBOX_DOUBT));
	exposition_sample(x, (double)m->refused, label("state", outbox_state_word(OUTBOX_REFUSED)), NONE);
	for (size_t i = 0; i < m->owed.n; i++)
		oldest = oldest == 0 || m->owed.v[i].oldest < oldest ? m->owed.v[i].oldest : oldest;
	exposition_family(x, "escrelay_letters_oldest_timestamp_seconds", GAUGE, "seconds",
	    "Since when the oldest letter is owed that has not ended");
	timestamp(x, oldest, NONE);
	exposition_family(
	    x, "escrelay_queue_held", GAUGE, NULL, "1 while the submission server is of no use to any letter");
	plain(x, store_held(v->store, v->arena, &(int64_t){ 0 }) != NULL);
	exposition_family(x, "escrelay_webhook_events", GAUGE, NULL, "Events that wait for a webhook");
	for (size_t i = 0; i < v->settings->nwebhooks; i++) {
		const struct tallied *t = of_name(&m->hooks, v->settings->webhooks[i].name);

		exposition_sample(
		    x, t != NULL ? (double)t->count : 0, label("webhook", v->settings->webhooks[i].name), NONE);
	}
}

/* ---- cases --------------------------------------------------------------------------------------------- */

static void
cases(struct exposition *x, const struct store_metrics *m)
{
	exposition_family(x, "escrelay_cases_opened", COUNTER, NULL, "Escalations that were opened");
	plain(x, (double)m->cases);
	exposition_family(
	    x, "escrelay_cases_resolved", COUNTER, NULL, "How often an escalation was closed, by outcome");
	by_name(x, &m->closed, "outcome");
	exposition_family(x, "escrelay_cases", GAUGE, NULL, "Open escalations by state");
	for (int i = 0; i < ESCALATION_RESOLVED; i++)
		by_state(x, &m->open, escalation_state_word((enum escalation_state)i));
	exposition_family(x, "escrelay_cases_oldest_timestamp_seconds", GAUGE, "seconds",
	    "When the oldest escalation in that state was opened");
	for (size_t i = 0; i < m->open.n; i++)
		timestamp(x, m->open.v[i].oldest, label("state", m->open.v[i].name));
	exposition_family(x, "escrelay_assignments", COUNTER, NULL, "Escalations that an engineer was given");
	by_name(x, &m->turns, "engineer");
	exposition_family(x, "escrelay_engineer_cases", GAUGE, NULL, "Open escalations of an engineer");
	by_name(x, &m->load, "engineer");
	exposition_family(x, "escrelay_filings_open", GAUGE, NULL, "Requests to a team that are open");
	for (size_t i = 0; i < m->filings.n; i++)
		exposition_sample(x, (double)m->filings.v[i].count, label("team", m->filings.v[i].name),
		    label("kind", m->filings.v[i].other));
	exposition_family(
	    x, "escrelay_filings_oldest_timestamp_seconds", GAUGE, "seconds", "When the oldest of them was filed");
	for (size_t i = 0; i < m->filings.n; i++)
		exposition_sample(x, (double)m->filings.v[i].oldest, label("team", m->filings.v[i].name),
		    label("kind", m->filings.v[i].other));
	exposition_family(x, "escrelay_timer_due_timestamp_seconds", GAUGE, "seconds",
	    "When the earliest timer is due; long past, decide does not work");
	timestamp(x, m->timer_next, NONE);
}

static void
share(struct exposition *x, struct desk *d, unsigned days, const char *word)
{
	struct budget b = desk_budget(d, days);

	if (b.cases > 0)
		exposition_sample(x, (double)b.engaged / (double)b.cases, label("days", word), NONE);
}

static void
budget(const struct view *v, struct exposition *x)
{
	struct desk d = {
		.settings = v->settings, .store = v->store, .arena = v->arena, .now = v->now, .reads_only = true
	};

	exposition_family(x, "escrelay_budget_ratio", GAUGE, "ratio",
	    "Share of the escalations of the last days in which engineering was asked for help");
	share(x, &d, BUDGET_SHORT, "28");
	share(x, &d, BUDGET_LONG, "90");
	exposition_family(x, "escrelay_budget_goal_ratio", GAUGE, "ratio", "The goal of it");
	plain(x, v->settings->budget_percent / 100.0);
}

/* ---- rules, rotation ----------------------------------------------------------------------------------- */

static void
rules(struct view *v, struct exposition *x)
{
	struct rule_counted *r;
	size_t n = store_rule_counts(v->store, v->arena, 0, &r), shown = 0;

	for (size_t i = 0; i < n && shown < RULES_MAX; i++)
		if (r[i].last > v->now - RULE_DAYS * DAY || r[i].first > v->now - RULE_DAYS * DAY)
			r[shown++] = r[i];
	exposition_family(x, "escrelay_rule_hits", COUNTER, NULL, "Mails for which a rule held");
	for (size_t i = 0; i < shown; i++)
		exposition_sample(x, (double)r[i].in_all.hits, label("rule", r[i].rule), NONE);
	exposition_family(x, "escrelay_rule_stuck", COUNTER, NULL, "Mails for which a rule hit its limits");
	for (size_t i = 0; i < shown; i++)
		exposition_sample(x, (double)r[i].in_all.stuck, label("rule", r[i].rule), NONE);
}

static void
rotation(struct view *v, struct exposition *x)
{
	const struct settings *s = v->settings;
	struct absences away = view_absences(v->arena, s, false, v->now, NULL);

	exposition_family(
	    x, "escrelay_rotation_on_shift", GAUGE, NULL, "Engineers who are on rotation and at work now");
	for (size_t i = 0; i < s->npools; i++) {
		struct who w;

		rotation_who(s, &away, v->arena, s->pools[i], v->now, &w);
		exposition_sample(x, (double)w.non, label("pool", s->pools[i]), NONE);
	}
	exposition_family(
	    x, "escrelay_rotation_seats", GAUGE, NULL, "Seats of the rotation that is on which have a name");
	for (size_t i = 0; i < s->npools; i++) {
		const struct rotation *r = rotation_at(s, s->pools[i], v->now, NULL, NULL);
		struct seated *seats;
		size_t n = r != NULL ? rotation_seats(s, v->arena, r, v->now, &seats) : 0, named = 0;

		for (size_t k = 0; k < n; k++)
			named += seats[k].engineer != NULL;
		exposition_sample(x, (double)named, label("pool", s->pools[i]), NONE);
	}
	exposition_family(x, "escrelay_rotation_ends_timestamp_seconds", GAUGE, "seconds",
	    "When the last rotation of the plan ends");
	for (size_t i = 0; i < s->npools; i++)
		timestamp(x, rotation_plan_end(s, s->pools[i]), label("pool", s->pools[i]));
}

void
metrics_gather(struct view *v, struct exposition *x)
{
	struct store_metrics m;

	store_metrics(v->store, v->arena, &m);
	stages(v, x);
	mail_in(v, x, &m);
	mail_out(v, x, &m);
	cases(x, &m);
	budget(v, x);
	rules(v, x);
	rotation(v, x);
	room(v, x, &m);
}

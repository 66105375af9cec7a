/* decide.c - the story of a mail from the journal to its outcome.
 *
 *   understand -> seen before? -> which case? -> if one: the conversation; if none: the rules -> outcome
 *
 * and of what time does: timers of cases, refused letters that a person must learn of. Everything that one mail or
 * one timer changes stands in one transaction; some share a commit. The only room where hostile bytes are parsed: it has no
 * network and no mail credentials, only the token key.
 *
 * After an unclean exit it commits an attempt for each message before it parses it, until it is past those that were waiting
 * then: a message that kills it twice is shelved, alone.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ground/clock.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "ground/text.h"
#include "ground/token.h"
#include "ground/address.h"
#include "stage/desk.h"
#include "stage/stage.h"

#define BATCH_MAX       32           /* mails that share one commit */
#define BATCH_MS        100          /* or what can be judged in this time */
#define ATTEMPTS_MAX    2            /* unclean exits that a mail may cause before it is shelved */
#define REST_MS         60000        /* the longest sleep: covers a lost poke */
#define TROUBLE_MS      5000         /* pause after the store failed */
#define CLUES_MAX       64
#define PUT_OFF         3600         /* seconds: a timer that may have killed us */

static const char running_flag[] = "decide-running";

struct decider {
	struct loaded loaded;
	struct desk desk;
	struct store *store;
	int signals, wake;
	int64_t careful_until;       /* journal id: up to it an attempt is committed before each parse */
	int64_t dared;               /* the mail that was dared last: we are alive, so it is not what killed us */
	int64_t careful_due;         /* timers due until then are put off, durably, before they are looked at */
	bool begun, stop, owed;
	char trouble[300];           /* what was said of the store, until it works again */
};

/* ---- how an item ends ---------------------------------------------------------------------------------- */

void
item_ends(struct desk *d, struct item *it, const char *outcome, int64_t escalation, const char *note)
{
	struct journal_entry e = it->entry;
	char *why;

	e.state = JOURNAL_JUDGED;
	e.message_id = it->message->message_id != NULL ? it->message->message_id : "";
	e.from = it->message->from.address;
	e.subject = it->message->subject;
	e.outcome = outcome;
	e.escalation = escalation;
	e.note = note;
	store_journal_judged(d->store, &e);
	json_object_set_new(it->why, "outcome", json_string(outcome));
	json_object_set_new(it->why, "escalation", escalation != 0 ? json_string(say_case(d->arena, escalation)) : json_null());
	json_object_set_new(it->why, "note", note != NULL ? json_string(note) : json_null());
	why = json_dumps(it->why, JSON_COMPACT);
	store_decision_add(d->store, it->entry.id, d->now, ruleset_hash(d->conf->rules), why != NULL ? why : "{}");
	free(why);
	log_info("journal %" PRId64 ": %s%s%s%s%s", it->entry.id, outcome, escalation != 0 ? " " : "", escalation != 0 ? say_case(d->arena, escalation) : "",
	    note != NULL ? ": " : "", note != NULL ? text_printable(d->arena, note, 300) : "");
}

void
item_held(struct desk *d, struct item *it, const char *reason)
{
	store_quarantine_add(d->store, it->entry.id, d->now, reason);
	tell_operator_held(d, it, reason);
	item_ends(d, it, "quarantined", 0, reason);
}

/* ---- which case? --------------------------------------------------------------------------------------- */

struct clues { struct thread_clue v[CLUES_MAX]; size_t n; };

static void
add_clue(struct desk *d, const struct item *it, struct clues *c, struct thread_clue clue)
{
	struct escalation e;

	if (c->n == CLUES_MAX || clue.escalation == 0 || !store_escalation_get(d->store, d->arena, clue.escalation, &e))
		return;
	clue.subject = e.subject;
	clue.party |= store_party_role(d->store, d->arena, e.id, it->message->from.address) != NULL;
	c->v[c->n++] = clue;
}

/* A token counts until token-valid after its case was closed; then it is as good as none. */
static bool
token_expired(struct desk *d, int64_t escalation)
{
	struct escalation e;

	return store_escalation_get(d->store, d->arena, escalation, &e) && e.state == ESCALATION_RESOLVED && d->now > e.resolved + d->settings->token_valid;
}

static void
token_clue(struct desk *d, struct item *it, struct clues *c, const char *address)
{
	char text[TOKEN_TEXT];
	struct token token;
	const char *person;
	const struct engineer *x;
	bool his;

	if (!token_in_address(address, d->settings->reply_address, text) || !token_read(text, TOKEN_CHARS, &token) || token.purpose == TOKEN_FILING)
		return;
	/* The envelope's address is for machines alone: a person's mail to it proves nothing. */
	if (token.purpose == TOKEN_BOUNCE && it->message->auto_submitted == NULL)
		return;
	person = store_person_address(d->store, d->arena, token.person);
	if (person == NULL || !token_verify(store_key(d->store), 32, text, TOKEN_CHARS, person) || token_expired(d, token.escalation))
		return;
	x = settings_engineer_by_address(d->settings, person);
	his = address_equal(person, it->message->from.address) || (x != NULL && x == it->engineer);
	if (token.purpose == TOKEN_BOUNCE && it->letter_to == NULL)
		it->letter_to = person;
	add_clue(d, it, c, (struct thread_clue){ .evidence = THREAD_TOKEN, .escalation = token.escalation, .token_is_his = his,
		.shown = arena_printf(d->arena, "made for %s", person) });
}

static void
id_clue(struct desk *d, const struct item *it, struct clues *c, const char *id)
{
	bool ours = false;
	int64_t escalation = store_thread_find(d->store, id, &ours);

	add_clue(d, it, c, (struct thread_clue){ .evidence = ours ? THREAD_OUR_ID : THREAD_KNOWN_ID, .escalation = escalation,
		.shown = arena_printf(d->arena, "<%s>", id) });
}

/* A mail server is no party; but our ids are long and random, and only the recipient of the letter knew this one. */
static void
bounce_clue(struct desk *d, struct item *it, struct clues *c, const char *id)
{
	struct outbox_row row;
	int64_t outbox = store_outbox_by_message_id(d->store, id);

	if (outbox == 0 || !store_outbox_get(d->store, d->arena, outbox, &row))
		return;
	if (it->letter_to == NULL)
		it->letter_to = row.to;
	add_clue(d, it, c, (struct thread_clue){ .evidence = THREAD_OUR_ID, .escalation = row.escalation, .party = true,
		.shown = arena_printf(d->arena, "bounce of <%s>", id) });
}

static void
gather_clues(struct desk *d, struct item *it, struct clues *c)
{
	const struct message *m = it->message;
	const struct people *lists[] = { &m->to, &m->cc };
	const struct strings *ids[] = { &m->in_reply_to, &m->references };

	for (size_t l = 0; l < COUNT(lists); l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			token_clue(d, it, c, lists[l]->v[i].address);
	for (size_t i = 0; i < m->delivered_to.n; i++)
		token_clue(d, it, c, m->delivered_to.v[i]);
	for (size_t l = 0; l < COUNT(ids); l++)
		for (size_t i = 0; i < ids[l]->n; i++)
			id_clue(d, it, c, ids[l]->v[i]);
	for (size_t i = 0; m->kind == KIND_BOUNCE && i < m->nbounces; i++)
		if (m->bounces[i].original_message_id != NULL)
			bounce_clue(d, it, c, m->bounces[i].original_message_id);
	add_clue(d, it, c, (struct thread_clue){ .evidence = THREAD_TAG, .escalation = thread_tag(m->subject),
		.shown = arena_printf(d->arena, "[ESC-%" PRId64 "]", thread_tag(m->subject)) });
}

/* ---- the rules ----------------------------------------------------------------------------------------- */

/* False: not all of it could be owed. */
static bool
send_on(struct desk *d, struct item *it, const struct decision *dec)
{
	const struct message *m = it->message;
	const char *subject = *m->subject != '\0' ? m->subject : "(no subject)";
	bool all = true;

	for (size_t i = 0; i < dec->nfiles; i++) {
		const struct team *team = settings_team(d->settings, dec->files[i].team);
		struct telling t = { .template = "filing", .about = it, .auto_submitted = "auto-generated", .no_token = true };

		if (team == NULL)
			continue;
		t.to = (struct person){ .name = team->full_name, .address = team->email };
		tell_filing(d, &t, team, dec->files[i].kind, subject, m);
		all &= tell(d, &t) != 0;
	}
	for (size_t i = 0; i < dec->nforwards; i++) {
		struct telling t = { .template = "forward", .about = it, .auto_submitted = "auto-generated", .attach_original = true, .no_token = true,
			.subject = arena_printf(d->arena, "Fwd: %s", subject), .to = { .name = "", .address = dec->forwards[i] } };

		tell_value(&t, "relay", d->settings->name);
		tell_value(&t, "rule", dec->rule);
		tell_value(&t, "from", say_name(&m->from));
		tell_value(&t, "subject", subject);
		tell_original(d, &t, m);
		all &= tell(d, &t) != 0;
	}
	return all;
}

static void
by_rules(struct desk *d, struct item *it)
{
	const struct message *m = it->message;
	struct decision dec;

	rule_decide(d->conf->rules, d->arena, m, it->customer != NULL ? it->customer->name : NULL, &dec);
	why_rules(it, d->conf->rules, &dec);
	for (size_t i = 0; i < dec.nstuck; i++)
		log_warning("journal %" PRId64 ": rule \"%s\" was stuck at a limit", it->entry.id, dec.stuck[i]);
	if (dec.verdict == RULE_STUCK)
		item_held(d, it, "a rule hit its limits and no other decided");
	else if (dec.quarantine)
		item_held(d, it, arena_printf(d->arena, "rule \"%s\" says so", dec.rule));
	else if (dec.ignore)
		item_ends(d, it, "ignored", 0, arena_printf(d->arena, "rule \"%s\"", dec.rule));
	else if (it->auth == AUTHRES_FAIL && it->staff && !it->released)
		item_held(d, it, arena_printf(d->arena, "it says that staff sent it, and the mail server denies that: %s", it->auth_why));
	else if (dec.verdict == RULE_YES && (dec.nfiles > 0 || dec.nforwards > 0) && !dec.open) {
		if (!send_on(d, it, &dec))
			item_held(d, it, arena_printf(d->arena, "not all that rule \"%s\" sends could be sent: a limit was reached", dec.rule));
		else
			item_ends(d, it, dec.nfiles > 0 ? "filed" : "forwarded", 0, arena_printf(d->arena, "rule \"%s\"", dec.rule));
	} else if (!it->staff && !it->released)
		item_held(d, it, "the sender is not staff");
	else if (m->auto_submitted != NULL && !it->released)
		item_held(d, it, "an automatic mail that no rule wants");
	else if (dec.verdict != RULE_YES)
		item_held(d, it, "no rule wants it");
	else
		desk_open(d, it, &dec);
}

/* ---- one mail ------------------------------------------------------------------------------------------ */

static void
judge(struct desk *d, struct item *it)
{
	const struct message *m = it->message;
	struct thread_answer thread;
	struct clues clues = { .n = 0 };
	int64_t first = store_acted(d->store, it->ident, it->entry.id);

	why_message(it);
	if (first != it->entry.id && !it->released) {
		item_ends(d, it, "duplicate", 0, arena_printf(d->arena, "the same mail as journal %" PRId64, first));
		return;
	}
	gather_clues(d, it, &clues);
	thread_weigh(d->arena, m, it->engineer != NULL, clues.v, clues.n, &thread);
	why_thread(it, &thread);
	if (it->entry.cut && !it->released)
		item_held(d, it, "larger than the size limit: only its beginning was fetched");
	else if (m->kind == KIND_LOOP && !it->released)
		item_held(d, it, "a mail of ours that came back, or one that has been around too often");
	else if (m->from_count != 1 && m->kind != KIND_BOUNCE && !it->released)
		item_held(d, it, m->from_count == 0 ? "it names no sender" : "it names more than one sender");
	else if (thread.escalation != 0 && m->auto_submitted != NULL && !it->released)
		desk_machine(d, it, &thread);
	else if (thread.escalation != 0)
		desk_talk(d, it, &thread);
	else
		by_rules(d, it);
}

static void
shelve(struct desk *d, const struct journal_entry *kept)
{
	struct journal_entry e = *kept;
	struct message nothing = { .from = { .name = "", .address = "(not read)" }, .subject = "(a mail that could not be read)" };
	struct item it = { .entry = *kept, .message = &nothing, .fd = -1 };

	e.state = JOURNAL_SHELVED;
	e.outcome = "shelved";
	e.note = "it stopped the relay twice";
	store_journal_judged(d->store, &e);
	store_quarantine_add(d->store, e.id, d->now, e.note);
	tell_operator_held(d, &it, "it stopped the relay twice while it was read; its bytes are kept");
	log_error("journal %" PRId64 " stopped the relay twice: shelved", e.id);
}

/* Before a parse that may kill us: the attempt is durable, or the mail is shelved. False: shelved, or the store failed. */
static bool
dare(struct decider *x, const struct journal_entry *e)
{
	bool shelved = e->attempts >= ATTEMPTS_MAX;

	if (e->id == x->dared)
		return true; /* the store failed, and it is tried again */
	x->dared = e->id;
	if (shelved)
		shelve(&x->desk, e);
	else
		store_journal_attempt(x->store, e->id);
	return store_commit(x->store) && !shelved && store_begin(x->store);
}

/* Judges what waits, some in one commit. Number of mails, -1 if the store failed. */
static int
judge_some(struct decider *x)
{
	struct desk *d = &x->desk;
	int64_t began = clock_monotonic_ms(), after = 0;
	int n = 0;
	bool open = false, careful = false; /* careful: a commit of its own */
	bool unread = false;                /* no room for a mail's bytes: it waits, and those after it */

	for (; !careful && !unread && n < BATCH_MAX && clock_monotonic_ms() - began < BATCH_MS; n++) {
		struct arena *a = arena_new();
		struct journal_entry e;
		struct item it;

		d->arena = a;
		d->now = clock_now();
		if (!open && !store_journal_next(x->store, a, after, &e)) {
			arena_free(a);
			break; /* nothing waits: no need for the lock */
		}
		open = open || store_begin(x->store);
		if (!open || !store_journal_next(x->store, a, after, &e)) {
			arena_free(a);
			break;
		}
		after = e.id;
		careful = e.id <= x->careful_until;
		if (careful && !dare(x, &e)) {
			arena_free(a);
			open = careful = false;
			continue;
		}
		if (desk_read(d, e.id, &it)) {
			judge(d, &it);
			desk_drop(&it);
		} else
			unread = true;
		arena_free(a);
	}
	d->arena = NULL;
	if (open && !store_commit(x->store))
		n = -1;
	x->owed |= n > 0;
	return store_fault(x->store) != STORE_OK || unread ? -1 : n;
}

/* ---- time and refusals --------------------------------------------------------------------------------- */

/* After an unclean exit: a timer reads mails too, and one that kills us must not do so at each start, before all others. */
static bool
put_off(struct decider *x, const struct timer *t)
{
	store_timer_set(x->store, t->escalation, t->kind, x->desk.now + PUT_OFF, t->generation);
	return store_commit(x->store) && store_begin(x->store);
}

/* Due timers, some in one commit: thousands of waiting cases may wake at once. */
static int
tend_timers(struct decider *x)
{
	int64_t began = clock_monotonic_ms();
	bool open = false, careful = false;
	struct timer t;
	int n = 0;

	for (; !careful && n < BATCH_MAX && clock_monotonic_ms() - began < BATCH_MS; n++) {
		struct arena *a = arena_new();

		x->desk.arena = a;
		x->desk.now = clock_now();
		if (!store_timer_due(x->store, a, x->desk.now, &t) || !(open = open || store_begin(x->store))) {
			arena_free(a);
			break;
		}
		careful = t.due <= x->careful_due;
		if (!careful || (open = put_off(x, &t)))
			desk_timer(&x->desk, &t);
		arena_free(a);
	}
	x->desk.arena = NULL;
	return open && !store_commit(x->store) ? -1 : n;
}

/* One refused letter that nobody knows of. */
static int
tend_refused(struct decider *x)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct outbox_row row;
	int done = 0;

	x->desk.arena = a;
	x->desk.now = clock_now();
	if (store_refused_next(x->store, a, &row) && store_begin(x->store)) {
		store_refused_told(x->store, row.id);
		tell_refusal(&x->desk, &row);
		desk_refused(&x->desk, &row);
		done = store_commit(x->store) ? 1 : -1;
	}
	x->desk.arena = NULL;
	return done;
}

/* Number of things done, 0: nothing is due; -1: the store failed. */
static int
tend_some(struct decider *x)
{
	int done = tend_timers(x);

	if (done == 0)
		done = tend_refused(x);
	if (store_fault(x->store) != STORE_OK)
		return -1;
	x->owed |= done > 0;
	return done;
}

/* ---- the loop ------------------------------------------------------------------------------------------ */

/* The rotation may be another now: every waiting case is looked at again, and whose engineer is gone looks for the next. */
static void
look_anew(struct decider *x)
{
	AUTO_ARENA struct arena *a = arena_new();

	x->desk.arena = a;
	x->desk.now = clock_now();
	desk_orphans(&x->desk);
	store_timer_hasten(x->store, "assign", x->desk.now);
	x->desk.arena = NULL;
}

static void
hear_signals(struct decider *x, const char *conf)
{
	int sig;

	while ((sig = service_signal(x->signals)) != 0) {
		if (sig == SIGTERM || sig == SIGINT)
			x->stop = true;
		if (sig == SIGHUP && load_again(&x->loaded, conf)) {
			x->desk.settings = x->loaded.settings;
			if (store_begin(x->store)) {
				look_anew(x);
				store_commit(x->store);
			}
		}
	}
}

/* The store, or the disk beside it, failed us: said once, and again when it is something else. False: we end. */
static bool
in_trouble(struct decider *x, const char *conf)
{
	const char *why = store_fault(x->store) != STORE_OK ? store_why(x->store) : "a mail cannot be read back, is the disk full?";
	bool again = !x->loaded.once && (x->begun || store_fault_passes(store_fault(x->store)));

	if (strncmp(x->trouble, why, sizeof(x->trouble) - 1) != 0)
		log_error("%s: nothing is lost%s", why, again ? ", it is tried again" : "");
	snprintf(x->trouble, sizeof(x->trouble), "%s", why);
	store_forgive(x->store);
	if (again) {
		service_watchdog();
		wait_for(&x->signals, 1, TROUBLE_MS);
		hear_signals(x, conf);
	}
	return again && !x->stop;
}

static void
out_of_trouble(struct decider *x)
{
	if (*x->trouble != '\0')
		log_info("the store works again");
	*x->trouble = '\0';
}

static int64_t
sleep_ms(struct decider *x)
{
	int64_t due = store_timer_next(x->store), now = clock_now(), ms = REST_MS;

	if (due != INT64_MAX && (due - now) * 1000 < ms)
		ms = due > now ? (due - now) * 1000 : 0;
	if (service_watchdog_ms() > 0 && service_watchdog_ms() < ms)
		ms = service_watchdog_ms();
	return ms;
}

static int
decide_loop(struct decider *x, const char *conf)
{
	int status = 0;

	while (!x->stop) {
		int mails = judge_some(x), others = mails >= 0 ? tend_some(x) : -1;
		int fds[] = { x->signals, x->wake };

		service_watchdog();
		if (x->owed)
			wake_poke(x->loaded.settings->store, "send");
		x->owed = false;
		if (mails < 0 || others < 0) {
			if (!in_trouble(x, conf) && !x->stop)
				return 3;
			continue;
		}
		out_of_trouble(x);
		if (mails == 0 && others == 0) {
			if (x->loaded.once)
				break;
			store_checkpoint(x->store);
			wait_for(fds, COUNT(fds), sleep_ms(x));
			wake_drain(x->wake);
		}
		hear_signals(x, conf);
	}
	return status;
}

static bool
begin_work(struct decider *x)
{
	struct arena *a = arena_new();
	int64_t last = 0;
	struct journal_entry e;

	if (store_flag(x->store, running_flag)) {
		while (store_journal_next(x->store, a, last, &e))
			last = e.id;
		x->careful_until = last;
		x->careful_due = clock_now();
		log_warning("the last run ended uncleanly: going carefully until journal %" PRId64, last);
	}
	arena_free(a);
	if (!store_begin(x->store))
		return false;
	store_flag_set(x->store, running_flag, true);
	if (x->careful_due == 0) /* else what was put off stays put off */
		look_anew(x);
	return store_commit(x->store);
}

static void
end_work(struct decider *x)
{
	store_forgive(x->store);
	if (store_begin(x->store)) {
		store_flag_set(x->store, running_flag, false);
		store_commit(x->store);
	}
	store_checkpoint(x->store);
}

int
stage_decide(const char *conf, bool once)
{
	struct decider x = { .loaded = { .with_rules = true, .once = once } };
	int lock, status = 3;

	log_open("decide", LOG_LEVEL_INFO);
	if (!load_settings(&x.loaded, conf))
		return 3;
	lock = load_single(&x.loaded, "decide");
	if (lock < 0) {
		load_free(&x.loaded);
		return 3;
	}
	x.store = load_store(&x.loaded, STORE_WRITE);
	x.signals = service_signals();
	x.wake = wake_open(x.loaded.settings->store, "decide");
	x.desk = (struct desk){ .conf = &x.loaded, .settings = x.loaded.settings, .store = x.store };
	while (x.store != NULL && !(x.begun = begin_work(&x)) && in_trouble(&x, conf))
		continue;
	if (x.begun) {
		service_ready();
		status = decide_loop(&x, conf);
		service_stopping();
		end_work(&x);
	}
	store_close(x.store);
	close(x.signals);
	close(x.wake);
	close(lock);
	load_free(&x.loaded);
	return status;
}

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
#include "stage/desk.h"
#include "stage/stage.h"

#define BATCH_MAX       32           /* mails that share one commit */
#define BATCH_MS        100          /* or what can be judged in this time */
#define MAILS_FIRST     8
#define ATTEMPTS_MAX    2            /* unclean exits that a mail may cause before it is shelved */
#define REST_MS         60000        /* the longest sleep: covers a lost poke */
#define TROUBLE_MS      5000         /* pause after the store failed */
#define PUT_OFF         3600         /* seconds: a timer that may have killed us */

static const char running_flag[] = FLAG_DECIDE_RUNS;

struct decider {
	struct loaded loaded;
	struct desk desk;
	struct store *store;
	int signals, wake;
	int64_t careful_until;       /* journal id: up to it an attempt is committed before each parse */
	int64_t dared;               /* the mail that was dared last: we are alive, so it is not what killed us */
	int careful_looks;           /* waiting cases that were passed before they were looked at */
	int64_t careful_due;         /* timers due until then are put off, durably, before they are looked at */
	bool begun, stop, owed;
	char trouble[300];           /* what was said of the store, until it works again */
};

/* ---- one mail ------------------------------------------------------------------------------------------ */

static void
judge(struct desk *d, struct item *it)
{
	const struct message *m = it->message;
	struct thread_answer thread;
	int64_t first = store_acted(d->store, it->ident, it->entry.id);

	why_message(it);
	if (first != it->entry.id && !it->released) {
		item_ends(d, it, "duplicate", 0, arena_printf(d->arena, "the same mail as journal %" PRId64, first));
		return;
	}
	desk_thread(d, it, &thread);
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
		desk_rules(d, it);
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

	if (e->id == x->dared && !shelved)
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
	bool open = false, careful = false, unread = false; /* careful: a commit of its own */

	for (; !careful && n < BATCH_MAX && clock_monotonic_ms() - began < BATCH_MS; n++) {
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
		if (unread)
			break; /* no room for the mail's bytes: it waits, and those after it */
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

/* Waiting cases that are looked at out of their time, some in one commit. The first ones after an unclean exit may be what killed us:
 * each is passed durably before it is looked at. */
static int
look_at_some(struct decider *x)
{
	int64_t began = clock_monotonic_ms(), next;
	bool open = false, all, done = false;
	int n = 0;

	for (; !done && n < BATCH_MAX && clock_monotonic_ms() - began < BATCH_MS; n++) {
		AUTO_ARENA struct arena *a = arena_new();

		x->desk.arena = a;
		x->desk.now = clock_now();
		if ((next = store_look_next(x->store, &all)) < 0 || !(open = open || store_begin(x->store)))
			break;
		store_looked(x->store, next);
		if (next == 0)
			break;
		if (x->careful_due != 0 && x->careful_looks < BATCH_MAX && ++x->careful_looks > 0 &&
		    !(open = store_commit(x->store) && store_begin(x->store)))
			break;
		if ((done = desk_look(&x->desk, next) && !all))
			store_looked(x->store, 0);
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
	if (done == 0)
		done = look_at_some(x);
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
	store_look(x->store, true, 0);
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
	unsigned busy = 0;

	while (!x->stop) {
		int mails = judge_some(x), others = mails;
		int fds[] = { x->signals, x->wake };

		/* Mails first: while there are more, what time does waits for every eighth look. */
		if (mails >= 0 && (mails < BATCH_MAX || ++busy % MAILS_FIRST == 0))
			others = tend_some(x);
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
		if (store_checkpoint_due(x->store))
			store_checkpoint(x->store);
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
	mem_steady();
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

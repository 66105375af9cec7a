/* decide.c - the story of a mail from the journal to its outcome.
 *
 *   understand -> seen before? -> which case? -> if one: the conversation; if none: the rules -> outcome
 *
 * What time does is in decide_tend.c. Everything that one mail or one timer changes stands in one transaction; some share a
 * commit. The only room where hostile bytes are parsed: it has no network and no mail credentials, only the token key.
 *
 * What is in hand is noted beside the store (in_hand.h), so that the next start knows what killed the last: a message
 * that does so twice is shelved, alone; a timer rests for an hour.
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
#include "stage/decide_parts.h"
#include "stage/desk_duty.h"
#include "stage/desk_filing.h"
#include "stage/stage.h"

#define MAILS_FIRST     8            /* with more mails waiting, what time does is done at every eighth look */
#define REST_MS         60000        /* the longest sleep: covers a lost poke */
#define TROUBLE_MS      5000         /* pause after the store failed */

/* ---- one mail ------------------------------------------------------------------------------------------ */

/* It is not to act, because it did: as these bytes, or as the whole or the beginning of the same mail of the server. What a
 * person lets through acts, unless it is the beginning of what came whole. */
static bool
seen_before(struct desk *d, struct item *it)
{
	const char *id = it->message->message_id != NULL ? it->message->message_id : "";
	int64_t first = store_acted(d->store, it->ident, it->entry.id), twin = 0;

	if (it->entry.damaged || !it->released)
		twin = store_journal_twin(d->store, &it->entry, id);
	if (first != it->entry.id && !it->released)
		item_ends(d, it, "duplicate", 0, arena_printf(d->arena, "the same mail as journal %" PRId64, first));
	else if (twin != 0 && it->entry.damaged)
		item_ends(d, it, "duplicate", 0, arena_printf(d->arena, "the whole of it came as journal %" PRId64, twin));
	else if (twin != 0)
		item_held(d, it, arena_printf(d->arena, "what came of it first was let through before, as journal %" PRId64,
		    twin));
	else
		return false;
	return true;
}

static void
judge(struct desk *d, struct item *it)
{
	const struct message *m = it->message;
	struct thread_answer thread;

	why_message(it);
	if (it->entry.damaged && !it->released) { /* no claim to have acted: the mail itself may still come */
		item_held(d, it, arena_printf(d->arena, "the server of mailbox %s could not give it whole (UID %u); "
		    "it stays there and is tried again", it->entry.mailbox, it->entry.uid));
		return;
	}
	if (seen_before(d, it))
		return;
	desk_thread(d, it, &thread);
	why_thread(it, &thread);
	if (it->entry.cut && !it->released)
		item_held(d, it, "larger than the size limit: only its beginning was fetched");
	else if (m->kind == KIND_LOOP && !it->released)
		item_held(d, it, "a mail of ours that came back, or one that has been around too often");
	else if (m->from_count != 1 && m->kind != KIND_BOUNCE && !it->released)
		item_held(d, it, m->from_count == 0 ? "it names no sender" : "it names more than one sender");
	else if (thread.evidence != THREAD_TOKEN && desk_person(d, it))
		return;
	else if (thread.filing != 0)
		desk_upstream(d, it, &thread);
	else if (thread.escalation != 0 && (m->auto_submitted != NULL || it->to_envelope) && !it->released)
		desk_machine(d, it, &thread);
	else if (thread.escalation != 0)
		desk_talk(d, it, &thread);
	else if (it->lost_token && !it->released)
		item_held(d, it, "it answers a letter of a case that this store does not know: was an older backup restored?");
	else if (thread.stray && !it->released)
		item_held(d, it, "it answers what was filed with a team, but not over the team's reply address");
	else
		desk_rules(d, it);
}

/* Judges what waits, some in one commit. Number of mails, -1 if the store failed. */
static int
judge_some(struct decider *x)
{
	struct desk *d = &x->desk;
	int64_t began = clock_monotonic_ms(), after = 0;
	int n = 0;
	bool open = false, unread = false;

	for (; n < DECIDE_BATCH_MAX && clock_monotonic_ms() - began < DECIDE_BATCH_MS; n++) {
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
		in_hand_note(x->note, IN_HAND_MAIL, e.id);
		if (desk_read(d, e.id, &it)) {
			judge(d, &it);
			desk_drop(&it);
		} else
			unread = true;
		in_hand_note(x->note, IN_HAND_NOTHING, 0);
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

/* ---- the loop ------------------------------------------------------------------------------------------ */

/* The rotation may be another now: every waiting case is looked at again, and whose engineer is gone looks for the next. */
static void
look_anew(struct decider *x)
{
	AUTO_ARENA struct arena *a = arena_new();

	x->desk.arena = a;
	x->desk.now = clock_now();
	desk_orphans(&x->desk);
	x->leads_due = 0;
	store_look(x->store, true, 0);
	x->plan_next = 0;
	x->desk.arena = NULL;
}

/* The clock was set back, now or while we were not there: what was promised or owed meanwhile lies too far ahead. */
static void
mend_times(struct decider *x)
{
	AUTO_ARENA struct arena *a = arena_new();

	x->desk.arena = a;
	x->desk.now = clock_now();
	store_times_mend(x->store, x->desk.now);
	store_hooks_mend(x->store, x->desk.now);
	desk_promise_anew(&x->desk);
	x->desk.arena = NULL;
	x->owed = true;
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

/* The store, or the disk beside it, failed us: said once, and again when it is something else. False: we end. Damage does
 * not pass: by going on we could only make it worse. */
static bool
in_trouble(struct decider *x, const char *conf)
{
	enum store_fault fault = store_fault(x->store);
	const char *why = fault != STORE_OK ? store_why(x->store) : "a mail cannot be read back, is the disk full?";
	bool again = !x->loaded.once && fault != STORE_DAMAGED && (x->begun || store_fault_passes(fault));

	if (strncmp(x->trouble, why, sizeof(x->trouble) - 1) != 0)
		log_error("%s%s", why, fault == STORE_DAMAGED ? "" : again ? ": nothing is lost, it is tried again" : ": nothing is lost");
	snprintf(x->trouble, sizeof(x->trouble), "%s", why);
	x->damaged |= fault == STORE_DAMAGED;
	store_forgive(x->store);
	if (again) {
		if (!x->begun)
			service_ready(); /* waiting for the disk is no failed start */
		service_watchdog();
		wait_for(&x->signals, 1, TROUBLE_MS);
		hear_signals(x, conf);
	}
	return again && !x->stop;
}

/* Waits until the clock may be believed. False: we end. */
static bool
know_the_time(struct decider *x, const char *conf)
{
	enum clock_verdict verdict;

	while ((verdict = timekeeper_look(&x->time)) == CLOCK_WRONG && !x->loaded.once && !x->stop) {
		service_ready(); /* as ready as one can be */
		service_watchdog();
		wait_for(&x->signals, 1, TROUBLE_MS);
		hear_signals(x, conf);
	}
	if (x->begun && (verdict == CLOCK_SET_BACK || timekeeper_zones(&x->time)) && store_begin(x->store)) {
		if (verdict == CLOCK_SET_BACK)
			mend_times(x);
		look_anew(x);
		store_commit(x->store);
	}
	return verdict != CLOCK_WRONG && !x->stop;
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

	due = x->plan_next < due ? x->plan_next : due;
	due = x->leads_due < due ? x->leads_due : due;
	if (due != INT64_MAX && (due - now) * 1000 < ms)
		ms = due > now ? (due - now) * 1000 : 0;
	if (service_watchdog_ms() > 0 && service_watchdog_ms() < ms)
		ms = service_watchdog_ms();
	return ms;
}

static int
decide_loop(struct decider *x, const char *conf)
{
	unsigned busy = 0;

	while (know_the_time(x, conf)) {
		int mails = judge_some(x), others = mails;
		int fds[] = { x->signals, x->wake };

		/* Mails first: while there are more, what time does waits for every eighth look. */
		if (mails >= 0 && (mails < DECIDE_BATCH_MAX || ++busy % MAILS_FIRST == 0))
			others = decide_tend(x);
		if (mails == 0 && others == 0 && !x->loaded.once)
			others = decide_purge(x);
		service_watchdog();
		if (x->owed)
			wake_poke(x->loaded.settings->store, "send");
		desk_hooks_poke(&x->desk);
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
	return x->time.wrong && x->loaded.once ? 3 : 0;
}

/* Whatever died in our hands is seen to first, durably; then what could be different since the last run. */
static bool
begin_work(struct decider *x)
{
	AUTO_ARENA struct arena *a = arena_new();

	if (!store_begin(x->store))
		return false;
	x->desk.arena = a;
	x->desk.now = clock_now();
	in_hand_blame(&x->desk, &x->suspect);
	mend_times(x);
	if (x->suspect.kind == IN_HAND_NOTHING)
		look_anew(x); /* not after a death: what was put off stays put off */
	store_flag_set(x->store, FLAG_DECIDE_RUNS, true);
	x->desk.arena = NULL;
	if (!store_commit(x->store))
		return false;
	in_hand_note(x->note, IN_HAND_NOTHING, 0);
	return true;
}

static void
end_work(struct decider *x)
{
	if (x->damaged)
		return;
	store_forgive(x->store);
	if (store_begin(x->store)) {
		store_flag_set(x->store, FLAG_DECIDE_RUNS, false);
		store_commit(x->store);
	}
	store_checkpoint(x->store);
}

int
stage_decide(const char *conf, bool once)
{
	struct decider x = { .loaded = { .stage = "decide", .once = once } };
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
	x.note = in_hand_open(x.loaded.settings->store, &x.suspect);
	x.desk = (struct desk){ .conf = &x.loaded, .settings = x.loaded.settings, .store = x.store };
	while (x.store != NULL && know_the_time(&x, conf) && !(x.begun = begin_work(&x)) && in_trouble(&x, conf))
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
	if (x.note >= 0)
		close(x.note);
	close(lock);
	load_free(&x.loaded);
	return status;
}

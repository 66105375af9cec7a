/* Goal: each owed letter is tried by one sender at a time, in its order, and what a dead sender had in hand is never taken for unsent or sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>

#include "../support/room.h"

#define NOW   1000
#define UNTIL 2000

static struct outbox_row row; /* of the last lease */
static int64_t next_look;

static int64_t
owe_at(struct store *s, int64_t escalation, const char *to, const char *message_id, int64_t at)
{
	struct segment g = { .kind = SEGMENT_BYTES, .bytes = "Subject: hello\r\n\r\n", .len = 18 };
	struct letter l = { .to = to, .message_id = message_id, .subject = "hello", .segments = &g, .nsegments = 1, .size = 18 };
	struct owed o = { .escalation = escalation, .kind = "receipt", .from = "relay@example.com", .letter = &l, .at = at };

	return store_owe(s, &o);
}

static int64_t
owe(struct store *s, int64_t escalation, const char *to, const char *message_id)
{
	int64_t id = owe_at(s, escalation, to, message_id, NOW);

	assert_true(id > 0);
	return id;
}

/* The id of the row that holder got, 0: none. */
static int64_t
lease(struct room *r, struct store *s, const char *holder, int64_t now)
{
	int got = store_lease(s, r->a, holder, now, UNTIL, &row, &next_look);

	assert_true(got == 0 || got == 1);
	return got == 1 ? row.id : 0;
}

static bool
settle(struct store *s, int64_t id, const char *holder, enum outbox_state state, int64_t next_at)
{
	return store_settle(s, id, holder, state, NOW + 5, next_at, 250, "2.0.0 Ok");
}

static void
one_letter_has_one_sender(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE), *other = room_open(r, STORE_WRITE);
	struct attempt_row *attempts;
	int64_t id;

	assert_int_equal(lease(r, s, "send-1", NOW), 0);
	assert_int_equal(next_look, INT64_MAX);
	id = owe(s, 17, "ada@example.com", "1@relay");
	assert_int_equal(lease(r, s, "send-1", NOW - 1), 0); /* not due yet */
	assert_int_equal(next_look, NOW);
	assert_int_equal(lease(r, s, "send-1", NOW), id);
	assert_int_equal(row.state, OUTBOX_SENDING);
	assert_int_equal(row.attempts, 1);
	assert_string_equal(row.holder, "send-1");
	assert_int_equal(row.lease_until, UNTIL);
	assert_string_equal(row.to, "ada@example.com");
	assert_string_equal(row.from, "relay@example.com");
	assert_string_equal(row.message_id, "1@relay");
	assert_int_equal(row.size, 18);
	assert_int_equal(lease(r, other, "send-2", NOW), 0);
	assert_int_equal(next_look, INT64_MAX);
	assert_int_equal(store_attempts(other, r->a, id, &attempts), 1); /* on record before the first byte leaves */
	assert_int_equal(attempts[0].at, NOW);
	assert_int_equal(attempts[0].ended, 0);
	store_close(other);
	store_close(s);
}

static void
order_holds_within_a_case_and_recipient_alone(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t first = owe(s, 17, "ada@example.com", "1@relay"), second = owe(s, 17, "ada@example.com", "2@relay");
	int64_t bobs = owe(s, 17, "bob@example.com", "3@relay"), others = owe(s, 18, "ada@example.com", "4@relay");

	assert_int_equal(lease(r, s, "a", NOW), first);
	assert_int_equal(lease(r, s, "b", NOW), bobs);
	assert_int_equal(lease(r, s, "c", NOW), others);
	assert_int_equal(lease(r, s, "d", NOW), 0);
	assert_int_equal(next_look, INT64_MAX); /* the second waits for a letter under way: whoever sends that one looks again */
	assert_true(settle(s, first, "a", OUTBOX_SENT, 0));
	assert_int_equal(lease(r, s, "d", NOW), second);
	store_close(s);
}

static void
a_deferred_letter_holds_back_what_follows_it(void **state)
{
	static const enum outbox_state softs[] = { OUTBOX_DEFERRED, OUTBOX_DOUBT };
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t first = owe(s, 17, "ada@example.com", "1@relay"), second = owe(s, 17, "ada@example.com", "2@relay");
	int64_t later = owe_at(s, 18, "bob@example.com", "3@relay", 20000), now = NOW;

	for (size_t i = 0; i < COUNT(softs); i++) {
		assert_int_equal(lease(r, s, "a", now), first);
		assert_true(settle(s, first, "a", softs[i], now + 4000));
		assert_int_equal(lease(r, s, "a", now + 10), 0);
		assert_int_equal(next_look, now + 4000); /* and not before: nothing can be sent until then */
		now += 4000;
	}
	assert_int_equal(lease(r, s, "a", now), first);
	assert_int_equal(row.attempts, 3);
	assert_true(settle(s, first, "a", OUTBOX_REFUSED, 0));
	assert_int_equal(lease(r, s, "a", now), second); /* the end of one is the turn of the next */
	assert_int_equal(lease(r, s, "b", 20000), later);
	store_close(s);
}

static void
a_held_queue_gives_nothing(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t until = 0, id;

	assert_null(store_held(s, r->a, &until));
	assert_int_equal(store_held_since(s), 0);
	store_hold(s, "535 5.7.8 wrong password", NOW, 5000);
	assert_int_equal(store_held_since(s), NOW);
	assert_string_equal(store_held(s, r->a, &until), "535 5.7.8 wrong password");
	assert_int_equal(until, 5000);
	assert_int_equal(lease(r, s, "a", NOW), 0);
	assert_int_equal(next_look, INT64_MAX); /* there is nothing to send anyhow */
	id = owe(s, 17, "ada@example.com", "1@relay");
	assert_int_equal(lease(r, s, "a", NOW), 0);
	assert_int_equal(next_look, 5000);
	store_hold(s, "still", 5000, 6000);
	assert_int_equal(store_held_since(s), NOW); /* it was held all the time */
	assert_int_equal(lease(r, s, "a", 5000), 0);
	assert_int_equal(next_look, 6000);
	assert_int_equal(lease(r, s, "a", 6000), id); /* its time is over */
	assert_true(settle(s, id, "a", OUTBOX_DEFERRED, 9000));
	assert_int_equal(lease(r, s, "a", NOW), 0);
	assert_int_equal(next_look, 9000);
	store_hold(s, NULL, 0, 0);
	assert_int_equal(store_held_since(s), 0);
	assert_null(store_held(s, r->a, &until));
	store_close(s);
}

/* When its time is over one letter finds out for all; the rest go when somebody has lifted it, or at the next look. */
static void
a_held_queue_is_tried_by_one_letter_at_a_time(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE), *other = room_open(r, STORE_WRITE);
	int64_t one = owe(s, 17, "ada@example.com", "1@relay"), two = owe(s, 18, "bob@example.com", "2@relay");
	int64_t three = owe(s, 19, "eve@example.com", "3@relay");

	store_hold(s, "451 4.3.0 later", NOW, 2000);
	assert_int_equal(lease(r, s, "a", 1999), 0);
	assert_int_equal(lease(r, s, "a", 2000), one);
	assert_int_equal(lease(r, other, "b", 2000), 0);
	assert_in_range(next_look, 2001, 2000 + 600); /* should that one never be heard of again */
	assert_int_equal(lease(r, other, "b", next_look), two);
	assert_true(settle(s, one, "a", OUTBOX_SENT, 0));
	store_hold(s, NULL, 0, 0);
	assert_int_equal(lease(r, s, "a", 2000), three);
	store_close(other);
	store_close(s);
}

/* One commit for the end of a letter and the lease of the next: both or neither. */
static void
a_letter_ends_and_the_next_begins_at_one_instant(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE), *other = room_open(r, STORE_WRITE);
	int64_t one = owe(s, 17, "ada@example.com", "1@relay"), two = owe(s, 17, "ada@example.com", "2@relay");
	struct attempt_row *attempts;
	struct outbox_row now;

	assert_int_equal(lease(r, s, "a", NOW), one);
	for (int commit = 0; commit < 2; commit++) {
		assert_true(store_begin(s));
		assert_true(settle(s, one, "a", OUTBOX_SENT, 0));
		assert_int_equal(lease(r, s, "a", NOW), two); /* it waited for the first */
		assert_true(store_outbox_get(other, r->a, two, &now));
		assert_int_equal(now.state, OUTBOX_QUEUED);
		if (commit)
			assert_true(store_commit(s));
		else
			store_rollback(s);
		assert_true(store_outbox_get(other, r->a, one, &now));
		assert_int_equal(now.state, commit ? OUTBOX_SENT : OUTBOX_SENDING);
		assert_true(store_outbox_get(other, r->a, two, &now));
		assert_int_equal(now.state, commit ? OUTBOX_SENDING : OUTBOX_QUEUED);
		assert_int_equal(store_attempts(other, r->a, two, &attempts), commit);
	}
	store_close(other);
	store_close(s);
}

/* A disk was full for longer than a lease: the answer in hand is still worth more than a doubt. */
static void
a_late_answer_settles_a_doubt_that_nobody_took_up(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t id = owe(s, 17, "ada@example.com", "1@relay");
	struct attempt_row *attempts;
	struct outbox_row now;

	assert_int_equal(lease(r, s, "a", NOW), id);
	assert_false(store_settle_late(s, id, 1, OUTBOX_SENT, NOW, 250, "250 Ok")); /* it is in hand, in no doubt */
	assert_int_equal(store_recover(s, UNTIL), 1);
	assert_int_equal(lease(r, s, "b", UNTIL), id);
	assert_false(store_settle_late(s, id, 1, OUTBOX_SENT, UNTIL, 250, "250 Ok")); /* another sends it */
	assert_true(settle(s, id, "b", OUTBOX_DOUBT, UNTIL));
	assert_false(store_settle_late(s, id, 1, OUTBOX_SENT, UNTIL, 250, "250 Ok")); /* and left a doubt of its own */
	assert_true(store_settle_late(s, id, 2, OUTBOX_SENT, UNTIL + 1, 250, "250 Ok"));
	assert_true(store_outbox_get(s, r->a, id, &now));
	assert_int_equal(now.state, OUTBOX_SENT);
	assert_int_equal(now.settled_at, UNTIL + 1);
	assert_int_equal(store_attempts(s, r->a, id, &attempts), 2);
	assert_string_equal(attempts[0].outcome, "doubt");
	assert_string_equal(attempts[1].outcome, "sent");
	assert_false(store_settle_late(s, id, 2, OUTBOX_SENT, UNTIL, 250, "250 Ok"));
	store_close(s);
}

static void
settling_is_the_holders_right(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t id = owe(s, 17, "ada@example.com", "1@relay");
	struct attempt_row *attempts;
	struct outbox_row now;

	assert_false(settle(s, id, "a", OUTBOX_SENT, 0)); /* nobody holds it */
	assert_int_equal(lease(r, s, "a", NOW), id);
	assert_false(settle(s, id, "b", OUTBOX_SENT, 0));
	assert_false(settle(s, id + 1, "a", OUTBOX_SENT, 0));
	assert_true(store_outbox_get(s, r->a, id, &now));
	assert_int_equal(now.state, OUTBOX_SENDING);
	assert_string_equal(now.holder, "a");
	assert_int_equal(store_attempts(s, r->a, id, &attempts), 1);
	assert_int_equal(attempts[0].ended, 0);
	assert_true(settle(s, id, "a", OUTBOX_SENT, 0));
	assert_false(settle(s, id, "a", OUTBOX_REFUSED, 0)); /* once */
	assert_true(store_outbox_get(s, r->a, id, &now));
	assert_int_equal(now.state, OUTBOX_SENT);
	assert_string_equal(now.holder, "");
	assert_int_equal(now.lease_until, 0);
	assert_int_equal(now.settled_at, NOW + 5);
	assert_int_equal(now.code, 250);
	assert_string_equal(now.reply, "2.0.0 Ok");
	assert_int_equal(store_attempts(s, r->a, id, &attempts), 1);
	assert_int_equal(attempts[0].ended, NOW + 5);
	assert_string_equal(attempts[0].outcome, "sent");
	assert_int_equal(attempts[0].code, 250);
	store_close(s);
}

static void
giving_back_is_no_attempt(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t id = owe(s, 17, "ada@example.com", "1@relay");
	struct attempt_row *attempts;
	struct outbox_row now;

	assert_int_equal(lease(r, s, "a", NOW), id);
	assert_true(store_settle(s, id, "a", OUTBOX_QUEUED, NOW, 3000, 0, "the submission server refuses us"));
	assert_true(store_outbox_get(s, r->a, id, &now));
	assert_int_equal(now.state, OUTBOX_QUEUED);
	assert_int_equal(now.attempts, 0);
	assert_int_equal(now.settled_at, 0);
	assert_int_equal(lease(r, s, "a", 2999), 0);
	assert_int_equal(next_look, 3000);
	assert_int_equal(lease(r, s, "a", 3000), id);
	assert_int_equal(row.attempts, 1);
	assert_true(settle(s, id, "a", OUTBOX_SENT, 0));
	assert_int_equal(store_attempts(s, r->a, id, &attempts), 2);
	assert_string_equal(attempts[0].outcome, "given back");
	assert_string_equal(attempts[1].outcome, "sent");
	store_close(s);
}

static void
a_person_retries_drops_and_is_told_of_refusals(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t one = owe(s, 17, "ada@example.com", "1@relay"), two = owe(s, 17, "bob@example.com", "2@relay");
	struct outbox_row now, *all;
	struct figures f;

	assert_int_equal(lease(r, s, "a", NOW), one);
	assert_false(store_outbox_drop(s, one, NOW)); /* under way */
	assert_false(store_outbox_retry(s, one, NOW));
	assert_false(store_refused_next(s, r->a, &now));
	assert_true(settle(s, one, "a", OUTBOX_REFUSED, 0));
	assert_true(store_refused_next(s, r->a, &now));
	assert_int_equal(now.id, one);
	store_refused_told(s, one);
	assert_false(store_refused_next(s, r->a, &now));
	store_figures(s, &f);
	assert_int_equal(f.refused, 1);
	assert_int_equal(f.owed, 1);
	assert_int_equal(store_outbox(s, r->a, false, &all), 2); /* a refused one is still somebody's business */

	assert_true(store_outbox_retry(s, one, 3000));
	assert_false(store_outbox_retry(s, one, 3000));
	assert_true(store_outbox_get(s, r->a, one, &now));
	assert_int_equal(now.state, OUTBOX_QUEUED);
	assert_int_equal(now.settled_at, 0);
	assert_true(store_outbox_drop(s, two, 4000));
	assert_false(store_outbox_drop(s, two, 4000));
	assert_int_equal(lease(r, s, "a", 4000), one);
	assert_true(settle(s, one, "a", OUTBOX_REFUSED, 0));
	assert_true(store_refused_next(s, r->a, &now)); /* refused anew, told anew */
	assert_int_equal(store_outbox(s, r->a, false, &all), 1);
	assert_int_equal(all[0].id, one);
	assert_int_equal(store_outbox(s, r->a, true, &all), 2);
	assert_int_equal(all[1].state, OUTBOX_DROPPED);
	assert_int_equal(all[1].settled_at, 4000);
	assert_true(store_outbox_retry(s, two, 5000)); /* a second thought */
	assert_int_equal(lease(r, s, "a", 5000), two);
	assert_true(settle(s, two, "a", OUTBOX_SENT, 0));
	assert_false(store_outbox_retry(s, two, 6000));
	assert_false(store_outbox_drop(s, two, 6000));
	store_close(s);
}

static void
a_message_id_is_owed_once(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t id = owe(s, 17, "ada@example.com", "1@relay");
	struct outbox_row *rows;

	owe(s, 0, "ops@example.com", "2@relay");
	assert_int_equal(store_outbox_by_message_id(s, "1@relay"), id);
	assert_int_equal(store_outbox_by_message_id(s, "9@relay"), 0);
	assert_int_equal(store_outbox_of(s, r->a, 17, &rows), 1);
	assert_int_equal(rows[0].id, id);
	assert_true(store_begin(s));
	assert_int_equal(owe_at(s, 17, "ada@example.com", "1@relay", NOW), 0);
	assert_false(store_commit(s));
	assert_int_equal(store_fault(s), STORE_BUG);
	store_close(s);
}

/* ---- the dead and the living --------------------------------------------------------------------------- */

/* A sender in a process of its own: takes its lock, leases one letter, says so, and dies or waits to be killed. */
static pid_t
sender(struct room *r, const char *holder, bool lives)
{
	int said[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(said), 0);
	if ((pid = room_fork()) == 0) {
		struct store *s = room_open(r, STORE_WRITE);

		if (store_lease_lock(r->path, holder) < 0 || store_lease(s, r->a, holder, NOW, UNTIL, &row, &next_look) != 1)
			_exit(1);
		if (lives) {
			if (write(said[1], "!", 1) != 1)
				_exit(1);
			pause();
		}
		_exit(0);
	}
	close(said[1]);
	if (lives)
		assert_int_equal(read(said[0], &byte, 1), 1);
	else
		assert_int_equal(room_wait(pid), 0);
	close(said[0]);
	return pid;
}

static void
what_the_dead_had_in_hand_is_in_doubt(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t one = owe(s, 17, "ada@example.com", "1@relay"), two = owe(s, 17, "bob@example.com", "2@relay");
	struct attempt_row *attempts;
	struct outbox_row now;
	pid_t living;

	assert_int_equal(store_recover(s, NOW), 0);
	sender(r, "send-1", false);
	living = sender(r, "send-2", true);
	assert_int_equal(store_recover(s, NOW + 10), 1);
	assert_true(store_outbox_get(s, r->a, one, &now));
	assert_int_equal(now.state, OUTBOX_DOUBT);
	assert_int_equal(now.next_at, NOW + 10);
	assert_string_equal(now.holder, "");
	assert_int_equal(store_attempts(s, r->a, one, &attempts), 1);
	assert_string_equal(attempts[0].outcome, "doubt");
	assert_true(store_outbox_get(s, r->a, two, &now));
	assert_int_equal(now.state, OUTBOX_SENDING);
	assert_string_equal(now.holder, "send-2");
	assert_int_equal(store_recover(s, NOW + 10), 0);
	assert_int_equal(lease(r, s, "send-3", NOW + 10), one); /* sent again: same bytes, same Message-ID */
	assert_string_equal(row.message_id, "1@relay");
	assert_int_equal(row.attempts, 2);

	/* A lease that ran out is no lease, however alive its holder: then he may not settle it. */
	assert_int_equal(store_recover(s, UNTIL), 2);
	assert_false(settle(s, two, "send-2", OUTBOX_SENT, 0));
	assert_true(store_outbox_get(s, r->a, two, &now));
	assert_int_equal(now.state, OUTBOX_DOUBT);
	assert_int_equal(kill(living, SIGKILL), 0);
	assert_int_equal(room_wait(living), 256 + SIGKILL);
	store_close(s);
}

static void
a_killed_sender_is_a_dead_one(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	pid_t pid;

	owe(s, 17, "ada@example.com", "1@relay");
	pid = sender(r, "send-1", true);
	assert_int_equal(store_lease_lock(r->path, "send-1"), -1);
	assert_int_equal(store_recover(s, NOW), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	room_wait(pid);
	assert_int_equal(store_recover(s, NOW), 1);
	store_close(s);
}

static enum outbox_state
state_of(struct room *r, struct store *s, int64_t id)
{
	struct outbox_row now;

	assert_true(store_outbox_get(s, r->a, id, &now));
	return now.state;
}

/* Goal: an answer outlives its sender, settled or not; without one the letter is in doubt. */
static void
what_the_dead_noted_as_sent_is_sent(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int lock = store_lease_lock(r->path, "send-1");
	int64_t ids[3], next_at;
	struct attempt_row *attempts;
	struct outbox_row rows[8], now;

	ids[0] = owe(s, 17, "ada@example.com", "1@relay");
	ids[1] = owe(s, 17, "bob@example.com", "2@relay");
	ids[2] = owe(s, 18, "bob@example.com", "3@relay");
	assert_int_equal(store_lease_some(s, r->a, "send-1", NOW, UNTIL, rows, 8, &next_at), 3);
	assert_true(store_answer_note(lock, 1, &rows[1], NOW + 3, 250, "2.0.0 taken\nas 4711"));
	assert_true(store_answer_note(lock, 0, &rows[0], NOW + 2, 251, ""));
	assert_false(store_answer_note(lock, STORE_ANSWERS, &rows[2], NOW + 4, 250, ""));
	assert_int_equal(store_recover(s, NOW), 0);
	close(lock);
	assert_int_equal(store_recover(s, NOW + 10), 1);
	assert_int_equal(state_of(r, s, ids[0]), OUTBOX_SENT);
	assert_int_equal(state_of(r, s, ids[2]), OUTBOX_DOUBT);
	assert_true(store_outbox_get(s, r->a, ids[1], &now));
	assert_int_equal(now.state, OUTBOX_SENT);
	assert_int_equal(now.code, 250);
	assert_int_equal(now.settled_at, NOW + 3);
	assert_string_equal(now.reply, "2.0.0 taken\nas 4711");
	assert_int_equal(store_attempts(s, r->a, ids[1], &attempts), 1);
	assert_string_equal(attempts[0].outcome, "sent");
	store_close(s);
}

/* Goal: a note speaks of one attempt at one letter; an old one, a torn one, and one of another store's letter of that number say nothing. */
static void
a_note_of_something_else_says_nothing(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int lock = store_lease_lock(r->path, "send-1");
	int64_t id = owe(s, 17, "ada@example.com", "1@relay"), next_at;
	struct outbox_row leased, other;

	assert_int_equal(store_lease(s, r->a, "send-1", NOW, UNTIL, &leased, &next_at), 1);
	other = leased;
	other.message_id = "1@relay.example";
	assert_true(store_answer_note(lock, 0, &other, NOW, 250, ""));
	other.message_id = "1@rela";
	assert_true(store_answer_note(lock, 1, &other, NOW, 250, ""));
	other = leased;
	other.attempts++;
	assert_true(store_answer_note(lock, 2, &other, NOW, 250, ""));
	assert_true(store_answer_note(lock, 3, &leased, NOW, 250, "torn"));
	assert_int_equal(pwrite(lock, "#", 1, 3 * 1024 + 40), 1);
	close(lock);
	assert_int_equal(store_recover(s, NOW), 1);
	assert_int_equal(state_of(r, s, id), OUTBOX_DOUBT);
	assert_int_equal(lease(r, s, "send-1", NOW), id); /* the second attempt: that one was noted */
	assert_int_equal(store_recover(s, NOW), 0);
	assert_int_equal(state_of(r, s, id), OUTBOX_SENT);
	store_close(s);
}

/* Where the lock cannot be looked at, nobody is declared dead: a letter would be sent twice. */
static void
who_cannot_be_asked_is_not_dead(void **state)
{
	struct room *r = *state;
	AUTO_FREE char *lock = xasprintf("%s.lease-send-1", r->path);
	struct store *s = room_open(r, STORE_CREATE);

	owe(s, 17, "ada@example.com", "1@relay");
	assert_true(lease(r, s, "send-1", NOW) > 0);
	assert_int_equal(mkdir(lock, 0700), 0);
	assert_int_equal(store_recover(s, NOW), 0);
	assert_int_equal(store_recover(s, UNTIL), 1);
	store_close(s);
}

static void
a_lease_lock_is_free_when_its_holder_lets_go(void **state)
{
	struct room *r = *state;
	int fd = store_lease_lock(r->path, "send-1"), other;

	assert_true(fd >= 0);
	assert_int_equal(store_lease_lock(r->path, "send-1"), -1);
	assert_true((other = store_lease_lock(r->path, "send-2")) >= 0);
	close(fd);
	assert_true((fd = store_lease_lock(r->path, "send-1")) >= 0);
	close(fd);
	close(other);
}

/* Goal: a limit is reached by the letters of its time, of its case, to its recipient, or by all; a retry by hand owes nothing new. */
static void
limits_count_what_was_owed_since(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t first = owe_at(s, 1, "ada@example.com", "a@example.com", 100);

	assert_false(store_owed_reached(s, 0, NULL, 2, 0)); /* one letter is not two */
	owe_at(s, 1, "bob@example.com", "b@example.com", 200);
	owe_at(s, 2, "Ada@Example.com", "c@example.com", 300);
	assert_true(store_owed_reached(s, 0, NULL, 3, 100));
	assert_false(store_owed_reached(s, 0, NULL, 3, 101));
	assert_false(store_owed_reached(s, 0, NULL, 4, 0));
	assert_true(store_owed_reached(s, 0, NULL, 2, 200));
	assert_true(store_owed_reached(s, 0, "ada@example.com", 2, 100));
	assert_false(store_owed_reached(s, 0, "ada@example.com", 2, 101));
	assert_false(store_owed_reached(s, 0, "eve@example.com", 1, 0));
	assert_true(store_owed_reached(s, 1, NULL, 2, 100));
	assert_false(store_owed_reached(s, 1, NULL, 2, 150));
	assert_true(store_owed_reached(s, 2, NULL, 1, 300));
	assert_false(store_owed_reached(s, 3, NULL, 1, 0));
	assert_true(store_outbox_drop(s, first, 400));
	assert_true(store_outbox_retry(s, first, 900));
	assert_false(store_owed_reached(s, 0, NULL, 3, 101));
	assert_false(store_owed_reached(s, 0, "ada@example.com", 2, 101));
	assert_false(store_capped_since(s, 0));
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(one_letter_has_one_sender),
		ROOM_TEST(order_holds_within_a_case_and_recipient_alone),
		ROOM_TEST(a_deferred_letter_holds_back_what_follows_it),
		ROOM_TEST(a_held_queue_gives_nothing),
		ROOM_TEST(a_held_queue_is_tried_by_one_letter_at_a_time),
		ROOM_TEST(a_letter_ends_and_the_next_begins_at_one_instant),
		ROOM_TEST(a_late_answer_settles_a_doubt_that_nobody_took_up),
		ROOM_TEST(settling_is_the_holders_right),
		ROOM_TEST(giving_back_is_no_attempt),
		ROOM_TEST(a_person_retries_drops_and_is_told_of_refusals),
		ROOM_TEST(limits_count_what_was_owed_since),
		ROOM_TEST(a_message_id_is_owed_once),
		ROOM_TEST(what_the_dead_had_in_hand_is_in_doubt),
		ROOM_TEST(a_killed_sender_is_a_dead_one),
		ROOM_TEST(who_cannot_be_asked_is_not_dead),
		ROOM_TEST(what_the_dead_noted_as_sent_is_sent),
		ROOM_TEST(a_note_of_something_else_says_nothing),
		ROOM_TEST(a_lease_lock_is_free_when_its_holder_lets_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

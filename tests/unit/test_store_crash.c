/* Goal: writers at the same instant lose nothing, and one that is killed in the middle leaves nothing of its half. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>

#include "../support/room.h"

#define TRANSACTIONS 200u

/* Each transaction: a mail of two pieces, and the number of all so far, read and written back. */
static bool
write_one(struct store *s, const char *who, uint32_t i)
{
	struct journal_entry e = { .mailbox = who, .uidvalidity = 1, .uid = i, .size = 8 };
	int64_t id;

	if (!store_begin(s))
		return false;
	id = store_journal_add(s, &e);
	store_journal_bytes(s, id, 0, who, strlen(who));
	store_mailbox_seen(s, "count", 1, store_mailbox_last(s, "count") + 1);
	return store_commit(s);
}

static pid_t
writer(struct room *r, const char *who)
{
	pid_t pid;

	if ((pid = room_fork()) == 0) {
		struct store *s = room_open(r, STORE_WRITE);

		for (uint32_t i = 0; i < TRANSACTIONS; i++) {
			if (s == NULL || !write_one(s, who, i))
				_exit(1);
			if (i % 50 == 49 && !store_checkpoint(s)) /* in the way of the other, as decide is */
				_exit(2);
		}
		store_close(s);
		_exit(0);
	}
	return pid;
}

static void
two_writers_lose_nothing(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	pid_t one = writer(r, "one"), two = writer(r, "two");
	struct figures f;
	char out[8];

	assert_int_equal(room_wait(one), 0);
	assert_int_equal(room_wait(two), 0);
	assert_int_equal(store_mailbox_last(s, "count"), 2 * TRANSACTIONS);
	store_figures(s, &f);
	assert_int_equal(f.kept, 2 * TRANSACTIONS);
	for (uint32_t i = 0; i < TRANSACTIONS; i++) {
		assert_true(store_journal_known(s, "one", 1, i));
		assert_true(store_journal_known(s, "two", 1, i));
	}
	for (int64_t id = 1; id <= (int64_t)(2 * TRANSACTIONS); id++)
		assert_int_equal(store_journal_read(s, id, 0, out, sizeof(out)), 3);
	assert_true(store_sound(s));
	store_close(s);
}

static void
two_that_start_at_once_make_one_store(void **state)
{
	struct room *r = *state;
	pid_t pids[2];
	struct store *s;
	struct figures f;

	for (size_t i = 0; i < COUNT(pids); i++)
		if ((pids[i] = room_fork()) == 0) {
			s = room_open(r, STORE_CREATE);
			_exit(s != NULL && write_one(s, i == 0 ? "one" : "two", 1) ? 0 : 1);
		}
	for (size_t i = 0; i < COUNT(pids); i++)
		assert_int_equal(room_wait(pids[i]), 0);
	assert_non_null(s = room_open(r, STORE_READ));
	store_figures(s, &f);
	assert_int_equal(f.kept, 2);
	assert_true(store_sound(s));
	store_close(s);
}

/* Writes a mail, then half of another with large pieces (so that pages reach the disk before the commit), and waits to be killed. */
static _Noreturn void
half_a_transaction(struct room *r, int said)
{
	static unsigned char piece[STORE_CHUNK];
	struct store *s = room_open(r, STORE_WRITE);
	struct journal_entry e = { .mailbox = "half", .uidvalidity = 1, .uid = 1, .size = 200 * STORE_CHUNK };
	int64_t id;

	if (s == NULL || !write_one(s, "whole", 1) || !store_begin(s))
		_exit(1);
	room_noise(piece, sizeof(piece), 9);
	id = store_journal_add(s, &e);
	for (unsigned seq = 0; seq < 64; seq++)
		store_journal_bytes(s, id, seq, piece, sizeof(piece));
	store_mailbox_seen(s, "count", 1, 1000);
	if (store_fault(s) != STORE_OK || write(said, "!", 1) != 1)
		_exit(2);
	for (;;)
		pause();
}

static void
a_kill_in_the_middle_leaves_nothing_of_it(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	AUTO_FREE char *wal = xasprintf("%s-wal", r->path);
	int said[2];
	char byte, out[8];
	struct stat st;
	pid_t pid;

	assert_int_equal(pipe(said), 0);
	if ((pid = room_fork()) == 0)
		half_a_transaction(r, said[1]);
	assert_int_equal(read(said[0], &byte, 1), 1);
	assert_int_equal(stat(wal, &st), 0);
	assert_true(st.st_size > (off_t)STORE_CHUNK); /* its pages have reached the file already */
	assert_false(store_journal_known(s, "half", 1, 1));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(room_wait(pid), 256 + SIGKILL);
	close(said[0]);
	close(said[1]);

	assert_true(write_one(s, "next", 1)); /* its lock has gone with it */
	assert_false(store_journal_known(s, "half", 1, 1));
	assert_true(store_journal_known(s, "whole", 1, 1));
	assert_int_equal(store_mailbox_last(s, "count"), 2);
	assert_int_equal(store_journal_read(s, 2, 0, out, sizeof(out)), 4);
	assert_memory_equal(out, "next", 4);
	assert_true(store_checkpoint(s));
	assert_true(store_sound(s));
	store_close(s);
	assert_non_null(s = room_open(r, STORE_WRITE));
	assert_true(store_sound(s));
	assert_false(store_journal_known(s, "half", 1, 1));
	store_close(s);
}

/* Killed at any instant, many times: what commit called durable is there, and the count agrees with the rows. */
static void
killed_again_and_again_nothing_that_was_said_is_lost(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct figures f;
	int64_t told = 0;

	for (unsigned round = 0; round < 12; round++) {
		int said[2];
		char byte;
		pid_t pid;

		assert_int_equal(pipe(said), 0);
			if ((pid = room_fork()) == 0) {
			struct store *own = room_open(r, STORE_WRITE);
			AUTO_FREE char *who = xasprintf("round-%u", round);

			for (uint32_t i = 0; own != NULL && write_one(own, who, i); i++)
				if (write(said[1], "!", 1) != 1 || (i % 5 == 4 && !store_checkpoint(own)))
					break;
			_exit(1);
		}
		close(said[1]);
		assert_int_equal(read(said[0], &byte, 1), 1);
		usleep(500 * (round * 7 % 12));
		kill(pid, SIGKILL);
		assert_int_equal(room_wait(pid), 256 + SIGKILL);
		for (told++; read(said[0], &byte, 1) == 1; told++)
			continue;
		close(said[0]);
		store_figures(s, &f);
		assert_int_equal(f.kept, store_mailbox_last(s, "count"));
		assert_true(f.kept >= told);
		assert_true(f.kept <= told + round + 1); /* at most one a round was durable, and killed before it could say so */
	}
	assert_true(store_sound(s));
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(two_writers_lose_nothing),
		ROOM_TEST(two_that_start_at_once_make_one_store),
		ROOM_TEST(a_kill_in_the_middle_leaves_nothing_of_it),
		ROOM_TEST(killed_again_and_again_nothing_that_was_said_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: a store is made once and known again; what is not a sound store of ours is refused by its right name and left as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "../support/room.h"

static const enum store_mode modes[] = { STORE_READ, STORE_WRITE, STORE_CREATE };

/* Another program's hand on the file. */
static void
by_hand(struct room *r, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(r->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
make_store(struct room *r)
{
	struct store *s = room_open(r, STORE_CREATE);

	assert_non_null(s);
	assert_true(store_checkpoint(s));
	store_close(s);
}

static void
is_refused(struct room *r, enum store_mode mode, enum store_fault expected)
{
	size_t before_len = 0, after_len = 0;
	char *before = room_slurp(r, r->path, &before_len), *after;

	assert_null(room_open(r, mode));
	assert_int_equal(r->fault, expected);
	assert_non_null(strstr(r->why, r->path));
	after = room_slurp(r, r->path, &after_len);
	assert_int_equal(after_len, before_len);
	assert_memory_equal(after, before, before_len);
}

static void
it_is_made_once_and_known_again(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	char instance[16];
	unsigned char key[32], none[32] = { 0 };
	struct stat st;

	assert_non_null(s);
	assert_int_equal(r->fault, STORE_OK);
	assert_string_equal(store_path(s), r->path);
	assert_int_equal(strspn(store_instance(s), "0123456789abcdef"), 12);
	assert_int_equal(strlen(store_instance(s)), 12);
	strcpy(instance, store_instance(s));
	memcpy(key, store_key(s), sizeof(key));
	assert_memory_not_equal(key, none, sizeof(key));
	assert_true(store_sound(s));
	assert_true(store_free_bytes(s) > 0);
	store_close(s);
	for (size_t i = 0; i < COUNT(modes); i++) {
		assert_non_null(s = room_open(r, modes[i]));
		assert_string_equal(store_instance(s), instance);
		assert_memory_equal(store_key(s), key, sizeof(key));
		store_close(s);
	}
	assert_int_equal(stat(r->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660); /* the key is inside; our group may write */
}

static void
two_stores_are_two_relays(void **state)
{
	struct room *r = *state;
	AUTO_FREE char *other_path = xasprintf("%s/other.db", r->folder);
	struct store *one = room_open(r, STORE_CREATE), *two = store_open(other_path, STORE_CREATE, &r->fault, r->why);

	assert_string_not_equal(store_instance(one), store_instance(two));
	assert_memory_not_equal(store_key(one), store_key(two), 32);
	store_close(one);
	store_close(two);
	store_close(NULL);
}

static void
what_is_not_there_is_made_only_on_demand(void **state)
{
	struct room *r = *state;

	for (size_t i = 0; i < 2; i++) {
		assert_null(room_open(r, modes[i]));
		assert_int_equal(r->fault, STORE_ABSENT);
		assert_int_not_equal(access(r->path, F_OK), 0);
	}
}

static void
an_empty_file_is_no_store_until_one_is_made(void **state)
{
	struct room *r = *state;
	struct store *s;

	room_spill(r->path, "", 0);
	is_refused(r, STORE_READ, STORE_ABSENT);
	is_refused(r, STORE_WRITE, STORE_ABSENT);
	assert_non_null(s = room_open(r, STORE_CREATE));
	store_close(s);
}

static void
a_few_bytes_and_noise_are_damaged_stores(void **state)
{
	static const size_t sizes[] = { 1, 99, 511, 512, 4096, 20000 };
	struct room *r = *state;
	unsigned char noise[20000];

	room_noise(noise, sizeof(noise), 1);
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t m = 0; m < COUNT(modes); m++) {
			room_spill(r->path, noise, sizes[i]);
			is_refused(r, modes[m], STORE_DAMAGED);
		}
}

static void
a_folder_is_no_store(void **state)
{
	struct room *r = *state;

	assert_int_equal(mkdir(r->path, 0700), 0);
	for (size_t m = 0; m < COUNT(modes); m++) {
		assert_null(room_open(r, modes[m]));
		assert_int_equal(r->fault, STORE_DAMAGED);
	}
}

static void
somebody_elses_database_is_left_alone(void **state)
{
	struct room *r = *state;

	by_hand(r, "CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')");
	for (size_t m = 0; m < COUNT(modes); m++)
		is_refused(r, modes[m], STORE_FOREIGN);
	by_hand(r, "PRAGMA application_id = 77; DROP TABLE recipes");
	for (size_t m = 0; m < COUNT(modes); m++)
		is_refused(r, modes[m], STORE_FOREIGN);
}

static void
a_newer_store_is_left_alone(void **state)
{
	struct room *r = *state;

	make_store(r);
	by_hand(r, "PRAGMA user_version = 2");
	for (size_t m = 0; m < COUNT(modes); m++)
		is_refused(r, modes[m], STORE_NEWER);
}

/* A table or an index is missing, or has other columns: the word names it, and what to do. */
static void
a_store_of_another_shape_is_left_alone(void **state)
{
	static const struct { const char *change, *named; } changes[] = {
		{ "ALTER TABLE event ADD COLUMN more TEXT", "(event)" }, { "ALTER TABLE escalation DROP COLUMN cause", "(escalation)" },
		{ "DROP TABLE pattern_day", "(pattern_day)" }, { "DROP INDEX event_given", "(event_given)" },
	};

	for (size_t i = 0; i < COUNT(changes); i++) {
		struct room *r;

		assert_int_equal(room_setup((void **)&r), 0);
		make_store(r);
		by_hand(r, changes[i].change);
		for (size_t m = 0; m < COUNT(modes); m++) {
			is_refused(r, modes[m], STORE_OLDER);
			assert_non_null(strstr(r->why, changes[i].named));
			assert_non_null(strstr(r->why, "move it away with its -wal"));
		}
		room_teardown((void **)&r);
	}
	(void)state;
}

static void
what_somebody_added_does_no_harm(void **state)
{
	struct room *r = *state;
	struct store *s;

	make_store(r);
	by_hand(r, "CREATE INDEX own ON journal (sender); CREATE TABLE notes (text TEXT); ANALYZE");
	assert_non_null(s = room_open(r, STORE_WRITE));
	store_close(s);
	by_hand(r, "VACUUM");
	assert_non_null(s = room_open(r, STORE_READ));
	store_close(s);
}

static void
a_store_without_its_key_is_damaged(void **state)
{
	struct room *r = *state;

	make_store(r);
	by_hand(r, "DELETE FROM meta WHERE name = 'key'");
	for (size_t m = 0; m < COUNT(modes); m++)
		is_refused(r, modes[m], STORE_DAMAGED);
}

/* Pages of a mail's bytes are broken: the store opens, and the check finds it. Then its first page: it opens no more. */
static void
a_broken_inside_and_a_broken_header_are_found(void **state)
{
	struct room *r = *state;
	AUTO_FREE char *wal = xasprintf("%s-wal", r->path), *shm = xasprintf("%s-shm", r->path);
	struct journal_entry e = { .mailbox = "support", .uidvalidity = 1, .uid = 1, .size = 40960 };
	struct store *s = room_open(r, STORE_CREATE);
	unsigned char noise[40960];
	size_t len;
	char *bytes;

	room_noise(noise, sizeof(noise), 2);
	store_journal_bytes(s, store_journal_add(s, &e), 0, noise, sizeof(noise));
	assert_true(store_sound(s));
	assert_true(store_checkpoint(s));
	store_close(s);
	assert_int_equal(unlink(wal), 0); /* it still holds all the pages, and whole ones */
	assert_int_equal(unlink(shm), 0);
	assert_non_null(bytes = room_slurp(r, r->path, &len));
	memset(bytes + len - 5 * 4096, 0xee, 3 * 4096);
	room_spill(r->path, bytes, len);
	assert_non_null(s = room_open(r, STORE_READ));
	assert_false(store_sound(s));
	assert_int_equal(store_fault(s), STORE_DAMAGED);
	store_close(s);
	memcpy(bytes, noise, 100);
	room_spill(r->path, bytes, len);
	is_refused(r, STORE_WRITE, STORE_DAMAGED);
}

/* ---- transactions -------------------------------------------------------------------------------------- */

static void
a_failed_verb_takes_the_whole_transaction_with_it(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);

	assert_true(store_begin(s));
	assert_false(store_begin(s)); /* there is one already */
	store_mailbox_seen(s, "before", 1, 100);
	assert_int_equal(store_mailbox_last(s, "before"), 100);
	store_event_add(s, 999, 1, "ada", "note", "about no case", 0);
	assert_int_equal(store_fault(s), STORE_BUG);
	assert_string_not_equal(store_why(s), "nothing is wrong");
	store_mailbox_seen(s, "after", 1, 100);
	assert_int_equal(store_person(s, "ada@example.com"), 0);
	assert_int_equal(store_mailbox_last(s, "before"), 0);
	store_forgive(s); /* not inside */
	assert_int_equal(store_fault(s), STORE_BUG);
	assert_false(store_commit(s));
	assert_false(store_begin(s)); /* it sticks until it is forgiven */
	store_forgive(s);
	assert_int_equal(store_fault(s), STORE_OK);
	assert_string_equal(store_why(s), "nothing is wrong");
	assert_int_equal(store_mailbox_last(s, "before"), 0);
	assert_int_equal(store_mailbox_last(s, "after"), 0);
	assert_int_equal(store_person(s, "ada@example.com"), 1);
	assert_true(store_begin(s));
	store_mailbox_seen(s, "later", 1, 300);
	assert_true(store_commit(s));
	assert_false(store_commit(s)); /* none is open */
	assert_int_equal(store_mailbox_last(s, "later"), 300);
	store_close(s);
}

static void
what_was_not_committed_never_was(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);

	assert_true(store_begin(s));
	store_flag_set(s, "rolled-back", true);
	assert_true(store_flag(s, "rolled-back"));
	store_rollback(s);
	assert_false(store_flag(s, "rolled-back"));
	assert_true(store_begin(s));
	store_flag_set(s, "closed", true);
	store_close(s);
	assert_non_null(s = room_open(r, STORE_WRITE));
	assert_false(store_flag(s, "closed"));
	store_flag_set(s, "kept", true);
	store_close(s);
	assert_non_null(s = room_open(r, STORE_READ));
	assert_true(store_flag(s, "kept"));
	store_close(s);
}

static void
a_reader_cannot_write(void **state)
{
	struct room *r = *state;
	struct store *s;

	make_store(r);
	assert_non_null(s = room_open(r, STORE_READ));
	assert_false(store_begin(s));
	assert_int_equal(store_fault(s), STORE_READONLY);
	store_forgive(s);
	store_flag_set(s, "mine", true);
	assert_int_equal(store_fault(s), STORE_READONLY);
	store_forgive(s);
	assert_int_equal(store_person(s, "ada@example.com"), 0);
	store_forgive(s);
	assert_false(store_flag(s, "mine"));
	store_hold(s, "mine", 1, 1);
	assert_int_equal(store_fault(s), STORE_READONLY);
	store_close(s);
}

static void
a_checkpoint_brings_it_home(void **state)
{
	static const char mark[] = "a-mailbox-of-a-rare-name";
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	char *bytes;
	size_t len;

	store_mailbox_seen(s, mark, 1, 1);
	bytes = room_slurp(r, r->path, &len);
	assert_null(memmem(bytes, len, mark, strlen(mark)));
	assert_true(store_begin(s));
	assert_false(store_checkpoint(s)); /* never in a transaction */
	store_rollback(s);
	assert_true(store_checkpoint(s));
	bytes = room_slurp(r, r->path, &len);
	assert_non_null(memmem(bytes, len, mark, strlen(mark)));
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(it_is_made_once_and_known_again),
		ROOM_TEST(two_stores_are_two_relays),
		ROOM_TEST(what_is_not_there_is_made_only_on_demand),
		ROOM_TEST(an_empty_file_is_no_store_until_one_is_made),
		ROOM_TEST(a_few_bytes_and_noise_are_damaged_stores),
		ROOM_TEST(a_folder_is_no_store),
		ROOM_TEST(somebody_elses_database_is_left_alone),
		ROOM_TEST(a_newer_store_is_left_alone),
		ROOM_TEST(a_store_of_another_shape_is_left_alone),
		ROOM_TEST(what_somebody_added_does_no_harm),
		ROOM_TEST(a_store_without_its_key_is_damaged),
		ROOM_TEST(a_broken_inside_and_a_broken_header_are_found),
		ROOM_TEST(a_failed_verb_takes_the_whole_transaction_with_it),
		ROOM_TEST(what_was_not_committed_never_was),
		ROOM_TEST(a_reader_cannot_write),
		ROOM_TEST(a_checkpoint_brings_it_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

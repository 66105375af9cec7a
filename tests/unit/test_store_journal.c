/* Goal: what reached us is kept once, comes back byte for byte, and waits until it has been judged; the story of a mail can be read afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/room.h"
#include "ground/digest.h"

static int64_t
arrive(struct store *s, const char *mailbox, uint32_t uidvalidity, uint32_t uid)
{
	struct journal_entry e = { .mailbox = mailbox, .uidvalidity = uidvalidity, .uid = uid, .received = 1000 + uid, .size = 7 };

	return store_journal_add(s, &e);
}

static void
judged(struct store *s, int64_t id, enum journal_state state, const char *message_id)
{
	struct journal_entry e = { .id = id, .state = state, .message_id = message_id, .from = "ada@example.com", .subject = "Help",
		.outcome = "opened", .escalation = 17, .note = "rule \"help\"" };

	store_journal_judged(s, &e);
	assert_int_equal(store_fault(s), STORE_OK);
}

static void
a_mail_is_kept_once(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t one = arrive(s, "support", 1, 4000000000u), two, three, four;

	assert_true(one > 0);
	assert_int_equal(arrive(s, "support", 1, 4000000000u), 0);
	assert_int_equal(store_fault(s), STORE_OK);
	assert_true((two = arrive(s, "support", 1, 2)) > one);
	assert_true((three = arrive(s, "support", 4294967295u, 2)) > two);
	assert_true((four = arrive(s, "sales", 1, 2)) > three);
	assert_true(store_journal_known(s, "support", 1, 4000000000u));
	assert_true(store_journal_known(s, "support", 4294967295u, 2));
	assert_false(store_journal_known(s, "support", 2, 2));
	assert_false(store_journal_known(s, "sales", 1, 4000000000u));
	store_close(s);
	assert_non_null(s = room_open(r, STORE_WRITE));
	assert_int_equal(arrive(s, "sales", 1, 2), 0);
	store_close(s);
}

static void
a_number_used_again_loses_no_mail(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct journal_entry e = { .mailbox = "support", .uidvalidity = 1, .uid = 4000000000u, .received = 1000, .size = 7 }, out;
	int64_t ids[3];

	for (int i = 0; i < 3; i++) { /* three mails, one number */
		room_noise(e.sha256, sizeof(e.sha256), (unsigned)i);
		assert_true((ids[i] = store_journal_add(s, &e)) > 0);
		assert_int_equal(store_journal_add(s, &e), 0); /* the same mail once more */
	}
	for (int i = 0; i < 3; i++) {
		room_noise(e.sha256, sizeof(e.sha256), (unsigned)i);
		assert_true(store_journal_get(s, r->a, ids[i], &out));
		assert_int_equal(out.uid, 4000000000u);
		assert_false(out.damaged);
		assert_memory_equal(out.sha256, e.sha256, sizeof(e.sha256));
	}
	assert_true(store_journal_known(s, "support", 1, 4000000000u));
	assert_int_equal(store_fault(s), STORE_OK);
	store_close(s);
}

static void
a_damaged_mail_and_the_mail_itself_are_two(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct journal_entry e = { .mailbox = "support", .uidvalidity = 1, .uid = 4294967295u, .size = 7, .cut = true, .damaged = true }, out;
	int64_t damaged, whole;

	assert_true((damaged = store_journal_add(s, &e)) > 0);
	e.sha256[0] = 1; /* another time less of it came */
	assert_int_equal(store_journal_add(s, &e), 0);
	assert_false(store_journal_known(s, "support", 1, 4294967295u));
	e.damaged = false;
	assert_true((whole = store_journal_add(s, &e)) > damaged);
	assert_true(store_journal_known(s, "support", 1, 4294967295u));
	assert_true(store_journal_get(s, r->a, damaged, &out));
	assert_true(out.damaged);
	assert_int_equal(out.uid, 4294967295u);
	assert_true(store_journal_get(s, r->a, whole, &out));
	assert_false(out.damaged);
	store_close(s);
}

static void
its_facts_come_back(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct journal_entry in = { .mailbox = "support", .uidvalidity = 3000000000u, .uid = 5, .received = 1764000000, .size = 1234567,
		.cut = true }, out;
	int64_t id;

	room_noise(in.sha256, sizeof(in.sha256), 3);
	assert_true((id = store_journal_add(s, &in)) > 0);
	assert_true(store_journal_get(s, r->a, id, &out));
	assert_int_equal(out.id, id);
	assert_string_equal(out.mailbox, "support");
	assert_int_equal(out.uidvalidity, 3000000000u);
	assert_int_equal(out.uid, 5);
	assert_int_equal(out.received, 1764000000);
	assert_int_equal(out.size, 1234567);
	assert_true(out.cut);
	assert_memory_equal(out.sha256, in.sha256, sizeof(in.sha256));
	assert_int_equal(out.state, JOURNAL_KEPT);
	assert_int_equal(out.attempts, 0);
	assert_string_equal(out.message_id, "");
	assert_null(out.outcome);
	assert_null(out.note);
	assert_false(store_journal_get(s, r->a, id + 1, &out));
	store_journal_attempt(s, id);
	store_journal_attempt(s, id);
	judged(s, id, JOURNAL_SHELVED, "one@example.com");
	assert_true(store_journal_get(s, r->a, id, &out));
	assert_int_equal(out.state, JOURNAL_SHELVED);
	assert_int_equal(out.attempts, 2);
	assert_string_equal(out.message_id, "one@example.com");
	assert_string_equal(out.from, "ada@example.com");
	assert_string_equal(out.subject, "Help");
	assert_string_equal(out.outcome, "opened");
	assert_string_equal(out.note, "rule \"help\"");
	assert_int_equal(out.escalation, 17);
	store_close(s);
}

static void
read_back_in_pieces(struct store *s, int64_t id, const unsigned char *bytes, size_t len, size_t piece)
{
	unsigned char *out = xmalloc(piece);
	size_t at = 0;
	ssize_t n;

	while ((n = store_journal_read(s, id, at, out, piece)) > 0) {
		assert_true((size_t)n <= piece && at + (size_t)n <= len);
		assert_memory_equal(out, bytes + at, (size_t)n);
		at += (size_t)n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(at, len);
	assert_int_equal(store_journal_read(s, id, len + 1, out, piece), 0);
	assert_int_equal(store_journal_read(s, id, (uint64_t)len * 1000, out, piece), 0);
	free(out);
}

static void
raw_bytes_come_back_in_pieces_of_any_size(void **state)
{
	static const size_t sizes[] = { 0, 1, STORE_CHUNK - 1, STORE_CHUNK, STORE_CHUNK + 1, 3 * STORE_CHUNK, 3 * STORE_CHUNK + 4711 };
	static const size_t pieces[] = { 977, 4096, STORE_CHUNK - 1, STORE_CHUNK, STORE_CHUNK + 1, 10 * STORE_CHUNK };
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	unsigned char *bytes = xmalloc(4 * STORE_CHUNK);

	for (size_t i = 0; i < COUNT(sizes); i++) {
		int64_t id = arrive(s, "support", 1, (uint32_t)i);
		unsigned seq = 0;

		room_noise(bytes, sizes[i], (unsigned)i + 1);
		assert_true(store_begin(s));
		for (size_t at = 0; at < sizes[i]; at += STORE_CHUNK)
			store_journal_bytes(s, id, seq++, bytes + at, sizes[i] - at < STORE_CHUNK ? sizes[i] - at : STORE_CHUNK);
		assert_true(store_commit(s));
		for (size_t p = 0; p < COUNT(pieces); p++)
			read_back_in_pieces(s, id, bytes, sizes[i], pieces[p]);
	}
	free(bytes);
	store_close(s);
}

static void
bytes_of_no_mail_are_our_fault(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	char out[8];

	store_journal_bytes(s, 5, 0, "x", 1);
	assert_int_equal(store_fault(s), STORE_BUG);
	assert_int_equal(store_journal_read(s, 5, 0, out, sizeof(out)), -1);
	store_forgive(s);
	assert_int_equal(store_journal_read(s, 5, 0, out, sizeof(out)), 0);
	store_close(s);
}

static void
what_waits_comes_in_order_and_what_is_judged_waits_no_more(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t one = arrive(s, "support", 1, 9), two = arrive(s, "support", 1, 8), three = arrive(s, "support", 1, 7), ids[4];
	struct journal_entry e;
	struct figures f;

	assert_true(store_journal_next(s, r->a, 0, &e));
	assert_int_equal(e.id, one);
	assert_true(store_journal_next(s, r->a, one, &e));
	assert_int_equal(e.id, two);
	judged(s, one, JOURNAL_JUDGED, "same@example.com");
	judged(s, two, JOURNAL_SHELVED, "same@example.com");
	assert_true(store_journal_next(s, r->a, 0, &e));
	assert_int_equal(e.id, three);
	assert_false(store_journal_next(s, r->a, three, &e));
	store_figures(s, &f);
	assert_int_equal(f.kept, 1);
	assert_int_equal(f.judged, 1);
	assert_int_equal(f.shelved, 1);
	assert_int_equal(f.newest_journal, 1007);

	/* Message-IDs are not unique: the newest first, no more than wanted, and "" finds nothing. */
	assert_int_equal(store_journal_find(s, r->a, "same@example.com", ids, 4), 2);
	assert_int_equal(ids[0], two);
	assert_int_equal(ids[1], one);
	assert_int_equal(store_journal_find(s, r->a, "same@example.com", ids, 1), 1);
	assert_int_equal(ids[0], two);
	assert_int_equal(store_journal_find(s, r->a, "", ids, 4), 0);
	assert_int_equal(store_journal_find(s, r->a, "other@example.com", ids, 4), 0);
	store_close(s);
}

static void
acting_happens_once(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t one = arrive(s, "support", 1, 1), two = arrive(s, "list", 1, 1);
	unsigned char ident[32], other[32];

	digest_of("a mail", 6, ident);
	digest_of("b mail", 6, other);
	assert_int_equal(store_acted(s, ident, two), two);
	assert_int_equal(store_acted(s, ident, one), two);
	assert_int_equal(store_acted(s, ident, two), two);
	assert_int_equal(store_acted(s, other, one), one);
	assert_true(store_begin(s));
	ident[0] ^= 1;
	assert_int_equal(store_acted(s, ident, one), one);
	store_rollback(s);
	assert_int_equal(store_acted(s, ident, two), two); /* what was rolled back was not acted on */
	store_close(s);
}

static void
a_mailbox_and_a_flag_are_remembered(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);

	assert_int_equal(store_mailbox_uidvalidity(s, "support"), 0);
	store_mailbox_seen(s, "support", 4294967295u, 500);
	store_mailbox_seen(s, "sales", 1, 600);
	assert_int_equal(store_mailbox_uidvalidity(s, "support"), 4294967295u);
	assert_int_equal(store_mailbox_last(s, "support"), 500);
	store_mailbox_seen(s, "support", 2, 700);
	assert_int_equal(store_mailbox_uidvalidity(s, "support"), 2);
	assert_int_equal(store_mailbox_last(s, "support"), 700);
	assert_int_equal(store_mailbox_last(s, "sales"), 600);
	assert_false(store_flag(s, "running"));
	store_flag_set(s, "running", true);
	assert_true(store_flag(s, "running"));
	assert_false(store_flag(s, "key")); /* not what else is true of the store */
	store_flag_set(s, "running", false);
	assert_false(store_flag(s, "running"));
	store_close(s);
}

static void
a_decision_can_be_read_and_a_later_one_replaces_it(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t id = arrive(s, "support", 1, 1);

	assert_null(store_decision(s, r->a, id));
	store_decision_add(s, id, 10, "r1", "{\"first\":true}");
	assert_string_equal(store_decision(s, r->a, id), "{\"first\":true}");
	store_decision_add(s, id, 20, "r2", "{}");
	assert_string_equal(store_decision(s, r->a, id), "{}");
	store_close(s);
}

static void
quarantine_holds_until_a_person_settles_it(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	int64_t one = arrive(s, "support", 1, 1), two = arrive(s, "support", 1, 2);
	struct journal_entry e;
	struct quarantined *q;
	struct figures f;

	store_journal_attempt(s, one);
	judged(s, one, JOURNAL_SHELVED, "one@example.com");
	judged(s, two, JOURNAL_JUDGED, "two@example.com");
	store_quarantine_add(s, one, 50, "it stopped the relay twice");
	store_quarantine_add(s, two, 60, "not staff");
	store_figures(s, &f);
	assert_int_equal(f.held, 2);
	assert_int_equal(store_quarantine(s, r->a, false, &q), 2);
	assert_int_equal(q[0].journal, one);
	assert_int_equal(q[0].at, 50);
	assert_string_equal(q[0].reason, "it stopped the relay twice");
	assert_string_equal(q[0].from, "ada@example.com");
	assert_string_equal(q[0].subject, "Help");
	assert_true(store_quarantine_settle(s, two, "dropped"));
	assert_false(store_quarantine_settle(s, two, "released")); /* settled already */
	assert_false(store_quarantine_settle(s, 99, "dropped"));
	assert_false(store_journal_next(s, r->a, 0, &e));
	assert_true(store_quarantine_settle(s, one, "released"));
	assert_true(store_journal_next(s, r->a, 0, &e)); /* judged again, with all its attempts */
	assert_int_equal(e.id, one);
	assert_int_equal(e.attempts, 0);
	assert_true(store_journal_released(s, one));
	assert_false(store_journal_released(s, two));
	assert_int_equal(store_quarantine(s, r->a, false, &q), 0);
	assert_int_equal(store_quarantine(s, r->a, true, &q), 2);
	assert_string_equal(q[0].state, "released");
	assert_string_equal(q[1].state, "dropped");
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(a_mail_is_kept_once),
		ROOM_TEST(a_number_used_again_loses_no_mail),
		ROOM_TEST(a_damaged_mail_and_the_mail_itself_are_two),
		ROOM_TEST(its_facts_come_back),
		ROOM_TEST(raw_bytes_come_back_in_pieces_of_any_size),
		ROOM_TEST(bytes_of_no_mail_are_our_fault),
		ROOM_TEST(what_waits_comes_in_order_and_what_is_judged_waits_no_more),
		ROOM_TEST(acting_happens_once),
		ROOM_TEST(a_mailbox_and_a_flag_are_remembered),
		ROOM_TEST(a_decision_can_be_read_and_a_later_one_replaces_it),
		ROOM_TEST(quarantine_holds_until_a_person_settles_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

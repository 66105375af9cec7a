/* Goal: what is old goes step by step and nothing else; a step is bounded, counting changes nothing, and `keep` means
 * what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/store_purge.h"
#include "stage/purge.h"

#include "../support/room.h"

#define DAY 86400

static const struct purge_ask before_2000 = { .before = 2000, .closed = 2000, .now = 9000 };

/* A mail that was judged, received at some time, with so many bytes. */
static int64_t
mail(struct store *s, uint32_t uid, int64_t received, size_t len)
{
	AUTO_FREE char *bytes = xcalloc(1, len + 1);
	struct journal_entry e = {
		.mailbox = "support", .uidvalidity = 1, .uid = uid, .received = received, .size = len
	};

	e.id = store_journal_add(s, &e);
	store_journal_bytes(s, e.id, 0, bytes, len);
	e.state = JOURNAL_JUDGED;
	e.message_id = e.from = e.subject = "x";
	e.outcome = "ignored";
	store_journal_judged(s, &e);
	return e.id;
}

static bool
has_bytes(struct store *s, int64_t id)
{
	char byte;

	return store_journal_read(s, id, 0, &byte, 1) == 1;
}

static struct purge_sum
go(struct store *s, bool act, unsigned *steps)
{
	struct purge_sum sum = { 0 };
	int64_t at = 0;
	int more;

	*steps = 0;
	do {
		more = store_purge(s, PURGE_MAILS, &before_2000, act, &at, &sum);
		++*steps;
	} while (more == 1);
	assert_int_equal(more, 0);
	return sum;
}

static void
it_goes_in_steps_and_only_what_is_old(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct purge_sum sum;
	struct journal_entry e;
	unsigned steps;

	assert_true(store_begin(s));
	for (uint32_t i = 1; i <= 1500; i++)
		mail(s, i, i <= 1300 ? 1000 : 3000, 10);
	assert_true(store_commit(s));
	sum = go(s, false, &steps);
	assert_int_equal(sum.rows, 1300);
	assert_int_equal(sum.bytes, 13000);
	assert_int_equal(steps, 7); /* 200 at a time */
	assert_true(has_bytes(s, 1));
	assert_int_equal(store_purged_before(s, PURGE_MAILS), 0);

	sum = go(s, true, &steps);
	assert_int_equal(sum.rows, 1300);
	assert_false(has_bytes(s, 1));
	assert_false(has_bytes(s, 1300));
	assert_true(has_bytes(s, 1301));
	assert_true(store_journal_get(s, r->a, 1300, &e));
	assert_int_equal(e.purged, 9000);
	assert_true(store_journal_known(s, "support", 1, 1300));
	assert_int_equal(store_purged_before(s, PURGE_MAILS), 2000);
	sum = go(s, true, &steps);
	assert_int_equal(sum.rows, 0);
	assert_int_equal(steps, 2); /* it looks at a thousand at a time */
	store_close(s);
}

static void
a_large_mail_is_a_step_of_its_own(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	unsigned steps;

	assert_true(store_begin(s));
	mail(s, 1, 1000, 9 << 20);
	mail(s, 2, 1000, 10);
	mail(s, 3, 1000, 9 << 20);
	assert_true(store_commit(s));
	assert_int_equal(go(s, true, &steps).rows, 3);
	assert_int_equal(steps, 3); /* one; two of which the second is over the bound; nothing left */
	store_close(s);
}

static void
the_newest_letter_stays(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct purge_sum sum = { 0 };
	int64_t at = 0;

	assert_true(store_begin(s));
	for (int i = 1; i <= 3; i++) {
		char id[32];
		struct segment segment = { .bytes = "x", .len = 1 };
		struct letter l = { .to = "a@example.com",
			.message_id = id,
			.subject = "",
			.size = 1,
			.segments = &segment,
			.nsegments = 1 };
		struct owed o = { .kind = "relay", .from = "", .letter = &l, .at = 1000 };

		snprintf(id, sizeof(id), "%d@example.com", i);
		assert_int_equal(store_owe(s, &o), i);
		assert_true(store_outbox_drop(s, i, 1000));
	}
	assert_true(store_commit(s));
	assert_int_equal(store_purge(s, PURGE_LETTERS, &before_2000, true, &at, &sum), 0);
	assert_int_equal(sum.rows, 2); /* else its number would be given again */
	store_close(s);
}

static void
what_keep_means(void **state)
{
	struct settings s = { .keep_journal = 10 * DAY, .keep_outbox = 90 * DAY, .token_valid = 30 * DAY };
	struct purge_ask ask;

	(void)state;
	assert_true(purge_ask(&s, PURGE_MAILS, 1000 * DAY, &ask));
	assert_int_equal(ask.before, 990 * DAY);
	assert_int_equal(ask.closed, 970 * DAY); /* its reply addresses work that long */
	assert_true(purge_ask(&s, PURGE_LETTERS, 1000 * DAY, &ask));
	assert_int_equal(ask.closed, 910 * DAY);
	assert_false(purge_ask(&s, PURGE_EVENTS, 1000 * DAY, &ask));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(it_goes_in_steps_and_only_what_is_old),
		ROOM_TEST(a_large_mail_is_a_step_of_its_own),
		ROOM_TEST(the_newest_letter_stays),
		cmocka_unit_test(what_keep_means),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

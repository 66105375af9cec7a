/* Goal: after every attempt a letter is in the law's one state for it, and comes again neither too soon nor never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ground/mem.h"
#include "stage/send_policy.h"

#define NOW 1795420800
#define DAY 86400

static const struct submission_settings settings = { .retry_first = 60, .retry_longest = 3600,
	.retry_give_up = 4 * DAY };

static struct send_settled
settle(enum smtp_outcome outcome, struct send_facts f)
{
	struct smtp_result r = { .outcome = outcome, .reply = "the server's words" };
	struct send_settled out;

	if (f.now == 0)
		f.now = NOW;
	if (f.queued_at == 0)
		f.queued_at = NOW - 10;
	send_settle(&settings, &r, &f, &out);
	return out;
}

static void
each_outcome_has_its_state(void **state)
{
	static const struct { enum smtp_outcome outcome; enum outbox_state state; } table[] = {
		{ SMTP_SENT, OUTBOX_SENT }, { SMTP_SOFT, OUTBOX_DEFERRED }, { SMTP_HARD, OUTBOX_REFUSED },
		{ SMTP_DOUBT, OUTBOX_DOUBT }, { SMTP_SUBMISSION, OUTBOX_QUEUED },
		{ SMTP_UNFIT, OUTBOX_REFUSED }, { SMTP_STOPPED, OUTBOX_QUEUED } };

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct send_settled s = settle(table[i].outcome, (struct send_facts){ .attempts = 1 });

		assert_int_equal(s.state, table[i].state);
		assert_string_equal(s.reply, "the server's words");
		if (s.state == OUTBOX_DEFERRED || s.state == OUTBOX_DOUBT)
			assert_true(s.next_at > NOW);
		else
			assert_int_equal(s.next_at, NOW);
	}
}

static void
waits_double_up_to_the_longest_and_are_spread(void **state)
{
	(void)state;
	for (unsigned attempts = 1; attempts < 200; attempts++) {
		int64_t plain = attempts > 6 ? 3600 : 60 << (attempts - 1), least = INT64_MAX, most = 0;

		for (uint32_t i = 0; i < 2000; i++) {
			int64_t wait = send_backoff(&settings, attempts, i * 2654435761u);

			least = wait < least ? wait : least;
			most = wait > most ? wait : most;
		}
		assert_in_range(least, plain * 4 / 5, plain * 5 / 6);
		assert_in_range(most, plain * 7 / 6, plain * 6 / 5);
	}
}

static void
even_odd_settings_wait_a_moment(void **state)
{
	static const struct submission_settings odd[] = { { .retry_first = 0, .retry_longest = 0 },
		{ .retry_first = 1, .retry_longest = 1 },
		{ .retry_first = INT32_MAX, .retry_longest = INT64_MAX / 4 } };

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++)
		for (unsigned attempts = 0; attempts < 100; attempts++)
			assert_true(send_backoff(&odd[i], attempts, UINT32_MAX) >= 1);
}

static void
a_doubt_waits_longer_than_a_soft_failure(void **state)
{
	(void)state;
	for (uint32_t dice = 0; dice < 1000; dice++) {
		int64_t soft = settle(SMTP_SOFT, (struct send_facts){ .attempts = 1, .dice = dice }).next_at;
		int64_t doubt = settle(SMTP_DOUBT, (struct send_facts){ .attempts = 1, .dice = dice * 7 }).next_at;

		assert_true(doubt - NOW >= 2 * (soft - NOW));
	}
}

static void
what_does_not_get_through_is_given_up_in_the_end(void **state)
{
	struct send_facts f = { .now = NOW, .queued_at = NOW - 4 * DAY, .attempts = 30 };
	struct send_settled s = settle(SMTP_SOFT, f);

	(void)state;
	assert_int_equal(s.state, OUTBOX_REFUSED);
	assert_non_null(strstr(s.reply, "given up after 4 d"));
	assert_non_null(strstr(s.reply, "the server's words"));
	assert_null(strstr(s.reply, "perhaps delivered"));

	/* It may have got through after all: a person must know. */
	assert_non_null(strstr(settle(SMTP_DOUBT, f).reply, "perhaps delivered"));
	f.doubted = true;
	assert_non_null(strstr(settle(SMTP_SOFT, f).reply, "perhaps delivered"));
	assert_non_null(strstr(settle(SMTP_HARD, f).reply, "perhaps delivered"));

	/* A second before, it is tried a last time, then, and not an hour later. */
	f.queued_at++;
	s = settle(SMTP_SOFT, f);
	assert_int_equal(s.state, OUTBOX_DEFERRED);
	assert_int_equal(s.next_at, NOW + 1);

	/* However old it is (the queue was held for a week), one failure is not the end. */
	s = settle(SMTP_SOFT, (struct send_facts){ .now = NOW, .queued_at = NOW - 7 * DAY, .attempts = 1 });
	assert_int_equal(s.state, OUTBOX_DEFERRED);
	assert_true(s.next_at > NOW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_outcome_has_its_state),
		cmocka_unit_test(waits_double_up_to_the_longest_and_are_spread),
		cmocka_unit_test(even_odd_settings_wait_a_moment),
		cmocka_unit_test(a_doubt_waits_longer_than_a_soft_failure),
		cmocka_unit_test(what_does_not_get_through_is_given_up_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: a mail that cannot be fetched is tried alone, then rests for an hour; the others never wait for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ground/mem.h"
#include "stage/fetch_suspects.h"

static void
others_flow_past_a_suspect(void **state)
{
	struct suspects s = { 0 };
	uint32_t uids[] = { 3, 5, 8, 9 }, alone[SUSPECTS_MAX];

	(void)state;
	assert_int_equal(suspects_part(&s, 7, uids, 4), 4);
	suspects_add(&s, 5);
	suspects_add(&s, 5);
	assert_int_equal(suspects_part(&s, 7, uids, 4), 3);
	assert_int_equal(uids[0], 3);
	assert_int_equal(uids[1], 8);
	assert_int_equal(uids[2], 9);
	assert_int_equal(suspects_due(&s, 0, alone), 1);
	assert_int_equal(alone[0], 5);
	suspects_clear(&s, 5);
	suspects_clear(&s, 5);
	assert_int_equal(suspects_due(&s, 0, alone), 0);
}

static void
whoever_failed_least_is_tried_first(void **state)
{
	struct suspects s = { 0 };
	uint32_t alone[SUSPECTS_MAX];

	(void)state;
	for (uint32_t uid = 1; uid <= 3; uid++)
		suspects_add(&s, uid);
	assert_false(suspects_strike(&s, 1, STRIKE_BROKEN, 0));
	assert_false(suspects_strike(&s, 2, STRIKE_LOST, 0));
	assert_int_equal(suspects_due(&s, 0, alone), 3);
	assert_int_equal(alone[0], 3);
	assert_int_equal(alone[1], 2);
	assert_int_equal(alone[2], 1);
}

static void
set_aside_it_rests_and_then_needs_one_failure_more(void **state)
{
	struct suspects s = { 0 };
	uint32_t alone[SUSPECTS_MAX];

	(void)state;
	suspects_add(&s, 1);
	assert_false(suspects_strike(&s, 1, STRIKE_BROKEN, 100));
	assert_int_equal(suspects_due(&s, 100, alone), 1);
	assert_true(suspects_strike(&s, 1, STRIKE_BROKEN, 100));
	assert_int_equal(suspects_due(&s, 100 + SUSPECT_AGAIN - 1, alone), 0);
	assert_int_equal(suspects_due(&s, 100 + SUSPECT_AGAIN, alone), 1);
	assert_true(suspects_strike(&s, 1, STRIKE_LOST, 100 + SUSPECT_AGAIN));
	assert_int_equal(suspects_due(&s, 100 + SUSPECT_AGAIN, alone), 0);
	for (int i = 0; i < STRIKES_ASIDE; i++) { /* a lost connection proves less */
		suspects_add(&s, 2);
		assert_int_equal(suspects_strike(&s, 2, STRIKE_LOST, 0), i == STRIKES_ASIDE - 1);
	}
	assert_false(suspects_strike(&s, 99, STRIKE_BROKEN, 0)); /* no suspect at all */
}

static void
what_left_the_folder_or_lost_its_number_is_forgotten(void **state)
{
	struct suspects s = { 0 };
	uint32_t uids[] = { 1, 2, 3 }, left[] = { 1, 3 }, alone[SUSPECTS_MAX];

	(void)state;
	assert_int_equal(suspects_part(&s, 7, uids, 3), 3);
	suspects_add(&s, 2);
	suspects_add(&s, 3);
	assert_int_equal(suspects_part(&s, 7, left, 2), 1);
	assert_int_equal(suspects_due(&s, 0, alone), 1);
	assert_int_equal(alone[0], 3);
	assert_int_equal(suspects_part(&s, 8, left, 1), 1);
	assert_int_equal(suspects_due(&s, 0, alone), 0);
}

static void
more_than_can_be_remembered_are_not(void **state)
{
	struct suspects *s = xcalloc(1, sizeof(*s));
	uint32_t alone[SUSPECTS_MAX];

	(void)state;
	for (uint32_t uid = 1; uid <= SUSPECTS_MAX + 10; uid++)
		suspects_add(s, uid);
	assert_int_equal(suspects_due(s, 0, alone), SUSPECTS_MAX);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_flow_past_a_suspect),
		cmocka_unit_test(whoever_failed_least_is_tried_first),
		cmocka_unit_test(set_aside_it_rests_and_then_needs_one_failure_more),
		cmocka_unit_test(what_left_the_folder_or_lost_its_number_is_forgotten),
		cmocka_unit_test(more_than_can_be_remembered_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: what people read of the budget is the share to a tenth, and "over" is said exactly where the goal is passed, never by rounding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ground/mem.h"
#include "judge/budget.h"

static void
test_over_is_more_than_the_goal(void **state)
{
	(void)state;
	assert_false(budget_over(&(struct budget){ 0, 0 }, 10));
	assert_false(budget_over(&(struct budget){ 10, 1 }, 10));
	assert_true(budget_over(&(struct budget){ 1000, 101 }, 10));
	assert_true(budget_over(&(struct budget){ 9999, 1000 }, 10)); /* reads 10.0 % */
	assert_true(budget_over(&(struct budget){ 1, 1 }, 0));
	assert_false(budget_over(&(struct budget){ 1, 1 }, 100));
}

static void
test_sentence(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_string_equal(budget_sentence(a, &(struct budget){ 41, 3 }, &(struct budget){ 120, 9 }, 10),
	    "engineering was asked for help in 3 of 41 escalations of the last 28 days (7.3 %), in 9 of 120 of the last 90 (7.5 %);"
	    " the goal is 10 % or fewer");
	assert_string_equal(budget_sentence(a, &(struct budget){ 1, 1 }, &(struct budget){ 3, 2 }, 10),
	    "engineering was asked for help in 1 of 1 escalation of the last 28 days (100.0 %), in 2 of 3 of the last 90 (66.7 %);"
	    " that is over the goal of 10 % or fewer");
	assert_non_null(budget_sentence(a, &(struct budget){ 0, 0 }, &(struct budget){ 0, 0 }, 10)); /* nothing is divided by */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_over_is_more_than_the_goal),
		cmocka_unit_test(test_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

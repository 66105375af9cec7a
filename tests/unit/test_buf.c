/* Goal: a buffer never grows past its ceiling, never tears what does not fit, and never forgets that something did not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ground/buf.h"

static void
it_is_a_string_from_its_birth(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_string_equal(b.data, "");
	assert_int_equal(b.len, 0);
	assert_true(buf_puts(&b, "ab"));
	assert_true(buf_putc(&b, 'c'));
	assert_true(buf_add(&b, "d\0e", 3));
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "abcd\0e", 7); /* and a NUL behind it */
	assert_true(buf_add(&b, NULL, 0));
	buf_free(&b);
	buf_free(&b);
	assert_string_equal(b.data, "");
	assert_false(buf_putc(&b, 'x')); /* of no use any more */
}

static void
what_does_not_fit_is_left_out_whole_and_for_ever(void **state)
{
	AUTO_BUF struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_true(buf_puts(&b, "1234"));
	assert_false(buf_puts(&b, "56"));
	assert_true(b.over);
	assert_string_equal(b.data, "1234");
	assert_false(buf_putc(&b, '5')); /* it would fit, and would hide the hole */
	assert_false(buf_printf(&b, "%d", 5));
	assert_string_equal(b.data, "1234");
	buf_cut(&b, 2);
	assert_string_equal(b.data, "12");
	assert_true(b.over);
	buf_reset(&b);
	assert_false(b.over);
	assert_string_equal(b.data, "");
	assert_true(buf_puts(&b, "12345")); /* the ceiling itself is allowed */
	assert_false(buf_putc(&b, '6'));
}

static void
printing_obeys_the_ceiling_too(void **state)
{
	AUTO_BUF struct buf b;

	(void)state;
	buf_init(&b, 8);
	assert_true(buf_printf(&b, "%s-%03d", "abc", 7));
	assert_string_equal(b.data, "abc-007");
	assert_true(buf_printf(&b, "%s", ""));
	assert_false(buf_printf(&b, "%d", 10));
	assert_string_equal(b.data, "abc-007");
	assert_true(b.over);
}

static void
it_grows_byte_by_byte_without_losing_one(void **state)
{
	AUTO_BUF struct buf b;

	(void)state;
	buf_init(&b, 100000);
	for (unsigned i = 0; i < 100000; i++)
		assert_true(buf_putc(&b, (char)(i * 31 >> 3)));
	assert_int_equal(b.len, 100000);
	for (unsigned i = 0; i < 100000; i++)
		if (b.data[i] != (char)(i * 31 >> 3))
			fail_msg("byte %u", i);
	assert_int_equal(b.data[b.len], 0);
	assert_true(b.cap < 200000);
}

static void
a_length_out_of_this_world_does_not_wrap_around(void **state)
{
	AUTO_BUF struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_puts(&b, "abc");
	assert_false(buf_add(&b, "x", SIZE_MAX));
	assert_false(b.len != 3);
	buf_reset(&b);
	buf_puts(&b, "abc");
	assert_false(buf_add(&b, "x", SIZE_MAX - 2));
	assert_string_equal(b.data, "abc");
}

static void
cutting_and_taking(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, 100);
	buf_cut(&b, 0);
	s = buf_take(&b); /* of an empty one too, there is a string to free */
	assert_string_equal(s, "");
	free(s);
	buf_init(&b, 100);
	buf_puts(&b, "abcdef");
	buf_cut(&b, 100);
	assert_string_equal(b.data, "abcdef");
	buf_cut(&b, 3);
	assert_string_equal(b.data, "abc");
	assert_true(buf_puts(&b, "x"));
	s = buf_take(&b);
	assert_string_equal(s, "abcx");
	assert_int_equal(b.len, 0);
	assert_false(buf_putc(&b, 'y'));
	buf_free(&b);
	assert_string_equal(s, "abcx"); /* it is ours now */
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_a_string_from_its_birth),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole_and_for_ever),
		cmocka_unit_test(printing_obeys_the_ceiling_too),
		cmocka_unit_test(it_grows_byte_by_byte_without_losing_one),
		cmocka_unit_test(a_length_out_of_this_world_does_not_wrap_around),
		cmocka_unit_test(cutting_and_taking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: tables line up whatever the letters are, fit the terminal, and let nothing through that moves a cursor. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/table.h"
#include "ground/buf.h"
#include "ground/mem.h"

static void
looks(struct table *t, size_t width, bool colour, const char *expected)
{
	AUTO_BUF struct buf out;

	buf_init(&out, 10000);
	table_write(t, &out, width, colour);
	assert_string_equal(out.data, expected);
}

static struct table *
sample(struct arena *a)
{
	struct table *t = table_new(a);

	table_column(t, "engineer", TABLE_LEFT);
	table_column(t, "open", TABLE_RIGHT);
	table_column(t, "why", TABLE_LEFT);
	return t;
}

static void
columns_line_up_by_what_is_seen(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct table *t = sample(a);

	(void)state;
	assert_int_equal(table_rows(t), 0);
	looks(t, 80, false, "engineer  open  why\n");
	table_cell(t, "José");
	table_cell(t, "%d", 3);
	table_cell(t, "next in turn");
	table_cell(t, "花子");
	table_cell(t, "%d", 12345);
	table_cell(t, "%s", "");
	assert_int_equal(table_rows(t), 2);
	looks(t, 80, false, "engineer   open  why\n"
	                    "José          3  next in turn\n"
	                    "花子      12345\n");
	looks(t, 80, true, "\033[2mengineer   open  why\033[0m\n"
	                   "José          3  next in turn\n"
	                   "花子      12345\n");
}

static void
the_last_column_gives_way(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct table *t = sample(a);

	(void)state;
	table_cell(t, "Ada");
	table_cell(t, "1");
	table_cell(t, "away until Mon 14 Dec, and then some");
	looks(t, 36, false, "engineer  open  why\n"
	                    "Ada          1  away until Mon 14 D…\n");
	looks(t, 0, false, "engineer  open  why\n"
	                   "Ada          1  away until Mon 14 Dec, and then some\n");
	looks(t, 5, false, "engineer  open  why\n"
	                   "Ada          1  away until …\n");
}

static void
what_strangers_wrote_stays_in_its_cell(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct table *t = table_new(a);

	(void)state;
	table_column(t, "subject", TABLE_LEFT);
	table_cell(t, "%s", "\033[2Jone\ntwo");
	looks(t, 80, false, "subject\n\\x1b[2Jone\\x0atwo\n");
}

static void
a_row_is_tinted_where_there_are_colours(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct table *t = table_new(a);

	(void)state;
	table_column(t, "rule", TABLE_LEFT);
	table_cell(t, "plain");
	table_cell(t, "stuck");
	table_tint(t, TABLE_RED);
	table_cell(t, "gone");
	table_tint(t, TABLE_DIM);
	looks(t, 80, true, "\033[2mrule\033[0m\nplain\n\033[31mstuck\033[0m\n\033[2mgone\033[0m\n");
	looks(t, 80, false, "rule\nplain\nstuck\ngone\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_line_up_by_what_is_seen),
		cmocka_unit_test(the_last_column_gives_way),
		cmocka_unit_test(what_strangers_wrote_stays_in_its_cell),
		cmocka_unit_test(a_row_is_tinted_where_there_are_colours),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

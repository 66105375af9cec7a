/* Goal: what was done once is known by its name for good, a wrong clock's marks excepted; an absence can be lifted, and whose word it is counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/room.h"

#define NOW INT64_C(1797069600)

static void
marks_are_kept_by_name(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct mark *marks;

	assert_int_equal(store_mark(s, "handover core 2026-12-14"), 0);
	assert_true(store_begin(s));
	store_mark_set(s, "handover core 2026-12-14", NOW);
	store_mark_set(s, "asked 2026-12-14 core keegan", NOW + 1);
	store_mark_set(s, "asked 2026-12-14 core bola", NOW + 2);
	store_mark_set(s, "askew", NOW);
	assert_true(store_commit(s));
	store_close(s);

	s = room_open(r, STORE_WRITE);
	assert_int_equal(store_mark(s, "handover core 2026-12-14"), NOW);
	assert_int_equal(store_marks(s, r->a, "asked ", &marks), 2);
	assert_string_equal(marks[0].name, "asked 2026-12-14 core bola");
	assert_int_equal(marks[1].at, NOW + 1);
	assert_true(store_begin(s));
	store_mark_set(s, "asked 2026-12-14 core bola", 0);
	store_mark_set(s, "askew", NOW + 5);
	assert_true(store_commit(s));
	assert_int_equal(store_marks(s, r->a, "asked ", &marks), 1);
	assert_int_equal(store_mark(s, "askew"), NOW + 5);
	store_close(s);
}

/* The clock went back: what was done a day ahead is undone, what was done minutes ahead is done. */
static void
a_wrong_clock_s_marks_are_void(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);

	assert_true(store_begin(s));
	store_mark_set(s, "soon", NOW + 3600);
	store_mark_set(s, "far", NOW + 86401);
	store_flag_set(s, "decide-running", true);
	store_times_mend(s, NOW);
	assert_true(store_commit(s));
	assert_int_equal(store_mark(s, "soon"), NOW + 3600);
	assert_int_equal(store_mark(s, "far"), 0);
	assert_true(store_flag(s, "decide-running"));
	store_close(s);
}

static void
absences_are_lifted_by_whose_word_they_are(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	const struct absence all[] = {
		{ "keegan", NOW - 10, NOW + 100, "out of office" }, { "keegan", NOW - 10, NOW + 50, "/away today" },
		{ "keegan", NOW - 100, NOW - 50, "out of office" }, { "bola", NOW - 10, NOW + 100, "out of office" },
	};
	struct absence *rows;

	assert_true(store_begin(s));
	for (size_t i = 0; i < COUNT(all); i++)
		store_absence_add(s, &all[i]);
	assert_true(store_absences_lift(s, "Keegan", NOW, "/away"));
	assert_int_equal(store_absences(s, r->a, NOW - 1000, &rows), 3);
	assert_false(store_absences_lift(s, "keegan", NOW, "/away"));
	assert_true(store_absences_lift(s, "keegan", NOW, NULL));
	assert_int_equal(store_absences(s, r->a, NOW, &rows), 1);
	assert_string_equal(rows[0].engineer, "bola");
	assert_true(store_commit(s));
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(marks_are_kept_by_name, room_setup, room_teardown),
		cmocka_unit_test_setup_teardown(a_wrong_clock_s_marks_are_void, room_setup, room_teardown),
		cmocka_unit_test_setup_teardown(absences_are_lifted_by_whose_word_they_are, room_setup, room_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

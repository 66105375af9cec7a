/* Goal: memory is there, zeroed, aligned and apart; where it cannot be, the process ends with one line and nothing else. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ground/mem.h"

static void
an_arena_gives_zeroed_memory_that_does_not_overlap(void **state)
{
	static const size_t sizes[] = { 1, 15, 16, 17, 100, 16384, 3, 16385, 100000, 16000, 400, 1 };
	struct arena *a = arena_new();
	unsigned char *v[COUNT(sizes)];
	size_t asked = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		v[i] = arena_alloc(a, sizes[i]);
		assert_int_equal((uintptr_t)v[i] % 16, 0);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(v[i][j], 0);
		memset(v[i], (int)i + 1, sizes[i]);
		asked += sizes[i];
	}
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t j = 0; j < sizes[i]; j++)
			if (v[i][j] != i + 1)
				fail_msg("object %zu was overwritten", i);
	assert_true(arena_used(a) >= asked && arena_used(a) < asked + 16 * COUNT(sizes));
	assert_non_null(arena_alloc(a, 0));
	arena_free(a);
	arena_free(NULL);
}

static void
strings_are_copied_and_ended(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	char s[] = "hello";
	char *copy = arena_strdup(a, s), *part = arena_strndup(a, s, 2);

	(void)state;
	memset(s, 'x', 5);
	assert_string_equal(copy, "hello");
	assert_string_equal(part, "he");
	assert_null(arena_strdup(a, NULL));
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	assert_string_equal(arena_printf(a, "%s-%d", copy, 7), "hello-7");
	assert_int_equal(strlen(arena_printf(a, "%50000s", "")), 50000);
}

static void
an_array_grows_and_keeps_its_elements(void **state)
{
	struct thing { int64_t n; char c; } *v = NULL;
	AUTO_ARENA struct arena *a = arena_new();
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct thing *x = arena_push(a, &v, &n, sizeof(*x));

		assert_int_equal(n, i + 1);
		assert_ptr_equal(x, &v[i]);
		assert_true(x->n == 0 && x->c == 0);
		*x = (struct thing){ i, (char)i };
	}
	for (int i = 0; i < 1000; i++)
		assert_true(v[i].n == i && v[i].c == (char)i);
	assert_true(arena_used(a) <= 3 * 1024 * sizeof(*v)); /* doubling, not squaring */
}

static void
plain_memory_of_no_bytes_is_memory(void **state)
{
	void *p = xmalloc(0), *q = xcalloc(0, 8), *r = xrealloc(NULL, 0, 4);
	AUTO_FREE char *s = xasprintf("%d%s", 4, "2"), *t = xstrdup(s);

	(void)state;
	assert_true(p != NULL && q != NULL && r != NULL);
	assert_string_equal(t, "42");
	r = xrealloc(r, 3, 4);
	memset(r, 1, 12);
	free(p);
	free(q);
	free(r);
}

/* ---- where there is none ------------------------------------------------------------------------------- */

static void ask_for_a_product_that_overflows(void) { free(xrealloc(NULL, SIZE_MAX / 2, 3)); }
static void ask_for_zeroes_that_overflow(void) { free(xcalloc(SIZE_MAX / 2, 3)); }
static void ask_for_an_array_that_overflows(void) { arena_array(arena_new(), SIZE_MAX / 2, 3); }
static void ask_an_arena_for_everything(void) { arena_alloc(arena_new(), SIZE_MAX - 3); }
static void ask_for_more_than_half(void) { arena_alloc(arena_new(), SIZE_MAX / 2 + 1); }

static void
the_process_ends_where_memory_does(void **state)
{
	void (*const greedy[])(void) = { ask_for_a_product_that_overflows, ask_for_zeroes_that_overflow, ask_for_an_array_that_overflows,
		ask_an_arena_for_everything, ask_for_more_than_half };

	(void)state;
	for (size_t i = 0; i < COUNT(greedy); i++) {
		int said[2], status = 0;
		char line[4096];
		ssize_t n = 0, got;
		pid_t pid;

		assert_int_equal(pipe(said), 0);
		if ((pid = fork()) == 0) {
			setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
			signal(SIGABRT, SIG_DFL);
			dup2(said[1], STDERR_FILENO);
			greedy[i]();
			_exit(0);
		}
		close(said[1]);
		while ((got = read(said[0], line + n, sizeof(line) - 1 - (size_t)n)) > 0)
			n += got;
		line[n] = '\0';
		close(said[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0); /* a sanitizer may be the first to say so */
		assert_true(n > 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_gives_zeroed_memory_that_does_not_overlap),
		cmocka_unit_test(strings_are_copied_and_ended),
		cmocka_unit_test(an_array_grows_and_keeps_its_elements),
		cmocka_unit_test(plain_memory_of_no_bytes_is_memory),
		cmocka_unit_test(the_process_ends_where_memory_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

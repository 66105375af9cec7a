/* Goal: D15, D16: whatever is logged, a line is one line of bounded length, and one that repeats itself does not fill the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ground/log.h"
#include "ground/mem.h"

#define WRITTEN_MAX (1u << 20)

static char written[WRITTEN_MAX];

/* What is written to stderr while `what` runs. */
static size_t
caught(void (*what)(void))
{
	char path[] = "/tmp/test_log.XXXXXX";
	int file = mkstemp(path), saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_true(file >= 0);
	unlink(path);
	dup2(file, STDERR_FILENO);
	what();
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(file, written, sizeof(written) - 1, 0);
	close(file);
	assert_true(n >= 0);
	written[n] = '\0';
	return (size_t)n;
}

static size_t
lines(void)
{
	size_t n = 0;

	for (const char *c = written; *c != '\0'; c++)
		n += *c == '\n';
	return n;
}

static void
a_hundred_thousand_bytes(void)
{
	char *text = xmalloc(100001);

	memset(text, 'x', 100000);
	for (size_t i = 0; i + 1 < 100000; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[100000] = '\0';
	log_error("header: %s", text);
	log_error("a header: %s", text); /* another byte before the cut */
	free(text);
}

static void
a_line_is_capped_between_characters(void **state)
{
	size_t len = caught(a_hundred_thousand_bytes);

	(void)state;
	assert_int_equal(lines(), 2);
	assert_in_range(len, 4000, 2 * 2048);
	for (char *line = strtok(written, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		size_t n = strlen(line);

		assert_string_equal(line + n - 3, "...");
		assert_memory_equal(line + n - 5, "\xc3\xa9", 2);
	}
}

static void
the_same_again_and_again(void)
{
	for (unsigned i = 0; i < 10000; i++)
		log_warning("the server said no");
	log_info("something else");
	for (unsigned i = 0; i < 5; i++)
		log_info("something else");
	log_error("the end");
}

static void
a_repeated_line_is_counted(void **state)
{
	(void)state;
	caught(the_same_again_and_again);
	assert_int_equal(lines(), 5 + 1 + 5 + 1 + 1);
	assert_non_null(strstr(written, "the line before came 9995 more times\n"));
	assert_non_null(strstr(written, "the line before came 1 more time\n"));
}

static void
different_ones(void)
{
	for (unsigned i = 0; i < 1000; i++)
		log_info("mail %u", i);
}

static void
what_differs_is_all_written(void **state)
{
	(void)state;
	caught(different_ones);
	assert_int_equal(lines(), 1000);
	assert_non_null(strstr(written, "mail 999\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_capped_between_characters),
		cmocka_unit_test(a_repeated_line_is_counted),
		cmocka_unit_test(what_differs_is_all_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

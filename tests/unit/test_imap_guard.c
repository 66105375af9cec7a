/* Goal: nothing that could hurt the IMAP library passes the guard, and no honest answer is stopped by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/imap_guard.h"
#include "ground/buf.h"
#include "ground/mem.h"

#define BUDGET (UINT64_C(64) << 20)

/* Feeds the text in pieces of every size from 1 up: where a piece ends must not matter. */
static bool
passes_in(struct imap_guard *g, const char *text, size_t len, size_t piece)
{
	imap_guard_init(g);
	imap_guard_expect(g, BUDGET, 1000);
	for (size_t at = 0; at < len; at += piece)
		if (!imap_guard_feed(g, text + at, len - at < piece ? len - at : piece))
			return false;
	return true;
}

static bool
passes(struct imap_guard *g, const char *text)
{
	size_t len = strlen(text);
	bool first = passes_in(g, text, len, 1);

	for (size_t piece = 2; piece < 20 || piece == len; piece++)
		assert_int_equal(passes_in(g, text, len, piece), first);
	return first;
}

static void
an_ordinary_session_passes(void **state)
{
	struct imap_guard g;

	(void)state;
	assert_true(passes(&g, "* OK [CAPABILITY IMAP4rev1 IDLE] ready (((({5}\r\n1 OK [X] in\r\n"
	    "* FLAGS (\\Seen \\Deleted)\r\n"
	    "* OK [PERMANENTFLAGS (\\Seen \\*)] kept\r\n* 3 EXISTS\r\n* 0 RECENT\r\n2 OK [READ-WRITE] done\r\n"
	    "* LIST () \"/\" \"a \\\" {3} (\"\r\n* SEARCH 1 2 3\r\n3 OK found\r\n"
	    "* 1 FETCH (UID 4 BODY[] {5}\r\n((\n{9 FLAGS (\\Seen))\r\n* 2 FETCH (UID 5 BODY[] {0}\r\n)\r\n4 NO [INUSE] later\r\n"));
	assert_string_equal(g.tagged, "4 NO [INUSE] later");
	assert_string_equal(g.bye, "");
	assert_int_equal(g.exists, 3);
}

static void
what_came_whole_before_a_breach_may_be_used(void **state)
{
	static const char good[] = "* 1 FETCH (UID 4 BODY[] {5}\r\na\nb\r\n)\r\n", bad[] = "* 2 FETCH (UID 5 BODY[] {-1}\r\n";
	struct imap_guard g;
	char both[sizeof(good) + sizeof(bad)];

	(void)state;
	snprintf(both, sizeof(both), "%s%s", good, bad);
	assert_false(passes_in(&g, both, strlen(both), strlen(both)));
	assert_int_equal(g.whole, strlen(good));
	assert_false(imap_guard_feed(&g, good, strlen(good))); /* but nothing after it */
	assert_int_equal(g.whole, 0);
	assert_true(passes_in(&g, good, strlen(good) - 2, strlen(good) - 2));
	assert_int_equal(g.whole, 0);
	assert_true(imap_guard_feed(&g, "\r\n* 3", 5));
	assert_int_equal(g.whole, 2);
}

static void
literals_are_numbers_within_the_limit(void **state)
{
	static const char *const bad[] = { "* 1 FETCH (BODY[] {-5}\r\n", "* 1 FETCH (BODY[] {4294967294}\r\n",
		"* 1 FETCH (BODY[] {1001}\r\n", "* 1 FETCH (BODY[] {}\r\n", "* 1 FETCH (BODY[] {5}x\r\n",
		"* 1 FETCH (BODY[] {5 }\r\n", "* 1 FETCH (BODY[] {5}\n", "* 1 FETCH (BODY[] {5+}\r\n",
		"* 1 FETCH (BODY[] {00000000000005}\r\n", "* LIST () \"/\" {99999}\r\n" };
	struct imap_guard g;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(passes(&g, bad[i]));
		assert_string_not_equal(g.why, "");
		assert_false(imap_guard_feed(&g, "* OK\r\n", 6)); /* for ever */
	}
	assert_true(passes(&g, "* 1 FETCH (BODY[] {1000}\r\n"));
}

/* A line of so many bytes in front of its end. */
static bool
long_line(struct imap_guard *g, const char *beginning, char filler, size_t len)
{
	AUTO_BUF struct buf b;

	buf_init(&b, 8u << 20);
	buf_puts(&b, beginning);
	while (b.len < len)
		buf_putc(&b, filler);
	buf_puts(&b, "\r\n");
	return passes_in(g, b.data, b.len, 16384);
}

static void
lines_have_an_end_and_a_search_may_be_long(void **state)
{
	struct imap_guard g;

	(void)state;
	assert_true(long_line(&g, "* OK ", 'x', IMAP_LINE_MAX - 2));
	assert_false(long_line(&g, "* OK ", 'x', IMAP_LINE_MAX));
	assert_false(long_line(&g, "7 OK ", 'x', IMAP_LINE_MAX));
	assert_false(long_line(&g, "", 'x', IMAP_LINE_MAX));
	assert_true(long_line(&g, "* SEARCH ", '1', 3u << 20));
	assert_false(long_line(&g, "* SEARCH ", '1', IMAP_SEARCH_MAX + 1));
}

static void
nothing_nests_deep(void **state)
{
	struct imap_guard g;

	(void)state;
	assert_false(long_line(&g, "* 1 FETCH (BODYSTRUCTURE ", '(', 20000));
	assert_false(long_line(&g, "*  1 FETCH ", '(', 20000));
	assert_non_null(strstr(g.why, "parentheses"));
	assert_false(passes(&g, "* 1 FETCH (X \"\\\"\" {2}\r\nab {-1}\r\n")); /* still data behind a string and a literal */
	assert_true(long_line(&g, "* OK I like ", '(', 20000)); /* free text is free */
}

static void
the_budget_counts_every_byte(void **state)
{
	struct imap_guard g;

	(void)state;
	imap_guard_init(&g);
	imap_guard_expect(&g, 10, 0);
	assert_true(imap_guard_feed(&g, "* OK a\r\n", 8));
	assert_false(imap_guard_feed(&g, "* O", 3));
	imap_guard_init(&g);
	imap_guard_expect(&g, 10, 0);
	assert_true(imap_guard_feed(&g, "* OK abc\r\n", 10));
}

static void
last_words_are_kept_and_cut(void **state)
{
	struct imap_guard g;

	(void)state;
	assert_true(passes(&g, "* BYE [UNAVAILABLE] down for repair\r\n"));
	assert_string_equal(g.bye, "* BYE [UNAVAILABLE] down for repair");
	assert_true(long_line(&g, "9 NO ", 'x', 5000));
	assert_int_equal(strlen(g.tagged), IMAP_KEEP);
	imap_guard_expect(&g, 10, 0);
	assert_string_equal(g.tagged, "");
	assert_true(passes(&g, "* 1 FETCH (BODY[] {11}\r\n1 NO fake\r\n)\r\n")); /* in a mail nobody speaks */
	assert_string_equal(g.tagged, "");
}

static void
growth_is_noticed_once(void **state)
{
	struct imap_guard g;

	(void)state;
	imap_guard_init(&g);
	imap_guard_expect(&g, BUDGET, 0);
	assert_true(imap_guard_feed(&g, "* 5 EXISTS\r\n", 12));
	assert_true(g.grew);
	g.grew = false;
	assert_true(imap_guard_feed(&g, "* 5 EXISTS\r\n* 2 EXPUNGE\r\n* 4 EXISTS\r\n", 37));
	assert_false(g.grew); /* told again, and one gone: nothing came */
	assert_true(imap_guard_feed(&g, "* 5 exists\r\n", 12));
	assert_true(g.grew);
	assert_int_equal(g.exists, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_session_passes),
		cmocka_unit_test(what_came_whole_before_a_breach_may_be_used),
		cmocka_unit_test(literals_are_numbers_within_the_limit),
		cmocka_unit_test(lines_have_an_end_and_a_search_may_be_long),
		cmocka_unit_test(nothing_nests_deep),
		cmocka_unit_test(the_budget_counts_every_byte),
		cmocka_unit_test(last_words_are_kept_and_cut),
		cmocka_unit_test(growth_is_noticed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: a pattern answers yes, no or stuck, in bounded time, and says where and by what name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "ground/mem.h"
#include "ground/regex.h"

static struct regex *
good(const char *pattern, const char *flags)
{
	struct regex_error err = { "", 0 };
	struct regex *re = regex_compile(pattern, strlen(pattern), flags, &err);

	if (re == NULL)
		fail_msg("%s: %s at %zu", pattern, err.message, err.offset);
	return re;
}

static enum regex_verdict
ask(const char *pattern, const char *flags, const char *subject)
{
	struct regex *re = good(pattern, flags);
	enum regex_verdict v = regex_search(re, subject, strlen(subject), 0, NULL);

	regex_free(re);
	return v;
}

static size_t
bad(const char *pattern, const char *flags, const char *word)
{
	struct regex_error err = { "", 0 };

	assert_null(regex_compile(pattern, strlen(pattern), flags, &err));
	if (strstr(err.message, word) == NULL)
		fail_msg("'%s' does not speak of '%s'", err.message, word);
	return err.offset;
}

static char *
many(const char *unit, size_t bytes)
{
	char *s = xmalloc(bytes + 1);
	size_t n = strlen(unit);

	for (size_t i = 0; i < bytes; i++)
		s[i] = unit[i % n];
	s[bytes] = '\0';
	return s;
}

static void
test_yes_and_no(void **state)
{
	(void)state;
	assert_int_equal(ask("\\bsev-?([01])\\b", "i", "[SEV-1] search is down"), REGEX_YES);
	assert_int_equal(ask("\\bsev-?([01])\\b", "", "[SEV-1] search is down"), REGEX_NO);
	assert_int_equal(ask("^b", "", "a\nb"), REGEX_NO);
	assert_int_equal(ask("^b", "m", "a\nb"), REGEX_YES);
	assert_int_equal(ask("a.b", "s", "a\nb"), REGEX_YES);
	assert_int_equal(ask("a b # says so", "x", "ab"), REGEX_YES);
	assert_int_equal(ask("^$", "", ""), REGEX_YES);
}

static void
test_letters_are_letters_in_every_language(void **state)
{
	(void)state;
	assert_int_equal(ask("\\bcaf\xc3\xa9\\b", "i", "CAF\xc3\x89!"), REGEX_YES);
	assert_int_equal(ask("^\\w+$", "", "\xc3\xa9t\xc3\xa9"), REGEX_YES);
	assert_int_equal(ask("^.$", "", "\xf0\x9f\x94\xa5"), REGEX_YES);
}

static void
test_bytes_that_are_no_text_are_no_error(void **state)
{
	char *s = many("x\xe9\x80 \xf0\x9f", 9000);

	(void)state;
	assert_int_equal(ask("down", "", "caf\xe9 is down"), REGEX_YES);
	assert_int_equal(ask("caf.", "", "caf\xe9"), REGEX_NO);
	assert_int_equal(ask("down", "i", s), REGEX_NO);
	memcpy(s + 8990, "down", 4);
	assert_int_equal(ask("down", "i", s), REGEX_YES);
	free(s);
}

static void
test_names_come_in_order_of_numbers(void **state)
{
	struct regex *re = good("(?<zulu>z)|(?<alpha>a)(?<mike>m)?", "");
	struct regex_match m;

	(void)state;
	assert_int_equal(regex_name_count(re), 3);
	assert_string_equal(regex_name(re, 0), "zulu");
	assert_string_equal(regex_name(re, 1), "alpha");
	assert_string_equal(regex_name(re, 2), "mike");
	assert_null(regex_name(re, 3));
	assert_int_equal(regex_search(re, "..a", 3, 0, &m), REGEX_YES);
	assert_int_equal(m.whole.from, 2);
	assert_int_equal(m.whole.to, 3);
	assert_int_equal(m.nnames, 3);
	assert_false(m.names[0].set);
	assert_true(m.names[1].set);
	assert_int_equal(m.names[1].span.from, 2);
	assert_int_equal(m.names[1].span.to, 3);
	assert_false(m.names[2].set);
	regex_free(re);
}

static void
test_a_search_goes_on_from_where_it_is_told(void **state)
{
	struct regex *re = good("\\bx", "");
	struct regex_match m;

	(void)state;
	assert_int_equal(regex_search(re, "x xx x", 6, 1, &m), REGEX_YES);
	assert_int_equal(m.whole.from, 2);
	assert_int_equal(regex_search(re, "x xx x", 6, 3, &m), REGEX_YES); /* \b sees what stands before */
	assert_int_equal(m.whole.from, 5);
	assert_int_equal(regex_search(re, "x", 1, 2, NULL), REGEX_NO);
	assert_int_equal(regex_search(re, NULL, 0, 0, NULL), REGEX_NO);
	regex_free(re);
}

static void
test_what_blows_up_is_stuck_and_soon(void **state)
{
	struct timespec a, b;
	char *s = many("foobar ", 256 * 1024);

	(void)state;
	assert_int_equal(ask("^(a+)+$", "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), REGEX_STUCK);
	/* Within the match limit at each of its places; 2.7 s in all if nobody looked at the clock. */
	memcpy(s + 256 * 1024 - 6, "c@aexb", 6);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	assert_int_equal(ask("a.*b.*c@aez|a.*b.*c@aexc", "", s), REGEX_STUCK);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	assert_true((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 < 1000);
	free(s);
}

/* With a callout between all its items it would be larger than PCRE2 lets a pattern be; 15 s if that were a way around the clock. */
static void
test_a_large_pattern_is_under_the_clock_too(void **state)
{
	struct timespec a, b;
	char *s = many("foobar ", 256 * 1024), *words = many("word", 18000), *pattern = xcalloc(40000, 1);
	uint64_t steps;

	(void)state;
	memcpy(s + 256 * 1024 - 6, "c@aexb", 6);
	snprintf(pattern, 40000, "%s|a.*b.*c@aez|a.*b.*c@aexc", words);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	assert_int_equal(ask(pattern, "", s), REGEX_STUCK);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	assert_true((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 < 1000);
	memcpy(s + 100000, words, 18000);
	assert_int_equal(ask(words, "", s), REGEX_YES);
	struct regex *re = good(words, "");
	assert_int_equal(regex_measure(re, "", 0, 1000, &steps), REGEX_STUCK); /* too large for that */
	assert_int_equal(steps, 0);
	regex_free(re);
	free(pattern);
	free(words);
	free(s);
}

static void
test_a_long_subject_is_searched_to_its_end(void **state)
{
	char *s = many("The quick brown fox \xc3\xa9 jumps.\n", 256 * 1024);
	struct regex *re = good("(?<=^|\\s)needle(?<n>\\d)$", "m");
	struct regex_match m;

	(void)state;
	for (size_t at = 100; at + 20 < 256 * 1024; at += 5381) {
		char saved[16];

		memcpy(saved, s + at, 16);
		memcpy(s + at, "\nneedle7\n       ", 16);
		assert_int_equal(regex_search(re, s, 256 * 1024, 0, &m), REGEX_YES);
		assert_int_equal(m.whole.from, at + 1);
		assert_int_equal(m.names[0].span.from, at + 7);
		memcpy(s + at, saved, 16);
	}
	assert_int_equal(regex_search(re, s, 256 * 1024, 0, &m), REGEX_NO);
	assert_int_equal(ask("\\A.*\\z", "s", s), REGEX_YES);
	regex_free(re);
	free(s);
}

static void
test_a_deep_repeat_is_not_called_no(void **state)
{
	char *s = many("ab", 1 << 20);

	(void)state;
	/* The machine code's stack overflows here (-46); whatever the second try says, it is not "no match". */
	assert_int_not_equal(ask("^(?:a|b)*c|^(a|b)*$", "", s), REGEX_NO);
	free(s);
}

static void
test_bad_patterns_say_where(void **state)
{
	(void)state;
	assert_int_equal(bad("^\\[sev-(2\\]", "", "parenthes"), 11);
	bad("a", "g", "unknown flag");
	bad("(*LIMIT_MATCH=999999999)a", "", "VERB");
	bad("(*NO_JIT)a", "", "VERB");
	bad("(*UTF)a", "", "VERB");
	bad("a\\Cb", "", "\\C");
	assert_int_equal(bad("*.example.com", "", "quantifier"), 0);
	bad("(?<n>a)(?<n>b)", "", "same name");
	bad("caf\xe9", "", "UTF-8");
}

static void
test_limits_of_a_pattern(void **state)
{
	char *s = many("a", 70000), groups[101 * 10 + 1];
	size_t at = 0;

	(void)state;
	bad(s, "", "too long");
	for (unsigned i = 0; i < 101; i++)
		at += (size_t)snprintf(groups + at, sizeof(groups) - at, "(?<n%u>a)", i);
	bad(groups, "", "named groups");
	free(s);
}

static void
test_the_pattern_is_kept(void **state)
{
	struct regex *re = good("a/b", "i");

	(void)state;
	assert_string_equal(regex_pattern(re), "a/b");
	(void)regex_jit(re);
	regex_free(re);
	regex_free(NULL);
}

/* Steps are what tells a pattern that grows from one that does not, whatever the machine. */
static void
test_steps_are_counted(void **state)
{
	struct regex *plain = good("x[a-z]*y", ""), *nested = good("^(a+)+$", "ims");
	uint64_t few, more, most;
	char *s = many("a", 4000);

	(void)state;
	assert_int_equal(regex_measure(plain, "xaaay", 5, 1000, &few), REGEX_YES);
	assert_true(few > 0);
	assert_int_equal(regex_measure(plain, s, 4000, 1000000, &more), REGEX_NO);
	assert_int_equal(regex_measure(nested, "aaaaaaaaaa!", 11, 1000000, &few), REGEX_NO);
	assert_int_equal(regex_measure(nested, "aaaaaaaaaaaa!", 13, 1000000, &more), REGEX_NO);
	assert_true(more > 3 * few);                           /* two letters more, four times the steps */
	s[3999] = '!';
	assert_int_equal(regex_measure(nested, s, 4000, 1000, &most), REGEX_STUCK);
	assert_true(most >= 1000 && most < 6000);
	assert_int_equal(regex_search(nested, "aaaa", 4, 0, NULL), REGEX_YES); /* counting leaves nothing behind */
	assert_string_equal(regex_flags(nested), "ims");
	assert_string_equal(regex_flags(plain), "");
	regex_free(plain);
	regex_free(nested);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yes_and_no),
		cmocka_unit_test(test_letters_are_letters_in_every_language),
		cmocka_unit_test(test_bytes_that_are_no_text_are_no_error),
		cmocka_unit_test(test_names_come_in_order_of_numbers),
		cmocka_unit_test(test_a_search_goes_on_from_where_it_is_told),
		cmocka_unit_test(test_what_blows_up_is_stuck_and_soon),
		cmocka_unit_test(test_a_large_pattern_is_under_the_clock_too),
		cmocka_unit_test(test_a_long_subject_is_searched_to_its_end),
		cmocka_unit_test(test_a_deep_repeat_is_not_called_no),
		cmocka_unit_test(test_bad_patterns_say_where),
		cmocka_unit_test(test_limits_of_a_pattern),
		cmocka_unit_test(test_the_pattern_is_kept),
		cmocka_unit_test(test_steps_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

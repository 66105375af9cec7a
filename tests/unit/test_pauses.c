/* Goal: a pattern with pauses behind its repeats is the same pattern, and has one behind each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ground/pauses.h"
#include "ground/regex.h"

#define P PAUSE_CALLOUT

static const struct { const char *plain, *paused; } patterns[] = {
	{ "", "" },
	{ "abc|d?e", "abc|d?e" },
	{ "a*b+c", "a*" P "b+" P "c" },
	{ "a*?b++c{2,3}?d{2}f{x}g{2,}", "a*?" P "b++" P "c{2,3}?" P "d{2}f{x}g{2,}" P },
	{ "(?:a+)+", "(?:a+" P ")+" P },
	{ "\\*\\+\\\\+", "\\*\\+\\\\+" P },
	{ "[*+]+[]*]*[^]+]+[\\]+]a", "[*+]+" P "[]*]*" P "[^]+]+" P "[\\]+]a" },
	{ "[[:alpha:]+]x*", "[[:alpha:]+]x*" P },
	{ "\\p{Lu}+\\x{41}*", "\\p{Lu}+" P "\\x{41}*" P },
	{ "(?#a+ b*)c+", "(?#a+ b*)c+" P },
	{ "(?<n>a+)\\k{n}*(*FAIL)|(?<!x)b*", "(?<n>a+" P ")\\k{n}*" P "(*FAIL)|(?<!x)b*" P },
	{ "(a+)(?=b*)\\1+", "(a+" P ")(?=b*" P ")\\1+" P },
};

static void
each_repeat_has_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		char *got = pattern_with_pauses(patterns[i].plain, strlen(patterns[i].plain));

		assert_string_equal(got, patterns[i].paused);
		free(got);
	}
	assert_null(pattern_with_pauses("a\\Q*+\\E", 7));
}

static void
what_ends_in_the_middle_ends_there(void **state)
{
	static const char *const cut[] = { "a\\", "[", "[^", "[]", "[a\\", "(", "(?", "(?#a", "a{", "a{1", "a{1,", "\\x{", "[[:alpha" };

	(void)state;
	for (size_t i = 0; i < sizeof(cut) / sizeof(*cut); i++) {
		char *got = pattern_with_pauses(cut[i], strlen(cut[i]));

		assert_string_equal(got, cut[i]);
		free(got);
	}
}

static void
it_finds_the_same(void **state)
{
	static const char *const texts[] = { "", "aaabbbccc", "aab ab{x} *+\\\\", "]+]*[+", "AAAb aaxb", "ccddeee" };
	struct regex_match x, y;

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		char *paused = pattern_with_pauses(patterns[i].plain, strlen(patterns[i].plain));
		struct regex *one = regex_compile(patterns[i].plain, strlen(patterns[i].plain), "", NULL);
		struct regex *two = regex_compile(paused, strlen(paused), "", NULL);

		assert_non_null(one);
		assert_non_null(two);
		for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++) {
			enum regex_verdict got = regex_search(one, texts[t], strlen(texts[t]), 0, &x);

			assert_int_equal(regex_search(two, texts[t], strlen(texts[t]), 0, &y), got);
			if (got == REGEX_YES)
				assert_true(x.whole.from == y.whole.from && x.whole.to == y.whole.to && x.nnames == y.nnames);
		}
		regex_free(one);
		regex_free(two);
		free(paused);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_repeat_has_one),
		cmocka_unit_test(what_ends_in_the_middle_ends_there),
		cmocka_unit_test(it_finds_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

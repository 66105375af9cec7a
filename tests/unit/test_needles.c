/* Goal: what a pattern is said to need is in all that it matches, and one pass finds what is in a text, no more and no less. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ground/mem.h"
#include "ground/needles.h"
#include "ground/regex.h"

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* As "one two", sorted; "" where nothing is known. */
static const char *
required(const char *pattern, const char *flags)
{
	static char words[NEEDLES_ANY_MAX][NEEDLE_BYTES_MAX + 1], out[NEEDLES_ANY_MAX * (NEEDLE_BYTES_MAX + 1) + 1];
	struct literals l = { .n = 0 };

	*out = '\0';
	if (!literals_required(pattern, strlen(pattern), flags, &l))
		return out;
	assert_true(l.n > 0 && l.n <= NEEDLES_ANY_MAX);
	memset(words, 0, sizeof(words));
	for (size_t i = 0; i < l.n; i++) {
		assert_true(l.v[i].len >= NEEDLE_BYTES_MIN && l.v[i].len <= NEEDLE_BYTES_MAX);
		memcpy(words[i], l.v[i].text, l.v[i].len);
	}
	qsort(words, l.n, sizeof(*words), by_text);
	for (size_t i = 0; i < l.n; i++)
		sprintf(out + strlen(out), "%s%s", i > 0 ? "|" : "", words[i]);
	return out;
}

static void
patterns_that_are_understood(void **state)
{
	static const struct { const char *pattern, *flags, *needs; } cases[] = {
		{ "zoekt", "", "zoekt" }, { "Zoekt", "i", "zoekt" }, { "ab", "", "" }, { "abc", "", "abc" },
		{ "indexed.search", "i", "indexed" }, { "\\b(?:disk|volume) (?:is )?full\\b", "i", "disk full|disk is full|volume full|volume is full" },
		{ "licen[cs]e", "", "licence|license" }, { "a(?:b|cd)e", "", "abe|acde" }, { "xa(?:b|cd)e", "", "xabe|xacde" },
		{ "(?<word>one|two)+", "", "one|two" }, { "one(?:two)*three", "", "three" }, { "one(?:two)?three", "", "onethree|onetwothree" },
		{ "(?:abc){2,}", "", "abc" }, { "(?:abc){0,2}", "", "" }, { "(?:abc){0}", "", "" }, { "(?:abc){1}d", "", "abcd" },
		{ "abc|d", "", "" }, { "abc|def|", "", "" }, { "(?:abc|def)|ghi", "", "abc|def|ghi" }, { "\\d+ms elapsed", "", "ms elapsed" },
		{ "a\\.b\\/c", "", "a.b/c" }, { "^abc$", "m", "abc" }, { "abc?", "", "" }, { "abcd?", "", "abc|abcd" }, { "abc+", "", "" },
		{ "abcd+", "", "abc" }, { "[^a]bcd", "", "bcd" }, { "[]a]bcd", "", "]bcd|abcd" }, { "caf\xc3\xa9s", "", "caf\xc3\xa9s" },
		{ "caf\xc3\xa9 bar", "i", " bar" }, { "[a-c]xyz", "", "xyz" }, { "(?>abc)d", "", "abcd" }, { "a\\wbcd", "", "bcd" },
		/* and those that are not */
		{ "abc", "x", "" }, { "(?=abc)", "", "" }, { "(?!abc)def", "", "" }, { "(?<=abc)def", "", "" }, { "(?<!abc)def", "", "" },
		{ "(?i)abc", "", "" }, { "(?i:abc)", "", "" }, { "(abc)\\1", "", "" }, { "\\Qabc\\E", "", "" }, { "abc(*ACCEPT)def", "", "" },
		{ "abc\\Kdef", "", "" }, { "\\x61bc", "", "" }, { "\\p{L}abc", "", "" }, { "(?#abc)def", "", "" }, { "(?|abc|def)", "", "" },
		{ "(?(?=a)abc|def)", "", "" }, { "(?&x)(?<x>abc)", "", "" }, { "[[:alpha:]]abc", "", "" }, { "abc\\N{U+61}", "", "" }, { "ab\\c]", "", "" },
		{ "abc{x}", "", "" }, { "(?C1)abc", "", "" }, { "(?:(?:(?:(?:(?:(?:(?:(?:(?:(?:(?:(?:(?:abc)))))))))))))", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = required(cases[i].pattern, cases[i].flags);

		if (strcmp(got, cases[i].needs) != 0)
			fail_msg("/%s/%s needs '%s', not '%s'", cases[i].pattern, cases[i].flags, cases[i].needs, got);
	}
}

/* ---- one pass ------------------------------------------------------------------------------------------ */

static struct literal
literal(const char *text)
{
	struct literal l = { .len = (unsigned char)strlen(text) };

	memcpy(l.text, text, l.len);
	return l;
}

static void
all_that_is_there_is_found_and_nothing_else(void **state)
{
	static const char *const words[] = { "abc", "abcd", "bcd", "kelvin", "miss", "xyz", "  a", "end", "\xc3\xa9t\xc3\xa9" };
	static const struct { const char *text; unsigned found; } cases[] = {
		{ "", 0 }, { "ab", 0 }, { "abc", 1 }, { "ABC", 1 }, { "xabcdx", 1 | 2 | 4 }, { "bcd", 4 }, { "\xe2\x84\xaa" "elvin", 8 },
		{ "mi\xc5\xbfs", 16 }, { "MI\xc5\xbf\xc5\xbf", 16 }, { "XY", 0 }, { "the end", 128 }, { "the en", 0 }, { "   a", 64 },
		{ "un \xc3\xa9t\xc3\xa9", 256 }, { "\xe2\x84", 0 }, { "en\xc5", 0 }, { "a long line of ASCII, then Kelvin and ABCD\xc3\xa9", 1 | 2 | 4 | 8 },
	};
	AUTO_ARENA struct arena *a = arena_new();
	struct needles *n = needles_new(a);

	(void)state;
	for (size_t again = 0; again < 2; again++)
		for (size_t i = 0; i < COUNT(words); i++) {
			struct literal l = literal(words[i]);

			assert_int_equal(needles_add(n, &l), i); /* the same word is the same needle */
		}
	needles_ready(n);
	assert_int_equal(needles_count(n), COUNT(words));
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(*needles_find(n, a, cases[i].text, strlen(cases[i].text)), cases[i].found);
}

static uint32_t seed = 20261124;

static unsigned
chance(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* Thousands of needles of few letters, so that they hide in each other, against strstr. */
static void
many_needles_agree_with_a_simple_search(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct needles *n = needles_new(a);
	char words[3000][9], text[2001];
	const uint64_t *found;
	unsigned yes = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		struct literal l;
		size_t len = 3 + chance(6);

		for (size_t k = 0; k < len; k++)
			words[i][k] = "abck -1"[chance(7)];
		words[i][len] = '\0';
		l = literal(words[i]);
		for (size_t k = 0; k < i; k++)
			if (strcmp(words[k], words[i]) == 0)
				words[i][0] = '\0';
		if (words[i][0] == '\0') {
			i--;
			continue;
		}
		assert_int_equal(needles_add(n, &l), i);
	}
	needles_ready(n);
	for (size_t k = 0; k < sizeof(text) - 1; k++)
		text[k] = "abck -1"[chance(7)];
	text[sizeof(text) - 1] = '\0';
	found = needles_find(n, a, text, sizeof(text) - 1);
	for (size_t i = 0; i < COUNT(words); i++) {
		assert_int_equal(needles_has(found, (uint32_t)i), strstr(text, words[i]) != NULL);
		yes += needles_has(found, (uint32_t)i);
	}
	assert_in_range(yes, 100, COUNT(words) - 100);
}

/* ---- patterns and texts at random, against PCRE2 ------------------------------------------------------- */

static const char *const words[] = { "abc", "sk", "KES", "ask", "a", "s", "k", "-1", "misk", "\xc3\xa9", "\xc5\xbf", "\xe2\x84\xaa", "b", " " };

static void
add_pattern(char *out, unsigned depth)
{
	static const char *const pieces[] = { "\\b", "\\w", ".", "[ks]", "[^k]", "[a-k]", "\\.", "\\-", "[Sa]", "(?=a)", "(?i)", "^", "$", "\\s", "(?!k)", "\\B" };
	static const char *const repeats[] = { "?", "*", "+", "{2}", "{0,1}", "{1,2}", "??", "*?", "++", "{1}" };

	for (unsigned n = 1 + chance(4); n > 0; n--) {
		if (chance(4) == 0 && depth < 3) {
			strcat(out, chance(3) ? "(?:" : "(");
			add_pattern(out, depth + 1);
			strcat(out, ")");
		} else if (chance(4) == 0)
			strcat(out, pieces[chance(chance(3) ? 9 : COUNT(pieces))]);
		else
			strcat(out, words[chance(COUNT(words))]);
		if (chance(5) == 0)
			strcat(out, repeats[chance(COUNT(repeats))]);
		if (chance(6) == 0)
			strcat(out, "|");
	}
}

static void
add_text(char *out)
{
	*out = '\0';
	for (unsigned n = chance(14); n > 0; n--) {
		const char *word = words[chance(COUNT(words))];

		for (char *end = out + strlen(out); *word != '\0'; word++) {
			if (*word == 'k' && chance(4) == 0)
				end = stpcpy(end, "\xe2\x84\xaa");
			else {
				*end++ = *word >= 'a' && *word <= 'z' && chance(3) == 0 ? (char)(*word - 32) : *word;
				*end = '\0';
			}
		}
		if (chance(20) == 0)
			strcat(out, "\xff"); /* no UTF-8 at all */
	}
}

static void
a_pattern_never_matches_without_what_it_needs(void **state)
{
	unsigned held = 0, skipped = 0;

	(void)state;
	for (unsigned round = 0; round < 6000; round++) {
		AUTO_ARENA struct arena *a = arena_new();
		const char *flags = chance(2) ? "i" : "";
		struct needles *n = needles_new(a);
		char pattern[2000] = "", text[400];
		struct literals l;
		struct regex *re;

		add_pattern(pattern, 0);
		re = regex_compile(pattern, strlen(pattern), flags, NULL);
		if (re == NULL || !literals_required(pattern, strlen(pattern), flags, &l)) {
			regex_free(re);
			continue;
		}
		for (size_t i = 0; i < l.n; i++)
			needles_add(n, &l.v[i]);
		needles_ready(n);
		for (unsigned k = 0; k < 30; k++) {
			const uint64_t *found;

			add_text(text);
			found = needles_find(n, a, text, strlen(text));
			if (*found != 0)
				held++;
			else if (regex_search(re, text, strlen(text), 0, NULL) == REGEX_YES)
				fail_msg("/%s/%s matches '%s', which has none of '%s'", pattern, flags, text, required(pattern, flags));
			else
				skipped++;
		}
		regex_free(re);
	}
	assert_true(held > 3000 && skipped > 3000); /* both happen often */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_that_are_understood),
		cmocka_unit_test(all_that_is_there_is_found_and_nothing_else),
		cmocka_unit_test(many_needles_agree_with_a_simple_search),
		cmocka_unit_test(a_pattern_never_matches_without_what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

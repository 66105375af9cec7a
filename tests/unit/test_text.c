/* Goal: whatever bytes strangers send, what we show is valid, on one line and harmless, and what we compare is what people mean. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"

/* Well-formed UTF-8 as the table of the Unicode standard (3-7) has it, not by decoding. */
static size_t
table_3_7(const unsigned char *s, size_t len)
{
	static const struct { unsigned char first, last, low, high, more; } rows[] = { { 0x00, 0x7f, 0, 0, 0 }, { 0xc2, 0xdf, 0x80, 0xbf, 1 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 2 }, { 0xe1, 0xec, 0x80, 0xbf, 2 }, { 0xed, 0xed, 0x80, 0x9f, 2 }, { 0xee, 0xef, 0x80, 0xbf, 2 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 3 }, { 0xf1, 0xf3, 0x80, 0xbf, 3 }, { 0xf4, 0xf4, 0x80, 0x8f, 3 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (s[0] < rows[i].first || s[0] > rows[i].last)
			continue;
		if (rows[i].more + 1u > len || (rows[i].more > 0 && (s[1] < rows[i].low || s[1] > rows[i].high)))
			return 0;
		for (size_t j = 2; j <= rows[i].more; j++)
			if (s[j] < 0x80 || s[j] > 0xbf)
				return 0;
		return rows[i].more + 1u;
	}
	return 0;
}

static bool
valid_by_table(const unsigned char *s, size_t len)
{
	for (size_t i = 0, n; i < len; i += n)
		if ((n = table_3_7(s + i, len - i)) == 0)
			return false;
	return true;
}

/* All strings of one and two bytes; of three and four those whose bytes stand at an edge of the table. */
static void
utf8_is_what_the_standard_says(void **state)
{
	static const unsigned char edges[] = { 0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
		0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff };
	unsigned char s[4];
	unsigned bad = 0;

	(void)state;
	for (unsigned v = 0; v < 65536; v++) {
		s[0] = (unsigned char)(v >> 8);
		s[1] = (unsigned char)v;
		bad += utf8_valid((char *)s, 2) != valid_by_table(s, 2);
		bad += utf8_valid((char *)s, 1) != valid_by_table(s, 1);
	}
	for (size_t i = 0; i < COUNT(edges); i++)
		for (size_t j = 0; j < COUNT(edges); j++)
			for (size_t k = 0; k < COUNT(edges); k++)
				for (size_t l = 0; l < COUNT(edges); l++) {
					memcpy(s, (unsigned char[]){ edges[i], edges[j], edges[k], edges[l] }, 4);
					bad += utf8_valid((char *)s, 4) != valid_by_table(s, 4);
					bad += utf8_valid((char *)s, 3) != valid_by_table(s, 3);
				}
	assert_int_equal(bad, 0);
	assert_true(utf8_valid("", 0));
}

static void
cleaning_keeps_the_good_and_marks_the_bad(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_string_equal(utf8_clean(a, "gr\xc3\xbc\xc3\x9f", 6, 100), "grüß");
	assert_string_equal(utf8_clean(a, "a\xff" "b\0c", 5, 100), "a\xef\xbf\xbd" "b\xef\xbf\xbd" "c");
	assert_string_equal(utf8_clean(a, "\xe2\x82", 2, 100), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(utf8_clean(a, "aüb", 4, 2), "a");
	assert_string_equal(utf8_clean(a, "aüb", 4, 3), "aü");
	assert_string_equal(utf8_clean(a, "a\xff", 2, 3), "a"); /* the mark does not fit */
	assert_string_equal(utf8_clean(a, "", 0, 0), "");
	for (unsigned v = 0; v < 65536; v++) {
		char s[] = { 'a', (char)(v >> 8), (char)v, (char)(v * 7) }, *out;

		if (v % 512 == 0) {
			arena_free(a);
			a = arena_new();
		}
		out = utf8_clean(a, s, 4, 9);
		assert_true(strlen(out) <= 9 && utf8_valid(out, strlen(out)));
	}
}

/* Most text is ASCII and read eight bytes at a time: what is not must be found at every place among it. */
static void
cleaning_finds_the_bad_wherever_it_stands(void **state)
{
	static const struct { const char *s; size_t len; const char *clean; bool valid; } odd[] = {
		{ "\0", 1, "\xef\xbf\xbd", true }, { "\x80", 1, "\xef\xbf\xbd", false }, { "ü", 2, "ü", true }, { "\xe2\x82\xac", 3, "€", true },
		{ "\xe2\x82", 2, "\xef\xbf\xbd\xef\xbf\xbd", false }, { "\xff\0", 2, "\xef\xbf\xbd\xef\xbf\xbd", false }, { "\x7f\x01", 2, "\x7f\x01", true } };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (size_t k = 0; k < COUNT(odd); k++)
		for (size_t before = 0; before <= 20; before++)
			for (size_t after = 0; after <= 20; after++) {
				char s[48], want[64];
				size_t len = before + odd[k].len + after;

				memset(s, 'x', sizeof(s));
				memcpy(s + before, odd[k].s, odd[k].len);
				snprintf(want, sizeof(want), "%.*s%s%.*s", (int)before, "xxxxxxxxxxxxxxxxxxxx", odd[k].clean, (int)after, "xxxxxxxxxxxxxxxxxxxx");
				assert_string_equal(utf8_clean(a, s, len, 100), want);
				assert_int_equal(utf8_valid(s, len), odd[k].valid);
				for (size_t max = 0; max <= strlen(want); max++) {
					const char *cut = utf8_clean(a, s, len, max);

					assert_int_equal(strlen(cut), utf8_cut(want, strlen(want), max));
					assert_memory_equal(cut, want, strlen(cut));
				}
			}
}

static void
a_cut_falls_between_letters(void **state)
{
	static const char s[] = "aü€😀";

	(void)state;
	for (size_t max = 0; max <= 12; max++) {
		size_t n = utf8_cut(s, 10, max);

		assert_int_equal(n, max >= 10 ? 10 : max >= 6 ? 6 : max >= 3 ? 3 : max >= 1 ? 1 : 0);
	}
}

static void
columns_are_counted_as_a_terminal_does(void **state)
{
	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		skip();
	assert_int_equal(utf8_columns(""), 0);
	assert_int_equal(utf8_columns("grüß"), 4);
	assert_int_equal(utf8_columns("日本"), 4);
	assert_int_equal(utf8_columns("e\xcc\x81"), 1);
	assert_int_equal(utf8_columns("a\xff\x01"), 3);
}

static void
a_line_for_people_is_one_line_and_cannot_move_a_cursor(void **state)
{
	static const struct { const char *in, *out; } v[] = { { "plain", "plain" }, { "a\nb\r\tc", "a\\x0ab\\x0d\\x09c" }, { "\x1b[2J", "\\x1b[2J" },
		{ "\x7f", "\\x7f" }, { "\xc2\x85", "\\x85" }, { "\xc2\x9b" "31m", "\\x9b31m" }, { "\xff\xc3", "\\xff\\xc3" }, { "\xe2\x80\xae" "exe.txt", "\\u{202e}exe.txt" },
		{ "\xe2\x80\xa8", "\\u{2028}" }, { "\xe2\x81\xa6", "\\u{2066}" }, { "\xef\xbb\xbf" "x", "\\u{feff}x" }, { "grüß 日本 😀", "grüß 日本 😀" } };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++)
		assert_string_equal(text_printable(a, v[i].in, 100), v[i].out);
	assert_string_equal(text_printable(a, "0123456789", 10), "0123456789");
	assert_string_equal(text_printable(a, "0123456789x", 10), "0123456...");
	assert_string_equal(text_printable(a, "012345üüüü", 10), "012345...");
	assert_true(strlen(text_printable(a, "\x01\x02\x03\x04", 10)) <= 10);
}

static void
whole_texts_keep_their_lines(void **state)
{
	AUTO_BUF struct buf b;

	(void)state;
	buf_init(&b, 1000);
	text_printable_lines(&b, "one\n\ttwo\x1b\0\r\n", 12);
	assert_string_equal(b.data, "one\n\ttwo\\x1b\\x00\\x0d\n");
}

static void
space_is_squeezed_and_trimmed(void **state)
{
	static const char *const spaces[] = { " ", "\t", "\n", "\r\n", "\v\f", "\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\x83", "\xe2\x80\xaf", "\xe2\x80\xa8", "\xe2\x80\xa9",
		"\xc2\x85", "\xe1\x9a\x80", "\xe2\x81\x9f", " \xc2\xa0\t" };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(spaces); i++)
		assert_string_equal(text_squeeze(a, arena_printf(a, "%sone%stwo%s%s", spaces[i], spaces[i], spaces[i], spaces[i])), "one two");
	assert_string_equal(text_squeeze(a, ""), "");
	assert_string_equal(text_squeeze(a, " \n "), "");
	assert_string_equal(text_squeeze(a, "\xe2\x80\x94 \xc2\xa9"), "— ©");
	assert_string_equal(text_trim(a, " \t a b \r\n", 9), "a b");
	assert_string_equal(text_trim(a, "  ", 2), "");
	assert_string_equal(text_trim(a, "abc", 2), "ab");
}

static void
case_matters_in_ascii_alone(void **state)
{
	char s[] = "AbZ[@ÄZ";

	(void)state;
	assert_true(text_starts_nocase("Subject: x", "subject"));
	assert_false(text_starts_nocase("Sub", "subject"));
	assert_true(text_starts_nocase("x", ""));
	assert_true(text_equal_nocase("ABC", "abc"));
	assert_false(text_equal_nocase("abc", "ab"));
	assert_false(text_equal_nocase("Ä", "ä"));
	assert_false(text_equal_nocase("[", "{")); /* 32 apart, and no letters */
	assert_true(text_equal_nocase(NULL, NULL));
	assert_false(text_equal_nocase(NULL, ""));
	assert_false(text_equal_nocase("", NULL));
	text_lower_ascii(s);
	assert_string_equal(s, "abz[@Äz");
}

static void
the_nearest_word_is_what_was_meant(void **state)
{
	static const char *const words[] = { "mailbox", "mail", "rotation", "rules", "rule", "team" };

	(void)state;
	assert_string_equal(text_nearest("rotaiton", words, COUNT(words)), "rotation"); /* swapped letters count once */
	assert_string_equal(text_nearest("MAILBOX", words, COUNT(words)), "mailbox");
	assert_string_equal(text_nearest("ruls", words, COUNT(words)), "rules");
	assert_string_equal(text_nearest("tem", words, COUNT(words)), "team");
	assert_string_equal(text_nearest("malibx", words, COUNT(words)), "mailbox"); /* two of six */
	assert_null(text_nearest("mlx", words, COUNT(words)));
	assert_null(text_nearest("", words, COUNT(words)));
	assert_null(text_nearest("submission", words, COUNT(words)));
	assert_null(text_nearest("rule", words, 0));
	assert_null(text_nearest("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", words, COUNT(words)));
}

static void
a_number_is_a_whole_number_in_its_range(void **state)
{
	static const char *const none[] = { "", " 1", "1 ", "+1", "-1", "0x1", "1.0", "1e3", "18446744073709551616", "99999999999999999999999", "١" };
	uint64_t n = 7;

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++)
		assert_false(text_u64(none[i], 0, UINT64_MAX, &n));
	assert_false(text_u64("9", 10, 20, &n));
	assert_false(text_u64("21", 10, 20, &n));
	assert_int_equal(n, 7);
	assert_true(text_u64("10", 10, 20, &n) && n == 10);
	assert_true(text_u64("20", 10, 20, &n) && n == 20);
	assert_true(text_u64("0", 0, 0, &n) && n == 0);
	assert_true(text_u64("18446744073709551615", 0, UINT64_MAX, &n) && n == UINT64_MAX);
}

static void
globs_match_whole_strings(void **state)
{
	static const struct { const char *pattern, *s; bool matches; } v[] = { { "", "", true }, { "", "a", false }, { "*", "", true }, { "*", "anything", true },
		{ "a*", "ba", false }, { "*@acme.example", "BOB@ACME.example", true }, { "*@acme.example", "bob@acme.example.org", false },
		{ "?", "ü", true }, { "??", "ü", false }, { "?", "", false }, { "a?c", "abc", true }, { "a?c", "ac", false }, { "*?", "", false },
		{ "**a**", "bab", true }, { "a*b*c", "a-b-b-c", true }, { "a*b*c", "a-c-b", false }, { "*?€", "😀€", true }, { "*??€", "😀€", false },
		{ "*.log", "a.log.log", true } };
	AUTO_ARENA struct arena *a = arena_new();
	char *s = arena_alloc(a, 20001), *p = arena_alloc(a, 2001);

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++)
		if (text_glob(v[i].pattern, v[i].s) != v[i].matches)
			fail_msg("\"%s\" over \"%s\"", v[i].pattern, v[i].s);
	memset(s, 'a', 20000);
	for (size_t i = 0; i < 2000; i += 2)
		memcpy(p + i, "*a", 2);
	p[1999] = 'b';
	assert_false(text_glob(p, s)); /* a thousand stars: it ends, and soon */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_what_the_standard_says),
		cmocka_unit_test(cleaning_keeps_the_good_and_marks_the_bad),
		cmocka_unit_test(cleaning_finds_the_bad_wherever_it_stands),
		cmocka_unit_test(a_cut_falls_between_letters),
		cmocka_unit_test(columns_are_counted_as_a_terminal_does),
		cmocka_unit_test(a_line_for_people_is_one_line_and_cannot_move_a_cursor),
		cmocka_unit_test(whole_texts_keep_their_lines),
		cmocka_unit_test(space_is_squeezed_and_trimmed),
		cmocka_unit_test(case_matters_in_ascii_alone),
		cmocka_unit_test(the_nearest_word_is_what_was_meant),
		cmocka_unit_test(a_number_is_a_whole_number_in_its_range),
		cmocka_unit_test(globs_match_whole_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: nothing that a redaction names leaves for a team; where one cannot be applied, nothing leaves at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ground/mem.h"
#include "ground/regex.h"
#include "ground/text.h"
#include "judge/redact.h"

static const char *report;

static const char *
redacted(struct arena *a, const char *text, size_t n, const char *const rules[][3])
{
	struct redaction v[8];
	const char *out;

	assert_true(n <= COUNT(v));
	for (size_t i = 0; i < n; i++) {
		struct regex_error err;

		v[i] = (struct redaction){ .name = rules[i][0], .re = regex_compile(rules[i][1], strlen(rules[i][1]), "i", &err), .with = rules[i][2] };
		assert_non_null(v[i].re);
	}
	report = "never written";
	out = redact(a, v, n, text, &report);
	for (size_t i = 0; i < n; i++)
		regex_free((struct regex *)(uintptr_t)v[i].re);
	return out;
}

static void
every_place_is_replaced_and_reported(void **state)
{
	static const char *const rules[][3] = { { "password", "password: \\S+", "password: ***" }, { "mail", "\\w+@\\w+\\.example", "[someone]" },
		{ "card", "\\d{16}", "[card]" } };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_string_equal(redacted(a, "Password: hunter2\nmail bob@acme.example or al@acme.example, password: x", 3, rules),
	    "password: ***\nmail [someone] or [someone], password: ***");
	assert_string_equal(report, "password: 2 places\nmail: 2 places");
	assert_string_equal(redacted(a, "1234567890123456", 3, rules), "[card]");
	assert_string_equal(report, "card: 1 place");
}

static void
what_nothing_matches_stays_as_it_is(void **state)
{
	static const char *const rules[][3] = { { "secret", "secret", "x" } };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_string_equal(redacted(a, "plain ünïcode\n", 1, rules), "plain ünïcode\n");
	assert_null(report);
	assert_string_equal(redacted(a, "", 1, rules), "");
	assert_string_equal(redacted(a, "secret", 0, rules), "secret");
	assert_null(report);
}

static void
they_are_applied_in_their_order_and_see_what_was_replaced(void **state)
{
	static const char *const there[][3] = { { "one", "a+", "b" }, { "two", "b", "c" } }, *const back[][3] = { { "two", "b", "c" }, { "one", "a+", "b" } };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_string_equal(redacted(a, "aaa-b", 2, there), "c-c");
	assert_string_equal(redacted(a, "aaa-b", 2, back), "b-c");
	assert_string_equal(report, "two: 1 place\none: 1 place");
}

static void
the_replacement_is_text_and_is_not_searched_again(void **state)
{
	static const char *const rules[][3] = { { "x", "x", "xx$0\\1" } };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_string_equal(redacted(a, "axbx", 1, rules), "axx$0\\1bxx$0\\1");
	assert_string_equal(report, "x: 2 places");
}

static void
empty_matches_do_not_stand_still_and_do_not_break_letters(void **state)
{
	static const char *const rules[][3] = { { "nothing", "z*", "-" } }, *const edges[][3] = { { "edge", "\\b", "|" } };
	AUTO_ARENA struct arena *a = arena_new();
	const char *out;

	(void)state;
	out = redacted(a, "éa", 1, rules);
	assert_string_equal(out, "-é-a-");
	assert_string_equal(redacted(a, "", 1, rules), "-");
	assert_string_equal(redacted(a, "ab ü", 1, edges), "|ab| |ü|");
}

static void
look_behind_sees_what_stood_before(void **state)
{
	static const char *const rules[][3] = { { "value", "(?<=key=)\\w+", "*" }, { "start", "^first", "*" } };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_string_equal(redacted(a, "first key=one key=two first", 2, rules), "* key=* key=* first");
}

static void
a_redaction_that_is_stuck_withholds_everything(void **state)
{
	static const char *const rules[][3] = { { "fine", "secret", "x" }, { "runaway", "(\\w+\\s?)+:$", "x" }, { "last", "never", "x" } };
	AUTO_ARENA struct arena *a = arena_new();
	char text[2001];
	const char *out;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "secret ", 7);
	memcpy(text + sizeof(text) - 3, ":!", 2);
	text[sizeof(text) - 1] = '\0';
	out = redacted(a, text, 3, rules);
	assert_string_equal(out, "[withheld]");
	assert_non_null(strstr(report, "runaway"));
	assert_non_null(strstr(report, "withheld"));
}

static void
too_many_places_and_too_much_text_withhold_everything(void **state)
{
	static const char *const many[][3] = { { "many", "a", "b" } }, *const grows[][3] = { { "grows", "a", "0123456789012345678901234567890123456789"
		"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" } };
	AUTO_ARENA struct arena *a = arena_new();
	char *text = arena_alloc(a, 20001);

	(void)state;
	memset(text, 'a', 9999);
	assert_int_equal(strspn(redacted(a, text, 1, many), "b"), 9999);
	assert_string_equal(report, "many: 9999 places");
	memset(text, 'a', 10000);
	assert_string_equal(redacted(a, text, 1, many), "[withheld]");
	assert_int_equal(strlen(redacted(a, text + 3000, 1, grows)), 7000 * strlen(grows[0][2]));
	memset(text, 'a', 9000); /* fewer places than that, but each becomes longer than the room there is */
	text[9000] = '\0';
	assert_string_equal(redacted(a, text, 1, grows), "[withheld]");
	assert_non_null(strstr(report, "withheld"));
}

static void
a_text_over_the_limit_is_cut_between_letters(void **state)
{
	static const char *const rules[][3] = { { "secret", "secret", "x" } };
	AUTO_ARENA struct arena *a = arena_new();
	char *text = arena_alloc(a, REDACT_BYTES + 100);
	const char *out;

	(void)state;
	memset(text, '.', REDACT_BYTES - 1);
	memcpy(text, "secret", 6);
	strcpy(text + REDACT_BYTES - 1, "é and a secret");
	out = redacted(a, text, 1, rules);
	assert_int_equal(strlen(out), REDACT_BYTES - 1 - 5);
	assert_true(utf8_valid(out, strlen(out)));
	assert_null(strstr(out, "secret"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_place_is_replaced_and_reported),
		cmocka_unit_test(what_nothing_matches_stays_as_it_is),
		cmocka_unit_test(they_are_applied_in_their_order_and_see_what_was_replaced),
		cmocka_unit_test(the_replacement_is_text_and_is_not_searched_again),
		cmocka_unit_test(empty_matches_do_not_stand_still_and_do_not_break_letters),
		cmocka_unit_test(look_behind_sees_what_stood_before),
		cmocka_unit_test(a_redaction_that_is_stuck_withholds_everything),
		cmocka_unit_test(too_many_places_and_too_much_text_withhold_everything),
		cmocka_unit_test(a_text_over_the_limit_is_cut_between_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

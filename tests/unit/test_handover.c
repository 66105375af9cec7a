/* Goal: of what a leaving engineer writes, a line with keep, give or resolve and a number is an order, a slip in one is answered
 * exactly, and all else stays his words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ground/mem.h"
#include "judge/handover.h"

/* What was found, in one line: "keep 41; give 42 bola | the rest"; an error as "!41". */
static const char *
found(struct arena *a, const char *text)
{
	static const char *const words[] = { "keep", "give", "resolve" };
	struct handover_orders o;
	const char *s = "";

	handover_parse(a, text, &o);
	for (size_t i = 0; i < o.n; i++) {
		const struct handover_order *v = &o.v[i];

		s = arena_printf(a, "%s%s%s%s %lld", s, i > 0 ? "; " : "", v->error != NULL ? "!" : "", v->error != NULL ? "" : words[v->word],
		    (long long)v->escalation);
		if (v->error == NULL && v->word == HANDOVER_GIVE)
			s = arena_printf(a, "%s %s", s, v->command.who != NULL ? v->command.who : "next");
		if (v->error == NULL && v->word == HANDOVER_RESOLVE)
			s = arena_printf(a, "%s %s: %s", s, v->command.outcome, v->command.text);
	}
	return arena_printf(a, "%s | %s", s, o.rest);
}

static void
test_lines(void **state)
{
	static const struct { const char *text, *found; } cases[] = {
		{ "", " | " },
		{ "keep 41\n", "keep 41 | " },
		{ "keep ESC-41\r\nKeep esc-42.\r\n", "keep 41; keep 42 | " },
		{ "  keep 41  \n\ngive 42 @next\ngive 43 @Keegan\ngive 44 bola.\n", "keep 41; give 42 next; give 43 Keegan; give 44 bola | " },
		{ "- keep 41\n* give 42 @next\n", "keep 41; give 42 next | " },
		{ "resolve 43 answered: it was the flag\n", "resolve 43 answered: it was the flag | " },
		{ "resolve 43: answered: it was the flag\n", "resolve 43 answered: it was the flag | " },
		{ "resolve 43 duplicate ESC-12: same\n", "resolve 43 duplicate: same | " },
		{ "Hello,\nkeep 41\nI keep the flat.\nThanks\n", "keep 41 | Hello,\nI keep the flat.\nThanks" },
		{ "We had 3 of these.\nkeep calm\n", " | We had 3 of these.\nkeep calm" },
		{ "> keep 41\n", " | > keep 41" },
		/* As people write it. */
		{ "KEEP 41, 42 and ESC-43\n", "keep 41; keep 42; keep 43 | " },
		{ "keep 41,42,43\n", "keep 41; keep 42; keep 43 | " },
		{ "give 41 & 42 @next\n", "give 41 next; give 42 next | " },
		{ "/keep #41\n/give: 42, @keegan\n", "keep 41; give 42 keegan | " },
		{ "give 41 @Bola Adeyemi<mailto:bola@example.com>\n", "give 41 Bola Adeyemi | " },
		/* Slips. */
		{ "keep 41; give 42 @next\n", "! 41 | " },
		{ "keep 41, 42 please\n", "! 41; ! 42 | " },
		{ "keep 41, 41\n", "keep 41; ! 41 | " },
		{ "resolve 41, 42 answered: x\n", "! 41 | " },
		{ "keep 41 please\n", "! 41 | " },
		{ "give 41\n", "! 41 | " },
		{ "give 41 @\n", "! 41 | " },
		{ "resolve 41\n", "! 41 | " },
		{ "resolve 41 solved: x\n", "! 41 | " },
		{ "kep 41\n", "! 41 | " },
		{ "keep 41\ngive 41 @next\n", "keep 41; ! 41 | " },
		{ "keep 0\nkeep -1\nkeep 99999999999999999999\n", " | keep 0\nkeep -1\nkeep 99999999999999999999" },
		{ "keep\xc2\xa0" "41\n", "keep 41 | " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_ARENA struct arena *a = arena_new();

		assert_string_equal(found(a, cases[i].text), cases[i].found);
	}
}

static void
test_errors_tell_what_to_write(void **state)
{
	static const struct { const char *text, *says; } cases[] = {
		{ "give 42\n", "give it to whom? Write give 42 @next, or @ and a name" },
		{ "give 42 @\n", "give 42 takes @next, or @ and one name; found '@'" },
		{ "kepp 42\n", "no word 'kepp' here, did you mean keep?" },
		{ "keep 41\nkeep ESC-41\n", "its case is named twice" },
		{ "resolve 41\n", "resolve takes an outcome and the cause" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_ARENA struct arena *a = arena_new();
		struct handover_orders o;

		handover_parse(a, cases[i].text, &o);
		assert_non_null(o.v[o.n - 1].error);
		if (strstr(o.v[o.n - 1].error, cases[i].says) != o.v[o.n - 1].error)
			fail_msg("%s: %s", cases[i].text, o.v[o.n - 1].error);
	}
}

static void
test_more_lines_than_anybody_writes(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct handover_orders o;
	const char *text = "";

	(void)state;
	for (int i = 1; i <= HANDOVER_ORDERS_MAX + 1; i++)
		text = arena_printf(a, "%skeep %d\n", text, i);
	handover_parse(a, text, &o);
	assert_int_equal(o.n, HANDOVER_ORDERS_MAX);
	assert_non_null(strstr(o.v[o.n - 1].error, "more than"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_errors_tell_what_to_write),
		cmocka_unit_test(test_more_lines_than_anybody_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

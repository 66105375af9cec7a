/* Goal: what a tracker's mail says of its issue is found where the team's patterns look, and nothing is made of what is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ground/mem.h"
#include "ground/regex.h"
#include "judge/tracker.h"

static struct regex *
pattern(const char *text)
{
	struct regex_error error;
	struct regex *re = regex_compile(text, strlen(text), "i", &error);

	assert_non_null(re);
	return re;
}

static const char *
number(struct arena *a, const char *field, const char *re, const struct message *m)
{
	struct team t = { .has_number = true, .number = { field, pattern(re) } };
	const char *found = tracker_number(a, &t, m);

	regex_free(t.number.re);
	return found;
}

static bool
closes(const char *field, const char *re, const struct message *m)
{
	struct team t = { .has_closed = true, .closed = { field, pattern(re) } };
	bool yes = tracker_closes(&t, m);

	regex_free(t.closed.re);
	return yes;
}

static void
its_number_is_where_the_pattern_looks(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct person to[] = { { "", "ada@example.com" }, { "", "issue+77@tracker.example" } };
	struct message m = { .subject = "[#4711] Re: memory", .from = { "Tracker", "bot+12@tracker.example" }, .to = { to, 2 },
		.visible_text = "Ticket SRCH-9 was made.", .text = "Ticket SRCH-9 was made.\n> SRCH-8" };
	struct team none = { .name = "x" };

	(void)state;
	assert_string_equal(number(a, "subject", "\\[#(?<number>\\d+)\\]", &m), "4711");
	assert_string_equal(number(a, "text", "\\b(?<number>SRCH-\\d+)", &m), "SRCH-9");
	assert_string_equal(number(a, "body", "> (?<number>SRCH-\\d+)", &m), "SRCH-8");
	assert_string_equal(number(a, "from", "bot\\+(?<number>\\d+)@", &m), "12");
	assert_string_equal(number(a, "to", "issue\\+(?<number>\\d+)@", &m), "77");
	assert_null(number(a, "cc", "issue\\+(?<number>\\d+)@", &m));
	assert_null(number(a, "subject", "SRCH-(?<number>\\d+)", &m));
	assert_null(number(a, "subject", "\\[#(?<number>\\d*)x?", &(struct message){ .subject = "[#" }));
	assert_null(number(a, "text", "(?<number>\\d+)", &(struct message){ .subject = "1" })); /* no text at all */
	assert_null(number(a, "subject", "memory|(?<number>zz)", &m));                             /* it took no part */
	assert_null(tracker_number(a, &none, &m));
}

static void
it_is_closed_when_the_pattern_says_so(void **state)
{
	struct message m = { .subject = "[#4711] Resolved: memory", .visible_text = "Status: done", .text = "Status: done" };
	struct team none = { .name = "x" };

	(void)state;
	assert_true(closes("subject", "\\bresolved\\b", &m));
	assert_false(closes("subject", "\\bclosed\\b", &m));
	assert_true(closes("text", "^status: done", &m));
	assert_false(closes("to", "resolved", &m));
	assert_false(tracker_closes(&none, &m));
	/* A pattern at its limits closes nothing. */
	m.visible_text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";
	assert_false(closes("text", "^(a+)+$", &m));
}

static void
our_tag_survives_a_rewritten_subject(void **state)
{
	static const struct { const char *subject; int64_t escalation, filing; } tags[] = {
		{ "[ESC-17 F2] memory", 17, 2 }, { "Re: [SRCH-4] [esc-17 f2] memory", 17, 2 }, { "[ESC-17] [ESC-18 F3] x", 18, 3 },
	};
	static const char *const no_tags[] = { "", "[ESC-17] memory", "[ESC-17 F]", "[ESC- F2]", "[ESC-17 F2", "ESC-17 F2", "[ESC-17F2]", "[ESC-12345678901 F2]" };
	int64_t escalation, filing;

	(void)state;
	for (size_t i = 0; i < COUNT(tags); i++) {
		assert_true(tracker_tag(tags[i].subject, &escalation, &filing));
		assert_int_equal(escalation, tags[i].escalation);
		assert_int_equal(filing, tags[i].filing);
	}
	for (size_t i = 0; i < COUNT(no_tags); i++)
		assert_false(tracker_tag(no_tags[i], &escalation, &filing));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_number_is_where_the_pattern_looks),
		cmocka_unit_test(it_is_closed_when_the_pattern_says_so),
		cmocka_unit_test(our_tag_survives_a_rewritten_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: a mail finds its case by the strongest evidence, only where its sender may be believed, and a new subject begins a new case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ground/mem.h"
#include "judge/thread.h"

static const struct message reply = { .subject = "Re: Search is down", .kind = KIND_REPLY };

static struct thread_clue
clue(enum thread_evidence evidence, int64_t escalation, bool party)
{
	return (struct thread_clue){ .evidence = evidence, .escalation = escalation, .subject = "Search is down", .party = party, .shown = "what was seen" };
}

static struct thread_answer
weigh(struct arena *a, const struct message *m, bool engineer, const struct thread_clue *clues, size_t n)
{
	struct thread_answer out;

	memset(&out, 0xaa, sizeof(out)); /* every field is answered */
	thread_weigh(a, m, engineer, clues, n, &out);
	assert_non_null(out.sentence);
	return out;
}

static void
without_a_clue_it_belongs_to_none(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct thread_answer out = weigh(a, &reply, false, NULL, 0);

	(void)state;
	assert_int_equal(out.escalation, 0);
	assert_int_equal(out.evidence, THREAD_NONE);
	assert_false(out.others_token || out.ignored_clue || out.new_topic);
}

/* All pairs of evidence, for different cases, in both orders. */
static void
the_strongest_evidence_wins_in_any_order(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (int strong = THREAD_TOKEN; strong <= THREAD_TAG; strong++)
		for (int weak = strong + 1; weak <= THREAD_TAG; weak++)
			for (int order = 0; order < 2; order++) {
				struct thread_clue v[2];
				struct thread_answer out;

				v[order] = clue((enum thread_evidence)strong, 17, true);
				v[!order] = clue((enum thread_evidence)weak, 18, true);
				v[0].token_is_his = v[1].token_is_his = true;
				out = weigh(a, &reply, false, v, 2);
				assert_int_equal(out.escalation, 17);
				assert_int_equal(out.evidence, strong);
				assert_false(out.ignored_clue);
				assert_non_null(strstr(out.sentence, "what was seen"));
			}
}

static void
only_a_token_speaks_for_a_stranger(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (int e = THREAD_TOKEN; e <= THREAD_TAG; e++) {
		struct thread_clue strangers = clue((enum thread_evidence)e, 17, false), partys = clue((enum thread_evidence)e, 17, true);
		struct thread_answer out = weigh(a, &reply, false, &strangers, 1);

		assert_int_equal(out.escalation, e == THREAD_TOKEN ? 17 : 0);
		assert_int_equal(out.ignored_clue, e != THREAD_TOKEN);
		assert_false(out.new_topic);
		assert_int_equal(weigh(a, &reply, false, &partys, 1).escalation, 17);
		assert_int_equal(weigh(a, &reply, true, &strangers, 1).escalation, 17); /* an engineer is a party of every case */
	}
}

static void
a_clue_not_believed_does_not_hide_one_that_is(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct thread_clue v[] = { clue(THREAD_OUR_ID, 18, false), clue(THREAD_TAG, 17, true) };
	struct thread_answer out = weigh(a, &reply, false, v, 2);

	(void)state;
	assert_int_equal(out.escalation, 17);
	assert_int_equal(out.evidence, THREAD_TAG);
	assert_true(out.ignored_clue);
}

static void
his_own_token_goes_before_one_he_was_handed(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (int order = 0; order < 2; order++) {
		struct thread_clue v[2] = { clue(THREAD_TOKEN, 18, false), clue(THREAD_TOKEN, 18, false) };
		struct thread_answer out;

		v[order].token_is_his = true;
		v[order].escalation = 17;
		out = weigh(a, &reply, false, v, 2);
		assert_int_equal(out.escalation, 17);
		assert_false(out.others_token);
		out = weigh(a, &reply, false, &v[!order], 1);
		assert_int_equal(out.escalation, 18);
		assert_true(out.others_token);
	}
}

/* The same subject, however a server or a program dressed it; and a longer one is another. */
static void
what_a_server_puts_first_is_no_new_topic(void **state)
{
	static const char *const same[] = { "[SUSPECTED SPAM] Re: Search is down", "Antwort: Search is down", "(External) AW: Search is down",
		"R\xc3\xa9p\xc2\xa0: Re: Search is down", "EXT: [Sophos] [EXT] Re: Search is down", "Antwort: WG: Antwort: Search is down" };
	static const char *const others[] = { "Re: The search is down", "Today Search is down", "Re: Search is down again", "[Search is down]",
		"Search: is down", "Re: Antwort:" };

	(void)state;
	for (size_t i = 0; i < COUNT(same) + COUNT(others); i++) {
		AUTO_ARENA struct arena *a = arena_new();
		bool is_same = i < COUNT(same);
		struct message m = { .subject = is_same ? same[i] : others[i - COUNT(same)], .kind = KIND_REPLY };
		struct thread_clue clue = { .evidence = THREAD_OUR_ID, .escalation = 17, .party = true, .subject = "Search is down", .shown = "x" };
		struct thread_answer out;

		thread_weigh(a, &m, false, &clue, 1, &out);
		if (out.new_topic == is_same)
			fail_msg("%s", m.subject);
	}
}

static void
a_new_subject_without_a_token_is_a_new_topic(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct message other = { .subject = "Re: Billing question", .kind = KIND_REPLY }, tagged = { .subject = "Billing [ESC-17]", .kind = KIND_REPLY };
	struct message bounce = { .subject = "Undelivered mail", .kind = KIND_BOUNCE };

	(void)state;
	for (int e = THREAD_TOKEN; e <= THREAD_TAG; e++) {
		struct thread_clue c = clue((enum thread_evidence)e, 17, true);
		struct thread_answer out = weigh(a, &other, false, &c, 1);

		assert_int_equal(out.new_topic, e != THREAD_TOKEN);
		assert_int_equal(out.escalation, e == THREAD_TOKEN ? 17 : 0);
		assert_int_equal(weigh(a, &other, true, &c, 1).escalation, 17); /* an engineer writes as he likes */
		assert_int_equal(weigh(a, &tagged, false, &c, 1).escalation, 17);
		assert_int_equal(weigh(a, &bounce, false, &c, 1).escalation, 17);
		assert_int_equal(weigh(a, &reply, false, &c, 1).escalation, 17);
	}
}

/* ---- subjects ------------------------------------------------------------------------------------------ */

static void
only_the_first_tag_counts(void **state)
{
	static const struct { const char *subject; int64_t n; } v[] = { { "", 0 }, { "[ESC-17] down", 17 }, { "Re: [esc-8] x", 8 },
		{ "x [ESC-1][ESC-2]", 1 }, { "[ESC-] [ESC-3]", 3 }, { "[ESC-x1] [ESC-4", 0 }, { "ESC-17", 0 }, { "[ESC-0]", 0 },
		{ "[ESC-999999999]", 999999999 }, { "[ESC-9999999999]", 0 }, { "[ESC--1]", 0 }, { "[ESC- 1]", 0 }, { "[[ESC-5]]", 5 } };

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++)
		assert_int_equal(thread_tag(v[i].subject), v[i].n);
}

static void
a_subject_is_bared_of_what_mail_programs_add(void **state)
{
	static const char *const dressed[] = { "Search is down", "Re: Search is down", "RE: re: Re: Search is down", "Fwd: FW: Search is down",
		"Re[2]: Search is down", "Re(12): Search is down", "AW: WG: Search is down", "SV: VS: Search is down", "RES: ENC: Search is down",
		"Re : Search is down", "[EXTERNAL] Re: [ESC-17] Search is down", "[ESC-17] [Ext] RE: Search is down", "  Re:\t Search   is\n down ",
		"回复：Search is down", "答复: Search is down", "Vá: Search is down", "Ответ: Search is down",
		"НА: Search is down", "На: Search is down", "Отв: Search is down", "Пересл: Search is down", "ΑΠ: Search is down", "Απ: Search is down",
		"ΠΡΘ: Search is down", "Σχετ: Search is down", "ΣΧΕΤ: Search is down" };

	AUTO_ARENA struct arena *a = arena_new();
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(dressed); i++)
		if (strcmp(thread_subject(a, dressed[i]), "Search is down") != 0) {
			print_error("\"%s\" became \"%s\"\n", dressed[i], thread_subject(a, dressed[i]));
			bad++;
		}
	assert_int_equal(bad, 0);
}

static void
and_of_nothing_more(void **state)
{
	static const char *const same[] = { "Regression: search", "Reminder", "Re", "Fwd", "error: 500", "Re[x]: search", "Re[1234]: search",
		"search Re: x", "[urgent] search", "[ESC-x] search", "i18n: broken", "" };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++)
		assert_string_equal(thread_subject(a, same[i]), same[i]);
	assert_string_equal(thread_subject(a, "Re: "), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_clue_it_belongs_to_none),
		cmocka_unit_test(the_strongest_evidence_wins_in_any_order),
		cmocka_unit_test(only_a_token_speaks_for_a_stranger),
		cmocka_unit_test(a_clue_not_believed_does_not_hide_one_that_is),
		cmocka_unit_test(his_own_token_goes_before_one_he_was_handed),
		cmocka_unit_test(what_a_server_puts_first_is_no_new_topic),
		cmocka_unit_test(a_new_subject_without_a_token_is_a_new_topic),
		cmocka_unit_test(only_the_first_tag_counts),
		cmocka_unit_test(a_subject_is_bared_of_what_mail_programs_add),
		cmocka_unit_test(and_of_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

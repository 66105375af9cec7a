/* Goal: every word of the tables can match at all, and a name is found in whatever way a client prints it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ground/mem.h"
#include "judge/mail_words.h"
#include "judge/message_inside.h"

/* Each alternative is what text_fold() makes of it: anything else would never be met. */
static void
is_folded(const char *words, const char *parts)
{
	AUTO_ARENA struct arena *a = arena_new();

	for (const char *p = words; *p != '\0';) {
		size_t len = strcspn(p, parts), end = len;
		char *word, *fold;

		assert_true(len > 0);
		while (end > 0 && p[end - 1] == ' ')
			end--; /* a blank at the end may ask for the end of a word */
		word = arena_strndup(a, p, end);
		fold = text_fold(a, p, end);
		if (strcmp(word, fold) != 0)
			fail_msg("\"%s\" is never met: write \"%s\"", word, fold);
		p += len + (p[len] != '\0');
	}
}

static void
every_word_can_be_met(void **state)
{
	const struct { const struct mail_words *v; size_t n; } tables[] = {
		{ mail_forwarded, mail_forwarded_count }, { mail_original, mail_original_count }, { mail_attributions, mail_attributions_count },
		{ mail_sent_from, mail_sent_from_count }, { mail_reply_prefixes, mail_reply_prefixes_count },
		{ mail_forward_prefixes, mail_forward_prefixes_count }, { mail_away_subjects, mail_away_subjects_count },
		{ mail_away_phrases, mail_away_phrases_count }, { mail_until_words, mail_until_words_count },
		{ mail_auto_subjects, mail_auto_subjects_count }, { mail_bounce_subjects, mail_bounce_subjects_count },
		{ mail_bounce_senders, mail_bounce_senders_count }, { mail_bounce_phrases, mail_bounce_phrases_count },
		{ mail_bounce_original, mail_bounce_original_count }, { mail_month_names, mail_month_names_count },
	};

	(void)state;
	for (size_t t = 0; t < COUNT(tables); t++)
		for (size_t i = 0; i < tables[t].n; i++)
			is_folded(tables[t].v[i].words, tables[t].v == mail_month_names ? "|," : "|");
	for (size_t i = 0; i < mail_header_words_count; i++)
		for (int k = 0; k < WORD_KINDS; k++)
			is_folded(mail_header_words[i].words[k], "|");
	for (size_t i = 0; i < mail_bounce_reasons_count; i++)
		is_folded(mail_bounce_reasons[i].words, "|");
}

static void
every_language_has_twelve_months(void **state)
{
	(void)state;
	for (size_t i = 0; i < mail_month_names_count; i++) {
		size_t commas = 0;

		for (const char *p = mail_month_names[i].words; *p != '\0'; p++)
			commas += *p == ',';
		assert_int_equal(commas, 11);
	}
}

static void
case_is_folded_in_all_scripts(void **state)
{
	static const struct { const char *from, *to; } cases[] = {
		{ "Ä ÖÜ", "ä öü" }, { "ÇĞİŞ", "çğiş" }, { "ŽŠČŘ Ő", "žščř ő" }, { "ΘΈΜΑ", "θέμα" }, { "ОТ КОГО ЁЇ", "от кого ёї" },
		{ "TRẢ LỜI", "trả lời" }, { "寄件者 件名", "寄件者 件名" }, { "  a \t b\xc2\xa0 ", "a b" }, { "ŁÓDŹ", "łódź" }, { "ȘȚ", "șț" },
	};
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(text_fold(a, cases[i].from, strlen(cases[i].from)), cases[i].to);
}

static void
people_are_found_as_clients_print_them(void **state)
{
	static const struct { const char *text, *people; } cases[] = {
		{ "Ada Byron <ada@x.y>", "Ada Byron/ada@x.y " },
		{ "\"Byron, Ada\" <ada@x.y>, bola@x.y", "Byron, Ada/ada@x.y /bola@x.y " },
		{ "Byron, Ada <ada@x.y>; Bola <bola@x.y>", "Byron, Ada/ada@x.y Bola/bola@x.y " },
		{ "Ada [mailto:ada@x.y]", "Ada/ada@x.y " },
		{ "ada@x.y <mailto:ada@x.y>", "/ada@x.y " },
		{ "ada@x.y <ada@x.y>; \"bola@x.y\" <bola@x.y>", "/ada@x.y /bola@x.y " },
		{ "Ada <ada@x.y<mailto:ada@x.y>>, Bola<bola@x.y>", "Ada/ada@x.y Bola/bola@x.y " },
		{ "*Ada* <ada@x.y>", "Ada/ada@x.y " },
		{ "\xe2\x80\x9e" "Ada\xe2\x80\x9d <ada@x.y>", "Ada/ada@x.y " },
		{ "Ada Byron", "Ada Byron/ " },
		{ "Ada Byron; Bola", "Ada Byron/ Bola/ " },
		{ "Ada Byron; Bola <bola@x.y>", "Ada Byron/ Bola/bola@x.y " },
		{ "Ada (Support) <ada@x.y>", "Ada (Support)/ada@x.y " },
		{ "", "" },
	};
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct people people = { 0 };
		char *found = arena_strdup(a, "");

		people_of_text(a, cases[i].text, &people);
		for (size_t j = 0; j < people.n; j++)
			found = arena_printf(a, "%s%s/%s ", found, people.v[j].name, people.v[j].address);
		assert_string_equal(found, cases[i].people);
	}
}

static void
prefixes_of_subjects_are_known_in_many_languages(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_true(subject_says_reply("Re: x"));
	assert_true(subject_says_reply("AW: WG: x"));
	assert_true(subject_says_reply("RE[2]: x"));
	assert_true(subject_says_reply("[EXTERNAL] Re: x"));
	assert_true(subject_says_reply("回复：x"));
	assert_false(subject_says_reply("Regarding: x"));
	assert_false(subject_says_reply("x"));
	assert_true(subject_says_forward("WG: x"));
	assert_true(subject_says_forward("[Fwd: x]"));
	assert_true(subject_says_forward("İLT: x"));
	assert_false(subject_says_forward("Re: Fwd: x"));
	assert_string_equal(subject_bare(a, "Re: AW: Fwd: disk full: /var"), "disk full: /var");
	assert_string_equal(subject_bare(a, "[Fwd: x]"), "x");
	assert_string_equal(subject_bare(a, "plain"), "plain");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_can_be_met),
		cmocka_unit_test(every_language_has_twelve_months),
		cmocka_unit_test(case_is_folded_in_all_scripts),
		cmocka_unit_test(people_are_found_as_clients_print_them),
		cmocka_unit_test(prefixes_of_subjects_are_known_in_many_languages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

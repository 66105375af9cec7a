/* Goal: a command is obeyed where a person meant one, text stays text, and each slip is answered exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/command.h"

#define NBSP "\xc2\xa0"

/* What was found, in one line: "ack; sev 1 | the rest"; an error as "!word". */
static const char *
found(struct arena *a, const char *text)
{
	struct commands c;
	const char *s = "";

	commands_parse(a, text, &c);
	for (size_t i = 0; i < c.n; i++)
		s = arena_printf(a, "%s%s%s%s%s%s", s, i > 0 ? "; " : "", c.v[i].error == NULL ? "" : "!", c.v[i].name,
		    *c.v[i].args != '\0' ? " " : "", c.v[i].args);
	return arena_printf(a, "%s | %s", s, c.rest);
}

static void
test_where_commands_stand(void **state)
{
	static const struct { const char *text, *found; } cases[] = {
		{ "", " | " },
		{ "Hello\n", " | Hello" },
		{ "/ack\n", "ack | " },
		{ "/ack\n\nI look into it.\n", "ack | I look into it." },
		{ "Solved.\n\n/resolve answered: wrong flag\n", "resolve answered: wrong flag | Solved." },
		{ "/ack\n/sev 1\n\nHello\nthere\n\n/note call them\n\n", "ack; sev 1; note call them | Hello\nthere" },
		{ "\n\n/ack\n\n/sev 2\n\n\ntext\n", "ack; sev 2 | text" },
		/* Amid the text it is text: somebody explains, or quotes. */
		{ "You can write\n/ack\nto lead it.\n", " | You can write\n/ack\nto lead it." },
		{ "> /ack\n", " | > /ack" },
		{ "first /ack\n", " | first /ack" },
		{ "text\n/ack\ntext\n/sev 1", "sev 1 | text\n/ack\ntext" },
		{ "/ack\r\n\r\ntext\r\nmore\r\n", "ack | text\nmore" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_ARENA struct arena *a = arena_new();

		assert_string_equal(found(a, cases[i].text), cases[i].found);
	}
}

/* What telephones, keyboards of other scripts and mail programs put in. */
static void
test_as_it_looks(void **state)
{
	static const struct { const char *text, *found; } cases[] = {
		{ "\xe2\x80\x8b/ack\n\ntext", "ack | text" },
		{ "\xef\xbb\xbf/no\xe2\x80\x8bte\xc2\xad x\n", "note x | " },
		{ "\xe2\x80\x8e \xe2\x81\xa0/sev 1\xe2\x80\x8b\n", "sev 1 | " },
		{ "\xef\xbc\x8f" "ack\n", "ack | " },
		{ NBSP "\xef\xbc\x8fpass @bola\n", "pass @bola | " },
		{ "un\xe2\x80\x8bseen\n", " | un\xe2\x80\x8bseen" }, /* text stays as it is */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_ARENA struct arena *a = arena_new();

		assert_string_equal(found(a, cases[i].text), cases[i].found);
	}
}

/* The arguments as people write them. */
static void
test_written_otherwise(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct commands c;

	(void)state;
	commands_parse(a, "/pass @Bola Adeyemi<mailto:bola@example.com>\n/sev P1\n/sev SEV-2\n/resolve answered \xe2\x80\x93 the flag, see https://x\n"
	    "/resolve not an escalation\xef\xbc\x9a" "a question\n/file search defect with \xe2\x80\x9cheap dump.txt\xe2\x80\x9d: memory\n"
	    "/file search help \xe2\x80\x94 memory\n", &c);
	assert_int_equal(c.errors, 0);
	assert_string_equal(c.v[0].who, "Bola Adeyemi");
	assert_int_equal(c.v[1].severity, 1);
	assert_int_equal(c.v[2].severity, 2);
	assert_string_equal(c.v[3].text, "the flag, see https://x");
	assert_string_equal(c.v[4].outcome, "not-an-escalation");
	assert_string_equal(c.v[5].attachments.v[0], "heap dump.txt");
	assert_string_equal(c.v[6].text, "memory");
}

/* Amid the text it is left there, and told of; but only what would have been obeyed. */
static void
test_amid_the_text(void **state)
{
	static const struct { const char *text; unsigned line; } cases[] = {
		{ "Hi Ada,\n\n/resolve answered: the flag\n\nRegards\nKeegan", 3 },
		{ "/ack\nHello\n/pass @bola\nKeegan", 3 },
		{ "Hello\n/frobnicate\n/etc is full\n/var/log/x\nKeegan", 0 },
		{ "Hello\n/resolve it soon\nKeegan", 0 },
		{ "Hello\n\n/ack\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_ARENA struct arena *a = arena_new();
		struct commands c;

		commands_parse(a, cases[i].text, &c);
		assert_int_equal(c.stray != NULL ? c.stray->line : 0, cases[i].line);
	}
}

static void
test_pasted_text_is_text(void **state)
{
	static const char *const pasted[] = {
		"/var/log/zoekt.log: permission denied", "/usr/bin/env", "/ack/", "/ack/x", "//ack", "/ ack", "/", "/-", "/10.0.0.1",
		"/a.b.c", "/ack=1", "/ack(1)", "/ack\"", "\t/ack", "    /ack", "http://x/ack", "-/ack",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pasted); i++) {
		AUTO_ARENA struct arena *a = arena_new();
		struct commands c;

		commands_parse(a, pasted[i], &c);
		if (c.n != 0)
			fail_msg("taken for a command: %s", pasted[i]);
		assert_string_equal(c.rest, pasted[i]);
	}
}

static void
test_what_mail_programs_do(void **state)
{
	static const struct { const char *text, *found; } cases[] = {
		{ " /ack", "ack | " },                                  /* space-stuffed (RFC 3676) */
		{ NBSP "/ack" NBSP, "ack | " },
		{ "/Ack.", "ack | " }, { "/ACK!", "ack | " },
		{ "/note: call them", "note call them | " },
		{ "/sev" NBSP "1.", "sev 1. | " },
		{ "/pass" NBSP NBSP "@bola,", "pass @bola, | " },
		{ "/resolve  answered:\xe3\x80\x80wrong flag ", "resolve answered: wrong flag | " },
		{ "/ack   \n" NBSP "\n/mine", "ack; mine | " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_ARENA struct arena *a = arena_new();

		assert_string_equal(found(a, cases[i].text), cases[i].found);
	}
}

static void
test_unknown_words(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct commands c;

	(void)state;
	/* Near to a command: a slip. It is answered, and does not go to the other side. */
	commands_parse(a, "/asck\nhello", &c);
	assert_string_equal(c.v[0].error, "no command '/asck', did you mean /ack?");
	assert_string_equal(c.rest, "hello");
	assert_int_equal(c.errors, 1);
	/* Near to none: perhaps pasted. It is answered and stays. */
	commands_parse(a, "/healthz returns 503\nhello", &c);
	assert_string_equal(c.v[0].error, "no command '/healthz'; /help lists them");
	assert_string_equal(c.rest, "/healthz returns 503\nhello");
	assert_int_equal(c.unknown, 1);
	/* A look-alike with a Cyrillic letter is no command. */
	commands_parse(a, "/\xd0\xb0" "ck", &c);
	assert_int_equal(c.v[0].word, COMMAND_UNKNOWN);
	/* Six of them are a listing; the command above it counts all the same. */
	assert_string_equal(found(a, "/bin\n/boot\n/etc\n/lib\n/opt\n/srv\n/tmp\n"), " | /bin\n/boot\n/etc\n/lib\n/opt\n/srv\n/tmp");
	assert_string_equal(found(a, "/ack\n/bin\n/boot\n/etc\n/lib\n/opt\n/srv\n/tmp\n"), "ack | /bin\n/boot\n/etc\n/lib\n/opt\n/srv\n/tmp");
}

static void
test_arguments(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct commands c;

	(void)state;
	commands_parse(a, "/pass\n/pass @BolajiOlajide\n/pass bola.\n/snooze 1d 4h\n/sev 0\n/close f12\n/away 2026-12-01 to 2026-12-05\n", &c);
	assert_int_equal(c.errors, 0);
	assert_null(c.v[0].who);
	assert_string_equal(c.v[1].who, "BolajiOlajide");
	assert_string_equal(c.v[2].who, "bola");
	assert_int_equal(c.v[3].span, 86400 + 4 * 3600);
	assert_int_equal(c.v[4].severity, 0);
	assert_int_equal(c.v[5].number, 12);
	assert_string_equal(c.v[6].text, "2026-12-01 to 2026-12-05");
	assert_int_equal(c.v[6].line, 7);

	commands_parse(a, "/file search: out of memory: again\n/file Infra defect: x\n/file docs docs with a.log, screen shot.png: y\n"
	                  "/file a-b help with \"c d.txt\" e.log: z\n/file search with all: t\n", &c);
	assert_int_equal(c.errors, 0);
	assert_string_equal(c.v[0].team, "search");
	assert_int_equal(c.v[0].kind, FILING_HELP);
	assert_string_equal(c.v[0].text, "out of memory: again");
	assert_int_equal(c.v[1].kind, FILING_DEFECT);
	assert_int_equal(c.v[2].kind, FILING_DOCS);
	assert_int_equal(c.v[2].attachments.n, 2);
	assert_string_equal(c.v[2].attachments.v[1], "screen shot.png");
	assert_string_equal(c.v[3].attachments.v[0], "c d.txt");
	assert_string_equal(c.v[3].attachments.v[1], "e.log");
	assert_string_equal(c.v[4].attachments.v[0], "all");

	commands_parse(a, "/resolve answered: they had the wrong flag: -x\n/resolve Not an escalation: a licence question\n"
	                  "/resolve duplicate ESC-12: same host\n/resolve duplicate of esc-13: same\n/resolve fix: https://example.com/1\n"
	                  "/resolve upstream: done\n/resolve docs: now said\n", &c);
	assert_int_equal(c.errors, 0);
	assert_string_equal(c.v[0].outcome, "answered");
	assert_string_equal(c.v[0].text, "they had the wrong flag: -x");
	assert_string_equal(c.v[1].outcome, "not-an-escalation");
	assert_string_equal(c.v[2].outcome, "duplicate");
	assert_int_equal(c.v[2].number, 12);
	assert_int_equal(c.v[3].number, 13);
	assert_string_equal(c.v[4].outcome, "fix");
	assert_null(c.v[4].team);
}

/* A fix may name the team that owns it; its link is found in the cause, which reads well without it. */
static void
test_a_fix_names_its_team_and_its_link(void **state)
{
	static const struct { const char *cause, *link, *without; } causes[] = {
		{ "https://example.com/1", "https://example.com/1", "" },
		{ "the limit was low, https://example.com/1.", "https://example.com/1", "the limit was low" },
		{ "the limit (http://x.example/a(b)) was low", "http://x.example/a(b", "the limit was low" },
		{ "https://example.com/1: the limit", "https://example.com/1", "the limit" },
		{ "see <https://example.com/1>, please", "https://example.com/1", "see please" },
		{ "it is :// alone", NULL, "it is :// alone" },
		{ "no link", NULL, "no link" },
	};
	AUTO_ARENA struct arena *a = arena_new();
	struct commands c;
	const char *link, *without;

	(void)state;
	commands_parse(a, "/resolve fix search: low, https://example.com/1\n/resolve Fix Search: https://example.com/1\n", &c);
	assert_int_equal(c.errors, 0);
	assert_string_equal(c.v[0].outcome, "fix");
	assert_string_equal(c.v[0].team, "search");
	assert_string_equal(c.v[0].text, "low, https://example.com/1");
	assert_string_equal(c.v[1].outcome, "fix");
	commands_parse(a, "/resolve fix the search: https://example.com/1\n", &c);
	assert_int_equal(c.errors, 1);
	for (size_t i = 0; i < COUNT(causes); i++) {
		link = command_link(a, causes[i].cause, &without);
		assert_true((link == NULL) == (causes[i].link == NULL));
		if (link != NULL)
			assert_string_equal(link, causes[i].link);
		assert_string_equal(without, causes[i].without);
	}
}

static void
test_slips_are_answered_exactly(void **state)
{
	static const struct { const char *line, *error; } slips[] = {
		{ "/ack thanks", "/ack takes nothing behind it; put other words on a line of their own" },
		{ "/resolve answerd: x", "no outcome 'answerd', did you mean answered?" },
		{ "/resolve done: x", "no outcome 'done'; it is answered, docs, fix, upstream, duplicate or not-an-escalation" },
		{ "/resolve", "/resolve takes an outcome and the cause: /resolve answered: what it was. "
		              "Outcomes are answered, docs, fix, upstream, duplicate or not-an-escalation" },
		{ "/resolve answered", "/resolve asks for the cause in one line: /resolve answered: what it was" },
		{ "/resolve answered:", "/resolve asks for the cause in one line: /resolve answered: what it was" },
		{ "/resolve answered the flag", "/resolve asks for a colon before the cause: /resolve answered: the flag" },
		{ "/resolve duplicate: x", "duplicate of which one? Write it like /resolve duplicate ESC-12: cause" },
		{ "/resolve duplicate 12: x", "duplicate of which one? Write it like /resolve duplicate ESC-12: cause" },
		{ "/resolve duplicate ESC-12", "/resolve asks for the cause in one line: /resolve duplicate ESC-12: what it was" },
		{ "/resolve fix: done", "a fix asks for the link to the change in its cause: /resolve fix: what it was, https://..." },
		{ "/file", "/file takes a team and a title: /file search: indexed search runs out of memory" },
		{ "/file \xef\xbc\x9asearch \"title\"", "/file takes a team and a title: /file search: indexed search runs out of memory" },
		{ "/file search", "/file asks for a title behind a colon: /file search: indexed search runs out of memory" },
		{ "/file search:\f", "/file asks for a title behind a colon: /file search: indexed search runs out of memory" },
		{ "/file search with \"\": x", "/file: expected names of attachments behind 'with'" },
		{ "/file search: ", "/file asks for a title behind a colon: /file search: indexed search runs out of memory" },
		{ "/file search defct: x", "no kind 'defct', did you mean defect?" },
		{ "/file search now: x", "/file: found 'now', expected help, defect, docs, with, or a colon and the title" },
		{ "/file search with: x", "/file: expected names of attachments behind 'with'" },
		{ "/file se/arch: x", "'se/arch' is no name of a team" },
		{ "/pass @", "/pass takes one name: /pass @who; found '@'" },
		{ "/sev critical", "'critical' is no severity; they are 0 to 9" },
		{ "/snooze", "/snooze takes how long: /snooze 4h" },
		{ "/snooze 4", "'4' is no span from 5m to 30d; write it like 30m, 4h or 2d" },
		{ "/snooze 1m", "'1m' is no span from 5m to 30d; write it like 30m, 4h or 2d" },
		{ "/snooze 31d", "'31d' is no span from 5m to 30d; write it like 30m, 4h or 2d" },
		{ "/snooze 9999999h", "'9999999h' is no span from 5m to 30d; write it like 30m, 4h or 2d" },
		{ "/sev", "/sev takes the severity: /sev 1" },
		{ "/sev high", "'high' is no severity; they are 0 to 9" },
		{ "/sev 10", "'10' is no severity; they are 0 to 9" },
		{ "/close", "/close takes the number of a filing: /close F2" },
		{ "/close 2", "'2' is no filing; they are written like F2" },
		{ "/close F0", "'F0' is no filing; they are written like F2" },
		{ "/note", "/note takes the words of the note behind it" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(slips); i++) {
		AUTO_ARENA struct arena *a = arena_new();
		struct commands c;

		commands_parse(a, slips[i].line, &c);
		assert_int_equal(c.n, 1);
		if (c.v[0].error == NULL)
			fail_msg("%s: taken as sound", slips[i].line);
		assert_string_equal(c.v[0].error, slips[i].error);
	}
}

static void
test_limits(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf b;
	struct commands c;

	(void)state;
	buf_init(&b, 8 << 20);
	for (int i = 0; i <= COMMANDS_MAX; i++)
		buf_puts(&b, "/ack\n");
	commands_parse(a, b.data, &c);
	assert_int_equal(c.errors, 1);
	assert_string_equal(c.v[COMMANDS_MAX].error, "more than 20 commands in one mail");
	/* A line longer than any command is text. */
	buf_reset(&b);
	buf_puts(&b, "/note ");
	while (b.len <= COMMAND_LINE_MAX)
		buf_putc(&b, 'x');
	commands_parse(a, b.data, &c);
	assert_int_equal(c.n, 0);
	/* A megabyte of slashes takes no time to speak of. */
	buf_reset(&b);
	for (int i = 0; i < 500000; i++)
		buf_puts(&b, "/\n");
	commands_parse(a, b.data, &c);
	assert_int_equal(c.n, 0);
}

static void
test_spans(void **state)
{
	int64_t s;

	(void)state;
	assert_true(command_span("90m", 0, 1 << 30, &s));
	assert_int_equal(s, 5400);
	assert_true(command_span("1 week 2 days", 0, 1 << 30, &s));
	assert_int_equal(s, 9 * 86400);
	assert_true(command_span("1h30m", 0, 1 << 30, &s));
	assert_int_equal(s, 5400);
	assert_false(command_span("", 0, 1 << 30, &s));
	assert_false(command_span("h", 0, 1 << 30, &s));
	assert_false(command_span("-4h", 0, 1 << 30, &s));
	assert_false(command_span("4 fortnights", 0, 1 << 30, &s));
}

static void
test_help_shows_each_his_own(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf all, asker;
	const char *words;

	(void)state;
	buf_init(&all, 10000);
	buf_init(&asker, 10000);
	command_help(&all, WHO_ENGINEER);
	command_help(&asker, WHO_REQUESTER);
	assert_non_null(strstr(all.data, "/ack                      you lead the case\n"));
	assert_null(strstr(asker.data, "/ack"));
	assert_non_null(strstr(asker.data, "/resolve OUTCOME: cause   close the case\n"));
	words = text_squeeze(a, all.data);
	for (size_t i = 0; i < COMMAND_UNKNOWN; i++)
		assert_non_null(strstr(words, command_grammar[i].sentence));
	for (const char *s = all.data; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n')
		assert_true(strcspn(s, "\n") <= 68);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where_commands_stand),
		cmocka_unit_test(test_as_it_looks),
		cmocka_unit_test(test_written_otherwise),
		cmocka_unit_test(test_amid_the_text),
		cmocka_unit_test(test_pasted_text_is_text),
		cmocka_unit_test(test_what_mail_programs_do),
		cmocka_unit_test(test_unknown_words),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_a_fix_names_its_team_and_its_link),
		cmocka_unit_test(test_slips_are_answered_exactly),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_help_shows_each_his_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

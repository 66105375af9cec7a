/* Goal: a template says exactly what its writer meant, complains exactly where he slipped, and no value can pass for markup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "config/syntax.h"
#include "ground/buf.h"
#include "ground/mem.h"
#include "judge/letter_parts.h"

#define OWN "escalations@example.com"

static struct template *
compile_as(struct arena *a, const char *name, const char *text, struct diag *d)
{
	struct conf_file *file = arena_alloc(a, sizeof(*file));

	diag_init(d, a);
	*file = (struct conf_file){ "x.txt", "x.txt", text, strlen(text) };
	return template_compile(a, name, file, d);
}

static struct template *
compile(struct arena *a, const char *text, struct diag *d)
{
	return compile_as(a, "receipt", text, d);
}

/* A template with the vocabulary of a shipped one and the values, as text or as HTML. */
static const char *
render(struct arena *a, const char *name, const char *text, const struct value *values, size_t n, bool html)
{
	struct diag d;
	struct template *t = compile_as(a, name, text, &d);
	struct lines lines;
	struct blocks blocks;
	AUTO_BUF struct buf out;

	assert_non_null(t);
	buf_init(&out, 1 << 20);
	template_expand(a, t, values, n, OWN, &lines);
	letter_blocks(a, &lines, &blocks);
	if (html)
		letter_html(&out, &blocks);
	else
		letter_text(&out, &blocks);
	return arena_strndup(a, out.data, out.len);
}

#define TEXT(template, ...) \
	render(a, "receipt", template, (struct value[]){ __VA_ARGS__ }, sizeof((struct value[]){ __VA_ARGS__ }) / sizeof(struct value), false)
#define HTML_AS(name, template, ...) \
	render(a, name, template, (struct value[]){ __VA_ARGS__ }, sizeof((struct value[]){ __VA_ARGS__ }) / sizeof(struct value), true)
#define HTML(template, ...) HTML_AS("receipt", template, __VA_ARGS__)

static void
test_values_and_sections(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_string_equal(TEXT("{{engineer}} has {{case}}.\n", { "engineer", "Keegan" }, { "case", "ESC-17" }), "Keegan has ESC-17.\n");
	assert_string_equal(TEXT("{{#ticket}}\nTicket {{ticket}}.\n{{/ticket}}\n{{^ticket}}\nNo ticket.\n{{/ticket}}\n", { "ticket", "" }),
	    "No ticket.\n");
	assert_string_equal(TEXT("{{#ticket}}\nTicket {{ticket}}.\n{{/ticket}}\n{{^ticket}}\nNo ticket.\n{{/ticket}}\n", { "ticket", "7" }),
	    "Ticket 7.\n");
	assert_string_equal(TEXT("a{{#ticket}} b{{/ticket}} c\n", { "ticket", NULL }), "a c\n");
	/* Nothing comes of the tags, so there is no line, and empty lines do not pile up. */
	assert_string_equal(TEXT("one\n\n{{! a remark }}\n{{#ticket}}Ticket: {{ticket}}{{/ticket}}\n\ntwo\n", { "case", "x" }), "one\n\ntwo\n");
}

static void
test_a_value_is_expanded_once(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_string_equal(TEXT("{{subject}}\n", { "subject", "{{case}} {{#x}}" }, { "case", "ESC-17" }), "{{case}} {{#x}}\n");
}

static void
test_a_line_value_stays_on_its_line(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	/* It cannot end its fact and begin another one, nor the footer. */
	assert_string_equal(TEXT("Subject: {{subject}}\n", { "subject", "a\r\nSeverity: 0\n--\nb" }), "Subject: a Severity: 0 -- b\n");
	/* Nor turn the reading direction round, ring a bell, or paint. */
	assert_string_equal(TEXT("{{subject}}\n", { "subject", "a\xe2\x80\xae" "b\x1b[31m\a\xc2\x85" "c" }), "ab[31mc\n");
}

static void
test_a_value_is_no_markup(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *html;

	(void)state;
	html = HTML("{{subject}}\n", { "subject", "<b onclick='x'>\"&amp;\"</b>" });
	assert_non_null(strstr(html, "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;amp;&quot;&lt;/b&gt;"));
	assert_null(strstr(html, "<b "));
	/* Where a value of ours begins the line, what it looks like does not count. */
	assert_null(strstr(HTML("{{subject}}\n", { "subject", "- an item" }), "<li"));
	assert_null(strstr(HTML("{{subject}}\n", { "subject", "> a quote" }), "<blockquote"));
	assert_null(strstr(HTML("{{subject}}\n", { "subject", "Severity: 0" }), "<td"));
	assert_null(strstr(HTML("{{subject}}\n", { "subject", "--" }), "<hr"));
}

static void
test_a_persons_words(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	static const char words[] = "Hello,\n\n- one\n- two\n\n    at Foo.bar\n> you said\n\n\nError: x\n-- \nAda\n\n";
	const char *html;

	(void)state;
	/* The original has them in its text; here they stand in the vocabulary of an assignment. */
	struct diag d;
	struct conf_file file = { "assignment.txt", "assignment.txt", "Case: {{case}}\n\n{{text}}\n\n--\nfooter\n", 38 };
	struct template *t;
	struct value values[] = { { "case", "ESC-17" }, { "text", words } };
	struct lines lines;
	struct blocks blocks;
	AUTO_BUF struct buf out;

	diag_init(&d, a);
	file.len = strlen(file.text);
	t = template_compile(a, "assignment", &file, &d);
	assert_non_null(t);
	template_expand(a, t, values, COUNT(values), OWN, &lines);
	letter_blocks(a, &lines, &blocks);
	buf_init(&out, 1 << 20);
	letter_text(&out, &blocks);
	/* His lines stay; the sign of a signature is ours alone, or mail programs would hide the rest. */
	assert_string_equal(out.data,
	    "Case: ESC-17\n\nHello,\n\n- one\n- two\n\n    at Foo.bar\n> you said\n\n\nError: x\n--\nAda\n\n-- \nfooter\n");
	buf_reset(&out);
	letter_html(&out, &blocks);
	html = out.data;
	assert_non_null(strstr(html, "<li dir=\"auto\">one</li>"));
	assert_non_null(strstr(html, ">at Foo.bar</pre>"));
	assert_non_null(strstr(html, ">you said</blockquote>"));
	assert_non_null(strstr(html, ">Error: x<br>\n--<br>\nAda</p>")); /* no fact, no rule */
	assert_ptr_equal(strstr(html, "<hr"), strstr(strstr(html, "Ada"), "<hr"));
	assert_null(strstr(strstr(html, "<hr") + 1, "<hr"));
}

/* The HTML of a letter without its sheet and its frame. */
static bool
shows(const char *html, const char *part)
{
	return strstr(strstr(html, "<body"), part) != NULL;
}

static void
test_what_leads_and_what_is_small(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *html = HTML("{{engineer}} has it. You need do nothing.\n\nMore. Still more.\n\n--\nSmall. Print.\n",
	    { "engineer", "Dr. E. Coyote" });

	(void)state;
	/* The first sentence alone leads; an initial or a title does not end it. */
	assert_true(shows(html, "line-height:1.35\">Dr. E. Coyote has it.</p>\n"));
	assert_true(shows(html, "<p style=\"margin:0 0 12px\">You need do nothing.</p>"));
	assert_true(shows(html, "<p style=\"margin:0 0 12px\">More. Still more.</p>"));
	assert_true(shows(html, "Small. Print.</p>\n</div>"));
	assert_true(shows(HTML("One\ntwo\n", { "case", "" }), ">One two</p>"));
}

static void
test_a_word_of_caution_is_ours(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	static const char label[] = "Take care, nothing proves it.\n\n";
	const char *html;

	(void)state;
	assert_true(shows(HTML_AS("relay", "Take care, nothing proves it.\n\n{{text}}\n", { "text", "Hi" }), "solid #bf5b04"));
	/* A person's own do not look like it, nor like any heading of ours. */
	assert_false(shows(HTML_AS("relay", "{{text}}\n", { "text", label }), "solid #bf5b04"));
	html = HTML_AS("relay", "{{text}}\n", { "text", "Done.\n\nSo far:\n\n- a: b\n\nSeverity: 0\n" });
	assert_false(shows(html, "font-weight"));
}

static void
test_commands_are_set_as_code(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *html = HTML("x\n\nFirst (/ack), \"/resolve answered: why\" or /help. {{subject}}\n",
	    { "subject", "/<i>" });

	(void)state;
	assert_true(shows(html, "nowrap\">/ack</code>), <code"));
	assert_true(shows(html, "\">/resolve answered: why</code> or <code"));
	assert_true(shows(html, "\">/help</code>. /&lt;i&gt;</p>"));
	/* Paths, quotes that do not end, an item's begin. */
	assert_false(shows(HTML("x\n\nSee /etc/passwd, a/b, /a.b and \"/tmp/x\".\n", { "case", "" }), "<code"));
	assert_true(shows(HTML("x\n\n\"/ack has no end\n", { "case", "" }), "&quot;<code"));
	assert_true(shows(HTML("- {{missing}}\n", { "missing", "/sev 1: done\nBola: <b>" }), "/sev 1</code>: done"));
	assert_true(shows(HTML("- {{missing}}\n", { "missing", "/sev 1: done\nBola: <b>" }), ">Bola</b>: &lt;b&gt;"));
	/* In a person's words a command is text. */
	assert_false(shows(HTML_AS("relay", "{{text}}\n", { "text", "/ack" }), "<code"));
}

static void
test_the_number_of_a_case_is_not_torn(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_true(shows(HTML("{{case}} is here.\n", { "case", "ESC-17" }), "nowrap\">ESC-17</span> is here."));
	assert_false(shows(HTML("{{case}}, X-, -1, aESC-17\n", { "case", "ESC-" }), "nowrap"));
}

static void
test_a_severity_has_its_colour(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	static const struct { const char *value, *colour; } of[] = {
		{ "0", "#c4281c" }, { "1", "#c4281c" }, { "2", "#a85300" }, { "3", "#5f6b78" }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(of); i++)
		assert_true(shows(HTML("Severity: {{severity}}\n", { "severity", of[i].value }), of[i].colour));
	assert_false(shows(HTML("Severity: {{severity}}\n", { "severity", "1 of 2" }), "background:#"));
	assert_false(shows(HTML("Number: {{severity}}\n", { "severity", "1" }), "background:#"));
}

static void
test_two_columns_fit_a_phone(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	static const char table[] = "/ack       you lead\n/long usage\n           goes on\n           here";
	const char *html = HTML_AS("transcript", "    {{help}}\n", { "help", table });

	(void)state;
	assert_true(shows(html, ">/ack</code><br>\nyou lead</p>"));
	assert_true(shows(html, ">/long usage</code><br>\ngoes on here</p>"));
	/* What a person set in keeps its columns. */
	html = HTML_AS("relay", "{{text}}\n", { "text", "    NAME   READY\n    pod-0  0/1" });
	assert_true(shows(html, "NAME   READY\npod-0  0/1</pre>"));
	html = HTML_AS("relay", "> {{original}}\n", { "original", "Log:\n\n    a   b\n      c\n\nBye" });
	assert_true(shows(html, "Log:<br>\n<pre style=\"margin:6px 0;"));
	assert_true(shows(html, ">a   b\n  c</pre>Bye"));
}

static void
test_lines_of_a_value(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_string_equal(TEXT("Missing:\n\n- {{missing}}\n", { "missing", "Which version?\nSince when?\n" }),
	    "Missing:\n\n- Which version?\n- Since when?\n");
	assert_string_equal(TEXT("- {{missing}}\n", { "missing", "" }), "");
}

static void
test_filling(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *text = TEXT("{{engineer}} has your escalation and answers by {{answer_by}}, or somebody else will.\n\n"
	                        "Why: {{why}}\nCase: {{case}}\n",
	    { "engineer", "Keegan" }, { "answer_by", "14:30 UTC on Monday the 23rd" }, { "case", "ESC-17" },
	    { "why", "next in turn; Bola skipped: 02:10 in Lagos; Taras skipped: away until Mon 14 Dec" });

	(void)state;
	assert_string_equal(text, "Keegan has your escalation and answers by 14:30 UTC on Monday the 23rd,\nor somebody else will.\n\n"
	                          "Why:  next in turn; Bola skipped: 02:10 in Lagos; Taras skipped: away\n      until Mon 14 Dec\nCase: ESC-17\n");
}

static void
test_reply_tokens_do_not_travel(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	assert_string_equal(TEXT("{{subject}}\n", { "subject", "to Escalations+ABC234xyz@EXAMPLE.com, escalations+@example.com" }),
	    "to escalations@example.com, escalations+@example.com\n");
}

static void
test_a_long_value_is_cut_with_a_mark(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	char *huge = arena_alloc(a, LETTER_VALUE_BYTES + 100);
	const char *text;

	(void)state;
	memset(huge, 'x', LETTER_VALUE_BYTES + 50);
	text = TEXT("{{subject}}\n", { "subject", huge });
	assert_true(strlen(text) < 5000);
	assert_non_null(strstr(text, "..."));
}

/* Each slip, and where it is said to be. */
static void
test_complaints(void **state)
{
	static const struct { const char *text; unsigned line, column; const char *message, *hint; } slips[] = {
		{ "ok\n  {{tiket}}\n", 2, 5, "no value 'tiket' in the template 'receipt'", "perhaps 'ticket'" },
		{ "\xc3\xa9\xc3\xa9 {{ outcome }}\n", 1, 7, "no value 'outcome' in the template 'receipt'", NULL },
		{ "{{case\n}}\n", 1, 1, "found {{, expected }} on the same line", NULL },
		{ "{{}}\n", 1, 3, "expected the name of a value", NULL },
		{ "a\n{{#case}}\nb\n", 2, 1, "the section 'case' is never closed; expected {{/case}}", NULL },
		{ "a\nb {{/case}}\n", 2, 3, "found {{/case}}, but no section is open", NULL },
		{ "{{#case}}\n{{/ticket}}{{/case}}\n", 2, 1, "found {{/ticket}}, expected {{/case}} of line 1", NULL },
		{ "{{#case}}{{#case}}{{#case}}{{#case}}{{#case}}{{#case}}{{#case}}{{#case}}{{#case}}", 1, 73,
		  "sections within sections: at most 8", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(slips); i++) {
		AUTO_ARENA struct arena *a = arena_new();
		struct diag d;

		assert_null(compile(a, slips[i].text, &d));
		assert_true(d.errors >= 1);
		assert_string_equal(d.items[0].message, slips[i].message);
		assert_int_equal(d.items[0].pos.line, slips[i].line);
		assert_int_equal(d.items[0].pos.column, slips[i].column);
		if (slips[i].hint == NULL)
			assert_null(d.items[0].hint);
		else
			assert_string_equal(d.items[0].hint, slips[i].hint);
	}
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
test_the_operators_folder(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	char folder[] = "/tmp/templates.XXXXXX";
	struct templates *t;
	struct diag d;
	struct lines lines;
	struct value values[] = { { "case", "ESC-17" } };

	(void)state;
	assert_non_null(mkdtemp(folder));
	write_file(arena_printf(a, "%s/receipt.txt", folder), "Merci, {{case}}.\n");
	write_file(arena_printf(a, "%s/relay.txt", folder), "{{nonsense}}\n");
	write_file(arena_printf(a, "%s/reciept.txt", folder), "oops\n");
	diag_init(&d, a);
	t = templates_load(a, folder, &d);
	/* His own is used, a broken one is said and the shipped one stands in, a stranger is guessed at. */
	template_expand(a, template_find(t, "receipt"), values, 1, OWN, &lines);
	assert_string_equal(lines.v[0].text, "Merci, ESC-17.");
	assert_int_equal(d.errors, 1);
	assert_int_equal(d.n, 2);
	assert_string_equal(d.items[0].message, "'reciept.txt' in the folder of templates is none of them");
	assert_string_equal(d.items[0].hint, "perhaps 'receipt.txt'");
	assert_string_equal(d.items[1].pos.file->name, "relay.txt");
	assert_true(template_find(t, "relay")->n > 3);
	assert_null(template_find(t, "nonsense"));
	unlink(arena_printf(a, "%s/receipt.txt", folder));
	unlink(arena_printf(a, "%s/relay.txt", folder));
	unlink(arena_printf(a, "%s/reciept.txt", folder));
	rmdir(folder);
}

/* The tables agree: each template has a file and each file a row; each word of a row is in the vocabulary. */
static void
test_the_shipped_ones(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct diag d;

	(void)state;
	assert_int_equal(nshipped_templates, ntemplates);
	for (size_t i = 0; i < ntemplates; i++) {
		char *words = arena_strdup(a, template_doc(template_names[i])->values), *save = NULL;

		assert_non_null(template_shipped(template_names[i]));
		for (char *w = strtok_r(words, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
			if (value_word(w) == NULL)
				fail_msg("%s: '%s' is not in the vocabulary", template_names[i], w);
	}
	diag_init(&d, a);
	assert_non_null(templates_load(a, NULL, &d));
	assert_int_equal(d.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_and_sections),
		cmocka_unit_test(test_a_value_is_expanded_once),
		cmocka_unit_test(test_a_line_value_stays_on_its_line),
		cmocka_unit_test(test_a_value_is_no_markup),
		cmocka_unit_test(test_a_persons_words),
		cmocka_unit_test(test_what_leads_and_what_is_small),
		cmocka_unit_test(test_a_word_of_caution_is_ours),
		cmocka_unit_test(test_commands_are_set_as_code),
		cmocka_unit_test(test_the_number_of_a_case_is_not_torn),
		cmocka_unit_test(test_a_severity_has_its_colour),
		cmocka_unit_test(test_two_columns_fit_a_phone),
		cmocka_unit_test(test_lines_of_a_value),
		cmocka_unit_test(test_filling),
		cmocka_unit_test(test_reply_tokens_do_not_travel),
		cmocka_unit_test(test_a_long_value_is_cut_with_a_mark),
		cmocka_unit_test(test_complaints),
		cmocka_unit_test(test_the_operators_folder),
		cmocka_unit_test(test_the_shipped_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: HTML mail reads like the mail that its writer saw: tables, lists, links and quotes, and nothing that he did not see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ground/buf.h"
#include "judge/html.h"

static void
reads(const char *markup, const char *expected)
{
	AUTO_BUF struct buf out;

	buf_init(&out, 10000);
	html_text(markup, strlen(markup), &out);
	assert_string_equal(out.data, expected);
}

static void
blocks_become_lines(void **state)
{
	(void)state;
	reads("<p>one</p><p>two<br>three</p><div>four</div><div>five</div>", "one\n\ntwo\nthree\n\nfour\nfive");
	reads("<div><div><div>deep</div></div></div>next", "deep\nnext");
	reads("a  \n b&nbsp;&nbsp;c", "a b  c");
	reads("<p class=\"MsoNormal\">one</p><p class=\"MsoNormal\">two</p>", "one\ntwo");
	reads("x<hr>y", "x\n________________________________\ny");
	reads("<pre>a\n  b</pre>c", "a\n  b\nc");
}

static void
lists_and_tables_stay_readable(void **state)
{
	(void)state;
	reads("<ul><li>one<li>two<ol><li>a<li>b</ol></ul>", "- one\n- two\n  1. a\n  2. b");
	reads("<li><p>item</p></li>", "- item");
	reads("<table><tr><td>a</td><td>b</td></tr><tr><td><p>c</p></td><td><p>d</p></td></tr></table>", "a\tb\nc\td");
}

static void
links_say_where_they_lead(void **state)
{
	(void)state;
	reads("<a href=\"https://example.com/x\">the log</a>.", "the log <https://example.com/x>.");
	reads("<a href=\"https://example.com/\">https://example.com</a>", "https://example.com");
	reads("<a href=\"mailto:ada@example.com\">ada@example.com</a>", "ada@example.com");
	reads("<a href=\"javascript:alert(1)\">click</a>", "click");
	reads("<img alt=\"a graph\" src=x>", "[image: a graph]");
}

static void
quotes_carry_marks(void **state)
{
	(void)state;
	reads("new<blockquote>old<br>older<blockquote>oldest</blockquote></blockquote>new", "new\n> old\n> older\n>> oldest\nnew");
	reads("<blockquote style=\"margin:0 0 0 40px;border:none;padding:0\">indented</blockquote>", "indented");
	reads("<blockquote type=\"cite\" style=\"border:none\">cited</blockquote>", "> cited");
}

static void
what_is_not_shown_is_not_read(void **state)
{
	(void)state;
	reads("<head><title>t</title></head><style>p{}</style><script>x</script><p>seen</p><span style=\"display: NONE\">hidden</span>", "seen");
	reads("<div style=\"display:none\"><div>deep</div></div>after", "after");
	reads("<span style=\"font-size:0.9em\">small</span>", "small");
	reads("<!--[if mso]>for word<![endif]-->text", "text");
}

static void
text_is_never_lost_to_broken_markup(void **state)
{
	(void)state;
	reads("<!-- unclosed <b>all of it</b>", "unclosed all of it");
	reads("a < b and <c", "a < b and");
	reads("", "");
}

static void
depth_and_length_are_bounded(void **state)
{
	AUTO_BUF struct buf in, out;

	(void)state;
	buf_init(&in, 8 << 20);
	for (int i = 0; i < 200000; i++)
		buf_puts(&in, "<div><blockquote><a href=\"http://x\">");
	buf_puts(&in, "end");
	buf_init(&out, 1000);
	html_text(in.data, in.len, &out);
	assert_true(out.len <= 1000);
	assert_non_null(strstr(out.data, "end"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_become_lines),
		cmocka_unit_test(lists_and_tables_stay_readable),
		cmocka_unit_test(links_say_where_they_lead),
		cmocka_unit_test(quotes_carry_marks),
		cmocka_unit_test(what_is_not_shown_is_not_read),
		cmocka_unit_test(text_is_never_lost_to_broken_markup),
		cmocka_unit_test(depth_and_length_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: the language is read as its page says, every fault is shown at its exact place, and one fault is one error. */
#include <ftw.h>
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

struct fixture {
	struct arena *arena;
	struct diag diag;
	struct buf out;
	char folder[64];
};

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->arena = arena_new();
	diag_init(&f->diag, f->arena);
	buf_init(&f->out, 1 << 20);
	snprintf(f->folder, sizeof(f->folder), "/tmp/escrelay-syntax-XXXXXX");
	*state = f;
	return mkdtemp(f->folder) == NULL;
}

static int
unlink_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st, (void)type, (void)walk;
	return remove(path);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	nftw(f->folder, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
	buf_free(&f->out);
	arena_free(f->arena);
	free(f);
	return 0;
}

/* The tree as one line a statement: words in <>, quotes in "", regexes in //, blocks indented. */
static void
write_out(struct buf *b, const struct conf_stmt *v, size_t n, int depth)
{
	for (size_t i = 0; i < n; i++) {
		buf_printf(b, "%*s", depth * 2, "");
		for (size_t w = 0; w < v[i].nwords; w++) {
			const struct conf_word *word = &v[i].words[w];
			const char *marks = word->kind == CONF_WORD ? "<>" : word->kind == CONF_QUOTED ? "\"\"" : "//";

			buf_printf(b, "%c%s%c", marks[0], word->text, marks[1]);
			if (word->kind == CONF_REGEX)
				buf_puts(b, word->flags);
			assert_int_equal(word->len, strlen(word->text));
		}
		buf_puts(b, v[i].has_block ? "{\n" : "\n");
		write_out(b, v[i].block, v[i].nblock, depth + 1);
	}
}

static const char *
read_as(struct fixture *f, const char *text)
{
	struct conf_tree *tree;

	buf_reset(&f->out);
	diag_init(&f->diag, f->arena);
	tree = conf_read_text(f->arena, "t.conf", text, strlen(text), true, &f->diag);
	write_out(&f->out, tree->stmts, tree->nstmts, 0);
	return f->out.data;
}

static const char *
complaints(struct fixture *f)
{
	buf_reset(&f->out);
	diag_print(&f->diag, &f->out, false);
	return f->out.data;
}

static struct conf_tree *
read_files(struct fixture *f, const char *first)
{
	char path[256];

	diag_init(&f->diag, f->arena);
	snprintf(path, sizeof(path), "%s/%s", f->folder, first);
	return conf_read(f->arena, path, &f->diag);
}

static void
put_file(struct fixture *f, const char *name, const char *text)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
}

static void
statements_end_at_lines_semicolons_and_braces(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(read_as(f, "a b;c\n\n  d;;\r\ne"), "<a><b>\n<c>\n<d>\n<e>\n");
	assert_string_equal(read_as(f, "x { a 1; b 2 }\ny {\n\tc\n}\nz { } w {}"),
	    "<x>{\n  <a><1>\n  <b><2>\n<y>{\n  <c>\n<z>{\n<w>{\n");
	assert_string_equal(read_as(f, "a{b{c d}}e"), "<a>{\n  <b>{\n    <c><d>\n<e>\n");
	assert_string_equal(read_as(f, "\xef\xbb\xbf" "first"), "<first>\n");
	assert_string_equal(read_as(f, ""), "");
	assert_int_equal(f->diag.n, 0);
}

static void
comments_begin_where_a_word_would(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(read_as(f, "# all\na # b { \" / \nc#d {#e\nf\n}"), "<a>\n<c#d>{\n  <f>\n");
	assert_string_equal(read_as(f, "number ~ /#(\\d+)/ # x"), "<number><~>/#(\\d+)/\n");
	assert_int_equal(f->diag.n, 0);
}

static void
quotes_escape_two_things_only(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(read_as(f, "a \"b c; {#}\" \"\" \"\\\"q\\\\\\n\""), "<a>\"b c; {#}\"\"\"\"\"q\\\\n\"\n");
	assert_int_equal(f->diag.n, 0);
}

static void
a_regex_is_written_as_it_is(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(read_as(f, "s ~ /\\b(sev|p)-?(?<s>[01]{1,2})\\b/i x"),
	    "<s><~>/\\b(sev|p)-?(?<s>[01]{1,2})\\b/i<x>\n");
	assert_string_equal(read_as(f, "s !~ /a\\/b\\\\/\ns ~ /\"#;/imsx"), "<s><!~>/a/b\\\\/\n<s><~>/\"#;/imsx\n");
	assert_int_equal(f->diag.n, 0);
	/* Only right after ~: elsewhere a slash is a slash, */
	assert_string_equal(read_as(f, "file /etc/x\nx = /a/"), "<file></etc/x>\n<x><=></a/>\n");
	/* and the ~ must be a word of its own. */
	assert_string_equal(read_as(f, "x \"~\" /a b/"), "<x>\"~\"</a><b/>\n");
	assert_int_equal(f->diag.n, 0);
}

static void
places_count_characters_and_survive_unescaping(void **state)
{
	struct fixture *f = *state;
	const char *text = "# \xc3\xa4\nn\xc3\xa4me \"\xe2\x82\xac\"\tx ~ /a\\/\xc3\xb6(/";
	struct conf_tree *tree = conf_read_text(f->arena, "t", text, strlen(text), true, &f->diag);
	const struct conf_word *w = tree->stmts[0].words;
	struct conf_pos pos;

	assert_int_equal(w[0].pos.line, 2);
	assert_int_equal(w[1].pos.column, 6);
	assert_int_equal(w[1].bytes, 5);
	assert_int_equal(w[2].pos.column, 10);
	assert_int_equal(w[4].pos.column, 14);
	assert_string_equal(w[4].text, "a/\xc3\xb6(");
	pos = conf_word_pos(&w[4], 4); /* the parenthesis */
	assert_int_equal(pos.column, 19);
	assert_int_equal(text[pos.offset], '(');
	pos = conf_word_pos(&w[4], 99);
	assert_int_equal(text[pos.offset], '/');
	assert_int_equal(conf_word_pos(&w[2], 0).column, 10);
	text = "a ~ /\\\\\\d(/ \"\\d\\\"x\"";
	tree = conf_read_text(f->arena, "t", text, strlen(text), true, &f->diag);
	pos = conf_word_pos(&tree->stmts[0].words[2], 4);
	assert_int_equal(text[pos.offset], '(');
	assert_int_equal(text[conf_word_pos(&tree->stmts[0].words[2], 5).offset], '/');
	assert_int_equal(text[conf_word_pos(&tree->stmts[0].words[2], 3).offset], 'd');
	assert_int_equal(text[conf_word_pos(&tree->stmts[0].words[3], 3).offset], 'x');
}

static void
what_is_never_closed_is_told_at_its_opener(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(read_as(f, "a \"b c\nd"), "<a>\"b c\"\n<d>\n");
	assert_string_equal(complaints(f), "t.conf:1:3: error: this quote is never closed\n    a \"b c\n      ^\n"
					   "    it must end on the line it begins on\n");
	assert_string_equal(read_as(f, "a ~ /b(\nd"), "<a><~>//\n<d>\n");
	assert_string_equal(complaints(f), "t.conf:1:5: error: this regex is never closed\n    a ~ /b(\n        ^\n"
					   "    it must end on the line it begins on, with a /\n");
	assert_string_equal(read_as(f, "a { b\nc"), "<a>{\n  <b>\n<c>\n");
	assert_string_equal(complaints(f), "t.conf:1:3: error: this block is never closed\n    a { b\n      ^\n");
}

static void
one_lost_brace_is_one_error(void **state)
{
	struct fixture *f = *state;

	/* b closes with a's brace in the text; the indentation tells what was meant. */
	assert_string_equal(read_as(f, "a {\n  x\nb {\n  y\n}\nc"), "<a>{\n  <x>\n<b>{\n  <y>\n<c>\n");
	assert_int_equal(f->diag.errors, 1);
	assert_string_equal(read_as(f, "a { x \"y }\nb { z }"), "<a>{\n  <x>\"y }\"\n<b>{\n  <z>\n");
	assert_int_equal(f->diag.errors, 2);
	assert_string_equal(read_as(f, "a\n{ x }\nb"), "<a>{\n  <x>\n<b>\n");
	assert_string_equal(complaints(f),
	    "t.conf:2:1: error: found '{' at the start of a statement\n    { x }\n    ^\n"
					   "    a '{' stands on the same line as the words before it\n");
	assert_string_equal(read_as(f, "a }\nb"), "<a>\n<b>\n");
	assert_string_equal(complaints(f), "t.conf:1:3: error: found '}' but no block is open\n    a }\n      ^\n");
}

static void
small_slips_are_told_and_read_over(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(read_as(f, "a \"b\"c d"), "<a>\"b\"<d>\n");
	assert_string_equal(complaints(f), "t.conf:1:6: error: found 'c' right after a quoted word, expected a blank\n"
					   "    a \"b\"c d\n         ^\n");
	assert_string_equal(read_as(f, "a ~ /b/c/i d"), "<a><~>/b/<d>\n");
	assert_string_equal(complaints(f), "t.conf:1:8: error: found 'c' after a regex, expected flags of i, m, s, x\n"
					   "    a ~ /b/c/i d\n           ^\n    a slash inside of a regex is written \\/\n"
					   "t.conf:1:9: error: found '/i' right after a regex, expected a blank\n"
					   "    a ~ /b/c/i d\n            ^~\n    a slash inside of a regex is written \\/\n");
	assert_string_equal(read_as(f, "a ~ /b/ii"), "<a><~>/b/i\n");
	assert_int_equal(f->diag.errors, 1);
	read_as(f, "a b\"c\"");
	assert_int_equal(f->diag.errors, 2);
}

static void
bytes_that_are_no_text_are_refused(void **state)
{
	struct fixture *f = *state;
	static const char nul[] = "a\0b";

	assert_string_equal(read_as(f, "a \xe4rger\nb"), "<a><?rger>\n<b>\n");
	assert_string_equal(complaints(f),
	    "t.conf:1:3: error: found the byte 0xe4, which is no UTF-8\n    a ?rger\n      ^\n    the file must be UTF-8\n");
	read_as(f, "a\n\xc3\xa4 \x1b[2J");
	assert_string_equal(complaints(f), "t.conf:2:3: error: found the control character 0x1b\n    ä ?[2J\n      ^\n");
	read_as(f, "a\rb");
	assert_int_equal(f->diag.errors, 1);
	diag_init(&f->diag, f->arena);
	assert_int_equal(conf_read_text(f->arena, "t.conf", nul, 3, true, &f->diag)->nstmts, 0);
	assert_string_equal(complaints(f),
	    "t.conf:1:2: error: found a NUL byte\n    this is no text file, or one in UTF-16; expected UTF-8\n");
}

static void
nesting_has_an_end(void **state)
{
	struct fixture *f = *state;
	char deep[4001] = "";

	for (int i = 0; i < 2000; i++)
		memcpy(deep + i, "a{", 2), deep[i + 2] = '\0', i++;
	read_as(f, deep);
	assert_true(f->diag.errors > 0);
	assert_non_null(strstr(complaints(f), "t.conf:1:34: error: blocks are nested more than 16 deep"));
	assert_string_equal(read_as(f,
	    "a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{a{x}}}}}}}}}}}}}}}}} b") + strlen(f->out.data) - 4, "<b>\n");
	assert_int_equal(f->diag.errors, 1);
}

static void
a_line_without_end_is_shown_around_the_place(void **state)
{
	struct fixture *f = *state;
	char line[1001];

	memset(line, 'x', 1000);
	line[500] = ' ';
	line[501] = '"';
	line[1000] = '\0';
	read_as(f, line);
	assert_int_equal(f->diag.items[0].pos.column, 502);
	assert_true(strlen(complaints(f)) < 400);
	assert_non_null(strstr(f->out.data, "    ...xxxxx"));
	assert_non_null(strstr(f->out.data, "xxx...\n"));
}

static void
a_line_with_a_secret_is_never_shown(void **state)
{
	struct fixture *f = *state;

	read_as(f, "mailbox a { user x; password \"hunter2 }\n");
	assert_non_null(strstr(complaints(f), "t.conf:1:30: error: this quote is never closed"));
	assert_null(strstr(f->out.data, "hunter2"));
	read_as(f, "password credential \"a b\n");
	assert_non_null(strstr(complaints(f), "    password credential"));
	read_as(f, "subject ~ /password reset\n");
	assert_non_null(strstr(complaints(f), "/password reset"));
}

static void
nothing_in_a_file_reaches_the_terminal_raw(void **state)
{
	struct fixture *f = *state;
	struct conf_word w = { .text = "x", .pos = { .line = 1, .column = 1 }, .bytes = 1 };

	read_as(f, "a \xe2\x80\xae\"\xc2\x9b" "2J\n");
	assert_null(strstr(complaints(f), "\xe2\x80\xae"));
	assert_null(strstr(f->out.data, "\xc2\x9b"));
	diag_init(&f->diag, f->arena);
	diag_error(&f->diag, &w, "\x1b]0;hint", "found '%s'", "\x1b[31m");
	assert_string_equal(complaints(f), "error: found '\\x1b[31m'\n    \\x1b]0;hint\n");
}

static void
errors_have_a_ceiling_and_an_order(void **state)
{
	struct fixture *f = *state;
	char braces[201];

	memset(braces, '}', 200);
	braces[200] = '\0';
	read_as(f, braces);
	assert_int_equal(f->diag.n, DIAG_MAX);
	assert_int_equal(f->diag.errors, 200);
	assert_non_null(strstr(complaints(f), "\nand 150 more that are not shown\n"));
	read_as(f, "a { } }\n}");
	f->diag.items[0].pos = f->diag.items[1].pos;
	f->diag.items[1].pos.offset = 0;
	f->diag.items[1].pos.line = 1;
	assert_memory_equal(complaints(f), "t.conf:1:", 9);
	buf_reset(&f->out);
	diag_print(&f->diag, &f->out, true);
	assert_non_null(strstr(f->out.data, "\033[1;31merror:\033[0m "));
}

static void
includes_are_put_in_place_bytewise_sorted(void **state)
{
	struct fixture *f = *state;
	struct conf_tree *tree;
	char sub[128];

	snprintf(sub, sizeof(sub), "%s/r[1]", f->folder);
	assert_int_equal(mkdir(sub, 0700), 0);
	put_file(f, "relay.conf", "a\ninclude \"r[[]1]/*.rules\"\nz");
	put_file(f, "r[1]/b.rules", "b\ninclude ../more");
	put_file(f, "r[1]/B.rules", "B");
	put_file(f, "r[1]/.hidden.rules", "no");
	put_file(f, "more", "m \"");
	tree = read_files(f, "relay.conf");
	write_out(&f->out, tree->stmts, tree->nstmts, 0);
	assert_string_equal(f->out.data, "<a>\n<B>\n<b>\n<m>\"\"\n<z>\n");
	assert_int_equal(tree->nfiles, 4);
	assert_string_equal(tree->files[2]->name, "r[1]/b.rules");
	assert_non_null(strstr(complaints(f), "r[1]/../more:1:3: error:"));
}

static void
includes_that_cannot_be_are_refused(void **state)
{
	struct fixture *f = *state;

	put_file(f, "relay.conf",
	    "include none\ninclude no*\ninclude\ninclude a b\ninclude .\nx { include relay.conf }\n"
				  "include \"relay.conf\"\ninclude one\ninclude one\n");
	put_file(f, "one", "include two");
	put_file(f, "two", "include one");
	assert_non_null(read_files(f, "relay.conf"));
	assert_string_equal(complaints(f),
	    "relay.conf:1:9: error: cannot read none: there is no such file\n    include none\n            ^~~~\n"
	    "relay.conf:2:9: warning: no file fits this\n    include no*\n            ^~~\n"
	    "relay.conf:3:1: error: expected: include FILE-OR-GLOB\n    include\n    ^~~~~~~\n"
	    "relay.conf:4:11: error: expected: include FILE-OR-GLOB\n    include a b\n              ^\n"
	    "relay.conf:5:9: error: cannot read .: it is a folder\n    include .\n            ^\n"
	    "relay.conf:6:5: error: found an include inside of a block, expected it outside of all blocks\n"
	    "    x { include relay.conf }\n        ^~~~~~~\n"
	    "relay.conf:7:9: error: relay.conf includes itself\n    include \"relay.conf\"\n            ^~~~~~~~~~~~\n"
	    "relay.conf:9:9: warning: one was read before and is not read again\n    include one\n            ^~~\n"
	    "two:1:9: error: one includes itself by way of other files\n    include one\n            ^~~\n");
	assert_null(read_files(f, "missing.conf"));
	assert_non_null(strstr(complaints(f), "missing.conf: No such file or directory\n"));
	read_as(f, "include x");
	assert_string_equal(complaints(f),
	    "t.conf:1:1: error: found an include where none may be\n    include x\n    ^~~~~~~\n");
}

static void
files_within_files_have_an_end(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 20; i++) {
		char name[16], text[32];

		snprintf(name, sizeof(name), "%d", i);
		snprintf(text, sizeof(text), "include %d\nx%d", i + 1, i);
		put_file(f, name, text);
	}
	assert_int_equal(read_files(f, "0")->nfiles, 17);
	assert_non_null(strstr(complaints(f), "16:1:9: error: files include each other more than 16 deep"));
	assert_int_equal(f->diag.errors, 1);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(statements_end_at_lines_semicolons_and_braces),
		T(comments_begin_where_a_word_would),
		T(quotes_escape_two_things_only),
		T(a_regex_is_written_as_it_is),
		T(places_count_characters_and_survive_unescaping),
		T(what_is_never_closed_is_told_at_its_opener),
		T(one_lost_brace_is_one_error),
		T(small_slips_are_told_and_read_over),
		T(bytes_that_are_no_text_are_refused),
		T(nesting_has_an_end),
		T(a_line_without_end_is_shown_around_the_place),
		T(a_line_with_a_secret_is_never_shown),
		T(nothing_in_a_file_reaches_the_terminal_raw),
		T(errors_have_a_ceiling_and_an_order),
		T(includes_are_put_in_place_bytewise_sorted),
		T(includes_that_cannot_be_are_refused),
		T(files_within_files_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

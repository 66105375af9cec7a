/* Goal: what we say in IMAP is exactly what we mean, and what a server refuses with is understood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/imap_words.h"
#include "ground/buf.h"
#include "ground/mem.h"

static void
sets_join_neighbours_and_nothing_else(void **state)
{
	static const uint32_t uids[] = { 1, 3, 4, 5, 7, 8, 4294967294u, 4294967295u };
	AUTO_BUF struct buf b;

	(void)state;
	buf_init(&b, 1000);
	imap_words_set(&b, uids, COUNT(uids));
	assert_string_equal(b.data, "1,3:5,7:8,4294967294:4294967295");
	buf_reset(&b);
	imap_words_set(&b, uids, 1);
	assert_string_equal(b.data, "1");
}

static void
no_command_can_be_slipped_into_a_string(void **state)
{
	static const char *const bad[] = { "a\r\nA1 CREATE x", "a\n", "\r", "a\x7f", "caf\xc3\xa9", "\x01" };
	AUTO_BUF struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_true(imap_words_quoted(&b, "p\"a\\s s"));
	assert_string_equal(b.data, "\"p\\\"a\\\\s s\"");
	for (size_t i = 0; i < COUNT(bad); i++) {
		buf_reset(&b);
		assert_false(imap_words_quoted(&b, bad[i]));
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		buf_reset(&b);
		assert_int_equal(imap_words_folder(&b, bad[i], '/'), i == 4);
	}
}

/* The examples of RFC 3501 5.1.3, and of RFC 2152. */
static void
folders_have_their_own_seven_bits(void **state)
{
	static const struct { const char *name; char delimiter; const char *wire; } cases[] = {
		{ "INBOX", '/', "\"INBOX\"" },
		{ "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", '/',
		    "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"" },
		{ "Escalations/Done", '.', "\"Escalations.Done\"" },
		{ "Q&A", '/', "\"Q&-A\"" },
		{ "Entw\xc3\xbcrfe", '/', "\"Entw&APw-rfe\"" },
		{ "\xf0\x9f\x93\xac", '/', "\"&2D3c7A-\"" }, /* a surrogate pair */
		{ "a\"b\\c", '/', "\"a\\\"b\\\\c\"" },
	};
	AUTO_BUF struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_reset(&b);
		assert_true(imap_words_folder(&b, cases[i].name, cases[i].delimiter));
		assert_string_equal(b.data, cases[i].wire);
	}
	assert_false(imap_words_folder(&b, "", '/'));
	assert_false(imap_words_folder(&b, "\xff", '/'));
}

static void
keywords_are_atoms(void **state)
{
	(void)state;
	assert_true(imap_words_is_keyword("$Escrelayed"));
	assert_false(imap_words_is_keyword(""));
	assert_false(imap_words_is_keyword("\\Seen"));
	assert_false(imap_words_is_keyword("a b"));
	assert_false(imap_words_is_keyword("a)"));
	assert_false(imap_words_is_keyword("a\r\nb"));
}

static void
base64_pads(void **state)
{
	AUTO_BUF struct buf b;

	(void)state;
	buf_init(&b, 1000);
	imap_words_base64(&b, "fooba", 5);
	assert_string_equal(b.data, "Zm9vYmE=");
	buf_reset(&b);
	imap_words_base64(&b, "\0u\0p\xff\xfe", 6);
	assert_string_equal(b.data, "AHUAcP/+");
	buf_reset(&b);
	imap_words_base64(&b, "f", 1);
	assert_string_equal(b.data, "Zg==");
}

static void
refusals_are_told_apart(void **state)
{
	static const struct { const char *line; enum imap_condition condition; const char *code; enum imap_status status; }
	cases[] = {
		{ "3 NO [AUTHENTICATIONFAILED] no", COND_NO, "AUTHENTICATIONFAILED", IMAP_AUTH },
		{ "3 no [unavailable] later", COND_NO, "unavailable", IMAP_TEMPORARY },
		{ "* BYE [UNAVAILABLE] later", COND_BYE, "UNAVAILABLE", IMAP_TEMPORARY },
		{ "3 NO [TRYCREATE] no", COND_NO, "TRYCREATE", IMAP_CONFIG },
		{ "3 NO no", COND_NO, "", IMAP_AUTH },
		{ "3 NO [ALERT] Too many simultaneous connections. (Failure)", COND_NO, "ALERT", IMAP_TEMPORARY },
		{ "3 NO [ALERT] Invalid credentials (Failure)", COND_NO, "ALERT", IMAP_AUTH },
		{ "3 OK [COPYUID 1 2 3] ok", COND_OK, "COPYUID", IMAP_AUTH },
		{ "3 BAD what", COND_BAD, "", IMAP_AUTH },
		{ "", COND_NONE, "", IMAP_AUTH },
		{ "3", COND_NONE, "", IMAP_AUTH },
		{ "3 NOT ok", COND_NONE, "", IMAP_AUTH },
		{ "3 NO [", COND_NO, "", IMAP_AUTH },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap_reply r = imap_words_reply(cases[i].line);

		assert_int_equal(r.condition, cases[i].condition);
		assert_string_equal(r.code, cases[i].code);
		assert_int_equal(imap_words_class(&r, IMAP_AUTH), cases[i].status);
	}
	assert_string_equal(imap_words_reply("3 NO [X] because").text, "[X] because");
}

static void
a_password_is_found_even_where_it_was_cut(void **state)
{
	(void)state;
	assert_true(imap_words_leaks("3 NO wrong password hunter2!", "hunter2"));
	assert_true(imap_words_leaks("3 NO wrong password hunt", "hunter2"));
	assert_false(imap_words_leaks("3 NO wrong password hun", "hunter2")); /* may be any word's end */
	assert_false(imap_words_leaks("3 NO", "hunter2"));
	assert_false(imap_words_leaks("anything", ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_join_neighbours_and_nothing_else),
		cmocka_unit_test(no_command_can_be_slipped_into_a_string),
		cmocka_unit_test(folders_have_their_own_seven_bits),
		cmocka_unit_test(keywords_are_atoms),
		cmocka_unit_test(base64_pads),
		cmocka_unit_test(refusals_are_told_apart),
		cmocka_unit_test(a_password_is_found_even_where_it_was_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

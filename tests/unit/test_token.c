/* Goal: a reply address says for whom it was made, survives what mail servers do to it, and only we can make one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ground/digest.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/token.h"

#define TEMPLATE "escalations+%t@example.com"

static const unsigned char key[32] = "0123456789abcdef0123456789abcde";
static const struct token case17 = { TOKEN_VERSION, TOKEN_REPLY, 17, 3 };

static bool
verifies(const char *text, const char *who)
{
	return token_verify(key, sizeof(key), text, strlen(text), who);
}

/* Written down once: a token in somebody's mailbox must be understood by every later version of the program. */
static void
the_text_of_a_token_is_a_promise(void **state)
{
	char text[TOKEN_TEXT];

	(void)state;
	token_make(key, sizeof(key), &case17, "ada@example.com", text);
	assert_string_equal(text, "afzaaaaaceaaaaad65zb7ckdky6tja52");
}

static void
what_was_put_in_comes_out(void **state)
{
	static const char purposes[] = { TOKEN_REPLY, TOKEN_FILING, TOKEN_BOUNCE };
	struct token out;
	char text[TOKEN_TEXT];

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		struct token in = { TOKEN_VERSION, purposes[i % 3], 0, 0 };

		random_bytes(&in.escalation, sizeof(in.escalation));
		random_bytes(&in.person, sizeof(in.person));
		token_make(key, sizeof(key), &in, "keegan@example.com", text);
		assert_int_equal(strlen(text), TOKEN_CHARS);
		assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz234567"), TOKEN_CHARS);
		assert_true(token_read(text, strlen(text), &out));
		assert_int_equal(out.version, TOKEN_VERSION);
		assert_int_equal(out.purpose, in.purpose);
		assert_int_equal(out.escalation, in.escalation);
		assert_int_equal(out.person, in.person);
		assert_true(verifies(text, "keegan@example.com"));
	}
}

static void
another_case_of_letters_is_the_same_token(void **state)
{
	char text[TOKEN_TEXT];

	(void)state;
	token_make(key, sizeof(key), &case17, "Ada@Example.COM", text);
	for (char *c = text; *c != '\0'; c += 2)
		if (*c >= 'a')
			*c = (char)(*c - 32);
	assert_true(verifies(text, "ada@example.com"));
	assert_true(verifies(text, "ADA@EXAMPLE.COM"));
}

static void
another_person_another_key_another_field_is_refused(void **state)
{
	unsigned char other[32];
	char text[TOKEN_TEXT], forged[TOKEN_TEXT];
	struct token t = case17;

	(void)state;
	token_make(key, sizeof(key), &case17, "ada@example.com", text);
	assert_true(verifies(text, "ada@example.com"));
	assert_false(verifies(text, "alan@example.com"));
	assert_false(verifies(text, "ada@example.co"));
	assert_false(verifies(text, ""));
	memcpy(other, key, sizeof(other));
	other[31] ^= 1;
	assert_false(token_verify(other, sizeof(other), text, strlen(text), "ada@example.com"));

	/* The MAC of one token under the fields of another. */
	t.escalation = 18;
	token_make(key, sizeof(key), &t, "ada@example.com", forged);
	memcpy(forged + TOKEN_CHARS / 2, text + TOKEN_CHARS / 2, TOKEN_CHARS / 2);
	assert_false(verifies(forged, "ada@example.com"));
}

/* Each character has five bits: all of them, one by one, in many tokens. */
static void
every_flipped_bit_is_refused(void **state)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	char text[TOKEN_TEXT];

	(void)state;
	for (unsigned n = 0; n < 50; n++) {
		struct token t = { TOKEN_VERSION, TOKEN_REPLY, n * 7919, n };

		token_make(key, sizeof(key), &t, "ada@example.com", text);
		for (size_t bit = 0; bit < TOKEN_CHARS * 5; bit++) {
			char was = text[bit / 5];
			size_t digit = (size_t)(strchr(alphabet, was) - alphabet);

			text[bit / 5] = alphabet[digit ^ (size_t)1 << bit % 5];
			assert_false(verifies(text, "ada@example.com"));
			text[bit / 5] = was;
		}
		assert_true(verifies(text, "ada@example.com"));
	}
}

static void
what_has_not_the_shape_is_no_token(void **state)
{
	struct token out = { 0 };
	char text[TOKEN_TEXT + 8];

	(void)state;
	token_make(key, sizeof(key), &case17, "ada@example.com", text);
	assert_false(token_read(text, TOKEN_CHARS - 1, &out));
	assert_false(token_read(text, 0, &out));
	text[TOKEN_CHARS] = 'a';
	assert_false(token_read(text, TOKEN_CHARS + 1, &out));
	for (int c = 0; c < 256; c++) {
		text[20] = (char)c;
		assert_int_equal(token_read(text, TOKEN_CHARS, &out),
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7'));
	}
	/* Well-formed base32, but an unknown version; then an unknown purpose. */
	memset(text, 'a', TOKEN_CHARS);
	assert_false(token_read(text, TOKEN_CHARS, &out));
	memcpy(text, "ahaq", 4);
	assert_false(token_read(text, TOKEN_CHARS, &out));
	assert_int_equal(out.escalation, 17); /* untouched by the refusals since */
}

static void
an_address_that_is_too_long_never_verifies(void **state)
{
	char text[TOKEN_TEXT];
	char *lengthy = xmalloc(5001);

	(void)state;
	memset(lengthy, 'a', 5000);
	lengthy[5000] = '\0';
	token_make(key, sizeof(key), &case17, lengthy, text);
	assert_false(verifies(text, lengthy));
	free(lengthy);
}

static void
a_token_is_found_in_our_addresses_and_only_there(void **state)
{
	char text[TOKEN_TEXT], found[TOKEN_TEXT] = "untouched", address[300];

	(void)state;
	token_make(key, sizeof(key), &case17, "ada@example.com", text);
	assert_true(token_address(TEMPLATE, text, address, sizeof(address)));
	assert_true(token_in_address(address, TEMPLATE, found));
	assert_string_equal(found, text);
	for (char *c = address; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 32);
	memset(found, 0, sizeof(found));
	assert_true(token_in_address(address, TEMPLATE, found));
	assert_string_equal(found, text);

	/* A server without sub-addressing: the token is a part of the name, or all of it. */
	assert_true(token_address("esc-%t-x@example.com", text, address, sizeof(address)));
	assert_true(token_in_address(address, "esc-%t-x@example.com", found));
	assert_true(token_address("%t@r.example.com", text, address, sizeof(address)));
	assert_true(token_in_address(address, "%t@r.example.com", found));

	memcpy(found, "untouched", 10);
	for (size_t i = 0; i < 5; i++) {
		static const char *const others[] = { "escalations@%s.example.com", "escalations+%st@example.com",
			"escalation+%s@example.com", "escalations+%s@example.org", "escalations+%s@example.com.evil.example" };
		const char *mark = strstr(others[i], "%s");
		char *made = xasprintf("%.*s%s%s", (int)(mark - others[i]), others[i], text, mark + 2);

		assert_false(token_in_address(made, TEMPLATE, found));
		free(made);
	}
	assert_false(token_in_address("", TEMPLATE, found));
	assert_false(token_in_address("escalations@example.com", TEMPLATE, found));
	assert_false(token_in_address("escalations+@example.com", TEMPLATE, found));
	assert_false(token_in_address("escalations+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com", TEMPLATE, found));
	assert_false(token_in_address(address, "no mark here", found));
	assert_string_equal(found, "untouched");
}

static void
an_address_fits_or_is_not_made(void **state)
{
	char text[TOKEN_TEXT], address[300];

	(void)state;
	token_make(key, sizeof(key), &case17, "ada@example.com", text);
	assert_true(token_address("%t@x", text, address, TOKEN_CHARS + 3));
	assert_false(token_address("%t@x", text, address, TOKEN_CHARS + 2));
	assert_false(token_address("escalations@example.com", text, address, sizeof(address)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_of_a_token_is_a_promise),
		cmocka_unit_test(what_was_put_in_comes_out),
		cmocka_unit_test(another_case_of_letters_is_the_same_token),
		cmocka_unit_test(another_person_another_key_another_field_is_refused),
		cmocka_unit_test(every_flipped_bit_is_refused),
		cmocka_unit_test(what_has_not_the_shape_is_no_token),
		cmocka_unit_test(an_address_that_is_too_long_never_verifies),
		cmocka_unit_test(a_token_is_found_in_our_addresses_and_only_there),
		cmocka_unit_test(an_address_fits_or_is_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

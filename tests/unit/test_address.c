/* Goal: nothing but a plain, safe mail address ever passes, and sameness is judged as people mean it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ground/address.h"

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10

static void
ordinary_addresses_pass(void **state)
{
	static const char *const good[] = { "ada@example.com", "a@b", "Ada.Lovelace+tag@eu.example.com",
	    "o'neil@example.com",
		"x_y-z=w@1.2.example", "a@xn--bcher-kva.example", X60 "abcd@example.com" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_int_equal(address_check(good[i]), ADDRESS_OK);
}

static void
each_fault_is_named(void **state)
{
	static const struct { const char *s; enum address_fault fault; } bad[] = {
		{ NULL, ADDRESS_EMPTY }, { "", ADDRESS_EMPTY }, { "ada", ADDRESS_NO_AT }, { "@example.com",
		    ADDRESS_LOCAL },
		{ ".ada@example.com", ADDRESS_LOCAL }, { "ada.@example.com", ADDRESS_LOCAL }, { "a..b@example.com",
		    ADDRESS_LOCAL },
		{ "a@b@example.com", ADDRESS_LOCAL }, { "\"ada\"@example.com", ADDRESS_LOCAL }, { "a,b@example.com",
		    ADDRESS_LOCAL },
		{ "a(b)@example.com", ADDRESS_LOCAL }, { X60 "abcde@example.com", ADDRESS_LOCAL }, { "ada@",
		    ADDRESS_DOMAIN },
		{ "ada@example..com", ADDRESS_DOMAIN }, { "ada@.example.com", ADDRESS_DOMAIN }, { "ada@example.com.",
		    ADDRESS_DOMAIN },
		{ "ada@-a.example", ADDRESS_DOMAIN }, { "ada@a-.example", ADDRESS_DOMAIN }, { "ada@a_b.example",
		    ADDRESS_DOMAIN },
		{ "ada@[127.0.0.1]", ADDRESS_DOMAIN }, { "ada@" X60 "abcd.example", ADDRESS_DOMAIN },
		{ "ada@example.com\r\nRCPT TO:<x@evil.example>", ADDRESS_BYTE }, { "ada @example.com", ADDRESS_BYTE },
		{ "ada@example.com\n", ADDRESS_BYTE }, { "<ada@example.com>", ADDRESS_BYTE },
		    { "ad\xc3\xa4@example.com", ADDRESS_BYTE },
		{ "ada@ex\x7f" "ample.com", ADDRESS_BYTE }, { "ada\t@example.com", ADDRESS_BYTE },
		{ "a@" X60 "." X60 "." X60 "." X60 ".example.com", ADDRESS_TOO_LONG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (address_check(bad[i].s) != bad[i].fault)
			fail_msg("'%s' %s", bad[i].s, address_fault_words(address_check(bad[i].s)));
		assert_string_not_equal(address_fault_words(bad[i].fault), address_fault_words(ADDRESS_OK));
	}
}

static void
the_longest_address_is_254_octets(void **state)
{
	char s[ADDRESS_MAX + 2];

	(void)state;
	memset(s, 'x', sizeof(s));
	memcpy(s, "ada@", 4);
	for (size_t i = 4 + 60; i < ADDRESS_MAX - 1; i += 61)
		s[i] = '.';
	s[ADDRESS_MAX + 1] = '\0';
	assert_int_equal(address_check(s), ADDRESS_TOO_LONG);
	s[ADDRESS_MAX] = '\0';
	assert_int_equal(address_check(s), ADDRESS_OK);
}

static void
sameness_ignores_case_and_refuses_rubbish(void **state)
{
	char key[ADDRESS_MAX + 1];

	(void)state;
	assert_true(address_key("Ada.B@Example.COM", key));
	assert_string_equal(key, "ada.b@example.com");
	assert_false(address_key("Ada", key));
	assert_true(address_equal("Ada@example.com", "ada@EXAMPLE.com"));
	assert_false(address_equal("ada@example.com", "ada@example.org"));
	assert_false(address_equal("nobody", "nobody"));
	assert_false(address_equal(NULL, NULL));
}

static void
a_domain_holds_its_subdomains_and_no_lookalikes(void **state)
{
	(void)state;
	assert_true(address_in_domain("ada@example.com", "Example.com"));
	assert_true(address_in_domain("ada@eu.EXAMPLE.com", "example.com"));
	assert_false(address_in_domain("ada@badexample.com", "example.com"));
	assert_false(address_in_domain("ada@example.com.evil.example", "example.com"));
	assert_false(address_in_domain("example.com", "example.com"));
	assert_false(address_in_domain("ada@com", "example.com"));
	assert_false(address_in_domain("ada@example.com", ""));
	assert_true(address_domain_valid("localhost"));
	assert_false(address_domain_valid("a b"));
	assert_false(address_domain_valid(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_addresses_pass),
		cmocka_unit_test(each_fault_is_named),
		cmocka_unit_test(the_longest_address_is_254_octets),
		cmocka_unit_test(sameness_ignores_case_and_refuses_rubbish),
		cmocka_unit_test(a_domain_holds_its_subdomains_and_no_lookalikes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

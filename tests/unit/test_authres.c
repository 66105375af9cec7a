/* Goal: a From domain counts as proven only where our own border server says so, in its own words and in no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ground/mem.h"
#include "judge/authres.h"

#define MX   "mx.example.com"
#define GOOD MX "; dmarc=pass header.from=example.com"

static enum auth_verdict
judge(const char *field)
{
	char why[AUTHRES_WHY] = "";
	enum auth_verdict v = authres_judge(&field, 1, MX, "example.com", why);

	assert_true(strlen(why) > 10);
	for (const char *p = why; *p != '\0'; p++)
		assert_true(*p >= 0x20 && *p < 0x7f);
	return v;
}

#define CHECK(verdict, field)                                                                     \
	do {                                                                                      \
		enum auth_verdict v_ = judge(field);                                              \
		if (v_ != (verdict))                                                              \
			fail_msg("%s: %s, expected %s", field, auth_verdict_word(v_), auth_verdict_word(verdict)); \
	} while (0)

static void
test_real_servers(void **state)
{
	(void)state;
	CHECK(AUTHRES_PASS, GOOD);
	/* As large providers, OpenDMARC, rspamd and Amavis write it, folded as on the wire. */
	CHECK(AUTHRES_PASS, MX ";\r\n       dkim=pass header.i=@example.com header.s=20230601 header.b=\"abc/d+g\";\r\n"
	                 "       spf=pass (google.com: domain of ada@example.com designates 192.0.2.1 as permitted sender)"
	                 " smtp.mailfrom=ada@example.com;\r\n       dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=example.com");
	CHECK(AUTHRES_PASS, MX "; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dkim=pass (signature was verified) "
	                 "header.d=example.com;dmarc=pass action=none header.from=example.com;compauth=pass reason=100");
	CHECK(AUTHRES_PASS, MX " 1; dkim=pass (2048-bit key; unprotected) header.d=example.com header.i=@example.com header.a=rsa-sha256 "
	                 "header.s=s header.b=Zm9v+/==; dkim-atps=neutral");
	CHECK(AUTHRES_PASS, MX " (amavis); dkim=pass reason=\"pass (just generated; assumed good)\" header.d=example.com");
	CHECK(AUTHRES_PASS, MX "; dkim=pass (no key for example.net) header.d=example.com; dkim=fail header.d=list.example.net");
	CHECK(AUTHRES_PASS, MX ";\tdmarc=pass (policy=reject) header.from=EXAMPLE.com;");
	CHECK(AUTHRES_PASS, "MX.Example.COM; dmarc = pass header . from = example.com");
	CHECK(AUTHRES_PASS, MX "; dmarc/1=pass (a (nested \\) comment)) header.from(c)=(c)\"example.com\"");
	/* No policy published: a signature of the domain itself proves as much. */
	CHECK(AUTHRES_PASS, MX "; dmarc=none header.from=example.com; dkim=pass header.d=example.com");
}

static void
test_what_proves_nothing(void **state)
{
	(void)state;
	CHECK(AUTHRES_NONE, MX "; none");
	CHECK(AUTHRES_NONE, MX);
	CHECK(AUTHRES_NONE, MX ";");
	CHECK(AUTHRES_NONE, MX "; spf=pass smtp.mailfrom=example.com");
	CHECK(AUTHRES_NONE, MX "; dkim=none");
	CHECK(AUTHRES_NONE, MX "; dkim=pass header.d=evil.example");
	CHECK(AUTHRES_NONE, MX "; dkim=pass header.i=@evil.example");
	CHECK(AUTHRES_NONE, MX "; dkim=pass");
	CHECK(AUTHRES_NONE, MX "; dkim=pass header.d=com");
	CHECK(AUTHRES_NONE, MX "; dkim=pass header.d=ample.com");
	CHECK(AUTHRES_NONE, MX "; dkim=pass header.d=.example.com");
	CHECK(AUTHRES_NONE, MX "; dkim=pass header.d=mail.example.com");
	CHECK(AUTHRES_NONE, MX "; dmarc=temperror header.from=example.com; dkim=pass header.d=example.com");
	CHECK(AUTHRES_NONE, MX "; dmarc=bestguesspass header.from=example.com");
	CHECK(AUTHRES_NONE, MX "; dmarc=pass");
	CHECK(AUTHRES_NONE, MX "; dmarc=pass header.from=evil.example");
	CHECK(AUTHRES_NONE, MX "; dmarc=pass header.from=example.com.evil.example");
	CHECK(AUTHRES_NONE, MX "; dmarc=pass smtp.from=example.com");
	CHECK(AUTHRES_FAIL, MX "; dmarc=fail header.from=example.com; dkim=pass header.d=example.com");
	CHECK(AUTHRES_FAIL, MX "; dkim=fail header.d=example.com");
	/* Both at once: the worse counts. */
	CHECK(AUTHRES_FAIL, MX "; dmarc=pass header.from=example.com; dmarc=fail header.from=example.com");
	CHECK(AUTHRES_NONE, MX "; dmarc=pass header.from=example.com; dmarc=pass header.from=evil.example");
	CHECK(AUTHRES_NONE, MX "; dmarc=pass header.from=example.com header.from=evil.example");
	CHECK(AUTHRES_NONE, MX "; dkim=pass header.d=example.com header.d=evil.example");
}

/* What a sender may try where the server copies parts of his mail, and words of servers that are not ours. */
static void
test_forged_shapes(void **state)
{
	(void)state;
	CHECK(AUTHRES_NONE, "mx.evil.example; dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, MX ".evil.example; dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, "(" MX "); dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, "x (" GOOD ")");
	CHECK(AUTHRES_NONE, MX " 2; dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, MX "; spf=fail (dmarc=pass header.from=example.com) smtp.mailfrom=x");
	CHECK(AUTHRES_NONE, MX "; spf=fail smtp.mailfrom=\"; dmarc=pass header.from=example.com\"");
	CHECK(AUTHRES_NONE, MX "; spf=fail smtp.mailfrom=\"a\\\"; dmarc=pass header.from=example.com\"@evil.example");
	CHECK(AUTHRES_NONE, MX "; spf=fail smtp.mailfrom=\"; dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, MX "; spf=fail (; dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, MX "; spf=fail (\\); dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, MX "; spf=fail ); dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, MX "; garbage; dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, MX "; dmarc=pass header.from=example.com; garbage");
	CHECK(AUTHRES_NONE, MX "; none; dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, MX " dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, MX "; x-dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, MX "; dmarc=passed header.from=example.com");
	CHECK(AUTHRES_NONE, MX "; dmarc=\"pass\" header.from=example.com");
	CHECK(AUTHRES_NONE, MX "; dmarc=pass header.from=\"example.com x\"");
	CHECK(AUTHRES_NONE, MX "; dmarc=pass header.from=user@example.com");
	CHECK(AUTHRES_NONE, "dmarc=pass header.from=example.com");
	CHECK(AUTHRES_NONE, "");
}

static void
test_only_the_topmost_of_ours(void **state)
{
	const char *forged_below[] = { MX "; dmarc=fail header.from=example.com", GOOD };
	const char *others_above[] = { "other.example; dmarc=fail header.from=example.com", "(((", GOOD };
	const char *unreadable_above[] = { MX "; ((", GOOD };
	char why[AUTHRES_WHY];

	(void)state;
	assert_int_equal(authres_judge(forged_below, 2, MX, "example.com", why), AUTHRES_FAIL);
	assert_int_equal(authres_judge(others_above, 3, MX, "example.com", why), AUTHRES_PASS);
	assert_string_equal(why, "mx.example.com says dmarc=pass for example.com");
	assert_int_equal(authres_judge(unreadable_above, 2, MX, "example.com", why), AUTHRES_NONE);
	assert_string_equal(why, "the Authentication-Results of mx.example.com cannot be read");
	assert_int_equal(authres_judge(NULL, 0, MX, "example.com", why), AUTHRES_NONE);
	assert_string_equal(why, "no Authentication-Results of mx.example.com");
}

static void
test_parents(void **state)
{
	const char *field = GOOD, *top = MX "; dmarc=pass header.from=com";
	char why[AUTHRES_WHY];

	(void)state;
	assert_int_equal(authres_judge(&field, 1, MX, "eu.example.com", why), AUTHRES_PASS);
	assert_int_equal(authres_judge(&field, 1, MX, "badexample.com", why), AUTHRES_NONE);
	assert_int_equal(authres_judge(&field, 1, MX, "", why), AUTHRES_NONE);
	assert_int_equal(authres_judge(&top, 1, MX, "example.com", why), AUTHRES_NONE);
}

static void
test_limits(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	char *deep = arena_alloc(a, AUTHRES_FIELD_BYTES * 2), *many, *wide;
	size_t n = strlen(GOOD);

	(void)state;
	memcpy(deep, GOOD, n);
	memset(deep + n, '(', 60000);
	CHECK(AUTHRES_NONE, deep);
	wide = arena_alloc(a, AUTHRES_FIELD_BYTES * 2);
	memset(wide, ' ', AUTHRES_FIELD_BYTES + 10);
	memcpy(wide, GOOD, n);
	CHECK(AUTHRES_NONE, wide);
	many = arena_strdup(a, MX);
	for (int i = 0; i < 101; i++)
		many = arena_printf(a, "%s; dkim=none", many);
	CHECK(AUTHRES_NONE, arena_printf(a, "%s; dmarc=pass header.from=example.com", many));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_servers),
		cmocka_unit_test(test_what_proves_nothing),
		cmocka_unit_test(test_forged_shapes),
		cmocka_unit_test(test_only_the_topmost_of_ours),
		cmocka_unit_test(test_parents),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: our digests are the world's digests, whatever the pieces they are fed in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ground/digest.h"

static void
expect_hex(const unsigned char sum[DIGEST_BYTES], const char *hex)
{
	char text[DIGEST_HEX];

	digest_hex(sum, DIGEST_BYTES, text);
	assert_string_equal(text, hex);
}

/* FIPS 180-2's own examples. */
static void
sha256_gives_the_published_answers(void **state)
{
	unsigned char sum[DIGEST_BYTES];

	(void)state;
	digest_of("", 0, sum);
	expect_hex(sum, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_of(NULL, 0, sum);
	expect_hex(sum, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_of("abc", 3, sum);
	expect_hex(sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, sum);
	expect_hex(sum, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void
a_mail_in_pieces_has_the_digest_of_the_whole(void **state)
{
	unsigned char whole[DIGEST_BYTES], sum[DIGEST_BYTES];
	char mail[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(mail); i++)
		mail[i] = (char)(i * 7 + i / 13);
	digest_of(mail, sizeof(mail), whole);
	for (size_t step = 1; step < 130; step += 3) {
		struct digest *d = digest_new();

		for (size_t at = 0; at < sizeof(mail); at += step) {
			digest_add(d, mail + at, at + step < sizeof(mail) ? step : sizeof(mail) - at);
			digest_add(d, NULL, 0);
		}
		digest_end(d, sum);
		assert_memory_equal(sum, whole, DIGEST_BYTES);
	}
}

/* RFC 4231, cases 1, 2 and 6 (a key longer than a block). */
static void
hmac_gives_the_published_answers(void **state)
{
	static const char six[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	unsigned char key[131], sum[DIGEST_BYTES];

	(void)state;
	memset(key, 0x0b, 20);
	digest_hmac(key, 20, "Hi There", 8, sum);
	expect_hex(sum, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	digest_hmac("Jefe", 4, "what do ya want for nothing?", 28, sum);
	expect_hex(sum, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	digest_hmac(key, sizeof(key), six, sizeof(six) - 1, sum);
	expect_hex(sum, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void
equal_means_every_byte(void **state)
{
	unsigned char a[DIGEST_BYTES], b[DIGEST_BYTES];

	(void)state;
	random_bytes(a, sizeof(a));
	memcpy(b, a, sizeof(b));
	assert_true(digest_equal(a, b, sizeof(a)));
	assert_true(digest_equal(a, "", 0));
	for (size_t i = 0; i < sizeof(b) * 8; i++) {
		b[i / 8] ^= (unsigned char)(1u << (i % 8));
		assert_false(digest_equal(a, b, sizeof(a)));
		b[i / 8] ^= (unsigned char)(1u << (i % 8));
	}
}

static void
random_bytes_do_not_repeat(void **state)
{
	unsigned char seen[64][16];

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		random_bytes(seen[i], sizeof(seen[i]));
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(seen[i], seen[j], sizeof(seen[i]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_published_answers),
		cmocka_unit_test(a_mail_in_pieces_has_the_digest_of_the_whole),
		cmocka_unit_test(hmac_gives_the_published_answers),
		cmocka_unit_test(equal_means_every_byte),
		cmocka_unit_test(random_bytes_do_not_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

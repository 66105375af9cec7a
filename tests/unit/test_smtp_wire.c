/* Goal: no envelope address and no line leaves the relay that a server could read as anything but what we meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/smtp.h"
#include "edge/smtp_room.h"
#include "ground/buf.h"
#include "ground/mem.h"

static void
ordinary_addresses_pass(void **state)
{
	static const char *const good[] = { "ada@example.com", "escalations+abcdefgh234567@example.com", "a@b",
		"o'brien@xn--bcher-kva.example", "UPPER.lower_9@eu-1.example.co.uk", "x=y{z}|~!#$%&*/?^`@1.example" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_null(smtp_address_unfit(good[i], false));
		assert_null(smtp_address_unfit(good[i], true));
	}
	assert_null(smtp_address_unfit("", true)); /* the null sender */
	assert_non_null(smtp_address_unfit("", false));
	assert_non_null(smtp_address_unfit(NULL, true));
}

/* S2, S7, S19. */
static void
attacks_and_mistakes_do_not(void **state)
{
	static const char *const bad[] = { "b@x>\r\nRCPT TO:<evil@y", "b@x\r\nDATA", "b@x\n", "b\n@x", "<b@x>", "b@x>", "<b@x",
		"b b@x", "b@x y", "b@x SIZE=1", " b@x", "b@x ", "b\t@x", "b\x01@x", "b@x\x7f", "b\xc3\xbc@x",
		"b@m\xc3\xbcnster.example",
		"b", "@x", "b@", "@", "b@@x", "a@b@c", ".b@x", "b.@x", "b..c@x", "b@.x", "b@x.", "b@x..y", "b@-x", "b@x-", "b@x-.y",
		"b@x_y", "\"b\"@x", "\"b c\"@x", "b\\@x", "b,c@x", "b;c@x", "b:c@x", "(b)@x", "b@[127.0.0.1]",
		"@relay.example:b@x", "b@x,c@y" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_non_null(smtp_address_unfit(bad[i], false));
		assert_non_null(smtp_address_unfit(bad[i], true));
	}
}

/* Whatever byte stands wherever: fit is nothing but printable ASCII without the bytes that end or open a path. */
static void
no_single_byte_slips_in(void **state)
{
	(void)state;
	for (size_t at = 0; at < 15; at++) {
		for (int byte = 1; byte < 256; byte++) {
			char s[] = "ada@example.com";

			s[at] = (char)byte;
			if (smtp_address_unfit(s, false) == NULL) {
				assert_in_range(byte, 0x21, 0x7e);
				assert_null(strchr("<>()[]\\,;:\"", byte));
			}
		}
	}
}

static void
lengths_have_limits(void **state)
{
	char s[400];

	(void)state;
	memset(s, 'a', sizeof(s));
	memcpy(s + 64, "@example.com", 13);
	assert_null(smtp_address_unfit(s, false));
	memset(s, 'a', sizeof(s));
	memcpy(s + 65, "@example.com", 13);
	assert_non_null(smtp_address_unfit(s, false));

	/* a@ and labels of 63, to 254 and one more */
	memset(s, 'a', sizeof(s));
	s[1] = '@';
	for (size_t i = 65; i < 254; i += 64)
		s[i] = '.';
	s[254] = '\0';
	assert_null(smtp_address_unfit(s, false));
	s[254] = 'a';
	s[255] = '\0';
	assert_non_null(smtp_address_unfit(s, false));
	memset(s, 'a', sizeof(s));
	s[1] = '@';
	s[2 + 64] = '\0';
	assert_non_null(smtp_address_unfit(s, false));
}

/* ---- lines ---------------------------------------------------------------------------------------------- */

static void
canonical(const char *in, size_t len, size_t piece, struct buf *out)
{
	struct smtp_lines l = { false, false };
	char made[SMTP_LINES_ROOM(4096)];

	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		buf_add(out, made, smtp_lines_add(&l, in + at, n, made));
	}
	buf_add(out, made, smtp_lines_end(&l, made));
	assert_int_equal(smtp_lines_end(&l, made), 0);
	assert_false(out->over);
}

static void
expect_lines(const char *in, size_t len, const char *want)
{
	for (size_t piece = 1; piece <= len + 1; piece++) {
		AUTO_BUF struct buf out;

		buf_init(&out, 10000);
		canonical(in, len, piece, &out);
		assert_string_equal(out.data, want);
	}
}

static void
every_line_end_becomes_crlf(void **state)
{
	(void)state;
	expect_lines("", 0, "");
	expect_lines("a", 1, "a\r\n");
	expect_lines("a\nb\n", 4, "a\r\nb\r\n");
	expect_lines("a\r\nb\r\n", 6, "a\r\nb\r\n");
	expect_lines("a\rb\r", 4, "a\r\nb\r\n");
	expect_lines("\n", 1, "\r\n");
	expect_lines("\r", 1, "\r\n");
	expect_lines("\r\n", 2, "\r\n");
	expect_lines("\n\r", 2, "\r\n\r\n");
	expect_lines("\r\r\n", 3, "\r\n\r\n");
	expect_lines("\r\n\n", 3, "\r\n\r\n");
	expect_lines("a\n.\nMAIL FROM:<x@y>\r.\r", 23, "a\r\n.\r\nMAIL FROM:<x@y>\r\n.\r\n");
}

/* The same question asked of another, slower way to answer it: split into lines, join. */
/* S1, S17. */
static void
random_bytes_in_random_pieces_come_out_canonical(void **state)
{
	static const char alphabet[] = "\r\n\r\n.a";

	(void)state;
	srandom(20261123);
	for (unsigned round = 0; round < 5000; round++) {
		char in[200];
		size_t len = (size_t)random() % sizeof(in), piece = 1 + (size_t)random() % 20, i = 0;
		AUTO_BUF struct buf out, want;

		for (size_t j = 0; j < len; j++)
			in[j] = alphabet[(size_t)random() % 6];
		buf_init(&out, 10000);
		buf_init(&want, 10000);
		canonical(in, len, piece, &out);
		while (i < len) {
			size_t end = i;

			while (end < len && in[end] != '\r' && in[end] != '\n')
				end++;
			buf_add(&want, in + i, end - i);
			buf_puts(&want, "\r\n");
			i = end + (end + 1 < len && in[end] == '\r' && in[end + 1] == '\n' ? 2 : 1);
		}
		assert_int_equal(out.len, want.len);
		assert_memory_equal(out.data, want.data, want.len);
	}
}

struct in_pieces { const char *in; size_t len, at; };

/* A random piece, at most 7 bytes: line ends and dots fall on its borders. */
static ssize_t
read_a_piece(void *context, char *out, size_t len)
{
	struct in_pieces *p = context;
	size_t n = 1 + (size_t)rand() % 7;

	n = n < p->len - p->at ? n : p->len - p->at;
	n = n < len ? n : len;
	memcpy(out, p->in + p->at, n);
	p->at += n;
	return (ssize_t)n;
}

/* Goal: the size that is announced is that of the bytes on the wire, the dots that are doubled counted too. */
static void
the_size_is_that_of_the_lines_with_their_doubled_dots(void **state)
{
	static const char letters[] = "..\r\n\nab";

	(void)state;
	srand(5);
	for (int round = 0; round < 3000; round++) {
		char in[60];
		struct in_pieces p = { .in = in, .len = (size_t)rand() % sizeof(in) };
		AUTO_BUF struct buf out;
		uint64_t want;

		for (size_t i = 0; i < p.len; i++)
			in[i] = letters[(size_t)rand() % (sizeof(letters) - 1)];
		buf_init(&out, 10000);
		canonical(in, p.len, p.len + 1, &out);
		want = out.len;
		for (size_t i = 0; i < out.len; i++)
			want += out.data[i] == '.' && (i == 0 || out.data[i - 1] == '\n');
		assert_int_equal(smtp_size(read_a_piece, &p), want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_addresses_pass),
		cmocka_unit_test(attacks_and_mistakes_do_not),
		cmocka_unit_test(no_single_byte_slips_in),
		cmocka_unit_test(lengths_have_limits),
		cmocka_unit_test(every_line_end_becomes_crlf),
		cmocka_unit_test(random_bytes_in_random_pieces_come_out_canonical),
		cmocka_unit_test(the_size_is_that_of_the_lines_with_their_doubled_dots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

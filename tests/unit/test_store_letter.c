/* Goal: a letter is read for sending exactly as it was composed, its originals spliced in whole, in pieces of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/room.h"
#include "ground/buf.h"

#define WHOLE_MAX (8u << 20)

static int64_t
keep(struct store *s, uint32_t uid, const unsigned char *bytes, size_t len)
{
	struct journal_entry e = { .mailbox = "support", .uidvalidity = 1, .uid = uid, .size = len };
	int64_t id = store_journal_add(s, &e);
	unsigned seq = 0;

	for (size_t at = 0; at < len; at += STORE_CHUNK)
		store_journal_bytes(s, id, seq++, bytes + at, len - at < STORE_CHUNK ? len - at : STORE_CHUNK);
	assert_int_equal(store_fault(s), STORE_OK);
	return id;
}

/* RFC 4648 and RFC 2045 6.8, bit by bit, so that it shares no thought with the program's. */
static void
base64(struct buf *out, const unsigned char *in, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t column = 0;

	for (size_t bit = 0; bit < len * 8; bit += 6) {
		unsigned v = 0;

		for (size_t i = bit; i < bit + 6; i++)
			v = v << 1 | (i < len * 8 ? in[i / 8] >> (7 - i % 8) & 1u : 0);
		buf_putc(out, alphabet[v]);
		if (++column == 76) {
			buf_puts(out, "\r\n");
			column = 0;
		}
	}
	for (; column % 4 != 0; column++)
		buf_putc(out, '=');
	if (column > 0)
		buf_puts(out, "\r\n");
}

static int64_t
owe(struct store *s, const char *message_id, struct segment *segments, size_t n)
{
	struct letter l = { .to = "ada@example.com", .message_id = message_id, .subject = "hello", .segments = segments, .nsegments = n };
	struct owed o = { .kind = "assignment", .from = "", .letter = &l, .at = 1 };
	int64_t id = store_owe(s, &o);

	assert_true(id > 0);
	return id;
}

static void
is_read_as(struct store *s, int64_t id, const char *expected, size_t len, size_t piece)
{
	struct letter_reader *r = store_letter_open(s, id);
	char *out = xmalloc(piece);
	size_t at = 0;
	ssize_t n;

	assert_non_null(r);
	while ((n = store_letter_read(r, out, piece)) > 0) {
		assert_true((size_t)n <= piece && at + (size_t)n <= len);
		assert_memory_equal(out, expected + at, (size_t)n);
		at += (size_t)n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(at, len);
	assert_int_equal(store_letter_read(r, out, piece), 0); /* the end stays the end */
	store_letter_close(r);
	free(out);
}

static struct segment
ours(const char *text)
{
	return (struct segment){ .kind = SEGMENT_BYTES, .bytes = text, .len = strlen(text) };
}

static struct segment
original(int64_t journal, enum splice splice)
{
	return (struct segment){ .kind = SEGMENT_ORIGINAL, .journal = journal, .splice = splice };
}

static void
every_kind_of_segment_in_pieces_of_any_size(void **state)
{
	static const size_t pieces[] = { 1, 7, 76, 4096, STORE_CHUNK, WHOLE_MAX };
	static const size_t plain_len = STORE_CHUNK + 4711, coded_len = 2 * STORE_CHUNK + 58;
	static const char zero[] = "a\0b";
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	unsigned char *plain = xmalloc(plain_len), *coded = xmalloc(coded_len);
	struct segment segments[7];
	AUTO_BUF struct buf whole;
	int64_t id;

	room_noise(plain, plain_len, 1);
	room_noise(coded, coded_len, 2);
	segments[0] = ours("From: relay\r\n\r\n");
	segments[1] = (struct segment){ .kind = SEGMENT_BYTES, .bytes = zero, .len = 3 };
	segments[2] = ours("");
	segments[3] = original(keep(s, 1, plain, plain_len), SPLICE_PLAIN);
	segments[4] = ours("\r\n--b\r\n");
	segments[5] = original(keep(s, 2, coded, coded_len), SPLICE_BASE64);
	segments[6] = ours("\r\n--b--\r\n");
	id = owe(s, "1@relay", segments, COUNT(segments));

	buf_init(&whole, WHOLE_MAX);
	buf_puts(&whole, "From: relay\r\n\r\n");
	buf_add(&whole, zero, 3);
	buf_add(&whole, plain, plain_len);
	buf_puts(&whole, "\r\n--b\r\n");
	base64(&whole, coded, coded_len);
	buf_puts(&whole, "\r\n--b--\r\n");
	assert_false(whole.over);
	for (size_t i = 0; i < COUNT(pieces); i++)
		is_read_as(s, id, whole.data, whole.len, pieces[i]);
	free(plain);
	free(coded);
	store_close(s);
}

/* Where a line of base64, its padding and a piece of the journal end together or just not. */
static void
base64_ends_right_whatever_the_length(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 56, 57, 58, 113, 114, 115, STORE_CHUNK - 1, STORE_CHUNK, STORE_CHUNK + 1, 57 * 2300, 57 * 2299 };
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	unsigned char *bytes = xmalloc(2 * STORE_CHUNK);

	for (size_t i = 0; i < COUNT(sizes); i++) {
		AUTO_FREE char *message_id = xasprintf("%zu@relay", i);
		struct segment segments[3] = { ours("<"), ours(""), ours(">") };
		AUTO_BUF struct buf whole;
		int64_t id;

		room_noise(bytes, sizes[i], (unsigned)i);
		segments[1] = original(keep(s, (uint32_t)i, bytes, sizes[i]), SPLICE_BASE64);
		id = owe(s, message_id, segments, COUNT(segments));
		buf_init(&whole, WHOLE_MAX);
		buf_putc(&whole, '<');
		base64(&whole, bytes, sizes[i]);
		buf_putc(&whole, '>');
		is_read_as(s, id, whole.data, whole.len, 7);
		is_read_as(s, id, whole.data, whole.len, 100000);
	}
	free(bytes);
	store_close(s);
}

/* The independent encoder itself against the vectors of RFC 4648, section 10. */
static void
the_encoder_of_this_test_is_right(void **state)
{
	static const char *const vectors[][2] = { { "", "" }, { "f", "Zg==\r\n" }, { "fo", "Zm8=\r\n" }, { "foo", "Zm9v\r\n" },
		{ "foob", "Zm9vYg==\r\n" }, { "fooba", "Zm9vYmE=\r\n" }, { "foobar", "Zm9vYmFy\r\n" } };

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		AUTO_BUF struct buf out;

		buf_init(&out, 100);
		base64(&out, (const unsigned char *)vectors[i][0], strlen(vectors[i][0]));
		assert_string_equal(out.data, vectors[i][1]);
	}
}

static void
two_letters_are_read_at_once_and_one_twice_over(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct segment one = ours("first letter"), two[] = { ours("<"), ours(">"), ours("second") };
	struct letter_reader *a, *b;
	char out[16];
	int64_t first, second;

	two[1] = original(keep(s, 1, (const unsigned char *)"original", 8), SPLICE_PLAIN);
	first = owe(s, "1@relay", &one, 1);
	second = owe(s, "2@relay", two, 3);
	a = store_letter_open(s, first);
	b = store_letter_open(s, second);
	assert_int_equal(store_letter_read(a, out, 3), 3);
	assert_memory_equal(out, "fir", 3);
	assert_int_equal(store_letter_read(b, out, 3), 3);
	assert_memory_equal(out, "<or", 3);
	assert_int_equal(store_letter_read(a, out, 16), 9);
	assert_memory_equal(out, "st letter", 9);
	store_letter_close(a);
	store_letter_close(b);
	is_read_as(s, second, "<originalsecond", 15, 16); /* from its beginning again: a retry sends the same bytes */
	store_letter_close(NULL);
	store_close(s);
}

static void
what_is_not_owed_cannot_be_read(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct segment one = ours("letter");
	struct letter_reader *reader;
	char out[8];
	int64_t id;

	assert_null(store_letter_open(s, 1));
	id = owe(s, "1@relay", &one, 1);
	assert_non_null(reader = store_letter_open(s, id));
	assert_int_equal(store_owe(s, &(struct owed){ .kind = "x", .from = "", .letter = &(struct letter){ .to = "", .message_id = "1@relay", .subject = "" } }), 0);
	assert_int_not_equal(store_fault(s), STORE_OK);
	assert_int_equal(store_letter_read(reader, out, sizeof(out)), -1); /* a fault is no end of the letter */
	assert_null(store_letter_open(s, id));
	store_letter_close(reader);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(the_encoder_of_this_test_is_right),
		ROOM_TEST(every_kind_of_segment_in_pieces_of_any_size),
		ROOM_TEST(base64_ends_right_whatever_the_length),
		ROOM_TEST(two_letters_are_read_at_once_and_one_twice_over),
		ROOM_TEST(what_is_not_owed_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

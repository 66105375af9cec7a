/* Goal: whatever the other end of the socket says, a frame is read within its bounds or called bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/settings.h"
#include "edge/imap_wire.h"
#include "ground/mem.h"

static struct imap_out out; /* 64 KiB: too much for a small stack */

static const struct imap_open_order an_order = { .host = "imap.example.com", .user = "escalations@example.com",
	.folder = "INBOX", .done = "Escalations/Done", .ca = "", .secret = "p\xc3\xa4ss \"word\"", .port = 993,
	.deadline_ms = 60000, .size_limit = UINT64_C(1) << 40, .tls = TLS_STARTTLS, .auth = AUTH_XOAUTH2,
	.acknowledge = ACK_KEYWORD };

static bool
read_open(const void *frame, size_t len, struct imap_open_order *got)
{
	struct imap_in in;

	return imap_in_start(&in, frame, len) == ORDER_OPEN && imap_in_open(&in, got);
}

static void
what_is_said_is_heard(void **state)
{
	struct imap_in in;

	(void)state;
	imap_out_start(&out, SAY_MAIL);
	imap_out_u32(&out, UINT32_MAX);
	imap_out_u64(&out, UINT64_MAX - 1);
	imap_out_text(&out, "so");
	imap_out_text(&out, NULL);
	imap_out_u8(&out, 7);
	assert_false(out.over);
	assert_int_equal(imap_in_start(&in, out.bytes, out.len), SAY_MAIL);
	assert_int_equal(imap_in_u32(&in), UINT32_MAX);
	assert_true(imap_in_u64(&in) == UINT64_MAX - 1);
	assert_string_equal(imap_in_text(&in), "so");
	assert_null(imap_in_text(&in));
	assert_false(imap_in_end(&in));
	assert_int_equal(imap_in_u8(&in), 7);
	assert_true(imap_in_end(&in));
}

static void
an_order_to_open_keeps_every_field(void **state)
{
	struct imap_open_order got;

	(void)state;
	imap_out_open(&out, &an_order);
	assert_false(out.over);
	assert_true(read_open(out.bytes, out.len, &got));
	assert_string_equal(got.host, an_order.host);
	assert_string_equal(got.user, an_order.user);
	assert_string_equal(got.folder, an_order.folder);
	assert_string_equal(got.done, an_order.done);
	assert_string_equal(got.secret, an_order.secret);
	assert_string_equal(got.ca, "");
	assert_null(got.keyword);
	assert_int_equal(got.port, 993);
	assert_int_equal(got.deadline_ms, 60000);
	assert_true(got.size_limit == an_order.size_limit);
	assert_int_equal(got.tls, TLS_STARTTLS);
	assert_int_equal(got.auth, AUTH_XOAUTH2);
	assert_int_equal(got.acknowledge, ACK_KEYWORD);
}

/* Exactly sized copies, so that the sanitizer sees a byte read too many. */
static void
no_cut_frame_is_taken_for_a_whole_one(void **state)
{
	struct imap_open_order got;

	(void)state;
	imap_out_open(&out, &an_order);
	for (size_t len = 0; len < out.len; len++) {
		AUTO_FREE char *cut = xmalloc(len);

		memcpy(cut, out.bytes, len);
		assert_false(read_open(cut, len, &got));
	}
	imap_out_u8(&out, 0);
	assert_false(read_open(out.bytes, out.len, &got));
}

static void
no_damaged_frame_reads_outside_itself(void **state)
{
	uint32_t seed = 17, good = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct imap_open_order got = { 0 };
		AUTO_FREE char *copy = NULL;

		imap_out_open(&out, &an_order);
		copy = xmalloc(out.len);
		memcpy(copy, out.bytes, out.len);
		for (int i = 0; i < 3; i++) {
			seed = seed * 1664525 + 1013904223;
			copy[(seed >> 8) % out.len] = (char)(seed >> 24);
		}
		if (!read_open(copy, out.len, &got))
			continue;
		good++;
		assert_true(strlen(got.host) <= IMAP_TEXT_MAX && got.tls <= TLS_OFF && got.auth <= AUTH_NONE);
	}
	assert_true(good > 100); /* a changed letter is still a frame: both ways were walked */
}

static void
uids_come_in_the_number_that_is_announced(void **state)
{
	uint32_t uids[] = { 3, 5, UINT32_MAX }, got[3], lie = 1000000;
	struct imap_in in;

	(void)state;
	imap_out_start(&out, SAY_UIDS);
	imap_out_uids(&out, uids, 3);
	imap_in_start(&in, out.bytes, out.len);
	assert_int_equal(imap_in_uids(&in, got, 3), 3);
	assert_memory_equal(got, uids, sizeof(uids));
	assert_true(imap_in_end(&in));

	imap_in_start(&in, out.bytes, out.len); /* more than there is room for */
	assert_int_equal(imap_in_uids(&in, got, 2), 0);
	assert_true(in.bad);

	memcpy(out.bytes + 1, &lie, sizeof(lie)); /* more than there are */
	imap_in_start(&in, out.bytes, out.len);
	assert_int_equal(imap_in_uids(&in, got, 3), 0);
	assert_true(in.bad);
}

static void
a_frame_has_an_end(void **state)
{
	AUTO_FREE char *much = xcalloc(1, IMAP_FRAME_MAX + 1), *text = xmalloc(IMAP_TEXT_MAX + 2);
	struct imap_in in;

	(void)state;
	imap_out_start(&out, SAY_PIECE);
	imap_out_bytes(&out, much, IMAP_PIECE_MAX);
	assert_false(out.over);
	imap_out_bytes(&out, much, 64);
	assert_true(out.over);
	imap_out_u8(&out, 1);
	assert_true(out.over); /* it sticks */
	assert_int_equal(out.len, IMAP_PIECE_MAX + 1);

	memset(text, 'x', IMAP_TEXT_MAX + 1);
	text[IMAP_TEXT_MAX + 1] = '\0';
	imap_out_start(&out, SAY_FAILED);
	imap_out_text(&out, text);
	assert_true(out.over);

	imap_in_start(&in, much, IMAP_FRAME_MAX + 1);
	assert_true(in.bad);
	assert_int_equal(imap_in_u64(&in), 0);
}

static void
values_outside_their_enums_are_refused(void **state)
{
	struct imap_open_order bad = an_order, got;

	(void)state;
	bad.tls = TLS_OFF + 1;
	imap_out_open(&out, &bad);
	assert_false(read_open(out.bytes, out.len, &got));
	bad = an_order;
	bad.port = 65536;
	imap_out_open(&out, &bad);
	assert_false(read_open(out.bytes, out.len, &got));
	bad = an_order;
	bad.folder = NULL;
	imap_out_open(&out, &bad);
	assert_false(read_open(out.bytes, out.len, &got));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_is_heard),
		cmocka_unit_test(an_order_to_open_keeps_every_field),
		cmocka_unit_test(no_cut_frame_is_taken_for_a_whole_one),
		cmocka_unit_test(no_damaged_frame_reads_outside_itself),
		cmocka_unit_test(uids_come_in_the_number_that_is_announced),
		cmocka_unit_test(a_frame_has_an_end),
		cmocka_unit_test(values_outside_their_enums_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

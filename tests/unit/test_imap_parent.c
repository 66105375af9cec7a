/* Goal: a child that a server has taken over can lie, flood, fall silent or die, and its parent only says so.
 *
 * The parent executes its own program as the child: here that is this test, which then plays the part that the
 * "host" of the settings names.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/imap.h"
#include "edge/imap_wire.h"
#include "ground/mem.h"

/* --- the child's side ---------------------------------------------------------------------------- */

static struct imap_out out;
static char order[IMAP_FRAME_MAX];

static void
say(void)
{
	if (send(3, out.bytes, out.len, MSG_NOSIGNAL) < 0)
		_exit(0);
}

static void
say_only(enum imap_frame_type type)
{
	imap_out_start(&out, type);
	say();
}

static void
say_mail(uint32_t uid, uint64_t size)
{
	imap_out_start(&out, SAY_MAIL);
	imap_out_u32(&out, uid);
	imap_out_u64(&out, size);
	imap_out_u64(&out, 1793523600);
	imap_out_u8(&out, 1);
	say();
}

static void
say_piece(size_t len)
{
	static const char bytes[IMAP_PIECE_MAX];

	imap_out_start(&out, SAY_PIECE);
	imap_out_bytes(&out, bytes, len);
	say();
}

static void
say_failed(uint8_t status, const char *text)
{
	imap_out_start(&out, SAY_FAILED);
	imap_out_u8(&out, status);
	imap_out_u8(&out, 0);
	imap_out_text(&out, text);
	say();
}

static void
say_uids(uint32_t first, size_t n)
{
	static uint32_t uids[IMAP_UIDS_MAX];

	for (size_t i = 0; i < n; i++)
		uids[i] = first + (uint32_t)i;
	imap_out_start(&out, SAY_UIDS);
	imap_out_uids(&out, uids, n);
	say();
}

static void
play_list(const char *part)
{
	if (strcmp(part, "unsorted") == 0) {
		say_uids(5, 1);
		say_uids(4, 1);
	} else if (strcmp(part, "endless list") == 0)
		for (uint32_t n = 1;; n += 1000)
			say_uids(n, 1000);
	else if (strcmp(part, "uid zero") == 0)
		say_uids(0, 3);
	else if (strcmp(part, "unknown frame") == 0)
		say_only(200);
	else if (strcmp(part, "cut frame") == 0) {
		imap_out_start(&out, SAY_UIDS);
		imap_out_u32(&out, 1000);
		say();
	} else if (strcmp(part, "huge frame") == 0) {
		static char much[IMAP_FRAME_MAX + 1000] = { SAY_UIDS };

		send(3, much, sizeof(much), MSG_NOSIGNAL);
	} else if (strcmp(part, "pieces") == 0)
		say_piece(10);
	else if (strcmp(part, "control") == 0)
		say_failed(IMAP_TEMPORARY, "\x1b[2J\xff\nlater");
	else if (strcmp(part, "no status") == 0)
		say_failed(200, "so");
	else if (strcmp(part, "success refused") == 0)
		say_failed(IMAP_OK, "so");
	else if (strcmp(part, "stopped") == 0)
		say_failed(IMAP_STOPPED, "so");
	else if (strcmp(part, "abort") == 0)
		abort();
	else if (strcmp(part, "exit") == 0)
		_exit(7);
	else if (strcmp(part, "hang up") == 0) {
		close(3);
		pause();
	} else if (strcmp(part, "silent") == 0)
		for (;;)
			pause();
	else
		say_uids(1, 3);
	say_only(SAY_DONE);
}

static void
play_bodies(const char *part)
{
	if (strcmp(part, "another's mail") == 0) {
		say_piece(10);
		say_mail(9, 10);
	} else if (strcmp(part, "given twice") == 0)
		for (int i = 0; i < 2; i++) {
			say_piece(10);
			say_mail(1, 10);
		}
	else if (strcmp(part, "miscounted") == 0) {
		say_piece(10);
		say_mail(1, 11);
	} else if (strcmp(part, "flood") == 0)
		for (;;)
			say_piece(IMAP_PIECE_MAX);
	else if (strcmp(part, "empty pieces") == 0)
		say_piece(0);
	else {
		say_piece(10);
		if (strcmp(part, "dies in between") == 0)
			_exit(1);
		say_mail(1, 10);
	}
	say_only(SAY_DONE);
}

static int
play(void)
{
	char part[64] = "";
	ssize_t len;

	while ((len = recv(3, order, sizeof(order), 0)) > 0) {
		struct imap_open_order open;
		struct imap_in in;
		uint8_t type = imap_in_start(&in, order, (size_t)len);

		if (type == ORDER_OPEN && imap_in_open(&in, &open)) {
			snprintf(part, sizeof(part), "%s", open.host);
			imap_out_start(&out, SAY_OPENED);
			imap_out_u32(&out, strcmp(part, "no uidvalidity") == 0 ? 0 : 17);
			imap_out_u32(&out, 4);
			say();
			say_only(SAY_DONE);
		} else if (type == ORDER_LIST)
			play_list(part);
		else if (type == ORDER_SIZES) {
			imap_out_start(&out, SAY_SIZE);
			imap_out_u32(&out, strcmp(part, "another's size") == 0 ? 9 : 1);
			imap_out_u64(&out, 10);
			imap_out_u64(&out, UINT64_MAX);
			say();
			say_only(SAY_DONE);
		} else if (type == ORDER_BODIES)
			play_bodies(part);
		else
			_exit(0);
	}
	return 0;
}

/* --- the parent's side ---------------------------------------------------------------------------- */

struct got { size_t bytes, mails, lost; int64_t date; };

static bool
on_piece(void *context, const char *bytes, size_t len)
{
	struct got *g = context;

	assert_non_null(bytes);
	g->bytes += len;
	return true;
}

static bool
on_end(void *context, const struct imap_mail *mail)
{
	struct got *g = context;

	g->mails += mail->ok;
	g->lost += !mail->ok;
	g->date = mail->internaldate;
	return true;
}

static struct imap *
opened(const char *part)
{
	struct mailbox_settings m = { .server = { .host = part, .port = 143, .tls = TLS_OFF }, .folder = "INBOX",
		.done = "Done", .user = "u", .size_limit = 1 << 20, .deadline = 1 };
	struct imap *im;
	char why[256];

	assert_int_equal(imap_open(&im, &m, "secret", -1, why), IMAP_OK);
	assert_int_equal(imap_uidvalidity(im), 17);
	return im;
}

static void
an_honest_child_is_believed(void **state)
{
	struct imap *im = opened("honest");
	struct got got = { 0 };
	struct imap_sink sink = { &got, on_piece, on_end };
	uint32_t *uids;
	size_t n;

	(void)state;
	assert_int_equal(imap_list(im, &uids, &n), IMAP_OK);
	assert_int_equal(n, 3);
	assert_int_equal(imap_fetch(im, uids, n, &sink), IMAP_OK);
	assert_int_equal(got.mails, 1);
	assert_int_equal(got.bytes, 10);
	assert_int_equal(got.date, 1793523600);
	free(uids);
	imap_close(im);
}

static void
nothing_is_taken_from_a_liar(void **state)
{
	static const struct { const char *part; enum imap_status status; const char *words; } cases[] = {
		{ "unsorted", IMAP_HOSTILE, "not asked for" }, { "endless list", IMAP_HOSTILE, "not asked for" },
		{ "uid zero", IMAP_HOSTILE, "not asked for" }, { "unknown frame", IMAP_HOSTILE, "not asked for" },
		{ "cut frame", IMAP_HOSTILE, "not asked for" }, { "huge frame", IMAP_HOSTILE, "not asked for" },
		{ "pieces", IMAP_HOSTILE, "not asked for" }, { "control", IMAP_TEMPORARY, "\\x1b[2J\\xff\\x0alater" },
		{ "no status", IMAP_HOSTILE, "last frame" }, { "success refused", IMAP_HOSTILE, "last frame" },
		{ "stopped", IMAP_HOSTILE, "last frame" }, { "abort", IMAP_HOSTILE, "crashed (signal 6)" },
		{ "exit", IMAP_GONE, "ended (status 7)" }, { "hang up", IMAP_HOSTILE, "closed its socket" },
		{ "silent", IMAP_GONE, "was killed" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap *im = opened(cases[i].part);
		int64_t before = imap_now();
		uint32_t *uids;
		size_t n;

		assert_int_equal(imap_list(im, &uids, &n), cases[i].status);
		assert_non_null(strstr(imap_why(im), cases[i].words));
		assert_null(uids);
		assert_true(imap_now() - before < 4000);
		assert_int_equal(imap_usable(im), cases[i].status == IMAP_TEMPORARY);
		if (!imap_usable(im))
			assert_int_equal(imap_list(im, &uids, &n), IMAP_GONE);
		imap_close(im);
	}
}

static void
no_mail_is_slipped_in(void **state)
{
	static const struct { const char *part; enum imap_status status; size_t mails, lost; } cases[] = {
		{ "another's size", IMAP_HOSTILE, 0, 0 }, { "another's mail", IMAP_HOSTILE, 0, 1 },
		{ "given twice", IMAP_HOSTILE, 1, 1 }, { "miscounted", IMAP_HOSTILE, 0, 1 },
		{ "flood", IMAP_HOSTILE, 0, 1 }, { "empty pieces", IMAP_HOSTILE, 0, 0 },
		{ "dies in between", IMAP_GONE, 0, 1 },
	};
	static const uint32_t uids[] = { 1, 2 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct imap *im = opened(cases[i].part);
		struct got got = { 0 };
		struct imap_sink sink = { &got, on_piece, on_end };

		assert_int_equal(imap_fetch(im, uids, COUNT(uids), &sink), cases[i].status);
		assert_int_equal(got.mails, cases[i].mails);
		assert_int_equal(got.lost, cases[i].lost); /* what had begun was called off */
		assert_true(got.bytes <= imap_believable(10));
		imap_close(im);
	}
}

static void
a_folder_without_uidvalidity_is_none(void **state)
{
	struct mailbox_settings m = { .server = { .host = "no uidvalidity", .port = 143, .tls = TLS_OFF },
		.folder = "INBOX", .done = "Done", .user = "u", .deadline = 1 };
	struct imap *im;
	char why[256];

	(void)state;
	assert_int_equal(imap_open(&im, &m, "secret", -1, why), IMAP_HOSTILE);
	assert_null(im);
	assert_string_not_equal(why, "");
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_child_is_believed),
		cmocka_unit_test(nothing_is_taken_from_a_liar),
		cmocka_unit_test(no_mail_is_slipped_in),
		cmocka_unit_test(a_folder_without_uidvalidity_is_none),
	};

	if (argc > 1 && strcmp(argv[1], "imap-child") == 0) {
		struct rlimit none = { 0 };

		setrlimit(RLIMIT_CORE, &none);
		return play();
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: one mail delivered twice is one mail, whatever pieces it comes in; the smallest real difference makes it another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ground/mem.h"
#include "judge/ident.h"

/* What people wrote; the deliveries below add their traces to it. */
#define KEPT                                                                                     \
	"From: Ada <ada@example.com>\r\nTo: escalations@example.com\r\nSubject: search\r\n\tis down\r\n" \
	"Message-ID: <1@example.com>\r\nX-Mailer: Pine\r\n"
#define BODY "\r\nReceived: this is text, not a trace\r\n\r\nIt is down.\r\n"

static void
ident_in_pieces(const char *mail, size_t len, size_t piece, unsigned char out[DIGEST_BYTES])
{
	struct ident i;

	ident_begin(&i);
	for (size_t at = 0; at < len; at += piece)
		ident_add(&i, mail + at, len - at < piece ? len - at : piece);
	ident_end(&i, out);
}

static void
is_ident_of(const char *mail, const char *counted)
{
	unsigned char got[DIGEST_BYTES], want[DIGEST_BYTES];

	ident_in_pieces(mail, strlen(mail), 4096, got);
	digest_of(counted, strlen(counted), want);
	assert_memory_equal(got, want, sizeof(got));
}

static bool
same(const char *one, const char *two)
{
	unsigned char a[DIGEST_BYTES], b[DIGEST_BYTES];

	ident_in_pieces(one, strlen(one), 7, a);
	ident_in_pieces(two, strlen(two), 11, b);
	return memcmp(a, b, sizeof(a)) == 0;
}

static void
what_deliveries_add_does_not_count(void **state)
{
	static const char *const traces[] = { "Received: from a by b;\r\n\tMon, 23 Nov 2026 10:00:00 +0000\r\n", "Return-Path: <ada@example.com>\r\n",
		"Delivered-To: escalations@example.com\r\n", "X-Original-To: help@example.com\r\n", "Authentication-Results: mx; dkim=pass\r\n",
		"DKIM-Signature: v=1;\r\n b=abc\r\n =\r\n", "ARC-Seal: i=1\r\n", "ARC-Message-Signature: i=1\r\n", "received-spf: pass\r\n",
		"X-SPAM-Status: No\r\n", "X-Google-DKIM-Signature: x\r\n", "Envelope-To: a@b\r\n", "X-Envelope-From: a@b\r\n", "Status: RO\r\n",
		"X-MS-Exchange-Organization-ExpirationStartTimeReason-Of-A-Long-Name: x\r\n", "Received:\r\n", "Lines: 7\r\n" };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	is_ident_of(KEPT BODY, KEPT BODY);
	for (size_t i = 0; i < COUNT(traces); i++) {
		is_ident_of(arena_printf(a, "%s%s", traces[i], KEPT BODY), KEPT BODY);
		is_ident_of(arena_printf(a, "%s%s%s", KEPT, traces[i], BODY), KEPT BODY); /* last of the header */
		is_ident_of(arena_printf(a, "From: b\r\n%s%s%s", traces[i], traces[i], "To: c\r\n" BODY), "From: b\r\nTo: c\r\n" BODY);
	}
}

static void
everything_else_counts(void **state)
{
	static const char *const others[] = { "From: Ada <ada@example.com>\r\n", "Received-By: x\r\n", "X-Receive: x\r\n", "Statuses: RO\r\n", "Reply-To: a@b\r\n",
		"In-Reply-To: <2@b>\r\n", "X-Spam: x\r\n", "ARC: x\r\n", "Auto-Submitted: auto-replied\r\n" };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		const char *mail = arena_printf(a, "%s%s", others[i], KEPT BODY);

		is_ident_of(mail, mail);
		assert_false(same(mail, KEPT BODY));
	}
	assert_false(same(KEPT "\r\nOne", KEPT "\r\nTwo"));
	assert_false(same(KEPT "\r\nReceived: one\r\n", KEPT "\r\nReceived: two\r\n")); /* in the body it is text */
	assert_false(same("Subject: a\r\n\tb\r\n\r\n", "Subject: a\r\n\tc\r\n\r\n"));
	assert_false(same("Subject: a\r\n\r\n", "subject: a\r\n\r\n")); /* no delivery changes that */
	assert_true(same("Received: a\r\n\tb\r\nSubject: a\r\n\r\n", "Received: c\r\nSubject: a\r\n\r\n"));
}

/* Every flipped bit of what people wrote makes another mail. */
static void
every_bit_of_a_mail_counts(void **state)
{
	static const char mail[] = "Received: x\r\nTo: a\r\nMIME-Version: 1.0\r\n\r\nbody\r\n";
	const size_t from = strlen("Received: x\r\n"), len = sizeof(mail) - 1;
	unsigned char whole[DIGEST_BYTES], other[DIGEST_BYTES];
	char changed[sizeof(mail)];

	(void)state;
	ident_in_pieces(mail, len, 4096, whole);
	for (size_t bit = from * 8; bit < len * 8; bit++) {
		memcpy(changed, mail, sizeof(mail));
		changed[bit / 8] = (char)(changed[bit / 8] ^ 1 << bit % 8);
		if (bit / 8 == from && (changed[from] == ' ' || changed[from] == '\t'))
			continue; /* then it continues the trace */
		ident_in_pieces(changed, len, 4096, other);
		assert_memory_not_equal(other, whole, sizeof(whole));
	}
}

static void
pieces_of_any_size_give_the_same(void **state)
{
	static const char *const mails[] = { "Received: a\r\n\tb\r\n" KEPT "DKIM-Signature: x\r\n y\r\n" BODY, "Received: never ends", "Subject", "\r\n", "",
		"\n\nReceived: text\n", "X-A-Field-Name-That-Is-Longer-Than-Any-Buffer-For-It-Would-Be: 1\r\n\r\n", "From: unix\nReceived: x\nTo: y\n\nbody",
		"no colon here\r\n  more\r\nReceived: x\r\n\r\n" };

	(void)state;
	for (size_t m = 0; m < COUNT(mails); m++) {
		size_t len = strlen(mails[m]);
		unsigned char whole[DIGEST_BYTES], pieces[DIGEST_BYTES];

		ident_in_pieces(mails[m], len, len + 1, whole);
		for (size_t piece = 1; piece <= len; piece++) {
			ident_in_pieces(mails[m], len, piece, pieces);
			assert_memory_equal(pieces, whole, sizeof(whole));
		}
	}
}

static void
odd_mails_have_an_identity_too(void **state)
{
	(void)state;
	is_ident_of("", "");
	is_ident_of("Received: never ends", "");
	is_ident_of("Received: x\r\n\r\n", "\r\n"); /* the empty line is no part of the trace */
	is_ident_of("Received: x\n\nbody", "\nbody");
	is_ident_of("Subject", "Subject");
	is_ident_of(" Received: folded into nothing\r\n", " Received: folded into nothing\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_deliveries_add_does_not_count),
		cmocka_unit_test(everything_else_counts),
		cmocka_unit_test(every_bit_of_a_mail_counts),
		cmocka_unit_test(pieces_of_any_size_give_the_same),
		cmocka_unit_test(odd_mails_have_an_identity_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

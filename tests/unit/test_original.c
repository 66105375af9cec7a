/* Goal: one mail of a customer is known again whatever program forwards it, and what only looks alike is not taken for it. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ground/mem.h"
#include "judge/original.h"

static struct message *
read_mail(struct arena *a, const char *path)
{
	char *raw = arena_alloc(a, 64 * 1024);
	FILE *f = fopen(path, "rb");
	size_t len;

	assert_non_null(f);
	len = fread(raw, 1, 64 * 1024 - 1, f);
	fclose(f);
	return message_understand(a, raw, len, NULL);
}

/* The corpus of forwards: the mail of Kim Acme about the search pods, as many programs and languages show it. */
static void
many_programs_forward_one_mail(void **state)
{
	static const char *const rows[] = { "tests/corpus/forwards/apple-*.eml", "tests/corpus/forwards/gmail-*.eml", "tests/corpus/forwards/outlook-*.eml",
		"tests/corpus/forwards/thunderbird-*.eml" };
	AUTO_ARENA struct arena *a = arena_new();
	struct message *first = read_mail(a, "tests/corpus/forwards/apple-en.eml");
	unsigned char one[DIGEST_BYTES], other[DIGEST_BYTES];
	size_t same = 0, kim = 0;

	(void)state;
	assert_true(original_ident(first, one));
	for (size_t r = 0; r < COUNT(rows); r++) {
		glob_t g;

		assert_int_equal(glob(rows[r], 0, NULL, &g), 0);
		for (size_t i = 0; i < g.gl_pathc; i++) {
			struct message *m = read_mail(a, g.gl_pathv[i]);

			if (m->forward == NULL || strcmp(m->forward->from.address, "kim@acme.example") != 0 || strstr(m->forward->body, "shard corrupt") == NULL ||
			    strcmp(m->forward->subject, first->forward->subject) != 0)
				continue;
			kim++;
			if (original_ident(m, other) && memcmp(one, other, sizeof(one)) == 0 && original_same_date(first->forward->date, m->forward->date))
				same++;
			else
				print_message("%s: another one (%s)\n", g.gl_pathv[i], m->forward->date != NULL ? m->forward->date : "no date");
		}
		globfree(&g);
	}
	print_message("%zu of %zu\n", same, kim);
	assert_true(kim > 50);
	assert_int_equal(same, kim);
}

static void
dates_are_compared_as_far_as_they_are_shown(void **state)
{
	(void)state;
	assert_true(original_same_date("Sun, 22 Nov 2026 09:31:05 +0100", "Sunday, November 22, 2026 8:31:05 AM"));
	assert_true(original_same_date("Sun, 22 Nov 2026 09:31:05 +0100", "22.11.2026 09:31"));
	assert_true(original_same_date("22. November 2026 um 9.31 Uhr", "Sun, Nov 22, 2026 at 9:31 AM"));
	assert_true(original_same_date("2026\xe5\xb9\xb4" "11\xe6\x9c\x88" "22\xe6\x97\xa5 9:31:05", "22.11.2026 09:31"));
	assert_false(original_same_date("Sun, 22 Nov 2026 09:31:05 +0100", "Sun, 22 Nov 2026 09:31:06 +0100"));
	assert_false(original_same_date("22.11.2026 09:31", "22.11.2026 09:32"));
	assert_false(original_same_date("22.11.2026 09:31", "22.11.2025 09:31"));
	assert_false(original_same_date("yesterday", "yesterday"));
	assert_false(original_same_date("", "22.11.2026 09:31"));
}

static struct message
forwarding(struct forward *f)
{
	return (struct message){ .subject = "Fwd: x", .forward = f };
}

static void
what_only_looks_alike_is_another(void **state)
{
	static const char body[] = "Since the upgrade to 5.2.1 our search pods restart every hour, and the log is full.";
	struct forward base = { .from = { "Kim", "Kim@Acme.example" }, .subject = "Search is down", .date = "22.11.2026 09:31", .body = body }, f = base;
	unsigned char one[DIGEST_BYTES], other[DIGEST_BYTES];
	struct message m = forwarding(&base);

	(void)state;
	assert_true(original_ident(&m, one));
	m = forwarding(&f);
	f.body = "> Since the upgrade to 5.2.1 our search pods\n> restart every hour,\n> and the log is full.\n";
	f.subject = "Re: [EXTERNAL] Search is down";
	f.from.address = "kim@acme.example";
	assert_true(original_ident(&m, other));
	assert_memory_equal(one, other, sizeof(one));
	f.subject = "Search is up";
	assert_true(original_ident(&m, other));
	assert_memory_not_equal(one, other, sizeof(one));
	f = base;
	f.from.address = "lee@acme.example";
	assert_true(original_ident(&m, other));
	assert_memory_not_equal(one, other, sizeof(one));
	f = base;
	f.body = "Thanks a lot!";
	assert_false(original_ident(&m, other)); /* it may come every day */
	f = base;
	f.date = "";
	assert_false(original_ident(&m, other));
	f = base;
	f.from.address = "";
	assert_false(original_ident(&m, other));
	m.forward = NULL;
	assert_false(original_ident(&m, other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_programs_forward_one_mail),
		cmocka_unit_test(dates_are_compared_as_far_as_they_are_shown),
		cmocka_unit_test(what_only_looks_alike_is_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: mails stand in the spool apart and whole, whatever pieces they come in; the file is nobody else's and leaves nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/room.h"
#include "ground/digest.h"
#include "stage/fetch_spool.h"

#define MAIL_MAX (SPOOL_MEMORY + 300000) /* some of it has no place in memory */

static void
put(struct spool *s, const unsigned char *bytes, size_t len, size_t piece)
{
	for (size_t at = 0; at < len; at += piece)
		assert_true(spool_piece(s, (const char *)bytes + at, len - at < piece ? len - at : piece));
}

static void
holds(struct spool *s, size_t i, const unsigned char *bytes, size_t len)
{
	unsigned char sha[DIGEST_BYTES];
	char *out = xmalloc(len);

	assert_int_equal(s->mails[i].bytes, len);
	assert_true(spool_read(s, s->mails[i].offset, out, len));
	assert_memory_equal(out, bytes, len);
	memset(out, 0, len);
	assert_memory_equal(spool_see(s, s->mails[i].offset, out, len), bytes, len);
	digest_of(bytes, len, sha);
	assert_memory_equal(s->mails[i].sha256, sha, sizeof(sha));
	free(out);
}

static void
mails_stand_apart_whatever_pieces_they_come_in(void **state)
{
	static const size_t sizes[] = { 1, 0, 4096, 100001, MAIL_MAX }, pieces[] = { 1, 1, 7, 65536, MAIL_MAX };
	struct room *r = *state;
	unsigned char *bytes = xmalloc(MAIL_MAX);
	struct spool s;

	assert_true(spool_open(&s, r->path));
	for (size_t i = 0; i < COUNT(sizes); i++) {
		room_noise(bytes, sizes[i], (unsigned)i);
		put(&s, bytes, sizes[i], pieces[i]);
		assert_true(spool_end(&s, (uint32_t)i + 100, i == 3, true));
	}
	assert_int_equal(s.n, COUNT(sizes));
	for (size_t i = 0; i < COUNT(sizes); i++) {
		room_noise(bytes, sizes[i], (unsigned)i);
		holds(&s, i, bytes, sizes[i]);
		assert_int_equal(s.mails[i].uid, i + 100);
		assert_int_equal(s.mails[i].cut, i == 3);
	}
	free(bytes);
	spool_close(&s);
}

static void
a_mail_that_is_not_kept_leaves_no_trace(void **state)
{
	struct room *r = *state;
	unsigned char first[5000], lost[9000], third[100];
	struct spool s;

	room_noise(first, sizeof(first), 1);
	room_noise(lost, sizeof(lost), 2);
	room_noise(third, sizeof(third), 3);
	assert_true(spool_open(&s, r->path));
	put(&s, first, sizeof(first), 1000);
	assert_true(spool_end(&s, 1, false, true));
	put(&s, lost, sizeof(lost), 1000);
	assert_true(spool_end(&s, 2, false, false));
	put(&s, third, sizeof(third), 1000);
	assert_true(spool_end(&s, 3, false, true));
	assert_int_equal(s.n, 2);
	assert_int_equal(s.end, sizeof(first) + sizeof(third));
	holds(&s, 0, first, sizeof(first));
	holds(&s, 1, third, sizeof(third)); /* its digest too begins with its own first byte */
	assert_int_equal(s.mails[1].uid, 3);
	spool_close(&s);
}

static void
reset_forgets_all_even_half_a_mail(void **state)
{
	struct room *r = *state;
	unsigned char bytes[3000];
	struct stat st;
	struct spool s;
	char out[8];

	room_noise(bytes, sizeof(bytes), 1);
	assert_true(spool_open(&s, r->path));
	put(&s, bytes, sizeof(bytes), 500);
	assert_true(spool_end(&s, 1, false, true));
	put(&s, bytes, 1234, 500); /* the line broke here */
	for (size_t i = 0; i < 600; i++)
		put(&s, bytes, sizeof(bytes), 3000);
	assert_true(s.in_file);
	assert_true(spool_reset(&s));
	assert_int_equal(s.n, 0);
	assert_int_equal(fstat(s.fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_false(spool_read(&s, 0, out, 1));
	put(&s, bytes + 7, 2000, 333);
	assert_true(spool_end(&s, 1, false, true));
	holds(&s, 0, bytes + 7, 2000);
	put(&s, bytes, 10, 10);
	spool_close(&s); /* in the middle of a mail */
	assert_int_equal(s.fd, -1);
}

static void
it_takes_so_many_mails_and_no_more(void **state)
{
	struct room *r = *state;
	unsigned char bytes[SPOOL_MAILS + 1];
	struct spool s;

	room_noise(bytes, sizeof(bytes), 4);
	assert_true(spool_open(&s, r->path));
	for (uint32_t i = 0; i < SPOOL_MAILS; i++) {
		put(&s, bytes, i + 1, 100);
		assert_true(spool_end(&s, i, false, true));
	}
	assert_false(spool_piece(&s, "x", 1));
	assert_false(spool_end(&s, 99, false, true));
	assert_int_equal(s.n, SPOOL_MAILS);
	for (size_t i = 0; i < SPOOL_MAILS; i++)
		holds(&s, i, bytes, i + 1);
	assert_true(spool_reset(&s));
	put(&s, bytes, 3, 1);
	assert_true(spool_end(&s, 99, false, true));
	holds(&s, 0, bytes, 3);
	spool_close(&s);
}

static void
reading_past_the_end_is_refused(void **state)
{
	struct room *r = *state;
	struct spool s;
	char out[8];

	assert_true(spool_open(&s, r->path));
	assert_true(spool_piece(&s, "12345", 5));
	assert_true(spool_end(&s, 1, false, true));
	assert_true(spool_read(&s, 1, out, 4));
	assert_memory_equal(out, "2345", 4);
	assert_false(spool_read(&s, 1, out, 5));
	assert_false(spool_read(&s, 100, out, 1));
	assert_true(spool_read(&s, 100, out, 0));
	spool_close(&s);
}

static void
nobody_else_sees_its_file(void **state)
{
	struct room *r = *state;
	DIR *d = opendir(r->folder);
	unsigned files = 0;
	struct spool s;

	assert_true(spool_open(&s, r->path));
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		files += e->d_name[0] != '.';
	closedir(d);
	assert_int_equal(files, 0);
	assert_int_equal(fcntl(s.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	spool_close(&s);
	assert_false(spool_open(&s, "/nonexistent/folder/store"));
}

static void
a_full_disk_is_said(void **state)
{
	struct room *r = *state;
	static const char bytes[4096];
	struct spool s;
	int full;

	assert_true(spool_open(&s, r->path));
	if ((full = open("/dev/full", O_RDWR | O_CLOEXEC)) < 0) {
		spool_close(&s);
		skip();
	}
	dup2(full, s.fd);
	close(full);
	for (size_t i = 0; i < SPOOL_MEMORY; i += sizeof(bytes))
		assert_true(spool_piece(&s, bytes, sizeof(bytes)));
	assert_false(spool_piece(&s, "x", 1));
	spool_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(mails_stand_apart_whatever_pieces_they_come_in),
		ROOM_TEST(a_mail_that_is_not_kept_leaves_no_trace),
		ROOM_TEST(reset_forgets_all_even_half_a_mail),
		ROOM_TEST(it_takes_so_many_mails_and_no_more),
		ROOM_TEST(reading_past_the_end_is_refused),
		ROOM_TEST(nobody_else_sees_its_file),
		ROOM_TEST(a_full_disk_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

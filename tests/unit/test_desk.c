/* Goal: a mail that cannot be read back fails its whole story: nothing of it is committed, so nothing is half told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../support/room.h"
#include "stage/desk.h"

#define LARGE (2u << 20) /* more than is held in memory */

static int64_t
journalled(struct store *s, size_t size)
{
	struct journal_entry e = { .mailbox = "support", .uidvalidity = 1, .uid = (uint32_t)size, .size = size };
	char *piece = xcalloc(1, STORE_CHUNK);
	int64_t id;

	memset(piece, 'x', STORE_CHUNK);
	assert_true(store_begin(s));
	id = store_journal_add(s, &e);
	for (unsigned i = 0; i < size / STORE_CHUNK; i++)
		store_journal_bytes(s, id, i, piece, STORE_CHUNK);
	assert_true(store_commit(s));
	free(piece);
	return id;
}

static void
no_room_for_a_large_mail(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, STORE_CREATE);
	struct settings nowhere = { .store = "/nowhere/at/all/escrelay.db", .address = "escalations@example.com", .reply_address = "escalations+%t@example.com" };
	struct settings here = nowhere;
	struct desk d = { .settings = &nowhere, .store = s, .arena = r->a, .now = 1000 };
	int64_t large = journalled(s, LARGE), small = journalled(s, STORE_CHUNK);
	struct item it;

	assert_true(store_begin(s));
	assert_true(desk_read(&d, small, &it));
	desk_drop(&it);
	assert_false(desk_read(&d, large, &it));
	assert_false(store_commit(s));
	assert_int_equal(store_fault(s), STORE_IO);
	assert_non_null(strstr(store_why(s), "cannot be read"));

	store_forgive(s);
	here.store = r->path;
	d.settings = &here;
	assert_true(store_begin(s));
	assert_true(desk_read(&d, large, &it));
	assert_true(it.fd >= 0);
	desk_drop(&it);
	assert_true(store_commit(s));
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_room_for_a_large_mail, room_setup, room_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

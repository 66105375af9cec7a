/* store_backup.c - a copy of the store as it is at one instant, in a file of its own. See store.h.
 *
 * The copy is made beside its place under another name, synced, checked, and only then given its name: what stands there is whole.
 */
#include "edge/store_db.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ground/mem.h"

#define PAGES_A_STEP 2048

static bool
no(char why[256], const char *path, const char *reason)
{
	snprintf(why, 256, "%.150s: %.90s", path, reason);
	return false;
}

/* The pages, from one snapshot: the relay goes on meanwhile, and what it writes is not in the copy. */
static bool
copy_pages(struct store *s, sqlite3 *to, const struct store_watch *w, const char *path, char why[256])
{
	sqlite3_backup *b;
	bool ok;
	int rc;

	rc = sqlite3_exec(s->db, "BEGIN; SELECT count(*) FROM meta", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return no(why, s->path, sqlite3_errmsg(s->db));
	b = sqlite3_backup_init(to, "main", s->db, "main");
	if (b != NULL) {
		do {
			rc = sqlite3_backup_step(b, PAGES_A_STEP);
			if (w != NULL)
				w->beat(w->context, "copying");
		} while (rc == SQLITE_OK);
		rc = sqlite3_backup_finish(b);
	}
	ok = b != NULL && rc == SQLITE_OK;
	if (!ok)
		no(why, path, sqlite3_errmsg(to));
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return ok;
}

/* One file, no -wal: so that it can be copied and moved. And it is read once more, from its first page to its last. */
static bool
finish(sqlite3 *to, const char *path, char why[256])
{
	sqlite3_stmt *q = NULL;
	bool sound = false;
	int rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(to, "PRAGMA integrity_check(1)", -1, &q, NULL);
	if (rc == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
		sound = strcmp((const char *)sqlite3_column_text(q, 0), "ok") == 0;
	sqlite3_finalize(q);
	return sound || no(why, path, rc != SQLITE_OK ? sqlite3_errmsg(to) : "the copy is not sound: is the store? see verify");
}

static bool
make_copy(struct store *s, const struct store_watch *w, const char *path, char why[256])
{
	sqlite3 *to = NULL;
	bool ok = false;

	if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL) != SQLITE_OK)
		no(why, path, to != NULL ? sqlite3_errmsg(to) : "cannot be opened");
	else if (sqlite3_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL) != SQLITE_OK)
		no(why, path, sqlite3_errmsg(to));
	else
		ok = copy_pages(s, to, w, path, why) && finish(to, path, why);
	if (sqlite3_close(to) != SQLITE_OK && ok)
		ok = no(why, path, "cannot be closed");
	return ok;
}

static bool
sync_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

bool
store_backup(struct store *s, const char *path, const struct store_watch *w, char why[256])
{
	AUTO_FREE char *part = xasprintf("%s.part-XXXXXX", path), *folder = xstrdup(path);
	int fd;
	bool ok;

	if (access(path, F_OK) == 0)
		return no(why, path, "it is there already, and nothing is overwritten");
	if ((fd = mkostemp(part, O_CLOEXEC)) < 0) /* 0600: the relay's key is inside */
		return no(why, part, strerror(errno));
	close(fd);
	ok = make_copy(s, w, part, why);
	if (ok && !sync_path(part, O_RDWR))
		ok = no(why, part, strerror(errno));
	if (ok && link(part, path) != 0) /* unlike rename() it takes nobody's place */
		ok = no(why, path, errno == EEXIST ? "it is there already, and nothing is overwritten" : strerror(errno));
	unlink(part);
	if (ok && !sync_path(dirname(folder), O_RDONLY | O_DIRECTORY))
		ok = no(why, path, strerror(errno));
	return ok;
}

/* store_db.c - opening, locking and transactions. See store.h and store_db.h. */
#include "edge/store_db.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "ground/mem.h"

#define BUSY_MS 10000
#define CHECKPOINT_PAGES 4000 /* 16 MB */
#define QUIET_PAGES 1000      /* the first commit after a checkpoint waits for the disk twice: not for a few mails */
#define WAY_OUT "nothing was changed; restore a backup, or move it away with its -wal"
#define DAMAGED "it is damaged; " WAY_OUT

static enum store_fault
fault_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_NOMEM:
		return STORE_BUSY;
	case SQLITE_FULL:
		return STORE_FULL;
	case SQLITE_IOERR:
		return STORE_IO;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		return STORE_READONLY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return STORE_DAMAGED;
	default:
		return STORE_BUG;
	}
}

void
db_fault(struct store *s, enum store_fault fault, const char *doing, const char *detail)
{
	if (s->fault != STORE_OK)
		return;
	s->fault = fault;
	snprintf(s->why, sizeof(s->why), "%s: %s: %s", s->path, doing, detail);
	/* SQLite quotes what it cannot read, and a damaged file may say anything. */
	for (size_t i = strlen(s->path); i < sizeof(s->why) && s->why[i] != '\0'; i++)
		if (s->why[i] < ' ' || s->why[i] > '~')
			s->why[i] = s->why[i] == '\n' ? ' ' : '?';
}

void
db_failed(struct store *s, int rc, const char *doing)
{
	char damaged[160];

	if (fault_of(rc) == STORE_DAMAGED) {
		snprintf(damaged, sizeof(damaged), DAMAGED " (%.60s)", sqlite3_errmsg(s->db));
		db_fault(s, STORE_DAMAGED, doing, damaged);
	} else
		db_fault(s, fault_of(rc), doing, rc == SQLITE_OK ? "unknown" : sqlite3_errmsg(s->db));
}

void
db_damaged(struct store *s, const char *doing, const char *what)
{
	char damaged[200];

	snprintf(damaged, sizeof(damaged), DAMAGED " (%.80s)", what);
	for (char *c = damaged; *c != '\0'; c++)
		*c = *c == '\n' ? ' ' : *c;
	db_fault(s, STORE_DAMAGED, doing, damaged);
}

/* ---- opening ------------------------------------------------------------------------------------------- */

static bool
pragma(struct store *s, const char *sql)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		db_failed(s, rc, sql);
	return rc == SQLITE_OK;
}

/* sqlite3 would take a file of a few bytes for an empty database, and throw away the -wal of one that was emptied or
 * taken away, with what may be nowhere else: look first. st: NULL if there is no database. */
static void
look_at_files(struct store *s, const struct stat *st)
{
	AUTO_FREE char *wal = xasprintf("%s-wal", s->path);

	if (st != NULL && (!S_ISREG(st->st_mode) || (st->st_size > 0 && st->st_size < 512)))
		db_fault(s, STORE_DAMAGED, "opening", "this is not a database; " WAY_OUT);
	else if ((st == NULL || st->st_size == 0) && access(wal, F_OK) == 0)
		db_fault(s, STORE_DAMAGED, "opening", "the database is gone and its -wal is there; " WAY_OUT);
}

/* SQLite makes its files 0644 without asking, and -wal and -shm like the database. Who is in our group may write:
 * releases, retries. Not by descriptor: closing one would drop SQLite's locks. */
static void
share_with_group(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < COUNT(suffixes); i++) {
		AUTO_FREE char *file = xasprintf("%s%s", path, suffixes[i]);
		struct stat st;

		if (stat(file, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 0777) != 0660 && chmod(file, 0660) != 0)
			errno = 0; /* then the owner alone writes */
	}
}

static bool
connect_db(struct store *s, enum store_mode mode)
{
	int flags = mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | (mode == STORE_CREATE ? SQLITE_OPEN_CREATE : 0);
	int rc = sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE, NULL);

	if (rc != SQLITE_OK) {
		db_failed(s, rc, "opening");
		return false;
	}
	if (mode == STORE_CREATE)
		share_with_group(s->path);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
	return true;
}

static int
after_commit(void *context, sqlite3 *db, const char *name, int pages)
{
	struct store *s = context;

	(void)db, (void)name;
	if (pages < s->wal_pages)
		s->wal_checkpointed = 0; /* it began anew */
	s->wal_pages = pages;
	return SQLITE_OK;
}

static bool
prepare_for_writing(struct store *s, enum store_mode mode)
{
	bool empty = false;

	/* WAL and the schema under the lock, so that two that start at once do not race. */
	if (flock(s->lock, LOCK_EX) != 0) {
		db_fault(s, STORE_IO, "locking", strerror(errno));
		return false;
	}
	if (schema_known(s, &empty) && empty && mode != STORE_CREATE)
		db_fault(s, STORE_ABSENT, "opening", "it is empty");
	if (s->fault == STORE_OK && pragma(s, "PRAGMA journal_mode = WAL") && pragma(s, "PRAGMA synchronous = FULL") &&
	    pragma(s, "PRAGMA wal_autocheckpoint = 0") && pragma(s, "PRAGMA journal_size_limit = 67108864") && pragma(s, "PRAGMA foreign_keys = ON") && empty &&
	    pragma(s, "BEGIN IMMEDIATE")) {
		if (schema_create(s))
			pragma(s, "COMMIT");
		else
			sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	}
	sqlite3_wal_hook(s->db, after_commit, s);
	flock(s->lock, LOCK_UN);
	return s->fault == STORE_OK;
}

static bool
read_identity(struct store *s)
{
	sqlite3_stmt *q = db_prepare(s, "SELECT (SELECT value FROM meta WHERE name = 'instance'), (SELECT value FROM meta WHERE name = 'key')", "");

	if (q == NULL || !db_row(s, q))
		return false;
	if (sqlite3_column_bytes(q, 1) != (int)sizeof(s->key) || sqlite3_column_bytes(q, 0) < 8) {
		db_done(q);
		db_fault(s, STORE_DAMAGED, "opening", "the identity of the relay is missing");
		return false;
	}
	snprintf(s->instance, sizeof(s->instance), "%s", (const char *)sqlite3_column_text(q, 0));
	memcpy(s->key, sqlite3_column_blob(q, 1), sizeof(s->key));
	db_done(q);
	return true;
}

/* SQLite makes small tables of its own within a statement (each IN of a few words is one) and would take 87 KB at once
 * for each: memory that is asked of the system and given back twice a transaction. */
static void
spare_memory(void)
{
	static bool spared;

	if (!spared) {
		sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
		sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	}
	spared = true;
}

/* Why a store is out of reach; to somebody who is not of its group, what to do about it. */
static void
say_out_of_reach(struct store *s, int error)
{
	AUTO_FREE char *folder = xstrdup(s->path);
	AUTO_FREE char *help = NULL;
	char *slash = strrchr(folder, '/');
	const struct passwd *user = getpwuid(geteuid());
	const struct group *group = NULL;
	struct stat st;

	if (slash != NULL && slash != folder)
		*slash = '\0';
	if (error == EACCES && slash != NULL && stat(folder, &st) == 0 && st.st_gid != getegid() && !group_member(st.st_gid))
		group = getgrgid(st.st_gid);
	if (group != NULL && user != NULL)
		help = xasprintf("%s; it is for the group %s: 'sudo adduser %s %s', and log in anew", strerror(error),
		    group->gr_name, user->pw_name, group->gr_name);
	db_fault(s, STORE_READONLY, "opening", help != NULL ? help : strerror(error));
}

struct store *
store_open(const char *path, enum store_mode mode, enum store_fault *fault, char why[256])
{
	struct store *s = xcalloc(1, sizeof(*s));
	AUTO_FREE char *lock_path = xasprintf("%s.lock", path);
	bool empty = false;
	struct stat st;
	mode_t mask;

	spare_memory();
	s->path = xstrdup(path);
	s->lock = -1;
	s->writes = mode != STORE_READ;
	if (stat(path, &st) != 0 && errno != ENOENT)
		say_out_of_reach(s, errno);
	else if (mode != STORE_CREATE && stat(path, &st) != 0)
		db_fault(s, STORE_ABSENT, "opening", "there is no store yet; it is made when the relay first starts");
	else
		look_at_files(s, stat(path, &st) == 0 ? &st : NULL);
	if (s->fault == STORE_OK && s->writes && (s->lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0660)) < 0)
		db_fault(s, STORE_READONLY, "opening the lock beside it", strerror(errno));
	mask = umask(0007); /* the key is inside: nobody but us and our group */
	if (s->fault == STORE_OK && connect_db(s, mode)) {
		if (s->writes)
			prepare_for_writing(s, mode);
		else if (schema_known(s, &empty) && empty)
			db_fault(s, STORE_ABSENT, "opening", "it is empty");
		if (s->fault == STORE_OK)
			read_identity(s);
	}
	umask(mask);
	if (s->fault == STORE_OK) {
		*fault = STORE_OK;
		return s;
	}
	*fault = s->fault;
	snprintf(why, 256, "%s", s->why);
	store_close(s);
	return NULL;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->in_transaction)
		store_rollback(s);
	for (size_t i = 0; i < s->nstatements; i++)
		sqlite3_finalize(s->statements[i].stmt);
	if (s->db != NULL)
		sqlite3_close(s->db);
	if (s->lock >= 0)
		close(s->lock);
	explicit_bzero(s->key, sizeof(s->key));
	free(s->path);
	free(s);
}

enum store_fault
store_fault(const struct store *s)
{
	return s->fault;
}

const char *
store_why(const struct store *s)
{
	return s->fault == STORE_OK ? "nothing is wrong" : s->why;
}

void
store_forgive(struct store *s)
{
	if (!s->in_transaction)
		s->fault = STORE_OK;
}

bool
store_fault_passes(enum store_fault f)
{
	return f == STORE_BUSY || f == STORE_FULL || f == STORE_IO;
}

const char *
store_path(const struct store *s)
{
	return s->path;
}

const char *
store_instance(struct store *s)
{
	return s->instance;
}

const unsigned char *
store_key(struct store *s)
{
	return s->key;
}

/* ---- transactions -------------------------------------------------------------------------------------- */

bool
store_begin(struct store *s)
{
	int rc;

	if (s->fault != STORE_OK || s->in_transaction)
		return false;
	if (!s->writes) {
		db_fault(s, STORE_READONLY, "beginning a transaction", "it was opened for reading");
		return false;
	}
	while (flock(s->lock, LOCK_EX) != 0)
		if (errno != EINTR) {
			db_fault(s, STORE_IO, "locking", strerror(errno));
			return false;
		}
	rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc != SQLITE_OK) {
		db_failed(s, rc, "beginning a transaction");
		flock(s->lock, LOCK_UN);
		return false;
	}
	s->in_transaction = true;
	return true;
}

bool
store_commit(struct store *s)
{
	int rc = SQLITE_OK;

	if (!s->in_transaction)
		return false;
	if (s->fault == STORE_OK && (rc = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL)) != SQLITE_OK)
		db_failed(s, rc, "committing");
	if (s->fault != STORE_OK) {
		store_rollback(s);
		return false;
	}
	s->in_transaction = false; /* this is the instant: it is durable */
	flock(s->lock, LOCK_UN);
	return true;
}

void
store_rollback(struct store *s)
{
	if (!s->in_transaction)
		return;
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->in_transaction = false;
	flock(s->lock, LOCK_UN);
}

void
store_give_up(struct store *s, const char *why)
{
	db_fault(s, STORE_IO, "beside the store", why);
}

bool
db_enter(struct store *s, bool *own)
{
	*own = !s->in_transaction;
	return *own ? store_begin(s) : s->fault == STORE_OK;
}

bool
db_leave(struct store *s, bool own)
{
	return own ? store_commit(s) : s->fault == STORE_OK;
}

bool
store_checkpoint(struct store *s)
{
	int rc;

	if (s->fault != STORE_OK || s->in_transaction || flock(s->lock, LOCK_EX) != 0)
		return false;
	rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	flock(s->lock, LOCK_UN);
	if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
		db_failed(s, rc, "checkpointing");
	s->wal_checkpointed = s->wal_pages;
	return s->fault == STORE_OK;
}

bool
store_checkpoint_due(const struct store *s, bool quiet)
{
	return s->wal_pages - s->wal_checkpointed >= (quiet ? QUIET_PAGES : CHECKPOINT_PAGES);
}

int64_t
store_free_bytes(const struct store *s)
{
	struct statvfs v;

	return statvfs(s->path, &v) == 0 ? (int64_t)(v.f_bavail * v.f_frsize) : -1;
}

/* room.h - a folder of its own for each test, with a path for a store in it; gone with all its files afterwards. */
#ifndef ESCRELAY_TESTS_ROOM_H
#define ESCRELAY_TESTS_ROOM_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/store.h"
#include "ground/mem.h"

struct room {
	char *folder, *path;     /* path: where the store goes */
	struct arena *a;
	enum store_fault fault;  /* of the last room_open */
	char why[256];
};

static inline int
room_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct room *r = xcalloc(1, sizeof(*r));

	r->folder = xasprintf("%s/escrelay-unit-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(r->folder) == NULL)
		return -1;
	r->path = xasprintf("%s/escrelay.db", r->folder);
	r->a = arena_new();
	*state = r;
	return 0;
}

static inline int
room_teardown(void **state)
{
	struct room *r = *state;
	DIR *d = opendir(r->folder);
	int bad;

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		AUTO_FREE char *path = xasprintf("%s/%s", r->folder, e->d_name);

		remove(path);
	}
	if (d != NULL)
		closedir(d);
	bad = rmdir(r->folder);
	arena_free(r->a);
	free(r->folder);
	free(r->path);
	free(r);
	return bad;
}

static inline struct store *
room_open(struct room *r, enum store_mode mode)
{
	r->fault = STORE_OK;
	return store_open(r->path, mode, &r->fault, r->why);
}

/* The bytes of a file in the test's arena; NULL if it cannot be read. */
static inline char *
room_slurp(struct room *r, const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *bytes;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) != 0) {
		close(fd);
		return NULL;
	}
	*len = (size_t)st.st_size;
	bytes = arena_alloc(r->a, *len + 1);
	if (read(fd, bytes, *len) != (ssize_t)*len)
		bytes = NULL;
	close(fd);
	return bytes;
}

static inline void
room_spill(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		abort();
	close(fd);
}

/* Bytes with no pattern that a mistake could hide in. The same seed, the same bytes. */
static inline void
room_noise(unsigned char *out, size_t len, unsigned seed)
{
	unsigned x = seed * 2654435761u + 12345u;

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		out[i] = (unsigned char)(x >> 11);
	}
}

/* fork() whose child does not outlive a test that fails. */
static inline pid_t
room_fork(void)
{
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* Waits for a child; its exit status, or 256 + the signal. */
static inline int
room_wait(pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

#define ROOM_TEST(f) cmocka_unit_test_setup_teardown(f, room_setup, room_teardown)

#endif

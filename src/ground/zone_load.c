/* zone_load.c - zones by their names: which names are allowed, which file is meant, what is known already. See zone.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ground/mem.h"
#include "ground/zone_parts.h"

const char *
zone_name(const struct zone *z)
{
	return z->name;
}

/* Letters, digits and a few signs in components that are neither empty nor begin with a dot. */
static bool
name_allowed(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-./";
	size_t len = strlen(name);

	if (len == 0 || len > ZONE_NAME_BYTES || strspn(name, allowed) != len || name[len - 1] == '/')
		return false;
	for (size_t i = 0; i < len; i++)
		if ((i == 0 || name[i - 1] == '/') && (name[i] == '/' || name[i] == '.'))
			return false;
	return true;
}

static struct zone *
file_load(const char *name, int fd, off_t size)
{
	AUTO_FREE unsigned char *bytes = NULL;
	size_t got = 0;

	if (size < 1 || size > ZONE_FILE_BYTES)
		return NULL;
	bytes = xmalloc((size_t)size);
	while (got < (size_t)size) {
		ssize_t n = read(fd, bytes + got, (size_t)size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return NULL;
		got += (size_t)n;
	}
	return zone_parse(name, bytes, got);
}

/* What has been loaded, newest first. A file that has changed since (tzdata was updated) makes a new entry; the
 * old zone stays, because somebody holds it. */
static struct entry {
	struct entry *next;
	char *path;
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
	struct zone *zone;
} *loaded;

static const struct zone *
utc(void)
{
	static char name[] = "UTC";
	static struct zone_type type = { .abbreviation = "UTC" };
	static const struct zone z = { .name = name, .ntypes = 1, .types = &type };

	return &z;
}

static struct entry *
entry_for(const char *path, const struct stat *st)
{
	for (struct entry *e = loaded; e != NULL; e = e->next)
		if (strcmp(e->path, path) == 0 && e->dev == st->st_dev && e->ino == st->st_ino && e->size == st->st_size &&
		    e->changed.tv_sec == st->st_mtim.tv_sec && e->changed.tv_nsec == st->st_mtim.tv_nsec)
			return e;
	return NULL;
}

const struct zone *
zone_load(const char *name)
{
	const char *dir = getenv("TZDIR");
	char path[PATH_MAX];
	struct zone *z = NULL;
	struct entry *e = NULL;
	struct stat st;
	int fd;

	if (name == NULL || !name_allowed(name))
		return NULL;
	if (strcmp(name, "UTC") == 0)
		return utc();
	if (dir == NULL || *dir == '\0')
		dir = ZONE_FOLDER;
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (e = entry_for(path, &st)) == NULL)
		z = file_load(name, fd, st.st_size);
	close(fd);
	if (e != NULL || z == NULL)
		return e != NULL ? e->zone : NULL;

	e = xcalloc(1, sizeof(*e));
	*e = (struct entry){ loaded, xstrdup(path), st.st_dev, st.st_ino, st.st_size, st.st_mtim, z };
	loaded = e;
	return z;
}

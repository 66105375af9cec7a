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

/* Which file a zone was made of. */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

/* What has been loaded, newest first. A zone is never freed, because somebody holds it. */
static struct entry {
	struct entry *next;
	char *path;
	struct stamp of, refused; /* refused: a file that came in its place and was no zone */
	struct zone *zone;
} *loaded;

static struct stamp
stamp_of(const struct stat *st)
{
	return (struct stamp){ st->st_dev, st->st_ino, st->st_size, st->st_mtim };
}

static bool
same(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
	    a->changed.tv_nsec == b->changed.tv_nsec;
}

static const struct zone *
utc(void)
{
	static char name[] = "UTC";
	static struct zone_type type = { .abbreviation = "UTC" };
	static const struct zone z = { .name = name, .ntypes = 1, .types = &type };

	return &z;
}

static struct entry *
entry_for(const char *path)
{
	for (struct entry *e = loaded; e != NULL; e = e->next)
		if (strcmp(e->path, path) == 0)
			return e;
	return NULL;
}

/* The zone of a file whose bytes may be new: read into the place where everybody has it. NULL: it is none. */
static struct zone *
file_zone(const char *name, const char *path, struct entry *e, bool *read)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct zone *z = NULL, old;
	struct stat st;
	struct stamp of;

	*read = false;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return NULL;
	}
	of = stamp_of(&st);
	if (e == NULL || !same(&e->of, &of)) {
		z = file_load(name, fd, st.st_size);
		*read = z != NULL;
	} else {
		z = e->zone;
	}
	close(fd);
	if (e == NULL && z != NULL) {
		e = xcalloc(1, sizeof(*e));
		*e = (struct entry){ .next = loaded, .path = xstrdup(path), .of = of, .zone = z };
		loaded = e;
	} else if (*read) {
		old = *e->zone;
		*e->zone = *z;
		*z = old;
		zone_free(z);
		z = e->zone;
		e->of = of;
	} else if (e != NULL && z == NULL) {
		e->refused = of;
	}
	return z;
}

const struct zone *
zone_load(const char *name)
{
	const char *dir = getenv("TZDIR");
	char path[PATH_MAX];
	bool read;

	if (name == NULL || !name_allowed(name))
		return NULL;
	if (strcmp(name, "UTC") == 0)
		return utc();
	if (dir == NULL || *dir == '\0')
		dir = ZONE_FOLDER;
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return NULL;
	return file_zone(name, path, entry_for(path), &read);
}

unsigned
zone_refresh(void)
{
	unsigned n = 0;

	for (struct entry *e = loaded; e != NULL; e = e->next) {
		struct stat st;
		struct stamp of;
		bool read;

		if (stat(e->path, &st) != 0 || !S_ISREG(st.st_mode))
			continue;
		of = stamp_of(&st);
		if (same(&of, &e->of) || same(&of, &e->refused))
			continue;
		file_zone(e->zone->name, e->path, e, &read);
		n += read;
	}
	return n;
}

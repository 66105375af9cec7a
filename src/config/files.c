/* files.c - the files of a configuration: the first one and those that it includes (see syntax.h). */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/syntax_parts.h"
#include "ground/mem.h"
#include "ground/text.h"

/* The folder of path with its slash, "" for a bare name. */
static const char *
folder_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? "" : arena_strndup(a, path, (size_t)(slash - path) + 1);
}

/* The file's name as errors show it: relative to the first file's folder where it is below it. */
static const char *
name_of(const struct reader *r, const char *path)
{
	size_t len = strlen(r->base);

	return strncmp(path, r->base, len) == 0 ? path + len : path;
}

/* An error about a file as a whole: at the include that named it, or at no place for the first file. */
static void
file_error(struct reader *r, const struct conf_word *at, const char *path, const char *what)
{
	if (at != NULL)
		diag_error(r->diag, at, NULL, "cannot read %s: %s", name_of(r, path), what);
	else
		diag_add(r->diag, DIAG_ERROR, NULL, 0, NULL, "cannot read %s: %s", path, what);
}

/* Reads all of fd, up to the limits. NULL: *why says what is wrong. */
static char *
read_text(struct reader *r, int fd, size_t *len, const char **why)
{
	size_t cap = 16384, n = 0;
	char *text = xmalloc(cap);
	ssize_t got;

	while ((got = read(fd, text + n, cap - n)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			*why = strerror(errno);
			free(text);
			return NULL;
		}
		n += (size_t)got;
		if (n > CONF_FILE_BYTES || r->bytes + n > CONF_TOTAL_BYTES) {
			*why = n > CONF_FILE_BYTES ? "it is larger than 4 MiB"
			    : "all files together are larger than 32 MiB";
			free(text);
			return NULL;
		}
		if (n == cap) {
			cap *= 2;
			text = xrealloc(text, cap, 1);
		}
	}
	*len = n;
	return text;
}

/* True for what has no place in a configuration: a control character that is no tab and no line end. */
static bool
is_control(const char *s)
{
	return ((unsigned char)*s < ' ' && *s != '\t' && *s != '\n' && (*s != '\r' || s[1] != '\n')) || *s == '\x7f';
}

/* Complains about the first byte that is no text, and makes all such bytes '?', which keeps every
 * position true and lets the rest be read. False for what is no text at all. */
static bool
clean(struct reader *r, const struct conf_file *file, char *text, size_t len)
{
	struct conf_pos pos = { .file = file, .line = 1, .column = 1 };
	bool told = false;

	for (size_t i = 0, n; i < len; i += n, pos.column++) {
		for (n = 1; (unsigned char)text[i] >= 0x80 && i + n < len && n < 4 &&
		    ((unsigned char)text[i + n] & 0xc0) == 0x80; n++)
			;
		if (text[i] == '\n') {
			pos.line++;
			pos.column = 0;
		} else if (!utf8_valid(text + i, n) || is_control(text + i)) {
			pos.offset = i;
			if (!told && text[i] == '\0')
				diag_add(r->diag, DIAG_ERROR, &pos, 0,
				    "this is no text file, or one in UTF-16; expected UTF-8",
				    "found a NUL byte");
			else if (!told && is_control(text + i))
				diag_add(r->diag, DIAG_ERROR, &pos, 1, NULL, "found the control character 0x%02x",
				    text[i]);
			else if (!told)
				diag_add(r->diag, DIAG_ERROR, &pos, 1, "the file must be UTF-8",
				    "found the byte 0x%02x, which is no UTF-8",
				    (unsigned char)text[i]);
			told = true;
			if (text[i] == '\0')
				return false;
			memset(text + i, '?', n);
		}
	}
	return true;
}

/* Takes over the bytes as a file of the tree and parses them. */
static void
take_text(struct reader *r, const char *name, const char *path, const char *bytes, size_t len)
{
	struct conf_file *file = arena_alloc(r->arena, sizeof(*file)), **place;
	char *text = arena_strndup(r->arena, bytes, len);

	*file = (struct conf_file){ .name = name, .path = path, .text = text, .len = len };
	place = arena_push(r->arena, &r->tree->files, &r->tree->nfiles, sizeof(struct conf_file *));
	*place = file;
	r->bytes += len;
	if (clean(r, file, text, len))
		parse_file(r, file);
}

/* True if the file is to be read now; notes it as seen and open. */
static bool
enter(struct reader *r, const struct conf_word *at, const char *path, const struct stat *st)
{
	struct open_file *f;

	for (unsigned i = 0; i < r->nopen; i++)
		if (r->seen[r->open[i]].ino == st->st_ino && r->seen[r->open[i]].dev == st->st_dev) {
			diag_error(r->diag, at, NULL, "%s includes itself%s", name_of(r, path),
			    i + 1 < r->nopen ? " by way of other files" : "");
			return false;
		}
	for (size_t i = 0; i < r->nseen; i++)
		if (r->seen[i].ino == st->st_ino && r->seen[i].dev == st->st_dev) {
			diag_warning(r->diag, at, NULL, "%s was read before and is not read again", name_of(r, path));
			return false;
		}
	if (r->nseen >= CONF_FILES_MAX) {
		diag_error(r->diag, at, NULL, "more than %d files", CONF_FILES_MAX);
		return false;
	}
	if (r->nopen > CONF_DEPTH_MAX) {
		diag_error(r->diag, at, NULL, "files include each other more than %d deep", CONF_DEPTH_MAX);
		return false;
	}
	r->open[r->nopen++] = (unsigned)r->nseen;
	f = arena_push(r->arena, &r->seen, &r->nseen, sizeof(*f));
	*f = (struct open_file){ .dev = st->st_dev, .ino = st->st_ino };
	return true;
}

/* at: the word that names it, NULL for the first file. False: it could not be opened. */
static bool
read_file(struct reader *r, const struct conf_word *at, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold us up */
	const char *why = NULL;
	struct stat st;
	size_t len = 0;
	char *text;

	if (fd < 0 || fstat(fd, &st) != 0) {
		file_error(r, at, path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		file_error(r, at, path, S_ISDIR(st.st_mode) ? "it is a folder" : "it is no plain file");
		close(fd);
		return false;
	}
	if (enter(r, at, path, &st)) {
		text = read_text(r, fd, &len, &why);
		if (text != NULL)
			take_text(r, name_of(r, path), path, text, len);
		else
			file_error(r, at, path, why);
		free(text);
		r->nopen--;
	}
	close(fd);
	return true;
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The glob as it is to be asked of the system: below the including file's folder, whose own name is not a glob. */
static const char *
whole_glob(struct arena *a, const struct conf_file *from, const char *glob_text)
{
	const char *folder = folder_of(a, from->path);
	char *whole = arena_alloc(a, 2 * strlen(folder) + strlen(glob_text) + 1);
	size_t n = 0;

	if (glob_text[0] == '/')
		return glob_text;
	for (; *folder != '\0'; folder++) {
		if (strchr("*?[\\", *folder) != NULL)
			whole[n++] = '\\';
		whole[n++] = *folder;
	}
	memcpy(whole + n, glob_text, strlen(glob_text) + 1);
	return whole;
}

static int glob_errno; /* what on_glob_error was told: glob() passes no context */

/* A folder that is not there has no files. One that cannot be read may: without its rules every mail would be held. */
static int
on_glob_error(const char *path, int error)
{
	(void)path;
	glob_errno = error;
	return error != ENOENT && error != ENOTDIR;
}

void
include_files(struct reader *r, const struct conf_file *from, const struct conf_stmt *st)
{
	const struct conf_word *at = &st->words[1];
	const char *pattern = whole_glob(r->arena, from, at->text);
	bool magic = strpbrk(at->text, "*?[") != NULL;
	glob_t found = { 0 };

	if (r->no_include) {
		diag_error(r->diag, &st->words[0], NULL, "found an include where none may be");
		return;
	}
	glob_errno = ENOMEM;
	switch (glob(pattern, GLOB_NOSORT, on_glob_error, &found)) {
	case 0:
		qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv), by_bytes);
		for (size_t i = 0; i < found.gl_pathc; i++)
			read_file(r, at, arena_strdup(r->arena, found.gl_pathv[i]));
		break;
	case GLOB_NOMATCH:
		if (magic)
			diag_warning(r->diag, at, NULL, "no file fits this");
		else
			diag_error(r->diag, at, NULL, "cannot read %s: there is no such file", at->text);
		break;
	default:
		diag_error(r->diag, at, NULL, "cannot look for files: %s", strerror(glob_errno));
	}
	globfree(&found);
}

static void
reader_init(struct reader *r, struct arena *arena, struct diag *d, const char *base)
{
	*r = (struct reader){ .arena = arena, .diag = d, .base = base };
	r->tree = arena_alloc(arena, sizeof(*r->tree));
}

static struct conf_tree *
reader_done(struct reader *r)
{
	r->tree->stmts = r->top.v;
	r->tree->nstmts = r->top.n;
	return r->tree;
}

struct conf_tree *
conf_read(struct arena *arena, const char *path, struct diag *d)
{
	struct reader r;

	reader_init(&r, arena, d, folder_of(arena, path));
	if (!read_file(&r, NULL, arena_strdup(arena, path)))
		return NULL;
	return reader_done(&r);
}

struct conf_tree *
conf_read_text(struct arena *arena, const char *name, const char *text, size_t len, bool no_include, struct diag *d)
{
	struct reader r;

	reader_init(&r, arena, d, "");
	r.no_include = no_include;
	if (len > CONF_FILE_BYTES)
		file_error(&r, NULL, name, "it is larger than 4 MiB");
	else
		take_text(&r, arena_strdup(arena, name), "", text, len);
	return reader_done(&r);
}

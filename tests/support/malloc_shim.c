/* malloc_shim.c - LD_PRELOAD: the MALLOC_FAIL-th allocation of the program fails, and with MALLOC_FAIL="N+" every later one too.
 *
 * Counted are the calls since the program began; a forked worker goes on with its parent's count. MALLOC_COUNT names a file
 * that gets the number of calls at the end, so that a test knows how far N can go.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long number, fail;
static int for_good, ready;

__attribute__((constructor)) static void
begin(void)
{
	const char *text = getenv("MALLOC_FAIL");
	char *end = NULL;

	fail = text != NULL ? strtol(text, &end, 10) : 0;
	for_good = end != NULL && *end == '+';
	number = 0;
	ready = 1;
}

__attribute__((destructor)) static void
end(void)
{
	const char *path = getenv("MALLOC_COUNT");
	char line[32];
	int fd, n;

	ready = 0;
	fd = path != NULL ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
	if (fd < 0)
		return;
	n = snprintf(line, sizeof(line), "%ld\n", number);
	if (write(fd, line, (size_t)n) < 0)
		errno = 0;
	close(fd);
}

static int
fails(void)
{
	if (!ready)
		return 0;
	number++;
	if (fail <= 0 || number < fail || (number > fail && !for_good))
		return 0;
	errno = ENOMEM;
	return 1;
}

/* glibc's own, under the names that it keeps for this. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

/* metrics.c - `escrelay metrics`: figures for a monitoring system, printed or put into a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/exposition.h"
#include "cli/metrics_parts.h"
#include "cli/view.h"
#include "ground/buf.h"
#include "ground/log.h"
#include "ground/mem.h"

#define PAGE_MAX (16u << 20)

static bool
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* Under a name that no collector reads, then in its place at once: nobody ever reads half of it. Not synced: after a
 * power cut the next run makes it anew. */
static bool
replace_file(const char *path, const struct buf *page)
{
	AUTO_FREE char *other = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(other, O_CLOEXEC), error;
	bool done = fd >= 0 && fchmod(fd, 0644) == 0 && write_all(fd, page->data, page->len);

	error = errno;
	if (fd >= 0 && close(fd) != 0 && done) {
		error = errno;
		done = false;
	}
	if (done && rename(other, path) != 0) {
		error = errno;
		done = false;
	}
	if (fd >= 0 && !done)
		unlink(other);
	if (!done)
		fprintf(stderr, "escrelay: cannot write %s: %s\n", path, strerror(error));
	return done;
}

static int
show(const struct cli *cli, const struct exposition *x, const char *path)
{
	AUTO_BUF struct buf page;

	buf_init(&page, PAGE_MAX);
	if (cli->json) {
		exposition_json(x);
		return EXIT_DONE;
	}
	exposition_text(x, &page);
	BUG_ON(page.over);
	if (path != NULL)
		return replace_file(path, &page) ? EXIT_DONE : EXIT_CANNOT;
	fwrite(page.data, 1, page.len, stdout);
	return EXIT_DONE;
}

int
cmd_metrics(struct cli *cli, int argc, char **argv)
{
	const char *path = argc == 3 && strcmp(argv[1], "--out") == 0 && *argv[2] != '\0' ? argv[2] : NULL;
	struct exposition *x;
	struct view v;
	int status = EXIT_CANNOT;

	if (argc > 1 && path == NULL)
		return cli_usage(cli, "metrics takes nothing, or --out and a file");
	if (path != NULL && cli->json)
		return cli_usage(cli, "--json prints; it goes into no file");
	if (!view_open(&v, cli, STORE_READ))
		return EXIT_CANNOT;
	x = exposition_new(v.arena);
	metrics_gather(&v, x);
	if (store_fault(v.store) == STORE_OK)
		status = show(cli, x, path);
	return view_end(&v, status);
}

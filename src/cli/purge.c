/* purge.c - `escrelay purge`: what is older than `keep` says, shown, and removed when that is said. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/table.h"
#include "cli/view.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "stage/purge.h"

#define SPIN_MS     200
#define WAL_BYTES   (16 << 20) /* removed between two checkpoints: it is overwritten, so the -wal grows by as much */
#define PAUSE_MAX   200        /* ms */

/* What the operator sees: the two kinds of record are one to him. */
static const struct { const char *name, *key, *is; enum purge_kind kinds[2]; size_t nkinds; } rows[] = {
	{ "letters", "keep outbox", "letters that went", { PURGE_LETTERS }, 1 },
	{ "mails", "keep journal", "mails that came, their bytes", { PURGE_MAILS }, 1 },
	{ "records", "keep events", "records of closed cases and of decisions", { PURGE_EVENTS, PURGE_DECISIONS }, 2 },
};

struct purging {
	struct cli *cli;
	struct view *v;
	struct purge_sum sums[COUNT(rows)];
	bool act, shows;
	int64_t said, unsaved;
};

static void
spin(struct purging *p, size_t row)
{
	int64_t now = clock_monotonic_ms();

	if (!p->shows || now - p->said < SPIN_MS)
		return;
	fprintf(stderr, "\r\033[K%s %s: %" PRId64 " ...", p->act ? "removing" : "counting", rows[row].name,
	    p->sums[row].rows);
	fflush(stderr);
	p->said = now;
}

/* The relay works meanwhile: it gets as much time as we take. */
static void
give_way(struct purging *p, int64_t took)
{
	if (p->unsaved >= WAL_BYTES) {
		store_checkpoint(p->v->store);
		p->unsaved = 0;
	}
	wait_for(NULL, 0, took < 1 ? 1 : took > PAUSE_MAX ? PAUSE_MAX : took);
}

static bool
go_through(struct purging *p, size_t row, enum purge_kind kind)
{
	struct purge_ask ask;
	int64_t at = 0, before, began;
	int more = 1;

	if (!purge_ask(p->v->settings, kind, p->v->now, &ask))
		return true;
	while (more > 0) {
		before = p->sums[row].bytes;
		began = clock_monotonic_ms();
		more = store_purge(p->v->store, kind, &ask, p->act, &at, &p->sums[row]);
		p->unsaved += p->sums[row].bytes - before;
		spin(p, row);
		if (p->act && more > 0)
			give_way(p, clock_monotonic_ms() - began);
	}
	return more == 0;
}

static bool
go(struct purging *p, bool act)
{
	bool well = true;

	p->act = act;
	for (size_t i = 0; well && i < COUNT(rows); i++) {
		p->sums[i] = (struct purge_sum){ 0 };
		for (size_t k = 0; well && k < rows[i].nkinds; k++)
			well = go_through(p, i, rows[i].kinds[k]);
	}
	if (act && well)
		store_checkpoint(p->v->store);
	if (p->shows)
		fputs("\r\033[K", stderr);
	return well;
}

static int64_t
in_all(const struct purging *p, int64_t *bytes)
{
	int64_t n = 0;

	*bytes = 0;
	for (size_t i = 0; i < COUNT(rows); i++) {
		n += p->sums[i].rows;
		*bytes += p->sums[i].bytes;
	}
	return n;
}

/* ---- what it says -------------------------------------------------------------------------------------- */

static const char *
size_text(struct arena *a, int64_t bytes)
{
	return bytes >= 1000000000 ? arena_printf(a, "%.1f GB", (double)bytes / 1e9) :
	       bytes >= 1000000    ? arena_printf(a, "%.1f MB", (double)bytes / 1e6) :
	                             arena_printf(a, "%.0f kB", (double)bytes / 1e3);
}

static void
print_table(const struct purging *p)
{
	struct arena *a = p->v->arena;
	struct table *t = table_new(a);
	char span[CLOCK_TEXT];

	table_column(t, "what", TABLE_LEFT);
	table_column(t, "key", TABLE_LEFT);
	table_column(t, "kept for", TABLE_LEFT);
	table_column(t, "older than", TABLE_LEFT);
	table_column(t, "to go", TABLE_RIGHT);
	table_column(t, "bytes", TABLE_RIGHT);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t keeps = purge_keeps(p->v->settings, rows[i].kinds[0]);

		table_cell(t, "%s", rows[i].is);
		table_cell(t, "%s", rows[i].key);
		table_cell(t, "%s", keeps > 0 ? clock_span(keeps, span) : "forever");
		table_cell(t, "%s", keeps > 0 ? view_time(a, p->v->now - keeps) : "-");
		table_cell(t, "%" PRId64, p->sums[i].rows);
		table_cell(t, "%s", p->sums[i].rows > 0 ? size_text(a, p->sums[i].bytes) : "-");
	}
	table_print(t, p->cli);
	putchar('\n');
}

static void
print_json(const struct purging *p)
{
	json_t *list = json_array();
	int64_t left, size = store_bytes(p->v->store, &left);

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t keeps = purge_keeps(p->v->settings, rows[i].kinds[0]);

		json_array_append_new(list,
		    json_pack("{s:s,s:s,s:o,s:o,s:I,s:I}", "what", rows[i].name, "key", rows[i].key, "keep_seconds",
		        keeps > 0 ? json_integer(keeps) : json_null(), "before",
		        view_json_time(keeps > 0 ? p->v->now - keeps : 0), "rows", (json_int_t)p->sums[i].rows,
		        "bytes", (json_int_t)p->sums[i].bytes));
	}
	json_print_line(json_pack("{s:b,s:o,s:I,s:I}", "removed", p->act, "kinds", list, "store_bytes",
	    (json_int_t)size, "store_free_bytes", (json_int_t)left));
}

static void
print_removed(const struct purging *p)
{
	struct arena *a = p->v->arena;
	int64_t bytes, left, size;

	in_all(p, &bytes);
	size = store_bytes(p->v->store, &left);
	printf("Removed: %" PRId64 " letters, %" PRId64 " mails, %" PRId64 " records; %s.\n", p->sums[0].rows,
	    p->sums[1].rows, p->sums[2].rows, size_text(a, bytes));
	printf("The store has %s, %s of it free; that is used again before it grows.\n", size_text(a, size),
	    size_text(a, left));
}

static bool
confirmed(void)
{
	char answer[16] = "";

	fputs("Remove this for good? [y/N] ", stdout);
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) != NULL && (*answer == 'y' || *answer == 'Y');
}

/* Nothing is to be asked, or the answer was no: false, and it was said. */
static bool
wanted(struct purging *p)
{
	int64_t bytes;

	if (in_all(p, &bytes) == 0) {
		puts("Nothing is that old, or all of it still belongs to something that is open.");
		return false;
	}
	if (!p->shows || isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1) {
		puts("Nothing was removed: 'escrelay purge --yes' does it.");
		return false;
	}
	if (confirmed())
		return true;
	puts("Nothing was removed.");
	return false;
}

static int
purge(struct purging *p, bool yes)
{
	if (!yes && !go(p, false))
		return EXIT_CANNOT;
	if (!yes && !p->cli->json) {
		print_table(p);
		if (!wanted(p))
			return EXIT_DONE;
		yes = true;
	}
	if (yes && !go(p, true))
		return EXIT_CANNOT;
	if (p->cli->json)
		print_json(p);
	else
		print_removed(p);
	return EXIT_DONE;
}

int
cmd_purge(struct cli *cli, int argc, char **argv)
{
	bool yes = argc == 2 && strcmp(argv[1], "--yes") == 0;
	struct view v;
	struct purging p = { .cli = cli, .v = &v, .shows = isatty(STDERR_FILENO) == 1 };

	if (argc > 1 && !yes)
		return cli_usage(cli, "'%s' is not an option of purge; there is --yes", argv[argc - 1]);
	if (!view_open(&v, cli, STORE_WRITE))
		return EXIT_CANNOT;
	return view_end(&v, purge(&p, yes));
}

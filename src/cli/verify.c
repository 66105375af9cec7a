/* verify.c - `escrelay verify`: the store read from its first page to its last. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/view.h"
#include "ground/clock.h"
#include "ground/mem.h"

#define SPIN_MS 200

struct verifying { struct cli *cli; struct view *v; json_t *findings; int64_t said; bool shows; };

/* What is being read now, on a terminal alone. */
static void
beat(void *context, const char *what)
{
	struct verifying *x = context;
	int64_t now = clock_monotonic_ms();

	if (!x->shows || now - x->said < SPIN_MS)
		return;
	fprintf(stderr, "\r\033[K%s ...", what);
	fflush(stderr);
	x->said = now;
}

static void
found(void *context, const char *what, const char *words)
{
	struct verifying *x = context;

	if (x->shows)
		fputs("\r\033[K", stderr);
	if (x->cli->json)
		json_array_append_new(x->findings, json_pack("{s:s,s:s}", "check", what, "finding", words));
	else
		printf("%s%s%s: %s\n", view_red(x->cli), what, view_plain(x->cli), view_clean(x->v->arena, words, 300));
}

int
cmd_verify(struct cli *cli, int argc, char **argv)
{
	struct view v;
	struct verifying x = { .cli = cli, .v = &v, .shows = isatty(STDERR_FILENO) == 1 };
	struct store_watch w = { .beat = beat, .found = found, .context = &x };
	struct figures f = { 0 };
	unsigned n;
	bool sound;

	if (argc > 1)
		return cli_usage(cli, "'%s' is not an option of verify", argv[1]);
	if (!view_open(&v, cli, STORE_READ))
		return EXIT_CANNOT;
	x.findings = json_array();
	n = store_verify(v.store, &w);
	if (x.shows)
		fputs("\r\033[K", stderr);
	if (n == 0) /* a store that is not sound may not even count */
		store_figures(v.store, &f);
	sound = n == 0 && store_fault(v.store) == STORE_OK;
	if (cli->json)
		json_print_line(json_pack("{s:s,s:b,s:i,s:O}", "store", v.settings->store, "sound", (int)sound, "count", (int)n, "findings", x.findings));
	else if (sound)
		printf("%s is sound: %" PRId64 " mails, %" PRId64 " open cases, %" PRId64 " letters owed.\n", v.settings->store,
		    f.kept + f.judged + f.shelved, f.open, f.owed);
	else
		printf("%u finding%s. Restore a backup, or keep the file for the developers.\n", n, n == 1 ? "" : "s");
	json_decref(x.findings);
	return view_end(&v, n == 0 ? EXIT_DONE : EXIT_FINDING);
}

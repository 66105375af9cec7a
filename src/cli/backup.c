/* backup.c - `escrelay backup`: a copy of the store that is whole, while the relay goes on. */
#include <stdio.h>
#include <sys/stat.h>

#include "cli/view.h"
#include "ground/mem.h"

int
cmd_backup(struct cli *cli, int argc, char **argv)
{
	struct view v;
	struct stat st = { 0 };
	char why[256] = "";
	bool done;

	if (argc != 2 || *argv[1] == '-' || *argv[1] == '\0')
		return cli_usage(cli, "backup wants the name of the file that is to be made");
	if (!view_open(&v, cli, STORE_READ))
		return EXIT_CANNOT;
	done = store_backup(v.store, argv[1], NULL, why);
	if (!done)
		fprintf(stderr, "escrelay: %s\n", why);
	else if (stat(argv[1], &st) == 0 && cli->json)
		json_print_line(json_pack("{s:s,s:I,s:o}", "file", argv[1], "bytes", (json_int_t)st.st_size, "taken", view_json_time(v.now)));
	else
		printf("%s: %.1f MB, whole and sound. The relay's key is in it: keep it as safe as the store.\n", argv[1], (double)st.st_size / 1e6);
	return view_end(&v, done ? EXIT_DONE : EXIT_CANNOT);
}

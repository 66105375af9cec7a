/* pile.c - the words that `queue` and `quarantine` have in common. */
#include "cli/pile.h"

#include <string.h>

static int
list_them(struct cli *cli, const struct pile *pile, int argc, char **argv)
{
	bool all = argc > 1 && strcmp(argv[argc - 1], "--all") == 0;
	bool named = argc > 1 && strcmp(argv[1], "list") == 0;
	struct view v;

	if (argc - named - all > 1)
		return cli_usage(cli, "'%s' is not an option of %s list; there is --all", argv[argc - 1], argv[0]);
	return view_open(&v, cli, STORE_READ) ? view_end(&v, pile->list(cli, &v, all)) : EXIT_CANNOT;
}

int
pile_command(struct cli *cli, const struct pile *pile, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "list";
	bool show = strcmp(verb, "show") == 0;
	struct view v;
	int64_t id = 0;

	if (strcmp(verb, "list") == 0 || strcmp(verb, "--all") == 0)
		return list_them(cli, pile, argc, argv);
	if (!show && strcmp(verb, pile->acts[0]) != 0 && strcmp(verb, pile->acts[1]) != 0)
		return cli_usage(cli, "'%s' is none of list, show, %s, %s", verb, pile->acts[0], pile->acts[1]);
	if (argc != 3 || !view_number(argv[2], &id))
		return cli_usage(cli, "%s %s wants the number of %s, as '%s' lists them", argv[0], verb, pile->things, argv[0]);
	if (!view_open(&v, cli, show ? STORE_READ : STORE_WRITE))
		return EXIT_CANNOT;
	return view_end(&v, show ? pile->show(cli, &v, id) : pile->act(cli, &v, verb, id));
}

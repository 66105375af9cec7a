/* pile.h - a command about a pile of numbered things (letters that are owed, mails that are held): list, show one, act on one. */
#ifndef ESCRELAY_CLI_PILE_H
#define ESCRELAY_CLI_PILE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "cli/view.h"

struct pile {
	const char *things;  /* what a number is of: "a letter" */
	const char *acts[2]; /* verbs beside list and show */
	int (*list)(struct cli *cli, struct view *v, bool all);
	int (*show)(struct cli *cli, struct view *v, int64_t id);
	int (*act)(struct cli *cli, struct view *v, const char *verb, int64_t id);
};

/* Runs `NAME [list] [--all]`, `NAME show N` or `NAME ACT N`, argv[0] being NAME, with the store open: to be written to for an act alone. Gives
 * the exit status; what is none of these is said, with what there is. */
int pile_command(struct cli *cli, const struct pile *pile, int argc, char **argv);

#endif

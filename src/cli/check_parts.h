/* check_parts.h - what the files of the command 'check' share among themselves. */
#ifndef ESCRELAY_CLI_CHECK_PARTS_H
#define ESCRELAY_CLI_CHECK_PARTS_H

#include "cli/view.h"

struct checks {
	struct cli *cli;
	struct arena *arena;
	json_t *json;
	unsigned findings, failures, warnings;
	bool examples_fail;
	bool roster_alone;
	unsigned weeks; /* how far ahead the roster is looked at */
};

/* WARN is worth knowing and changes no exit status, LOOK makes it 1, FAIL 3. */
enum grade { WELL, WARN, LOOK, FAIL };

void check_say(struct checks *r, enum grade grade, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Is somebody on rotation, for how long, and do the coming weeks leave hours without anybody? */
void check_rotation(struct checks *r, const struct settings *s);

#endif

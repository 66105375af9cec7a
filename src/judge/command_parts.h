/* command_parts.h - between command.c, which finds the lines, and command_args.c, which reads their arguments. */
#ifndef ESCRELAY_JUDGE_COMMAND_PARTS_H
#define ESCRELAY_JUDGE_COMMAND_PARTS_H

#include "judge/command.h"

size_t      command_blank(const char *s, const char *end);                /* bytes of the blank at s, 0: none */
char       *command_trim(struct arena *a, const char *s, const char *end); /* runs of blanks become one, ends off */
const char *command_nearest(const char *word);                            /* a command's name, or NULL */
void        command_arguments(struct arena *a, struct command *c);        /* of a known word; sets error or the fields */

#endif

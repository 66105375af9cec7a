/* inspect_parts.h - what the files of 'inspect' share. */
#ifndef ESCRELAY_CLI_INSPECT_PARTS_H
#define ESCRELAY_CLI_INSPECT_PARTS_H

struct arena;
struct cli;
struct message;

/* inspect_redact.c: what a team would get to see of the mail, and what not, line by line. With the configuration's redactions where
 * there is one, else the defaults. Returns an exit status. */
int inspect_redact(struct cli *cli, struct arena *a, const struct message *m);

#endif

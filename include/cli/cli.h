/* cli.h - what every command is given, and the few things they share. */
#ifndef ESCRELAY_CLI_CLI_H
#define ESCRELAY_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "config/settings.h"
#include "config/syntax.h"

struct arena;
struct buf;
struct ruleset;

enum { EXIT_DONE = 0, EXIT_FINDING = 1, EXIT_USAGE = 2, EXIT_CANNOT = 3 };

struct cli {
	const char *conf;    /* -c FILE; default /etc/escrelay/relay.conf */
	bool json;           /* --json, taken off argv wherever it stands */
	bool colour;         /* stdout is a terminal that has it, and NO_COLOR is not set */
	size_t width;        /* columns, 80 where there is no terminal */
	const struct command *command;
	const char *way;     /* of several ways to call it the first word of the one that is meant; NULL: not known yet */
};

/* A command: one row in main.c's table, one file. argv[0] is the command's name. */
struct command {
	const char *name, *arguments, *summary; /* for help */
	int (*run)(struct cli *cli, int argc, char **argv);
	bool hidden;
	const char *help;    /* several lines, or NULL */
};

/* Loads settings (and rules, if rs is not NULL) or prints what is wrong and gives NULL: return EXIT_CANNOT then. */
struct settings *cli_settings(struct cli *cli, struct arena *a, struct ruleset **rs);

int cli_usage(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* says it, gives EXIT_USAGE */

/* How a command is called, wrapped at width: one line, or a line for each of its many ways ("a | b"). prefix: of the command's name. */
struct buf;
void cli_synopsis(struct buf *out, const struct command *c, const char *prefix, const char *suffix, size_t width);

extern const struct command commands[]; /* main.c */
extern const size_t ncommands;

int cmd_inspect(struct cli *cli, int argc, char **argv);
int cmd_rules(struct cli *cli, int argc, char **argv);
int cmd_rotation(struct cli *cli, int argc, char **argv);
int cmd_help(struct cli *cli, int argc, char **argv);
int cmd_check(struct cli *cli, int argc, char **argv);
int cmd_list(struct cli *cli, int argc, char **argv);
int cmd_show(struct cli *cli, int argc, char **argv);
int cmd_why(struct cli *cli, int argc, char **argv);
int cmd_queue(struct cli *cli, int argc, char **argv);
int cmd_report(struct cli *cli, int argc, char **argv);
int cmd_metrics(struct cli *cli, int argc, char **argv);
int cmd_purge(struct cli *cli, int argc, char **argv);
int cmd_backup(struct cli *cli, int argc, char **argv);
int cmd_verify(struct cli *cli, int argc, char **argv);
int cmd_away(struct cli *cli, int argc, char **argv);
int cmd_assign(struct cli *cli, int argc, char **argv);
int cmd_note(struct cli *cli, int argc, char **argv);
int cmd_resolve(struct cli *cli, int argc, char **argv);
int cmd_close(struct cli *cli, int argc, char **argv);
int cmd_reopen(struct cli *cli, int argc, char **argv);
int cmd_quarantine(struct cli *cli, int argc, char **argv);

#endif

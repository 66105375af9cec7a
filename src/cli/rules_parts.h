/* rules_parts.h - what the files of 'rules' share. */
#ifndef ESCRELAY_CLI_RULES_PARTS_H
#define ESCRELAY_CLI_RULES_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/cli.h"
#include "ground/json.h"
#include "judge/rule.h"

/* Rules with or without a configuration, and what was found wrong with them. */
struct rules_read {
	struct arena *arena;
	struct diag diag;
	struct settings *settings;
	struct conf_tree *tree;  /* what holds the rules, NULL: it cannot be read */
	struct ruleset *rules;   /* NULL: they do not compile */
	bool readable;           /* false: not even the files could be read */
};

/* dir: a folder of rules or a file of them, in place of the configuration's; NULL for those. */
void rules_load(struct cli *cli, const char *dir, struct rules_read *l);
void rules_unload(struct rules_read *l);

struct store;
struct store *rules_store(const struct rules_read *l);                     /* for reading; NULL with the reason said */
/* A rule set that decided once, as it was kept; NULL: the store does not know it. */
struct conf_tree *rules_then(struct arena *a, struct store *s, const char *hash);

void    rules_print_diag(const struct diag *d, FILE *to, bool colour);
json_t *rules_text_or_null(const char *s);

int rules_test(struct cli *cli, const char *dir, int n, char **paths); /* rules_test.c */
int rules_lint(struct cli *cli, const char *dir, int64_t days);        /* rules_lint.c */

#define DEAD_DAYS 90 /* without a hit, where nothing else is asked */
/* rules_dead.c: findings about rules that have not held for so many days, though the store goes back as far. note: what
 * could not be looked for, and why, NULL: all was. */
size_t rules_dead(const struct rules_read *l, int64_t days, struct lint_finding **out, const char **note);

int rules_history(struct cli *cli);                                    /* rules_history.c */
int rules_show(struct cli *cli, const char *hash);                     /* the same; a beginning is enough */

/* What is asked. dir NULL: the configuration's rules; since 0: the journal's beginning; jobs 0: one a core. */
struct rules_options { const char *dir; int64_t since, days; int jobs; bool patterns; };
int rules_stats(struct cli *cli, const struct rules_options *o);       /* rules_stats.c */
int rules_replay(struct cli *cli, const char *dir, const struct rules_options *o); /* rules_replay.c */

#endif

/* rotation_parts.h - what the files of the command 'rotation' share among themselves. */
#ifndef ESCRELAY_CLI_ROTATION_PARTS_H
#define ESCRELAY_CLI_ROTATION_PARTS_H

#include <stdint.h>

#include "cli/cli.h"
#include "ground/json.h"
#include "judge/rotation.h"

struct arena;

#define COVERAGE_WEEKS 13 /* how far ahead check and coverage look if nothing is said: a quarter of a year */

/* The options of the subcommands, as they were given. */
struct rotation_options {
	int64_t at, from, to, since;
	bool has_at, has_from, has_to, has_since;
	const char *pool;      /* NULL: the first */
	const char *zone;      /* NULL: that of the first cover line */
	const char *engineer;  /* NULL: all */
	bool ics, no_store;
	const char *load;      /* of simulate: a file, "journal", or so many a day */
	uint64_t seed, severity, work;
	bool has_seed, has_severity, has_work;
};

int rotation_print_who(struct cli *cli, const struct rotation_options *o);
int rotation_print_ledger(struct cli *cli, const struct rotation_options *o);
int rotation_print_coverage(struct cli *cli, const struct rotation_options *o);
int rotation_print_simulate(struct cli *cli, const struct rotation_options *o);
int rotation_print_history(struct cli *cli, const struct rotation_options *o);
int rotation_print_export(struct cli *cli, const struct rotation_options *o);

/* These read their own options; argv[1] is the word. */
int rotation_next(struct cli *cli, int argc, char **argv);
int rotation_import(struct cli *cli, int argc, char **argv);

/* The settings and the pool that is meant; NULL with the reason said and *status set. */
struct settings *rotation_settings(struct cli *cli, struct arena *a, const struct rotation_options *o,
    const char **pool, int *status);

/* The engineer that --engineer means, by name or address; true with NULL for all. False with EXIT_USAGE said. */
bool rotation_engineer(struct cli *cli, struct arena *a, const struct settings *s, const struct rotation_options *o,
    const struct engineer **e);

/* The arrivals that simulate is to play. False with the reason said and *status set; words says what they are. */
struct arrivals { int64_t *at; size_t n; const char *words; };
bool rotation_arrivals(struct cli *cli, struct arena *a, const struct settings *s, const char *pool,
    const struct rotation_options *o, struct arrivals *out, int *status);

/* Who of those with a seat is away then, and who says so: relay.conf, or the words of a mail. extra, rows: view_absences'. */
struct absence;
struct away_row { const struct engineer *engineer; int64_t until; const char *why; };
size_t  rotation_away(struct arena *a, const struct settings *s, const struct absences *extra, const struct absence *rows,
    const struct who *w, int64_t at, struct away_row **out);
json_t *rotation_away_json(const struct away_row *v, size_t n);
void    rotation_away_print(struct cli *cli, struct arena *a, const struct away_row *v, size_t n);

/* "Mon 23 Nov 2026 10:00": the wall clock at that offset. */
const char *rotation_time(struct arena *a, int64_t t, int offset);

#endif

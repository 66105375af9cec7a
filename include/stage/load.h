/* load.h - how a stage gets its configuration, at the start and on SIGHUP. */
#ifndef ESCRELAY_STAGE_LOAD_H
#define ESCRELAY_STAGE_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"
#include "edge/store.h"
#include "judge/letter.h"
#include "judge/rule.h"

struct loaded {
	struct arena *arena;           /* everything below lives in it */
	struct settings *settings;
	struct ruleset *rules;         /* of "decide" and "run" alone */
	struct templates *templates;   /* likewise */
	const char *stage;             /* "fetch": whose it is, which says what it needs */
	bool once;
};

/* Reads and checks everything; errors go to the log, each with its place. False: nothing changed in *l. The caller
 * sets stage beforehand; rules are run against their examples only when read again (a reload must prove itself, a
 * start must not fail for an example). */
bool load_settings(struct loaded *l, const char *conf);

/* On SIGHUP: the new configuration, or the old one with a clear word. Tells the service manager. True: it is new. A changed
 * store path is refused: that wants a restart. */
bool load_again(struct loaded *l, const char *conf);

/* Would that stage take this configuration on SIGHUP? By the same reading; what is wrong, warnings too, is added to why as
 * diag_print writes it. pid: of the running stage, which tells a new store from its own; 0 where it is not known. */
struct buf;
bool load_would_take(const char *stage, const char *conf, int64_t pid, struct buf *why);
void load_free(struct loaded *l);

/* The store, waited for while its disk is full or failing (but not with --once); NULL with the reason logged. */
struct store *load_store(const struct loaded *l, enum store_mode mode);
#define FLAG_DECIDE_RUNS "decide-running" /* in the store, while decide works: left there by an unclean exit */
/* Makes the store if there is none, sees that it is sound (a large one: at its edges), and takes the stage's single-instance lock; -1 with the reason logged. */
int load_single(const struct loaded *l, const char *stage);

#endif

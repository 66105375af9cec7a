/* stage.h - the stages of the relay, each a plain blocking loop, each a process of its own.
 *
 * Each loads the configuration itself, takes its single-instance lock beside the store and returns an exit status
 * of cli.h: 0 done, 1 with --once if something remained undone, 3 cannot. Any may be killed at any instruction; the next start carries on.
 */
#ifndef ESCRELAY_STAGE_STAGE_H
#define ESCRELAY_STAGE_STAGE_H

#include <stdbool.h>

int stage_fetch(const char *conf, bool once);
int stage_decide(const char *conf, bool once);
int stage_send(const char *conf, bool once);
int stage_run(const char *conf, bool once);  /* all three as children, a dead one restarted with backoff */

#endif

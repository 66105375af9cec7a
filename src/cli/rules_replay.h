/* rules_replay.h - what the two files of 'rules replay' share: the command, and the workers that judge. */
#ifndef ESCRELAY_CLI_RULES_REPLAY_H
#define ESCRELAY_CLI_RULES_REPLAY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ruleset;
struct settings;

#define REPLAY_JOBS_MAX 64

enum replay_count {
	REPLAY_SAME, REPLAY_OTHER_RULE,                      /* the outcome is the same */
	REPLAY_OUTCOME, REPLAY_SENT, REPLAY_SET,             /* it changes: of several kinds the first counts */
	REPLAY_STUCK,                                        /* beside those: a rule is stuck now */
	REPLAY_CASE, REPLAY_DUPLICATE, REPLAY_TRUST, REPLAY_WAITS, /* not comparable: the rules were never asked */
	REPLAY_COUNTS
};

/* Seen by the command and its workers alike. */
struct replay_shared {
	_Atomic int64_t next, done;                          /* journal ids: of the next span, and how many are judged */
	_Atomic int64_t in_hand[REPLAY_JOBS_MAX];
	_Atomic int64_t counts[REPLAY_COUNTS];
	atomic_bool stop;
};

struct replay {
	const struct settings *settings;
	const struct ruleset *rules;
	const char *in_force;                                /* hash of the rules that decide now, NULL */
	int64_t since, newest;                               /* newest: the last journal id, as it was at the start */
	struct replay_shared *shared;
};

/* In a process of its own: judges span after span and writes each change as a line of JSON. Gives its exit status. */
int replay_worker(const struct replay *r, int me, int to);

#endif

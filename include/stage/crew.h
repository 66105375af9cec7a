/* crew.h - a small parent with a few workers: what fetch and send have in common.
 *
 * The parent forks one process for each worker, restarts one that dies (with backoff, 1 s doubling to 60 s, forgiven after a
 * minute of life), passes SIGTERM on, and feeds the service watchdog only while every worker has shown progress within
 * patience. It holds no store and no connection: a worker opens its own after the fork. The service manager hears the parent
 * alone: a worker's environment names no NOTIFY_SOCKET.
 */
#ifndef ESCRELAY_STAGE_CREW_H
#define ESCRELAY_STAGE_CREW_H

#include <stdbool.h>
#include <stdint.h>

struct crew_member {
	unsigned index;          /* from 0 */
	int signals;             /* service_signals() of the worker: SIGTERM means stop */
	int beat;                /* crew_beat and crew_status write here */
};

/* A worker: runs until SIGTERM (or, with once, until there is nothing left to do); returns an exit status of cli.h. */
typedef int crew_worker(void *context, const struct crew_member *me);

struct crew {
	const char *stage;       /* "fetch" */
	unsigned workers;
	crew_worker *work;
	void *context;
	bool once;
	bool pass_hup;           /* SIGHUP is passed on to the workers instead of ending the crew with CREW_RELOAD */
	int64_t patience_ms;     /* the longest silence that a healthy worker may keep */
	int64_t stop_ms;         /* how long workers may take to stop before they are killed */
};

enum { CREW_STATUS_MAX = 240 };

enum { CREW_RELOAD = -1 };       /* SIGHUP: all workers have stopped; read the configuration and call again */

/* The stage's exit status, or CREW_RELOAD. With once: the worst of the workers' statuses. */
int  crew_run(const struct crew *c);

/* A stage that is a crew, from its first line of log to its exit status: configuration, single-instance lock, readiness, the
 * workers, and once more after each SIGHUP. plan fills in workers, patience and stop from what was read. A worker's context is the const struct loaded. */
struct loaded;
typedef void crew_plan(const struct loaded *l, struct crew *c);
int  crew_stage(const char *stage, const char *conf, bool once, crew_plan *plan, crew_worker *work);

/* "I am getting on." Cheap; called at least once within patience. */
void crew_beat(const struct crew_member *me);

/* The worker's line in `systemctl status`, through the parent; cut at CREW_STATUS_MAX bytes, lost if the parent is far
 * behind. */
void crew_status(const struct crew_member *me, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* True once SIGTERM (or SIGINT) has reached this worker; sticks. */
bool crew_stopping(const struct crew_member *me);

#endif

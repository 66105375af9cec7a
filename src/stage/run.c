/* run.c - all three stages as children of one process: what a laptop, a container and the demo use.
 *
 * Each stage is this program exec'd anew, so that it is the same as under systemd. A dead one is restarted with backoff;
 * SIGHUP is passed on; SIGTERM stops them all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "stage/crew.h"
#include "stage/load.h"
#include "stage/stage.h"

static const char *const stages[] = { "fetch", "decide", "send" };

struct plan { const char *conf; bool once; };

static int
become(const struct plan *plan, const char *stage)
{
	char program[] = "escrelay", flag[] = "-c", once[] = "--once";
	AUTO_FREE char *conf = xstrdup(plan->conf), *name = xstrdup(stage);
	char *argv[] = { program, flag, conf, name, plan->once ? once : NULL, NULL };

	unsetenv("NOTIFY_SOCKET"); /* the service manager hears from the parent alone */
	unsetenv("WATCHDOG_USEC");
	execv("/proc/self/exe", argv);
	log_error("cannot start %s: %s", stage, strerror(errno));
	return 3;
}

static int
work(void *context, const struct crew_member *me)
{
	return become(context, stages[me->index]);
}

/* Once, one after the other: what was fetched is decided, what is owed is sent. */
static int
run_once(const struct plan *plan)
{
	int worst = 0;

	for (size_t i = 0; i < COUNT(stages); i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0)
			_exit(become(plan, stages[i]));
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return 3;
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 3;
		if (status > worst)
			worst = status;
	}
	return worst;
}

int
stage_run(const char *conf, bool once)
{
	struct plan plan = { .conf = conf, .once = once };
	struct crew crew = { .stage = "run", .workers = COUNT(stages), .work = work, .context = &plan, .pass_hup = true,
		.patience_ms = INT64_MAX, .stop_ms = 20000 };
	struct loaded l = { .stage = "run" };
	int lock, status;

	log_open("run", LOG_LEVEL_INFO);
	if (!load_settings(&l, conf)) /* a broken configuration is said once, not by three children for ever */
		return 3;
	if (once) {
		load_free(&l);
		return run_once(&plan);
	}
	lock = load_single(&l, "run");
	if (lock < 0) {
		load_free(&l);
		return 3;
	}
	service_ready();
	status = crew_run(&crew);
	close(lock);
	load_free(&l);
	return status;
}

/* crew.c - see crew.h. */
#include "stage/crew.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ground/clock.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"

#define BACKOFF_FIRST_MS   1000
#define BACKOFF_LONGEST_MS 60000
#define FORGIVEN_AFTER_MS  60000

struct hand {
	pid_t pid;               /* 0: not running */
	int64_t born, beat;      /* monotonic */
	int64_t backoff, again;  /* when to start it again */
	bool finished;           /* with once: it has done its work */
	int status;
};

static bool stop_seen; /* in a worker: SIGTERM was read */

void
crew_beat(const struct crew_member *me)
{
	static int64_t last;
	unsigned char index = (unsigned char)me->index;
	int64_t now = clock_monotonic_ms();

	if (last != 0 && now - last < 1000)
		return; /* one a second is plenty, and each wakes the parent */
	last = now;
	if (write(me->beat, &index, 1) < 0)
		errno = 0; /* full: the parent has beats enough */
}

void
crew_status(const struct crew_member *me, const char *fmt, ...)
{
	char text[1 + CREW_STATUS_MAX];
	va_list ap;
	int n;

	text[0] = (char)me->index;
	va_start(ap, fmt);
	n = vsnprintf(text + 1, sizeof(text) - 1, fmt, ap);
	va_end(ap);
	if (n > 0 && write(me->beat, text, strlen(text + 1) + 1) < 0)
		errno = 0;
}

bool
crew_stopping(const struct crew_member *me)
{
	int sig;

	while (!stop_seen && (sig = service_signal(me->signals)) != 0)
		stop_seen = sig == SIGTERM || sig == SIGINT;
	return stop_seen;
}

static void
start(const struct crew *c, struct hand *h, unsigned index, const int beat_fds[2], int parent_signals)
{
	pid_t parent = getpid();

	h->born = h->beat = clock_monotonic_ms();
	h->pid = fork();
	if (h->pid < 0) {
		log_error("cannot start worker %u: %s", index, strerror(errno));
		h->pid = 0;
		h->again = h->born + BACKOFF_LONGEST_MS;
	} else if (h->pid == 0) {
		struct crew_member me = { .index = index, .beat = beat_fds[1] };

		unsetenv("NOTIFY_SOCKET");
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(0); /* orphaned before we could ask to be told */
		close(beat_fds[0]);
		close(parent_signals);
		me.signals = service_signals();
		service_name("%s-%u", c->stage, index + 1);
		exit(c->work(c->context, &me));
	}
}

static void
bury(const struct crew *c, struct hand *h, unsigned index, int status)
{
	int64_t now = clock_monotonic_ms();
	bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	h->pid = 0;
	h->status = WIFEXITED(status) ? WEXITSTATUS(status) : 3;
	if (c->once) {
		h->finished = true;
		return;
	}
	if (WIFSIGNALED(status))
		log_error("worker %u was killed by signal %d (%s)", index, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (!well)
		log_warning("worker %u ended with status %d", index, h->status);
	if (now - h->born > FORGIVEN_AFTER_MS)
		h->backoff = 0;
	h->backoff = h->backoff == 0 ? BACKOFF_FIRST_MS : h->backoff * 2 > BACKOFF_LONGEST_MS ? BACKOFF_LONGEST_MS : h->backoff * 2;
	h->again = now + h->backoff;
}

static bool
reap(const struct crew *c, struct hand *hands)
{
	bool any_left = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned i = 0; i < c->workers; i++)
			if (hands[i].pid == pid)
				bury(c, &hands[i], i, status);
	for (unsigned i = 0; i < c->workers; i++)
		any_left |= hands[i].pid != 0;
	return any_left;
}

static bool
hear_stop(int signals)
{
	bool stop = false;

	for (int sig; (sig = service_signal(signals)) != 0;)
		stop |= sig == SIGTERM || sig == SIGINT;
	return stop;
}

/* True: meanwhile somebody said that all is to end, whatever they are stopped for. */
static bool
stop_all(const struct crew *c, struct hand *hands, int signals)
{
	int64_t until = clock_monotonic_ms() + c->stop_ms;
	struct crew quiet = *c;
	bool stop = false;

	quiet.once = true; /* their ends are expected now */
	for (unsigned i = 0; i < c->workers; i++)
		if (hands[i].pid != 0)
			kill(hands[i].pid, SIGTERM);
	while (reap(&quiet, hands)) {
		int64_t left = until - clock_monotonic_ms();

		if (left <= 0) {
			for (unsigned i = 0; i < c->workers; i++)
				if (hands[i].pid != 0) {
					log_warning("worker %u did not stop in time: killed", i);
					kill(hands[i].pid, SIGKILL);
				}
			until += 5000;
			left = 5000;
		}
		wait_for(&signals, 1, left);
		stop |= hear_stop(signals);
	}
	return hear_stop(signals) || stop;
}

static void
hear_beats(const struct crew *c, struct hand *hands, int fd)
{
	unsigned char said[1 + CREW_STATUS_MAX]; /* a message: the worker's index, and its status if it has a new one */
	ssize_t n;

	while ((n = read(fd, said, sizeof(said))) > 0) {
		if (said[0] < c->workers)
			hands[said[0]].beat = clock_monotonic_ms();
		if (n > 1)
			service_status("%.*s", (int)n - 1, (const char *)said + 1);
	}
}

/* Everybody alive has shown progress: the service manager may know. */
static bool
all_well(const struct crew *c, const struct hand *hands, int64_t now)
{
	for (unsigned i = 0; i < c->workers; i++)
		if (hands[i].pid != 0 && now - hands[i].beat > c->patience_ms)
			return false;
	return true;
}

/* One round of the parent's life; milliseconds until it wants the next. */
static int64_t
tend(const struct crew *c, struct hand *hands, const int beat_fds[2], int signals)
{
	int64_t now = clock_monotonic_ms(), sleep = service_watchdog_ms() > 0 ? service_watchdog_ms() : 60000;

	hear_beats(c, hands, beat_fds[0]);
	for (unsigned i = 0; i < c->workers; i++) {
		struct hand *h = &hands[i];

		if (h->pid != 0 || h->finished)
			continue;
		if (h->again <= now)
			start(c, h, i, beat_fds, signals);
		else if (h->again - now < sleep)
			sleep = h->again - now;
	}
	if (all_well(c, hands, now))
		service_watchdog();
	return sleep;
}

static int
worst(const struct crew *c, const struct hand *hands)
{
	int status = 0;

	for (unsigned i = 0; i < c->workers; i++)
		if (hands[i].status > status)
			status = hands[i].status;
	return status;
}

static bool
all_finished(const struct crew *c, const struct hand *hands)
{
	for (unsigned i = 0; i < c->workers; i++)
		if (!hands[i].finished)
			return false;
	return true;
}

int
crew_run(const struct crew *c)
{
	struct hand *hands = xcalloc(c->workers, sizeof(*hands));
	int signals = service_signals(), beat_fds[2], result = 0;
	bool over = false;

	if (signals < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, beat_fds) != 0) {
		log_error("cannot make a pair of sockets: %s", strerror(errno));
		free(hands);
		return 3;
	}
	while (!over) {
		int fds[] = { signals, beat_fds[0] }, sig;
		int64_t sleep = tend(c, hands, beat_fds, signals);

		wait_for(fds, 2, sleep);
		while ((sig = service_signal(signals)) != 0) {
			if (sig == SIGHUP && c->pass_hup) {
				for (unsigned i = 0; i < c->workers; i++)
					if (hands[i].pid != 0)
						kill(hands[i].pid, SIGHUP);
			} else if (sig == SIGTERM || sig == SIGINT || sig == SIGHUP) {
				if (sig != SIGHUP)
					service_stopping();
				result = !stop_all(c, hands, signals) && sig == SIGHUP ? CREW_RELOAD : 0;
				over = true;
				break;
			}
		}
		reap(c, hands);
		if (!over && c->once && all_finished(c, hands)) {
			result = worst(c, hands);
			over = true;
		}
	}
	close(beat_fds[0]);
	close(beat_fds[1]);
	close(signals);
	free(hands);
	return result;
}

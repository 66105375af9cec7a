/* imap_process.c - see imap_process.h. */
#include "edge/imap_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ground/mem.h"
#include "ground/text.h"

#define CHILD_FD   3
#define SLACK_MS   1500 /* the child knows the deadline too, and tells more about it if it is asked to */

struct imap_process {
	pid_t pid;                    /* 0: dead and reaped */
	int fd;
	char why[256];
	char frame[IMAP_FRAME_MAX + 1]; /* one more, so that an oversized frame shows */
};

/* --- birth ---------------------------------------------------------------------------------------- */

/* What the child may know of our environment: nothing that a secret may hide in. */
static void
chosen_environment(char *out[], size_t room)
{
	static const char *const names[] = { "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LD_LIBRARY_PATH=", "LD_PRELOAD=", "FAKETIME=",
		"TZ=", "LANG=" };
	extern char **environ;
	size_t n = 0;

	for (char **e = environ; e != NULL && *e != NULL; e++)
		for (size_t i = 0; i < COUNT(names) && n + 1 < room; i++)
			if (strncmp(*e, names[i], strlen(names[i])) == 0)
				out[n++] = *e;
	out[n] = NULL;
}

/* In the forked child; only what is safe there. */
static _Noreturn void
become_child(int socket, pid_t parent, char *const environment[])
{
	static char name[] = "escrelay", mode[] = "imap-child";
	char *const arguments[] = { name, mode, NULL };
	sigset_t none;
	int null;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Both out of the way of the numbers that they are about to take. */
	socket = fcntl(socket, F_DUPFD, CHILD_FD + 1);
	null = fcntl(open("/dev/null", O_RDWR), F_DUPFD, CHILD_FD + 1);
	if (socket < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(socket, CHILD_FD) < 0)
		_exit(127);
#if !defined(__SANITIZE_ADDRESS__)
	if (dup2(null, STDERR_FILENO) < 0) /* a library's complaints are not ours; a sanitizer's are */
		_exit(127);
#endif
	if (close_range(CHILD_FD + 1, ~0u, 0) < 0)
		_exit(127);
	execve("/proc/self/exe", arguments, environment);
	_exit(127);
}

struct imap_process *
imap_process_start(void)
{
	struct imap_process *p = xcalloc(1, sizeof(*p));
	char *environment[16];
	pid_t parent = getpid();
	int pair[2];

	chosen_environment(environment, COUNT(environment));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		goto free_process;
	p->fd = pair[0];
	p->pid = fork();
	if (p->pid < 0)
		goto close_pair;
	if (p->pid == 0)
		become_child(pair[1], parent, environment);
	close(pair[1]);
	return p;

close_pair:
	close(pair[0]);
	close(pair[1]);
free_process:
	free(p);
	return NULL;
}

/* --- death ---------------------------------------------------------------------------------------- */

static void
reap(struct imap_process *p, int *status)
{
	while (p->pid > 0 && waitpid(p->pid, status, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
}

static void
kill_it(struct imap_process *p)
{
	int status;

	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		reap(p, &status);
	}
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

void
imap_process_end(struct imap_process *p)
{
	if (p == NULL)
		return;
	kill_it(p);
	free(p);
}

void
imap_process_close(struct imap_process *p, int ms)
{
	struct pollfd poll_for = { .events = POLLIN };
	struct imap_out *order;
	int64_t until = imap_now() + ms;

	if (p != NULL && p->pid > 0) {
		order = xmalloc(sizeof(*order));
		imap_out_start(order, ORDER_CLOSE);
		poll_for.fd = p->fd;
		if (send(p->fd, order->bytes, order->len, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
			/* What still comes of a wait that was left is nobody's any more; the end is its exit. */
			for (int64_t left; (left = until - imap_now()) > 0;)
				if (poll(&poll_for, 1, (int)left) > 0 &&
				    recv(p->fd, p->frame, sizeof(p->frame), MSG_DONTWAIT) <= 0)
					break;
		free(order);
	}
	imap_process_end(p);
}

static enum imap_status __attribute__((format(printf, 3, 4)))
failed(struct imap_process *p, enum imap_status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->why, sizeof(p->why), fmt, ap);
	va_end(ap);
	kill_it(p);
	return status;
}

/* It closed its socket without a last word: what became of it? */
static enum imap_status
died(struct imap_process *p)
{
	int status = 0;

	/* The socket closes a moment before a dying process can be reaped; one that merely closed it is killed. */
	for (int i = 0; i < 100 && p->pid > 0; i++) {
		pid_t r = waitpid(p->pid, &status, WNOHANG);

		if (r == p->pid)
			p->pid = 0;
		else if (poll(NULL, 0, 10) < 0 && errno != EINTR)
			break;
	}
	if (p->pid > 0)
		return failed(p, IMAP_HOSTILE, "the IMAP child closed its socket");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return failed(p, IMAP_GONE, "the IMAP child was killed from outside (out of memory?)");
	if (WIFSIGNALED(status))
		return failed(p, IMAP_HOSTILE, "the IMAP library crashed (signal %d) on what the server said", WTERMSIG(status));
	return failed(p, IMAP_GONE, "the IMAP child ended (status %d)", WEXITSTATUS(status));
}

/* --- talk ----------------------------------------------------------------------------------------- */

/* Waits until the socket is ready for events. IMAP_OK, IMAP_STOPPED, or IMAP_GONE at the deadline. */
static enum imap_status
ready(struct imap_process *p, const struct imap_exchange *x, short events, int64_t *deadline, bool *stopping)
{
	for (;;) {
		struct pollfd fds[2] = { { .fd = p->fd, .events = events },
			{ .fd = *stopping ? -1 : x->stop_fd, .events = POLLIN } };
		int64_t left = *deadline - imap_now();
		int r;

		if (left <= 0)
			return *stopping ? IMAP_STOPPED : IMAP_GONE;
		r = poll(fds, 2, left > 60000 ? 60000 : (int)left);
		if (r < 0 && errno != EINTR)
			return IMAP_GONE;
		if (r > 0 && fds[0].revents != 0)
			return IMAP_OK;
		if (r > 0 && fds[1].revents != 0) {
			*stopping = true;
			if (x->stop_grace_ms <= 0)
				return IMAP_STOPPED;
			if (*deadline > imap_now() + x->stop_grace_ms)
				*deadline = imap_now() + x->stop_grace_ms;
		}
	}
}

/* SAY_FAILED: the child's words are the server's at worst. */
static enum imap_status
refused(struct imap_process *p, struct imap_in *in)
{
	uint8_t status = imap_in_u8(in), over = imap_in_u8(in);
	const char *text = imap_in_text(in);
	AUTO_ARENA struct arena *a = arena_new();

	if (!imap_in_end(in) || text == NULL || status <= IMAP_OK || status >= IMAP_STOPPED)
		return failed(p, IMAP_HOSTILE, "the IMAP child broke the rules (a bad last frame)");
	snprintf(p->why, sizeof(p->why), "%s", text_printable(a, text, sizeof(p->why) - 1));
	if (over != 0 || status == IMAP_GONE || status == IMAP_HOSTILE || status == IMAP_TLS)
		kill_it(p);
	return status;
}

/* One frame. *end: it was the last. */
static enum imap_status
hear(struct imap_process *p, const struct imap_exchange *x, int64_t *deadline, bool *end)
{
	ssize_t len = recv(p->fd, p->frame, sizeof(p->frame), MSG_DONTWAIT);
	struct imap_in in;
	int64_t before;
	uint8_t type;
	bool stop = false, fair;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return IMAP_OK;
	if (len <= 0)
		return died(p);
	type = imap_in_start(&in, p->frame, (size_t)len);
	*end = type == SAY_DONE || type == SAY_FAILED;
	if (type == SAY_FAILED)
		return refused(p, &in);
	if (type == SAY_DONE)
		return imap_in_end(&in) ? IMAP_OK : failed(p, IMAP_HOSTILE, "the IMAP child broke the rules (a bad last frame)");
	before = imap_now();
	fair = x->hear != NULL && x->hear(x->context, type, &in, &stop) && !in.bad;
	*deadline += imap_now() - before;
	if (!fair)
		return failed(p, IMAP_HOSTILE, "the server, or the child that it took over, gave what was not asked for");
	return stop ? failed(p, IMAP_STOPPED, "stopped") : IMAP_OK;
}

enum imap_status
imap_process_ask(struct imap_process *p, const struct imap_out *order, const struct imap_exchange *x)
{
	int64_t deadline = imap_now() + x->ms + SLACK_MS;
	enum imap_status status = IMAP_OK;
	bool end = false, stopping = false, sent = false;

	if (p->pid <= 0) {
		snprintf(p->why, sizeof(p->why), "the connection is over");
		return IMAP_GONE;
	}
	while (status == IMAP_OK && !end) {
		status = ready(p, x, sent ? POLLIN : POLLOUT, &deadline, &stopping);
		if (status == IMAP_STOPPED && x->leave_on_stop) {
			snprintf(p->why, sizeof(p->why), "stopped");
			return status;
		}
		if (status != IMAP_OK)
			return failed(p, status, status == IMAP_STOPPED ? "stopped" :
			    "no end after %lld seconds: the IMAP child was killed", (long long)(x->ms + SLACK_MS) / 1000);
		if (sent)
			status = hear(p, x, &deadline, &end);
		else if (send(p->fd, order->bytes, order->len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)order->len)
			sent = true;
		else if (errno != EAGAIN && errno != EINTR)
			return died(p);
	}
	return status;
}

bool
imap_process_alive(const struct imap_process *p)
{
	return p->pid > 0;
}

const char *
imap_process_why(const struct imap_process *p)
{
	return p->why;
}

void
imap_process_complain(struct imap_process *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->why, sizeof(p->why), fmt, ap);
	va_end(ap);
}

/* service.c - see service.h. */
#include "ground/service.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"

#define WAIT_FDS_MAX 16
#define LOCK_LOOKS   3
#define LOCK_LOOK_MS 10

void
service_name(const char *fmt, ...)
{
	char name[16]; /* as much as the kernel keeps */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	(void)prctl(PR_SET_NAME, name);
}

void
service_ready(void)
{
	sd_notify(0, "READY=1");
}

void
service_status(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = ' '; /* a line break would begin another word to the service manager */
	sd_notifyf(0, "STATUS=%s", text);
}

void
service_reloading(void)
{
	struct timespec now;

	/* The time tells the service manager which of its requests this one answers. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

void
service_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void
service_watchdog(void)
{
	sd_notify(0, "WATCHDOG=1");
}

int64_t
service_watchdog_ms(void)
{
	uint64_t usec;

	return sd_watchdog_enabled(0, &usec) > 0 ? (int64_t)(usec / 2000) : 0;
}

static sigset_t
heard(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	return set;
}

void
service_hold(void)
{
	sigset_t set = heard();

	sigprocmask(SIG_BLOCK, &set, NULL);
}

void
service_pause(int64_t milliseconds)
{
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_UNBLOCK, &set, &before);
	wait_for(NULL, 0, milliseconds);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

int
service_signals(void)
{
	sigset_t set = heard();

	service_hold();
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
service_signal(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info) ? (int)info.ssi_signo : 0;
}

/* ---- wake-ups ------------------------------------------------------------------------------------------ */

int
wake_open(const char *store_path, const char *stage)
{
	AUTO_FREE char *path = xasprintf("%s.wake-%s", store_path, stage);

	if (mkfifo(path, 0660) != 0 && errno != EEXIST)
		return -1;
	/* Read and write: it stays open when the last poker has gone, and never blocks here. */
	return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

void
wake_drain(int fd)
{
	char bytes[64];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		continue;
}

void
wake_poke(const char *store_path, const char *stage)
{
	AUTO_FREE char *path = xasprintf("%s.wake-%s", store_path, stage);
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC); /* nobody there: ENXIO, and nothing to wake */

	if (fd < 0)
		return;
	if (write(fd, "!", 1) < 0)
		errno = 0; /* full: it is awake already */
	close(fd);
}

unsigned
wait_for(const int *fds, size_t n, int64_t milliseconds)
{
	struct pollfd p[WAIT_FDS_MAX];
	int64_t until = milliseconds < 0 ? 0 : clock_monotonic_ms() + milliseconds;
	unsigned ready = 0;

	if (n > WAIT_FDS_MAX)
		n = WAIT_FDS_MAX;
	for (size_t i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	for (;;) {
		int64_t left = milliseconds < 0 ? -1 : until - clock_monotonic_ms();
		int rc = poll(p, (nfds_t)n, left < 0 ? (milliseconds < 0 ? -1 : 0) : left > 3600000 ? 3600000 : (int)left);

		if (rc < 0 && errno == EINTR)
			continue;
		if (rc > 0 || milliseconds < 0 || left <= 3600000)
			break;
	}
	for (size_t i = 0; i < n; i++)
		if (p[i].revents != 0)
			ready |= 1u << i;
	return ready;
}

/* ---- single instances ---------------------------------------------------------------------------------- */

/* What the lock's file says, which its holder wrote; 0: nothing. */
static int
read_pid(int fd)
{
	char text[24] = "";
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t n;

	for (ssize_t i = 0; i < got; i++)
		if (text[i] == '\n')
			text[i] = '\0';
	return got > 0 && text_u64(text, 1, INT32_MAX, &n) ? (int)n : 0;
}

int
lock_holder(const char *store_path, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s.%s.lock", store_path, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC), pid = fd >= 0 ? read_pid(fd) : 0;

	if (fd >= 0)
		close(fd);
	return pid;
}

bool
lock_held(const char *store_path, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s.%s.lock", store_path, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return held;
}

/* Who only looks whether it is held (lock_held) has it for an instant. */
static bool
take_lock(int fd)
{
	for (int look = 0; look < LOCK_LOOKS; look++) {
		if (look > 0)
			wait_for(NULL, 0, LOCK_LOOK_MS);
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK)
			break;
	}
	return false;
}

int
lock_single(const char *store_path, const char *name, int *pid)
{
	AUTO_FREE char *path = xasprintf("%s.%s.lock", store_path, name);
	char text[24] = "";
	ssize_t got;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);

	*pid = 0;
	if (fd < 0)
		return -1;
	if (!take_lock(fd)) {
		int error = errno;

		*pid = read_pid(fd);
		close(fd);
		errno = error;
		return -1;
	}
	got = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)got, 0) != got)
		errno = 0; /* the pid is only a courtesy; the lock is what counts */
	return fd;
}

/* Goal: a crew keeps its workers at work, stops them in time, lets none outlive it, and says truly how it went. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "../support/room.h"
#include "ground/clock.h"
#include "ground/service.h"
#include "stage/crew.h"

#define RELOADED 99 /* exit status of a test's crew that came back with CREW_RELOAD */

/* What a worker says: b(orn), h(up heard), t(erm heard). */
struct word { char what; unsigned index; pid_t pid; };

static int ear, mouth; /* pipe from the workers to the test */

static void
say(const struct crew_member *me, char what)
{
	struct word w = { .what = what, .index = me->index, .pid = getpid() };

	alarm(60); /* no worker stays for ever, whatever the crew does */
	if (write(mouth, &w, sizeof(w)) != (ssize_t)sizeof(w))
		_exit(77);
}

/* The next word within ms; what is '-' if there is none. */
static struct word
hear(int64_t ms)
{
	struct word w = { .what = '-' };

	if (wait_for(&ear, 1, ms) == 1 && read(ear, &w, sizeof(w)) != (ssize_t)sizeof(w))
		w.what = '-';
	return w;
}

static pid_t
start(struct crew c)
{
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	ear = fds[0];
	mouth = fds[1];
	c.stage = "test";
	if ((pid = room_fork()) == 0) {
		int status, quiet = open("/dev/null", O_WRONLY);

		dup2(quiet, STDOUT_FILENO); /* a worker that a broken crew left behind must not hold the test's own */
		dup2(quiet, STDERR_FILENO);
		close(ear);
		status = crew_run(&c);
		_exit(status == CREW_RELOAD ? RELOADED : status);
	}
	close(mouth);
	return pid;
}

static int
end(pid_t pid, int sig)
{
	int status;

	assert_int_equal(kill(pid, sig), 0);
	status = room_wait(pid);
	close(ear);
	return status;
}

/* Whose parent was killed is our child then (see main): dead, it is there until we take note. */
static bool
gone(pid_t pid)
{
	for (unsigned i = 0; i < 100; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid || (kill(pid, 0) != 0 && errno == ESRCH))
			return true;
		usleep(20000);
	}
	return false;
}

/* ---- workers ------------------------------------------------------------------------------------------- */

static int
diligent(void *context, const struct crew_member *me)
{
	int sig;

	(void)context;
	say(me, 'b');
	for (;;) {
		wait_for(&me->signals, 1, 100);
		crew_beat(me);
		while ((sig = service_signal(me->signals)) != 0)
			if (sig == SIGHUP)
				say(me, 'h');
			else if (sig == SIGTERM) {
				say(me, 't');
				_exit(0);
			}
	}
}

/* Its parent is the only one that the service manager listens to. */
static int
tells_its_status(void *context, const struct crew_member *me)
{
	(void)context;
	service_status("by itself");
	crew_status(me, "%s", "mailbox b:\nconnected");
	say(me, 'b');
	while (!crew_stopping(me))
		wait_for(&me->signals, 1, 100);
	_exit(0);
}

static int
asks_whether_to_stop(void *context, const struct crew_member *me)
{
	(void)context;
	say(me, 'b');
	while (!crew_stopping(me))
		wait_for(&me->signals, 1, 100);
	if (!crew_stopping(me)) /* it sticks */
		_exit(5);
	say(me, 't');
	_exit(0);
}

static int
deaf(void *context, const struct crew_member *me)
{
	(void)context;
	say(me, 'b');
	while (wait_for(NULL, 0, 1000) == 0)
		continue;
	return 0;
}

static int
dies(void *context, const struct crew_member *me)
{
	(void)context;
	say(me, 'b');
	_exit(3);
}

/* Ends as the context says for each: a status, or killed by a signal where it is negative. */
static int
ends(void *context, const struct crew_member *me)
{
	const int *how = context;

	say(me, 'b');
	if (how[me->index] < 0)
		kill(getpid(), -how[me->index]);
	_exit(how[me->index]);
}

/* ---- stories ------------------------------------------------------------------------------------------- */

static void
it_starts_all_and_stops_all_in_time(void **state)
{
	static crew_worker *const workers[] = { diligent, asks_whether_to_stop };

	(void)state;
	for (size_t i = 0; i < COUNT(workers); i++) {
		pid_t pid = start((struct crew){ .workers = 3, .work = workers[i], .patience_ms = 60000, .stop_ms = 20000 }), pids[3] = { 0 };
		unsigned stopped = 0;
		int64_t began;

		for (unsigned n = 0; n < 3; n++) {
			struct word w = hear(10000);

			assert_int_equal(w.what, 'b');
			assert_true(w.index < 3 && pids[w.index] == 0);
			pids[w.index] = w.pid;
		}
		began = clock_monotonic_ms();
		assert_int_equal(kill(pid, SIGTERM), 0);
		assert_int_equal(room_wait(pid), 0);
		assert_true(clock_monotonic_ms() - began < 10000);
		for (struct word w; (w = hear(0)).what == 't';)
			stopped |= 1u << w.index;
		assert_int_equal(stopped, 7);
		for (unsigned n = 0; n < 3; n++)
			assert_true(gone(pids[n]));
		close(ear);
	}
}

static void
one_that_dies_is_started_again_and_the_others_are_left_alone(void **state)
{
	pid_t pid = start((struct crew){ .workers = 2, .work = diligent, .patience_ms = 60000, .stop_ms = 10000 });
	struct word first = hear(10000), second = hear(10000), again;
	int64_t began = clock_monotonic_ms();

	(void)state;
	assert_int_equal(kill(first.pid, SIGKILL), 0);
	again = hear(20000);
	assert_int_equal(again.what, 'b');
	assert_int_equal(again.index, first.index);
	assert_int_not_equal(again.pid, first.pid);
	assert_true(clock_monotonic_ms() - began >= 900); /* not at once: it may have died for a reason that stays */
	assert_int_equal(kill(second.pid, 0), 0);
	assert_int_equal(hear(0).what, '-');
	assert_int_equal(end(pid, SIGTERM), 0);
}

static void
one_that_always_dies_is_started_ever_more_rarely(void **state)
{
	pid_t pid = start((struct crew){ .workers = 1, .work = dies, .patience_ms = 60000, .stop_ms = 10000 });
	int64_t at[3];

	(void)state;
	for (size_t i = 0; i < COUNT(at); i++) {
		assert_int_equal(hear(20000).what, 'b');
		at[i] = clock_monotonic_ms();
	}
	assert_true(at[1] - at[0] >= 900);
	assert_true(at[2] - at[1] >= 1900);
	assert_int_equal(end(pid, SIGINT), 0); /* while it waits to start it again */
}

static void
a_deaf_one_is_killed_when_its_time_is_over(void **state)
{
	pid_t pid = start((struct crew){ .workers = 2, .work = deaf, .patience_ms = 60000, .stop_ms = 300 });
	struct word first = hear(10000), second = hear(10000);
	int64_t began = clock_monotonic_ms(), took;

	(void)state;
	assert_int_equal(first.what, 'b');
	assert_int_equal(second.what, 'b');
	assert_int_equal(end(pid, SIGTERM), 0);
	took = clock_monotonic_ms() - began;
	assert_true(took >= 290 && took < 5000);
	assert_true(gone(first.pid) && gone(second.pid));
}

static void
a_hangup_ends_the_crew_to_begin_anew_or_is_passed_on(void **state)
{
	pid_t pid = start((struct crew){ .workers = 2, .work = diligent, .patience_ms = 60000, .stop_ms = 10000 });
	struct word first = hear(10000), second = hear(10000);

	(void)state;
	assert_int_equal(end(pid, SIGHUP), RELOADED);
	assert_true(gone(first.pid) && gone(second.pid));

	pid = start((struct crew){ .workers = 2, .work = diligent, .pass_hup = true, .patience_ms = 60000, .stop_ms = 10000 });
	first = hear(10000);
	second = hear(10000);
	assert_int_equal(kill(pid, SIGHUP), 0);
	assert_int_equal(hear(10000).what, 'h');
	assert_int_equal(hear(10000).what, 'h');
	assert_int_equal(kill(first.pid, 0), 0);
	assert_int_equal(kill(second.pid, 0), 0);
	assert_int_equal(end(pid, SIGTERM), 0);
}

static void
once_means_once_and_gives_the_worst(void **state)
{
	static const struct { int how[3], worst; } v[] = { { { 0, 0, 0 }, 0 }, { { 0, 2, 1 }, 2 }, { { 3, 0, 1 }, 3 }, { { 0, -SIGKILL, 1 }, 3 } };

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++) {
		int how[3];
		unsigned born = 0;
		pid_t pid;

		memcpy(how, v[i].how, sizeof(how));
		pid = start((struct crew){ .workers = 3, .work = ends, .context = how, .once = true, .patience_ms = 60000, .stop_ms = 1000 });
		assert_int_equal(room_wait(pid), v[i].worst);
		while (hear(0).what == 'b')
			born++;
		assert_int_equal(born, 3);
		close(ear);
	}
}

static void
no_worker_outlives_a_parent_that_was_killed(void **state)
{
	pid_t pid = start((struct crew){ .workers = 2, .work = diligent, .patience_ms = 60000, .stop_ms = 10000 });
	struct word first = hear(10000), second = hear(10000);

	(void)state;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(room_wait(pid), 256 + SIGKILL);
	assert_int_equal(hear(10000).what, 't');
	assert_int_equal(hear(10000).what, 't');
	assert_true(gone(first.pid) && gone(second.pid));
	close(ear);
}

/* D11. How often the service manager hears that we live, within ms. */
static unsigned
alive(int fd, int64_t ms)
{
	int64_t until = clock_monotonic_ms() + ms, left;
	unsigned n = 0;
	char said[256];

	while ((left = until - clock_monotonic_ms()) > 0)
		if (wait_for(&fd, 1, left) == 1)
			n += recv(fd, said, sizeof(said), 0) >= 10 && strncmp(said, "WATCHDOG=1", 10) == 0;
	return n;
}

/* Stands in for the service manager: where it would listen. */
static int
listen_as_manager(const struct room *r)
{
	AUTO_FREE char *path = xasprintf("%s/notify", r->folder);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

	assert_true(strlen(path) < sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	return fd;
}

static void
a_worker_is_heard_through_its_parent_alone(void **state)
{
	int fd = listen_as_manager(*state), said_it = 0;
	char said[300], from[CMSG_SPACE(sizeof(struct ucred))];
	pid_t pid = start((struct crew){ .workers = 2, .work = tells_its_status, .patience_ms = 60000, .stop_ms = 10000 });

	assert_int_equal(hear(10000).what, 'b');
	assert_int_equal(hear(10000).what, 'b');
	while (said_it < 2 && wait_for(&fd, 1, 10000) == 1) {
		struct iovec bytes = { .iov_base = said, .iov_len = sizeof(said) - 1 };
		struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = from, .msg_controllen = sizeof(from) };
		struct ucred who;
		ssize_t n = recvmsg(fd, &m, 0);

		assert_true(n > 0);
		said[n] = '\0';
		memcpy(&who, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(who));
		assert_int_equal(who.pid, pid);
		assert_null(strstr(said, "by itself"));
		said_it += strcmp(said, "STATUS=mailbox b: connected") == 0;
	}
	assert_int_equal(said_it, 2);
	assert_int_equal(end(pid, SIGTERM), 0);
	unsetenv("NOTIFY_SOCKET");
	close(fd);
}

static void
the_watchdog_is_fed_only_while_everybody_gets_on(void **state)
{
	int fd = listen_as_manager(*state);
	pid_t pid;

	setenv("WATCHDOG_USEC", "200000", 1);
	pid = start((struct crew){ .workers = 2, .work = diligent, .patience_ms = 2500, .stop_ms = 10000 });
	alive(fd, 3500);
	assert_true(alive(fd, 1500) >= 3); /* still, after more than its patience */
	assert_int_equal(end(pid, SIGTERM), 0);

	while (alive(fd, 100) > 0)
		continue;
	pid = start((struct crew){ .workers = 2, .work = deaf, .patience_ms = 1000, .stop_ms = 100 });
	assert_true(alive(fd, 900) >= 1);
	alive(fd, 600);
	assert_int_equal(alive(fd, 700), 0);
	assert_int_equal(end(pid, SIGTERM), 0);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_starts_all_and_stops_all_in_time),
		cmocka_unit_test(one_that_dies_is_started_again_and_the_others_are_left_alone),
		cmocka_unit_test(one_that_always_dies_is_started_ever_more_rarely),
		cmocka_unit_test(a_deaf_one_is_killed_when_its_time_is_over),
		cmocka_unit_test(a_hangup_ends_the_crew_to_begin_anew_or_is_passed_on),
		cmocka_unit_test(once_means_once_and_gives_the_worst),
		cmocka_unit_test(no_worker_outlives_a_parent_that_was_killed),
		ROOM_TEST(a_worker_is_heard_through_its_parent_alone),
		ROOM_TEST(the_watchdog_is_fed_only_while_everybody_gets_on),
	};

	/* We inherit orphans ourselves: when the system's first process takes note of them is its own affair. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

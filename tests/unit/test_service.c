/* Goal: a poke wakes and never blocks, one of a kind is one of a kind, signals are read in peace, and waiting ends when it should. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>
#include <errno.h>

#include "../support/room.h"
#include "ground/clock.h"
#include "ground/service.h"

static void
a_poke_wakes_the_stage_it_is_for(void **state)
{
	struct room *r = *state;
	int decide = wake_open(r->path, "decide"), send = wake_open(r->path, "send");

	assert_true(decide >= 0 && send >= 0);
	assert_int_equal(wait_for(&decide, 1, 0), 0);
	wake_poke(r->path, "decide");
	wake_poke(r->path, "decide");
	assert_int_equal(wait_for(&decide, 1, 1000), 1);
	assert_int_equal(wait_for(&send, 1, 0), 0);
	wake_drain(decide);
	assert_int_equal(wait_for(&decide, 1, 0), 0); /* two pokes, one waking */
	wake_poke(r->path, "decide");
	assert_int_equal(wait_for(&decide, 1, 1000), 1);
	assert_int_equal(fcntl(decide, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(decide);
	close(send);
}

static void
poking_nobody_and_poking_too_often_do_not_block(void **state)
{
	struct room *r = *state;
	int fd;

	wake_poke(r->path, "decide"); /* there is no FIFO */
	assert_true((fd = wake_open(r->path, "decide")) >= 0);
	for (unsigned i = 0; i < 70000; i++) /* more than a pipe holds */
		wake_poke(r->path, "decide");
	assert_int_equal(wait_for(&fd, 1, 0), 1);
	wake_drain(fd);
	assert_int_equal(wait_for(&fd, 1, 0), 0);
	close(fd);
	wake_poke(r->path, "decide"); /* its reader has gone */
	assert_true((fd = wake_open(r->path, "decide")) >= 0); /* the FIFO of the last life is used again */
	wake_poke(r->path, "decide");
	assert_int_equal(wait_for(&fd, 1, 1000), 1);
	close(fd);
}

static void
another_process_can_wake_us(void **state)
{
	struct room *r = *state;
	int fd = wake_open(r->path, "send");
	int64_t began = clock_monotonic_ms();
	pid_t pid;

	if ((pid = room_fork()) == 0) {
		usleep(50000);
		wake_poke(r->path, "send");
		_exit(0);
	}
	assert_int_equal(wait_for(&fd, 1, 20000), 1);
	assert_true(clock_monotonic_ms() - began < 15000);
	assert_int_equal(room_wait(pid), 0);
	close(fd);
}

static void
waiting_tells_who_is_ready_and_ends_in_time(void **state)
{
	int one[2], two[2];
	int64_t began, took;

	(void)state;
	assert_int_equal(pipe(one), 0);
	assert_int_equal(pipe(two), 0);
	int fds[] = { one[0], -1, two[0] };
	began = clock_monotonic_ms();
	assert_int_equal(wait_for(fds, 3, 60), 0);
	took = clock_monotonic_ms() - began;
	assert_true(took >= 59 && took < 5000);
	assert_int_equal(write(two[1], "x", 1), 1);
	assert_int_equal(wait_for(fds, 3, -1), 4);
	assert_int_equal(write(one[1], "x", 1), 1);
	assert_int_equal(wait_for(fds, 3, 1000), 5);
	assert_int_equal(wait_for(fds, 2, 0), 1);
	close(one[1]);
	close(two[1]);
	assert_int_equal(wait_for(fds, 3, 1000), 5); /* an end is something to read too */
	close(one[0]);
	close(two[0]);
	assert_int_equal(wait_for(NULL, 0, 1), 0);
}

/* ---- one of a kind ------------------------------------------------------------------------------------- */

static void
the_second_learns_who_is_the_first(void **state)
{
	struct room *r = *state;
	int pid = 7, first = lock_single(r->path, "decide", &pid), other;

	assert_true(first >= 0);
	assert_int_equal(pid, 0);
	assert_int_equal(lock_single(r->path, "decide", &pid), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(pid, getpid());
	assert_int_equal(lock_holder(r->path, "decide"), getpid());
	assert_int_equal(lock_holder(r->path, "fetch"), 0);
	assert_true((other = lock_single(r->path, "send", &pid)) >= 0);
	close(other);
	close(first);
	assert_true((first = lock_single(r->path, "decide", &pid)) >= 0);
	close(first);
	assert_int_equal(lock_single("/nonexistent/folder/store", "decide", &pid), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(pid, 0);
}

static void
a_dead_holder_holds_nothing_and_its_long_pid_is_gone(void **state)
{
	struct room *r = *state;
	AUTO_FREE char *path = xasprintf("%s.decide.lock", r->path);
	int pid = 0, fd, said[2];
	char byte, *bytes;
	size_t len;
	pid_t child;

	room_spill(path, "2147483647 and more\n", 20);
	assert_int_equal(pipe(said), 0);
	if ((child = room_fork()) == 0) {
		if (lock_single(r->path, "decide", &pid) < 0 || write(said[1], "!", 1) != 1)
			_exit(1);
		pause();
		_exit(1);
	}
	assert_int_equal(read(said[0], &byte, 1), 1);
	assert_int_equal(lock_single(r->path, "decide", &pid), -1);
	assert_int_equal(pid, child);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(room_wait(child), 256 + SIGKILL);
	assert_true((fd = lock_single(r->path, "decide", &pid)) >= 0);
	assert_non_null(bytes = room_slurp(r, path, &len));
	assert_string_equal(bytes, arena_printf(r->a, "%d\n", (int)getpid()));
	close(fd);
	close(said[0]);
	close(said[1]);
}

static void
nonsense_in_a_lock_file_is_no_pid(void **state)
{
	struct room *r = *state;
	AUTO_FREE char *path = xasprintf("%s.decide.lock", r->path);
	int pid = 0, fd = lock_single(r->path, "decide", &pid);

	room_spill(path, "-1\n", 3);
	assert_int_equal(lock_single(r->path, "decide", &pid), -1);
	assert_int_equal(pid, 0);
	room_spill(path, "99999999999\n", 12);
	assert_int_equal(lock_single(r->path, "decide", &pid), -1);
	assert_int_equal(pid, 0);
	close(fd);
}

/* ---- signals and the service manager ------------------------------------------------------------------- */

static void
signals_are_read_not_suffered(void **state)
{
	unsigned seen = 0;
	int fd, sig;
	pid_t pid;

	(void)state;
	if ((pid = room_fork()) == 0) { /* a process of its own: they stay blocked */
		if ((fd = service_signals()) < 0 || service_signal(fd) != 0 || wait_for(&fd, 1, 0) != 0)
			_exit(1);
		kill(getpid(), SIGTERM);
		kill(getpid(), SIGHUP);
		kill(getpid(), SIGPIPE);
		if (wait_for(&fd, 1, 1000) != 1)
			_exit(2);
		while ((sig = service_signal(fd)) != 0)
			seen |= sig == SIGTERM ? 1u : sig == SIGHUP ? 2u : 4u;
		_exit(seen == 3 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) ? 0 : 3);
	}
	assert_int_equal(room_wait(pid), 0);
}

static void
the_service_manager_hears_what_it_should(void **state)
{
	struct room *r = *state;
	AUTO_FREE char *path = xasprintf("%s/notify", r->folder), *status = xasprintf("%0300d", 7);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	char said[1024];
	ssize_t n;

	assert_true(strlen(path) < sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(service_watchdog_ms(), 0);
	service_ready(); /* nobody asked: nothing happens */
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "3000000", 1);
	assert_int_equal(service_watchdog_ms(), 1500);
	service_ready();
	service_status("%s", status);
	service_status("%s", "so\nMAINPID=1"); /* a server's words */
	service_watchdog();
	service_reloading();
	service_stopping();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	static const char *const expected[] = { "READY=1", "STATUS=0000", "STATUS=so MAINPID=1", "WATCHDOG=1", "RELOADING=1", "STOPPING=1" };
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_true((n = recv(fd, said, sizeof(said) - 1, 0)) > 0);
		said[n] = '\0';
		assert_true(strncmp(said, expected[i], strlen(expected[i])) == 0);
		assert_true(n < 300); /* a status is kept short */
	}
	assert_true(recv(fd, said, sizeof(said), 0) < 0);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(a_poke_wakes_the_stage_it_is_for),
		ROOM_TEST(poking_nobody_and_poking_too_often_do_not_block),
		ROOM_TEST(another_process_can_wake_us),
		ROOM_TEST(waiting_tells_who_is_ready_and_ends_in_time),
		ROOM_TEST(the_second_learns_who_is_the_first),
		ROOM_TEST(a_dead_holder_holds_nothing_and_its_long_pid_is_gone),
		ROOM_TEST(nonsense_in_a_lock_file_is_no_pid),
		ROOM_TEST(signals_are_read_not_suffered),
		ROOM_TEST(the_service_manager_hears_what_it_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* service.h - being a service: readiness, watchdog, signals, wake-ups and single instances.
 *
 * Under systemd through sd_notify; elsewhere the notifications do nothing. */
#ifndef ESCRELAY_GROUND_SERVICE_H
#define ESCRELAY_GROUND_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What ps and top call this process from now on; 15 bytes of it are seen. */
void service_name(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void service_ready(void);
/* One line: control characters become spaces. */
void service_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void service_reloading(void);                /* service_ready() ends it */
void service_stopping(void);
void service_watchdog(void);                 /* "alive": call it only after real progress */
int64_t service_watchdog_ms(void);           /* how often to call it at least (half of WatchdogSec), 0: not asked for */

/* Signals become a descriptor: SIGTERM, SIGINT, SIGHUP and SIGCHLD are blocked and read from here (signalfd, CLOEXEC).
 * service_signal() takes one if there is one: its number, or 0. A forked worker makes its own. service_hold() blocks them
 * before that, first thing: one that comes while a stage is still reading its configuration waits for the descriptor.
 * service_pause() sleeps so many milliseconds at a start that has to wait: SIGTERM and SIGINT, also one that came before, end the
 * process there, for nothing has begun. */
void service_hold(void);
void service_pause(int64_t milliseconds);
int  service_signals(void);
int  service_signal(int fd);

/* Wake-up FIFO of a stage beside the store: "<store>.wake-<stage>". A reader opens it (made if absent, CLOEXEC, never blocks); anybody
 * may poke it; a lost poke is covered by the reader's timeout. */
int  wake_open(const char *store_path, const char *stage);
void wake_drain(int fd);
void wake_poke(const char *store_path, const char *stage);

/* Waits for any of the descriptors (-1: none) or the milliseconds (-1: for ever); a bit mask of those readable. */
unsigned wait_for(const int *fds, size_t n, int64_t milliseconds);

/* One of a kind: an exclusive flock on "<store>.<name>.lock" held for life, with the pid inside. fd, or -1 and the holder's
 * pid in *pid (0 unknown) and errno: EWOULDBLOCK where somebody holds it. */
int  lock_single(const char *store_path, const char *name, int *pid);
bool lock_held(const char *store_path, const char *name);   /* by a process that lives */
int  lock_holder(const char *store_path, const char *name); /* the pid inside, held or not; 0: there is none */

#endif

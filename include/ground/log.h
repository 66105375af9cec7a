/* log.h - one line for each thing that happened.
 *
 * Lines go to stderr. Under systemd (stderr is the journal, JOURNAL_STREAM) each
 * begins with "<N>", the syslog priority; on a terminal or in a file it
 * begins with a UTC time and the stage. A line is capped at 2 kB; of one that
 * repeats itself five are written within a minute and the others counted. Text
 * from outside must have gone through text_printable(). No secret, no reply
 * token and no body of a mail is ever logged.
 *
 * Our bug, their input and bad luck are three different things: a failed BUG_ON
 * aborts; what a stranger sent is an outcome that somebody returns; a broken disk
 * is an error line and an exit.
 */
#ifndef ESCRELAY_GROUND_LOG_H
#define ESCRELAY_GROUND_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 }; /* syslog's numbers */

void log_open(const char *stage, enum log_level most); /* stage: a static word such as "fetch" or "send/2" */
void log_limit(enum log_level most); /* another level, once the configuration is known */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A condition that only our own mistake can bring about. */
#define BUG_ON(cond) ((cond) ? log_bug(__FILE__, __LINE__, #cond) : (void)0)
_Noreturn void log_bug(const char *file, int line, const char *what);

#endif

/* log.c - see log.h. */
#include "ground/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static const char *stage_name = "escrelay";
static enum log_level most_level = LOG_LEVEL_INFO;
static bool to_journal;

/* True where stderr is the very stream that the journal handed us (sd-daemon's
 * rule: JOURNAL_STREAM is "device:inode" of it). */
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char *colon = NULL, *end = NULL;
	unsigned long long dev, ino;
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	dev = strtoull(stream, &colon, 10);
	if (colon == stream || *colon != ':')
		return false;
	ino = strtoull(colon + 1, &end, 10);
	return end != colon + 1 && *end == '\0' && st.st_dev == dev && st.st_ino == ino;
}

void
log_open(const char *stage, enum log_level most)
{
	stage_name = stage;
	most_level = most;
	to_journal = stderr_is_journal();
}

void
log_limit(enum log_level most)
{
	most_level = most;
}

static void put(enum log_level level, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void
put(enum log_level level, const char *fmt, va_list ap)
{
	static const char *const words[] = { [LOG_LEVEL_ERROR] = "error: ", [LOG_LEVEL_WARNING] = "warning: ",
		[LOG_LEVEL_INFO] = "", [LOG_LEVEL_DEBUG] = "debug: " };
	char line[LINE_MAX_BYTES];
	int at, more, saved = errno;

	if (level > most_level)
		return;
	if (to_journal)
		at = snprintf(line, sizeof(line), "<%d>%s: %s", (int)level, stage_name, words[level]);
	else {
		struct timespec now;
		struct tm tm;

		clock_gettime(CLOCK_REALTIME, &now);
		gmtime_r(&now.tv_sec, &tm);
		at = snprintf(line, sizeof(line), "%02d:%02d:%02d.%03ld %s: %s", tm.tm_hour, tm.tm_min, tm.tm_sec,
		    now.tv_nsec / 1000000, stage_name, words[level]);
	}
	more = vsnprintf(line + at, sizeof(line) - (size_t)at - 1, fmt, ap);
	if (more < 0)
		more = 0;
	at += more;
	if ((size_t)at > sizeof(line) - 2) {
		at = (int)sizeof(line) - 2;
		memcpy(line + at - 3, "...", 3);
	}
	line[at] = '\n';
	if (write(STDERR_FILENO, line, (size_t)at + 1) < 0)
		errno = saved; /* nobody left to tell */
	errno = saved;
}

#define DEFINE_LOG(name, level)                 \
	void name(const char *fmt, ...)         \
	{                                       \
		va_list ap;                     \
                                                \
		va_start(ap, fmt);              \
		put(level, fmt, ap);            \
		va_end(ap);                     \
	}

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warning, LOG_LEVEL_WARNING)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)

void
log_bug(const char *file, int line, const char *what)
{
	log_error("bug at %s:%d: %s", file, line, what);
	abort();
}

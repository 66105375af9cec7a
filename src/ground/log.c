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

#include "ground/clock.h"
#include "ground/text.h"

#define LINE_MAX_BYTES 2048
#define REPEATS_MAX    5     /* the same line so often in a row, then it is counted only */
#define REPEATS_MS     60000 /* and said again after so long */

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

/* One line, whatever it is: its head, then the text cut to what fits, between characters. */
static void
write_line(enum log_level level, const char *text)
{
	static const char *const words[] = { [LOG_LEVEL_ERROR] = "error: ", [LOG_LEVEL_WARNING] = "warning: ",
		[LOG_LEVEL_INFO] = "", [LOG_LEVEL_DEBUG] = "debug: " };
	char line[LINE_MAX_BYTES];
	size_t at, len = strlen(text), room;

	if (to_journal)
		at = (size_t)snprintf(line, sizeof(line), "<%d>%s: %s", (int)level, stage_name, words[level]);
	else {
		struct timespec now;
		struct tm tm;

		clock_gettime(CLOCK_REALTIME, &now);
		gmtime_r(&now.tv_sec, &tm);
		at = (size_t)snprintf(line, sizeof(line), "%02d:%02d:%02d.%03ld %s: %s", tm.tm_hour, tm.tm_min, tm.tm_sec,
		    now.tv_nsec / 1000000, stage_name, words[level]);
	}
	room = sizeof(line) - 1 - at;
	if (len > room) {
		len = utf8_cut(text, len, room - 3);
		memcpy(line + at, text, len);
		memcpy(line + at + len, "...", 3);
		len += 3;
	} else
		memcpy(line + at, text, len);
	line[at + len] = '\n';
	if (write(STDERR_FILENO, line, at + len + 1) < 0)
		errno = 0; /* nobody left to tell */
}

/* Whatever spins says the same thing ten thousand times a second: a few are said, the others counted. True: say it. */
static bool
is_news(enum log_level level, const char *text)
{
	static char last[LINE_MAX_BYTES];
	static unsigned times;
	static int64_t since;
	char more[64];
	int64_t now = clock_monotonic_ms();

	if (strcmp(last, text) == 0 && now - since < REPEATS_MS)
		return ++times <= REPEATS_MAX;
	if (times > REPEATS_MAX) {
		snprintf(more, sizeof(more), "the line before came %u more time%s", times - REPEATS_MAX, times - REPEATS_MAX == 1 ? "" : "s");
		write_line(level, more);
	}
	snprintf(last, sizeof(last), "%s", text);
	times = 1;
	since = now;
	return true;
}

static void put(enum log_level level, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void
put(enum log_level level, const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES];
	int saved = errno;

	if (level > most_level)
		return;
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		*text = '\0';
	if (is_news(level, text))
		write_line(level, text);
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

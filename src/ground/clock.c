/* clock.c - see clock.h. */
#include "ground/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ground/text.h"
#include "ground/zone.h"

#define DAY       86400
#define SHIFT_MAX (200ull * 365 * DAY) /* two hundred years of rehearsal are enough */

int64_t
clock_shift(void)
{
	static int64_t shift;
	static bool known;
	const char *text;
	uint64_t n;

	if (known)
		return shift;
	text = getenv("ESCRELAY_CLOCK");
	if (text != NULL && *text != '\0') {
		bool sign = *text == '-' || *text == '+';

		if (!text_u64(text + sign, 0, SHIFT_MAX, &n)) {
			fputs("escrelay: ESCRELAY_CLOCK is no number of seconds such as +86400\n", stderr);
			exit(3);
		}
		shift = *text == '-' ? -(int64_t)n : (int64_t)n;
	}
	known = true;
	return shift;
}

static int64_t
milliseconds(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts); /* cannot fail for the two clocks that we ask */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_now_ms(void)
{
	return milliseconds(CLOCK_REALTIME) + clock_shift() * 1000;
}

int64_t
clock_now(void)
{
	return clock_now_ms() / 1000;
}

int64_t
clock_monotonic_ms(void)
{
	return milliseconds(CLOCK_MONOTONIC);
}

struct parts { int year, month, day, hour, minute, second, weekday; };

static struct parts
split(int64_t instant)
{
	static const int64_t least = -62135596800, most = 253402300799; /* the years 1 to 9999 */
	int64_t t = instant < least ? least : instant > most ? most : instant;
	int64_t days = t >= 0 ? t / DAY : -((-t + DAY - 1) / DAY);
	int rest = (int)(t - days * DAY);
	struct parts p = { .hour = rest / 3600, .minute = rest / 60 % 60, .second = rest % 60,
		.weekday = weekday_of_days(days) };

	civil_from_days(days, &p.year, &p.month, &p.day);
	return p;
}

char *
clock_rfc3339(int64_t instant, char out[CLOCK_TEXT])
{
	struct parts p = split(instant);

	snprintf(out, CLOCK_TEXT, "%04d-%02d-%02dT%02d:%02d:%02dZ", p.year, p.month, p.day, p.hour, p.minute, p.second);
	return out;
}

char *
clock_rfc3339_offset(int64_t instant, int offset, char out[CLOCK_TEXT])
{
	/* The form has no seconds of an offset (some zones had them before 1972): the wall clock follows what is written. */
	int minutes = offset / 60, apart = abs(minutes);
	struct parts p = split(instant + (int64_t)minutes * 60);

	snprintf(out, CLOCK_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", p.year, p.month, p.day, p.hour, p.minute,
	    p.second, minutes < 0 ? '-' : '+', apart / 60 % 100, apart % 60);
	return out;
}

char *
clock_rfc5322(int64_t instant, char out[CLOCK_TEXT])
{
	static const char days[][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct parts p = split(instant);

	snprintf(out, CLOCK_TEXT, "%s, %d %s %04d %02d:%02d:%02d +0000", days[p.weekday], p.day, months[p.month - 1], p.year,
	    p.hour, p.minute, p.second);
	return out;
}

/* n digits at *s, which moves past them. */
static bool
digits(const char **s, int n, int *out)
{
	*out = 0;
	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		*out = *out * 10 + (**s - '0');
	}
	return true;
}

static bool
take(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* Z, +hh:mm or -hh:mm. */
static bool
offset_parse(const char **s, int *seconds)
{
	bool west = **s == '-';
	int h, m;

	*seconds = 0;
	if (take(s, 'Z') || take(s, 'z'))
		return true;
	if (!take(s, '-') && !take(s, '+'))
		return false;
	if (!digits(s, 2, &h) || !take(s, ':') || !digits(s, 2, &m) || h > 23 || m > 59)
		return false;
	*seconds = (west ? -1 : 1) * (h * 3600 + m * 60);
	return true;
}

bool
clock_parse(const char *text, int64_t *instant)
{
	const char *s = text;
	int year, month, day, hour, minute, second = 0, offset = 0;
	bool with_t;

	if (!digits(&s, 4, &year) || !take(&s, '-') || !digits(&s, 2, &month) || !take(&s, '-') || !digits(&s, 2, &day) ||
	    !civil_valid(year, month, day))
		return false;
	*instant = days_from_civil(year, month, day) * DAY;
	if (*s == '\0')
		return true;

	with_t = take(&s, 'T') || take(&s, 't');
	if (!with_t && !take(&s, ' '))
		return false;
	if (!digits(&s, 2, &hour) || !take(&s, ':') || !digits(&s, 2, &minute) || hour > 23 || minute > 59)
		return false;
	if (take(&s, ':')) {
		if (!digits(&s, 2, &second) || second > 60) /* 60: a leap second is the next one's name */
			return false;
		if (take(&s, '.'))
			while (*s >= '0' && *s <= '9')
				s++;
	}
	if ((*s != '\0' || with_t) && !offset_parse(&s, &offset))
		return false;
	*instant += hour * 3600 + minute * 60 + second - offset;
	return *s == '\0';
}

char *
clock_span(int64_t seconds, char out[CLOCK_TEXT])
{
	static const struct { int64_t size; const char *word; } units[] = {
		{ DAY, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" },
	};
	uint64_t left = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;
	const char *sign = seconds < 0 ? "-" : "";
	size_t u = 0;
	uint64_t big;
	unsigned small;

	while (u < 3 && left < (uint64_t)units[u].size)
		u++;
	if (u == 2 && left < 120 && left != 60)
		u = 3; /* "90 s" reads better than "1 min 30 s" */
	big = left / (uint64_t)units[u].size;
	small = u < 3 ? (unsigned)(left % (uint64_t)units[u].size / (uint64_t)units[u + 1].size) % 60 : 0;
	if (small > 0)
		snprintf(out, CLOCK_TEXT, "%s%llu %s %u %s", sign, (unsigned long long)big, units[u].word, small, units[u + 1].word);
	else
		snprintf(out, CLOCK_TEXT, "%s%llu %s", sign, (unsigned long long)big, units[u].word);
	return out;
}

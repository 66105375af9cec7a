/* away.c - see away.h. */
#include "judge/away.h"

#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"

#define DATE_LETTERS 10       /* "2026-12-20" */
#define DAYS_AHEAD   800      /* a day further off is a slip of the pen */

struct moment { int64_t day; int minute; bool clock /* the minute was given */, now; };

struct reading { const char *s; int64_t today; };

static void
skip_blanks(struct reading *r)
{
	r->s += strspn(r->s, " \t");
}

/* A word of letters alone, in any case. */
static bool
take_word(struct reading *r, const char *word)
{
	size_t len = strlen(word);
	char next;

	skip_blanks(r);
	if (!text_starts_nocase(r->s, word))
		return false;
	next = r->s[len];
	if ((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z'))
		return false;
	r->s += len;
	return true;
}

/* The number that n digits make; false: not so many stand there. */
static bool
digits(const char *s, size_t n, int *number)
{
	*number = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*number = *number * 10 + (s[i] - '0');
	}
	return true;
}

/* "mon", "Monday": the next one after a day. */
static bool
take_weekday(struct reading *r, int64_t after, int64_t *day)
{
	static const char *const names[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" };

	for (int i = 0; i < (int)COUNT(names); i++) {
		char brief[4] = { names[i][0], names[i][1], names[i][2], '\0' };

		if (!take_word(r, names[i]) && !take_word(r, brief))
			continue;
		*day = after + 1 + (i - weekday_of_days(after + 1) + 7) % 7;
		return true;
	}
	return false;
}

static bool
take_day(struct reading *r, int64_t after, int64_t *day)
{
	int y, m, d;

	if (take_word(r, "today")) {
		*day = r->today;
		return true;
	}
	if (take_word(r, "tomorrow")) {
		*day = r->today + 1;
		return true;
	}
	if (take_weekday(r, after, day))
		return true;
	if (!digits(r->s, 4, &y) || r->s[4] != '-' || !digits(r->s + 5, 2, &m) || r->s[7] != '-' ||
	    !digits(r->s + 8, 2, &d) || !civil_valid(y, m, d))
		return false;
	r->s += DATE_LETTERS;
	*day = days_from_civil(y, m, d);
	return true;
}

static bool
take_clock(struct reading *r, int *minute)
{
	int h, m, more;

	skip_blanks(r);
	if (!digits(r->s, 2, &h) || r->s[2] != ':' || !digits(r->s + 3, 2, &m) || digits(r->s + 5, 1, &more) || m > 59 ||
	    h * 60 + m > 1440)
		return false;
	r->s += strlen("13:00");
	*minute = h * 60 + m;
	return true;
}

static bool
take_dash(struct reading *r)
{
	static const char *const dashes[] = { "-", "\xe2\x80\x93", "\xe2\x80\x94" }; /* programs make long ones of it */

	skip_blanks(r);
	for (size_t i = 0; i < COUNT(dashes); i++)
		if (strncmp(r->s, dashes[i], strlen(dashes[i])) == 0) {
			r->s += strlen(dashes[i]);
			return true;
		}
	return false;
}

static bool
take_moment(struct reading *r, int64_t after, struct moment *m)
{
	*m = (struct moment){ 0 };
	skip_blanks(r);
	if (!take_day(r, after, &m->day))
		return false;
	m->clock = take_clock(r, &m->minute);
	return true;
}

/* Both ends, as days and minutes. False: it does not read so. */
static bool
take_range(struct reading *r, struct moment *from, struct moment *to)
{
	if (take_word(r, "until") || take_word(r, "till")) {
		*from = (struct moment){ .day = r->today, .now = true };
		*to = (struct moment){ .day = r->today, .clock = true };
		if (!take_clock(r, &to->minute) && !take_moment(r, r->today, to))
			return false;
	} else if (!take_moment(r, r->today, from)) {
		return false;
	} else if (from->clock && take_dash(r)) {
		*to = *from;
		if (!take_clock(r, &to->minute))
			return false;
		to->day += to->minute <= from->minute;
	} else if (take_word(r, "to") || take_word(r, "until") || take_word(r, "till") || take_dash(r)) {
		*to = *from;
		if (!(from->clock && take_clock(r, &to->minute)) && !take_moment(r, from->day, to))
			return false;
	} else {
		*to = (struct moment){ .day = from->day + 1 };
	}
	skip_blanks(r);
	r->s += strspn(r->s, ".,;!");
	skip_blanks(r);
	return *r->s == '\0';
}

static int64_t
instant(const struct zone *z, const struct moment *m, bool last)
{
	int y, month, d;

	civil_from_days(m->day, &y, &month, &d);
	return (last ? zone_last_instant : zone_first_instant)(z, y, month, d, m->minute);
}

/* That, and nothing behind it. */
static bool
is_all(struct reading r, const char *word)
{
	return take_word(&r, word) && r.s[strspn(r.s, " \t.,;!")] == '\0';
}

const char *
away_read(struct arena *a, const char *text, const struct zone *z, int64_t now, struct away_range *out)
{
	struct local_time l = zone_local(z, now);
	struct reading r = { .s = text, .today = days_from_civil(l.year, l.month, l.day) };
	static const char *const ends[] = { "none", "over", "off", "back", "no" };
	struct moment from, to;

	*out = (struct away_range){ 0 };
	out->asks = text[strspn(text, " \t.?")] == '\0';
	for (size_t i = 0; i < COUNT(ends); i++)
		out->none = out->none || is_all(r, ends[i]);
	if (out->asks || out->none)
		return NULL;
	if (!take_range(&r, &from, &to))
		return arena_printf(a,
		    "'%s' is no time to be away; write 2026-12-20 to 2026-12-28, until Monday, today, tomorrow 13:00-17:00, or none",
		    text_printable(a, text, 60));
	if (from.day > r.today + DAYS_AHEAD || to.day > r.today + DAYS_AHEAD)
		return "that is more than two years ahead";
	out->from = from.now ? now : instant(z, &from, false);
	out->to = instant(z, &to, true);
	if (out->to <= out->from)
		return from.day != to.day || to.clock ? "it ends before it begins" :
		    "the last day named is not part of it: name the day after";
	if (out->to <= now)
		return "that is over already";
	return out->to - out->from > AWAY_SPAN_MAX ? "that is longer than 400 days; ask the operator" : NULL;
}

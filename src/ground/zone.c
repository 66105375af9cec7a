/* zone.c - see zone.h.
 *
 * Everything is answered from periods: spans of instants with one offset. Before and between the
 * transitions of the file they are read out of its table, afterwards computed from its footer.
 */
#include "ground/zone.h"

#include <string.h>

#include "ground/zone_parts.h"

#define DAY 86400
/* Instants outside of these are answered as if they were these: years 1 to 9999, an offset's width inside. */
#define INSTANT_MIN (-62135596800 + ZONE_OFFSET_MAX)
#define INSTANT_MAX (253402300799 - ZONE_OFFSET_MAX)

struct period {
	int64_t from, until; /* half-open */
	const struct zone_type *type;
};

int64_t
days_from_civil(int year, int month, int day)
{
	/* Years that begin in March have the leap day as their last, so that month lengths repeat by 153 days in five. */
	int64_t y = month <= 2 ? (int64_t)year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t in_era = y - era * 400;
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

void
civil_from_days(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t in_era = z - era * 146097;
	int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * in_year + 2) / 153;

	*day = (int)(in_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

int
weekday_of_days(int64_t days)
{
	return (int)(((days + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool
civil_valid(int year, int month, int day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
	    day <= lengths[month - 1] + (month == 2 && is_leap(year));
}

static int64_t
clamp(int64_t t)
{
	return t < INSTANT_MIN ? INSTANT_MIN : t > INSTANT_MAX ? INSTANT_MAX : t;
}

static int64_t
floor_days(int64_t seconds)
{
	return seconds >= 0 ? seconds / DAY : -((-seconds + DAY - 1) / DAY);
}

/* Local second at which the footer's day comes in that year, counted like an instant. */
static int64_t
day_in_year(const struct zone_day *d, int year)
{
	int64_t first = days_from_civil(year, 1, 1), day;

	if (d->kind == DAY_WEEK) {
		int64_t month = days_from_civil(year, d->month, 1);
		int64_t next = d->month == 12 ? days_from_civil(year + 1, 1, 1) : days_from_civil(year, d->month + 1, 1);
		int wanted = (d->weekday + 6) % 7;

		day = month + (wanted - weekday_of_days(month) + 7) % 7 + 7 * (d->week - 1);
		if (day >= next) /* the fifth of a month that has four is its last */
			day -= 7;
	} else if (d->kind == DAY_JULIAN) {
		day = first + d->day - 1 + (is_leap(year) && d->day >= 60);
	} else {
		day = first + d->day;
	}
	return day * DAY + d->second;
}

static struct period
footer_period(const struct zone *z, int64_t t)
{
	const struct zone_footer *f = &z->footer;
	struct period p = { z->ntimes > 0 ? z->times[z->ntimes - 1] : INT64_MIN, INT64_MAX, &f->standard };
	int64_t latest = INT64_MIN;
	int year, month, day;

	if (!f->changes)
		return p;
	/* A rule of December with many hours may come in the next January: two years to each side are enough for any. */
	civil_from_days(floor_days(t), &year, &month, &day);
	for (int y = year - 2; y <= year + 2; y++) {
		int64_t start = day_in_year(&f->start, y) - f->standard.offset;
		int64_t end = day_in_year(&f->end, y) - f->summer.offset;

		if (end <= t && end > latest) {
			latest = end;
			p.type = &f->standard;
		}
		if (start <= t && start >= latest) { /* a summer that ends as the next one starts goes on */
			latest = start;
			p.type = &f->summer;
		}
		if (start > t && start < p.until)
			p.until = start;
		if (end > t && end < p.until)
			p.until = end;
	}
	if (latest > p.from)
		p.from = latest;
	return p;
}

static struct period
period_at(const struct zone *z, int64_t t)
{
	size_t lo = 0, hi = z->ntimes;

	while (lo < hi) { /* lo becomes the number of transitions <= t */
		size_t mid = lo + (hi - lo) / 2;

		if (z->times[mid] <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == z->ntimes && z->footer.present)
		return footer_period(z, t);
	return (struct period){ lo > 0 ? z->times[lo - 1] : INT64_MIN, lo < z->ntimes ? z->times[lo] : INT64_MAX,
		&z->types[lo > 0 ? z->which[lo - 1] : 0] };
}

struct local_time
zone_local(const struct zone *z, int64_t instant)
{
	struct period p = period_at(z, instant = clamp(instant));
	int64_t local = instant + p.type->offset;
	int64_t days = floor_days(local);
	int second = (int)(local - days * DAY);
	struct local_time l = { .hour = second / 3600, .minute = second / 60 % 60, .second = second % 60,
		.weekday = weekday_of_days(days), .offset = p.type->offset };

	civil_from_days(days, &l.year, &l.month, &l.day);
	memcpy(l.abbreviation, p.type->abbreviation, sizeof(l.abbreviation));
	return l;
}

/* The instants at which the wall clock counts `local` seconds, and the end of the gap that skips it
 * where there are none. Within a period the wall clock runs evenly, so each period is asked once. */
static int
instants(const struct zone *z, int64_t local, int64_t out[2], int64_t *gap_end)
{
	int64_t last = local + ZONE_OFFSET_MAX;
	struct period p = period_at(z, local - ZONE_OFFSET_MAX);
	int n = 0;

	*gap_end = last;
	for (;;) {
		int64_t t = local - p.type->offset;
		struct period next;

		if (t >= p.from && t < p.until) {
			out[n > 0] = t;
			n = n > 0 ? 2 : 1;
		}
		if (p.until > last)
			break;
		next = period_at(z, p.until);
		if (p.until + p.type->offset <= local && local < p.until + next.type->offset)
			*gap_end = p.until;
		p = next;
	}
	return n;
}

int
zone_instants(const struct zone *z, int year, int month, int day, int hour, int minute, int second, int64_t out[2])
{
	int64_t gap, local = days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second;

	return local == clamp(local) ? instants(z, local, out, &gap) : 0;
}

static int64_t
one_instant(const struct zone *z, int year, int month, int day, int minute, bool want_last)
{
	int64_t out[2], gap;
	int n = instants(z, clamp((days_from_civil(year, month, 1) + day - 1) * DAY + (int64_t)minute * 60), out, &gap);

	return n == 0 ? gap : out[want_last && n == 2];
}

int64_t
zone_first_instant(const struct zone *z, int year, int month, int day, int minute)
{
	return one_instant(z, year, month, day, minute, false);
}

int64_t
zone_last_instant(const struct zone *z, int year, int month, int day, int minute)
{
	return one_instant(z, year, month, day, minute, true);
}

int64_t
zone_next_change(const struct zone *z, int64_t t)
{
	struct period p = period_at(z, clamp(t));
	int64_t table_end = z->ntimes > 0 ? z->times[z->ntimes - 1] : INT64_MIN;
	int offset = p.type->offset, beyond = 0;

	/* Some transitions change the name alone. The footer repeats itself: what it has not done in four years it
	 * never does. */
	while (p.type->offset == offset) {
		if (p.until > INSTANT_MAX || beyond > 8)
			return INT64_MAX;
		beyond += p.until > table_end;
		p = period_at(z, p.until);
	}
	return p.from;
}

/* zone_footer.c - the POSIX TZ string that ends a TZif file. See zone_parts.h.
 *
 *     std offset [dst [offset] , start [/time] , end [/time]]
 *
 * with offsets counted west of Greenwich, names in <> if they are not letters alone, and
 * times of -167 to 167 hours (RFC 8536 3.3.1). A dst without dates is refused: TZif files have none.
 */
#include <string.h>

#include "ground/zone_parts.h"

struct reader {
	const char *p, *end;
};

static bool
take(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
number(struct reader *r, int min, int max, int *out)
{
	int n = 0, digits = 0;

	for (; r->p < r->end && is_digit(*r->p) && digits < 3; r->p++, digits++)
		n = n * 10 + (*r->p - '0');
	*out = n;
	return digits > 0 && n >= min && n <= max;
}

static bool
name(struct reader *r, char out[8])
{
	bool quoted = take(r, '<');
	const char *start = r->p;
	size_t len;

	while (r->p < r->end && (is_letter(*r->p) || (quoted && (is_digit(*r->p) || *r->p == '+' || *r->p == '-'))))
		r->p++;
	len = (size_t)(r->p - start);
	if (len < 3 || (quoted && !take(r, '>')))
		return false;
	memset(out, 0, 8);
	memcpy(out, start, len < 8 ? len : 7);
	return true;
}

/* [+|-]hh[:mm[:ss]] */
static bool
clock_time(struct reader *r, int most_hours, int *seconds)
{
	bool negative = take(r, '-');
	int h, m = 0, s = 0;

	if (!negative)
		take(r, '+');
	if (!number(r, 0, most_hours, &h))
		return false;
	if (take(r, ':') && !number(r, 0, 59, &m))
		return false;
	if (take(r, ':') && !number(r, 0, 59, &s))
		return false;
	*seconds = (negative ? -1 : 1) * (h * 3600 + m * 60 + s);
	return true;
}

static bool
day_of_year(struct reader *r, struct zone_day *d)
{
	bool good;

	if (take(r, 'M')) {
		d->kind = DAY_WEEK;
		good = number(r, 1, 12, &d->month) && take(r, '.') && number(r, 1, 5, &d->week) && take(r, '.') &&
		    number(r, 0, 6, &d->weekday);
	} else if (take(r, 'J')) {
		d->kind = DAY_JULIAN;
		good = number(r, 1, 365, &d->day);
	} else {
		d->kind = DAY_ZERO;
		good = number(r, 0, 365, &d->day);
	}
	d->second = 2 * 3600;
	return good && (!take(r, '/') || clock_time(r, 167, &d->second));
}

bool
zone_parse_footer(const char *s, size_t len, struct zone_footer *f)
{
	struct reader r = { s, s + len };
	int west;

	memset(f, 0, sizeof(*f));
	if (!name(&r, f->standard.abbreviation) || !clock_time(&r, 24, &west))
		return false;
	f->present = true;
	f->standard.offset = -west;
	if (r.p == r.end)
		return true;

	if (!name(&r, f->summer.abbreviation))
		return false;
	f->changes = true;
	f->summer.offset = f->standard.offset + 3600;
	if (r.p < r.end && *r.p != ',') {
		if (!clock_time(&r, 24, &west))
			return false;
		f->summer.offset = -west;
	}
	return take(&r, ',') && day_of_year(&r, &f->start) && take(&r, ',') && day_of_year(&r, &f->end) && r.p == r.end;
}

/* roster_days.c - spans of days as people write them. See roster.h. */
#include <string.h>
#include <strings.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/roster_parts.h"

static const char *const month_names[] = { "january", "february", "march", "april", "may", "june", "july", "august",
	"september", "october", "november", "december" };
static const char *const german_months[] = { "januar", "februar", "m\xc3\xa4rz", "april", "mai", "juni", "juli", "august",
	"september", "oktober", "november", "dezember" };
static const char *const weekday_names[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
	"sunday" };

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

static size_t
letters(const char *s)
{
	size_t n = 0;

	/* With those of Latin-1, for März. */
	while (is_letter(s[n]) || ((unsigned char)s[n] == 0xc3 && s[n + 1] != '\0'))
		n += (unsigned char)s[n] == 0xc3 ? 2 : 1;
	return n;
}

/* A number of at most four digits; the count of its digits, 0: none there. */
static size_t
number(const char *s, int *out)
{
	size_t n = 0;

	for (*out = 0; n < 5 && is_digit(s[n]); n++)
		*out = *out * 10 + (s[n] - '0');
	return n <= 4 ? n : 0;
}

/* Which of the names a word of three letters or more begins; "Sept." too. */
static int
named(const char *const *names, size_t n, const char *s, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (len >= 3 && len <= strlen(names[i]) && strncasecmp(names[i], s, len) == 0)
			return (int)i + 1;
	return 0;
}

static int
month_named(const char *s, size_t len)
{
	int month = named(month_names, COUNT(month_names), s, len);

	return month != 0 ? month : named(german_months, COUNT(german_months), s, len);
}

static const char *
skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

/* Behind a number of a day: "th", "." */
static const char *
skip_ordinal(const char *s)
{
	static const char *const ends[] = { "st", "nd", "rd", "th" };

	for (size_t i = 0; i < COUNT(ends); i++)
		if (strncasecmp(s, ends[i], 2) == 0 && !is_letter(s[2]))
			return s + 2;
	return *s == '.' ? s + 1 : s;
}

/* ", 2022" behind a day and a month, if it is there. */
static const char *
year_behind(const char *s, int *year)
{
	const char *p = skip_blanks(s);
	int n;

	p = skip_blanks(p + (*p == ',' || *p == '.' || *p == '-'));
	if (number(p, &n) != 4 || n < 1970)
		return s;
	*year = n;
	return p + 4;
}

/* "August 10th, 2022" */
static const char *
month_first(const char *s, struct written_date *d)
{
	size_t len = letters(s);
	int month = month_named(s, len), day;
	const char *p;
	size_t n;

	if (month == 0)
		return NULL;
	p = s + len;
	p = skip_blanks(p + (*p == '.'));
	n = number(p, &day);
	if (n == 0 || n > 2)
		return NULL;
	d->month = month;
	d->day = day;
	return year_behind(skip_ordinal(p + n), &d->year);
}

/* "10th of August 2022", "10-Aug-2022" */
static const char *
day_then_name(const char *s, struct written_date *d)
{
	int day, month;
	size_t n = number(s, &day), len;
	const char *p;

	if (n == 0 || n > 2)
		return NULL;
	p = skip_blanks(skip_ordinal(s + n));
	p = skip_blanks(p + (*p == '-'));
	if (strncasecmp(p, "of ", 3) == 0)
		p = skip_blanks(p + 3);
	len = letters(p);
	if ((month = month_named(p, len)) == 0)
		return NULL;
	d->day = day;
	d->month = month;
	p += len;
	return year_behind(p + (*p == '.'), &d->year);
}

/* "2022-08-10", "10.8.2022", "08/10/22", "08/10" */
static const char *
numbers_only(const char *s, struct written_date *d)
{
	int v[3] = { 0 };
	size_t len[3] = { 0 }, n = 0;
	const char *p = s;
	char mark = '\0';

	while (n < 3 && (len[n] = number(p, &v[n])) > 0) {
		p += len[n++];
		if (n == 3 || strchr("-/.", *p) == NULL || *p == '\0' || (mark != '\0' && *p != mark) ||
		    !is_digit(p[1]))
			break;
		mark = *p++;
	}
	if (is_digit(*p))
		return NULL;
	if (n == 3 && len[0] == 4 && len[1] <= 2 && len[2] <= 2) {
		*d = (struct written_date){ .year = v[0], .month = v[1], .day = v[2] };
		return p;
	}
	if (n < 2 || len[0] > 2 || len[1] > 2 || (n == 3 && len[2] != 4 && len[2] != 2))
		return NULL;
	d->year = n == 3 ? v[2] + (len[2] == 2 ? 2000 : 0) : 0;
	if (mark == '.') {
		d->day = v[0];
		d->month = v[1];
		return p + (n == 2 && *p == '.');
	}
	if (n == 2 && mark == '-') { /* "2022-08-10 to 09-06" */
		d->month = v[0];
		d->day = v[1];
		return p;
	}
	d->first = v[0];
	d->second = v[1];
	return p;
}

static const char *
date_at(const char *s, struct written_date *d)
{
	const char *p;

	*d = (struct written_date){ 0 };
	if ((p = month_first(s, d)) != NULL || (p = day_then_name(s, d)) != NULL)
		return p;
	return numbers_only(s, d);
}

/* The first date from s on; *end gets what is behind it. */
static const char *
date_find(const char *s, struct written_date *d, const char **end)
{
	for (; *s != '\0'; s++) {
		if ((*end = date_at(s, d)) != NULL)
			return s;
		/* Not from within a word or a number. */
		while (is_letter(s[0]) && is_letter(s[1]))
			s++;
		while (is_digit(s[0]) && is_digit(s[1]))
			s++;
	}
	return NULL;
}

/* A word, or a mark, that says no more than "until" does. */
static size_t
joint_word(const char *s, bool *inclusive)
{
	static const char *const words[] = { "to", "till", "until", "til", "bis", "and", "from", "the" };
	static const char *const marks[] = { "-", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x86\x92", ">", "/", "..",
		"\xe2\x80\xa6", ",", ".", ":", "*", "_", "`", "(", ")" };
	size_t len = letters(s);

	if (len > 0) {
		bool through = (len == 7 && strncasecmp(s, "through", 7) == 0) ||
		    (len == 4 && strncasecmp(s, "thru", 4) == 0) ||
		    (len >= 4 && len <= 9 && strncasecmp(s, "inclusive", len) == 0);

		*inclusive = *inclusive || through;
		if (through || named(weekday_names, COUNT(weekday_names), s, len) != 0)
			return len;
		for (size_t i = 0; i < COUNT(words); i++)
			if (strlen(words[i]) == len && strncasecmp(words[i], s, len) == 0)
				return len;
		return 0;
	}
	for (size_t i = 0; i < COUNT(marks); i++)
		if (strncmp(s, marks[i], strlen(marks[i])) == 0)
			return strlen(marks[i]);
	return 0;
}

/* What is left of [s, end) without such words. */
static const char *
rest_of(struct arena *a, const char *before, const char *s, const char *end, bool *inclusive)
{
	char *out = arena_alloc(a, strlen(before) + (size_t)(end - s) + 3);
	size_t n = 0;

	for (const char *p = before; *p != '\0'; p++)
		out[n++] = *p;
	while (s < end) {
		size_t skip = joint_word(s, inclusive), word = letters(s);

		if (skip > 0) {
			s += skip;
			out[n++] = ' ';
			continue;
		}
		word = word > 0 ? word : 1;
		for (; word > 0 && s < end; word--)
			out[n++] = *s++;
	}
	return text_squeeze(a, out);
}

/* "Aug 10 - 20, 2022": behind the joint only a day. */
static const char *
day_alone(const char *s, const struct written_date *from, struct written_date *d)
{
	bool ignored = false;
	const char *p;
	size_t n;

	for (s = skip_blanks(s); (n = joint_word(s, &ignored)) > 0; s = skip_blanks(s))
		s += n;
	n = number(s, &d->day);
	if (from->month == 0 || n == 0 || n > 2)
		return NULL;
	*d = (struct written_date){ .day = d->day, .month = from->month };
	p = year_behind(skip_ordinal(s + n), &d->year);
	/* "13. grudnia 2026": a month of a tongue that is not known here. */
	s = skip_blanks(p);
	s = skip_blanks(s + letters(s));
	return is_digit(*p) || is_letter(*p) || (p != skip_blanks(p) && is_digit(*s)) ? NULL : p;
}

bool
days_read(struct arena *a, const char *cell, struct written_span *out)
{
	const char *start, *end, *second, *rest;

	*out = (struct written_span){ .rest = "" };
	if ((start = date_find(cell, &out->from, &end)) == NULL)
		return false;
	out->has_from = true;
	rest = rest_of(a, "", cell, start, &out->inclusive);
	start = end;
	second = date_find(start, &out->to, &end);
	if (second != NULL) {
		rest = rest_of(a, rest, start, second, &out->inclusive);
		out->has_to = true;
	} else if ((second = day_alone(start, &out->from, &out->to)) != NULL) {
		end = second;
		out->has_to = true;
	} else {
		end = start;
	}
	out->rest = rest_of(a, rest, end, end + strlen(end), &out->inclusive);
	return true;
}

bool
date_order(struct written_date *d, enum roster_order order)
{
	if (d->first != 0) {
		d->month = order == ROSTER_MONTH_FIRST ? d->first : d->second;
		d->day = order == ROSTER_MONTH_FIRST ? d->second : d->first;
	}
	return d->month >= 1 && d->month <= 12 && d->day >= 1 && d->day <= 31;
}

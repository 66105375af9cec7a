/* numbers.c - numbers, percentages, spans and sizes, each with its range from the table of keys (see read.h). */
#include <string.h>

#include "config/read.h"
#include "ground/mem.h"
#include "ground/text.h"

/* "5s..1h": whether v lies in it, each side read in the way of the value itself. */
static bool
in_range(struct reading *r, const char *range, bool (*read)(const char *, uint64_t *), uint64_t v)
{
	const char *dots = range == NULL ? NULL : strstr(range, "..");
	uint64_t min, max;

	return dots == NULL || (read(arena_strndup(r->arena, range, (size_t)(dots - range)), &min) && read(dots + 2,
	    &max) &&
				   v >= min && v <= max);
}

static bool
word_number(const char *s, uint64_t *out)
{
	return text_u64(s, 0, UINT32_MAX, out);
}

static bool
word_percent(const char *s, uint64_t *out)
{
	size_t len = strlen(s);
	char digits[8];

	if (len < 2 || len >= sizeof(digits) || s[len - 1] != '%')
		return false;
	memcpy(digits, s, len - 1);
	digits[len - 1] = '\0';
	return text_u64(digits, 0, 100000, out);
}

/* Sums of numbers with a unit: "90s", "1h30m". units[i] is worth[i]. */
static bool
word_units(const char *s, const char *units, const uint64_t *worth, uint64_t *out)
{
	*out = 0;
	do {
		uint64_t v = 0;
		const char *unit;

		if (*s < '0' || *s > '9')
			return false;
		for (; *s >= '0' && *s <= '9'; s++)
			if (v > UINT32_MAX || __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v,
			    (uint64_t)(*s - '0'), &v))
				return false;
		if (*s == '\0' || (unit = strchr(units, *s++)) == NULL)
			return false;
		if (__builtin_mul_overflow(v, worth[unit - units], &v) || __builtin_add_overflow(*out, v, out) ||
		    *out > INT64_MAX)
			return false;
	} while (*s != '\0');
	return true;
}

static bool
word_span_u64(const char *s, uint64_t *out)
{
	static const uint64_t worth[] = { 1, 60, 3600, 86400, 604800 };

	return word_units(s, "smhdw", worth, out);
}

bool
word_span(const char *s, int64_t *out)
{
	uint64_t v;

	if (!word_span_u64(s, &v))
		return false;
	*out = (int64_t)v;
	return true;
}

static bool
word_size(const char *s, uint64_t *out)
{
	static const uint64_t worth[] = { 1024, 1024, 1u << 20, 1u << 20, 1u << 30, 1u << 30 };

	return word_units(s, "kKmMgG", worth, out);
}

/* "found 'x', expected WHAT in 1..32". */
static void
out_of_range(struct reading *r, const struct given *g, const struct conf_word *w, const char *what)
{
	const char *range = g->key->range;

	diag_error(r->diag, w, NULL, "found '%s', expected %s%s%s", w->text, what, range == NULL ? "" : " in ",
	    range == NULL ? "" : range);
}

void
read_number(struct reading *r, const struct given *g, void *field)
{
	const struct conf_word *w = read_one(r, g);
	uint64_t v;

	if (w == NULL)
		return;
	if (word_number(w->text, &v) && in_range(r, g->key->range, word_number, v))
		*(unsigned *)field = (unsigned)v;
	else
		out_of_range(r, g, w, "a number");
	read_note(r, field, w);
}

void
read_percent(struct reading *r, const struct given *g, void *field)
{
	const struct conf_word *w = read_one(r, g);
	uint64_t v;

	if (w == NULL)
		return;
	if (word_percent(w->text, &v) && in_range(r, g->key->range, word_percent, v))
		*(unsigned *)field = (unsigned)v;
	else
		out_of_range(r, g, w, "a percentage");
}

void
read_span(struct reading *r, const struct given *g, void *field)
{
	const struct conf_word *w = read_one(r, g);
	bool may_be_forever = strstr(g->key->form, "forever") != NULL;
	uint64_t v;

	if (w == NULL)
		return;
	if (may_be_forever && strcmp(w->text, "forever") == 0)
		*(int64_t *)field = 0;
	else if (word_span_u64(w->text, &v) && in_range(r, g->key->range, word_span_u64, v))
		*(int64_t *)field = (int64_t)v;
	else
		out_of_range(r, g, w, may_be_forever ? "forever or a span such as 90s, 30m, 4h, 2d or 1w"
		    : "a span such as 90s, 30m, 4h, 2d or 1w");
}

void
read_size(struct reading *r, const struct given *g, void *field)
{
	const struct conf_word *w = read_one(r, g);
	uint64_t v;

	if (w == NULL)
		return;
	if (word_size(w->text, &v) && in_range(r, g->key->range, word_size, v))
		*(uint64_t *)field = v;
	else
		out_of_range(r, g, w, "a size such as 512k, 50M or 1G");
}

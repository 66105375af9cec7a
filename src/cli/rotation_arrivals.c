/* rotation_arrivals.c - what 'rotation simulate' is to play: times from a file, from the record, or made up. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/rotation_parts.h"
#include "cli/view.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/simulate.h"

#define WEEK         ((int64_t)7 * 86400)
#define RATE_MOST    800.0        /* a day: in the busiest hour not more than one a minute */
#define ARRIVALS_MAX 10000000u    /* in one play */
#define LINE_BYTES   256

static int
by_time(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

static void
add(struct arena *a, struct arrivals *out, int64_t t)
{
	*(int64_t *)arena_push(a, &out->at, &out->n, sizeof(*out->at)) = t;
}

/* One RFC 3339 time a line; what begins with # is a comment. */
static bool
from_stream(FILE *f, struct arena *a, const struct rotation_options *o, struct arrivals *out)
{
	char line[LINE_BYTES];
	size_t number = 0, outside = 0;

	while (fgets(line, sizeof(line), f) != NULL) {
		const char *word = text_trim(a, line, strlen(line));
		int64_t t;

		number++;
		if (*word == '\0' || *word == '#')
			continue;
		if (!clock_parse(word, &t)) {
			fprintf(stderr, "escrelay: %s:%zu: '%s' is no time such as 2026-11-23T10:00:00Z\n", o->load, number,
			    text_printable(a, word, 60));
			return false;
		}
		if (t < o->from || t >= o->to)
			outside++;
		else if (out->n < ARRIVALS_MAX)
			add(a, out, t);
	}
	if (ferror(f)) {
		fprintf(stderr, "escrelay: %s: %s\n", o->load, strerror(errno));
		return false;
	}
	if (outside > 0)
		fprintf(stderr, "escrelay: %s: %zu times lie outside --from and --to and are left out\n", o->load, outside);
	if (out->at != NULL)
		qsort(out->at, out->n, sizeof(*out->at), by_time);
	return true;
}

static bool
from_file(struct arena *a, const struct rotation_options *o, struct arrivals *out)
{
	FILE *f = strcmp(o->load, "-") == 0 ? stdin : fopen(o->load, "re");
	bool good;

	if (f == NULL) {
		fprintf(stderr, "escrelay: %s: %s; --load wants a file, 'journal', or a number a day\n", o->load, strerror(errno));
		return false;
	}
	out->words = arena_printf(a, "from %s", text_printable(a, o->load, 60));
	good = from_stream(f, a, o, out);
	if (f != stdin)
		fclose(f);
	return good;
}

/* The whole weeks of the record that end now, again and again, moved by whole weeks so that a Monday stays one. A time that the
 * record covers is as it was. */
static bool
from_record(struct arena *a, const struct settings *s, const char *pool, const struct rotation_options *o, struct arrivals *out)
{
	int64_t now = clock_now(), *opened, weeks, begin;
	enum store_fault fault;
	char why[256];
	struct store *store = store_open(s->store, STORE_READ, &fault, why);
	size_t n = store != NULL ? store_opened(store, a, pool, &opened) : 0;

	if (store != NULL && store_fault(store) != STORE_OK)
		snprintf(why, sizeof(why), "%s", store_why(store));
	if (store == NULL || store_fault(store) != STORE_OK) {
		fprintf(stderr, "escrelay: %s\n", why);
		store_close(store);
		return false;
	}
	store_close(store);
	weeks = n > 0 && opened[0] < now ? (now - opened[0]) / WEEK : 0;
	out->words = arena_printf(a, "as %" PRId64 " week%s of the record had them", weeks > 0 ? weeks : 1, weeks > 1 ? "s" : "");
	weeks = weeks > 0 ? weeks : 1;
	begin = now - weeks * WEEK;
	/* The first copy that reaches into the span, which may lie before the record. */
	begin += ((o->from - begin) / (weeks * WEEK) - 2) * weeks * WEEK;
	for (; begin < o->to; begin += weeks * WEEK)
		for (size_t i = 0; i < n; i++) {
			int64_t t = begin + (opened[i] - (now - weeks * WEEK));

			if (opened[i] >= now - weeks * WEEK && opened[i] < now && t >= o->from && t < o->to && out->n < ARRIVALS_MAX)
				add(a, out, t);
		}
	return true;
}

bool
rotation_arrivals(struct cli *cli, struct arena *a, const struct settings *s, const char *pool, const struct rotation_options *o,
    struct arrivals *out, int *status)
{
	const char *load = o->load != NULL ? o->load : "3";
	uint64_t seed = o->has_seed ? o->seed : 1;
	char *end;
	double rate = strtod(load, &end);

	*out = (struct arrivals){ 0 };
	*status = EXIT_CANNOT;
	if (text_equal_nocase(load, "journal"))
		return from_record(a, s, pool, o, out);
	if (o->load != NULL && (end == load || *end != '\0'))
		return from_file(a, o, out);
	if (!(rate > 0 && rate <= RATE_MOST && rate * (double)(o->to - o->from) / 86400 <= ARRIVALS_MAX)) {
		*status = cli_usage(cli, "--load %s: so many a day cannot be played", text_printable(a, load, 40));
		return false;
	}
	out->words = arena_printf(a, "%g a day, made up with seed %" PRIu64, rate, seed);
	out->n = simulate_arrivals(a, o->from, o->to, rate, seed, &out->at);
	return true;
}

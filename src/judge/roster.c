/* roster.c - rows become rotations and engineers, and what is not written becomes questions. See roster.h. */
#include "judge/roster.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/roster_rows.h"
#include "judge/rotation.h"

/* A row whose days are known. Days are counted since 1970. */
struct dated {
	int64_t from, to;
	bool has_to, inclusive;
	const struct roster_person **seats; size_t nseats;
	const char *written;
	unsigned line;
};

struct work {
	struct arena *a;
	const struct roster_ask *ask;
	struct roster *out;
	enum roster_order order;
	struct dated *v; size_t n;
};

static unsigned __attribute__((format(printf, 2, 3)))
question(struct work *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	roster_say(w->a, &w->out->questions, &w->out->nquestions, fmt, ap);
	va_end(ap);
	return (unsigned)w->out->nquestions;
}

static void __attribute__((format(printf, 2, 3)))
note(struct work *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	roster_say(w->a, &w->out->notes, &w->out->nnotes, fmt, ap);
	va_end(ap);
}

static const char *
day_text(struct arena *a, int64_t day)
{
	int y, m, d;

	civil_from_days(day, &y, &m, &d);
	return arena_printf(a, "%04d-%02d-%02d", y, m, d);
}

/* ---- days ---- */

/* One date of the page with a number over 12 tells for all of them. */
static void
order_find(struct work *w, const struct raw_roster *raw)
{
	bool day_first = false, month_first = false, either = false;

	for (size_t i = 0; i < raw->nrows; i++) {
		const struct written_date *ends[] = { &raw->rows[i].days.from, &raw->rows[i].days.to };

		for (size_t k = 0; k < COUNT(ends); k++) {
			day_first = day_first || ends[k]->first > 12;
			month_first = month_first || ends[k]->second > 12;
			either = either || ends[k]->first > 0;
		}
	}
	w->order = w->ask->order;
	if (!either || w->order != ROSTER_ORDER_UNKNOWN)
		return;
	if (day_first != month_first)
		w->order = day_first ? ROSTER_DAY_FIRST : ROSTER_MONTH_FIRST;
	else
		question(w,
		    "which is the month in dates such as '%s'? --dates mdy or --dates dmy; such rows are left out",
		    raw->rows[0].written);
}

static bool
day_number(const struct written_date *d, int year, int64_t *day)
{
	if (year < 1970 || year > 9990 || !civil_valid(year, d->month, d->day))
		return false;
	*day = days_from_civil(year, d->month, d->day);
	return true;
}

/* Years that are not written follow from the other end, or from the row before. */
static bool
days_of(struct work *w, struct written_span *s, struct dated *out)
{
	int from_year = s->from.year, to_year = s->to.year, y = w->ask->year, m, d;
	int64_t before = w->n > 0 ? w->v[w->n - 1].from : -1;

	if (from_year == 0 && s->has_to && to_year != 0)
		from_year = s->from.month > s->to.month ? to_year - 1 : to_year;
	if (from_year == 0) {
		if (before >= 0)
			civil_from_days(before, &y, &m, &d);
		if (!day_number(&s->from, y, &out->from))
			return false;
		from_year = out->from < before ? y + 1 : y;
	}
	if (to_year == 0)
		to_year = s->to.month < s->from.month ? from_year + 1 : from_year;
	out->has_to = s->has_to;
	out->inclusive = s->inclusive;
	return day_number(&s->from, from_year, &out->from) &&
	    (!s->has_to || (day_number(&s->to, to_year, &out->to) && out->to >= out->from));
}

/* ---- rows ---- */

static void
seats_fill(struct work *w, const struct raw_span *row, struct dated *out)
{
	for (size_t i = 0; i < row->npeople && out->nseats < ROSTER_SEATS_MAX; i++) {
		const struct roster_person *p = NULL;
		bool twice = false;

		if (!row->people[i].open && (p = roster_person(w->a, w->out, &row->people[i])) == NULL)
			continue;
		for (size_t k = 0; p != NULL && k < out->nseats; k++)
			twice = twice || out->seats[k] == p;
		if (twice) {
			note(w, "line %u: %s is named twice", row->line, p->name);
			continue;
		}
		if (p != NULL && row->people[i].doubtful)
			note(w, "line %u: %s has a question mark", row->line, p->name);
		*(const struct roster_person **)arena_push(w->a, &out->seats, &out->nseats, sizeof(p)) = p;
	}
	for (size_t i = 0; i < row->nstruck; i++)
		note(w, "line %u: '%s' is crossed out and has no seat", row->line,
		    text_printable(w->a, row->struck[i], 60));
	if (out->nseats == 0)
		*(const struct roster_person **)arena_push(w->a, &out->seats, &out->nseats, sizeof(out->seats[0])) =
		    NULL;
}

static void
row_take(struct work *w, struct raw_span *row)
{
	struct dated new = { .line = row->line, .written = text_printable(w->a, row->written, 80) };
	bool yearless = row->days.from.year == 0 && (!row->days.has_to || row->days.to.year == 0);

	if (!row->dated && row->npeople == 0)
		return; /* an empty row */
	if (!row->dated) {
		question(w, "line %u: '%s' is no span of days; the row is left out", row->line, new.written);
		return;
	}
	if (w->order == ROSTER_ORDER_UNKNOWN && row->days.from.first + row->days.to.first > 0)
		return;
	if (!date_order(&row->days.from, w->order) || (row->days.has_to && !date_order(&row->days.to, w->order))) {
		question(w, "line %u: '%s' has a day that there is not; the row is left out", row->line, new.written);
		return;
	}
	if (yearless && w->n == 0 && w->ask->year == 0) {
		question(w, "line %u: of which year is '%s'? --year 2026; the row is left out", row->line, new.written);
		return;
	}
	if (!days_of(w, &row->days, &new)) {
		question(
		    w, "line %u: '%s' is no span of days that there is; the row is left out", row->line, new.written);
		return;
	}
	if (*row->days.rest != '\0')
		note(w, "line %u: '%s' beside the days says nothing to me", row->line,
		    text_printable(w->a, row->days.rest, 60));
	seats_fill(w, row, &new);
	*(struct dated *)arena_push(w->a, &w->v, &w->n, sizeof(new)) = new;
}

static int
by_day(const void *x, const void *y)
{
	const struct dated *a = x, *b = y;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->has_to && b->has_to && a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return a->line < b->line ? -1 : 1;
}

/* A row a person, all with the same days, is one span. */
static void
same_days_join(struct work *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		struct dated *d = &w->v[i], *last = n > 0 ? &w->v[n - 1] : NULL;

		if (last == NULL || last->from != d->from || last->has_to != d->has_to ||
		    (d->has_to && last->to != d->to)) {
			w->v[n++] = *d;
			continue;
		}
		for (size_t k = 0; k < d->nseats && last->nseats < ROSTER_SEATS_MAX; k++) {
			bool known = false;

			for (size_t j = 0; j < last->nseats; j++)
				known = known || (d->seats[k] != NULL && last->seats[j] == d->seats[k]);
			if (!known)
				*(const struct roster_person **)arena_push(
				    w->a, &last->seats, &last->nseats, sizeof(d->seats[k])) = d->seats[k];
		}
	}
	w->n = n;
}

/* ---- spans ---- */

static void
span_remark(struct work *w, const struct dated *d, const char *why, int64_t to)
{
	struct roster_span *s = arena_push(w->a, &w->out->spans, &w->out->nspans, sizeof(*s));

	*s = (struct roster_span){ .seats = d->seats, .nseats = d->nseats, .line = d->line, .remark = why };
	civil_from_days(d->from, &s->from.year, &s->from.month, &s->from.day);
	civil_from_days(to, &s->to.year, &s->to.month, &s->to.day);
}

/* How a span ends, by where the next begins. shared: the roster's way so far, for the last one and for holes. */
static void
span_end(struct work *w, const struct dated *d, const struct dated *next, bool *shared,
    const struct dated **first_shared, unsigned *nshared)
{
	const char *why = NULL, *last_day = arena_printf(w->a, "%s is the last day", day_text(w->a, d->to));
	int64_t to = d->has_to ? d->to : next != NULL ? next->from : d->from;
	int64_t gap = next != NULL ? next->from - to : INT64_MAX;

	if (!d->has_to && next == NULL) {
		question(w, "line %u: when does '%s' end? The row is left out", d->line, d->written);
		return;
	}
	if (!d->has_to) {
		why = "until the next begins";
	} else if (gap == 0 && !d->inclusive) {
		*shared = true;
		*first_shared = *nshared == 0 ? d : *first_shared;
		++*nshared;
	} else if (gap == 1) {
		to++;
		*shared = false;
		why = last_day;
	} else if (gap < 1) {
		to = next->from;
		question(w,
		    "line %u: '%s' and line %u, '%s', overlap: who has the days from %s to %s? Here the first ends "
		    "when the second begins; two pools are imported apart, each with its --pool",
		    d->line, d->written, next->line, next->written, day_text(w->a, next->from), day_text(w->a, d->to));
	} else if (d->inclusive || !*shared) {
		to++;
		why = last_day;
	} else {
		why = arena_printf(
		    w->a, "%s is taken for the day of the handover, as in the rows before", day_text(w->a, d->to));
	}
	if (to <= d->from) {
		question(w, "line %u: nothing is left of '%s'; the row is left out", d->line, d->written);
		return;
	}
	span_remark(w, d, why, to);
	if (next != NULL && to < next->from)
		note(w, "from %s to %s nobody has a seat", day_text(w->a, to), day_text(w->a, next->from));
}

static void
spans_make(struct work *w)
{
	const struct dated *first_shared = NULL;
	bool shared = false;
	unsigned n = 0;

	if (w->n > 1)
		qsort(w->v, w->n, sizeof(*w->v), by_day);
	same_days_join(w);
	for (size_t i = 0; i < w->n; i++)
		span_end(w, &w->v[i], i + 1 < w->n ? &w->v[i + 1] : NULL, &shared, &first_shared, &n);
	if (n == 0)
		return;
	note(w, "%u day%s belong%s to two spans each, the first %s: the seats change at the handover of that day", n,
	    n == 1 ? "" : "s", n == 1 ? "s" : "", day_text(w->a, first_shared->to));
	if (w->ask->handover == NULL)
		w->out->handover_question = question(w,
		    "at what hour do the seats change on a day that two spans share, such as %s? --handover 09:00, "
		    "or --handover \"09:00 Europe/London\"; 00:00 UTC without an answer",
		    day_text(w->a, first_shared->to));
}

/* What the configuration takes, and people will suffer from. */
static void
flaws_find(struct work *w)
{
	for (size_t i = 0; i < w->out->nspans; i++) {
		const struct roster_span *s = &w->out->spans[i];
		const struct roster_person *one = NULL;
		int64_t days = days_from_civil(s->to.year, s->to.month, s->to.day) -
		    days_from_civil(s->from.year, s->from.month, s->from.day);
		size_t named = 0;

		for (size_t k = 0; k < s->nseats; k++) {
			one = s->seats[k] != NULL ? s->seats[k] : one;
			named += s->seats[k] != NULL;
		}
		if (named == 0)
			note(w, "line %u: nobody is named for the %d days from %04d-%02d-%02d", s->line, (int)days,
			    s->from.year, s->from.month, s->from.day);
		else if (named == 1)
			note(w, "line %u: %s is alone for the %d days from %04d-%02d-%02d", s->line, one->name,
			    (int)days, s->from.year, s->from.month, s->from.day);
		if (named > 0 && (days < ROTATION_WEEKS_LEAST * 7 || days > ROTATION_WEEKS_MOST * 7))
			note(w, "line %u: %d days; a rotation takes %d to %d weeks", s->line, (int)days,
			    ROTATION_WEEKS_LEAST, ROTATION_WEEKS_MOST);
	}
}

void
roster_read(struct arena *a, const char *text, const struct roster_ask *ask, struct roster *out)
{
	struct work w = { .a = a, .ask = ask, .out = out };
	struct raw_roster raw;
	struct page page;

	*out = (struct roster){ 0 };
	if (strlen(text) > ROSTER_BYTES_MAX) {
		question(&w, "the page is larger than %u bytes: which part of it is the roster?", ROSTER_BYTES_MAX);
		return;
	}
	page_read(a, text, &page);
	rows_read(a, &page, &raw);
	out->ntables = raw.ntables;
	for (size_t i = 0; i < raw.nskipped; i++)
		note(&w, "line %u: this table has no column of days, or none of people, and was not read",
		    raw.skipped[i]);
	if (raw.ntables == 0) {
		question(&w, "there is no roster: no table with a column of days and one of people");
		return;
	}
	if (raw.cut)
		question(
		    &w, "there are more than %d rows: which of them are of use? The rest is left out", ROSTER_ROWS_MAX);
	order_find(&w, &raw);
	for (size_t i = 0; i < raw.nrows; i++)
		row_take(&w, &raw.rows[i]);
	spans_make(&w);
	flaws_find(&w);
	roster_ask_people(a, ask, out);
}

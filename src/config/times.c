/* times.c - dates, hours, days and zones as operators write them (see read.h). */
#include <stdio.h>
#include <string.h>

#include "config/read.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"

#define NOON     (12 * 60)
#define MIDNIGHT (24 * 60)

static const char *const days_of_week[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

int64_t
civil_days(struct civil_date d)
{
	return days_from_civil(d.year, d.month, d.day);
}

/* Some digits as a number; false if there are others, none, or more than max of them. */
static bool
digits(const char *s, size_t len, size_t max, int *out)
{
	if (len == 0 || len > max)
		return false;
	*out = 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*out = *out * 10 + (s[i] - '0');
	}
	return true;
}

bool
read_date(struct reading *r, const struct conf_word *w, struct civil_date *out)
{
	struct civil_date d;

	if (w->len == 10 && w->text[4] == '-' && w->text[7] == '-' && digits(w->text, 4, 4, &d.year) &&
	    digits(w->text + 5, 2, 2, &d.month) && digits(w->text + 8, 2, 2, &d.day)) {
		if (civil_valid(d.year, d.month, d.day) && d.year >= 1970) {
			*out = d;
			return true;
		}
		diag_error(r->diag, w, NULL, "there is no day '%s'", w->text);
	} else
		diag_error(r->diag, w, NULL, "found '%s', expected a date such as 2026-11-02", w->text);
	return false;
}

/* "09:00", "9:30", "24:00" as minutes of the day. */
static bool
clock_minutes(const char *s, size_t len, int *minute)
{
	const char *colon = memchr(s, ':', len);
	int h, m;

	if (colon == NULL || !digits(s, (size_t)(colon - s), 2, &h) || len - (size_t)(colon - s) != 3 ||
	    !digits(colon + 1, 2, 2, &m))
		return false;
	*minute = h * 60 + m;
	return m < 60 && *minute <= MIDNIGHT;
}

bool
read_clock(struct reading *r, const struct conf_word *w, bool may_be_24, int *minute)
{
	int got;

	if (clock_minutes(w->text, w->len, &got) && (got < MIDNIGHT || may_be_24)) {
		*minute = got;
		return true;
	}
	diag_error(r->diag, w, NULL, "found '%s', expected a time of day such as 09:00", w->text);
	return false;
}

/* "9am", "5:30pm": not our language, but what many people write, so that we can say what it is in ours. */
static bool
american(const char *s, size_t len, int *minute)
{
	bool pm = len > 2 && (s[len - 2] == 'p' || s[len - 2] == 'P');
	int h;

	if (len < 3 || (s[len - 1] != 'm' && s[len - 1] != 'M') || (!pm && s[len - 2] != 'a' && s[len - 2] != 'A'))
		return false;
	if (!clock_minutes(s, len - 2, minute)) {
		if (!digits(s, len - 2, 2, &h))
			return false;
		*minute = h * 60;
	}
	if (*minute < 60 || *minute >= 13 * 60)
		return false;
	*minute = *minute % NOON + (pm ? NOON : 0);
	return true;
}

static bool
read_times(struct reading *r, const struct conf_word *w, struct window *out)
{
	const char *dash = strchr(w->text, '-');
	size_t first = dash == NULL ? w->len : (size_t)(dash - w->text), second = dash == NULL ? 0 : w->len - first - 1;
	const char *hint = NULL;
	int from, to;

	if (dash != NULL && clock_minutes(w->text, first, &out->from) && out->from < MIDNIGHT && clock_minutes(dash + 1,
	    second, &out->to)) {
		if (out->from != out->to && (out->from != 0 || out->to != 0))
			return true;
		diag_error(r->diag, w, "a whole day is 00:00-24:00", "found '%s', which is no time at all", w->text);
		return false;
	}
	if (dash == NULL && clock_minutes(w->text, w->len, &from))
		hint = "both times stand beside the - without blanks";
	else if (dash != NULL && digits(w->text, first, 2, &from) && digits(dash + 1, second, 2, &to) && from < 24 &&
	    to <= 24 && from != to)
		hint = arena_printf(r->arena, "perhaps '%02d:00-%02d:00'", from, to);
	else if (dash != NULL && american(w->text, first, &from) && american(dash + 1, second, &to))
		hint = arena_printf(r->arena, "perhaps '%02d:%02d-%02d:%02d'", from / 60, from % 60, to / 60, to % 60);
	diag_error(r->diag, w, hint, "found '%s', expected hours such as 09:00-17:00", w->text);
	return false;
}

static int
day_of(const char *s, size_t len)
{
	for (int d = 0; d < 7; d++)
		if (len == 3 && text_starts_nocase(s, days_of_week[d]))
			return d;
	return -1;
}

/* "mon-fri", "mon,wed,sat-sun", "daily". */
static bool
days_mask(const char *s, uint8_t *mask)
{
	*mask = 0;
	if (text_equal_nocase(s, "daily")) {
		*mask = 0x7f;
		return true;
	}
	for (;;) {
		size_t len = strcspn(s, ",-");
		int from = day_of(s, len), to = from;

		s += len;
		if (*s == '-') {
			len = strcspn(++s, ",-");
			to = day_of(s, len);
			s += len;
		}
		if (from < 0 || to < 0 || *s == '-')
			return false;
		for (int d = from; ; d = (d + 1) % 7) {
			*mask |= (uint8_t)(1u << d);
			if (d == to)
				break;
		}
		if (*s == '\0')
			return true;
		s++;
	}
}

bool
read_days(struct reading *r, const struct conf_word *w, uint8_t *days)
{
	if (days_mask(w->text, days))
		return true;
	diag_error(r->diag, w, NULL, "found '%s', expected days such as mon-fri, sat,sun or daily", w->text);
	return false;
}

/* Days and one or more spans of hours, words [0, n) of the values. */
static void
windows_of(struct reading *r, const struct given *g, size_t n, struct window_list *list)
{
	struct window w = { 0 }, *place;

	if (!read_days(r, &g->v[0], &w.days))
		return;
	for (size_t i = 1; i < n; i++) {
		if (!read_times(r, &g->v[i], &w))
			break;
		place = arena_push(r->arena, &list->v, &list->n, sizeof(*place));
		*place = w;
	}
}

void
read_windows(struct reading *r, const struct given *g, void *field)
{
	if (read_no_block(r, g) && read_count(r, g, 2, 50))
		windows_of(r, g, g->n, field);
}

/* "UTC+2", "GMT-3", "+05:30" */
static bool
is_offset(const char *s)
{
	s += text_starts_nocase(s, "UTC") || text_starts_nocase(s, "GMT") ? 3 : 0;
	return (*s == '+' || *s == '-') && s[1] >= '0' && s[1] <= '9';
}

const struct zone *
read_zone_word(struct reading *r, const struct conf_word *w, const char **name)
{
	const struct zone *zone = w->kind == CONF_REGEX ? NULL : zone_load(w->text);
	const char *meant = zone == NULL || strchr(w->text, '/') == NULL ? zone_suggest(w->text) : NULL;
	const char *hint = meant == NULL || strcmp(meant, w->text) == 0 ? NULL : arena_printf(r->arena, "perhaps '%s'",
	    meant);

	if (is_offset(w->text))
		hint = "an offset does not say when clocks change: name a city there, such as Europe/Berlin or Asia/Kolkata";
	if (zone == NULL) {
		diag_error(r->diag, w, hint, "no zone '%s'; expected an IANA zone name such as Europe/Berlin", w->text);
		return NULL;
	}
	/* "EST" is a zone of tzdata too, one without summer time: hardly anybody lives in it. */
	if (hint != NULL && strcmp(w->text, "UTC") != 0 && !r->builtin)
		diag_warning(r->diag, w, hint, "'%s' is a zone of its own without a place", w->text);
	*name = zone_name(zone);
	return zone;
}

void
read_handover(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;

	if (!read_no_block(r, g) || !read_count(r, g, 2, 2))
		return;
	read_clock(r, &g->v[0], false, &s->handover_minute);
	s->handover_zone = read_zone_word(r, &g->v[1], &s->handover_zone_name);
}

void
read_cover(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	struct window_list windows = { 0 };
	struct cover cover = { 0 };

	if (!read_no_block(r, g) || !read_count(r, g, 3, 50))
		return;
	windows_of(r, g, g->n - 1, &windows);
	cover.zone = read_zone_word(r, &g->v[g->n - 1], &cover.zone_name);
	for (size_t i = 0; i < windows.n; i++) {
		struct cover *place = arena_push(r->arena, &s->covers, &s->ncovers, sizeof(*place));

		cover.window = windows.v[i];
		*place = cover;
	}
}

void
read_digest(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	const char *ignored;

	if (!read_no_block(r, g) || !read_count(r, g, 3, 3))
		return;
	s->digest_day = day_of(g->v[0].text, g->v[0].len);
	if (s->digest_day < 0 && !text_equal_nocase(g->v[0].text, "daily"))
		diag_error(r->diag, &g->v[0], NULL, "found '%s', expected a day such as mon, or daily", g->v[0].text);
	read_clock(r, &g->v[1], false, &s->digest_minute);
	s->digest_zone = read_zone_word(r, &g->v[2], &ignored);
}

/* "FROM to TO" in words 1 to 3 of the values. */
bool
read_date_range(struct reading *r, const struct given *g, struct civil_date *from, struct civil_date *to)
{
	if (!read_date(r, &g->v[1], from))
		return false;
	if (strcmp(g->v[2].text, "to") != 0) {
		diag_error(r->diag, &g->v[2], NULL, "found '%s', expected 'to', as in: %s %s", g->v[2].text,
		    g->key->name, g->key->form);
		return false;
	}
	if (!read_date(r, &g->v[3], to))
		return false;
	if (civil_days(*from) < civil_days(*to))
		return true;
	diag_error(r->diag, &g->v[3], "the last date is no longer part of it", "found '%s', expected a day after %s",
	    g->v[3].text,
	    g->v[1].text);
	return false;
}

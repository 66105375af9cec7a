/* calendar.c - see calendar.h. */
#include "judge/calendar.h"

#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/rotation_parts.h"

#define LINE_OCTETS 75 /* RFC 5545, 3.1 */

struct writer {
	const struct settings *s;
	const struct calendar_ask *ask;
	struct arena *arena;
	struct buf *out;
	size_t events;
};

/* ---- content lines ---- */

/* Folded: the blank that begins a continuation counts to its 75 octets. */
static void
line_put(struct writer *w, const char *line)
{
	size_t left = strlen(line), room = LINE_OCTETS;

	while (left > room) {
		size_t n = utf8_cut(line, left, room);

		buf_add(w->out, line, n);
		buf_puts(w->out, "\r\n ");
		line += n;
		left -= n;
		room = LINE_OCTETS - 1;
	}
	buf_add(w->out, line, left);
	buf_puts(w->out, "\r\n");
}

/* TEXT of RFC 5545, 3.3.11; control characters have no place in it. */
static void
text_put(struct writer *w, const char *name, const char *value)
{
	char *line = arena_alloc(w->arena, strlen(name) + 2 * strlen(value) + 2), *p = stpcpy(stpcpy(line, name), ":");

	for (; *value != '\0'; value++) {
		if (*value == '\n') {
			*p++ = '\\';
			*p++ = 'n';
			continue;
		}
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			continue;
		if (strchr("\\;,", *value) != NULL)
			*p++ = '\\';
		*p++ = *value;
	}
	*p = '\0';
	line_put(w, line);
}

static const char *
utc_text(struct arena *a, int64_t t)
{
	struct local_time l = zone_local(zone_load("UTC"), t);

	return arena_printf(a, "%04d%02d%02dT%02d%02d%02dZ", l.year, l.month, l.day, l.hour, l.minute, l.second);
}

static const char *
domain(const struct settings *s)
{
	const char *at = strrchr(s->address, '@');

	return at != NULL ? at + 1 : s->address;
}

/* ---- events ---- */

struct event {
	const char *kind;     /* "shift" or "rotation": category and a part of the UID */
	const char *uid;      /* the rest of it */
	const char *summary, *description;
	int64_t from, until;
};

static void
event_put(struct writer *w, const struct event *e)
{
	struct arena *a = w->arena;

	line_put(w, "BEGIN:VEVENT");
	text_put(w, "UID", arena_printf(a, "%s.%s@%s", e->kind, e->uid, domain(w->s)));
	line_put(w, arena_printf(a, "DTSTAMP:%s", utc_text(a, w->ask->now)));
	line_put(w, arena_printf(a, "DTSTART:%s", utc_text(a, e->from)));
	line_put(w, arena_printf(a, "DTEND:%s", utc_text(a, e->until)));
	line_put(w, arena_printf(a, "ORGANIZER:mailto:%s", w->s->address));
	text_put(w, "SUMMARY", e->summary);
	text_put(w, "DESCRIPTION", e->description);
	text_put(w, "CATEGORIES", e->kind);
	line_put(w, "TRANSP:TRANSPARENT");
	line_put(w, "END:VEVENT");
	w->events++;
}

/* "Mon 09:00 - 17:00", with the second day where it is another. */
static const char *
local_span(struct arena *a, const struct engineer *e, int64_t from, int64_t until)
{
	static const char days[][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	struct local_time b = zone_local(e->zone, from), n = zone_local(e->zone, until);
	bool same = b.year == n.year && b.month == n.month && b.day == n.day;

	return arena_printf(a, "%s %02d:%02d - %s%s%02d:%02d", days[b.weekday], b.hour, b.minute, same ? "" : days[n.weekday],
	    same ? "" : " ", n.hour, n.minute);
}

static const char *
date_text(struct arena *a, struct civil_date d)
{
	return arena_printf(a, "%04d-%02d-%02d", d.year, d.month, d.day);
}

static void
shift_put(struct writer *w, const struct rotation *r, const struct engineer *e, const struct span *s, int nth)
{
	struct arena *a = w->arena;
	struct local_time l = zone_local(e->zone, s->from);

	event_put(w, &(struct event){ .kind = "shift", .from = s->from, .until = s->until,
	    .uid = arena_printf(a, "%s.%s.%s.%04d-%02d-%02d.%d", r->pool, e->name, date_text(a, r->from), l.year, l.month, l.day, nth),
	    .summary = arena_printf(a, "%s (%s): %s on shift", w->s->name, r->pool, e->full_name),
	    .description = arena_printf(a, "%s, %s", local_span(a, e, s->from, s->until), e->zone_name) });
}

/* The end of what began at t, where another rotation of the pool takes over before until. */
static int64_t
on_until(const struct writer *w, const struct rotation *r, int64_t t, int64_t until)
{
	do
		t = seat_change(w->s, r->pool, t);
	while (t < until && rotation_at(w->s, r->pool, t, NULL, NULL) == r);
	return t < until ? t : until;
}

/* His stretches of work in the rotation. All from its beginning are counted, so that the same stretch has the same
 * number whatever is asked for. */
static void
shifts_put(struct writer *w, const struct rotation *r, const struct engineer *e)
{
	int64_t t = rotation_instant(w->s, r->from), end = rotation_instant(w->s, r->to), last_day = INT64_MIN;
	int nth = 0;

	end = end < w->ask->to ? end : w->ask->to;
	while (t < end) {
		struct local_time l;
		struct span s;
		int64_t day;

		if (!engineer_next_shift(w->s, w->ask->absences, r->pool, e, t, &s.from, &s.until)) {
			t += ROTATION_HORIZON; /* away for long, and back perhaps */
			continue;
		}
		if (s.from >= end)
			return;
		if (rotation_at(w->s, r->pool, s.from, NULL, NULL) != r) {
			t = seat_change(w->s, r->pool, s.from);
			continue;
		}
		t = s.until = on_until(w, r, s.from, s.until);
		l = zone_local(e->zone, s.from);
		day = days_from_civil(l.year, l.month, l.day);
		nth = day == last_day ? nth + 1 : 1;
		last_day = day;
		if (s.until > w->ask->from)
			shift_put(w, r, e, &s, nth);
	}
}

static void
tenure_put(struct writer *w, const struct tenure *x, int nth)
{
	const struct rotation *r = x->rotation;
	const struct engineer *e = x->engineer;
	struct arena *a = w->arena;

	event_put(w, &(struct event){ .kind = "rotation", .from = x->from, .until = x->until,
	    .uid = arena_printf(a, "%s.%s.%s.%d", r->pool, e->name, date_text(a, r->from), nth),
	    .summary = arena_printf(a, "%s (%s): %s on rotation", w->s->name, r->pool, e->full_name),
	    .description = x->stands_for != NULL ? arena_printf(a, "Stands in for %s", x->stands_for->full_name) :
	        arena_printf(a, "%s to %s", date_text(a, r->from), date_text(a, r->to)) });
}

size_t
calendar_write(const struct settings *s, const struct calendar_ask *ask, struct buf *out)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct writer w = { .s = s, .ask = ask, .arena = a, .out = out };
	const char *whose = ask->engineer != NULL ? ask->engineer->full_name : ask->pool;
	struct tenure *v;
	size_t n;
	int nth = 0;

	line_put(&w, "BEGIN:VCALENDAR");
	line_put(&w, "VERSION:2.0");
	line_put(&w, "PRODID:-//escrelay//rotation//EN");
	line_put(&w, "CALSCALE:GREGORIAN");
	line_put(&w, "METHOD:PUBLISH");
	text_put(&w, "X-WR-CALNAME", whose != NULL ? arena_printf(a, "%s: %s", s->name, whose) : s->name);
	line_put(&w, "REFRESH-INTERVAL;VALUE=DURATION:PT12H"); /* RFC 7986; the X- names are what most programs read */
	line_put(&w, "X-PUBLISHED-TTL:PT12H");
	n = rotation_tenures(s, a, ask->pool, ask->engineer, ask->from, ask->to, &v);
	for (size_t i = 0; i < n; i++) {
		nth++;
		if (v[i].until > ask->from && v[i].from < ask->to)
			tenure_put(&w, &v[i], nth);
		if (i + 1 < n && v[i].rotation == v[i + 1].rotation && v[i].engineer == v[i + 1].engineer)
			continue;
		shifts_put(&w, v[i].rotation, v[i].engineer);
		nth = 0;
	}
	line_put(&w, "END:VCALENDAR");
	return w.events;
}

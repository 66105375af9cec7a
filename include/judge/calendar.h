/* calendar.h - a plan as iCalendar (RFC 5545), for an engineer's own calendar: when he is on shift, and his rotations.
 *
 * Pure, and written by hand: of a library only the few lines of escaping and folding would be used, and libical brings
 * ICU with it and gets zones wrong. All times are instants in UTC ("...Z"), so a reader needs no zone to be right on the
 * day when the clocks change. It is a publication (METHOD:PUBLISH of RFC 5546: an organizer, no attendees); lines end
 * with CRLF and are folded at 75 octets, never inside a character.
 *
 * One event is one stretch of work as the resolver sees it: window, seat and absences together, windows that adjoin as
 * one, ended by the end of the rotation; and one event is a rotation as far as the seat is his, with those who stand in.
 * Events are whole also where from or to cuts them, and a UID depends on pool, engineer, rotation, local day and place
 * in that day alone: the same whatever span is asked for. Changed hours keep it, so that the event moves in the reader's
 * calendar (DTSTAMP decides). All events are transparent: to be on rotation is not to be busy.
 */
#ifndef ESCRELAY_JUDGE_CALENDAR_H
#define ESCRELAY_JUDGE_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "judge/rotation.h"

struct buf;

#define CALENDAR_BYTES_MAX ((size_t)64 * 1024 * 1024) /* a good ceiling for the buffer: ten years of fifty people */

struct calendar_ask {
	const char *pool;                 /* NULL: all of them */
	const struct engineer *engineer;  /* NULL: everybody */
	int64_t from, to;                 /* events that have a part in [from, to) */
	int64_t now;                      /* DTSTAMP */
	const struct absences *absences;  /* or NULL */
};

/* Appends the whole calendar to out, also one without events; out->over tells that it did not fit. Number of events. */
size_t calendar_write(const struct settings *s, const struct calendar_ask *ask, struct buf *out);

#endif

/* zone.h - IANA zones, answered exactly as the installed tzdata does.
 *
 * A small reader of TZif files (RFC 8536: version 2+ data and the POSIX TZ footer).
 * A loaded zone changes at zone_refresh() and at the zone_load() of it alone; no process-wide TZ is ever touched.
 */
#ifndef ESCRELAY_GROUND_ZONE_H
#define ESCRELAY_GROUND_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zone;

struct local_time {
	int year, month, day, hour, minute, second;
	int weekday;         /* Monday is 0 */
	int offset;          /* seconds east of UTC */
	char abbreviation[8];
};

/* Loads (and caches for the life of the process) a zone below $TZDIR or
 * /usr/share/zoneinfo. NULL: no such zone, not a valid name ("..", leading "/",
 * empty), a damaged file, or one that counts leap seconds ("right/…"). "UTC" always
 * works. When tzdata has been updated, the next load of a zone reads it again, into the same place: whoever
 * holds it has the new one too. A file that has become damaged is no zone to the loader, and leaves theirs as it was. */
const struct zone *zone_load(const char *name);

/* For processes that live for months: looks at the files of all zones that were loaded (one stat each), and reads those that
 * have changed. One that is gone, or damaged, leaves its zone as it was until it changes again. Number of zones read. */
unsigned zone_refresh(void);
const char        *zone_name(const struct zone *z);

/* Which zone was perhaps meant: by case, by near spelling, by a city alone (also one that tzdata does not name), by a
 * country of one zone, by words such as "Pacific Time", by a usual abbreviation (PST, CET, …; some of these tzdata knows
 * as zones as well, which they had better not be used as). A static or cached string that zone_load takes, or NULL. */
const char *zone_suggest(const char *word);

/* The wall clock in the zone at an instant. Years 1..9999. */
struct local_time zone_local(const struct zone *z, int64_t instant);

/* The instants at which the wall clock reads so: none (a gap skips it), one, or two (a fold
 * repeats it; in order). The date must be one (civil_valid). */
int zone_instants(const struct zone *z, int year, int month, int day, int hour, int minute, int second, int64_t out[2]);

/* The same with an answer always: the first or the last matching instant; for a wall-clock time
 * that a gap skips the end of the gap. Minute may be 1440 (the next midnight) and
 * days may lie outside the month (they carry over). */
int64_t zone_first_instant(const struct zone *z, int year, int month, int day, int minute);
int64_t zone_last_instant(const struct zone *z, int year, int month, int day, int minute);

/* The next instant after t at which the zone's offset changes, INT64_MAX if never. */
int64_t zone_next_change(const struct zone *z, int64_t t);

/* Civil days: days since 1970-01-01 of a proleptic Gregorian date, and back. */
int64_t days_from_civil(int year, int month, int day);
void    civil_from_days(int64_t days, int *year, int *month, int *day);
int     weekday_of_days(int64_t days); /* Monday is 0 */
bool    civil_valid(int year, int month, int day);

#endif

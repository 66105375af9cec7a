/* zone_parts.h - what the zone files share among themselves: a zone as it stands in memory. */
#ifndef ESCRELAY_GROUND_ZONE_PARTS_H
#define ESCRELAY_GROUND_ZONE_PARTS_H

#include "ground/zone.h"

#define ZONE_FILE_BYTES  (256u * 1024u)  /* the largest of tzdata has under 4 kB */
#define ZONE_FOLDER      "/usr/share/zoneinfo" /* unless $TZDIR says otherwise */
#define ZONE_NAME_BYTES  64
#define ZONE_OFFSET_MAX  (26 * 3600)     /* no offset lies further from UTC (RFC 8536 3.2) */

struct zone_type {
	int offset; /* seconds east of UTC */
	char abbreviation[8];
};

/* A day of the footer's yearly rule, and the local second of it. */
struct zone_day {
	enum { DAY_WEEK, DAY_JULIAN, DAY_ZERO } kind; /* Mm.w.d; Jn from 1 without 29 February; n from 0 with it */
	int month, week, weekday;                     /* weekday: Sunday is 0, as the footer writes it */
	int day;
	int second;                                   /* -167 h to 167 h */
};

/* What holds from the last transition on. */
struct zone_footer {
	bool present;
	bool changes; /* summer, start and end mean something */
	struct zone_type standard, summer;
	struct zone_day start, end;
};

struct zone {
	char *name;
	size_t ntimes;
	int64_t *times;         /* strictly rising */
	unsigned char *which;   /* the type that holds from times[i] on */
	size_t ntypes;          /* at least one; type 0 holds before times[0] */
	struct zone_type *types;
	struct zone_footer footer;
};

/* Reads a TZif file out of memory. NULL: damaged, or it counts leap seconds. zone_free is for what has not been
 * handed out. */
struct zone *zone_parse(const char *name, const unsigned char *bytes, size_t len);
void         zone_free(struct zone *z);
bool         zone_parse_footer(const char *s, size_t len, struct zone_footer *f);

#endif

/* rotation.h - who is seated, who is at work, who is next: the one resolver.
 *
 * Dispatch, every view, simulation and calendar ask here and nowhere else. Pure:
 * answers are functions of the settings and an instant. The rules of wall-clock time are
 * zone.h's: a window starts at the first instant that matches its start and ends at
 * the last that matches its end, so adjoining windows may overlap and never leave a hole.
 */
#ifndef ESCRELAY_JUDGE_ROTATION_H
#define ESCRELAY_JUDGE_ROTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"

struct arena;

#define ROTATION_HORIZON (35 * 86400) /* how far ahead "next" looks, seconds */
#define ROTATION_WEEKS_LEAST 4        /* how long a rotation takes; outside of that is worth a word */
#define ROTATION_WEEKS_MOST  10

/* One taken seat at an instant, overrides applied. */
struct seated {
	const struct engineer *engineer;   /* NULL: TBD */
	const struct engineer *stands_for; /* whom an override lets him stand in for, or NULL */
	const char *seat;                  /* the seat as written, for TBD ones */
};

/* The rotation of pool on at t, NULL if none; *from and *to get its instants (may be NULL). Where two
 * overlap, the one that began last is on. */
const struct rotation *rotation_at(const struct settings *s, const char *pool, int64_t t, int64_t *from, int64_t *to);

/* Its seats in order with the overrides of t applied: the stand-in sits at the seat of whom he stands for. An
 * engineer appears once, at the first of his seats. An override for somebody without a seat changes nothing. Of several
 * overrides a later one sees what the earlier ones made of the seats; within one, two may swap. */
size_t rotation_seats(const struct settings *s, struct arena *a, const struct rotation *r, int64_t t, struct seated **out);

/* True while he is inside one of his working windows at t (not: seated, not: away); *until gets
 * the end of the window that is open (the latest, of windows that overlap or adjoin; INT64_MAX for
 * somebody who works round the clock). No hours at all means never. */
bool engineer_at_work(const struct engineer *e, int64_t t, int64_t *until);

/* True while away at t by the settings; *until gets the end, absences that follow one another counted as one. Before
 * his start and from his end on an engineer is away (until INT64_MAX when he has left). extra: away spans from
 * elsewhere (out-of-office mails), as instants, may be NULL. */
struct away_span { const char *engineer; int64_t from, to; };
struct absences { const struct away_span *v; size_t n; };
bool engineer_away(const struct settings *s, const struct absences *extra, const struct engineer *e, int64_t t, int64_t *until);

/* The same one by one: those that are not over at t, in no order. said: where in extra; NULL: in the settings. */
struct known_away { int64_t from, until; const struct away_span *said; };
size_t engineer_absences(const struct settings *s, const struct absences *extra, struct arena *a,
    const struct engineer *e, int64_t t, struct known_away **out);

/* The next instant >= t at which he is seated in pool, at work and not away, and the end of that stretch (the
 * earliest end of window, seat or absence-free time). Where he keeps his seat from one rotation to the next, the
 * stretch goes on. False: not within the horizon. */
bool engineer_next_shift(const struct settings *s, const struct absences *extra, const char *pool,
    const struct engineer *e, int64_t t, int64_t *from, int64_t *until);

/* Everybody on shift at t, in seat order, and everybody else's next start, by time. Seats
 * that are TBD are in neither. */
struct shift {
	const struct engineer *engineer;
	const struct engineer *stands_for; /* at t; NULL where the seat is still to come */
	int64_t from, until;               /* on shift: from is t */
};
struct who {
	const struct rotation *rotation;  /* NULL: none on */
	int64_t rotation_from, rotation_to;
	struct shift *on;   size_t non;
	struct shift *next; size_t nnext;
};
void rotation_who(const struct settings *s, const struct absences *extra, struct arena *a, const char *pool, int64_t t, struct who *out);

/* The next instant after t at which the seats or who is on shift may change; INT64_MAX if never. */
int64_t rotation_next_change(const struct settings *s, const struct absences *extra, struct arena *a, const char *pool, int64_t t);

/* Working time: the instant at which `seconds` of his hours (aways left out; seat does not matter) have passed
 * since t. An engineer without hours works round the clock here, and for one who never works again the plain
 * clock counts, so that his timers still ring. Always > t. */
int64_t engineer_after_work(const struct settings *s, const struct absences *extra, const struct engineer *e, int64_t t, int64_t seconds);

/* The other way round: his working seconds between two instants; the clock's where he has no hours. */
int64_t engineer_worked(const struct settings *s, const struct absences *extra, const struct engineer *e, int64_t from, int64_t to);

/* Who has a seat of which rotation, from when until when: a stand-in's days interrupt whom he stands in for, and a rotation that
 * begins later interrupts one that is on. All of each rotation that has a part in [from, to), in the order of the
 * configuration by rotation and engineer. pool NULL: all; engineer NULL: everybody. */
struct tenure { const struct rotation *rotation; const struct engineer *engineer, *stands_for; int64_t from, until; };
size_t rotation_tenures(const struct settings *s, struct arena *a, const char *pool, const struct engineer *engineer, int64_t from,
    int64_t to, struct tenure **out);

/* The same by the hours of the house, for people whose own are not known: what 'cover' names, all of it together; without a 'cover'
 * mon-fri 09:00-17:00 by the clock of the handover. */
int64_t office_after(const struct settings *s, int64_t t, int64_t seconds);

/* How far the plan covers what 'cover' asks for between two instants: somebody of the pool at work and not away. Without a
 * 'cover' somebody is asked for always, and a seat with a name is enough. */
#define COVERAGE_SPAN_MAX ((int64_t)3700 * 86400) /* from and to lie no further apart; the caller sees to it */

struct coverage_gap { int64_t from, to; };
struct coverage {
	int64_t wanted, covered;           /* seconds */
	struct coverage_gap *gaps; size_t ngaps;
	const char **warnings; size_t nwarnings; /* what is no gap but will hurt: open seats, one zone, the plan runs out … */
	int64_t *shifts; size_t nshifts;   /* when the clocks of some, but not of all, change: the week is another from then on */
};
void rotation_coverage(const struct settings *s, const struct absences *extra, struct arena *a, const char *pool,
    int64_t from, int64_t to, struct coverage *out);

/* All weeks between two instants laid over one another: what each hour of a week has, by the clock of a zone. */
struct coverage_cell {
	int64_t seconds;                   /* of that hour that lie between the two; 0: none */
	int64_t wanted, covered;           /* of these */
	unsigned least, most;              /* people at work: the fewest of what is wanted, the most of all */
};
struct coverage_map { struct coverage_cell cells[7][24]; }; /* Monday is 0 */
void rotation_map(const struct settings *s, const struct absences *extra, struct arena *a, const char *pool,
    const struct zone *zone, int64_t from, int64_t to, struct coverage_map *out);

/* The instant at which the last rotation of a pool ends; INT64_MIN where there is none. */
int64_t rotation_plan_end(const struct settings *s, const char *pool);

/* True for a rotation of less than ROTATION_WEEKS_LEAST or more than ROTATION_WEEKS_MOST weeks; *days gets its length. */
bool rotation_odd_length(const struct rotation *r, int64_t *days);

/* A date of rotation or override at the handover, as an instant. */
int64_t rotation_instant(const struct settings *s, struct civil_date d);

#endif

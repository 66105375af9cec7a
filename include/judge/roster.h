/* roster.h - a roster as people publish it, a table in a Markdown page, made into configuration.
 *
 * Pure: text and the operator's answers in, a value out. Tables are those of GitHub-flavoured Markdown (header, row of
 * dashes, rows; "\|" is a bar; not within fences). A table with a column of days and one of people is a roster,
 * whatever its header calls them and whatever stands beside them; all rosters of a page are one, in order of time.
 *
 * What is written is taken at its word: nothing is guessed that would put a person into the wrong hour. What the page
 * does not say is a question, numbered from 1; what it says, but will hurt (a span of one person, a "?"), is a note.
 *
 * Days. "2022-08-10 to 2022-09-06": where the next span begins on the day after, the last day is part of it; where it
 * begins on that very day the two share it, and the seats change at the handover of that day. Days are also read as
 * "Aug 10, 2022", "10 August", "10.8.2022"; 08/10/2022 is asked about unless another date of the page, or the operator,
 * says which is the month.
 *
 * Limits: ROSTER_BYTES_MAX of text, ROSTER_ROWS_MAX rows, ROSTER_PEOPLE_MAX people; what is beyond is a question.
 */
#ifndef ESCRELAY_JUDGE_ROSTER_H
#define ESCRELAY_JUDGE_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/settings.h"

struct arena;
struct buf;

#define ROSTER_BYTES_MAX  (1u << 20)
#define ROSTER_ROWS_MAX   1500
#define ROSTER_PEOPLE_MAX 1500
#define ROSTER_SEATS_MAX  90

/* "keegan=Europe/Berlin": whose is an engineer, a tag such as EMEA, or "*" for everybody else. */
struct roster_answer { const char *whose, *value; };

enum roster_order { ROSTER_ORDER_UNKNOWN, ROSTER_DAY_FIRST, ROSTER_MONTH_FIRST };

struct roster_ask {
	const char *pool;                               /* of the rotations */
	const char *domain;                             /* of the addresses, or NULL */
	const char *handover;                           /* "09:00 Europe/London", or NULL */
	enum roster_order order;
	int year;                                       /* of dates without one, 0: not said */
	const struct roster_answer *zones; size_t nzones;
	const struct roster_answer *hours; size_t nhours;
};

struct roster_person {
	const char *name;                               /* fit for the configuration, unique without regard to case */
	const char *full_name;                          /* "" where the page has none */
	const char *email;                              /* NULL: not known */
	const char *tag;                                /* "EMEA", "PST": as written beside him; NULL */
	const char *zone, *hours;                       /* NULL: not known */
	bool made_up;                                   /* the page has no handle: the name was made of his full name */
	unsigned email_question, zone_question, hours_question; /* 0: answered */
};

struct roster_span {
	struct civil_date from, to;                     /* half-open */
	const struct roster_person **seats; size_t nseats; /* NULL: a seat without a name */
	const char *remark;                             /* why `to` is what it is; NULL */
	unsigned line;                                  /* in the page */
};

struct roster {
	struct roster_span *spans; size_t nspans;       /* by time, none overlaps another */
	struct roster_person **people; size_t npeople;  /* in order of appearance */
	const char **questions; size_t nquestions;
	const char **notes; size_t nnotes;
	size_t ntables;                                 /* that were rosters */
	unsigned handover_question;                     /* 0: answered, or of no matter */
};

/* text is valid UTF-8. */
void roster_read(struct arena *a, const char *text, const struct roster_ask *ask, struct roster *out);

/* As statements of relay.conf; what is not known stands in a comment with the number of its question. With no question
 * open the configuration takes it as it is. source: where it came from, for the first line. */
void roster_print(
    struct arena *a, const struct roster *r, const struct roster_ask *ask, const char *source, struct buf *out);

#endif

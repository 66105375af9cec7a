/* roster_parts.h - what the files that read rosters share among themselves. */
#ifndef ESCRELAY_JUDGE_ROSTER_PARTS_H
#define ESCRELAY_JUDGE_ROSTER_PARTS_H

#include "judge/roster.h"

#define ROSTER_COLUMNS_MAX 30

/* ---- tables ---- */

struct table_row { const char *cells[ROSTER_COLUMNS_MAX]; size_t n; unsigned line; };
struct table_text { struct table_row header, *rows; size_t nrows; };

struct page {
	struct table_text *tables; size_t ntables;
	struct link_target { const char *label, *url; } *links; size_t nlinks; /* "[label]: url" */
};

void page_read(struct arena *a, const char *text, struct page *out);

/* ---- days ---- */

/* One end of a span as written; a part that is not written is 0. */
struct written_date {
	int year, month, day;
	int first, second;  /* 08/10: which of them is the month is not written; 0 else */
};

struct written_span {
	struct written_date from, to;
	bool has_from, has_to;
	bool inclusive;     /* "through": the last day is said to be part of it */
	const char *rest;   /* what else stands there; "" */
};

/* A cell of days: "2022-08-10 to 2022-09-06", "Aug 10 - Sep 6, 2022", a single date. False: not even that. */
bool days_read(struct arena *a, const char *cell, struct written_span *out);

/* The months of ambiguous dates, by an order that is known. False: by that order there is no such day. */
bool date_order(struct written_date *d, enum roster_order order);

/* ---- people ---- */

struct named {
	const char *full_name, *handle, *email, *tag; /* NULL: not there */
	bool open;                                    /* "?", "TBD": a seat without a name */
	bool doubtful;                                /* "@x ?" */
};

struct cell_people {
	struct named *v; size_t n;
	const char **struck; size_t nstruck;          /* ~~crossed out~~ */
};

void people_read(struct arena *a, const struct page *page, const char *cell, struct cell_people *out);

#endif

/* roster_rows.c - which columns of a table are days, people and places; its rows as raw spans. See roster.h. */
#include <string.h>
#include <strings.h>

#include "ground/address.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/roster_rows.h"

enum { DAYS, START, END, PEOPLE, PLACE, MAIL, OTHER, NROLES };

static const char *const role_words[NROLES][20] = {
	[DAYS] = { "rotation", "rotations", "date", "dates", "days", "period", "when", "span", "week", "weeks", "time",
	    "month", "shift" },
	[START] = { "start", "starts", "from", "begin", "begins", "beginning", "since" },
	[END] = { "end", "ends", "to", "until", "till", "through", "thru" },
	[PEOPLE] = { "engineer", "engineers", "who", "name", "names", "people", "person", "persons", "ee", "ees",
	    "seat", "seats", "assignee", "assignees", "member", "members", "primary", "secondary", "staff" },
	[PLACE] = { "zone", "zones", "timezone", "timezones", "tz", "region", "regions", "location", "place", "city" },
	[MAIL] = { "email", "emails", "mail", "address", "addresses" },
	/* Words that make a column one of other people, or of none. */
	[OTHER] = { "manager", "managers", "note", "notes", "comment", "comments", "slack", "status", "issue", "issues",
	    "link", "customer" },
};

/* True if the header has one of the words of a role. */
static bool
header_says(const char *header, int role)
{
	while (*header != '\0') {
		size_t len = strcspn(header, " \t*_`/()-,.:#&|[]<>");

		for (size_t i = 0; i < COUNT(role_words[role]) && role_words[role][i] != NULL; i++)
			if (len > 0 && strlen(role_words[role][i]) == len &&
			    strncasecmp(role_words[role][i], header, len) == 0)
				return true;
		header += len > 0 ? len : 1;
	}
	return false;
}

/* What the cells of a column look like. */
struct look { size_t filled, spans, dates, people; };

static bool
is_person_like(const struct named *p)
{
	return p->handle != NULL || p->open;
}

static struct look
look_at(struct arena *a, const struct page *page, const struct table_text *t, size_t column)
{
	struct look l = { 0 };

	for (size_t i = 0; i < t->nrows; i++) {
		const char *cell = column < t->rows[i].n ? t->rows[i].cells[column] : "";
		struct written_span span;
		struct cell_people people;

		if (*cell == '\0')
			continue;
		l.filled++;
		if (days_read(a, cell, &span)) {
			l.spans += span.has_to;
			l.dates++;
			continue;
		}
		people_read(a, page, cell, &people);
		l.people += people.n > 0 && is_person_like(&people.v[0]);
	}
	return l;
}

struct columns {
	size_t days, start, end, place, mail;      /* ROSTER_COLUMNS_MAX: none */
	bool people[ROSTER_COLUMNS_MAX];
	size_t npeople;
	bool regions;                              /* people by their looks: what heads a column says where they are */
};

/* The column of days, or two with one end each. */
static void
columns_of_days(const struct table_text *t, const struct look *looks, struct columns *c)
{
	size_t most = 0;

	for (size_t i = 0; i < t->header.n; i++) {
		size_t worth = looks[i].spans * 2 + (looks[i].spans > 0 && header_says(t->header.cells[i], DAYS));

		if (worth > most) {
			most = worth;
			c->days = i;
		}
	}
	for (size_t i = 0; i < t->header.n && c->days == ROSTER_COLUMNS_MAX; i++) {
		if (looks[i].dates == 0)
			continue;
		if (c->end == ROSTER_COLUMNS_MAX && header_says(t->header.cells[i], END))
			c->end = i;
		else if (c->start == ROSTER_COLUMNS_MAX &&
		    (header_says(t->header.cells[i], START) || header_says(t->header.cells[i], DAYS)))
			c->start = i;
	}
}

static struct columns
columns_find(struct arena *a, const struct page *page, const struct table_text *t)
{
	struct columns c = { .days = ROSTER_COLUMNS_MAX,
		.start = ROSTER_COLUMNS_MAX,
		.end = ROSTER_COLUMNS_MAX,
		.place = ROSTER_COLUMNS_MAX,
		.mail = ROSTER_COLUMNS_MAX };
	struct look looks[ROSTER_COLUMNS_MAX];

	for (size_t i = 0; i < t->header.n; i++)
		looks[i] = look_at(a, page, t, i);
	columns_of_days(t, looks, &c);
	for (size_t i = 0; i < t->header.n; i++) {
		const char *h = t->header.cells[i];

		if (i == c.days || i == c.start || i == c.end || header_says(h, OTHER))
			continue;
		if (header_says(h, PLACE))
			c.place = i;
		else if (header_says(h, MAIL))
			c.mail = i;
		else if (header_says(h, PEOPLE) && looks[i].dates == 0)
			c.people[i] = true;
		c.npeople += c.people[i];
	}
	c.regions = c.npeople == 0;
	for (size_t i = 0; i < t->header.n && c.regions; i++) { /* no word of the header tells, so the cells must */
		if (i == c.place || i == c.mail || i == c.days || i == c.start || i == c.end || header_says(t->header.cells[i], OTHER))
			continue;
		c.people[i] = looks[i].people * 2 > looks[i].filled;
		c.npeople += c.people[i];
	}
	return c;
}

static const char *
cell_of(const struct table_row *row, size_t column)
{
	return column < row->n ? row->cells[column] : "";
}

/* The days of a row: a span in one cell, or an end each in two. */
static bool
row_days(struct arena *a, const struct table_row *row, const struct columns *c, struct written_span *out)
{
	struct written_span end;

	if (c->days < ROSTER_COLUMNS_MAX)
		return days_read(a, cell_of(row, c->days), out);
	if (!days_read(a, cell_of(row, c->start), out))
		return false;
	if (!out->has_to && days_read(a, cell_of(row, c->end), &end)) {
		out->to = end.from;
		out->has_to = true;
	}
	return true;
}

/* One of several values of a cell beside people: the i-th of as many as there are people, or the only one. */
static const char *
value_for(struct arena *a, const char *cell, size_t i, size_t n)
{
	size_t parts = *cell != '\0';
	const char *p = cell;

	for (const char *q = cell; *q != '\0'; q++)
		parts += *q == ',';
	if (parts == 1)
		return text_squeeze(a, cell);
	if (parts != n)
		return NULL;
	for (; i > 0; i--)
		p = strchr(p, ',') + 1;
	return text_squeeze(a, arena_strndup(a, p, strcspn(p, ",")));
}

static void
row_people(struct arena *a, const struct page *page, const struct table_text *t, const struct table_row *row,
    const struct columns *c, struct raw_span *out)
{
	for (size_t i = 0; i < ROSTER_COLUMNS_MAX; i++) {
		struct cell_people people;

		if (!c->people[i])
			continue;
		people_read(a, page, cell_of(row, i), &people);
		for (size_t k = 0; k < people.n && c->regions && c->npeople > 1; k++)
			if (people.v[k].tag == NULL && !people.v[k].open && *cell_of(&t->header, i) != '\0')
				people.v[k].tag = cell_of(&t->header, i);
		for (size_t k = 0; k < people.n; k++)
			*(struct named *)arena_push(a, &out->people, &out->npeople, sizeof(struct named)) = people.v[k];
		for (size_t k = 0; k < people.nstruck; k++)
			*(const char **)arena_push(a, &out->struck, &out->nstruck, sizeof(char *)) = people.struck[k];
	}
	for (size_t i = 0; i < out->npeople; i++) {
		const char *place = value_for(a, cell_of(row, c->place), i, out->npeople);
		const char *mail = value_for(a, cell_of(row, c->mail), i, out->npeople);

		if (out->people[i].open)
			continue;
		if (out->people[i].tag == NULL && place != NULL && *place != '\0')
			out->people[i].tag = place;
		if (out->people[i].email == NULL && mail != NULL && address_check(mail) == ADDRESS_OK)
			out->people[i].email = mail;
	}
}

void
rows_read(struct arena *a, const struct page *page, struct raw_roster *out)
{
	*out = (struct raw_roster){ 0 };
	for (size_t i = 0; i < page->ntables; i++) {
		const struct table_text *t = &page->tables[i];
		struct columns c = columns_find(a, page, t);

		if (c.npeople == 0 || (c.days == ROSTER_COLUMNS_MAX && c.start == ROSTER_COLUMNS_MAX)) {
			*(unsigned *)arena_push(a, &out->skipped, &out->nskipped, sizeof(unsigned)) = t->header.line;
			continue;
		}
		out->ntables++;
		for (size_t k = 0; k < t->nrows && out->nrows < ROSTER_ROWS_MAX; k++) {
			struct raw_span row = { .line = t->rows[k].line };

			row.dated = row_days(a, &t->rows[k], &c, &row.days);
			row.written = cell_of(&t->rows[k], c.days < ROSTER_COLUMNS_MAX ? c.days : c.start);
			row_people(a, page, t, &t->rows[k], &c, &row);
			*(struct raw_span *)arena_push(a, &out->rows, &out->nrows, sizeof(row)) = row;
		}
		out->cut = out->cut || out->nrows == ROSTER_ROWS_MAX;
	}
}

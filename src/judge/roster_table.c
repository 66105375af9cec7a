/* roster_table.c - the tables of a Markdown page, and the targets of its links. See roster.h. */
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "judge/roster_parts.h"

#define CELL_BYTES_MAX 4000

/* A line of the page without its end; false after the last. */
static bool
line_next(const char **p, const char **line, size_t *len)
{
	if (**p == '\0')
		return false;
	*line = *p;
	*len = strcspn(*p, "\n");
	*p += *len + ((*p)[*len] == '\n');
	if (*len > 0 && (*line)[*len - 1] == '\r')
		--*len;
	return true;
}

static size_t
blanks(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && (s[n] == ' ' || s[n] == '\t'))
		n++;
	return n;
}

/* Without "[^1]": a footnote is neither a day nor a person. */
static const char *
without_footnotes(char *cell)
{
	char *at = cell, *end;

	while ((at = strstr(at, "[^")) != NULL && (end = strchr(at, ']')) != NULL)
		memmove(at, end + 1, strlen(end + 1) + 1);
	return cell;
}

static bool
row_read(struct arena *a, const char *s, size_t len, struct table_row *out)
{
	size_t at = blanks(s, len), start, bars = 0;

	*out = (struct table_row){ 0 };
	if (at < len && s[at] == '|') {
		at++;
		bars++;
	}
	for (start = at; at <= len; at++) {
		if (at < len && s[at] == '\\' && at + 1 < len) {
			at++;
			continue;
		}
		if (at < len && s[at] != '|')
			continue;
		bars += at < len;
		if (at == len && start + blanks(s + start, len - start) == len)
			break; /* nothing behind the last bar is no cell */
		if (out->n < ROSTER_COLUMNS_MAX)
			out->cells[out->n++] = text_squeeze(a, without_footnotes(arena_strndup(a, s + start,
			    utf8_cut(s + start, at - start, CELL_BYTES_MAX))));
		start = at + 1;
	}
	return bars > 0;
}

/* "| --- | :-: |" */
static bool
is_rule(const struct table_row *row)
{
	for (size_t i = 0; i < row->n; i++) {
		const char *c = row->cells[i];
		size_t dashes;

		c += *c == ':';
		dashes = strspn(c, "-");
		c += dashes;
		c += *c == ':';
		if (dashes == 0 || *c != '\0')
			return false;
	}
	return row->n > 0;
}

/* "[label]: url" */
static void
link_read(struct arena *a, const char *s, size_t len, struct page *out)
{
	const char *close;
	struct link_target *l;
	size_t skip = blanks(s, len);

	s += skip;
	len -= skip;
	if (len < 4 || s[0] != '[' || s[1] == '^' || (close = memchr(s, ']', len)) == NULL || close == s + 1 ||
	    close + 1 >= s + len || close[1] != ':')
		return;
	l = arena_push(a, &out->links, &out->nlinks, sizeof(*l));
	l->label = arena_strndup(a, s + 1, (size_t)(close - s) - 1);
	l->url = text_trim(a, close + 2, len - (size_t)(close - s) - 2);
}

/* A fence opens or closes: ``` or ~~~, however long. */
static char
fence_mark(const char *s, size_t len)
{
	size_t skip = blanks(s, len);

	s += skip;
	return len - skip >= 3 && (s[0] == '`' || s[0] == '~') && s[1] == s[0] && s[2] == s[0] ? s[0] : '\0';
}

static bool
has_span(struct arena *a, const struct table_row *row)
{
	struct written_span span;

	for (size_t i = 0; i < row->n; i++)
		if (days_read(a, row->cells[i], &span) && span.has_to)
			return true;
	return false;
}

/* Lines with bars that no rule makes a table: some people write so, and where days stand in one it is a roster. */
static void
loose_end(struct arena *a, struct page *out, struct table_text *loose)
{
	bool spans = false;

	for (size_t i = 0; i < loose->nrows && !spans; i++)
		spans = loose->rows[i].n > 1 && has_span(a, &loose->rows[i]);
	if (spans) {
		loose->header.line = loose->rows[0].line;
		for (size_t i = 0; i < loose->nrows; i++)
			for (; loose->header.n < loose->rows[i].n; loose->header.n++)
				loose->header.cells[loose->header.n] = "";
		*(struct table_text *)arena_push(a, &out->tables, &out->ntables, sizeof(*loose)) = *loose;
	}
	*loose = (struct table_text){ 0 };
}

/* A header with days in it is a row: its writer had no header, and a table must have one. */
static void
header_set(struct arena *a, struct table_text *t, const struct table_row *first)
{
	t->header = *first;
	if (!has_span(a, first))
		return;
	*(struct table_row *)arena_push(a, &t->rows, &t->nrows, sizeof(*first)) = *first;
	for (size_t i = 0; i < t->header.n; i++)
		t->header.cells[i] = "";
}

void
page_read(struct arena *a, const char *text, struct page *out)
{
	struct table_row last = { 0 }, row; /* last: what may turn out to be a header */
	struct table_text *table = NULL, loose = { 0 };
	const char *line;
	unsigned number = 0;
	size_t len;
	char fence = '\0';

	*out = (struct page){ 0 };
	while (line_next(&text, &line, &len)) {
		char mark = fence_mark(line, len);

		number++;
		if (fence != '\0' || mark != '\0') {
			fence = fence == '\0' ? mark : mark == fence ? '\0' : fence;
			table = NULL;
			loose_end(a, out, &loose);
			last = (struct table_row){ 0 };
			continue;
		}
		if (!row_read(a, line, len, &row)) {
			table = NULL;
			loose_end(a, out, &loose);
			last = (struct table_row){ 0 };
			link_read(a, line, len, out);
			continue;
		}
		row.line = number;
		if (table != NULL) {
			*(struct table_row *)arena_push(a, &table->rows, &table->nrows, sizeof(row)) = row;
		} else if (last.n > 0 && last.n == row.n && is_rule(&row)) {
			loose.nrows--; /* the last is its header */
			loose_end(a, out, &loose);
			table = arena_push(a, &out->tables, &out->ntables, sizeof(*table));
			header_set(a, table, &last);
		} else {
			*(struct table_row *)arena_push(a, &loose.rows, &loose.nrows, sizeof(row)) = row;
		}
		last = row;
	}
	loose_end(a, out, &loose);
}

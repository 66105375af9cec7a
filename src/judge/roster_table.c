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
			out->cells[out->n++] = text_trim(a, s + start, utf8_cut(s + start, at - start, CELL_BYTES_MAX));
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
	if (len < 4 || s[0] != '[' || (close = memchr(s, ']', len)) == NULL || close == s + 1 || close + 1 >= s + len ||
	    close[1] != ':')
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

void
page_read(struct arena *a, const char *text, struct page *out)
{
	struct table_row last = { 0 }, row; /* last: what may turn out to be a header */
	struct table_text *table = NULL;
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
			last = (struct table_row){ 0 };
			continue;
		}
		if (!row_read(a, line, len, &row)) {
			table = NULL;
			last = (struct table_row){ 0 };
			link_read(a, line, len, out);
			continue;
		}
		row.line = number;
		if (table != NULL) {
			*(struct table_row *)arena_push(a, &table->rows, &table->nrows, sizeof(row)) = row;
		} else if (last.n > 0 && last.n == row.n && is_rule(&row)) {
			table = arena_push(a, &out->tables, &out->ntables, sizeof(*table));
			table->header = last;
		}
		last = row;
	}
}

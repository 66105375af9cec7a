/* message_embedded.c - a mail within the mail, byte for byte as it came.
 *
 * GMime can only write down anew what it parsed, and signatures over the embedded mail would break. So its bytes
 * are looked for where they stand: from the first of its fields to the boundary of the multipart around it.
 */
#include "judge/message_gmime.h"

#include <string.h>
#include <strings.h>

/* True where the line is a boundary of a multipart around. */
static bool
is_boundary(const struct fence *fence, const char *line, size_t len)
{
	if (len < 3 || line[0] != '-' || line[1] != '-')
		return false;
	while (len > 2 && (unsigned char)line[len - 1] <= ' ')
		len--;
	for (; fence != NULL; fence = fence->outer) {
		size_t n = strlen(fence->boundary);

		if (len >= n + 2 && memcmp(line + 2, fence->boundary, n) == 0 &&
		    (len == n + 2 || (len == n + 4 && line[n + 2] == '-' && line[n + 3] == '-')))
			return true;
	}
	return false;
}

static gint64
lowest_offset(GMimeObject *o, gint64 lowest)
{
	GMimeHeaderList *list = o == NULL ? NULL : g_mime_object_get_header_list(o);
	int n = list == NULL ? 0 : g_mime_header_list_get_count(list);

	for (int i = 0; i < n; i++) {
		gint64 at = g_mime_header_get_offset(g_mime_header_list_get_header_at(list, i));

		if (at >= 0 && (lowest < 0 || at < lowest))
			lowest = at;
	}
	return lowest;
}

/* The first byte of the embedded mail; NULL where that is not sure. */
static const char *
begin_of(const struct walk *w, GMimeMessage *message)
{
	gint64 at = lowest_offset(GMIME_OBJECT(message), lowest_offset(g_mime_message_get_mime_part(message), -1));
	const char *from = w->in->bytes, *p;

	if (from == NULL || at < 2 || (uint64_t)at >= w->in->nbytes)
		return NULL;
	p = from + at;
	if (p[-1] != '\n' || !(p[-2] == '\n' || (at >= 3 && p[-2] == '\r' && p[-3] == '\n')))
		return NULL; /* something stands between the blank line and it */
	return p;
}

static bool
write_as_it_came(const struct walk *w, GMimeMessage *message, GMimeStream *to)
{
	const char *line = begin_of(w, message), *end = w->in->bytes + w->in->nbytes, *last = NULL, *kept = line;

	if (line == NULL)
		return false;
	/* A line is written when the next one is known: the line end before a boundary belongs to the boundary. */
	while (line < end) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((nl == NULL ? end : nl) - line);

		if (is_boundary(w->fence, line, len))
			return true;
		if (last != NULL)
			g_mime_stream_write(to, "\r\n", 2);
		if (nl != NULL && len > 0 && line[len - 1] == '\r')
			len--;
		g_mime_stream_write(to, line, len);
		if (w->in->mapped && (size_t)(line - kept) >= LET_GO_BYTES) {
			message_let_go(kept, line);
			kept = line;
		}
		last = nl;
		line = nl == NULL ? end : nl + 1;
	}
	if (last != NULL)
		g_mime_stream_write(to, "\r\n", 2);
	return true;
}

void
message_write_embedded(const struct walk *w, GMimeMessagePart *part, GMimeStream *to)
{
	GMimeMessage *message = g_mime_message_part_get_message(part);
	GMimeFormatOptions *format;

	if (message == NULL || write_as_it_came(w, message, to))
		return;
	format = g_mime_format_options_new();
	g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
	g_mime_object_write_to_stream(GMIME_OBJECT(message), format, to);
	g_mime_format_options_free(format);
}

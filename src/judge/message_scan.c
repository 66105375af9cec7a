/* message_scan.c - one linear pass that bounds what the MIME parser is given.
 *
 * The parser itself knows no limits: nested multiparts cost it quadratic time, a giant header giant
 * memory. This scan follows the structure just closely enough (boundaries, header blocks) to
 * cut the mail where a limit is passed, to drop header fields beyond theirs, and to give
 * back the blank line that a broken sender left out after his header.
 */
#include "judge/message_inside.h"

#include <string.h>
#include <strings.h>

#include "ground/text.h"

#define STACK_MAX  (MESSAGE_DEPTH_MAX + 8)
#define LOOK_AHEAD 4096 /* bytes after a line that is no field in which another field is looked for */

struct level {
	const char *boundary; /* NULL: an embedded message */
	size_t len;
	bool digest, odd;     /* odd: a boundary written in a way that is not followed here: any "--" line may be it */
};

struct scan {
	const char *raw, *end, *at;
	struct buf *copy;
	const char *copied_to;      /* bytes before are in the copy already; only where copying */
	struct scanned result;
	struct level stack[STACK_MAX];
	size_t depth, parts;
	bool in_header, digest_child;
	size_t fields, field_bytes, header_bytes;
	const char *type, *type_end; /* value of the last Content-Type of this header, NULL */
	bool in_type;
};

static const char *const known_fields[] = { "from", "to", "cc", "subject", "date", "message-id", "mime-version",
	"content-type", "content-transfer-encoding", "content-disposition", "received", "return-path", "reply-to", "sender",
	"delivered-to", "x-mailer", "references", "in-reply-to", "list-id", "precedence", "auto-submitted", "dkim-signature" };

static const char *
line_end(const struct scan *s, const char *from)
{
	const char *nl = memchr(from, '\n', (size_t)(s->end - from));

	return nl == NULL ? s->end : nl + 1;
}

static bool
is_blank(const char *from, const char *to)
{
	while (from < to && (*from == '\r' || *from == '\n'))
		from++;
	return from == to;
}

/* Length of the field name at the start of the line, 0 where it is no field. */
static size_t
field_name(const char *from, const char *to)
{
	const char *p = from;
	size_t len;

	while (p < to && *p > ' ' && *p != ':' && *p != 127)
		p++;
	len = (size_t)(p - from);
	while (p < to && (*p == ' ' || *p == '\t'))
		p++;
	return p < to && *p == ':' ? len : 0;
}

static bool
is_known_field(const char *from, const char *to)
{
	size_t len = field_name(from, to);

	for (size_t i = 0; len > 0 && i < COUNT(known_fields); i++)
		if (strlen(known_fields[i]) == len && strncasecmp(known_fields[i], from, len) == 0)
			return true;
	return false;
}

/* True where the header goes on after the line that ended at from, which was no field. */
static bool
header_goes_on(const struct scan *s, const char *from)
{
	const char *stop = s->end - from > LOOK_AHEAD ? from + LOOK_AHEAD : s->end;

	while (from < stop) {
		const char *nl = memchr(from, '\n', (size_t)(stop - from)), *to = nl == NULL ? stop : nl + 1;

		if (is_blank(from, to) || (to - from >= 2 && from[0] == '-' && from[1] == '-'))
			return false;
		if (is_known_field(from, to))
			return true;
		from = to;
	}
	return false;
}

/* From here on the parser is given a copy: everything up to p as it is, unless it is there already. */
static void
copy_to(struct scan *s, const char *p)
{
	if (!s->result.copied) {
		s->result.copied = true;
		s->copied_to = s->raw;
	}
	if (p > s->copied_to)
		buf_add(s->copy, s->copied_to, (size_t)(p - s->copied_to));
	s->copied_to = p;
}

/* Leaves out the bytes from p to q. */
static void
drop(struct scan *s, const char *p, const char *q, const char *limit)
{
	copy_to(s, p);
	s->copied_to = q;
	if (s->result.limit == NULL)
		s->result.limit = limit;
}

/* The value of parameter name within [p, end), as a token or between quotes. */
static bool
parameter(const char *p, const char *end, const char *name, struct level *out)
{
	size_t len = strlen(name);

	for (; p + len < end; p++) {
		const char *v = p + len;

		if ((p[0] | 0x20) != name[0] || strncasecmp(p, name, len) != 0)
			continue;
		if (*v == '*') {
			out->odd = true;
			return true;
		}
		while (v < end && (*v == ' ' || *v == '\t' || *v == '\r' || *v == '\n'))
			v++;
		if (v == end || *v != '=')
			continue;
		for (v++; v < end && (*v == ' ' || *v == '\t' || *v == '\r' || *v == '\n'); v++)
			;
		out->boundary = v;
		if (v < end && *v == '"') {
			out->boundary = ++v;
			while (v < end && *v != '"')
				out->odd |= *v++ == '\\';
		} else
			while (v < end && *v != ';' && *v > ' ')
				v++;
		out->len = (size_t)(v - out->boundary);
		while (out->len > 0 && (out->boundary[out->len - 1] == ' ' || out->boundary[out->len - 1] == '\t'))
			out->len--;
		return out->len > 0 || out->odd;
	}
	return false;
}

/* Ends the scan: what stands at p and after is not parsed. */
static void
cut(struct scan *s, const char *p, const char *limit)
{
	drop(s, p, s->end, limit);
	s->at = s->end;
}

/* The types that hold a whole mail; a message/delivery-status and its like are only text. */
static bool
is_message_type(const char *v, const char *end)
{
	static const char *const types[] = { "message/rfc822", "message/rfc2822", "message/news", "message/global" };

	for (size_t i = 0; i < COUNT(types); i++) {
		size_t len = strlen(types[i]);

		if ((size_t)(end - v) >= len && strncasecmp(v, types[i], len) == 0 && ((size_t)(end - v) == len || strchr("; \t\r\n", v[len]) != NULL))
			return true;
	}
	return false;
}

/* A header is over: what kind of entity follows? */
static void
header_done(struct scan *s, const char *next)
{
	const char *v = s->type, *end = NULL;
	bool message = s->digest_child && v == NULL;
	struct level level = { 0 };

	s->in_header = false;
	if (v != NULL) {
		end = (size_t)(s->type_end - v) > MESSAGE_FIELD_BYTES ? v + MESSAGE_FIELD_BYTES : s->type_end;
		while (v < end && (*v == ' ' || *v == '\t' || *v == '\r' || *v == '\n'))
			v++;
		message = is_message_type(v, end);
		level.digest = end - v > 16 && strncasecmp(v, "multipart/digest", 16) == 0;
	}
	if (message || (v != NULL && end - v > 10 && strncasecmp(v, "multipart/", 10) == 0 && parameter(v, end, "boundary", &level))) {
		if (message) {
			s->parts++;
			s->in_header = true;
		}
		if (s->depth == STACK_MAX || s->parts > MESSAGE_PARTS_MAX) {
			cut(s, next, s->depth == STACK_MAX ? "depth" : "parts");
			return;
		}
		s->stack[s->depth++] = level;
	}
	s->fields = s->field_bytes = s->header_bytes = 0;
	s->type = NULL;
	s->in_type = s->digest_child = false;
}

/* A line that starts with "--": perhaps a boundary that we are within. */
static bool
boundary_line(struct scan *s, const char *from, const char *to)
{
	size_t len = (size_t)(to - from) - 2;
	const char *rest = from + 2;

	while (len > 0 && (unsigned char)rest[len - 1] <= ' ')
		len--;
	for (size_t i = s->depth; i-- > 0;) {
		const struct level *l = &s->stack[i];
		bool closing;

		if (l->boundary == NULL && !l->odd)
			continue;
		closing = !l->odd && len == l->len + 2 && rest[len - 1] == '-' && rest[len - 2] == '-';
		if (!l->odd && ((len != l->len && !closing) || memcmp(rest, l->boundary, l->len) != 0))
			continue;
		if (l->odd) {
			/* Not known which line it is: count, and do not read headers here. */
			if (++s->parts > MESSAGE_PARTS_MAX)
				cut(s, from, "parts");
			return false;
		}
		s->depth = closing ? i : i + 1;
		s->in_header = !closing;
		s->fields = s->field_bytes = s->header_bytes = 0;
		s->type = NULL;
		s->in_type = false;
		if (!closing) {
			s->digest_child = l->digest;
			if (++s->parts > MESSAGE_PARTS_MAX)
				cut(s, from, "parts");
		}
		return true;
	}
	return false;
}

/* A line of a header block. */
static void
header_line(struct scan *s, const char *from, const char *to)
{
	size_t len = (size_t)(to - from), name;

	if (is_blank(from, to)) {
		header_done(s, to);
		return;
	}
	if (s->depth > 0 && len > 2 && from[0] == '-' && from[1] == '-' && boundary_line(s, from, to))
		return;
	if (*from != ' ' && *from != '\t') {
		name = field_name(from, to);
		if (name == 0 && strncmp(from, "From ", len < 5 ? len : 5) != 0 && strncmp(from, ">From ", len < 6 ? len : 6) != 0 &&
		    !header_goes_on(s, to)) {
			/* No field, and none to come: the sender forgot the blank line. */
			if (s->fields == 0 && s->depth == 0)
				s->result.headless = true;
			copy_to(s, from);
			buf_puts(s->copy, "\n");
			header_done(s, from);
			if (s->at != s->end)
				s->at = from;
			return;
		}
		s->fields++;
		s->field_bytes = 0;
		s->in_type = name == 12 && strncasecmp(from, "content-type", 12) == 0;
		if (s->in_type)
			s->type = (const char *)memchr(from, ':', len) + 1;
	}
	if (s->in_type)
		s->type_end = to;
	s->field_bytes += len;
	s->header_bytes += len;
	if (s->fields > MESSAGE_HEADERS_MAX || s->header_bytes > MESSAGE_HEADER_BYTES)
		drop(s, from, to, "headers");
	else if (s->field_bytes > MESSAGE_FIELD_BYTES) {
		size_t over = s->field_bytes - MESSAGE_FIELD_BYTES;

		/* What fits of this line stays, and its line end. */
		drop(s, over < len ? to - over : from, over < len ? to - 1 : to, "field");
		s->header_bytes -= over < len ? over - 1 : len;
		s->field_bytes = MESSAGE_FIELD_BYTES;
	}
}

struct scanned
message_scan(const char *raw, size_t len, bool mapped, struct buf *copy)
{
	struct scan s = { .raw = raw, .at = raw, .end = raw + len, .copy = copy, .in_header = true };
	size_t done = 0;

	/* White space and a byte order mark before the first field are nobody's body. */
	if (len >= 3 && memcmp(raw, "\xef\xbb\xbf", 3) == 0)
		s.at += 3;
	while (s.at < s.end && (*s.at == '\r' || *s.at == '\n'))
		s.at++;
	if (s.at > raw && is_known_field(s.at, line_end(&s, s.at)))
		drop(&s, raw, s.at, NULL);
	else
		s.at = raw;
	while (s.at < s.end) {
		const char *from = s.at, *to = line_end(&s, from);

		s.at = to;
		if (mapped)
			message_let_go(raw, &done, (size_t)(from - raw));
		if (s.in_header)
			header_line(&s, from, to);
		else if (s.depth > 0 && to - from > 2 && from[0] == '-' && from[1] == '-')
			boundary_line(&s, from, to);
	}
	if (s.result.copied)
		copy_to(&s, s.end);
	return s.result;
}

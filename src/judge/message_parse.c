/* message_parse.c - the MIME of a mail, taken apart by GMime and written down in our words.
 *
 * GMime is handed the bytes that message_scan() bounded; it sees the raw memory, no copy. Everything
 * that leaves this file is valid UTF-8 in the arena.
 */
#include "judge/message_inside.h"

#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "judge/html.h"
#include "judge/message_gmime.h"

#define PIECE_BYTES   ((size_t)256 * 1024) /* text of a report or of a returned header */
#define ENCODED_BYTES ((size_t)64 << 20)   /* of an embedded mail that came encoded */

/* Appends with a line end between, as far as the ceiling lets it. */
static void
add_text(struct walk *w, struct buf *b, const char *s)
{
	size_t len = strlen(s), room;

	if (b->len > 0 && b->data[b->len - 1] != '\n')
		buf_puts(b, "\n");
	room = b->max - b->len;
	if (len > room) {
		message_limit(w->m, "text");
		len = utf8_cut(s, len, room);
	}
	buf_add(b, s, len);
}

/* What the part holds, decoded; of an embedded mail its bytes, with the line ends of the wire. */
static void
write_content(const struct walk *w, GMimeObject *o, GMimeStream *to)
{
	if (GMIME_IS_PART(o)) {
		GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(o));

		if (content != NULL)
			g_mime_data_wrapper_write_to_stream(content, to);
	} else if (GMIME_IS_MESSAGE_PART(o))
		message_write_embedded(w, GMIME_MESSAGE_PART(o), to);
}

static void
content_of(const struct walk *w, GMimeObject *o, struct buf *out)
{
	GMimeStream *sink = message_sink_new(out);

	write_content(w, o, sink);
	g_object_unref(sink);
}

/* What base64 would decode to, by counting its digits: to decode megabytes only to count them takes four times as long.
 * False where it is not as it should be (digits behind a '=', a group that is not whole): then only who decodes it knows. */
static bool
count_base64(GMimeStream *from, uint64_t *bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	AUTO_FREE unsigned char *piece = xmalloc(PIECE_BYTES);
	unsigned char counts[256] = { 0 };
	uint64_t n = 0, pads = 0;
	bool good = true;
	ssize_t got;

	for (const char *d = digits; *d != '\0'; d++)
		counts[(unsigned char)*d] = 1;
	while (good && (got = g_mime_stream_read(from, (char *)piece, PIECE_BYTES)) > 0)
		for (size_t at = 0; at < (size_t)got; at++) {
			const unsigned char *pad = memchr(piece + at, '=', (size_t)got - at);
			const unsigned char *end = pad != NULL ? pad : piece + got;
			uint64_t before = n;

			for (const unsigned char *p = piece + at; p < end; p++)
				n += counts[*p];
			good = good && (pads == 0 || n == before);
			pads += pad != NULL;
			at = (size_t)(end - piece);
		}
	*bytes = (n + pads) / 4 * 3 - pads;
	return good && pads <= 2 && (n + pads) % 4 == 0;
}

static uint64_t
size_of(const struct walk *w, GMimeObject *o)
{
	GMimeDataWrapper *content = GMIME_IS_PART(o) ? g_mime_part_get_content(GMIME_PART(o)) : NULL;
	GMimeStream *null;
	uint64_t bytes;

	if (content != NULL && g_mime_data_wrapper_get_encoding(content) == GMIME_CONTENT_ENCODING_BASE64) {
		g_mime_stream_reset(g_mime_data_wrapper_get_stream(content));
		if (count_base64(g_mime_data_wrapper_get_stream(content), &bytes))
			return bytes;
	}
	null = g_mime_stream_null_new();
	write_content(w, o, null);
	bytes = GMIME_STREAM_NULL(null)->written;
	g_object_unref(null);
	return bytes;
}

static const char *
name_of(struct walk *w, GMimeObject *o)
{
	const char *name = GMIME_IS_PART(o) ? g_mime_part_get_filename(GMIME_PART(o)) : g_mime_object_get_content_disposition_parameter(o, "filename");

	if (name == NULL)
		name = g_mime_object_get_content_type_parameter(o, "name");
	return name == NULL ? "" : text_squeeze(w->in->a, message_one_line(w->in->a, name));
}

static const char *
type_of(struct walk *w, GMimeObject *o)
{
	char *type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(o));
	char *out = arena_strdup(w->in->a, message_one_line(w->in->a, type == NULL ? "text/plain" : type));

	g_free(type);
	text_lower_ascii(out);
	return out;
}

static void
add_attachment(struct walk *w, GMimeObject *o)
{
	struct message *m = w->m;
	struct attachment *at;

	if (m->nattachments == MESSAGE_ATTACHMENTS_MAX) {
		message_limit(m, "attachments");
		return;
	}
	at = arena_push(w->in->a, &m->attachments, &m->nattachments, sizeof(*m->attachments));
	at->name = name_of(w, o);
	at->type = type_of(w, o);
	if (w->in->want != m->nattachments)
		at->bytes = size_of(w, o);
	else
		content_of(w, o, w->in->wanted);
}

/* A text part that is for reading. */
static void
take_text(struct walk *w, GMimePart *part, bool html, bool for_text)
{
	GMimeObject *o = GMIME_OBJECT(part);
	const char *charset = g_mime_object_get_content_type_parameter(o, "charset");
	const char *format = g_mime_object_get_content_type_parameter(o, "format");
	const char *delsp = g_mime_object_get_content_type_parameter(o, "delsp");
	AUTO_BUF struct buf bytes, shown;
	char *text;

	buf_init(&bytes, MESSAGE_TEXT_BYTES);
	content_of(w, GMIME_OBJECT(part), &bytes);
	if (bytes.over)
		message_limit(w->m, "text");
	if (html && (charset == NULL || strcasecmp(charset, "us-ascii") == 0))
		charset = message_html_charset(w->in->a, bytes.data, bytes.len);
	text = message_decode(w->in->a, bytes.data, bytes.len, charset);
	buf_init(&shown, MESSAGE_TEXT_BYTES);
	if (html) {
		html_text(text, strlen(text), &shown);
		if (shown.over)
			message_limit(w->m, "text");
		text = arena_strndup(w->in->a, shown.data, utf8_cut(shown.data, shown.len, shown.len));
	} else if (format != NULL && strcasecmp(format, "flowed") == 0)
		text = message_unflow(w->in->a, text, delsp != NULL && strcasecmp(delsp, "yes") == 0);
	*(html ? &w->has_html : &w->has_plain) = true;
	add_text(w, html ? &w->html : &w->plain, text);
	if (for_text)
		add_text(w, &w->text, text);
}

static bool
is_attached(struct walk *w, GMimeObject *o)
{
	const char *disposition = g_mime_object_get_disposition(o);

	if (disposition != NULL && strcasecmp(disposition, "attachment") == 0)
		return true;
	return *name_of(w, o) != '\0' && (w->has_plain || w->has_html);
}

static struct piece *
add_piece(struct walk *w, enum piece_kind kind)
{
	struct piece *p;

	if (w->in->npieces == MESSAGE_PIECES_MAX)
		return NULL;
	p = arena_push(w->in->a, &w->in->pieces, &w->in->npieces, sizeof(*w->in->pieces));
	p->kind = kind;
	p->text = "";
	return p;
}

static const char *
piece_text(struct walk *w, GMimePart *part)
{
	AUTO_BUF struct buf bytes;

	buf_init(&bytes, PIECE_BYTES);
	content_of(w, GMIME_OBJECT(part), &bytes);
	return message_decode(w->in->a, bytes.data, bytes.len, NULL);
}

/* A mail that came encoded, which RFC 2046 forbids: GMime sees no more in it than a file. */
static void
take_encoded(struct walk *w, GMimePart *part, unsigned depth)
{
	struct inside inner = { .a = w->in->a };
	AUTO_BUF struct buf bytes;
	struct piece *piece;
	struct opened o;

	buf_init(&bytes, ENCODED_BYTES);
	if (w->nested > 0 || (piece = add_piece(w, PIECE_MESSAGE)) == NULL)
		return;
	inner.m = piece->message = arena_alloc(w->in->a, sizeof(*inner.m));
	content_of(w, GMIME_OBJECT(part), &bytes);
	if (bytes.over)
		message_limit(w->m, "encoded");
	message_open(&o, bytes.data, bytes.len, &inner);
	if (o.message != NULL) {
		inner.bytes = o.bytes;
		inner.nbytes = o.nbytes;
		message_take(&inner, o.message, o.options, depth + 1, w->nested + 1);
	} else
		w->in->npieces--; /* no mail after all */
	if (o.limit != NULL || inner.m->truncated != NULL)
		message_limit(w->m, o.limit != NULL ? o.limit : inner.m->truncated);
	message_close(&o);
}

static void
take_part(struct walk *w, GMimePart *part, unsigned depth, bool for_text)
{
	static const struct { const char *type; enum piece_kind kind; } reports[] = {
		{ "message/delivery-status", PIECE_STATUS }, { "message/global-delivery-status", PIECE_STATUS },
		{ "message/disposition-notification", PIECE_NOTIFICATION }, { "message/global-disposition-notification", PIECE_NOTIFICATION },
		{ "message/feedback-report", PIECE_FEEDBACK }, { "text/rfc822-headers", PIECE_HEADERS },
		{ "message/global-headers", PIECE_HEADERS }, { "text/rfc822-header", PIECE_HEADERS },
	};
	GMimeObject *o = GMIME_OBJECT(part);
	const char *type = type_of(w, o);
	struct piece *piece;

	for (size_t i = 0; i < COUNT(reports); i++)
		if (strcmp(type, reports[i].type) == 0) {
			if (w->nested == 0 && (piece = add_piece(w, reports[i].kind)) != NULL)
				piece->text = piece_text(w, part);
			add_attachment(w, o);
			return;
		}
	if (!is_attached(w, o) && (strcmp(type, "text/plain") == 0 || strcmp(type, "text/html") == 0 || strcmp(type, "text/enriched") == 0 ||
	    strcmp(type, "text/richtext") == 0 || strncmp(type, "text/", 5) != 0) && strncmp(type, "text/", 5) == 0)
		take_text(w, part, strcmp(type, "text/plain") != 0, for_text);
	else
		add_attachment(w, o);
	if (strcmp(type, "message/rfc822") == 0 || strcmp(type, "message/global") == 0)
		take_encoded(w, part, depth);
}

static void walk(struct walk *w, GMimeObject *o, unsigned depth, bool for_text, bool digest);

/* What was meant to be the mail inside, one level deep. */
static void
take_message(struct walk *w, GMimeMessagePart *part, unsigned depth, bool digest)
{
	GMimeMessage *message = g_mime_message_part_get_message(part);
	struct piece *piece;
	struct inside inner = { .a = w->in->a, .bytes = w->in->bytes, .nbytes = w->in->nbytes, .mapped = w->in->mapped };

	add_attachment(w, GMIME_OBJECT(part));
	if (message == NULL || w->nested > 0 || (piece = add_piece(w, PIECE_MESSAGE)) == NULL)
		return;
	piece->digest = digest;
	inner.m = arena_alloc(w->in->a, sizeof(*inner.m));
	piece->message = inner.m;
	message_take(&inner, message, w->options, depth + 1, w->nested + 1);
	if (inner.m->truncated != NULL)
		message_limit(w->m, inner.m->truncated);
}

/* Of several renderings of the same thing the plain one is read, if there is something in it. */
static void
walk_alternative(struct walk *w, GMimeMultipart *mp, unsigned depth, bool for_text)
{
	int n = g_mime_multipart_get_count(mp);
	struct buf text = w->text;
	bool said = false;

	if (!for_text) {
		for (int i = 0; i < n; i++)
			walk(w, g_mime_multipart_get_part(mp, i), depth + 1, false, false);
		return;
	}
	for (int i = 0; i < n; i++) {
		buf_init(&w->text, MESSAGE_TEXT_BYTES);
		walk(w, g_mime_multipart_get_part(mp, i), depth + 1, !said, false);
		if (!said && w->text.data[strspn(w->text.data, " \t\r\n")] != '\0') {
			struct buf choice = w->text;

			said = true;
			w->text = text;
			add_text(w, &w->text, choice.data);
			text = w->text;
			w->text = choice;
		}
		buf_free(&w->text);
	}
	w->text = text;
}

static void
walk(struct walk *w, GMimeObject *o, unsigned depth, bool for_text, bool digest)
{
	if (o == NULL)
		return;
	if (depth > MESSAGE_DEPTH_MAX) {
		message_limit(w->m, "depth");
		return;
	}
	if (++w->parts > MESSAGE_PARTS_MAX) {
		message_limit(w->m, "parts");
		return;
	}
	if (GMIME_IS_MULTIPART(o)) {
		GMimeMultipart *mp = GMIME_MULTIPART(o);
		const char *subtype = g_mime_content_type_get_media_subtype(g_mime_object_get_content_type(o));
		int n = g_mime_multipart_get_count(mp);
		const char *prologue = n == 0 ? g_mime_multipart_get_prologue(mp) : NULL;
		const char *boundary = g_mime_object_get_content_type_parameter(o, "boundary");
		const struct fence *outer = w->fence, fence = { outer, boundary };

		w->fence = boundary == NULL ? outer : &fence;

		if (prologue != NULL) { /* a boundary that never came: the text stands where nobody looks */
			char *text = message_decode(w->in->a, prologue, strlen(prologue), NULL);

			w->has_plain = true;
			add_text(w, &w->plain, text);
			if (for_text)
				add_text(w, &w->text, text);
		} else if (strcasecmp(subtype, "alternative") == 0)
			walk_alternative(w, mp, depth, for_text);
		else
			for (int i = 0; i < n; i++)
				walk(w, g_mime_multipart_get_part(mp, i), depth + 1, for_text, strcasecmp(subtype, "digest") == 0);
		w->fence = outer;
	} else if (GMIME_IS_MESSAGE_PART(o))
		take_message(w, GMIME_MESSAGE_PART(o), depth, digest);
	else if (GMIME_IS_PART(o))
		take_part(w, GMIME_PART(o), depth, for_text);
}

void
message_take(struct inside *in, GMimeMessage *message, GMimeParserOptions *options, unsigned depth, unsigned nested)
{
	struct walk w = { .in = in, .m = in->m, .options = options, .nested = nested };
	GMimeObject *body = g_mime_message_get_mime_part(message);
	struct message *m = in->m;

	m->subject = "";
	m->from.name = m->from.address = "";
	buf_init(&w.plain, MESSAGE_TEXT_BYTES);
	buf_init(&w.html, MESSAGE_TEXT_BYTES);
	buf_init(&w.text, MESSAGE_TEXT_BYTES);
	message_take_header(&w, GMIME_OBJECT(message));
	in->type = body == NULL ? "text/plain" : type_of(&w, body);
	in->report_type = "";
	if (body != NULL)
		message_take_header(&w, body);
	if (body != NULL && g_mime_object_get_content_type_parameter(body, "report-type") != NULL) {
		char *word = arena_strdup(in->a, message_one_line(in->a, g_mime_object_get_content_type_parameter(body, "report-type")));

		text_lower_ascii(word);
		in->report_type = word;
	}
	walk(&w, body, depth, true, false);
	m->plain = w.has_plain ? arena_strndup(in->a, w.plain.data, w.plain.len) : NULL;
	m->html_text = w.has_html ? arena_strndup(in->a, w.html.data, w.html.len) : NULL;
	m->text = arena_strndup(in->a, w.text.data, w.text.len);
	buf_free(&w.plain);
	buf_free(&w.html);
	buf_free(&w.text);
}

/* message_parse.c - the MIME of a mail, taken apart by GMime and written down in our words.
 *
 * GMime is handed the bytes that message_scan() bounded; it sees the raw memory, no copy. Everything
 * that leaves this file is valid UTF-8 in the arena.
 */
#include "judge/message_inside.h"

#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

#include "ground/text.h"
#include "judge/html.h"
#include "judge/message_gmime.h"

#define PIECE_BYTES (256u * 1024u) /* text of a report or of a returned header */

struct walk {
	struct inside *in;
	struct message *m;
	GMimeParserOptions *options;
	struct buf plain, html, text;
	bool has_plain, has_html;
	unsigned nested;           /* embedded messages that we are within */
	size_t parts;
};

static void
limit(struct message *m, const char *which)
{
	if (m->truncated == NULL)
		m->truncated = which;
}

/* One line of valid UTF-8: what strangers fold, pad or hide in a header becomes blanks. */
static const char *
one_line(struct arena *a, const char *s)
{
	char *out = utf8_clean(a, s, strlen(s), MESSAGE_FIELD_BYTES);

	for (char *p = out; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = ' ';
	return text_trim(a, out, strlen(out));
}

static const char *
unfold(struct arena *a, const char *raw)
{
	char *out = arena_strdup(a, raw), *w = out;

	for (const char *r = out; *r != '\0'; r++)
		if (*r != '\r' && *r != '\n')
			*w++ = *r;
	*w = '\0';
	return text_trim(a, out, strlen(out));
}

/* Encoded words in base64 whose sender forgot the padding lose their last letters otherwise. */
static const char *
pad_words(struct arena *a, const char *s)
{
	const char *q = s;
	struct buf out;

	if (strcasestr(s, "?b?") == NULL)
		return s;
	buf_init(&out, 2 * (size_t)MESSAGE_FIELD_BYTES);
	while ((q = strcasestr(s, "?b?")) != NULL) {
		const char *close = strstr(q + 3, "?=");
		size_t len = close == NULL ? 0 : (size_t)(close - q) - 3;

		if (close == NULL)
			break;
		buf_add(&out, s, (size_t)(close - s));
		if (len % 4 >= 2 && q[3] != '?' && memchr(q + 3, ' ', len) == NULL)
			buf_add(&out, "==", 4 - len % 4);
		buf_puts(&out, "?=");
		s = close + 2;
	}
	buf_puts(&out, s);
	s = arena_strndup(a, out.data, out.len);
	buf_free(&out);
	return s;
}

static const char *
decode_field(struct walk *w, const char *unfolded)
{
	char *decoded = g_mime_utils_header_decode_text(w->options, unfolded);
	const char *s = one_line(w->in->a, decoded == NULL ? "" : decoded);

	g_free(decoded);
	return s;
}

/* Mailboxes of a list, those of groups too. Groups do not nest deeper than this says. */
static void
add_mailboxes(struct walk *w, InternetAddressList *list, struct people *out, int groups)
{
	int n = list == NULL ? 0 : internet_address_list_length(list);

	for (int i = 0; i < n; i++) {
		InternetAddress *ia = internet_address_list_get_address(list, i);
		const char *name = internet_address_get_name(ia), *address;
		struct person *p;

		if (INTERNET_ADDRESS_IS_GROUP(ia)) {
			if (groups > 0)
				add_mailboxes(w, internet_address_group_get_members(INTERNET_ADDRESS_GROUP(ia)), out, groups - 1);
			continue;
		}
		if (out->n == MESSAGE_ADDRESSES_MAX) {
			limit(w->m, "addresses");
			return;
		}
		address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(ia));
		p = arena_push(w->in->a, &out->v, &out->n, sizeof(*out->v));
		p->name = name == NULL ? "" : text_squeeze(w->in->a, one_line(w->in->a, name));
		p->address = address == NULL ? "" : one_line(w->in->a, address);
	}
}

static void
add_people(struct walk *w, const char *unfolded, struct people *out)
{
	InternetAddressList *list = internet_address_list_parse(w->options, unfolded);

	add_mailboxes(w, list, out, 3);
	if (list != NULL)
		g_object_unref(list);
}

/* All ids between < and >; a bare word where there are no brackets at all. Of too many the last count: they are the nearest. */
static void
add_ids(struct walk *w, const char *value, struct strings *out)
{
	struct arena *a = w->in->a;
	const char *p = value, *close;

	while ((p = strchr(p, '<')) != NULL && (close = strchr(p, '>')) != NULL) {
		char *id = text_trim(a, p + 1, (size_t)(close - p) - 1);

		if (*id != '\0' && out->n < MESSAGE_IDS_MAX)
			*(const char **)arena_push(a, &out->v, &out->n, sizeof(*out->v)) = id;
		else if (*id != '\0') {
			memmove(out->v, out->v + 1, (out->n - 1) * sizeof(*out->v));
			out->v[out->n - 1] = id;
		}
		p = close + 1;
	}
	if (out->n == 0 && *value != '\0' && strpbrk(value, "< \t>") == NULL && strchr(value, '@') != NULL)
		*(const char **)arena_push(a, &out->v, &out->n, sizeof(*out->v)) = value;
}

static void
take_field(struct walk *w, const char *name, const char *raw)
{
	struct message *m = w->m;
	struct arena *a = w->in->a;
	const char *u = pad_words(a, unfold(a, raw)), *value;
	struct people people = { 0 };
	struct strings ids = { 0 };
	struct field *f;

	if (m->nfields == MESSAGE_HEADERS_MAX) {
		limit(m, "headers");
		return;
	}
	value = decode_field(w, u);
	f = arena_push(a, &m->fields, &m->nfields, sizeof(*m->fields));
	f->name = one_line(a, name);
	f->value = value;
	f->raw = unfold(a, raw);
	if (strcasecmp(name, "From") == 0) {
		add_people(w, u, &people);
		if (m->from_count == 0 && people.n > 0)
			m->from = people.v[0];
		m->from_count += people.n;
	} else if (strcasecmp(name, "Sender") == 0)
		add_people(w, u, &m->sender);
	else if (strcasecmp(name, "Reply-To") == 0)
		add_people(w, u, &m->reply_to);
	else if (strcasecmp(name, "To") == 0)
		add_people(w, u, &m->to);
	else if (strcasecmp(name, "Cc") == 0)
		add_people(w, u, &m->cc);
	else if (strcasecmp(name, "Delivered-To") == 0 || strcasecmp(name, "X-Original-To") == 0 || strcasecmp(name, "Envelope-To") == 0) {
		add_people(w, u, &people);
		for (size_t i = 0; i < people.n && m->delivered_to.n < MESSAGE_ADDRESSES_MAX; i++)
			*(const char **)arena_push(a, &m->delivered_to.v, &m->delivered_to.n, sizeof(*m->delivered_to.v)) = people.v[i].address;
	} else if (strcasecmp(name, "Return-Path") == 0 && m->return_path == NULL) {
		const char *p = u + strspn(u, "< \t");

		m->return_path = text_trim(a, p, strcspn(p, ">"));
	} else if (strcasecmp(name, "Subject") == 0 && *m->subject == '\0')
		m->subject = value;
	else if (strcasecmp(name, "Message-ID") == 0 && m->message_id == NULL) {
		add_ids(w, one_line(a, u), &ids);
		m->message_id = ids.n > 0 ? ids.v[0] : NULL;
		if (m->message_id == NULL && *u != '\0')
			m->message_id = text_trim(a, one_line(a, u) + (*u == '<'), strcspn(u + (*u == '<'), ">"));
	} else if (strcasecmp(name, "In-Reply-To") == 0)
		add_ids(w, one_line(a, u), &m->in_reply_to);
	else if (strcasecmp(name, "References") == 0)
		add_ids(w, one_line(a, u), &m->references);
	else if (strcasecmp(name, "Received") == 0)
		m->received++;
	else if (strcasecmp(name, "Date") == 0 && !m->has_date) {
		GDateTime *dt = g_mime_utils_header_decode_date(u);

		if (dt != NULL) {
			m->date = g_date_time_to_unix(dt);
			m->has_date = true;
			g_date_time_unref(dt);
		}
	}
}

static void
take_header(struct walk *w, GMimeObject *o)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(o);
	int n = g_mime_header_list_get_count(list);

	for (int i = 0; i < n; i++) {
		GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
		const char *raw = g_mime_header_get_raw_value(h);

		take_field(w, g_mime_header_get_name(h), raw == NULL ? "" : raw);
	}
}

/* Appends with a line end between, as far as the ceiling lets it. */
static void
add_text(struct walk *w, struct buf *b, const char *s)
{
	size_t len = strlen(s), room;

	if (b->len > 0 && b->data[b->len - 1] != '\n')
		buf_puts(b, "\n");
	room = b->max - b->len;
	if (len > room) {
		limit(w->m, "text");
		len = utf8_cut(s, len, room);
	}
	buf_add(b, s, len);
}

/* What the part holds, decoded; of an embedded mail its bytes, with the line ends of the wire. */
static void
write_content(GMimeObject *o, GMimeStream *to)
{
	GMimeFormatOptions *format;
	GMimeMessage *message;

	if (GMIME_IS_PART(o)) {
		GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(o));

		if (content != NULL)
			g_mime_data_wrapper_write_to_stream(content, to);
	} else if (GMIME_IS_MESSAGE_PART(o) && (message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(o))) != NULL) {
		format = g_mime_format_options_new();
		g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
		g_mime_object_write_to_stream(GMIME_OBJECT(message), format, to);
		g_mime_format_options_free(format);
	}
}

static void
content_of(GMimeObject *o, struct buf *out)
{
	GMimeStream *sink = message_sink_new(out);

	write_content(o, sink);
	g_object_unref(sink);
}

static uint64_t
size_of(GMimeObject *o)
{
	GMimeStream *null = g_mime_stream_null_new();
	uint64_t bytes;

	write_content(o, null);
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
	return name == NULL ? "" : text_squeeze(w->in->a, one_line(w->in->a, name));
}

static const char *
type_of(struct walk *w, GMimeObject *o)
{
	char *type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(o));
	char *out = arena_strdup(w->in->a, one_line(w->in->a, type == NULL ? "text/plain" : type));

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
		limit(m, "attachments");
		return;
	}
	at = arena_push(w->in->a, &m->attachments, &m->nattachments, sizeof(*m->attachments));
	at->name = name_of(w, o);
	at->type = type_of(w, o);
	if (w->in->want != m->nattachments)
		at->bytes = size_of(o);
	else
		content_of(o, w->in->wanted);
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
	content_of(GMIME_OBJECT(part), &bytes);
	if (bytes.over)
		limit(w->m, "text");
	if (html && (charset == NULL || strcasecmp(charset, "us-ascii") == 0))
		charset = message_html_charset(w->in->a, bytes.data, bytes.len);
	text = message_decode(w->in->a, bytes.data, bytes.len, charset);
	buf_init(&shown, MESSAGE_TEXT_BYTES);
	if (html) {
		html_text(text, strlen(text), &shown);
		if (shown.over)
			limit(w->m, "text");
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
	content_of(GMIME_OBJECT(part), &bytes);
	return message_decode(w->in->a, bytes.data, bytes.len, NULL);
}

static void
take_part(struct walk *w, GMimePart *part, bool for_text)
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
}

static void walk(struct walk *w, GMimeObject *o, unsigned depth, bool for_text, bool digest);

/* What was meant to be the mail inside, one level deep. */
static void
take_message(struct walk *w, GMimeMessagePart *part, unsigned depth, bool digest)
{
	GMimeMessage *message = g_mime_message_part_get_message(part);
	struct piece *piece;
	struct inside inner = { .a = w->in->a };

	add_attachment(w, GMIME_OBJECT(part));
	if (message == NULL || w->nested > 0 || (piece = add_piece(w, PIECE_MESSAGE)) == NULL)
		return;
	piece->digest = digest;
	inner.m = arena_alloc(w->in->a, sizeof(*inner.m));
	piece->message = inner.m;
	message_take(&inner, message, w->options, depth + 1, w->nested + 1);
	if (inner.m->truncated != NULL)
		limit(w->m, inner.m->truncated);
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
		limit(w->m, "depth");
		return;
	}
	if (++w->parts > MESSAGE_PARTS_MAX) {
		limit(w->m, "parts");
		return;
	}
	if (GMIME_IS_MULTIPART(o)) {
		GMimeMultipart *mp = GMIME_MULTIPART(o);
		const char *subtype = g_mime_content_type_get_media_subtype(g_mime_object_get_content_type(o));
		int n = g_mime_multipart_get_count(mp);
		const char *prologue = n == 0 ? g_mime_multipart_get_prologue(mp) : NULL;

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
	} else if (GMIME_IS_MESSAGE_PART(o))
		take_message(w, GMIME_MESSAGE_PART(o), depth, digest);
	else if (GMIME_IS_PART(o))
		take_part(w, GMIME_PART(o), for_text);
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
	take_header(&w, GMIME_OBJECT(message));
	in->type = body == NULL ? "text/plain" : type_of(&w, body);
	in->report_type = "";
	if (body != NULL && g_mime_object_get_content_type_parameter(body, "report-type") != NULL) {
		char *word = arena_strdup(in->a, one_line(in->a, g_mime_object_get_content_type_parameter(body, "report-type")));

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

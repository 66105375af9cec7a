/* message_header.c - the header of a mail, field by field, in our words: one line each, valid UTF-8, decoded. */
#include "judge/message_gmime.h"

#include <string.h>
#include <strings.h>

#include "ground/text.h"

void
message_limit(struct message *m, const char *which)
{
	if (m->truncated == NULL)
		m->truncated = which;
}

/* One line of valid UTF-8: what strangers fold, pad or hide in a header becomes blanks. */
const char *
message_one_line(struct arena *a, const char *s)
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

	if (strchr(s, '?') == NULL || strcasestr(s, "?b?") == NULL)
		return s;
	buf_init(&out, 2 * MESSAGE_FIELD_BYTES);
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
	const char *s = message_one_line(w->in->a, decoded == NULL ? "" : decoded);

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
			message_limit(w->m, "addresses");
			return;
		}
		address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(ia));
		p = arena_push(w->in->a, &out->v, &out->n, sizeof(*out->v));
		p->name = name == NULL ? "" : text_squeeze(w->in->a, message_one_line(w->in->a, name));
		p->address = address == NULL ? "" : message_one_line(w->in->a, address);
	}
}

/* GMime ends an address before its second @ and says nothing: <ada@example.com@evil.example> would be Ada. Such a one is given as it
 * stands there, which is nobody's address. */
static const char *
whole_address(struct walk *w, const char *unfolded, const char *address)
{
	size_t len = strlen(address);
	const char *whole = address;

	for (const char *p = unfolded; len > 0 && (p = strstr(p, address)) != NULL; p += len) {
		if (p[len] != '@')
			return address;
		whole = message_one_line(w->in->a, arena_strndup(w->in->a, p, len + strcspn(p + len, " \t<>(),;:\"")));
	}
	return whole;
}

static void
add_people(struct walk *w, const char *unfolded, struct people *out)
{
	InternetAddressList *list = internet_address_list_parse(w->options, unfolded);
	size_t first = out->n;

	add_mailboxes(w, list, out, 3);
	for (size_t i = first; i < out->n; i++)
		out->v[i].address = whole_address(w, unfolded, out->v[i].address);
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
		message_limit(m, "headers");
		return;
	}
	value = decode_field(w, u);
	f = arena_push(a, &m->fields, &m->nfields, sizeof(*m->fields));
	f->name = message_one_line(a, name);
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

		m->return_path = message_one_line(a, text_trim(a, p, strcspn(p, ">")));
	} else if (strcasecmp(name, "Subject") == 0 && *m->subject == '\0')
		m->subject = value;
	else if (strcasecmp(name, "Message-ID") == 0 && m->message_id == NULL) {
		const char *id = message_one_line(a, u);

		add_ids(w, id, &ids);
		id += *id == '<';
		if (ids.n > 0)
			m->message_id = ids.v[0];
		else if (*id != '\0') /* without its brackets, or with one of them */
			m->message_id = text_trim(a, id, strcspn(id, ">"));
	} else if (strcasecmp(name, "In-Reply-To") == 0)
		add_ids(w, message_one_line(a, u), &m->in_reply_to);
	else if (strcasecmp(name, "References") == 0)
		add_ids(w, message_one_line(a, u), &m->references);
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

/* GMime keeps a mail's Content fields with its body: they are taken from there. */
void
message_take_header(struct walk *w, GMimeObject *o)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(o);
	int n = g_mime_header_list_get_count(list);

	for (int i = 0; i < n; i++) {
		GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
		const char *raw = g_mime_header_get_raw_value(h);

		take_field(w, g_mime_header_get_name(h), raw == NULL ? "" : raw);
	}
}

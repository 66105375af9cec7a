/* letter.c - a template, values and attachments made into the bytes of a mail. See letter.h. */
#include "judge/letter.h"

#include <string.h>

#include "ground/buf.h"
#include "ground/digest.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/letter_parts.h"

#define LETTER_BYTES_MAX (64u << 20) /* of our own making, entities included */
#define LINE_MAX_RFC5322 998
#define BOUNDARY_HEX     33

struct maker {
	struct arena *a;
	const struct letter_ask *ask;
	struct letter *letter;
	struct buf out;               /* bytes since the last splice */
	char outer[BOUNDARY_HEX + 2], inner[BOUNDARY_HEX + 2];
};

/* 128 bits out of salt and Message-ID: nobody outside can know it, and the same ask gives the same bytes. */
static void
make_boundary(const struct letter_ask *ask, const char *which, char out[BOUNDARY_HEX + 2])
{
	unsigned char mac[DIGEST_BYTES];
	AUTO_BUF struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "boundary %s %s", which, ask->message_id);
	digest_hmac(ask->salt, ask->saltlen, b.data, b.len, mac);
	out[0] = '=';
	digest_hex(mac, 16, out + 1);
}

/* Can the original stand in a mail as it is? Otherwise it goes as base64. */
static bool
is_spliceable(const struct raw_facts *f)
{
	return !f->nul && !f->bare_newline && f->longest_line <= LINE_MAX_RFC5322;
}

static void
push_bytes(struct maker *m)
{
	struct segment *s;

	if (m->out.len == 0)
		return;
	s = arena_push(m->a, &m->letter->segments, &m->letter->nsegments, sizeof(*s));
	s->kind = SEGMENT_BYTES;
	s->bytes = arena_strndup(m->a, m->out.data, m->out.len);
	s->len = m->out.len;
	m->letter->size += m->out.len;
	buf_reset(&m->out);
}

static void
push_original(struct maker *m)
{
	const struct original *o = m->ask->original;
	bool plain = is_spliceable(&o->facts);
	struct segment *s;

	buf_printf(&m->out, "--%s\r\n", m->outer);
	if (plain)
		buf_printf(&m->out, "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: %s\r\n", o->facts.eight_bit ? "8bit" : "7bit");
	else
		buf_puts(&m->out, "Content-Type: application/octet-stream; name=\"original.eml\"\r\nContent-Transfer-Encoding: base64\r\n");
	buf_puts(&m->out, "Content-Disposition: attachment; filename=\"original.eml\"\r\n\r\n");
	push_bytes(m);
	s = arena_push(m->a, &m->letter->segments, &m->letter->nsegments, sizeof(*s));
	s->kind = SEGMENT_ORIGINAL;
	s->journal = o->journal;
	s->splice = plain ? SPLICE_PLAIN : SPLICE_BASE64;
	m->letter->size += plain ? o->bytes : (o->bytes + 2) / 3 * 4 + (o->bytes + 56) / 57 * 2;
	buf_puts(&m->out, "\r\n");
}

/* The text twice: plain and HTML, or plain alone where it is very long, or for a machine (no blocks). */
static void
put_texts(struct maker *m, const char *text, size_t textlen, const struct blocks *blocks)
{
	AUTO_BUF struct buf html;

	buf_init(&html, LETTER_BYTES_MAX);
	if (textlen > LETTER_HTML_BYTES || blocks->n == 0) {
		letter_part(&m->out, "plain", text, textlen);
		return;
	}
	letter_html(&html, blocks);
	buf_printf(&m->out, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n--%s\r\n", m->inner, m->inner);
	letter_part(&m->out, "plain", text, textlen);
	buf_printf(&m->out, "--%s\r\n", m->inner);
	letter_part(&m->out, "html", html.data, html.len);
	buf_printf(&m->out, "--%s--\r\n", m->inner);
}

static void
put_entities(struct maker *m)
{
	for (size_t i = 0; i < m->ask->nentities; i++) {
		const struct buf *e = &m->ask->entities[i];

		buf_printf(&m->out, "--%s\r\n", m->outer);
		push_bytes(m);
		if (e->len > 0) {
			struct segment *s = arena_push(m->a, &m->letter->segments, &m->letter->nsegments, sizeof(*s));

			*s = (struct segment){ .kind = SEGMENT_BYTES, .bytes = e->data, .len = e->len }; /* the asker's: not copied */
			m->letter->size += e->len;
		}
		if (e->len < 2 || memcmp(e->data + e->len - 2, "\r\n", 2) != 0)
			buf_puts(&m->out, "\r\n");
	}
}

static void
put_body(struct maker *m, const char *text, size_t textlen, const struct blocks *blocks)
{
	const struct original *o = m->ask->original;
	bool eight_bit = o != NULL && is_spliceable(&o->facts) && o->facts.eight_bit;

	buf_puts(&m->out, "MIME-Version: 1.0\r\n");
	if (o == NULL && m->ask->nentities == 0) {
		put_texts(m, text, textlen, blocks);
		return;
	}
	buf_printf(&m->out, "Content-Type: multipart/mixed;\r\n boundary=\"%s\"\r\n%s\r\n--%s\r\n", m->outer,
	    eight_bit ? "Content-Transfer-Encoding: 8bit\r\n" : "", m->outer);
	put_texts(m, text, textlen, blocks);
	put_entities(m);
	if (o != NULL)
		push_original(m);
	buf_printf(&m->out, "--%s--\r\n", m->outer);
}

static const char *
unknown_value(const struct letter_ask *ask)
{
	for (size_t i = 0; i < ask->nvalues; i++)
		if (value_word(ask->values[i].name) == NULL)
			return ask->values[i].name;
	return NULL;
}

/* A team's own template: "Subject: ..." on its first line, if that stands in the template; the rest as it is, for machines. */
static const char *
put_raw(struct arena *a, struct buf *text, const struct lines *lines)
{
	static const char field[] = "Subject:";
	const char *subject = NULL;
	size_t i = 0;

	if (lines->n > 0 && text_starts_nocase(lines->v[0].text, field) && lines->v[0].literal >= sizeof(field) - 1) {
		subject = text_squeeze(a, lines->v[i++].text + sizeof(field) - 1);
		while (i < lines->n && *lines->v[i].text == '\0')
			i++;
	}
	for (; i < lines->n; i++)
		buf_printf(text, "%s\n", lines->v[i].text);
	return subject;
}

bool
letter_compose(struct arena *a, const struct templates *t, const struct letter_ask *given, struct letter *out, const char **why)
{
	struct letter_ask with = *given, *ask = &with;
	const struct template *template = template_find(t, ask->template);
	struct maker m = { .a = a, .ask = ask, .letter = out };
	AUTO_BUF struct buf text;
	struct lines lines;
	struct blocks blocks = { 0 };
	const char *subject;
	bool ok;

	*out = (struct letter){ 0 };
	*why = NULL;
	buf_init(&text, LETTER_BYTES_MAX);
	if (template == NULL) {
		*why = arena_printf(a, "no template '%s'", ask->template);
		return false;
	}
	if (unknown_value(ask) != NULL) {
		*why = arena_printf(a, "no value '%s' in the vocabulary", unknown_value(ask));
		return false;
	}
	buf_init(&m.out, LETTER_BYTES_MAX);
	template_expand(a, template, ask->values, ask->nvalues, ask->from.address, &lines);
	if (template->raw && (subject = put_raw(a, &text, &lines)) != NULL)
		with.subject = subject;
	if ((ok = letter_fields(a, &m.out, ask, why))) {
		make_boundary(ask, "mixed", m.outer);
		make_boundary(ask, "alternative", m.inner);
		if (!template->raw) {
			letter_blocks(a, &lines, &blocks);
			letter_text(&text, &blocks);
		}
		put_body(&m, text.data, text.len, &blocks);
		ok = !m.out.over && !text.over && (ask->original != NULL || out->size <= LETTER_BYTES_MAX);
		*why = ok ? NULL : "the letter is larger than one may be";
		push_bytes(&m);
	}
	buf_free(&m.out);
	if (!ok)
		return false;
	out->to = arena_strdup(a, ask->to.address);
	out->message_id = arena_strdup(a, ask->message_id);
	out->subject = letter_header_text(a, ask->subject == NULL ? "" : ask->subject, 1000);
	out->text = arena_strndup(a, text.data, text.len);
	return true;
}

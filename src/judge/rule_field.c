/* rule_field.c - the fields of a message as rules see them. */
#include "judge/rule_parts.h"

#include <string.h>

#include "ground/address.h"
#include "ground/mem.h"
#include "ground/text.h"

const char *const rule_field_words[FIELDS] = {
	[FIELD_SUBJECT] = "subject",
	[FIELD_FROM] = "from",
	[FIELD_TO] = "to",
	[FIELD_CC] = "cc",
	[FIELD_TEXT] = "text",
	[FIELD_BODY] = "body",
	[FIELD_ORIGINAL_FROM] = "original.from",
	[FIELD_ORIGINAL_SUBJECT] = "original.subject",
	[FIELD_ORIGINAL_BODY] = "original.body",
	[FIELD_HEADER] = "header",
	[FIELD_ATTACHMENT] = "attachment",
	[FIELD_SIZE] = "size",
	[FIELD_KIND] = "kind",
	[FIELD_CUSTOMER] = "customer",
};

bool
rule_field_find(const char *word, enum rule_field *out)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (strcmp(rule_field_words[i], word) == 0) {
			*out = (enum rule_field)i;
			return true;
		}
	return false;
}

/* 0 for words and numbers, 1 for short texts, 2 for whole bodies. */
unsigned
rule_field_cost(enum rule_field f)
{
	switch (f) {
	case FIELD_SIZE: case FIELD_KIND: case FIELD_CUSTOMER:
		return 0;
	case FIELD_TEXT: case FIELD_BODY: case FIELD_ORIGINAL_BODY:
		return 2;
	default:
		return 1;
	}
}

bool
rule_field_is_word(enum rule_field f)
{
	return f == FIELD_FROM || f == FIELD_TO || f == FIELD_CC || f == FIELD_ORIGINAL_FROM || f == FIELD_KIND || f == FIELD_CUSTOMER;
}

static bool
give(struct value *v, const char *s)
{
	if (s == NULL)
		return false;
	v->s = s;
	v->len = strlen(s);
	return true;
}

static bool
give_text(struct value *v, const char *s)
{
	if (!give(v, s))
		return false;
	v->len = utf8_cut(v->s, v->len, RULE_BODY_BYTES);
	return true;
}

/* Whether what was forwarded stands in the mail's own text: as nearly always at its end, which is seen faster. */
static bool
is_within(const struct value *whole, const struct value *part)
{
	size_t end = whole->len;

	while (end > part->len && (whole->s[end - 1] == '\n' || whole->s[end - 1] == ' '))
		end--;
	if (end >= part->len && memcmp(whole->s + end - part->len, part->s, part->len) == 0)
		return true;
	return memmem(whole->s, whole->len, part->s, part->len) != NULL;
}

/* All readable text: the mail's, and the forwarded message's where that came as an attachment of its own. */
static void
find_body(struct facts *f)
{
	const struct message *m = f->m;

	f->has_body = true;
	if (give_text(&f->body[f->nbody], m->text))
		f->nbody++;
	if (m->forward == NULL || !give_text(&f->body[f->nbody], m->forward->body))
		return;
	if (f->nbody == 0 || !is_within(&f->body[0], &f->body[f->nbody]))
		f->nbody++;
}

static bool
next_body(struct facts *f, size_t i, struct value *v)
{
	if (!f->has_body)
		find_body(f);
	if (i >= f->nbody)
		return false;
	*v = f->body[i];
	return true;
}

static bool
next_person(const struct people *all, size_t i, struct value *v)
{
	return i < all->n && give(v, all->v[i].address);
}

static bool
next_header(const struct message *m, const char *name, size_t *at, struct value *v)
{
	for (; *at < m->nfields; ++*at)
		if (text_equal_nocase(m->fields[*at].name, name))
			return give(v, m->fields[(*at)++].value);
	return false;
}

static bool
next_attachment(const struct message *m, size_t i, struct value *v)
{
	return i / 2 < m->nattachments && give(v, i % 2 == 0 ? m->attachments[i / 2].name : m->attachments[i / 2].type);
}

static const char *
original_from(const struct forward *forward)
{
	return forward->from.address[0] != '\0' ? forward->from.address : forward->from.name;
}

bool
rule_field_next(struct facts *f, const struct node *n, size_t *at, struct value *v)
{
	const struct message *m = f->m;
	const struct forward *forward = m->forward;
	size_t i = *at;

	if (n->field == FIELD_HEADER)
		return next_header(m, n->header, at, v);
	++*at;
	switch (n->field) {
	case FIELD_TO: return next_person(&m->to, i, v);
	case FIELD_CC: return next_person(&m->cc, i, v);
	case FIELD_ATTACHMENT: return next_attachment(m, i, v);
	case FIELD_BODY: return next_body(f, i, v);
	case FIELD_SUBJECT: return i == 0 && give(v, m->subject);
	case FIELD_FROM: return i == 0 && give(v, m->from.address);
	case FIELD_TEXT: return i == 0 && give_text(v, m->visible_text);
	case FIELD_ORIGINAL_FROM: return i == 0 && forward != NULL && give(v, original_from(forward));
	case FIELD_ORIGINAL_SUBJECT: return i == 0 && forward != NULL && give(v, forward->subject);
	case FIELD_ORIGINAL_BODY: return i == 0 && forward != NULL && give_text(v, forward->body);
	case FIELD_KIND: return i == 0 && give(v, message_kind_word(m->kind));
	case FIELD_CUSTOMER: return i == 0 && give(v, f->customer);
	case FIELD_SIZE: case FIELD_HEADER: case FIELDS: break;
	}
	return false;
}

const char *
rule_customer(const struct settings *s, const struct message *m)
{
	const char *address = m->forward != NULL && m->forward->from.address[0] != '\0' ? m->forward->from.address : m->from.address;

	for (size_t i = 0; s != NULL && i < s->ncustomers; i++)
		for (size_t j = 0; j < s->customers[i].ndomains; j++)
			if (address_in_domain(address, s->customers[i].domains[j]))
				return s->customers[i].name;
	return NULL;
}

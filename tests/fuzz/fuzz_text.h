/* fuzz_text.h - a mail whose subject is the first line of the input and whose text is the rest, for the judges of texts. */
#ifndef ESCRELAY_FUZZ_TEXT_H
#define ESCRELAY_FUZZ_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ground/log.h"
#include "ground/text.h"
#include "judge/message_inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct inside *
fuzz_inside(struct arena *a, const uint8_t *data, size_t size)
{
	struct inside *in = arena_alloc(a, sizeof(*in));
	struct message *m = arena_alloc(a, sizeof(*m));
	const char *text = message_decode(a, (const char *)data, size, "utf-8");
	size_t first = strcspn(text, "\n");

	in->a = a;
	in->m = m;
	in->type = "text/plain";
	in->report_type = "";
	m->from.name = "";
	m->from.address = "ada@example.com";
	m->subject = arena_strndup(a, text, first);
	m->text = m->plain = m->visible_text = text + first + (text[first] == '\n');
	m->quoted = "";
	m->date = 1795428000;
	m->has_date = true;
	return in;
}

/* Whatever a judge says is text. */
static inline void
fuzz_is_text(const char *s)
{
	BUG_ON(s != NULL && !utf8_valid(s, strlen(s)));
}

static inline void
fuzz_are_people(const struct people *p)
{
	BUG_ON(p->n > MESSAGE_ADDRESSES_MAX);
	for (size_t i = 0; i < p->n; i++) {
		BUG_ON(p->v[i].name == NULL || p->v[i].address == NULL);
		fuzz_is_text(p->v[i].name);
		fuzz_is_text(p->v[i].address);
	}
}

#endif

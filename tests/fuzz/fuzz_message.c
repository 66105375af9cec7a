/* fuzz_message.c - Goal: no mail, however damaged, brings the understanding down, and all that comes out is valid UTF-8.
 *
 *     clang -fsanitize=fuzzer,address,undefined … tests/fuzz/fuzz_message.c; seeds: tests/corpus
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
is_text(const char *s)
{
	if (s != NULL && !utf8_valid(s, strlen(s)))
		abort();
}

static void
are_people(const struct people *people)
{
	if (people->n > MESSAGE_ADDRESSES_MAX)
		abort();
	for (size_t i = 0; i < people->n; i++) {
		is_text(people->v[i].name);
		is_text(people->v[i].address);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct own own = { .instance = "abc", .address = "desk@example.com", .hops_max = 10 };
	AUTO_ARENA struct arena *a = arena_new();
	struct message *m = message_understand(a, (const char *)data, size, &own);
	AUTO_BUF struct buf out;

	buf_init(&out, 1 << 20);
	is_text(m->text);
	is_text(m->plain);
	is_text(m->html_text);
	is_text(m->subject);
	is_text(m->message_id);
	is_text(m->visible_text);
	is_text(m->quoted);
	is_text(m->from.name);
	is_text(m->from.address);
	is_text(m->return_path);
	are_people(&m->to);
	are_people(&m->cc);
	for (size_t i = 0; i < m->nfields; i++) {
		is_text(m->fields[i].name);
		is_text(m->fields[i].value);
	}
	for (size_t i = 0; i < m->nattachments; i++) {
		is_text(m->attachments[i].name);
		is_text(m->attachments[i].type);
	}
	for (size_t i = 0; i < m->nbounces; i++) {
		is_text(m->bounces[i].recipient);
		is_text(m->bounces[i].diagnostic);
		is_text(m->bounces[i].status);
		is_text(m->bounces[i].original_message_id);
	}
	if (m->forward != NULL) {
		is_text(m->forward->from.name);
		is_text(m->forward->from.address);
		are_people(&m->forward->to);
		are_people(&m->forward->cc);
		is_text(m->forward->subject);
		is_text(m->forward->date);
		is_text(m->forward->body);
		is_text(m->forward->comment);
	}
	if (m->has_until && (m->until.month < 1 || m->until.month > 12 || m->until.day < 1 || m->until.day > 31))
		abort();
	if (m->nattachments > 0)
		message_attachment((const char *)data, size, m->nattachments - 1, &out);
	return 0;
}

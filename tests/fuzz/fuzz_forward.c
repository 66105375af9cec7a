/* Goal: no text makes the finder of forwards crash, hang, or find in it what does not stand there. */
#include "fuzz_text.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct inside *in = fuzz_inside(a, data, size);
	const struct forward *f;

	forward_judge(in);
	f = in->m->forward;
	if (f == NULL)
		return 0;
	fuzz_is_text(f->from.name);
	fuzz_is_text(f->from.address);
	fuzz_are_people(&f->to);
	fuzz_are_people(&f->cc);
	fuzz_is_text(f->subject);
	fuzz_is_text(f->date);
	fuzz_is_text(f->body);
	fuzz_is_text(f->comment);
	BUG_ON(f->body == NULL || f->comment == NULL);
	BUG_ON(strlen(f->body) + strlen(f->comment) > strlen(in->m->text) + 2);
	reply_judge(in, f->comment);
	fuzz_is_text(in->m->visible_text);
	return 0;
}

/* Goal: no text makes the finder of quotes crash or hang, and none of it is lost: every letter is either new or quoted. */
#include "fuzz_text.h"

static size_t
letters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9');
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct inside *in = fuzz_inside(a, data, size);

	reply_judge(in, in->m->text);
	fuzz_is_text(in->m->visible_text);
	fuzz_is_text(in->m->quoted);
	BUG_ON(letters(in->m->visible_text) + letters(in->m->quoted) < letters(in->m->text));
	subject_bare(a, in->m->subject);
	return 0;
}

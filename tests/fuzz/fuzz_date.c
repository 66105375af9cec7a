/* Goal: no notice of absence and no Date field names a day that there is not, or brings the readers of dates down. */
#include "fuzz_text.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct inside *in = fuzz_inside(a, data, size);
	struct field vacation[] = { { "X-Vacation", "yes", "yes" }, { "X-Apple-Criteria", in->m->subject, in->m->subject } };
	AUTO_BUF struct buf mail;
	struct message *m;

	in->m->fields = vacation;
	in->m->nfields = 1 + size % 2;
	away_judge(in);
	m = in->m;
	BUG_ON(m->has_until && (m->until.month < 1 || m->until.month > 12 || m->until.day < 1 || m->until.day > 31));
	BUG_ON(m->has_until && (m->until.year < 1 || m->until.year > 9999));
	buf_init(&mail, 2u << 20);
	buf_printf(&mail, "From: ada@example.com\nDate: %s\n\ntext\n", m->subject);
	message_understand(a, mail.data, mail.len, NULL);
	return 0;
}

/* purge.c - see stage/purge.h. */
#include "stage/purge.h"

int64_t
purge_keeps(const struct settings *s, enum purge_kind kind)
{
	return kind == PURGE_MAILS ? s->keep_journal : kind == PURGE_LETTERS ? s->keep_outbox : s->keep_events;
}

bool
purge_ask(const struct settings *s, enum purge_kind kind, int64_t now, struct purge_ask *out)
{
	int64_t keeps = purge_keeps(s, kind);

	*out = (struct purge_ask){ .before = now - keeps,
		.closed = now - (keeps > s->token_valid ? keeps : s->token_valid),
		.now = now };
	return keeps > 0;
}

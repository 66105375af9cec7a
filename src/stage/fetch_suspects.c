/* fetch_suspects.c - see fetch_suspects.h. */
#include "stage/fetch_suspects.h"

static struct suspect *
find(struct suspects *s, uint32_t uid)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].uid == uid)
			return &s->list[i];
	return NULL;
}

size_t
suspects_part(struct suspects *s, uint32_t uidvalidity, uint32_t *uids, size_t n)
{
	size_t clear = 0, kept = 0;

	if (s->uidvalidity != uidvalidity)
		s->n = 0;
	s->uidvalidity = uidvalidity;
	for (size_t i = 0; i < s->n; i++)
		s->list[i].present = false;
	for (size_t i = 0; i < n; i++) {
		struct suspect *one = find(s, uids[i]);

		if (one != NULL)
			one->present = true;
		else
			uids[clear++] = uids[i];
	}
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i].present)
			s->list[kept++] = s->list[i];
	s->n = kept;
	return clear;
}

void
suspects_add(struct suspects *s, uint32_t uid)
{
	if (s->n < SUSPECTS_MAX && find(s, uid) == NULL)
		s->list[s->n++] = (struct suspect){ .uid = uid, .present = true };
}

void
suspects_clear(struct suspects *s, uint32_t uid)
{
	struct suspect *one = find(s, uid);

	if (one != NULL)
		*one = s->list[--s->n];
}

size_t
suspects_due(const struct suspects *s, int64_t now, uint32_t uids[SUSPECTS_MAX])
{
	size_t n = 0;

	for (unsigned strikes = 0; strikes <= STRIKES_ASIDE; strikes++)
		for (size_t i = 0; i < s->n; i++)
			if (s->list[i].strikes == strikes && s->list[i].again <= now)
				uids[n++] = s->list[i].uid;
	return n;
}

bool
suspects_strike(struct suspects *s, uint32_t uid, unsigned strike, int64_t now)
{
	struct suspect *one = find(s, uid);

	if (one == NULL)
		return false;
	one->strikes = one->strikes + strike < STRIKES_ASIDE ? one->strikes + strike : STRIKES_ASIDE;
	if (one->strikes < STRIKES_ASIDE)
		return false;
	one->again = now + SUSPECT_AGAIN;
	return true;
}

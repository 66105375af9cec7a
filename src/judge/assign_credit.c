/* assign_credit.c - the accounts of a pool: who is owed turns, and who had them. See assign.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "judge/assign.h"

static struct load *
load_named(struct load *loads, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(loads[i].engineer) == len && strncasecmp(loads[i].engineer, name, len) == 0)
			return &loads[i];
	return NULL;
}

void
credits_read(const char *text, int64_t since, struct load *loads, size_t n)
{
	char *end;

	for (size_t i = 0; i < n; i++)
		loads[i].credit = 0;
	if (text == NULL || strtoll(text, &end, 10) != since)
		return;
	while (*end == ' ') {
		const char *name = end + 1, *equals = strchr(name, '=');
		struct load *l;
		int64_t credit;

		if (equals == NULL)
			return;
		credit = strtoll(equals + 1, &end, 10);
		if ((l = load_named(loads, n, name, (size_t)(equals - name))) != NULL)
			l->credit = credit;
	}
}

const char *
credits_text(struct arena *a, int64_t since, const struct load *loads, size_t n)
{
	const char *text = arena_printf(a, "%" PRId64, since);

	for (size_t i = 0; i < n; i++)
		if (loads[i].credit != 0)
			text = arena_printf(a, "%s %s=%" PRId64, text, loads[i].engineer, loads[i].credit);
	return text;
}

void
credits_settle(const struct choice *c, struct load *loads, size_t n)
{
	struct load *payer = NULL;
	int64_t sum = 0;

	for (size_t i = 0; i < c->nconsidered; i++) {
		const struct candidate *k = &c->considered[i];
		struct load *l = k->engineer != NULL ? load_named(loads, n, k->engineer->name, strlen(k->engineer->name)) : NULL;

		if (l == NULL)
			continue;
		if (k->chosen)
			payer = l;
		l->credit += k->share;
		sum += k->share;
	}
	if (payer != NULL) /* what rounding lost is not paid either: the accounts of a pool add up to nothing */
		payer->credit -= sum;
}

/* Goal: no text makes the readers of a handover's lines and of /away crash, lose a line, or give a time that makes no sense. */
#include <stdint.h>
#include <string.h>

#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/away.h"
#include "judge/handover.h"

#define NOW INT64_C(1797069600) /* 2026-12-12 10:00 UTC */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
lines(struct arena *a, const char *text)
{
	struct handover_orders o;
	size_t n = 0;

	handover_parse(a, text, &o);
	for (const char *p = text; *p != '\0'; p++)
		n += *p >= '0' && *p <= '9';
	BUG_ON(o.n > n || o.n > HANDOVER_ORDERS_MAX || !utf8_valid(o.rest, strlen(o.rest)));
	for (size_t i = 0; i < o.n; i++) {
		BUG_ON(o.v[i].escalation <= 0);
		BUG_ON(o.v[i].error == NULL && o.v[i].word == HANDOVER_RESOLVE && *o.v[i].command.text == '\0');
		BUG_ON(o.v[i].error == NULL && o.v[i].word == HANDOVER_GIVE && o.v[i].command.word != COMMAND_PASS);
		for (size_t k = 0; k < i && o.v[i].error == NULL; k++)
			BUG_ON(o.v[k].escalation == o.v[i].escalation);
	}
}

static void
range(struct arena *a, const char *text, const char *zone)
{
	struct away_range r;
	const char *why = away_read(a, text, zone_load(zone), NOW, &r);

	BUG_ON(why == NULL && !r.none && !r.asks && (r.to <= NOW || r.from >= r.to || r.to - r.from > AWAY_SPAN_MAX));
	BUG_ON(why != NULL && !utf8_valid(why, strlen(why)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *text = utf8_clean(a, (const char *)data, size, 1 << 20);

	lines(a, text);
	range(a, text, "UTC");
	range(a, text, "America/New_York");
	return 0;
}

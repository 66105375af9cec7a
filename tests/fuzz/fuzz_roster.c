/* Goal: no page makes the reader of rosters crash or hang; its spans never overlap, and what it prints is a
 * configuration. */
#include <stdint.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LEAST "address own@own.invalid\noperator op@own.invalid\nstaff own.invalid\nauthserv-id none\n"

static int64_t
day(struct civil_date d)
{
	return days_from_civil(d.year, d.month, d.day);
}

static bool
is_complete(const struct roster *r)
{
	for (size_t i = 0; i < r->npeople; i++)
		if (r->people[i]->email == NULL)
			return false;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf out;
	const struct roster_answer zone = { "*", "UTC" }, hours = { "*", "mon-fri 09:00-17:00" };
	struct roster_ask ask = {
		.pool = "core", .domain = "fuzz.invalid", .zones = &zone, .nzones = 1, .hours = &hours, .nhours = 1
	};
	struct settings *s = NULL;
	struct roster r;
	struct diag d;

	if (size > 0) {
		ask.order = (enum roster_order)(data[0] % 3);
		ask.year = data[0] & 0x80 ? 2026 : 0;
		data++;
		size--;
	}
	roster_read(a, utf8_clean(a, (const char *)data, size, size * 3 + 1), &ask, &r);
	for (size_t i = 0; i < r.nspans; i++) {
		BUG_ON(!civil_valid(r.spans[i].from.year, r.spans[i].from.month, r.spans[i].from.day));
		BUG_ON(day(r.spans[i].from) >= day(r.spans[i].to) || r.spans[i].nseats == 0);
		BUG_ON(i > 0 && day(r.spans[i].from) < day(r.spans[i - 1].to));
	}
	for (size_t i = 0; i < r.nquestions; i++)
		BUG_ON(!utf8_valid(r.questions[i], strlen(r.questions[i])));
	for (size_t i = 0; i < r.nnotes; i++)
		BUG_ON(!utf8_valid(r.notes[i], strlen(r.notes[i])));
	buf_init(&out, 16u << 20);
	buf_puts(&out, LEAST);
	roster_print(a, &r, &ask, "a page", &out);
	diag_init(&d, a);
	if (is_complete(&r)) {
		s = settings_read(
		    a, conf_read_text(a, "printed.conf", out.data, out.len, true, &d), "/printed.conf", &d);
		BUG_ON(s == NULL);
		BUG_ON(s->nengineers != r.npeople || s->nrotations != r.nspans);
	}
	settings_free(s);
	return 0;
}

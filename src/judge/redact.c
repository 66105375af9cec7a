/* redact.c - see redact.h. */
#include "judge/redact.h"

#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/regex.h"
#include "ground/text.h"

#define PLACES_MAX 10000

/* One redaction over one text; the number of places, -1 where it was stuck. */
static int
apply(const struct redaction *r, const char *text, size_t len, struct buf *out)
{
	struct regex_match m;
	enum regex_verdict verdict = REGEX_NO;
	size_t at = 0, from = 0;
	int places = 0;

	while (at <= len && places < PLACES_MAX && (verdict = regex_search(r->re, text, len, at, &m)) == REGEX_YES) {
		buf_add(out, text + from, m.whole.from - from);
		buf_puts(out, r->with);
		places++;
		from = m.whole.to;
		at = m.whole.to > m.whole.from ? m.whole.to : m.whole.to + 1; /* an empty match must not stand still */
		while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
	}
	buf_add(out, text + from, len - from);
	return verdict == REGEX_STUCK || places == PLACES_MAX || out->over ? -1 : places;
}

const char *
redact(struct arena *a, const struct redaction *redactions, size_t n, const char *text, const char **report)
{
	size_t len = strlen(text);
	const char *now = arena_strndup(a, text, utf8_cut(text, len, REDACT_BYTES));

	*report = NULL;
	if (len > REDACT_BYTES)
		*report = arena_printf(a, "length: all beyond %u kB is left out", REDACT_BYTES >> 10);
	for (size_t i = 0; i < n; i++) {
		AUTO_BUF struct buf out;
		int places;

		buf_init(&out, 4 * REDACT_BYTES);
		places = apply(&redactions[i], now, strlen(now), &out);
		if (places < 0) {
			*report = arena_printf(a, "%s: could not be applied, everything was withheld", redactions[i].name);
			return "[withheld]";
		}
		if (places == 0)
			continue;
		now = arena_strndup(a, out.data, out.len);
		*report = arena_printf(a, "%s%s%s: %d place%s", *report != NULL ? *report : "", *report != NULL ? "\n" : "", redactions[i].name, places,
		    places == 1 ? "" : "s");
	}
	return now;
}

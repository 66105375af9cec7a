/* rotation_office.c - working time by the hours of the house. See rotation.h. */
#include "ground/zone.h"
#include "judge/rotation_parts.h"

#define WEEKDAYS 0x1f

/* The stretch that is open at t or opens next, of all the hours of the house. An engineer without a name works each of them. */
static bool
office_next(const struct settings *s, int64_t t, struct span *out)
{
	static const struct cover usual = { .window = { .days = WEEKDAYS, .from = 9 * 60, .to = 17 * 60 } };
	const struct cover *covers = s->ncovers > 0 ? s->covers : &usual;
	bool found = false;

	for (size_t i = 0; i < (s->ncovers > 0 ? s->ncovers : 1); i++) {
		struct window hours = covers[i].window;
		struct engineer nobody = { .hours = &hours, .nhours = 1, .zone = s->ncovers > 0 ? covers[i].zone : s->handover_zone };
		struct span w;

		if (nobody.zone == NULL)
			nobody.zone = zone_load("UTC");
		if (!work_next(&nobody, t, t + ROTATION_HORIZON, &w))
			continue;
		if (w.from < t)
			w.from = t;
		if (!found || w.from < out->from || (w.from == out->from && w.until > out->until))
			*out = w;
		found = true;
	}
	return found;
}

int64_t
office_after(const struct settings *s, int64_t t, int64_t seconds)
{
	int64_t left = seconds > 0 ? seconds : 1;
	struct span open;

	while (office_next(s, t, &open)) {
		if (open.until - open.from >= left)
			return open.from + left;
		left -= open.until - open.from;
		t = open.until;
	}
	return t + left;
}

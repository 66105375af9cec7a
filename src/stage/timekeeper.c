/* timekeeper.c - see timekeeper.h. */
#include "stage/timekeeper.h"

#include "ground/clock.h"
#include "ground/log.h"
#include "ground/zone.h"

#define PROGRAM_MADE INT64_C(1767225600)              /* 2026-01-01: no clock can rightly say less */
#define LEAP_MAX_MS  (INT64_C(366) * 86400 * 1000)
#define BACK_MS      60000                            /* less is what time servers do every day */

/* Not the rehearsal's clock (ESCRELAY_CLOCK), which may say what it likes. */
static int64_t
wall_ms(void)
{
	return clock_now_ms() - clock_shift() * 1000;
}

static void
complain(struct timekeeper *t, int64_t wall, int64_t leap)
{
	char now[CLOCK_TEXT], span[CLOCK_TEXT];

	if (t->wrong)
		return;
	if (leap > LEAP_MAX_MS)
		log_error("the clock leapt ahead by %s, to %s: nothing is decided or sent until it is right again, "
		    "or until a new start", clock_span(leap / 1000, span), clock_rfc3339(wall / 1000, now));
	else
		log_error("the clock says %s, before this program was made: nothing is decided or sent until it is right",
		    clock_rfc3339(wall / 1000, now));
	t->wrong = true;
}

enum clock_verdict
timekeeper_look(struct timekeeper *t)
{
	int64_t wall = wall_ms(), ahead = wall - clock_monotonic_ms(), leap = t->began ? ahead - t->ahead : 0;
	char span[CLOCK_TEXT];

	if (wall / 1000 < PROGRAM_MADE || leap > LEAP_MAX_MS) {
		complain(t, wall, leap);
		return CLOCK_WRONG;
	}
	if (t->wrong)
		log_info("the clock is right again");
	if (leap < -BACK_MS)
		log_warning("the clock was set back by %s", clock_span(-leap / 1000, span));
	*t = (struct timekeeper){ .ahead = ahead, .began = true, .looked = t->looked };
	return leap < -BACK_MS ? CLOCK_SET_BACK : CLOCK_GOOD;
}

bool
timekeeper_zones(struct timekeeper *t)
{
	int64_t now = clock_monotonic_ms();
	unsigned n;

	if (t->looked != 0 && now - t->looked < ZONES_LOOK_MS)
		return false;
	n = zone_refresh();
	t->looked = now;
	if (n > 0)
		log_info("tzdata was updated: %u zone%s read anew", n, n == 1 ? " was" : "s were");
	return n > 0;
}

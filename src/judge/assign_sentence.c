/* assign_sentence.c - a choice in a few words. See assign.h.
 *
 * It goes into mails, so it says what people can check: his local time, his city, his day. Those
 * who would have had the turn before him are named with the reason; those behind him were not asked for.
 */
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/zone.h"
#include "judge/assign_parts.h"

#define SENTENCE_BYTES 4000
#define YEAR_SHOWN     (300 * 86400) /* a day further away than that is told with its year */

static const char day_names[][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
static const char month_names[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
	"Dec" };

/* " in Lagos", or " UTC" where the zone is no place. */
static void
city_add(struct buf *b, const struct engineer *e)
{
	const char *slash = strrchr(e->zone_name, '/');

	buf_puts(b, slash != NULL ? " in " : " ");
	for (const char *p = slash != NULL ? slash + 1 : e->zone_name; *p != '\0'; p++)
		buf_putc(b, *p == '_' ? ' ' : *p);
}

/* "Mon 14 Dec", with the time unless it is midnight and only days are meant. */
static void
day_add(struct buf *b, const struct engineer *e, int64_t t, int64_t now, bool with_time)
{
	struct local_time l = zone_local(e->zone, t);

	buf_printf(b, "%s %d %s", day_names[l.weekday], l.day, month_names[l.month - 1]);
	if (t - now > YEAR_SHOWN || now - t > YEAR_SHOWN)
		buf_printf(b, " %d", l.year);
	if (with_time || l.hour != 0 || l.minute != 0)
		buf_printf(b, " %02d:%02d", l.hour, l.minute);
}

static bool
works_on(const struct engineer *e, int weekday)
{
	for (size_t i = 0; i < e->nhours; i++)
		if (e->hours[i].days >> weekday & 1)
			return true;
	return false;
}

/* "02:10 in Lagos"; "Sun 11:00 in Lagos" where the hour alone would not explain it. */
static void
hour_add(struct buf *b, const struct candidate *c, int64_t now)
{
	int weekday = zone_local(c->engineer->zone, now).weekday;

	if (!works_on(c->engineer, weekday))
		buf_printf(b, "%s ", day_names[weekday]);
	buf_puts(b, c->local);
	city_add(b, c->engineer);
}

static void
reason_add(struct buf *b, const struct choice_ask *ask, const struct candidate *c)
{
	switch (c->skip) {
	case SKIP_NONE:
		break;
	case SKIP_NOT_AT_WORK:
		hour_add(b, c, ask->now);
		break;
	case SKIP_LAST_OFFER:
		buf_puts(b, "at the end of the day, ");
		hour_add(b, c, ask->now);
		break;
	case SKIP_AWAY:
		if (c->when == INT64_MAX) {
			buf_puts(b, "has left");
		} else {
			buf_puts(b, "away until ");
			day_add(b, c->engineer, c->when, ask->now, false);
		}
		break;
	case SKIP_CAP:
		buf_printf(b, "has %u open, the cap is %u", c->open, c->engineer->cap);
		break;
	case SKIP_SKILL:
		buf_printf(b, "does not have the skill '%s'", ask->skill);
		break;
	case SKIP_OFFERED:
		buf_puts(b, "had it before");
		break;
	case SKIP_TBD:
		buf_puts(b, "nobody is named yet");
		break;
	case SKIP_EVEN:
		buf_puts(b, "had turns while others could not");
		break;
	case SKIP_SHARE:
		buf_printf(b, "a share of %u %%, this round is not in it", c->engineer->weight);
		break;
	}
}

static void
name_add(struct buf *b, const struct candidate *c)
{
	buf_puts(b, c->engineer != NULL ? c->engineer->full_name : "TBD");
	if (c->stands_for != NULL)
		buf_printf(b, " (for %s)", c->stands_for->full_name);
}

static void
chosen_add(struct buf *b, const struct choice_ask *ask, const struct choice *c)
{
	for (size_t i = 0; i < c->nconsidered; i++) {
		if (!c->considered[i].chosen)
			continue;
		name_add(b, &c->considered[i]);
		buf_puts(b, c->offhours ? ": nobody is at work, may be asked at any hour (" : ": next in turn");
		if (c->offhours) {
			hour_add(b, &c->considered[i], ask->now);
			buf_putc(b, ')');
		}
	}
	/* Out of hours everybody else is out of the question, before him and behind him. */
	for (size_t i = 0; i < c->nconsidered && (c->offhours || !c->considered[i].chosen); i++) {
		if (c->considered[i].chosen || c->considered[i].skip == SKIP_TBD)
			continue;
		buf_puts(b, "; ");
		name_add(b, &c->considered[i]);
		buf_puts(b, " skipped: ");
		reason_add(b, ask, &c->considered[i]);
	}
}

static void
nobody_add(struct buf *b, const struct choice_ask *ask, const struct choice *c)
{
	if (c->nconsidered == 0)
		buf_printf(b, "nobody: no rotation of %s is on", ask->pool);
	else if (c->no_rotation)
		buf_printf(b, "nobody: no seat of %s has a name yet", ask->pool);
	else
		buf_puts(b, "nobody can take it now");
	for (size_t i = 0; i < c->nconsidered && !c->no_rotation; i++) {
		if (c->considered[i].skip == SKIP_TBD)
			continue;
		buf_puts(b, "; ");
		name_add(b, &c->considered[i]);
		buf_puts(b, ": ");
		reason_add(b, ask, &c->considered[i]);
	}
	if (c->next == NULL)
		return;
	buf_printf(b, "; next is %s, ", c->next->full_name);
	day_add(b, c->next, c->next_at, ask->now, true);
	city_add(b, c->next);
}

const char *
assign_sentence(struct arena *a, const struct choice_ask *ask, const struct choice *c)
{
	AUTO_BUF struct buf b;

	buf_init(&b, SENTENCE_BYTES);
	if (c->engineer != NULL)
		chosen_add(&b, ask, c);
	else
		nobody_add(&b, ask, c);
	return arena_strndup(a, b.data, b.len);
}

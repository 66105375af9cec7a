/* check_rotation.c - the roster's part of 'escrelay check': made for a roster that lives in a repository and is checked
 * with each change. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/check_parts.h"
#include "cli/rotation_parts.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/zone.h"
#include "judge/rotation.h"

#define SOON (14 * 86400) /* a plan that ends within this must be gone on with now */

struct pool_check {
	struct checks *report;
	const struct settings *settings;
	const char *pool;
	bool first;              /* the pool that cases go to if no rule says another */
	int64_t now, end;        /* of the plan; INT64_MIN: there is none */
	struct absences away;
};

/* The date as the roster has it: days begin at the handover, by its clock. */
static const char *
date_text(const struct pool_check *p, int64_t t)
{
	const struct settings *s = p->settings;
	struct local_time l = zone_local(s->handover_zone != NULL ? s->handover_zone : zone_load("UTC"), t);

	return arena_printf(p->report->arena, "%04d-%02d-%02d", l.year, l.month, l.day);
}

/* Is a rotation on, and how long will there be one? */
static void
plan_check(const struct pool_check *p)
{
	struct checks *r = p->report;
	int64_t next;

	if (p->end <= p->now) {
		check_say(r, LOOK, p->pool, "the rotation ran out on %s, %s: escalations go to %s",
		    date_text(p, p->end), view_ago(r->arena, p->end, p->now), p->settings->fallback);
		return;
	}
	if (rotation_at(p->settings, p->pool, p->now, NULL, NULL) == NULL) {
		next = rotation_next_change(p->settings, &p->away, r->arena, p->pool, p->now);
		check_say(r, LOOK, p->pool,
		    "nobody is on rotation today, the next begins on %s: until then escalations go to %s",
		    date_text(p, next), p->settings->fallback);
	}
	if (p->end - p->now < SOON)
		check_say(r, LOOK, p->pool, "the rotation runs out on %s, %s, and nothing follows",
		    date_text(p, p->end), view_ago(r->arena, p->end, p->now));
}

static void
people_check(const struct pool_check *p)
{
	struct checks *r = p->report;
	struct who who;

	rotation_who(p->settings, &p->away, r->arena, p->pool, p->now, &who);
	if (who.rotation == NULL)
		return;
	if (who.non > 0)
		check_say(r, WELL, p->pool, "%s is at work now, of %zu seats", who.on[0].engineer->full_name,
		    who.rotation->nseats);
	else if (who.nnext > 0)
		check_say(r, WELL, p->pool, "nobody is at work now; %s starts %s", who.next[0].engineer->full_name,
		    view_ago(r->arena, who.next[0].from, p->now));
	else
		check_say(r, LOOK, p->pool, "nobody in it will be at work within the next weeks");
}

/* The coming weeks as far as they are planned: that the plan ends is told above. A 'cover' is asked of the pool that
 * cases go to; what another has beside it may well have gaps. */
static void
coverage_check(const struct pool_check *p)
{
	struct checks *r = p->report;
	int64_t to = p->now + (int64_t)r->weeks * 7 * 86400;
	const struct coverage_gap *g;
	struct coverage c;

	to = p->end < to ? p->end : to;
	rotation_coverage(p->settings, &p->away, r->arena, p->pool, p->now, to, &c);
	if (c.ngaps == 0) {
		check_say(r, WELL, p->pool, "no gap until %s", date_text(p, to));
	} else {
		g = &c.gaps[0];
		check_say(r, p->first ? LOOK : WARN, p->pool,
		    "%zu gap%s until %s, %.10g hours without anybody; the first from %s to %s UTC", c.ngaps,
		    c.ngaps == 1 ? "" : "s", date_text(p, to), (double)(c.wanted - c.covered) / 3600,
		    rotation_time(r->arena, g->from, 0), rotation_time(r->arena, g->to, 0));
	}
	for (size_t i = 0; i < c.nwarnings; i++)
		check_say(r, WARN, p->pool, "%s", c.warnings[i]);
}

void
check_rotation(struct checks *r, const struct settings *s)
{
	int64_t now = clock_now();
	struct pool_check p = { .report = r, .settings = s, .now = now, 
		.away = view_absences(r->arena, s, r->roster_alone, now, NULL) };

	if (s->npools == 0)
		check_say(r, LOOK, "rotation", "there is none: every escalation goes to %s", s->fallback);
	for (size_t i = 0; i < s->npools; i++) {
		p.pool = s->pools[i];
		p.first = i == 0;
		p.end = rotation_plan_end(s, p.pool);
		plan_check(&p);
		people_check(&p);
		if (p.end > now)
			coverage_check(&p);
	}
}

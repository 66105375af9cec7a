/* desk_chase.c - a team that is silent: it is reminded, then who has the case learns it, then who waits for him. See
 * desk_filing.h.
 *
 * Time is the team's working time. Any word of it, or to it, begins anew; nothing but its end stops it, so each round
 * waits longer than the one before.
 */
#include "stage/desk_filing.h"

#include <inttypes.h>

#include "ground/mem.h"
#include "ground/zone.h"
#include "judge/rotation.h"

#define ROUND       3   /* the team; the team and the engineer; the team, the engineer and the requester */
#define LONGER_MAX  3   /* rounds after which the waits grow no more: eightfold */
#define SET_BACK    60  /* seconds, as in desk_case.c */

static int64_t
due_after(struct desk *d, const struct filing *f)
{
	const struct team *team = settings_team(d->settings, f->team);
	const struct engineer hours = { .name = "",
		.hours = team != NULL ? team->hours : NULL,
		.nhours = team != NULL ? team->nhours : 0,
		.zone = team != NULL && team->zone != NULL ? team->zone : zone_load("UTC") };
	int64_t span = team != NULL && team->chase > 0 ? team->chase : d->settings->severities[f->severity].chase;
	unsigned longer = f->chased / ROUND < LONGER_MAX ? f->chased / ROUND : LONGER_MAX;

	return engineer_after_work(d->settings, NULL, &hours, d->now, span << longer);
}

static void
set(struct desk *d, struct filing *f)
{
	f->generation++;
	store_filing_save(d->store, f);
	store_filing_timer_set(d->store, f, "chase", due_after(d, f));
}

void
desk_chase_from_now(struct desk *d, struct filing *f)
{
	f->chased = 0;
	set(d, f);
}

static void
tell_values(struct desk *d, struct telling *t, const struct filing *f)
{
	desk_filing_values(d, t, f);
	tell_value(t, "received", f->heard > f->opened ? say_when(d->arena, f->heard, zone_load("UTC")) : NULL);
	tell_value(t, "times", arena_printf(d->arena, "%u", f->chased));
}

static void
remind_team(struct desk *d, const struct filing *f, const struct escalation *e, const struct team *team)
{
	const struct engineer *x = e != NULL ? settings_engineer(d->settings, e->engineer) : NULL;
	struct telling t = { .template = "chase",
		.to = { team->full_name, team->email },
		.e = e,
		.filing = f,
		.to_team = true,
		.auto_submitted = "auto-generated" };

	tell_value(&t, "engineer", x != NULL ? x->full_name : e != NULL ? d->settings->name : say_name(&f->asker));
	tell_values(d, &t, f);
	t.subject = desk_team_subject(d, f);
	tell(d, &t);
}

static void
tell_silence(struct desk *d, const struct filing *f, const struct escalation *e, const struct person *to, bool engineer)
{
	struct telling t = { .template = "silent",
		.to = *to,
		.e = e,
		.filing = engineer || e == NULL ? f : NULL,
		.auto_submitted = "auto-generated" };
	const struct engineer *x = e != NULL ? settings_engineer(d->settings, e->engineer) : NULL;

	tell_value(&t, "can_command", engineer ? "yes" : NULL);
	tell_value(&t, "engineer", x != NULL ? x->full_name : NULL);
	tell_values(d, &t, f);
	tell(d, &t);
}

void
desk_chase(struct desk *d, const struct timer *timer)
{
	struct filing f;
	struct escalation e;
	const struct team *team;
	const struct engineer *x;
	bool has;

	if (!store_filing_get(d->store, d->arena, timer->filing, &f))
		return;
	store_filing_timer_clear(d->store, &f);
	team = settings_team(d->settings, f.team);
	if (f.generation != timer->generation || f.state != FILING_STATE_OPEN)
		return; /* stale: it has moved on */
	if (team == NULL) { /* the configuration does not know it any more: perhaps it will */
		set(d, &f);
		return;
	}
	has = store_escalation_get(d->store, d->arena, f.escalation, &e);
	f.chased++;
	if (has && desk_review_silent(d, &f, &e))
		return;
	remind_team(d, &f, has ? &e : NULL, team);
	if (has)
		store_event_add(d->store, e.id, d->now, "relay", "chased",
		    arena_printf(d->arena, "F%" PRId64 ": %s is silent, reminded %u time%s", f.number, team->full_name,
		        f.chased, f.chased == 1 ? "" : "s"),
		    0);
	if (f.chased % ROUND != 1 && has) {
		x = settings_engineer(d->settings, e.engineer);
		tell_silence(d, &f, &e,
		    &(struct person){ x != NULL ? x->full_name : "", x != NULL ? x->emails[0] : d->settings->fallback },
		    true);
	}
	if (f.chased % ROUND == 0 || (!has && f.chased % ROUND != 1))
		tell_silence(d, &f, has ? &e : NULL, has ? &e.requester : &f.asker, false);
	set(d, &f);
}

void
desk_chase_anew(struct desk *d)
{
	struct filing *v;
	size_t n = store_filings_open(d->store, d->arena, &v);

	for (size_t i = 0; i < n; i++)
		if (v[i].heard > d->now + SET_BACK || v[i].opened > d->now + SET_BACK)
			set(d, &v[i]);
}

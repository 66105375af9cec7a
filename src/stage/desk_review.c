/* desk_review.c - the review of a `fix`: the team that owns what an engineer changed is asked to look at it. See
 * desk_filing.h.
 *
 * It is a filing of a kind of its own, so that it has a thread with the team, a tracker's number and a record. But
 * nobody waits for it: it is no help and counts to no budget, its case is closed over it, it is reminded of once, and
 * the first word of a person of the team is its end.
 */
#include "stage/desk_filing.h"
#include "stage/desk_orders.h"

#include <inttypes.h>
#include <string.h>

#include "ground/mem.h"

#define REMINDERS 1

bool
filing_is_review(const struct filing *f)
{
	return strcmp(f->kind, FILING_REVIEW) == 0;
}

/* ---- who is asked -------------------------------------------------------------------------------------- */

/* The one team that something was filed with; NULL: none, or several. */
static const struct team *
filed_with(const struct ordering *o)
{
	struct filing *v;
	size_t n = store_filings(o->d->store, o->d->arena, o->e->id, &v);

	for (size_t i = 1; i < n; i++)
		if (strcmp(v[i].team, v[0].team) != 0)
			return NULL;
	return n > 0 ? settings_team(o->d->settings, v[0].team) : NULL;
}

/* Whom the order names, else whom a rule set, else whom the case was with. */
static const struct team *
owning_team(const struct ordering *o)
{
	const struct team *set = settings_team(o->d->settings, o->e->team);

	if (o->c->team != NULL)
		return settings_team(o->d->settings, o->c->team);
	return set != NULL ? set : filed_with(o);
}

/* ---- it is asked --------------------------------------------------------------------------------------- */

static const char *
ask(struct ordering *o, const struct team *team)
{
	struct filing_order order = { .e = o->e,
		.team = team,
		.kind = FILING_REVIEW,
		.title = arena_printf(o->d->arena, "Review of a change: %s", o->e->subject),
		.reason = o->e->cause,
		.engineer = o->actor,
		.rule = "",
		.by = o->engineer != NULL ? o->by : o->d->settings->name,
		.asker = { "", "" } };
	const char *reports;
	struct item opened;
	struct filing f;
	bool mailed;

	if (!desk_read(o->d, o->e->journal, &opened))
		return "; its review was not asked for: the store failed";
	order.original = opened.message;
	order.about = o->it != NULL ? o->it : &opened;
	mailed = desk_file(o->d, &order, &f, &reports);
	desk_drop(&opened);
	if (!mailed)
		return "; the mail that asks for its review could not be made, the operator's log says why";
	store_event_add(o->d->store, o->e->id, o->d->now, o->actor, "review", desk_filing_line(o->d, &f), o->journal);
	order_keep_reports(o, &f, reports);
	return arena_printf(o->d->arena, "; %s (%s) was asked to review the change, F%" PRId64, team->full_name,
	    team->email, f.number);
}

const char *
desk_ask_review(struct ordering *o)
{
	const struct team *team = owning_team(o);

	if (strcmp(o->c->outcome, "fix") != 0)
		return "";
	if (o->engineer == NULL && o->it != NULL)
		return "; nobody was asked to review the change, only an engineer's or the operator's word does that";
	if (team == NULL)
		return arena_printf(o->d->arena,
		    "; nobody was asked to review the change, for the case names no team%s",
		    o->engineer != NULL ? ". /undo, then /resolve fix TEAM: cause, asks one" :
		                          ". Reopen it, and 'fix TEAM: cause' asks one");
	return ask(o, team);
}

/* ---- and ends ------------------------------------------------------------------------------------------ */

void
desk_review_heard(struct desk *d, struct filing *f, struct escalation *e, const char *by, int64_t journal)
{
	if (filing_is_review(f) && f->state == FILING_STATE_OPEN)
		desk_filing_close(d, f, e, by, "answered", journal, NULL);
}

bool
desk_review_silent(struct desk *d, struct filing *f, struct escalation *e)
{
	struct telling t = { .template = "unreviewed", .e = e, .filing = f, .auto_submitted = "auto-generated" };

	if (!filing_is_review(f) || f->chased <= REMINDERS)
		return false;
	t.to = desk_filing_reader(d, f, e);
	desk_filing_values(d, &t, f);
	tell(d, &t);
	desk_filing_close(d, f, e, "relay", "nobody answered", 0, NULL);
	return true;
}

void
desk_review_withdraw(struct ordering *o, int64_t since)
{
	struct filing *v;
	size_t n = store_filings(o->d->store, o->d->arena, o->e->id, &v);

	for (size_t i = 0; i < n; i++)
		if (filing_is_review(&v[i]) && v[i].state == FILING_STATE_OPEN && v[i].opened >= since) {
			order_tell_team(o, &v[i], "");
			desk_filing_close(o->d, &v[i], o->e, o->actor, "taken back", o->journal, o->engineer);
		}
}

/* desk_filing_end.c - the end of a filing: by its tracker's mail, by /close, and what follows from the last. See
 * desk_filing.h. */
#include "stage/desk_filing.h"
#include "stage/desk_orders.h"

#include <inttypes.h>

#include "ground/mem.h"
#include "ground/text.h"

/* The last is closed: who has the case is asked to bring it to its end. */
static void
follow_through(
    struct desk *d, const struct filing *f, struct escalation *e, const char *by, const struct engineer *hushed)
{
	struct telling t = {
		.template = "follow-through", .to = desk_filing_reader(d, f, e), .e = e, .auto_submitted = "auto-generated"
	};
	struct filing *v;
	size_t n = store_filings(d->store, d->arena, e->id, &v);
	const char *lines = NULL;

	desk_step(d, e, EVENT_FILINGS_DONE, "relay", "all that was filed is accounted for", 0, NULL);
	if ((hushed != NULL && text_equal_nocase(hushed->name, e->engineer)) || e->state == ESCALATION_WAITING)
		return; /* he did it himself; or nobody has it, and who gets it reads it then */
	for (size_t i = 0; i < n; i++)
		if (v[i].state == FILING_STATE_CLOSED)
			lines = arena_printf(d->arena, "%s%s%s; closed by %s: %s", lines != NULL ? lines : "", lines != NULL ? "\n" : "",
			    desk_filing_line(d, &v[i]), v[i].closed_by, v[i].outcome);
	tell_case(d, &t, e);
	tell_value(&t, "by", by);
	tell_value(&t, "filings", lines);
	tell(d, &t);
}

void
desk_filing_close(struct desk *d, struct filing *f, struct escalation *e, const char *by, const char *outcome,
    int64_t journal, const struct engineer *hushed)
{
	f->state = FILING_STATE_CLOSED;
	f->closed = d->now;
	f->closed_by = by;
	f->outcome = outcome;
	f->generation++;
	store_filing_save(d->store, f);
	store_filing_timer_clear(d->store, f);
	if (e == NULL)
		return;
	store_event_add(d->store, e->id, d->now, by, "close",
	    arena_printf(d->arena, "F%" PRId64 "%s%s", f->number, *outcome != '\0' ? ": " : "", outcome), journal);
	if (!filing_is_review(f) && !store_has_open_filing(d->store, e->id))
		follow_through(d, f, e, by, hushed);
}

/* ---- /resolve over what is open ------------------------------------------------------------------------ */

/* Is it closed by an earlier line of the same mail? */
static bool
closed_above(const struct ordering *o, int64_t number)
{
	for (size_t i = 0; o->all != NULL && &o->all->v[i] != o->c; i++)
		if (o->all->v[i].word == COMMAND_CLOSE && (int64_t)o->all->v[i].number == number)
			return true;
	return false;
}

/* What was filed is somebody's work: a case is not closed over it. */
const char *
order_unaccounted(const struct ordering *o)
{
	struct filing *v;
	size_t n = store_filings(o->d->store, o->d->arena, o->e->id, &v);
	const char *lines = NULL;

	for (size_t i = 0; o->all != NULL && i < o->all->n; i++)
		if (o->all->v[i].word == COMMAND_FILE)
			return "what this mail files would be open still; close it when the team is done, then resolve";
	for (size_t i = 0; i < n; i++)
		if (v[i].state == FILING_STATE_OPEN && !filing_is_review(&v[i]) && !closed_above(o, v[i].number))
			lines = arena_printf(o->d->arena, "%s%s%s", lines != NULL ? lines : "",
			    lines != NULL ? "; " : "", desk_filing_line(o->d, &v[i]));
	return lines == NULL ?
	    NULL :
	    arena_printf(o->d->arena, "%s cannot be closed yet, this is still open: %s%s",
	        say_case(o->d->arena, o->e->id), lines, o->engineer != NULL ? " (/close F1 if it is done)" : "");
}

/* ---- /close -------------------------------------------------------------------------------------------- */

const char *
may_close(const struct ordering *o)
{
	int64_t number = (int64_t)o->c->number;
	struct filing f;

	if (!store_filing_of(o->d->store, o->d->arena, o->e->id, number, &f))
		return arena_printf(o->d->arena, "%s has no F%" PRId64 "; %s", say_case(o->d->arena, o->e->id), number,
		    store_filing_number(o->d->store, o->e->id) == 1 ? "nothing was filed for it" : "/status tells what was filed");
	if (f.state == FILING_STATE_CLOSED)
		return arena_printf(o->d->arena, "F%" PRId64 " was closed already, by %s", number, f.closed_by);
	return NULL;
}

/* So that nobody there works on for nothing, or rests by mistake. */
static void
tell_team_state(struct ordering *o, const struct filing *f, const char *reason, bool again)
{
	const struct team *team = settings_team(o->d->settings, f->team);
	struct telling t = {
		.template = "withdrawn", .e = o->e, .filing = f, .to_team = true, .auto_submitted = "auto-generated"
	};
	const char *reports = NULL;

	if (team == NULL)
		return;
	t.to = (struct person){ .name = team->full_name, .address = team->email };
	desk_filing_values(o->d, &t, f);
	t.subject = desk_team_subject(o->d, f);
	tell_value(&t, "by", o->by);
	tell_value(&t, "again", again ? "yes" : NULL);
	tell_value(&t, "reason", desk_redacted(o->d, reason, &reports));
	tell(o->d, &t);
}

void
order_tell_team(struct ordering *o, const struct filing *f, const char *reason)
{
	tell_team_state(o, f, reason, false);
}

void
order_tell_asker(struct ordering *o, const struct filing *f, const char *reason)
{
	struct telling t = { .template = "filing-closed", .to = f->asker, .filing = f, .auto_submitted = "auto-generated" };

	if (*f->asker.address == '\0')
		return;
	desk_filing_values(o->d, &t, f);
	tell_value(&t, "by", o->by);
	tell_value(&t, "reason", reason);
	tell(o->d, &t);
}

void
desk_tell_reclaimed(struct ordering *o, const struct filing *f)
{
	tell_team_state(o, f, "", true);
}

const char *
do_close(struct ordering *o)
{
	const char *text = o->c->text != NULL ? o->c->text : "";
	struct filing f;
	const char *left;

	if (!store_filing_of(o->d->store, o->d->arena, o->e->id, (int64_t)o->c->number, &f))
		return "/close: nothing left to do";
	tell_team_state(o, &f, text, false);
	desk_filing_close(o->d, &f, o->e, o->actor, text, o->journal, o->engineer);
	left = desk_filings_open(o->d, o->e->id);
	if (filing_is_review(&f))
		return arena_printf(o->d->arena, "/close: F%" PRId64 " is closed, and the team knows", f.number);
	return left != NULL ?
	    arena_printf(o->d->arena, "/close: F%" PRId64 " is closed; still open:\n%s", f.number, left) :
	    arena_printf(o->d->arena,
	        "/close: F%" PRId64 " is closed, and with it all that was filed; follow %s through with %s", f.number,
	        say_case(o->d->arena, o->e->id), say_name(&o->e->requester));
}

/* desk_file.c - /file: may it be done, with which attachments, and what its transcript says. See desk_filing.h and desk_orders.h. */
#include "stage/desk_filing.h"
#include "stage/desk_orders.h"

#include <inttypes.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"

#define SOURCES_MAX 10 /* mails of a case whose attachments may be named */

/* ---- the attachments that /file names ------------------------------------------------------------------ */

struct pick { size_t mail, index; };
struct picks {
	struct item *mails[SOURCES_MAX]; size_t nmails; /* the one in hand first */
	struct item read[SOURCES_MAX]; size_t nread;    /* those that were read back for it */
	struct pick *v; size_t n;
};

static void
add_source(struct desk *d, struct picks *p, int64_t journal)
{
	if (p->nmails == SOURCES_MAX || journal == 0)
		return;
	for (size_t i = 0; i < p->nmails; i++)
		if (p->mails[i]->entry.id == journal)
			return;
	if (desk_read(d, journal, &p->read[p->nread]))
		p->mails[p->nmails++] = &p->read[p->nread++];
}

/* The mail in hand, the one that opened the case, and the words since. */
static void
add_sources(const struct ordering *o, struct picks *p)
{
	struct event_row *events;
	size_t n = store_events(o->d->store, o->d->arena, o->e->id, &events);

	p->mails[p->nmails++] = o->it;
	add_source(o->d, p, o->e->journal);
	for (size_t i = n; i > 0; i--)
		if (strcmp(events[i - 1].kind, "word") == 0 || strncmp(events[i - 1].kind, "answer", 6) == 0)
			add_source(o->d, p, events[i - 1].journal);
}

static void
drop_sources(struct picks *p)
{
	for (size_t i = 0; i < p->nread; i++)
		desk_drop(&p->read[i]);
}

static const char *
attachment_name(struct desk *d, const struct attachment *a)
{
	return *a->name != '\0' ? text_printable(d->arena, a->name, 200) : a->type;
}

/* A name means what has that name in the newest mail where anything has; a pattern all that fit it. */
static bool
pick_name(struct desk *d, struct picks *p, const char *name)
{
	bool pattern = strpbrk(name, "*?") != NULL, found = false;

	for (size_t k = 0; k < p->nmails && (pattern || !found); k++)
		for (size_t i = 0; i < p->mails[k]->message->nattachments; i++) {
			bool twice = false;

			if (!message_name_fits(name, p->mails[k]->message->attachments[i].name))
				continue;
			found = true;
			for (size_t j = 0; j < p->n; j++)
				twice |= p->v[j].mail == k && p->v[j].index == i;
			if (!twice)
				*(struct pick *)arena_push(d->arena, &p->v, &p->n, sizeof(*p->v)) = (struct pick){ k, i };
		}
	return found;
}

/* Words from one on that are a name together: some names have blanks, and not everybody quotes them. How many, 0: none is. */
static size_t
pick_words(struct desk *d, struct picks *p, const struct strings *words, size_t from)
{
	for (size_t to = words->n; to > from; to--) {
		const char *name = words->v[from];

		for (size_t i = from + 1; i < to; i++)
			name = arena_printf(d->arena, "%s %s", name, words->v[i]);
		if (pick_name(d, p, name))
			return to - from;
	}
	return 0;
}

/* "there are a.log (3 kB) and 2 more" */
static const char *
what_is_there(struct desk *d, const struct picks *p)
{
	const char *list = "";
	size_t n = 0;

	for (size_t k = 0; k < p->nmails; k++)
		for (size_t i = 0; i < p->mails[k]->message->nattachments && n < 20; i++, n++) {
			const struct attachment *a = &p->mails[k]->message->attachments[i];

			list = arena_printf(d->arena, "%s%s%s (%s)", list, n > 0 ? ", " : "", attachment_name(d, a),
			    say_bytes(d->arena, a->bytes));
		}
	return n == 0 ? "the mails of this case have none" :
	                arena_printf(d->arena, "there %s %s", n == 1 ? "is" : "are", list);
}

/* Why the names cannot be attached, or NULL. */
static const char *
pick(const struct ordering *o, struct picks *p)
{
	struct desk *d = o->d;
	uint64_t bytes = 0;

	*p = (struct picks){ .nmails = 0 };
	add_sources(o, p);
	for (size_t i = 0, n; i < o->c->attachments.n; i += n)
		if ((n = pick_words(d, p, &o->c->attachments, i)) == 0)
			return arena_printf(d->arena, "no attachment '%s'; %s",
			    text_printable(d->arena, o->c->attachments.v[i], 100), what_is_there(d, p));
	for (size_t i = 0; i < p->n; i++)
		bytes += p->mails[p->v[i].mail]->message->attachments[p->v[i].index].bytes;
	return bytes <= RELAY_ATTACH_MAX ?
	    NULL :
	    arena_printf(d->arena, "these attachments are %s together, a filing may have %s",
	        say_bytes(d->arena, bytes), say_bytes(d->arena, RELAY_ATTACH_MAX));
}

static void
extract(struct desk *d, struct picks *p, struct filing_order *f)
{
	for (size_t i = 0; i < p->n; i++) {
		struct item *mail = p->mails[p->v[i].mail];
		const struct attachment *a = &mail->message->attachments[p->v[i].index];

		if (!desk_attachment(d, mail, p->v[i].index,
		        arena_push(d->arena, &f->entities, &f->nentities, sizeof(*f->entities)))) {
			f->nentities--;
			continue;
		}
		f->attachments = arena_printf(d->arena, "%s%s%s (%s)", f->attachments != NULL ? f->attachments : "",
		    f->attachments != NULL ? "\n" : "", attachment_name(d, a), say_bytes(d->arena, a->bytes));
	}
}

/* ---- /file --------------------------------------------------------------------------------------------- */

const char *
order_no_team(const struct ordering *o)
{
	const struct settings *s = o->d->settings;
	const char **names = arena_array(o->d->arena, s->nteams + 1, sizeof(*names)), *near, *list = "";

	for (size_t i = 0; i < s->nteams; i++) {
		names[i] = s->teams[i].name;
		list = arena_printf(o->d->arena, "%s%s%s", list, i > 0 ? ", " : "", names[i]);
	}
	if (s->nteams == 0)
		return "no team is configured";
	near = text_nearest(o->c->team, names, s->nteams);
	return near != NULL ? arena_printf(o->d->arena, "no team '%s', did you mean %s?", o->c->team, near) :
	                      arena_printf(o->d->arena, "no team '%s'; there are %s", o->c->team, list);
}

const char *
may_file(const struct ordering *o)
{
	const char *why = NULL;
	struct picks p;

	if (settings_team(o->d->settings, o->c->team) == NULL)
		return order_no_team(o);
	if (o->e->state == ESCALATION_ASSIGNED && !text_equal_nocase(o->engineer->name, o->e->engineer))
		return arena_printf(o->d->arena, "%s is with %s; /take makes it yours", say_case(o->d->arena, o->e->id),
		    o->e->engineer);
	if (!order_possible(o, EVENT_FILE))
		return order_means_nothing(o, "file");
	if (o->c->kind == FILING_HELP && *o->words->text == '\0')
		return "help asks for a reason in a few words: write below what you tried and why the team is needed; defect and docs need none";
	if (o->c->attachments.n > 0) {
		why = pick(o, &p);
		drop_sources(&p);
	}
	return why;
}

/* "F1, secret: 2 places", and what such a line reads now, a line each. */
void
order_keep_reports(struct ordering *o, const struct filing *f, const char *reports)
{
	while (reports != NULL && *reports != '\0') {
		size_t len = strcspn(reports, "\n");

		o->redactions = arena_printf(o->d->arena, "%s%sF%" PRId64 ", %.*s", o->redactions != NULL ? o->redactions : "",
		    o->redactions != NULL ? "\n" : "", f->number, (int)len, reports);
		reports += len + (reports[len] == '\n');
	}
}

const char *
do_file(struct ordering *o)
{
	const struct team *team = settings_team(o->d->settings, o->c->team);
	struct filing_order order = { .e = o->e,
		.about = o->it,
		.team = team,
		.kind = filing_kind_word(o->c->kind),
		.title = o->c->text,
		.reason = o->words->text,
		.engineer = o->actor,
		.rule = "",
		.by = o->by,
		.asker = { "", "" } };
	const char *reports, *line;
	struct picks p = { .nmails = 0 };
	struct item opened;
	struct filing f;
	bool mailed;

	if (!desk_read(o->d, o->e->journal, &opened))
		return "/file: the store failed";
	order.original = opened.message;
	if (o->c->attachments.n > 0 && pick(o, &p) == NULL)
		extract(o->d, &p, &order);
	mailed = desk_file(o->d, &order, &f, &reports);
	drop_sources(&p);
	desk_drop(&opened);
	if (!mailed)
		return arena_printf(o->d->arena, "/file %s: it could not be mailed; the operator's log says why", team->name);
	desk_step(o->d, o->e, EVENT_FILE, o->actor,
	    arena_printf(o->d->arena, "%s (%s)", desk_filing_line(o->d, &f), f.kind), o->journal, NULL);
	order_keep_reports(o, &f, reports);
	o->words->filed = true;
	line = arena_printf(o->d->arena, "/file %s: filed as F%" PRId64 " with %s (%s): %s", team->name, f.number,
	    team->full_name, team->email, f.title);
	if (order.attachments != NULL)
		line = arena_printf(o->d->arena, "%s, with %zu attachment%s as %s", line, order.nentities,
		    order.nentities == 1 ? "" : "s", order.nentities == 1 ? "it is" : "they are");
	if (o->c->kind == FILING_HELP && team->engineering)
		line = arena_printf(o->d->arena, "%s. The budget: %s", line, desk_budget_sentence(o->d));
	return line;
}

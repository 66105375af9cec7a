/* desk_filing.c - a filing is made: by /file of an engineer, or by a rule. See desk_filing.h.
 *
 * What a team gets is a rendering without private details, never the raw mail, and of the attachments only those that the engineer
 * named. Its reply address says which filing it is about, and is bound to the team.
 */
#include "stage/desk_filing.h"
#include "stage/desk_orders.h"

#include <inttypes.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/digest.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/redact.h"

#define CHANGED_MAX 10 /* lines of one text that a report shows */
#define SOURCES_MAX 10 /* mails of a case whose attachments may be named */

/* ---- how it is said ------------------------------------------------------------------------------------ */

const char *
desk_filing_name(struct desk *d, const struct filing *f)
{
	return f->escalation == 0 ? arena_printf(d->arena, "F%" PRId64, f->number) :
	                            arena_printf(d->arena, "%s F%" PRId64, say_case(d->arena, f->escalation), f->number);
}

const char *
desk_filing_line(struct desk *d, const struct filing *f)
{
	const struct team *team = settings_team(d->settings, f->team);

	return arena_printf(d->arena, "F%" PRId64 " with %s%s%s%s: %s", f->number, team != NULL ? team->full_name : f->team,
	    *f->upstream != '\0' ? " (" : "", f->upstream, *f->upstream != '\0' ? ")" : "", f->title);
}

const char *
desk_filings_open(struct desk *d, int64_t escalation)
{
	struct filing *v;
	size_t n = store_filings(d->store, d->arena, escalation, &v);
	const char *lines = NULL;

	for (size_t i = 0; i < n; i++)
		if (v[i].state == FILING_STATE_OPEN)
			lines = arena_printf(d->arena, "%s%s%s", lines != NULL ? lines : "", lines != NULL ? "\n" : "", desk_filing_line(d, &v[i]));
	return lines;
}

const char *
desk_asked_for(const char *kind)
{
	return strcmp(kind, "defect") == 0 ? "a fix" : strcmp(kind, "docs") == 0 ? "a change of the docs" : "help";
}

/* Those lines of the clean text that do not stand in the other: so that an engineer sees whether too much is gone. */
static const char *
changed_lines(struct desk *d, const char *text, const char *clean, const char *report)
{
	size_t shown = 0, len;

	for (; *clean != '\0' && shown < CHANGED_MAX; clean += len + (clean[len] == '\n')) {
		const char *line;

		len = strcspn(clean, "\n");
		line = arena_strndup(d->arena, clean, len);
		if (len == 0 || strstr(text, line) != NULL)
			continue;
		report = arena_printf(d->arena, "%s\n\"%s\"", report, text_printable(d->arena, text_squeeze(d->arena, line), 200));
		shown++;
	}
	return report;
}

const char *
desk_redacted(struct desk *d, const char *text, const char **reports)
{
	const char *report, *clean = redact(d->arena, d->settings->redactions, d->settings->nredactions, text, &report);

	if (report != NULL) {
		report = changed_lines(d, text, clean, report);
		*reports = *reports == NULL ? report : arena_printf(d->arena, "%s\n%s", *reports, report);
	}
	return clean;
}

/* ---- it is made ---------------------------------------------------------------------------------------- */

/* Like a case's: never given again, so that no token of an older store opens another filing. */
static const char *
new_thread_id(struct desk *d)
{
	unsigned char random[10];
	char hex[2 * sizeof(random) + 1];

	random_bytes(random, sizeof(random));
	digest_hex(random, sizeof(random), hex);
	return arena_printf(d->arena, "filing.%s@%s", hex, strrchr(d->settings->address, '@') + 1);
}

static const char *
label_list(struct desk *d, const struct team *team)
{
	const char *labels = "";

	for (size_t i = 0; i < team->nlabels; i++)
		labels = arena_printf(d->arena, "%s%s%s", labels, i > 0 ? ", " : "", team->labels[i]);
	return labels;
}

/* A rule's filing: what it set. */
static const char *
customer_of(const struct filing_order *o)
{
	const char *set = o->dec != NULL ? rule_setting(o->dec, "customer") : NULL;

	return o->e != NULL ? o->e->customer : set != NULL ? set : o->about->customer != NULL ? o->about->customer->name : "";
}

static unsigned
severity_of(const struct desk *d, const struct filing_order *o)
{
	return o->e != NULL ? o->e->severity : desk_severity(d->settings, o->dec != NULL ? rule_setting(o->dec, "severity") : NULL);
}

/* What is known of it, as clean as the words: it was taken out of them. */
static void
tell_findings(struct desk *d, struct telling *t, const struct filing_order *o, const char **reports)
{
	const char *facts = o->e != NULL ? desk_facts(d, o->e) : NULL, *ticket = o->e != NULL ? o->e->ticket : NULL;

	for (size_t i = 0; o->dec != NULL && i < o->dec->nfacts; i++)
		facts = arena_printf(d->arena, "%s%s%s: %s", facts != NULL ? facts : "", facts != NULL ? "\n" : "", o->dec->facts[i].label,
		    o->dec->facts[i].value);
	if (o->dec != NULL)
		ticket = decision_capture(o->dec, "ticket");
	if (o->e != NULL || (o->dec != NULL && rule_setting(o->dec, "severity") != NULL))
		tell_value(t, "severity", arena_printf(d->arena, "%u", severity_of(d, o)));
	tell_value(t, "ticket", ticket != NULL ? desk_redacted(d, ticket, reports) : NULL);
	tell_value(t, "facts", facts != NULL ? desk_redacted(d, facts, reports) : NULL);
}

static bool
tell_team(struct desk *d, const struct filing_order *o, const struct filing *f, const char **reports)
{
	const char *own = arena_printf(d->arena, "filing:%s", o->team->name);
	struct telling t = { .template = templates_has(d->conf->templates, own) ? own : "filing", .to = { o->team->full_name, o->team->email },
		.e = o->e, .about = o->about, .filing = f, .to_team = true, .entities = o->entities, .nentities = o->nentities };
	const struct message *m = o->original;

	/* An engineer's own word; nobody asked the rule. */
	if (*o->rule != '\0')
		t.auto_submitted = "auto-generated";
	else
		t.from_name = o->by;
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "engineer", o->by);
	tell_value(&t, "team", o->team->full_name);
	tell_value(&t, "asked", desk_asked_for(o->kind));
	tell_value(&t, "kind", o->kind);
	tell_value(&t, "labels", label_list(d, o->team));
	if (o->e != NULL) {
		tell_value(&t, "case", say_case(d->arena, o->e->id));
		tell_value(&t, "filing", arena_printf(d->arena, "F%" PRId64, f->number));
	}
	tell_findings(d, &t, o, reports);
	tell_value(&t, "subject", desk_redacted(d, o->title, reports));
	t.subject = o->e == NULL ? desk_redacted(d, o->title, reports) :
	                           arena_printf(d->arena, "[%s] %s", desk_filing_name(d, f), desk_redacted(d, o->title, &(const char *){ NULL }));
	tell_value(&t, "text", desk_redacted(d, o->reason, reports));
	if (m->forward != NULL)
		tell_value(&t, "original", desk_redacted(d, m->forward->body, reports));
	else if (o->e != NULL && m->visible_text != NULL)
		tell_value(&t, "original", desk_redacted(d, m->visible_text, reports));
	tell_value(&t, "redactions", *reports);
	tell_value(&t, "attachments", o->attachments);
	return tell(d, &t) != 0;
}

bool
desk_file(struct desk *d, const struct filing_order *o, struct filing *out, const char **reports)
{
	int64_t escalation = o->e != NULL ? o->e->id : 0;
	struct filing f = { .escalation = escalation, .number = store_filing_number(d->store, escalation), .team = o->team->name, .kind = o->kind,
		.title = o->title, .reason = strcmp(o->kind, "help") == 0 ? o->reason : "", .upstream = "", .opened = d->now, .heard = d->now,
		.closed_by = "", .outcome = "", .engineer = o->engineer, .rule = o->rule,
		.customer = customer_of(o), .severity = severity_of(d, o), .asker = o->asker, .journal = o->about->entry.id,
		.thread_id = new_thread_id(d), .subject = "", .last_id = "" };

	*reports = NULL;
	if (store_filing_new(d->store, &f) == 0)
		return false;
	store_filing_thread_add(d->store, f.id, f.thread_id);
	*out = f;
	if (!tell_team(d, o, &f, reports)) {
		out->state = FILING_STATE_CLOSED;
		out->closed = d->now;
		out->closed_by = "relay";
		out->outcome = "it could not be mailed";
		store_filing_save(d->store, out);
		return false;
	}
	desk_chase_from_now(d, out);
	return true;
}

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

/* A name means the newest of that name; a pattern all that fit it. */
static bool
pick_name(struct desk *d, struct picks *p, const char *name)
{
	bool pattern = strpbrk(name, "*?") != NULL, found = false;

	for (size_t k = 0; k < p->nmails && (pattern || !found); k++)
		for (size_t i = 0; i < p->mails[k]->message->nattachments && (pattern || !found); i++) {
			bool twice = false;

			if (!text_glob(name, p->mails[k]->message->attachments[i].name))
				continue;
			found = true;
			for (size_t j = 0; j < p->n; j++)
				twice |= p->v[j].mail == k && p->v[j].index == i;
			if (!twice)
				*(struct pick *)arena_push(d->arena, &p->v, &p->n, sizeof(*p->v)) = (struct pick){ k, i };
		}
	return found;
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

			list = arena_printf(d->arena, "%s%s%s (%s)", list, n > 0 ? ", " : "", attachment_name(d, a), say_bytes(d->arena, a->bytes));
		}
	return n == 0 ? "the mails of this case have none" : arena_printf(d->arena, "there %s %s", n == 1 ? "is" : "are", list);
}

/* Why the names cannot be attached, or NULL. */
static const char *
pick(const struct ordering *o, struct picks *p)
{
	struct desk *d = o->d;
	uint64_t bytes = 0;

	*p = (struct picks){ .nmails = 0 };
	add_sources(o, p);
	for (size_t i = 0; i < o->c->attachments.n; i++)
		if (!pick_name(d, p, o->c->attachments.v[i]))
			return arena_printf(d->arena, "no attachment '%s'; %s", text_printable(d->arena, o->c->attachments.v[i], 100), what_is_there(d, p));
	for (size_t i = 0; i < p->n; i++)
		bytes += p->mails[p->v[i].mail]->message->attachments[p->v[i].index].bytes;
	return bytes <= RELAY_ATTACH_MAX ? NULL : arena_printf(d->arena, "these attachments are %s together, a filing may have %s", say_bytes(d->arena, bytes),
	    say_bytes(d->arena, RELAY_ATTACH_MAX));
}

static void
extract(struct desk *d, struct picks *p, struct filing_order *f)
{
	for (size_t i = 0; i < p->n; i++) {
		struct item *mail = p->mails[p->v[i].mail];
		const struct attachment *a = &mail->message->attachments[p->v[i].index];

		if (!desk_attachment(d, mail, p->v[i].index, arena_push(d->arena, &f->entities, &f->nentities, sizeof(*f->entities)))) {
			f->nentities--;
			continue;
		}
		f->attachments = arena_printf(d->arena, "%s%s%s (%s)", f->attachments != NULL ? f->attachments : "", f->attachments != NULL ? "\n" : "",
		    attachment_name(d, a), say_bytes(d->arena, a->bytes));
	}
}

/* ---- /file --------------------------------------------------------------------------------------------- */

static const char *
no_team(const struct ordering *o)
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
		return no_team(o);
	if (o->e->state == ESCALATION_ASSIGNED && !text_equal_nocase(o->engineer->name, o->e->engineer))
		return arena_printf(o->d->arena, "%s is with %s; /take makes it yours", say_case(o->d->arena, o->e->id), o->e->engineer);
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
static void
keep_reports(struct ordering *o, const struct filing *f, const char *reports)
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
	struct filing_order order = { .e = o->e, .about = o->it, .team = team, .kind = filing_kind_word(o->c->kind), .title = o->c->text,
		.reason = o->words->text, .engineer = o->actor, .rule = "", .by = o->by, .asker = { "", "" } };
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
	desk_step(o->d, o->e, EVENT_FILE, o->actor, arena_printf(o->d->arena, "%s (%s)", desk_filing_line(o->d, &f), f.kind), o->journal, NULL);
	keep_reports(o, &f, reports);
	o->words->filed = true;
	line = arena_printf(o->d->arena, "/file %s: filed as F%" PRId64 " with %s (%s): %s", team->name, f.number, team->full_name, team->email, f.title);
	return order.attachments == NULL ? line : arena_printf(o->d->arena, "%s, with %zu attachment%s as %s", line, order.nentities,
	    order.nentities == 1 ? "" : "s", order.nentities == 1 ? "it is" : "they are");
}

/* desk_filing.c - a filing is made: by /file of an engineer, or by a rule. See desk_filing.h.
 *
 * What a team gets is a rendering without private details, never the raw mail, and of the attachments only those that
 * the engineer named. Its reply address says which filing it is about, and is bound to the team.
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
			lines = arena_printf(d->arena, "%s%s%s", lines != NULL ? lines : "", lines != NULL ? "\n" : "",
			    desk_filing_line(d, &v[i]));
	return lines;
}

const char *
desk_asked_for(const char *kind)
{
	return strcmp(kind, "defect") == 0 ? "a fix" : strcmp(kind, "docs") == 0 ? "a change of the docs" :
	       strcmp(kind, FILING_REVIEW) == 0 ? "a review" : "help";
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
	struct telling t = { .template = templates_has(d->conf->templates, own) ? own : filing_is_review(f) ? "review" : "filing",
		.to = { o->team->full_name, o->team->email },
		.e = o->e,
		.about = o->about,
		.filing = f,
		.to_team = true,
		.entities = o->entities,
		.nentities = o->nentities };
	const struct message *m = o->original;
	const char *cause = filing_is_review(f) ? desk_redacted(d, o->reason, reports) : NULL;

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
	                           arena_printf(d->arena, "[%s] %s", desk_filing_name(d, f),
	                               desk_redacted(d, o->title, &(const char *){ NULL }));
	tell_value(&t, "text", cause != NULL ? cause : desk_redacted(d, o->reason, reports));
	tell_value(&t, "link", cause != NULL ? command_link(d->arena, cause, &cause) : NULL);
	tell_value(&t, "cause", cause);
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
	struct filing f = { .escalation = escalation,
		.number = store_filing_number(d->store, escalation),
		.team = o->team->name,
		.kind = o->kind,
		.title = o->title,
		.reason = strcmp(o->kind, "help") == 0 || strcmp(o->kind, FILING_REVIEW) == 0 ? o->reason : "",
		.upstream = "",
		.opened = d->now,
		.heard = d->now,
		.closed_by = "",
		.outcome = "",
		.engineer = o->engineer,
		.rule = o->rule,
		.customer = customer_of(o),
		.severity = severity_of(d, o),
		.asker = o->asker,
		.journal = o->about->entry.id,
		.thread_id = new_thread_id(d),
		.subject = "",
		.last_id = "" };

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
	if (!filing_is_review(out)) /* it has heard of what was resolved */
		desk_hook(d, "filed", o->e, arena_printf(d->arena, "%s was filed with %s for %s", o->e != NULL ? say_case(d->arena, escalation) : "A mail",
	    o->team->full_name, desk_asked_for(o->kind)), *o->rule != '\0' ? arena_printf(d->arena, "rule \"%s\"", o->rule) : NULL);
	return true;
}

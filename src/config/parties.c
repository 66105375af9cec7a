/* parties.c - severities, teams, customers and redactions (see read.h). */
#include <string.h>

#include "config/read.h"
#include "ground/mem.h"
#include "ground/regex.h"
#include "ground/text.h"

#define MINUTE INT64_C(60)
#define HOUR   INT64_C(3600)

#define F(type, field) offsetof(struct type, field)
static const struct binding severity_rows[] = {
	{ "ack", read_span, F(severity, ack), false },
	{ "update", read_span, F(severity, update), false },
	{ "chase", read_span, F(severity, chase), false },
	{ "nudge", read_span, F(severity, nudge), false },
	{ "close", read_span, F(severity, close), false },
	{ "offhours", read_yes_no, F(severity, offhours), false },
};
const struct bindings severity_bindings = { "severity", severity_rows, COUNT(severity_rows) };

/* Spans of working time, so "16h" is two days of people who work eight hours. */
void
severity_defaults(struct settings *s)
{
	static const struct severity standard[] = {
		{ 0, 15 * MINUTE, 1 * HOUR, 2 * HOUR, 4 * HOUR, 0, true },
		{ 1, 30 * MINUTE, 4 * HOUR, 4 * HOUR, 8 * HOUR, 0, false },
		{ 2, 4 * HOUR, 16 * HOUR, 16 * HOUR, 24 * HOUR, 0, false },
		{ 3, 8 * HOUR, 40 * HOUR, 40 * HOUR, 40 * HOUR, 0, false },
	};

	for (unsigned i = 0; i < COUNT(s->severities); i++) {
		s->severities[i] = standard[i < COUNT(standard) ? i : COUNT(standard) - 1];
		s->severities[i].level = i;
		s->has_severity[i] = i < COUNT(standard);
	}
}

void
read_severity(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	const struct conf_word *before;
	uint64_t level;

	if (!read_count(r, g, 1, 1))
		return;
	if (!text_u64(g->v[0].text, 0, 9, &level)) {
		diag_error(r->diag, &g->v[0], NULL, "found '%s', expected a severity in 0..9", g->v[0].text);
		return;
	}
	before = read_noted(r, &s->severities[level]);
	if (before != NULL) {
		diag_error(r->diag, &g->v[0], NULL, "severity %s is given twice; the first stands at line %u of %s",
		    g->v[0].text,
		    before->pos.line, before->pos.file->name);
		return;
	}
	read_note(r, &s->severities[level], &g->v[0]);
	read_block(r, &severity_bindings, g->st->block, g->st->nblock, &g->st->words[0], &s->severities[level],
	    PASS_ALL);
	s->has_severity[level] = true;
}

static struct regex *
compile(struct reading *r, const struct conf_word *w)
{
	struct regex_error err;
	struct regex *re = regex_compile(w->text, w->len, w->flags, &err);
	struct conf_pos pos;

	if (re != NULL)
		return re;
	pos = conf_word_pos(w, err.offset);
	diag_add(r->diag, DIAG_ERROR, &pos, 1, NULL, "%s", err.message);
	return NULL;
}

/* Words i and i + 1 of the values: "~ /regex/". */
static struct regex *
read_regex(struct reading *r, const struct given *g, size_t i)
{
	if (strcmp(g->v[i].text, "~") != 0 || g->v[i + 1].kind != CONF_REGEX) {
		diag_error(r->diag, &g->v[i], NULL, "found '%s', expected: %s %s", g->v[i].text, g->key->name,
		    g->key->form);
		return NULL;
	}
	return compile(r, &g->v[i + 1]);
}

static bool
has_group(const struct regex *re, const char *name)
{
	for (size_t i = 0; i < regex_name_count(re); i++)
		if (strcmp(regex_name(re, i), name) == 0)
			return true;
	return false;
}

static bool
read_pattern(struct reading *r, const struct given *g, struct tracker_pattern *out)
{
	static const char *const fields[] = { "subject", "from", "to", "cc", "text", "body" };
	size_t i = 0;

	if (!read_no_block(r, g) || !read_count(r, g, 3, 3))
		return false;
	while (i < COUNT(fields) && strcmp(fields[i], g->v[0].text) != 0)
		i++;
	if (i == COUNT(fields))
		diag_error(r->diag, &g->v[0], read_perhaps(r, g->v[0].text, fields, COUNT(fields)),
		    "found '%s', expected one of subject, from, to, cc, text and body", g->v[0].text);
	out->field = g->v[0].text;
	out->re = read_regex(r, g, 1);
	return out->re != NULL;
}

static void
read_tracker_number(struct reading *r, const struct given *g, void *field)
{
	struct team *t = field;

	t->has_number = read_pattern(r, g, &t->number);
	if (t->has_number && !has_group(t->number.re, "number"))
		diag_error(r->diag, &g->v[2], "such as /#(?<number>\\d+)/", "this regex captures no (?<number>...)");
}

static void
read_closed(struct reading *r, const struct given *g, void *field)
{
	struct team *t = field;

	t->has_closed = read_pattern(r, g, &t->closed);
}

static void
read_team_zone(struct reading *r, const struct given *g, void *field)
{
	struct team *t = field;
	const struct conf_word *w = read_one(r, g);

	if (w != NULL)
		t->zone = read_zone_word(r, w, &t->zone_name);
}

static const struct binding team_rows[] = {
	{ "name", read_text, F(team, full_name), false },
	{ "email", read_address, F(team, email), false },
	{ "from", read_addresses, F(team, from), false },
	{ "number", read_tracker_number, 0, false },
	{ "closed", read_closed, 0, false },
	{ "template", read_path, F(team, template), false },
	{ "label", read_words, F(team, labels), false },
	{ "hours", read_windows, F(team, hours), false },
	{ "zone", read_team_zone, 0, false },
	{ "chase", read_span, F(team, chase), false },
	{ "engineering", read_yes_no, F(team, engineering), false },
};
const struct bindings team_bindings = { "team", team_rows, COUNT(team_rows) };

void
read_team(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	struct team in = { 0 }, *place;

	if (!read_count(r, g, 1, 1) || (in.name = read_name(r, g, &g->v[0])) == NULL)
		return;
	read_block(r, &team_bindings, g->st->block, g->st->nblock, &g->st->words[0], &in, PASS_ALL);
	if (in.full_name == NULL)
		in.full_name = in.name;
	if (read_has(g, "hours") && !read_has(g, "zone"))
		diag_error(r->diag, &g->st->words[0], NULL,
		    "'zone' is missing in this block: whose clock are its hours by?");
	read_note(r, in.name, &g->v[0]);
	place = arena_push(r->arena, &s->teams, &s->nteams, sizeof(*place));
	*place = in;
}

static void
read_ga(struct reading *r, const struct given *g, void *field)
{
	struct customer *c = field;
	const struct conf_word *w = read_one(r, g);

	c->has_ga = w != NULL && read_date(r, w, &c->ga);
}

static const struct binding customer_rows[] = {
	{ "name", read_text, F(customer, full_name), false },
	{ "domain", read_domains, F(customer, domains), false },
	{ "alias", read_words, F(customer, aliases), false },
	{ "ga", read_ga, 0, false },
	{ "buffer", read_span, F(customer, buffer), false },
	{ "aer", read_address, F(customer, aer), false },
	{ "ie", read_address, F(customer, ie), false },
};
const struct bindings customer_bindings = { "customer", customer_rows, COUNT(customer_rows) };

void
read_customer(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	struct customer in = { 0 }, *place;

	if (!read_count(r, g, 1, 1) || (in.name = read_name(r, g, &g->v[0])) == NULL)
		return;
	read_block(r, &customer_bindings, g->st->block, g->st->nblock, &g->st->words[0], &in, PASS_ALL);
	if (in.full_name == NULL)
		in.full_name = in.name;
	read_note(r, in.name, &g->v[0]);
	place = arena_push(r->arena, &s->customers, &s->ncustomers, sizeof(*place));
	*place = in;
}

/* redact NAME off */
static void
switch_off(struct reading *r, const struct given *g)
{
	struct settings *s = r->s;

	if (!read_no_block(r, g))
		return;
	if (!redaction_is_default(g->v[0].text))
		diag_error(r->diag, &g->v[0], NULL, "there is no redaction '%s' that could be off; 'escrelay inspect --redact' names them", g->v[0].text);
	*(const char **)arena_push(r->arena, &s->redact_off, &s->nredact_off, sizeof(char *)) = g->v[0].text;
}

void
read_redact(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	struct redaction in = { 0 }, *place;

	if (g->n == 2 && g->v[1].kind == CONF_WORD && strcmp(g->v[1].text, "off") == 0) {
		switch_off(r, g);
		return;
	}
	if (!read_no_block(r, g) || !read_count(r, g, 4, 4) || (in.name = read_name(r, g, &g->v[0])) == NULL)
		return;
	in.re = read_regex(r, g, 1);
	in.with = g->v[3].text;
	if (in.re == NULL)
		return;
	if (g->v[3].kind == CONF_REGEX || strchr(in.with, '\n') != NULL || g->v[3].len > NAME_BYTES_MAX)
		diag_error(r->diag, &g->v[3], NULL, "expected a text of at most %d bytes to stand in its place",
		    NAME_BYTES_MAX);
	read_note(r, in.name, &g->v[0]);
	place = arena_push(r->arena, &s->redactions, &s->nredactions, sizeof(*place));
	*place = in;
}

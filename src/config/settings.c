/* settings.c - the top level of relay.conf, and the way from a tree to settings (see settings.h). */
#include "config/settings.h"

#include <string.h>

#include "config/read.h"
#include "ground/address.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/regex.h"
#include "ground/text.h"

/* LOCAL+%t@DOMAIN and its like must hold a token of any length that there may be. */
static bool
template_holds(struct reading *r, const char *template)
{
	static const char token[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	const char *t = strstr(template, "%t");

	_Static_assert(sizeof(token) - 1 == REPLY_TOKEN_MAX, "as many letters as a token may have");
	if (t == NULL || strchr(t + 1, '%') != NULL || memchr(template, '%', (size_t)(t - template)) != NULL ||
	    strchr(t, '@') == NULL)
		return false;
	return address_check(arena_printf(r->arena, "%.*s%s%s", (int)(t - template), template, token,
	    t + 2)) == ADDRESS_OK;
}

static void
read_own_address(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	const char *at;

	read_address(r, g, &s->address);
	if (s->address == NULL || s->reply_address != NULL)
		return;
	at = strrchr(s->address, '@');
	s->reply_address = arena_printf(r->arena, "%.*s+%%t%s", (int)(at - s->address), s->address, at);
}

static void
read_reply_address(struct reading *r, const struct given *g, void *field)
{
	const struct conf_word *w = read_one(r, g);
	char *template;

	if (w == NULL)
		return;
	if (!template_holds(r, w->text)) {
		diag_error(r->diag, w, "such as escalations+%t@example.com",
		    "found '%s', expected an address with one %%t before the @, "
		    "and room there for %d characters", w->text, REPLY_TOKEN_MAX);
		return;
	}
	template = arena_strdup(r->arena, w->text);
	text_lower_ascii(strrchr(template, '@'));
	*(const char **)field = template;
}

static void
read_authserv_id(struct reading *r, const struct given *g, void *field)
{
	const struct conf_word *w = read_one(r, g);

	if (w == NULL)
		return;
	if (strcmp(w->text, "none") == 0)
		diag_warning(r->diag, w, NULL,
		    "nothing proves who wrote a mail: whoever knows a reply address and forges an engineer's From "
		    "can give commands in his name");
	else
		read_word(r, g, field);
}

static void
read_limit(struct reading *r, const struct given *g, void *field)
{
	struct rate_cap *cap = field;
	struct given number = *g;

	if (!read_no_block(r, g) || !read_count(r, g, 3, 3))
		return;
	number.n = 1;
	read_number(r, &number, &cap->mails);
	if (strcmp(g->v[1].text, "per") != 0)
		diag_error(r->diag, &g->v[1], NULL, "found '%s', expected: %s %s", g->v[1].text, g->key->name,
		    g->key->form);
	if (!word_span(g->v[2].text, &cap->per) || cap->per < 1 || cap->per > INT64_C(30) * 86400)
		diag_error(r->diag, &g->v[2], NULL, "found '%s', expected a span in 1s..30d", g->v[2].text);
}

static void
read_handover_default(struct reading *r, const struct given *g, void *field)
{
	static const char *const words[] = { "keep", "pass" };
	size_t i = read_choice(r, g, words, COUNT(words));

	if (i < COUNT(words))
		*(const char **)field = words[i];
}

static void
read_log(struct reading *r, const struct given *g, void *field)
{
	static const char *const words[] = { "error", "warning", "info", "debug" };
	static const int levels[] = { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
	size_t i = read_choice(r, g, words, COUNT(words));

	if (i < COUNT(words))
		*(int *)field = levels[i];
}

#define S(field) offsetof(struct settings, field)
static const struct binding top_rows[] = {
	{ "address", read_own_address, 0, false },
	{ "reply-address", read_reply_address, S(reply_address), false },
	{ "name", read_text, S(name), false },
	{ "operator", read_address, S(operator_address), false },
	{ "fallback", read_address, S(fallback), false },
	{ "staff", read_domains, S(staff), false },
	{ "authserv-id", read_authserv_id, S(authserv_id), false },
	{ "store", read_path, S(store), false },
	{ "include", read_nothing, 0, false }, /* the parser's */
	{ "mailbox", read_mailbox, 0, false },
	{ "submission", read_submission, S(submission), false },
	{ "webhook", read_webhook, 0, false },
	{ "engineer", read_engineer, 0, false },
	{ "rotation", read_rotation, 0, true },
	{ "away", read_away, 0, true },
	{ "override", read_override, 0, true },
	{ "handover", read_handover, 0, false },
	{ "cover", read_cover, 0, false },
	{ "seats-wanted", read_number, S(seats_wanted), false },
	{ "last-offer", read_span, S(last_offer), false },
	{ "handover-answer", read_span, S(handover_answer), false },
	{ "handover-default", read_handover_default, S(handover_default), false },
	{ "severity", read_severity, 0, false },
	{ "default-severity", read_number, S(default_severity), false },
	{ "team", read_team, 0, false },
	{ "customer", read_customer, 0, false },
	{ "rule", read_nothing, 0, false }, /* judge/rule.h's */
	{ "redact", read_redact, 0, false },
	{ "templates", read_path, S(templates), false },
	{ "limit recipient", read_limit, S(cap_recipient), false },
	{ "limit case", read_limit, S(cap_case), false },
	{ "limit all", read_limit, S(cap_total), false },
	{ "limit word", read_limit, S(cap_word), false },
	{ "limit echo", read_limit, S(cap_echo), false },
	{ "hops-max", read_number, S(hops_max), false },
	{ "token-valid", read_span, S(token_valid), false },
	{ "keep journal", read_span, S(keep_journal), false },
	{ "keep outbox", read_span, S(keep_outbox), false },
	{ "keep events", read_span, S(keep_events), false },
	{ "digest", read_digest, 0, false },
	{ "digest-to", read_addresses, S(digest_to), false },
	{ "budget", read_percent, S(budget_percent), false },
	{ "log", read_log, S(log_level), false },
};
const struct bindings top_bindings = { "", top_rows, COUNT(top_rows) };

void
settings_free(struct settings *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->nteams; i++) {
		regex_free(s->teams[i].number.re);
		regex_free(s->teams[i].closed.re);
		s->teams[i].number.re = s->teams[i].closed.re = NULL;
	}
	redactions_free(s->redactions, s->nredactions);
}

static const char *
folder_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? "." : slash == path ? "/" : arena_strndup(a, path, (size_t)(slash - path));
}

struct settings *
settings_read(struct arena *arena, const struct conf_tree *tree, const char *path, struct diag *d)
{
	struct reading r = { .arena = arena, .diag = d };
	struct settings *s = r.s = arena_alloc(arena, sizeof(*s));

	s->path = arena_strdup(arena, path);
	s->folder = folder_of(arena, path);
	r.main_file = tree->nfiles > 0 ? tree->files[0] : NULL;
	severity_defaults(s);
	read_block(&r, &top_bindings, tree->stmts, tree->nstmts, NULL, s, PASS_EARLY);
	read_block(&r, &top_bindings, tree->stmts, tree->nstmts, NULL, s, PASS_LATE);
	if (s->fallback == NULL)
		s->fallback = s->operator_address;
	if (s->address != NULL && s->reply_address != NULL && !template_holds(&r, s->reply_address))
		diag_error(d, read_noted(&r, s->address), "a reply-address may be shorter",
		    "the name before the @ leaves no room for a token of %d characters", REPLY_TOKEN_MAX);
	check_all(&r);
	if (d->errors == 0) {
		redactions_complete(&r);
		return s;
	}
	settings_free(s);
	return NULL;
}

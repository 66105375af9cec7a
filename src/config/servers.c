/* servers.c - mailboxes, the submission server and webhooks (see read.h). */
#include <string.h>

#include "config/read.h"
#include "config/url.h"
#include "ground/mem.h"

static void
read_imap_url(struct reading *r, const struct given *g, void *field)
{
	struct mailbox_settings *m = field;
	struct url url = { 0 };
	bool plain;

	if (!url_read(r, g, "imaps", "imap", &url, &plain))
		return;
	m->server.host = url.host;
	m->server.port = url.port != 0 ? url.port : plain ? 143 : 993;
	m->server.tls = plain ? TLS_STARTTLS : TLS_IMPLICIT;
	m->folder = *url.path == '\0' ? "INBOX" : url_folder(r, url.path);
	if (m->folder == NULL)
		diag_error(r->diag, &g->v[0], "a blank is %20, a percent sign %25", "the folder '%.60s' is broken",
		    url.path);
}

static void
read_smtp_url(struct reading *r, const struct given *g, void *field)
{
	struct submission_settings *s = field;
	struct url url = { 0 };
	bool plain;

	if (!url_read(r, g, "smtps", "smtp", &url, &plain))
		return;
	if (*url.path != '\0') {
		diag_error(r->diag, &g->v[0], NULL, "found '/%.60s' in the url, expected: url smtps://HOST[:PORT]",
		    url.path);
		return;
	}
	s->server.host = url.host;
	s->server.port = url.port != 0 ? url.port : plain ? 587 : 465;
	s->server.tls = plain ? TLS_STARTTLS : TLS_IMPLICIT;
}

static void
read_https_url(struct reading *r, const struct given *g, void *field)
{
	struct url url = { 0 };
	bool plain;

	if (!url_read(r, g, "https", "http", &url, &plain))
		return;
	if (plain && !url_is_loopback(url.host))
		diag_error(r->diag, &g->v[0], NULL, "http:// is for this very machine alone; expected https://");
	else
		*(const char **)field = g->v[0].text;
}

/* 'tls off' is kept by its place until the url is known, in whatever order the two stand. */
static void
read_tls(struct reading *r, const struct given *g, void *field)
{
	static const char *const words[] = { "off" };

	if (read_choice(r, g, words, COUNT(words)) == 0)
		*(const struct conf_word **)field = &g->st->words[0];
}

static void
read_acknowledge(struct reading *r, const struct given *g, void *field)
{
	static const char *const words[] = { [ACK_MOVE] = "move", [ACK_COPY] = "copy", [ACK_KEYWORD] = "keyword" };
	size_t i = read_choice(r, g, words, COUNT(words));

	if (i < COUNT(words))
		*(enum acknowledge *)field = (enum acknowledge)i;
}

/* How to log in, as it stands in a mailbox and in the submission. */
struct login { enum auth_kind auth; struct oauth_settings oauth; };

#define F(type, field) offsetof(struct type, field)
static const struct binding oauth_rows[] = {
	{ "token-url", read_https_url, F(oauth_settings, token_url), false },
	{ "client", read_text, F(oauth_settings, client), false },
	{ "scope", read_text, F(oauth_settings, scope), false },
	{ "secret", read_secret, F(oauth_settings, secret), false },
	{ "refresh", read_secret, F(oauth_settings, refresh), false },
};
const struct bindings oauth_bindings = { "xoauth2", oauth_rows, COUNT(oauth_rows) };

static void
read_auth(struct reading *r, const struct given *g, void *field)
{
	static const char *const words[] = { "password", "xoauth2" };
	struct login *login = field;

	if (g->n == 1 && strcmp(g->v[0].text, "xoauth2") == 0 && g->st->has_block) {
		login->auth = AUTH_XOAUTH2;
		diag_warning(r->diag, &g->v[0], "give it by 'password file PATH', kept fresh by a program of yours",
		    "tokens are not fetched yet: what 'password' names is taken for the access token");
		read_block(r, &oauth_bindings, g->st->block, g->st->nblock, &g->v[0], &login->oauth, PASS_ALL);
	} else if (g->n == 1 && strcmp(g->v[0].text, "xoauth2") == 0) {
		login->auth = AUTH_XOAUTH2;
		diag_error(r->diag, &g->v[0], NULL,
		    "the block is missing, expected: auth xoauth2 { token-url ...; client ... }");
	} else if (read_choice(r, g, words, COUNT(words)) == 0)
		login->auth = AUTH_PASSWORD;
}

/* Beside the settings: what is needed until the block is whole. */
struct mailbox_reading { struct mailbox_settings m; struct login login; const struct conf_word *tls; };
struct submission_reading { struct submission_settings s; struct login login; const struct conf_word *tls; };

#define M(field) F(mailbox_reading, field)
static const struct binding mailbox_rows[] = {
	{ "url", read_imap_url, M(m), false },
	{ "tls", read_tls, M(tls), false },
	{ "user", read_text, M(m.user), false },
	{ "password", read_secret, M(m.password), false },
	{ "auth", read_auth, M(login), false },
	{ "acknowledge", read_acknowledge, M(m.acknowledge), false },
	{ "done", read_text, M(m.done), false },
	{ "keyword", read_word, M(m.keyword), false },
	{ "poll", read_span, M(m.poll), false },
	{ "deadline", read_span, M(m.deadline), false },
	{ "size-limit", read_size, M(m.size_limit), false },
	{ "ca", read_path, M(m.ca), false },
};
const struct bindings mailbox_bindings = { "mailbox", mailbox_rows, COUNT(mailbox_rows) };

#define S(field) F(submission_reading, field)
static const struct binding submission_rows[] = {
	{ "url", read_smtp_url, S(s), false },
	{ "tls", read_tls, S(tls), false },
	{ "user", read_text, S(s.user), false },
	{ "password", read_secret, S(s.password), false },
	{ "auth", read_auth, S(login), false },
	{ "sessions", read_number, S(s.sessions), false },
	{ "timeout", read_span, S(s.timeout), false },
	{ "retry-first", read_span, S(s.retry_first), false },
	{ "retry-longest", read_span, S(s.retry_longest), false },
	{ "give-up", read_span, S(s.retry_give_up), false },
	{ "helo", read_domain, S(s.helo), false },
	{ "ca", read_path, S(s.ca), false },
};
const struct bindings submission_bindings = { "submission", submission_rows, COUNT(submission_rows) };

static const struct binding webhook_rows[] = {
	{ "url", read_https_url, F(webhook, url), false },
	{ "secret", read_secret, F(webhook, secret), false },
	{ "events", read_events, F(webhook, events), false },
	{ "timeout", read_span, F(webhook, timeout), false },
	{ "ca", read_path, F(webhook, ca), false },
};
const struct bindings webhook_bindings = { "webhook", webhook_rows, COUNT(webhook_rows) };

/* 'tls off' is for a server on this machine whose url says that there is no TLS to begin with. */
static void
apply_tls_off(struct reading *r, const struct conf_word *tls, struct server_url *server, const char *with,
    const char *without)
{
	if (tls == NULL || server->host == NULL)
		return;
	if (server->tls == TLS_IMPLICIT)
		diag_error(r->diag, tls, NULL,
		    "'tls off' contradicts the %s:// of the url; plain text is %s:// with 'tls off'", with, without);
	else if (!url_is_loopback(server->host))
		diag_error(r->diag, tls, NULL,
		    "'tls off' is for localhost, 127.0.0.1 and ::1 alone; %s would get the password and the mails in plain text",
		    server->host);
	else
		server->tls = TLS_OFF;
}

static void
check_password(struct reading *r, const struct given *g, enum auth_kind auth)
{
	if (auth == AUTH_PASSWORD && !read_has(g, "password"))
		diag_error(r->diag, &g->st->words[0], NULL,
		    "'password' is missing in this block, expected: password %s",
		    key_find(g->key->name, "password")->form);
}

void
read_mailbox(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	struct mailbox_reading in = { 0 };
	struct mailbox_settings *place;

	if (!read_count(r, g, 1, 1) || (in.m.name = read_name(r, g, &g->v[0])) == NULL)
		return;
	read_block(r, &mailbox_bindings, g->st->block, g->st->nblock, &g->st->words[0], &in, PASS_ALL);
	apply_tls_off(r, in.tls, &in.m.server, "imaps", "imap");
	in.m.auth = in.login.auth;
	in.m.oauth = in.login.oauth;
	check_password(r, g, in.m.auth);
	read_note(r, in.m.name, &g->v[0]);
	place = arena_push(r->arena, &s->mailboxes, &s->nmailboxes, sizeof(*place));
	*place = in.m;
}

void
read_submission(struct reading *r, const struct given *g, void *field)
{
	struct submission_settings *out = field;
	struct submission_reading in = { 0 };

	if (!read_count(r, g, 0, 0))
		return;
	read_block(r, &submission_bindings, g->st->block, g->st->nblock, &g->st->words[0], &in, PASS_ALL);
	apply_tls_off(r, in.tls, &in.s.server, "smtps", "smtp");
	in.s.auth = in.login.auth;
	in.s.oauth = in.login.oauth;
	if (!read_has(g, "user") && (read_has(g, "password") || in.s.auth == AUTH_XOAUTH2))
		diag_error(r->diag, &g->st->words[0], NULL,
		    "'user' is missing in this block: without one nobody logs in");
	else if (!read_has(g, "user"))
		in.s.auth = AUTH_NONE;
	else
		check_password(r, g, in.s.auth);
	if (in.s.retry_first > in.s.retry_longest && in.s.retry_longest > 0)
		diag_error(r->diag, &g->st->words[0], NULL, "'retry-first' is longer than 'retry-longest'");
	in.s.configured = true;
	*out = in.s;
}

void
read_webhook(struct reading *r, const struct given *g, void *field)
{
	struct settings *s = field;
	struct webhook in = { 0 }, *place;

	if (!read_count(r, g, 1, 1) || (in.name = read_name(r, g, &g->v[0])) == NULL)
		return;
	read_block(r, &webhook_bindings, g->st->block, g->st->nblock, &g->st->words[0], &in, PASS_ALL);
	read_note(r, in.name, &g->v[0]);
	place = arena_push(r->arena, &s->webhooks, &s->nwebhooks, sizeof(*place));
	*place = in;
}

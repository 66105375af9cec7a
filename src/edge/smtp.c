/* smtp.c - a session, and one mail after the other over it. See smtp.h. */
#include "edge/smtp_curl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"

#define UPLOAD_SECONDS  1200        /* for everything before the final dot's own time */

/* ---- the session ---------------------------------------------------------------------------------------- */

static bool
is_loopback(const char *host)
{
	return text_equal_nocase(host, "localhost") || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
	       strcmp(host, "[::1]") == 0;
}

struct smtp *
smtp_open(const struct submission_settings *s, const char *password)
{
	static bool ready;
	struct smtp *c = xcalloc(1, sizeof(*c));

	if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		c->fault = "libcurl cannot be set up";
	ready = true;
	c->settings = s;
	if (s->user != NULL && s->auth != AUTH_NONE)
		c->password = xstrdup(password != NULL ? password : "");
	c->url = smtp_url(s);
	if (c->url == NULL)
		c->fault = "the submission server's name or port is none";
	if (s->server.tls == TLS_OFF && !is_loopback(s->server.host))
		c->fault = "a submission without TLS is for loopback alone";
	return c;
}

void
smtp_rest(struct smtp *c)
{
	smtp_handle_drop(c, true);
}

void
smtp_close(struct smtp *c)
{
	if (c == NULL)
		return;
	smtp_handle_drop(c, true);
	curl_url_cleanup(c->url);
	if (c->password != NULL)
		explicit_bzero(c->password, strlen(c->password));
	free(c->password);
	free(c);
}

int64_t
smtp_deadline(const struct submission_settings *s)
{
	return UPLOAD_SECONDS + s->timeout + INT64_C(2) * QUIT_SECONDS;
}

/* ---- one mail -------------------------------------------------------------------------------------------- */

/* Whether a handshake failed because the connection ended in it: a server that restarts does so, and refuses nobody.
 * libcurl has one code for this and for what TLS itself says no to; only its words and GnuTLS's, which our locale (LC_CTYPE
 * alone) leaves in English, tell them apart. An unknown word counts as a refusal. */
static bool
was_cut(const char *words)
{
	static const char *const cuts[] = { "Recv failure", "Send failure", "non-properly terminated", "in the pull function",
		"in the push function", "decoding the received TLS packet" /* it ended within a record */ };

	for (size_t i = 0; i < COUNT(cuts); i++)
		if (strstr(words, cuts[i]) != NULL)
			return true;
	return false;
}

/* Failures that are about the server's identity or about us, and the same for every mail. */
static bool
is_setup_failure(CURLcode rc, const struct smtp *c)
{
	switch (rc) {
	case CURLE_SSL_CONNECT_ERROR:
		return !was_cut(c->error);
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_NOT_BUILT_IN:
	case CURLE_REMOTE_ACCESS_DENIED: /* EHLO refused */
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_USE_SSL_FAILED:
	case CURLE_LOGIN_DENIED:
	case CURLE_AUTH_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return true;
	case CURLE_WEIRD_SERVER_REPLY:
		return c->talk.step < STEP_MAIL;
	default:
		return false;
	}
}

static void
begin(struct smtp *c, const struct smtp_mail *mail)
{
	int64_t left;

	c->mail = mail;
	c->lines = (struct smtp_lines){ false, false };
	c->bytes = 0;
	c->uploaded = 0;
	c->quit = 0;
	c->ended = c->whole = c->source_failed = c->stopped = c->no_auth = c->gave_up = false;
	c->moved = c->ticked = clock_monotonic_ms();
	c->error[0] = '\0';
	smtp_talk_next(&c->talk);
	left = (UPLOAD_SECONDS + c->settings->timeout) * 1000 - (c->moved - c->begun);
	SET(c, CURLOPT_TIMEOUT_MS, left > 1000 ? (long)left : 1000L);
	SET(c, CURLOPT_MAIL_FROM, mail->from);
	/* One more than comes: at exactly its size libcurl would send the dot without a last read(), which tells us of it. */
	SET(c, CURLOPT_INFILESIZE_LARGE, mail->size > 0 ? (curl_off_t)mail->size + 1 : (curl_off_t)-1);
}

/* What went wrong where the server said nothing about it. */
static void
own_words(const struct smtp *c, CURLcode rc, enum smtp_outcome outcome, struct smtp_result *r)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *what = c->error[0] != '\0' ? c->error : curl_easy_strerror(rc);
	const char *at = smtp_step_word(c->talk.step), *host = c->settings->server.host;
	char text[512];

	if (c->gave_up)
		what = "nothing moved for too long";
	if (outcome == SMTP_UNFIT)
		snprintf(text, sizeof(text), "the mail could not be read to its end");
	else if (outcome == SMTP_STOPPED)
		snprintf(text, sizeof(text), "stopped at %s, before the server could have it", at);
	else if (c->no_auth || (rc == CURLE_LOGIN_DENIED && c->talk.step < STEP_AUTH))
		snprintf(text, sizeof(text), "%s offers no AUTH that we can use, and a user is set", host);
	else if (outcome == SMTP_DOUBT)
		snprintf(text, sizeof(text), "no answer to the final dot: %s", c->stopped ? "stopped" : what);
	else
		snprintf(text, sizeof(text), "%s port %u, at %s: %s", host, c->settings->server.port, at, what);
	smtp_talk_mask(&c->talk, text);
	snprintf(r->reply, sizeof(r->reply), "%s", text_printable(a, text, sizeof(r->reply) - 1));
}

/* Whether the outcome is in the server's own words. */
static bool
server_decided(const struct smtp *c, enum smtp_outcome outcome)
{
	int class = c->talk.code / 100;

	if (outcome == SMTP_SENT)
		return true;
	return (outcome == SMTP_SOFT || outcome == SMTP_HARD || outcome == SMTP_SUBMISSION) && !c->no_auth &&
	       (class == 4 || class == 5);
}

static void
conclude(struct smtp *c, CURLcode rc, struct smtp_result *r)
{
	struct smtp_ending e = { .setup = is_setup_failure(rc, c), .whole = c->whole, .source_failed = c->source_failed,
		.stopped = c->stopped, .no_auth = c->no_auth };
	long code = 0, connects = 1;

	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &code);
	curl_easy_getinfo(c->curl, CURLINFO_NUM_CONNECTS, &connects);
	e.ok = rc == CURLE_OK && code / 100 == 2;
	r->outcome = smtp_judge(&c->talk, &e);
	r->bytes = c->bytes;
	r->asked = c->talk.step >= STEP_MAIL;
	r->reused = r->asked && connects == 0; /* a connection that never came about counts as none too */
	if (!server_decided(c, r->outcome)) {
		own_words(c, rc, r->outcome, r);
		return;
	}
	r->code = c->talk.code;
	smtp_talk_enhanced(&c->talk, r->enhanced);
	if (r->outcome == SMTP_SUBMISSION) {
		int n = snprintf(r->reply, sizeof(r->reply), "at %s: ", smtp_step_word(c->talk.step));

		smtp_talk_words(&c->talk, r->reply + n, sizeof(r->reply) - (size_t)n);
	} else
		smtp_talk_words(&c->talk, r->reply, sizeof(r->reply));
}

static CURLcode
attempt(struct smtp *c, const struct smtp_mail *mail, struct smtp_result *r)
{
	struct curl_slist *to = curl_slist_append(NULL, mail->to);
	CURLcode rc = CURLE_OUT_OF_MEMORY;

	*r = (struct smtp_result){ .outcome = SMTP_SOFT };
	if (to != NULL && (c->curl != NULL || smtp_handle_make(c))) {
		begin(c, mail);
		SET(c, CURLOPT_MAIL_RCPT, to);
		if (c->fault == NULL) {
			rc = curl_easy_perform(c->curl);
			conclude(c, rc, r);
		}
		SET(c, CURLOPT_MAIL_RCPT, NULL);
	}
	curl_slist_free_all(to);
	if (c->fault != NULL)
		*r = (struct smtp_result){ .outcome = SMTP_SUBMISSION };
	if (r->outcome != SMTP_SENT) /* whatever is left in that connection, no other mail shall meet it */
		smtp_handle_drop(c, false);
	return rc;
}

/* A kept connection that the server had closed, or closes now with a 421: nothing was said about this mail. */
static bool
was_stale(const struct smtp_result *r, CURLcode rc)
{
	return r->outcome == SMTP_SOFT && r->reused && r->bytes == 0 && rc != CURLE_OPERATION_TIMEDOUT &&
	       rc != CURLE_ABORTED_BY_CALLBACK && (r->code == 0 || r->code == 421);
}

void
smtp_send(struct smtp *c, const struct smtp_mail *mail, struct smtp_result *r)
{
	const char *from = smtp_address_unfit(mail->from, true), *to = smtp_address_unfit(mail->to, false);
	CURLcode rc = CURLE_OK;

	*r = (struct smtp_result){ .outcome = SMTP_UNFIT };
	if (from != NULL || to != NULL) {
		snprintf(r->reply, sizeof(r->reply), "the envelope %s %s", to != NULL ? "recipient" : "sender",
		    to != NULL ? to : from);
		return;
	}
	c->begun = clock_monotonic_ms();
	if (c->fault == NULL)
		rc = attempt(c, mail, r);
	if (c->fault == NULL && was_stale(r, rc))
		attempt(c, mail, r);
	c->mail = NULL;
	if (c->fault != NULL) {
		r->outcome = SMTP_SUBMISSION;
		snprintf(r->reply, sizeof(r->reply), "%s", c->fault);
	}
}

/* smtp.c - see smtp.h. The one room that drives libcurl for mail. */
#include "edge/smtp.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/smtp_room.h"
#include "ground/clock.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"

#define CONNECT_SECONDS 30          /* to a TCP connection */
#define WELCOME_SECONDS 120         /* to the end of AUTH: a greeting may wait for somebody's name server */
#define COMMAND_SECONDS 300         /* for an answer to a command (RFC 5321 4.5.3.2) */
#define BLOCK_SECONDS   180         /* without a byte of the mail taken */
#define QUIT_SECONDS    2           /* for the answer to QUIT, which decides nothing */
#define UPLOAD_SECONDS  1200        /* for everything before the final dot's own time */
#define IDLE_SECONDS    60L         /* older connections are not used again: the server may be about to close */
#define PIECE           16384       /* read from the caller at once */

struct smtp {
	const struct submission_settings *settings;
	char *password;             /* NULL: no AUTH */
	CURL *curl;                 /* NULL: the next mail makes a new one, and a new connection with it */
	CURLU *url;
	const char *fault;          /* why this submission can never work, NULL mostly */
	char error[CURL_ERROR_SIZE];
	struct smtp_talk talk;      /* lives as long as curl */

	/* The mail under way. */
	const struct smtp_mail *mail;
	struct smtp_lines lines;
	char in[PIECE];
	uint64_t bytes;
	int64_t begun, moved, quit; /* monotonic: the mail's begin, the last thing that happened, QUIT */
	int64_t uploaded;
	bool whole, source_failed, stopped, no_auth, gave_up;
};

/* ---- what libcurl asks and tells ------------------------------------------------------------------------- */

static size_t
on_read(char *out, size_t size, size_t count, void *arg)
{
	struct smtp *c = arg;
	size_t room = size * count / 2, made;
	ssize_t got;

	/* The last look before customers' words go out: libcurl sends mail without AUTH where it finds none it likes. */
	if (c->talk.need_auth && !c->talk.authenticated) {
		c->no_auth = true;
		return CURL_READFUNC_ABORT;
	}
	do {
		got = c->whole ? 0 : c->mail->read(c->mail->context, c->in, room < PIECE ? room : PIECE);
		if (got < 0 || (size_t)got > PIECE) {
			c->source_failed = true;
			return CURL_READFUNC_ABORT;
		}
		made = got > 0 ? smtp_lines_add(&c->lines, c->in, (size_t)got, out) : smtp_lines_end(&c->lines, out);
	} while (got > 0 && made == 0); /* half a CR LF makes nothing, and nothing means the end */
	if (made == 0)
		c->whole = true;
	c->bytes += made;
	return made;
}

static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	struct smtp *c = arg;

	c->moved = clock_monotonic_ms();
	if (!smtp_talk_hear(&c->talk, line, size * count)) {
		c->no_auth = true;
		return 0;
	}
	return size * count;
}

/* Only for the commands as they go out: the one way to know which of them an answer is for. Nothing is kept but what
 * smtp_talk_say takes. */
static int
on_debug(CURL *curl, curl_infotype type, char *data, size_t len, void *arg)
{
	struct smtp *c = arg;

	(void)curl;
	if (type == CURLINFO_HEADER_OUT) {
		smtp_talk_say(&c->talk, data, len);
		c->moved = clock_monotonic_ms();
		if (c->talk.over && c->quit == 0)
			c->quit = c->moved;
	}
	return 0;
}

/* Milliseconds that nothing at all may happen at this point of the conversation; 0: libcurl's own limits will do. */
static int64_t
patience(const struct smtp *c)
{
	int64_t seconds = c->settings->timeout < COMMAND_SECONDS ? c->settings->timeout : COMMAND_SECONDS;
	curl_off_t connected = 0;

	if (c->whole)
		return 0; /* the server may think about the dot for as long as the settings say */
	if (c->talk.step == STEP_BODY && seconds > BLOCK_SECONDS)
		seconds = BLOCK_SECONDS;
	if (c->talk.step == STEP_CONNECT && seconds > CONNECT_SECONDS &&
	    curl_easy_getinfo(c->curl, CURLINFO_CONNECT_TIME_T, &connected) == CURLE_OK && connected == 0)
		seconds = CONNECT_SECONDS;
	return seconds * 1000;
}

/* Called at every step and each second, also while libcurl blocks on the final dot. */
static int
on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
	struct smtp *c = arg;
	int64_t now = clock_monotonic_ms(), limit;

	(void)dltotal, (void)dlnow, (void)ultotal;
	if (ulnow != c->uploaded) {
		c->uploaded = ulnow;
		c->moved = now;
	}
	if (c->mail->tick != NULL && !c->stopped && !c->mail->tick(c->mail->context, c->whole))
		c->stopped = true;
	if (c->talk.over) /* decided; libcurl would wait for the answer to QUIT as long as for the dot's */
		return now - c->quit >= QUIT_SECONDS * INT64_C(1000) || c->stopped;
	limit = patience(c);
	if (limit > 0 && now - c->moved > limit)
		c->gave_up = true;
	return c->stopped || c->gave_up;
}

/* ---- the handle ----------------------------------------------------------------------------------------- */

static bool
is_loopback(const char *host)
{
	return text_equal_nocase(host, "localhost") || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
	       strcmp(host, "[::1]") == 0;
}

/* What EHLO says: the setting, or this host's name where it is one, or a word that is always well-formed. */
static void
helo_name(const struct submission_settings *s, char *out, size_t room)
{
	static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-[]:";
	char host[256] = "";

	if (s->helo == NULL && gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	snprintf(out, room, "/%s", s->helo != NULL ? s->helo : host);
	if (out[1] == '\0' || out[1 + strspn(out + 1, fit)] != '\0')
		snprintf(out, room, "/localhost");
}

static CURLU *
make_url(const struct submission_settings *s)
{
	char helo[300], port[16];
	bool bare_v6 = strchr(s->server.host, ':') != NULL && s->server.host[0] != '[';
	AUTO_FREE char *host = xasprintf(bare_v6 ? "[%s]" : "%s", s->server.host);
	CURLU *u = curl_url();

	helo_name(s, helo, sizeof(helo));
	snprintf(port, sizeof(port), "%u", s->server.port);
	if (u == NULL || curl_url_set(u, CURLUPART_SCHEME, s->server.tls == TLS_IMPLICIT ? "smtps" : "smtp", 0) != CURLUE_OK ||
	    curl_url_set(u, CURLUPART_HOST, host, 0) != CURLUE_OK || curl_url_set(u, CURLUPART_PORT, port, 0) != CURLUE_OK ||
	    curl_url_set(u, CURLUPART_PATH, helo, 0) != CURLUE_OK) {
		curl_url_cleanup(u);
		return NULL;
	}
	return u;
}

/* An option that this libcurl does not know would be a protection that is not there. */
#define SET(c, option, value)                                                                  \
	do {                                                                                   \
		if (curl_easy_setopt((c)->curl, option, value) != CURLE_OK)                    \
			(c)->fault = "libcurl does not know " #option;                         \
	} while (0)

static void
set_trust(struct smtp *c)
{
	const struct submission_settings *s = c->settings;

	SET(c, CURLOPT_PROTOCOLS_STR, s->server.tls == TLS_IMPLICIT ? "smtps" : "smtp");
	SET(c, CURLOPT_FOLLOWLOCATION, 0L);
	SET(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(c, CURLOPT_PROXY, "");
	SET(c, CURLOPT_NOPROXY, "*");
	SET(c, CURLOPT_USE_SSL, s->server.tls == TLS_OFF ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	SET(c, CURLOPT_SSL_VERIFYPEER, 1L);
	SET(c, CURLOPT_SSL_VERIFYHOST, 2L);
	SET(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (s->ca != NULL) { /* instead of the system's, not besides them */
		SET(c, CURLOPT_CAINFO, s->ca);
		SET(c, CURLOPT_CAPATH, NULL);
	}
	if (c->password == NULL)
		return;
	SET(c, CURLOPT_USERNAME, s->user);
	/* Named, so that none is chosen that cannot work (GSSAPI wins at Exchange wherever a user has an @). Under
	 * verified TLS the plain ones lack nothing. */
	if (s->auth == AUTH_XOAUTH2) {
		SET(c, CURLOPT_XOAUTH2_BEARER, c->password);
		SET(c, CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2");
	} else {
		SET(c, CURLOPT_PASSWORD, c->password);
		SET(c, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
	}
	SET(c, CURLOPT_SASL_IR, 1L);
}

static void
set_limits(struct smtp *c)
{
	SET(c, CURLOPT_NOSIGNAL, 1L);
	SET(c, CURLOPT_CONNECTTIMEOUT, (long)WELCOME_SECONDS);
	SET(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)c->settings->timeout);
	SET(c, CURLOPT_MAXAGE_CONN, IDLE_SECONDS);
	SET(c, CURLOPT_MAXCONNECTS, 1L);
	SET(c, CURLOPT_TCP_KEEPALIVE, 1L);
}

static bool
make_handle(struct smtp *c)
{
	c->curl = curl_easy_init();
	if (c->curl == NULL) {
		c->fault = "libcurl cannot be set up";
		return false;
	}
	smtp_talk_init(&c->talk, c->settings->server.tls, c->password);
	SET(c, CURLOPT_CURLU, c->url);
	SET(c, CURLOPT_ERRORBUFFER, c->error);
	SET(c, CURLOPT_UPLOAD, 1L);
	SET(c, CURLOPT_READFUNCTION, on_read);
	SET(c, CURLOPT_READDATA, c);
	SET(c, CURLOPT_HEADERFUNCTION, on_header);
	SET(c, CURLOPT_HEADERDATA, c);
	SET(c, CURLOPT_WRITEFUNCTION, on_header);
	SET(c, CURLOPT_WRITEDATA, c);
	SET(c, CURLOPT_DEBUGFUNCTION, on_debug);
	SET(c, CURLOPT_DEBUGDATA, c);
	SET(c, CURLOPT_VERBOSE, 1L);
	SET(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(c, CURLOPT_XFERINFODATA, c);
	SET(c, CURLOPT_NOPROGRESS, 0L);
	set_trust(c);
	set_limits(c);
	return c->fault == NULL;
}

/* curl_easy_cleanup says QUIT on a connection that is still open and waits two minutes for the answer, deaf to
 * every option of ours: so the socket is made to have no answer. politely: our QUIT still goes out. */
static void
drop_handle(struct smtp *c, bool politely)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (c->curl == NULL)
		return;
	if (curl_easy_getinfo(c->curl, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK && fd != CURL_SOCKET_BAD)
		shutdown(fd, politely ? SHUT_RD : SHUT_RDWR);
	curl_easy_cleanup(c->curl);
	c->curl = NULL;
	smtp_talk_free(&c->talk);
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
	c->url = make_url(s);
	if (c->url == NULL)
		c->fault = "the submission server's name or port is none";
	if (s->server.tls == TLS_OFF && !is_loopback(s->server.host))
		c->fault = "a submission without TLS is for loopback alone";
	return c;
}

void
smtp_rest(struct smtp *c)
{
	drop_handle(c, true);
}

void
smtp_close(struct smtp *c)
{
	if (c == NULL)
		return;
	drop_handle(c, true);
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

/* Failures that are about the server's identity or about us, and the same for every mail. */
static bool
is_setup_failure(CURLcode rc, const struct smtp_talk *talk)
{
	switch (rc) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_NOT_BUILT_IN:
	case CURLE_REMOTE_ACCESS_DENIED: /* EHLO refused */
	case CURLE_SSL_CONNECT_ERROR:
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
		return talk->step < STEP_MAIL;
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
	c->whole = c->source_failed = c->stopped = c->no_auth = c->gave_up = false;
	c->moved = clock_monotonic_ms();
	c->error[0] = '\0';
	smtp_talk_next(&c->talk);
	left = (UPLOAD_SECONDS + c->settings->timeout) * 1000 - (c->moved - c->begun);
	SET(c, CURLOPT_TIMEOUT_MS, left > 1000 ? (long)left : 1000L);
	SET(c, CURLOPT_MAIL_FROM, mail->from);
	SET(c, CURLOPT_INFILESIZE_LARGE, mail->size > 0 ? (curl_off_t)mail->size : (curl_off_t)-1);
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
	struct smtp_ending e = { .setup = is_setup_failure(rc, &c->talk), .whole = c->whole, .source_failed = c->source_failed,
		.stopped = c->stopped, .no_auth = c->no_auth };
	long code = 0, connects = 1;

	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &code);
	curl_easy_getinfo(c->curl, CURLINFO_NUM_CONNECTS, &connects);
	e.ok = rc == CURLE_OK && code / 100 == 2;
	r->outcome = smtp_judge(&c->talk, &e);
	r->bytes = c->bytes;
	r->reused = connects == 0;
	r->asked = c->talk.step >= STEP_MAIL;
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
	if (to != NULL && (c->curl != NULL || make_handle(c))) {
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
		drop_handle(c, false);
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

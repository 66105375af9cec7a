/* smtp_handle.c - libcurl's handle: the server's name, whom we trust, how long we wait. See smtp_curl.h. */
#include "edge/smtp_curl.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ground/mem.h"

#define WELCOME_SECONDS 120         /* to the end of AUTH: a greeting may wait for somebody's name server */
#define IDLE_SECONDS    60L         /* older connections are not used again: the server may be about to close */

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

CURLU *
smtp_url(const struct submission_settings *s)
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

bool
smtp_handle_make(struct smtp *c)
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
	SET(c, CURLOPT_UPLOAD_BUFFERSIZE, 2L * PIECE); /* a piece, doubled where every byte is the end of a line */
	SET(c, CURLOPT_READFUNCTION, smtp_on_read);
	SET(c, CURLOPT_READDATA, c);
	SET(c, CURLOPT_HEADERFUNCTION, smtp_on_header);
	SET(c, CURLOPT_HEADERDATA, c);
	SET(c, CURLOPT_WRITEFUNCTION, smtp_on_header);
	SET(c, CURLOPT_WRITEDATA, c);
	SET(c, CURLOPT_DEBUGFUNCTION, smtp_on_debug);
	SET(c, CURLOPT_DEBUGDATA, c);
	SET(c, CURLOPT_VERBOSE, 1L);
	SET(c, CURLOPT_XFERINFOFUNCTION, smtp_on_progress);
	SET(c, CURLOPT_XFERINFODATA, c);
	SET(c, CURLOPT_NOPROGRESS, 0L);
	set_trust(c);
	set_limits(c);
	return c->fault == NULL;
}

void
smtp_handle_drop(struct smtp *c, bool politely)
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

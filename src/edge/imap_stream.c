/* imap_stream.c - see imap_stream.h. */
#include "edge/imap_stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/imap_connect.h"
#include "edge/imap_wire.h"
#include "ground/mem.h"

#define AHEAD         16384 /* bytes read without anybody asking: a TLS record */
#define EMPTY_MAX     1000  /* TLS records in a row that bring nothing */
#define PRIORITY      "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%PROFILE_MEDIUM"

struct imap_stream {
	int fd;
	int64_t started, deadline;
	gnutls_session_t tls;         /* NULL: in clear */
	gnutls_certificate_credentials_t credentials;
	struct imap_guard guard;
	gnutls_typed_vdata_st expected[2]; /* whom the certificate must name, and for what use */
	size_t ahead_at, ahead_len;
	enum imap_status status;
	char why[256];
	char ahead[AHEAD];
};

static bool __attribute__((format(printf, 3, 4)))
failed(struct imap_stream *s, enum imap_status status, const char *fmt, ...)
{
	va_list ap;

	if (s->status != IMAP_OK)
		return false; /* the first reason is the reason */
	s->status = status;
	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
	return false;
}

/* Waits for the socket; at the deadline the stream is over. */
static bool
wait_for(struct imap_stream *s, short events)
{
	for (;;) {
		struct pollfd p = { .fd = s->fd, .events = events };
		int64_t left = s->deadline - imap_now();
		int r;

		if (left <= 0)
			return failed(s, IMAP_GONE, "the server took longer than the %lld seconds it was given",
			    (long long)(s->deadline - s->started + 500) / 1000);
		r = poll(&p, 1, left > 60000 ? 60000 : (int)left);
		if (r > 0)
			return true;
		if (r < 0 && errno != EINTR)
			return failed(s, IMAP_GONE, "poll: %s", strerror(errno));
	}
}

struct imap_stream *
imap_stream_open(const char *host, unsigned port, bool loopback_only, int64_t deadline)
{
	struct imap_stream *s = xcalloc(1, sizeof(*s));

	s->started = imap_now();
	s->deadline = deadline;
	imap_guard_init(&s->guard);
	s->status = imap_connect(host, port, loopback_only, deadline, &s->fd, s->why);
	return s;
}

void
imap_stream_free(struct imap_stream *s)
{
	if (s == NULL)
		return;
	if (s->tls != NULL) {
		gnutls_bye(s->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(s->tls);
	}
	if (s->credentials != NULL)
		gnutls_certificate_free_credentials(s->credentials);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

/* The authorities that we trust. */
static bool
trust(struct imap_stream *s, const char *ca)
{
	int n;

	if (gnutls_certificate_allocate_credentials(&s->credentials) < 0)
		return failed(s, IMAP_TLS, "TLS cannot be set up");
	if (ca != NULL)
		n = gnutls_certificate_set_x509_trust_file(s->credentials, ca, GNUTLS_X509_FMT_PEM);
	else
		n = gnutls_certificate_set_x509_system_trust(s->credentials);
	if (n > 0)
		return true;
	if (ca != NULL)
		return failed(s, IMAP_CONFIG, "no certificate authority can be read from %s%s%s", ca, n < 0 ? ": " : "",
		    n < 0 ? gnutls_strerror(n) : "");
	return failed(s, IMAP_TLS, "this system has no certificate authorities (is ca-certificates installed?)");
}

static bool
is_address(const char *host)
{
	unsigned char raw[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1;
}

/* The name is checked within the handshake, a bare address against the certificate's IP names. */
static bool
tls_prepare(struct imap_stream *s, const char *host)
{
	int r = gnutls_init(&s->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);

	if (r >= 0)
		r = gnutls_priority_set_direct(s->tls, PRIORITY, NULL);
	if (r >= 0)
		r = gnutls_credentials_set(s->tls, GNUTLS_CRD_CERTIFICATE, s->credentials);
	if (r >= 0 && !is_address(host))
		r = gnutls_server_name_set(s->tls, GNUTLS_NAME_DNS, host, strlen(host));
	if (r < 0)
		return failed(s, IMAP_TLS, "TLS cannot be set up: %s", gnutls_strerror(r));
	gnutls_transport_set_int(s->tls, s->fd);
	return true;
}

/* Which of the many things that may be wrong with a certificate it was. */
static void
tls_refused(struct imap_stream *s, const char *host, int r)
{
	unsigned status = gnutls_session_get_verify_cert_status(s->tls);
	gnutls_datum_t text = { 0 };

	if ((r == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR || r == GNUTLS_E_CERTIFICATE_ERROR) && status != 0 &&
	    gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) == 0) {
		failed(s, IMAP_TLS, "the certificate of %s is refused: %.*s", host,
		    (int)strcspn((const char *)text.data, "\n"), (const char *)text.data);
		gnutls_free(text.data);
	} else if (r == GNUTLS_E_FATAL_ALERT_RECEIVED)
		failed(s, IMAP_TLS, "the server refused the TLS handshake: %s",
		    gnutls_alert_get_name(gnutls_alert_get(s->tls)));
	else if (r == GNUTLS_E_PREMATURE_TERMINATION || r == GNUTLS_E_PUSH_ERROR || r == GNUTLS_E_PULL_ERROR)
		failed(s, IMAP_GONE, "the server closed the connection in the TLS handshake");
	else
		failed(s, IMAP_TLS, "the TLS handshake failed: %s", gnutls_strerror(r));
}

bool
imap_stream_tls(struct imap_stream *s, const char *host, const char *ca)
{
	int r;

	if (s->status != IMAP_OK || !trust(s, ca) || !tls_prepare(s, host))
		return false;
	s->expected[0].type = GNUTLS_DT_DNS_HOSTNAME;
	s->expected[0].data = (unsigned char *)(uintptr_t)host;
	s->expected[1].type = GNUTLS_DT_KEY_PURPOSE_OID;
	s->expected[1].data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER;
	gnutls_session_set_verify_cert2(s->tls, s->expected, COUNT(s->expected), 0);
	while ((r = gnutls_handshake(s->tls)) < 0 && !gnutls_error_is_fatal(r))
		if (!wait_for(s, gnutls_record_get_direction(s->tls) == 1 ? POLLOUT : POLLIN))
			return false;
	if (r < 0)
		tls_refused(s, host, r);
	return r >= 0;
}

void
imap_stream_expect(struct imap_stream *s, int64_t deadline, uint64_t budget, uint64_t literal_max)
{
	s->started = imap_now();
	s->deadline = deadline;
	imap_guard_expect(&s->guard, budget, literal_max);
}

void
imap_stream_extend(struct imap_stream *s, int64_t ms)
{
	s->started += ms;
	s->deadline += ms;
}

/* Bytes from the wire: more than 0, 0 nothing there yet, -1 over. */
static ssize_t
receive(struct imap_stream *s, void *out, size_t len)
{
	ssize_t r;

	if (s->status != IMAP_OK)
		return -1;
	if (s->tls != NULL) {
		r = gnutls_record_recv(s->tls, out, len);
		if (r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED)
			return 0;
		if (r < 0 && r != GNUTLS_E_PREMATURE_TERMINATION) {
			failed(s, IMAP_GONE, "the connection broke: %s", gnutls_strerror((int)r));
			return -1;
		}
	} else {
		r = recv(s->fd, out, len, 0);
		if (r < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (r < 0) {
			failed(s, IMAP_GONE, "the connection broke: %s", strerror(errno));
			return -1;
		}
	}
	if (r <= 0) {
		failed(s, IMAP_GONE, "the server closed the connection");
		return -1;
	}
	if (!imap_guard_feed(&s->guard, out, (size_t)r)) {
		failed(s, IMAP_HOSTILE, "the server sent %s", s->guard.why);
		return s->guard.whole > 0 ? (ssize_t)s->guard.whole : -1; /* the mails before it came well */
	}
	return r;
}

ssize_t
imap_stream_read(struct imap_stream *s, void *out, size_t len)
{
	size_t have = s->ahead_len - s->ahead_at;

	if (have > 0) {
		if (len > have)
			len = have;
		memcpy(out, s->ahead + s->ahead_at, len);
		s->ahead_at += len;
		return (ssize_t)len;
	}
	for (int empty = 0; empty < EMPTY_MAX; empty++) {
		ssize_t r = receive(s, out, len);

		if (r != 0)
			return r;
		if (!wait_for(s, POLLIN))
			return -1;
	}
	failed(s, IMAP_HOSTILE, "the server sent TLS records without end and nothing in them");
	return -1;
}

ssize_t
imap_stream_write(struct imap_stream *s, const void *bytes, size_t len)
{
	const char *at = bytes;

	for (size_t left = len; left > 0 && s->status == IMAP_OK;) {
		ssize_t r = s->tls != NULL ? gnutls_record_send(s->tls, at, left) : send(s->fd, at, left, MSG_NOSIGNAL);
		bool again = s->tls != NULL ? r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED
		                            : r < 0 && (errno == EAGAIN || errno == EINTR);

		if (r > 0) {
			at += r;
			left -= (size_t)r;
		} else if (!again)
			failed(s, IMAP_GONE, "the connection broke: %s",
			    s->tls != NULL ? gnutls_strerror((int)r) : strerror(errno));
		else
			wait_for(s, POLLOUT);
	}
	return s->status == IMAP_OK ? (ssize_t)len : -1;
}

int
imap_stream_peek(struct imap_stream *s)
{
	ssize_t r;

	if (s->ahead_at < s->ahead_len)
		return 1;
	s->ahead_at = s->ahead_len = 0;
	r = receive(s, s->ahead, sizeof(s->ahead));
	if (r > 0)
		s->ahead_len = (size_t)r;
	return r > 0 ? 1 : (int)r;
}

int
imap_stream_fd(const struct imap_stream *s)
{
	return s->fd;
}

struct imap_guard *
imap_stream_guard(struct imap_stream *s)
{
	return &s->guard;
}

enum imap_status
imap_stream_failed(const struct imap_stream *s, const char **why)
{
	*why = s->why;
	return s->status;
}

/* imap_connect.c - see imap_connect.h. */
#include "edge/imap_connect.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/imap_wire.h"
#include "ground/mem.h"

#define ADDRESSES_MAX 16    /* of one host that are tried */
#define USER_TIMEOUT  60000 /* ms that sent bytes may stay unacknowledged */

static bool
is_loopback(const struct sockaddr *a)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (a->sa_family == AF_INET) {
		memcpy(&in, a, sizeof(in));
		return ntohl(in.sin_addr.s_addr) >> 24 == 127;
	}
	if (a->sa_family != AF_INET6)
		return false;
	memcpy(&in6, a, sizeof(in6));
	return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
}

/* A dead peer is noticed within two minutes, also while nobody says anything (IDLE). */
static void
keep_alive(int fd)
{
	static const struct { int level, name, value; } options[] = { { SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 60 }, { IPPROTO_TCP, TCP_KEEPINTVL, 20 }, { IPPROTO_TCP, TCP_KEEPCNT, 3 },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT }, { IPPROTO_TCP, TCP_NODELAY, 1 } };

	for (size_t i = 0; i < COUNT(options); i++)
		(void)setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(options[i].value));
}

/* Connects to one address within ms; the descriptor, or -1 with errno. */
static int
connect_one(const struct addrinfo *a, int64_t ms)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	if (fd < 0)
		return -1;
	keep_alive(fd);
	if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
		return fd;
	error = errno;
	if (error == EINPROGRESS) {
		int r = poll(&p, 1, (int)ms);

		error = r < 0 ? errno : ETIMEDOUT;
		if (r > 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
			return fd;
	}
	close(fd);
	errno = error;
	return -1;
}

/* The first of the addresses that answers, each given its share of the time. */
static int
connect_any(const struct addrinfo *all, bool loopback_only, int64_t deadline)
{
	int n = 0, fd = -1, error = ETIMEDOUT;

	for (const struct addrinfo *a = all; a != NULL && n < ADDRESSES_MAX; a = a->ai_next)
		n++;
	for (const struct addrinfo *a = all; a != NULL && n > 0 && fd < 0; a = a->ai_next, n--) {
		int64_t left = deadline - imap_now();

		if (left <= 0)
			error = ETIMEDOUT;
		else if (loopback_only && !is_loopback(a->ai_addr))
			error = EACCES;
		else if ((fd = connect_one(a, left / n + 1)) < 0)
			error = errno;
	}
	errno = error;
	return fd;
}

enum imap_status
imap_connect(const char *host, unsigned port, bool loopback_only, int64_t deadline, int *fd, char why[256])
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *all = NULL;
	char service[16];
	int r;

	*fd = -1;
	snprintf(service, sizeof(service), "%u", port);
	r = getaddrinfo(host, service, &hints, &all);
	if (r != 0) {
		snprintf(why, 256, "cannot find %s: %s", host, gai_strerror(r));
		return IMAP_GONE; /* also for a name that does not exist: resolvers say so when they are ill, too */
	}
	*fd = connect_any(all, loopback_only, deadline);
	r = errno;
	freeaddrinfo(all);
	if (*fd >= 0)
		return IMAP_OK;
	if (loopback_only && r == EACCES) {
		snprintf(why, 256, "without TLS only this very machine may be talked to, and %s is another", host);
		return IMAP_CONFIG;
	}
	snprintf(why, 256, "cannot connect to %s: %s", host, strerror(r));
	return IMAP_GONE;
}

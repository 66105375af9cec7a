/* floor_smtp.c - the least that sending can cost: floor_smtp PORT CONNECTIONS < SIZES.
 *
 * Sends a mail of each size (a number a line) over plain SMTP; each connection, a process of its own, takes every n-th.
 * The next envelope goes out with the final dot of the mail before it (RFC 2920). Prints mails, bytes and seconds.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "board.h"

#define MAILS_MAX 100000
#define TEXT      (1 << 20)

static const char envelope[] = "MAIL FROM:<a@example.com> SIZE=1000\r\nRCPT TO:<b@example.com>\r\nDATA\r\n";
static const char dot[] = ".\r\n";
static size_t sizes[MAILS_MAX], n;
static char text[TEXT], heard[65536];
static int sock;

/* Waits for that many more lines of answer. */
static void
hear(unsigned lines)
{
	static unsigned ahead; /* lines that came with those before them */

	while (ahead < lines) {
		ssize_t got = recv(sock, heard, sizeof(heard), 0);

		if (got <= 0)
			exit(3);
		for (ssize_t i = 0; i < got; i++)
			ahead += heard[i] == '\n';
	}
	ahead -= lines;
}

static void
put(const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(sock, bytes, len, 0);

		if (sent <= 0)
			exit(3);
		bytes += sent;
		len -= (size_t)sent;
	}
}

static void
body(size_t size, bool more)
{
	char end[sizeof(dot) + sizeof(envelope)];

	snprintf(end, sizeof(end), "%s%s", dot, more ? envelope : "");
	for (; size > TEXT; size -= TEXT)
		put(text, TEXT);
	size -= size % 78; /* whole lines */
	if (size > 0) {
		struct iovec parts[] = { { text, size }, { end, strlen(end) } };
		size_t both = size + strlen(end);
		ssize_t sent = writev(sock, parts, 2);

		if (sent < 0)
			exit(3);
		if ((size_t)sent < size)
			put(text + sent, size - (size_t)sent);
		if ((size_t)sent < both) {
			size_t done = (size_t)sent > size ? (size_t)sent - size : 0;

			put(end + done, strlen(end) - done);
		}
	} else
		put(end, strlen(end));
}

static void
session(unsigned short port, size_t first, size_t step)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = 1;

	there.sin_port = htons(port);
	sock = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(sock, (struct sockaddr *)&there, sizeof(there)) != 0)
		exit(3);
	setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	hear(1);
	put("EHLO bench\r\n", 12);
	hear(4);
	if (first >= n)
		return;
	put(envelope, strlen(envelope));
	for (size_t i = first; i < n; i += step) {
		hear(3);
		body(sizes[i], i + step < n);
		hear(1);
	}
}

int
main(int argc, char **argv)
{
	unsigned long connections = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	uint64_t began, bytes = 0;
	int status, worst = 0;
	char line[64];

	if (connections == 0)
		return 2;
	while (n < MAILS_MAX && fgets(line, sizeof(line), stdin) != NULL) {
		sizes[n] = strtoul(line, NULL, 10);
		bytes += sizes[n++];
	}
	for (size_t i = 0; i < TEXT; i++)
		text[i] = i % 78 == 76 ? '\r' : i % 78 == 77 ? '\n' : 'x';
	memcpy(text + TEXT - 2, "\r\n", 2); /* a mail may go on after it with a line of its own */
	began = board_now();
	for (unsigned long i = 0; i < connections; i++)
		if (fork() == 0) {
			session((unsigned short)atoi(argv[1]), i, connections);
			_exit(0);
		}
	while (wait(&status) > 0)
		worst |= status;
	began = board_now() - began;
	printf("%zu %llu %.6f\n", n, (unsigned long long)bytes, (double)began / 1e9);
	return worst != 0 ? 3 : 0;
}

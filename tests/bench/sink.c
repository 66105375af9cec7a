/* sink.c - an SMTP server that takes everything, throws it away and counts: sink PORT BOARD.
 *
 * One thread, one epoll loop, answers of one read in one write; PIPELINING as RFC 2920 has it. It ends with its parent.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "board.h"

#define READ_MAX (256 << 10)
#define SAY_MAX  4096
#define LINE_MAX_LEN 2048

struct caller {
	int fd;
	bool data;                     /* between 354 and the final dot */
	unsigned tail;                 /* the last bytes of a mail, of which five tell its end */
	unsigned char last;            /* the byte before those */
	char line[LINE_MAX_LEN]; size_t linelen;
	char say[SAY_MAX]; size_t saylen;
	unsigned taken;                /* mails whose 250 stands in say */
};

static struct board *board;
static char in[READ_MAX];

static void
say(struct caller *c, const char *text)
{
	size_t len = strlen(text);

	if (c->saylen + len <= sizeof(c->say)) {
		memcpy(c->say + c->saylen, text, len);
		c->saylen += len;
	}
}

static bool
flush(struct caller *c)
{
	bool ok = c->saylen == 0 || send(c->fd, c->say, c->saylen, MSG_NOSIGNAL) == (ssize_t)c->saylen;

	for (c->saylen = 0; c->taken > 0; c->taken--)
		board_stamp(board);
	return ok;
}

static bool
command(struct caller *c)
{
	char *word = c->line;

	c->line[c->linelen] = '\0';
	c->linelen = 0;
	if (strncasecmp(word, "EHLO", 4) == 0)
		say(c, "250-sink.example\r\n250-PIPELINING\r\n250-SIZE 1000000000\r\n250 8BITMIME\r\n");
	else if (strncasecmp(word, "DATA", 4) == 0) {
		say(c, "354 go on\r\n");
		c->data = true;
		c->tail = '\r' << 8 | '\n'; /* a dot at once ends an empty mail */
		c->last = 0;
	} else if (strncasecmp(word, "QUIT", 4) == 0) {
		say(c, "221 bye\r\n");
		flush(c);
		return false;
	} else
		say(c, "250 ok\r\n");
	return true;
}

/* Bytes of a mail: how many belong to it. The end is CRLF, dot, CRLF. */
static size_t
mail(struct caller *c, const char *at, size_t len)
{
	size_t i = 0;

	while (i < len) {
		const char *lf;

		if (c->last != '\r' || (c->tail & 0xffffff) != ('\n' << 16 | '.' << 8 | '\r') || at[i] != '\n') {
			/* Only a line feed can end it: on to the next one, keeping the four bytes before it. */
			lf = memchr(at + i, '\n', len - i);
			if (lf == NULL || lf > at + i) {
				size_t stop = lf == NULL ? len : (size_t)(lf - at);
				size_t from = stop - i > 4 ? stop - 4 : i;

				for (i = from; i < stop; i++) {
					c->last = c->tail >> 16 & 0xff;
					c->tail = c->tail << 8 | (unsigned char)at[i];
				}
				continue;
			}
			c->last = c->tail >> 16 & 0xff;
			c->tail = c->tail << 8 | '\n';
			i++;
			continue;
		}
		c->data = false;
		c->taken++;
		say(c, "250 taken\r\n");
		return i + 1;
	}
	return i;
}

static bool
hear(struct caller *c)
{
	ssize_t n = recv(c->fd, in, sizeof(in), 0);
	size_t i = 0, len = n > 0 ? (size_t)n : 0;

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	while (i < len) {
		if (c->data) {
			size_t took = mail(c, in + i, len - i);

			board->bytes += took;
			i += took;
		} else if (in[i] == '\n') {
			i++;
			if (!command(c))
				return false;
		} else {
			if (c->linelen < sizeof(c->line) - 1)
				c->line[c->linelen++] = in[i];
			i++;
		}
	}
	return flush(c);
}

static int
listen_on(unsigned short port)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	here.sin_port = htons(port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) != 0 || listen(fd, 64) != 0) {
		perror("sink");
		exit(3);
	}
	return fd;
}

static void
meet(int listening, int events)
{
	struct caller *c = calloc(1, sizeof(*c));
	int one = 1;

	c->fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	if (c->fd < 0) {
		free(c);
		return;
	}
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	board->connections++;
	say(c, "220 sink.example ESMTP\r\n");
	flush(c);
	epoll_ctl(events, EPOLL_CTL_ADD, c->fd, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = c });
}

int
main(int argc, char **argv)
{
	int listening, events;

	if (argc != 3)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	board = board_open(argv[2]);
	listening = listen_on((unsigned short)atoi(argv[1]));
	events = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(events, EPOLL_CTL_ADD, listening, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = NULL });
	for (;;) {
		struct epoll_event ready[64];
		int n = epoll_wait(events, ready, 64, -1);

		for (int i = 0; i < n; i++) {
			struct caller *c = ready[i].data.ptr;

			if (c == NULL)
				meet(listening, events);
			else if (!hear(c)) {
				close(c->fd);
				free(c);
			}
		}
	}
}

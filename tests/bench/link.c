/* link.c - a long line on loopback: link PORT TARGET-PORT MICROSECONDS BOARD.
 *
 * Every byte arrives MICROSECONDS after it was sent, each way; the bandwidth is not limited. It counts how often the
 * client spoke after the server (a round trip that somebody waited for), and stamps each EXISTS as it goes down.
 * Plain text only, for through TLS nothing is to be seen. It ends with its parent.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "board.h"

#define LINES_MAX 32
#define PIECE     (64 << 10)
#define HELD_MAX  (64u << 20) /* bytes under way on one line */

struct piece { struct piece *next; uint64_t due; size_t at, len; char bytes[]; };
struct way { int from, to; struct piece *first, *last; size_t held; bool ended, shut; };
struct line { bool used, server_spoke; struct way up, down; };

static struct board *board;
static struct line lines[LINES_MAX];
static uint64_t delay;

static bool
take(struct line *l, struct way *w)
{
	struct piece *p = malloc(sizeof(*p) + PIECE);
	ssize_t n = recv(w->from, p->bytes, PIECE, MSG_DONTWAIT);

	if (n <= 0) {
		free(p);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		w->ended = true;
		return n == 0;
	}
	p->next = NULL;
	p->due = board_now() + delay;
	p->at = 0;
	p->len = (size_t)n;
	board->bytes += p->len;
	w->held += p->len;
	if (w == &l->down)
		l->server_spoke = true;
	else if (l->server_spoke) {
		l->server_spoke = false;
		board->turns++;
	}
	*(w->first == NULL ? &w->first : &w->last->next) = p;
	w->last = p;
	return true;
}

static bool
give(struct line *l, struct way *w, uint64_t now)
{
	struct piece *p;

	while ((p = w->first) != NULL && p->due <= now) {
		ssize_t n = send(w->to, p->bytes + p->at, p->len - p->at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		/* An untagged answer that stands alone: mails are in pieces that begin otherwise. */
		if (w == &l->down && p->at == 0 && p->len < 200 && p->bytes[0] == '*' &&
		    memmem(p->bytes, p->len, " EXISTS\r\n", 9) != NULL)
			board_stamp(board);
		p->at += (size_t)n;
		w->held -= (size_t)n;
		if (p->at < p->len)
			return true;
		w->first = p->next;
		free(p);
	}
	if (w->ended && w->first == NULL && !w->shut) {
		shutdown(w->to, SHUT_WR);
		w->shut = true;
	}
	return true;
}

static void
part(struct line *l)
{
	struct way *ways[] = { &l->up, &l->down };

	for (int i = 0; i < 2; i++) {
		close(ways[i]->from);
		for (struct piece *p = ways[i]->first, *next; p != NULL; p = next) {
			next = p->next;
			free(p);
		}
	}
	memset(l, 0, sizeof(*l));
}

static void
meet(int listening, unsigned short target)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int client = accept4(listening, NULL, NULL, SOCK_CLOEXEC), server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1, i = 0;

	there.sin_port = htons(target);
	while (i < LINES_MAX && lines[i].used)
		i++;
	if (client < 0 || server < 0 || i == LINES_MAX || connect(server, (struct sockaddr *)&there, sizeof(there)) != 0) {
		close(client);
		close(server);
		return;
	}
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	board->connections++;
	lines[i] = (struct line){ .used = true, .up = { .from = client, .to = server },
		.down = { .from = server, .to = client } };
}

/* Until when poll may sleep, in ns; UINT64_MAX: nothing is under way. */
static uint64_t
soonest(void)
{
	uint64_t due = UINT64_MAX;

	for (int i = 0; i < LINES_MAX; i++) {
		if (lines[i].used && lines[i].up.first != NULL && lines[i].up.first->due < due)
			due = lines[i].up.first->due;
		if (lines[i].used && lines[i].down.first != NULL && lines[i].down.first->due < due)
			due = lines[i].down.first->due;
	}
	return due;
}

static void
serve(int listening, unsigned short target)
{
	struct pollfd fds[2 * LINES_MAX + 1];
	uint64_t due = soonest(), now = board_now();
	struct timespec rest = { 0, 0 };

	fds[2 * LINES_MAX] = (struct pollfd){ .fd = listening, .events = POLLIN };
	for (int i = 0; i < LINES_MAX; i++) {
		struct way *ways[] = { &lines[i].up, &lines[i].down };

		for (int k = 0; k < 2; k++) {
			/* What this descriptor may say, and whether what is due for it waits for room. */
			short events = (short)((ways[k]->ended || ways[k]->held > HELD_MAX ? 0 : POLLIN) |
			    (ways[1 - k]->first != NULL && ways[1 - k]->first->due <= now ? POLLOUT : 0));

			fds[2 * i + k] = (struct pollfd){ .fd = lines[i].used ? ways[k]->from : -1, .events = events };
		}
	}
	if (due != UINT64_MAX && due > now)
		rest = (struct timespec){ .tv_sec = (time_t)((due - now) / 1000000000U),
			.tv_nsec = (long)((due - now) % 1000000000U) };
	if (ppoll(fds, 2 * LINES_MAX + 1, due == UINT64_MAX || due <= now ? NULL : &rest, NULL) < 0)
		return;
	if (fds[2 * LINES_MAX].revents != 0)
		meet(listening, target);
	now = board_now();
	for (int i = 0; i < LINES_MAX; i++) {
		struct line *l = &lines[i];
		bool ok = true;

		if (!l->used)
			continue;
		if (fds[2 * i].fd == l->up.from && (fds[2 * i].revents & (POLLIN | POLLHUP | POLLERR)))
			ok = take(l, &l->up);
		if (ok && fds[2 * i + 1].fd == l->down.from && (fds[2 * i + 1].revents & (POLLIN | POLLHUP | POLLERR)))
			ok = take(l, &l->down);
		if (!ok || !give(l, &l->up, now) || !give(l, &l->down, now) || (l->up.shut && l->down.shut))
			part(l);
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (argc != 5)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_TIMERSLACK, 1000L);
	delay = strtoull(argv[3], NULL, 10) * 1000;
	board = board_open(argv[4]);
	here.sin_port = htons((unsigned short)atoi(argv[1]));
	setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listening, (struct sockaddr *)&here, sizeof(here)) != 0 || listen(listening, 16) != 0) {
		perror("link");
		return 3;
	}
	for (;;)
		serve(listening, (unsigned short)atoi(argv[2]));
}

/* imap_child.c - the process that hears the mail server: locks itself in, then serves orders until there are no more.
 *
 * Everything in here may end up as the server's own: it has no store, no rights to gain and, after the login,
 * no password. See imap.h and imap_wire.h.
 */
#include "edge/imap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/imap_session.h"
#include "edge/imap_wire.h"
#include "ground/mem.h"
#include "ground/service.h"

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN 0
#endif

#define MEMORY_MAX ((rlim_t)512 << 20) /* of addresses; an idle child has about 60 MB */
#define FILES_MAX  32

struct child {
	int fd;
	struct imap_session *session;
	uint32_t uids[IMAP_WINDOW];
	struct imap_out out;
	size_t gathered;              /* bytes in piece */
	char piece[IMAP_PIECE_MAX];
	char order[IMAP_FRAME_MAX];
};

/* --- the cell ----------------------------------------------------------------------------------- */

static void
limit(int what, rlim_t most)
{
	struct rlimit r = { .rlim_cur = most, .rlim_max = most };

	(void)setrlimit(what, &r);
}

static void
lock_in(void)
{
	static const int deaf[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE }; /* the parent says when it is over */

	service_name("imap");
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, FILES_MAX);
	if (!UNDER_ASAN) { /* a sanitizer takes terabytes of addresses, and may have a report to write to a file */
		limit(RLIMIT_AS, MEMORY_MAX);
		limit(RLIMIT_FSIZE, 0);
	}
	for (size_t i = 0; i < COUNT(deaf); i++)
		signal(deaf[i], SIG_IGN);
	/* A crash of the library shall look like one, also under a sanitizer that catches it. */
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
}

/* --- answers ------------------------------------------------------------------------------------ */

/* Without a parent there is nothing left to do. */
static void
send_frame(struct child *c)
{
	ssize_t r;

	if (c->out.over)
		abort();
	do
		r = send(c->fd, c->out.bytes, c->out.len, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	if (r != (ssize_t)c->out.len)
		_exit(0);
}

static void
answer(struct child *c, bool done)
{
	const char *why;
	bool over;
	enum imap_status status = imap_session_status(c->session, &why, &over);

	if (done)
		imap_out_start(&c->out, SAY_DONE);
	else {
		imap_out_start(&c->out, SAY_FAILED);
		imap_out_u8(&c->out, (uint8_t)status);
		imap_out_u8(&c->out, over);
		imap_out_text(&c->out, why);
	}
	send_frame(c);
}

/* Gives the gathered bytes away. The parent may take its time, which is not the server's. */
static void
flush(struct child *c)
{
	int64_t before = imap_now();

	if (c->gathered == 0)
		return;
	imap_out_start(&c->out, SAY_PIECE);
	imap_out_bytes(&c->out, c->piece, c->gathered);
	send_frame(c);
	c->gathered = 0;
	imap_session_extend(c->session, imap_now() - before);
}

static bool
on_piece(void *context, const char *bytes, size_t len)
{
	struct child *c = context;

	while (len > 0) {
		size_t room = sizeof(c->piece) - c->gathered, n = len < room ? len : room;

		memcpy(c->piece + c->gathered, bytes, n);
		c->gathered += n;
		bytes += n;
		len -= n;
		if (c->gathered == sizeof(c->piece))
			flush(c);
	}
	return true;
}

static bool
on_mail(void *context, const struct imap_seen *seen)
{
	struct child *c = context;

	flush(c);
	imap_out_start(&c->out, SAY_MAIL);
	imap_out_u32(&c->out, seen->uid);
	imap_out_u64(&c->out, seen->size);
	imap_out_u64(&c->out, (uint64_t)seen->internaldate);
	imap_out_u8(&c->out, seen->ok);
	send_frame(c);
	return true;
}

static bool
on_size(void *context, const struct imap_seen *seen)
{
	struct child *c = context;

	imap_out_start(&c->out, SAY_SIZE);
	imap_out_u32(&c->out, seen->uid);
	imap_out_u64(&c->out, seen->size);
	imap_out_u64(&c->out, (uint64_t)seen->internaldate);
	send_frame(c);
	return true;
}

/* --- orders ------------------------------------------------------------------------------------- */

static void
serve_open(struct child *c, struct imap_in *in)
{
	struct imap_open_order order;
	uint32_t uidvalidity, uidnext;
	bool ok;

	if (!imap_in_open(in, &order))
		_exit(2);
	if (order.name != NULL)
		service_name("imap:%s", order.name);
	ok = imap_session_open(c->session, &order, &uidvalidity, &uidnext);
	explicit_bzero(c->order, sizeof(c->order)); /* the password stands in it */
	if (ok) {
		imap_out_start(&c->out, SAY_OPENED);
		imap_out_u32(&c->out, uidvalidity);
		imap_out_u32(&c->out, uidnext);
		send_frame(c);
	}
	answer(c, ok);
}

static void
serve_list(struct child *c, int64_t deadline)
{
	uint32_t *uids = NULL;
	size_t n = 0;
	bool ok = imap_session_list(c->session, deadline, &uids, &n);

	for (size_t at = 0; ok && at < n; at += IMAP_UIDS_MAX) {
		imap_out_start(&c->out, SAY_UIDS);
		imap_out_uids(&c->out, uids + at, n - at < IMAP_UIDS_MAX ? n - at : IMAP_UIDS_MAX);
		send_frame(c);
	}
	free(uids);
	answer(c, ok);
}

static void
serve_bodies(struct child *c, struct imap_in *in, int64_t deadline)
{
	struct imap_receiver to = { .context = c, .piece = on_piece, .seen = on_mail };
	struct imap_bodies what = { .uids = c->uids };

	what.cut = imap_in_u8(in) != 0;
	what.expected = imap_in_u64(in);
	what.largest = imap_in_u64(in);
	what.n = imap_in_uids(in, c->uids, IMAP_WINDOW);
	if (!imap_in_end(in) || what.n == 0)
		_exit(2);
	c->gathered = 0;
	answer(c, imap_session_bodies(c->session, deadline, &what, &to));
}

static void
serve_uids(struct child *c, struct imap_in *in, uint8_t type, int64_t deadline)
{
	struct imap_receiver to = { .context = c, .seen = on_size };
	size_t n = imap_in_uids(in, c->uids, IMAP_WINDOW);

	if (!imap_in_end(in) || n == 0)
		_exit(2);
	answer(c, type == ORDER_SIZES ? imap_session_sizes(c->session, deadline, c->uids, n, &to)
	                              : imap_session_acknowledge(c->session, deadline, c->uids, n));
}

static void
serve(struct child *c, size_t len)
{
	struct imap_in in;
	uint8_t type = imap_in_start(&in, c->order, len);
	uint32_t ms;

	if (type == ORDER_OPEN) {
		serve_open(c, &in);
		return;
	}
	if (type == ORDER_CLOSE) {
		imap_session_logout(c->session);
		_exit(0);
	}
	ms = imap_in_u32(&in);
	if (in.bad)
		_exit(2);
	if (type == ORDER_LIST)
		serve_list(c, imap_now() + ms);
	else if (type == ORDER_SIZES || type == ORDER_ACKNOWLEDGE)
		serve_uids(c, &in, type, imap_now() + ms);
	else if (type == ORDER_BODIES)
		serve_bodies(c, &in, imap_now() + ms);
	else if (type == ORDER_WAIT)
		answer(c, imap_session_wait(c->session, ms, c->fd));
	else
		_exit(2);
}

int
imap_child(int fd)
{
	struct child *c;

	lock_in();
	c = xcalloc(1, sizeof(*c));
	c->fd = fd;
	c->session = imap_session_new();
	for (;;) {
		ssize_t len = recv(fd, c->order, sizeof(c->order), 0);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			_exit(0); /* the parent has gone: no word to the server, who may be the reason */
		serve(c, (size_t)len);
	}
}

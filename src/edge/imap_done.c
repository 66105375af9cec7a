/* imap_done.c - how a session says that mails are done, and how it waits for new ones. See imap_session.h. */
#include "imap_session_parts.h"

#include <poll.h>

#include "ground/text.h"

#define ASIDE_TRIES 3 /* as it is, with the folder made, and without those that went meanwhile */

/* --- acknowledge ------------------------------------------------------------------------------ */

/* UID COPY or UID MOVE into the folder for what is done. */
static bool
put_aside(struct imap_session *s, const char *verb, const char *set)
{
	AUTO_BUF struct buf line;

	buf_init(&line, SET_MAX + NAME_MAX_BYTES + 32);
	buf_printf(&line, "%s %s %s", verb, set, s->done);
	return imap_session_run_plain(s, line.data, verb, IMAP_TEMPORARY);
}

/* Makes that folder. That it exists already, or cannot be subscribed to, does not matter. */
static bool
make_folder(struct imap_session *s)
{
	AUTO_BUF struct buf line;
	struct imap_reply reply;

	buf_init(&line, NAME_MAX_BYTES + 32);
	buf_printf(&line, "CREATE %s", s->done);
	if (!imap_session_run_plain(s, line.data, "CREATE", IMAP_CONFIG)) {
		reply = imap_words_reply(imap_stream_guard(s->stream)->tagged);
		if (s->over || !text_equal_nocase(reply.code, "ALREADYEXISTS"))
			return false;
	}
	buf_reset(&line);
	buf_printf(&line, "SUBSCRIBE %s", s->done);
	imap_session_run_plain(s, line.data, "SUBSCRIBE", IMAP_CONFIG);
	return !s->over;
}

static bool
put_aside_in_folder(struct imap_session *s, const char *verb, const char *set)
{
	bool made = false;

	for (int tries = 0; tries < ASIDE_TRIES; tries++) {
		struct imap_reply reply;

		if (put_aside(s, verb, set))
			return true;
		reply = imap_words_reply(imap_stream_guard(s->stream)->tagged);
		if (s->over)
			return false;
		/* Somebody took one of them away at this instant, and now none of the others went either. */
		if (text_equal_nocase(reply.code, "EXPUNGEISSUED"))
			continue;
		if (made || (!text_equal_nocase(reply.code, "TRYCREATE") && !text_equal_nocase(reply.code, "NONEXISTENT")))
			return false;
		made = true;
		if (!make_folder(s))
			return false;
	}
	return false;
}

static bool
store(struct imap_session *s, const char *set, const char *flag)
{
	AUTO_BUF struct buf line;

	buf_init(&line, SET_MAX + 512);
	buf_printf(&line, "UID STORE %s +FLAGS.SILENT (%s)", set, flag);
	return imap_session_run_plain(s, line.data, "UID STORE", IMAP_CONFIG);
}

/* UID EXPUNGE, never a plain EXPUNGE: that would take what other people have marked, too. */
static bool
expunge(struct imap_session *s, const char *set)
{
	AUTO_BUF struct buf line;

	buf_init(&line, SET_MAX + 32);
	buf_printf(&line, "UID EXPUNGE %s", set);
	return imap_session_run_plain(s, line.data, "UID EXPUNGE", IMAP_TEMPORARY);
}

/* Where the connection breaks between COPY and EXPUNGE, the next acknowledgement copies these mails once more: so many
 * breaks, so many more copies of one batch. Nobody acts on what lies there, and any order that cannot end in two copies
 * can end in none. */
bool
imap_session_acknowledge(struct imap_session *s, int64_t deadline, const uint32_t *uids, size_t n)
{
	AUTO_BUF struct buf set;

	buf_init(&set, SET_MAX);
	imap_words_set(&set, uids, n);
	s->deadline = deadline;
	if (s->acknowledge == ACK_KEYWORD)
		return store(s, set.data, s->keyword);
	if (s->acknowledge == ACK_MOVE && s->can_move)
		return put_aside_in_folder(s, "UID MOVE", set.data);
	return put_aside_in_folder(s, "UID COPY", set.data) && store(s, set.data, "\\Deleted") && expunge(s, set.data);
}

/* --- wait --------------------------------------------------------------------------------------- */

/* Waits for the server, other_fd, or until. 1: the server speaks. 0: one of the others. -1: the stream is over. */
static int
either(struct imap_session *s, int64_t until, int other_fd)
{
	for (;;) {
		struct pollfd p[2] = { { .fd = imap_stream_fd(s->stream), .events = POLLIN },
			{ .fd = other_fd, .events = POLLIN } };
		int64_t left = until - imap_now();
		int there = s->wire->read_buffer_len > 0 ? 1 : imap_stream_peek(s->stream);

		if (there != 0)
			return there;
		if (left <= 0 || (poll(p, 2, left > 60000 ? 60000 : (int)left) > 0 && p[1].revents != 0))
			return 0;
	}
}

/* IDLE up to the server's "+". libetpan's own would take news before the "+" for a refusal. *idles: it agreed. */
static int
begin_idle(struct imap_session *s, bool *idles)
{
	int r = imap_session_send(s, "IDLE", true);

	*idles = false;
	while (r == MAILIMAP_NO_ERROR) {
		const char *line = mailimap_read_line(s->etpan);

		if (line == NULL)
			return MAILIMAP_ERROR_STREAM;
		*idles = *line == '+';
		if (*line == '+')
			return MAILIMAP_NO_ERROR;
		if (*line != '*')
			return imap_session_parse(s);
	}
	return r;
}

static bool
wait_idle(struct imap_session *s, int64_t until, int other_fd)
{
	struct imap_command command = { "IDLE", IMAP_TEMPORARY, NULL, false };
	struct imap_guard *g = imap_stream_guard(s->stream);
	bool idles, good;
	int there = 0, r;

	imap_stream_expect(s->stream, s->deadline, COMMAND_BUDGET, LITERAL_SMALL);
	r = begin_idle(s, &idles);
	if (!idles) {
		s->can_idle = false; /* it offers IDLE and refuses it: polling has to do */
		return r == MAILIMAP_ERROR_CUSTOM_COMMAND || imap_session_check(s, r, &command);
	}
	while (!g->grew && (there = either(s, until, other_fd)) > 0) {
		imap_stream_expect(s->stream, imap_now() + IMAP_DONE_MS, COMMAND_BUDGET, LITERAL_SMALL);
		if (mailimap_read_line(s->etpan) == NULL)
			there = -1;
		if (there < 0 || g->bye[0] != '\0')
			break;
	}
	if (there < 0 || g->bye[0] != '\0')
		return imap_session_broken(s, MAILIMAP_ERROR_STREAM, &command);
	imap_stream_expect(s->stream, imap_now() + IMAP_DONE_MS, COMMAND_BUDGET, LITERAL_SMALL);
	good = imap_session_check(s, mailimap_idle_done(s->etpan), &command);
	s->told = good && g->grew;
	return good;
}

bool
imap_session_wait(struct imap_session *s, int64_t ms, int other_fd)
{
	int64_t until = imap_now() + ms;

	if (imap_stream_guard(s->stream)->grew)
		return true; /* it came while we were busy */
	s->deadline = imap_now() + IMAP_DONE_MS;
	if (s->can_idle && !wait_idle(s, until, other_fd))
		return false;
	while (!s->can_idle) {
		struct pollfd p = { .fd = other_fd, .events = POLLIN };
		int64_t left = until - imap_now();

		if (left <= 0 || poll(&p, 1, left > 60000 ? 60000 : (int)left) > 0)
			break;
	}
	return true;
}

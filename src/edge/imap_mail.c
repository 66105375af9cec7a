/* imap_mail.c - what a session does with mails: list, fetch, acknowledge, wait. See imap_session.h. */
#include "imap_session_parts.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ground/text.h"

#define SET_MAX (IMAP_WINDOW * 24) /* bytes of a set of UIDs */

/* --- list ------------------------------------------------------------------------------------ */

static int
by_number(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

bool
imap_session_list(struct imap_session *s, int64_t deadline, uint32_t **uids, size_t *n)
{
	AUTO_BUF struct buf line;
	clist *found;
	size_t kept = 0;

	buf_init(&line, 512);
	if (s->acknowledge == ACK_KEYWORD)
		buf_printf(&line, "UID SEARCH UNKEYWORD %s", s->keyword);
	else
		buf_puts(&line, "UID SEARCH ALL");
	s->deadline = deadline;
	imap_stream_guard(s->stream)->grew = false; /* what comes from now on may be missing in the answer */
	if (!imap_session_run(s, line.data, IMAP_SEARCH_MAX + COMMAND_BUDGET, LITERAL_SMALL,
	        &(struct imap_command){ "UID SEARCH", IMAP_TEMPORARY, NULL, false }))
		return false;
	found = s->etpan->imap_response_info->rsp_search_result;
	*n = found == NULL ? 0 : (size_t)clist_count(found);
	*uids = xcalloc(*n, sizeof(**uids));
	if (*n > 0) {
		size_t i = 0;

		for (clistiter *c = clist_begin(found); c != NULL && i < *n; c = clist_next(c)) {
			const uint32_t *uid = clist_content(c);

			(*uids)[i++] = uid != NULL ? *uid : 0;
		}
		qsort(*uids, *n, sizeof(**uids), by_number);
	}
	for (size_t i = 0; i < *n; i++)
		if ((*uids)[i] != 0 && (kept == 0 || (*uids)[i] != (*uids)[kept - 1]))
			(*uids)[kept++] = (*uids)[i];
	*n = kept < IMAP_LIST_MAX ? kept : IMAP_LIST_MAX;
	return true;
}

/* --- fetch ------------------------------------------------------------------------------------ */

/* One UID FETCH in progress. */
struct fetching {
	struct imap_session *session;
	const struct imap_receiver *to;
	bool bodies, cut, stopped;
	uint64_t came;                /* bytes of the mail whose FETCH response is being read */
	bool foreign;                 /* of another section than the whole mail */
};

static bool
on_body(int type, struct mailimap_msg_att_body_section *section, const char *bytes, size_t len, void *context)
{
	struct fetching *f = context;

	/* The whole mail, "BODY[]", has no section to libetpan. */
	if (type != MAILIMAP_MSG_ATT_BODY_SECTION || section == NULL || section->sec_section != NULL ||
	    section->sec_origin_octet != 0)
		f->foreign = true;
	f->came += len;
	f->stopped = f->stopped || f->foreign || !f->bodies || !f->to->piece(f->to->context, bytes, len);
	return !f->stopped;
}

static int64_t
instant(const struct mailimap_date_time *d)
{
	struct tm tm = { .tm_year = d->dt_year - 1900, .tm_mon = d->dt_month - 1, .tm_mday = d->dt_day,
		.tm_hour = d->dt_hour, .tm_min = d->dt_min, .tm_sec = d->dt_sec };

	if (d->dt_year < 1970 || d->dt_year > 9999 || d->dt_month < 1 || d->dt_month > 12 || d->dt_day < 1 ||
	    d->dt_day > 31 || abs(d->dt_zone) > 2400)
		return 0;
	return (int64_t)timegm(&tm) - (d->dt_zone / 100 * 3600 + d->dt_zone % 100 * 60);
}

/* A FETCH response is complete: libetpan calls this for each, in order. */
static void
on_response(struct mailimap_msg_att *response, void *context)
{
	struct fetching *f = context;
	struct imap_seen seen = { .size = f->came };
	unsigned sections = 0, bodies = 0;
	bool sized = false;

	for (clistiter *i = clist_begin(response->att_list); i != NULL; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);
		const struct mailimap_msg_att_static *a = item->att_data.att_static;

		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC || a == NULL)
			continue;
		if (a->att_type == MAILIMAP_MSG_ATT_UID)
			seen.uid = a->att_data.att_uid;
		else if (a->att_type == MAILIMAP_MSG_ATT_INTERNALDATE)
			seen.internaldate = instant(a->att_data.att_internal_date);
		else if (a->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE && !f->bodies) {
			seen.size = a->att_data.att_rfc822_size;
			sized = true;
		} else if (a->att_type == MAILIMAP_MSG_ATT_BODY_SECTION && a->att_data.att_body_section != NULL) {
			sections++;
			bodies += a->att_data.att_body_section->sec_body_part != NULL ? 1 : 0; /* not NIL */
		}
	}
	/* Servers also tell of changed flags when they like: neither size nor body is in that. */
	if (f->stopped || seen.uid == 0 || (f->bodies ? sections == 0 : !sized)) {
		f->stopped = f->stopped || f->came > 0;
		return;
	}
	seen.ok = f->bodies ? sections == 1 && bodies == 1 : sized;
	f->stopped = !f->to->seen(f->to->context, &seen);
	f->came = 0;
}

static void
no_progress(size_t now, size_t all, void *context)
{
	(void)now;
	(void)all;
	(void)context;
}

/* Runs a FETCH whose responses go to the receiver as they come. */
static bool
fetch(struct imap_session *s, const char *line, struct fetching *f, uint64_t budget, uint64_t literal_max)
{
	bool ok;

	/* libetpan hands responses on one by one only where somebody asks for progress. */
	mailimap_set_progress_callback(s->etpan, no_progress, no_progress, NULL);
	mailimap_set_msg_att_handler(s->etpan, on_response, f);
	mailimap_set_msg_body_handler(s->etpan, on_body, f);
	ok = imap_session_run(s, line, budget, literal_max,
	    &(struct imap_command){ "UID FETCH", IMAP_TEMPORARY, NULL, false });
	mailimap_set_progress_callback(s->etpan, NULL, NULL, NULL);
	mailimap_set_msg_att_handler(s->etpan, NULL, NULL);
	mailimap_set_msg_body_handler(s->etpan, NULL, NULL);
	if (f->stopped)
		return imap_session_fail(s, IMAP_HOSTILE, true, "UID FETCH: the server sent what was not asked for");
	return ok;
}

bool
imap_session_sizes(struct imap_session *s, int64_t deadline, const uint32_t *uids, size_t n,
    const struct imap_receiver *to)
{
	struct fetching f = { .session = s, .to = to };
	AUTO_BUF struct buf line;

	buf_init(&line, SET_MAX + 64);
	buf_puts(&line, "UID FETCH ");
	imap_words_set(&line, uids, n);
	buf_puts(&line, " (UID RFC822.SIZE INTERNALDATE)");
	s->deadline = deadline;
	return fetch(s, line.data, &f, COMMAND_BUDGET, LITERAL_SMALL);
}

bool
imap_session_bodies(struct imap_session *s, int64_t deadline, const struct imap_bodies *what,
    const struct imap_receiver *to)
{
	struct fetching f = { .session = s, .to = to, .bodies = true, .cut = what->cut };
	uint64_t largest = what->cut ? IMAP_CUT : imap_believable(what->largest);
	uint64_t all = what->cut ? (uint64_t)IMAP_CUT * what->n : imap_believable(what->expected);
	AUTO_BUF struct buf line;

	buf_init(&line, SET_MAX + 64);
	buf_puts(&line, "UID FETCH ");
	imap_words_set(&line, what->uids, what->n);
	buf_puts(&line, " (UID INTERNALDATE BODY.PEEK[]");
	if (what->cut)
		buf_printf(&line, "<0.%d>", IMAP_CUT);
	buf_putc(&line, ')');
	s->deadline = deadline;
	return fetch(s, line.data, &f, all + COMMAND_BUDGET, largest);
}

void
imap_session_extend(struct imap_session *s, int64_t ms)
{
	s->deadline += ms;
	imap_stream_extend(s->stream, ms);
}

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
	struct imap_reply reply;

	if (put_aside(s, verb, set))
		return true;
	reply = imap_words_reply(imap_stream_guard(s->stream)->tagged);
	if (s->over || (!text_equal_nocase(reply.code, "TRYCREATE") && !text_equal_nocase(reply.code, "NONEXISTENT")))
		return false;
	return make_folder(s) && put_aside(s, verb, set);
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

/* Waits for the server, other_fd, or until. 1: the server has something to say. 0: the others. -1: the stream is over. */
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
	bool idles;
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
	return imap_session_check(s, mailimap_idle_done(s->etpan), &command);
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

/* imap_mail.c - how a session lists and fetches mails. See imap_session.h. */
#include "imap_session_parts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

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
	/* A SEARCH looks at the folder as the server last described it to us: first let it tell what is new. */
	if (!s->told && !imap_session_run_plain(s, "NOOP", "NOOP", IMAP_TEMPORARY))
		return false;
	s->told = false;
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

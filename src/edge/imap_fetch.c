/* imap_fetch.c - fetching: windows of UIDs, batches of bytes, nothing believed that was not asked for. */
#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"
#include "imap_parts.h"

#define SLOWEST  65536                 /* bytes a second that a large fetch must at least make */
#define DATE_MAX INT64_C(253402300799) /* the end of the year 9999 */

/* A mail of the present window, and how far we are with it. */
struct wanted {
	uint32_t uid;
	bool sized, asked, given;
	uint64_t size;
	int64_t internaldate;
};

struct fetch_window {
	struct wanted mails[IMAP_WINDOW];
	size_t n;
	const struct imap_sink *sink;
	uint64_t came, most;          /* bytes of the mail on its way, and what it may have */
	bool cut;
	uint32_t without_body;        /* the last mail that the server had none for */
};

static struct wanted *
find(struct fetch_window *w, uint32_t uid)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->mails[i].uid == uid)
			return &w->mails[i];
	return NULL;
}

static int64_t
plausible_date(uint64_t seconds)
{
	return seconds <= (uint64_t)DATE_MAX ? (int64_t)seconds : 0;
}

static bool
hear_size(void *context, uint8_t type, struct imap_in *in, bool *stop)
{
	struct fetch_window *w = context;
	struct wanted *mail;

	(void)stop;
	if (type != SAY_SIZE)
		return false;
	mail = find(w, imap_in_u32(in));
	if (mail == NULL)
		return false;
	mail->sized = true; /* said twice, the last word counts: servers repeat themselves when flags change */
	mail->size = imap_in_u64(in);
	mail->internaldate = plausible_date(imap_in_u64(in));
	return imap_in_end(in);
}

/* A FETCH response is complete; what it holds was told piece by piece before. */
static bool
hear_mail(struct fetch_window *w, struct imap_in *in, bool *stop)
{
	struct wanted *mail = find(w, imap_in_u32(in));
	struct imap_mail told = { .cut = w->cut };
	bool ok;

	told.size = imap_in_u64(in);
	told.internaldate = plausible_date(imap_in_u64(in));
	ok = imap_in_u8(in) == 1;
	if (!imap_in_end(in) || mail == NULL || !mail->asked || mail->given || told.size != w->came)
		return false;
	mail->given = true;
	told.uid = mail->uid;
	told.ok = ok && (w->came > 0 || mail->size == 0);
	if (w->cut)
		told.size = mail->size;
	if (told.internaldate == 0)
		told.internaldate = mail->internaldate;
	if (!told.ok)
		w->without_body = mail->uid;
	w->came = 0;
	*stop = !w->sink->end(w->sink->context, &told);
	return true;
}

static bool
hear_bodies(void *context, uint8_t type, struct imap_in *in, bool *stop)
{
	struct fetch_window *w = context;

	if (type == SAY_MAIL)
		return hear_mail(w, in, stop);
	if (type != SAY_PIECE || in->left == 0 || in->left > w->most - w->came)
		return false;
	w->came += in->left;
	*stop = !w->sink->piece(w->sink->context, (const char *)in->at, in->left);
	in->left = 0;
	return true;
}

/* Marks the next mails, all to be cut or none, that are to be asked for together; at least one, or 0 when
 * there is none left. A missing one in between would be asked for by no range. */
static size_t
next_batch(struct imap *im, struct fetch_window *w, bool cut, uint32_t uids[IMAP_WINDOW], uint64_t *expected,
    uint64_t *largest)
{
	size_t n = 0;

	*expected = *largest = 0;
	for (size_t i = 0; i < w->n; i++) {
		struct wanted *mail = &w->mails[i];
		uint64_t size = cut ? IMAP_CUT : mail->size;

		if (!mail->sized || mail->asked || (mail->size > im->size_limit) != cut)
			continue;
		if (n > 0 && *expected + size > IMAP_BATCH_MAX)
			break;
		mail->asked = true;
		uids[n++] = mail->uid;
		*expected += size;
		*largest = size > *largest ? size : *largest;
	}
	return n;
}

static enum imap_status
fetch_bodies(struct imap *im, struct fetch_window *w, bool cut)
{
	uint32_t uids[IMAP_WINDOW];
	uint64_t expected, largest;
	enum imap_status status = IMAP_OK;
	size_t n;

	while (status == IMAP_OK && (n = next_batch(im, w, cut, uids, &expected, &largest)) > 0) {
		int64_t ms = im->ms + (int64_t)(expected / SLOWEST) * 1000;

		w->cut = cut;
		w->most = cut ? IMAP_CUT : imap_believable(largest);
		w->came = 0;
		imap_order(im, ORDER_BODIES, ms);
		imap_out_u8(&im->out, cut);
		imap_out_u64(&im->out, expected);
		imap_out_u64(&im->out, largest);
		imap_out_uids(&im->out, uids, n);
		status = imap_ask(im, ms, hear_bodies, w);
		if (w->came > 0) /* pieces without their end */
			w->sink->end(w->sink->context, &(struct imap_mail){ .ok = false });
	}
	return status;
}

enum imap_status
imap_fetch(struct imap *im, const uint32_t *uids, size_t n, const struct imap_sink *sink)
{
	struct fetch_window *w = xcalloc(1, sizeof(*w));
	enum imap_status status = IMAP_OK;

	w->sink = sink;
	for (size_t at = 0; at < n && status == IMAP_OK; at += w->n) {
		w->n = n - at < IMAP_WINDOW ? n - at : IMAP_WINDOW;
		memset(w->mails, 0, sizeof(w->mails));
		for (size_t i = 0; i < w->n; i++)
			w->mails[i].uid = uids[at + i];
		imap_order(im, ORDER_SIZES, im->ms);
		imap_out_uids(&im->out, uids + at, w->n);
		status = imap_ask(im, im->ms, hear_size, w);
		if (status == IMAP_OK)
			status = fetch_bodies(im, w, false);
		if (status == IMAP_OK)
			status = fetch_bodies(im, w, true);
	}
	if (status == IMAP_OK && w->without_body != 0) {
		imap_process_complain(im->process, "the server lists UID %u but gives no text for it", w->without_body);
		status = IMAP_HOSTILE;
	}
	free(w);
	return status;
}

/* imap.c - the verbs of imap.h but fetching (imap_fetch.c): orders to the child, and a check of what it says. */
#include "edge/imap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"
#include "imap_parts.h"

#define DEADLINE_MS     60000     /* where none is configured */
#define CLOSE_MS        1200
#define ACK_GRACE_MS    5000      /* an acknowledgement that has begun may end before we stop */
#define KEPT_DEFAULT    (UINT64_C(64) << 20)  /* size limit where none is configured */

/* --- one exchange --------------------------------------------------------------------------------- */

enum imap_status
imap_ask(struct imap *im, int64_t ms, imap_hear *hear, void *context)
{
	struct imap_exchange x = { .ms = ms, .stop_fd = im->stop_fd, .context = context, .hear = hear };

	if (im->left)
		imap_process_close(im->process, 0), im->process = NULL;
	if (im->process == NULL || im->out.over)
		return IMAP_GONE;
	if (im->out.bytes[0] == ORDER_ACKNOWLEDGE)
		x.stop_grace_ms = ACK_GRACE_MS;
	x.leave_on_stop = im->out.bytes[0] == ORDER_WAIT;
	return imap_process_ask(im->process, &im->out, &x);
}

void
imap_order(struct imap *im, enum imap_frame_type type, int64_t ms)
{
	imap_out_start(&im->out, type);
	imap_out_u32(&im->out, (uint32_t)ms);
}

/* --- open, close ---------------------------------------------------------------------------------- */

static bool
hear_opened(void *context, uint8_t type, struct imap_in *in, bool *stop)
{
	struct imap *im = context;

	(void)stop;
	if (type != SAY_OPENED || im->uidvalidity != 0)
		return false;
	im->uidvalidity = imap_in_u32(in);
	im->uidnext = imap_in_u32(in);
	return imap_in_end(in) && im->uidvalidity != 0;
}

static enum imap_status
say_open(struct imap *im, const struct mailbox_settings *m, const char *password)
{
	struct imap_open_order o = { .host = m->server.host, .user = m->user, .folder = m->folder, .done = m->done,
		.keyword = m->keyword, .ca = m->ca, .secret = password, .name = m->name, .port = m->server.port,
		.deadline_ms = (uint32_t)im->ms, .size_limit = im->size_limit, .tls = (uint8_t)m->server.tls,
		.auth = (uint8_t)m->auth, .acknowledge = (uint8_t)m->acknowledge };
	enum imap_status status;

	imap_out_open(&im->out, &o);
	if (im->out.over) {
		explicit_bzero(&im->out, sizeof(im->out));
		return IMAP_CONFIG;
	}
	status = imap_ask(im, im->ms, hear_opened, im);
	explicit_bzero(&im->out, sizeof(im->out));
	return status == IMAP_OK && im->uidvalidity == 0 ? IMAP_HOSTILE : status;
}

enum imap_status
imap_open(struct imap **out, const struct mailbox_settings *m, const char *password, int stop_fd, char why[256])
{
	struct imap *im = xcalloc(1, sizeof(*im));
	enum imap_status status;

	*out = NULL;
	im->stop_fd = stop_fd;
	im->ms = m->deadline > 0 && m->deadline < 86400 ? m->deadline * 1000 : DEADLINE_MS;
	im->size_limit = m->size_limit > 0 ? m->size_limit : KEPT_DEFAULT;
	im->process = imap_process_start();
	if (im->process == NULL) {
		snprintf(why, 256, "cannot start the IMAP child: %s", strerror(errno));
		free(im);
		return IMAP_GONE;
	}
	status = say_open(im, m, password);
	if (status != IMAP_OK) {
		snprintf(why, 256, "%s", *imap_why(im) != '\0' ? imap_why(im) : "the settings of this mailbox are too long");
		imap_process_end(im->process);
		free(im);
		return status;
	}
	why[0] = '\0';
	*out = im;
	return IMAP_OK;
}

void
imap_close(struct imap *im)
{
	if (im == NULL)
		return;
	imap_process_close(im->process, CLOSE_MS);
	free(im);
}

const char *
imap_why(const struct imap *im)
{
	return im->process != NULL ? imap_process_why(im->process) : "the connection is over";
}

uint32_t
imap_uidvalidity(const struct imap *im)
{
	return im->uidvalidity;
}

uint32_t
imap_uidnext(const struct imap *im)
{
	return im->uidnext;
}

bool
imap_usable(const struct imap *im)
{
	return im->process != NULL && !im->left && imap_process_alive(im->process);
}

/* --- list ----------------------------------------------------------------------------------------- */

struct listing { uint32_t *uids; size_t n; uint32_t part[IMAP_UIDS_MAX]; };

static bool
hear_uids(void *context, uint8_t type, struct imap_in *in, bool *stop)
{
	struct listing *l = context;
	uint32_t last = l->n > 0 ? l->uids[l->n - 1] : 0;
	size_t n;

	(void)stop;
	if (type != SAY_UIDS)
		return false;
	n = imap_in_uids(in, l->part, IMAP_UIDS_MAX);
	if (!imap_in_end(in) || n == 0 || n > IMAP_LIST_MAX - l->n)
		return false;
	for (size_t i = 0; i < n; last = l->part[i++])
		if (l->part[i] <= last)
			return false;
	l->uids = xrealloc(l->uids, l->n + n, sizeof(*l->uids));
	memcpy(l->uids + l->n, l->part, n * sizeof(*l->uids));
	l->n += n;
	return true;
}

enum imap_status
imap_list(struct imap *im, uint32_t **uids, size_t *n)
{
	struct listing *l = xcalloc(1, sizeof(*l));
	enum imap_status status;

	imap_order(im, ORDER_LIST, im->ms);
	status = imap_ask(im, im->ms, hear_uids, l);
	*uids = NULL;
	*n = 0;
	if (status == IMAP_OK) {
		*uids = l->uids != NULL ? l->uids : xcalloc(1, sizeof(**uids));
		*n = l->n;
	} else
		free(l->uids);
	free(l);
	return status;
}

/* --- acknowledge, wait ---------------------------------------------------------------------------- */

enum imap_status
imap_acknowledge(struct imap *im, const uint32_t *uids, size_t n)
{
	enum imap_status status = IMAP_OK;

	for (size_t at = 0, window; at < n && status == IMAP_OK; at += window) {
		window = n - at < IMAP_WINDOW ? n - at : IMAP_WINDOW;
		imap_order(im, ORDER_ACKNOWLEDGE, im->ms);
		imap_out_uids(&im->out, uids + at, window);
		status = imap_ask(im, im->ms, NULL, NULL);
	}
	return status;
}

enum imap_status
imap_wait(struct imap *im, int64_t seconds)
{
	int64_t ms = (seconds < 0 ? 0 : seconds > IMAP_WAIT_MAX ? IMAP_WAIT_MAX : seconds) * 1000;
	enum imap_status status;

	imap_order(im, ORDER_WAIT, ms);
	status = imap_ask(im, ms + 2 * (int64_t)IMAP_DONE_MS, NULL, NULL);
	im->left = status == IMAP_STOPPED;
	return status;
}

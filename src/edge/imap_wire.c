/* imap_wire.c - see imap_wire.h. */
#include "edge/imap_wire.h"

#include <string.h>
#include <time.h>

#include "config/settings.h"

#define NO_TEXT UINT16_MAX /* stands for NULL where a length is expected */

void
imap_out_start(struct imap_out *o, enum imap_frame_type type)
{
	o->len = 0;
	o->over = false;
	imap_out_u8(o, (uint8_t)type);
}

void
imap_out_bytes(struct imap_out *o, const void *bytes, size_t len)
{
	if (o->over || len > sizeof(o->bytes) - o->len) {
		o->over = true;
		return;
	}
	if (len > 0)
		memcpy(o->bytes + o->len, bytes, len);
	o->len += len;
}

void
imap_out_u8(struct imap_out *o, uint8_t v)
{
	imap_out_bytes(o, &v, sizeof(v));
}

void
imap_out_u32(struct imap_out *o, uint32_t v)
{
	imap_out_bytes(o, &v, sizeof(v));
}

void
imap_out_u64(struct imap_out *o, uint64_t v)
{
	imap_out_bytes(o, &v, sizeof(v));
}

void
imap_out_text(struct imap_out *o, const char *s)
{
	size_t len = s == NULL ? 0 : strlen(s);
	uint16_t said = s == NULL ? NO_TEXT : (uint16_t)len;

	if (len > IMAP_TEXT_MAX) {
		o->over = true;
		return;
	}
	imap_out_bytes(o, &said, sizeof(said));
	if (s != NULL)
		imap_out_bytes(o, s, len + 1); /* with its NUL, so that it can be used where it stands */
}

void
imap_out_uids(struct imap_out *o, const uint32_t *uids, size_t n)
{
	imap_out_u32(o, (uint32_t)n);
	imap_out_bytes(o, uids, n * sizeof(*uids));
}

uint8_t
imap_in_start(struct imap_in *in, const void *frame, size_t len)
{
	*in = (struct imap_in){ .at = frame, .left = len, .bad = len > IMAP_FRAME_MAX };
	return imap_in_u8(in);
}

static void
take(struct imap_in *in, void *out, size_t len)
{
	memset(out, 0, len);
	if (in->bad || in->left < len) {
		in->bad = true;
		return;
	}
	memcpy(out, in->at, len);
	in->at += len;
	in->left -= len;
}

uint8_t
imap_in_u8(struct imap_in *in)
{
	uint8_t v;

	take(in, &v, sizeof(v));
	return v;
}

uint32_t
imap_in_u32(struct imap_in *in)
{
	uint32_t v;

	take(in, &v, sizeof(v));
	return v;
}

uint64_t
imap_in_u64(struct imap_in *in)
{
	uint64_t v;

	take(in, &v, sizeof(v));
	return v;
}

const char *
imap_in_text(struct imap_in *in)
{
	const char *s = (const char *)in->at + sizeof(uint16_t);
	uint16_t len;

	take(in, &len, sizeof(len));
	if (in->bad || len == NO_TEXT)
		return NULL;
	if (len > IMAP_TEXT_MAX || in->left <= len || memchr(s, '\0', (size_t)len + 1) != s + len) {
		in->bad = true;
		return NULL;
	}
	in->at += (size_t)len + 1;
	in->left -= (size_t)len + 1;
	return s;
}

size_t
imap_in_uids(struct imap_in *in, uint32_t *uids, size_t max)
{
	uint32_t n = imap_in_u32(in);

	if (in->bad || n > max || in->left != n * sizeof(*uids)) {
		in->bad = true;
		return 0;
	}
	take(in, uids, n * sizeof(*uids));
	return n;
}

bool
imap_in_end(const struct imap_in *in)
{
	return !in->bad && in->left == 0;
}

void
imap_out_open(struct imap_out *o, const struct imap_open_order *order)
{
	imap_out_start(o, ORDER_OPEN);
	imap_out_u32(o, order->deadline_ms);
	imap_out_u32(o, order->port);
	imap_out_u64(o, order->size_limit);
	imap_out_u8(o, order->tls);
	imap_out_u8(o, order->auth);
	imap_out_u8(o, order->acknowledge);
	imap_out_text(o, order->host);
	imap_out_text(o, order->user);
	imap_out_text(o, order->folder);
	imap_out_text(o, order->done);
	imap_out_text(o, order->keyword);
	imap_out_text(o, order->ca);
	imap_out_text(o, order->secret);
	imap_out_text(o, order->name);
}

bool
imap_in_open(struct imap_in *in, struct imap_open_order *order)
{
	order->deadline_ms = imap_in_u32(in);
	order->port = imap_in_u32(in);
	order->size_limit = imap_in_u64(in);
	order->tls = imap_in_u8(in);
	order->auth = imap_in_u8(in);
	order->acknowledge = imap_in_u8(in);
	order->host = imap_in_text(in);
	order->user = imap_in_text(in);
	order->folder = imap_in_text(in);
	order->done = imap_in_text(in);
	order->keyword = imap_in_text(in);
	order->ca = imap_in_text(in);
	order->secret = imap_in_text(in);
	order->name = imap_in_text(in);
	return imap_in_end(in) && order->host != NULL && order->folder != NULL && order->port <= UINT16_MAX &&
	       order->tls <= TLS_OFF && order->auth <= AUTH_NONE && order->acknowledge <= ACK_KEYWORD;
}

int64_t
imap_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t
imap_believable(uint64_t size)
{
	if (size > UINT64_C(1) << 48)
		size = UINT64_C(1) << 48;
	return size + size / 8 + IMAP_PIECE_MAX;
}

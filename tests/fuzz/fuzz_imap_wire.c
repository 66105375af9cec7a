/* Goal: no frame, whatever a child that was taken over sends, is read past its end or half believed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "edge/imap_wire.h"
#include "ground/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
is_in_frame(const char *s, const uint8_t *data, size_t size)
{
	const char *from = (const char *)data;

	if (s != NULL)
		BUG_ON(s < from || s >= from + size || memchr(s, '\0', (size_t)(from + size - s)) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint32_t uids[IMAP_UIDS_MAX];
	static struct imap_out out;
	struct imap_open_order order = { 0 };
	struct imap_in in;
	size_t n;

	switch (imap_in_start(&in, data, size)) {
	case ORDER_OPEN:
		if (imap_in_open(&in, &order)) {
			is_in_frame(order.host, data, size);
			is_in_frame(order.secret, data, size);
			imap_out_open(&out, &order);
			BUG_ON(out.over || out.len != size || memcmp(out.bytes, data, size) != 0);
		}
		break;
	case ORDER_SIZES: case ORDER_ACKNOWLEDGE: case ORDER_BODIES: case SAY_UIDS:
		imap_in_u32(&in);
		n = imap_in_uids(&in, uids, IMAP_UIDS_MAX);
		BUG_ON(n > IMAP_UIDS_MAX || (in.bad && n > 0) || (!in.bad && !imap_in_end(&in)));
		break;
	case SAY_FAILED:
		imap_in_u8(&in);
		imap_in_u8(&in);
		is_in_frame(imap_in_text(&in), data, size);
		break;
	default:
		imap_in_u32(&in);
		imap_in_u64(&in);
		imap_in_u64(&in);
		BUG_ON(imap_in_u8(&in) != 0 && in.bad);
		break;
	}
	BUG_ON(in.left > size);
	return 0;
}

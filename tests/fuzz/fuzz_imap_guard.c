/* Goal: nothing a server says gets past the guard's limits, and it judges the same however the bytes come in pieces. */
#include <stdint.h>
#include <string.h>

#include "edge/imap_guard.h"
#include "ground/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct imap_guard whole, pieces;
	const char *bytes = (const char *)data;
	bool well = true, ok;

	imap_guard_init(&whole);
	imap_guard_init(&pieces);
	imap_guard_expect(&whole, 1 << 20, 5000);
	imap_guard_expect(&pieces, 1 << 20, 5000);
	ok = imap_guard_feed(&whole, bytes, size);
	for (size_t at = 0, n; at < size && well; at += n) {
		n = 1 + data[at] % 7;
		n = n < size - at ? n : size - at;
		well = imap_guard_feed(&pieces, bytes + at, n);
	}
	BUG_ON(ok != well || strcmp(whole.why, pieces.why) != 0 || (ok && whole.state != pieces.state));
	BUG_ON(strcmp(whole.tagged, pieces.tagged) != 0 || strcmp(whole.bye, pieces.bye) != 0 || whole.exists != pieces.exists);
	BUG_ON(strlen(whole.tagged) > IMAP_KEEP || whole.parens > IMAP_PARENS_MAX + 1 || whole.literal > 50000);
	BUG_ON(whole.whole > size || (whole.whole > 0 && data[whole.whole - 1] != '\n'));
	BUG_ON(!ok && imap_guard_feed(&whole, "", 0)); /* once and for ever */
	return 0;
}

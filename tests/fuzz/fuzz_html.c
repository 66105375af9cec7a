/* Goal: no markup makes the reader of HTML crash, hang, pass its ceiling or write what is no text. */
#include "fuzz_text.h"

#include "judge/html.h"

#define CEILING (1u << 16)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *markup = utf8_clean(a, (const char *)data, size, 1 << 20);
	AUTO_BUF struct buf out;

	buf_init(&out, CEILING);
	html_text(markup, strlen(markup), &out);
	BUG_ON(out.len > CEILING || memchr(out.data, '\0', out.len) != NULL);
	BUG_ON(!utf8_valid(out.data, utf8_cut(out.data, out.len, out.len)));
	message_html_charset(a, (const char *)data, size);
	return 0;
}

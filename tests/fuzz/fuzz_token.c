/* Goal: no address and no token that somebody made up is believed, and one of ours is found in whatever case it comes back. */
#include <stdint.h>
#include <string.h>

#include "ground/log.h"
#include "ground/mem.h"
#include "ground/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char key[] = "a key of some thirty-two letters";
	AUTO_ARENA struct arena *a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, size), *template = "escalations+%t@example.com";
	const struct token made = { TOKEN_VERSION, TOKEN_REPLY, (uint32_t)size * 2654435761u, (uint32_t)strlen(text) };
	struct token t;
	char out[TOKEN_TEXT], address[200], own[TOKEN_TEXT];

	token_make(key, sizeof(key), &made, text, own);
	BUG_ON(!token_read(own, TOKEN_CHARS, &t) || t.escalation != made.escalation || t.person != made.person || t.purpose != made.purpose);
	BUG_ON(strlen(text) <= 254 && !token_verify(key, sizeof(key), own, TOKEN_CHARS, text)); /* a longer one is no address */
	BUG_ON(!token_address(template, own, address, sizeof(address)) || !token_in_address(address, template, out) || strcmp(out, own) != 0);
	if (token_read((const char *)data, size, &t))
		BUG_ON(size != TOKEN_CHARS || token_verify("another key", 11, (const char *)data, size, text));
	if (token_in_address(text, template, out))
		BUG_ON(strlen(out) != TOKEN_CHARS || token_verify(key, sizeof(key), out, TOKEN_CHARS, "ada@example.com"));
	token_in_address(address, text, out);
	if (token_address(text, own, address, sizeof(address)))
		BUG_ON(strlen(address) >= sizeof(address));
	return 0;
}

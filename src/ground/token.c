/* token.c - see token.h. */
#include "ground/token.h"

#include <stdio.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/digest.h"
#include "ground/text.h"

#define FIELD_BYTES   10 /* version, purpose, escalation, person */
#define MAC_BYTES     10 /* 80 bits: guessing means a mail a guess */
#define TOKEN_BYTES   (FIELD_BYTES + MAC_BYTES)
#define ADDRESS_BYTES 1024

/* No HMAC of ours under the same key for another use may ever read as a token. */
static const char domain[] = "escrelay reply token";
static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

static void
put32(unsigned char *out, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		out[i] = (unsigned char)(v >> (24 - 8 * i));
}

static uint32_t
get32(const unsigned char *in)
{
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

/* Five bytes are eight characters, and both lengths divide evenly: no padding, no unused bits, one text a token. */
static void
encode(const unsigned char in[TOKEN_BYTES], char out[TOKEN_TEXT])
{
	for (size_t i = 0; i < TOKEN_BYTES; i += 5) {
		uint64_t v = 0;

		for (size_t j = 0; j < 5; j++)
			v = v << 8 | in[i + j];
		for (size_t j = 0; j < 8; j++)
			*out++ = alphabet[v >> (35 - 5 * j) & 31];
	}
	*out = '\0';
}

static bool
decode(const char *text, size_t len, unsigned char out[TOKEN_BYTES])
{
	if (len != TOKEN_CHARS)
		return false;
	for (size_t i = 0; i < TOKEN_CHARS; i += 8) {
		uint64_t v = 0;

		for (size_t j = 0; j < 8; j++) {
			char c = text[i + j];
			unsigned digit;

			if (c >= 'a' && c <= 'z')
				digit = (unsigned)(c - 'a');
			else if (c >= 'A' && c <= 'Z')
				digit = (unsigned)(c - 'A');
			else if (c >= '2' && c <= '7')
				digit = (unsigned)(c - '2') + 26;
			else
				return false;
			v = v << 5 | digit;
		}
		for (size_t j = 0; j < 5; j++)
			*out++ = (unsigned char)(v >> (32 - 8 * j));
	}
	return true;
}

/* The domain string with its NUL, the fields at their fixed length, the address last: no two inputs look the same. */
static bool
mac_of(const void *key, size_t keylen, const unsigned char fields[FIELD_BYTES], const char *address,
    unsigned char out[DIGEST_BYTES])
{
	AUTO_BUF struct buf b;

	buf_init(&b, sizeof(domain) + FIELD_BYTES + ADDRESS_BYTES);
	buf_add(&b, domain, sizeof(domain));
	buf_add(&b, fields, FIELD_BYTES);
	buf_puts(&b, address);
	if (b.over)
		return false;
	text_lower_ascii(b.data + sizeof(domain) + FIELD_BYTES);
	digest_hmac(key, keylen, b.data, b.len, out);
	return true;
}

void
token_make(const void *key, size_t keylen, const struct token *t, const char *person_address, char out[TOKEN_TEXT])
{
	unsigned char bytes[TOKEN_BYTES], mac[DIGEST_BYTES];

	bytes[0] = TOKEN_VERSION;
	bytes[1] = (unsigned char)t->purpose;
	put32(bytes + 2, t->escalation);
	put32(bytes + 6, t->person);
	if (!mac_of(key, keylen, bytes, person_address, mac))
		random_bytes(mac, sizeof(mac)); /* such an address is nobody's: a token that never verifies */
	memcpy(bytes + FIELD_BYTES, mac, MAC_BYTES);
	encode(bytes, out);
}

bool
token_read(const char *text, size_t len, struct token *out)
{
	unsigned char bytes[TOKEN_BYTES];
	struct token t;

	if (!decode(text, len, bytes))
		return false;
	t = (struct token){ bytes[0], (char)bytes[1], get32(bytes + 2), get32(bytes + 6) };
	if (t.version != TOKEN_VERSION)
		return false;
	if (t.purpose != TOKEN_REPLY && t.purpose != TOKEN_FILING && t.purpose != TOKEN_BOUNCE && t.purpose != TOKEN_HANDOVER &&
	    t.purpose != TOKEN_NOTICE)
		return false;
	*out = t;
	return true;
}

bool
token_verify(const void *key, size_t keylen, const char *text, size_t len, const char *person_address)
{
	unsigned char bytes[TOKEN_BYTES], mac[DIGEST_BYTES];
	struct token t;

	if (!token_read(text, len, &t) || !decode(text, len, bytes))
		return false;
	if (!mac_of(key, keylen, bytes, person_address, mac))
		return false;
	return digest_equal(mac, bytes + FIELD_BYTES, MAC_BYTES);
}

bool
token_in_address(const char *address, const char *own_template, char out[TOKEN_TEXT])
{
	const char *mark = strstr(own_template, "%t");
	char text[TOKEN_TEXT];
	struct token t;
	size_t before, i;

	if (mark == NULL)
		return false;
	before = (size_t)(mark - own_template);
	if (strlen(address) != before + TOKEN_CHARS + strlen(mark + 2))
		return false;
	if (!text_equal_nocase(address + before + TOKEN_CHARS, mark + 2))
		return false;
	for (i = 0; i < before; i++) {
		char a[2] = { address[i], '\0' }, b[2] = { own_template[i], '\0' };

		if (!text_equal_nocase(a, b))
			return false;
	}
	if (!token_read(address + before, TOKEN_CHARS, &t))
		return false;
	memcpy(text, address + before, TOKEN_CHARS);
	text[TOKEN_CHARS] = '\0';
	text_lower_ascii(text);
	memcpy(out, text, TOKEN_TEXT);
	return true;
}

bool
token_address(const char *own_template, const char *text, char *out, size_t room)
{
	const char *mark = strstr(own_template, "%t");
	int len;

	if (mark == NULL)
		return false;
	len = snprintf(out, room, "%.*s%s%s", (int)(mark - own_template), own_template, text, mark + 2);
	return len >= 0 && (size_t)len < room;
}

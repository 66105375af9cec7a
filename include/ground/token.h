/* token.h - the few characters in a reply address that say which case and which person it was made for.
 *
 * 32 characters of base32 (RFC 4648's alphabet in lower case, no padding; read in any case, because mail servers and
 * people change it): 10 bytes of fields, then 10 bytes of HMAC-SHA256 over the fields and the person's address, so
 * that a token that leaks is worth nothing for anybody else. The key is the case's own (stage/desk.h): a number that
 * is given again after a restore takes no old token over. It proves that we made it; it gives no authority by itself.
 */
#ifndef ESCRELAY_GROUND_TOKEN_H
#define ESCRELAY_GROUND_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_CHARS   32
#define TOKEN_TEXT    (TOKEN_CHARS + 1)
#define TOKEN_VERSION 1

/* What an address was made for: */
#define TOKEN_REPLY  'r' /* the reply of a party */
#define TOKEN_FILING 'f' /* a team's answer to a filing; escalation is the filing's number then */
#define TOKEN_BOUNCE 'b' /* an envelope sender: of what servers say about a letter */
#define TOKEN_HANDOVER 'h' /* an engineer's answer when his rotation has ended; escalation is the day of its end, 20261214 */
#define TOKEN_NOTICE   'n' /* his answer to the notice of one that begins; escalation is the day of its beginning */

struct token {
	unsigned version;    /* TOKEN_VERSION; token_make writes that, whatever stands here */
	char     purpose;
	uint32_t escalation;
	uint32_t person;     /* the store's number of the person */
};

/* The text of a token. person_address (in any case) is bound into it. */
void token_make(const void *key, size_t keylen, const struct token *t, const char *person_address,
    char out[TOKEN_TEXT]);

/* What a text of len characters claims: shape, version and purpose only. False: no token. Believe nothing of it before
 * token_verify. */
bool token_read(const char *text, size_t len, struct token *out);

/* True where we made this text, with this key, for this person's address. In constant time as to the key. */
bool token_verify(const void *key, size_t keylen, const char *text, size_t len, const char *person_address);

/* Finds the token in an address that was made from own_template ("escalations+%t@example.com"; ASCII case does not
 * count): out gets it in lower case. False: not such an address, or what stands there has not the shape of a token. */
bool token_in_address(const char *address, const char *own_template, char out[TOKEN_TEXT]);

/* The address for a token: own_template with %t replaced. False where there is no %t or it does not fit. */
bool token_address(const char *own_template, const char *text, char *out, size_t room);

#endif

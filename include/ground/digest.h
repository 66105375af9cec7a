/* digest.h - SHA-256, HMAC and random bytes (GnuTLS's own). */
#ifndef ESCRELAY_GROUND_DIGEST_H
#define ESCRELAY_GROUND_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_BYTES 32
#define DIGEST_HEX   65

struct digest;                                      /* SHA-256 in progress */
struct digest *digest_new(void);
void digest_add(struct digest *d, const void *bytes, size_t len);
void digest_end(struct digest *d, unsigned char out[DIGEST_BYTES]); /* frees d */

void digest_of(const void *bytes, size_t len, unsigned char out[DIGEST_BYTES]);
void digest_hmac(const void *key, size_t keylen, const void *bytes, size_t len, unsigned char out[DIGEST_BYTES]);
void digest_hex(const unsigned char *bytes, size_t len, char *out); /* 2 * len digits and a NUL */
bool digest_equal(const void *a, const void *b, size_t len);        /* in constant time */
void random_bytes(void *out, size_t len);                            /* ends the process if the system has none */

#endif

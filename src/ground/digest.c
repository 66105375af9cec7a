/* digest.c - see digest.h. The one room that asks GnuTLS for hashes and random bytes. */
#include "ground/digest.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>

#include "ground/mem.h"

struct digest {
	gnutls_hash_hd_t hash;
};

/* None of these can fail on a sound system; on another (a self test of the library's failed, no random source) there is
 * nothing sensible left to do, and going on without would be the dangerous choice. */
static void
must(int rc, const char *what)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "escrelay: %s: %s\n", what, gnutls_strerror(rc));
	abort();
}

struct digest *
digest_new(void)
{
	struct digest *d = xmalloc(sizeof(*d));

	must(gnutls_hash_init(&d->hash, GNUTLS_DIG_SHA256), "SHA-256");
	return d;
}

void
digest_add(struct digest *d, const void *bytes, size_t len)
{
	if (len > 0)
		must(gnutls_hash(d->hash, bytes, len), "SHA-256");
}

void
digest_end(struct digest *d, unsigned char out[DIGEST_BYTES])
{
	gnutls_hash_deinit(d->hash, out);
	free(d);
}

void
digest_of(const void *bytes, size_t len, unsigned char out[DIGEST_BYTES])
{
	must(gnutls_hash_fast(GNUTLS_DIG_SHA256, len > 0 ? bytes : "", len, out), "SHA-256");
}

void
digest_hmac(const void *key, size_t keylen, const void *bytes, size_t len, unsigned char out[DIGEST_BYTES])
{
	must(gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, keylen, len > 0 ? bytes : "", len, out), "HMAC");
}

void
digest_hex(const unsigned char *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

bool
digest_equal(const void *a, const void *b, size_t len)
{
	return gnutls_memcmp(a, b, len) == 0;
}

void
random_bytes(void *out, size_t len)
{
	must(gnutls_rnd(GNUTLS_RND_KEY, out, len), "random bytes");
}

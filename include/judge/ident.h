/* ident.h - the identity of a mail under which it is acted on once.
 *
 * SHA-256 over the mail without its trace fields (Received, Return-Path, Delivered-To, Authentication-Results,
 * signatures, spam marks …): two deliveries of one mail, by two aliases or after a restored mailbox, are the same; the same
 * Message-ID over other content is another mail (Message-IDs are not unique, RFC 5322 3.6.4 or not). Push: the mail may come
 * in any pieces.
 */
#ifndef ESCRELAY_JUDGE_IDENT_H
#define ESCRELAY_JUDGE_IDENT_H

#include <stdbool.h>
#include <stddef.h>

#include "ground/digest.h"

struct ident {
	struct digest *digest;
	char name[40]; size_t namelen;  /* of the field that is being read */
	bool body, at_line_start, in_name, skipping, empty_line;
};

void ident_begin(struct ident *i);
void ident_add(struct ident *i, const char *bytes, size_t len);
void ident_end(struct ident *i, unsigned char out[DIGEST_BYTES]);

#endif

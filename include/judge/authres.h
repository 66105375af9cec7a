/* authres.h - what our own border server found out about a mail's sender (RFC 8601).
 *
 * Pure. Only one field counts: the topmost whose authserv-id is the pinned one. Everything below it, and every field of
 * somebody else, may have been written by the sender. A field that is not well-formed proves nothing.
 *
 * The values must be RAW: folded or unfolded, comments and all, but with encoded words NOT decoded. Parts of them come
 * from the sender (smtp.mailfrom=...), and a decoder would turn =?utf-8?q?x;_dmarc=3Dpass...?= into words of the server.
 */
#ifndef ESCRELAY_JUDGE_AUTHRES_H
#define ESCRELAY_JUDGE_AUTHRES_H

#include <stddef.h>

#define AUTHRES_FIELD_BYTES   (64u * 1024u)
#define AUTHRES_RESULTS_MAX   100
#define AUTHRES_COMMENT_DEPTH 16
#define AUTHRES_WHY           400

enum auth_verdict {
	AUTHRES_NONE,  /* nothing is proven, nor disproven */
	AUTHRES_FAIL,  /* the server says that it is not so */
	AUTHRES_PASS,  /* the From domain is proven */
};

/* fields: values of all Authentication-Results fields of the outermost header, from the top. from_domain: of the one From
 * mailbox. why gets one printable sentence for the trace and for the challenge, always.
 *
 * Passes: dmarc=pass whose header.from is from_domain or a parent of it; or, where the server gives no dmarc result or
 * says dmarc=none (the domain publishes no policy), dkim=pass whose header.d (else header.i) is from_domain or a
 * parent of it. A parent has at least two labels. */
enum auth_verdict authres_judge(const char *const *fields, size_t n, const char *authserv_id, const char *from_domain,
    char why[AUTHRES_WHY]);

const char *auth_verdict_word(enum auth_verdict v); /* "none", "fail", "pass" */

#endif

/* imap_words.h - the few words of IMAP that we write and read ourselves.
 *
 * Only UIDs and configured names ever become arguments, and nothing with CR, LF, NUL or any other control
 * character does: the library would send it as it is. Pure.
 */
#ifndef ESCRELAY_EDGE_IMAP_WORDS_H
#define ESCRELAY_EDGE_IMAP_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/imap.h"

struct buf;

/* "3,5:7,9": runs of consecutive UIDs become ranges. uids are ascending. */
void imap_words_set(struct buf *b, const uint32_t *uids, size_t n);

/* A quoted string. False: not possible, for it holds a control character or a byte over 0x7e. */
bool imap_words_quoted(struct buf *b, const char *s);

/* A folder's name (UTF-8) as modified UTF-7 (RFC 3501 5.1.3) in quotes; each '/' becomes delimiter if that is
 * not '\0'. False: not valid UTF-8, empty, or with a control character. */
bool imap_words_folder(struct buf *b, const char *name, char delimiter);

bool imap_words_is_keyword(const char *s);      /* may be sent as a flag */
void imap_words_base64(struct buf *b, const char *bytes, size_t len);

/* A status line taken apart: "a1 NO [AUTHENTICATIONFAILED] wrong" or "* BYE gone". */
enum imap_condition { COND_NONE, COND_OK, COND_NO, COND_BAD, COND_BYE };
struct imap_reply {
	enum imap_condition condition;
	char code[64];                /* first word in the brackets, or "" */
	const char *text;
};
struct imap_reply imap_words_reply(const char *line);

/* What a refusal means (RFC 5530); otherwise: what it means when it carries no known code. */
enum imap_status imap_words_class(const struct imap_reply *reply, enum imap_status otherwise);

/* True where text holds the secret, or ends with a beginning of it that a cut may have left. */
bool imap_words_leaks(const char *text, const char *secret);

#endif

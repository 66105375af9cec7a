/* address.h - mail addresses that may go on a wire.
 *
 * The only judge of what an address is before it reaches SMTP, a header or the store:
 * RFC 5321 Mailbox with a dot-atom local part (quoted local parts are refused: nobody
 * real has one, and they carry attacks), no control, blank, <, >, or 8-bit byte (no SMTPUTF8),
 * local part <= 64, whole <= 254 octets, domain of LDH labels.
 */
#ifndef ESCRELAY_GROUND_ADDRESS_H
#define ESCRELAY_GROUND_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#define ADDRESS_MAX       254
#define ADDRESS_LOCAL_MAX 64

enum address_fault { ADDRESS_OK, ADDRESS_EMPTY, ADDRESS_TOO_LONG, ADDRESS_NO_AT, ADDRESS_LOCAL, ADDRESS_DOMAIN, ADDRESS_BYTE };

enum address_fault address_check(const char *s);      /* NULL is ADDRESS_EMPTY */
const char        *address_fault_words(enum address_fault f); /* "has no @" */

/* Lower-cases the domain, and the local part too for comparing: a key for equality. out has room for
 * ADDRESS_MAX + 1; false if it is no address. */
bool address_key(const char *s, char *out);
bool address_equal(const char *a, const char *b);     /* by key; false if either is none */

/* True where the domain of address is domain or below it ("eu.example.com" is below "example.com"). */
bool address_in_domain(const char *address, const char *domain);

/* True where s is what may stand behind an @: labels of letters, digits and inner hyphens, joined by
 * single dots, no label over 63 octets, 253 in all. One label alone ("localhost") is a domain too. NULL is none. */
bool address_domain_valid(const char *s);

#endif

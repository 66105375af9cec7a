/* address.c - see address.h. */
#include "ground/address.h"

#include <string.h>

#include "ground/text.h"

#define DOMAIN_MAX 253
#define LABEL_MAX  63

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 5322 atext. */
static bool
is_atext(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
local_valid(const char *s, size_t len)
{
	if (len == 0 || len > ADDRESS_LOCAL_MAX || s[0] == '.' || s[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_atext(s[i]) && (s[i] != '.' || s[i + 1] == '.'))
			return false;
	return true;
}

bool
address_domain_valid(const char *s)
{
	size_t label = 0, i = 0;

	if (s == NULL)
		return false;
	for (; s[i] != '\0'; i++) {
		if (i >= DOMAIN_MAX)
			return false;
		if (s[i] == '.') {
			if (label == 0 || s[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if ((!is_alnum(s[i]) && s[i] != '-') || (s[i] == '-' && label == 0) || ++label > LABEL_MAX)
			return false;
	}
	return label > 0 && s[i - 1] != '-';
}

enum address_fault
address_check(const char *s)
{
	const char *at;
	size_t len;

	if (s == NULL || *s == '\0')
		return ADDRESS_EMPTY;
	len = strnlen(s, ADDRESS_MAX + 1);
	for (size_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~' || s[i] == '<' || s[i] == '>') /* char may be signed: 8-bit is < ' ' then */
			return ADDRESS_BYTE;
	if (len > ADDRESS_MAX)
		return ADDRESS_TOO_LONG;
	if ((at = strrchr(s, '@')) == NULL)
		return ADDRESS_NO_AT;
	if (!local_valid(s, (size_t)(at - s)))
		return ADDRESS_LOCAL;
	return address_domain_valid(at + 1) ? ADDRESS_OK : ADDRESS_DOMAIN;
}

const char *
address_fault_words(enum address_fault f)
{
	switch (f) {
	case ADDRESS_OK:
		return "is an address";
	case ADDRESS_EMPTY:
		return "is empty";
	case ADDRESS_TOO_LONG:
		return "is longer than 254 characters";
	case ADDRESS_NO_AT:
		return "has no @";
	case ADDRESS_LOCAL:
		return "has no valid name before the @";
	case ADDRESS_DOMAIN:
		return "has no valid domain after the @";
	case ADDRESS_BYTE:
		return "holds a character that no address may have";
	}
	return "is no address";
}

bool
address_key(const char *s, char *out)
{
	size_t len;

	if (address_check(s) != ADDRESS_OK)
		return false;
	len = strlen(s);
	memcpy(out, s, len + 1);
	text_lower_ascii(out);
	return true;
}

bool
address_equal(const char *a, const char *b)
{
	return address_check(a) == ADDRESS_OK && address_check(b) == ADDRESS_OK && text_equal_nocase(a, b);
}

bool
address_in_domain(const char *address, const char *domain)
{
	size_t ld, la;
	const char *host;

	if (address_check(address) != ADDRESS_OK || !address_domain_valid(domain))
		return false;
	host = strrchr(address, '@') + 1;
	la = strlen(host);
	ld = strlen(domain);
	return la >= ld && text_equal_nocase(host + la - ld, domain) && (la == ld || host[la - ld - 1] == '.');
}

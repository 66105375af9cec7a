/* Goal: the judge of addresses lets nothing through that could break out of a line, and no list of addresses, in a header or
 * as clients print it, brings its readers down. */
#include "fuzz_text.h"

#include <stdio.h>

#include "ground/address.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *text = utf8_clean(a, (const char *)data, size, 1 << 20), *found;
	char *raw = arena_strndup(a, (const char *)data, size), key[ADDRESS_MAX + 1], again[ADDRESS_MAX + 1];
	AUTO_BUF struct buf mail;
	struct people people = { 0 };
	struct message *m;
	size_t len;

	BUG_ON(address_fault_words(address_check(raw)) == NULL);
	if (address_check(raw) == ADDRESS_OK) {
		BUG_ON(!address_key(raw, key) || !address_key(key, again) || strcmp(key, again) != 0 || !address_equal(raw, key));
		BUG_ON(strlen(raw) > ADDRESS_MAX || strpbrk(raw, " <>\"\r\n\t,;:()") != NULL || !address_domain_valid(strrchr(raw, '@') + 1));
		for (const char *p = raw; *p != '\0'; p++)
			BUG_ON(*p <= ' ' || *p > '~');
	}
	found = find_address(text, text + strlen(text), &len);
	BUG_ON(found != NULL && (found < text || found + len > text + strlen(text) || memchr(found, '@', len) == NULL));
	people_of_text(a, text, &people);
	fuzz_are_people(&people);
	buf_init(&mail, 4u << 20);
	buf_puts(&mail, "From: ");
	buf_add(&mail, data, size);
	buf_puts(&mail, "\nTo: ");
	buf_add(&mail, data, size);
	buf_puts(&mail, "\n\ntext\n");
	m = message_understand(a, mail.data, mail.len, NULL);
	fuzz_is_text(m->from.address);
	fuzz_are_people(&m->to);
	return 0;
}

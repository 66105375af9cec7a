/* Goal: no field, however forged, makes the reader of Authentication-Results read outside it, hang, or believe a field that is not
 * our server's. Input: fields, a zero byte between them. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ground/log.h"
#include "judge/authres.h"

#define FIELDS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + 1), why[AUTHRES_WHY];
	const char *fields[FIELDS_MAX];
	size_t n = 0;
	enum auth_verdict v;

	if (bytes == NULL)
		return 0;
	if (size > 0)
		memcpy(bytes, data, size);
	bytes[size] = '\0';
	for (size_t at = 0; at <= size && n < FIELDS_MAX; at += strlen(fields[n++]) + 1)
		fields[n] = bytes + at;
	v = authres_judge(fields, n, "mx.example.com", "example.com", why);
	BUG_ON(strlen(why) == 0 || strlen(why) >= AUTHRES_WHY);
	for (const char *p = why; *p != '\0'; p++)
		BUG_ON(*p < 0x20 || *p > 0x7e);
	/* Whatever passes names both the server and the domain. */
	if (v == AUTHRES_PASS) {
		bool server = false, domain = false;

		for (size_t i = 0; i < n; i++) {
			server = server || strcasestr(fields[i], "mx.example.com") != NULL || strchr(fields[i], '"') != NULL;
			domain = domain || strcasestr(fields[i], "example.com") != NULL || strchr(fields[i], '"') != NULL;
		}
		BUG_ON(!server || !domain);
	}
	free(bytes);
	return 0;
}

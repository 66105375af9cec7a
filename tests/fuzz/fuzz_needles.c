/* fuzz_needles.c - Goal: no pattern, however written, matches a text that has none of what the pattern is said to need.
 *
 * Input: flags and a line end, the pattern and a line end, the text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/needles.h"
#include "ground/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *s = (const char *)data, *first = size > 0 ? memchr(s, '\n', size) : NULL;
	const char *second = first != NULL ? memchr(first + 1, '\n', size - (size_t)(first + 1 - s)) : NULL;
	struct literals l = { .n = 0 };
	struct needles *n = needles_new(a);
	const char *flags, *text;
	struct regex *re;
	size_t len;
	bool there;

	if (second == NULL || first - s > 4)
		return 0;
	flags = arena_strndup(a, s, (size_t)(first - s));
	text = second + 1;
	len = size - (size_t)(text - s);
	re = regex_compile(first + 1, (size_t)(second - first - 1), flags, NULL);
	if (re != NULL && literals_required(first + 1, (size_t)(second - first - 1), flags, &l)) {
		for (size_t i = 0; i < l.n; i++)
			needles_add(n, &l.v[i]);
		needles_ready(n);
		there = *needles_find(n, a, text, len) != 0;
		if (!there && regex_search(re, text, len, 0, NULL) == REGEX_YES)
			abort();
	}
	regex_free(re);
	return 0;
}

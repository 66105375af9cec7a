/* mail_words.c - looking words up in the tables. */
#include "judge/mail_words.h"

#include <string.h>

#include "ground/text.h"

#define PATTERN_MAX 200

/* True where s cannot end as the pattern does. */
static bool
ends_otherwise(const char *pattern, size_t len, const char *s, size_t slen)
{
	size_t tail = 0;

	while (tail < len && pattern[len - 1 - tail] != '*' && pattern[len - 1 - tail] != '?')
		tail++;
	return tail > slen || memcmp(pattern + len - tail, s + slen - tail, tail) != 0;
}

bool
words_have(const char *list, const char *word, size_t len)
{
	while (list != NULL && *list != '\0') {
		const char *bar = strchrnul(list, '|');

		if ((size_t)(bar - list) == len && memcmp(list, word, len) == 0)
			return true;
		list = *bar == '|' ? bar + 1 : bar;
	}
	return false;
}

const struct mail_words *
words_match(const struct mail_words *rows, size_t n, const char *s)
{
	char pattern[PATTERN_MAX];
	size_t slen = strlen(s);

	for (size_t i = 0; i < n; i++)
		for (const char *p = rows[i].words; *p != '\0';) {
			const char *bar = strchrnul(p, '|');
			size_t len = (size_t)(bar - p);

			/* A glance at the ends of the pattern mostly spares the rest. */
			if (len < PATTERN_MAX && (*p == '*' || *p == *s) && !ends_otherwise(p, len, s, slen)) {
				memcpy(pattern, p, len);
				pattern[len] = '\0';
				if (text_glob(pattern, s))
					return &rows[i];
			}
			p = *bar == '|' ? bar + 1 : bar;
		}
	return NULL;
}

const char *
words_find(const struct mail_words *rows, size_t n, const char *s, const char **end)
{
	const char *best = NULL;
	size_t slen = strlen(s);

	for (size_t i = 0; i < n; i++)
		for (const char *p = rows[i].words; *p != '\0';) {
			const char *bar = strchrnul(p, '|');
			size_t len = (size_t)(bar - p);
			const char *at = memmem(s, slen, p, len);

			if (at != NULL && (best == NULL || at < best)) {
				best = at;
				*end = at + len;
				slen = (size_t)(at - s) + len; /* only earlier ones matter now */
			}
			p = *bar == '|' ? bar + 1 : bar;
		}
	return best;
}

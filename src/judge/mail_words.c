/* mail_words.c - looking words up in the tables. */
#include "judge/mail_words.h"

#include <limits.h>
#include <string.h>

#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"

#define PATTERN_MAX 200
#define INDEXES_MAX 16   /* tables that words_match() is asked about */
#define HASH_SLOTS  8192 /* for the header words: a power of two, several times their number */

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

/* The alternatives of a table by their first byte, made when the table is first asked. */
struct entry { const char *pattern; size_t len; const struct mail_words *row; };
struct index { const struct mail_words *rows; struct entry *v; size_t from[UCHAR_MAX + 2]; };

static const struct index *
index_of(const struct mail_words *rows, size_t n)
{
	static struct index indexes[INDEXES_MAX];
	size_t at = 0, total = 0, fill[UCHAR_MAX + 1];
	struct index *ix;

	while (at < INDEXES_MAX && indexes[at].rows != NULL && indexes[at].rows != rows)
		at++;
	BUG_ON(at == INDEXES_MAX);
	ix = &indexes[at];
	if (ix->rows != NULL)
		return ix;
	for (size_t i = 0; i < n; i++)
		for (const char *p = rows[i].words; *p != '\0'; p += strcspn(p, "|"), p += *p == '|') {
			ix->from[(unsigned char)*p + 1]++;
			total++;
		}
	for (size_t c = 1; c <= UCHAR_MAX + 1; c++)
		ix->from[c] += ix->from[c - 1];
	memcpy(fill, ix->from, sizeof(fill));
	ix->v = xcalloc(total, sizeof(*ix->v));
	for (size_t i = 0; i < n; i++)
		for (const char *p = rows[i].words; *p != '\0'; p += strcspn(p, "|"), p += *p == '|')
			ix->v[fill[(unsigned char)*p]++] = (struct entry){ p, strcspn(p, "|"), &rows[i] };
	ix->rows = rows;
	return ix;
}

const struct mail_words *
words_match(const struct mail_words *rows, size_t n, const char *s)
{
	const struct index *ix = index_of(rows, n);
	const unsigned char starts[] = { (unsigned char)*s, '*' };
	char pattern[PATTERN_MAX];
	size_t slen = strlen(s);

	for (size_t k = 0; k < COUNT(starts); k++)
		for (size_t i = ix->from[starts[k]]; i < ix->from[starts[k] + 1]; i++) {
			const struct entry *e = &ix->v[i];

			if (e->len >= PATTERN_MAX || ends_otherwise(e->pattern, e->len, s, slen))
				continue;
			memcpy(pattern, e->pattern, e->len);
			pattern[e->len] = '\0';
			if (text_glob(pattern, s))
				return e->row;
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

static size_t
hash(const char *s, size_t len)
{
	size_t h = 1469598103u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h & (HASH_SLOTS - 1);
}

enum header_word
words_header(const char *word, size_t len)
{
	static struct slot { const char *word; size_t len; enum header_word kind; } *slots;
	size_t h;

	if (slots == NULL) {
		slots = xcalloc(HASH_SLOTS, sizeof(*slots));
		for (size_t i = 0; i < mail_header_words_count; i++)
			for (int k = 0; k < WORD_KINDS; k++)
				for (const char *p = mail_header_words[i].words[k]; *p != '\0'; p += strcspn(p, "|"), p += *p == '|') {
					size_t n = strcspn(p, "|");

					for (h = hash(p, n); slots[h].word != NULL && (slots[h].len != n || memcmp(slots[h].word, p, n) != 0);)
						h = (h + 1) & (HASH_SLOTS - 1);
					if (slots[h].word == NULL) /* the first language that uses a word says what it means */
						slots[h] = (struct slot){ p, n, (enum header_word)k };
				}
	}
	for (h = hash(word, len); slots[h].word != NULL; h = (h + 1) & (HASH_SLOTS - 1))
		if (slots[h].len == len && memcmp(slots[h].word, word, len) == 0)
			return slots[h].kind;
	return WORD_KINDS;
}

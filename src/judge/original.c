/* original.c - see original.h. */
#include "judge/original.h"

#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/thread.h"

#define TEXT_LEAST 40   /* letters: less may be a "thank you" that comes every day */
#define TEXT_MOST  600  /* behind that stand signatures and what a program adds */

/* Letters and digits alone; ASCII in lower case. */
static size_t
put_letters(struct buf *out, const char *s, size_t most)
{
	size_t n = 0;

	for (; *s != '\0' && n < most; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0xc3) { /* not the blanks and quotes of UTF-8 */
			buf_putc(out, (char)c);
			n++;
		}
	}
	return n;
}

struct clock_shown { int minute, second, year; };

/* "Mon, 2 Nov 2026 09:14:55 +0100", "2. November 2026 um 9:14", "11/2/2026 9:14 AM": minute, seconds (-1: not shown),
 * year. */
static bool
read_clock(const char *s, struct clock_shown *out)
{
	*out = (struct clock_shown){ .minute = -1, .second = -1, .year = -1 };
	while (*s != '\0') {
		size_t digits = strspn(s, "0123456789");
		int value = 0;

		if (digits == 0) {
			s++;
			continue;
		}
		for (size_t i = 0; i < digits && i < 6; i++)
			value = 10 * value + (s[i] - '0');
		if (digits == 4 && out->year < 0 && s[4] != ':')
			out->year = value;
		s += digits;
		if (out->minute < 0 && digits <= 2 && (*s == ':' || *s == '.') && strspn(s + 1, "0123456789") == 2 && s[3] != '.') {
			out->minute = 10 * (s[1] - '0') + (s[2] - '0');
			s += 3;
			if (*s == ':' && strspn(s + 1, "0123456789") == 2) {
				out->second = 10 * (s[1] - '0') + (s[2] - '0');
				s += 3;
			}
		}
	}
	return out->minute >= 0 && out->year >= 0;
}

bool
original_ident(const struct message *m, unsigned char out[DIGEST_BYTES])
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf b;
	struct clock_shown clock;
	char *from;
	size_t letters;

	buf_init(&b, 64 * 1024);
	if (m->forward == NULL || *m->forward->from.address == '\0' || m->forward->date == NULL ||
	    !read_clock(m->forward->date, &clock))
		return false;
	from = arena_strdup(a, m->forward->from.address);
	text_lower_ascii(from);
	buf_printf(&b, "%s\n", from);
	put_letters(&b, thread_subject(a, m->forward->subject != NULL ? m->forward->subject : ""), TEXT_MOST);
	buf_putc(&b, '\n');
	letters = put_letters(&b, m->forward->body != NULL ? m->forward->body : "", TEXT_MOST);
	digest_of(b.data, b.len, out);
	return letters >= TEXT_LEAST;
}

bool
original_same_date(const char *a, const char *b)
{
	struct clock_shown x, y;

	if (!read_clock(a, &x) || !read_clock(b, &y))
		return false;
	return x.minute == y.minute && x.year == y.year && (x.second < 0 || y.second < 0 || x.second == y.second);
}

/* reply_attribution.c - "On Mon, 23 Nov 2026, Ada wrote:" in all its forms. */
#include "judge/forward_parts.h"

#include <string.h>

#include "ground/text.h"

#define SPAN_MAX   6   /* lines */
#define JOINED_MAX 500 /* bytes */

static const char *const days_and_months[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr", "may", "jun",
	"jul", "aug", "sep", "oct", "nov", "dec" };

/* True where the line may be the last of an attribution: a colon, or the dashes of "---- … wrote ----". */
static bool
may_end(const struct qline *l)
{
	const char *end = l->bare.s + l->bare.len;

	if (l->blank || l->bare.len > JOINED_MAX)
		return false;
	while (end > l->bare.s && (end[-1] == '*' || end[-1] == ' ' || end[-1] == '_' || (end[-1] == '>' && end - 1 > l->bare.s && end[-2] == ':')))
		end--;
	if (end > l->bare.s && end[-1] == ':')
		return true;
	if (end - l->bare.s >= 3 && (memcmp(end - 3, "\xef\xbc\x9a", 3) == 0 || memcmp(end - 3, "---", 3) == 0))
		return true;
	return end - l->bare.s >= 4 && memcmp(end - 4, ":\xe2\x80\x8f", 4) == 0;
}

/* Lower-case, without what decorates its ends. */
static const char *
plain_form(struct arena *a, const char *joined)
{
	char *fold = text_fold(a, joined, strlen(joined));
	size_t len = strlen(fold);

	while (*fold != '\0' && strchr("-*_ >=~", *fold) != NULL)
		fold++, len--;
	while (len > 0) {
		if (strchr("-*_ >=~:", fold[len - 1]) != NULL)
			len--;
		else if (len >= 3 && (memcmp(fold + len - 3, "\xef\xbc\x9a", 3) == 0 || memcmp(fold + len - 3, "\xe2\x80\x8f", 3) == 0))
			len -= 3;
		else
			break;
	}
	fold[len] = '\0';
	return fold;
}

/* An address or the digits of a date: nobody writes those before a colon in prose. */
static bool
has_evidence(const char *s)
{
	size_t digits = 0;

	for (; *s != '\0'; s++) {
		if (*s == '@')
			return true;
		digits += *s >= '0' && *s <= '9';
	}
	return digits >= 3;
}

/* "2026-11-23 10:00 GMT+01:00 Ada <ada@x.y>:": a date and an address, no verb at all. */
static bool
is_date_and_address(const char *fold)
{
	size_t digits = 0, len = strlen(fold);
	const char *at = strchr(fold, '@');

	for (const char *p = fold; p < (at == NULL ? fold : at); p++)
		digits += *p >= '0' && *p <= '9';
	if (at == NULL || digits < 5 || len > 200)
		return false;
	while (*at != '\0' && *at != ' ' && *at != '>' && *at != ')')
		at++;
	at += strspn(at, ">) ");
	return *at == '\0' && fold[0] != '<' && strncmp(fold, "from ", 5) != 0 && strncmp(fold, "to ", 3) != 0;
}

static const char *
join(const struct qtext *t, size_t from, size_t to)
{
	AUTO_BUF struct buf b;

	buf_init(&b, JOINED_MAX + SPAN_MAX);
	for (size_t i = from; i <= to; i++) {
		/* Marks within are no quote: "<ada@x.y\n> wrote:" */
		struct line l = i == from ? t->v[i].bare : line_trim(t->v[from].depth == 0 ? t->v[i].raw : t->v[i].bare);

		if (b.len > 0 && l.len > 0)
			buf_putc(&b, ' ');
		buf_add(&b, l.s, l.len);
	}
	return b.over ? NULL : arena_strndup(t->a, b.data, b.len);
}

enum match { MATCH_NO, MATCH_ANY, MATCH_FROM_START };

static enum match
match(struct arena *a, const char *joined, bool *evidence)
{
	const char *form = plain_form(a, joined);
	const struct mail_words *row;

	*evidence = has_evidence(form);
	if (*form == '\0')
		return MATCH_NO;
	if ((row = words_match(mail_attributions, mail_attributions_count, form)) != NULL) {
		/* Which of the row's patterns it was decides; those from the start name their first word. */
		for (const char *p = row->words; *p != '\0';) {
			const char *bar = strchrnul(p, '|');
			char pattern[200];
			size_t len = (size_t)(bar - p);

			if (*p != '*' && len < sizeof(pattern)) {
				memcpy(pattern, p, len);
				pattern[len] = '\0';
				if (text_glob(pattern, form))
					return MATCH_FROM_START;
			}
			p = *bar == '|' ? bar + 1 : bar;
		}
		return MATCH_ANY;
	}
	return is_date_and_address(form) ? (form[0] >= '0' && form[0] <= '9' ? MATCH_FROM_START : MATCH_ANY) : MATCH_NO;
}

static bool
has_digit(struct line l)
{
	for (size_t i = 0; i < l.len; i++)
		if (l.s[i] >= '0' && l.s[i] <= '9')
			return true;
	return false;
}

/* "Thanks! On Wed, Apr 4, 2012, Ada wrote:": where the attribution begins within the line, 0 at its start. */
static size_t
shared_line(struct arena *a, const char *joined)
{
	for (const char *p = joined; (p = strcasestr(p, "on ")) != NULL; p += 3) {
		bool dated = p[3] >= '0' && p[3] <= '9', evidence;

		if (p == joined)
			return 0;
		if (p[-1] != ' ' && p[-1] != '-' && p[-1] != '.')
			continue;
		for (size_t i = 0; i < COUNT(days_and_months) && !dated; i++)
			dated = text_starts_nocase(p + 3, days_and_months[i]);
		if (dated && match(a, p, &evidence) == MATCH_FROM_START && evidence) {
			while (p > joined && (p[-1] == '-' || p[-1] == ' '))
				p--;
			return (size_t)(p - joined);
		}
	}
	return 0;
}

/* The attribution that ends at line e, marked at its first line. */
static void
mark_ending(struct qtext *t, size_t e)
{
	size_t start = t->n, blanks = 0, next = qtext_next(t, e + 1);
	const char *form = NULL;
	bool quoted_follows = next < t->n && t->v[next].depth > t->v[e].depth;

	for (size_t s = e + 1; s-- > 0 && e - s < SPAN_MAX;) {
		const char *joined;
		enum match m;
		bool evidence;

		if (t->v[s].blank) {
			if (++blanks > 1)
				break;
			continue;
		}
		if (t->v[s].attribution > 0 || t->v[s].bare.len > JOINED_MAX || (s < e && may_end(&t->v[s])) || t->v[s].depth > t->v[e].depth)
			break;
		if ((joined = join(t, s, e)) == NULL)
			break;
		if (!has_evidence(joined) && !(quoted_follows && s == e))
			continue;
		m = match(t->a, joined, &evidence);
		if (m == MATCH_NO || (!evidence && !(quoted_follows && s == e)))
			continue;
		if (m == MATCH_FROM_START && (s == e || has_digit(t->v[s].bare))) {
			start = s;
			form = joined;
			break;
		}
		if (m == MATCH_ANY && start == t->n && blanks == 0) {
			start = s;
			form = joined;
		} else if (m == MATCH_ANY && s + 1 == start && blanks == 0 && (strchr("<(\"[", *t->v[start].bare.s) != NULL ||
		    strchr("<(,", t->v[s].bare.s[t->v[s].bare.len - 1]) != NULL)) {
			start = s; /* the name stands on the line before the address */
			form = joined;
		}
	}
	if (start == t->n)
		return;
	t->v[start].attribution = (unsigned)(e - start) + 1;
	t->v[start].shared = start == e ? shared_line(t->a, form) : 0;
	t->v[start].attributed = form + t->v[start].shared;
}

/* "2011/4/7 Ada <ada@x.y>" right above a quote: some clients know no colon either. */
static bool
quote_follows(const struct qtext *t, size_t i)
{
	const struct qline *l = &t->v[i];
	size_t next;

	if (l->blank || l->bare.len > 200 || l->bare.s[l->bare.len - 1] != '>' || !is_date_and_address(l->fold))
		return false;
	next = qtext_next(t, i + 1);
	return next < t->n && t->v[next].depth > l->depth;
}

void
attributions_mark(struct qtext *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (may_end(&t->v[i]) || quote_follows(t, i))
			mark_ending(t, i);
}

/* A word of a name: no digit, no lower-case beginning, not the end of something. */
static bool
is_name_word(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((s[i] >= '0' && s[i] <= '9') || s[i] == '@')
			return false;
	return len > 0 && s[len - 1] != ',' && s[len - 1] != ':' && !(s[0] >= 'a' && s[0] <= 'z');
}

void
attribution_read(struct arena *a, const char *attributed, struct person *who, const char **date)
{
	size_t len = 0;
	const char *end = attributed + strlen(attributed), *at = find_address(attributed, end, &len), *from, *last = NULL, *first = NULL;
	struct people people = { 0 };

	*who = (struct person){ "", "" };
	*date = NULL;
	from = at == NULL ? attributed : at;
	if (at != NULL) {
		while (from > attributed && strchr("<([ ", from[-1]) != NULL)
			from--;
		if (from - attributed >= 7 && text_starts_nocase(from - 7, "mailto:"))
			from -= 7;
		while (from > attributed && strchr("<([ ", from[-1]) != NULL)
			from--;
		if (from > attributed && (from[-1] == '"' || (unsigned char)from[-1] == 0x9d || (unsigned char)from[-1] == 0x9c)) {
			const char *q = from - 1;

			while (q > attributed && q[-1] != '"' && !((unsigned char)q[-1] == 0x9e && (unsigned char)q[-2] == 0x80) &&
			    !((unsigned char)q[-1] == 0x9c && q + 1 < from && (unsigned char)q[-2] == 0x80))
				q--;
			from = q;
		} else
			for (;;) {
				const char *word = from;

				while (word > attributed && word[-1] == ' ')
					word--;
				const char *word_end = word;
				while (word > attributed && word[-1] != ' ')
					word--;
				if (!is_name_word(word, (size_t)(word_end - word)))
					break;
				from = word;
				if (word == attributed)
					break;
			}
		people_of_text(a, arena_strndup(a, from, (size_t)(at + len - from)), &people);
		if (people.n > 0)
			*who = people.v[people.n - 1];
	}
	/* The date: from the first to the last digit outside of the name and the address. */
	for (const char *p = attributed; p < end; p++) {
		if (at != NULL && p >= from && p < at + len)
			continue;
		if (*p >= '0' && *p <= '9') {
			if (first == NULL)
				first = p;
			if (at == NULL || (p < from) == (first < from))
				last = p;
		}
	}
	if (first != NULL)
		*date = arena_strndup(a, first, (size_t)(last - first) + 1);
}

/* kind_away.c - out-of-office notices, and the day that they name. */
#include <string.h>
#include <strings.h>

#include "ground/text.h"
#include "judge/mail_words.h"
#include "judge/message_inside.h"

#define TEXT_MAX  4000 /* bytes of a notice that are read */
#define WEEKDAY_MAX 20 /* bytes of the name of one */
#define NEAR      40   /* bytes between "until" and the first digit or month */

struct day { int year, month, day; }; /* year 0: not said */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *
number(const char *p, int *n, int digits)
{
	const char *from = p;

	for (*n = 0; is_digit(*p) && p - from < digits; p++)
		*n = *n * 10 + (*p - '0');
	return p > from && !is_digit(*p) ? p : NULL;
}

static bool
is_valid(const struct day *d)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return d->month >= 1 && d->month <= 12 && d->day >= 1 && d->day <= days[d->month - 1] && (d->year == 0 || (d->year >= 1990 && d->year <= 2200));
}

static int
full_year(int y)
{
	return y < 100 ? 2000 + y : y;
}

/* The month whose name stands at p, and where it ends; the longest name of all languages wins. */
static int
month_at(const char *p, const char **end)
{
	int best = 0;
	size_t longest = 0;

	for (size_t i = 0; i < mail_month_names_count; i++) {
		int month = 1;

		for (const char *w = mail_month_names[i].words; *w != '\0';) {
			size_t len = strcspn(w, "|,");
			unsigned char next;

			if (len > longest && strncmp(p, w, len) == 0) {
				next = (unsigned char)p[len];
				if (!(next >= 'a' && next <= 'z') && (next < 0x80 || len > 6)) {
					longest = len;
					best = month;
					*end = p + len;
				}
			}
			if (w[len] == ',')
				month++;
			w += len + (w[len] != '\0');
		}
	}
	return best;
}

static const char *
skip(const char *p, const char *words[], size_t n)
{
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < n; i++)
			if (strncmp(p, words[i], strlen(words[i])) == 0) {
				p += strlen(words[i]);
				again = true;
			}
	}
	return p;
}

/* A year after a day and a month, if one stands there. */
static const char *
year_after(const char *p, struct day *d)
{
	static const char *between[] = { " ", ",", ".", "de ", "del ", "of ", "г" };
	const char *q = skip(p, between, COUNT(between)), *r;
	int y;

	if ((r = number(q, &y, 4)) != NULL && r - q == 4 && y >= 1990 && y <= 2200) {
		d->year = y;
		return r;
	}
	return p;
}

/* 2026-11-23, 23.11.2026, 23/11, 11/23/2026, 11月23日 */
static const char *
numeric(const char *p, bool month_first, struct day *d)
{
	int a, b, c;
	const char *q = number(p, &a, 4), *r;
	char sep;

	if (q == NULL)
		return NULL;
	if (strncmp(q, "年", 3) == 0 || strncmp(q, "년", 3) == 0) {
		d->year = a;
		q += 3 + strspn(q + 3, " ");
		if ((q = number(q, &a, 2)) == NULL)
			return NULL;
	}
	if (strncmp(q, "月", 3) == 0 || strncmp(q, "월", 3) == 0) {
		d->month = a;
		q += 3 + strspn(q + 3, " ");
		return number(q, &d->day, 2);
	}
	sep = *q;
	if (sep == '\0' || strchr(".-/", sep) == NULL)
		return NULL;
	q += 1 + (sep == '.' ? strspn(q + 1, " ") : 0);
	if ((q = number(q, &b, 2)) == NULL)
		return NULL;
	r = *q == sep ? number(q + 1 + (sep == '.' ? strspn(q + 1, " ") : 0), &c, 4) : NULL;
	if (a > 31) {
		if (r == NULL)
			return NULL;
		*d = (struct day){ a, b, c };
		return r;
	}
	if (a > 12 || (!(sep == '/' && month_first) && b <= 12))
		*d = (struct day){ 0, b, a };
	else
		*d = (struct day){ 0, a, b };
	if (r != NULL) {
		d->year = full_year(c);
		return r;
	}
	return sep == '-' ? NULL : q; /* "3-5 days" is no date */
}

/* "2026. december 4", "2026 m. gruodžio 4" */
static const char *
year_first(const char *p, struct day *d)
{
	static const char *after_year[] = { " ", ".", "m. ", "g. " };
	const char *q = number(p, &d->year, 4), *r;

	if (q == NULL || d->year < 1990 || d->year > 2200)
		return NULL;
	q = skip(q, after_year, COUNT(after_year));
	if ((d->month = month_at(q, &r)) == 0)
		return NULL;
	return number(r + strspn(r, " ."), &d->day, 2);
}

/* "23 November 2026", "November 23rd, 2026", "23. november" */
static const char *
worded(const char *p, struct day *d)
{
	static const char *after_day[] = { " ", ".", "-", "/", ",", "st ", "nd ", "rd ", "th ", "er ", "of ", "de ", "º", "ª", "den " };
	static const char *after_month[] = { " ", ".", ",", "the ", "-" };
	const char *q, *r;

	if (is_digit(*p)) {
		if ((q = year_first(p, d)) != NULL)
			return q;
		d->year = 0;
		if ((q = number(p, &d->day, 2)) == NULL)
			return NULL;
		q = skip(q, after_day, COUNT(after_day));
		if ((d->month = month_at(q, &r)) == 0)
			return NULL;
		return year_after(r, d);
	}
	if ((d->month = month_at(p, &q)) == 0)
		return NULL;
	q = skip(q, after_month, COUNT(after_month));
	if ((r = number(q, &d->day, 2)) == NULL)
		return NULL;
	if (strncmp(r, "st", 2) == 0 || strncmp(r, "nd", 2) == 0 || strncmp(r, "rd", 2) == 0 || strncmp(r, "th", 2) == 0)
		r += 2;
	return year_after(r, d);
}

/* A date that begins at p. */
static const char *
date_at(const char *p, bool month_first, struct day *d)
{
	const char *end;

	*d = (struct day){ 0 };
	end = worded(p, d);
	if (end == NULL || !is_valid(d)) {
		*d = (struct day){ 0 };
		end = numeric(p, month_first, d);
	}
	return end != NULL && is_valid(d) ? end : NULL;
}

/* Behind the name of a day of the week, as any short word may be one. */
static const char *
after_weekday(const char *p)
{
	size_t len = strcspn(p, " \n.;");

	return len < WEEKDAY_MAX ? p + len + strspn(p + len, " ") : p;
}

/* "… to 31 July", "-31": where a date goes on as a span, its last day. */
static void
span_end(const char *p, bool month_first, struct day *d)
{
	static const char *joins[] = { " to ", " until ", " through ", " - ", "-", " – ", "–", " bis ", " au ", " al ", " a ", " til ", " till ", " tot ", " do ", " по ", " to the ", " bis zum ",
		" and ", " und ", " et ", " y ", " e ", " ~ ", "~", "～", " tot en met ", " t/m ", " até ", " ao ", " thru ", " bis einschließlich ", " och ", " og ", "至", "到", "から", "부터 ", " à ", " sampai ", " arası ", " jusqu'au ", " hasta el ", " fino al " };
	static const char *ends[] = { ".", "日", "일" }; /* of the first date, left over */
	struct day last = { 0 };

	p = skip(p, ends, COUNT(ends));
	for (size_t i = 0; i < COUNT(joins); i++) {
		size_t len = strlen(joins[i]);
		const char *end;

		if (strncmp(p, joins[i], len) != 0)
			continue;
		if (date_at(p + len, month_first, &last) != NULL || date_at(after_weekday(p + len), month_first, &last) != NULL) {
			*d = last;
			return;
		}
		if ((end = number(p + len, &last.day, 2)) != NULL && strchr(" .,;)\n", *end) != NULL && last.day > d->day) {
			last.month = d->month;
			last.year = d->year;
			if (is_valid(&last))
				*d = last;
			return;
		}
	}
}

/* Days since an arbitrary one, to compare with. */
static int64_t
day_number(int y, int m, int d)
{
	return (int64_t)y * 372 + (int64_t)m * 31 + d;
}

/* The civil day of an instant, UTC. */
static struct day
civil(int64_t instant)
{
	int64_t z = instant / 86400 - (instant % 86400 < 0) + 719468, era, doe, yoe, doy, mp;
	struct day d;

	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d.day = (int)(doy - (153 * mp + 2) / 5 + 1);
	d.month = (int)(mp < 10 ? mp + 3 : mp - 9);
	d.year = (int)(yoe + era * 400 + (d.month <= 2));
	return d;
}

static bool
settle(struct message *m, struct day d)
{
	if (d.year == 0) {
		struct day sent;

		if (!m->has_date)
			return false;
		sent = civil(m->date);
		d.year = sent.year;
		if (day_number(d.year, d.month, d.day) < day_number(sent.year, sent.month, sent.day) - 100)
			d.year++; /* "until 3 January", sent in December */
	}
	m->until.year = d.year;
	m->until.month = d.month;
	m->until.day = d.day;
	m->has_until = true;
	return true;
}

/* The first day that "until" or its like stands before; else the end of the first span of days. */
static void
find_until(struct message *m, const char *fold)
{
	const char *p = fold, *end;
	struct day d;

	for (size_t tries = 0; tries < 200 && (p = words_find(mail_until_words, mail_until_words_count, p, &end)) != NULL; tries++) {
		/* A word of one language may end within one of another: what counts is the date behind it. */
		bool month_first = p[0] < 0x7f && (unsigned char)p[0] < 0x80;

		for (const char *q = end; *q != '\0' && q - end < NEAR && *q != '\n'; q++) {
			if (q > end && (is_digit(q[-1]) || (q[-1] >= 'a' && q[-1] <= 'z' && *q >= 'a' && *q <= 'z')))
				continue;
			if ((is_digit(*q) || *q >= 'a' || (unsigned char)*q >= 0x80) && ((unsigned char)*q & 0xc0) != 0x80) {
				const char *after = date_at(q, month_first, &d);

				if (after != NULL) {
					if (q > end && strchr("0123456789", q[-1]) != NULL)
						break;
					span_end(after, month_first, &d);
					if (settle(m, d))
						return;
				}
				if (is_digit(*q))
					break; /* some other number */
			}
			if (*q == '.' && q[1] == ' ' && q > end + 3)
				break; /* the next sentence */
		}
		p = end > p ? p + 1 : end;
		while (((unsigned char)*p & 0xc0) == 0x80)
			p++;
	}
	for (p = fold; *p != '\0'; p++)
		if ((p == fold || p[-1] == ' ' || p[-1] == '(') && (end = date_at(p, true, &d)) != NULL) {
			struct day first = d;

			span_end(end, true, &d);
			if ((memcmp(&first, &d, sizeof(d)) != 0 || strncmp(end, "-ig", 3) == 0) && settle(m, d))
				return;
		}
}

void
away_judge(struct inside *in)
{
	struct message *m = in->m;
	size_t len = strlen(m->text), cut = len < TEXT_MAX ? len : utf8_cut(m->text, len, TEXT_MAX);
	const char *subject, *text, *end, *apple = message_header(m, "X-Apple-Criteria"), *value;
	const struct mail_words *row;
	bool marked, replied, away_subject, sure, phrase;

	if (in->npieces > 0 && in->pieces[0].kind == PIECE_STATUS)
		return;
	if (subject_says_reply(m->subject) && message_header(m, "Auto-Submitted") == NULL)
		return;
	subject = text_fold(in->a, m->subject, strlen(m->subject));
	auto_judge(in);
	marked = m->auto_submitted != NULL;
	replied = marked && strcmp(m->auto_submitted, "auto-replied") == 0;
	m->auto_submitted = NULL;
	row = words_match(mail_away_subjects, mail_away_subjects_count, subject);
	away_subject = row != NULL;
	sure = false;
	if (row != NULL) { /* "Out of office: …" says so itself */
		const char *colon = strchr(subject, ':');
		char *head = colon == NULL ? NULL : arena_printf(in->a, "%.*s:", (int)(colon - subject), subject);

		sure = head != NULL && words_have(arena_printf(in->a, "%s", row->words), arena_printf(in->a, "%s*", head), strlen(head) + 1);
	}
	text = marked ? text_fold(in->a, m->text, cut) : NULL; /* of most mails it is not asked */
	phrase = marked && words_find(mail_away_phrases, mail_away_phrases_count, text, &end) != NULL;
	value = message_header(m, "X-Apple-Action");
	if (value != NULL && strcasecmp(value, "VACATION") == 0)
		sure = true;
	if (message_header(m, "X-Vacation") != NULL || message_header(m, "X-Zimbra-Out-Of-Office") != NULL)
		sure = true;
	/* Exchange calls its notices "auto-generated", and only their subject says that they answer. */
	replied |= marked && words_match(mail_auto_subjects, mail_auto_subjects_count, subject) != NULL;
	if (!(sure || (marked && away_subject) || (replied && phrase) || (marked && phrase && m->return_path != NULL && *m->return_path == '\0')))
		return;
	in->away = m->out_of_office = true;
	if (apple != NULL && (apple = strstr(apple, "endDate=")) != NULL) {
		struct day d;

		if (date_at(apple + 8, false, &d) != NULL) {
			settle(m, d);
			return;
		}
	}
	find_until(m, subject);
	if (!m->has_until)
		find_until(m, text != NULL ? text : text_fold(in->a, m->text, cut));
}

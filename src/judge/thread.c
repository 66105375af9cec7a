/* thread.c - see thread.h. */
#include "judge/thread.h"

#include <stdio.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"

#define DECORATION_MAX 40 /* bytes of what a server may put before a subject */

/* What mail programs put before a subject when somebody answers or forwards, in the languages that we know of. Compared
 * without case (of ASCII: the others stand here as they are written) up to the colon, which may be a full-width one; a counter
 * as in "Re[2]:" is allowed. */
static const char *const prefixes[] = { "re", "fw", "fwd", "aw", "wg", "sv", "vs", "vb", "antw", "doorst", "tr", "rif", "r", "i", "rv",
	"res", "enc", "odp", "pd", "ynt", "ilt", "vá", "továbbítás", "továbbítva", "bls", "trs", "ref", "atb", "edasi", "na", "odg",
	"proslijeđeno", "ang", "vl", "ts", "fs", "απ", "Απ", "ΑΠ", "πρθ", "Πρθ", "ΠΡΘ", "σχετ", "Σχετ", "ΣΧΕΤ", "ответ", "Ответ",
	"ОТВЕТ", "отв", "Отв", "ОТВ", "пересл", "Пересл", "ПЕРЕСЛ", "на", "На", "НА", "回复", "答复", "转发", "返信", "転送", "回覆", "轉寄",
	"답장", "전달" };

static const char *const tags[] = { "[external]", "[ext]", "[extern]" };

static size_t
prefix_at(const char *s)
{
	for (size_t i = 0; i < COUNT(prefixes); i++) {
		size_t len = strlen(prefixes[i]), n = len;

		if (!text_starts_nocase(s, prefixes[i]))
			continue;
		if (s[n] == '[' || s[n] == '(') {
			size_t digits = strspn(s + n + 1, "0123456789");

			if (digits > 0 && digits < 4 && (s[n + 1 + digits] == ']' || s[n + 1 + digits] == ')'))
				n += digits + 2;
		}
		while (s[n] == ' ')
			n++;
		if (s[n] == ':')
			return n + 1;
		if (strncmp(s + n, "\xef\xbc\x9a", 3) == 0) /* full-width colon */
			return n + 3;
	}
	return 0;
}

/* Length of "[ESC-17]" at s, its number in *n; 0 if it is none. */
static size_t
tag_at(const char *s, int64_t *n)
{
	size_t digits;

	if (!text_starts_nocase(s, "[esc-"))
		return 0;
	digits = strspn(s + 5, "0123456789");
	if (digits == 0 || digits > 9 || s[5 + digits] != ']')
		return 0;
	*n = 0;
	for (size_t i = 0; i < digits; i++)
		*n = *n * 10 + (s[5 + i] - '0');
	return digits + 6;
}

int64_t
thread_tag(const char *subject)
{
	int64_t n = 0;

	for (; *subject != '\0'; subject++)
		if (tag_at(subject, &n) > 0)
			return n;
	return 0;
}

const char *
thread_subject(struct arena *a, const char *subject)
{
	const char *s = text_squeeze(a, subject);
	size_t n;
	int64_t number;

	do {
		while (*s == ' ')
			s++;
		n = prefix_at(s);
		if (n == 0)
			n = tag_at(s, &number);
		for (size_t i = 0; n == 0 && i < COUNT(tags); i++)
			if (text_starts_nocase(s, tags[i]))
				n = strlen(tags[i]);
		s += n;
	} while (n > 0);
	return s;
}

static const char *const sentences[] = { [THREAD_NONE] = "no sign of a case", [THREAD_TOKEN] = "a token of ours in a recipient address",
	[THREAD_OUR_ID] = "the id of a mail of ours in its references", [THREAD_KNOWN_ID] = "an id of the thread in its references",
	[THREAD_TAG] = "the case's tag in its subject" };

/* What some server or program of a language that we do not know put first: "[SUSPECTED SPAM] ", "(External) ", "Antwort: ".
 * Its length, 0: nothing of that kind. */
static size_t
decoration_at(const char *s)
{
	const char *close = *s == '[' ? strchr(s, ']') : *s == '(' ? strchr(s, ')') : NULL;
	size_t word = strcspn(s, " :[](){}");

	if (close != NULL && close - s < DECORATION_MAX)
		return (size_t)(close - s) + 1;
	if (word == 0 || word >= DECORATION_MAX / 2)
		return 0;
	word += s[word] == ' '; /* "Réf : " */
	return s[word] == ':' ? word + 1 : 0;
}

/* Is it the other, with more before it than we know to take off? */
static bool
same_subject(struct arena *a, const char *subject, const char *other)
{
	const char *s = thread_subject(a, subject);
	size_t n;

	while (!text_equal_nocase(s, other) && (n = decoration_at(s)) > 0)
		s = thread_subject(a, s + n);
	return text_equal_nocase(s, other);
}

static bool
is_new_topic(struct arena *a, const struct message *m, const struct thread_clue *c, bool engineer)
{
	if (engineer || c->evidence == THREAD_TOKEN || thread_tag(m->subject) != 0 || m->kind == KIND_BOUNCE)
		return false;
	return !same_subject(a, m->subject, thread_subject(a, c->subject));
}

void
thread_weigh(struct arena *a, const struct message *m, bool engineer, const struct thread_clue *clues, size_t n, struct thread_answer *out)
{
	const struct thread_clue *best = NULL;

	*out = (struct thread_answer){ .sentence = sentences[THREAD_NONE] };
	for (size_t i = 0; i < n; i++) {
		const struct thread_clue *c = &clues[i];

		if (c->evidence != THREAD_TOKEN && !c->party && !engineer) {
			out->ignored_clue = true;
			continue;
		}
		/* A token made for the sender himself goes before one that he was only handed. */
		if (best == NULL || c->evidence < best->evidence ||
		    (c->evidence == THREAD_TOKEN && best->evidence == THREAD_TOKEN && c->token_is_his && !best->token_is_his))
			best = c;
	}
	if (best == NULL) {
		if (out->ignored_clue)
			out->sentence = "it names a case, but its sender is no party of it";
		return;
	}
	if (is_new_topic(a, m, best, engineer)) {
		out->new_topic = true;
		out->sentence = "it answers a mail of a case, under a new subject and without its reply address: a new topic";
		return;
	}
	out->evidence = best->evidence;
	out->escalation = best->escalation;
	out->others_token = best->evidence == THREAD_TOKEN && !best->token_is_his;
	out->sentence = arena_printf(a, "%s (%s)", sentences[best->evidence], best->shown);
}

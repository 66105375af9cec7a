/* tracker.c - see tracker.h. */
#include "judge/tracker.h"

#include <string.h>

#include "ground/mem.h"
#include "ground/regex.h"
#include "ground/text.h"

#define BODY_BYTES ((size_t)64 * 1024) /* of a text that patterns see */

static bool
search(const struct tracker_pattern *p, const char *s, struct regex_match *match)
{
	return s != NULL && regex_search(p->re, s, utf8_cut(s, strlen(s), BODY_BYTES), 0, match) == REGEX_YES;
}

/* The first value of the pattern's field that it fits, NULL. */
static const char *
find(const struct tracker_pattern *p, const struct message *m, struct regex_match *match)
{
	const struct people *people = strcmp(p->field, "to") == 0 ? &m->to : strcmp(p->field, "cc") == 0 ? &m->cc : NULL;
	const char *s = strcmp(p->field, "subject") == 0 ? m->subject :
	    strcmp(p->field, "from") == 0 ? m->from.address :
	    strcmp(p->field, "text") == 0 ? m->visible_text : m->text;

	for (size_t i = 0; people != NULL && i < people->n; i++)
		if (search(p, people->v[i].address, match))
			return people->v[i].address;
	return people == NULL && search(p, s, match) ? s : NULL;
}

const char *
tracker_number(struct arena *a, const struct team *t, const struct message *m)
{
	struct regex_match match = { .nnames = 0 };
	const char *s = t->has_number ? find(&t->number, m, &match) : NULL;

	for (size_t i = 0; s != NULL && i < match.nnames; i++) {
		const struct regex_span *span = &match.names[i].span;
		const char *word;

		if (!match.names[i].set || strcmp(match.names[i].name, "number") != 0)
			continue;
		word = text_squeeze(a,
		    text_printable(a, arena_strndup(a, s + span->from, span->to - span->from), TRACKER_NUMBER_BYTES));
		return *word != '\0' ? word : NULL;
	}
	return NULL;
}

bool
tracker_closes(const struct team *t, const struct message *m)
{
	struct regex_match match;

	return t->has_closed && find(&t->closed, m, &match) != NULL;
}

/* Digits at *s as a number; false: none, or too many. */
static bool
digits(const char **s, int64_t *out)
{
	size_t n = strspn(*s, "0123456789");

	*out = 0;
	for (size_t i = 0; n <= 9 && i < n; i++)
		*out = *out * 10 + ((*s)[i] - '0');
	*s += n;
	return n > 0 && n <= 9;
}

bool
tracker_tag(const char *subject, int64_t *escalation, int64_t *filing)
{
	for (const char *s = subject; (s = strchr(s, '[')) != NULL; s++) {
		const char *at = s + 5;

		if (!text_starts_nocase(s, "[esc-") || !digits(&at, escalation) || !text_starts_nocase(at, " f"))
			continue;
		at += 2;
		if (digits(&at, filing) && *at == ']')
			return true;
	}
	return false;
}

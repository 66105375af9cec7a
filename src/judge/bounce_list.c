/* bounce_list.c - what a list's own program answers when it does not take a mail: a refusal, if no bounce of a mail system. */
#include "judge/bounce_parts.h"

#include <string.h>

#include "ground/text.h"

#define LINES_MAX 40 /* of such an answer */

/* The list that a robot speaks for: "infra-owner@x.y" and "owner-infra@x.y" for infra@x.y. NULL: no robot; "": of all lists. */
static const char *
list_of(struct arena *a, const char *robot)
{
	char *fold = text_fold(a, robot, strlen(robot)), *at = strrchr(fold, '@');
	size_t len;

	if (at == NULL)
		return NULL;
	len = (size_t)(at - fold);
	for (size_t i = 0; i < mail_list_robots_count; i++)
		for (const char *p = mail_list_robots[i].words; *p != '\0'; p += strcspn(p, "|"), p += *p == '|') {
			size_t n = strcspn(p, "|"), part = n - 1;

			if (*p == '*' && len > part && memcmp(fold + len - part, p + 1, part) == 0)
				return arena_printf(a, "%.*s%s", (int)(len - part), fold, at);
			if (p[n - 1] == '*' && len > part && memcmp(fold, p, part) == 0)
				return fold + part;
			if (len == n && memcmp(fold, p, n) == 0)
				return "";
		}
	return NULL;
}

/* Adds the refusal that the line tells of. */
static bool
refused(struct inside *in, const char *line, size_t len, const char *list)
{
	const char *fold = text_fold(in->a, line, len < 1000 ? len : utf8_cut(line, len, 1000)), *end, *at;
	size_t n;

	if (words_find(mail_list_refusals, mail_list_refusals_count, fold, &end) == NULL)
		return false;
	at = find_address(line, line + len, &n);
	if (at != NULL && n < 255)
		list = arena_strndup(in->a, at, n);
	bounce_add(in, *list == '\0' ? NULL : list, "failed", "5.7.1", arena_strndup(in->a, line, utf8_cut(line, len, 500)));
	return true;
}

bool
bounce_of_list(struct inside *in)
{
	const char *list = list_of(in->a, in->m->from.address), *text = in->m->text;
	struct lines lines;

	if (list == NULL || in->away)
		return false;
	lines = lines_of(in->a, text);
	for (size_t i = 0; i < lines.n && i < LINES_MAX; i++)
		if (lines.v[i].len > 0 && *lines.v[i].s != '>') {
			/* The words may run over the end of a line. */
			const struct line *next = i + 1 < lines.n ? &lines.v[i + 1] : NULL;
			size_t len = next != NULL && next->s > lines.v[i].s ? (size_t)(next->s + next->len - lines.v[i].s) : lines.v[i].len;

			if (refused(in, lines.v[i].s, len, list))
				return true;
		}
	return refused(in, in->m->subject, strlen(in->m->subject), list);
}

/* notice.c - see notice.h. */
#include "judge/notice.h"

#include <stdlib.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/json.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"

#define GAP "\xe2\x80\x8b" /* of no width: what stands on both sides of it is no longer one word */

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *
notice_escape(struct arena *a, const char *s, unsigned max)
{
	const char *line = text_printable(a, text_squeeze(a, s), max);
	AUTO_BUF struct buf out;

	buf_init(&out, strlen(line) * 6 + 1);
	for (const char *p = line; *p != '\0'; p++)
		if (*p == '&')
			buf_puts(&out, "&amp;");
		else if (*p == '<')
			buf_puts(&out, "&lt;");
		else if (*p == '>')
			buf_puts(&out, "&gt;");
		else if (*p == '@' && (p == line || !is_word(p[-1]))) /* ada@example.com is no mention */
			buf_puts(&out, "@" GAP);
		else if (*p == ']' && p[1] == '(') /* a link, where text is Markdown */
			buf_puts(&out, "]" GAP);
		else
			buf_putc(&out, *p);
	return arena_strndup(a, out.data != NULL ? out.data : "", out.len);
}

/* Plain data for a program: one clean line, or null. */
static json_t *
plain(struct arena *a, const char *s, unsigned max)
{
	return s != NULL && *s != '\0' ? json_string(text_printable(a, s, max)) : json_null();
}

static const char *
in_text(struct arena *a, const struct notice *n)
{
	const char *text = notice_escape(a, n->words, NOTICE_WORDS_MAX);

	if (n->escalation != NULL && n->subject != NULL && *n->subject != '\0')
		text = arena_printf(a, "%s: %s", text, notice_escape(a, n->subject, NOTICE_SUBJECT_MAX));
	if (n->detail != NULL && *n->detail != '\0')
		text = arena_printf(a, "%s (%s)", text, notice_escape(a, n->detail, NOTICE_WORDS_MAX));
	return text;
}

const char *
notice_json(struct arena *a, const struct notice *n)
{
	bool has = n->escalation != NULL;
	char at[CLOCK_TEXT], *dump;
	json_t *o = json_object();
	const char *text;

	json_object_set_new(o, "text", json_string(in_text(a, n)));
	json_object_set_new(o, "unfurl_links", json_false()); /* nobody's server learns that it was read */
	json_object_set_new(o, "unfurl_media", json_false());
	json_object_set_new(o, "event", json_string(n->event));
	json_object_set_new(o, "id", json_string(n->id));
	json_object_set_new(o, "relay", plain(a, n->relay, NOTICE_WORDS_MAX));
	json_object_set_new(o, "at", json_string(clock_rfc3339(n->at, at)));
	json_object_set_new(o, "case", has ? json_string(n->escalation) : json_null());
	json_object_set_new(o, "state", has ? plain(a, n->state, NOTICE_WORDS_MAX) : json_null());
	json_object_set_new(o, "severity", has ? json_integer((json_int_t)n->severity) : json_null());
	json_object_set_new(o, "engineer", has ? plain(a, n->engineer, NOTICE_WORDS_MAX) : json_null());
	json_object_set_new(o, "requester", has ? plain(a, n->requester, NOTICE_WORDS_MAX) : json_null());
	json_object_set_new(o, "customer", has ? plain(a, n->customer, NOTICE_WORDS_MAX) : json_null());
	json_object_set_new(o, "ticket", has ? plain(a, n->ticket, NOTICE_WORDS_MAX) : json_null());
	json_object_set_new(o, "subject", has ? plain(a, n->subject, NOTICE_SUBJECT_MAX) : json_null());
	json_object_set_new(o, "detail", plain(a, n->detail, NOTICE_WORDS_MAX));
	dump = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	BUG_ON(dump == NULL);
	text = arena_strdup(a, dump);
	free(dump);
	return text;
}

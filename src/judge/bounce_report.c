/* bounce_report.c - delivery status notifications as RFC 3464 writes them, and as others nearly do. */
#include "judge/bounce_parts.h"

#include <string.h>
#include <strings.h>

#include "ground/text.h"

#define COMMAND_MAX 500  /* bytes of a program that is a recipient */
#define NOTICE_MAX 65536 /* bytes of the notice for people that are searched */
#define PLACES_MAX 20    /* in it that name the address */

struct group { const char *recipient, *original, *action, *status, *diagnostic; bool any; };

/* The address in "rfc822; <ada@x.y>". */
static const char *
address_of(struct arena *a, const char *value)
{
	const char *semi = strchr(value, ';'), *from = semi == NULL ? value : semi + 1, *at;
	size_t len;

	from += strspn(from, " \t<");
	if (*from == '|')
		return arena_strndup(a, from, utf8_cut(from, strlen(from), COMMAND_MAX)); /* a program, with all its words */
	len = strcspn(from, " \t<>(");
	if (len > 2 && from[len - 1] != '@' && from[0] != '@' && memchr(from, '@', len) != NULL)
		return arena_strndup(a, from, len); /* as it stands, however odd */
	at = find_address(from, from + strlen(from), &len);
	if (at != NULL)
		return arena_strndup(a, at, len);
	return NULL;
}

/* A value with its continuation lines; *next is the line after. */
static const char *
value_of(struct arena *a, const struct lines *lines, size_t i, size_t *next)
{
	const char *colon = memchr(lines->v[i].s, ':', lines->v[i].len);
	AUTO_BUF struct buf b;

	buf_init(&b, 8192);
	buf_add(&b, colon + 1, lines->v[i].len - (size_t)(colon + 1 - lines->v[i].s));
	for (*next = i + 1; *next < lines->n; ++*next) {
		const struct line *l = &lines->v[*next];

		if (l->len == 0 || (*l->s != ' ' && *l->s != '\t') || line_trim(*l).len == 0)
			break;
		buf_putc(&b, ' ');
		buf_add(&b, l->s, l->len);
	}
	return text_trim(a, b.data, b.len);
}

static bool
field_is(const struct line *l, const char *name)
{
	size_t len = strlen(name);

	return l->len > len && strncasecmp(l->s, name, len) == 0 && (l->s[len] == ':' || (l->s[len] == ' ' && l->len > len + 1 && l->s[len + 1] == ':'));
}

/* "smtp; 550 5.1.1 …" without its type. */
static const char *
diagnostic_of(const char *value)
{
	const char *semi = strchr(value, ';');

	if (semi == NULL || semi - value > 20 || memchr(value, ' ', (size_t)(semi - value)) != NULL)
		return value;
	return semi + 1 + strspn(semi + 1, " ");
}

/* What the notice for people says of an address, where the report gives no reason. */
static const char *
said_of(struct inside *in, const char *who)
{
	size_t len = strlen(who), places = 0;

	for (const char *p = in->m->text; places < PLACES_MAX && (p = strcasestr(p, who)) != NULL; p += len, places++) {
		const char *from = p, *end = strchrnul(p, '\n');
		char *line;

		if (p - in->m->text > NOTICE_MAX)
			break;
		while (from > in->m->text && from[-1] != '\n')
			from--;
		line = arena_strndup(in->a, from, (size_t)(end - from));
		if (reply_code_in(line) != 0 || status_in(in->a, line) != NULL)
			return line;
	}
	return NULL;
}

static void
flush(struct inside *in, struct group *g, bool *any, bool *failed)
{
	const char *who = g->original != NULL ? g->original : g->recipient;

	if (g->any && (who != NULL || g->action != NULL)) {
		*any = true;
		if (g->action == NULL && g->status != NULL)
			g->action = *g->status == '2' ? "delivered" : *g->status == '4' ? "delayed" : "failed";
		if (g->action == NULL || strcmp(g->action, "failed") == 0 || strcmp(g->action, "delayed") == 0) {
			*failed = true;
			if (g->diagnostic == NULL && who != NULL && (g->status == NULL || strcmp(g->status + 1, ".0.0") == 0))
				g->diagnostic = said_of(in, who);
			bounce_add(in, who, g->action, g->status, g->diagnostic);
		}
	}
	*g = (struct group){ 0 };
}

static const char *
action_of(struct arena *a, const char *value)
{
	static const char *const actions[] = { "failed", "delayed", "delivered", "relayed", "expanded" };
	const char *fold = text_fold(a, value, strlen(value));

	for (size_t i = 0; i < COUNT(actions); i++)
		if (strncmp(fold, actions[i], strlen(actions[i])) == 0)
			return actions[i];
	if (strncmp(fold, "fail", 4) == 0 || strncmp(fold, "hardfail", 8) == 0 || strncmp(fold, "error", 5) == 0 || strncmp(fold, "expired", 7) == 0)
		return "failed";
	if (strncmp(fold, "delay", 5) == 0 || strncmp(fold, "deferred", 8) == 0)
		return "delayed";
	return strncmp(fold, "deliver", 7) == 0 ? "delivered" : NULL;
}

bool
bounce_report(struct inside *in, const char *text, bool *failed)
{
	struct lines lines = lines_of(in->a, text);
	struct group g = { 0 };
	bool any = false;
	const char *actual = NULL;

	for (size_t i = 0, next; i < lines.n; i = next) {
		struct line l = line_trim(lines.v[i]);
		const char *value;

		next = i + 1;
		if (l.len == 0) {
			if (g.recipient != NULL || g.original != NULL)
				flush(in, &g, &any, failed);
			continue;
		}
		if (memchr(l.s, ':', l.len) == NULL)
			continue;
		lines.v[i] = (struct line){ l.s, l.len };
		if (field_is(&l, "Final-Recipient") || field_is(&l, "X-Actual-Recipient") || field_is(&l, "Original-Recipient")) {
			bool original = field_is(&l, "Original-Recipient");

			value = value_of(in->a, &lines, i, &next);
			actual = address_of(in->a, value);
			/* A second one without a blank line between begins another recipient. */
			if (field_is(&l, "Final-Recipient") && g.recipient != NULL && g.action != NULL)
				flush(in, &g, &any, failed);
			if (actual != NULL)
				*(original ? &g.original : &g.recipient) = actual;
			g.any = true;
		} else if (field_is(&l, "Action")) {
			g.action = action_of(in->a, value_of(in->a, &lines, i, &next));
			g.any = true;
		} else if (field_is(&l, "Status")) {
			g.status = status_in(in->a, value_of(in->a, &lines, i, &next));
			g.any = true;
		} else if (field_is(&l, "Diagnostic-Code"))
			g.diagnostic = diagnostic_of(value_of(in->a, &lines, i, &next));
	}
	flush(in, &g, &any, failed);
	return any;
}

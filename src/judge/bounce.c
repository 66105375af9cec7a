/* bounce.c - is it a bounce, whose, why, and of which mail of ours? */
#include "judge/bounce_parts.h"

#include <string.h>
#include <strings.h>

#include "ground/text.h"

#define DIAGNOSTIC_MAX 1000

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

const char *
status_in(struct arena *a, const char *s)
{
	for (const char *p = s; *p != '\0'; p++) {
		const char *q = p + 2, *r;

		if ((*p != '2' && *p != '4' && *p != '5') || p[1] != '.' || !is_digit(p[2]) ||
		    (p > s && (is_digit(p[-1]) || p[-1] == '.' || p[-1] == '/')) ||
		    (p > s && p[-1] == '-' && !(p - s >= 4 && is_digit(p[-2]) && is_digit(p[-3]) && is_digit(p[-4])))) /* "550-5.7.1" */
			continue;
		while (is_digit(*q))
			q++;
		if (*q != '.' || q - p > 5 || !is_digit(q[1]))
			continue;
		r = q + 1;
		while (is_digit(*r))
			r++;
		if (r - q > 4 || (*r == '.' && is_digit(r[1])) || *r == '-' || (*r == '/' && is_digit(r[1])))
			continue; /* an address, a version */
		return arena_strndup(a, p, (size_t)(r - p));
	}
	return NULL;
}

int
reply_code_in(const char *s)
{
	for (const char *p = s; *p != '\0'; p++) {
		if ((*p != '4' && *p != '5') || !is_digit(p[1]) || !is_digit(p[2]) || p[1] > '7')
			continue;
		if (p > s && strchr(" \t\n:<([#'\"=;,|-", p[-1]) == NULL)
			continue;
		if (p[3] != '\0' && strchr(" \t\n-:,;.)]>'\"", p[3]) == NULL)
			continue;
		if ((p[3] == '.' || p[3] == '-') && is_digit(p[4]) && !(p[3] == '-' && is_digit(p[4]) && p[5] == '.'))
			continue;
		return (*p - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
	}
	return 0;
}

const struct bounce_reason *
reason_of(struct arena *a, const char *s)
{
	const char *fold = text_fold(a, s, strlen(s));

	for (size_t i = 0; i < mail_bounce_reasons_count; i++) {
		struct mail_words row = { "", mail_bounce_reasons[i].words };
		const char *end;

		if (words_find(&row, 1, fold, &end) != NULL)
			return &mail_bounce_reasons[i];
	}
	return NULL;
}

/* True for "5.0.0", "4.0.0" and the like, which say no more than their class. */
static bool
is_vague(const char *status)
{
	return status != NULL && strcmp(status + 1, ".0.0") == 0;
}

/* The remote server's own word where it differs from the report's and is of the same class; it is nearer to the cause. */
static const char *
nearer_status(struct arena *a, const char *status, const char *diagnostic)
{
	const char *p = diagnostic, *s, *found = NULL;

	while (p != NULL && (s = status_in(a, p)) != NULL) {
		if (*s != '2' && (status == NULL || (*s == *status && strcmp(s, status) != 0 && !is_vague(s))))
			return s;
		if (found == NULL && *s != '2')
			found = s;
		p = strstr(p, s) + strlen(s);
	}
	return status != NULL ? status : found;
}

void
bounce_add(struct inside *in, const char *recipient, const char *action, const char *status, const char *diagnostic)
{
	struct message *m = in->m;
	struct arena *a = in->a;
	struct bounce *b;
	const struct bounce_reason *reason;
	int code;

	for (size_t i = 0; i < m->nbounces; i++)
		if (recipient != NULL && m->bounces[i].recipient != NULL && strcasecmp(m->bounces[i].recipient, recipient) == 0)
			return;
	if (m->nbounces == BOUNCES_MAX) {
		if (m->truncated == NULL)
			m->truncated = "bounces";
		return;
	}
	b = arena_push(a, &m->bounces, &m->nbounces, sizeof(*m->bounces));
	b->recipient = recipient;
	if (diagnostic != NULL) {
		diagnostic = text_squeeze(a, diagnostic);
		diagnostic = arena_strndup(a, diagnostic, utf8_cut(diagnostic, strlen(diagnostic), DIAGNOSTIC_MAX));
		if (*diagnostic == '\0')
			diagnostic = NULL;
	}
	b->diagnostic = diagnostic;
	status = nearer_status(a, status, diagnostic);
	reason = diagnostic == NULL ? NULL : reason_of(a, diagnostic);
	code = diagnostic == NULL ? 0 : reply_code_in(diagnostic);
	if (status == NULL && reason != NULL && (code == 0 || (code / 100 == 5) == reason->permanent))
		status = reason->status;
	if (status == NULL && code != 0)
		status = code / 100 == 5 ? "5.0.0" : "4.0.0";
	b->status = status;
	b->permanent = action != NULL && strcmp(action, "delayed") == 0 ? false : status != NULL ? *status == '5' : reason == NULL || reason->permanent;
	b->action = action != NULL ? action : b->permanent ? "failed" : "delayed";
}

/* Message-ID of the mail that came back: from its header, wherever it is shown. */
static const char *
id_in(struct arena *a, const char *text)
{
	for (const char *p = text; (p = strcasestr(p, "message-id:")) != NULL; p += 11) {
		const char *open, *close;

		if (p > text && p[-1] != '\n' && p[-1] != ' ' && p[-1] != '>' && p[-1] != '\t')
			continue;
		open = p + 11 + strspn(p + 11, " \t\r\n");
		if (*open != '<')
			continue;
		close = strpbrk(open, "> \n");
		if (close != NULL && *close == '>')
			return arena_strndup(a, open + 1, (size_t)(close - open) - 1);
	}
	return NULL;
}

static const char *
original_id(struct inside *in)
{
	const char *id;

	for (size_t i = 0; i < in->npieces; i++) {
		const struct piece *p = &in->pieces[i];

		if (p->kind == PIECE_MESSAGE && p->message->message_id != NULL)
			return p->message->message_id;
		if (p->kind == PIECE_HEADERS && (id = id_in(in->a, p->text)) != NULL)
			return id;
	}
	if ((id = id_in(in->a, in->m->text)) != NULL)
		return id;
	for (size_t i = 0; i < in->npieces; i++) {
		static const char *const fields[] = { "x-original-message-id:", "original-message-id:" };

		for (size_t f = 0; f < COUNT(fields); f++) {
			const char *p = strcasestr(in->pieces[i].text, fields[f]);

			if (p != NULL && (id = id_in(in->a, p + strlen(fields[f]) - 11)) != NULL)
				return id;
		}
	}
	if (in->m->in_reply_to.n > 0)
		return in->m->in_reply_to.v[0];
	return in->m->references.n > 0 ? in->m->references.v[in->m->references.n - 1] : NULL;
}

void
bounce_judge(struct inside *in)
{
	bool groups = false, failed = false;
	const char *id;

	for (size_t i = 0; i < in->npieces; i++)
		if (in->pieces[i].kind == PIECE_STATUS)
			groups |= bounce_report(in, in->pieces[i].text, &failed);
	if (!groups && strcasestr(in->m->text, "final-recipient:") != NULL)
		groups = bounce_report(in, in->m->text, &failed);
	if (!groups && !bounce_of_list(in))
		bounce_free_form(in);
	if (in->m->nbounces == 0)
		return;
	id = original_id(in);
	for (size_t i = 0; i < in->m->nbounces; i++)
		in->m->bounces[i].original_message_id = id;
}

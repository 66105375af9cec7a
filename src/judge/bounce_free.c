/* bounce_free.c - bounces of the many mail systems that follow no standard.
 *
 * First: is it one at all (sender, subject, null return path, phrases)? Then every address above the returned mail is
 * weighed by how it stands there; the best class wins. The lines around it are the diagnostic.
 */
#include "judge/bounce_parts.h"

#include <string.h>
#include <strings.h>

#include "ground/text.h"

#define LINES_MAX      400  /* of a notice: more is the returned mail */
#define CANDIDATES_MAX 200
#define LOOKED_AT_MAX  2000 /* addresses */

enum class { CLASS_NONE, CLASS_ANY, CLASS_LABELLED, CLASS_BLAMED, CLASS_TRANSCRIPT, CLASS_ITEM, CLASS_ANNOUNCED, CLASS_FIELD };

struct candidate { const char *address; size_t line; const char *after; enum class class; };

struct notice {
	struct inside *in;
	struct lines lines;      /* the notice itself, without the returned mail */
	const char **fold;
	const char *lower;       /* text of the returned mail, "" */
	struct candidate v[CANDIDATES_MAX];
	size_t n;
	size_t announced;        /* the first line that says that addresses follow, lines.n if none */
};

static bool
sender_bounces(struct inside *in)
{
	const char *end;
	char *who = arena_printf(in->a, "%s %s", in->m->from.name, in->m->from.address);

	return words_find(mail_bounce_senders, mail_bounce_senders_count, text_fold(in->a, who, strlen(who)), &end) != NULL;
}

static bool
subject_bounces(struct inside *in)
{
	const char *fold = text_fold(in->a, in->m->subject, strlen(in->m->subject));

	return words_match(mail_bounce_subjects, mail_bounce_subjects_count, fold) != NULL;
}

static bool
field_at(const char *fold, const char *name)
{
	size_t len = strlen(name);

	return strncmp(fold, name, len) == 0 && fold[len] == ':';
}

/* Does the returned mail begin at line i? */
static bool
original_begins(const struct notice *n, size_t i)
{
	static const char *const sure[] = { "received", "return-path", "dkim-signature", "delivered-to", "x-received", "domainkey-signature" };
	static const char *const likely[] = { "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "x-mailer", "reply-to" };
	const char *end, *fold = n->fold[i];
	size_t run = 0;
	bool id = false;

	if (words_find(mail_bounce_original, mail_bounce_original_count, fold, &end) != NULL)
		return true;
	for (size_t s = 0; s < COUNT(sure); s++)
		if (field_at(fold, sure[s]))
			return true;
	for (size_t j = i; j < n->lines.n && j < i + 12 && *n->fold[j] != '\0'; j++) {
		bool field = false;

		for (size_t s = 0; s < COUNT(likely); s++)
			field |= field_at(n->fold[j], likely[s]);
		for (size_t s = 0; s < COUNT(sure); s++)
			id |= field_at(n->fold[j], sure[s]);
		id |= field_at(n->fold[j], "message-id") || field_at(n->fold[j], "mime-version");
		run += field;
		if (j == i && !field)
			return false;
	}
	return run >= 3 && id;
}

static void
read_notice(struct notice *n, struct inside *in)
{
	size_t i;

	n->in = in;
	n->lines = lines_of(in->a, in->m->text);
	if (n->lines.n > LINES_MAX)
		n->lines.n = LINES_MAX;
	n->fold = arena_array(in->a, n->lines.n + 1, sizeof(*n->fold));
	for (i = 0; i < n->lines.n; i++)
		n->fold[i] = line_fold(in->a, (struct line){ n->lines.v[i].s, n->lines.v[i].len < 1000 ? n->lines.v[i].len : 1000 });
	n->lower = "";
	for (i = 1; i < n->lines.n; i++)
		if (original_begins(n, i)) {
			n->lower = n->lines.v[i].s;
			n->lines.n = i;
			break;
		}
	n->announced = n->lines.n;
}

/* Addresses of those who run mail systems, and of the parties themselves, are no failed recipients. */
static bool
is_bystander(const struct notice *n, const char *address)
{
	static const char *const names[] = { "postmaster@", "mailer-daemon@", "abuse@", "hostmaster@", "webmaster@", "mailmaster@", "mail-daemon@" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (text_starts_nocase(address, names[i]))
			return true;
	return strcasecmp(address, n->in->m->from.address) == 0;
}

static bool
is_sender(const struct notice *n, const char *address)
{
	for (size_t i = 0; i < n->in->m->to.n; i++)
		if (strcasecmp(address, n->in->m->to.v[i].address) == 0)
			return true;
	return n->in->m->to.n == 0 && n->in->m->delivered_to.n > 0 && strcasecmp(address, n->in->m->delivered_to.v[0]) == 0;
}

static const char *const elsewhere[] = { "generated from", "mail from", "sender:", "from:", "reporting-mta", "contact ", "please contact", "assistance",
	"administrator", "support@", "helpdesk", "questions", "return-path", "reply-to", "message-id", "envelope-from", "envelope sender", "(from ",
	"sent by", "was sent from", "message from ", "x-", "queue-id", "help@", "kontakt", "contacter", "contacte", "was received at", "from <", "resent-from", "mail von", "sender address" };

/* How the address at `at` stands in its line. */
static enum class
class_of(const struct notice *n, size_t i, const char *at, size_t len, bool first)
{
	static const char *const labels[] = { "recipient", "rcpt", "address", "adres", "to:", "user", "mailbox", "empfänger", "destinataire", "destinatario", "an:", "宛先", "forward-path", "deliver" };
	const struct line *l = &n->lines.v[i];
	struct line before = line_trim((struct line){ l->s, (size_t)(at - l->s) });
	const char *fold = n->fold[i], *end;

	while (before.len > 0 && strchr("<>*-([\"':.=#|0123456789) \t", before.s[before.len - 1]) != NULL)
		before.len--;
	if (strncmp(fold, "from ", 5) == 0)
		return CLASS_NONE;
	if (strncmp(fold, "<<<", 3) != 0 && strncmp(fold, ">>>", 3) == 0 && strstr(fold, "rcpt to:") != NULL)
		return CLASS_TRANSCRIPT;
	for (size_t e = 0; e < COUNT(elsewhere); e++) {
		const char *p = strstr(fold, elsewhere[e]);

		/* Only words before the address speak of it. */
		if (p != NULL && before.len > 0 && (size_t)(p - fold) <= before.len && !(e > 3 && words_find(mail_bounce_phrases, mail_bounce_phrases_count, fold, &end) != NULL))
			return CLASS_NONE;
	}
	(void)len;
	if (before.len == 0 || memchr(before.s, '@', before.len) != NULL)
		return i >= n->announced && (first || before.len > 0) ? CLASS_ANNOUNCED : CLASS_ITEM;
	if (words_find(mail_bounce_phrases, mail_bounce_phrases_count, fold, &end) != NULL)
		return CLASS_BLAMED;
	if (reply_code_in(fold) != 0 || status_in(n->in->a, fold) != NULL)
		return CLASS_BLAMED;
	for (size_t s = 0; s < COUNT(labels); s++)
		if (strstr(fold, labels[s]) != NULL)
			return CLASS_LABELLED;
	return CLASS_ANY;
}

static void
add_candidate(struct notice *n, const char *address, size_t line, const char *after, enum class class)
{
	if (class == CLASS_NONE || n->n == CANDIDATES_MAX)
		return;
	for (size_t i = 0; i < n->n; i++)
		if (strcasecmp(n->v[i].address, address) == 0) {
			if (n->v[i].class < class)
				n->v[i] = (struct candidate){ n->v[i].address, line, after, class };
			return;
		}
	n->v[n->n++] = (struct candidate){ address, line, after, class };
}

static void
collect(struct notice *n)
{
	const char *end;
	size_t looked = 0;

	for (size_t i = 0; i < n->lines.n; i++) {
		const struct line *l = &n->lines.v[i];
		const char *p = l->s, *stop = l->s + l->len, *at;
		size_t len;
		bool first = true;

		if (n->announced == n->lines.n && (find_address(p, stop, &len) == NULL || find_address(p, stop, &len) > p + 4) && words_find(mail_bounce_phrases, mail_bounce_phrases_count, n->fold[i], &end) != NULL)
			n->announced = i + 1;
		while (p < stop && looked++ < LOOKED_AT_MAX && (at = find_address(p, stop, &len)) != NULL) {
			const char *address, *open = at + len + strspn(at + len, " ");
			size_t len2;

			if (open + 1 < stop && *open == '<' && find_address(open, stop, &len2) == open + 1) {
				at = open + 1; /* "ada@x.y <ada@x.y>": a name, and the address */
				len = len2;
			}
			address = arena_strndup(n->in->a, at, len);
			if (!is_bystander(n, address))
				add_candidate(n, address, i, at + len, class_of(n, i, at, len, first));
			first = false;
			p = at + len;
		}
	}
}

/* Appends as much of it as there is room for, in whole letters. */
static void
add_cut(struct buf *b, const char *s, size_t len)
{
	buf_add(b, s, utf8_cut(s, len, b->max - b->len));
}

/* The candidate's own reason: behind it, and below it up to a blank line or the next candidate. */
static const char *
diagnostic_for(const struct notice *n, const struct candidate *c)
{
	AUTO_BUF struct buf b;
	size_t taken = 0;

	buf_init(&b, 4096);
	if (c->line < n->lines.n) {
		const struct line *l = &n->lines.v[c->line];
		const char *from = c->after, *stop = l->s + l->len;

		if (c->class == CLASS_TRANSCRIPT)
			from = stop;
		else if (c->class == CLASS_BLAMED || reply_code_in(arena_strndup(n->in->a, l->s, (size_t)(c->after - l->s))) != 0)
			from = l->s; /* the code stands before the address */
		while (from < stop && strchr(">:;,.)]\"' \t*", *from) != NULL)
			from++;
		add_cut(&b, from, (size_t)(stop - from));
		for (size_t i = c->line + 1; i < n->lines.n && taken < 8; i++) {
			bool other = false;

			for (size_t j = 0; j < n->n; j++)
				other |= n->v[j].line == i && n->v[j].class >= CLASS_ITEM && n->v[j].address != c->address;
			if (*n->fold[i] == '\0') {
				size_t next = i + 1;

				/* Over a blank line only where nothing was said yet, or a reply of several lines goes on. */
				if (b.len > 0 && !(next < n->lines.n && reply_code_in(b.data) != 0 && reply_code_in(n->fold[next]) == reply_code_in(b.data)))
					break;
				continue;
			}
			if (other)
				break;
			add_cut(&b, " ", 1);
			add_cut(&b, n->lines.v[i].s, n->lines.v[i].len);
			taken++;
		}
	}
	return arena_strndup(n->in->a, b.data, b.len);
}

static bool
says_why(struct arena *a, const char *s)
{
	return s != NULL && (status_in(a, s) != NULL || reply_code_in(s) != 0 || reason_of(a, s) != NULL);
}

/* The first line of the notice that gives a reason, with the one after it. */
static const char *
diagnostic_anywhere(const struct notice *n)
{
	for (int pass = 0; pass < 3; pass++)
		for (size_t i = 0; i < n->lines.n; i++) {
			const struct line *l = &n->lines.v[i];
			const char *s = arena_strndup(n->in->a, l->s, utf8_cut(l->s, l->len, 1000));

			if (*n->fold[i] == '\0' || !(pass == 0 ? status_in(n->in->a, s) != NULL : pass == 1 ? reply_code_in(s) != 0 : reason_of(n->in->a, s) != NULL))
				continue;
			if (i + 1 < n->lines.n && *n->fold[i + 1] != '\0')
				s = arena_printf(n->in->a, "%s %.*s", s, (int)utf8_cut(n->lines.v[i + 1].s, n->lines.v[i + 1].len, 500), n->lines.v[i + 1].s);
			return s;
		}
	return NULL;
}

/* To whom the returned mail was addressed, from its header. */
static const char *
original_recipient(struct notice *n)
{
	struct inside *in = n->in;
	const char *text = n->lower, *p, *end;
	size_t len;

	for (size_t i = 0; i < in->npieces; i++) {
		if (in->pieces[i].kind == PIECE_MESSAGE && in->pieces[i].message->to.n > 0)
			return in->pieces[i].message->to.v[0].address;
		if (in->pieces[i].kind == PIECE_HEADERS)
			text = in->pieces[i].text;
	}
	for (p = text; (p = strcasestr(p, "to:")) != NULL; p += 3) {
		if (p > text && p[-1] != '\n' && !(p[-1] == ' ' && (p - 1 == text || p[-2] == '\n' || p[-2] == ' ')))
			continue;
		end = strchrnul(p, '\n');
		p = find_address(p, end, &len);
		if (p != NULL)
			return arena_strndup(in->a, p, len);
		p = end - 3;
		if (*end == '\0')
			break;
	}
	return NULL;
}

/* A notice of Amazon's notification service is a JSON text. */
static bool
read_amazon(struct inside *in)
{
	const char *text = in->m->text, *p = strstr(text, "\"bouncedRecipients\":"), *stop;

	if (p == NULL || strstr(text, "\"notificationType\":\"Bounce\"") == NULL)
		return false;
	stop = strchrnul(p, ']');
	while ((p = strstr(p, "\"emailAddress\":\"")) != NULL && p < stop) {
		const char *end, *status = NULL, *diagnostic = NULL, *q, *object = strchrnul(p, '}');

		p += 16;
		end = strchrnul(p, '"');
		if ((q = strstr(p, "\"status\":\"")) != NULL && q < object)
			status = status_in(in->a, arena_strndup(in->a, q + 10, strcspn(q + 10, "\"")));
		if ((q = strstr(p, "\"diagnosticCode\":\"")) != NULL && q < object)
			diagnostic = arena_strndup(in->a, q + 18, strcspn(q + 18, "\""));
		bounce_add(in, arena_strndup(in->a, p, (size_t)(end - p)), NULL, status, diagnostic);
		p = end;
	}
	return true;
}

static void
read_field(struct notice *n)
{
	const char *value = message_header(n->in->m, "X-Failed-Recipients"), *at;
	size_t len;

	while (value != NULL && (at = find_address(value, value + strlen(value), &len)) != NULL) {
		add_candidate(n, arena_strndup(n->in->a, at, len), n->lines.n, "", CLASS_FIELD);
		value = at + len;
	}
}

/* "Will be retried", "warning only": nothing is lost yet. */
static bool
is_delay(const struct notice *n)
{
	static const struct mail_words words[] = { { "", "will be retried|will keep trying|will continue to|still being retried|warning message only|delivery delayed|has been delayed|"
	    "not yet been delivered|no action is required on your part|delivery attempts will continue|still trying|message delayed|retry for|you do not need to resend|will be re-sent|being held|temporarily deferred|delivery status notification (delay)|not been delivered yet" } };
	const char *end, *subject = text_fold(n->in->a, n->in->m->subject, strlen(n->in->m->subject));

	if (words_find(words, 1, subject, &end) != NULL || strstr(subject, "delay") != NULL || strncmp(subject, "warning: could not send", 23) == 0)
		return true;
	for (size_t i = 0; i < n->lines.n && i < 60; i++)
		if (words_find(words, 1, n->fold[i], &end) != NULL)
			return true;
	return false;
}

void
bounce_free_form(struct inside *in)
{
	struct message *m = in->m;
	struct notice n = { 0 };
	bool null_path = m->return_path != NULL && *m->return_path == '\0', person = subject_says_reply(m->subject) || subject_says_forward(m->subject);
	bool sender = sender_bounces(in), subject = !person && subject_bounces(in), report, late;
	enum class best = CLASS_NONE;
	const char *anywhere = NULL;

	if (read_amazon(in))
		return;
	for (size_t i = 0; i < in->npieces; i++)
		if (in->pieces[i].kind == PIECE_FEEDBACK || in->pieces[i].kind == PIECE_NOTIFICATION)
			return;
	report = strcmp(in->report_type, "delivery-status") == 0;
	if (!sender && !subject && !null_path && !report && message_header(m, "X-Failed-Recipients") == NULL)
		return;
	if (in->away && !sender)
		return;
	read_notice(&n, in);
	collect(&n);
	read_field(&n);
	if (!((sender && (subject || n.announced < n.lines.n || null_path)) || (subject && (n.announced < n.lines.n || null_path)) ||
	    (null_path && n.announced < n.lines.n) || report || message_header(m, "X-Failed-Recipients") != NULL))
		return;
	for (size_t i = 0; i < n.n; i++)
		if (n.v[i].class > best && !(is_sender(&n, n.v[i].address) && n.v[i].class < CLASS_TRANSCRIPT))
			best = n.v[i].class;
	anywhere = diagnostic_anywhere(&n);
	late = is_delay(&n);
	if (best <= CLASS_ANY) {
		const char *to = original_recipient(&n);

		if (to != NULL) {
			bounce_add(in, to, late ? "delayed" : NULL, NULL, anywhere);
			return;
		}
	}
	for (size_t i = 0; i < n.n; i++) {
		const char *diagnostic;

		if (n.v[i].class != best || best == CLASS_NONE)
			continue;
		diagnostic = diagnostic_for(&n, &n.v[i]);
		if (!says_why(in->a, diagnostic) && anywhere != NULL)
			diagnostic = anywhere;
		bounce_add(in, n.v[i].address, late ? "delayed" : NULL, NULL, diagnostic);
	}
	if (m->nbounces == 0)
		bounce_add(in, NULL, late ? "delayed" : NULL, NULL, anywhere);
}

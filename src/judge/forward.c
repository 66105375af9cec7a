/* forward.c - the original within a forwarded mail: the outermost one, its header as printed, its body.
 *
 * The first mark in the text decides. An explicit "forwarded message" is one whatever else the mail says;
 * a bare printed header, an "original message" or an attribution line are how replies quote as well, so
 * there the subject and In-Reply-To are asked.
 */
#include "judge/forward_parts.h"

#include <string.h>
#include <strings.h>

#include "ground/text.h"

enum evidence { EVIDENCE_NONE, EVIDENCE_FORWARD, EVIDENCE_REPLY, EVIDENCE_EITHER };

/* The word before a subject's first colon, folded, without counters: "Re[2]:", "FW (3):". NULL if it has none. */
static const char *
prefix_of(struct arena *a, const char *subject, size_t *len)
{
	const char *p = subject + strspn(subject, " [("), *colon, *wide;
	char *word;
	size_t n;

	colon = strchr(p, ':');
	wide = strstr(p, "\xef\xbc\x9a");
	if (wide != NULL && (colon == NULL || wide < colon))
		colon = wide;
	if (colon == NULL || colon - p > 40 || colon == p)
		return NULL;
	word = text_fold(a, p, (size_t)(colon - p));
	n = strlen(word);
	while (n > 0 && (strchr("0123456789[]()^ *", word[n - 1]) != NULL))
		n--;
	word[n] = '\0';
	*len = (size_t)(colon - subject) + (colon == wide ? 3 : 1);
	return word;
}

static bool
in_rows(const struct mail_words *rows, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (words_have(rows[i].words, word, strlen(word)))
			return true;
	return false;
}

static enum evidence
subject_evidence(const char *subject)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *word;
	size_t len;
	bool reply, forward;

	/* Tags of mail gateways stand before: "[EXTERNAL] Fwd: …". */
	while ((*subject == '[' || *subject == '*') && (word = strchr(subject, *subject == '[' ? ']' : ' ')) != NULL &&
	    strncasecmp(subject, "[fwd:", 5) != 0 && strncasecmp(subject, "[fw:", 4) != 0)
		subject = word + 1 + strspn(word + 1, " ");
	word = prefix_of(a, subject, &len);
	if (word == NULL)
		return EVIDENCE_NONE;
	reply = in_rows(mail_reply_prefixes, mail_reply_prefixes_count, word);
	forward = in_rows(mail_forward_prefixes, mail_forward_prefixes_count, word);
	return reply && forward ? EVIDENCE_EITHER : reply ? EVIDENCE_REPLY : forward ? EVIDENCE_FORWARD : EVIDENCE_NONE;
}

bool
subject_says_reply(const char *subject)
{
	enum evidence e = subject_evidence(subject);

	return e == EVIDENCE_REPLY || e == EVIDENCE_EITHER;
}

bool
subject_says_forward(const char *subject)
{
	enum evidence e = subject_evidence(subject);

	return e == EVIDENCE_FORWARD || e == EVIDENCE_EITHER;
}

const char *
subject_bare(struct arena *a, const char *subject)
{
	size_t len;
	const char *word;

	for (int i = 0; i < 10 && (word = prefix_of(a, subject, &len)) != NULL; i++) {
		if (!in_rows(mail_reply_prefixes, mail_reply_prefixes_count, word) &&
		    !in_rows(mail_forward_prefixes, mail_forward_prefixes_count, word))
			break;
		subject += len + strspn(subject + len, " ");
	}
	len = strlen(subject);
	if (len > 0 && subject[len - 1] == ']' && strchr(subject, '[') == NULL)
		len--; /* "[Fwd: …]" */
	return text_trim(a, subject, len);
}

/* Lines [from, to) as one text, without quote marks up to depth, without a common indent, trimmed. */
static const char *
text_between(const struct qtext *t, size_t from, size_t to, unsigned depth)
{
	AUTO_BUF struct buf b;
	size_t indent = SIZE_MAX;
	unsigned had;

	buf_init(&b, 4 * MESSAGE_TEXT_BYTES);
	while (from < to && t->v[from].blank)
		from++;
	while (to > from && t->v[to - 1].blank)
		to--;
	for (size_t i = from; i < to; i++) {
		struct line l = line_unquote_max(t->v[i].raw, depth, &had);
		size_t n = 0;

		while (n < l.len && l.s[n] == ' ')
			n++;
		if (n < l.len && n < indent)
			indent = n;
	}
	for (size_t i = from; i < to; i++) {
		struct line l = line_unquote_max(t->v[i].raw, depth, &had);
		size_t n = l.len < indent ? l.len : indent;

		if (i > from)
			buf_putc(&b, '\n');
		if (!t->v[i].blank || had < t->v[i].depth)
			buf_add(&b, l.s + n, l.len - n);
	}
	return arena_strndup(t->a, b.data, b.len);
}

/* Marks to take off the body: the block's own, or one more where the client quotes the body alone. */
static unsigned
body_depth(const struct qtext *t, size_t from, unsigned depth)
{
	size_t quoted = 0, plain = 0;

	for (size_t i = from; i < t->n; i++)
		if (!t->v[i].blank)
			*(t->v[i].depth > depth ? &quoted : &plain) += 1;
	return quoted > 0 && plain <= quoted / 5 && t->v[qtext_next(t, from)].depth > depth ? depth + 1 : depth;
}

/* The last line of the body, without a line that says no more than that the original ends here. */
static size_t
body_end(const struct qtext *t, size_t from)
{
	size_t to = t->n;
	const char *rest;

	while (to > from && t->v[to - 1].blank)
		to--;
	return to > from && separator_of(t, to - 1, &rest) == SEPARATOR_FORWARDED && rest == NULL ? to - 1 : t->n;
}

static const char *
comment_before(const struct qtext *t, size_t to)
{
	const char *rest;

	/* The rule, and an empty separator, right above the original are not the writer's words. */
	while (to > 0 && (t->v[to - 1].blank || separator_of(t, to - 1, &rest) != SEPARATOR_NONE))
		to--;
	return text_between(t, 0, to, 0);
}

static struct forward *
from_block(struct inside *in, const struct qtext *t, size_t mark, const struct block *b, size_t body_from)
{
	struct forward *f = arena_alloc(in->a, sizeof(*f));
	struct people from = { 0 };
	unsigned depth = body_depth(t, body_from, b->depth);

	people_of_text(in->a, b->fields[WORD_FROM], &from);
	f->from = from.n > 0 ? from.v[0] : (struct person){ "", "" };
	if (b->fields[WORD_TO] != NULL)
		people_of_text(in->a, b->fields[WORD_TO], &f->to);
	if (b->fields[WORD_CC] != NULL)
		people_of_text(in->a, b->fields[WORD_CC], &f->cc);
	f->subject = b->fields[WORD_SUBJECT] != NULL ? b->fields[WORD_SUBJECT] : subject_bare(in->a, in->m->subject);
	f->date = b->fields[WORD_DATE];
	f->body = text_between(t, body_from, body_end(t, body_from), depth);
	f->comment = comment_before(t, mark);
	return f;
}

static struct forward *
from_attribution(struct inside *in, const struct qtext *t, size_t mark)
{
	struct forward *f = arena_alloc(in->a, sizeof(*f));
	size_t body = mark + t->v[mark].attribution;

	attribution_read(in->a, t->v[mark].attributed, &f->from, &f->date);
	f->subject = subject_bare(in->a, in->m->subject);
	f->body = text_between(t, body, body_end(t, body), body_depth(t, body, t->v[mark].depth));
	f->comment = comment_before(t, mark);
	return f;
}

static struct forward *
from_message(struct inside *in, const struct message *inner)
{
	struct forward *f = arena_alloc(in->a, sizeof(*f));

	f->from = inner->from;
	f->to = inner->to;
	f->cc = inner->cc;
	f->subject = inner->subject;
	f->date = message_header(inner, "Date");
	f->body = inner->text;
	f->comment = text_trim(in->a, in->m->text, strlen(in->m->text));
	return f;
}

/* The original at line i, if one begins there. *stop: something else does, the search is over. */
static struct forward *
original_at(struct inside *in, const struct qtext *t, size_t i, enum evidence evidence, bool *stop)
{
	const char *rest;
	enum separator s = separator_of(t, i, &rest);
	size_t next = qtext_next(t, i + 1);
	bool reply = evidence == EVIDENCE_REPLY || (evidence != EVIDENCE_FORWARD && in->m->in_reply_to.n > 0);
	struct block b;

	if (s == SEPARATOR_FORWARDED || (s == SEPARATOR_ORIGINAL && !reply)) {
		if (rest != NULL && block_inline(in->a, rest, &b) && block_has_sender(&b)) {
			b.depth = t->v[i].depth;
			return from_block(in, t, i, &b, i + 1);
		}
		if (next < t->n && block_at(t, next, &b) && block_has_sender(&b))
			return from_block(in, t, i, &b, b.to);
		if (next < t->n && t->v[next].attribution > 0)
			return from_attribution(in, t, next);
		if (s == SEPARATOR_FORWARDED && evidence == EVIDENCE_FORWARD && t->v[i].depth == 0) {
			b = (struct block){ .fields = { [WORD_FROM] = "" } };
			return from_block(in, t, i, &b, i + 1);
		}
		return NULL;
	}
	if (s == SEPARATOR_ORIGINAL) {
		*stop = next < t->n && block_at(t, next, &b);
		return NULL;
	}
	if (t->v[i].attribution > 0) {
		*stop = true;
		return evidence == EVIDENCE_FORWARD ? from_attribution(in, t, i) : NULL;
	}
	if (block_at(t, i, &b) && block_has_sender(&b) && (b.count >= 3 || evidence == EVIDENCE_FORWARD || (i > 0 && separator_of(t, i - 1, &rest) == SEPARATOR_RULE))) {
		*stop = true;
		return reply || (b.depth > 0 && evidence != EVIDENCE_FORWARD) ? NULL : from_block(in, t, i, &b, b.to);
	}
	return NULL;
}

void
forward_judge(struct inside *in)
{
	enum evidence evidence = subject_evidence(in->m->subject);
	struct qtext t = qtext_judged(in, in->m->text);
	bool stop = false;

	for (size_t i = 0; i < t.n && !stop && in->m->forward == NULL; i++)
		if (!t.v[i].blank)
			in->m->forward = original_at(in, &t, i, evidence, &stop);
	if (in->m->forward != NULL || evidence == EVIDENCE_REPLY)
		return;
	for (size_t i = 0; i < in->npieces; i++)
		if (in->pieces[i].kind == PIECE_MESSAGE && !in->pieces[i].digest && (evidence == EVIDENCE_FORWARD || in->m->in_reply_to.n == 0)) {
			in->m->forward = from_message(in, in->pieces[i].message);
			return;
		}
}

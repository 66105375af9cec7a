/* smtp_talk.c - following a conversation and judging how it ended. See smtp_room.h. */
#include "edge/smtp_room.h"

#include <stdio.h>
#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"

#define WORDS_MAX  4096      /* of a reply; the rest is heard, and not kept */
#define SAID_MAX   (64u << 10)
#define SECRET_MIN 4         /* shorter strings are in any text by chance */
#define RUN_MIN    20        /* so many characters of base64 in a row, in an answer to AUTH, are ours */

void
smtp_talk_init(struct smtp_talk *t, enum tls_mode tls, const char *password)
{
	*t = (struct smtp_talk){ .secure = tls != TLS_STARTTLS, .need_auth = password != NULL, .password = password };
	buf_init(&t->words, WORDS_MAX);
	buf_init(&t->said, SAID_MAX);
}

void
smtp_talk_free(struct smtp_talk *t)
{
	if (t->said.cap > 0)
		explicit_bzero(t->said.data, t->said.cap);
	buf_free(&t->said);
	buf_free(&t->words);
}

void
smtp_talk_next(struct smtp_talk *t)
{
	t->step = STEP_CONNECT;
	t->code = 0;
	t->within = t->over = false;
	buf_reset(&t->words);
}

const char *
smtp_step_word(enum smtp_step s)
{
	static const char *const words[] = { [STEP_CONNECT] = "the connection", [STEP_EHLO] = "EHLO",
		[STEP_STARTTLS] = "STARTTLS", [STEP_AUTH] = "AUTH", [STEP_MAIL] = "MAIL", [STEP_RCPT] = "RCPT",
		[STEP_DATA] = "DATA", [STEP_BODY] = "the final dot" };

	return words[s];
}

/* ---- listening ------------------------------------------------------------------------------------------ */

static bool
is_verb(const char *line, size_t len, const char *verb)
{
	size_t n = strlen(verb);

	return len >= n && memcmp(line, verb, n) == 0 && (len == n || line[n] == ' ' || line[n] == '\r' || line[n] == '\n');
}

/* What must never be repeated, a line each. */
static void
remember(struct smtp_talk *t, const char *line, size_t len)
{
	buf_add(&t->said, line, len);
	buf_putc(&t->said, '\n');
}

void
smtp_talk_say(struct smtp_talk *t, const char *line, size_t len)
{
	static const struct { const char *verb; enum smtp_step step; } verbs[] = { { "EHLO", STEP_EHLO },
		{ "HELO", STEP_EHLO }, { "STARTTLS", STEP_STARTTLS }, { "AUTH", STEP_AUTH }, { "MAIL", STEP_MAIL },
		{ "RCPT", STEP_RCPT }, { "DATA", STEP_DATA } };

	if (t->over)
		return;
	if (t->step == STEP_AUTH && t->code == 334) { /* an answer to a challenge: it may look like anything */
		t->code = 0;
		remember(t, line, len);
		return;
	}
	if (is_verb(line, len, "QUIT")) {
		t->over = true;
		return;
	}
	for (size_t i = 0; i < COUNT(verbs); i++) {
		if (!is_verb(line, len, verbs[i].verb))
			continue;
		t->step = verbs[i].step;
		t->code = 0;
		t->within = false;
		buf_reset(&t->words);
		if (t->step == STEP_EHLO)
			t->offered = false;
		if (t->step == STEP_AUTH)
			remember(t, line, len);
		return;
	}
}

/* The code of a reply's line, 0 where it has none; *last: no line follows. */
static int
code_of(const char *line, size_t len, bool *last)
{
	for (size_t i = 0; i < 3; i++)
		if (i >= len || line[i] < '0' || line[i] > '9')
			return 0;
	*last = len == 3 || line[3] != '-';
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

bool
smtp_talk_hear(struct smtp_talk *t, const char *line, size_t len)
{
	bool last = false;
	int code;

	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (t->over)
		return true;
	if (!t->within)
		buf_reset(&t->words);
	t->within = true;
	if (t->words.len + len < WORDS_MAX) {
		buf_add(&t->words, line, len);
		buf_putc(&t->words, '\n');
	}
	code = code_of(line, len, &last);
	/* Exactly libcurl's own idea of an offer: for whatever it overlooks it would go on without. */
	if (t->step == STEP_EHLO && len >= 9 && memcmp(line + 4, "AUTH ", 5) == 0)
		t->offered = true;
	if (code == 0 || !last)
		return true;

	t->within = false;
	t->code = code;
	if (t->step == STEP_STARTTLS && code == 220)
		t->secure = true;
	if (t->step == STEP_AUTH && code == 235)
		t->authenticated = true;
	if (t->step == STEP_DATA && code == 354) {
		t->step = STEP_BODY;
		t->code = 0;
		buf_reset(&t->words);
	}
	return !(t->step == STEP_EHLO && code / 100 == 2 && t->secure && t->need_auth && !t->offered);
}

/* ---- words ---------------------------------------------------------------------------------------------- */

/* Length of "5.1.1" at s, 0 where there is none. */
static size_t
enhanced_at(const char *s)
{
	size_t n = 1;

	if (s[0] != '2' && s[0] != '4' && s[0] != '5')
		return 0;
	for (unsigned part = 0; part < 2; part++) {
		size_t digits;

		if (s[n++] != '.')
			return 0;
		digits = strspn(s + n, "0123456789");
		if (digits < 1 || digits > 3)
			return 0;
		n += digits;
	}
	return s[n] == '\0' || s[n] == ' ' || s[n] == '\n' ? n : 0;
}

void
smtp_talk_enhanced(const struct smtp_talk *t, char out[16])
{
	out[0] = '\0';
	for (const char *line = t->words.data; *line != '\0';) {
		size_t len = strcspn(line, "\n"), n;

		if (len > 4 && (n = enhanced_at(line + 4)) > 0)
			snprintf(out, 16, "%.*s", (int)n, line + 4);
		line += len + (line[len] != '\0');
	}
}

static bool
is_base64(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("+/=", c) != NULL);
}

static void
stars_over(char *text, const char *secret, size_t len)
{
	if (len < SECRET_MIN)
		return;
	for (char *c = text; (c = memmem(c, strlen(c), secret, len)) != NULL; c += len)
		memset(c, '*', len);
}

void
smtp_talk_mask(const struct smtp_talk *t, char *text)
{
	if (t->password != NULL)
		stars_over(text, t->password, strlen(t->password));
	/* The words after "AUTH PLAIN", and lines that were answers to challenges. */
	for (const char *word = t->said.data; *word != '\0';) {
		size_t len = strcspn(word, " \r\n");

		if (!is_verb(word, len, "AUTH") && !is_verb(word, len, "PLAIN") && !is_verb(word, len, "LOGIN") &&
		    !is_verb(word, len, "XOAUTH2"))
			stars_over(text, word, len);
		word += len + (word[len] != '\0');
	}
	if (t->step != STEP_AUTH)
		return;
	for (char *c = text; *c != '\0'; c++) {
		size_t run = 0;

		while (is_base64(c[run]))
			run++;
		if (run >= RUN_MIN)
			memset(c, '*', run);
		if (run > 0)
			c += run - 1;
	}
}

void
smtp_talk_words(const struct smtp_talk *t, char *out, size_t room)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf one;
	char first[16];

	buf_init(&one, WORDS_MAX);
	smtp_talk_enhanced(t, first);
	for (const char *line = t->words.data; *line != '\0';) {
		size_t len = strcspn(line, "\n"), skip = 0;

		/* Later lines say their code and enhanced code again; a person needs them once. */
		if (one.len > 0 && len >= 3)
			skip = len > 3 ? 4 : 3;
		if (skip == 4 && first[0] != '\0' && strncmp(line + 4, first, strlen(first)) == 0)
			skip += enhanced_at(line + 4);
		while (skip > 0 && skip < len && line[skip] == ' ')
			skip++;
		if (one.len > 0 && len > skip)
			buf_putc(&one, ' ');
		buf_add(&one, line + skip, len - skip);
		line += len + (line[len] != '\0');
	}
	smtp_talk_mask(t, one.data);
	snprintf(out, room, "%s", text_printable(a, one.data, room - 1));
}

/* ---- judging -------------------------------------------------------------------------------------------- */

/* "Log in first" says nothing about the mail (RFC 4954, section 6). */
static bool
asks_for_auth(int code)
{
	return code == 530 || code == 534 || code == 535 || code == 538;
}

enum smtp_outcome
smtp_judge(const struct smtp_talk *t, const struct smtp_ending *e)
{
	if (e->source_failed)
		return SMTP_UNFIT;
	if (e->no_auth)
		return SMTP_SUBMISSION;
	if (e->ok)
		return t->step == STEP_BODY && t->code / 100 == 2 ? SMTP_SENT : SMTP_DOUBT;

	/* What the server said of this very step decides; an earlier step's answer never does. */
	if (t->code / 100 == 4)
		return SMTP_SOFT;
	if (t->code / 100 == 5)
		return t->step < STEP_MAIL || asks_for_auth(t->code) ? SMTP_SUBMISSION : SMTP_HARD;
	if (e->whole)
		return SMTP_DOUBT;
	if (e->stopped)
		return SMTP_STOPPED;
	if (e->setup)
		return SMTP_SUBMISSION;
	return SMTP_SOFT;
}

const char *
smtp_outcome_word(enum smtp_outcome o)
{
	static const char *const words[] = { [SMTP_SENT] = "sent", [SMTP_SOFT] = "soft", [SMTP_HARD] = "hard",
		[SMTP_DOUBT] = "doubt", [SMTP_SUBMISSION] = "submission", [SMTP_UNFIT] = "unfit",
		[SMTP_STOPPED] = "stopped" };

	return words[o];
}

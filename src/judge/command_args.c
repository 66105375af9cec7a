/* command_args.c - the arguments of each command, and what exactly is wrong with them. */
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/command.h"
#include "judge/command_parts.h"
#include "judge/escalation.h"

#define NAME_MAX_BYTES 64
#define TITLE_MAX      200
#define WITH_MAX       20  /* attachments that one /file names */

static const struct { const char *name; } outcomes[] = {
#define X(name, sentence) { name },
	RESOLUTIONS(X)
#undef X
};

static const char *const kinds[] = { "help", "defect", "docs" };

const char *
filing_kind_word(enum filing_kind k)
{
	return kinds[k];
}

char *
command_trim(struct arena *a, const char *s, const char *end)
{
	char *out = arena_alloc(a, (size_t)(end - s) + 1);
	size_t o = 0, b;

	while (s < end) {
		if ((b = command_blank(s, end)) > 0) {
			if (o > 0 && out[o - 1] != ' ')
				out[o++] = ' ';
			s += b;
		} else
			out[o++] = *s++;
	}
	while (o > 0 && out[o - 1] == ' ')
		o--;
	out[o] = '\0';
	return out;
}

/* What a stranger wrote, fit to stand in an error. */
static const char *
shown(struct arena *a, const char *s)
{
	return text_printable(a, s, 60);
}

/* Cuts the dot or comma that a telephone or a sentence puts behind a word. */
static char *
bare(struct arena *a, const char *s)
{
	size_t len = strlen(s);

	while (len > 0 && strchr(".,;!", s[len - 1]) != NULL)
		len--;
	return arena_strndup(a, s, len);
}

/* The next word of *s, NULL at the end. */
static char *
next_word(struct arena *a, const char **s)
{
	size_t len;
	char *word;

	*s += strspn(*s, " ");
	len = strcspn(*s, " ");
	if (len == 0)
		return NULL;
	word = arena_strndup(a, *s, len);
	*s += len;
	return word;
}

static bool
is_name(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= NAME_MAX_BYTES &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == len;
}

/* ---- spans ---- */

static int64_t
unit_seconds(const char *s, size_t len)
{
	static const struct { const char *name; int64_t seconds; } units[] = {
		{ "m", 60 }, { "min", 60 }, { "mins", 60 }, { "minute", 60 }, { "minutes", 60 }, { "h", 3600 }, { "hour", 3600 },
		{ "hours", 3600 }, { "d", 86400 }, { "day", 86400 }, { "days", 86400 }, { "w", 604800 }, { "week", 604800 },
		{ "weeks", 604800 },
	};

	for (size_t i = 0; i < COUNT(units); i++)
		if (strlen(units[i].name) == len && text_starts_nocase(s, units[i].name))
			return units[i].seconds;
	return 0;
}

bool
command_span(const char *s, int64_t min, int64_t max, int64_t *out)
{
	int64_t total = 0;

	s += strspn(s, " ");
	do {
		int64_t value = 0, unit;
		size_t digits = strspn(s, "0123456789"), len;

		if (digits == 0 || digits > 6)
			return false;
		for (size_t i = 0; i < digits; i++)
			value = value * 10 + (s[i] - '0');
		s += digits;
		s += strspn(s, " ");
		len = strcspn(s, " 0123456789");
		if ((unit = unit_seconds(s, len)) == 0)
			return false;
		total += value * unit; /* < 10^6 weeks each, and COMMAND_LINE_MAX bytes of them: no overflow */
		s += len;
		s += strspn(s, " ");
	} while (*s != '\0');
	if (total < min || total > max)
		return false;
	*out = total;
	return true;
}

/* ---- one function a command ---- */

static const char *
read_nothing(struct arena *a, struct command *c)
{
	if (*bare(a, c->args) == '\0')
		return NULL;
	return arena_printf(a, "/%s takes nothing behind it; put other words on a line of their own", c->name);
}

/* A name, an address, or what a mail program makes of one: "@Bola Adeyemi<mailto:bola@example.com>". */
static const char *
read_pass(struct arena *a, struct command *c)
{
	char *who = bare(a, c->args);

	if (*who == '\0')
		return NULL;
	who += *who == '@';
	c->who = text_trim(a, who, strcspn(who, "<"));
	if (*c->who == '\0' || strlen(c->who) > NAME_MAX_BYTES)
		return arena_printf(a, "/pass takes one name: /pass @who; found '%s'", shown(a, c->args));
	return NULL;
}

static const char *
read_text(struct arena *a, struct command *c)
{
	(void)a;
	c->text = c->args;
	/* /away alone asks what is known. */
	return *c->args != '\0' || c->word == COMMAND_AWAY ? NULL : "/note takes the words of the note behind it";
}

static const char *
read_snooze(struct arena *a, struct command *c)
{
	if (command_span(bare(a, c->args), COMMAND_SNOOZE_MIN, COMMAND_SNOOZE_MAX, &c->span))
		return NULL;
	if (*c->args == '\0')
		return "/snooze takes how long: /snooze 4h";
	return arena_printf(a, "'%s' is no span from 5m to 30d; write it like 30m, 4h or 2d", shown(a, c->args));
}

static const char *
read_sev(struct arena *a, struct command *c)
{
	const char *given = bare(a, c->args);
	uint64_t n;

	if (*c->args == '\0')
		return "/sev takes the severity: /sev 1";
	if (text_starts_nocase(given, "sev")) /* "SEV-1", "P1" */
		given += 3;
	else if (text_starts_nocase(given, "p") || text_starts_nocase(given, "s"))
		given++;
	given += given[0] == '-';
	if (!text_u64(given, 0, 9, &n))
		return arena_printf(a, "'%s' is no severity; they are 0 to 9", shown(a, c->args));
	c->severity = (unsigned)n;
	return NULL;
}

static const char *
read_close(struct arena *a, struct command *c)
{
	const char *rest = c->args, *id;
	char *word = next_word(a, &rest);

	if (word != NULL && word[strlen(word) - 1] == ':') /* "/close F2: done" */
		word[strlen(word) - 1] = '\0';
	id = word != NULL ? bare(a, word) : "";

	if (*id == '\0')
		return "/close takes the number of a filing: /close F2";
	if ((*id != 'F' && *id != 'f') || !text_u64(id + 1, 1, 99999, &c->number))
		return arena_printf(a, "'%s' is no filing; they are written like F2", shown(a, id));
	rest += strspn(rest, " :");
	c->text = rest;
	return NULL;
}

/* Where the words behind it begin: at the first colon, or (dashes) at a dash that stands alone, which some write
 * instead, and some programs. *len: its bytes. NULL: nowhere. */
static const char *
separator(const char *s, bool dashes, size_t *len)
{
	static const struct { const char *s; bool dash; } marks[] = { { ":", false }, { "\xef\xbc\x9a", false }, { " - ", true },
		{ " \xe2\x80\x93 ", true }, { " \xe2\x80\x94 ", true } };
	const char *first = NULL;

	for (size_t i = 0; i < COUNT(marks); i++) {
		const char *at = marks[i].dash && !dashes ? NULL : strstr(s, marks[i].s);

		if (at != NULL && (first == NULL || at < first)) {
			first = at;
			*len = strlen(marks[i].s);
		}
	}
	return first;
}

/* With the quotes that every keyboard has. */
static const char *
plain_quotes(struct arena *a, const char *s)
{
	char *out = arena_strdup(a, s), *w = out;

	for (const char *r = out; *r != '\0';) {
		const unsigned char *u = (const unsigned char *)r;
		bool curly = u[0] == 0xe2 && u[1] == 0x80 && u[2] >= 0x9c && u[2] <= 0x9f;

		*w++ = curly ? '"' : *r;
		r += curly ? 3 : 1;
	}
	*w = '\0';
	return out;
}

/* Names behind "with": with commas between them if there is a comma, else blanks; "quotes" hold a name together. */
static const char *
read_names(struct arena *a, struct command *c, const char *s)
{
	bool commas = strchr(s, ',') != NULL;

	s = plain_quotes(a, s);
	while (*(s += strspn(s, " ,")) != '\0') {
		bool quoted = *s == '"' && strchr(s + 1, '"') != NULL;
		size_t len = quoted ? strcspn(s + 1, "\"") : strcspn(s, commas ? "," : " ");
		const char *name = text_trim(a, s + quoted, len);

		s += len + (quoted ? 2 : 0);
		if (*name == '\0')
			continue;
		if (c->attachments.n == WITH_MAX)
			return arena_printf(a, "/file takes at most %d attachments", WITH_MAX);
		*(const char **)arena_push(a, &c->attachments.v, &c->attachments.n, sizeof(name)) = name;
	}
	return c->attachments.n == 0 ? "/file: expected names of attachments behind 'with'" : NULL;
}

/* TEAM [help|defect|docs] [with ATTACHMENT...]: title */
static const char *
read_file(struct arena *a, struct command *c)
{
	size_t len = 0;
	const char *colon = separator(c->args, false, &len), *head, *word;

	if (colon == NULL)
		colon = separator(c->args, true, &len);
	head = colon == NULL ? c->args : arena_strndup(a, c->args, (size_t)(colon - c->args));
	if ((c->team = next_word(a, &head)) == NULL)
		return "/file takes a team and a title: /file search: indexed search runs out of memory";
	c->text = colon == NULL ? "" : text_trim(a, colon + len, strlen(colon + len));
	if (*c->text == '\0')
		return "/file asks for a title behind a colon: /file search: indexed search runs out of memory";
	if (strlen(c->text) > TITLE_MAX)
		return arena_printf(a, "the title of /file may have %d bytes; put the rest into the text", TITLE_MAX);
	if (!is_name(c->team))
		return arena_printf(a, "'%s' is no name of a team", shown(a, c->team));
	if ((word = next_word(a, &head)) == NULL)
		return NULL;
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (text_equal_nocase(word, kinds[i])) {
			c->kind = (enum filing_kind)i;
			if ((word = next_word(a, &head)) == NULL)
				return NULL;
			break;
		}
	if (text_equal_nocase(word, "with"))
		return read_names(a, c, head);
	if (text_nearest(word, kinds, COUNT(kinds)) != NULL)
		return arena_printf(a, "no kind '%s', did you mean %s?", shown(a, word), text_nearest(word, kinds, COUNT(kinds)));
	return arena_printf(a, "/file: found '%s', expected help, defect, docs, with, or a colon and the title", shown(a, word));
}

static const char *
list_outcomes(struct arena *a)
{
	const char *list = outcomes[0].name;

	for (size_t i = 1; i < COUNT(outcomes); i++)
		list = arena_printf(a, "%s%s%s", list, i + 1 < COUNT(outcomes) ? ", " : " or ", outcomes[i].name);
	return list;
}

/* "fix search": the team that owns what was changed. */
static bool
names_reviewer(struct arena *a, struct command *c, const char *word)
{
	const char *team = text_starts_nocase(word, "fix ") ? word + 4 : "";

	if (!is_name(team))
		return false;
	c->team = arena_strdup(a, team);
	return true;
}

/* "duplicate ESC-12", "Not an escalation", "answered.": the outcome among ours, NULL with an error set. */
static const char *
find_outcome(struct arena *a, struct command *c, char *given)
{
	const char *names[COUNT(outcomes)], *near;
	char *word = bare(a, given), *number = NULL;

	if (text_starts_nocase(word, "duplicate") && (word[9] == ' ' || word[9] == '\0')) {
		number = word[9] == '\0' ? word + 9 : word + 10;
		if (text_starts_nocase(number, "of "))
			number += 3;
		if (!text_starts_nocase(number, "ESC-") || !text_u64(number + 4, 1, INT64_MAX, &c->number)) {
			c->error = "duplicate of which one? Write it like /resolve duplicate ESC-12: cause";
			return NULL;
		}
		return "duplicate";
	}
	if (names_reviewer(a, c, word))
		return "fix";
	for (char *p = word; *p != '\0'; p++)
		*p = *p == ' ' ? '-' : *p;
	for (size_t i = 0; i < COUNT(outcomes); i++) {
		if (text_equal_nocase(word, outcomes[i].name))
			return outcomes[i].name;
		names[i] = outcomes[i].name;
	}
	near = text_nearest(word, names, COUNT(names));
	c->error = near != NULL ? arena_printf(a, "no outcome '%s', did you mean %s?", shown(a, given), near) :
	                          arena_printf(a, "no outcome '%s'; it is %s", shown(a, given), list_outcomes(a));
	return NULL;
}

/* With it go the brackets, the comma and the blanks that tied it to the sentence. */
const char *
command_link(struct arena *a, const char *cause, const char **without)
{
	const char *scheme = strstr(cause, "://"), *from = scheme, *after;
	size_t before, len;

	*without = cause;
	while (from != NULL && from > cause && ((from[-1] | 0x20) >= 'a' && (from[-1] | 0x20) <= 'z'))
		from--;
	if (from == scheme)
		return NULL;
	len = strcspn(from, " <>\"");
	while (len > 0 && strchr(".,;:!)]", from[len - 1]) != NULL)
		len--;
	for (before = (size_t)(from - cause); before > 0 && strchr(" ,;:<([\"", cause[before - 1]) != NULL;)
		before--;
	after = from + len;
	after += strspn(after, " ,;.:>)]\"");
	*without = arena_printf(a, "%.*s%s%s", (int)before, cause, before > 0 && *after != '\0' ? " " : "", after);
	return arena_strndup(a, from, len);
}

/* OUTCOME: cause */
static const char *
read_resolve(struct arena *a, struct command *c)
{
	size_t len = 0;
	const char *colon = separator(c->args, true, &len);
	char *given = text_trim(a, c->args, colon == NULL ? strlen(c->args) : (size_t)(colon - c->args));

	if (*given == '\0')
		return arena_printf(a, "/resolve takes an outcome and the cause: /resolve answered: what it was. Outcomes are %s",
		    list_outcomes(a));
	/* "/resolve answered it was the flag": the outcome is there, its colon is not. */
	if ((c->outcome = find_outcome(a, c, given)) == NULL) {
		const char *rest = given, *first = colon == NULL ? next_word(a, &rest) : NULL;

		for (size_t i = 0; first != NULL && *rest != '\0' && i < COUNT(outcomes); i++)
			if (text_equal_nocase(first, outcomes[i].name) && strcmp(outcomes[i].name, "duplicate") != 0)
				return arena_printf(a, "/resolve asks for a colon before the cause: /resolve %s:%s", outcomes[i].name,
				    shown(a, rest));
		return c->error;
	}
	c->text = colon == NULL ? "" : text_trim(a, colon + len, strlen(colon + len));
	if (*c->text == '\0')
		return arena_printf(a, "/resolve asks for the cause in one line: /resolve %s: what it was",
		    strcmp(c->outcome, "duplicate") == 0 ? arena_printf(a, "duplicate ESC-%llu", (unsigned long long)c->number) : c->outcome);
	if (strcmp(c->outcome, "fix") == 0 && strstr(c->text, "://") == NULL)
		return "a fix asks for the link to the change in its cause: /resolve fix: what it was, https://...";
	return NULL;
}

void
command_arguments(struct arena *a, struct command *c)
{
	static const char *(*const readers[])(struct arena *, struct command *) = {
		[COMMAND_ACK] = read_nothing, [COMMAND_TAKE] = read_nothing, [COMMAND_PASS] = read_pass, [COMMAND_NOTE] = read_text,
		[COMMAND_SNOOZE] = read_snooze, [COMMAND_SEV] = read_sev, [COMMAND_FILE] = read_file, [COMMAND_CLOSE] = read_close,
		[COMMAND_RESOLVE] = read_resolve, [COMMAND_REOPEN] = read_nothing, [COMMAND_AWAY] = read_text,
		[COMMAND_MINE] = read_nothing, [COMMAND_STATUS] = read_nothing, [COMMAND_HELP] = read_nothing,
		[COMMAND_UNDO] = read_nothing,
	};

	_Static_assert(COUNT(readers) == COMMAND_UNKNOWN, "each command has a reader");
	c->error = readers[c->word](a, c);
}

/* handover.c - see handover.h. The arguments are those of the commands, and are read where theirs are. */
#include "judge/handover.h"

#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"

#define NBSP "\xc2\xa0"

static const char *const words[] = { "keep", "give", "resolve" };

/* "41", "ESC-41", "#41", "41:", "41,": a number of a case in the word at *s, which goes behind it. 0: none. */
static int64_t
case_number(struct arena *a, const char **s)
{
	const char *word = *s + (text_starts_nocase(*s, "ESC-") ? 4 : **s == '#');
	size_t len = strspn(word, "0123456789"), end = len + strspn(word + len, ":,.;");
	uint64_t n;

	if (len == 0 || (word[end] != ' ' && word[end] != '\t' && word[end] != '\0' && word[end - 1] != ',') ||
	    !text_u64(arena_strndup(a, word, len), 1, INT64_MAX, &n))
		return 0;
	*s = word + end + strspn(word + end, " \t");
	return (int64_t)n;
}

/* Another one behind it: "41, 42 and 43". */
static int64_t
next_number(struct arena *a, const char **s)
{
	const char *at = *s;
	int64_t n;

	if (text_starts_nocase(at, "and ") || strncmp(at, "& ", 2) == 0)
		at += strcspn(at, " ") + 1;
	if ((n = case_number(a, &at)) != 0)
		*s = at;
	return n;
}

/* The rest of the line as the command that it stands for. */
static void
as_command(struct arena *a, const char *line, struct handover_order *o)
{
	struct commands c;

	commands_parse(a, line, &c);
	if (c.n == 1)
		o->command = c.v[0];
	o->error = c.n != 1 ? "this cannot be read" : c.v[0].error;
	if (o->error != NULL && *o->error == '/')
		o->error++; /* "/resolve takes ..." */
}

static void
give(struct arena *a, const char *to, struct handover_order *o)
{
	as_command(a, arena_printf(a, "/pass %s", to), o);
	if (o->error != NULL)
		o->error = arena_printf(a, "give %lld takes @next, or @ and one name; found '%s'",
		    (long long)o->escalation, text_printable(a, to, 60));
}

static void
read_arguments(struct arena *a, const char *args, struct handover_order *o)
{
	bool next = text_starts_nocase(args, "@next") && args[5 + strspn(args + 5, ".,;!")] == '\0';

	if (o->word == HANDOVER_GIVE && *args == '\0')
		o->error = arena_printf(a, "give it to whom? Write give %lld @next, or @ and a name", (long long)o->escalation);
	else if (o->word == HANDOVER_GIVE)
		give(a, next ? "" : args, o);
	else if (o->word == HANDOVER_RESOLVE)
		as_command(a, arena_printf(a, "/resolve %s", args), o);
	else if (args[strspn(args, ".,;!")] != '\0')
		o->error = "keep takes nothing behind the number; put other words on a line of their own";
}

/* False: no more of them are read. */
static bool
add(struct arena *a, struct handover_orders *out, struct handover_order o)
{
	for (size_t i = 0; i < out->n && o.error == NULL; i++)
		if (out->v[i].escalation == o.escalation)
			o.error = "its case is named twice";
	if (out->n == HANDOVER_ORDERS_MAX) {
		out->v[out->n - 1].error = arena_printf(a, "more than %d cases in one mail", HANDOVER_ORDERS_MAX);
		return false;
	}
	*(struct handover_order *)arena_push(a, &out->v, &out->n, sizeof(o)) = o;
	return true;
}

/* The order of one line, for each of its cases. */
static bool
add_all(struct arena *a, struct handover_orders *out, struct handover_order o, int64_t first, const char *s)
{
	const char *args = s;
	size_t n = 1;

	while (o.error == NULL && o.word != HANDOVER_RESOLVE && next_number(a, &args) != 0)
		n++;
	for (size_t i = 0; i < n; i++) {
		struct handover_order one = o;

		one.escalation = i == 0 ? first : next_number(a, &s);
		if (one.error == NULL)
			read_arguments(a, args, &one);
		if (!add(a, out, one))
			return false;
	}
	return true;
}

enum line { LINE_WORDS, LINE_ORDER, LINE_TOO_MUCH };

static enum line
read_line(struct arena *a, const char *line, struct handover_orders *out)
{
	const char *at = line + (*line == '/'), *s = at, *word, *near; /* some write it like a command */
	size_t len = strcspn(at, " \t"), w = 0;
	struct handover_order o = { .raw = line };
	int64_t first;

	word = arena_strndup(a, at, len - (len > 0 && at[len - 1] == ':'));
	s += len;
	s += strspn(s, " \t");
	while (w < COUNT(words) && !text_equal_nocase(word, words[w]))
		w++;
	if ((first = case_number(a, &s)) == 0)
		return LINE_WORDS;
	if (w == COUNT(words)) {
		near = text_nearest(word, words, COUNT(words));
		if (near == NULL)
			return LINE_WORDS;
		o.error = arena_printf(a, "no word '%s' here, did you mean %s?", text_printable(a, word, 40), near);
	}
	o.word = (enum handover_word)w;
	return add_all(a, out, o, first, s) ? LINE_ORDER : LINE_TOO_MUCH;
}

/* Without blanks at its ends, among them those of a telephone, and without the "- " of a list. */
static const char *
trimmed(struct arena *a, const char *s, size_t len)
{
	char *line = arena_strndup(a, s, len);

	for (char *p = line; (p = strstr(p, NBSP)) != NULL; p++) {
		*p = ' ';
		memmove(p + 1, p + strlen(NBSP), strlen(p + strlen(NBSP)) + 1);
	}
	line = text_trim(a, line, strlen(line));
	return (*line == '-' || *line == '*') && line[1] == ' ' ? text_trim(a, line + 2, strlen(line + 2)) : line;
}

void
handover_parse(struct arena *a, const char *text, struct handover_orders *out)
{
	*out = (struct handover_orders){ .rest = "" };
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		const char *line = trimmed(a, text, len);
		enum line is;

		text += len + (text[len] == '\n');
		if (*line == '\0')
			continue;
		is = len > COMMAND_LINE_MAX ? LINE_WORDS : read_line(a, line, out);
		if (is == LINE_TOO_MUCH)
			return;
		if (is == LINE_WORDS)
			out->rest = arena_printf(a, "%s%s%s", out->rest, *out->rest != '\0' ? "\n" : "", text_printable(a, line, 200));
	}
}

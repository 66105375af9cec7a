/* command.c - which lines of a text are commands. Their arguments are command_args.c's. */
#include "judge/command.h"

#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/command_parts.h"

#define INDENT_MAX  3  /* blanks before a command; more is somebody's listing */
#define HELP_COLUMN 26 /* where the sentences of the table begin */
#define HELP_WIDTH  68 /* of its lines; in a mail they are set in by four */

const struct command_grammar command_grammar[] = {
#define X(id, name, usage, who, sentence) { name, usage, who, sentence },
	COMMANDS(X)
#undef X
};

struct text_line { const char *s; size_t len; bool empty; bool command; bool trailing; };

size_t
command_blank(const char *s, const char *end)
{
	if (s < end && (*s == ' ' || *s == '\t' || *s == '\r'))
		return 1;
	if (end - s >= 2 && memcmp(s, "\xc2\xa0", 2) == 0)
		return 2;
	if (end - s >= 3 && (memcmp(s, "\xe2\x80\xaf", 3) == 0 || memcmp(s, "\xe3\x80\x80", 3) == 0))
		return 3;
	return 0;
}

/* Bytes at s of a character that nobody sees: zero-width blanks and joiners, marks of direction, a soft hyphen. */
static size_t
unseen(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] == 0xc2 && u[1] == 0xad)
		return 2;
	if (u[0] == 0xe2 && u[1] == 0x80 && ((u[2] >= 0x8b && u[2] <= 0x8f) || (u[2] >= 0xaa && u[2] <= 0xae)))
		return 3;
	if (u[0] == 0xe2 && u[1] == 0x81 && u[2] >= 0xa0 && u[2] <= 0xaf)
		return 3;
	return u[0] == 0xef && u[1] == 0xbb && u[2] == 0xbf ? 3 : 0;
}

/* A line that begins with a slash, full-width or behind what nobody sees: as it looks. Mail programs put such characters there.
 * Others stay as they are. */
static void
as_it_looks(struct arena *a, struct text_line *l)
{
	static const char wide[] = "\xef\xbc\x8f";
	char *clean;
	size_t n = 0, first, at = 0;

	while (at < l->len && (unsigned char)l->s[at] < 0x80)
		at++;
	if (at == l->len || l->len > COMMAND_LINE_MAX)
		return;
	at = 0;
	clean = arena_alloc(a, l->len + 1);
	while (at < l->len) {
		size_t skip = unseen(l->s + at); /* the text ends with a NUL: no byte is read behind it */

		if (skip == 0)
			clean[n++] = l->s[at++];
		at += skip;
	}
	clean[n] = '\0';
	for (first = 0; command_blank(clean + first, clean + n) > 0;)
		first += command_blank(clean + first, clean + n);
	if (strncmp(clean + first, wide, 3) == 0) {
		clean[first] = '/';
		memmove(clean + first + 1, clean + first + 3, n - first - 2);
		n -= 2;
	}
	if (clean[first] == '/')
		*l = (struct text_line){ .s = clean, .len = n };
}

/* Lines of the text in one array; a line of blanks alone is empty. */
static struct text_line *
split(struct arena *a, const char *text, size_t *n)
{
	struct text_line *lines;
	size_t count = 1, i = 0;

	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		count++;
	lines = arena_array(a, count, sizeof(*lines));
	for (const char *s = text; i < count; i++) {
		size_t len = strcspn(s, "\n"), blank = 0, b;

		lines[i].s = s;
		lines[i].len = len > 0 && s[len - 1] == '\r' ? len - 1 : len;
		while ((b = command_blank(s + blank, s + len)) > 0)
			blank += b;
		lines[i].empty = blank == len;
		as_it_looks(a, &lines[i]);
		s += len + 1;
	}
	*n = count;
	return lines;
}

static bool
is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where the word of a "/word" line lies; false: it is no such line. The word has letters and hyphens, or a letter that is not
 * ASCII (then it is unknown). A slash, a digit, a dot within it: a path, or whatever it is, text. */
static bool
find_word(const struct text_line *l, const char **word, size_t *len)
{
	const char *s = l->s, *end = l->s + l->len, *w;
	size_t b;

	for (unsigned indent = 0; (b = command_blank(s, end)) > 0; s += b)
		if (++indent > INDENT_MAX || *s == '\t')
			return false;
	if (s == end || *s != '/')
		return false;
	w = ++s;
	while (s < end && (is_letter((unsigned char)*s) || *s == '-' || (unsigned char)*s >= 0x80) && command_blank(s, end) == 0)
		s++;
	*word = w;
	*len = (size_t)(s - w);
	if (*len == 0 || *w == '-' || l->len > COMMAND_LINE_MAX)
		return false;
	if (s < end && strchr(".,:;!", *s) != NULL)
		s++; /* what a telephone adds, or a careful writer */
	return s == end || command_blank(s, end) > 0;
}

static enum command_word
word_of(const char *word, size_t len)
{
	for (size_t i = 0; i < COMMAND_UNKNOWN; i++)
		if (strlen(command_grammar[i].name) == len && text_starts_nocase(word, command_grammar[i].name))
			return (enum command_word)i;
	return COMMAND_UNKNOWN;
}

const char *
command_nearest(const char *word)
{
	const char *names[COMMAND_UNKNOWN];

	for (size_t i = 0; i < COMMAND_UNKNOWN; i++)
		names[i] = command_grammar[i].name;
	return text_nearest(word, names, COMMAND_UNKNOWN);
}

/* Marks the lines of the block that begins with the line `from` and goes on in steps of `step`. Where many unknown words
 * come, somebody pasted a listing: the block ends with the last command before it. */
static void
mark_block(struct text_line *lines, size_t n, size_t from, int step)
{
	size_t unknown = 0, i, end = from;

	for (i = from; i < n; i += (size_t)step) { /* backwards it ends by wrapping round below 0 */
		const char *word;
		size_t len;

		if (lines[i].empty)
			continue;
		if (lines[i].command || !find_word(&lines[i], &word, &len))
			break;
		if (word_of(word, len) == COMMAND_UNKNOWN)
			unknown++;
		else
			end = i + (size_t)step;
	}
	if (unknown <= COMMANDS_UNKNOWN_MAX)
		end = i;
	for (size_t j = from; j != end; j += (size_t)step)
		lines[j].command = !lines[j].empty;
}

/* The command on a line; *stays: the line is left in the text as well. */
static void
add_command(struct arena *a, const struct text_line *l, unsigned number, struct commands *out, bool *stays)
{
	struct command *c = arena_push(a, &out->v, &out->n, sizeof(*c));
	const char *word = l->s, *end = l->s + l->len, *near;
	size_t len = 0;

	find_word(l, &word, &len);
	c->line = number;
	c->trailing = l->trailing;
	c->word = word_of(word, len);
	c->raw = text_trim(a, l->s, l->len);
	c->name = arena_strndup(a, word, len);
	c->args = command_trim(a, word + len + (word + len < end && strchr(".,:;!", word[len]) != NULL), end);
	if (c->word != COMMAND_UNKNOWN) {
		c->name = command_grammar[c->word].name;
		command_arguments(a, c);
	} else {
		near = command_nearest(c->name);
		*stays = near == NULL;
		out->unknown++;
		c->error = near == NULL ?
		    arena_printf(a, "no command '/%s'; /help lists them", text_printable(a, c->name, 40)) :
		    arena_printf(a, "no command '/%s', did you mean /%s?", text_printable(a, c->name, 40), near);
	}
	if (out->n > COMMANDS_MAX && c->error == NULL)
		c->error = arena_printf(a, "more than %d commands in one mail", COMMANDS_MAX);
	out->errors += c->error != NULL;
}

/* The first line amid the text that would be a sound command on its first or last lines: somebody perhaps meant it. */
static void
find_stray(struct arena *a, const struct text_line *lines, size_t n, struct commands *out)
{
	for (size_t i = 0; i < n && out->stray == NULL; i++) {
		struct commands one = { 0 };
		const char *word;
		size_t len;
		bool stays;

		if (lines[i].command || lines[i].empty || !find_word(&lines[i], &word, &len) ||
		    word_of(word, len) == COMMAND_UNKNOWN)
			continue;
		add_command(a, &lines[i], (unsigned)i + 1, &one, &stays);
		if (one.errors == 0)
			out->stray = one.v;
	}
}

void
commands_parse(struct arena *a, const char *text, struct commands *out)
{
	AUTO_BUF struct buf rest;
	size_t n, first = 0, last;
	struct text_line *lines = split(a, text, &n);

	*out = (struct commands){ 0 };
	buf_init(&rest, strlen(text) + 1);
	mark_block(lines, n, 0, 1);
	for (size_t i = 0; i < n; i++)
		lines[i].trailing = !lines[i].command;
	mark_block(lines, n, n - 1, -1);
	find_stray(a, lines, n, out);
	for (size_t i = 0; i < n; i++) {
		bool stays = false;

		if (lines[i].command)
			add_command(a, &lines[i], (unsigned)i + 1, out, &stays);
		lines[i].command = lines[i].command && !stays;
	}
	for (last = n; last > 0 && (lines[last - 1].empty || lines[last - 1].command); last--)
		;
	while (first < last && (lines[first].empty || lines[first].command))
		first++;
	for (size_t i = first; i < last; i++) {
		if (lines[i].command)
			continue;
		buf_add(&rest, lines[i].s, lines[i].len);
		if (i + 1 < last)
			buf_putc(&rest, '\n');
	}
	out->rest = arena_strndup(a, rest.data, rest.len);
}

/* A sentence in the second column, on as many lines as it needs. */
static void
help_sentence(struct buf *out, const char *s)
{
	size_t at = HELP_COLUMN;

	for (size_t word; *s != '\0'; s += word + strspn(s + word, " ")) {
		word = strcspn(s, " ");
		if (at > HELP_COLUMN && at + 1 + word > HELP_WIDTH) {
			buf_printf(out, "\n%*s", HELP_COLUMN, "");
			at = HELP_COLUMN;
		} else if (at > HELP_COLUMN) {
			buf_putc(out, ' ');
			at++;
		}
		buf_add(out, s, word);
		at += word;
	}
	buf_putc(out, '\n');
}

void
command_help(struct buf *out, unsigned who, bool (*offered)(enum command_word))
{
	for (size_t i = 0; i < COMMAND_UNKNOWN; i++) {
		const struct command_grammar *g = &command_grammar[i];
		size_t wide = 1 + strlen(g->name) + (*g->usage != '\0') + strlen(g->usage);

		if ((g->who & who) == 0 || (offered != NULL && !offered((enum command_word)i)))
			continue;
		buf_printf(out, "/%s%s%s", g->name, *g->usage != '\0' ? " " : "", g->usage);
		if (wide > HELP_COLUMN - 2)
			buf_printf(out, "\n%*s", HELP_COLUMN, "");
		else
			buf_printf(out, "%*s", (int)(HELP_COLUMN - wide), "");
		help_sentence(out, g->sentence);
	}
}

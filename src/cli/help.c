/* help.c - what there is: the commands, one command, the keys of the configuration. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "config/keys.h"
#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"

#define HELP_BYTES ((size_t)256 * 1024)
#define NAME_COLUMN 2
#define SUMMARY_MIN 24 /* columns; where a summary has fewer it stands on a line of its own */

struct page { struct buf *out; size_t width; bool colour; };

/* Words, wrapped at the width; the first line goes on at column, the others begin at indent. */
static void
wrapped(const struct page *p, const char *text, size_t column, size_t indent)
{
	bool first = true;

	for (; *text != '\0'; first = false) {
		size_t len = strcspn(text, " ");

		if (!first && column + 1 + len > p->width) {
			buf_printf(p->out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			buf_putc(p->out, ' ');
			column++;
		}
		buf_add(p->out, text, len);
		column += len;
		text += len;
		text += strspn(text, " ");
	}
	buf_putc(p->out, '\n');
}

static void
bold(const struct page *p, const char *text)
{
	buf_printf(p->out, "%s%s%s", p->colour ? "\033[1m" : "", text, p->colour ? "\033[0m" : "");
}

static const struct command *
find(const char *name)
{
	for (size_t i = 0; i < ncommands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* All commands, their summaries in a column if there is room for one. */
static void
overview(const struct page *p)
{
	size_t column = 0;

	buf_puts(p->out, "escrelay - the relay between a support desk and its engineers\n\n");
	wrapped(p, "usage: escrelay [-c relay.conf] COMMAND [--json] ...", 0, 7);
	buf_putc(p->out, '\n');
	for (size_t i = 0; i < ncommands; i++)
		if (!commands[i].hidden && NAME_COLUMN + strlen(commands[i].name) + 2 > column)
			column = NAME_COLUMN + strlen(commands[i].name) + 2;
	for (size_t i = 0; i < ncommands; i++) {
		size_t used = NAME_COLUMN + strlen(commands[i].name);

		if (commands[i].hidden)
			continue;
		buf_printf(p->out, "%*s", NAME_COLUMN, "");
		bold(p, commands[i].name);
		if (column + SUMMARY_MIN > p->width)
			buf_printf(p->out, "\n%*s", NAME_COLUMN + 4, "");
		else
			buf_printf(p->out, "%*s", (int)(column - used), "");
		if (column + SUMMARY_MIN > p->width)
			wrapped(p, commands[i].summary, NAME_COLUMN + 4, NAME_COLUMN + 4);
		else
			wrapped(p, commands[i].summary, column, column);
	}
	buf_puts(p->out, "\n");
	wrapped(p, "'escrelay help COMMAND' tells more of one, 'escrelay help config' of relay.conf, "
	    "'escrelay help config mailbox' of one block or key of it.", 0, 0);
	buf_puts(p->out, "\n");
	wrapped(p, "Exit status: 0 done, 1 a finding, 2 wrong use, 3 cannot.", 0, 13);
}

/* Lines of a command's own help: a line that begins with a blank is an example or a table and stays as it is. */
static void
own_help(const struct page *p, const char *help)
{
	while (*help != '\0') {
		size_t len = strcspn(help, "\n");
		char *line = xasprintf("%.*s", (int)len, help);

		if (*line == ' ' || *line == '\0')
			buf_printf(p->out, "%s\n", line);
		else
			wrapped(p, line, 0, 0);
		auto_free(&line);
		help += len + (help[len] == '\n');
	}
}

void
cli_synopsis(struct buf *out, const struct command *c, const char *prefix, const char *suffix, size_t width)
{
	const struct page p = { .out = out, .width = width };
	const char *ways = c->arguments == NULL ? "" : c->arguments;
	bool many = strlen(prefix) + strlen(c->name) + strlen(ways) + strlen(suffix) + sizeof("usage:  ") > width;

	for (const char *lead = "usage:";; lead = "   or:") {
		const char *end = many ? strstr(ways, " | ") : NULL;
		size_t len = end != NULL ? (size_t)(end - ways) : strlen(ways);
		char *way = xasprintf("%s %s%s %.*s%s", lead, prefix, c->name, (int)len, ways, suffix);

		wrapped(&p, way + strspn(way, " "), 0, 7);
		auto_free(&way);
		if (end == NULL)
			return;
		ways = end + 3;
		buf_puts(out, "   ");
	}
}

static void
one_command(const struct page *p, const struct command *c)
{
	cli_synopsis(p->out, c, "escrelay ", "", p->width);
	buf_putc(p->out, '\n');
	wrapped(p, c->summary, 0, 0);
	if (c->help != NULL) {
		buf_putc(p->out, '\n');
		own_help(p, c->help);
	}
}

/* "help config keep journal": a key may be two words. */
static bool
about_config(const struct page *p, int argc, char **argv)
{
	AUTO_FREE char *topic = argc < 3 ? NULL : argc == 3 ? xstrdup(argv[2]) : xasprintf("%s %s", argv[2], argv[3]);

	return argc <= 4 && keys_help(p->out, topic, p->width, p->colour);
}

static int
no_such_topic(const struct cli *cli, const char *topic, const char *nearest)
{
	if (nearest != NULL)
		return cli_usage(cli, "no help on '%s'; perhaps '%s'", topic, nearest);
	return cli_usage(cli, "no help on '%s'", topic);
}

/* The command or topic that was perhaps meant. */
static const char *
nearest_command(struct arena *a, const char *word)
{
	const char **names = arena_array(a, ncommands + 1, sizeof(*names));
	size_t n = 0;

	names[n++] = "config";
	for (size_t i = 0; i < ncommands; i++)
		if (!commands[i].hidden)
			names[n++] = commands[i].name;
	return text_nearest(word, names, n);
}

int
cmd_help(struct cli *cli, int argc, char **argv)
{
	AUTO_BUF struct buf out;
	AUTO_ARENA struct arena *a = arena_new();
	struct page p = { &out, cli->width < 30 ? 30 : cli->width > 100 ? 100 : cli->width, cli->colour };
	const struct command *c;

	buf_init(&out, HELP_BYTES);
	if (argc < 2)
		overview(&p);
	else if (strcmp(argv[1], "config") == 0) {
		if (!about_config(&p, argc, argv))
			return no_such_topic(cli, text_printable(a, argv[2], 100), key_nearest("", argv[2]));
	} else if ((c = find(argv[1])) != NULL)
		one_command(&p, c);
	else
		return no_such_topic(cli, text_printable(a, argv[1], 100), nearest_command(a, argv[1]));
	return fwrite(out.data, 1, out.len, stdout) == out.len && fflush(stdout) == 0 ? EXIT_DONE : EXIT_CANNOT;
}

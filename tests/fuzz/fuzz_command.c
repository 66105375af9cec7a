/* Goal: no text makes the reader of commands crash, lose a line that was no command, or find more commands than lines. */
#include <stdint.h>
#include <string.h>

#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *text = utf8_clean(a, (const char *)data, size, 1 << 20);
	struct commands c;
	size_t lines = 1, errors = 0;

	commands_parse(a, text, &c);
	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	BUG_ON(c.n > lines);
	for (size_t i = 0; i < c.n; i++) {
		errors += c.v[i].error != NULL;
		BUG_ON(c.v[i].line == 0 || c.v[i].line > lines || (i > 0 && c.v[i].line <= c.v[i - 1].line));
		BUG_ON((c.v[i].word == COMMAND_UNKNOWN) && c.v[i].error == NULL);
		BUG_ON(c.v[i].word == COMMAND_RESOLVE && c.v[i].error == NULL && (c.v[i].outcome == NULL || *c.v[i].text == '\0'));
		BUG_ON(c.v[i].word == COMMAND_FILE && c.v[i].error == NULL && (c.v[i].team == NULL || *c.v[i].text == '\0'));
	}
	BUG_ON(errors != c.errors || c.unknown > c.errors);
	BUG_ON(!utf8_valid(c.rest, strlen(c.rest)) || strlen(c.rest) > strlen(text));
	/* A text without a slash, narrow or wide, is nothing but text. */
	BUG_ON(strchr(text, '/') == NULL && strstr(text, "\xef\xbc\x8f") == NULL && c.n != 0);
	return 0;
}

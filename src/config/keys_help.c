/* keys_help.c - the table of keys for a person (see keys.h). */
#include <string.h>

#include "config/keys.h"
#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"

#define WIDTH_MIN 40
#define WIDTH_MAX 100 /* longer lines are hard to read */

struct page { struct buf *out; size_t width; bool colour; };

/* Words of text, wrapped at the width, each line behind indent blanks. */
static void
paragraph(const struct page *p, const char *text, size_t indent)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (column > 0 && column + 1 + len > p->width) {
			buf_putc(p->out, '\n');
			column = 0;
		}
		if (column == 0)
			buf_printf(p->out, "%*s%.*s", (int)indent, "", (int)len, text);
		else
			buf_printf(p->out, " %.*s", (int)len, text);
		column += (column == 0 ? indent : 1) + len;
		text += len;
		text += strspn(text, " ");
	}
	buf_putc(p->out, '\n');
}

/* What is to be known beside the form: "[1s..1h, default 60s]". */
static const char *
terms(struct arena *a, const struct key *key)
{
	const char *parts[4], *text = "";
	size_t n = 0;

	if (key->range != NULL)
		parts[n++] = key->range;
	if (key->standard == NULL)
		parts[n++] = "must be given";
	else if (*key->standard != '\0')
		parts[n++] = arena_printf(a, "default %s", key->standard);
	if (key->repeats)
		parts[n++] = "repeatable";
	for (size_t i = 0; i < n; i++)
		text = arena_printf(a, "%s%s%s", text, i == 0 ? "[" : ", ", parts[i]);
	return n == 0 ? "" : arena_printf(a, "%s]", text);
}

/* "poll SPAN   [1s..1h, default 60s]" and its sentence below. */
static void
show_key(const struct page *p, const struct key *key, size_t indent)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *facts = terms(a, key);
	size_t used = indent + strlen(key->name) + 1 + strlen(key->form), room = 34;

	buf_printf(p->out, "%*s%s%s%s %s", (int)indent, "", p->colour ? "\033[1m" : "", key->name, p->colour ? "\033[0m"
	    : "", key->form);
	if (*facts != '\0' && used < room && room + strlen(facts) <= p->width)
		buf_printf(p->out, "%*s%s\n", (int)(room - used), "", facts);
	else if (*facts != '\0' && used + 2 + strlen(facts) <= p->width)
		buf_printf(p->out, "  %s\n", facts);
	else if (*facts != '\0') {
		buf_putc(p->out, '\n');
		paragraph(p, facts, indent + 4);
	} else
		buf_putc(p->out, '\n');
	paragraph(p, key->sentence, indent + 4);
}

static bool
has_block(const char *name)
{
	for (size_t i = 0; i < nkeys; i++)
		if (*name != '\0' && strcmp(keys[i].block, name) == 0)
			return true;
	return false;
}

static void
heading(const struct page *p, const char *text)
{
	buf_printf(p->out, "%s%s%s\n", p->colour ? "\033[1;4m" : "", text, p->colour ? "\033[0m" : "");
}

/* A block: what it is and what may stand in it. */
static void
show_block(const struct page *p, const char *block)
{
	AUTO_ARENA struct arena *a = arena_new();
	const struct key *top = key_find("", block);

	heading(p, strcmp(block, "xoauth2") == 0 ? "auth xoauth2 { }" : top == NULL ? block : arena_printf(a, "%s %s",
	    block, top->form));
	if (top != NULL)
		paragraph(p, top->sentence, 4);
	for (size_t i = 0; i < nkeys; i++)
		if (strcmp(keys[i].block, block) == 0)
			show_key(p, &keys[i], 2);
}

static void
show_all(const struct page *p)
{
	heading(p, "Outside of all blocks");
	for (size_t i = 0; i < nkeys; i++)
		if (*keys[i].block == '\0')
			show_key(p, &keys[i], 2);
	for (size_t i = 0; i < nkeys; i++)
		if (*keys[i].block != '\0' && strcmp(keys[i].block, keys[i - 1].block) != 0) {
			buf_putc(p->out, '\n');
			show_block(p, keys[i].block);
		}
}

/* True where a key's name is the topic or begins with its word ("keep" of "keep journal"). */
static bool
is_about(const struct key *key, const char *topic)
{
	size_t len = strlen(topic);

	return strncmp(key->name, topic, len) == 0 && (key->name[len] == '\0' || key->name[len] == ' ');
}

bool
keys_help(struct buf *out, const char *topic, size_t width, bool colour)
{
	struct page p = { out, width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width, colour };
	const char *block = NULL;
	bool any = false;

	if (topic == NULL || *topic == '\0') {
		show_all(&p);
		return true;
	}
	if (has_block(topic)) {
		show_block(&p, topic);
		return true;
	}
	for (size_t i = 0; i < nkeys; i++) {
		if (!is_about(&keys[i], topic))
			continue;
		if (block == NULL || strcmp(block, keys[i].block) != 0) {
			if (any)
				buf_putc(out, '\n');
			block = keys[i].block;
			buf_printf(out, "%s%s:\n", *block == '\0' ? "Outside of all blocks" : "In a block of ", block);
		}
		show_key(&p, &keys[i], 2);
		any = true;
	}
	return any;
}

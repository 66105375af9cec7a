/* letter_blocks.c - lines to blocks: paragraphs, facts, items, quotes, kept lines, the rule above the footer. */
#include <string.h>

#include "ground/mem.h"
#include "judge/letter_parts.h"

#define KEY_MAX 30

static bool
is_empty(const struct line *l)
{
	return l->text[strspn(l->text, " \t")] == '\0';
}

/* True where the line begins so; in a line of ours only by what stood in the template. */
static bool
begins(const struct line *l, const char *with)
{
	size_t len = strlen(with);

	return strncmp(l->text, with, len) == 0 && (l->words || l->literal >= len);
}

size_t
letter_key_length(const struct line *l)
{
	size_t n = 0;

	if (l->words || l->text[0] < 'A' || l->text[0] > 'Z')
		return 0;
	while (n < KEY_MAX && n < l->literal && l->text[n] != '\0' && strchr(":.,;!?(", l->text[n]) == NULL)
		n++;
	return l->text[n] == ':' && l->text[n + 1] == ' ' && n + 2 <= l->literal ? n : 0;
}

static enum block_kind
kind_of(const struct line *l)
{
	if (!l->words && l->literal == 2 && strcmp(l->text, "--") == 0)
		return BLOCK_RULE;
	if (letter_key_length(l) > 0)
		return BLOCK_FACTS;
	if (begins(l, "> ") || (l->words && l->text[0] == '>'))
		return BLOCK_QUOTE;
	if (begins(l, "- ") || (l->words && strncmp(l->text, "* ", 2) == 0))
		return BLOCK_LIST;
	if (begins(l, "    ") || begins(l, "\t"))
		return BLOCK_MONO;
	return BLOCK_PARAGRAPH;
}

/* True where the line goes on with what the block began. */
static bool
goes_on(const struct block *b, const struct line *l, enum block_kind kind)
{
	if (b->words != l->words || b->kind == BLOCK_RULE)
		return false;
	if (b->kind == BLOCK_LIST && kind == BLOCK_PARAGRAPH && strncmp(l->text, "  ", 2) == 0)
		return true;
	return b->kind == kind;
}

void
letter_blocks(struct arena *a, const struct lines *lines, struct blocks *out)
{
	struct block *last = NULL;
	size_t gap = 0;

	*out = (struct blocks){ 0 };
	for (size_t i = 0; i < lines->n; i++) {
		const struct line *l = &lines->v[i];
		enum block_kind kind = kind_of(l);

		/* A quote goes on over its empty lines: they carry their ">". */
		if (is_empty(l)) {
			gap++;
			continue;
		}
		if (last != NULL && gap == 0 && goes_on(last, l, kind)) {
			last->nlines++;
			continue;
		}
		last = arena_push(a, &out->v, &out->n, sizeof(*last));
		*last = (struct block){ .kind = kind, .words = l->words, .gap = gap, .line = l, .nlines = 1 };
		gap = 0;
	}
}

/* read.c - a block's statements against its table of keys (see read.h). */
#include "config/read.h"

#include <string.h>

#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"

static const struct binding *
binding_of(const struct bindings *b, const struct key *key)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->v[i].name, key->name) == 0)
			return &b->v[i];
	log_bug(__FILE__, __LINE__, key->name); /* a key that help shows and nobody reads */
}

const char *
read_perhaps(struct reading *r, const char *word, const char *const *known, size_t n)
{
	const char *nearest = text_nearest(word, known, n);

	return nearest == NULL ? NULL : arena_printf(r->arena, "perhaps '%s'", nearest);
}

/* Where else a key would be known: "'zone' belongs into a block of engineer or team". */
static const char *
elsewhere(struct reading *r, const char *word)
{
	const char *blocks = NULL;

	for (size_t i = 0; i < nkeys; i++)
		if (strcmp(keys[i].name, word) == 0)
			blocks = blocks == NULL ? keys[i].block : arena_printf(r->arena, "%s or %s", blocks,
			    keys[i].block);
	if (blocks == NULL)
		return NULL;
	return *blocks == '\0' ? arena_printf(r->arena, "'%s' stands outside of all blocks", word)
			       : arena_printf(r->arena, "'%s' belongs into a block of %s", word, blocks);
}

/* "limit recipient, limit case, limit all" for "limit", NULL where no key begins so. */
static const char *
family(struct reading *r, const char *block, const char *word)
{
	const char *all = NULL;
	size_t len = strlen(word);

	for (size_t i = 0; i < nkeys; i++)
		if (strcmp(keys[i].block, block) == 0 && strncmp(keys[i].name, word, len) == 0 &&
		    keys[i].name[len] == ' ')
			all = all == NULL ? keys[i].name : arena_printf(r->arena, "%s, %s", all, keys[i].name);
	return all;
}

static void
unknown_key(struct reading *r, const struct bindings *b, const struct conf_stmt *st, const char *two)
{
	const struct conf_word *w = &st->words[0];
	const char *nearest = two == NULL ? NULL : key_nearest(b->block, two), *hint, *known = family(r, b->block,
	    w->text);
	bool secret;

	if (known != NULL) {
		diag_error(r->diag, &st->words[two != NULL], nearest == NULL ? NULL : arena_printf(r->arena,
		    "perhaps '%s'", nearest),
		    "found '%s', expected one of %s", two != NULL ? two : w->text, known);
		return;
	}

	if (nearest == NULL)
		nearest = key_nearest(b->block, w->text);
	secret = nearest != NULL && (strcmp(nearest, "password") == 0 || strcmp(nearest, "secret") == 0 ||
	    strcmp(nearest, "refresh") == 0);
	hint = nearest == NULL ? elsewhere(r, w->text) : arena_printf(r->arena, "perhaps '%s'", nearest);
	/* A line with a misspelt 'password' is not shown: who knows what follows. */
	diag_add(r->diag, DIAG_ERROR, &w->pos, secret ? 0 : w->bytes, hint, "found '%s', expected a key of %s%s",
	    w->kind == CONF_REGEX ? "a regex" : w->text, *b->block == '\0' ? "the configuration" : "a block of ",
	    b->block);
}

/* The key of a statement and its values; its name may be two words. */
static bool
find_key(struct reading *r, const struct bindings *b, const struct conf_stmt *st, struct given *g)
{
	const struct conf_word *w = st->words;
	const char *two = NULL;
	size_t taken = 1;

	g->st = st;
	g->key = w[0].kind == CONF_WORD ? key_find(b->block, w[0].text) : NULL;
	if (g->key == NULL && st->nwords > 1 && w[0].kind == CONF_WORD && w[1].kind == CONF_WORD) {
		two = arena_printf(r->arena, "%s %s", w[0].text, w[1].text);
		g->key = key_find(b->block, two);
		taken = 2;
	}
	if (g->key == NULL) {
		unknown_key(r, b, st, two);
		return false;
	}
	g->v = w + taken;
	g->n = st->nwords - taken;
	return true;
}

/* A default is written as an operator would write it, and read in the same way. */
static void
read_default(struct reading *r, const struct key *key, const struct binding *b, void *target)
{
	const char *text = arena_printf(r->arena, "%s %s", key->name, key->standard);
	struct diag *told = r->diag, none;
	struct bindings one = { .block = key->block, .v = b, .n = 1 };
	struct given g;
	struct conf_tree *tree;

	diag_init(&none, r->arena);
	r->diag = &none;
	r->builtin = true;
	tree = conf_read_text(r->arena, "default", text, strlen(text), true, &none);
	if (find_key(r, &one, &tree->stmts[0], &g))
		b->read(r, &g, (char *)target + b->offset);
	BUG_ON(none.errors > 0);
	r->builtin = false;
	r->diag = told;
}

static void
missing(struct reading *r, const struct key *key, const struct conf_word *owner)
{
	struct conf_pos top = { .line = 1, .column = 1 };

	if (owner != NULL) {
		diag_error(r->diag, owner, NULL, "'%s' is missing in this block, expected: %s %s", key->name, key->name,
		    key->form);
		return;
	}
	top.file = r->main_file;
	diag_add(r->diag, DIAG_ERROR, &top, 0, NULL, "'%s' is missing, expected: %s %s", key->name, key->name,
	    key->form);
}

void
read_block(struct reading *r, const struct bindings *b, const struct conf_stmt *v, size_t n,
    const struct conf_word *owner, void *target, enum pass pass)
{
	const struct conf_word *seen[KEYS_MAX] = { NULL };
	unsigned times[KEYS_MAX] = { 0 };
	struct given g;

	for (size_t i = 0; i < n; i++) {
		const struct binding *how;

		if (pass == PASS_LATE && (g.key = key_find(b->block, v[i].words[0].text)) == NULL)
			continue; /* told in the early pass, or a key of two words, which are all early */
		if (!find_key(r, b, &v[i], &g))
			continue;
		how = binding_of(b, g.key);
		if ((pass == PASS_EARLY && how->late) || (pass == PASS_LATE && !how->late))
			continue;
		if (seen[g.key - keys] != NULL && !g.key->repeats) {
			diag_error(r->diag, &v[i].words[0], NULL,
			    "'%s' is given twice; the first stands at line %u of %s", g.key->name,
			    seen[g.key - keys]->pos.line, seen[g.key - keys]->pos.file->name);
			continue;
		}
		if (++times[g.key - keys] > EACH_MAX) {
			if (times[g.key - keys] == EACH_MAX + 1)
				diag_error(r->diag, &v[i].words[0], NULL, "'%s' is given more than %d times",
				    g.key->name, EACH_MAX);
			continue;
		}
		seen[g.key - keys] = &v[i].words[0];
		how->read(r, &g, (char *)target + how->offset);
	}
	for (size_t i = 0; i < nkeys && pass != PASS_LATE; i++) {
		if (strcmp(keys[i].block, b->block) != 0 || seen[i] != NULL)
			continue;
		if (keys[i].standard == NULL)
			missing(r, &keys[i], owner);
		else if (*keys[i].standard != '\0')
			read_default(r, &keys[i], binding_of(b, &keys[i]), target);
	}
}

bool
read_no_block(struct reading *r, const struct given *g)
{
	if (!g->st->has_block)
		return true;
	diag_error(r->diag, &g->st->words[0], NULL, "'%s' takes no block", g->key->name);
	return false;
}

bool
read_has(const struct given *g, const char *name)
{
	for (size_t i = 0; i < g->st->nblock; i++)
		if (strcmp(g->st->block[i].words[0].text, name) == 0)
			return true;
	return false;
}

bool
read_count(struct reading *r, const struct given *g, size_t min, size_t max)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i].kind == CONF_REGEX && strchr(g->key->form, '~') == NULL) {
			diag_error(r->diag, &g->v[i], NULL, "found a regex, expected: %s %s", g->key->name,
			    g->key->form);
			return false;
		}
	if (g->n < min) {
		diag_error(r->diag, g->n > 0 ? &g->v[g->n - 1] : &g->st->words[0], NULL, "%s, expected: %s %s",
		    g->n == 0 ? "the value is missing" : "something is missing after this", g->key->name, g->key->form);
		return false;
	}
	if (g->n > max) {
		diag_error(r->diag, &g->v[max], NULL, "found '%s' after the value, expected: %s %s", g->v[max].text,
		    g->key->name,
		    g->key->form);
		return false;
	}
	return true;
}

const struct conf_word *
read_one(struct reading *r, const struct given *g)
{
	return read_no_block(r, g) && read_count(r, g, 1, 1) ? &g->v[0] : NULL;
}

const char *
read_name(struct reading *r, const struct given *g, const struct conf_word *w)
{
	size_t good = strspn(w->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	if (w->kind != CONF_REGEX && w->len > 0 && w->text[good] == '\0' && strchr("._-", w->text[0]) == NULL &&
	    w->len <= NAME_BYTES_MAX)
		return w->text;
	if (w->len > NAME_BYTES_MAX)
		diag_error(r->diag, w, NULL, "the name is longer than %d characters", NAME_BYTES_MAX);
	else
		diag_error(r->diag, w, NULL,
		    "found '%s', expected a name of letters, digits, '-', '_' and '.', as in: %s %s", w->text,
		    g->key->name, g->key->form);
	return NULL;
}

void
read_note(struct reading *r, const void *what, const struct conf_word *at)
{
	struct written *place;

	if (r->builtin)
		return;
	place = arena_push(r->arena, &r->places, &r->nplaces, sizeof(*place));
	*place = (struct written){ .what = what, .at = at };
}

const struct conf_word *
read_noted(const struct reading *r, const void *what)
{
	for (size_t i = 0; i < r->nplaces; i++)
		if (r->places[i].what == what)
			return r->places[i].at;
	return NULL;
}

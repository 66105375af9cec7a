/* values.c - words as values: texts, addresses, domains, choices, secrets (see read.h). */
#include <string.h>

#include "config/read.h"
#include "ground/address.h"
#include "ground/mem.h"
#include "ground/text.h"

size_t
read_choice(struct reading *r, const struct given *g, const char *const *words, size_t n)
{
	const struct conf_word *w = read_one(r, g);

	for (size_t i = 0; w != NULL && i < n; i++)
		if (strcmp(w->text, words[i]) == 0)
			return i;
	if (w != NULL)
		diag_error(r->diag, w, read_perhaps(r, w->text, words, n), "found '%s', expected %s", w->text,
		    g->key->form);
	return n;
}

void
read_yes_no(struct reading *r, const struct given *g, void *field)
{
	static const char *const words[] = { "no", "yes" };
	size_t i = read_choice(r, g, words, COUNT(words));

	if (i < COUNT(words))
		*(bool *)field = i == 1;
}

/* A word that goes into headers, commands and pages: one line, not empty, not endless. */
static bool
is_fit(struct reading *r, const struct conf_word *w)
{
	if (w->len == 0)
		diag_error(r->diag, w, NULL, "found an empty text");
	else if (w->len > TEXT_BYTES_MAX)
		diag_error(r->diag, w, NULL, "the text is longer than %d bytes", TEXT_BYTES_MAX);
	else if (strpbrk(w->text, "\r\n") != NULL)
		diag_error(r->diag, w, NULL, "found a line end inside of a text");
	else
		return true;
	return false;
}

void
read_text(struct reading *r, const struct given *g, void *field)
{
	const struct conf_word *w;

	if (g->n > 1 && g->v[0].kind == CONF_WORD) {
		diag_error(r->diag, &g->v[1], "a text of several words stands in \"quotes\"",
		    "found '%s' after the value, expected: %s %s",
		    g->v[1].text, g->key->name, g->key->form);
		return;
	}
	w = read_one(r, g);
	if (w != NULL && is_fit(r, w))
		*(const char **)field = w->text;
}

void
read_word(struct reading *r, const struct given *g, void *field)
{
	const struct conf_word *w = read_one(r, g);

	if (w == NULL || !is_fit(r, w))
		return;
	if (strpbrk(w->text, " \t(){%*\"\\]") != NULL) /* an IMAP atom, for a keyword is one */
		diag_error(r->diag, w, NULL, "found '%s', expected one word without blanks, quotes, brackets, %% and *",
		    w->text);
	else
		*(const char **)field = w->text;
}

const char *
read_path_text(struct reading *r, const char *path)
{
	const char *folder = r->s->folder;

	return path[0] == '/' || strcmp(folder, ".") == 0 ? path : arena_printf(r->arena, "%s/%s", folder, path);
}

void
read_path(struct reading *r, const struct given *g, void *field)
{
	const struct conf_word *w = read_one(r, g);

	if (w != NULL && is_fit(r, w))
		*(const char **)field = read_path_text(r, w->text);
}

const char *
read_address_word(struct reading *r, const struct conf_word *w)
{
	enum address_fault fault = address_check(w->text);
	char *address;

	if (w->kind == CONF_REGEX || fault != ADDRESS_OK) {
		const char *hint = strchr(w->text, '<') != NULL ? "an address stands here without <>"
			: w->len > 0 && w->text[w->len - 1] == ',' ? "several stand beside each other without commas"
			    : NULL;

		diag_error(r->diag, w, hint, "'%s' %s; expected an address such as ada@example.com", w->text,
		    address_fault_words(fault));
		return NULL;
	}
	address = arena_strdup(r->arena, w->text);
	text_lower_ascii(strrchr(address, '@'));
	read_note(r, address, w);
	return address;
}

void
read_address(struct reading *r, const struct given *g, void *field)
{
	const struct conf_word *w = read_one(r, g);

	if (w != NULL)
		*(const char **)field = read_address_word(r, w);
}

static const char *
domain_word(struct reading *r, const struct conf_word *w)
{
	char *domain;

	if (w->kind == CONF_REGEX || !address_domain_valid(w->text)) {
		diag_error(r->diag, w, strchr(w->text, '@') != NULL ? "only what stands after the @"
		    : w->text[0] == '*' || w->text[0] == '.'
		    ? "a domain holds its subdomains already" : NULL,
		    "found '%s', expected a domain such as example.com", w->text);
		return NULL;
	}
	domain = arena_strdup(r->arena, w->text);
	text_lower_ascii(domain);
	read_note(r, domain, w);
	return domain;
}

void
read_domain(struct reading *r, const struct given *g, void *field)
{
	const struct conf_word *w = read_one(r, g);

	if (w != NULL)
		*(const char **)field = domain_word(r, w);
}

static void
push_text(struct reading *r, struct text_list *list, const char *text)
{
	const char **place;

	if (text == NULL)
		return;
	place = arena_push(r->arena, &list->v, &list->n, sizeof(*place));
	*place = text;
}

void
read_addresses(struct reading *r, const struct given *g, void *field)
{
	if (!read_no_block(r, g) || !read_count(r, g, 1, EACH_MAX))
		return;
	for (size_t i = 0; i < g->n; i++)
		push_text(r, field, read_address_word(r, &g->v[i]));
}

void
read_domains(struct reading *r, const struct given *g, void *field)
{
	if (!read_no_block(r, g) || !read_count(r, g, 1, EACH_MAX))
		return;
	for (size_t i = 0; i < g->n; i++)
		push_text(r, field, domain_word(r, &g->v[i]));
}

void
read_words(struct reading *r, const struct given *g, void *field)
{
	if (!read_no_block(r, g) || !read_count(r, g, 1, EACH_MAX))
		return;
	for (size_t i = 0; i < g->n; i++)
		if (is_fit(r, &g->v[i]))
			push_text(r, field, g->v[i].text);
}

void
read_events(struct reading *r, const struct given *g, void *field)
{
	static const char *const events[] = { "opened", "assigned", "waiting", "answered", "filed", "resolved",
	    "reopened", "overdue",
		"quarantined", "refused", "alarm" };

	if (!read_no_block(r, g) || !read_count(r, g, 1, COUNT(events)))
		return;
	for (size_t i = 0; i < g->n; i++) {
		size_t e = 0;

		while (e < COUNT(events) && strcmp(g->v[i].text, events[e]) != 0)
			e++;
		if (e == COUNT(events))
			diag_error(r->diag, &g->v[i], read_perhaps(r, g->v[i].text, events, COUNT(events)),
			    "found '%s', expected an event, as 'help config events' lists them", g->v[i].text);
		else
			push_text(r, field, g->v[i].text);
	}
}

/* Nothing of the words is ever shown here: what stands in their place may be the secret itself. */
void
read_secret(struct reading *r, const struct given *g, void *field)
{
	static const char *const places[] = { "credential", "file", "env" };
	struct secret_ref *ref = field;
	size_t i = 0;

	if (!read_no_block(r, g))
		return;
	while (g->n == 2 && i < COUNT(places) && strcmp(g->v[0].text, places[i]) != 0)
		i++;
	if (g->n != 2 || i == COUNT(places) || g->v[1].len == 0 || g->v[1].len > TEXT_BYTES_MAX) {
		diag_add(r->diag, DIAG_ERROR, &g->st->words[0].pos, 0,
		    "a secret itself never stands in the configuration",
		    "expected: %s %s", g->key->name, g->key->form);
		return;
	}
	if ((i == 0 && strchr(g->v[1].text, '/') != NULL) || (i == 2 && strchr(g->v[1].text, '=') != NULL)) {
		diag_error(r->diag, &g->v[1], NULL, "found '%s', expected a name, as in: %s %s NAME", g->v[1].text,
		    g->key->name, places[i]);
		return;
	}
	ref->kind = i == 0 ? SECRET_CREDENTIAL : i == 1 ? SECRET_FILE : SECRET_ENV;
	ref->where = g->v[1].text;
}

void
read_nothing(struct reading *r, const struct given *g, void *field)
{
	(void)r, (void)g, (void)field;
}

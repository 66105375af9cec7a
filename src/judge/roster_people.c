/* roster_people.c - the people in a cell of a roster, as links, handles, names, tags and question marks. See roster.h.
 */
#include <string.h>
#include <strings.h>

#include "ground/address.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/roster_parts.h"

#define BRACKETS_MAX 8 /* within one another */

struct cell {
	struct arena *a;
	const struct page *page;
	struct cell_people *out;
	struct named *last;    /* whom a tag or a handle in brackets is about; NULL behind a comma */
	const char *tag;       /* "EMEA:" before anybody */
};

static bool
is_handle(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	    c == '.';
}

static size_t
handle_length(const char *s)
{
	size_t n = 0;

	while (is_handle(s[n]))
		n++;
	while (n > 0 && (s[n - 1] == '.' || s[n - 1] == '-'))
		n--;
	return n;
}

static struct named *
add(struct cell *c)
{
	struct named *p = arena_push(c->a, &c->out->v, &c->out->n, sizeof(*p));

	p->tag = c->tag;
	return c->last = p;
}

static bool
means_nobody(const char *s)
{
	static const char *const words[] = { "tbd", "tba", "tbc", "tbd.", "n/a", "na", "none", "nobody", "open",
		"vacant", "unknown", "to be determined", "to be decided", "-", "--", "\xe2\x80\x93", "\xe2\x80\x94",
		"..." };

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	return *s != '\0' && s[strspn(s, "?")] == '\0';
}

static void
add_open(struct cell *c)
{
	add(c)->open = true;
	c->last = NULL;
}

/* Text without the marks of emphasis and code around it. */
static const char *
plain(struct cell *c, const char *s, size_t len)
{
	while (len > 0 && strchr("*_` \t", s[0]) != NULL) {
		s++;
		len--;
	}
	while (len > 0 && strchr("*_` \t", s[len - 1]) != NULL)
		len--;
	return text_squeeze(c->a, arena_strndup(c->a, s, len));
}

/* "https://github.com/mrnugget" is somebody's page; one with more behind it, or of no site, is not. */
static const char *
handle_of_url(struct cell *c, const char *url)
{
	const char *host = strstr(url, "://"), *path;
	size_t len;

	if (host == NULL || (path = strchr(host + 3, '/')) == NULL)
		return NULL;
	path++;
	if (*path == '@')
		path++;
	len = handle_length(path);
	return len > 0 && (path[len] == '\0' || strcmp(path + len, "/") == 0) ? arena_strndup(c->a, path, len) : NULL;
}

static void
add_address(struct cell *c, const char *address)
{
	struct named *p = c->last != NULL && c->last->email == NULL ? c->last : add(c);
	const char *at = strchr(address, '@');

	p->email = address;
	if (p->handle == NULL && p->full_name == NULL)
		p->handle = arena_strndup(c->a, address, (size_t)(at - address));
}

static void
add_handle(struct cell *c, const char *handle)
{
	struct named *p = c->last != NULL && c->last->handle == NULL ? c->last : add(c);

	p->handle = handle;
}

static void
add_name(struct cell *c, const char *name)
{
	if (means_nobody(name)) {
		add_open(c);
		return;
	}
	if (address_check(name) == ADDRESS_OK)
		add_address(c, name);
	else
		add(c)->full_name = name;
}

/* "[@tbliu98](https://github.com/tbliu98)" */
static void
add_link(struct cell *c, const char *text, const char *url)
{
	const char *handle = handle_of_url(c, url), *space = strchr(url, ' ');

	if (space != NULL) /* [a](url "title") */
		handle = handle_of_url(c, arena_strndup(c->a, url, (size_t)(space - url)));
	if (text[0] == '@' && handle_length(text + 1) > 0) {
		c->last = NULL;
		add_handle(c, arena_strndup(c->a, text + 1, handle_length(text + 1)));
		return;
	}
	c->last = NULL;
	if (*text != '\0' && means_nobody(text)) {
		add_open(c);
		return;
	}
	if (strncasecmp(url, "mailto:", 7) == 0 && address_check(url + 7) == ADDRESS_OK) {
		if (*text != '\0' && address_check(text) != ADDRESS_OK)
			add(c)->full_name = text;
		add_address(c, url + 7);
		return;
	}
	if (*text == '\0' && handle == NULL)
		return;
	add(c)->handle = handle;
	if (*text != '\0')
		c->last->full_name = text;
}

/* What stands in brackets beside somebody: his handle, his address, or a tag. */
static void
add_beside(struct cell *c, const char *text)
{
	if (*text == '\0')
		return;
	if (text[0] == '@' && handle_length(text + 1) > 0) {
		add_handle(c, arena_strndup(c->a, text + 1, handle_length(text + 1)));
		return;
	}
	if (address_check(text) == ADDRESS_OK) {
		add_address(c, text);
		return;
	}
	if (c->out->n == 0 || (c->last == NULL && c->out->v[c->out->n - 1].tag != NULL)) {
		c->tag = text; /* "[EMEA] @a" */
		return;
	}
	if (c->last == NULL)
		c->last = &c->out->v[c->out->n - 1]; /* "@a, [EMEA]" */
	c->last->tag = c->last->tag == NULL ? text : arena_printf(c->a, "%s, %s", c->last->tag, text);
}

/* From an opening bracket the closing one that belongs to it, or NULL. */
static const char *
closing(const char *s, char open, char close)
{
	int depth = 0;

	for (; *s != '\0' && depth <= BRACKETS_MAX; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == open)
			depth++;
		else if (*s == close && --depth == 0)
			return s;
	}
	return NULL;
}

static const char *
link_url(const struct cell *c, const char *label)
{
	for (size_t i = 0; i < c->page->nlinks; i++)
		if (strcasecmp(c->page->links[i].label, label) == 0)
			return c->page->links[i].url;
	return NULL;
}

/* "[text](url)", "[text][label]", "[label]", "[tag]"; returns what is behind. */
static const char *
bracket_read(struct cell *c, const char *s)
{
	const char *end = closing(s, '[', ']'), *text, *url = NULL, *behind, *inner;

	if (end == NULL)
		return s + 1;
	text = plain(c, s + 1, (size_t)(end - s) - 1);
	behind = end + 1;
	if (end[1] == '(' && (end = closing(end + 1, '(', ')')) != NULL) {
		url = text_trim(c->a, behind + 1, (size_t)(end - behind) - 1);
		behind = end + 1;
	} else if (behind[0] == '[' && (end = closing(behind, '[', ']')) != NULL) {
		url = link_url(c, arena_strndup(c->a, behind + 1, (size_t)(end - behind) - 1));
		behind = url != NULL ? end + 1 : behind;
	} else {
		url = link_url(c, text);
	}
	if (url == NULL) {
		add_beside(c, text);
		return behind;
	}
	/* "[Ann [EMEA]](url)" */
	if ((inner = strchr(text, '[')) != NULL && inner > text && text[strlen(text) - 1] == ']') {
		add_link(c, plain(c, text, (size_t)(inner - text)), url);
		add_beside(c, arena_strndup(c->a, inner + 1, strlen(inner) - 2));
		return behind;
	}
	add_link(c, text, url);
	return behind;
}

/* "<br>", "<https://…>", "<b>" */
static const char *
angle_read(struct cell *c, const char *s)
{
	const char *end = strchr(s, '>');
	char *inside;

	if (end == NULL)
		return s + 1;
	inside = arena_strndup(c->a, s + 1, (size_t)(end - s) - 1);
	if (strncasecmp(inside, "br", 2) == 0 && (inside[2] == '\0' || inside[2] == ' ' || inside[2] == '/')) {
		c->last = NULL;
		c->tag = NULL;
	} else if (strstr(inside, "://") != NULL && inside[0] != 'a' && handle_of_url(c, inside) != NULL) {
		add_handle(c, handle_of_url(c, inside));
	} else if (address_check(inside) == ADDRESS_OK) {
		add_address(c, inside);
	}
	return end + 1;
}

/* A separator: its length, 0 if there is none. */
static size_t
separator(const char *s)
{
	static const char *const marks[] = { ",", ";", "&amp;", "&", "+", "/", "|", "\xe2\x80\xa2", "\xc2\xb7", "and ",
		"und ", "\n" };

	for (size_t i = 0; i < COUNT(marks); i++)
		if (strncasecmp(s, marks[i], strlen(marks[i])) == 0)
			return strlen(marks[i]);
	return 0;
}

/* Behind a dash stands where somebody is: "Ann - Berlin". The text behind it, NULL if there is no dash. */
static char *
dash_in(char *s)
{
	static const char *const dashes[] = { "- ", "\xe2\x80\x93 ", "\xe2\x80\x94 " };

	for (char *p = s; *p != '\0'; p++)
		for (size_t i = 0; i < COUNT(dashes) && (p == s || p[-1] == ' '); i++)
			if (strncmp(p, dashes[i], strlen(dashes[i])) == 0) {
				*p = '\0';
				return p + strlen(dashes[i]);
			}
	return NULL;
}

static bool
is_capitals(const char *s)
{
	return *s != '\0' && s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ/+-0123456789")] == '\0';
}

/* Words that stand by themselves: somebody's name, or what belongs to him before whom no comma parts them from. */
static void
add_words(struct cell *c, const char *words, bool last) /* last: a comma or nothing follows */
{
	char *text = arena_strdup(c->a, words), *behind;

	if (*text == '\0' || (!last && text[strspn(text, "-\xe2\x80\x93\x94")] == '\0'))
		return; /* a dash that begins a line of a list */
	behind = dash_in(text);
	text = text_squeeze(c->a, text);
	if (*text != '\0' && c->last != NULL && is_capitals(text) && !means_nobody(text))
		add_beside(c, text);
	else if (*text != '\0' && c->last != NULL && c->last->full_name == NULL && !means_nobody(text))
		c->last->full_name = text;
	else if (*text != '\0')
		add_name(c, text);
	if (behind == NULL)
		return;
	if (c->last != NULL)
		add_beside(c, text_squeeze(c->a, behind));
	else
		add_words(c, behind, last);
}

static bool
is_role(const char *s)
{
	static const char *const roles[] = { "primary", "secondary", "backup", "lead", "shadow", "engineer",
		"engineers", "seat", "first", "second", "third" };

	for (size_t i = 0; i < COUNT(roles); i++)
		if (text_starts_nocase(s, roles[i]))
			return true;
	return false;
}

/* A run of words that is a name, or a label with a colon behind it. */
static const char *
words_read(struct cell *c, const char *s)
{
	const char *end = s;
	const char *text;

	while (*end != '\0' && strchr("[(<,;&+|\n?:~", *end) == NULL &&
	    !(*end == '@' && (end == s || end[-1] == ' ')) && !(end > s && end[-1] == ' ' && separator(end) > 0)) {
		if (strncmp(end, "http://", 7) == 0 || strncmp(end, "https://", 8) == 0)
			break;
		end += *end == '\\' && end[1] != '\0' ? 2 : 1;
	}
	text = plain(c, s, (size_t)(end - s));
	if (*end == ':') {
		c->tag = *text != '\0' && !is_role(text) ? text : NULL; /* "EMEA: @ann" */
		return end + 1;
	}
	add_words(c, text, *end == '\0' || strchr(",;<", *end) != NULL);
	return end > s ? end : s + 1;
}

static const char *
question_read(struct cell *c, const char *s)
{
	size_t n = strspn(s, "?");

	if (c->last != NULL)
		c->last->doubtful = true; /* "@ann?": nearly so */
	else
		add_open(c);
	return s + n;
}

static const char *
url_read(struct cell *c, const char *s)
{
	size_t len = strcspn(s, " \t,;<>()[]|");
	const char *handle = handle_of_url(c, arena_strndup(c->a, s, len));

	if (handle != NULL)
		add_handle(c, handle);
	return s + len;
}

static const char *
struck_read(struct cell *c, const char *s)
{
	const char *end = strstr(s + 2, "~~");

	if (end == NULL)
		return s + 2;
	*(const char **)arena_push(c->a, &c->out->struck, &c->out->nstruck, sizeof(char *)) =
	    plain(c, s + 2, (size_t)(end - s) - 2);
	return end + 2;
}

static const char *
paren_read(struct cell *c, const char *s)
{
	const char *end = closing(s, '(', ')');

	if (end == NULL)
		return s + 1;
	add_beside(c, plain(c, s + 1, (size_t)(end - s) - 1));
	return end + 1;
}

/* One thing of the cell; returns what is behind it. */
static const char *
thing_read(struct cell *c, const char *s)
{
	size_t n = separator(s);

	if (n > 0) {
		c->last = NULL;
		return s + n;
	}
	if (strchr(" \t*_`\\", *s) != NULL)
		return s + 1;
	if (strncmp(s, "~~", 2) == 0)
		return struck_read(c, s);
	if (strncmp(s, "![", 2) == 0)
		return s + 1 + strcspn(s + 1, ")") + (strchr(s, ')') != NULL);
	if (strncasecmp(s, "&nbsp;", 6) == 0)
		return s + 6;
	if (*s == '@' && (n = handle_length(s + 1)) > 0) {
		add_handle(c, arena_strndup(c->a, s + 1, n));
		return s + 1 + n;
	}
	switch (*s) {
	case '[':
		return bracket_read(c, s);
	case '(':
		return paren_read(c, s);
	case '<':
		return angle_read(c, s);
	case '?':
		return question_read(c, s);
	default:
		break;
	}
	if (strncmp(s, "http://", 7) == 0 || strncmp(s, "https://", 8) == 0)
		return url_read(c, s);
	return words_read(c, s);
}

void
people_read(struct arena *a, const struct page *page, const char *cell, struct cell_people *out)
{
	struct cell c = { .a = a, .page = page, .out = out };

	*out = (struct cell_people){ 0 };
	while (*cell != '\0' && out->n <= ROSTER_SEATS_MAX)
		cell = thing_read(&c, cell);
}

/* inspect_redact.c - 'inspect --redact': what a team gets to see of a mail, beside what it does not. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/inspect_parts.h"
#include "cli/view.h"
#include "ground/buf.h"
#include "ground/json.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/message.h"
#include "judge/redact.h"

#define LOOK_AHEAD 500 /* lines: a redaction that swallows more makes one change of the rest */
#define LIKE_LEAST 4   /* bytes */
#define LINE_BYTES 300 /* of a line that are shown */

struct lines { const char **v; size_t n; };
struct change { const char *part; size_t line; const char *before, *after; }; /* line from 1, of the original; NULL: none there */
struct changes { struct arena *arena; struct change *v; size_t n; const char *report; };

static struct lines
split(struct arena *a, const char *text)
{
	struct lines l = { .v = NULL };

	for (const char *end; *text != '\0'; text = *end == '\0' ? end : end + 1) {
		end = strchrnul(text, '\n');
		*(const char **)arena_push(a, &l.v, &l.n, sizeof(*l.v)) = arena_strndup(a, text, (size_t)(end - text));
	}
	return l;
}

/* y is x with something of it replaced: what they share at both ends is a good part of y. */
static bool
is_made_of(const char *x, const char *y)
{
	size_t nx = strlen(x), ny = strlen(y), from = 0, to = 0;

	while (from < nx && from < ny && x[from] == y[from])
		from++;
	while (to < nx - from && to < ny - from && x[nx - 1 - to] == y[ny - 1 - to])
		to++;
	return from + to >= LIKE_LEAST && 3 * (from + to) >= ny;
}

/* Where both go on alike: the least that can be left out on both sides. */
static void
meet(const struct lines *x, size_t i, const struct lines *y, size_t j, size_t *to_i, size_t *to_j)
{
	for (size_t sum = 1; sum < LOOK_AHEAD; sum++)
		for (size_t di = 0; di <= sum; di++) {
			size_t dj = sum - di;

			if (i + di < x->n && j + dj < y->n && *x->v[i + di] != '\0' && is_made_of(x->v[i + di], y->v[j + dj])) {
				*to_i = i + di;
				*to_j = j + dj;
				return;
			}
		}
	*to_i = x->n;
	*to_j = y->n;
}

/* The line before 'to', NULL if there is none. */
static const char *
line_at(const struct lines *l, size_t i, size_t to)
{
	return i < to && i < l->n ? l->v[i] : NULL;
}

static void
compare(struct changes *c, const char *part, const char *before, const char *after)
{
	struct lines x = split(c->arena, before), y = split(c->arena, after);
	size_t i = 0, j = 0, to_i, to_j;

	while (i < x.n || j < y.n) {
		if (i < x.n && j < y.n && strcmp(x.v[i], y.v[j]) == 0) {
			i++, j++;
			continue;
		}
		if (i < x.n && j < y.n && is_made_of(x.v[i], y.v[j])) {
			to_i = i + 1;
			to_j = j + 1;
		} else
			meet(&x, i, &y, j, &to_i, &to_j);
		while (i < to_i || j < to_j) {
			*(struct change *)arena_push(c->arena, &c->v, &c->n, sizeof(*c->v)) =
			    (struct change){ part, i + 1, line_at(&x, i, to_i), line_at(&y, j, to_j) };
			i += i < to_i;
			j += j < to_j;
		}
	}
}

static const char *
part(struct changes *c, const struct redaction *v, size_t n, const char *name, const char *text)
{
	const char *report, *clean = redact(c->arena, v, n, text, &report);

	if (report != NULL)
		c->report = c->report == NULL ? report : arena_printf(c->arena, "%s\n%s", c->report, report);
	compare(c, name, arena_strndup(c->arena, text, utf8_cut(text, strlen(text), REDACT_BYTES)), clean);
	return clean;
}

static void
print_json(const struct changes *c, const char *subject, const char *text, const char *original)
{
	json_t *list = json_array(), *report = json_array(), *o = json_object();
	struct lines reports = c->report != NULL ? split(c->arena, c->report) : (struct lines){ .v = NULL };

	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:s?, s:s?}", "part", c->v[i].part, "line", (json_int_t)c->v[i].line, "before", c->v[i].before,
		    "after", c->v[i].after));
	for (size_t i = 0; i < reports.n; i++)
		json_array_append_new(report, json_string(reports.v[i]));
	json_object_set_new(o, "subject", json_string(subject));
	json_object_set_new(o, "text", json_string(text));
	json_object_set_new(o, "original", original != NULL ? json_string(original) : json_null());
	json_object_set_new(o, "report", report);
	json_object_set_new(o, "changes", list);
	json_print_line(o);
}

static void
print_human(const struct cli *cli, const struct changes *c)
{
	const char *last = "";

	for (size_t i = 0; i < c->n; i++) {
		const struct change *x = &c->v[i];

		if (strcmp(last, x->part) != 0)
			printf("%s%s\n", *last != '\0' ? "\n" : "", x->part);
		last = x->part;
		if (x->before != NULL)
			printf("%5zu %s- %s%s\n", x->line, view_red(cli), text_printable(c->arena, x->before, LINE_BYTES), view_plain(cli));
		if (x->after != NULL)
			printf("%5s %s+ %s%s\n", "", view_green(cli), text_printable(c->arena, x->after, LINE_BYTES), view_plain(cli));
	}
	if (c->report == NULL)
		puts("nothing is taken out");
	else
		printf("%s%s\n", c->n > 0 ? "\n" : "", c->report);
}

int
inspect_redact(struct cli *cli, struct arena *a, const struct message *m)
{
	bool own = access(cli->conf, R_OK) == 0;
	struct settings *s = own ? cli_settings(cli, a, NULL) : NULL;
	struct redaction *defaults = NULL;
	size_t n = s != NULL ? s->nredactions : own ? 0 : redactions_default(a, &defaults);
	const struct redaction *v = s != NULL ? s->redactions : defaults;
	struct changes c = { .arena = a };
	const char *subject, *text, *original = NULL;

	if (own && s == NULL)
		return EXIT_CANNOT;
	subject = part(&c, v, n, "subject", m->subject);
	text = part(&c, v, n, "text", m->visible_text != NULL && *m->visible_text != '\0' ? m->visible_text : m->forward == NULL ? m->text : "");
	if (m->forward != NULL)
		original = part(&c, v, n, "original", m->forward->body);
	if (cli->json)
		print_json(&c, subject, text, original);
	else
		print_human(cli, &c);
	settings_free(s);
	redactions_free(defaults, own ? 0 : n);
	return EXIT_DONE;
}

/* exposition.c - see exposition.h. */
#include "cli/exposition.h"

#include <stdint.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/json.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"

#define LABEL_MAX 200 /* bytes of a value */

struct sample { double value; struct exposition_label labels[2]; };
struct family { const char *name, *unit, *help; enum exposed type; struct sample *v; size_t n; };
struct exposition { struct arena *arena; struct family *v; size_t n; };

struct exposition *
exposition_new(struct arena *a)
{
	struct exposition *x = arena_alloc(a, sizeof(*x));

	*x = (struct exposition){ .arena = a };
	return x;
}

static bool
ends_in(const char *name, const char *word)
{
	size_t len = strlen(name), tail = strlen(word);

	return len > tail + 1 && name[len - tail - 1] == '_' && strcmp(name + len - tail, word) == 0;
}

void
exposition_family(struct exposition *x, const char *name, enum exposed type, const char *unit, const char *help)
{
	BUG_ON(strspn(name, "abcdefghijklmnopqrstuvwxyz_") != strlen(name) || ends_in(name, "total"));
	BUG_ON(unit != NULL && !ends_in(name, unit));
	*(struct family *)arena_push(x->arena, &x->v, &x->n, sizeof(*x->v)) =
	    (struct family){ .name = name, .unit = unit, .help = help, .type = type };
}

void
exposition_sample(struct exposition *x, double value, struct exposition_label one, struct exposition_label two)
{
	struct family *f = &x->v[x->n - 1];
	struct sample *s = arena_push(x->arena, &f->v, &f->n, sizeof(*f->v));

	*s = (struct sample){ .value = value, .labels = { one, two } };
	for (size_t i = 0; i < COUNT(s->labels); i++)
		if (s->labels[i].name != NULL)
			s->labels[i].value = utf8_clean(
			    x->arena, s->labels[i].value, strlen(s->labels[i].value), LABEL_MAX);
}

/* ---- text ---------------------------------------------------------------------------------------------- */

/* Quotes need it in a label's value alone, and do no harm in a sentence that has none. */
static void
put_escaped(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\' || *s == '"')
			buf_putc(out, '\\');
		if (*s == '\n')
			buf_puts(out, "\\n");
		else
			buf_putc(out, *s);
	}
}

/* None of ours is as large as what a double holds exactly. */
static bool
is_whole(double value)
{
	return value > -1e15 && value < 1e15 && (double)(int64_t)value == value;
}

static void
put_value(struct buf *out, double value)
{
	if (is_whole(value))
		buf_printf(out, "%.0f", value);
	else
		buf_printf(out, "%.9g", value);
}

static void
put_sample(struct buf *out, const struct family *f, const struct sample *s)
{
	const char *between = "{";

	buf_printf(out, "%s%s", f->name, f->type == COUNTER ? "_total" : "");
	for (size_t i = 0; i < COUNT(s->labels); i++) {
		if (s->labels[i].name == NULL)
			continue;
		buf_printf(out, "%s%s=\"", between, s->labels[i].name);
		put_escaped(out, s->labels[i].value);
		buf_putc(out, '"');
		between = ",";
	}
	buf_puts(out, *between == ',' ? "} " : " ");
	put_value(out, s->value);
	buf_putc(out, '\n');
}

void
exposition_text(const struct exposition *x, struct buf *out)
{
	for (size_t i = 0; i < x->n; i++) {
		const struct family *f = &x->v[i];

		if (f->n == 0)
			continue;
		buf_printf(out, "# TYPE %s %s\n", f->name, f->type == COUNTER ? "counter" : "gauge");
		if (f->unit != NULL)
			buf_printf(out, "# UNIT %s %s\n", f->name, f->unit);
		buf_printf(out, "# HELP %s ", f->name);
		put_escaped(out, f->help);
		buf_putc(out, '\n');
		for (size_t k = 0; k < f->n; k++)
			put_sample(out, f, &f->v[k]);
	}
	buf_puts(out, "# EOF\n");
}

/* ---- JSON ---------------------------------------------------------------------------------------------- */

static json_t *
number(double value)
{
	return is_whole(value) ? json_integer((json_int_t)value) : json_real(value);
}

void
exposition_json(const struct exposition *x)
{
	for (size_t i = 0; i < x->n; i++)
		for (size_t k = 0; k < x->v[i].n; k++) {
			const struct family *f = &x->v[i];
			json_t *labels = json_object();

			for (size_t l = 0; l < COUNT(f->v[k].labels); l++)
				if (f->v[k].labels[l].name != NULL)
					json_object_set_new(
					    labels, f->v[k].labels[l].name, json_string(f->v[k].labels[l].value));
			json_print_line(json_pack("{s:s,s:s,s:o,s:o,s:o}", "name", f->name, "type",
			    f->type == COUNTER ? "counter" : "gauge", "unit",
			    f->unit != NULL ? json_string(f->unit) : json_null(), "labels", labels, "value",
			    number(f->v[k].value)));
		}
}

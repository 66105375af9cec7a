/* roster_print.c - a roster as statements of relay.conf. See roster.h. */
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/roster.h"

/* "text" as the configuration quotes it. */
static void
quoted(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (; *text != '\0'; text++) {
		/* A backslash is only special before these two, so one alone may not come to stand before them. */
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

static void
or_question(struct buf *out, const char *key, const char *value, unsigned question)
{
	if (question == 0)
		buf_printf(out, "    %-5s %s\n", key, value);
	else
		buf_printf(out, "    # %-5s ?    question %u\n", key, question);
}

static void
person_print(struct buf *out, const struct roster_person *p)
{
	buf_printf(
	    out, "engineer %s {%s\n", p->name, p->made_up ? "    # the roster has no handle: the name is made up" : "");
	if (*p->full_name != '\0') {
		buf_puts(out, "    name  ");
		quoted(out, p->full_name);
		buf_putc(out, '\n');
	}
	if (p->email != NULL &&
	    strpbrk(p->email, "{}#/~") != NULL) { /* an address may have them, a bare word may not */
		buf_puts(out, "    email ");
		quoted(out, p->email);
		buf_putc(out, '\n');
	} else {
		or_question(out, "email", p->email, p->email_question);
	}
	or_question(out, "zone", p->zone, p->zone_question);
	or_question(out, "hours", p->hours, p->hours_question);
	if (p->tag != NULL)
		buf_printf(out, "    # the roster says: %s\n", p->tag);
	buf_puts(out, "}\n");
}

static void
span_print(struct buf *out, const struct roster_span *s, const char *pool)
{
	buf_printf(out, "rotation %s %04d-%02d-%02d to %04d-%02d-%02d {%s%s\n    seats", pool, s->from.year,
	    s->from.month, s->from.day, s->to.year, s->to.month, s->to.day, s->remark != NULL ? "    # " : "",
	    s->remark != NULL ? s->remark : "");
	for (size_t i = 0; i < s->nseats; i++)
		buf_printf(out, " %s", s->seats[i] != NULL ? s->seats[i]->name : "?");
	buf_puts(out, "\n}\n");
}

static void
list_print(struct arena *a, struct buf *out, const char *head, const char *const *v, size_t n, bool numbered)
{
	if (n == 0)
		return;
	buf_printf(out, "#\n# %s\n", head);
	for (size_t i = 0; i < n; i++) {
		if (numbered)
			buf_printf(out, "#  %2zu. ", i + 1);
		else
			buf_puts(out, "#   - ");
		buf_printf(out, "%s\n", text_printable(a, v[i], strlen(v[i]) + 1));
	}
}

void
roster_print(struct arena *a, const struct roster *r, const struct roster_ask *ask, const char *source, struct buf *out)
{
	buf_printf(out, "# %zu rotation%s and %zu engineer%s out of %s.\n", r->nspans, r->nspans == 1 ? "" : "s",
	    r->npeople, r->npeople == 1 ? "" : "s", text_printable(a, source, 200));
	list_print(a, out, "Open questions; until they are answered this is no configuration:", r->questions,
	    r->nquestions, true);
	list_print(a, out, "Worth knowing:", r->notes, r->nnotes, false);
	if (ask->handover != NULL)
		buf_printf(out, "\nhandover %s\n", ask->handover);
	else if (r->handover_question > 0)
		buf_printf(out, "\n# handover ?    question %u\n", r->handover_question);
	for (size_t i = 0; i < r->npeople; i++) {
		buf_putc(out, '\n');
		person_print(out, r->people[i]);
	}
	for (size_t i = 0; i < r->nspans; i++) {
		buf_putc(out, '\n');
		span_print(out, &r->spans[i], ask->pool);
	}
}

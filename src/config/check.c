/* check.c - what can only be judged when all settings are read (see read.h). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/read.h"
#include "ground/address.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"

/* About the thing that was noted; nothing at all if it was never written anywhere. */
__attribute__((format(printf, 4, 5))) static void
fault(struct reading *r, enum diag_level level, const void *what, const char *fmt, ...)
{
	const struct conf_word *at = read_noted(r, what);
	char message[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (at != NULL)
		diag_add(r->diag, level, &at->pos, at->bytes, NULL, "%s", message);
}

/* "line 12 of relay.conf", for pointing at the other of two. */
static const char *
place(struct reading *r, const void *what)
{
	const struct conf_word *at = read_noted(r, what);

	return at == NULL ? "another place" : arena_printf(r->arena, "line %u of %s", at->pos.line, at->pos.file->name);
}

/* names[i] is the name of what was noted as noted[i]. */
static void
no_name_twice(struct reading *r, const char *kind, const char *const *names, const void *const *noted, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (text_equal_nocase(names[i], names[k])) {
				fault(r, DIAG_ERROR, noted[i], "the name '%s' is that of another %s, in %s", names[i],
				    kind, place(r, noted[k]));
				break;
			}
}

#define NO_NAME_TWICE(kind, v, n, of, note)                                                 \
	do {                                                                                \
		const char **names = arena_array(r->arena, (n) + 1, sizeof(*names));        \
		const void **noted = arena_array(r->arena, (n) + 1, sizeof(*noted));        \
		for (size_t i = 0; i < (n); i++) {                                          \
			names[i] = (v)[i] of name;                                          \
			noted[i] = note;                                                    \
		}                                                                           \
		no_name_twice(r, kind, names, noted, n);                                    \
	} while (0)

static void
check_names(struct reading *r)
{
	const struct settings *s = r->s;

	NO_NAME_TWICE("engineer", s->engineers, s->nengineers, ->, s->engineers[i]);
	NO_NAME_TWICE("team", s->teams, s->nteams, ., s->teams[i].name);
	NO_NAME_TWICE("customer", s->customers, s->ncustomers, ., s->customers[i].name);
	NO_NAME_TWICE("mailbox", s->mailboxes, s->nmailboxes, ., s->mailboxes[i].name);
	NO_NAME_TWICE("webhook", s->webhooks, s->nwebhooks, ., s->webhooks[i].name);
	NO_NAME_TWICE("redaction", s->redactions, s->nredactions, ., s->redactions[i].name);
}

static bool
same_text(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool
same_folder(const struct mailbox_settings *a, const struct mailbox_settings *b)
{
	return text_equal_nocase(a->server.host, b->server.host) && a->server.port == b->server.port &&
	       same_text(a->folder, b->folder) && same_text(a->user, b->user);
}

static void
check_mailboxes(struct reading *r)
{
	const struct settings *s = r->s;

	for (size_t i = 0; i < s->nmailboxes; i++) {
		const struct mailbox_settings *a = &s->mailboxes[i];

		for (size_t k = 0; k < i; k++) {
			const struct mailbox_settings *b = &s->mailboxes[k];

			if (same_folder(a, b)) {
				fault(r, DIAG_ERROR, a->name,
				    "this is the same folder as the one of mailbox '%s': its mail would come twice",
				    b->name);
				break;
			}
		}
		if (a->acknowledge != ACK_KEYWORD && same_text(a->folder, a->done))
			fault(r, DIAG_ERROR, a->name, "'done' is the folder that is read: nothing would ever be done");
	}
}

/* Mail to ourselves would come back as an escalation. */
static void
not_ours(struct reading *r, const char *address, const char *role)
{
	if (address != NULL && settings_is_own(r->s, address))
		fault(r, DIAG_ERROR, address,
		    "the address of %s is our own: our mail to it would come back as an escalation", role);
}

static void
check_loops(struct reading *r)
{
	const struct settings *s = r->s;

	not_ours(r, s->operator_address, "the operator");
	if (s->fallback != s->operator_address)
		not_ours(r, s->fallback, "the fallback");
	for (size_t i = 0; i < s->ndigest_to; i++)
		not_ours(r, s->digest_to[i], "a reader of the digest");
	for (size_t i = 0; i < s->nengineers; i++) {
		for (size_t k = 0; k < s->engineers[i]->nemails; k++)
			not_ours(r, s->engineers[i]->emails[k], "an engineer");
		not_ours(r, s->engineers[i]->manager, "a manager");
	}
	for (size_t i = 0; i < s->nteams; i++)
		not_ours(r, s->teams[i].email, "a team");
	for (size_t i = 0; i < s->ncustomers; i++) {
		not_ours(r, s->customers[i].aer, "an application engineer");
		not_ours(r, s->customers[i].ie, "an implementation engineer");
	}
}

/* An address is one engineer: from it follows who may command. */
static void
check_engineers(struct reading *r)
{
	const struct settings *s = r->s;

	for (size_t i = 0; i < s->nengineers; i++) {
		const struct engineer *e = s->engineers[i];

		for (size_t k = 0; k < e->nemails; k++) {
			const struct engineer *owner = settings_engineer_by_address(s, e->emails[k]);
			const struct team *team = settings_team_by_address(s, e->emails[k]);

			if (owner != NULL && owner != e)
				fault(r, DIAG_ERROR, e->emails[k], "this address is that of the engineer '%s' already",
				    owner->name);
			if (team != NULL)
				fault(r, DIAG_ERROR, e->emails[k],
				    "this address is that of the team '%s' too: is its mail an engineer's or a team's?",
				    team->name);
		}
	}
}

static void
check_customers(struct reading *r)
{
	const struct settings *s = r->s;

	for (size_t i = 0; i < s->ncustomers; i++)
		for (size_t d = 0; d < s->customers[i].ndomains; d++)
			for (size_t k = 0; k < i; k++)
				for (size_t e = 0; e < s->customers[k].ndomains; e++)
					if (text_equal_nocase(s->customers[i].domains[d], s->customers[k].domains[e]))
						fault(r, DIAG_ERROR, s->customers[i].domains[d],
						    "this domain is that of the customer '%s' already",
						    s->customers[k].name);
}

static void
check_webhooks(struct reading *r)
{
	if (r->s->nwebhooks > WEBHOOKS_MAX)
		fault(r, DIAG_ERROR, r->s->webhooks[WEBHOOKS_MAX].name, "more than %d webhooks", WEBHOOKS_MAX);
}

static size_t
pool_rank(const struct settings *s, const char *pool)
{
	size_t i = 0;

	while (i < s->npools && s->pools[i] != pool)
		i++;
	return i;
}

static int
by_pool_and_day(const void *a, const void *b, void *settings)
{
	const struct rotation *x = a, *y = b;
	size_t px = pool_rank(settings, x->pool), py = pool_rank(settings, y->pool);

	if (px != py)
		return px < py ? -1 : 1;
	if (civil_days(x->from) != civil_days(y->from))
		return civil_days(x->from) < civil_days(y->from) ? -1 : 1;
	return x->pos.offset < y->pos.offset ? -1 : 1;
}

/* Sorted as settings.h says; then only neighbours can overlap first. */
static void
check_rotations(struct reading *r)
{
	struct settings *s = r->s;
	const struct rotation *widest = NULL; /* of those before, the one that ends last */

	if (s->nrotations > 1)
		qsort_r(s->rotations, s->nrotations, sizeof(*s->rotations), by_pool_and_day, s);
	for (size_t i = 0; i < s->nrotations; i++) {
		const struct rotation *now = &s->rotations[i];

		if (widest != NULL && widest->pool == now->pool && civil_days(now->from) < civil_days(widest->to))
			fault(r, DIAG_ERROR, now->pos.file->text + now->pos.offset,
			    "this rotation of '%s' overlaps the one from %04d-%02d-%02d to %04d-%02d-%02d in line %u of %s", now->pool,
			    widest->from.year, widest->from.month, widest->from.day, widest->to.year, widest->to.month,
			    widest->to.day,
			    widest->pos.line, widest->pos.file->name);
		if (widest == NULL || widest->pool != now->pool || civil_days(now->to) > civil_days(widest->to))
			widest = now;
	}
}

static void
check_severity(struct reading *r)
{
	if (r->s->default_severity < COUNT(r->s->has_severity) && !r->s->has_severity[r->s->default_severity])
		fault(r, DIAG_ERROR, &r->s->default_severity, "there is no 'severity %u { }' in the configuration",
		    r->s->default_severity);
}

void
check_all(struct reading *r)
{
	check_names(r);
	check_mailboxes(r);
	check_loops(r);
	check_engineers(r);
	check_customers(r);
	check_webhooks(r);
	check_rotations(r);
	check_severity(r);
}

/* roster_names.c - who is who on a roster, and what it does not say of them. See roster.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ground/address.h"
#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/roster_rows.h"

#define SAY_BYTES  600
#define NAME_BYTES 64  /* of a name in the configuration */
#define SHOWN      120 /* bytes of what somebody wrote that are shown */

void
roster_say(struct arena *a, const char ***v, size_t *n, const char *fmt, va_list ap)
{
	char text[SAY_BYTES];
	int len = vsnprintf(text, sizeof(text), fmt, ap);

	text[len < (int)sizeof(text) ? (size_t)len : utf8_cut(text, sizeof(text) - 1, sizeof(text) - 1)] = '\0';
	*(const char **)arena_push(a, v, n, sizeof(**v)) = utf8_clean(a, text, strlen(text), sizeof(text));
}

static unsigned __attribute__((format(printf, 3, 4)))
ask_about(struct arena *a, struct roster *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	roster_say(a, &r->questions, &r->nquestions, fmt, ap);
	va_end(ap);
	return (unsigned)r->nquestions;
}

static struct roster_person *
by_name(const struct roster *r, const char *name)
{
	for (size_t i = 0; i < r->npeople; i++)
		if (text_equal_nocase(r->people[i]->name, name))
			return r->people[i];
	return NULL;
}

static struct roster_person *
by_full_name(const struct roster *r, const char *full_name)
{
	for (size_t i = 0; i < r->npeople && *full_name != '\0'; i++)
		if (text_equal_nocase(r->people[i]->full_name, full_name))
			return r->people[i];
	return NULL;
}

/* What the configuration takes for a name: of a handle all of it, mostly; of "Thorsten Ball" thorstenball. */
static const char *
name_made(struct arena *a, const struct named *n)
{
	const char *from = n->handle != NULL ? n->handle : n->full_name != NULL ? n->full_name : "";
	char *name = arena_alloc(a, NAME_BYTES + 1);
	size_t len = 0;

	for (; *from != '\0' && len < NAME_BYTES; from++) {
		bool letter =
		    (*from >= 'a' && *from <= 'z') || (*from >= 'A' && *from <= 'Z') || (*from >= '0' && *from <= '9');

		if (!letter && (n->handle == NULL || len == 0 || strchr("._-", *from) == NULL))
			continue;
		name[len++] = n->handle == NULL && *from >= 'A' && *from <= 'Z' ? (char)(*from + 32) : *from;
	}
	name[len] = '\0';
	return len == 0 || text_equal_nocase(name, "tbd") ? "engineer" : name;
}

/* The same name for another: "ann2". */
static const char *
name_unique(struct arena *a, const struct roster *r, const char *name)
{
	const char *tried = name;

	for (unsigned i = 2; by_name(r, tried) != NULL; i++)
		tried = arena_printf(a, "%.*s%u", NAME_BYTES - 5, name, i);
	return tried;
}

const struct roster_person *
roster_person(struct arena *a, struct roster *r, const struct named *n)
{
	const char *full_name = n->full_name != NULL ? text_printable(a, n->full_name, SHOWN) : "";
	struct roster_person *p =
	    by_name(r, n->handle != NULL ? name_made(a, n) : full_name); /* a handle may have lost its @ */

	if (p == NULL && (p = by_full_name(r, full_name)) != NULL && n->handle != NULL && !p->made_up)
		p = NULL; /* two of the same name, each with a handle */
	if (p == NULL) {
		if (r->npeople == ROSTER_PEOPLE_MAX) {
			ask_about(a, r, "there are more than %d people: '%s' is left out", ROSTER_PEOPLE_MAX,
			    name_made(a, n));
			return NULL;
		}
		p = arena_alloc(a, sizeof(*p));
		*p = (struct roster_person){
			.name = name_unique(a, r, name_made(a, n)), .full_name = "", .made_up = n->handle == NULL
		};
		*(struct roster_person **)arena_push(a, &r->people, &r->npeople, sizeof(p)) = p;
	} else if (n->handle != NULL && p->made_up) { /* so that is who he is */
		p->made_up = false;
		p->name = "";
		p->name = name_unique(a, r, name_made(a, n));
	}
	if (*p->full_name == '\0')
		p->full_name = full_name;
	if (p->tag == NULL && n->tag != NULL && *n->tag != '\0')
		p->tag = text_printable(a, n->tag, SHOWN);
	if (p->email == NULL)
		p->email = n->email;
	return p;
}

/* ---- what is to be asked ---- */

static const char *
answer_for(const struct roster_person *p, const struct roster_answer *v, size_t n)
{
	const char *whose[] = { p->name, p->tag, "*" };

	for (size_t k = 0; k < COUNT(whose); k++)
		for (size_t i = 0; i < n && whose[k] != NULL; i++)
			if (text_equal_nocase(v[i].whose, whose[k]))
				return v[i].value;
	return NULL;
}

static bool
address_taken(const struct roster *r, const char *address, const struct roster_person *by)
{
	for (size_t i = 0; i < r->npeople; i++)
		if (r->people[i] != by && r->people[i]->email != NULL && address_equal(r->people[i]->email, address))
			return true;
	return false;
}

static void
addresses_ask(struct arena *a, const struct roster_ask *ask, struct roster *r)
{
	unsigned all = 0;

	for (size_t i = 0; i < r->npeople; i++) {
		struct roster_person *p = r->people[i];
		char *made;

		if (p->email != NULL && !address_taken(r, p->email, p))
			continue;
		p->email = NULL;
		if (ask->domain == NULL) {
			if (all == 0)
				all = ask_about(a, r,
				    "what are the engineers' addresses? --domain example.com makes %s@example.com of "
				    "%s",
				    p->name, p->name);
			p->email_question = all;
			continue;
		}
		made = arena_printf(a, "%s@%s", p->name, ask->domain);
		text_lower_ascii(made);
		if (address_check(made) == ADDRESS_OK && !address_taken(r, made, p))
			p->email = made;
		else
			p->email_question =
			    ask_about(a, r, "what is the address of %s? '%s' %s: write it into the roster", p->name,
			        made, address_check(made) == ADDRESS_OK ? "is another's" : "is none");
	}
}

/* Regions are no zones; some that lie in them, the likeliest first. */
static const char *const regions[][2] = {
	{ "EMEA", "Europe/London, Europe/Berlin or Africa/Johannesburg" },
	{ "EU", "Europe/Berlin or Europe/Lisbon" },
	{ "AMER", "America/New_York, America/Chicago or America/Los_Angeles" },
	{ "AMERICAS", "America/New_York or America/Sao_Paulo" },
	{ "NA", "America/New_York, America/Chicago or America/Los_Angeles" },
	{ "US", "America/New_York or America/Los_Angeles" },
	{ "USA", "America/New_York or America/Los_Angeles" },
	{ "LATAM", "America/Sao_Paulo or America/Bogota" },
	{ "APAC", "Asia/Singapore, Asia/Tokyo or Australia/Sydney" },
	{ "ANZ", "Australia/Sydney or Pacific/Auckland" },
	{ "ASIA", "Asia/Kolkata or Asia/Singapore" },
};

/* What a tag says of a zone, for a question; *zone gets what may be the answer. */
static const char *
tag_meaning(struct arena *a, const char *tag, const char **zone)
{
	for (size_t i = 0; i < COUNT(regions); i++)
		if (text_equal_nocase(tag, regions[i][0])) {
			*zone = arena_strndup(a, regions[i][1], strcspn(regions[i][1], ", "));
			return arena_printf(
			    a, "the roster says '%s', a region and no zone: for instance %s; ", tag, regions[i][1]);
		}
	if (zone_suggest(tag) == NULL)
		return arena_printf(a, "the roster says '%s'; ", tag);
	*zone = zone_suggest(tag);
	return arena_printf(a, "the roster says '%s', perhaps %s; ", tag, *zone);
}

static void
zones_ask(struct arena *a, const struct roster_ask *ask, struct roster *r)
{
	for (size_t i = 0; i < r->npeople; i++) {
		struct roster_person *p = r->people[i];
		const char *likely = "Europe/Berlin", *meaning;

		p->zone = answer_for(p, ask->zones, ask->nzones);
		if (p->zone == NULL && p->tag != NULL && strchr(p->tag, '/') != NULL && zone_load(p->tag) != NULL)
			p->zone = p->tag; /* a zone of a place says it all */
		if (p->zone != NULL)
			continue;
		meaning = p->tag != NULL ? tag_meaning(a, p->tag, &likely) : "";
		p->zone_question =
		    ask_about(a, r, "in which zone does %s work? %s--zone %s=%s", p->name, meaning, p->name, likely);
	}
}

void
roster_ask_people(struct arena *a, const struct roster_ask *ask, struct roster *r)
{
	unsigned all = 0;

	addresses_ask(a, ask, r);
	zones_ask(a, ask, r);
	for (size_t i = 0; i < r->npeople; i++) {
		struct roster_person *p = r->people[i];

		p->hours = answer_for(p, ask->hours, ask->nhours);
		if (p->hours == NULL && all == 0)
			all = ask_about(a, r,
			    "when do they work, by their own clocks? --hours \"mon-fri 09:00-17:00\" for all, --hours "
			    "\"%s=mon-fri 10:00-18:00\" "
			    "for one",
			    p->name);
		p->hours_question = p->hours == NULL ? all : 0;
	}
}

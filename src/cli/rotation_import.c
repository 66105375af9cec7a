/* rotation_import.c - 'escrelay rotation import': a roster in Markdown becomes configuration, and what it does not say
 * questions. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/rotation_parts.h"
#include "cli/view.h"
#include "ground/address.h"
#include "ground/buf.h"
#include "ground/json.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/roster.h"

#define PRINT_BYTES (16u << 20)
/* What a configuration must have beside a roster, to try by it what is printed. */
#define LEAST "address a@example.invalid\noperator o@example.invalid\nstaff example.invalid\nauthserv-id none\n"

struct import {
	struct cli *cli;
	struct arena *arena;
	struct roster_ask ask;
	struct roster_answer *zones, *hours;
	const char *file;
};

/* ---- options ---- */

/* True where those lines are a configuration. */
static bool
is_configuration(struct arena *a, const char *lines, const char **why)
{
	const char *text = arena_printf(a, LEAST "%s", lines);
	struct settings *s;
	struct diag d;

	diag_init(&d, a);
	s = settings_read(a, conf_read_text(a, "import", text, strlen(text), true, &d), "/import", &d);
	*why = "";
	for (size_t i = 0; s == NULL && i < d.n; i++)
		if (d.items[i].level == DIAG_ERROR)
			*why = arena_printf(a, "%s%s%s", d.items[i].message, d.items[i].hint != NULL ? "; " : "",
			    d.items[i].hint != NULL ? d.items[i].hint : "");
	settings_free(s);
	return s != NULL;
}

/* A value that stands in one line of the configuration, and in nothing else. */
static bool
one_line(const char *value)
{
	return *value != '\0' && strpbrk(value, "{};#\"\n\r") == NULL;
}

/* "keegan=VALUE", "VALUE" for everybody */
static struct roster_answer
answer_of(struct arena *a, const char *value)
{
	const char *equals = strchr(value, '=');

	return equals == NULL ? (struct roster_answer){ "*", value } :
	    (struct roster_answer){ arena_strndup(a, value, (size_t)(equals - value)), equals + 1 };
}

static bool
zone_option(struct import *m, const char *value)
{
	struct roster_answer x = answer_of(m->arena, value);
	const char *meant = zone_suggest(x.value);

	/* "EST" is a zone as well, one without summer time: nobody is meant to live in it by mistake. */
	if (zone_load(x.value) == NULL || (strchr(x.value, '/') == NULL && strcmp(x.value, "UTC") != 0)) {
		cli_usage(m->cli, "'%s' is no zone of a place%s%s%s", text_printable(m->arena, x.value, 60),
		    meant != NULL ? "; perhaps '" : "", meant != NULL ? meant : "", meant != NULL ? "'" : "");
		return false;
	}
	*(struct roster_answer *)arena_push(m->arena, &m->zones, &m->ask.nzones, sizeof(x)) = x;
	m->ask.zones = m->zones;
	return true;
}

static bool
hours_option(struct import *m, const char *value)
{
	struct roster_answer x = answer_of(m->arena, value);
	const char *why = "";

	if (!one_line(x.value) ||
	    !is_configuration(m->arena,
	        arena_printf(m->arena, "engineer x { email x@example.invalid; zone UTC; hours %s }\n", x.value),
	        &why)) {
		cli_usage(m->cli, "--hours wants days and hours such as \"mon-fri 09:00-17:00\"%s%s",
		    *why != '\0' ? ": " : "", why);
		return false;
	}
	*(struct roster_answer *)arena_push(m->arena, &m->hours, &m->ask.nhours, sizeof(x)) = x;
	m->ask.hours = m->hours;
	return true;
}

static bool
handover_option(struct import *m, const char *value)
{
	const char *why = "", *line = strchr(value, ' ') != NULL ? value : arena_printf(m->arena, "%s UTC", value);

	if (!one_line(value) || !is_configuration(m->arena, arena_printf(m->arena, "handover %s\n", line), &why)) {
		cli_usage(m->cli, "--handover wants an hour such as 09:00, or \"09:00 Europe/London\"%s%s",
		    *why != '\0' ? ": " : "", why);
		return false;
	}
	m->ask.handover = line;
	return true;
}

static bool
pool_option(struct import *m, const char *value)
{
	const char *why = "";

	if (one_line(value) && strchr(value, ' ') == NULL &&
	    is_configuration(
	        m->arena, arena_printf(m->arena, "rotation %s 2026-01-01 to 2026-02-01 { seats ? }\n", value), &why)) {
		m->ask.pool = value;
		return true;
	}
	cli_usage(m->cli, "'%s' is no name of a pool", text_printable(m->arena, value, 60));
	return false;
}

static bool
domain_option(struct import *m, const char *value)
{
	m->ask.domain = value;
	if (address_domain_valid(value))
		return true;
	cli_usage(m->cli, "'%s' is no domain such as example.com", text_printable(m->arena, value, 60));
	return false;
}

static bool
dates_option(struct import *m, const char *value)
{
	m->ask.order = strcmp(value, "mdy") == 0 ? ROSTER_MONTH_FIRST
	    : strcmp(value, "dmy") == 0          ? ROSTER_DAY_FIRST
	                                         : ROSTER_ORDER_UNKNOWN;
	if (m->ask.order != ROSTER_ORDER_UNKNOWN)
		return true;
	cli_usage(m->cli, "--dates wants mdy (08/10/2022 is in August) or dmy (it is in October)");
	return false;
}

static bool
year_option(struct import *m, const char *value)
{
	uint64_t year;

	if (text_u64(value, 1970, 9990, &year)) {
		m->ask.year = (int)year;
		return true;
	}
	cli_usage(m->cli, "--year wants a year such as 2026");
	return false;
}

static bool
import_options(struct import *m, int argc, char **argv)
{
	static const struct { const char *name; bool (*take)(struct import *m, const char *value);
	} options[] = {
		{ "--zone", zone_option },
		{ "--hours", hours_option },
		{ "--handover", handover_option },
		{ "--domain", domain_option },
		{ "--pool", pool_option },
		{ "--dates", dates_option },
		{ "--year", year_option },
	};

	for (int i = 2; i < argc; i++) {
		size_t len = strcspn(argv[i], "="), k = 0;
		const char *value;

		if (strcmp(argv[i], "-") == 0 || argv[i][0] != '-') {
			if (m->file != NULL)
				return cli_usage(m->cli, "import reads one file at a time"), false;
			m->file = argv[i];
			continue;
		}
		while (k < COUNT(options) &&
		    (strlen(options[k].name) != len || strncmp(options[k].name, argv[i], len) != 0))
			k++;
		if (k == COUNT(options))
			return cli_usage(m->cli, "'%s' is not an option of rotation import",
			           text_printable(m->arena, argv[i], 60)),
			       false;
		value = argv[i][len] == '=' ? argv[i] + len + 1 : i + 1 < argc ? argv[++i] : NULL;
		if (value == NULL)
			return cli_usage(m->cli, "%s wants a value", options[k].name), false;
		if (!options[k].take(m, value))
			return false;
	}
	if (m->file == NULL)
		return cli_usage(m->cli, "import wants the file of the roster, or - for standard input"), false;
	return true;
}

/* An answer about somebody who is not there is a slip of the pen. */
static bool
answers_fit(struct import *m, const struct roster *r, const struct roster_answer *v, size_t n, const char *option)
{
	for (size_t i = 0; i < n; i++) {
		bool used = strcmp(v[i].whose, "*") == 0;

		for (size_t k = 0; k < r->npeople && !used; k++)
			used = text_equal_nocase(r->people[k]->name, v[i].whose) ||
			    text_equal_nocase(r->people[k]->tag, v[i].whose);
		if (!used) {
			cli_usage(m->cli, "%s: nobody on the roster is '%s'", option,
			    text_printable(m->arena, v[i].whose, 60));
			return false;
		}
	}
	return true;
}

/* ---- the page ---- */

static const char *
page_text(struct import *m)
{
	bool from_stdin = strcmp(m->file, "-") == 0;
	int fd = from_stdin ? STDIN_FILENO : open(m->file, O_RDONLY | O_CLOEXEC);
	AUTO_BUF struct buf text;
	char chunk[65536];
	ssize_t n = fd >= 0 ? 0 : -1;

	buf_init(&text, ROSTER_BYTES_MAX + 1); /* one more, so that it is seen that it is too large */
	while (fd >= 0 && !text.over && (n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		buf_add(&text, chunk, (size_t)n);
	}
	if (n < 0 || text.over) {
		fprintf(stderr, "escrelay: %s: %s\n", m->file, text.over ? "larger than any roster" : strerror(errno));
		if (fd >= 0 && !from_stdin)
			close(fd);
		return NULL;
	}
	if (!from_stdin)
		close(fd);
	return utf8_clean(m->arena, text.data, text.len, text.len * 3 + 1);
}

/* ---- output ---- */

static json_t *
texts_json(const char *const *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(v[i]));
	return list;
}

static json_t *
date_json(struct arena *a, struct civil_date d)
{
	return json_string(arena_printf(a, "%04d-%02d-%02d", d.year, d.month, d.day));
}

static void
import_json(const struct import *m, const struct roster *r)
{
	json_t *people = json_array(), *spans = json_array();

	for (size_t i = 0; i < r->npeople; i++) {
		const struct roster_person *p = r->people[i];

		json_array_append_new(people,
		    json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "engineer", p->name, "name", view_json_text(p->full_name),
		        "email", view_json_text(p->email), "zone", view_json_text(p->zone), "hours",
		        view_json_text(p->hours), "tag", view_json_text(p->tag)));
	}
	for (size_t i = 0; i < r->nspans; i++) {
		json_t *seats = json_array();

		for (size_t k = 0; k < r->spans[i].nseats; k++)
			json_array_append_new(seats,
			    r->spans[i].seats[k] != NULL ? json_string(r->spans[i].seats[k]->name) : json_null());
		json_array_append_new(spans,
		    json_pack("{s:s,s:o,s:o,s:o,s:i}", "pool", m->ask.pool, "from",
		        date_json(m->arena, r->spans[i].from), "to", date_json(m->arena, r->spans[i].to), "seats",
		        seats, "line", (int)r->spans[i].line));
	}
	json_print_line(json_pack("{s:o,s:o,s:o,s:o,s:o}", "handover", view_json_text(m->ask.handover), "engineers",
	    people, "rotations", spans, "questions", texts_json(r->questions, r->nquestions), "notes",
	    texts_json(r->notes, r->nnotes)));
}

static int
import_print(struct import *m, const struct roster *r)
{
	AUTO_BUF struct buf out;
	const char *why;

	buf_init(&out, PRINT_BYTES);
	roster_print(m->arena, r, &m->ask, strcmp(m->file, "-") == 0 ? "standard input" : m->file, &out);
	for (size_t i = 0; i < r->nquestions; i++)
		fprintf(
		    stderr, "%zu. %s\n", i + 1, text_printable(m->arena, r->questions[i], strlen(r->questions[i]) + 1));
	for (size_t i = 0; i < r->nnotes; i++)
		fprintf(stderr, "note: %s\n", text_printable(m->arena, r->notes[i], strlen(r->notes[i]) + 1));
	if (r->nquestions > 0)
		fprintf(stderr, "%zu question%s open\n", r->nquestions, r->nquestions == 1 ? " is" : "s are");
	if (m->cli->json)
		import_json(m, r);
	else
		fwrite(out.data, 1, out.len, stdout);
	if (r->nquestions > 0)
		return EXIT_FINDING;
	if (out.over || !is_configuration(m->arena, out.data, &why)) {
		fprintf(
		    stderr, "escrelay: what is printed is no configuration yet: %s\n", out.over ? "it is cut" : why);
		return EXIT_FINDING;
	}
	return EXIT_DONE;
}

int
rotation_import(struct cli *cli, int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct import m = { .cli = cli, .arena = a, .ask = { .pool = "core" } };
	const char *text;
	struct roster r;

	if (!import_options(&m, argc, argv))
		return EXIT_USAGE;
	if ((text = page_text(&m)) == NULL)
		return EXIT_CANNOT;
	roster_read(a, text, &m.ask, &r);
	if (!answers_fit(&m, &r, m.zones, m.ask.nzones, "--zone") ||
	    !answers_fit(&m, &r, m.hours, m.ask.nhours, "--hours"))
		return EXIT_USAGE;
	return import_print(&m, &r);
}

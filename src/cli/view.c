/* view.c - see view.h. */
#include "cli/view.h"
#include "edge/store_filing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"

bool
view_open(struct view *v, struct cli *cli, enum store_mode mode)
{
	enum store_fault fault;
	char why[256];

	*v = (struct view){ .arena = arena_new(), .now = clock_now() };
	v->settings = cli_settings(cli, v->arena, NULL);
	if (v->settings != NULL) {
		v->store = store_open(v->settings->store, mode, &fault, why);
		if (v->store != NULL)
			return true;
		fprintf(stderr, "escrelay: %s\n", why);
	}
	view_close(v);
	return false;
}

void
view_close(struct view *v)
{
	store_close(v->store);
	arena_free(v->arena);
	*v = (struct view){ 0 };
}

int
view_end(struct view *v, int status)
{
	if (store_fault(v->store) != STORE_OK) {
		fprintf(stderr, "escrelay: %s\n", store_why(v->store));
		status = EXIT_CANNOT;
	}
	view_close(v);
	return status;
}

bool
view_number(const char *word, int64_t *n)
{
	uint64_t u;

	if (!text_u64(word, 1, INT32_MAX, &u))
		return false;
	*n = (int64_t)u;
	return true;
}

int64_t
view_case_number(const char *word)
{
	int64_t n;

	if (text_starts_nocase(word, "esc-"))
		word += 4;
	return view_number(word, &n) ? n : 0;
}

int64_t
view_filing_number(const char *word)
{
	uint64_t n;

	return (*word == 'F' || *word == 'f') && text_u64(word + 1, 1, 99999, &n) ? (int64_t)n : 0;
}

const char *
view_time(struct arena *a, int64_t t)
{
	char text[CLOCK_TEXT];

	clock_rfc3339(t, text);
	return arena_printf(a, "%.10s %.5s", text, text + 11);
}

const char *
view_ago(struct arena *a, int64_t t, int64_t now)
{
	char span[CLOCK_TEXT];
	int64_t s = t > now ? t - now : now - t;

	if (s > 172800)
		s -= s % 86400;
	else if (s > 7200)
		s -= s % 3600;
	else if (s > 120)
		s -= s % 60;
	clock_span(s, span);
	return t > now ? arena_printf(a, "in %s", span) : arena_printf(a, "%s ago", span);
}

const char *
view_clean(struct arena *a, const char *s, size_t max)
{
	return text_printable(a, text_squeeze(a, s), max);
}

json_t *
view_json_time(int64_t t)
{
	char text[CLOCK_TEXT];

	return t == 0 ? json_null() : json_string(clock_rfc3339(t, text));
}

json_t *
view_json_text(const char *s)
{
	return s == NULL || *s == '\0' ? json_null() : json_string(s);
}

const char *view_bold(const struct cli *cli) { return cli->colour ? "\033[1m" : ""; }
const char *view_dim(const struct cli *cli) { return cli->colour ? "\033[2m" : ""; }
const char *view_red(const struct cli *cli) { return cli->colour ? "\033[31m" : ""; }
const char *view_green(const struct cli *cli) { return cli->colour ? "\033[32m" : ""; }
const char *view_plain(const struct cli *cli) { return cli->colour ? "\033[0m" : ""; }

struct absences
view_absences(struct arena *a, const struct settings *s, bool without, int64_t now, struct absence **rows)
{
	enum store_fault fault = STORE_ABSENT;
	char why[256];
	struct store *store = without ? NULL : store_open(s->store, STORE_READ, &fault, why);
	struct absence *known = NULL;
	size_t n = store != NULL ? store_absences(store, a, now, &known) : 0;
	struct away_span *spans = arena_array(a, n, sizeof(*spans));

	for (size_t i = 0; i < n; i++)
		spans[i] = (struct away_span){ .engineer = known[i].engineer, .from = known[i].from, .to = known[i].to };
	if (store != NULL && store_fault(store) != STORE_OK)
		snprintf(why, sizeof(why), "%s", store_why(store));
	if (store != NULL ? store_fault(store) != STORE_OK : fault != STORE_ABSENT)
		fprintf(stderr, "escrelay: %s; who is away is said by relay.conf alone here\n", why);
	store_close(store);
	if (rows != NULL)
		*rows = known;
	return (struct absences){ .v = spans, .n = n };
}

void
view_fact(struct cli *cli, struct view *v, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		printf("  %s%-10s%s %s\n", view_dim(cli), name, view_plain(cli), view_clean(v->arena, value, 300));
}

json_t *
view_escalation_json(struct view *v, const struct escalation *e)
{
	char id[32];
	struct filing *filings;
	size_t n = store_filings(v->store, v->arena, e->id, &filings);
	json_t *open = json_array();
	json_t *requester = json_pack("{s:s,s:s}", "name", e->requester.name, "address", e->requester.address);

	snprintf(id, sizeof(id), "ESC-%" PRId64, e->id);
	for (size_t i = 0; i < n; i++)
		if (filings[i].state == FILING_STATE_OPEN)
			json_array_append_new(open, json_string(arena_printf(v->arena, "F%" PRId64, filings[i].number)));
	return json_pack("{s:s,s:s,s:i,s:o,s:o,s:s,s:o,s:o}", "id", id, "state", escalation_state_word(e->state), "severity", (int)e->severity,
	    "engineer", view_json_text(e->engineer), "requester", requester, "subject", e->subject, "opened", view_json_time(e->opened),
	    "filings_open", open);
}

/* rotation_next.c - 'escrelay rotation next': who would take the next escalations if they came now. It reads, and
 * writes nothing. */
#include <stdio.h>
#include <string.h>

#include "cli/rotation_parts.h"
#include "cli/view.h"
#include "ground/clock.h"
#include "ground/json.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/assign.h"

#define NEXT_MAX  100
#define LOOKS_MAX 1000 /* instants that are tried for one escalation */

struct queue {
	struct cli *cli;
	struct arena *arena;
	const struct settings *settings;
	const struct rotation *rotation; /* whose accounts the loads are */
	struct choice_ask ask;
	struct load *loads;
	uint64_t n;
	int64_t at;
	bool has_at, has_severity, alone;
};

static bool
number_taken(struct queue *q, const char *word, uint64_t least, uint64_t most, uint64_t *n, const char *what)
{
	if (word != NULL && text_u64(word, least, most, n))
		return true;
	cli_usage(q->cli, "%s, from %u to %u", what, (unsigned)least, (unsigned)most);
	return false;
}

static bool
next_option(struct queue *q, struct rotation_options *o, const char *name, size_t len, const char *value)
{
	uint64_t severity;

	if (len == 4 && strncmp(name, "--at", len) == 0) {
		if (value != NULL && clock_parse(value, &q->at))
			return q->has_at = true;
		cli_usage(q->cli, "--at wants a time such as 2026-11-23 or 2026-11-23T10:00:00Z");
		return false;
	}
	if (len == 10 && strncmp(name, "--severity", len) == 0) {
		if (!number_taken(q, value, 0, 9, &severity, "--severity wants a number"))
			return false;
		q->ask.severity = (unsigned)severity;
		return q->has_severity = true;
	}
	if (len == 6 && strncmp(name, "--pool", len) == 0 && (o->pool = value) != NULL)
		return true;
	if (len == 7 && strncmp(name, "--skill", len) == 0 && (q->ask.skill = value) != NULL)
		return true;
	if (value == NULL)
		cli_usage(q->cli, "%.*s wants a name", (int)len, name);
	else
		cli_usage(q->cli, "'%s' is not an option of rotation next", text_printable(q->arena, name, 60));
	return false;
}

static bool
next_options(struct queue *q, struct rotation_options *o, int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		size_t len = strcspn(argv[i], "=");
		const char *name = argv[i];

		if (strcmp(name, "--no-store") == 0) {
			q->alone = true;
			continue;
		}
		if (name[0] != '-') {
			if (q->n > 0)
				return cli_usage(q->cli, "next wants one number"), false;
			if (!number_taken(q, name, 1, NEXT_MAX, &q->n, "next wants how many escalations"))
				return false;
		} else if (!next_option(q, o, name, len,
		               name[len] == '='   ? name + len + 1
		                   : i + 1 < argc ? argv[++i]
		                                  : NULL))
			return false;
	}
	return true;
}

/* What dispatch would know at that time: pointer, accounts, who has what open, who is away. False: the store is there
 * and cannot be read. */
static bool
state_read(struct queue *q)
{
	const struct settings *s = q->settings;
	enum store_fault fault = STORE_ABSENT;
	char why[256];
	struct store *store = q->alone ? NULL : store_open(s->store, STORE_READ, &fault, why);
	int64_t since = 0;
	bool good = store != NULL || fault == STORE_ABSENT; /* a relay that never ran has given nobody a turn */

	q->loads = arena_array(q->arena, s->nengineers + 1, sizeof(*q->loads));
	q->rotation = rotation_at(s, q->ask.pool, q->at, &since, NULL);
	for (size_t i = 0; i < s->nengineers; i++) {
		q->loads[i].engineer = s->engineers[i]->name;
		if (store == NULL)
			continue;
		q->loads[i].open = store_open_count(store, q->loads[i].engineer);
		q->loads[i].turns = store_turn_count(store, q->ask.pool, q->loads[i].engineer, since);
	}
	if (store != NULL) {
		credits_read(store_credits(store, q->arena, q->ask.pool), since, q->loads, s->nengineers);
		store_pointer(store, q->arena, q->ask.pool, &q->ask.pointer.engineer, &q->ask.pointer.seat);
		good = store_fault(store) == STORE_OK;
	}
	if (!good)
		fprintf(stderr, "escrelay: %s\n", store != NULL ? store_why(store) : why);
	store_close(store);
	q->ask.absences = view_absences(q->arena, s, q->alone || !good, q->at, NULL);
	q->ask.loads = q->loads;
	q->ask.nloads = s->nengineers;
	q->ask.accounts = true;
	return good;
}

/* Accounts begin anew with each rotation. */
static void
accounts_turn(struct queue *q)
{
	const struct rotation *r = rotation_at(q->settings, q->ask.pool, q->ask.now, NULL, NULL);

	if (r == q->rotation)
		return;
	q->rotation = r;
	for (size_t i = 0; i < q->ask.nloads; i++)
		q->loads[i].credit = q->loads[i].turns = 0;
}

/* Who takes the next one, at once or when somebody can. */
static void
one_choose(struct queue *q, struct choice *c)
{
	for (int looks = 0; looks < LOOKS_MAX; looks++) {
		accounts_turn(q);
		assign_choose(q->settings, q->arena, &q->ask, c);
		if (c->engineer != NULL || c->next == NULL || c->next_at <= q->ask.now)
			break;
		q->ask.now = c->next_at;
	}
	if (c->engineer == NULL)
		return;
	credits_settle(c, q->loads, q->ask.nloads);
	q->ask.pointer = (struct pointer){ c->engineer->name, c->seat };
	for (size_t i = 0; i < q->ask.nloads; i++)
		if (q->settings->engineers[i] == c->engineer) {
			q->loads[i].open++;
			q->loads[i].turns++;
		}
}

static void
one_json(const struct queue *q, const struct choice *c, unsigned n)
{
	char local[CLOCK_TEXT];

	if (c->engineer != NULL)
		clock_rfc3339_offset(q->ask.now, zone_local(c->engineer->zone, q->ask.now).offset, local);
	json_print_line(json_pack("{s:i,s:o,s:o,s:o,s:b,s:s}", "n", (int)n, "engineer",
	    view_json_text(c->engineer != NULL ? c->engineer->name : NULL), "at",
	    c->engineer != NULL ? view_json_time(q->ask.now) : json_null(), "local",
	    view_json_text(c->engineer != NULL ? local : NULL), "offhours", c->offhours, "why", c->sentence));
}

static void
one_print(const struct queue *q, const struct choice *c, unsigned n)
{
	const char *when = q->ask.now == q->at ? "at once" : view_ago(q->arena, q->ask.now, q->at);

	printf("%2u. %s%s%s", n, view_bold(q->cli), c->engineer != NULL ? c->engineer->full_name : "nobody",
	    view_plain(q->cli));
	if (c->engineer != NULL)
		printf("  %s: %s UTC, %s by his clock", when, rotation_time(q->arena, q->ask.now, 0),
		    rotation_time(q->arena, q->ask.now, zone_local(c->engineer->zone, q->ask.now).offset));
	printf("\n    %s\n", c->sentence);
}

int
rotation_next(struct cli *cli, int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct queue q = { .cli = cli, .arena = a, .at = clock_now() };
	struct rotation_options o = { 0 };
	struct choice c = { 0 };
	int status;

	if (!next_options(&q, &o, argc, argv))
		return EXIT_USAGE;
	if ((q.settings = rotation_settings(cli, a, &o, &q.ask.pool, &status)) == NULL)
		return status;
	if (!q.has_severity)
		q.ask.severity = q.settings->default_severity;
	q.ask.offhours = q.settings->severities[q.ask.severity].offhours;
	q.ask.now = q.at;
	if (!state_read(&q))
		return EXIT_CANNOT;
	if (!cli->json)
		printf("If they came to %s on %s UTC, and none were closed meanwhile:\n\n", q.ask.pool,
		    rotation_time(a, q.at, 0));
	status = EXIT_DONE;
	for (unsigned i = 1; i <= (q.n > 0 ? q.n : 3) && status == EXIT_DONE; i++) {
		one_choose(&q, &c);
		if (cli->json)
			one_json(&q, &c, i);
		else
			one_print(&q, &c, i);
		status = c.engineer == NULL ? EXIT_FINDING : EXIT_DONE; /* nor would anybody take those behind it */
	}
	return status;
}

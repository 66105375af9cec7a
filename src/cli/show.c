/* show.c - `escrelay show ESC-n`: one case, its facts, and everything that happened, in order. `show F3`: a filing without a case. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/filings.h"
#include "cli/table.h"
#include "cli/view.h"
#include "edge/store_purge.h"
#include "ground/mem.h"

struct shown {
	struct escalation e;
	struct event_row *events; size_t nevents;
	struct outbox_row *owed;  size_t nowed;
	struct turn *turns;       size_t nturns;
	struct filing *filings;   size_t nfilings;
};

static void
print_json(struct view *v, const struct shown *s)
{
	json_t *o = view_escalation_json(v, &s->e), *events = json_array(), *letters = json_array(), *turns = json_array(),
	       *filings = json_array();

	for (size_t i = 0; i < s->nevents; i++)
		json_array_append_new(events, json_pack("{s:o,s:s,s:s,s:s,s:o}", "at", view_json_time(s->events[i].at), "actor", s->events[i].actor, "kind",
		    s->events[i].kind, "detail", s->events[i].detail, "journal", s->events[i].journal != 0 ? json_integer(s->events[i].journal) : json_null()));
	for (size_t i = 0; i < s->nowed; i++)
		json_array_append_new(letters, json_pack("{s:I,s:s,s:s,s:s,s:s,s:i}", "id", (json_int_t)s->owed[i].id, "kind", s->owed[i].kind, "to", s->owed[i].to,
		    "state", outbox_state_word(s->owed[i].state), "reply", s->owed[i].reply, "attempts", (int)s->owed[i].attempts));
	for (size_t i = 0; i < s->nturns; i++)
		json_array_append_new(turns, json_pack("{s:o,s:s,s:s}", "at", view_json_time(s->turns[i].at), "engineer", s->turns[i].engineer, "why", s->turns[i].sentence));
	json_object_set_new(o, "customer", view_json_text(s->e.customer));
	json_object_set_new(o, "ticket", view_json_text(s->e.ticket));
	json_object_set_new(o, "rule", view_json_text(s->e.rule));
	json_object_set_new(o, "pool", view_json_text(s->e.pool));
	json_object_set_new(o, "team", view_json_text(s->e.team));
	json_object_set_new(o, "label", view_json_text(s->e.label));
	json_object_set_new(o, "changed", view_json_time(s->e.changed));
	json_object_set_new(o, "resolved", view_json_time(s->e.resolved));
	json_object_set_new(o, "outcome", view_json_text(s->e.outcome));
	json_object_set_new(o, "cause", view_json_text(s->e.cause));
	for (size_t i = 0; i < s->nfilings; i++)
		json_array_append_new(filings, filing_json(&s->filings[i]));
	json_object_set_new(o, "filings", filings);
	json_object_set_new(o, "turns", turns);
	json_object_set_new(o, "events", events);
	json_object_set_new(o, "letters", letters);
	json_print_line(o);
}

static void
print_facts(struct cli *cli, struct view *v, const struct shown *s)
{
	const struct escalation *e = &s->e;
	struct arena *a = v->arena;

	printf("%sESC-%" PRId64 "%s  %s\n\n", view_bold(cli), e->id, view_plain(cli), view_clean(a, e->subject, 300));
	view_fact(cli, v, "state", arena_printf(a, "%s (turn: %s)", escalation_state_word(e->state), escalation_state_turn(e->state)));
	view_fact(cli, v, "severity", arena_printf(a, "%u", e->severity));
	view_fact(cli, v, "engineer", e->engineer);
	view_fact(cli, v, "requester", *e->requester.name != '\0' ? arena_printf(a, "%s <%s>", e->requester.name, e->requester.address) : e->requester.address);
	view_fact(cli, v, "customer", e->customer);
	view_fact(cli, v, "ticket", e->ticket);
	view_fact(cli, v, "rule", e->rule);
	view_fact(cli, v, "label", e->label);
	view_fact(cli, v, "team", e->team);
	view_fact(cli, v, "opened", arena_printf(a, "%s UTC, %s", view_time(a, e->opened), view_ago(a, e->opened, v->now)));
	if (e->state == ESCALATION_RESOLVED) {
		view_fact(cli, v, "resolved", arena_printf(a, "%s UTC, %s", view_time(a, e->resolved), view_ago(a, e->resolved, v->now)));
		view_fact(cli, v, "outcome", e->outcome);
		view_fact(cli, v, "cause", e->cause);
	}
	if (s->nturns > 0)
		view_fact(cli, v, "why him", s->turns[s->nturns - 1].sentence);
}

static void
print_events(struct cli *cli, struct view *v, const struct shown *s)
{
	struct table *t = table_new(v->arena);

	table_column(t, "at (UTC)", TABLE_LEFT);
	table_column(t, "who", TABLE_LEFT);
	table_column(t, "what", TABLE_LEFT);
	table_column(t, "", TABLE_LEFT);
	for (size_t i = 0; i < s->nevents; i++) {
		table_cell(t, "%s", view_time(v->arena, s->events[i].at));
		table_cell(t, "%s", s->events[i].actor);
		table_cell(t, "%s", s->events[i].kind);
		table_cell(t, "%s", s->events[i].detail);
	}
	putchar('\n');
	table_print(t, cli);
}

static void
print_letters(struct cli *cli, struct view *v, const struct shown *s)
{
	struct table *t = table_new(v->arena);

	if (s->nowed == 0)
		return;
	table_column(t, "letter", TABLE_RIGHT);
	table_column(t, "kind", TABLE_LEFT);
	table_column(t, "to", TABLE_LEFT);
	table_column(t, "state", TABLE_LEFT);
	table_column(t, "the server said", TABLE_LEFT);
	for (size_t i = 0; i < s->nowed; i++) {
		table_cell(t, "%" PRId64, s->owed[i].id);
		table_cell(t, "%s", s->owed[i].kind);
		table_cell(t, "%s", s->owed[i].to);
		table_cell(t, "%s", outbox_state_word(s->owed[i].state));
		table_cell(t, "%s", s->owed[i].reply);
	}
	putchar('\n');
	table_print(t, cli);
}

/* What is not there any more because it was too old. */
static void
print_purged(struct view *v, const struct shown *s)
{
	int64_t letters = store_purged_before(v->store, PURGE_LETTERS), mails = store_purged_before(v->store, PURGE_MAILS);

	bool resolved = s->e.state == ESCALATION_RESOLVED;

	if (s->nevents == 0 || (resolved && (s->e.opened < letters || s->e.opened < mails)))
		putchar('\n');
	if (s->nevents == 0)
		puts("The record of this case was removed for its age (keep events).");
	if (resolved && s->e.opened < letters)
		printf("Letters of before %s UTC were removed for their age (keep outbox).\n", view_time(v->arena, letters));
	if (resolved && s->e.opened < mails)
		printf("The text of mails of before %s UTC was removed for their age (keep journal).\n", view_time(v->arena, mails));
}

static int
show_case(struct cli *cli, struct view *v, int64_t id)
{
	struct shown s;

	if (!store_escalation_get(v->store, v->arena, id, &s.e)) {
		if (store_fault(v->store) == STORE_OK)
			fprintf(stderr, "escrelay: there is no ESC-%" PRId64 "\n", id);
		return EXIT_FINDING;
	}
	s.nevents = store_events(v->store, v->arena, id, &s.events);
	s.nowed = store_outbox_of(v->store, v->arena, id, &s.owed);
	s.nfilings = store_filings(v->store, v->arena, id, &s.filings);
	s.nturns = store_turns(v->store, v->arena, id, &s.turns);
	if (cli->json) {
		print_json(v, &s);
		return EXIT_DONE;
	}
	print_facts(cli, v, &s);
	if (s.nfilings > 0) {
		putchar('\n');
		filings_print(cli, v, s.filings, s.nfilings, false);
	}
	if (s.nevents > 0)
		print_events(cli, v, &s);
	print_letters(cli, v, &s);
	print_purged(v, &s);
	return EXIT_DONE;
}

int
cmd_show(struct cli *cli, int argc, char **argv)
{
	int64_t id = argc == 2 ? view_case_number(argv[1]) : 0, filing = argc == 2 ? view_filing_number(argv[1]) : 0;
	struct view v;

	if (id == 0 && filing == 0)
		return cli_usage(cli, argc == 2 ? "'%s' is no case; they are written ESC-17, a filing without a case F3" : "show wants one case%s",
		    argc == 2 ? argv[1] : "");
	if (!view_open(&v, cli, STORE_READ))
		return EXIT_CANNOT;
	return view_end(&v, filing != 0 ? filing_show(cli, &v, filing) : show_case(cli, &v, id));
}

/* queue.c - `escrelay queue`: what is owed, how each attempt went in the server's own words; retry and drop by hand. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/pile.h"
#include "cli/table.h"
#include "ground/mem.h"
#include "ground/service.h"

static json_t *
row_json(const struct outbox_row *r)
{
	return json_pack("{s:I,s:o,s:s,s:s,s:s,s:s,s:s,s:i,s:o,s:o,s:o,s:i,s:o}", "id", (json_int_t)r->id, "escalation",
	    r->escalation != 0 ? json_sprintf("ESC-%lld", (long long)r->escalation) : json_null(), "kind", r->kind, "to", r->to, "subject", r->subject,
	    "message_id", r->message_id, "state", outbox_state_word(r->state), "attempts", (int)r->attempts, "queued", view_json_time(r->queued_at), "next",
	    r->state == OUTBOX_SENT || r->state == OUTBOX_REFUSED || r->state == OUTBOX_DROPPED ? json_null() : view_json_time(r->next_at), "settled",
	    view_json_time(r->settled_at), "code", r->code, "reply", view_json_text(r->reply));
}

static const char *
next_words(struct view *v, const struct outbox_row *r)
{
	if (r->state == OUTBOX_SENDING)
		return "now";
	if (r->state == OUTBOX_SENT || r->state == OUTBOX_REFUSED || r->state == OUTBOX_DROPPED)
		return "-";
	return r->next_at <= v->now ? "due" : view_ago(v->arena, r->next_at, v->now);
}

static void
print_table(struct cli *cli, struct view *v, const struct outbox_row *rows, size_t n)
{
	struct table *t = table_new(v->arena);

	table_column(t, "letter", TABLE_RIGHT);
	table_column(t, "state", TABLE_LEFT);
	table_column(t, "tries", TABLE_RIGHT);
	table_column(t, "next", TABLE_LEFT);
	table_column(t, "kind", TABLE_LEFT);
	table_column(t, "to", TABLE_LEFT);
	table_column(t, "the server said", TABLE_LEFT);
	for (size_t i = 0; i < n; i++) {
		table_cell(t, "%" PRId64, rows[i].id);
		table_cell(t, "%s", outbox_state_word(rows[i].state));
		table_cell(t, "%u", rows[i].attempts);
		table_cell(t, "%s", next_words(v, &rows[i]));
		table_cell(t, "%s", rows[i].kind);
		table_cell(t, "%s", rows[i].to);
		table_cell(t, "%s", rows[i].reply);
	}
	table_print(t, cli);
}

static int
list(struct cli *cli, struct view *v, bool all)
{
	struct outbox_row *rows;
	size_t n = store_outbox(v->store, v->arena, all, &rows);
	int64_t until = 0;
	const char *held = store_held(v->store, v->arena, &until);

	if (cli->json) {
		for (size_t i = 0; i < n; i++)
			json_print_line(row_json(&rows[i]));
		return EXIT_DONE;
	}
	if (held != NULL && until > v->now)
		printf("%sHeld%s, tried again %s: %s\n\n", view_red(cli), view_plain(cli), view_ago(v->arena, until, v->now), view_clean(v->arena, held, 400));
	if (n == 0)
		puts(all ? "Nothing was ever owed." : "Nothing is owed.");
	else
		print_table(cli, v, rows, n);
	for (size_t i = 0; i < v->settings->nwebhooks; i++) {
		unsigned events = store_hooks_waiting(v->store, v->settings->webhooks[i].name);

		if (events > 0)
			printf("\nWebhook %s is owed %u event%s.\n", v->settings->webhooks[i].name, events, events == 1 ? "" : "s");
	}
	return EXIT_DONE;
}

static int
show(struct cli *cli, struct view *v, int64_t id)
{
	struct outbox_row row;
	struct attempt_row *attempts;
	size_t n;

	if (!store_outbox_get(v->store, v->arena, id, &row)) {
		fprintf(stderr, "escrelay: there is no letter %" PRId64 "\n", id);
		return EXIT_FINDING;
	}
	n = store_attempts(v->store, v->arena, id, &attempts);
	if (cli->json) {
		json_t *o = row_json(&row), *list = json_array();

		for (size_t i = 0; i < n; i++)
			json_array_append_new(list, json_pack("{s:o,s:o,s:s,s:i,s:s}", "at", view_json_time(attempts[i].at), "ended", view_json_time(attempts[i].ended),
			    "outcome", attempts[i].outcome, "code", attempts[i].code, "reply", attempts[i].reply));
		json_object_set_new(o, "attempt_list", list);
		json_print_line(o);
		return EXIT_DONE;
	}
	printf("%sletter %" PRId64 "%s  %s to %s\n\n  subject     %s\n  message-id  <%s>\n  state       %s\n  queued      %s UTC, %s\n", view_bold(cli), id,
	    view_plain(cli), row.kind, view_clean(v->arena, row.to, 300), view_clean(v->arena, row.subject, 300), row.message_id, outbox_state_word(row.state),
	    view_time(v->arena, row.queued_at), view_ago(v->arena, row.queued_at, v->now));
	if (n > 0)
		puts("\nattempts");
	for (size_t i = 0; i < n; i++)
		printf("  %s UTC  %-10s %s\n", view_time(v->arena, attempts[i].at), *attempts[i].outcome != '\0' ? attempts[i].outcome : "open",
		    view_clean(v->arena, attempts[i].reply, 500));
	return EXIT_DONE;
}

static int
act(struct cli *cli, struct view *v, const char *verb, int64_t id)
{
	bool retry = strcmp(verb, "retry") == 0, done;

	done = retry ? store_outbox_retry(v->store, id, v->now) : store_outbox_drop(v->store, id, v->now);
	if (done && retry)
		wake_poke(v->settings->store, "send");
	if (cli->json)
		json_print_line(json_pack("{s:I,s:s,s:b}", "id", (json_int_t)id, "action", verb, "done", (int)done));
	else if (done)
		printf("Letter %" PRId64 " %s.\n", id, retry ? "is tried again now" : "was dropped: it is not sent any more");
	else if (store_fault(v->store) == STORE_OK)
		fprintf(stderr, "escrelay: letter %" PRId64 " cannot be %s: there is none, or it was sent already, or is being sent\n", id, retry ? "tried again" : "dropped");
	return done ? EXIT_DONE : EXIT_FINDING;
}

int
cmd_queue(struct cli *cli, int argc, char **argv)
{
	static const struct pile pile = { "a letter", { "retry", "drop" }, list, show, act };

	return pile_command(cli, &pile, argc, argv);
}

/* quarantine.c - `escrelay quarantine`: mail that waits for a person: look, let through, drop. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/pile.h"
#include "cli/table.h"
#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "ground/text.h"
#include "judge/message.h"

#define SHOWN_BYTES (1u << 20) /* of a held mail that are read to show it */

static int
list(struct cli *cli, struct view *v, bool all)
{
	struct quarantined *rows;
	size_t n = store_quarantine(v->store, v->arena, all, &rows);
	struct table *t = table_new(v->arena);

	table_column(t, "number", TABLE_RIGHT);
	table_column(t, "since", TABLE_LEFT);
	if (all)
		table_column(t, "state", TABLE_LEFT);
	table_column(t, "from", TABLE_LEFT);
	table_column(t, "why held", TABLE_LEFT);
	table_column(t, "subject", TABLE_LEFT);
	for (size_t i = 0; i < n; i++) {
		if (cli->json) {
			json_print_line(json_pack("{s:I,s:o,s:s,s:s,s:s,s:s}", "journal", (json_int_t)rows[i].journal, "since", view_json_time(rows[i].at), "state",
			    rows[i].state, "from", rows[i].from, "subject", rows[i].subject, "reason", rows[i].reason));
			continue;
		}
		table_cell(t, "%" PRId64, rows[i].journal);
		table_cell(t, "%s", view_ago(v->arena, rows[i].at, v->now));
		if (all)
			table_cell(t, "%s", rows[i].state);
		table_cell(t, "%s", rows[i].from);
		table_cell(t, "%s", rows[i].reason);
		table_cell(t, "%s", *rows[i].subject != '\0' ? rows[i].subject : "(no subject)");
	}
	if (!cli->json && n == 0)
		puts("Nothing is held.");
	else if (!cli->json)
		table_print(t, cli);
	return EXIT_DONE;
}

static int
show(struct cli *cli, struct view *v, int64_t id)
{
	AUTO_BUF struct buf text;
	struct journal_entry e;
	char *raw = arena_alloc(v->arena, SHOWN_BYTES);
	const struct message *m;
	size_t len = 0;
	ssize_t n;

	if (!store_journal_get(v->store, v->arena, id, &e)) {
		fprintf(stderr, "escrelay: there is no mail %" PRId64 "\n", id);
		return EXIT_FINDING;
	}
	if (e.purged != 0)
		len = (size_t)snprintf(raw, SHOWN_BYTES, "From: %s\nSubject: %s\n\n(removed for its age, %s UTC)\n", e.from, e.subject,
		    view_time(v->arena, e.purged));
	while (len < SHOWN_BYTES && (n = store_journal_read(v->store, id, len, raw + len, SHOWN_BYTES - len)) > 0)
		len += (size_t)n;
	m = message_understand(v->arena, raw, len, NULL);
	if (cli->json) {
		json_print_line(json_pack("{s:I,s:o,s:o,s:s,s:s,s:o,s:s,s:o}", "journal", (json_int_t)id, "received", view_json_time(e.received), "message_id",
		    view_json_text(m->message_id), "from", m->from.address, "subject", m->subject, "reason", view_json_text(e.note), "kind",
		    message_kind_word(m->kind), "text", view_json_text(m->text)));
		return EXIT_DONE;
	}
	buf_init(&text, 2u << 20);
	text_printable_lines(&text, m->text != NULL ? m->text : "", m->text != NULL ? strlen(m->text) : 0);
	printf("%smail %" PRId64 "%s  %s\n\n", view_bold(cli), id, view_plain(cli), view_clean(v->arena, m->subject, 300));
	printf("  from      %s <%s>\n  received  %s UTC, %s\n  kind      %s\n  why held  %s\n", view_clean(v->arena, m->from.name, 200),
	    view_clean(v->arena, m->from.address, 200), view_time(v->arena, e.received), view_ago(v->arena, e.received, v->now), message_kind_word(m->kind),
	    view_clean(v->arena, e.note != NULL ? e.note : "it is not held", 300));
	for (size_t i = 0; i < m->nattachments; i++)
		printf("  attached  %s, %s, %" PRIu64 " bytes\n", view_clean(v->arena, m->attachments[i].name, 200), m->attachments[i].type, m->attachments[i].bytes);
	printf("\n%s\n", text.data);
	return EXIT_DONE;
}

static int
act(struct cli *cli, struct view *v, const char *verb, int64_t id)
{
	bool release = strcmp(verb, "release") == 0, done;

	done = store_quarantine_settle(v->store, id, release ? "released" : "dropped");
	if (done && release)
		wake_poke(v->settings->store, "decide");
	if (cli->json)
		json_print_line(json_pack("{s:I,s:s,s:b}", "journal", (json_int_t)id, "action", verb, "done", (int)done));
	else if (done)
		printf("Mail %" PRId64 " %s.\n", id, release ? "is let through: the rules decide what becomes of it" : "was dropped; its bytes stay in the journal");
	else if (store_fault(v->store) == STORE_OK)
		fprintf(stderr, "escrelay: mail %" PRId64 " is not held\n", id);
	return done ? EXIT_DONE : EXIT_FINDING;
}

int
cmd_quarantine(struct cli *cli, int argc, char **argv)
{
	static const struct pile pile = { "a mail", { "release", "drop" }, list, show, act };

	return pile_command(cli, &pile, argc, argv);
}

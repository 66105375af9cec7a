/* why.c - `escrelay why`: the whole trace of a decision, from stored facts.
 *
 * Of a case: each mail that touched it, the turns, and what happened to each letter. Of a Message-ID or a journal number:
 * that mail.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/table.h"
#include "cli/view.h"
#include "cli/why_parts.h"
#include "ground/mem.h"
#include "stage/desk.h"

#define FOUND_MAX 20

static const char *
word(json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	return json_is_string(v) ? json_string_value(v) : NULL;
}

static void
say(struct cli *cli, struct view *v, const char *name, const char *text)
{
	if (text != NULL && *text != '\0')
		printf("  %s%-9s%s %s\n", view_dim(cli), name, view_plain(cli), view_clean(v->arena, text, 600));
}

static void
print_rules(struct cli *cli, struct view *v, json_t *rules)
{
	json_t *trace = json_object_get(rules, "trace"), *captures = json_object_get(rules, "captures"), *one;
	const char *name, *rule = word(rules, "rule"), *file = word(rules, "rule_file");
	struct rule_then then;
	size_t i;

	if (rules == NULL)
		return;
	if (rule != NULL)
		say(cli, v, "rule", arena_printf(v->arena, "\"%s\" (%s:%d)", rule, file != NULL ? file : "?",
		    (int)json_integer_value(json_object_get(rules, "line"))));
	else
		say(cli, v, "rule", "none decided");
	if (why_rule_then(cli, v, rules, &then))
		why_rule_print(cli, v, &then);
	json_object_foreach(captures, name, one)
		say(cli, v, "", arena_printf(v->arena, "%s = %s", name, json_string_value(one)));
	if (json_is_null(trace))
		say(cli, v, "", "what each rule said cannot be shown: the store does not have these rules any more");
	json_array_foreach(trace, i, one) {
		const char *verdict = word(one, "verdict"), *failed = word(one, "failed");
		bool yes = verdict != NULL && strcmp(verdict, "yes") == 0;

		printf("            %s%-5s%s \"%s\"%s%s%s\n", yes ? view_green(cli) : verdict != NULL && strcmp(verdict, "no") == 0 ? view_dim(cli) : view_red(cli), verdict,
		    view_plain(cli), view_clean(v->arena, word(one, "rule"), 200), failed != NULL ? ": " : "", failed != NULL ? view_clean(v->arena, failed, 200) : "", "");
	}
}

static void
print_choice(struct cli *cli, json_t *considered)
{
	json_t *one;
	size_t i;

	json_array_foreach(considered, i, one) {
		const char *engineer = word(one, "engineer");
		bool chosen = json_is_true(json_object_get(one, "chosen"));

		printf("            %s%s%s %s: %s, %s there, %d open\n", chosen ? view_green(cli) : view_dim(cli), chosen ? "->" : "  ", view_plain(cli),
		    engineer != NULL ? engineer : "TBD", chosen ? "chosen" : word(one, "skip"), word(one, "local"), (int)json_integer_value(json_object_get(one, "open")));
	}
}

/* What the journal alone says of it. */
static const char *
without_decision(struct arena *a, const struct journal_entry *e)
{
	if (e->outcome == NULL)
		return "not judged yet";
	return arena_printf(a, "%s%s%s%s%s", e->outcome, e->escalation != 0 ? arena_printf(a, " ESC-%" PRId64, e->escalation) : "",
	    e->note != NULL ? ": " : "", e->note != NULL ? e->note : "", e->purged != 0 && e->note == NULL ? "; why is no more known (keep events)" : "");
}

static void
why_mail(struct cli *cli, struct view *v, const struct journal_entry *e)
{
	json_t *o = why_read(v->store, v->arena, e->id, true), *auth = json_object_get(o, "auth"), *thread = json_object_get(o, "thread"), *command;
	size_t i;

	printf("%smail %" PRId64 "%s  %s\n", view_bold(cli), e->id, view_plain(cli), *e->subject != '\0' ? view_clean(v->arena, e->subject, 200) : "(no subject)");
	say(cli, v, "received", arena_printf(v->arena, "%s UTC, mailbox %s, uid %u of %u", view_time(v->arena, e->received), e->mailbox, e->uid, e->uidvalidity));
	if (e->purged != 0)
		say(cli, v, "purged", arena_printf(v->arena, "%s UTC, for its age (keep journal): what it said is gone", view_time(v->arena, e->purged)));
	if (o == NULL) {
		say(cli, v, "outcome", without_decision(v->arena, e));
		putchar('\n');
		return;
	}
	say(cli, v, "id", word(o, "message_id"));
	say(cli, v, "kind", arena_printf(v->arena, "%s, from %s (%s)", word(o, "kind"), word(o, "from"), word(o, "sender")));
	say(cli, v, "limit", word(o, "truncated"));
	say(cli, v, "sender", auth != NULL ? arena_printf(v->arena, "%s: %s", word(auth, "verdict"), word(auth, "why")) : NULL);
	say(cli, v, "thread", thread != NULL ? word(thread, "sentence") : NULL);
	print_rules(cli, v, json_object_get(o, "rules"));
	json_array_foreach(json_object_get(o, "commands"), i, command)
		say(cli, v, i == 0 ? "commands" : "", json_string_value(command));
	say(cli, v, "outcome", arena_printf(v->arena, "%s%s%s%s%s", word(o, "outcome"), word(o, "escalation") != NULL ? " " : "",
	    word(o, "escalation") != NULL ? word(o, "escalation") : "", word(o, "note") != NULL ? ": " : "", word(o, "note") != NULL ? word(o, "note") : ""));
	putchar('\n');
	json_decref(o);
}

static json_t *
mail_json(struct cli *cli, struct view *v, const struct journal_entry *e)
{
	json_t *decision = why_read(v->store, v->arena, e->id, true);
	struct rule_then then;
	bool has_rule = why_rule_then(cli, v, json_object_get(decision, "rules"), &then);

	return json_pack("{s:I,s:o,s:s,s:I,s:I,s:s,s:o,s:o,s:o,s:o,s:o}", "journal", (json_int_t)e->id, "received",
	    view_json_time(e->received), "mailbox", e->mailbox, "uidvalidity", (json_int_t)e->uidvalidity, "uid",
	    (json_int_t)e->uid, "state", journal_state_word(e->state), "outcome", view_json_text(e->outcome), "note",
	    view_json_text(e->note), "decision", decision != NULL ? decision : json_null(),
	    "rule_then", has_rule ? why_rule_json(&then) : json_null(),
	    "purged", view_json_time(e->purged));
}

static int
why_case(struct cli *cli, struct view *v, int64_t id)
{
	struct escalation e;
	struct event_row *events;
	struct turn *turns;
	size_t nevents, nturns;
	json_t *mails = json_array(), *list = json_array();
	int64_t last = 0;

	if (!store_escalation_get(v->store, v->arena, id, &e)) {
		fprintf(stderr, "escrelay: there is no ESC-%" PRId64 "\n", id);
		json_decref(mails);
		json_decref(list);
		return EXIT_FINDING;
	}
	nevents = store_events(v->store, v->arena, id, &events);
	nturns = store_turns(v->store, v->arena, id, &turns);
	if (!cli->json)
		printf("%sESC-%" PRId64 "%s  %s: %s\n\n", view_bold(cli), id, view_plain(cli), escalation_state_word(e.state), view_clean(v->arena, e.subject, 200));
	for (size_t i = 0; i < nevents; i++) {
		struct journal_entry entry;

		if (events[i].journal == 0 || events[i].journal == last || !store_journal_get(v->store, v->arena, events[i].journal, &entry))
			continue;
		last = events[i].journal;
		if (cli->json)
			json_array_append_new(mails, mail_json(cli, v, &entry));
		else
			why_mail(cli, v, &entry);
	}
	if (nevents == 0 && !cli->json)
		puts("The record of this case was removed for its age (keep events).\n");
	for (size_t i = 0; i < nturns; i++) {
		json_t *considered = json_loads(turns[i].considered, 0, NULL);

		if (cli->json)
			json_array_append_new(list, json_pack("{s:o,s:s,s:s,s:O}", "at", view_json_time(turns[i].at), "engineer", turns[i].engineer, "why",
			    turns[i].sentence, "considered", considered));
		else {
			printf("%sturn%s  %s UTC: %s\n", view_bold(cli), view_plain(cli), view_time(v->arena, turns[i].at), view_clean(v->arena, turns[i].sentence, 500));
			print_choice(cli, considered);
		}
		json_decref(considered);
	}
	if (cli->json) {
		json_t *o = view_escalation_json(v, &e);

		json_object_set(o, "mails", mails);
		json_object_set(o, "turns", list);
		json_print_line(o);
	} else
		printf("%s'escrelay show ESC-%" PRId64 "' has what happened since, and each letter with the server's words.\n", nturns > 0 ? "\n" : "", id);
	json_decref(mails);
	json_decref(list);
	return EXIT_DONE;
}

static int
why_found(struct cli *cli, struct view *v, const int64_t *ids, size_t n, const char *word_)
{
	struct journal_entry e;
	size_t shown = 0;

	for (size_t i = 0; i < n; i++)
		if (store_journal_get(v->store, v->arena, ids[i], &e)) {
			shown++;
			if (cli->json)
				json_print_line(mail_json(cli, v, &e));
			else
				why_mail(cli, v, &e);
		}
	if (shown == 0 && store_fault(v->store) == STORE_OK)
		fprintf(stderr, "escrelay: no mail with %s has reached the journal\n", view_clean(v->arena, word_, 200));
	return shown > 0 ? EXIT_DONE : EXIT_FINDING;
}

int
cmd_why(struct cli *cli, int argc, char **argv)
{
	int64_t ids[FOUND_MAX], number;
	struct view v;
	size_t n = 0, len;
	char *id;
	int status;

	if (argc != 2)
		return cli_usage(cli, "why wants one case, Message-ID or journal number");
	if (!view_open(&v, cli, STORE_READ))
		return EXIT_CANNOT;
	if (view_number(argv[1], &number)) {
		ids[0] = number;
		status = why_found(cli, &v, ids, 1, "that journal number");
	} else if (view_case_number(argv[1]) != 0)
		status = why_case(cli, &v, view_case_number(argv[1]));
	else {
		id = arena_strdup(v.arena, argv[1][0] == '<' ? argv[1] + 1 : argv[1]);
		len = strlen(id);
		if (len > 0 && id[len - 1] == '>')
			id[len - 1] = '\0';
		n = store_journal_find(v.store, v.arena, id, ids, FOUND_MAX);
		status = why_found(cli, &v, ids, n, arena_printf(v.arena, "the Message-ID <%s>", id));
	}
	return view_end(&v, status);
}

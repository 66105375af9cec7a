/* law_tool.c - prints the law (judge/escalation.h) as the Markdown tables that stand in ARCHITECTURE.md, and the
 * outcomes of /resolve.
 *
 *   law_tool states|moves|outbox|journal|outcomes
 */
#include <stdio.h>
#include <string.h>

#include "judge/escalation.h"

static const char *const conditions[] = {
	[IF_ALWAYS] = "",
	[IF_FILINGS_OPEN] = "filings open",
	[IF_OWNER_SEATED] = "owner still seated",
	[IF_OTHER_ELIGIBLE] = "another can",
};

static const char *const events[] = {
#define X(name, word, what) [EVENT_##name] = what,
	ESCALATION_EVENTS(X)
#undef X
};

static void
states(void)
{
	puts("| state | whose turn | true when |\n|---|---|---|");
#define X(name, word, turn, when) printf("| `%s` | %s | %s |\n", word, turn, when);
	ESCALATION_STATES(X)
#undef X
}

/* "_filings open:_ upstream, else owned": the rows of one state and event, in the order of the law. */
static void
cell(enum escalation_state from, enum escalation_event event)
{
	const char *before = "";

	for (size_t i = 0; i < escalation_law_count; i++) {
		const struct escalation_transition *t = &escalation_law[i];

		if (t->from != from || t->event != event)
			continue;
		if (t->condition != IF_ALWAYS)
			printf("%s_%s:_ %s", before, conditions[t->condition], escalation_state_word(t->to));
		else
			printf("%s%s", before, escalation_state_word(t->to));
		before = ", else ";
	}
}

static void
moves(void)
{
	printf("| event | what happened |");
	for (int s = 0; s < ESCALATION_STATE_COUNT; s++)
		printf(" `%s` |", escalation_state_word((enum escalation_state)s));
	printf("\n|---|---|");
	for (int s = 0; s < ESCALATION_STATE_COUNT; s++)
		printf("---|");
	putchar('\n');
	for (int e = 0; e < ESCALATION_EVENT_COUNT; e++) {
		printf("| %s | %s |", escalation_event_word((enum escalation_event)e), events[e]);
		for (int s = 0; s < ESCALATION_STATE_COUNT; s++) {
			putchar(' ');
			cell((enum escalation_state)s, (enum escalation_event)e);
			printf(" |");
		}
		putchar('\n');
	}
}

static void
outbox(void)
{
	puts("| state | true when | ends |\n|---|---|---|");
#define X(name, word, ends, when) printf("| `%s` | %s | %s |\n", word, when, (ends) ? "yes" : "");
	OUTBOX_STATES(X)
#undef X
}

static void
journal(void)
{
	puts("| state | true when |\n|---|---|");
#define X(name, word, when) printf("| `%s` | %s |\n", word, when);
	JOURNAL_STATES(X)
#undef X
}

static void
outcomes(void)
{
	puts("| outcome | means |\n|---|---|");
#define X(word, what) printf("| `%s` | %s |\n", word, what);
	RESOLUTIONS(X)
#undef X
}

int
main(int argc, char **argv)
{
	static const struct { const char *name; void (*print)(void); } tables[] = {
		{ "states", states }, { "moves", moves }, { "outbox", outbox }, { "journal", journal },
		{ "outcomes", outcomes },
	};

	for (size_t i = 0; argc == 2 && i < sizeof(tables) / sizeof(*tables); i++)
		if (strcmp(argv[1], tables[i].name) == 0) {
			tables[i].print();
			return 0;
		}
	fputs("usage: law_tool states|moves|outbox|journal|outcomes\n", stderr);
	return 2;
}

/* hand.c - `escrelay assign`, `note`, `resolve`, `close`, `reopen`: what the operator does to a case with his own hands.
 *
 * The desk's own functions do it, here, in one transaction under the store's write lock: decide need not run, and what it
 * finds afterwards is whole. The letters are owed then, and send is woken.
 */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/hand_parts.h"
#include "ground/clock.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "ground/text.h"

const char *
hand_operator(struct arena *a)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *p = getpwuid(getuid());
	const char *name = sudo != NULL && *sudo != '\0' ? sudo : p != NULL ? p->pw_name : arena_printf(a, "uid %u", (unsigned)getuid());

	return arena_printf(a, "%s (operator)", text_printable(a, name, 40));
}

const char *
hand_words(struct arena *a, int argc, char **argv, int first)
{
	const char *words = first < argc ? argv[first] : "";

	for (int i = first + 1; i < argc; i++)
		words = arena_printf(a, "%s %s", words, argv[i]);
	return words;
}

void
hand_say(const char *done, const char *why)
{
	if (done != NULL)
		printf("%c%s.\n", *done >= 'a' && *done <= 'z' ? *done - 'a' + 'A' : *done, done + 1);
	else
		fprintf(stderr, "escrelay: nothing done: %s\n", why);
}

static int
in_one_transaction(struct cli *cli, struct desk *d, const struct hand *h)
{
	const char *done, *why = NULL;

	if (!store_begin(d->store))
		return EXIT_CANNOT;
	done = h->act(d, h->arg, &why);
	if (done == NULL)
		store_rollback(d->store);
	else if (!store_commit(d->store))
		return EXIT_CANNOT; /* nothing was done, and nothing says so */
	if (store_fault(d->store) == STORE_OK)
		h->told(cli, d, h->arg, done, why);
	if (done == NULL)
		return EXIT_FINDING;
	wake_poke(d->settings->store, "decide"); /* its timers are others */
	wake_poke(d->settings->store, "send");
	desk_hooks_poke(d);
	return EXIT_DONE;
}

int
hand_do(struct cli *cli, const struct hand *h)
{
	struct loaded conf = { .stage = "decide", .once = true };
	AUTO_ARENA struct arena *a = arena_new();
	struct desk d = { .conf = &conf, .arena = a, .now = clock_now() };
	enum store_fault fault;
	char reason[256];
	int status = EXIT_CANNOT;

	log_open("hand", LOG_LEVEL_WARNING);
	if (!load_settings(&conf, cli->conf))
		return EXIT_CANNOT;
	log_limit(LOG_LEVEL_WARNING);
	d.settings = conf.settings;
	d.store = store_open(conf.settings->store, STORE_WRITE, &fault, reason);
	if (d.store == NULL)
		fprintf(stderr, "escrelay: %s\n", reason);
	else {
		status = in_one_transaction(cli, &d, h);
		if (store_fault(d.store) != STORE_OK) {
			fprintf(stderr, "escrelay: %s\n", store_why(d.store));
			status = EXIT_CANNOT;
		}
	}
	store_close(d.store);
	load_free(&conf);
	return status;
}

/* ---- of a case ---- */

typedef const char *case_fn(struct desk *d, struct escalation *e, const char *who, const char *words, const char **why);
struct of_case { int64_t id; const char *words; case_fn *act; struct escalation e; bool found; }; /* id 0: of none */

static const char *
case_act(struct desk *d, void *arg, const char **why)
{
	struct of_case *c = arg;

	c->found = c->id == 0 || store_escalation_get(d->store, d->arena, c->id, &c->e);
	if (!c->found) {
		*why = arena_printf(d->arena, "there is no ESC-%" PRId64, c->id);
		return NULL;
	}
	return c->act(d, c->id != 0 ? &c->e : NULL, hand_operator(d->arena), c->words, why);
}

static void
case_told(struct cli *cli, struct desk *d, void *arg, const char *done, const char *why)
{
	struct of_case *c = arg;
	json_t *row;

	if (!cli->json || !c->found) {
		hand_say(done, why);
		return;
	}
	row = c->id == 0 ? json_object() : view_escalation_json(&(struct view){ .arena = d->arena, .store = d->store }, &c->e);
	json_object_set_new(row, "action", json_string(cli->command->name));
	json_object_set_new(row, "done", json_boolean(done != NULL));
	json_object_set_new(row, "said", json_string(done != NULL ? done : why));
	json_print_line(row);
}

/* word NULL: about no case. */
static int
by_hand(struct cli *cli, const char *word, const char *words, case_fn *act)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct of_case c = { .id = word != NULL ? view_case_number(word) : 0, .words = words, .act = act };

	if (c.id == 0 && word != NULL)
		return cli_usage(cli, "'%s' is no case; they are written ESC-17", text_printable(a, word, 60));
	return hand_do(cli, &(struct hand){ case_act, case_told, &c });
}

int
cmd_assign(struct cli *cli, int argc, char **argv)
{
	if (argc != 3)
		return cli_usage(cli, "assign wants a case and an engineer");
	return by_hand(cli, argv[1], argv[2] + (*argv[2] == '@'), hand_assign);
}

int
cmd_note(struct cli *cli, int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();
	char *text = arena_alloc(a, HAND_NOTE_MAX + 2);
	size_t len;

	if (argc < 3)
		return cli_usage(cli, "note wants a case and the words of the note; - reads them from standard input");
	if (argc == 3 && strcmp(argv[2], "-") == 0)
		len = fread(text, 1, HAND_NOTE_MAX + 1, stdin);
	else
		len = (size_t)snprintf(text, HAND_NOTE_MAX + 2, "%s", hand_words(a, argc, argv, 2));
	if (len > HAND_NOTE_MAX)
		return cli_usage(cli, "a note may have %u bytes", HAND_NOTE_MAX);
	if (memchr(text, '\0', len) != NULL || !utf8_valid(text, len))
		return cli_usage(cli, "a note is text in UTF-8");
	return by_hand(cli, argv[1], text_trim(a, text, len), hand_note);
}

int
cmd_resolve(struct cli *cli, int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();

	if (argc < 3)
		return cli_usage(cli, "resolve wants a case, an outcome and the cause: resolve ESC-17 answered: what it was");
	return by_hand(cli, argv[1], hand_words(a, argc, argv, 2), hand_resolve);
}

int
cmd_close(struct cli *cli, int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();
	bool caseless = argc > 1 && view_filing_number(argv[1]) != 0;
	int filing = caseless ? 1 : 2;

	if (argc <= filing || view_filing_number(argv[filing]) == 0)
		return cli_usage(cli, "close wants a filing: close ESC-17 F2, or close F3 for one without a case");
	return by_hand(cli, caseless ? NULL : argv[1], hand_words(a, argc, argv, filing), hand_close);
}

int
cmd_reopen(struct cli *cli, int argc, char **argv)
{
	if (argc != 2)
		return cli_usage(cli, "reopen wants one case");
	return by_hand(cli, argv[1], "", hand_reopen);
}

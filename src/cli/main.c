/* main.c - the front door: one row a command. */
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "edge/imap.h"
#include "ground/buf.h"
#include "ground/json.h"
#include "ground/mem.h"
#include "ground/service.h"
#include "ground/text.h"
#include "judge/rule.h"
#include "stage/stage.h"

#define CONF_DEFAULT "/etc/escrelay/relay.conf"

static int
cmd_version(struct cli *cli, int argc, char **argv)
{
	(void)cli, (void)argc, (void)argv;
	puts("escrelay " ESCRELAY_VERSION);
	return EXIT_DONE;
}

static int
stage(struct cli *cli, int argc, char **argv, int (*run)(const char *conf, bool once))
{
	bool once = argc == 2 && strcmp(argv[1], "--once") == 0;

	if (argc > 1 && !once)
		return cli_usage(cli, "'%s' is not an option of %s; there is --once", argv[1], argv[0]);
	if (!once)
		service_hold(); /* a service that is told to stop ends well, however early */
	service_name("escrelay-%s", cli->command->name); /* one that `run` starts would be called "exe" */
	return run(cli->conf, once);
}

static int cmd_run(struct cli *cli, int argc, char **argv) { return stage(cli, argc, argv, stage_run); }
static int cmd_fetch(struct cli *cli, int argc, char **argv) { return stage(cli, argc, argv, stage_fetch); }
static int cmd_decide(struct cli *cli, int argc, char **argv) { return stage(cli, argc, argv, stage_decide); }
static int cmd_send(struct cli *cli, int argc, char **argv) { return stage(cli, argc, argv, stage_send); }

const struct command commands[] = {
	{ "run", "[--once]", "the daemon: fetch, decide and send together", cmd_run, false,
	    "Runs the three stages as children in the foreground and restarts one that dies.\n"
	    "SIGHUP reads the configuration again (a broken one is refused and the old one stays);\n"
	    "SIGTERM stops. --once: fetch what is there, decide it, send what is owed, and end." },
	{ "fetch", "[--once]", "mailbox -> journal, then acknowledge on the server", cmd_fetch, false,
	    "With --once it takes what is there now and ends: 0 all of it, 1 or 3 something stayed." },
	{ "decide", "[--once]", "journal -> escalations and letters that are owed", cmd_decide, false,
	    "With --once it decides what waits and what is due, and ends." },
	{ "send", "[--once]", "what is owed -> the submission server", cmd_send, false,
	    "With --once it sends what is due and ends: 0 all sent, 1 something is still owed." },
	{ "check", "[--online | --roster] [--weeks N] | --reload [STAGE]", "configuration, rules with their examples, rotation, store", cmd_check, false,
	    "Exit 0 all well, 1 something to look at, 3 the configuration cannot be used.\n"
	    "--online also logs in at the mailboxes and connects to the submission server.\n"
	    "--roster: the configuration and its roster alone, for where no secrets are; what mails told of absences does not count.\n"
	    "--weeks: how far ahead gaps are looked for (13). A gap in the first pool and a\n"
	    "plan that ends within 14 days are something to look at.\n"
	    "--reload: would stages that run take it now? Exit 0, or 3 and what is wrong." },
	{ "list", "[--filings] [--all]", "open escalations; --all: resolved ones too", cmd_list, false,
	    "--filings: what was filed with teams and is open, of all cases, and what a rule filed without one; --all: closed ones too." },
	{ "show", "ESC-n | F-n", "one escalation: who, what, and everything that happened", cmd_show, false,
	    "F3: a filing that a rule made without a case. Those of a case stand with it." },
	{ "why", "ESC-n | MESSAGE-ID | JOURNAL", "why anything was decided, from stored facts", cmd_why, false, NULL },
	{ "assign", "ESC-n ENGINEER", "give a case to an engineer", cmd_assign, false,
	    "At once and out of turn, whether decide runs or not; both engineers and the requester are told." },
	{ "note", "ESC-n TEXT | -", "keep a note with a case, sent to nobody", cmd_note, false, NULL },
	{ "resolve", "ESC-n OUTCOME: cause", "close a case; everybody on it is told", cmd_resolve, false,
	    "The outcomes are those of /resolve by mail: answered, docs, fix, upstream, duplicate ESC-n, not-an-escalation." },
	{ "close", "[ESC-n] F-n [REASON]", "close what was filed with a team", cmd_close, false,
	    "F2 of a case, or without one what a rule filed. The team is told that it need not go on, with the reason; of what a rule"
	    " filed who wrote the mail is told too.\n"
	    "'list --filings' has them all." },
	{ "reopen", "ESC-n", "open a closed case again", cmd_reopen, false,
	    "With its last engineer while he is on rotation, else with the next." },
	{ "away", "[ENGINEER [RANGE | none]]", "who is away and who says so; an engineer is, or is not", cmd_away, false,
	    "RANGE as behind /away by mail: 2026-12-20 to 2026-12-28, until Monday, today, tomorrow 13:00-17:00.\n"
	    "none: he is back, whatever mails have said; an away of relay.conf stays.\n"
	    "What was assigned to him and is not answered goes to the next engineer, at once or when he leaves." },
	{ "queue", "[list [--all] | show N | retry N | drop N]", "what is owed, and the server's own words", cmd_queue, false, NULL },
	{ "quarantine", "[list [--all] | show N | release N | drop N]", "mail that waits for a person", cmd_quarantine, false, NULL },
	{ "report", "[--from D] [--to D] [--days N] [--html FILE]", "what came in, how it was solved, what is open, the budget", cmd_report, false,
	    "Of the last 28 days, of N days, or between two dates or times (UTC; the end is no longer part of it).\n"
	    "came: opened in that time. solved: resolved in it. none: not an escalation, after all. Times are by the clock.\n"
	    "stands still: an alarm was raised, and nobody has acted since.\n"
	    "The budget looks back 28 and 90 days from the end: in how many cases a team of engineering was asked for help.\n"
	    "--html: a page that needs nothing from elsewhere, to send or to put on a web server; - is standard output." },
	{ "metrics", "[--out FILE]", "figures for a monitoring system, as OpenMetrics text", cmd_metrics, false,
	    "Cases, letters, quarantine, rules, the budget, the rotation, stages and store; what each figure is stands beside it.\n"
	    "Times are Unix timestamps, so that time() - x is an age that goes on growing when nobody asks. It costs some milliseconds.\n"
	    "--out: into a file, which is replaced as a whole and readable for everybody: a timer may put it into the folder of"
	    " node_exporter's textfile collector:\n"
	    " escrelay metrics --out /var/lib/prometheus/node-exporter/escrelay.prom" },
	{ "backup", "FILE", "a sound copy of the store in a new file, while the relay goes on", cmd_backup, false,
	    "The file is readable for you alone (mode 0600), because the relay's key is inside, and is checked before it gets its name.\n"
	    "An existing file is not overwritten." },
	{ "verify", "", "the whole store read and checked, each mail by its digest", cmd_verify, false,
	    "The file, its references, the bytes of every mail, and what must hold of cases, turns and letters. It reads all of the\n"
	    "store; the relay goes on meanwhile. Exit 0 sound, 1 something is wrong, 3 it cannot be read." },
	{ "purge", "[--yes]", "remove what is older than 'keep' of relay.conf says", cmd_purge, false,
	    "Shows what would go and asks, on a terminal; --yes removes it without asking.\n"
	    "Nothing goes that belongs to an open case or filing, waits, is held, or is still to be sent."
	    " A line for each mail and case stays, so that no mail acts twice.\n"
	    "The relay goes on meanwhile, and the purge may be broken off at any moment.\n"
	    "Where 'keep' stands in relay.conf, decide does the same once a day." },
	{ "inspect", "[--redact] FILE... | -", "what the relay understands of a message", cmd_inspect, false,
	    "--redact shows what a team would not get to see of it: each line that changes, before and after, by the\n"
	    "redactions of the configuration, or by the shipped ones where there is none." },
	{ "rules", "test [-r DIR] FILE... | lint [-r DIR] [--days N] | replay [-r DIR] [--since T] |"
	    " stats [--since T] [--patterns] | history | show HASH",
	    "verdicts with their trace; rules that are wrong; what they did", cmd_rules, false,
	    "test: what the rules make of each mail; a folder is its *.eml files and Maildirs, - is standard input.\n"
	    "lint: rules that are never reached, patterns that blow up, examples that fail, rules that"
	    " no mail was for in 90 days (--days N); exit 1 if anything is found.\n"
	    "replay: which mails of the journal these rules would decide otherwise; writes nothing; exit 1 if there are any.\n"
	    "stats: how often each rule, and each pattern, held and was stuck, its share of the time, and how often"
	    " people knew better.\n"
	    "history: the rule sets that have decided, and how often. show: one of them, as it was written; a beginning"
	    " of its hash will do.\n"
	    "-r DIR: the rules of another folder or file in place of the configuration's.\n"
	    " docs/rules.md is the guide; 'escrelay help config rule' lists what may stand in one." },
	{ "rotation", "who [--at T] [--pool P] [--no-store] | next [N] [--at T] [--severity S] [--skill W] [--pool P] [--no-store] | "
	    "coverage [--from D] [--to D] [--zone Z] [--pool P] [--no-store] | import FILE | ledger [--since T] [--pool P] | "
	    "simulate --from D --to D [--load FILE|journal|RATE] [--seed N] [--work HOURS] [--severity N] [--pool P] [--no-store] | "
	    "history [--engineer E] [--since T] | export --ics [--engineer E] [--from D] [--to D] [--pool P] [--no-store]",
	    "who is on, who is at work, who is next", cmd_rotation, false,
	    "who: now, or at another time.\n"
	    "next: who would take the next N (3) escalations if they came now, or at another time, and why; nothing is written.\n"
	    "coverage: the week as a map, and the hours to be covered in which nobody is at work; exit 1 if there are any.\n"
	    "  The next 13 weeks, as far as they are planned, or between two days; in the zone of the first cover line or in --zone.\n"
	    "import: a roster in Markdown, or - for standard input, as configuration; what it does not say is a question, and exit 1.\n"
	    "  Answers: --domain example.com, --zone [NAME|TAG=]ZONE, --hours [NAME|TAG=]\"DAYS HOURS\", --handover HH:MM,\n"
	    "  --dates mdy|dmy, --year 2026, --pool P.\n"
	    "ledger: each assignment, and why it was his, in the words of the receipt and of 'why'.\n"
	    "simulate: the plan played through: who gets how many, beside a fair share, how long cases wait, hours without anybody.\n"
	    "  --load: a file with an RFC 3339 time in each line, the arrivals on record (journal), or so many a day (3).\n"
	    "  --work: for so many working hours (6) a case counts to its engineer's cap.\n"
	    "history: who served when, cases led and resolved, filings, the median first answer; of one engineer case by case.\n"
	    "export: shifts and rotations as an iCalendar, for engineers to subscribe to; a year from today if nothing is said.\n"
	    "--no-store, with who, next, coverage, simulate and export: what relay.conf says alone, without what mails have told.\n"
	    " docs/rotation.md is the guide." },
	{ "help", "[COMMAND | config [KEY]]", "this list; a command; the keys of relay.conf", cmd_help, false, NULL },
	{ "version", "", "which escrelay this is", cmd_version, false, NULL },
};
const size_t ncommands = COUNT(commands);

/* The one way that is meant, of several: a wrong value needs no page about the others. */
static char *
way_meant(const struct cli *cli)
{
	size_t len = cli->way != NULL ? strlen(cli->way) : 0;

	for (const char *at = cli->command->arguments; len > 0 && at != NULL; at = strstr(at, " | "), at = at != NULL ? at + 3 : NULL) {
		const char *end = strstr(at, " | ");

		if (strncmp(at, cli->way, len) == 0 && (at[len] == ' ' || at[len] == '\0'))
			return xasprintf("%.*s", (int)(end != NULL ? (size_t)(end - at) : strlen(at)), at);
	}
	return NULL;
}

int
cli_usage(const struct cli *cli, const char *fmt, ...)
{
	AUTO_BUF struct buf usage;
	va_list ap;

	fputs("escrelay: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	buf_init(&usage, 16384);
	if (cli->command != NULL) {
		AUTO_FREE char *way = way_meant(cli);
		struct command c = *cli->command;

		c.arguments = way != NULL ? way : c.arguments;
		cli_synopsis(&usage, &c, "escrelay [-c relay.conf] ", " [--json]", cli->width);
		fwrite(usage.data, 1, usage.len, stderr);
	} else
		fputs("usage: escrelay [-c relay.conf] COMMAND [--json]; 'escrelay help' lists the commands\n", stderr);
	return EXIT_USAGE;
}

static void
free_settings(void *p)
{
	settings_free(p);
}

struct settings *
cli_settings(struct cli *cli, struct arena *a, struct ruleset **rs)
{
	AUTO_BUF struct buf words;
	struct settings *s = NULL;
	struct conf_tree *tree;
	struct diag d;

	buf_init(&words, 1 << 20);
	diag_init(&d, a);
	tree = conf_read(a, cli->conf, &d);
	if (tree != NULL)
		s = settings_read(a, tree, cli->conf, &d);
	if (s != NULL)
		arena_defer(a, free_settings, s);
	if (s != NULL && rs != NULL && (*rs = ruleset_compile(a, tree, s, &d)) == NULL)
		s = NULL;
	if (d.errors > 0) {
		diag_print(&d, &words, cli->colour && isatty(STDERR_FILENO));
		fputs(words.data, stderr);
		return NULL;
	}
	return s;
}

static bool
has_colour(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0') && term != NULL && strcmp(term, "dumb") != 0;
}

static size_t
terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize w;
	uint64_t n;

	if (columns != NULL && text_u64(columns, 20, 1000, &n))
		return (size_t)n;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 20 ? w.ws_col : 80;
}

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < ncommands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int
unknown_command(const struct cli *cli, const char *word)
{
	AUTO_ARENA struct arena *a = arena_new();
	const char *names[COUNT(commands)], *near;

	for (size_t i = 0; i < ncommands; i++)
		names[i] = commands[i].name;
	near = text_nearest(word, names, ncommands);
	word = text_printable(a, word, 60);
	return near != NULL ? cli_usage(cli, "there is no command '%s'; perhaps '%s'", word, near) : cli_usage(cli, "there is no command '%s'", word);
}

/* Takes --json and -c FILE off wherever they stand before a "--"; the rest is the command and its arguments. */
static int
take_options(struct cli *cli, int argc, char **argv)
{
	int n = 0;
	bool more = true;

	for (int i = 1; i < argc; i++) {
		more = more && strcmp(argv[i], "--") != 0;
		if (more && strcmp(argv[i], "--json") == 0)
			cli->json = true;
		else if (more && n == 0 && strcmp(argv[i], "-c") == 0) {
			if (i + 1 == argc)
				return -1;
			cli->conf = argv[++i];
		} else
			argv[n++] = argv[i];
	}
	argv[n] = NULL;
	return n;
}

int
main(int argc, char **argv)
{
	struct cli cli = { .conf = CONF_DEFAULT };
	int n, status;

	if (argc == 2 && strcmp(argv[1], "imap-child") == 0)
		return imap_child(3);
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	umask(0007); /* what an operator's command makes beside the store, the stages must be able to open */
	signal(SIGXFSZ, SIG_IGN); /* a limit of a file's size is a full disk, and no death */
	json_begin();
	cli.colour = has_colour();
	cli.width = terminal_width();
	if (getenv("ESCRELAY_CONF") != NULL)
		cli.conf = getenv("ESCRELAY_CONF");
	n = take_options(&cli, argc, argv);
	if (n < 0)
		return cli_usage(&cli, "-c wants a file");
	if (n == 0 || strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
		char help[] = "help", *only[] = { help, NULL };

		cli.command = find_command("help");
		status = cmd_help(&cli, 1, only);
		return n == 0 && status == EXIT_DONE ? EXIT_USAGE : status;
	}
	if (strcmp(argv[0], "--version") == 0)
		return cmd_version(&cli, 1, argv);
	cli.command = find_command(argv[0]);
	if (cli.command == NULL)
		return unknown_command(&cli, argv[0]);
	if (n > 1 && (strcmp(argv[n - 1], "--help") == 0 || strcmp(argv[n - 1], "-h") == 0)) {
		char help[] = "help", *about[] = { help, argv[0], NULL };

		return cmd_help(&cli, 2, about);
	}
	status = cli.command->run(&cli, n, argv);
	if (fflush(stdout) != 0 && status == EXIT_DONE) {
		perror("escrelay: writing the output");
		status = EXIT_CANNOT;
	}
	return status;
}

/* check.c - `escrelay check`: may the relay be started like this, and will it do what its operator means?
 *
 * Reads everything as the stages do: configuration, rules with their examples, templates, rotation, secrets, store. --online
 * also logs in at each mailbox and asks the submission server. Exit 0 well, 1 something to look at, 3 it cannot be used.
 * --roster reads configuration and roster alone, for where there are no secrets and no store.
 * --reload asks less: whether stages that run would take the configuration now. Exit 0 or 3.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/check_parts.h"
#include "cli/rotation_parts.h"
#include "edge/imap.h"
#include "edge/smtp.h"
#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/digest.h"
#include "judge/rule.h"
#include "stage/load.h"

#define WORDS_MAX (1u << 20)
#define WEEKS_MAX 520 /* ten years, as coverage has it */
#define say       check_say

void
check_say(struct checks *r, enum grade grade, const char *what, const char *fmt, ...)
{
	static const char *const words[] = { [WELL] = "ok", [WARN] = "warn", [LOOK] = "look", [FAIL] = "fail" };
	const char *colour = grade == WELL ? view_green(r->cli) : grade == WARN ? view_bold(r->cli) : view_red(r->cli);
	AUTO_BUF struct buf text;
	va_list ap;

	buf_init(&text, WORDS_MAX);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	r->findings += grade == LOOK;
	r->failures += grade == FAIL;
	r->warnings += grade == WARN;
	if (r->cli->json)
		json_array_append_new(r->json, json_pack("{s:s,s:s,s:s}", "what", what, "grade", words[grade], "text", text.data));
	else
		printf("%s%-4s%s  %-14s %s\n", colour, words[grade], view_plain(r->cli), what, text.data);
}

static void
check_diag(struct checks *r, const char *what, const struct diag *d, const char *well, enum grade worst)
{
	size_t warnings = d->n + d->dropped - d->errors;
	AUTO_BUF struct buf text;

	buf_init(&text, WORDS_MAX);
	if (d->n == 0) {
		say(r, WELL, what, "%s", well);
		return;
	}
	diag_print(d, &text, r->cli->colour);
	/* A roster that is looked at alone is not held up by, say, an authserv-id that is 'none' on purpose. */
	say(r, d->errors > 0 ? worst : r->roster_alone ? WARN : LOOK, what, "%zu error%s, %zu warning%s%s%s", d->errors,
	    d->errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s", r->cli->json ? ": " : "",
	    r->cli->json ? text.data : "");
	if (!r->cli->json)
		printf("\n%s\n", text.data);
}

static char *
check_secret(struct checks *r, const struct settings *s, const char *what, const struct secret_ref *ref, bool online)
{
	const char *why = NULL;
	char *value;

	if (ref->kind == SECRET_NONE)
		return NULL;
	value = secret_read(ref, s->folder, &why);
	/* A credential exists only inside the unit that systemd gives it to. */
	if (value == NULL && ref->kind == SECRET_CREDENTIAL && getenv("CREDENTIALS_DIRECTORY") == NULL)
		say(r, online ? LOOK : WELL, what, "the password is a credential that systemd gives to the unit%s", online ?
		    ": not tried (CREDENTIALS_DIRECTORY=/etc/escrelay/credentials escrelay check --online tries it)" : "");
	else if (value == NULL)
		say(r, LOOK, what, "password: %s", why);
	return value;
}

static void
wipe(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static ssize_t
nothing(void *context, char *out, size_t len)
{
	(void)context, (void)out, (void)len;
	return -1;
}

static void
check_mailbox(struct checks *r, const struct settings *s, const struct mailbox_settings *box, bool online)
{
	char *password = check_secret(r, s, box->name, &box->password, online), why[256] = "";
	struct imap *im = NULL;

	if (box->password.kind == SECRET_NONE && box->auth != AUTH_NONE)
		say(r, FAIL, box->name, "there is no password to log in with");
	if (online && (password != NULL || box->auth == AUTH_NONE)) {
		enum imap_status status = imap_open(&im, box, password, -1, why);
		uint32_t *uids = NULL;
		size_t n = 0;

		if (status == IMAP_OK && imap_list(im, &uids, &n) == IMAP_OK)
			say(r, WELL, box->name, "logged in at %s, %zu message%s in %s", box->server.host, n, n == 1 ? "" : "s", box->folder);
		else
			say(r, FAIL, box->name, "%s", im != NULL ? imap_why(im) : why);
		free(uids);
		imap_close(im);
	}
	wipe(password);
}

static void
check_submission(struct checks *r, const struct settings *s, bool online)
{
	char *password = check_secret(r, s, "submission", &s->submission.password, online);

	if (!s->submission.configured)
		say(r, FAIL, "submission", "there is no submission block: no server to send with");
	if (online && s->submission.configured && (password != NULL || s->submission.user == NULL)) {
		struct smtp *c = smtp_open(&s->submission, password);
		/* A mail whose body fails before its first byte: everything up to DATA is tried, nothing is sent. */
		struct smtp_mail mail = { .from = s->address, .to = s->operator_address, .read = nothing };
		struct smtp_result result;

		smtp_send(c, &mail, &result);
		if (result.outcome == SMTP_UNFIT || result.outcome == SMTP_STOPPED)
			say(r, WELL, "submission", "%s takes mail for %s", s->submission.server.host, s->operator_address);
		else
			say(r, FAIL, "submission", "%s: %s", s->submission.server.host, result.reply);
		smtp_close(c);
	}
	wipe(password);
}

static void
check_webhooks(struct checks *r, const struct settings *s, bool online)
{
	for (size_t i = 0; i < s->nwebhooks; i++) {
		const struct webhook *h = &s->webhooks[i];

		wipe(check_secret(r, s, h->name, &h->secret, online));
		if (h->secret.kind == SECRET_NONE)
			say(r, WELL, h->name, "no secret: its events are not signed");
	}
}

static void
check_digest(struct checks *r, const struct settings *s)
{
	if (s->ndigest_to > 0)
		say(r, WELL, "digest", "the next one goes out on %s UTC, to %zu reader%s",
		    view_time(r->arena, digest_after(s, clock_now())), s->ndigest_to, s->ndigest_to == 1 ? "" : "s");
}

static void
check_store(struct checks *r, const struct settings *s)
{
	enum store_fault fault;
	char why[256];
	struct store *store = store_open(s->store, STORE_READ, &fault, why);
	struct escalation *open;
	struct figures f;
	size_t n;

	if (store == NULL) {
		say(r, fault == STORE_ABSENT ? WELL : FAIL, "store", "%s", why);
		return;
	}
	store_figures(store, &f);
	if (!store_sound(store))
		say(r, FAIL, "store", "%s", store_why(store));
	else
		say(r, WELL, "store", "%" PRId64 " open, %" PRId64 " letters owed, %" PRId64 " held, %" PRId64 " not judged", f.open, f.owed, f.held, f.kept);
	n = store_escalations(store, r->arena, false, &open);
	for (size_t i = 0; i < n; i++)
		if (*open[i].engineer != '\0' && settings_engineer(s, open[i].engineer) == NULL)
			say(r, FAIL, "store", "ESC-%" PRId64 " is with %s, whom the configuration does not know any more", open[i].id, open[i].engineer);
	store_close(store);
}

static void
check_all(struct checks *r, bool online)
{
	struct conf_tree *tree;
	struct settings *s = NULL;
	struct ruleset *rules = NULL;
	struct diag d, dr, dx, dt;
	size_t examples;

	diag_init(&d, r->arena);
	tree = conf_read(r->arena, r->cli->conf, &d);
	if (tree != NULL)
		s = settings_read(r->arena, tree, r->cli->conf, &d);
	check_diag(r, "configuration", &d, r->cli->conf, FAIL);
	if (r->roster_alone) {
		if (s != NULL)
			check_rotation(r, s);
		settings_free(s);
		return;
	}
	diag_init(&dr, r->arena);
	if (tree != NULL)
		rules = ruleset_compile(r->arena, tree, s, &dr); /* without settings names are not checked, the rest is */
	if (tree != NULL)
		check_diag(r, "rules", &dr, arena_printf(r->arena, "%zu rules", rules != NULL ? ruleset_count(rules) : 0), FAIL);
	if (s == NULL) {
		ruleset_free(rules);
		return;
	}
	diag_init(&dx, r->arena);
	examples = rules != NULL ? ruleset_examples(rules, &dx) : 0;
	/* A start does not fail for an example that is judged otherwise; a reload does. */
	r->examples_fail = dx.errors > 0;
	check_diag(r, "examples", &dx, arena_printf(r->arena, "%zu mails are judged as their rules say", examples), LOOK);
	if (rules != NULL)
		ruleset_free(rules);
	diag_init(&dt, r->arena);
	templates_of(r->arena, s, &dt);
	check_diag(r, "templates", &dt, s->templates != NULL ? s->templates : "the shipped ones", FAIL);
	check_rotation(r, s);
	if (s->nmailboxes == 0)
		say(r, LOOK, "mailbox", "there is none: no mail is fetched");
	for (size_t i = 0; i < s->nmailboxes; i++)
		check_mailbox(r, s, &s->mailboxes[i], online);
	check_submission(r, s, online);
	check_webhooks(r, s, online);
	check_digest(r, s);
	check_store(r, s);
	settings_free(s);
}

/* For a service manager that reloads: quick, and silent where all is well. stage NULL: all three. */
static int
check_reload(const struct cli *cli, const char *stage)
{
	static const char *const stages[] = { "decide", "fetch", "send" };
	const char *pid_text = getenv("MAINPID"); /* of systemd, for its ExecReload= */
	AUTO_BUF struct buf why;
	uint64_t pid = 0;
	bool good = true;

	buf_init(&why, WORDS_MAX);
	if (stage != NULL && pid_text != NULL && !text_u64(pid_text, 1, INT32_MAX, &pid))
		pid = 0;
	for (size_t i = 0; i < COUNT(stages) && good; i++)
		if (stage == NULL || strcmp(stage, stages[i]) == 0) {
			buf_reset(&why); /* what one found well the next would only say again */
			good = load_would_take(stages[i], cli->conf, (int64_t)pid, &why);
		}
	if (cli->json)
		json_print_line(json_pack("{s:b,s:s}", "ok", (int)good, "text", why.data));
	else if (!good)
		fprintf(stderr, "%sescrelay: %s is refused: the configuration from before stays in force\n", why.data, cli->conf);
	return good ? EXIT_DONE : EXIT_CANNOT;
}

static bool
is_stage(const char *word)
{
	return strcmp(word, "fetch") == 0 || strcmp(word, "decide") == 0 || strcmp(word, "send") == 0;
}

static const char *
last_word(const struct checks *r, int status)
{
	if (status == EXIT_CANNOT)
		return "It cannot run like this.";
	if (r->examples_fail)
		return "It can start, but decide takes no rules that fail their examples while it runs.";
	return status == EXIT_DONE ? "All is well." : "It can run; have a look at the lines marked 'look'.";
}

/* "--weeks 6", "--online", "--roster". False with the usage said. */
static bool
check_options(struct checks *r, int argc, char **argv, bool *online)
{
	for (int i = 1; i < argc; i++) {
		const char *value;
		uint64_t weeks;

		if (strcmp(argv[i], "--online") == 0 && !r->roster_alone) {
			*online = true;
			continue;
		}
		if (strcmp(argv[i], "--roster") == 0 && !*online) {
			r->roster_alone = true;
			continue;
		}
		if (strncmp(argv[i], "--weeks", 7) != 0 || (argv[i][7] != '\0' && argv[i][7] != '=')) {
			cli_usage(r->cli, "'%s' is not an option of check; there are --online or --roster, --weeks, and --reload alone",
			    text_printable(r->arena, argv[i], 60));
			return false;
		}
		value = argv[i][7] == '=' ? argv[i] + 8 : i + 1 < argc ? argv[++i] : "";
		if (!text_u64(value, 1, WEEKS_MAX, &weeks)) {
			cli_usage(r->cli, "--weeks wants a number from 1 to %d", WEEKS_MAX);
			return false;
		}
		r->weeks = (unsigned)weeks;
	}
	return true;
}

static int
check_report(struct checks *r, bool online)
{
	int status;

	check_all(r, online);
	status = r->failures > 0 ? EXIT_CANNOT : r->findings > 0 ? EXIT_FINDING : EXIT_DONE;
	if (r->cli->json)
		json_print_line(json_pack("{s:b,s:b,s:i,s:i,s:i,s:O}", "ok", status == EXIT_DONE, "reload",
		    status != EXIT_CANNOT && !r->examples_fail, "failures", (int)r->failures, "findings", (int)r->findings,
		    "warnings", (int)r->warnings, "checks", r->json));
	else
		printf("\n%s\n", last_word(r, status));
	return status;
}

int
cmd_check(struct cli *cli, int argc, char **argv)
{
	struct checks r = { .cli = cli, .weeks = COVERAGE_WEEKS };
	bool reload = argc >= 2 && argc <= 3 && strcmp(argv[1], "--reload") == 0 && (argc == 2 || is_stage(argv[2]));
	bool online = false;
	int status = EXIT_USAGE;

	if (reload)
		return check_reload(cli, argv[2]);
	r.arena = arena_new();
	r.json = json_array();
	if (check_options(&r, argc, argv, &online))
		status = check_report(&r, online);
	json_decref(r.json);
	arena_free(r.arena);
	return status;
}

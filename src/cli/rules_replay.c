/* rules_replay.c - 'rules replay': what other rules would have decided about the mails of the journal. Writes nothing.
 *
 * Workers judge, one a core; each opens the store for itself, after the fork. What changes comes through a pipe and is
 * printed at the end in the journal's order. See rules_replay_work.c.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/rules_parts.h"
#include "cli/rules_replay.h"
#include "cli/table.h"
#include "cli/view.h"
#include "ground/buf.h"
#include "ground/mem.h"

#define LINES_MAX ((size_t)1 << 30) /* bytes of changes from one worker */
#define LOOK_MS   200

struct job { pid_t pid; int from; struct buf lines; };
struct change { int64_t journal; json_t *o; };

static struct replay_shared *shared; /* of this process's one replay: for the signal's handler */

static void
stop(int sig)
{
	(void)sig;
	atomic_store(&shared->stop, true);
}

/* ---- the workers --------------------------------------------------------------------------------------- */

static bool
begin(const struct replay *r, struct job *jobs, int n, int me)
{
	int ends[2];
	pid_t parent = getpid();

	if (pipe(ends) != 0)
		return false;
	jobs[me].from = ends[0];
	jobs[me].pid = fork();
	if (jobs[me].pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGINT, SIG_IGN); /* the parent hears it and says so in r->shared */
		signal(SIGTERM, SIG_DFL);
		for (int i = 0; i < n; i++)
			if (i <= me)
				close(jobs[i].from);
		_exit(getppid() == parent ? replay_worker(r, me, ends[1]) : EXIT_CANNOT);
	}
	close(ends[1]);
	if (jobs[me].pid < 0)
		close(ends[0]);
	return jobs[me].pid > 0;
}

static void
print_progress(const struct replay *r)
{
	int64_t done = atomic_load(&r->shared->done);
	int of = r->newest > 0 ? (int)((done < r->newest ? done : r->newest) * 40 / r->newest) : 40;

	fprintf(stderr, "\r[%.*s%*s] %3d%%", of, "########################################", 40 - of, "", of * 100 / 40);
}

/* Reads what they find until all have ended. False: more than there is room for. */
static bool
listen_to(const struct replay *r, struct job *jobs, int n)
{
	static char bytes[65536];
	bool bar = isatty(STDERR_FILENO), room = true;
	int open = n;

	while (open > 0) {
		struct pollfd p[REPLAY_JOBS_MAX];

		for (int i = 0; i < n; i++)
			p[i] = (struct pollfd){ .fd = jobs[i].from, .events = POLLIN };
		if (poll(p, (nfds_t)n, LOOK_MS) > 0)
			for (int i = 0; i < n; i++) {
				ssize_t got = p[i].revents != 0 ? read(p[i].fd, bytes, sizeof(bytes)) : -1;

				if (got > 0)
					room = buf_add(&jobs[i].lines, bytes, (size_t)got) && room;
				if (got == 0) {
					close(p[i].fd);
					jobs[i].from = -1;
					open--;
				}
			}
		if (bar)
			print_progress(r);
	}
	if (bar)
		fprintf(stderr, "\r%50s\r", "");
	return room;
}

/* False: one of them could not go on, or died. */
static bool
end(const struct replay *r, struct job *jobs, int n)
{
	bool good = true;

	for (int i = 0; i < n; i++) {
		int status = 0;

		while (waitpid(jobs[i].pid, &status, 0) < 0 && errno == EINTR)
			continue;
		if (WIFSIGNALED(status))
			fprintf(stderr, "escrelay: a worker died (signal %d) at journal %lld: what it had left is not judged\n", WTERMSIG(status),
			    (long long)atomic_load(&r->shared->in_hand[i]));
		good = good && status == 0;
	}
	return good;
}

/* ---- what they found ----------------------------------------------------------------------------------- */

static int
by_journal(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return (x->journal > y->journal) - (x->journal < y->journal);
}

static size_t
gather(struct arena *a, struct job *jobs, int n, struct change **out)
{
	size_t found = 0;

	*out = NULL;
	for (int i = 0; i < n; i++) {
		char *line = jobs[i].lines.data, *eol;

		for (; (eol = strchr(line, '\n')) != NULL; line = eol + 1) {
			json_t *o = json_loadb(line, (size_t)(eol - line), 0, NULL);

			if (o != NULL)
				*(struct change *)arena_push(a, out, &found, sizeof(**out)) =
				    (struct change){ json_integer_value(json_object_get(o, "journal")), o };
		}
	}
	if (found > 0)
		qsort(*out, found, sizeof(**out), by_journal);
	return found;
}

static const char *
text_of(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

static void
print_side(const struct cli *cli, struct arena *a, const char *colour, const char *when, json_t *side, const char *more)
{
	const char *name, *rule = json_string_value(json_object_get(side, "rule"));
	json_t *one;
	size_t i;

	printf("    %s%s%s %s", colour, when, view_plain(cli), text_of(side, "outcome"));
	if (rule != NULL)
		printf(" by \"%s\"", view_clean(a, rule, 200));
	json_array_foreach(json_object_get(side, "file"), i, one)
		printf(", to team %s", view_clean(a, text_of(one, "team"), 100));
	json_array_foreach(json_object_get(side, "forward"), i, one)
		printf(", to %s", view_clean(a, json_string_value(one), 200));
	json_object_foreach(json_object_get(side, "set"), name, one)
		printf(", %s %s", name, view_clean(a, json_string_value(one), 100));
	printf("%s\n", more);
}

static void
print_change(const struct cli *cli, struct arena *a, json_t *o)
{
	const char *hash = text_of(o, "ruleset"), *note = "", *after = text_of(json_object_get(o, "after"), "outcome");

	if (strcmp(after, "quarantined") == 0)
		note = arena_printf(a, ": %s", view_clean(a, text_of(o, "note"), 200));
	printf("%s%" JSON_INTEGER_FORMAT "%s  %.10s  %s  %s\n", view_bold(cli), json_integer_value(json_object_get(o, "journal")), view_plain(cli),
	    text_of(o, "received"), view_clean(a, text_of(o, "from"), 100), view_clean(a, text_of(o, "subject"), 100));
	print_side(cli, a, view_dim(cli), "was", json_object_get(o, "before"),
	    json_is_true(json_object_get(o, "in_force")) ? "" : arena_printf(a, "  (by rules %.12s, which are not in force now)", hash));
	print_side(cli, a, view_green(cli), "now", json_object_get(o, "after"), note);
}

static json_t *
counts_json(const struct replay_shared *s, bool all)
{
	const _Atomic int64_t *n = s->counts;

	return json_pack("{s:b, s:I, s:I, s:{s:I,s:I,s:I}, s:I, s:{s:I,s:I,s:I,s:I}}", "complete", (int)all, "same", (json_int_t)n[REPLAY_SAME],
	    "same_by_another_rule", (json_int_t)n[REPLAY_OTHER_RULE], "changed", "outcome", (json_int_t)n[REPLAY_OUTCOME], "sent",
	    (json_int_t)n[REPLAY_SENT], "set", (json_int_t)n[REPLAY_SET], "stuck", (json_int_t)n[REPLAY_STUCK], "not_comparable", "case",
	    (json_int_t)n[REPLAY_CASE], "duplicate", (json_int_t)n[REPLAY_DUPLICATE], "trust", (json_int_t)n[REPLAY_TRUST], "waits",
	    (json_int_t)n[REPLAY_WAITS]);
}

static void
print_counts(const struct cli *cli, struct arena *a, const struct replay_shared *s)
{
	static const char *const words[] = { [REPLAY_SAME] = "the same", [REPLAY_OTHER_RULE] = "the same, by another rule",
		[REPLAY_OUTCOME] = "changed: the outcome", [REPLAY_SENT] = "changed: where it is sent", [REPLAY_SET] = "changed: what is set",
		[REPLAY_STUCK] = "with a rule that is stuck now", [REPLAY_CASE] = "not comparable: they belong to a case",
		[REPLAY_DUPLICATE] = "not comparable: duplicates", [REPLAY_TRUST] = "not comparable: held before the rules were asked",
		[REPLAY_WAITS] = "not comparable: not judged yet, or shelved" };
	struct table *t = table_new(a);

	table_column(t, "mails", TABLE_RIGHT);
	table_column(t, "what these rules make of them", TABLE_LEFT);
	for (int i = 0; i < REPLAY_COUNTS; i++)
		if (s->counts[i] > 0) {
			table_cell(t, "%lld", (long long)s->counts[i]);
			table_cell(t, "%s", words[i]);
		}
	if (table_rows(t) > 0)
		table_print(t, cli);
	else
		puts("the journal has no such mail");
}

/* ---- the command --------------------------------------------------------------------------------------- */

/* The newest journal id and the rules that decided last: read, and the store closed again, before anything forks. */
static bool
look_at_store(struct replay *r, struct arena *a)
{
	enum store_fault fault;
	char why[256];
	struct store *s = store_open(r->settings->store, STORE_READ, &fault, why);
	struct ruleset_row *rows;
	int64_t last = -1;
	bool good;

	if (s == NULL) {
		fprintf(stderr, "escrelay: %s\n", why);
		return false;
	}
	r->newest = store_journal_newest(s);
	for (size_t n = store_rulesets(s, a, &rows), i = 0; i < n; i++)
		if (rows[i].last >= last) {
			last = rows[i].last;
			r->in_force = rows[i].hash;
		}
	good = store_fault(s) == STORE_OK;
	if (!good)
		fprintf(stderr, "escrelay: %s\n", store_why(s));
	store_close(s);
	return good;
}

static int
replay(const struct cli *cli, struct arena *a, struct replay *r, int njobs)
{
	struct job jobs[REPLAY_JOBS_MAX];
	struct change *changes;
	bool good = true, whole;
	size_t n;
	int begun = 0;

	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	fflush(stdout);
	for (; good && begun < njobs; begun += good) {
		buf_init(&jobs[begun].lines, LINES_MAX);
		good = begin(r, jobs, njobs, begun);
	}
	if (!good) {
		perror("escrelay: a worker cannot be started");
		stop(0);
	}
	good = listen_to(r, jobs, begun) && good;
	good = end(r, jobs, begun) && good;
	whole = good && !atomic_load(&r->shared->stop);
	n = gather(a, jobs, begun, &changes);
	for (size_t i = 0; i < n; i++) {
		AUTO_ARENA struct arena *line = arena_new();

		if (cli->json)
			json_print_line(changes[i].o);
		else {
			print_change(cli, line, changes[i].o);
			json_decref(changes[i].o);
		}
	}
	if (cli->json)
		json_print_line(counts_json(r->shared, whole));
	else {
		if (n > 0)
			putchar('\n');
		print_counts(cli, a, r->shared);
		if (!whole)
			printf("%sNot all of the journal was judged%s\n", view_red(cli), view_plain(cli));
	}
	for (int i = 0; i < begun; i++)
		buf_free(&jobs[i].lines);
	return !good ? EXIT_CANNOT : n > 0 ? EXIT_FINDING : whole ? EXIT_DONE : EXIT_CANNOT;
}

int
rules_replay(struct cli *cli, const char *dir, const struct rules_options *o)
{
	struct rules_read l = { .arena = NULL };
	struct replay r = { .since = o->since };
	long cores = o->jobs > 0 ? o->jobs : sysconf(_SC_NPROCESSORS_ONLN);
	int status = EXIT_CANNOT;

	rules_load(cli, dir, &l);
	rules_print_diag(&l.diag, stderr, false);
	r.settings = l.settings;
	r.rules = l.rules;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		perror("escrelay: no memory");
	else if (l.rules != NULL && l.settings != NULL && look_at_store(&r, l.arena)) {
		r.shared = shared;
		atomic_store(&shared->next, 1);
		status = replay(cli, l.arena, &r, cores < 1 ? 1 : cores > REPLAY_JOBS_MAX ? REPLAY_JOBS_MAX : (int)cores);
	}
	if (shared != MAP_FAILED)
		munmap(shared, sizeof(*shared));
	rules_unload(&l);
	return status;
}

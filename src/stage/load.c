/* load.c - see load.h. */
#include "stage/load.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "edge/store.h"
#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"

#define OPEN_AGAIN_MS 5000
/* Bytes of a store that are read at a start: at each, and after decide ended uncleanly. What is larger is for `verify`. */
#define CHECKED_ALWAYS  (64 << 20)
#define CHECKED_UNCLEAN (1 << 30)

#define WORDS_MAX (64u << 10)

#define ANOTHER_STORE "store: a new place for the store needs a restart, not a reload"

/* What is wrong, a line a line of the log. */
static void
log_diag(const struct diag *d)
{
	AUTO_BUF struct buf text;
	char *line, *end;

	buf_init(&text, WORDS_MAX);
	diag_print(d, &text, false);
	for (line = text.data; *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		if (*end == '\n')
			*end++ = '\0';
		if (d->errors > 0)
			log_error("%s", line);
		else
			log_warning("%s", line);
	}
}

static void
free_settings(void *p)
{
	settings_free(p);
}

static void
free_ruleset(void *p)
{
	ruleset_free(p);
}

static struct loaded
none_like(const struct loaded *l)
{
	return (struct loaded){ .stage = l->stage, .once = l->once };
}

static bool
has_rules(const char *stage)
{
	return strcmp(stage, "decide") == 0 || strcmp(stage, "run") == 0;
}

static bool
read_all(struct loaded *n, const char *conf, bool prove, struct diag *d)
{
	struct conf_tree *tree;

	n->arena = arena_new();
	diag_init(d, n->arena);
	tree = conf_read(n->arena, conf, d);
	if (tree != NULL && d->errors == 0)
		n->settings = settings_read(n->arena, tree, conf, d);
	if (n->settings != NULL)
		arena_defer(n->arena, free_settings, n->settings);
	if (n->settings != NULL && has_rules(n->stage)) {
		n->rules = ruleset_compile(n->arena, tree, n->settings, d);
		if (n->rules != NULL)
			arena_defer(n->arena, free_ruleset, n->rules);
		n->templates = templates_of(n->arena, n->settings, d);
		if (n->rules != NULL && prove)
			ruleset_examples(n->rules, d);
	}
	if (n->settings != NULL && strcmp(n->stage, "send") == 0 && !n->settings->submission.configured)
		diag_add(d, DIAG_ERROR, NULL, 0, NULL, "there is no submission block: no server to send with");
	return d->errors == 0 && n->settings != NULL && (!has_rules(n->stage) || n->rules != NULL);
}

bool
load_would_take(const char *stage, const char *conf, int64_t pid, struct buf *why)
{
	struct loaded n = { .stage = stage };
	struct diag d;
	bool good = read_all(&n, conf, true, &d);

	diag_print(&d, why, false);
	if (good && pid > 0 && lock_holder(n.settings->store, stage) != pid) {
		buf_printf(why, "error: %s\n", ANOTHER_STORE);
		good = false;
	}
	load_free(&n);
	return good;
}

bool
load_settings(struct loaded *l, const char *conf)
{
	struct loaded n = none_like(l);
	struct diag d;
	bool good = read_all(&n, conf, false, &d);

	log_diag(&d);
	if (!good) {
		log_error("%s cannot be used: see above", conf);
		load_free(&n);
		return false;
	}
	*l = n;
	log_limit((enum log_level)n.settings->log_level);
	if (clock_shift() != 0)
		log_warning("the clock is shifted by %lld s (ESCRELAY_CLOCK): this is a rehearsal", (long long)clock_shift());
	return true;
}

bool
load_again(struct loaded *l, const char *conf)
{
	struct loaded n = none_like(l);
	struct diag d;
	bool good;

	service_reloading();
	good = read_all(&n, conf, true, &d);
	log_diag(&d);
	if (good && strcmp(n.settings->store, l->settings->store) != 0) {
		log_error("%s", ANOTHER_STORE);
		good = false;
	}
	if (good) {
		load_free(l);
		*l = n;
		log_limit((enum log_level)n.settings->log_level);
		log_info("%s was read anew", conf);
	} else {
		load_free(&n);
		log_error("%s is not used: the configuration from before stays in force", conf);
	}
	service_ready();
	return good;
}

void
load_free(struct loaded *l)
{
	arena_free(l->arena);
	*l = none_like(l);
}

/* A disk that is full when we start is no reason to end: nobody might start us again. */
struct store *
load_store(const struct loaded *l, enum store_mode mode)
{
	enum store_fault fault;
	struct store *s;
	char why[256];
	bool said = false;

	while ((s = store_open(l->settings->store, mode, &fault, why)) == NULL && !l->once && store_fault_passes(fault)) {
		if (!said) {
			log_error("%s: tried again until it works", why);
			/* We wait in good health: a service manager that heard nothing would kill us and start us again. */
			service_ready();
			service_status("waiting: %s", why);
		}
		said = true;
		service_watchdog();
		service_pause(OPEN_AGAIN_MS);
	}
	if (s == NULL)
		log_error("%s", why);
	return s;
}

/* Why the stage's lock is not ours, by errno; pid: of who has it, 0 where its file does not say. */
static void
say_locked(const char *store, const char *stage, int pid)
{
	if (pid != 0)
		log_error("another %s works on %s already (process %d)", stage, store, pid);
	else if (errno == EWOULDBLOCK)
		log_error("another %s works on %s already; %s.%s.lock does not say which process: 'fuser %s.%s.lock' does", stage, store,
		    store, stage, store, stage);
	else
		log_error("cannot lock %s.%s.lock: %s; it must be a file that this user may write", store, stage, strerror(errno));
}

int
load_single(const struct loaded *l, const char *stage)
{
	int pid, lock;
	struct store *s = load_store(l, STORE_CREATE);
	int64_t most = CHECKED_ALWAYS;

	if (s == NULL)
		return -1;
	lock = lock_single(l->settings->store, stage, &pid);
	if (lock < 0)
		say_locked(l->settings->store, stage, pid);
	if (lock >= 0 && strcmp(stage, "decide") == 0 && store_flag(s, FLAG_DECIDE_RUNS))
		most = CHECKED_UNCLEAN;
	if (lock >= 0 && !store_sound_soon(s, most)) { /* nobody takes mail into a store that is broken, nor sends from it */
		log_error("%s", store_why(s));
		close(lock);
		lock = -1;
	}
	store_close(s);
	return lock;
}

/* desk_duty.c - the duties that are due, one by one, each once, and the digest. See desk_duty.h.
 *
 * Each is one transaction with its mark: after a death in between it is done again from the start, and nothing of it
 * twice.
 */
#include "stage/desk_duty.h"

#include "ground/clock.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "stage/in_hand.h"

#define ASK_AGAIN 3600 /* seconds: the plan is looked at at least so often */
#define REST      3600

static void
perform(struct desk *d, const struct duty *duty)
{
	store_mark_set(d->store, duty->name, d->now);
	log_info("due by the plan: %s", duty->name);
	if (duty->kind == DUTY_HANDOVER) {
		desk_record(d, duty); /* before assigned cases pass on */
		desk_handover(d, duty);
	} else
		desk_notice(d, duty);
}

/* True: something was done. */
static bool
do_first(struct desk *d, int64_t *next)
{
	struct absences extra = desk_absences(d);
	struct duty *list;
	size_t n = duties(d->settings, &extra, d->arena, d->now, &list);

	for (size_t i = 0; i < n; i++) {
		if (store_mark(d->store, list[i].name) != 0)
			continue;
		if (list[i].due > d->now) {
			*next = list[i].due < *next ? list[i].due : *next;
			break;
		}
		perform(d, &list[i]);
		return true;
	}
	return desk_handover_unanswered(d, next) || desk_digest(d, next);
}

/* As desk_duties, with an arena. */
static int
do_one(struct desk *d, int note, struct in_hand *suspect, int64_t *next)
{
	int64_t rested = store_mark(d->store, DUTY_REST);
	bool done;

	*next = d->now + ASK_AGAIN;
	if (rested != 0 && d->now >= rested && d->now < rested + REST)
		return 0;
	if (!store_begin(d->store))
		return -1;
	in_hand_note(note, IN_HAND_DUTY, 1);
	done = do_first(d, next);
	in_hand_note(note, IN_HAND_NOTHING, 0);
	if (!done) { /* nothing was written: there is nothing to wait for the disk for */
		enum store_fault fault = store_fault(d->store);

		store_rollback(d->store);
		return fault != STORE_OK ? -1 : 0;
	}
	*next = 0;
	in_hand_acquit(d, suspect, IN_HAND_DUTY, 1);
	return store_commit(d->store) ? 1 : -1;
}

int
desk_duties(struct desk *d, int note, struct in_hand *suspect, int64_t *next)
{
	AUTO_ARENA struct arena *a = arena_new();
	int done = 0;

	d->now = clock_now();
	if (d->now < *next)
		return 0;
	d->arena = a;
	done = do_one(d, note, suspect, next);
	d->arena = NULL;
	return done;
}

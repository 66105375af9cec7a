/* decide_tend.c - what time does: timers of cases, refused letters that a person must learn of, customers who are led by another
 * from now on, waiting cases that are looked at again, and what the plan of rotations asks. See decide_parts.h. */
#include "ground/clock.h"
#include "ground/mem.h"
#include "stage/decide_parts.h"
#include "stage/desk_duty.h"

/* Due timers, some in one commit: thousands of waiting cases may wake at once. */
static int
tend_timers(struct decider *x)
{
	int64_t began = clock_monotonic_ms();
	bool open = false;
	struct timer t;
	int n = 0;

	for (; n < DECIDE_BATCH_MAX && clock_monotonic_ms() - began < DECIDE_BATCH_MS; n++) {
		struct arena *a = arena_new();

		x->desk.arena = a;
		x->desk.now = clock_now();
		if (!store_timer_due(x->store, a, x->desk.now, &t) || !(open = open || store_begin(x->store))) {
			arena_free(a);
			break;
		}
		in_hand_note(x->note, IN_HAND_TIMER, t.id);
		desk_timer(&x->desk, &t);
		in_hand_note(x->note, IN_HAND_NOTHING, 0);
		in_hand_acquit(&x->desk, &x->suspect, IN_HAND_TIMER, t.id);
		arena_free(a);
	}
	x->desk.arena = NULL;
	return open && !store_commit(x->store) ? -1 : n;
}

/* Waiting cases that are looked at out of their time, some in one commit. */
static int
look_at_some(struct decider *x)
{
	int64_t began = clock_monotonic_ms(), next;
	bool open = false, all, done = false;
	int n = 0;

	for (; !done && n < DECIDE_BATCH_MAX && clock_monotonic_ms() - began < DECIDE_BATCH_MS; n++) {
		AUTO_ARENA struct arena *a = arena_new();

		x->desk.arena = a;
		x->desk.now = clock_now();
		if ((next = store_look_next(x->store, &all)) < 0 || !(open = open || store_begin(x->store)))
			break;
		store_looked(x->store, next);
		if (next == 0)
			break;
		in_hand_note(x->note, IN_HAND_CASE, next);
		if ((done = desk_look(&x->desk, next) && !all))
			store_looked(x->store, 0);
		in_hand_note(x->note, IN_HAND_NOTHING, 0);
		in_hand_acquit(&x->desk, &x->suspect, IN_HAND_CASE, next);
	}
	x->desk.arena = NULL;
	return open && !store_commit(x->store) ? -1 : n;
}

/* Cases whose customer is led by another from now on, some in one commit. */
static int
tend_leads(struct decider *x)
{
	bool open = false;
	int64_t next = 1;
	int n = 0;

	if (clock_now() < x->leads_due)
		return 0;
	for (; n < DECIDE_BATCH_MAX && next != 0; n += next != 0) {
		AUTO_ARENA struct arena *a = arena_new();

		x->desk.arena = a;
		x->desk.now = clock_now();
		if ((next = desk_lead_next(&x->desk)) == 0 || !(open = open || store_begin(x->store)))
			break;
		in_hand_note(x->note, IN_HAND_LEAD, next);
		desk_lead_change(&x->desk, next);
		in_hand_note(x->note, IN_HAND_NOTHING, 0);
		in_hand_acquit(&x->desk, &x->suspect, IN_HAND_LEAD, next);
	}
	x->desk.arena = NULL;
	if (open && !store_commit(x->store))
		return -1;
	if (next == 0 && store_fault(x->store) == STORE_OK)
		x->leads_due = desk_lead_due(&x->desk);
	return n;
}

/* One refused letter that nobody knows of. */
static int
tend_refused(struct decider *x)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct outbox_row row;
	int done = 0;

	x->desk.arena = a;
	x->desk.now = clock_now();
	if (store_refused_next(x->store, a, &row) && store_begin(x->store)) {
		store_refused_told(x->store, row.id);
		in_hand_note(x->note, IN_HAND_REFUSAL, row.id);
		tell_refusal(&x->desk, &row);
		desk_refused(&x->desk, &row);
		in_hand_note(x->note, IN_HAND_NOTHING, 0);
		in_hand_acquit(&x->desk, &x->suspect, IN_HAND_REFUSAL, row.id);
		done = store_commit(x->store) ? 1 : -1;
	}
	x->desk.arena = NULL;
	return done;
}

int
decide_tend(struct decider *x)
{
	int done = tend_timers(x);

	if (done == 0)
		done = tend_refused(x);
	if (done == 0)
		done = tend_leads(x);
	if (done == 0)
		done = look_at_some(x);
	if (done == 0)
		done = desk_duties(&x->desk, x->note, &x->suspect, &x->plan_next);
	if (store_fault(x->store) != STORE_OK)
		return -1;
	x->owed |= done > 0;
	return done;
}

/* send_group.c - letters that share a commit: leased together, and settled together with the lease of the next. See send_parts.h.
 *
 * A letter's answer is durable before the next letter begins all the same: it is noted in the file of the lease lock, which
 * is nobody else's, so that no one waits for it; the last of a group is settled in the store, with all that were noted.
 */
#include "stage/send_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ground/clock.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/service.h"

#define NOTED_MS 500  /* no answer stays a mere note for longer, but for the letter that is under way */
#define SLOW_MS  1000 /* a letter that takes so long keeps no other waiting: a colleague may have those */
#define GROUP_MS 250  /* a group that takes longer was too large: its letters wait while another session may rest */
#define HELD_MAX (512u << 10) /* bytes of small letters that are read together */

static struct send_group *
group_new(void)
{
	struct arena *a = arena_new();
	struct send_group *g = arena_alloc(a, sizeof(*g));

	*g = (struct send_group){ .a = a };
	return g;
}

static void
group_free(struct send_group *g)
{
	if (g != NULL)
		arena_free(g->a);
}

/* The letters are few while there are few, so that all sessions have some, and fewer where they take long. */
static int
lease_group(struct sender *w, struct send_group *g, int64_t *next_at)
{
	int64_t now = clock_now();
	bool slow = w->pace > 0 && clock_monotonic_ms() - w->leased > GROUP_MS;
	unsigned most = slow ? w->pace / 2 + 1 : w->pace + 1;
	int n = store_lease_some(w->store, g->a, w->holder, now, now + smtp_deadline(w->sub) + SEND_MARGIN, g->rows, (int)most,
	    next_at);

	w->leased = clock_monotonic_ms();
	if (n > 0) {
		w->pace = (slow ? (unsigned)n : 2 * (unsigned)n) - 1;
		if (w->pace >= SEND_GROUP)
			w->pace = SEND_GROUP - 1;
		g->n = (size_t)n;
	}
	return n;
}

/* The store is asked once for all of them. One that is not read now is asked for when it is sent. */
static void
read_small(struct sender *w, struct send_group *g)
{
	size_t held = 0;

	g->read = true;
	store_reading_begins(w->store);
	for (size_t i = 0; i < g->n; i++) {
		ssize_t got;

		if (g->rows[i].size > SEND_SMALL || held + g->rows[i].size > HELD_MAX)
			continue;
		held += (size_t)g->rows[i].size;
		g->small[i].bytes = arena_alloc(g->a, (size_t)g->rows[i].size + 1);
		got = store_letter_small(w->store, g->rows[i].id, g->small[i].bytes, (size_t)g->rows[i].size + 1);
		if (got >= 0)
			g->small[i].len = (size_t)got;
		else
			g->small[i].bytes = NULL;
	}
	store_reading_ends(w->store);
	store_forgive(w->store);
}

bool
send_more_wait(const struct sender *w)
{
	return w->group != NULL && w->group->at < w->group->n;
}

int
send_next(struct sender *w, const struct outbox_row **row, int64_t *next_at)
{
	int n = 1;

	/* Who was kept from his work for very long has no lease for a whole transfer any more. */
	if (send_more_wait(w) && w->group->rows[w->group->at].lease_until < clock_now() + smtp_deadline(w->sub) &&
	    !send_put_down(w))
		return -1;
	if (!send_more_wait(w)) {
		group_free(w->group);
		w->group = group_new();
		n = lease_group(w, w->group, next_at);
	}
	if (n > 0 && !w->group->read)
		read_small(w, w->group);
	if (n > 0) {
		w->small = w->group->small[w->group->at];
		*row = &w->group->rows[w->group->at++];
	} else
		w->pace = 0;
	w->begun = clock_monotonic_ms();
	return n;
}

bool
send_note(struct sender *w, const struct outbox_row *row, int code, const char *reply)
{
	struct send_group *g = w->group;
	struct send_noted *x = &g->noted[g->nnoted];

	if (!send_more_wait(w) || (g->nnoted > 0 && clock_monotonic_ms() - g->since > NOTED_MS))
		return false;
	*x = (struct send_noted){ .row = row, .at = clock_now(), .code = code, .reply = arena_strdup(g->a, reply) };
	if (!store_answer_note(w->lock, (unsigned)g->nnoted, row, x->at, code, reply))
		return false;
	if (g->nnoted++ == 0)
		g->since = clock_monotonic_ms();
	return true;
}

bool
send_settle_noted(struct sender *w)
{
	bool all = true;

	for (size_t i = 0; w->group != NULL && i < w->group->nnoted; i++) {
		const struct send_noted *x = &w->group->noted[i];

		all = store_settle(w->store, x->row->id, w->holder, OUTBOX_SENT, x->at, x->at, x->code, x->reply) && all;
	}
	return all;
}

void
send_noted_settled(struct sender *w)
{
	if (w->group != NULL)
		w->group->nnoted = 0;
}

bool
send_lease_next(struct sender *w, struct send_group **next)
{
	*next = NULL;
	if (send_more_wait(w) || crew_stopping(w->me))
		return true;
	*next = group_new();
	return lease_group(w, *next, &(int64_t){ 0 }) >= 0;
}

void
send_group_begins(struct sender *w, struct send_group *next)
{
	if (next == NULL)
		return;
	group_free(w->group);
	w->group = next;
}

void
send_group_drop(struct send_group *g)
{
	group_free(g);
}

bool
send_put_down(struct sender *w)
{
	struct send_group *g = w->group;

	if (g == NULL || (g->nnoted == 0 && g->at == g->n))
		return true;
	if (!store_begin(w->store))
		return false; /* they stay noted and leased */
	if (!send_settle_noted(w) && store_fault(w->store) == STORE_OK)
		log_warning("%s: letters were taken over by somebody else meanwhile", w->holder);
	for (size_t i = g->at; i < g->n; i++)
		store_settle(w->store, g->rows[i].id, w->holder, OUTBOX_QUEUED, clock_now(), g->rows[i].next_at, 0, "");
	if (!store_commit(w->store))
		return false;
	if (g->at < g->n)
		wake_poke(w->settings->store, "send");
	g->n = g->at;
	g->nnoted = 0;
	w->pace = 0;
	return true;
}

void
send_while_slow(struct sender *w)
{
	int64_t now = clock_monotonic_ms();

	if (now - w->begun <= SLOW_MS)
		return;
	w->begun = now;
	if (!send_put_down(w))
		store_forgive(w->store);
}

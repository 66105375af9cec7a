/* decide_purge.c - once a day what is older than `keep` says is removed, in moments in which nothing else is to do. See
 * decide_parts.h.
 *
 * A step at a time: a mail that comes meanwhile waits for one step at most.
 */
#include <inttypes.h>

#include "ground/clock.h"
#include "ground/log.h"
#include "stage/decide_parts.h"
#include "stage/purge.h"

#define EVERY     86400
#define DONE      "purge"          /* marks: when it was last done, */
#define RECKONED  "purge.reckoned" /* and by which time */

/* By which time it is reckoned what is old. A clock that leaps ahead must not take a year of mail with it: from one day
 * to the next at most two days are believed, and the first time not more than a day after the newest mail. */
static int64_t
reckon(struct decider *x, int64_t now)
{
	int64_t last = store_mark(x->store, RECKONED), newest = store_journal_received(x->store);
	int64_t most = last > 0 ? last + 2 * EVERY : newest + EVERY;

	return most < now ? most : now;
}

static bool
begin(struct decider *x, int64_t now)
{
	struct purge_ask ask;
	bool any = false;

	if (now < x->purge.next)
		return false;
	x->purge.next = store_mark(x->store, DONE) + EVERY;
	for (int i = 0; i < PURGE_KINDS; i++)
		any |= purge_ask(x->loaded.settings, (enum purge_kind)i, now, &ask);
	if (now < x->purge.next || !any)
		return false;
	x->purge.time = reckon(x, now);
	x->purge.kind = 0;
	x->purge.at = 0;
	x->purge.sums[PURGE_LETTERS] = x->purge.sums[PURGE_MAILS] = (struct purge_sum){ 0 };
	return x->purge.on = true;
}

static int
end(struct decider *x, int64_t now)
{
	const struct purge_sum *letters = &x->purge.sums[PURGE_LETTERS], *mails = &x->purge.sums[PURGE_MAILS];

	x->purge.on = false;
	x->purge.next = now + EVERY;
	if (letters->rows + mails->rows > 0)
		log_info("removed by age: %" PRId64 " mails (%.1f MB), %" PRId64 " letters", mails->rows,
		    (double)mails->bytes / 1e6, letters->rows);
	if (!store_begin(x->store))
		return -1;
	store_mark_set(x->store, DONE, now);
	store_mark_set(x->store, RECKONED, x->purge.time);
	return store_commit(x->store) ? 1 : -1;
}

int
decide_purge(struct decider *x)
{
	int64_t now = clock_now();
	struct purge_ask ask;
	int more;

	if (!x->purge.on && !begin(x, now))
		return store_fault(x->store) == STORE_OK ? 0 : -1;
	for (; x->purge.kind < PURGE_KINDS; x->purge.kind++, x->purge.at = 0) {
		enum purge_kind kind = (enum purge_kind)x->purge.kind;

		if (!purge_ask(x->loaded.settings, kind, x->purge.time, &ask))
			continue;
		ask.now = now;
		more = store_purge(x->store, kind, &ask, true, &x->purge.at, &x->purge.sums[kind]);
		if (more != 0)
			return more;
	}
	return end(x, now);
}

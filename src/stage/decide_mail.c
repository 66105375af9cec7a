/* decide_mail.c - the story of a mail from the journal to its outcome. See decide_parts.h.
 *
 *   understand -> seen before? -> which case? -> if one: the conversation; if none: the rules -> outcome
 *
 * Everything that one mail changes stands in one transaction; some share a commit. They are understood before it
 * begins, so that the lock is held for no longer than it takes to judge them.
 */
#include <inttypes.h>

#include "ground/clock.h"
#include "ground/mem.h"
#include "stage/decide_parts.h"
#include "stage/desk_duty.h"
#include "stage/desk_filing.h"

#define HELD_MAX (1u << 20) /* bytes of mails that are understood: with so many they are judged before another is read */

struct tray { struct arena *arena; struct item item; }; /* a mail that is understood and not judged yet */

/* It is not to act, because it did: as these bytes, or as the whole or the beginning of the same mail of the server. What a
 * person lets through acts, unless it is the beginning of what came whole. */
static bool
seen_before(struct desk *d, struct item *it)
{
	const char *id = it->message->message_id != NULL ? it->message->message_id : "";
	int64_t first = store_acted(d->store, it->ident, it->entry.id), twin = 0;

	if (it->entry.damaged || !it->released)
		twin = store_journal_twin(d->store, &it->entry, id);
	if (first != it->entry.id && !it->released)
		item_ends(d, it, "duplicate", 0, arena_printf(d->arena, "the same mail as journal %" PRId64, first));
	else if (twin != 0 && it->entry.damaged)
		item_ends(d, it, "duplicate", 0, arena_printf(d->arena, "the whole of it came as journal %" PRId64, twin));
	else if (twin != 0)
		item_held(d, it, arena_printf(d->arena, "what came of it first was let through before, as journal %" PRId64,
		    twin));
	else
		return false;
	return true;
}

static void
judge(struct desk *d, struct item *it)
{
	const struct message *m = it->message;
	struct thread_answer thread;

	why_message(it);
	if (it->entry.damaged && !it->released) { /* no claim to have acted: the mail itself may still come */
		item_held(d, it, arena_printf(d->arena, "the server of mailbox %s could not give it whole (UID %u); "
		    "it stays there and is tried again", it->entry.mailbox, it->entry.uid));
		return;
	}
	if (seen_before(d, it))
		return;
	desk_thread(d, it, &thread);
	why_thread(it, &thread);
	if (it->entry.cut && !it->released)
		item_held(d, it, "larger than the size limit: only its beginning was fetched");
	else if (m->kind == KIND_LOOP && !it->released)
		item_held(d, it, "a mail of ours that came back, or one that has been around too often");
	else if (m->from_count != 1 && m->kind != KIND_BOUNCE && !it->released)
		item_held(d, it, m->from_count == 0 ? "it names no sender" : "it names more than one sender");
	else if (thread.evidence != THREAD_TOKEN && desk_person(d, it))
		return;
	else if (thread.filing != 0)
		desk_upstream(d, it, &thread);
	else if (thread.escalation != 0 && (m->auto_submitted != NULL || it->to_envelope) && !it->released)
		desk_machine(d, it, &thread);
	else if (thread.escalation != 0)
		desk_talk(d, it, &thread);
	else if (it->lost_token && !it->released)
		item_held(d, it, "it answers a letter of a case that this store does not know: was an older backup restored?");
	else if (thread.stray && !it->released)
		item_held(d, it, "it answers what was filed with a team, but not over the team's reply address");
	else
		desk_rules(d, it);
}

/* What waits is read and understood, as many mails as may be held at once. *unread: one could not be read, its bytes
 * find no room; it waits, and those after it. */
static size_t
read_some(struct decider *x, struct tray *trays, bool *unread)
{
	struct desk *d = &x->desk;
	int64_t began = clock_monotonic_ms(), after = 0;
	size_t n = 0, held = 0;
	struct journal_entry e;

	x->more = true;
	store_reading_begins(x->store);
	while (n < DECIDE_BATCH_MAX && held < HELD_MAX && clock_monotonic_ms() - began < DECIDE_BATCH_MS) {
		struct tray *t = &trays[n];
		bool waits;

		d->arena = t->arena = arena_new();
		if ((waits = store_journal_next(x->store, t->arena, after, &e))) {
			in_hand_note(x->note, IN_HAND_MAIL, e.id);
			*unread = !desk_read(d, e.id, &t->item);
		}
		if (!waits || *unread) {
			arena_free(t->arena);
			x->more = false;
			break;
		}
		after = e.id;
		held += t->item.len;
		n++;
	}
	in_hand_note(x->note, IN_HAND_NOTHING, 0);
	store_reading_ends(x->store);
	return n;
}

/* All in one transaction. False: the store failed, nothing has happened. */
static bool
judge_some(struct decider *x, struct tray *trays, size_t n)
{
	struct desk *d = &x->desk;
	bool open = store_begin(x->store);

	for (size_t i = 0; open && i < n && store_fault(x->store) == STORE_OK; i++) {
		d->arena = trays[i].arena;
		d->now = clock_now();
		in_hand_note(x->note, IN_HAND_MAIL, trays[i].item.entry.id);
		judge(d, &trays[i].item);
	}
	in_hand_note(x->note, IN_HAND_NOTHING, 0);
	return open && store_commit(x->store);
}

int
decide_mails(struct decider *x)
{
	struct tray trays[DECIDE_BATCH_MAX];
	bool unread = false, good;
	size_t n = read_some(x, trays, &unread);

	if (n > 0) {
		store_forgive(x->store); /* what was wrong with the next is seen at the next look */
		good = judge_some(x, trays, n);
	} else
		good = !unread && store_fault(x->store) == STORE_OK;
	for (size_t i = 0; i < n; i++) {
		desk_drop(&trays[i].item);
		arena_free(trays[i].arena);
	}
	x->desk.arena = NULL;
	x->owed |= n > 0;
	return good ? (int)n : -1;
}

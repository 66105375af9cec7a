/* in_hand.c - what killed decide, and what becomes of it. See in_hand.h. */
#include "stage/in_hand.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "stage/desk_duty.h"

#define DEATHS_MAX 2    /* with the same thing in hand: then it is not touched again */
#define PUT_OFF    3600 /* seconds: a timer that killed us twice */
#define NOTE_BYTES 32   /* always the same: a shorter line leaves nothing of a longer one behind */

/* ---- the note ------------------------------------------------------------------------------------------ */

static const char *const words[] = { [IN_HAND_NOTHING] = "nothing", [IN_HAND_MAIL] = "mail", [IN_HAND_TIMER] = "timer",
	[IN_HAND_REFUSAL] = "refusal", [IN_HAND_CASE] = "case",
	[IN_HAND_DUTY] = "duty", [IN_HAND_LEAD] = "lead" };

/* Whatever does not read as a note of ours says nothing. */
static void
read_note(char *note, struct in_hand *out)
{
	char *number = strchr(note, ' ');
	uint64_t id;

	note[strcspn(note, "\n")] = '\0';
	if (number == NULL)
		return;
	*number++ = '\0';
	number[strcspn(number, " ")] = '\0';
	for (size_t i = 1; i < COUNT(words); i++)
		if (strcmp(note, words[i]) == 0 && text_u64(number, 1, INT64_MAX, &id))
			*out = (struct in_hand){ .kind = (enum in_hand_kind)i, .id = (int64_t)id };
}

int
in_hand_open(const char *store_path, struct in_hand *left)
{
	AUTO_FREE char *path = xasprintf("%s.in-hand", store_path);
	char note[NOTE_BYTES + 1] = "";
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);

	*left = (struct in_hand){ .kind = IN_HAND_NOTHING };
	if (fd >= 0 && pread(fd, note, NOTE_BYTES, 0) == NOTE_BYTES)
		read_note(note, left);
	return fd;
}

void
in_hand_note(int fd, enum in_hand_kind kind, int64_t id)
{
	char note[NOTE_BYTES + 1];
	int n = kind == IN_HAND_NOTHING ? snprintf(note, sizeof(note), "%s", words[kind])
	                                : snprintf(note, sizeof(note), "%s %" PRId64, words[kind], id);

	memset(note + n, ' ', NOTE_BYTES - (size_t)n);
	note[NOTE_BYTES - 1] = '\n';
	if (fd >= 0 && pwrite(fd, note, NOTE_BYTES, 0) != NOTE_BYTES)
		errno = 0; /* no room for 32 bytes: nobody is blamed then */
}

/* ---- after a death ------------------------------------------------------------------------------------- */

static void
shelve(struct desk *d, const struct journal_entry *kept)
{
	struct journal_entry e = *kept;
	struct message nothing = { .from = { .name = "", .address = "(not read)" },
		.subject = "(a mail that could not be read)" };
	struct item it = { .entry = *kept, .message = &nothing, .fd = -1 };

	e.state = JOURNAL_SHELVED;
	e.outcome = "shelved";
	e.note = "it stopped the relay twice";
	store_journal_judged(d->store, &e);
	store_quarantine_add(d->store, e.id, d->now, e.note);
	tell_operator_held(d, &it, "it stopped the relay twice while it was read; its bytes are kept");
	log_error("journal %" PRId64 " stopped the relay twice: shelved", e.id);
}

/* Its deaths are its attempts in the journal. */
static void
blame_mail(struct desk *d, int64_t id)
{
	struct journal_entry e;

	if (!store_journal_get(d->store, d->arena, id, &e) || e.state != JOURNAL_KEPT)
		return;
	store_journal_attempt(d->store, id);
	if (e.attempts + 1 >= DEATHS_MAX)
		shelve(d, &e);
	else
		log_warning("the last run died over journal %" PRId64 ": if it does so again, it is shelved", id);
}

static const char *
flag_of(struct desk *d, const struct in_hand *suspect)
{
	return arena_printf(d->arena, "%s %" PRId64 " killed", words[suspect->kind], suspect->id);
}

/* A timer reads mails too, and so may the news of a refusal. One that kills must not do so at each start, before all
 * others. */
static void
blame_other(struct desk *d, const struct in_hand *suspect)
{
	const char *flag = flag_of(d, suspect);
	bool again = store_flag(d->store, flag);

	store_flag_set(d->store, flag, !again);
	if (!again)
		log_warning("the last run died over %s %" PRId64, words[suspect->kind], suspect->id);
	else if (suspect->kind == IN_HAND_TIMER) {
		store_timer_put_off(d->store, suspect->id, d->now + PUT_OFF);
		log_error("timer %" PRId64 " stopped the relay twice: put off by an hour", suspect->id);
	} else if (suspect->kind == IN_HAND_CASE) {
		store_looked(d->store, suspect->id);
		log_error("looking at waiting ESC-%" PRId64 " stopped the relay twice: it is passed by this time", suspect->id);
	} else if (suspect->kind == IN_HAND_DUTY) {
		store_mark_set(d->store, DUTY_REST, d->now);
		log_error("what the plan of rotations asks stopped the relay twice: it rests for an hour");
	} else if (suspect->kind == IN_HAND_LEAD) {
		store_led_drop(d->store, suspect->id);
		log_error("giving ESC-%" PRId64 " to the next lead stopped the relay twice: it stays with the one it has", suspect->id);
	} else {
		store_refused_told(d->store, suspect->id);
		log_error("the refusal of outbox %" PRId64 " stopped the relay twice: nobody else is told of it", suspect->id);
	}
}

void
in_hand_blame(struct desk *d, const struct in_hand *suspect)
{
	if (suspect->kind == IN_HAND_MAIL)
		blame_mail(d, suspect->id);
	else if (suspect->kind != IN_HAND_NOTHING)
		blame_other(d, suspect);
}

void
in_hand_acquit(struct desk *d, struct in_hand *suspect, enum in_hand_kind kind, int64_t id)
{
	if (suspect->kind != kind || suspect->id != id)
		return;
	store_flag_set(d->store, flag_of(d, suspect), false);
	suspect->kind = IN_HAND_NOTHING;
}

/* desk_word.c - words in a person's mail that may not be his: a machine's, or quoted ones. See desk.h.
 *
 * Limits of letters hold back what the relay says by itself. A person's word is under none of them, so two answering
 * machines that mark nothing as automatic would answer each other through us for ever. They are known by what people
 * hardly do: the same words again and again, or more mails in an hour than somebody writes. What is held so has no
 * answer, so they come to rest; its writer is told once, by a letter under the limits, and so is the operator.
 */
#include <string.h>

#include "edge/store_word.h"
#include "ground/address.h"
#include "ground/clock.h"
#include "ground/digest.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "stage/desk.h"

#define QUOTED_MAX 10 /* mails of a case that are looked at for a line */

/* Does a line stand in it, as it is? */
static bool
has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = text; (at = strstr(at, line)) != NULL; at += len) {
		bool begins = at == text || strchr("\n\r\t >", at[-1]) != NULL;

		if (begins && (at[len] == '\0' || strchr("\n\r\t ", at[len]) != NULL))
			return true;
	}
	return false;
}

bool
desk_quoted(struct desk *d, const struct item *it, const struct escalation *e, const char *line)
{
	struct event_row *events;
	size_t n = store_events(d->store, d->arena, e->id, &events), looked = 0;
	int64_t last = 0;

	for (size_t i = n + 1; i > 0 && looked < QUOTED_MAX; i--) {
		int64_t journal = i > n ? e->journal : events[i - 1].journal; /* the mail that opened it first of all */
		struct item other;
		bool has;

		if (journal == 0 || journal == last || journal == it->entry.id || (i <= n && journal == e->journal))
			continue;
		if (!desk_read(d, journal, &other))
			continue;
		last = journal;
		looked++;
		has = !address_equal(other.message->from.address, it->message->from.address) && other.message->text != NULL &&
		    has_line(other.message->text, line);
		desk_drop(&other);
		if (has)
			return true;
	}
	return false;
}

/* What it says. A mail with more than words is like no other. */
static void
identify(struct desk *d, const struct item *it, const char *text, unsigned char out[DIGEST_BYTES])
{
	bool plain = it->message->nattachments == 0 && it->message->forward == NULL;
	char *s = plain ? text_squeeze(d->arena, text) : arena_printf(d->arena, "%lld", (long long)it->entry.id);

	text_lower_ascii(s);
	digest_of(s, strlen(s), out);
}

/* Why it is held, in words for everybody and with the limit's name; false: it is not. Whoever opens cases may open many. */
static bool
too_many(struct desk *d, const struct word *w, const char **reason, const char **limit)
{
	const struct rate_cap *word = &d->settings->cap_word, *echo = &d->settings->cap_echo, *cap = NULL;
	char span[CLOCK_TEXT];

	if (store_words_same(d->store, w, echo->mails, w->at - echo->per)) {
		cap = echo;
		*reason = arena_printf(d->arena, "the same words came %u time%s before", echo->mails,
		    echo->mails == 1 ? "" : "s");
	} else if ((w->escalation != 0 || w->filing != 0) && store_words_reached(d->store, w, word->mails, w->at - word->per)) {
		cap = word;
		*reason = arena_printf(d->arena, "%u mails came within %s, more than a person writes", word->mails + 1,
		    clock_span(word->per, span));
	} else
		return false;
	*limit = arena_printf(d->arena, "%s (limit %s %u per %s)", *reason, cap == echo ? "echo" : "word", cap->mails,
	    clock_span(cap->per, span));
	return true;
}

static void
tell_writer(struct desk *d, const struct item *it, const struct escalation *e, const char *reason)
{
	struct telling t = { .template = "word-held", .to = it->message->from, .e = e, .about = it,
		.auto_submitted = "auto-replied" };

	if (e != NULL)
		tell_value(&t, "case", say_case(d->arena, e->id));
	else
		t.subject = arena_printf(d->arena, "[%s] Held: %s", d->settings->name, it->message->subject);
	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "subject", it->message->subject);
	tell_value(&t, "reason", reason);
	tell(d, &t);
}

bool
desk_word_held(struct desk *d, struct item *it, const struct escalation *e, const struct filing *f, const char *text)
{
	const struct rate_cap *word = &d->settings->cap_word, *echo = &d->settings->cap_echo;
	struct word w = { .escalation = e != NULL ? e->id : 0,
		.filing = e == NULL && f != NULL ? f->id : 0,
		.writer = it->engineer != NULL ? it->engineer->emails[0] : it->message->from.address,
		.at = d->now };
	const char *reason, *limit;

	if (it->released || it->message->auto_submitted != NULL)
		return false;
	identify(d, it, text, w.ident);
	if (!too_many(d, &w, &reason, &limit)) {
		store_word_add(d->store, &w, d->now - (word->per > echo->per ? word->per : echo->per));
		return false;
	}
	if (e != NULL)
		store_event_add(d->store, e->id, d->now, it->message->from.address, "held", limit, it->entry.id);
	if (!store_word_tell(d->store, &w)) {
		item_held_untold(d, it, limit);
		return true;
	}
	desk_hook(d, "alarm", e, "Machines seem to answer each other", limit);
	if (it->staff)
		tell_writer(d, it, e, reason);
	item_held(d, it, limit);
	return true;
}

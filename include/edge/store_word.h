/* store_word.h - the latest words of people, against machines that answer each other through us. See store.h.
 *
 * A word is one mail of one writer that was passed on within a case, within a filing without a case, or that opened a
 * case (then both numbers are 0). Only those that a limit may still ask for are kept.
 */
#ifndef ESCRELAY_EDGE_STORE_WORD_H
#define ESCRELAY_EDGE_STORE_WORD_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/store.h"

struct word {
	int64_t escalation, filing;
	const char *writer;                /* an address */
	int64_t at;
	unsigned char ident[32];           /* of what it says */
};

/* Written down; what is older than forget is struck off, whosesoever it is. */
void store_word_add(struct store *s, const struct word *w, int64_t forget);

/* Has its writer had so many words there from since up to w->at? Costs so many steps along an index. */
bool store_words_reached(struct store *s, const struct word *w, unsigned words, int64_t since);
/* Were the last so many of them all this very one? */
bool store_words_same(struct store *s, const struct word *w, unsigned words, int64_t since);

/* True once for each word that was written down: for the first that is held after it. */
bool store_word_tell(struct store *s, const struct word *w);

#endif

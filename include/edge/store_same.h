/* store_same.h - cases that may be about the same: by the customer's ticket, by the mail that was forwarded. See store.h. */
#ifndef ESCRELAY_EDGE_STORE_SAME_H
#define ESCRELAY_EDGE_STORE_SAME_H

#include "edge/store.h"

/* Cases with that ticket, the newest first, at most max. */
size_t store_cases_of_ticket(struct store *s, const char *ticket, int64_t *ids, size_t max);

/* The mail of a customer that opened a case (judge/original.h's ident of it), and its date as the forward shows it. */
void store_original_add(struct store *s, const unsigned char ident[32], int64_t escalation, const char *date);
struct original_row { int64_t escalation; const char *date; };
size_t store_originals(struct store *s, struct arena *a, const unsigned char ident[32], struct original_row **out); /* newest first, at most 20 */

#endif

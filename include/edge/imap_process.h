/* imap_process.h - the parent's end: starts a child, asks it, believes nothing, ends it in time. */
#ifndef ESCRELAY_EDGE_IMAP_PROCESS_H
#define ESCRELAY_EDGE_IMAP_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/imap.h"
#include "edge/imap_wire.h"

struct imap_process;

/* Executes this very program again as "escrelay imap-child", with nothing open but its socket and an environment
 * without secrets. NULL and errno where that is not possible. */
struct imap_process *imap_process_start(void);

/* Kills what is left of it and reaps it; NULL is fine. */
void imap_process_end(struct imap_process *p);

/* Asks it to log out, waits up to ms for its exit, then as above. */
void imap_process_close(struct imap_process *p, int ms);

/* One order and all its answer. Every frame before the last goes to hear(), which returns false for one that
 * breaks the rules (IMAP_HOSTILE) and sets *stop where its caller wants no more. The child is killed at the
 * deadline, on stop and for any breach; only IMAP_TEMPORARY, IMAP_CONFIG and IMAP_AUTH may leave it usable
 * (imap_process_alive). Time spent in hear() does not count. */
struct imap_exchange {
	int64_t ms;                   /* until the deadline */
	int stop_fd;                  /* -1: none */
	int64_t stop_grace_ms;        /* that the exchange may still take after stop_fd became readable */
	bool leave_on_stop;           /* return and let the child be (it waits and will hear the next order) */
	void *context;
	bool (*hear)(void *context, uint8_t type, struct imap_in *in, bool *stop); /* NULL: no such frame is allowed */
};
enum imap_status imap_process_ask(struct imap_process *p, const struct imap_out *order, const struct imap_exchange *x);

bool        imap_process_alive(const struct imap_process *p);
const char *imap_process_why(const struct imap_process *p);
void        imap_process_complain(struct imap_process *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

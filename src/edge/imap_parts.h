/* imap_parts.h (private) - what the parent's files share. */
#ifndef ESCRELAY_EDGE_IMAP_PARTS_H
#define ESCRELAY_EDGE_IMAP_PARTS_H

#include "edge/imap.h"
#include "edge/imap_process.h"
#include "edge/imap_wire.h"

struct imap {
	struct imap_process *process;
	int stop_fd;
	int64_t ms;                   /* an exchange may take */
	uint64_t size_limit;
	uint32_t uidvalidity, uidnext;
	bool left;                    /* a wait was left on stop: the child is still in it */
	struct imap_out out;
};

typedef bool imap_hear(void *context, uint8_t type, struct imap_in *in, bool *stop);

/* Begins an order in im->out, with its deadline; the caller adds the rest, then asks. */
void imap_order(struct imap *im, enum imap_frame_type type, int64_t ms);
enum imap_status imap_ask(struct imap *im, int64_t ms, imap_hear *hear, void *context);

#endif

/* imap_wire.h - what the parent of an IMAP session and its child say to each other, and the limits of it.
 *
 * The child may have been taken over by a hostile server: whatever it says is checked as a stranger's word. One
 * frame is one packet of a SOCK_SEQPACKET pair: a type, then fields in native byte order (both ends are
 * the same program on the same machine). Every order is answered by any number of frames of its kind and then by
 * exactly one SAY_DONE or SAY_FAILED. Pure but for imap_now().
 */
#ifndef ESCRELAY_EDGE_IMAP_WIRE_H
#define ESCRELAY_EDGE_IMAP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAP_PIECE_MAX  65536                    /* bytes of a mail in one frame */
#define IMAP_FRAME_MAX  (IMAP_PIECE_MAX + 64)
#define IMAP_CUT        65536                    /* bytes fetched of a mail over the size limit */
#define IMAP_WINDOW     100                      /* UIDs in one order */
#define IMAP_BATCH_MAX  (16u << 20)              /* bytes expected of one order, unless one mail alone is larger */
#define IMAP_LIST_MAX   500000u                  /* UIDs of a folder */
#define IMAP_UIDS_MAX   16000                    /* UIDs in one frame */
#define IMAP_TEXT_MAX   ((size_t)8192)           /* bytes of any text; an access token is the longest */
#define IMAP_WAIT_MAX   INT64_C(1680)            /* seconds in one IDLE (RFC 2177 wants less than 29 min) */
#define IMAP_DONE_MS    10000                    /* for the server's answer to DONE */

enum imap_frame_type {
	ORDER_OPEN = 1, /* struct imap_open_order */
	ORDER_LIST,     /* u32 deadline */
	ORDER_SIZES,    /* u32 deadline, UIDs */
	ORDER_BODIES,   /* u32 deadline, u8 cut, u64 bytes expected, u64 largest, UIDs */
	ORDER_ACKNOWLEDGE, /* u32 deadline, UIDs */
	ORDER_WAIT,     /* u32 milliseconds */
	ORDER_CLOSE,

	SAY_OPENED = 64, /* u32 uidvalidity, u32 uidnext */
	SAY_UIDS,       /* UIDs, ascending over all frames of an answer */
	SAY_SIZE,       /* u32 uid, u64 size, u64 internaldate */
	SAY_PIECE,      /* bytes */
	SAY_MAIL,       /* u32 uid, u64 bytes in its pieces, u64 internaldate, u8 ok */
	SAY_DONE,
	SAY_FAILED,     /* u8 imap_status, u8 connection is over, text */
};

/* A frame under construction; over sticks when something did not fit. */
struct imap_out { size_t len; bool over; unsigned char bytes[IMAP_FRAME_MAX]; };

void imap_out_start(struct imap_out *o, enum imap_frame_type type);
void imap_out_u8(struct imap_out *o, uint8_t v);
void imap_out_u32(struct imap_out *o, uint32_t v);
void imap_out_u64(struct imap_out *o, uint64_t v);
void imap_out_bytes(struct imap_out *o, const void *bytes, size_t len);
void imap_out_text(struct imap_out *o, const char *s);          /* NULL is told from "" */
void imap_out_uids(struct imap_out *o, const uint32_t *uids, size_t n);

/* A frame being read; bad sticks when something was missing or out of bounds, and values are 0 or NULL then. */
struct imap_in { const unsigned char *at; size_t left; bool bad; };

uint8_t     imap_in_start(struct imap_in *in, const void *frame, size_t len); /* the type */
uint8_t     imap_in_u8(struct imap_in *in);
uint32_t    imap_in_u32(struct imap_in *in);
uint64_t    imap_in_u64(struct imap_in *in);
const char *imap_in_text(struct imap_in *in);                   /* stands in the frame */
size_t      imap_in_uids(struct imap_in *in, uint32_t *uids, size_t max); /* all that is left */
bool        imap_in_end(const struct imap_in *in);              /* all was there and nothing is left */

struct imap_open_order {
	const char *host, *user, *folder, *done, *keyword, *ca, *secret;
	const char *name;                       /* of the mailbox; NULL: none */
	uint32_t port, deadline_ms;
	uint64_t size_limit;
	uint8_t tls, auth, acknowledge;         /* enums of settings.h */
};

void imap_out_open(struct imap_out *o, const struct imap_open_order *order);
bool imap_in_open(struct imap_in *in, struct imap_open_order *order); /* texts stand in the frame */

int64_t imap_now(void);                         /* milliseconds of the monotonic clock */

/* The largest literal that is believed for mails of so many bytes: some servers' RFC822.SIZE is an estimate. */
uint64_t imap_believable(uint64_t size);

#endif

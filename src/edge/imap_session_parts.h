/* imap_session_parts.h - what the files of a session share: libetpan's session and how a command is run. */
#ifndef ESCRELAY_EDGE_IMAP_SESSION_PARTS_H
#define ESCRELAY_EDGE_IMAP_SESSION_PARTS_H

#include <libetpan/libetpan.h>

#include "edge/imap_session.h"
#include "edge/imap_stream.h"
#include "edge/imap_words.h"
#include "config/settings.h"
#include "ground/buf.h"
#include "ground/mem.h"

#define COMMAND_BUDGET (1u << 20)     /* bytes any command may bring beyond what was asked for */
#define LITERAL_SMALL  4096           /* bytes of a literal in answers in which none is expected */
#define SET_MAX        ((size_t)IMAP_WINDOW * 24) /* bytes of a set of UIDs */
#define NAME_MAX_BYTES 4096           /* of a folder's name on the wire */

struct imap_session {
	mailimap *etpan;
	mailstream *wire;             /* libetpan's buffers around stream; theirs until the connection ends */
	struct imap_stream *stream;
	int64_t deadline;             /* of the order being served */
	char *done;                   /* folder, quoted as it goes over the wire */
	char *keyword;
	uint64_t size_limit;
	enum acknowledge acknowledge;
	bool can_move, can_uidplus, can_idle;
	bool told;                    /* what is new was said just now, by the end of an IDLE */
	uint32_t uidvalidity;
	enum imap_status status;
	bool over;
	char why[256];
};

/* Sets status and why; over is set unless the server merely said NO. Always false. */
bool imap_session_fail(struct imap_session *s, enum imap_status status, bool over, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Says what libetpan's result means. what: the command, for a person; otherwise: the class of a NO without a known
 * code; secret: what must not be quoted back, or NULL. */
struct imap_command {
	const char *what;
	enum imap_status otherwise;
	const char *secret;
	bool mute;                    /* quote nothing of what the server said */
};
bool imap_session_check(struct imap_session *s, int result, const struct imap_command *command);

/* One command, written by us, its answer parsed by libetpan; literals up to literal_max. */
bool imap_session_run(struct imap_session *s, const char *line, uint64_t budget, uint64_t literal_max,
    const struct imap_command *command);
bool imap_session_run_plain(struct imap_session *s, const char *line, const char *what, enum imap_status otherwise);

/* Its steps, for what is no plain command and answer; results are libetpan's. send: after the next tag, or
 * bare. parse: an answer whose first line has been read. broken: says why the connection is of no more use. */
int  imap_session_send(struct imap_session *s, const char *line, bool tagged);
int  imap_session_parse(struct imap_session *s);
bool imap_session_broken(struct imap_session *s, int result, const struct imap_command *command);

bool  imap_session_connect(struct imap_session *s, const struct imap_open_order *o);
bool  imap_session_offers(const struct imap_session *s, const char *capability);
void *imap_session_need(void *p);     /* p, which is not NULL */

#endif

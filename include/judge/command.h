/* command.h - what an engineer or a requester tells the relay to do, in lines of his own new text.
 *
 * Pure. Commands stand in the leading or the trailing block of the text (empty lines may lie between them), each on one line:
 *
 *     /word arguments
 *
 * with no further slash in the word, so that a pasted "/var/log/x: denied" stays text. Tolerated, because mail programs do
 * so: a few blanks or no-break spaces before it (also of space-stuffing), characters that nobody sees, a full-width
 * slash, capital letters, a dot, comma or colon behind the word.
 * Words are ASCII alone: a look-alike is no command.
 *
 * Who may do what, and whether it succeeds, is not judged here. A command with an error must not be obeyed, and of a mail
 * that has one none is.
 */
#ifndef ESCRELAY_JUDGE_COMMAND_H
#define ESCRELAY_JUDGE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/message.h"

struct arena;
struct buf;

#define COMMANDS_MAX         20      /* of one mail; more are an error */
#define COMMANDS_UNKNOWN_MAX 5       /* unknown words in a block; more, and the block is somebody's pasted text */
#define COMMAND_LINE_MAX     1000    /* bytes of one command line */
#define COMMAND_SNOOZE_MIN   300
#define COMMAND_SNOOZE_MAX   (30 * 86400)

enum command_who { WHO_ENGINEER = 1, WHO_REQUESTER = 2 /* and followers, on their own case */ };

/*    name     usage                                                       who may                       what it does */
#define COMMANDS(X)                                                                                                         \
	X(ACK,     "ack",     "",                                              WHO_ENGINEER,                 "you lead the case") \
	X(TAKE,    "take",    "",                                              WHO_ENGINEER,                 "take the case from whoever has it") \
	X(PASS,    "pass",    "[@who]",                                        WHO_ENGINEER,                 "give it to the next engineer, or to @who") \
	X(NOTE,    "note",    "TEXT",                                          WHO_ENGINEER | WHO_REQUESTER, "keep a note with the case, sent to nobody") \
	X(SNOOZE,  "snooze",  "4h",                                            WHO_ENGINEER,                 "no reminder for that long: 30m, 4h, 2d, 1w") \
	X(SEV,     "sev",     "N",                                             WHO_ENGINEER | WHO_REQUESTER, "change the severity, 0 to 9") \
	X(FILE,    "file",    "TEAM [help|defect|docs] [with ATTACHMENT...]: title", WHO_ENGINEER,           "file with a team; several split the case") \
	X(CLOSE,   "close",   "F2 [reason]",                                   WHO_ENGINEER,                 "the filing is done, or not needed any more") \
	X(RESOLVE, "resolve", "OUTCOME: cause",                                WHO_ENGINEER | WHO_REQUESTER, "close the case") \
	X(REOPEN,  "reopen",  "",                                              WHO_ENGINEER | WHO_REQUESTER, "open it again") \
	X(AWAY,    "away",    "RANGE",                                         WHO_ENGINEER,                 "be away: 2026-12-20 to 2026-12-28, until Monday, tomorrow 13:00-17:00; none: back") \
	X(MINE,    "mine",    "",                                              WHO_ENGINEER,                 "list your cases") \
	X(STATUS,  "status",  "",                                              WHO_ENGINEER | WHO_REQUESTER, "tell how the case stands") \
	X(HELP,    "help",    "",                                              WHO_ENGINEER | WHO_REQUESTER, "tell the commands") \
	X(UNDO,    "undo",    "",                                              WHO_ENGINEER,                 "take the last command back")

enum command_word {
#define X(id, name, usage, who, sentence) COMMAND_##id,
	COMMANDS(X)
#undef X
	COMMAND_UNKNOWN
};

struct command_grammar { const char *name, *usage; unsigned who; const char *sentence; };
extern const struct command_grammar command_grammar[]; /* by enum command_word, without COMMAND_UNKNOWN */

enum filing_kind { FILING_HELP, FILING_DEFECT, FILING_DOCS };
const char *filing_kind_word(enum filing_kind k);

struct command {
	enum command_word word;
	const char *name;               /* as it is in the grammar; as written where it is unknown */
	const char *args;               /* behind the word, trimmed; "" */
	const char *raw;                /* the line as it was written */
	unsigned line;                  /* of the text, from 1 */
	bool trailing;                  /* below the text, where an unmarked quotation would stand */
	const char *error;              /* one sentence for the writer, or NULL: the arguments are sound */

	/* The arguments, filled where there is no error: */
	const char *who;                /* /pass: as written, without the @; NULL: the next */
	int64_t span;                   /* /snooze: seconds */
	unsigned severity;              /* /sev */
	const char *team;               /* /file: as written; /resolve fix TEAM: who reviews it, NULL: whom the case names */
	enum filing_kind kind;          /* /file */
	struct strings attachments;     /* /file: names or patterns as written */
	const char *text;               /* title of /file, words of /note, cause of /resolve, range of /away, reason of /close */
	const char *outcome;            /* /resolve: as in RESOLUTIONS */
	uint64_t number;                /* /close: of the filing; /resolve duplicate: of the other escalation */
};

struct commands {
	struct command *v; size_t n;
	size_t errors;                  /* commands with an error, unknown ones among them */
	size_t unknown;                 /* of these: unknown words */
	const struct command *stray;    /* a sound one amid the text, left there: perhaps it was meant. NULL: none */
	const char *rest;               /* the text without its commands, trimmed of empty lines at both ends */
};

/* text: newly written, valid UTF-8, line ends \n or CRLF. An unknown word that is near to no command stays in the rest too,
 * for it may be pasted. */
void commands_parse(struct arena *a, const char *text, struct commands *out);

/* The table of the commands that those may give, in lines of 68 at most, for /help and the manual. offered: those that
 * the relay can do; NULL: all. */
void command_help(struct buf *out, unsigned who, bool (*offered)(enum command_word));

/* The first link of a cause, NULL: there is none; *without gets the cause without it. */
const char *command_link(struct arena *a, const char *cause, const char **without);

/* "30m", "4h", "1d 4h", "1 week"; false: no span within [min, max] seconds. */
bool command_span(const char *s, int64_t min, int64_t max, int64_t *out);

#endif

/* imap_guard.h - watches every byte that a server says before the IMAP library sees it.
 *
 * The library's parser recurses as deep as a server likes, reserves what a literal announces and takes any
 * length of line. So the guard follows just enough of the grammar to know lines, literals and quoted
 * strings, and ends the conversation at a named limit. On its way it keeps what the library loses: the words of
 * a refusal and of a goodbye, and whether mail came. Pure.
 */
#ifndef ESCRELAY_EDGE_IMAP_GUARD_H
#define ESCRELAY_EDGE_IMAP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAP_LINE_MAX    65536        /* bytes of a line outside literals */
#define IMAP_SEARCH_MAX  (4u << 20)   /* of a SEARCH result, which is one line for a whole folder */
#define IMAP_PARENS_MAX  500          /* in one response; 20,000 overflow the library's stack */
#define IMAP_KEEP        1024         /* bytes kept of a line */

enum imap_guard_state {
	GUARD_TEXT, GUARD_QUOTED, GUARD_ESCAPED, GUARD_SIZE, GUARD_SIZE_CR, GUARD_SIZE_LF, GUARD_LITERAL
};
enum imap_guard_kind { GUARD_UNKNOWN, GUARD_STATUS, GUARD_DATA, GUARD_SEARCH };

struct imap_guard {
	uint64_t budget;              /* bytes that may still come */
	uint64_t literal_max;
	enum imap_guard_state state;
	enum imap_guard_kind kind;    /* of this response; it lasts over its literals */
	size_t line_len, kept, parens;
	uint64_t literal;             /* being announced, or left of it */
	unsigned digits;
	bool first;                   /* the line begins a response */
	char line[IMAP_KEEP + 1];     /* the beginning of this line */
	char tagged[IMAP_KEEP + 1];   /* the last line with a tag: "17 NO [INUSE] later" */
	char bye[IMAP_KEEP + 1];      /* "* BYE ..." when one came */
	uint32_t exists;              /* mails in the folder, by EXISTS and EXPUNGE */
	bool grew;                    /* that number rose; whoever has acted on it sets it to false */
	size_t whole;                 /* of the bytes fed last: up to the end of the last whole response */
	char why[128];                /* of a limit that was hit: "a line longer than 65536 bytes" */
};

void imap_guard_init(struct imap_guard *g);

/* Before each command: at most budget bytes, literals up to literal_max. Forgets the last tagged line. */
void imap_guard_expect(struct imap_guard *g, uint64_t budget, uint64_t literal_max);

/* False, once and for ever, when these bytes break a limit: no more than the first `whole` of them may reach the library. */
bool imap_guard_feed(struct imap_guard *g, const char *bytes, size_t len);

#endif

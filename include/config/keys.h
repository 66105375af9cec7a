/* keys.h - the one table of keys: name, type, range, default, one sentence.
 *
 * settings_read() checks against it and takes ranges and defaults out of it, 'escrelay help config'
 * and the manual page are printed from it, near misses are guessed from it. A name may be two
 * words, "keep journal". Blocks are mailbox, submission, xoauth2 (of the key auth), webhook, engineer,
 * rotation, severity, team, customer and rule; what a rule holds is read by judge/rule.h, here for help alone.
 */
#ifndef ESCRELAY_CONFIG_KEYS_H
#define ESCRELAY_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct key {
	const char *block;    /* "" top level, "mailbox", "engineer" … */
	const char *name;
	const char *form;     /* "ADDRESS", "NUMBER", "SPAN", "credential NAME | file PATH | env NAME" … */
	const char *range;    /* "1..32", or NULL */
	const char *standard; /* default as it would be written, NULL: must be given, "": nothing */
	bool        repeats;
	const char *sentence; /* what it does, one sentence with a full stop */
};

#define KEYS_MAX 160

extern const struct key keys[];
extern const size_t nkeys;

const struct key *key_find(const char *block, const char *name);
const char       *key_nearest(const char *block, const char *word); /* what was perhaps meant, or NULL */

/* The table for a person: grouped by block, wrapped to width columns. topic: NULL for
 * all, a block or a key for that part alone; false if there is none such. */
bool keys_help(struct buf *out, const char *topic, size_t width, bool colour);

#endif

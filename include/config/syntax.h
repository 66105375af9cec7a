/* syntax.h - the small language of relay.conf and rules/NAME.rules: text to statements.
 *
 *   A statement is words up to the end of the line, a ';' or a '}'. '{ }' opens a
 *   block of statements, on one line or many; its '{' stands on the line of the words before it.
 *   '#' at the start of a word comments to the end of the line. "Quotes" escape only \" and \\,
 *   and end on their line. '/' opens a regex only right after the words ~ or !~; inside only \/ is
 *   special (and \\ is a pair, so that /\\/ ends where it seems to), and the flags imsx may follow.
 *   'include GLOB' stands outside of blocks, is relative to the including file, and its matches are
 *   sorted bytewise; a file that was read before is not read again. Control characters but
 *   tab and line ends are refused everywhere.
 *
 * The reader knows no keys: what the statements mean is settings.h's and rule.h's.
 * Positions are kept for every word, so that they can complain exactly.
 */
#ifndef ESCRELAY_CONFIG_SYNTAX_H
#define ESCRELAY_CONFIG_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

#define CONF_FILES_MAX   200       /* files, includes counted */
#define CONF_FILE_BYTES  (4u << 20)
#define CONF_TOTAL_BYTES (32u << 20) /* all files together */
#define CONF_WORDS_MAX   500000    /* all files together */
#define CONF_DEPTH_MAX   16        /* blocks within blocks, files within files */

struct conf_file {
	const char *name;   /* as a person would say it: relative to the first file's folder where it is below it */
	const char *path;   /* as it can be opened */
	const char *text;   /* whole, NUL-terminated, valid UTF-8, lives in the arena */
	size_t      len;
};

struct conf_pos {
	const struct conf_file *file;
	unsigned line, column;  /* from 1; columns count characters, a tab is one */
	size_t offset;          /* byte offset into file->text */
};

enum conf_kind { CONF_WORD, CONF_QUOTED, CONF_REGEX };

struct conf_word {
	enum conf_kind  kind;
	const char     *text;   /* unescaped; for a regex the pattern with \/ made / */
	size_t          len;
	const char     *flags;  /* regex only: subset of "imsx", "" if none */
	struct conf_pos pos;    /* of the first byte; for a regex or quote: of its delimiter */
	size_t          bytes;  /* length in the file, delimiters and flags included */
};

/* Where the byte at offset of word->text stands in its file: for complaints about a part of a word,
 * such as a place inside a regex. An offset past the text is its end. */
struct conf_pos conf_word_pos(const struct conf_word *word, size_t offset);

struct conf_stmt {
	struct conf_word *words;    /* at least one */
	size_t            nwords;
	struct conf_stmt *block;    /* nblock statements, or has_block with nblock 0: "{ }" */
	size_t            nblock;
	bool              has_block;
};

/* The statement as it stands in its file, comments within it included, from its first word to its last or to its '}'. */
const char *conf_stmt_text(struct arena *arena, const struct conf_stmt *stmt);

struct conf_tree {
	struct conf_stmt  *stmts;   /* top level, in order, includes put in place */
	size_t             nstmts;
	struct conf_file **files;   /* all files read, in order */
	size_t             nfiles;
};

/* What is wrong, in order of finding. At most DIAG_MAX are kept, then a count. */
#define DIAG_MAX 50

enum diag_level { DIAG_WARNING, DIAG_ERROR };

struct diag_item {
	enum diag_level level;
	struct conf_pos pos;     /* pos.file NULL: about no place in a file */
	size_t          bytes;   /* how much to underline; 0: do not show the line (it may hold a secret) */
	const char     *message; /* "found 'rotaton', expected a key of the configuration" */
	const char     *hint;    /* "perhaps 'rotation'", or NULL */
};

struct diag {
	struct arena     *arena;
	struct diag_item *items;
	size_t            n, errors, dropped; /* errors counts the dropped ones too */
};

void diag_init(struct diag *d, struct arena *arena);
void diag_add(struct diag *d, enum diag_level level, const struct conf_pos *pos, size_t bytes, const char *hint,
    const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* About one word: underlines it. hint may be NULL. */
void diag_error(struct diag *d, const struct conf_word *at, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void diag_warning(struct diag *d, const struct conf_word *at, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* As the operator reads it, for each item:
 *   relay.conf:12:14: error: no zone 'Europe/Atlantis'; expected an IANA zone name
 *       zone     Europe/Atlantis
 *                ^~~~~~~~~~~~~~~
 *       perhaps 'Europe/Athens'
 * colour: ANSI colours. All text from files goes through text_printable, long lines are
 * shown around the place, and a line that seems to spell a secret out is not shown at all. */
void diag_print(const struct diag *d, struct buf *out, bool colour);

/* Reads path and all it includes. Statements that can be read are given even where
 * others are broken (all errors at once, not one a run). NULL only if the
 * first file cannot be opened (which is in d as well). Everything lives in arena. */
struct conf_tree *conf_read(struct arena *arena, const char *path, struct diag *d);

/* The same from memory (tests, fuzzers); name is what errors call it. include is
 * resolved against the current folder unless no_include: then it is an error. */
struct conf_tree *conf_read_text(struct arena *arena, const char *name, const char *text, size_t len,
    bool no_include, struct diag *d);

#endif

/* syntax_parts.h - what the reader of files, the parser and the lexer share among themselves. */
#ifndef ESCRELAY_CONFIG_SYNTAX_PARTS_H
#define ESCRELAY_CONFIG_SYNTAX_PARTS_H

#include <sys/types.h>

#include "config/syntax.h"

/* A file on the way from the first one to the one being read: who includes itself is found by it. */
struct open_file { dev_t dev; ino_t ino; };

struct stmt_list { struct conf_stmt *v; size_t n; };

struct reader {
	struct arena     *arena;
	struct diag      *diag;
	struct conf_tree *tree;
	struct stmt_list  top;        /* becomes tree->stmts at the end */
	const char       *base;       /* folder of the first file, with its slash; "" for the current one */
	bool              no_include;
	size_t            bytes, words; /* so far, of all files */
	struct open_file *seen;       /* every file read so far, beside tree->files */
	size_t            nseen;
	unsigned          open[CONF_DEPTH_MAX + 1]; /* those of seen that are being read now, outermost first */
	unsigned          nopen;
};

enum token { TOKEN_WORD, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_STOP /* line end or ; */, TOKEN_EOF };

struct lexer {
	struct reader  *reader;
	struct conf_pos pos;          /* of the next byte */
	const char     *s;            /* that byte; file->text ends with a NUL, and holds no other */
};

void lex_init(struct lexer *lx, struct reader *r, const struct conf_file *file);
/* The next token; regex_may: a '/' opens a regex here. word is filled for TOKEN_WORD, and its place alone
 * for the others. What is wrong is said; a broken quote or regex still gives a word. */
enum token lex_next(struct lexer *lx, bool regex_may, struct conf_word *word);

/* Appends the statements of one file to r->top, its includes put in place. */
void parse_file(struct reader *r, const struct conf_file *file);

/* Reads the files that an include statement names, at its place. */
void include_files(struct reader *r, const struct conf_file *from, const struct conf_stmt *st);

#endif

/* read.h - how statements become settings: what the files that read them share among themselves.
 *
 * Each block has a table of bindings: the name of a key, who reads its value, and where in the block's struct
 * it goes. Everything else about a key (whether it must be given, its range, its default) is in keys.c, so
 * that what help says is what is done.
 */
#ifndef ESCRELAY_CONFIG_READ_H
#define ESCRELAY_CONFIG_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/keys.h"
#include "config/settings.h"
#include "config/syntax.h"

#define NAME_BYTES_MAX 64
#define EACH_MAX       2000 /* of one kind: engineers, away days … */
#define TEXT_BYTES_MAX 998  /* of a name, a user, a folder: no line of a mail or a command may be longer */

/* Where a thing was written that is checked later, when all is known. */
struct written { const void *what; const struct conf_word *at; };

struct reading {
	struct arena    *arena;
	struct diag     *diag;
	struct settings *s;
	const struct conf_file *main_file;
	struct written  *places;  /* addresses and blocks, for the checks at the end */
	size_t           nplaces;
	bool             builtin; /* a default is being read, not a file */
};

/* A statement whose key is known: its values are what follows the name. */
struct given {
	const struct key       *key;
	const struct conf_stmt *st;
	const struct conf_word *v;
	size_t                  n;
};

struct binding {
	const char *name;
	void      (*read)(struct reading *r, const struct given *g, void *field);
	size_t      offset;
	bool        late;   /* names things that may be written further down: read in a second pass */
};
struct bindings { const char *block; const struct binding *v; size_t n; };
extern const struct bindings top_bindings, mailbox_bindings, submission_bindings, oauth_bindings, webhook_bindings,
    engineer_bindings, rotation_bindings, severity_bindings, team_bindings, customer_bindings;

/* Reads the statements into target: unknown, repeated and missing keys are told, defaults filled in. owner: the
 * word to point at for what is missing, NULL at the top level. */
enum pass { PASS_ALL, PASS_EARLY, PASS_LATE };
void read_block(struct reading *r, const struct bindings *b, const struct conf_stmt *v, size_t n,
    const struct conf_word *owner, void *target, enum pass pass);

/* The one word of a key that has one, or NULL with the reason told. */
const struct conf_word *read_one(struct reading *r, const struct given *g);
bool read_count(struct reading *r, const struct given *g, size_t min, size_t max); /* words, told if not so */
bool read_has(const struct given *g, const char *name);  /* whether its block gives the key, however badly */
bool read_no_block(struct reading *r, const struct given *g);
void read_note(struct reading *r, const void *what, const struct conf_word *at);    /* for the checks */
const struct conf_word *read_noted(const struct reading *r, const void *what);
/* "perhaps 'x'" for the nearest of some words, or NULL. */
const char *read_perhaps(struct reading *r, const char *word, const char *const *known, size_t n);
/* The name after the key of a block ("engineer keegan { … }"); NULL with the reason told. */
const char *read_name(struct reading *r, const struct given *g, const struct conf_word *w);
const char *read_path_text(struct reading *r, const char *path); /* relative to the settings' folder */

/* One word as a value. False with the reason told. */
bool word_span(const char *s, int64_t *out);
int64_t civil_days(struct civil_date d); /* days since 1970, for comparing */
bool read_date(struct reading *r, const struct conf_word *w, struct civil_date *out);
bool read_clock(struct reading *r, const struct conf_word *w, bool may_be_24, int *minute);
bool read_days(struct reading *r, const struct conf_word *w, uint8_t *days);
const struct zone *read_zone_word(struct reading *r, const struct conf_word *w, const char **name);
const char *read_address_word(struct reading *r, const struct conf_word *w);
bool read_date_range(struct reading *r, const struct given *g, struct civil_date *from, struct civil_date *to);

/* Readers of values: field is what the name says. */
void read_text(struct reading *r, const struct given *g, void *field);       /* const char * */
void read_word(struct reading *r, const struct given *g, void *field);       /* const char *, no blanks inside */
void read_path(struct reading *r, const struct given *g, void *field);       /* const char * */
void read_address(struct reading *r, const struct given *g, void *field);    /* const char * */
void read_domain(struct reading *r, const struct given *g, void *field);     /* const char * */
void read_words(struct reading *r, const struct given *g, void *field);      /* struct text_list */
void read_addresses(struct reading *r, const struct given *g, void *field);  /* struct text_list */
void read_domains(struct reading *r, const struct given *g, void *field);    /* struct text_list */
void read_events(struct reading *r, const struct given *g, void *field);     /* struct text_list */
void read_yes_no(struct reading *r, const struct given *g, void *field);     /* bool */
void read_number(struct reading *r, const struct given *g, void *field);     /* unsigned */
void read_percent(struct reading *r, const struct given *g, void *field);    /* unsigned */
void read_span(struct reading *r, const struct given *g, void *field);       /* int64_t; "forever" is 0 */
void read_size(struct reading *r, const struct given *g, void *field);       /* uint64_t */
void read_secret(struct reading *r, const struct given *g, void *field);     /* struct secret_ref */
void read_windows(struct reading *r, const struct given *g, void *field);    /* struct window_list */
void read_nothing(struct reading *r, const struct given *g, void *field);    /* read elsewhere */
size_t read_choice(struct reading *r, const struct given *g, const char *const *words, size_t n); /* n: none of them */

/* The pairs of settings.h ("const char **emails; size_t nemails;") as the readers see them. */
struct text_list { const char **v; size_t n; };
struct window_list { struct window *v; size_t n; };

/* Settings that are read elsewhere. */
void read_mailbox(struct reading *r, const struct given *g, void *field);
void read_submission(struct reading *r, const struct given *g, void *field);
void read_webhook(struct reading *r, const struct given *g, void *field);
void read_engineer(struct reading *r, const struct given *g, void *field);
void read_rotation(struct reading *r, const struct given *g, void *field);
void read_away(struct reading *r, const struct given *g, void *field);
void read_override(struct reading *r, const struct given *g, void *field);
void read_handover(struct reading *r, const struct given *g, void *field);
void read_cover(struct reading *r, const struct given *g, void *field);
void read_digest(struct reading *r, const struct given *g, void *field);
void read_severity(struct reading *r, const struct given *g, void *field);
void read_team(struct reading *r, const struct given *g, void *field);
void read_customer(struct reading *r, const struct given *g, void *field);
void read_redact(struct reading *r, const struct given *g, void *field);

void severity_defaults(struct settings *s);
void redactions_complete(struct reading *r); /* the defaults and the customers, behind the operator's own */

/* What can only be judged when all is read. */
void check_all(struct reading *r);

#endif

/* view.h - what the commands that look at the store share. */
#ifndef ESCRELAY_CLI_VIEW_H
#define ESCRELAY_CLI_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "edge/store.h"
#include "ground/json.h"
#include "judge/rotation.h"

/* The settings and their store; NULL with the reason said: return EXIT_CANNOT. */
struct view { struct arena *arena; struct settings *settings; struct store *store; int64_t now; };
bool view_open(struct view *v, struct cli *cli, enum store_mode mode);
void view_close(struct view *v);
int  view_end(struct view *v, int status);      /* closes; a store fault is said and makes it EXIT_CANNOT */

/* "ESC-17", "esc-17" or "17"; 0 if it is none of them. */
int64_t view_case_number(const char *word);
int64_t view_filing_number(const char *word); /* "F3"; 0 */
bool    view_number(const char *word, int64_t *n);  /* 1 … */

const char *view_time(struct arena *a, int64_t t);              /* "2026-11-23 10:04" (UTC) */
const char *view_ago(struct arena *a, int64_t t, int64_t now);  /* "3 min ago", "in 2 h" */
const char *view_clean(struct arena *a, const char *s, size_t max); /* fit for a terminal, one line */
json_t     *view_json_time(int64_t t);                          /* RFC 3339, null for 0 */
json_t     *view_json_text(const char *s);                      /* null for NULL and "" */

/* "  name       value", on a line; nothing for NULL and "". */
void view_fact(struct cli *cli, struct view *v, const char *name, const char *value);

/* ANSI where the terminal has it, else "". */
const char *view_bold(const struct cli *cli);
const char *view_dim(const struct cli *cli);
const char *view_red(const struct cli *cli);
const char *view_green(const struct cli *cli);
const char *view_plain(const struct cli *cli);

/* Absences that mails have told of and that are not over then; none where there is no store, or where without says to
 * leave it out. A store that is there and cannot be read is told of. rows (may be NULL) gets the same with their reasons. */
struct absences view_absences(struct arena *a, const struct settings *s, bool without, int64_t now,
    struct absence **rows);

json_t *view_escalation_json(struct view *v, const struct escalation *e); /* what list has of a case, and show and why begin with */

#endif

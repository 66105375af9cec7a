/* table.h - aligned columns for people.
 *
 *     struct table *t = table_new(a);
 *     table_column(t, "engineer", TABLE_LEFT);
 *     table_column(t, "open", TABLE_RIGHT);
 *     for (…) {
 *             table_cell(t, "%s", e->name);
 *             table_cell(t, "%u", e->open);
 *     }
 *     table_print(t, cli);
 *
 * Columns are as wide as their widest cell and two blanks apart; the last is cut with an ellipsis where the
 * line would be too long. Cells may hold what strangers wrote: control characters come out visibly. Lives in the arena.
 */
#ifndef ESCRELAY_CLI_TABLE_H
#define ESCRELAY_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct cli;
struct table;

#define TABLE_COLUMNS_MAX 16
#define TABLE_CELL_BYTES  1000 /* of a cell that are shown */
#define TABLE_LAST_LEAST  12   /* columns that the last one always gets, however narrow the terminal */

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table *table_new(struct arena *a);
void table_column(struct table *t, const char *head, enum table_align align); /* all of them before the first cell */
void table_cell(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* row by row */
size_t table_rows(const struct table *t);
enum table_tint { TABLE_DIM, TABLE_RED };
/* The row that has just been filled, where the terminal has colours. */
void table_tint(struct table *t, enum table_tint tint);

/* The header is dim in colour. width 0: nothing is cut. A table without rows is its header. */
void table_write(const struct table *t, struct buf *out, size_t width, bool colour);
void table_print(const struct table *t, const struct cli *cli); /* to stdout, at the width of the terminal */

#endif

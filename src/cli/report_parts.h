/* report_parts.h - what the files of 'escrelay report' share: report.c reads the options and has the JSON, report_text.c is for a
 * terminal, report_html.c a page, with report_charts.c and report_style.c. */
#ifndef ESCRELAY_CLI_REPORT_PARTS_H
#define ESCRELAY_CLI_REPORT_PARTS_H

#include "cli/view.h"
#include "judge/report.h"

struct buf;

#define REPORT_PAGE_BYTES ((size_t)8 << 20) /* far more than all that a report tells of */

/* "28 days", "3 h": how long the span is. */
const char *report_length(struct arena *a, const struct report *r);

void report_print(const struct cli *cli, struct arena *a, const struct report *r);

/* The whole page, which needs nothing from elsewhere. relay: its display name; now: when it was made. */
void report_page(struct buf *out, struct arena *a, const struct report *r, const char *relay, int64_t now);

/* ---- report_charts.c: pictures of numbers as inline SVG, coloured by the page's style */
void chart_days(struct buf *out, struct arena *a, const struct report *r);     /* what came and what was solved, bar by bar */
void chart_hours(struct buf *out, const struct report *r);                     /* what came by the hour of the day */
void chart_outcomes(struct buf *out, const char *class, const unsigned outcomes[REPORT_OUTCOMES], unsigned all);
void chart_budget(struct buf *out, const struct budget *b, unsigned goal);     /* a share beside its goal */

extern const char report_style[]; /* the page's CSS */

#endif

/* report_parts.h - what the files of 'escrelay report' share: report.c reads the options and has the JSON, report_text.c
 * is for a terminal, report_html.c a page, with report_html_cases.c, report_charts.c and report_style.c. */
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

/* ---- report_html.c, report_html_cases.c */
struct page { struct buf *out; struct arena *arena; const struct report *r; };
void page_text(const struct page *p, const char *s);     /* whoever wrote it: no markup */
void page_put(const struct page *p, const char *html);
void page_element(const struct page *p, const char *tag, const char *class, const char *words); /* class: NULL none */
void page_card(const struct page *p, const char *title); /* a <section> that is to be closed */
const char *page_number(const struct page *p, unsigned n);
void page_causes(const struct page *p);
void page_opens(const struct page *p);
void page_budget(const struct page *p);

/* ---- report_charts.c: pictures of numbers as inline SVG, coloured by the page's style */
void chart_days(struct buf *out, struct arena *a, const struct report *r); /* what came and what was solved */
void chart_hours(struct buf *out, const struct report *r);                 /* what came by the hour of the day */
void chart_outcomes(struct buf *out, const char *class, const unsigned outcomes[REPORT_OUTCOMES], unsigned all);
void chart_budget(struct buf *out, const struct budget *b, unsigned goal);     /* a share beside its goal */

extern const char report_style[]; /* the page's CSS */

#endif

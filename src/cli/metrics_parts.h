/* metrics_parts.h - what `escrelay metrics` is made of. */
#ifndef ESCRELAY_CLI_METRICS_PARTS_H
#define ESCRELAY_CLI_METRICS_PARTS_H

struct exposition;
struct view;

/* Every figure. A fault of the store is the view's to tell: then the page is not to be shown. */
void metrics_gather(struct view *v, struct exposition *x);

#endif

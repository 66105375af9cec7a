/* exposition.h - figures as OpenMetrics text (https://openmetrics.io, version 1.0.0), or as JSON.
 *
 * A page is families in order, each with its samples. Only counters and gauges are used, so that whoever reads the older
 * text format of Prometheus (node_exporter's textfile collector does) understands it as well.
 */
#ifndef ESCRELAY_CLI_EXPOSITION_H
#define ESCRELAY_CLI_EXPOSITION_H

#include <stddef.h>

struct arena;
struct buf;
struct exposition;

enum exposed { COUNTER, GAUGE };

struct exposition *exposition_new(struct arena *a);

/* Begins a family. name: without _total; where there is a unit it must end in it; help: a sentence. Names and units are
 * ours: they must be sound, or the program ends. */
void exposition_family(struct exposition *x, const char *name, enum exposed type, const char *unit, const char *help);

/* A sample of it. Up to two labels; a label's name NULL: there is none. Its value may be anything: what is no UTF-8 is
 * cleaned, what is very long is cut. */
struct exposition_label { const char *name, *value; };
void exposition_sample(struct exposition *x, double value, struct exposition_label one, struct exposition_label two);

void exposition_text(const struct exposition *x, struct buf *out); /* a family without samples is left out */
void exposition_json(const struct exposition *x); /* a line of stdout a sample: name, type, unit, labels, value */

#endif

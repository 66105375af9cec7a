/* report_charts.c - numbers as bars: inline SVG without words, stretched to whatever room there is. See report_parts.h.
 *
 * Labels stand beside it as text of the page, so that they stay readable in a narrow window; what a bar stands for is
 * its <title>, which a mouse shows and a screen reader reads.
 */
#include "cli/report_parts.h"

#include <inttypes.h>

#include "ground/buf.h"
#include "ground/mem.h"

#define SLOT  12                       /* units that a pair of bars takes, */
#define BAR   5                        /* and one of them */
#define TALL  100
#define WIDE  1000

static unsigned
most(const unsigned *v, size_t n, unsigned so_far)
{
	for (size_t i = 0; i < n; i++)
		so_far = v[i] > so_far ? v[i] : so_far;
	return so_far;
}

static void
svg(struct buf *out, const char *class, size_t width, unsigned height)
{
	buf_printf(out, "<svg class=\"%s\" viewBox=\"0 0 %zu %u\" preserveAspectRatio=\"none\" role=\"img\">", class,
	    width, height);
}

/* Upright, from the ground. Nothing is nothing. */
static void
upright(struct buf *out, const char *class, size_t x, unsigned width, unsigned n, unsigned top)
{
	if (n > 0)
		buf_printf(out, "<rect class=\"%s\" x=\"%zu\" y=\"%.1f\" width=\"%u\" height=\"%.1f\"/>", class, x,
		    TALL - (double)n * TALL / top, width, (double)n * TALL / top);
}

static void
axis(struct buf *out, const char *left, const char *middle, const char *right)
{
	buf_printf(out, "<div class=\"axis\"><span>%s</span><span>%s</span><span>%s</span></div>\n", left, middle,
	    right);
}

void
chart_days(struct buf *out, struct arena *a, const struct report *r)
{
	unsigned top = most(r->bars_solved, r->nbars, most(r->bars_came, r->nbars, 1));

	svg(out, "days", r->nbars * SLOT, TALL);
	for (size_t i = 0; i < r->nbars; i++) {
		const char *day = view_time(a, r->from + (int64_t)i * r->bar);

		buf_printf(out, "<g><title>%.10s%s: %u came, %u solved</title>", day, r->bar > 86400 ? " and after" :
		    "", r->bars_came[i], r->bars_solved[i]);
		upright(out, "c", i * SLOT + 1, BAR, r->bars_came[i], top);
		upright(out, "s", i * SLOT + 1 + BAR, BAR, r->bars_solved[i], top);
		buf_puts(out, "</g>");
	}
	buf_puts(out, "</svg>\n");
	axis(out, arena_printf(a, "%.10s", view_time(a, r->from)),
	    arena_printf(a, "highest: %u%s", top, r->bar > 86400 ? arena_printf(a, " in %" PRId64 " days",
	    r->bar / 86400) : " a day"), arena_printf(a, "%.10s", view_time(a, r->to - 1)));
}

void
chart_hours(struct buf *out, const struct report *r)
{
	unsigned top = most(r->hours, COUNT(r->hours), 1);

	svg(out, "hours", COUNT(r->hours) * SLOT, TALL);
	for (unsigned i = 0; i < COUNT(r->hours); i++) {
		buf_printf(out, "<g><title>%02u:00 UTC: %u came, %u of them when nobody was at work</title>", i,
		    r->hours[i], r->hours_nobody[i]);
		upright(out, "c", (size_t)i * SLOT + 1, 2 * BAR, r->hours[i], top);
		upright(out, "x", (size_t)i * SLOT + 1, 2 * BAR, r->hours_nobody[i], top);
		buf_puts(out, "</g>");
	}
	buf_puts(out, "</svg>\n");
	axis(out, "00:00", "12:00", "24:00 UTC");
}

void
chart_outcomes(struct buf *out, const char *class, const unsigned outcomes[REPORT_OUTCOMES], unsigned all)
{
	double x = 0;

	svg(out, class, WIDE, 10);
	for (unsigned i = 0; i < REPORT_OUTCOMES && all > 0; i++) {
		double width = (double)WIDE * outcomes[i] / all;

		if (outcomes[i] == 0)
			continue;
		buf_printf(out,
		    "<rect class=\"o%u\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"10\"><title>%u %s</title></rect>",
		    i, x, width, outcomes[i], report_outcome_words[i]);
		x += width;
	}
	buf_puts(out, "</svg>");
}

/* The scale goes to twice the goal, or to the share where that is more. */
void
chart_budget(struct buf *out, const struct budget *b, unsigned goal)
{
	double share = b->cases > 0 ? 100.0 * (double)b->engaged / (double)b->cases : 0, end = goal > 0 ? 2.0 * goal :
	    10;

	end = share > end ? share : end;
	svg(out, "meter", WIDE, 10);
	buf_printf(out, "<rect class=\"%s\" x=\"0\" y=\"0\" width=\"%.1f\" height=\"10\"/>",
	    budget_over(b, goal) ? "x" : "s", share / end * WIDE);
	buf_printf(out,
	    "<rect class=\"goal\" x=\"%.1f\" y=\"0\" width=\"3\" height=\"10\"><title>the goal</title></rect></svg>\n",
	    goal / end * WIDE - 1.5);
}

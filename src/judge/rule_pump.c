/* rule_pump.c - patterns that can blow up, each shown by an input.
 *
 * A backtracking search explodes where the same text can be divided among repeats in many ways: (a+)+, (a|aa)*, \s*\s*. So
 * every loop of the pattern is pumped: a text that leads to it, a text that its inside takes, again and again, and an end on which
 * the search fails. PCRE2 counts the steps (ground/regex.h). Candidates come from a loose reading of the pattern; what is
 * reported has been measured. See rule_pattern.h.
 */
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/regex.h"
#include "judge/rule.h"
#include "judge/rule_pattern.h"

#define STEPS_MOST   3000000u      /* that are counted of one input */
#define SPEND_MOST   40000000u     /* steps for one pattern: then nothing more is tried of it */
#define LOOPS_MOST   24            /* of a pattern that are tried */
#define VARIANTS     6
#define LONG_TEXT    65536u        /* bytes of a body that somebody could send */
#define STEPS_TOO    500e6         /* steps over such a text: seconds, where one mail has a tenth of one */
#define INPUT_MOST   (1u << 20)

struct pump { struct pattern *p; const struct regex *re; bool long_texts; struct blow_up *out; unsigned loops; uint64_t spent; };

static struct growth
measure(struct pump *u, const struct blow_up *b, unsigned times)
{
	struct growth g = { .times = times };
	AUTO_BUF struct buf text;
	uint64_t steps;

	buf_init(&text, INPUT_MOST);
	buf_puts(&text, b->before);
	for (unsigned i = 0; i < times; i++)
		buf_puts(&text, b->again);
	buf_puts(&text, b->after);
	g.stuck = regex_measure(u->re, text.data, text.len, STEPS_MOST, &steps) == REGEX_STUCK;
	g.steps = steps;
	u->spent += steps;
	return g;
}

static void
show(struct pump *u, const struct blow_up *b, bool exponential, const unsigned *times)
{
	*u->out = *b;
	u->out->exponential = exponential;
	for (size_t i = 0; i < COUNT(u->out->growth); i++)
		u->out->growth[i] = measure(u, b, times[i]);
}

/* Four times the steps for twice the length go on like this; how far, in a body of 64 kB? */
static bool
grows_too_far(const struct blow_up *b, struct growth half, struct growth full)
{
	double ratio = (double)full.steps / (double)(half.steps > 0 ? half.steps : 1), steps = (double)full.steps;

	if (ratio < 3.0)
		return false;
	for (size_t length = full.times * strlen(b->again); length > 0 && length < LONG_TEXT; length *= 2)
		steps *= ratio;
	return steps > STEPS_TOO;
}

/* True: it grows out of bounds, and is written down. */
static bool
try_input(struct pump *u, const struct blow_up *b)
{
	static const unsigned fewest[] = { 2, 4, 8 }, few[] = { 10, 20, 30 }, many[] = { 100, 200, 400 };
	struct growth first, second, half, full;

	if (u->spent > SPEND_MOST)
		return false;
	first = measure(u, b, 12);
	if (!first.stuck && first.steps < 60 + 8 * (strlen(b->before) + 12 * strlen(b->again) + strlen(b->after)) && !u->long_texts)
		return false; /* a few looks at each character */
	second = measure(u, b, 24);
	if (second.stuck || (second.steps > 20000 && second.steps > 50 * first.steps)) {
		show(u, b, true, measure(u, b, few[0]).stuck ? fewest : few);
		return true;
	}
	if (second.steps < 2 * first.steps + 40)
		return false;
	half = measure(u, b, 200);
	full = measure(u, b, 400);
	if (half.stuck || full.stuck || (u->long_texts && grows_too_far(b, half, full))) {
		show(u, b, false, many);
		return true;
	}
	return false;
}

/* All characters of the pattern, so that PCRE2's look for a character that must come does not end the search at once. */
static void
add_literals(const struct pattern_piece *piece, struct buf *out)
{
	if (piece->kind == PIECE_LITERAL && strstr(out->data, piece->samples[0]) == NULL)
		buf_puts(out, piece->samples[0]);
	for (size_t i = 0; i < piece->nkids; i++)
		add_literals(piece->kids[i], out);
}

static bool
try_ends(struct pump *u, const char *before, const char *again)
{
	AUTO_BUF struct buf all;
	struct arena *a = u->p->arena;

	buf_init(&all, 4096);
	add_literals(u->p->root, &all);
	const char *const ends[] = { "", "!", "\n!", arena_printf(a, "\n!%s\n", all.data), arena_printf(a, "!%s!", all.data) };

	for (size_t i = 0; i < COUNT(ends); i++) {
		struct blow_up b = { .before = before, .again = again, .after = ends[i] };

		if (try_input(u, &b))
			return true;
	}
	return false;
}

/* One loop, with unlike texts that its inside takes. */
static bool
try_loop(struct pump *u, struct pattern_piece *loop, const struct buf *before)
{
	const char *tried[VARIANTS];
	size_t n = 0;

	if (++u->loops > LOOPS_MOST)
		return false;
	for (unsigned v = 0; v < VARIANTS; v++) {
		AUTO_BUF struct buf again;
		bool known = false;

		buf_init(&again, 1 << 16);
		pattern_sample(u->p, loop->kids[0], v, 1, &again);
		for (size_t i = 0; i < n; i++)
			known = known || strcmp(tried[i], again.data) == 0;
		if (again.len == 0 || again.len > 1000 || known)
			continue;
		tried[n++] = arena_strndup(u->p->arena, again.data, again.len);
		if (try_ends(u, arena_strndup(u->p->arena, before->data, before->len), tried[n - 1]))
			return true;
	}
	return false;
}

/* Every loop in the piece; 'before' leads to it, and to the piece's end when this returns. */
static bool
walk(struct pump *u, struct pattern_piece *piece, struct buf *before)
{
	size_t here = before->len;

	if (piece->kind == PIECE_REPEAT && piece->max >= PATTERN_MANY && try_loop(u, piece, before))
		return true;
	for (size_t i = 0; i < piece->nkids; i++) {
		if (piece->kind == PIECE_CHOICE)
			buf_cut(before, here);
		if (walk(u, piece->kids[i], before))
			return true;
		/* What stands before the next piece of the row. */
		if (piece->kind == PIECE_ROW)
			pattern_sample(u->p, piece->kids[i], 0, 0, before);
	}
	buf_cut(before, here);
	return false;
}

/* One of some kilobytes may be too large for it. */
static bool
is_measurable(const struct regex *re)
{
	uint64_t steps;

	return regex_measure(re, "", 0, STEPS_MOST, &steps) != REGEX_STUCK;
}

bool
pattern_blow_up(struct arena *a, const struct regex *re, bool long_texts, struct blow_up *out)
{
	struct pattern *p = pattern_read(a, regex_pattern(re), regex_flags(re));
	struct pump u = { .p = p, .re = re, .long_texts = long_texts, .out = out };
	AUTO_BUF struct buf before;

	buf_init(&before, 1 << 20);
	return p != NULL && is_measurable(re) && walk(&u, p->root, &before);
}

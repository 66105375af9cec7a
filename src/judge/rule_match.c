/* rule_match.c - trying rules on a message. */
#include "judge/rule_parts.h"

#include <string.h>

#include "ground/mem.h"
#include "ground/needles.h"
#include "ground/regex.h"
#include "ground/text.h"

#define LONG_TEXT 4096u
#define SEEN_FEW  2u
#define STEPS_MAX 10000000u /* that are counted of one search */

/* The needles of all rules that are in this text; NULL where that is not known. A text that few patterns are tried on is not worth
 * a pass of its own. */
static const uint64_t *
needles_in(struct facts *f, const struct value *v)
{
	struct seen *it = f->seen;
	uint64_t began;

	while (it < f->seen + f->nseen && (it->v.s != v->s || it->v.len != v->len))
		it++;
	if (it == f->seen + SEEN_MAX || f->needles == NULL)
		return NULL;
	if (it == f->seen + f->nseen)
		f->seen[f->nseen++] = (struct seen){ .v = *v };
	if (it->found == NULL && ++it->asked > SEEN_FEW) {
		began = f->clock != NULL ? f->clock() : 0;
		it->found = needles_find(f->needles, f->arena, v->s, v->len);
		f->shared_ns += f->clock != NULL ? f->clock() - began : 0;
	}
	return it->found;
}

/* True only where the pattern surely does not match: nothing that it needs is there. */
static bool
is_hopeless(struct facts *f, const struct node *n, const struct value *v)
{
	const uint64_t *found = n->nneedles > 0 ? needles_in(f, v) : NULL;

	if (found == NULL)
		return false;
	for (size_t i = 0; i < n->nneedles; i++)
		if (needles_has(found, n->needles[i]))
			return false;
	return true;
}

/* That a pattern was tried; its further texts (attachments, say) are the same use of it. */
static void
note_pattern(struct facts *f, const struct node *n, enum rule_verdict got, const char *found, uint64_t ns)
{
	struct decision *d = f->out;
	struct pattern_use *last = d->npatterns > 0 ? &d->patterns[d->npatterns - 1] : NULL;

	if (last == NULL || last->pattern != n->source || last->rule != f->cost->name) {
		if (got == RULE_NO && f->clock == NULL)
			return;
		last = arena_push(f->arena, &d->patterns, &d->npatterns, sizeof(*d->patterns));
		*last = (struct pattern_use){ .rule = f->cost->name, .pattern = n->source };
	}
	last->ns += ns;
	if (got == RULE_YES)
		last->found = found;
	if (got == RULE_YES || last->verdict == RULE_NO)
		last->verdict = got;
}

/* For who wants to know why a rule holds. */
static const char *
found_text(struct facts *f, const struct node *n, const struct value *v, const struct regex_match *m)
{
	size_t len = m->whole.to - m->whole.from;
	const char *from = v->s + m->whole.from;

	return n->negated ? NULL : arena_strndup(f->arena, from, utf8_cut(from, len, RULE_CAPTURE_BYTES));
}

static enum rule_verdict
search(struct facts *f, const struct node *n, const struct value *v, struct regex_match *m)
{
	struct regex_match shown = { .nnames = 0 };
	const char *found = NULL;
	enum regex_verdict got = REGEX_STUCK;
	bool hopeless = is_hopeless(f, n, v); /* before the clock: the pass over the text is for all patterns */
	uint64_t steps = 0, began = 0;
	enum rule_verdict said;

	if (f->cost != NULL) {
		f->cost->searches++;
		f->cost->bytes += v->len;
		if (f->measure)
			regex_measure(n->re, v->s, v->len, STEPS_MAX, &steps);
		f->cost->steps += steps;
	}
	if (f->measure && m == NULL)
		m = &shown;
	if (f->clock != NULL)
		began = f->clock();
	/* A text that drives pattern after pattern into its limit must not do so a hundred times. */
	if (hopeless)
		got = REGEX_NO;
	else if (f->stuck < RULE_STUCK_MAX || v->len < LONG_TEXT)
		got = regex_search(n->re, v->s, v->len, 0, m);
	if (got == REGEX_STUCK)
		f->stuck++;
	said = got == REGEX_YES ? RULE_YES : got == REGEX_NO ? RULE_NO : RULE_STUCK;
	if (f->measure && said == RULE_YES)
		found = found_text(f, n, v, m);
	if (f->cost != NULL)
		note_pattern(f, n, said, found, f->clock != NULL ? f->clock() - began : 0);
	return said;
}

static bool
equal(const struct node *n, const struct value *v)
{
	return rule_field_is_word(n->field) ? text_equal_nocase(n->text, v->s) : strcmp(n->text, v->s) == 0;
}

static enum rule_verdict
size_test(const struct facts *f, const struct node *n)
{
	uint64_t size = f->m->size;

	return (n->op == OP_LESS ? size < n->number : n->op == OP_MORE ? size > n->number : size == n->number) ? RULE_YES : RULE_NO;
}

/* What the test says of its field's values, before negation; m may be NULL. */
static enum rule_verdict
positive(struct facts *f, const struct node *n, struct regex_match *m, struct value *v)
{
	enum rule_verdict all = RULE_NO, one;

	if (n->field == FIELD_SIZE)
		return size_test(f, n);
	for (size_t at = 0; rule_field_next(f, n, &at, v);) {
		if (n->op == OP_REGEX)
			one = search(f, n, v, m);
		else
			one = (n->op == OP_LIKE ? text_glob(n->text, v->s) : equal(n, v)) ? RULE_YES : RULE_NO;
		if (one == RULE_YES)
			return RULE_YES;
		if (one == RULE_STUCK)
			all = RULE_STUCK;
	}
	return all;
}

static enum rule_verdict
inverse(enum rule_verdict v)
{
	return v == RULE_YES ? RULE_NO : v == RULE_NO ? RULE_YES : RULE_STUCK;
}

static enum rule_verdict test_node(struct facts *f, const struct node *n, const struct node **why);

/* NO at the first NO (any, none: at the first YES), STUCK if there was one on the way, in the cheap order. */
static enum rule_verdict
test_block(struct facts *f, const struct node *n, const struct node **why)
{
	enum rule_verdict decisive = n->kind == NODE_ALL ? RULE_NO : RULE_YES, all = inverse(decisive);
	const struct node *inner = NULL;

	for (size_t i = 0; i < n->nkids; i++) {
		const struct node *kid = &n->kids[n->order[i]], *kid_why = kid;
		enum rule_verdict v = test_node(f, kid, &kid_why);

		if (v == decisive) {
			all = v;
			inner = n->kind == NODE_ALL ? kid_why : kid;
			break;
		}
		if (v == RULE_STUCK && all != RULE_STUCK) {
			all = v;
			inner = kid_why;
		}
	}
	/* 'any' failed as a whole; everything else can name the condition. */
	*why = inner != NULL ? inner : n;
	return n->kind == NODE_NONE ? inverse(all) : all;
}

static enum rule_verdict
test_node(struct facts *f, const struct node *n, const struct node **why)
{
	enum rule_verdict v;
	struct value unwanted;

	*why = n;
	if (n->kind != NODE_TEST)
		return test_block(f, n, why);
	v = positive(f, n, NULL, &unwanted);
	return n->negated ? inverse(v) : v;
}

struct captured { struct capture v[RULE_CAPTURES_MAX]; size_t n; };

static const char *
captured_value(const struct capture *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return v[i].value;
	return NULL;
}

/* The named groups of a test that holds. first, if not NULL, gets what a reader would call "what it found": its first named group
 * that took part, else the whole match, else (no pattern) the value. */
static void
capture_test(struct facts *f, struct arena *a, const struct node *n, struct captured *caps, struct value *first)
{
	struct regex_match m = { .nnames = 0 };
	struct value v = { "", 0 };
	bool named = false;

	if (n->negated || positive(f, n, &m, &v) != RULE_YES)
		return;
	if (first != NULL)
		*first = n->re != NULL ? (struct value){ v.s + m.whole.from, m.whole.to - m.whole.from } : v;
	for (size_t i = 0; i < m.nnames; i++) {
		const char *from = v.s + m.names[i].span.from;
		size_t len = m.names[i].span.to - m.names[i].span.from;

		if (m.names[i].set && first != NULL && !named) {
			*first = (struct value){ from, len };
			named = true;
		}
		if (!m.names[i].set || caps->n == RULE_CAPTURES_MAX || captured_value(caps->v, caps->n, m.names[i].name) != NULL)
			continue;
		caps->v[caps->n].name = m.names[i].name;
		caps->v[caps->n++].value = arena_strndup(a, from, utf8_cut(from, len, RULE_CAPTURE_BYTES));
	}
}

/* Of conditions that hold, in written order; n itself is known to hold. */
static void
capture_node(struct facts *f, struct arena *a, const struct node *n, struct captured *caps)
{
	const struct node *unwanted;

	if (!n->captures || n->kind == NODE_NONE)
		return;
	if (n->kind == NODE_TEST) {
		capture_test(f, a, n, caps, NULL);
		return;
	}
	for (size_t i = 0; i < n->nkids; i++)
		if (n->kids[i].captures && (n->kind == NODE_ALL || test_node(f, &n->kids[i], &unwanted) == RULE_YES))
			capture_node(f, a, &n->kids[i], caps);
}

/* Two rules may want to know the same. */
static void
ask(struct arena *a, struct decision *out, const char *question)
{
	for (size_t i = 0; i < out->nmissing; i++)
		if (strcmp(out->missing[i].question, question) == 0)
			return;
	((struct missing_fact *)arena_push(a, &out->missing, &out->nmissing, sizeof(*out->missing)))->question = question;
}

/* The facts that the rule asks for: those that are there may capture, the others become questions. */
static void
take_requirements(struct facts *f, struct arena *a, const struct rule *r, struct captured *caps, struct decision *out)
{
	const struct node *unwanted;

	for (size_t i = 0; i < r->nrequirements; i++) {
		const struct requirement *q = &r->requirements[i];
		struct value found = { "", 0 };
		enum rule_verdict said;

		f->cost = &out->trace[out->ntrace - 1];
		said = test_node(f, &q->test, &unwanted);
		f->cost = NULL;
		switch (said) {
		case RULE_YES:
			capture_test(f, a, &q->test, caps, &found);
			rule_add_fact(a, out, q->name, found.s, found.len);
			break;
		case RULE_NO:
			ask(a, out, q->question);
			break;
		case RULE_STUCK: /* perhaps it is there: nobody is asked in vain */
			break;
		}
	}
}

static void
take_set(struct arena *a, struct decision *out, const char *name, const char *value, const char *rule)
{
	for (size_t i = 0; i < out->nsets; i++)
		if (strcmp(out->sets[i].name, name) == 0) {
			out->sets[i].value = value;
			out->sets[i].rule = rule;
			return;
		}
	*(struct setting *)arena_push(a, &out->sets, &out->nsets, sizeof(*out->sets)) =
	    (struct setting){ name, value, rule };
}

static void
take_capture(struct arena *a, struct decision *out, const struct capture *c)
{
	for (size_t i = 0; i < out->ncaptures; i++)
		if (strcmp(out->captures[i].name, c->name) == 0) {
			out->captures[i].value = c->value;
			return;
		}
	if (out->ncaptures < RULE_CAPTURES_MAX)
		*(struct capture *)arena_push(a, &out->captures, &out->ncaptures, sizeof(*out->captures)) = *c;
}

/* What a rule that holds does to the decision, whether it decides or goes on. */
static void
take(struct facts *f, struct arena *a, const struct rule *r, struct decision *out)
{
	struct captured caps = { .n = 0 };
	const char *value;

	capture_node(f, a, &r->root, &caps);
	take_requirements(f, a, r, &caps, out);
	for (size_t i = 0; i < r->nsets; i++)
		if ((value = rule_expand(a, &r->sets[i], caps.v, caps.n, out)) != NULL)
			take_set(a, out, r->sets[i].name, value, r->name);
	for (size_t i = 0; i < caps.n; i++)
		take_capture(a, out, &caps.v[i]);
}

static void
decide_by(const struct rule *r, struct decision *out)
{
	out->verdict = RULE_YES;
	out->rule = r->name;
	out->file = r->file;
	out->line = r->line;
	out->files = r->files;
	out->nfiles = r->nfiles;
	out->forwards = r->forwards;
	out->nforwards = r->nforwards;
	out->ignore = r->ignore && out->nstuck == 0; /* what might have been an escalation is not thrown away */
	out->quarantine = r->quarantine || (r->ignore && out->nstuck > 0);
	out->open = !r->ignore && !r->quarantine && r->nfiles == 0 && r->nforwards == 0;
}

static enum rule_verdict
try_rule(struct facts *f, struct arena *a, const struct rule *r, struct decision *out)
{
	struct rule_trace *t = arena_push(a, &out->trace, &out->ntrace, sizeof(*out->trace));
	const struct node *why = NULL;
	struct value v;
	size_t at = 0;

	*t = (struct rule_trace){ .rule = r, .name = r->name, .file = r->file, .line = r->line };
	f->cost = t;
	t->verdict = test_node(f, &r->root, &why);
	f->cost = NULL;
	if (t->verdict == RULE_YES)
		return RULE_YES;
	t->failed = why->source;
	t->condition = why->number_in_rule;
	while (why->kind == NODE_ANY && why->nkids > 0)
		why = &why->kids[0]; /* nothing in it holds: its first stands for all */
	if (why->kind == NODE_TEST && rule_field_next(f, why, &at, &v))
		t->on = v.s;
	if (t->verdict == RULE_STUCK)
		*(const char **)arena_push(a, &out->stuck, &out->nstuck, sizeof(*out->stuck)) = r->name;
	return t->verdict;
}

static void
decide(struct facts *f, const struct ruleset *rs, struct arena *a, struct decision *out)
{
	*out = (struct decision){ .verdict = RULE_NO };
	f->arena = a;
	f->needles = rs->needles;
	f->out = out;
	for (size_t i = 0; i < rs->nrules; i++) {
		const struct rule *r = &rs->rules[i];
		uint64_t began = f->clock != NULL ? f->clock() - f->shared_ns : 0;
		bool holds = try_rule(f, a, r, out) == RULE_YES;

		if (holds)
			take(f, a, r, out);
		if (f->clock != NULL)
			out->trace[out->ntrace - 1].ns = f->clock() - f->shared_ns - began;
		if (!holds || r->go_on)
			continue;
		decide_by(r, out);
		rule_add_captures(a, out);
		return;
	}
	if (out->nstuck > 0)
		out->verdict = RULE_STUCK;
}

void
rule_decide(const struct ruleset *rs, struct arena *a, const struct message *m, const char *customer, struct decision *out)
{
	decide(&(struct facts){ .m = m, .customer = customer }, rs, a, out);
}

void
rule_explain(const struct ruleset *rs, struct arena *a, const struct message *m, const char *customer, struct decision *out)
{
	decide(&(struct facts){ .m = m, .customer = customer, .measure = true }, rs, a, out);
}

void
rule_time(const struct ruleset *rs, struct arena *a, const struct message *m, const char *customer,
    uint64_t (*clock)(void), struct decision *out)
{
	decide(&(struct facts){ .m = m, .customer = customer, .clock = clock }, rs, a, out);
}

const char *
rule_setting(const struct decision *d, const char *name)
{
	for (size_t i = 0; i < d->nsets; i++)
		if (strcmp(d->sets[i].name, name) == 0)
			return d->sets[i].value;
	return NULL;
}

const char *
decision_capture(const struct decision *d, const char *name)
{
	return captured_value(d->captures, d->ncaptures, name);
}

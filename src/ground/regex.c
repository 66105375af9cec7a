/* regex.c - see regex.h. The one room that knows PCRE2. */
#include "ground/regex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "ground/mem.h"
#include "ground/pauses.h"

#define PATTERN_BYTES_MAX 65536u
#define JIT_STACK_FIRST   ((size_t)32 * 1024)
#define JIT_STACK_MOST    ((size_t)1024 * 1024)
#define LONG_JIT          ((size_t)32 * 1024) /* longer subjects are searched under the clock */
#define LONG_NO_JIT       ((size_t)2048)
#define CLOCK_EVERY       256u  /* steps between two looks at it */

struct group {
	const char *name;
	uint32_t number;
};

/* The same pattern compiled for long subjects, at the first of them. */
struct careful {
	pcre2_code *code;
	bool tried, whole; /* whole: a callout between all items, so that steps can be counted */
};

struct regex {
	pcre2_code *code;
	struct careful *careful;
	char *pattern;
	struct group *groups; /* by number */
	size_t ngroups;
	uint32_t pairs;       /* of the ovector: groups and the whole */
	uint32_t options;
	size_t len;
	bool jit;
};

/* What all patterns share, made at the first use and kept for the life of the process. The
 * interpreter keeps its frames (up to REGEX_HEAP_KIB) in the match data, hence one for all. */
static struct {
	pcre2_match_context *limits, *clocked;
	pcre2_jit_stack *stack;
	pcre2_match_data *data;
	uint32_t pairs;
	uint64_t steps, most; /* most: 0 where the clock counts */
	size_t began, last;   /* of the start and the item at hand */
	int64_t until; /* CPU time */
} shared;

static void *
need(void *p)
{
	if (p == NULL) {
		fputs("escrelay: out of memory\n", stderr);
		abort();
	}
	return p;
}

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* An item tried is a step, and so is each character that the one before took: "\s+$" is a few items and many characters. */
static int
count_steps(const pcre2_callout_block *block)
{
	if (block->start_match != shared.began) {
		shared.began = block->start_match;
		shared.last = shared.began;
	}
	shared.steps += 1 + (block->current_position > shared.last ? block->current_position - shared.last : 0);
	shared.last = block->current_position;
	return shared.steps >= shared.most ? PCRE2_ERROR_CALLOUT : 0;
}

static int
look_at_clock(pcre2_callout_block *block, void *data)
{
	(void)data;
	if (shared.most > 0)
		return count_steps(block);
	++shared.steps;
	if (shared.steps % CLOCK_EVERY == 0 && cpu_ns() > shared.until)
		return PCRE2_ERROR_CALLOUT;
	return 0;
}

static pcre2_match_context *
new_limits(void)
{
	pcre2_match_context *limits = need(pcre2_match_context_create(NULL));

	pcre2_set_match_limit(limits, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit(limits, REGEX_DEPTH_LIMIT);
	pcre2_set_heap_limit(limits, REGEX_HEAP_KIB);
	pcre2_jit_stack_assign(limits, NULL, shared.stack);
	return limits;
}

static void
shared_init(void)
{
	if (shared.limits != NULL)
		return;
	/* NULL where the system forbids executable memory: then no pattern is JIT-compiled either. */
	shared.stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST, NULL);
	shared.limits = new_limits();
	shared.clocked = new_limits();
	pcre2_set_callout(shared.clocked, look_at_clock, NULL);
}

static pcre2_match_data *
shared_data(uint32_t pairs)
{
	if (shared.data == NULL || shared.pairs < pairs) {
		pcre2_match_data_free(shared.data);
		shared.pairs = pairs < 32 ? 32 : pairs;
		shared.data = need(pcre2_match_data_create(shared.pairs, NULL));
	}
	return shared.data;
}

static bool
fail(struct regex_error *err, size_t offset, const char *message)
{
	snprintf(err->message, sizeof(err->message), "%s", message);
	err->offset = offset;
	return false;
}

static bool
read_flags(const char *flags, uint32_t *options, struct regex_error *err)
{
	for (const char *f = flags; *f != '\0'; f++)
		switch (*f) {
		case 'i': *options |= PCRE2_CASELESS; break;
		case 'm': *options |= PCRE2_MULTILINE; break;
		case 's': *options |= PCRE2_DOTALL; break;
		case 'x': *options |= PCRE2_EXTENDED; break;
		default: return fail(err, 0, "unknown flag; i, m, s and x are known");
		}
	return true;
}

/* A pattern must not lift the limits or change the character set for itself: "(*LIMIT_MATCH=",
 * "(*NO_JIT)", "(*UTF)" and their like are only special at the start. */
static bool
starts_with_verb(const char *pattern, size_t len)
{
	return len >= 3 && pattern[0] == '(' && pattern[1] == '*' && pattern[2] >= 'A' && pattern[2] <= 'Z';
}

static bool
compile_code(struct regex *re, const char *pattern, size_t len, uint32_t options, struct regex_error *err)
{
	PCRE2_UCHAR message[sizeof(err->message)];
	PCRE2_SIZE offset = 0;
	int code = 0;

	if (len > PATTERN_BYTES_MAX)
		return fail(err, PATTERN_BYTES_MAX, "pattern is too long");
	if (starts_with_verb(pattern, len))
		return fail(err, 0, "a pattern may not begin with a (*VERB): limits and character set are fixed");
	re->code = pcre2_compile((PCRE2_SPTR)pattern, len, options, &code, &offset, NULL);
	if (re->code == NULL) {
		if (pcre2_get_error_message(code, message, sizeof(message)) < 0)
			return fail(err, offset, "bad pattern");
		return fail(err, offset < len ? offset : len, (const char *)message);
	}
	return true;
}

static int
by_number(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static bool
read_groups(struct regex *re, struct regex_error *err)
{
	uint32_t count = 0, size = 0, highest = 0;
	PCRE2_SPTR table = NULL;

	pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &highest);
	pcre2_pattern_info(re->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(re->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(re->code, PCRE2_INFO_NAMETABLE, &table);
	re->pairs = highest + 1;
	if (count > REGEX_NAMES_MAX)
		return fail(err, 0, "more named groups than 100");
	re->groups = xcalloc(count, sizeof(*re->groups));
	re->ngroups = count;
	for (uint32_t i = 0; i < count; i++, table += size) {
		re->groups[i].number = (uint32_t)table[0] << 8 | table[1];
		re->groups[i].name = (const char *)(table + 2);
	}
	if (count > 1)
		qsort(re->groups, count, sizeof(*re->groups), by_number);
	return true;
}

struct regex *
regex_compile(const char *pattern, size_t len, const char *flags, struct regex_error *err)
{
	uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
	struct regex_error unwanted;
	struct regex *re = xcalloc(1, sizeof(*re));

	if (err == NULL)
		err = &unwanted;
	shared_init();
	if (!read_flags(flags, &options, err) || !compile_code(re, pattern, len, options, err) || !read_groups(re, err)) {
		regex_free(re);
		return NULL;
	}
	re->careful = xcalloc(1, sizeof(*re->careful));
	re->pattern = xcalloc(len + 1, 1);
	memcpy(re->pattern, pattern, len);
	re->len = len;
	re->options = options;
	re->jit = shared.stack != NULL && pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE) == 0;
	return re;
}

void
regex_free(struct regex *re)
{
	if (re == NULL)
		return;
	pcre2_code_free(re->code);
	if (re->careful != NULL)
		pcre2_code_free(re->careful->code);
	free(re->careful);
	free(re->groups);
	free(re->pattern);
	free(re);
}

static struct regex_span
span_of(const PCRE2_SIZE *ovector, size_t number)
{
	struct regex_span span = { ovector[2 * number], ovector[2 * number + 1] };

	if (span.to < span.from) /* \K can do that */
		span.to = span.from;
	return span;
}

static void
fill(const struct regex *re, const PCRE2_SIZE *ovector, int rc, struct regex_match *m)
{
	m->whole = span_of(ovector, 0);
	m->nnames = re->ngroups;
	for (size_t i = 0; i < re->ngroups; i++) {
		size_t number = re->groups[i].number;

		m->names[i].name = re->groups[i].name;
		m->names[i].set = number < (size_t)rc && ovector[2 * number] != PCRE2_UNSET;
		m->names[i].span = m->names[i].set ? span_of(ovector, number) : (struct regex_span){ 0, 0 };
	}
}

static int
match(const pcre2_code *code, PCRE2_SPTR s, size_t len, size_t start, pcre2_match_data *data, pcre2_match_context *limits)
{
	int rc = pcre2_match(code, s, len, start, 0, data, limits);

	if (rc == PCRE2_ERROR_JIT_STACKLIMIT) /* the interpreter has its backtracking on the heap */
		rc = pcre2_match(code, s, len, start, PCRE2_NO_JIT, data, limits);
	return rc;
}

/* PCRE2 counts its match limit anew at every starting place, and its machine code does not count at all what a
 * simple repeat gives back: "a.*b.*c@" over 256 kB of the wrong letters took 2.7 s within all limits, and others
 * 22 s where there is no machine code. So long subjects are searched with a callout between all items of the
 * pattern (1.2 to 6 times slower), which looks at the CPU clock now and then. */
/* A pattern of some kilobytes outgrows PCRE2 with a callout between all items: it has them behind its repeats. */
static pcre2_code *
code_with_pauses(const struct regex *re)
{
	char *pattern = pattern_with_pauses(re->pattern, re->len);
	pcre2_code *made = NULL;
	PCRE2_SIZE offset;
	int code;

	if (pattern != NULL)
		made = pcre2_compile((PCRE2_SPTR)pattern, strlen(pattern), re->options, &code, &offset, NULL);
	free(pattern);
	return made;
}

static pcre2_code *
careful_code(const struct regex *re)
{
	struct careful *c = re->careful;
	PCRE2_SIZE offset;
	int code;

	if (!c->tried) {
		c->tried = true;
		c->code = pcre2_compile((PCRE2_SPTR)re->pattern, re->len, re->options | PCRE2_AUTO_CALLOUT, &code, &offset, NULL);
		c->whole = c->code != NULL;
		if (c->code == NULL)
			c->code = code_with_pauses(re);
		if (c->code != NULL && re->jit)
			pcre2_jit_compile(c->code, PCRE2_JIT_COMPLETE);
	}
	return c->code;
}

static int
match_clocked(const struct regex *re, PCRE2_SPTR s, size_t len, size_t start, pcre2_match_data *data)
{
	pcre2_code *code = careful_code(re);

	if (code == NULL) /* grew past a limit of PCRE2 even so */
		return match(re->code, s, len, start, data, shared.limits);
	shared.steps = shared.most = 0;
	shared.until = cpu_ns() + (int64_t)REGEX_CPU_MS * 1000000;
	return match(code, s, len, start, data, shared.clocked);
}

enum regex_verdict
regex_measure(const struct regex *re, const char *subject, size_t len, uint64_t steps_max, uint64_t *steps)
{
	pcre2_match_data *data = shared_data(re->pairs);
	pcre2_code *code = careful_code(re);
	int rc;

	*steps = 0;
	if (code == NULL || !re->careful->whole)
		return REGEX_STUCK;
	shared.steps = 0;
	shared.began = shared.last = 0;
	shared.most = steps_max > 0 ? steps_max : 1;
	rc = match(code, (PCRE2_SPTR)(subject != NULL ? subject : ""), len, 0, data, shared.clocked);
	*steps = shared.steps;
	shared.most = 0;
	return rc == PCRE2_ERROR_NOMATCH ? REGEX_NO : rc <= 0 ? REGEX_STUCK : REGEX_YES;
}

enum regex_verdict
regex_search(const struct regex *re, const char *subject, size_t len, size_t start, struct regex_match *m)
{
	pcre2_match_data *data = shared_data(re->pairs);
	PCRE2_SPTR s = (PCRE2_SPTR)(subject != NULL ? subject : "");
	int rc;

	if (start > len)
		return REGEX_NO;
	if (len - start <= (re->jit ? LONG_JIT : LONG_NO_JIT))
		rc = match(re->code, s, len, start, data, shared.limits);
	else
		rc = match_clocked(re, s, len, start, data);
	if (rc == PCRE2_ERROR_NOMATCH)
		return REGEX_NO;
	if (rc <= 0)
		return REGEX_STUCK;
	if (m != NULL)
		fill(re, pcre2_get_ovector_pointer(data), rc, m);
	return REGEX_YES;
}

size_t
regex_name_count(const struct regex *re)
{
	return re->ngroups;
}

const char *
regex_name(const struct regex *re, size_t i)
{
	return i < re->ngroups ? re->groups[i].name : NULL;
}

bool
regex_jit(const struct regex *re)
{
	return re->jit;
}

const char *
regex_pattern(const struct regex *re)
{
	return re->pattern;
}

const char *
regex_flags(const struct regex *re)
{
	static const char *const words[16] = { "", "i", "m", "im", "s", "is", "ms", "ims", "x", "ix", "mx", "imx", "sx", "isx", "msx", "imsx" };

	return words[(re->options & PCRE2_CASELESS ? 1 : 0) | (re->options & PCRE2_MULTILINE ? 2 : 0) |
	    (re->options & PCRE2_DOTALL ? 4 : 0) | (re->options & PCRE2_EXTENDED ? 8 : 0)];
}

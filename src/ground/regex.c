/* regex.c - see regex.h. The one room that knows PCRE2. */
#include "ground/regex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "ground/mem.h"

#define PATTERN_BYTES_MAX 65536u
#define JIT_STACK_FIRST   (32u * 1024u)
#define JIT_STACK_MOST    (1024u * 1024u)
#define SLICE_FIRST       256u  /* places where a match may start, between two looks at the clock */
#define SLICE_LONG        2048u /* shorter subjects are searched in one go: the limits alone bound them */

struct group {
	const char *name;
	uint32_t number;
};

struct regex {
	pcre2_code *code;
	char *pattern;
	struct group *groups; /* by number */
	size_t ngroups;
	uint32_t pairs;       /* of the ovector: groups and the whole */
	bool jit;
};

/* What all patterns share, made at the first use and kept for the life of the process. The
 * interpreter keeps its frames (up to REGEX_HEAP_KIB) in the match data, hence one for all. */
static struct {
	pcre2_match_context *limits;
	pcre2_jit_stack *stack;
	pcre2_match_data *data;
	uint32_t pairs;
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

static void
shared_init(void)
{
	if (shared.limits != NULL)
		return;
	shared.limits = need(pcre2_match_context_create(NULL));
	pcre2_set_match_limit(shared.limits, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit(shared.limits, REGEX_DEPTH_LIMIT);
	pcre2_set_heap_limit(shared.limits, REGEX_HEAP_KIB);
	/* NULL where the system forbids executable memory: then no pattern is JIT-compiled either. */
	shared.stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST, NULL);
	pcre2_jit_stack_assign(shared.limits, NULL, shared.stack);
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
	uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C |
	    PCRE2_USE_OFFSET_LIMIT;
	struct regex_error unwanted;
	struct regex *re = xcalloc(1, sizeof(*re));

	if (err == NULL)
		err = &unwanted;
	shared_init();
	if (!read_flags(flags, &options, err) || !compile_code(re, pattern, len, options, err) || !read_groups(re, err)) {
		regex_free(re);
		return NULL;
	}
	re->pattern = xcalloc(len + 1, 1);
	memcpy(re->pattern, pattern, len);
	re->jit = shared.stack != NULL && pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE) == 0;
	return re;
}

void
regex_free(struct regex *re)
{
	if (re == NULL)
		return;
	pcre2_code_free(re->code);
	free(re->groups);
	free(re->pattern);
	free(re);
}

static struct regex_span
span_of(const PCRE2_SIZE *ovector, uint32_t number)
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
		uint32_t number = re->groups[i].number;

		m->names[i].name = re->groups[i].name;
		m->names[i].set = number < (uint32_t)rc && ovector[2 * number] != PCRE2_UNSET;
		m->names[i].span = m->names[i].set ? span_of(ovector, number) : (struct regex_span){ 0, 0 };
	}
}

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* One call of PCRE2: a match that begins in [start, last]. */
static int
match_slice(const struct regex *re, pcre2_match_data *data, PCRE2_SPTR s, size_t len, size_t start, size_t last)
{
	int rc;

	pcre2_set_offset_limit(shared.limits, last);
	rc = pcre2_match(re->code, s, len, start, 0, data, shared.limits);
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT) /* the interpreter has its backtracking on the heap */
		rc = pcre2_match(re->code, s, len, start, PCRE2_NO_JIT, data, shared.limits);
	return rc;
}

/* PCRE2 counts its match limit anew at every starting place, and its machine code does not count at
 * all what a simple repeat gives back: "a.*b.*c@" over 256 kB of the wrong letters took 2.7 s within all
 * limits, and 22 s where there is no machine code. So a long subject is searched in slices of starting places, with a look at the CPU clock
 * after each. Slices double while they are cheap: ordinary text costs a handful of calls. */
static int
match_slices(const struct regex *re, pcre2_match_data *data, PCRE2_SPTR s, size_t len, size_t start)
{
	int64_t begun = cpu_ns(), now = begun, before;
	size_t slice = SLICE_FIRST;
	int rc = PCRE2_ERROR_NOMATCH;

	while (start <= len) {
		size_t last = len - start > slice ? start + slice : len;

		while (last + 1 < len && (s[last + 1] & 0xc0) == 0x80) /* between characters */
			last++;
		rc = match_slice(re, data, s, len, start, last);
		if (rc != PCRE2_ERROR_NOMATCH || last == len)
			return rc;
		before = now;
		now = cpu_ns();
		if (now - begun > (int64_t)REGEX_CPU_MS * 1000000)
			return PCRE2_ERROR_MATCHLIMIT;
		if (now - before < 1000000)
			slice *= 2;
		start = last + 1;
	}
	return rc;
}

enum regex_verdict
regex_search(const struct regex *re, const char *subject, size_t len, size_t start, struct regex_match *m)
{
	pcre2_match_data *data = shared_data(re->pairs);
	PCRE2_SPTR s = (PCRE2_SPTR)(subject != NULL ? subject : "");
	int rc;

	if (start > len)
		return REGEX_NO;
	if (len - start <= SLICE_LONG)
		rc = match_slice(re, data, s, len, start, PCRE2_UNSET);
	else
		rc = match_slices(re, data, s, len, start);
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

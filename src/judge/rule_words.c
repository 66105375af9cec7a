/* rule_words.c - what patterns take, and when what one finds has something for another. See rule_pattern.h. */
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/regex.h"
#include "judge/rule_pattern.h"

#define REPEAT_MOST 20   /* of a repeat in a sample */
#define SAMPLE_MOST 4096 /* bytes */
#define WORDS_MOST  500

/* Unlike characters of the class: PCRE2 is asked which. */
static void
find_samples(struct pattern *p, struct pattern_piece *piece)
{
	static const char *const candidates[] = { "a", "0", " ", "A", "_", "-", ".", "/", "\n", ":", "@", "=", "!", ",", "\t", "<", "\"", "\xc3\xa9", "x", "9" };
	const char *anchored = arena_printf(p->arena, "\\A%.*s\\z", (int)piece->len, piece->source);
	struct regex *re = regex_compile(anchored, strlen(anchored), p->flags, NULL);

	piece->sampled = true;
	for (size_t i = 0; re != NULL && i < COUNT(candidates) && piece->nsamples < PATTERN_SAMPLES; i++)
		if (regex_search(re, candidates[i], strlen(candidates[i]), 0, NULL) == REGEX_YES)
			piece->samples[piece->nsamples++] = candidates[i];
	regex_free(re);
}

void
pattern_sample(struct pattern *p, struct pattern_piece *piece, unsigned variant, unsigned least, struct buf *out)
{
	unsigned times;

	if (out->len > SAMPLE_MOST)
		return;
	switch (piece->kind) {
	case PIECE_LITERAL: case PIECE_CLASS:
		if (!piece->sampled)
			find_samples(p, piece);
		if (piece->nsamples > 0)
			buf_puts(out, piece->samples[variant % piece->nsamples]);
		break;
	case PIECE_ROW:
		for (size_t i = 0; i < piece->nkids; i++)
			pattern_sample(p, piece->kids[i], variant, least, out);
		break;
	case PIECE_CHOICE:
		pattern_sample(p, piece->kids[variant % piece->nkids], variant / (unsigned)piece->nkids, least, out);
		break;
	case PIECE_REPEAT:
		times = piece->min > least ? piece->min : least;
		for (unsigned i = 0; i < times && i < piece->max && i < REPEAT_MOST; i++)
			pattern_sample(p, piece->kids[0], variant, least, out);
		break;
	case PIECE_NOTHING: case PIECE_EDGE: case PIECE_PLACE: case PIECE_LOOK:
		break;
	}
}

bool
pattern_has(const struct pattern_piece *piece, enum piece_kind kind, bool negative_only)
{
	if (piece->kind == kind && (piece->negative || !negative_only))
		return true;
	for (size_t i = 0; i < piece->nkids; i++)
		if (pattern_has(piece->kids[i], kind, negative_only))
			return true;
	return false;
}

/* A row of nothing but characters. */
static bool
row_word(const struct pattern_piece *row, size_t from, size_t to, struct buf *out)
{
	for (size_t i = from; i < to; i++) {
		if (row->kids[i]->kind != PIECE_LITERAL)
			return false;
		buf_puts(out, row->kids[i]->samples[0]);
	}
	return to > from;
}

static bool
add_words(struct pattern *p, const struct pattern_piece *piece, size_t from, size_t to, struct pattern_words *out)
{
	AUTO_BUF struct buf b;

	buf_init(&b, SAMPLE_MOST);
	if (out->n >= WORDS_MOST)
		return false;
	if (piece->kind == PIECE_CHOICE) {
		for (size_t i = 0; i < piece->nkids; i++)
			if (!add_words(p, piece->kids[i], 0, piece->kids[i]->nkids, out))
				return false;
		return true;
	}
	if (piece->kind != PIECE_ROW)
		return false;
	if (to - from == 1 && (piece->kids[from]->kind == PIECE_CHOICE || piece->kids[from]->kind == PIECE_ROW))
		return add_words(p, piece->kids[from], 0, piece->kids[from]->nkids, out);
	if (!row_word(piece, from, to, &b) || b.over)
		return false;
	*(const char **)arena_push(p->arena, &out->v, &out->n, sizeof(*out->v)) = arena_strndup(p->arena, b.data, b.len);
	return true;
}

bool
pattern_words(struct pattern *p, struct pattern_words *out)
{
	const struct pattern_piece *root = p->root;
	size_t from = 0, to = root->nkids;

	*out = (struct pattern_words){ .v = NULL };
	if (p->odd || p->greedy)
		return false;
	if (root->kind == PIECE_ROW && to > 2 && root->kids[0]->kind == PIECE_EDGE && root->kids[to - 1]->kind == PIECE_EDGE && !root->kids[0]->negative &&
	    !root->kids[to - 1]->negative) {
		out->edges = true;
		from++;
		to--;
	}
	return add_words(p, root, from, to, out);
}

static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Each word of s has something for t, whatever stands around it. */
static bool
words_imply(const struct pattern_words *words, const struct pattern *s, const struct pattern *t, const struct regex *tre)
{
	bool edges = pattern_has(t->root, PIECE_EDGE, false);

	if (t->odd || t->greedy || pattern_has(t->root, PIECE_PLACE, false) || pattern_has(t->root, PIECE_LOOK, false))
		return false;
	if (strchr(s->flags, 'i') != NULL && strchr(t->flags, 'i') == NULL)
		return false;
	for (size_t i = 0; i < words->n; i++) {
		const char *w = words->v[i];
		size_t len = strlen(w);

		/* An edge inside a word, or at an end that is one, is the same edge in every text. */
		if (edges && (!words->edges || !is_word_char(w[0]) || !is_word_char(w[len - 1])))
			return false;
		if (regex_search(tre, w, len, 0, NULL) != REGEX_YES)
			return false;
	}
	return true;
}

/* The flags of t are those of s and perhaps i, and without case it finds no less. */
static bool
same_but_for_case(const struct regex *s, const struct regex *t, const struct pattern *tp)
{
	const char *sf = regex_flags(s), *tf = regex_flags(t);

	if (strcmp(regex_pattern(s), regex_pattern(t)) != 0)
		return false;
	if (strcmp(sf, tf) == 0)
		return true;
	return tp != NULL && *tf == 'i' && strcmp(sf, tf + 1) == 0 && !tp->odd && !tp->greedy && !pattern_has(tp->root, PIECE_CLASS, true) &&
	       !pattern_has(tp->root, PIECE_LOOK, true);
}

bool
pattern_implies(struct arena *a, const struct regex *s, const struct regex *t)
{
	struct pattern *sp = pattern_read(a, regex_pattern(s), regex_flags(s)), *tp = pattern_read(a, regex_pattern(t), regex_flags(t));
	struct pattern_words words;

	if (same_but_for_case(s, t, tp))
		return true;
	return sp != NULL && tp != NULL && pattern_words(sp, &words) && words_imply(&words, sp, tp, t);
}

/* Goal: no bytes make the reader of relay.conf crash, hang, or show a word at a place where it does not stand. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "config/syntax.h"
#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What holds of every tree, whatever it was read from. */
static void
must_hold(const struct conf_stmt *v, size_t n, unsigned depth)
{
	if (depth > CONF_DEPTH_MAX)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (v[i].nwords == 0 || (v[i].nblock > 0 && !v[i].has_block))
			abort();
		for (size_t w = 0; w < v[i].nwords; w++) {
			const struct conf_word *word = &v[i].words[w];
			const struct conf_file *file = word->pos.file;
			struct conf_pos end = conf_word_pos(word, word->len);

			if (word->bytes == 0 || word->pos.offset + word->bytes > file->len || end.offset > word->pos.offset + word->bytes)
				abort();
			if (word->kind == CONF_WORD && memcmp(word->text, file->text + word->pos.offset, word->len) != 0)
				abort();
			if (strlen(word->text) != word->len || !utf8_valid(word->text, word->len))
				abort();
		}
		must_hold(v[i].block, v[i].nblock, depth + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf out;
	struct conf_tree *tree;
	struct diag d;

	buf_init(&out, 1 << 20);
	diag_init(&d, a);
	tree = conf_read_text(a, "fuzz.conf", (const char *)data, size, true, &d);
	must_hold(tree->stmts, tree->nstmts, 0);
	settings_free(settings_read(a, tree, "/etc/escrelay/relay.conf", &d));
	diag_print(&d, &out, size % 2 == 1);
	if (out.over || !utf8_valid(out.data, out.len))
		abort();
	return 0;
}

/* rule_text.c - the words of rules, as they were written. See judge/rule.h. */
#include <string.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "judge/rule_parts.h"

const char *
ruleset_text(const struct ruleset *rs, struct arena *a)
{
	AUTO_BUF struct buf b;

	buf_init(&b, 2 * CONF_TOTAL_BYTES);
	for (size_t i = 0; i < rs->nrules; i++)
		buf_printf(&b, "# %s:%u\n%s\n\n", rs->rules[i].file, rs->rules[i].line, conf_stmt_text(a, rs->rules[i].stmt));
	return arena_strndup(a, b.len > 0 ? b.data : "", b.len);
}

const char *
ruleset_rule_name(const struct ruleset *rs, size_t i)
{
	return rs->rules[i].name;
}

size_t
ruleset_conditions(const struct ruleset *rs, size_t i, const char **file, unsigned *line, const char *const **texts)
{
	const struct rule *r = &rs->rules[i];

	*file = r->file;
	*line = r->line;
	*texts = r->conditions;
	return r->nconditions;
}

const char *
rule_text_of(struct arena *a, const struct conf_tree *tree, const char *rule)
{
	for (size_t i = 0; i < tree->nstmts; i++) {
		const struct conf_stmt *stmt = &tree->stmts[i];

		if (stmt->nwords == 2 && strcmp(stmt->words[0].text, "rule") == 0
		    && strcmp(text_printable(a, stmt->words[1].text, RULE_NAME_BYTES), rule) == 0)
			return conf_stmt_text(a, stmt);
	}
	return NULL;
}

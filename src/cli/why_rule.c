/* why_rule.c - the rule that decided about a mail, as it was written then, and whether today's files still say so. */
#include <stdio.h>
#include <string.h>

#include "cli/rules_parts.h"
#include "cli/view.h"
#include "cli/why_parts.h"
#include "ground/mem.h"
#include "ground/text.h"

/* What today's files have under its name. */
static void
look_at_today(struct cli *cli, struct arena *a, const struct conf_stmt *then, struct rule_then *out)
{
	struct conf_tree *tree;
	const struct conf_stmt *now;
	struct diag d;

	diag_init(&d, a);
	tree = conf_read(a, cli->conf, &d);
	if (tree == NULL)
		return;
	now = rule_find(a, tree, out->place.name);
	out->today = now == NULL ? "gone" : rule_same(then, now, false) ? "same" : "changed";
	if (now != NULL) {
		const struct conf_pos *at = &now->words[0].pos;

		out->now = (struct rule_place){ .name = out->place.name, .file = at->file->name, .line = at->line };
	}
}

bool
why_rule_then(struct cli *cli, struct view *v, json_t *rules, struct rule_then *out)
{
	const char *rule = json_string_value(json_object_get(rules, "rule"));
	const char *hash = json_string_value(json_object_get(rules, "ruleset"));
	struct conf_tree *tree = rule != NULL && hash != NULL ? rules_then(v->arena, v->store, hash) : NULL;
	const struct conf_stmt *then = tree != NULL ? rule_find(v->arena, tree, rule) : NULL;

	*out = (struct rule_then){ .today = "unknown" };
	if (then == NULL)
		return false;
	rule_was_at(v->arena, then, &out->place);
	out->place.name = rule;
	out->hash = hash;
	out->text = conf_stmt_text(v->arena, then);
	look_at_today(cli, v->arena, then, out);
	return true;
}

json_t *
why_rule_json(const struct rule_then *r)
{
	return json_pack("{s:s, s:i, s:s, s:s, s:s}", "file", r->place.file, "line", (int)r->place.line, "text", r->text,
	    "ruleset", r->hash, "today", r->today);
}

void
why_rule_print(struct cli *cli, struct view *v, const struct rule_then *r)
{
	unsigned line = r->place.line;
	const char *today = NULL;

	for (const char *text = r->text; *text != '\0'; line++) {
		size_t len = strcspn(text, "\n");

		printf("            %s%s:%-4u%s %s\n", view_dim(cli), view_clean(v->arena, r->place.file, 100), line,
		    view_plain(cli), text_printable(v->arena, arena_strndup(v->arena, text, len), 300));
		text += len + (text[len] == '\n');
	}
	if (strcmp(r->today, "changed") == 0)
		today = arena_printf(v->arena, "have it otherwise (%s:%u)", view_clean(v->arena, r->now.file, 100), r->now.line);
	else if (strcmp(r->today, "gone") == 0)
		today = "have no rule of this name";
	if (today != NULL)
		printf("            %stoday's files %s; 'escrelay rules show %.12s' has all rules of then%s\n", view_red(cli),
		    today, r->hash, view_plain(cli));
}

/* why_parts.h - what the files of 'why' share. */
#ifndef ESCRELAY_CLI_WHY_PARTS_H
#define ESCRELAY_CLI_WHY_PARTS_H

#include <stdbool.h>

#include "ground/json.h"
#include "judge/rule.h"

struct cli;
struct view;

/* The rule that decided, out of the rule set that is kept with the decision. */
struct rule_then {
	struct rule_place place, now;  /* now: in today's files, if it is there */
	const char *hash, *text;
	const char *today;             /* what these say: same, changed, gone, or unknown where they cannot be read */
};

/* rules: of a decision's record. False: no rule decided, or the store does not have its text. */
bool    why_rule_then(struct cli *cli, struct view *v, json_t *rules, struct rule_then *out);
json_t *why_rule_json(const struct rule_then *r);
void    why_rule_print(struct cli *cli, struct view *v, const struct rule_then *r);

#endif

/* rule.h - rules: compiled once, tried in file order, three answers.
 *
 * The same engine serves dispatch, tests, replay and why. Pure: a decision is a function of the
 * ruleset and the facts of one message (but for patterns that a long hostile text drives to the limit of CPU
 * time, see ground/regex.h: they are stuck).
 *
 * What the fields are: from, to, cc and original.from are addresses (original.from is the name where the
 * forward shows no address), so that a display name cannot pass for one; 'header From' has the names. text
 * is what the writer newly wrote, body all readable text, a forwarded message's included; attachment is the
 * name and the type of each. '=' compares addresses and words without regard to ASCII case, texts exactly.
 *
 * Three values: a rule whose conditions hold but for one that was stuck is stuck; where another
 * condition fails it is "no" all the same. A positive test needs one of several values, a negated one none.
 */
#ifndef ESCRELAY_JUDGE_RULE_H
#define ESCRELAY_JUDGE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/settings.h"
#include "config/syntax.h"
#include "judge/message.h"

struct ruleset;
struct rule;

#define RULE_CAPTURES_MAX  32
#define RULE_CAPTURE_BYTES 1024           /* of one captured value; cut between characters */
#define RULE_VALUE_BYTES   1024           /* of one expanded 'set' */
#define RULE_NAME_BYTES    100
#define RULE_FACT_BYTES    160            /* of one value in 'facts' */
#define RULE_STUCK_MAX     8              /* in one decision; then long texts are not searched any more: stuck */
#define RULE_EXAMPLE_BYTES (32u << 20)
#define RULE_BODY_BYTES    ((size_t)256 * 1024) /* of body and text that patterns see */

enum rule_verdict { RULE_NO, RULE_YES, RULE_STUCK };

struct capture { const char *name, *value; };
struct setting { const char *name, *value, *rule; };          /* set severity 1; the rule that says so */
struct file_action { const char *team, *kind; };              /* kind: help, defect, docs */
struct missing_fact { const char *question; };                /* a `require` that was not met: what to ask the AER */
struct found_fact { const char *label, *value; };             /* "Version", "5.3.2": one line of clean text each */

/* A pattern of a condition or a requirement that was tried. */
struct pattern_use {
	const char *rule, *pattern;             /* the condition as text, at most 300 bytes (struct rule_pattern) */
	enum rule_verdict verdict;              /* YES: it found something, whether it is negated or not */
	const char *found;                      /* the start of that, raw; only from rule_explain, NULL if negated */
	uint64_t ns;                            /* only from rule_time */
};

struct rule_trace {
	const struct rule *rule;
	const char *name, *file;
	unsigned line;
	enum rule_verdict verdict;
	const char *failed; /* the condition that decided against it or was stuck, as text; NULL on yes */
	unsigned condition; /* its number, see ruleset_conditions */
	const char *on;     /* the start of what that condition saw, raw; NULL where there was nothing to see or to name */
	size_t searches;    /* patterns tried on texts */
	uint64_t bytes;     /* of those texts */
	uint64_t steps;     /* of their patterns: only from rule_explain */
	uint64_t ns;        /* only from rule_time */
};

struct decision {
	enum rule_verdict verdict;              /* STUCK only if nothing decided and something was stuck */
	const char *rule;                       /* name of the rule that decided, NULL */
	const char *file; unsigned line;
	struct capture *captures; size_t ncaptures; /* within a rule the first of a name wins, of 'continue' rules the last */
	bool open;                              /* open an escalation */
	struct setting *sets; size_t nsets;     /* captures expanded; later ones have won */
	struct file_action *files; size_t nfiles;
	const char **forwards; size_t nforwards;
	bool ignore, quarantine;
	struct missing_fact *missing; size_t nmissing;
	struct found_fact *facts; size_t nfacts; /* what `require` found, then other captures; of a label the first */
	const char **stuck; size_t nstuck;      /* names of rules that were stuck, in order */
	struct rule_trace *trace; size_t ntrace;
	struct pattern_use *patterns; size_t npatterns; /* that found something or were stuck; rule_time: all */
};

/* Compiles all 'rule' statements of the tree, in order. NULL if d holds an error afterwards. Lives in arena
 * (regexes are released by ruleset_free, which is a must). settings may be NULL (rules alone, -r DIR):
 * teams, pools and skills are then not checked. */
struct ruleset *ruleset_compile(struct arena *a, const struct conf_tree *tree, const struct settings *s, struct diag *d);
void ruleset_free(struct ruleset *rs);

size_t      ruleset_count(const struct ruleset *rs);
const char *ruleset_hash(const struct ruleset *rs);  /* 64 hex digits of SHA-256 over the rules' text */

/* The rules as they were written, in their order, each after a comment with its "# FILE:LINE": text of rules again, with the same hash. */
const char *ruleset_text(const struct ruleset *rs, struct arena *a);

/* One of its rules; the name lives as long as the set. */
struct rule_place { const char *name, *file; unsigned line; };
void ruleset_rule(const struct ruleset *rs, size_t i, struct rule_place *out);
/* The texts of its conditions and blocks by their numbers in a trace; the number of them. */
size_t ruleset_conditions(const struct ruleset *rs, size_t i, const char *const **texts);
/* All patterns of its rules, in written order. */
struct rule_pattern { const char *rule, *pattern; unsigned line; };
size_t ruleset_patterns(const struct ruleset *rs, struct arena *a, struct rule_pattern **out);

/* Out of such a text, or out of what was read from files: a rule by its name, NULL if it is not there. */
const struct conf_stmt *rule_find(struct arena *a, const struct conf_tree *tree, const char *rule);
/* What stands above it in such a text: "own.rules:3" with the line apart; where it stands itself if nothing does. */
void rule_was_at(struct arena *a, const struct conf_stmt *stmt, struct rule_place *out);
/* Do they say the same, whatever their blanks and comments? but_name: be their names what they may. */
bool rule_same(const struct conf_stmt *x, const struct conf_stmt *y, bool but_name);

/* customer: name of the customer that the settings know the mail by (domain of the original sender), or NULL. */
void rule_decide(const struct ruleset *rs, struct arena *a, const struct message *m, const char *customer, struct decision *out);

/* The same decision, and what each rule cost in steps of its patterns (see regex_measure): about twice the time, so for people. */
void rule_explain(const struct ruleset *rs, struct arena *a, const struct message *m, const char *customer, struct decision *out);

/* The same decision, and how long each rule and each of its patterns took, by a clock that counts nanoseconds and is
 * the caller's. */
void rule_time(const struct ruleset *rs, struct arena *a, const struct message *m, const char *customer,
    uint64_t (*clock)(void), struct decision *out);

/* The customer that the settings know the mail by: the domain of the forwarded sender, else of the sender. NULL: none,
 * or s is NULL. */
const char *rule_customer(const struct settings *s, const struct message *m);

/* Runs every matches/rejects example of every rule; each failure is an error in d at the line of the
 * example. 'matches' means that the decision about this mail goes through the rule, not only that its
 * conditions hold; 'rejects' that it does not, and that the rule is not stuck. Returns the number of examples run. Reads files, so it is for commands and for the moment before a reload. */
size_t ruleset_examples(const struct ruleset *rs, struct diag *d);

/* What looks wrong about rules that compile. */
struct growth { unsigned times; unsigned long long steps; bool stuck; };
struct blow_up {                                /* before, 'again' so many times, after: and so many steps */
	const char *before, *again, *after;
	bool exponential;                       /* else a power of the length */
	struct growth growth[3];
};
struct lint_finding {
	const char *check;                      /* its word, one of lint_checks */
	const char *rule;
	struct conf_pos pos; size_t bytes;      /* as in struct diag_item */
	const char *message, *hint;
	const struct blow_up *blow_up;          /* of "slow", else NULL */
};
struct lint_check { const char *word, *sentence; };
extern const struct lint_check lint_checks[];
extern const size_t nlint_checks;

/* All findings in order of the rules; returns their number. */
size_t ruleset_lint(const struct ruleset *rs, struct arena *a, struct lint_finding **out);

const char *rule_setting(const struct decision *d, const char *name); /* value, NULL if not set */
const char *decision_capture(const struct decision *d, const char *name);

#endif

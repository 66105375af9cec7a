/* rule_parts.h - what compiled rules are made of; shared by the files of this room alone. */
#ifndef ESCRELAY_JUDGE_RULE_PARTS_H
#define ESCRELAY_JUDGE_RULE_PARTS_H

#include "judge/rule.h"

struct arena;
struct needles;
struct regex;

enum rule_field {
	FIELD_SUBJECT, FIELD_FROM, FIELD_TO, FIELD_CC, FIELD_TEXT, FIELD_BODY, FIELD_ORIGINAL_FROM, FIELD_ORIGINAL_SUBJECT,
	FIELD_ORIGINAL_BODY, FIELD_HEADER, FIELD_ATTACHMENT, FIELD_SIZE, FIELD_KIND, FIELD_CUSTOMER, FIELDS
};

enum rule_operator { OP_REGEX, OP_EQUAL, OP_LIKE, OP_LESS, OP_MORE };

enum node_kind { NODE_TEST, NODE_ANY, NODE_NONE, NODE_ALL };

/* A condition, or a block of them. */
struct node {
	enum node_kind kind;
	const struct conf_stmt *stmt;
	const char *source;          /* as it was written, on one line */
	unsigned number_in_rule;     /* its place in the rule's conditions */
	const struct conf_word *word; /* of a test: its value */

	enum rule_field field;       /* tests alone, down to number */
	const char *header;
	enum rule_operator op;
	bool negated;
	struct regex *re;
	uint32_t *needles;           /* numbers in ruleset.needles: without one of them re cannot match; of none: it may always */
	size_t nneedles;
	const char *text;
	uint64_t number;

	struct node *kids;           /* blocks alone, in written order */
	size_t nkids;
	size_t *order;               /* the same, cheap ones first */
	unsigned cost;
	bool captures;               /* has named groups, itself or within */
};

struct requirement { struct node test; const char *name, *question; };

/* A value of 'set': literal text and names of captures in turn; one of the two is NULL. */
struct piece { const char *text, *variable; };
struct set_action { const char *name; const struct conf_word *word; struct piece *pieces; size_t npieces; };

struct example { const struct conf_word *word; bool matches; };

struct rule {
	const char *name, *file;
	unsigned line;
	const struct conf_stmt *stmt;
	struct node root;            /* NODE_ALL over all conditions */
	const char **conditions; size_t nconditions; /* sources by number: 0 is the root's */
	struct requirement *requirements; size_t nrequirements;
	struct set_action *sets; size_t nsets;
	struct file_action *files; size_t nfiles;
	const char **forwards; size_t nforwards;
	bool ignore, quarantine, go_on; /* go_on: 'continue' */
	struct example *examples; size_t nexamples;
};

struct ruleset {
	struct arena *arena;
	const struct settings *settings; /* or NULL */
	struct rule *rules; size_t nrules;
	struct regex **regexes; size_t nregexes;
	struct needles *needles;
	char hash[65];
};

/* What compiling carries along. */
struct rule_compiler {
	struct ruleset *rs;
	struct diag *d;
	const struct settings *s;
	struct rule *rule;           /* the one at hand */
};

struct value { const char *s; size_t len; };

/* A text that patterns were tried on, and the needles of all rules that are in it, NULL as long as nobody looked. */
struct seen { struct value v; unsigned asked; const uint64_t *found; };
#define SEEN_MAX 16

/* What one decision knows of its message; the body's values and the needles in a text are found at the first question. */
struct facts {
	const struct needles *needles; /* NULL: there are none */
	struct seen seen[SEEN_MAX];
	size_t nseen;
	const struct message *m;
	const char *customer;
	struct value body[2];
	size_t nbody;
	bool has_body;
	unsigned stuck;              /* searches that were */
	bool measure;                /* count steps too */
	struct rule_trace *cost;     /* of the rule at hand, NULL: not counted */
	uint64_t (*clock)(void);     /* NULL: nothing is timed */
	uint64_t shared_ns;          /* of that time: passes over a text that are for all rules */
	struct arena *arena;
	struct decision *out;        /* where its patterns are noted */
};

/* rule_field.c */
extern const char *const rule_field_words[FIELDS];
bool     rule_field_find(const char *word, enum rule_field *out);
unsigned rule_field_cost(enum rule_field f);
bool     rule_field_is_word(enum rule_field f);       /* '=' ignores ASCII case */
bool     rule_field_next(struct facts *f, const struct node *n, size_t *at, struct value *v); /* at begins with 0 */

/* rule_reach.c */
bool rule_entails(struct arena *a, const struct rule *given, const struct rule *goal); /* proved: what fits 'given' fits 'goal' */
const struct node *rule_contradiction(struct arena *a, const struct rule *r);           /* a condition that the others rule out, NULL */

/* rule_fact.c */
void rule_add_fact(struct arena *a, struct decision *out, const char *name, const char *value, size_t len);
void rule_add_captures(struct arena *a, struct decision *out); /* as facts, those that the letter does not show anyway */

/* rule_test.c: compiles one test out of words[first..last) of stmt; false: said in c->d */
bool rule_test_compile(struct rule_compiler *c, const struct conf_stmt *stmt, size_t first, size_t last, struct node *n);
const char *rule_source(struct arena *a, const struct conf_stmt *stmt); /* as written, on one line */
const char *rule_perhaps(struct arena *a, const char *word, const char *const *candidates, size_t n); /* a hint, or NULL */

/* rule_action.c */
#define RULE_ACTIONS 6
extern const char *const rule_action_words[RULE_ACTIONS];
bool rule_action_compile(struct rule_compiler *c, const struct conf_stmt *stmt); /* false: no action's word */
bool rule_is_set_name(const char *word);
void rule_actions_check(struct rule_compiler *c);     /* once all statements of the rule are there */

/* The expanded value of a set, from the rule's own captures and then from those of earlier rules; NULL: a capture is unset. */
const char *rule_expand(struct arena *a, const struct set_action *set, const struct capture *own, size_t nown,
    const struct decision *earlier);

#endif

/* rule_action.c - what a rule does once it holds. */
#include "judge/rule_parts.h"

#include <string.h>

#include "ground/address.h"
#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/regex.h"
#include "ground/text.h"

const char *const rule_action_words[RULE_ACTIONS] = { "set", "file", "forward", "ignore", "quarantine", "continue" };

static const char *const set_names[] = { "pool", "skill", "severity", "label", "customer", "team" };
static const char *const file_kinds[] = { "help", "defect", "docs" };

static bool
is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

bool
rule_is_set_name(const char *word)
{
	return is_one_of(word, set_names, COUNT(set_names));
}

/* A word that must be one of the configuration's; said in d if it is not. */
static void
known_name(struct rule_compiler *c, const struct conf_word *w, const char *what, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text_equal_nocase(names[i], w->text))
			return;
	diag_error(c->d, w, rule_perhaps(c->rs->arena, w->text, names, n), "the configuration has no %s '%s'", what, w->text);
}

static void
known_team(struct rule_compiler *c, const struct conf_word *w)
{
	const char **names;

	if (c->s == NULL)
		return;
	names = arena_array(c->rs->arena, c->s->nteams + 1, sizeof(*names));
	for (size_t i = 0; i < c->s->nteams; i++)
		names[i] = c->s->teams[i].name;
	known_name(c, w, "team", names, c->s->nteams);
}

static void
known_customer(struct rule_compiler *c, const struct conf_word *w)
{
	const char **names = arena_array(c->rs->arena, c->s->ncustomers + 1, sizeof(*names));

	for (size_t i = 0; i < c->s->ncustomers; i++)
		names[i] = c->s->customers[i].name;
	known_name(c, w, "customer", names, c->s->ncustomers);
}

static void
known_skill(struct rule_compiler *c, const struct conf_word *w)
{
	const char **names = NULL;
	size_t n = 0;

	for (size_t i = 0; i < c->s->nengineers; i++)
		for (size_t j = 0; j < c->s->engineers[i]->nskills; j++)
			*(const char **)arena_push(c->rs->arena, &names, &n, sizeof(*names)) = c->s->engineers[i]->skills[j];
	known_name(c, w, "engineer with skill", names, n);
}

/* Only what is written out can be checked now; what a capture brings is checked when it is used. */
static void
check_set_value(struct rule_compiler *c, const char *name, const struct conf_word *w)
{
	if (strchr(w->text, '$') != NULL)
		return;
	if (strcmp(name, "severity") == 0) {
		if (w->len != 1 || w->text[0] < '0' || w->text[0] > '9')
			diag_error(c->d, w, NULL, "found severity '%s', expected a digit; 0 is the worst", w->text);
		else if (c->s != NULL && !c->s->has_severity[w->text[0] - '0'])
			diag_error(c->d, w, arena_printf(c->rs->arena, "severity %s { ack 4h } would say how fast it wants an answer", w->text),
			    "the configuration has no severity %s", w->text);
	} else if (c->s == NULL || strcmp(name, "label") == 0)
		return;
	else if (strcmp(name, "team") == 0)
		known_team(c, w);
	else if (strcmp(name, "pool") == 0)
		known_name(c, w, "rotation of pool", c->s->pools, c->s->npools);
	else if (strcmp(name, "customer") == 0)
		known_customer(c, w);
	else
		known_skill(c, w);
}

static bool
is_name_char(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_';
}

static void
add_piece(struct rule_compiler *c, struct set_action *set, const char *text, const char *variable)
{
	*(struct piece *)arena_push(c->rs->arena, &set->pieces, &set->npieces, sizeof(struct piece)) = (struct piece){ text, variable };
}

/* "a $name b $$" to pieces; ${name} where a letter follows. */
static bool
read_pieces(struct rule_compiler *c, const struct conf_word *w, struct set_action *set)
{
	struct arena *a = c->rs->arena;
	const char *p = w->text;

	while (*p != '\0') {
		size_t plain = strcspn(p, "$"), n;
		bool braces;

		if (plain > 0)
			add_piece(c, set, arena_strndup(a, p, plain), NULL);
		p += plain;
		if (*p == '\0')
			break;
		if (p[1] == '$') {
			add_piece(c, set, "$", NULL);
			p += 2;
			continue;
		}
		braces = p[1] == '{';
		for (n = 0; is_name_char(p[1 + braces + n]);)
			n++;
		if (n == 0 || (braces && p[1 + braces + n] != '}')) {
			struct conf_pos at = conf_word_pos(w, (size_t)(p - w->text));

			diag_add(c->d, DIAG_ERROR, &at, 1, "a dollar sign itself is written $$", "expected the name of a capture after '$'");
			return false;
		}
		add_piece(c, set, NULL, arena_strndup(a, p + 1 + braces, n));
		p += 1 + braces + n + braces;
	}
	return true;
}

static void
compile_set(struct rule_compiler *c, const struct conf_stmt *stmt)
{
	const struct conf_word *w = stmt->words;
	struct set_action set = { .name = NULL };

	if (stmt->nwords < 3) {
		diag_error(c->d, &w[stmt->nwords - 1], NULL, "expected 'set NAME VALUE'; names are pool, skill, severity, label, customer and team");
		return;
	}
	if (!is_one_of(w[1].text, set_names, COUNT(set_names))) {
		diag_error(c->d, &w[1], rule_perhaps(c->rs->arena, w[1].text, set_names, COUNT(set_names)),
		    "'%s' cannot be set; pool, skill, severity, label, customer and team can", w[1].text);
		return;
	}
	if (stmt->nwords > 3 && strcmp(w[1].text, "label") != 0 && strcmp(w[1].text, "skill") != 0) {
		diag_error(c->d, &w[3], NULL, "%s has one value", w[1].text);
		return;
	}
	set.name = w[1].text;
	set.word = &w[2];
	for (size_t i = 2; i < stmt->nwords; i++) {
		if (i > 2)
			add_piece(c, &set, " ", NULL);
		check_set_value(c, set.name, &w[i]);
		if (!read_pieces(c, &w[i], &set))
			return;
	}
	*(struct set_action *)arena_push(c->rs->arena, &c->rule->sets, &c->rule->nsets, sizeof(set)) = set;
}

static void
compile_file(struct rule_compiler *c, const struct conf_stmt *stmt)
{
	const struct conf_word *w = stmt->words;

	if (stmt->nwords < 2 || stmt->nwords > 3) {
		diag_error(c->d, &w[stmt->nwords - 1], NULL, "expected 'file TEAM' or 'file TEAM help|defect|docs'");
		return;
	}
	if (stmt->nwords == 3 && !is_one_of(w[2].text, file_kinds, COUNT(file_kinds))) {
		diag_error(c->d, &w[2], rule_perhaps(c->rs->arena, w[2].text, file_kinds, COUNT(file_kinds)),
		    "found '%s', expected a kind of filing: help, defect or docs", w[2].text);
		return;
	}
	known_team(c, &w[1]);
	*(struct file_action *)arena_push(c->rs->arena, &c->rule->files, &c->rule->nfiles, sizeof(struct file_action)) =
	    (struct file_action){ w[1].text, stmt->nwords == 3 ? w[2].text : "help" };
}

/* Nobody outside is ever a recipient. */
static bool
may_receive(const struct settings *s, const char *address)
{
	return s == NULL || settings_engineer_by_address(s, address) != NULL || settings_team_by_address(s, address) != NULL ||
	       address_equal(s->operator_address, address) || address_equal(s->fallback, address) || settings_is_staff(s, address);
}

static void
compile_forward(struct rule_compiler *c, const struct conf_stmt *stmt)
{
	const struct conf_word *w = stmt->words;
	enum address_fault fault;

	if (stmt->nwords != 2) {
		diag_error(c->d, &w[stmt->nwords - 1], NULL, "expected 'forward ADDRESS'");
		return;
	}
	fault = address_check(w[1].text);
	if (fault != ADDRESS_OK)
		diag_error(c->d, &w[1], NULL, "'%s' %s: no mail address", w[1].text, address_fault_words(fault));
	else if (c->s != NULL && settings_is_own(c->s, w[1].text))
		diag_error(c->d, &w[1], NULL, "forwarding to the relay's own address would be a loop");
	else if (!may_receive(c->s, w[1].text))
		diag_error(c->d, &w[1], NULL, "'%s' is outside: only staff, engineers, teams, the operator and the fallback may receive", w[1].text);
	else
		*(const char **)arena_push(c->rs->arena, &c->rule->forwards, &c->rule->nforwards, sizeof(char *)) = w[1].text;
}

static void
compile_flag(struct rule_compiler *c, const struct conf_stmt *stmt, bool *flag)
{
	if (stmt->nwords > 1)
		diag_error(c->d, &stmt->words[1], NULL, "nothing follows '%s'", stmt->words[0].text);
	*flag = true;
}

bool
rule_action_compile(struct rule_compiler *c, const struct conf_stmt *stmt)
{
	const char *word = stmt->words[0].text;

	if (!is_one_of(word, rule_action_words, RULE_ACTIONS))
		return false;
	if (stmt->has_block)
		diag_error(c->d, &stmt->words[stmt->nwords - 1],
		    stmt->nwords > 2 ? "a text with { in it stands in quotes, as in \"sev${severity}\"" : NULL, "'%s' has no block", word);
	else if (strcmp(word, "set") == 0)
		compile_set(c, stmt);
	else if (strcmp(word, "file") == 0)
		compile_file(c, stmt);
	else if (strcmp(word, "forward") == 0)
		compile_forward(c, stmt);
	else if (strcmp(word, "ignore") == 0)
		compile_flag(c, stmt, &c->rule->ignore);
	else if (strcmp(word, "quarantine") == 0)
		compile_flag(c, stmt, &c->rule->quarantine);
	else
		compile_flag(c, stmt, &c->rule->go_on);
	return true;
}

/* Names of all captures under n, as far as any can be set. */
static void
add_names(struct rule_compiler *c, const struct node *n, const char ***names, size_t *count)
{
	if (!n->captures)
		return;
	for (size_t i = 0; n->re != NULL && i < regex_name_count(n->re); i++)
		*(const char **)arena_push(c->rs->arena, names, count, sizeof(char *)) = regex_name(n->re, i);
	for (size_t i = 0; i < n->nkids; i++)
		add_names(c, &n->kids[i], names, count);
}

static void
add_rule_names(struct rule_compiler *c, const struct rule *r, const char ***names, size_t *count)
{
	add_names(c, &r->root, names, count);
	for (size_t i = 0; i < r->nrequirements; i++)
		add_names(c, &r->requirements[i].test, names, count);
}

/* Every $name of a set must be captured by this rule or by an earlier one that goes on. */
static void
check_variables(struct rule_compiler *c)
{
	const struct rule *r = c->rule;
	const char **names = NULL;
	size_t n = 0;

	add_rule_names(c, r, &names, &n);
	if (n > RULE_CAPTURES_MAX)
		diag_error(c->d, &r->stmt->words[1], NULL, "the rule has more named captures than %d", RULE_CAPTURES_MAX);
	for (const struct rule *earlier = c->rs->rules; earlier < r; earlier++)
		if (earlier->go_on)
			add_rule_names(c, earlier, &names, &n);
	for (size_t i = 0; i < r->nsets; i++)
		for (size_t j = 0; j < r->sets[i].npieces; j++) {
			const char *name = r->sets[i].pieces[j].variable;

			if (name != NULL && !is_one_of(name, names, n))
				diag_error(c->d, r->sets[i].word, rule_perhaps(c->rs->arena, name, names, n),
				    "nothing captures '%s': no condition of this rule or of an earlier 'continue' has (?<%s>...)", name, name);
		}
}

void
rule_actions_check(struct rule_compiler *c)
{
	const struct rule *r = c->rule;
	const struct conf_word *name = &r->stmt->words[1];
	bool sends = r->nfiles > 0 || r->nforwards > 0;

	check_variables(c);
	if (r->ignore + r->quarantine + sends > 1)
		diag_error(c->d, name, NULL, "ignore, quarantine and sending (file, forward) exclude each other");
	if (r->go_on && (r->ignore || r->quarantine || sends))
		diag_error(c->d, name, NULL, "a rule that goes on ('continue') only sets; it cannot ignore, quarantine, file or forward");
	if (r->nrequirements > 0 && (r->ignore || r->quarantine))
		diag_warning(c->d, name, NULL, "nobody is asked what 'require' misses, since the mail goes no further");
}

const char *
rule_expand(struct arena *a, const struct set_action *set, const struct capture *own, size_t nown, const struct decision *earlier)
{
	AUTO_BUF struct buf b;
	const char *out;

	buf_init(&b, (size_t)RULE_VALUE_BYTES * 4);
	for (size_t i = 0; i < set->npieces; i++) {
		const struct piece *p = &set->pieces[i];
		const char *value = p->text;

		for (size_t j = 0; value == NULL && j < nown; j++)
			if (strcmp(own[j].name, p->variable) == 0)
				value = own[j].value;
		if (value == NULL)
			value = decision_capture(earlier, p->variable);
		if (value == NULL)
			return NULL;
		buf_puts(&b, value);
	}
	out = text_squeeze(a, b.data);
	if (strcmp(set->name, "severity") == 0 && (out[0] < '0' || out[0] > '9' || out[1] != '\0'))
		return NULL; /* a stranger's text is no severity */
	return arena_strndup(a, out, utf8_cut(out, strlen(out), RULE_VALUE_BYTES));
}

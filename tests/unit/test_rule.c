/* Goal: rules are tried in order with three answers, capture, act, and complain exactly when they are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ground/buf.h"
#include "ground/mem.h"
#include "judge/rule.h"

/* One story: rules, a mail, a decision. */
struct story {
	struct arena *a;
	struct ruleset *rs;
	struct diag diag;
	struct message m;
	struct forward f;
	struct decision d;
};

static struct person to[] = { { "Support", "support@example.com" }, { "", "Second@Example.com" } };
static struct field fields[] = { { .name = "X-Tag", .value = "one" }, { .name = "x-tag", .value = "two" },
	{ .name = "List-Id", .value = "<desk.example.com>" } };
static struct attachment attachments[] = { { "screen.png", "image/png", 10 }, { "", "text/calendar", 20 } };

static struct ruleset *
compile(struct story *s, const char *rules, const struct settings *settings)
{
	struct conf_tree *tree;

	diag_init(&s->diag, s->a);
	tree = conf_read_text(s->a, "t.rules", rules, strlen(rules), true, &s->diag);
	return ruleset_compile(s->a, tree, settings, &s->diag);
}

static int
begin(void **state)
{
	struct story *s = xcalloc(1, sizeof(*s));

	s->a = arena_new();
	s->f = (struct forward){ .from = { "Wile", "wile@acme.example" }, .subject = "Search is down", .date = "",
		.body = "zoekt panics on v5.3.2\nTicket #4711", .comment = "please help" };
	s->m = (struct message){ .from = { "Ada", "ada@example.com" }, .from_count = 1, .to = { to, COUNT(to) },
		.subject = "Fwd: [SEV-1] Search is down", .fields = fields, .nfields = COUNT(fields),
		.attachments = attachments, .nattachments = COUNT(attachments), .size = 5000, .kind = KIND_FORWARD,
		.text = "please help\n> zoekt panics on v5.3.2\nTicket #4711", .visible_text = "please help", .quoted = "", .forward = &s->f };
	*state = s;
	return 0;
}

static int
end(void **state)
{
	struct story *s = *state;

	ruleset_free(s->rs);
	arena_free(s->a);
	free(s);
	return 0;
}

static const struct decision *
decide(struct story *s, const char *rules)
{
	AUTO_BUF struct buf b;

	buf_init(&b, 1 << 20);
	ruleset_free(s->rs);
	s->rs = compile(s, rules, NULL);
	if (s->rs == NULL) {
		diag_print(&s->diag, &b, false);
		fail_msg("%s", b.data);
	}
	rule_decide(s->rs, s->a, &s->m, "acme", &s->d);
	return &s->d;
}

/* Whether a rule with this one condition holds. */
static enum rule_verdict
holds(struct story *s, const char *condition)
{
	return decide(s, arena_printf(s->a, "rule r {\n%s\n}\n", condition))->trace[0].verdict;
}

static void
wrong_with(struct story *s, const struct settings *settings, const char *rules, unsigned line, unsigned column, const char *words)
{
	const struct diag_item *e;

	assert_null(compile(s, rules, settings));
	assert_true(s->diag.n > 0);
	e = &s->diag.items[0];
	if (strstr(e->message, words) == NULL && (e->hint == NULL || strstr(e->hint, words) == NULL))
		fail_msg("neither '%s' nor '%s' speaks of '%s'", e->message, e->hint ? e->hint : "", words);
	if (e->pos.line != line || e->pos.column != column)
		fail_msg("'%s' is said of %u:%u, expected %u:%u", e->message, e->pos.line, e->pos.column, line, column);
}

static void
wrong(struct story *s, const char *statement, unsigned column, const char *words)
{
	wrong_with(s, NULL, arena_printf(s->a, "rule r {\n%s\n}\n", statement), 2, column, words);
}

static void
test_every_field_is_seen(void **state)
{
	static const char *const yes[] = { "subject ~ /sev-1/i", "subject = \"Fwd: [SEV-1] Search is down\"", "subject like *down",
		"from = ADA@example.com", "from like *@example.com", "to = second@example.com", "to ~ /^support@/", "text = \"please help\"",
		"body ~ /zoekt/", "original.from = wile@acme.example", "original.subject like search*", "original.body ~ /^Ticket/m",
		"header X-Tag = two", "header x-TAG ~ /^one$/", "header List-Id like *", "attachment = screen.png", "attachment like *.PNG",
		"attachment = text/calendar", "size > 4k", "size < 5001", "size = 5000", "kind = forward", "kind != new", "customer = acme",
		"customer like a*" };
	static const char *const no[] = { "subject ~ /sev-1/", "subject = \"fwd: [sev-1] search is down\"", "subject like down*",
		"cc like *", "text ~ /zoekt/", "from ~ /Ada/", "header X-Other like *", "header X-Tag = three", "attachment like *.jpg", "size > 5000",
		"size < 5000", "size != 5000", "kind = new", "customer = umbrella", "original.from like *@example.com" };

	for (size_t i = 0; i < COUNT(yes); i++)
		if (holds(*state, yes[i]) != RULE_YES)
			fail_msg("should hold: %s", yes[i]);
	for (size_t i = 0; i < COUNT(no); i++)
		if (holds(*state, no[i]) != RULE_NO)
			fail_msg("should not hold: %s", no[i]);
}

static void
test_of_several_values_a_positive_test_needs_one_and_a_negated_one_none(void **state)
{
	assert_int_equal(holds(*state, "to ~ /support/"), RULE_YES);
	assert_int_equal(holds(*state, "to !~ /support/"), RULE_NO);
	assert_int_equal(holds(*state, "to !~ /umbrella/"), RULE_YES);
	assert_int_equal(holds(*state, "to !like *@example.com"), RULE_NO);
	assert_int_equal(holds(*state, "header X-Tag != two"), RULE_NO);
	assert_int_equal(holds(*state, "cc !~ /./"), RULE_YES);      /* no value at all: none matches */
	assert_int_equal(holds(*state, "header X-None != two"), RULE_YES);
}

static void
test_what_is_not_there_has_no_values(void **state)
{
	struct story *s = *state;

	s->m.forward = NULL;
	s->m.visible_text = NULL;
	assert_int_equal(holds(s, "original.subject like *"), RULE_NO);
	assert_int_equal(holds(s, "original.from !like *"), RULE_YES);
	assert_int_equal(holds(s, "original.body ~ /^/"), RULE_NO);
	assert_int_equal(holds(s, "text like *"), RULE_NO);
}

static void
test_a_forwarded_attachment_is_readable_text_too(void **state)
{
	struct story *s = *state;

	s->m.text = "please help";
	assert_int_equal(holds(s, "body ~ /zoekt/"), RULE_YES);
	assert_int_equal(holds(s, "body ~ /please/"), RULE_YES);
	assert_int_equal(holds(s, "body !~ /zoekt/"), RULE_NO);
}

static void
test_a_name_without_an_address_can_stand_for_the_sender(void **state)
{
	struct story *s = *state;

	s->f.from.address = "";
	assert_int_equal(holds(s, "original.from ~ /Wile/"), RULE_YES);
	assert_int_equal(holds(s, "original.from like *@acme.example"), RULE_NO);
}

static void
test_blocks_nest(void **state)
{
	assert_int_equal(holds(*state, "any { subject ~ /nope/; subject ~ /down/ }"), RULE_YES);
	assert_int_equal(holds(*state, "any { subject ~ /nope/; subject ~ /never/ }"), RULE_NO);
	assert_int_equal(holds(*state, "none { subject ~ /nope/; subject ~ /never/ }"), RULE_YES);
	assert_int_equal(holds(*state, "none { subject ~ /nope/; subject ~ /down/ }"), RULE_NO);
	assert_int_equal(holds(*state, "all { subject ~ /Search/; subject ~ /down/ }"), RULE_YES);
	assert_int_equal(holds(*state, "any { all { kind = new; size > 1 }; none { kind = new } }"), RULE_YES);
	assert_int_equal(holds(*state, "none { any { kind = new; none { size > 1 } } }"), RULE_YES);
	assert_int_equal(holds(*state, "none { all { kind = forward; any { size < 1; size > 4999 } } }"), RULE_NO);
	assert_int_equal(holds(*state, "subject ~ /down/\nsubject ~ /nope/"), RULE_NO); /* all conditions hold */
	assert_int_equal(holds(*state, ""), RULE_YES);
}

#define BLOWS_UP "/^(a+)+$/"

static void
test_stuck_is_neither_yes_nor_no(void **state)
{
	struct story *s = *state;

	s->m.subject = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";
	assert_int_equal(holds(s, "subject ~ " BLOWS_UP), RULE_STUCK);
	assert_int_equal(holds(s, "subject !~ " BLOWS_UP), RULE_STUCK);
	assert_int_equal(holds(s, "none { subject ~ " BLOWS_UP " }"), RULE_STUCK);
	/* Another condition may settle it all the same. */
	assert_int_equal(holds(s, "subject ~ " BLOWS_UP "\nkind = new"), RULE_NO);
	assert_int_equal(holds(s, "subject ~ " BLOWS_UP "\nbody ~ /nope/"), RULE_NO);
	assert_int_equal(holds(s, "any { subject ~ " BLOWS_UP "; kind = forward }"), RULE_YES);
	assert_int_equal(holds(s, "any { subject ~ " BLOWS_UP "; body ~ /zoekt/ }"), RULE_YES);
	assert_int_equal(holds(s, "none { subject ~ " BLOWS_UP "; body ~ /zoekt/ }"), RULE_NO);
}

static void
test_a_stuck_rule_is_listed_and_the_next_one_tried(void **state)
{
	struct story *s = *state;
	const struct decision *d;

	s->m.subject = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";
	d = decide(s, "rule a { subject ~ " BLOWS_UP " }\nrule b { kind = forward }\n");
	assert_int_equal(d->verdict, RULE_YES);
	assert_string_equal(d->rule, "b");
	assert_int_equal(d->nstuck, 1);
	assert_string_equal(d->stuck[0], "a");
	assert_string_equal(d->trace[0].failed, "subject ~ " BLOWS_UP);
	d = decide(s, "rule a { subject ~ " BLOWS_UP " }\nrule b { kind = new }\n");
	assert_int_equal(d->verdict, RULE_STUCK);
	assert_null(d->rule);
	assert_false(d->open);
	d = decide(s, "rule b { kind = new }\n");
	assert_int_equal(d->verdict, RULE_NO);
}

static void
test_a_stuck_rule_before_an_ignore_means_quarantine(void **state)
{
	struct story *s = *state;
	const struct decision *d;

	d = decide(s, "rule noise { kind = forward; ignore }\n");
	assert_true(d->ignore);
	assert_false(d->quarantine);
	assert_false(d->open);
	s->m.subject = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";
	d = decide(s, "rule a { subject ~ " BLOWS_UP " }\nrule noise { kind = forward; ignore }\n");
	assert_int_equal(d->verdict, RULE_YES);
	assert_string_equal(d->rule, "noise");
	assert_false(d->ignore);
	assert_true(d->quarantine);
	d = decide(s, "rule noise { kind = forward; ignore }\nrule a { subject ~ " BLOWS_UP " }\n");
	assert_true(d->ignore);
}

static void
test_the_first_match_wins_in_file_order(void **state)
{
	const struct decision *d = decide(*state, "rule a { kind = new }\nrule b { kind = forward }\nrule c { kind = forward }\n");

	assert_string_equal(d->rule, "b");
	assert_int_equal(d->line, 2);
	assert_string_equal(d->file, "t.rules");
	assert_true(d->open);
	assert_int_equal(d->ntrace, 2);
	assert_int_equal(d->trace[0].verdict, RULE_NO);
	assert_string_equal(d->trace[0].failed, "kind = new");
	assert_string_equal(d->trace[0].on, "forward");
	assert_int_equal(d->trace[1].verdict, RULE_YES);
	assert_null(d->trace[1].failed);
}

static void
test_the_trace_names_the_condition_inside_its_block(void **state)
{
	const struct decision *d = decide(*state, "rule a {\n  none { subject ~ /nope/; subject   ~ /down/ }\n}\n"
	    "rule b { any { subject ~ /nope/\n subject ~ /never/ } }\nrule c { all { kind = forward; all { size > 9M } } }\n"
	    "rule d { body ~ /nope/; kind = new }\n");

	assert_string_equal(d->trace[0].failed, "subject   ~ /down/");
	assert_string_equal(d->trace[1].failed, "any { subject ~ /nope/; subject ~ /never/ }");
	assert_string_equal(d->trace[2].failed, "size > 9M");
	assert_string_equal(d->trace[3].failed, "kind = new"); /* short fields before bodies */
}

static void
test_captures_come_in_written_order(void **state)
{
	struct story *s = *state;
	const struct decision *d = decide(s, "rule r {\n body ~ /v(?<x>\\d)/\n subject ~ /SEV-(?<x>\\d)(?<unset>z)?/\n"
	    " any { subject ~ /(?<none>nope)/; original.body ~ /Ticket #(?<ticket>\\d+)/ }\n none { subject ~ /(?<never>nope)/ }\n}\n");

	assert_string_equal(decision_capture(d, "x"), "5"); /* the body's stands first, though the subject is tried first */
	assert_string_equal(decision_capture(d, "ticket"), "4711");
	assert_null(decision_capture(d, "none"));
	assert_null(decision_capture(d, "unset"));
	assert_null(decision_capture(d, "never"));
	assert_int_equal(d->ncaptures, 2);
	d = decide(s, "rule r { to ~ /(?<who>second)/i }\n"); /* from the value that matched */
	assert_string_equal(decision_capture(d, "who"), "Second");
	d = decide(s, "rule r { subject ~ /(?:SEV-(?<n>9)|(?<n2>S)earch)/ }\n");
	assert_null(decision_capture(d, "n"));
	assert_string_equal(decision_capture(d, "n2"), "S");
}

static void
test_sets_expand_captures_once(void **state)
{
	struct story *s = *state;
	const struct decision *d;

	s->m.subject = "Fwd: [SEV-1] $x ${label} costs";
	d = decide(s, "rule r {\n subject ~ /SEV-(?<severity>\\d)\\] (?<x>.*)/\n any { kind = forward; body ~ /(?<unset>nope)/ }\n"
	    " set severity $severity\n set label \"sev${severity}: $x for 5$$\"\n set pool core\n set team $unset\n}\n");
	assert_string_equal(rule_setting(d, "severity"), "1");
	assert_string_equal(rule_setting(d, "label"), "sev1: $x ${label} costs for 5$");
	assert_string_equal(rule_setting(d, "pool"), "core");
	assert_null(rule_setting(d, "team")); /* from an unset capture: skipped */
	assert_int_equal(d->nsets, 3);
	d = decide(s, "rule r { subject ~ /(?<severity>Fwd)/; set severity 2; set severity $severity }\n");
	assert_string_equal(rule_setting(d, "severity"), "2"); /* a word is no severity */
}

static void
test_continue_counts_its_sets_and_goes_on(void **state)
{
	const struct decision *d = decide(*state, "rule a { subject ~ /SEV-(?<n>\\d)/; set severity $n; set label early; continue }\n"
	    "rule b { kind = new; set severity 9; continue }\n"
	    "rule c { kind = forward; set label late; set team $n }\n");

	assert_string_equal(d->rule, "c");
	assert_string_equal(rule_setting(d, "severity"), "1");
	assert_string_equal(rule_setting(d, "label"), "late");
	assert_string_equal(rule_setting(d, "team"), "1");  /* an earlier rule's capture */
	assert_string_equal(decision_capture(d, "n"), "1");
	assert_int_equal(d->ntrace, 3);
	d = decide(*state, "rule a { set label only; continue }\n");
	assert_int_equal(d->verdict, RULE_NO);              /* nothing decided */
	assert_false(d->open);
}

static void
test_actions(void **state)
{
	const struct decision *d = decide(*state, "rule r { file search; file cloud defect; forward desk@example.com }\n");

	assert_int_equal(d->nfiles, 2);
	assert_string_equal(d->files[0].team, "search");
	assert_string_equal(d->files[0].kind, "help");
	assert_string_equal(d->files[1].kind, "defect");
	assert_int_equal(d->nforwards, 1);
	assert_string_equal(d->forwards[0], "desk@example.com");
	assert_false(d->open);
	d = decide(*state, "rule r { quarantine }\n");
	assert_true(d->quarantine);
	assert_false(d->open);
}

static void
test_missing_facts_become_questions(void **state)
{
	const struct decision *d = decide(*state, "rule r {\n require version ~ /v(?<version>[\\d.]+)/ \"Which version?\"\n"
	    " require steps ~ /steps/ \"Which steps?\"\n require attachment like *.log \"The logs?\"\n set label $version\n}\n");

	assert_true(d->open);
	assert_int_equal(d->nmissing, 2);
	assert_string_equal(d->missing[0].question, "Which steps?");
	assert_string_equal(d->missing[1].question, "The logs?");
	assert_string_equal(rule_setting(d, "label"), "5.3.2");
}

static void
test_text_that_blows_up_everything_is_given_up(void **state)
{
	struct story *s = *state;
	const size_t len = 200000;
	char *text = arena_alloc(s->a, len + 1);
	AUTO_BUF struct buf rules;
	const struct decision *d;

	memset(text, 'a', len);
	text[len - 1] = '!';
	s->m.text = text;
	s->m.forward = NULL;
	buf_init(&rules, 1 << 20);
	for (int i = 0; i < 50; i++)
		buf_printf(&rules, "rule r%d { body ~ /^(a+)+$/ }\n", i);
	buf_puts(&rules, "rule last { kind = forward; subject ~ /down/ }\n");
	d = decide(s, rules.data);
	assert_int_equal(d->nstuck, 50);
	assert_string_equal(d->rule, "last");
}

static void
test_complaints_say_where(void **state)
{
	struct story *s = *state;

	wrong(s, "subjct ~ /x/", 1, "perhaps 'subject'");
	wrong(s, "igonre", 1, "perhaps 'ignore'");
	wrong(s, "subject matches /x/", 9, "expected an operator");
	wrong(s, "subject !lik x", 9, "perhaps '!like'");
	wrong(s, "subject ~ \"x\"", 11, "regular expression");
	wrong(s, "subject ~", 9, "expected a value");
	wrong(s, "subject", 1, "expected an operator");
	wrong(s, "subject = a b", 13, "quotes");
	wrong(s, "subject < 3", 9, "sizes");
	wrong(s, "size ~ /3/", 6, "size is compared");
	wrong(s, "size > big", 8, "number of bytes");
	wrong(s, "size > 99999999999999999999", 8, "number of bytes");
	wrong(s, "header ~ /x/", 10, "operator");
	wrong(s, "kind = froward", 8, "perhaps 'forward'");
	wrong(s, "any", 1, "any { conditions }");
	wrong(s, "any { ignore }", 7, "expected a field");
	wrong(s, "set sevrity 1", 5, "perhaps 'severity'");
	wrong(s, "set severity 12", 14, "digit");
	wrong(s, "set severity", 5, "set NAME VALUE");
	wrong(s, "set label $nope", 11, "nothing captures 'nope'");
	wrong(s, "set label \"5 $\"", 14, "$$");
	wrong(s, "file", 1, "file TEAM");
	wrong(s, "file search hlep", 13, "perhaps 'help'");
	wrong(s, "forward desk", 9, "no mail address");
	wrong(s, "ignore it", 8, "nothing follows");
	wrong(s, "matches", 1, "matches FILE");
	wrong(s, "require version ~ /x/", 19, "what to ask");
	wrong_with(s, NULL, "rule { ignore }\n", 1, 1, "rule \"NAME\"");
	wrong_with(s, NULL, "rule two words { ignore }\n", 1, 10, "quotes");
	wrong_with(s, NULL, "rule r { ignore; quarantine }\n", 1, 6, "exclude each other");
	wrong_with(s, NULL, "rule r { ignore; continue }\n", 1, 6, "goes on");
	wrong_with(s, NULL, "rule r { subject ~ /(?<sev>x)/; set label $sve }\n", 1, 43, "perhaps 'sev'");
}

static void
test_a_bad_pattern_is_shown_at_its_own_place(void **state)
{
	struct story *s = *state;
	AUTO_BUF struct buf b;

	wrong(s, "subject ~ /^\\[sev-(2\\]/i", 23, "parenthesis");
	wrong(s, "subject ~ /a\\/b(?<1>)/", 19, "subpattern name");
	wrong(s, "from ~ /*@acme.example/", 9, "looks like a glob");
	buf_init(&b, 65536);
	diag_print(&s->diag, &b, false);
	assert_non_null(strstr(b.data, "t.rules:2:9: error:"));
	ruleset_free(compile(s, "rule r { from ~ /jenkins*@example/ }\n", NULL));
	assert_int_equal(s->diag.errors, 0);
	assert_int_equal(s->diag.n, 1); /* it compiles, with a word of warning */
	assert_non_null(strstr(s->diag.items[0].hint, "glob"));
}

static void
test_names_of_the_configuration_are_checked(void **state)
{
	struct story *s = *state;
	static struct team teams[] = { { .name = "search", .email = "search-help@example.net" }, { .name = "cloud", .email = "c@example.net" } };
	static const char *pools[] = { "core" }, *staff[] = { "example.com" }, *skills[] = { "search", "go" };
	static struct engineer ada = { .name = "ada", .skills = skills, .nskills = 2 };
	static struct engineer *engineers[] = { &ada };
	static struct customer customers[] = { { .name = "acme" } };
	struct settings set = { .address = "escalations@example.com", .operator_address = "ops@partner.example", .fallback = "ops@partner.example",
		.staff = staff, .nstaff = 1, .teams = teams, .nteams = 2, .pools = pools, .npools = 1, .engineers = engineers, .nengineers = 1,
		.customers = customers, .ncustomers = 1 };

	wrong_with(s, &set, "rule r { file serach }\n", 1, 15, "perhaps 'search'");
	wrong_with(s, &set, "rule r { set team clud }\n", 1, 19, "perhaps 'cloud'");
	wrong_with(s, &set, "rule r { set pool cores }\n", 1, 19, "perhaps 'core'");
	wrong_with(s, &set, "rule r { set skill search rust }\n", 1, 27, "engineer with skill 'rust'");
	wrong_with(s, &set, "rule r { set customer acne }\n", 1, 23, "perhaps 'acme'");
	wrong_with(s, &set, "rule r { customer = acne }\n", 1, 21, "perhaps 'acme'");
	wrong_with(s, &set, "rule r { forward ceo@elsewhere.example }\n", 1, 18, "outside");
	s->rs = compile(s, "rule r { customer = acme; set team Cloud; set pool core; set skill go search; forward search-help@example.net\n"
	    "forward ops@partner.example; forward anyone@eu.example.com }\n", &set);
	assert_non_null(s->rs);
	assert_int_equal(s->diag.n, 0);
}

static void
test_all_complaints_come_at_once(void **state)
{
	struct story *s = *state;

	assert_null(compile(s, "rule a { subjct ~ /x/ }\nrule b { any { kind = nwe; size > x }\nset severity 77 }\nrule c { subject ~ /(/ }\n", NULL));
	assert_int_equal(s->diag.errors, 5);
}

static void
test_the_hash_is_of_the_rules_not_of_their_blanks(void **state)
{
	struct story *s = *state;
	char first[65];

	decide(s, "rule a { subject ~ /x/i; ignore }\n");
	snprintf(first, sizeof(first), "%s", ruleset_hash(s->rs));
	assert_int_equal(strlen(first), 64);
	assert_int_equal(ruleset_count(s->rs), 1);
	decide(s, "# a word\nrule a {\n\tsubject   ~ /x/i\n\tignore\n}\n");
	assert_string_equal(first, ruleset_hash(s->rs));
	decide(s, "rule a { subject ~ /x/; ignore }\n");
	assert_string_not_equal(first, ruleset_hash(s->rs));
	decide(s, "rule a { any { subject ~ /x/i }; ignore }\n");
	assert_string_not_equal(first, ruleset_hash(s->rs));
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
test_examples_are_run_by_the_same_engine(void **state)
{
	struct story *s = *state;
	char dir[] = "/tmp/escrelay-rule-XXXXXX";
	char *mail, *rules;
	struct conf_tree *tree;

	assert_non_null(mkdtemp(dir));
	mail = arena_printf(s->a, "%s/down.eml", dir);
	rules = arena_printf(s->a, "%s/t.rules", dir);
	write_file(mail, "From: ada@example.com\nTo: x@example.com\nSubject: search is down\n\nbody\n");
	write_file(rules, "rule a { subject ~ /cellar/; matches down.eml }\n" /* does not hold */
	    "rule b { subject ~ /down/; rejects down.eml }\n"                 /* holds */
	    "rule c { subject ~ /search/; matches down.eml; rejects gone.eml }\n" /* b takes it; no such file */
	    "rule d { subject ~ /cellar/; rejects down.eml }\n");             /* as it should be */
	diag_init(&s->diag, s->a);
	tree = conf_read(s->a, rules, &s->diag);
	s->rs = ruleset_compile(s->a, tree, NULL, &s->diag);
	assert_non_null(s->rs);
	assert_int_equal(ruleset_examples(s->rs, &s->diag), 5);
	assert_int_equal(s->diag.errors, 4);
	assert_non_null(strstr(s->diag.items[0].message, "does not hold: subject ~ /cellar/"));
	assert_int_equal(s->diag.items[0].pos.line, 1);
	assert_non_null(strstr(s->diag.items[1].message, "should reject"));
	assert_non_null(strstr(s->diag.items[2].message, "rule 'b'"));
	assert_non_null(strstr(s->diag.items[3].message, "cannot read"));
	unlink(mail);
	unlink(rules);
	rmdir(dir);
}

static void
test_lint_finds_what_compiles_and_is_wrong_all_the_same(void **state)
{
	struct story *s = *state;

	decide(s, "rule a { kind = new; set label x }\nrule a { kind = new }\nrule all { body ~ /.*/ }\nrule b { }\nrule c { kind = list }\n");
	diag_init(&s->diag, s->a);
	assert_int_equal(ruleset_lint(s->rs, &s->diag), 9); /* five without examples */
	assert_non_null(strstr(s->diag.items[1].message, "already at t.rules:1"));
	assert_non_null(strstr(s->diag.items[2].message, "same conditions"));
	assert_non_null(strstr(s->diag.items[4].message, "matches everything"));
	assert_non_null(strstr(s->diag.items[7].message, "never reached: rule 'b'"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_field_is_seen),
		TEST(test_of_several_values_a_positive_test_needs_one_and_a_negated_one_none),
		TEST(test_what_is_not_there_has_no_values),
		TEST(test_a_forwarded_attachment_is_readable_text_too),
		TEST(test_a_name_without_an_address_can_stand_for_the_sender),
		TEST(test_blocks_nest),
		TEST(test_stuck_is_neither_yes_nor_no),
		TEST(test_a_stuck_rule_is_listed_and_the_next_one_tried),
		TEST(test_a_stuck_rule_before_an_ignore_means_quarantine),
		TEST(test_the_first_match_wins_in_file_order),
		TEST(test_the_trace_names_the_condition_inside_its_block),
		TEST(test_captures_come_in_written_order),
		TEST(test_sets_expand_captures_once),
		TEST(test_continue_counts_its_sets_and_goes_on),
		TEST(test_actions),
		TEST(test_missing_facts_become_questions),
		TEST(test_text_that_blows_up_everything_is_given_up),
		TEST(test_complaints_say_where),
		TEST(test_a_bad_pattern_is_shown_at_its_own_place),
		TEST(test_names_of_the_configuration_are_checked),
		TEST(test_all_complaints_come_at_once),
		TEST(test_the_hash_is_of_the_rules_not_of_their_blanks),
		TEST(test_examples_are_run_by_the_same_engine),
		TEST(test_lint_finds_what_compiles_and_is_wrong_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: rules are tried in order with three answers, capture and act. */
#include "../support/rule_story.h"

/* Whether a rule with this one condition holds. */
static enum rule_verdict
holds(struct story *s, const char *condition)
{
	return decide(s, arena_printf(s->a, "rule r {\n%s\n}\n", condition))->trace[0].verdict;
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
	d = decide(*state, "rule a { require x ~ /nope/ \"What?\"; continue }\nrule b { require y ~ /never/ \"What?\"; require z ~ /no/ \"Why?\" }\n");
	assert_int_equal(d->nmissing, 2); /* nobody is asked the same twice */
}

/* "Label: value" of each fact, in order. */
static const char *
facts_of(struct story *s, const char *rules)
{
	const struct decision *d = decide(s, rules);
	const char *all = "";

	for (size_t i = 0; i < d->nfacts; i++)
		all = arena_printf(s->a, "%s%s: %s\n", all, d->facts[i].label, d->facts[i].value);
	return all;
}

static void
test_what_was_found_becomes_facts(void **state)
{
	struct story *s = *state;

	/* The named group of a requirement, else all that it matched, else the value; then what the conditions captured. */
	assert_string_equal(facts_of(s, "rule r {\n subject ~ /(?<severity>\\d).*(?<what_is_it>Search)/\n"
	    " require version ~ /v(?<version>[\\d.]+)/ \"?\"\n require kind-of-trouble ~ /zoekt \\w+/ \"?\"\n"
	    " require attachment like *.png \"?\"\n require steps ~ /steps/ \"?\"\n}\n"),
	    "Version: 5.3.2\nKind of trouble: zoekt panics\nAttachment: screen.png\nWhat is it: Search\n");
	/* Of one label the first; what a set shows is not shown twice. */
	assert_string_equal(facts_of(s, "rule a { body ~ /(?<x>zoekt)/; continue }\n"
	    "rule b { require x ~ /panics/ \"?\"; body ~ /(?<team>Ticket)/; set team $team }\n"), "X: panics\n");
	assert_string_equal(facts_of(s, "rule r { kind = forward; ignore }\n"), "");
}

static void
test_a_fact_is_one_line_of_clean_text(void **state)
{
	struct story *s = *state;
	char *lots = arena_alloc(s->a, 2001);

	memset(lots, 'x', 2000);
	s->m.text = "log: one\r\n\ttwo \x1b[31m\xe2\x80\xae three:";
	s->m.forward = NULL;
	assert_string_equal(facts_of(s, "rule r { require log ~ /one.*three/s \"?\" }\n"), "Log: one two \\x1b[31m\\u{202e} three\n");
	s->m.text = lots;
	decide(s, "rule r { require log ~ /x+/ \"?\" }\n");
	assert_true(strlen(s->d.facts[0].value) <= RULE_FACT_BYTES);
	s->m.text = "  \n ";
	assert_string_equal(facts_of(s, "rule r { require log ~ /\\s+/ \"?\" }\n"), "");
}

static void
test_the_trace_knows_what_a_rule_cost(void **state)
{
	struct story *s = *state;
	struct decision d;

	decide(s, "rule a { kind = new; body ~ /zoekt/ }\nrule b { subject ~ /never/; body ~ /zoekt/ }\nrule c { body ~ /.*v5/s }\n");
	assert_int_equal(s->d.trace[0].searches, 0);            /* the word decided it */
	assert_int_equal(s->d.trace[1].searches, 1);            /* the short text before the long one */
	assert_int_equal(s->d.trace[1].bytes, strlen(s->m.subject));
	assert_int_equal(s->d.trace[2].searches, 1);
	assert_int_equal(s->d.trace[2].steps, 0);               /* not asked for */
	rule_explain(s->rs, s->a, &s->m, "acme", &d);
	assert_true(d.trace[2].steps > 0 && d.trace[2].steps < 1000);
	assert_string_equal(d.rule, "c");
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

/* Where several patterns look at one text, what they cannot do without is looked for in one pass: it changes no answer but "stuck". */
static void
test_what_cannot_match_is_a_plain_no(void **state)
{
	struct story *s = *state;
	const struct decision *d;

	s->m.subject = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \xe2\x84\xaa" "elvin mi\xc5\xbf\xc5\xbf! x t";
	d = decide(s, "rule a { subject ~ /nope/ }\nrule b { subject ~ /never/i }\nrule c { subject ~ /^(a+)+x zoekt/ }\n"
	    "rule d { subject ~ /^(a+)+x/ }\nrule e { subject ~ /kelvin/ }\nrule f { subject ~ /KELVIN MISS(?<end>.)/i }\n");
	assert_int_equal(d->trace[2].verdict, RULE_NO);
	assert_string_equal(d->trace[2].failed, "subject ~ /^(a+)+x zoekt/");
	assert_string_equal(d->trace[2].on, s->m.subject);
	assert_int_equal(d->trace[2].searches, 1);
	assert_int_equal(d->trace[3].verdict, RULE_STUCK); /* nothing is known of what it needs: it is tried */
	assert_int_equal(d->trace[4].verdict, RULE_NO);
	assert_string_equal(d->rule, "f");
	assert_string_equal(decision_capture(d, "end"), "!");
}

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
		TEST(test_what_was_found_becomes_facts),
		TEST(test_a_fact_is_one_line_of_clean_text),
		TEST(test_the_trace_knows_what_a_rule_cost),
		TEST(test_text_that_blows_up_everything_is_given_up),
		TEST(test_what_cannot_match_is_a_plain_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

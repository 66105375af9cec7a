/* Goal: rules as they were written are found again and compared by what they say, and a decision notes the patterns that were tried. */
#include "../support/rule_story.h"

static struct conf_tree *
read_rules(struct story *s, const char *rules)
{
	diag_init(&s->diag, s->a);
	return conf_read_text(s->a, "t.rules", rules, strlen(rules), true, &s->diag);
}

static void
test_a_kept_text_leads_to_where_each_rule_stood(void **state)
{
	struct story *s = *state;
	struct conf_tree *kept;
	struct rule_place at;

	decide(s, "# head\n\nrule a { subject ~ /x/ } # tail\nrule \"b c\" {\n    ignore\n}\n");
	kept = read_rules(s, ruleset_text(s->rs, s->a));
	assert_int_equal(kept->nstmts, 2);
	rule_was_at(s->a, rule_find(s->a, kept, "b c"), &at);
	assert_string_equal(at.name, "b c");
	assert_string_equal(at.file, "t.rules");
	assert_int_equal(at.line, 4);
	rule_was_at(s->a, rule_find(s->a, kept, "a"), &at);
	assert_int_equal(at.line, 3);
	assert_null(rule_find(s->a, kept, "c"));
}

static void
test_without_a_comment_above_it_stands_where_it_is(void **state)
{
	struct story *s = *state;
	const char *const texts[] = { "\nrule a { ignore }\n", "#\nrule a { ignore }\n", "# no place\nrule a { ignore }\n", "# x:0\nrule a { ignore }\n" };
	struct rule_place at;

	for (size_t i = 0; i < COUNT(texts); i++) {
		rule_was_at(s->a, rule_find(s->a, read_rules(s, texts[i]), "a"), &at);
		assert_string_equal(at.file, "t.rules");
		assert_int_equal(at.line, 2);
	}
}

static bool
same(struct story *s, const char *x, const char *y, bool but_name)
{
	return rule_same(&read_rules(s, x)->stmts[0], &read_rules(s, y)->stmts[0], but_name);
}

static void
test_what_rules_say_is_compared_without_blanks(void **state)
{
	struct story *s = *state;
	const char *one = "rule a { subject ~ /x/i; none { body ~ /y/ } }";

	assert_true(same(s, one, "rule a {\n\tsubject ~ /x/i # why\n\tnone {\n body ~ /y/ }\n}", false));
	assert_true(same(s, one, "rule b { subject ~ /x/i; none { body ~ /y/ } }", true));
	assert_false(same(s, one, "rule b { subject ~ /x/i; none { body ~ /y/ } }", false));
	assert_false(same(s, one, "rule a { subject ~ /x/; none { body ~ /y/ } }", true));
	assert_false(same(s, one, "rule a { subject ~ /x/i; any { body ~ /y/ } }", true));
	assert_false(same(s, one, "rule a { subject ~ /x/i; none { body ~ /z/ } }", true));
	assert_false(same(s, one, "rule a { subject ~ /x/i }", true));
	assert_false(same(s, "rule a { subject = x }", "rule a { subject = \"x\" }", true));
	assert_false(same(s, "rule a { set label x }", "rule a { set team x }", true)); /* the name of an inner word is no name */
}

static void
test_patterns_that_found_something_are_noted(void **state)
{
	struct story *s = *state;
	const struct decision *d = decide(s, "rule a { subject ~ /search/i; body ~ /never/ }\nrule b { subject !~ /never/; subject !~ /down/ }\n"
	    "rule c { attachment ~ /calendar/; require version ~ /v5/ \"?\"; require other ~ /v6/ \"?\"; set label x }\n");

	assert_string_equal(d->rule, "c");
	assert_int_equal(d->npatterns, 4);
	assert_string_equal(d->patterns[0].pattern, "subject ~ /search/i"); /* though its rule does not hold */
	assert_string_equal(d->patterns[0].rule, "a");
	assert_string_equal(d->patterns[1].pattern, "subject !~ /down/");
	assert_string_equal(d->patterns[2].pattern, "attachment ~ /calendar/"); /* of the second attachment: one use */
	assert_string_equal(d->patterns[3].pattern, "require version ~ /v5/ \"?\"");
	for (size_t i = 0; i < d->npatterns; i++)
		assert_int_equal(d->patterns[i].verdict, RULE_YES);
	assert_string_equal(d->sets[0].rule, "c");
}

static void
test_a_stuck_pattern_is_noted(void **state)
{
	struct story *s = *state;
	const struct decision *d;

	s->m.subject = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";
	d = decide(s, "rule a { subject ~ /^(a|aa|aaa)+$/ }\n");
	assert_int_equal(d->npatterns, 1);
	assert_int_equal(d->patterns[0].verdict, RULE_STUCK);
}

static uint64_t ticks;

static uint64_t
tick(void)
{
	return ticks += 10;
}

static void
test_the_time_is_the_callers(void **state)
{
	struct story *s = *state;
	struct decision d;

	decide(s, "rule a { subject ~ /search/i; body ~ /never/; set label x }\nrule b { kind = new }\nrule c { subject ~ /./ }\n");
	assert_int_equal(s->d.trace[0].ns, 0); /* not asked for */
	rule_time(s->rs, s->a, &s->m, "acme", tick, &d);
	assert_string_equal(d.rule, "c");
	assert_int_equal(d.npatterns, 3); /* also what found nothing */
	assert_int_equal(d.patterns[1].verdict, RULE_NO);
	for (size_t i = 0; i < d.npatterns; i++)
		assert_int_equal(d.patterns[i].ns, 10);
	assert_int_equal(d.trace[0].ns, 50); /* two patterns, each asked for the time twice */
	assert_int_equal(d.trace[1].ns, 10);
	assert_int_equal(d.trace[2].ns, 30);
}

static void
test_all_patterns_are_listed_in_written_order(void **state)
{
	struct story *s = *state;
	struct rule_pattern *v;

	decide(s, "rule a {\n body ~ /one/\n any { subject ~ /two/; kind = new\n none { cc !~ /three/ } }\n require x ~ /four/ \"?\"\n}\nrule b { ignore }\n");
	assert_int_equal(ruleset_patterns(s->rs, s->a, &v), 4);
	assert_string_equal(v[0].pattern, "body ~ /one/");
	assert_string_equal(v[1].pattern, "subject ~ /two/");
	assert_string_equal(v[2].pattern, "cc !~ /three/");
	assert_string_equal(v[3].pattern, "require x ~ /four/ \"?\"");
	assert_int_equal(v[2].line, 4);
	assert_string_equal(v[3].rule, "a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_kept_text_leads_to_where_each_rule_stood),
		TEST(test_without_a_comment_above_it_stands_where_it_is),
		TEST(test_what_rules_say_is_compared_without_blanks),
		TEST(test_patterns_that_found_something_are_noted),
		TEST(test_a_stuck_pattern_is_noted),
		TEST(test_the_time_is_the_callers),
		TEST(test_all_patterns_are_listed_in_written_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

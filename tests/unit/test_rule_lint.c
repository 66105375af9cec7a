/* Goal: lint proves what it says: rules never reached, patterns that blow up with an input that shows it, captures for nothing; and it
 * leaves good rules alone. */
#define NO_DECIDE
#include "../support/rule_story.h"

#include "ground/regex.h"

/* "check check ..." of what lint finds, without the untested. */
static const char *
checks(struct story *s, const char *rules, struct lint_finding **out)
{
	const char *all = "";
	size_t n;

	ruleset_free(s->rs);
	s->rs = compile(s, rules, NULL);
	if (s->rs == NULL)
		fail_msg("do not compile: %s", rules);
	n = ruleset_lint(s->rs, s->a, out);
	for (size_t i = 0; i < n; i++)
		if (strcmp((*out)[i].check, "untested") != 0)
			all = arena_printf(s->a, "%s%s%s", all, *all != '\0' ? " " : "", (*out)[i].check);
	return all;
}

static void
expect(struct story *s, const char *wanted, const char *rules)
{
	struct lint_finding *found;
	const char *got = checks(s, rules, &found);

	if (strcmp(wanted, got) != 0)
		fail_msg("found '%s', wanted '%s': %s", got, wanted, rules);
}

static void
test_what_compiles_and_is_wrong_all_the_same(void **state)
{
	struct story *s = *state;
	struct lint_finding *f;

	assert_string_equal(checks(s, "rule a { kind = new; set label x }\nrule a { kind = new }\nrule all { body ~ /.*/ }\nrule b { }\n"
	    "rule c { kind = list }\nrule d { kind = reply; continue }\n", &f), "duplicate unreachable everything unreachable unreachable useless");
	assert_int_equal(f[1].pos.line, 2);
	assert_non_null(strstr(f[1].message, "already at t.rules:1"));
	assert_non_null(strstr(f[2].message, "same conditions"));
	assert_null(f[1].blow_up);
}

/* Found by fuzz_rule: nothing was added to the address of no rules. */
static void
test_no_rules_are_linted_too(void **state)
{
	expect(*state, "", "");
}

static void
test_a_rule_that_is_never_reached_is_proved_so(void **state)
{
	/* the earlier, the later: whatever fits the later fits the earlier */
	static const char *const never[][2] = {
		{ "subject ~ /down/i", "subject ~ /search is down/i" },
		{ "subject ~ /down/i", "subject ~ /search is down/" },
		{ "subject ~ /down/", "subject ~ /down/; kind = forward" },
		{ "subject ~ /\\b(?:sso|saml|login)\\b/i", "subject ~ /\\b(?:saml|sso)\\b/i" },
		{ "subject ~ /sam|log/i", "subject ~ /\\b(?:saml|login)\\b/i" },
		{ "subject ~ /\\blog\\s?in\\b/i", "subject ~ /\\b(?:login|log in)\\b/i" },
		{ "any { subject ~ /a/; body ~ /b/ }", "body ~ /b/" },
		{ "any { subject ~ /a/; body ~ /b/ }", "all { kind = new; body ~ /b/ }" },
		{ "any { subject ~ /a/; body ~ /b/; kind = list }", "any { body ~ /b/; subject ~ /a/ }" },
		{ "any { kind = new; kind = reply }", "kind = reply; size > 5" },
		{ "kind != list", "kind = new" },
		{ "kind !like lis*", "kind = new" },
		{ "none { kind = list }", "kind = new" },
		{ "none { kind = list; kind = loop }", "any { kind = new; kind = reply }" },
		{ "none { subject ~ /down/ }", "none { subject ~ /down/; body ~ /x/ }" },
		{ "subject !~ /search is down/i", "subject !~ /down/i" },
		{ "none { subject ~ /search is down/i }", "subject !~ /down/i" },
		{ "subject !~ /search is down/i", "none { subject ~ /down/i }" },
		{ "from like *@example.com", "from = ada@example.com" },
		{ "from like *@example.com", "from like *ada@example.com" },
		{ "from like *@example.com", "from like ?da*@example.com" },
		{ "header List-Id like *", "header list-id ~ /desk/" },
		{ "subject ~ /^Fwd: x/", "subject = \"Fwd: x is down\"" },
		{ "size > 10k", "size > 20k" }, { "size > 10k", "size = 11k" }, { "size < 20k", "size < 20k" }, { "size != 5", "size > 5" },
		{ "none { size > 10k }", "size < 10k" }, { "size !~ /x/", NULL },
	};
	/* looks like it, and is not so */
	static const char *const reached[][2] = {
		{ "subject ~ /search is down/i", "subject ~ /down/i" },
		{ "subject ~ /down/", "subject ~ /search is down/i" },      /* DOWN */
		{ "subject ~ /^down/", "subject ~ /down it is/" },          /* at the start alone */
		{ "subject ~ /\\blog\\b/", "subject ~ /log/" },              /* catalogue */
		{ "subject ~ /\\blog\\b/", "subject ~ /\\blog-/" },
		{ "subject ~ /a(?!b)/", "subject ~ /a/" }, { "subject ~ /a$/", "subject ~ /xa/" },
		{ "subject ~ /[^a]x/i", "subject ~ /[^a]x/" },              /* Ax */
		{ "subject ~ /\\w++!/", "subject ~ /ab!/" },
		{ "body ~ /down/", "subject ~ /down/" }, { "header X-A ~ /b/", "header X-B ~ /b/" },
		{ "all { subject ~ /a/; body ~ /b/ }", "body ~ /b/" },
		{ "any { subject ~ /a/; body ~ /b/ }", "any { body ~ /b/; subject ~ /c/ }" },
		{ "to != ada@example.com", "to = bob@example.com" },        /* another recipient is Ada */
		{ "none { to = ada@example.com }", "to = bob@example.com" },
		{ "from ~ /ada/", "from = ada@example.com" },               /* ADA@example.com */
		{ "from like a?a*", "from like a*" }, { "subject like a?c", "subject like a*c" },
		{ "size > 10k", "size > 9k" }, { "size < 10k", "size = 10k" }, { "size != 5", "size > 4" },
		{ "kind != new", "kind != list" }, { "none { kind = new; size > 5 }", "kind = list" },
		{ "none { all { kind = new; size > 5 } }", "kind = new" },
	};

	for (size_t i = 0; i < COUNT(never) && never[i][1] != NULL; i++)
		expect(*state, "unreachable", arena_printf(((struct story *)*state)->a, "rule a {\n%s\n}\nrule b {\n%s\n}\n", never[i][0], never[i][1]));
	for (size_t i = 0; i < COUNT(reached); i++)
		expect(*state, "", arena_printf(((struct story *)*state)->a, "rule a {\n%s\n}\nrule b {\n%s\n}\n", reached[i][0], reached[i][1]));
	expect(*state, "", "rule a { kind = new; set label x; continue }\nrule b { kind = new }\n");
}

static void
test_conditions_that_rule_each_other_out(void **state)
{
	static const char *const never[] = { "kind = new; kind = list", "subject ~ /a/; subject !~ /a/", "size > 10k; size < 5k", "size = 5; size != 5",
		"subject ~ /search is down/; none { subject ~ /down/ }", "any { kind = new; kind = reply }; kind = list", "customer = acme; customer = globex",
		"to = ada@example.com; to !like *@example.com" };
	static const char *const fine[] = { "to = a@example.com; to = b@example.com", "size > 5k; size < 10k", "subject ~ /a/; subject !~ /ab/",
		"header X ~ /a/; header X != a", "any { kind = new; kind = reply }; kind = reply" };

	for (size_t i = 0; i < COUNT(never); i++)
		expect(*state, "impossible", arena_printf(((struct story *)*state)->a, "rule a {\n%s\n}\n", never[i]));
	for (size_t i = 0; i < COUNT(fine); i++)
		expect(*state, "", arena_printf(((struct story *)*state)->a, "rule a {\n%s\n}\n", fine[i]));
}

static void
test_patterns_that_blow_up_are_shown_doing_so(void **state)
{
	static const char *const bad[] = { "(a+)+$", "^(a|aa)+$", "(?:\\w+\\s?)+:$", "^(\\w*)*x", "([a-z]+)*\\d", "(?:[a-z0-9]+-?)+@", "(?<x>\\d+)*!$",
		"^(?:.*,)*end", "(a|b|ab)*c", "(?:x+x+)+y", "^(?:(?:a|a)b?)+$", "(\\s*\\w*\\s*)*;", "a{1,50}a{1,50}a{1,50}a{1,50}b",
		"(?:\"[^\"]*\"|[^\"]+)+=", "^(?:[\\w.]+)+@", "ticket: (\\d+,?)+!", "(?i)(a+)+$" };
	static const char *const good[] = { "a+$", "\\b(?:sso|saml)\\b", "^\\s*severity[ :#-]{1,3}p?([0-3])\\b", "(?:ab+c)+d", "\\w+(?:\\s\\w+){0,5}:",
		"[^@]+@[^@]+$", "(?:\\[[^]]*\\])+", "^(?:(?:re|fwd): )*x", "(a++)+$", "(?>a+)+$", "\\d{1,3}(?:\\.\\d{1,3}){3}", "(?<n>\\d+)-(?<m>\\d+)",
		"x{0,100}y", "(?:,\\d{3})+", "(?#a+)x", "[(a+)+$]", "\\(a+\\)+$", "a(?=(b))c" };
	struct story *s = *state;
	struct lint_finding *f;

	for (size_t i = 0; i < COUNT(bad); i++) {
		if (strcmp(checks(s, arena_printf(s->a, "rule r {\nsubject ~ /%s/\n}\n", bad[i]), &f), "slow") != 0)
			fail_msg("not found: %s", bad[i]);
		assert_non_null(f[0].blow_up);
		/* What is shown is so: it grows from the first to the last. */
		assert_true(f[0].blow_up->growth[2].stuck || f[0].blow_up->growth[2].steps > 7 * f[0].blow_up->growth[0].steps);
	}
	for (size_t i = 0; i < COUNT(good); i++)
		expect(s, "", arena_printf(s->a, "rule r {\nsubject ~ /%s/\n}\n", good[i]));
}

static void
test_what_grows_with_the_square_counts_in_long_texts_alone(void **state)
{
	struct story *s = *state;
	struct lint_finding *f;

	assert_string_equal(checks(s, "rule r { body ~ /[a-z.-]+@[a-z.-]+\\.com/ }\n", &f), "slow");
	assert_false(f[0].blow_up->exponential);
	assert_string_equal(checks(s, "rule r { subject ~ /[a-z.-]+@[a-z.-]+\\.com/ }\n", &f), "");
	assert_string_equal(checks(s, "rule r { body ~ /[a-z.-]{1,60}@[a-z.-]{1,60}\\.com/ }\n", &f), "");
	assert_string_equal(checks(s, "rule r { require x ~ /\\s+$/ \"?\" }\n", &f), "slow"); /* of a requirement, too */
}

/* Some kilobytes of words are more than can be measured, and nothing that blows up. */
static void
test_a_large_pattern_is_not_slandered(void **state)
{
	struct story *s = *state;
	AUTO_BUF struct buf b;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "word%d\\w+|", i);
	expect(s, "", arena_printf(s->a, "rule r { body ~ /\\b(?:%send)\\b/i }\n", b.data));
}

/* Each rule is held against each before it. */
static void
test_many_rules_take_little_memory(void **state)
{
	struct story *s = *state;
	struct lint_finding *f;
	AUTO_BUF struct buf b;
	size_t before;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < 200; i++)
		buf_printf(&b, "rule r%d { subject ~ /\\bword%d\\b/i; body ~ /(?:foo%d|bar\\s+%d)/ }\n", i, i, i, i);
	assert_string_equal(checks(s, b.data, &f), "");
	before = arena_used(s->a);
	ruleset_lint(s->rs, s->a, &f);
	assert_true(arena_used(s->a) - before < 16 << 20);
}

static void
test_captures_for_nothing(void **state)
{
	expect(*state, "capture", "rule r { subject ~ /(?<x>a)/; ignore }\n");
	expect(*state, "capture", "rule r { subject ~ /(?<severity>[0-3])/ }\n");   /* set severity is missing */
	expect(*state, "capture", "rule r { none { subject ~ /(?<x>a)/ } }\n");
	expect(*state, "", "rule r { subject ~ /(?<severity>[0-3])/; set severity $severity }\n");
	expect(*state, "", "rule r { subject ~ /(?<severity>[0-3])/; continue }\nrule s { kind = new; set label p$severity }\n");
	expect(*state, "", "rule r { subject ~ /(?<version>\\d)/ }\n");              /* the engineer reads it */
	expect(*state, "", "rule r { subject ~ /(?<x>a)/; set label $x; file search }\n");
}

static void
test_every_finding_is_of_a_known_check(void **state)
{
	struct story *s = *state;
	struct lint_finding *f;
	size_t n;

	checks(s, "rule a { }\nrule a { kind = new; kind = list; subject ~ /(?<severity>.*)/; body ~ /(a+)+$/ }\nrule b { continue }\n", &f);
	n = ruleset_lint(s->rs, s->a, &f);
	assert_int_equal(n, nlint_checks + 3);     /* one each; another is never reached, two more are untested */
	for (size_t i = 0; i < n; i++) {
		bool known = false;

		for (size_t k = 0; k < nlint_checks; k++)
			known = known || strcmp(lint_checks[k].word, f[i].check) == 0;
		assert_true(known);
		assert_non_null(f[i].pos.file);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_compiles_and_is_wrong_all_the_same),
		TEST(test_no_rules_are_linted_too),
		TEST(test_a_rule_that_is_never_reached_is_proved_so),
		TEST(test_conditions_that_rule_each_other_out),
		TEST(test_patterns_that_blow_up_are_shown_doing_so),
		TEST(test_what_grows_with_the_square_counts_in_long_texts_alone),
		TEST(test_a_large_pattern_is_not_slandered),
		TEST(test_many_rules_take_little_memory),
		TEST(test_captures_for_nothing),
		TEST(test_every_finding_is_of_a_known_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

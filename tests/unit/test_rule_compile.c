/* Goal: what is wrong with rules is said at its own place, by the compiler and by examples. */
#include "../support/rule_story.h"

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
	wrong(s, "header ~ /x/", 8, "name of a header field");
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_complaints_say_where),
		TEST(test_a_bad_pattern_is_shown_at_its_own_place),
		TEST(test_names_of_the_configuration_are_checked),
		TEST(test_all_complaints_come_at_once),
		TEST(test_the_hash_is_of_the_rules_not_of_their_blanks),
		TEST(test_examples_are_run_by_the_same_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

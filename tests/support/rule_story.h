/* rule_story.h - for the tests of rules: a mail, rules that are compiled, a decision. Test programs include it once. */
#ifndef ESCRELAY_TESTS_RULE_STORY_H
#define ESCRELAY_TESTS_RULE_STORY_H

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

#ifndef NO_DECIDE
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
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif

/* Goal: every letter is what a mail program expects and a reader understands at a glance, and nothing that a stranger wrote can
 * add a field, a part or a recipient to it. Golden letters: tests/golden/letters, made anew by UPDATE=1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <gmime/gmime.h>

#include "config/syntax.h"
#include "ground/buf.h"
#include "ground/mem.h"
#include "judge/command.h"
#include "judge/letter.h"
#include "judge/letter_parts.h"

#define GOLDEN "tests/golden/letters"

static const char original_text[] =
    "Hello support,\n\nsince the upgrade every search takes 40 s. The log says:\n\n"
    "    zoekt: shard 12: mmap: cannot allocate memory\n    zoekt: giving up\n\n"
    "Error: 500 <internal> & \"quoted\"\n\nGr\xc3\xbc\xc3\x9f" "e,\nWile E.\n";

static const struct value facts[] = {
	{ "case", "ESC-17" }, { "relay", "Escalations" }, { "subject", "Search is down" }, { "severity", "1" }, { "customer", "Acme" },
	{ "ticket", "ZD-4711" }, { "requester", "Ada" }, { "role", "AER" }, { "engineer", "Keegan" }, { "previous", "Bola" },
	{ "writer", "Keegan" }, { "recipient", "grace@example.com" }, { "address", "ada@example.com" },
	{ "why", "next in turn; Bola skipped: 02:10 in Lagos; Taras skipped: away until Mon 14 Dec" },
	{ "answer_by", "Mon 23 Nov, 10:30 UTC" }, { "if_not", "at 10:30 UTC the next engineer gets it" },
	{ "local", "12:00 in Johannesburg" }, { "starts", "Tue 24 Nov, 07:00 UTC" }, { "starts_local", "09:00 in Johannesburg" },
	{ "missing", "Which version do they run?\nSince when?" }, { "lead", "support-lead@example.com" },
	{ "text", "Can you look?\n\nThey are blocked:\n\n- no search\n- no insights\n\nThanks\nAda" },
	{ "original", original_text }, { "original_from", "Wile E. <wile@acme.example>" }, { "original_date", "Mon, 23 Nov 2026 09:41" },
	{ "attachments", "zoekt.log, 12 kB\nscreen.png, 230 kB" },
	{ "history", "Bola: assigned 08:00 UTC, no answer in 30 min" },
	{ "results", "/file search: filed as F1 with Search (search-help@example.com): indexed search runs out of memory\n"
	             "/sev 1: severity is 1 now" },
	{ "relayed", "Ada" }, { "undo", "/undo" },
	{ "by", "Keegan" }, { "outcome", "fix" }, { "cause", "the mmap limit of the host was too low" },
	{ "link", "https://example.com/pull/1" }, { "opened", "Mon 23 Nov, 10:00 UTC" },
	{ "team", "Search" }, { "asked", "help" }, { "kind", "help" }, { "filing", "F1" }, { "labels", "rfh, customer/acme" },
	{ "needed_by", "Wed 25 Nov" }, { "facts", "Version: 5.2.1\nDeployment: Kubernetes" },
	{ "help", "" }, { "redactions", "2 tokens\n1 mail address" }, { "rule", "licenses" }, { "from", "Wile E. <wile@acme.example>" },
	{ "received", "Mon 23 Nov, 10:00 UTC" }, { "reason", "its sender is not staff, and no open case knows him" },
	{ "number", "123" }, { "attempts", "4 times in 2 h" }, { "commands", "/resolve answered: all fine\n/file search: help" },
	{ "can_command", "yes" }, { "place", "rules/27-own.rules:3" }, { "condition", "body ~ /(\\w+\\s?)+:$/" },
	{ "turn", "Ada's: Keegan waits for an answer" }, { "since", "Mon 23 Nov, 08:00 UTC" },
	{ "title", "indexed search runs out of memory" }, { "upstream", "4711" }, { "times", "2" }, { "linked", "ESC-12" },
	{ "filings", "F1 with Search (4711): indexed search runs out of memory\nF2 with Docs: the limit is not explained" },
	{ "verdict", "rule \"search and indexing\" decided" },
	{ "cases", "ESC-41: Search is down; severity 1, owned, it is the engineer's turn; last word Fri 11 Dec, 10:00 UTC from Ada; "
	           "the next word is promised by Mon 14 Dec, 12:00 UTC\n"
	           "ESC-42: Slow clones; severity 2, pending, it is the requester's turn; last word Thu 10 Dec, 16:12 UTC from Keegan" },
	{ "passed", "ESC-43: Cannot log in; severity 2, assigned, it is the engineer's turn; last word Sun 13 Dec, 21:40 UTC from Grace" },
	{ "answers", "keep 41\nkeep 42" }, { "when", "Mon 14 Dec, 00:00 UTC" }, { "until", "Mon 25 Jan, 00:00 UTC" }, { "pool", "core" },
	{ "stands_for", "Bola" }, { "seats", "Keegan\nTBD" }, { "confirmed", "yes" }, { "home_team", "Search" },
	{ "summary", "12 escalations came in, 10 were solved, 7 are open" }, { "came", "2 of severity 1, 7 of 2, 3 of 3 (before: 9)" },
	{ "solved", "5 answered, 2 docs, 2 fix, 1 upstream (before: 11)" }, { "open", "1 waiting, 2 owned, 3 pending, 1 upstream" },
	{ "acknowledged", "half of 12 within 14 min, the slowest 2 h 5 min (ESC-31)" },
	{ "answered", "half of 11 within 48 min, the slowest 5 h 10 min (ESC-31)" },
	{ "ended", "half of 10 within 1 d 3 h, the slowest 6 d 2 h (ESC-12)" },
	{ "nobody", "2 came when nobody who could take them was at work" },
	{ "budget", "engineering was asked for help in 3 of 41 escalations of the last 28 days (7.3 %), in 9 of 120 of the last 90 (7.5 %);"
	            " the goal is 10 % or fewer" },
	{ "still", "ESC-41: Search is down (severity 1, owned, with keegan; last word 3 d 4 h ago)" },
	{ "docs", "the memory limit is nowhere explained (search; ESC-12, ESC-29)\nthe SAML page names a key that is gone (identity; ESC-33)" },
	{ "causes", "answered: the flag was off (ESC-26, ESC-30, ESC-35 and 2 more)\nfix: the mmap limit of the host was too low (ESC-17)" },
	{ "areas", "search: 7 came in, 6 solved (3 answered, 2 docs, 1 fix), 3 open\nidentity: 5 came in, 4 solved (2 answered, 1 fix, 1 upstream), 4 open" },
	{ "teams", "Search: filed 1 help, 1 defect; 1 closed, 2 open, 1 silent; of its cases 1 solved (1 upstream)" },
};

static struct templates *
shipped(struct arena *a)
{
	struct diag d;

	diag_init(&d, a);
	return templates_load(a, NULL, &d);
}

static struct letter_ask
ask_for(const char *template)
{
	static const char *references[] = { "esc-17.thread@example.com", "esc-17.3@example.com" };

	return (struct letter_ask){
		.template = template,
		.from = { "Ada (AER) via Escalations", "escalations@example.com" },
		.to = { "Keegan", "keegan@example.com" },
		.reply_to = "escalations+mfrggzdfmztwq2lk@example.com",
		.subject = "[ESC-17] Search is down",
		.message_id = "esc-17.4@example.com",
		.in_reply_to = "abc@mail.acme.example",
		.references = { references, 2 },
		.instance = "0123456789ab",
		.hops = 1,
		.auto_submitted = "auto-generated",
		.date = 1795428000, .offset = 7200,
		.values = facts, .nvalues = COUNT(facts),
		.salt = (const unsigned char *)"salt", .saltlen = 4,
	};
}

/* Letters of a template that looks quite another way with other values. */
static const struct { const char *name, *template; } others[] = { { "transcript-help", "transcript" } };

/* Where one fact for all letters would read oddly. */
static const struct { const char *letter; struct value value; } particular[] = {
	{ "added", { "reason", "the same ticket ZD-4711" } },
	{ "linked", { "reason", "the same ticket ZD-4711" } },
	{ "linked", { "writer", "Grace" } },
	{ "withdrawn", { "reason", "a larger limit was enough" } },
	{ "team-word", { "outcome", "" } },
	{ "filing-closed", { "reason", "they called and have it" } },
	{ "filing-closed", { "by", "The operator" } },
	{ "unreviewed", { "title", "Review of a change: Indexed search is down" } },
	{ "team-word", { "writer", "Sam" } },
	{ "team-word", { "address", "sam@example.com" } },
	{ "team-word", { "reason", "nothing proves that it is from there" } },
	{ "transcript-help", { "results", "/help: below" } },
	{ "transcript-help", { "relayed", "" } },
	{ "transcript-help", { "undo", "" } },
	{ "transcript-help", { "redactions", "" } },
	{ "transcript-help", { "facts", "" } },
	{ "receipt-fallback", { "reason", "no engineer is on rotation before Tue 24 Nov" } },
	{ "receipt-waiting", { "why", "Bola: 02:10 in Lagos; Taras: away until Mon 14 Dec" } },
	{ "fallback", { "reason", "everybody on rotation was asked once, and nobody answered" } },
	{ "challenge", { "reason", "mx.example.com found no aligned DKIM signature of example.com" } },
	{ "refused", { "reason", "550 5.1.1 <grace@example.com>: no such user here" } },
	{ "relay-labelled", { "writer", "Ada" } },
	{ "relay-labelled", { "reason", "nothing proves that it is from there" } },
	{ "stuck", { "rule", "own words" } },
	{ "relay", { "again", "" } },
	{ "alarm", { "reason", "Keegan was reminded, and has not written" } },
	{ "alarm", { "history", "Mon 23 Nov, 08:00 UTC: given to bola\nMon 23 Nov, 08:30 UTC: no answer in time\nMon 23 Nov, 08:30 UTC: given to keegan" } },
	{ "nudge", { "if_not", "it is closed Mon 30 Nov, 10:00 UTC, and a reply opens it again" } },
	{ "unanswered", { "if_not", "it is closed Mon 30 Nov, 10:00 UTC, and a reply opens it again" } },
	{ "lead", { "previous", "Grace" } },
	{ "lead", { "writer", "Keegan" } },
	{ "lead", { "text", "Please set ZOEKT_MEMORY to 8g and tell me." } },
	{ "lead", { "history", "Mon 23 Nov, 08:00 UTC: grace@example.com opened it\nMon 23 Nov, 08:00 UTC: given to keegan\nMon 23 Nov, 08:30 UTC: keegan answered" } },
	{ "lead-changed", { "previous", "Grace" } },
	{ "lead-changed", { "lead", "Ada" } },
	{ "unreached", { "recipient", "Ada" } },
	{ "unreached", { "reason", "out of office until 2026-12-07" } },
	{ "unreached", { "history", "Mon 23 Nov, 08:00 UTC: given to keegan\nMon 23 Nov, 08:30 UTC: keegan answered" } },
	{ "capped", { "reason", "limit recipient 60 per 1h" } },
	{ "word-held", { "reason", "the same words came 3 times before" } },
	{ "handover", { "if_not", "what you say nothing of stays with you" } },
	{ "handover", { "answer_by", "Wed 16 Dec, 09:00 in Johannesburg (07:00 UTC)" } },
	{ "handover-next", { "if_not", "what they say nothing of stays with them" } },
	{ "handover-next", { "answer_by", "Wed 16 Dec, 07:00 UTC" } },
	{ "handover-transcript", { "results", "ESC-41 stays with you\nESC-42 is with bola now" } },
	{ "handover-transcript", { "reason", "" } },
	{ "handover-transcript", { "text", "All the best to the next ones!" } },
	{ "rotation-gap", { "reason", "The last rotation of core ends Mon 14 Dec, 00:00 UTC" } },
	{ "rotation-gap", { "until", "" } },
	{ "rotation-seats", { "reason", "1 of 2 seats has a name" } },
	{ "rotation-notice", { "confirmed", "" } },
	{ "rotation-notice", { "seats", "Bola, Valery" } },
	{ "rotation-notice", { "starts", "Mon 14 Dec, 09:00 in Johannesburg (07:00 UTC)" } },
	{ "rotation-notice", { "attachments", "rotation.ics" } },
	{ "rotation-unconfirmed", { "stands_for", "" } },
	{ "stand-in-notice", { "confirmed", "" } },
	{ "stand-in-notice", { "seats", "Valery" } },
	{ "stand-in-notice", { "starts", "Mon 14 Dec, 09:00 in Johannesburg (07:00 UTC)" } },
	{ "stand-in-notice", { "until", "Thu 17 Dec, 00:00 UTC" } },
	{ "stand-in-notice", { "attachments", "rotation.ics" } },
	{ "rotation-unconfirmed", { "address", "keegan@example.com" } },
	{ "rotation-unconfirmed", { "received", "Mon 7 Dec, 07:00 UTC" } },
	{ "service-record", { "opened", "Mon 2 Nov, 00:00 UTC" } },
	{ "service-record", { "results", "23 cases were given to him\n15 answered, 3 fix, 2 upstream\n3 are still his" } },
	{ "reassigned", { "why", "no answer within 30 min" } },
	{ "digest", { "since", "Mon 16 Nov, 08:00 UTC" } },
	{ "digest", { "until", "Mon 23 Nov, 08:00 UTC" } },
	{ "resolved", { "outcome", "fixed by the engineer's own change" } },
};

/* The letter on the wire, the original in its place. */
static struct buf
wire(const struct letter *l, const char *original)
{
	struct buf b;

	buf_init(&b, 64 << 20);
	for (size_t i = 0; i < l->nsegments; i++)
		if (l->segments[i].kind == SEGMENT_BYTES)
			buf_add(&b, l->segments[i].bytes, l->segments[i].len);
		else if (l->segments[i].splice == SPLICE_PLAIN)
			buf_puts(&b, original);
		else {
			char *text = g_base64_encode((const guchar *)original, strlen(original));

			buf_puts(&b, text);
			g_free(text);
		}
	return b;
}

static void
assert_canonical(const struct buf *b)
{
	size_t line = 0;

	for (size_t i = 0; i < b->len; i++) {
		if (b->data[i] == '\n')
			assert_true(i > 0 && b->data[i - 1] == '\r');
		if (i > 0 && b->data[i - 1] == '\r')
			assert_true(b->data[i] == '\n');
		line = b->data[i] == '\n' ? 0 : line + 1;
		assert_true(line <= 999);
	}
	assert_true(b->len > 2 && memcmp(b->data + b->len - 2, "\r\n", 2) == 0);
}

static GMimeMessage *
parse(const struct buf *b)
{
	GMimeStream *s = g_mime_stream_mem_new_with_buffer(b->data, b->len);
	GMimeParser *p = g_mime_parser_new_with_stream(s);
	GMimeMessage *m = g_mime_parser_construct_message(p, NULL);

	g_object_unref(p);
	g_object_unref(s);
	assert_non_null(m);
	return m;
}

static void
compare_golden(const char *name, const char *suffix, const char *bytes, size_t len)
{
	AUTO_FREE char *path = xasprintf("%s/%s.%s", GOLDEN, name, suffix);
	AUTO_FREE char *kept = xcalloc(1, 1 << 20);
	const char *update = getenv("UPDATE");
	size_t got;
	FILE *f = fopen(path, update != NULL && strcmp(update, "1") == 0 ? "w+" : "r");

	if (f == NULL)
		fail_msg("%s is not there; UPDATE=1 makes it", path);
	if (update != NULL && strcmp(update, "1") == 0) {
		assert_int_equal(fwrite(bytes, 1, len, f), len);
		rewind(f);
	}
	got = fread(kept, 1, (1 << 20) - 1, f);
	fclose(f);
	if (got != len || memcmp(kept, bytes, len) != 0)
		fail_msg("%s has changed; look at it, then UPDATE=1", path);
}

static void
values_for(const char *letter, const char *help, struct value *values)
{
	memcpy(values, facts, sizeof(facts));
	for (size_t v = 0; v < COUNT(facts); v++) {
		for (size_t p = 0; p < COUNT(particular); p++)
			if (strcmp(particular[p].letter, letter) == 0 && strcmp(particular[p].value.name, values[v].name) == 0)
				values[v] = particular[p].value;
		if (strcmp(letter, "transcript-help") == 0 && strcmp(values[v].name, "help") == 0)
			values[v].text = help;
	}
}

static void
assert_narrow(const char *name, const char *text)
{
	for (const char *s = text; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n')
		if (strcspn(s, "\n") > 76)
			fail_msg("%s: a line of %zu: %.*s", name, strcspn(s, "\n"), (int)strcspn(s, "\n"), s);
}

static void
compare_letter(struct arena *a, const struct templates *t, const char *name, const char *template)
{
	struct original o = { .journal = 7, .bytes = 34, .facts = { .longest_line = 60 } };
	struct letter_ask ask = ask_for(template);
	bool word = strncmp(name, "relay", 5) == 0;
	struct value values[COUNT(facts)];
	AUTO_BUF struct buf help;
	const char *why;
	struct letter l;
	struct buf b;
	GMimeMessage *m;

	buf_init(&help, 10000);
	command_help(&help, WHO_ENGINEER, NULL);
	values_for(name, help.data, values);
	ask.values = values;
	ask.original = strcmp(name, "assignment") == 0 || strcmp(name, "forward") == 0 ? &o : NULL;
	ask.auto_submitted = word ? NULL : strcmp(name, "receipt") == 0 ? "auto-replied" : "auto-generated";
	if (!letter_compose(a, t, &ask, &l, &why))
		fail_msg("%s: %s", name, why);
	b = wire(&l, "Subject: Search is down\r\n\r\nHelp!\r\n");
	compare_golden(name, "txt", l.text, strlen(l.text));
	compare_golden(name, "eml", b.data, b.len);
	assert_canonical(&b);
	assert_int_equal(l.size, b.len);
	assert_null(strstr(l.text, "{{"));
	assert_narrow(name, l.text);
	m = parse(&b);
	assert_string_equal(g_mime_message_get_message_id(m), "esc-17.4@example.com");
	g_object_unref(m);
	buf_free(&b);
}

static void
test_golden(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct templates *t = shipped(a);

	(void)state;
	for (size_t i = 0; i < ntemplates; i++)
		compare_letter(a, t, template_names[i], template_names[i]);
	for (size_t i = 0; i < COUNT(others); i++)
		compare_letter(a, t, others[i].name, others[i].template);
}

/* A fact that is not there leaves no hole: no "Customer:" without one, no heading above nothing, no tag. */
static void
test_the_least_that_is_known(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct templates *t = shipped(a);
	static const struct value least[] = { { "case", "ESC-17" }, { "severity", "2" }, { "requester", "Ada" }, { "why", "next in turn" },
		{ "engineer", "Keegan" }, { "reason", "no reason" }, { "text", "Hi" }, { "writer", "Ada" }, { "from", "x@example.com" },
		{ "subject", "s" }, { "relay", "Escalations" }, { "recipient", "r@example.com" }, { "by", "Ada" }, { "outcome", "answered" },
		{ "team", "Search" }, { "asked", "help" }, { "kind", "help" }, { "filing", "F1" }, { "lead", "the lead" }, { "number", "1" },
		{ "commands", "/ack" }, { "rule", "own words" }, { "when", "Mon 14 Dec" }, { "until", "Mon 25 Jan" }, { "opened", "Mon 2 Nov" },
		{ "pool", "core" }, { "stands_for", "Bola" }, { "title", "out of memory" }, { "times", "2" }, { "linked", "ESC-12" }, { "filings", "F1 with Search: out of memory" } };

	(void)state;
	for (size_t i = 0; i < ntemplates; i++) {
		struct letter_ask ask = ask_for(template_names[i]);
		struct letter l;
		const char *why;

		ask.values = least;
		ask.nvalues = COUNT(least);
		assert_true(letter_compose(a, t, &ask, &l, &why));
		for (const char *s = l.text, *end; *s != '\0'; s = end + (*end == '\n')) {
			end = s + strcspn(s, "\n");
			if (end > s && end[-1] == ':' && (end[0] != '\n' || end[1] != '\n' || end[2] == '\n' || end[2] == '\0'))
				fail_msg("%s: a heading above nothing: %.*s", ask.template, (int)(end - s), s);
		}
		assert_null(strstr(l.text, "\n\n\n"));
		assert_null(strstr(l.text, "()"));
		assert_null(strstr(l.text, " ,"));
		assert_null(strstr(l.text, " ."));
		assert_true(*l.text != '\n');
	}
}

/* S18: what a stranger may put into a subject, a name, a value: the fields and parts must be the same as without. */
static void
test_nothing_is_injected(void **state)
{
	static const char *const evil[] = {
		"a\r\nBcc: evil@example.net", "a\nBcc: evil@example.net\n\nbody", "a\rBcc: x", "=?utf-8?q?=0D=0ABcc:_evil=40example.net?=",
		"\"><script>alert(1)</script>", "x\" <evil@example.net>, \"y", "a\\", "\xe2\x80\xa8" "Bcc: x", "a\xc2\x85" "Bcc: x",
		"\xe2\x80\xaetxt.exe", "--=\r\n--==\r\nContent-Type: text/html\r\n\r\nx", "{{case}}{{/case}}", "\r\n.\r\nMAIL FROM:<x@y>",
		"=?utf-8?b?DQpCY2M6IHhAeQ==?=  =?utf-8?q?x", "\xff\xfe\xc0\x80", "\xd8\xa7\xd9\x84" "(comment", "a,b;c:d@e<f>[g]",
	};
	AUTO_ARENA struct arena *a = arena_new();
	struct templates *t = shipped(a);
	char *huge = arena_alloc(a, 100001);

	(void)state;
	memset(huge, 'W', 100000);
	for (size_t i = 0; i <= COUNT(evil); i++) {
		const char *s = i < COUNT(evil) ? evil[i] : huge;
		struct letter_ask ask = ask_for("relay");
		struct value values[] = { { "text", s }, { "writer", s }, { "case", s } };
		const char *ids[] = { "esc-17.thread@example.com", s };
		struct letter l;
		const char *why;
		struct buf b;
		GMimeMessage *m;
		GMimeObject *part;
		InternetAddress *from;

		ask.subject = ask.from.name = ask.to.name = ask.in_reply_to = s;
		ask.references = (struct strings){ ids, 2 };
		ask.values = values;
		ask.nvalues = 3;
		ask.auto_submitted = NULL;
		assert_true(letter_compose(a, t, &ask, &l, &why));
		b = wire(&l, "");
		assert_canonical(&b);
		m = parse(&b);
		/* Date From To Reply-To Subject Message-ID References X-Escrelay-Loop MIME-Version, and Content-Type of the body. */
		assert_int_equal(g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(m))), 9);
		assert_null(g_mime_object_get_header(GMIME_OBJECT(m), "Bcc"));
		assert_int_equal(internet_address_list_length(g_mime_message_get_to(m)), 1);
		assert_int_equal(internet_address_list_length(g_mime_message_get_from(m)), 1);
		from = internet_address_list_get_address(g_mime_message_get_from(m), 0);
		assert_string_equal(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(from)), "escalations@example.com");
		part = g_mime_message_get_mime_part(m);
		assert_true(GMIME_IS_MULTIPART(part));
		assert_int_equal(g_mime_multipart_get_count(GMIME_MULTIPART(part)), 2);
		for (const char *c = internet_address_get_name(from); c != NULL && *c != '\0'; c++)
			assert_true((unsigned char)*c >= 0x20);
		g_object_unref(m);
		buf_free(&b);
	}
}

/* Names and subjects come back as they were, whatever the script. */
static void
test_round_trip(void **state)
{
	static const char *const texts[] = {
		"plain", "Gr\xc3\xbc\xc3\x9f" "e aus M\xc3\xbcnchen", "\"quoted\" \\ name", "A. B. (AER) via Escalations",
		"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
		"\xf0\x9f\x94\xa5 on fire \xf0\x9f\x94\xa5 and then some words that make it long enough to be folded twice or more",
		"=?utf-8?q?not_ours?=", "[ESC-17] Re: a very ordinary subject of a mail that is rather long, so that it must be folded once",
		"http://example.com/a/very/long/path/without/any/blank/in/it/that/cannot/be/folded/at/a/blank/0123456789",
		"caf\xc3\xa9 =?utf-8?q?x?= caf\xc3\xa9",
	};
	AUTO_ARENA struct arena *a = arena_new();
	struct templates *t = shipped(a);

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct letter_ask ask = ask_for("receipt");
		struct letter l;
		const char *why;
		struct buf b;
		GMimeMessage *m;

		ask.subject = ask.from.name = texts[i];
		assert_true(letter_compose(a, t, &ask, &l, &why));
		b = wire(&l, "");
		m = parse(&b);
		assert_string_equal(g_mime_message_get_subject(m), texts[i]);
		assert_string_equal(internet_address_get_name(internet_address_list_get_address(g_mime_message_get_from(m), 0)), texts[i]);
		for (const char *s = b.data; strncmp(s, "\r\n", 2) != 0; s = strstr(s, "\r\n") + 2)
			if (strcspn(s, "\r") > 78)
				fail_msg("longer than 78: %.*s", (int)strcspn(s, "\r"), s);
		g_object_unref(m);
		buf_free(&b);
	}
}

/* The text comes back byte for byte through whatever encoding it needed. */
static void
test_bodies_come_back(void **state)
{
	static const char *const texts[] = { "plain", "=3D =\ntrailing \t\n", ".\n..\nFrom me\n", "\xf0\x9f\x94\xa5\xf0\x9f\x94\xa5",
		"a = b\tc", original_text };
	AUTO_ARENA struct arena *a = arena_new();

	(void)state;
	for (size_t len = 60; len < 90; len++)
		for (size_t i = 0; i < COUNT(texts); i++) {
			AUTO_BUF struct buf text, b;
			GMimeStream *out = g_mime_stream_mem_new();
			GByteArray *bytes;
			GMimeMessage *m;
			size_t o = 0;

			buf_init(&text, 4000);
			buf_init(&b, 40000);
			for (size_t n = 0; n < len; n++)
				buf_putc(&text, n % 7 == 6 ? ' ' : '=' - (char)(n % 2));
			buf_printf(&text, "%s\n", texts[i]);
			buf_puts(&b, "MIME-Version: 1.0\r\n");
			letter_part(&b, "plain", text.data, text.len);
			assert_canonical(&b);
			for (const char *s = strstr(b.data, "\r\n\r\n"); s != NULL && *s != '\0'; s = strstr(s + 2, "\r\n"))
				assert_true(strcspn(s + 2, "\r") <= 78);
			m = parse(&b);
			g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(g_mime_message_get_mime_part(m))), out);
			bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
			for (guint n = 0; n < bytes->len; n++)
				if (bytes->data[n] != '\r')
					bytes->data[o++] = bytes->data[n];
			assert_int_equal(o, text.len);
			assert_memory_equal(bytes->data, text.data, o);
			g_object_unref(out);
			g_object_unref(m);
		}
}

/* The original goes whole: as a message where it can stand in one, else as a file. */
static void
test_originals(void **state)
{
	static const struct { struct raw_facts facts; enum splice splice; const char *type, *encoding; } kinds[] = {
		{ { .longest_line = 998 }, SPLICE_PLAIN, "message/rfc822", "7bit" },
		{ { .longest_line = 80, .eight_bit = true }, SPLICE_PLAIN, "message/rfc822", "8bit" },
		{ { .longest_line = 999 }, SPLICE_BASE64, "application/octet-stream", "base64" },
		{ { .longest_line = 80, .nul = true }, SPLICE_BASE64, "application/octet-stream", "base64" },
		{ { .longest_line = 80, .bare_newline = true }, SPLICE_BASE64, "application/octet-stream", "base64" },
	};
	AUTO_ARENA struct arena *a = arena_new();
	struct templates *t = shipped(a);

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct original o = { .journal = 42, .bytes = 19, .facts = kinds[i].facts };
		struct letter_ask ask = ask_for("assignment");
		struct letter l;
		const char *why;
		struct buf b;
		GMimeMessage *m;
		GMimeObject *whole, *part;
		GMimeContentType *type;

		ask.original = &o;
		assert_true(letter_compose(a, t, &ask, &l, &why));
		assert_int_equal(l.nsegments, 3);
		assert_int_equal(l.segments[1].kind, SEGMENT_ORIGINAL);
		assert_int_equal(l.segments[1].journal, 42);
		assert_int_equal(l.segments[1].splice, kinds[i].splice);
		b = wire(&l, "Subject: x\r\n\r\nyes\r\n");
		m = parse(&b);
		whole = g_mime_message_get_mime_part(m);
		assert_int_equal(g_mime_multipart_get_count(GMIME_MULTIPART(whole)), 2);
		if (kinds[i].facts.eight_bit)
			assert_string_equal(g_mime_object_get_header(whole, "Content-Transfer-Encoding"), "8bit");
		part = g_mime_multipart_get_part(GMIME_MULTIPART(whole), 1);
		type = g_mime_object_get_content_type(part);
		assert_string_equal(arena_printf(a, "%s/%s", g_mime_content_type_get_media_type(type),
		    g_mime_content_type_get_media_subtype(type)), kinds[i].type);
		assert_string_equal(g_mime_object_get_header(part, "Content-Transfer-Encoding"), kinds[i].encoding);
		if (GMIME_IS_MESSAGE_PART(part))
			assert_string_equal(g_mime_message_get_subject(g_mime_message_part_get_message(GMIME_MESSAGE_PART(part))), "x");
		g_object_unref(m);
		buf_free(&b);
	}
}

/* Boundaries cannot be guessed, and the same ask gives the same bytes: a letter sent again is the same letter. */
static void
test_the_same_again(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct templates *t = shipped(a);
	struct letter_ask ask = ask_for("receipt");
	struct letter l[3];
	const char *why;

	(void)state;
	assert_true(letter_compose(a, t, &ask, &l[0], &why));
	assert_true(letter_compose(a, t, &ask, &l[1], &why));
	ask.salt = (const unsigned char *)"tlas";
	assert_true(letter_compose(a, t, &ask, &l[2], &why));
	assert_string_equal(l[0].segments[0].bytes, l[1].segments[0].bytes);
	assert_string_not_equal(l[0].segments[0].bytes, l[2].segments[0].bytes);
	assert_int_equal(l[0].size, l[2].size);
}

static void
test_entities_and_headers(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct templates *t = shipped(a);
	struct letter_ask ask = ask_for("relay");
	AUTO_BUF struct buf entity;
	struct letter l;
	const char *why, *ids[40];
	struct buf b;
	GMimeMessage *m;

	(void)state;
	for (size_t i = 0; i < 40; i++)
		ids[i] = arena_printf(a, "id-%zu@example.com", i);
	buf_init(&entity, 1000);
	buf_puts(&entity, "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA");
	ask.entities = &entity;
	ask.nentities = 1;
	ask.auto_submitted = NULL;
	ask.references = (struct strings){ ids, 40 };
	assert_true(letter_compose(a, t, &ask, &l, &why));
	b = wire(&l, "");
	assert_canonical(&b);
	m = parse(&b);
	assert_int_equal(g_mime_multipart_get_count(GMIME_MULTIPART(g_mime_message_get_mime_part(m))), 2);
	/* A person's words are a person's mail; the loop header is there all the same. */
	assert_null(g_mime_object_get_header(GMIME_OBJECT(m), "Auto-Submitted"));
	assert_string_equal(g_mime_object_get_header(GMIME_OBJECT(m), "X-Escrelay-Loop"), "0123456789ab hops=1");
	assert_non_null(strstr(b.data, "References: <id-0@example.com> <id-21@example.com>"));
	assert_non_null(strstr(b.data, "<id-39@example.com>\r\n"));
	assert_non_null(strstr(b.data, "Date: Mon, 23 Nov 2026 12:00:00 +0200\r\n"));
	g_object_unref(m);
	buf_free(&b);
}

/* A very long text goes without its HTML twin, and nothing of it is missing. */
static void
test_a_long_text(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct templates *t = shipped(a);
	struct letter_ask ask = ask_for("relay");
	char *text = arena_alloc(a, 900001);
	struct value values[] = { { "text", text }, { "writer", "Ada" }, { "case", "ESC-1" } };
	struct letter l;
	const char *why;

	(void)state;
	for (size_t i = 0; i < 900000; i++)
		text[i] = i % 61 == 60 ? '\n' : 'x';
	ask.values = values;
	ask.nvalues = 3;
	assert_true(letter_compose(a, t, &ask, &l, &why));
	assert_null(strstr(l.segments[0].bytes, "text/html"));
	assert_true(strncmp(l.text, text, 899990) == 0);
}

static void
test_our_own_mistakes(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct templates *t = shipped(a);
	static const struct value stranger[] = { { "custommer", "Acme" } };
	struct letter_ask good = ask_for("receipt"), ask;
	struct letter l;
	const char *why;

	(void)state;
#define MISTAKE(set, words)                                            \
	do {                                                           \
		ask = good;                                            \
		set;                                                   \
		assert_false(letter_compose(a, t, &ask, &l, &why));    \
		assert_string_equal(why, words);                       \
		assert_int_equal(l.nsegments, 0);                      \
	} while (0)
	MISTAKE(ask.template = "receit", "no template 'receit'");
	MISTAKE(ask.to.address = "a@b>\r\nRCPT TO:<x@y", "the recipient is no address");
	MISTAKE(ask.from.address = "nobody", "the sender is no address");
	MISTAKE(ask.reply_to = "a b@example.com", "the reply address is no address");
	MISTAKE(ask.message_id = "x>\r\nBcc: y@example.com", "the Message-ID is none");
	MISTAKE(ask.instance = "a b", "the instance is no word");
	MISTAKE(ask.auto_submitted = "auto\r\nBcc: x", "auto_submitted is no word");
	MISTAKE((ask.values = stranger, ask.nvalues = 1), "no value 'custommer' in the vocabulary");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_the_least_that_is_known),
		cmocka_unit_test(test_nothing_is_injected),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bodies_come_back),
		cmocka_unit_test(test_originals),
		cmocka_unit_test(test_the_same_again),
		cmocka_unit_test(test_entities_and_headers),
		cmocka_unit_test(test_a_long_text),
		cmocka_unit_test(test_our_own_mistakes),
	};

	g_mime_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: secrets of common shapes and customers' names leave for no team, ordinary text does, and no text makes the patterns slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/settings.h"
#include "config/syntax.h"
#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/regex.h"
#include "judge/redact.h"
#include "judge/rule.h"
#include "judge/rule_pattern.h"

#define HEX40 "0123456789abcdef0123456789abcdef01234567"

static const char *
cleaned(struct arena *a, const struct redaction *v, size_t n, const char *text)
{
	const char *report;

	return redact(a, v, n, text, &report);
}

/* Tokens are put together here, so that nobody's scanner takes this file for a leak. */
static const struct { const char *name, *secret, *text; } found[] = {
	{ "private-key", "MIIEpAIB", "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIB\nxyz/+=\n-----END RSA PRIVATE KEY-----\nbye" },
	{ "private-key", "b3BlbnNz", "> -----BEGIN OPENSSH PRIVATE KEY-----\n> b3BlbnNz\n> -----END OPENSSH PRIVATE KEY-----" },
	{ "private-key", "MIIcut", "-----BEGIN PRIVATE KEY-----\nMIIcut off here" },
	{ "private-key", "Proc-Type", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nabc\n-----END ENCRYPTED PRIVATE KEY-----" },
	{ "jwt", "eyJzdWIi", "id: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N" },
	{ "authorization", "dXNlcjpw", "Authorization: Basic dXNlcjpwYXNzd29yZA==" },
	{ "authorization", "abcdef0123456789", "curl -H 'Authorization: token abcdef0123456789' https://x" },
	{ "authorization", "0a1b2c3d", "Proxy-Authorization: 0a1b2c3d4e5f" },
	{ "authorization", "sig=", "authorization: AWS4-HMAC-SHA256 Credential=A1/2, sig=ffff" },
	{ "bearer", "abcdefghijklmnop1234", "the header was Bearer abcdefghijklmnop1234 then" },
	{ "cookie", "sid=abc", "Cookie: sid=abc; theme=dark" },
	{ "cookie", "sgs=MTY", "< set-cookie: sgs=MTY5; Path=/; HttpOnly" },
	{ "url-password", "s3cret", "git clone https://user:s3cret@git.example/x.git" },
	{ "url-password", "hunter2", "postgres://sg:hunter2@db:5432/sg?sslmode=require" },
	{ "url-password", "p%40ss", "redis://:p%40ss@cache:6379" },
	{ "url-user", "aaaabbbbccccddddeeee1234", "https://aaaabbbbccccddddeeee1234@github.example/a/b" },
	{ "url-secret", "q1w2e3r4", "GET /api?user=ada&access_token=q1w2e3r4&x=1" },
	{ "url-secret", "deadbeef", "https://bucket.example/k?X-Amz-Signature=deadbeef&X-Amz-Date=1" },
	{ "token", "AKIA" "IOSFODNN7EXAMPLE", "key AKIA" "IOSFODNN7EXAMPLE." },
	{ "token", HEX40, "sgp_" HEX40 }, { "token", HEX40, "SRC=sgp_local_" HEX40 }, { "token", HEX40, "(sgp_0123456789abcdef_" HEX40 ")" },
	{ "token", "ghp_" "abcdefghijklmnopqrstuvwxyz0123456789", "ghp_" "abcdefghijklmnopqrstuvwxyz0123456789" },
	{ "token", "11AAAAAAA0abcdefghijklmn_x", "github_" "pat_11AAAAAAA0abcdefghijklmn_x" },
	{ "token", "abcdefghij0123456789", "glpat" "-abcdefghij0123456789" },
	{ "token", "123456789012-abcdefghijkl", "xoxb" "-123456789012-abcdefghijkl" },
	{ "token", "0123456789abcdefghijklmn", "sk_" "live_0123456789abcdefghijklmn" },
	{ "token", "SyA0123456789abcdefghijklmnopqrstuv", "AIza" "SyA0123456789abcdefghijklmnopqrstuvw" },
	{ "token", "api03-abcdefghijklmnopqrst", "sk-" "ant-api03-abcdefghijklmnopqrst" },
	{ "slack-hook", "T000/B000/XXXXXXXX", "https://hooks.slack" ".com/services/T000/B000/XXXXXXXX" },
	{ "password", "hunter2", "password=hunter2" }, { "password", "hunter two", "\"password\": \"hunter two\"," },
	{ "password", "tr0ub4dor", "Password: tr0ub4dor" }, { "password", "abcd1234", "export GITHUB_TOKEN=abcd1234" },
	{ "password", "s3cr3tvalue", "  clientSecret: client_secret: 's3cr3tvalue'" },
	{ "password", "wJalrXUtnFEMI", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
	{ "password", "longvalue9", "PGPASSWORD=longvalue9 psql" }, { "password", "qwer-5678", "api-key: qwer-5678" },
	{ "password", "Zk9", "SMTP_PASSWORD='Zk9!x'" }, { "password", "cd ef", "passwd=\"ab cd ef\"" }, { "password", "def123", "\"password\": \"abc\\\"def123\"" },
	{ "password", "rd,1", "password = \"pa;ss'word,1\"" }, { "password", "s3cr3tvalue", "{\\\"password\\\": \\\"s3cr3tvalue\\\"}" },
	{ "password", "Geheim-99x", "user: admin / pw: Geheim-99x" }, { "password", "eyJzaWci0", "licenseKey: eyJzaWci0iOiJ" },
	{ "password", "3eb6db5a", "secret_key_base: 3eb6db5a9026c547" },
	{ "password-line", "correcthorse", "auth:\n  password: correcthorsebatterystaple\n" },
	{ "password-said", "Sommer2024", "the password is Sommer2024! please do not share it" },
	{ "password-said", "Geheim123", "Passwort: Geheim123!" }, { "password-said", "Secret-123", "mot de passe : Secret-123" },
	{ "command-line", "SuperSecret", "curl -sS \\\n  -u admin:SuperSecret https://sg.example/.api" },
	{ "command-line", "Welcome!", "curl --user 'alice:Welcome!' https://x" }, { "command-line", "letmein", "src login --token letmein" },
	{ "command-line", "Secret123x", "mysql -u root -pSecret123x -h db" },
	{ "command-line", "Secret123x", "docker login -u acme -p Secret123x registry.example" },
	{ "command-line", "0f1e2d3c", "machine git.example login bot password 0f1e2d3c4b5a" },
	{ "command-line", "dXNlcjpw", "_auth=dXNlcjpwYXNzd29yZA==" },
	{ "env-value", "s3cretpg", "  - name: POSTGRES_PASSWORD\n    value: s3cretpg" },
	{ "env-value", "two words", "{\"name\": \"SMTP_SECRET\", \"value\": \"two words\"}" },
	{ "xml-value", "Geheim", "<smtp><password>Geheim</password></smtp>" },
	{ "xml-value", "a1b2c3d4", "<add key=\"ApiSecret\" value=\"a1b2c3d4\"/>" },
	{ "private-key", "AAABAQC9", "PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 2\nAAABAQC9cVn0\nAAAx=\nPrivate-MAC: 0123" },
	{ "private-key", "LS0tLS1C", "tls.key: LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSQ==" },
	{ "private-key", "LS0tLS1C", "id_rsa: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUk=" },
	{ "private-key", "b3BlbnNz", "\"key\": \"-----BEGIN OPENSSH PRIVATE KEY-----\\nb3BlbnNz\\n-----END OPENSSH PRIVATE KEY-----\\n\"" },
	{ "url-password", "w0rd", "postgres://sg:p@ss/w0rd@db.example:5432/sg" },
	{ "token", "Rm9ybWF0", "SOURCEGRAPH_LICENSE=eyJzaWci" "OnsiRm9ybWF0Ijoic3NoLXJzYSJ9LCJpbmZv" },
	{ "token", "0123456789abcdef0123456789abcdef", "dapi" "0123456789abcdef0123456789abcdef" },
};

/* What support mails are full of, and no secret. */
static const char *const ordinary[] = {
	"The password is wrong, says the log: password: required; then password: invalid.", "Please reset my password: thanks!",
	"token: expired", "error: invalid token", "auth: token=<redacted>", "password=${DB_PASSWORD}", "password: \"\"", "secret: null", "secret = none",
	"password=$(cat file)", "passwordless login", "the keyword: search-2", "PASSWORD: ********", "key: value", "monkey: banana1", "tokens per second: 1200.5",
	"tokenizer: 12ms", "authorization: needed for all", "Authorization is done by the proxy 2 times", "cookie: yes", "We eat cookies: 2 a day",
	"Bearer tokens are long", "the bearer of this letter", "-----BEGIN CERTIFICATE-----\nMIIabc\n-----END CERTIFICATE-----",
	"-----BEGIN PUBLIC KEY-----\nMIIabc\n-----END PUBLIC KEY-----", "https://example.com/a:b@c", "http://example.com:8080/path?key=abc",
	"https://sourcegraph.example.com/search?q=repo:foo&patternType=keyword", "ssh://git@github.example/x", "https://ada@example.com/",
	"mail ada@example.com, at 10:30@home", "commit " HEX40, "sha256:" HEX40 HEX40, "uuid 123e4567-e89b-12d3-a456-426614174000",
	"v5.2.1, build 2026-11-02T08:14:55Z", "zoekt-webserver-0  1/1  Running", "sk-learn is installed", "sgp is an abbreviation", "eyJ is a prefix",
	"github_pat_ is how they start", "pass: 12 fail: 3", "3 tests passed: 12s", "secretary: Ada 2", "compass: north-7", "AKIAIO", "ASIA-PACIFIC", "account: key 5",
	"The key: a 64-bit one", "bypass=1234", "trespass: 12345678",
	"const secret = process.env.SECRET", "password: os.environ[\"PG\"]", "if password = \"\" then", "docker run -u 1000:1000 --rm x", "curl -v https://x/a:b",
	"pg_dump --no-password sg", "--token-file /etc/token", "The password is case-sensitive and 12 characters long", "the password is base64-encoded",
	"Password: required\nUsername: required\n", "  - name: PASSWORD_MIN_LENGTH\n    valueFrom: x", "  - name: SRC_LOG_LEVEL\n    value: debug",
	"- name: DB_PASSWORD\n  value: $(PG)", "tls.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSQ==", "secretKeyRef:\n  name: pg\n  key: password",
	"<token/> <password></password>", "postgres://db:5432/sg", "https://sg.example/github.com/a/b@v1.2:/-/blob", "pw is short for password",
	"mysql -P 3306 -h db", "the login failed; password 2 days old",
};

static size_t
of_name(const struct redaction *all, size_t n, const char *name, struct redaction *out)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].name, name) == 0) {
			*out = all[i];
			return 1;
		}
	return 0;
}

static void
secrets_are_taken_out_each_by_its_own(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct redaction *v, one;
	size_t n = redactions_default(a, &v);

	(void)state;
	for (size_t i = 0; i < COUNT(found); i++) {
		assert_non_null(strstr(found[i].text, found[i].secret));
		assert_int_equal(of_name(v, n, found[i].name, &one), 1);
		if (strstr(cleaned(a, &one, 1, found[i].text), found[i].secret) != NULL)
			fail_msg("%s does not find: %s", found[i].name, found[i].text);
		if (strstr(cleaned(a, v, n, found[i].text), found[i].secret) != NULL)
			fail_msg("all together leave: %s -> %s", found[i].text, cleaned(a, v, n, found[i].text));
	}
	for (size_t i = 0; i < n; i++) { /* none is without a test */
		bool tested = false;

		for (size_t k = 0; k < COUNT(found); k++)
			tested = tested || strcmp(found[k].name, v[i].name) == 0;
		assert_true(tested);
		assert_true(redaction_is_default(v[i].name));
	}
	redactions_free(v, n);
}

static void
ordinary_text_stays_as_it_is(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct redaction *v;
	size_t n = redactions_default(a, &v);

	(void)state;
	for (size_t i = 0; i < COUNT(ordinary); i++)
		if (strcmp(cleaned(a, v, n, ordinary[i]), ordinary[i]) != 0)
			fail_msg("changed: %s -> %s", ordinary[i], cleaned(a, v, n, ordinary[i]));
	redactions_free(v, n);
}

static void
what_names_the_secret_stays(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct redaction *v;
	size_t n = redactions_default(a, &v);

	(void)state;
	assert_string_equal(cleaned(a, v, n, "Authorization: Bearer abcdefghijklmnop1234\nCookie: a=b; c=d\nhttps://u:pw@h/x?token=abcd1234&q=1"),
	    "Authorization: Bearer [authorization]\nCookie: [cookie]\nhttps://u:[password]@h/x?token=[secret]&q=1");
	redactions_free(v, n);
}

/* A text that brings one to its limits would withhold everything from the team. */
static void
no_text_makes_them_slow(void **state)
{
	static const char *const repeats[] = { "a", "-", "-----BEGIN PRIVATE KEY-----", "eyJaaaaaaaaaaaa.", "authorization: ", "http://", "http://a:", "x_", "?token=",
		"password:", "a.b", "Bearer ", "cookie: a", "ey", " ", "\n", "1", "sk-", "aaaa@" };
	AUTO_ARENA struct arena *a = arena_new();
	struct redaction *v;
	size_t n = redactions_default(a, &v);
	struct blow_up b;

	(void)state;
	for (size_t i = 0; i < n; i++)
		if (pattern_blow_up(a, v[i].re, true, &b))
			fail_msg("%s: \"%s\", \"%s\" %u times: %llu steps", v[i].name, b.before, b.again, b.growth[2].times, b.growth[2].steps);
	for (size_t r = 0; r < COUNT(repeats); r++) {
		AUTO_BUF struct buf text;
		const char *report;

		buf_init(&text, 1 << 20);
		while (text.len < REDACT_BYTES)
			buf_puts(&text, repeats[r]);
		redact(a, v, n, text.data, &report);
		if (report != NULL && strstr(report, "withheld") != NULL && strcmp(repeats[r], "?token=") != 0)
			fail_msg("'%s' again and again: %s", repeats[r], report);
	}
	redactions_free(v, n);
}

#define CONF "address e@example.com\noperator o@example.com\nstaff example.com\nauthserv-id none\n"

static struct settings *
settings(struct arena *a, const char *more, struct diag *d)
{
	const char *text = arena_printf(a, CONF "%s", more);

	diag_init(d, a);
	return settings_read(a, conf_read_text(a, "relay.conf", text, strlen(text), true, d), "relay.conf", d);
}

static void
customers_are_not_named(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct diag d;
	struct settings *s = settings(a, "customer acme { name \"ACME Corp.\"; domain acme.example; alias Roadrunner \"Wile & Sons\" }\n"
	    "customer x { name X; domain x.example }\n", &d);

	(void)state;
	assert_non_null(s);
	assert_string_equal(cleaned(a, s->redactions, s->nredactions, "Acme runs it, ACME\n Corp. too: wile@eu.acme.example, https://git.acme.example/x, acme-prod-1, "
	    "WILE & SONS, roadrunner's"), "[customer] runs it, [customer] too: [customer], https://[customer]/x, [customer]-prod-1, [customer], [customer]'s");
	assert_string_equal(cleaned(a, s->redactions, s->nredactions, "acmeist, pacme, acme2 and X; notacme.example"), "acmeist, pacme, acme2 and X; notacme.example");
	assert_string_equal(cleaned(a, s->redactions, s->nredactions, "at x.example"), "at [customer]"); /* a short name is a domain all the same */
	settings_free(s);
}

static void
the_operator_has_the_last_word(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct diag d;
	struct settings *s = settings(a, "redact cookie off\nredact customer off\nredact jwt ~ /eyJ\\S+/ \"(a token)\"\nredact case ~ /case-\\d+/i \"[case]\"\n"
	    "customer acme { domain acme.example }\n", &d);

	(void)state;
	assert_non_null(s);
	assert_string_equal(cleaned(a, s->redactions, s->nredactions, "Case-7 of acme.example, Cookie: a=b, eyJabc, password=abcd1"),
	    "[case] of acme.example, Cookie: a=b, (a token) password=[secret]");
	settings_free(s);
	assert_null(settings(a, "redact cookies off\n", &d));
	assert_non_null(strstr(d.items[d.n - 1].message, "no redaction 'cookies'"));
	assert_null(settings(a, "redact cookie of\n", &d));
}

static void
a_thousand_customers_are_few_patterns(void **state)
{
	AUTO_ARENA struct arena *a = arena_new();
	AUTO_BUF struct buf b;
	struct settings *s;
	struct redaction *v;
	size_t n = redactions_default(a, &v);
	struct diag d;

	(void)state;
	redactions_free(v, n);
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "customer c%d { name \"Customer Number %d\"; domain c%d.example }\n", i, i, i);
	s = settings(a, b.data, &d);
	assert_non_null(s);
	assert_true(s->nredactions < n + 20);
	assert_string_equal(cleaned(a, s->redactions, s->nredactions, "Customer Number 999 and c999.example, c0.example"), "[customer] and [customer], [customer]");
	settings_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_taken_out_each_by_its_own),
		cmocka_unit_test(ordinary_text_stays_as_it_is),
		cmocka_unit_test(what_names_the_secret_stays),
		cmocka_unit_test(no_text_makes_them_slow),
		cmocka_unit_test(customers_are_not_named),
		cmocka_unit_test(the_operator_has_the_last_word),
		cmocka_unit_test(a_thousand_customers_are_few_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Goal: relay.conf means what it says, every mistake is told where it stands, and no secret is ever shown. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/keys.h"
#include "config/read.h"
#include "config/settings.h"
#include "ground/buf.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/regex.h"
#include "ground/zone.h"

#define GOLDEN "tests/golden/config"
#define LEAST  "address escalations@example.com\noperator support-ops@example.com\nstaff example.com\nauthserv-id mx.example.com\n"

struct fixture {
	struct arena *arena;
	struct diag diag;
	struct buf out;
	struct settings *s;
};

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->arena = arena_new();
	diag_init(&f->diag, f->arena);
	buf_init(&f->out, 1 << 20);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	settings_free(f->s);
	buf_free(&f->out);
	arena_free(f->arena);
	free(f);
	return 0;
}

static const char *
complaints(struct fixture *f)
{
	buf_reset(&f->out);
	diag_print(&f->diag, &f->out, false);
	return f->out.data;
}

static struct settings *
read_as(struct fixture *f, const char *text)
{
	settings_free(f->s);
	diag_init(&f->diag, f->arena);
	f->s = settings_read(f->arena, conf_read_text(f->arena, "relay.conf", text, strlen(text), true, &f->diag),
	    "/etc/escrelay/relay.conf",
	    &f->diag);
	return f->s;
}

static struct settings *
must_read(struct fixture *f, const char *text)
{
	if (read_as(f, text) == NULL)
		fail_msg("%s", complaints(f));
	return f->s;
}

static void
assert_date(struct civil_date d, int year, int month, int day)
{
	assert_int_equal(d.year, year);
	assert_int_equal(d.month, month);
	assert_int_equal(d.day, day);
}

static void
the_shipped_file_is_ready_to_be_edited(void **state)
{
	struct fixture *f = *state;
	struct conf_tree *tree = conf_read(f->arena, "relay.conf", &f->diag);
	const struct settings *s;

	assert_non_null(tree);
	s = f->s = settings_read(f->arena, tree, "relay.conf", &f->diag);
	if (s == NULL)
		fail_msg("%s", complaints(f));
	assert_int_equal(s->nengineers, 3);
	assert_string_equal(settings_engineer(s, "valery")->emails[0], "valery@example.com");
	assert_int_equal(s->nteams, 4);
	assert_string_equal(settings_team(s, "identity")->email, "identity-help@example.com");
	assert_string_equal(settings_customer(s, "globex")->domains[0], "globex.example");
	assert_int_equal(s->rotations[0].nseats, 3);
	assert_int_equal(s->seats_wanted, 3);
	assert_string_equal(s->fallback, "support-lead@example.com");
	assert_int_equal(s->mailboxes[0].password.kind, SECRET_CREDENTIAL);
	assert_string_equal(s->folder, ".");
}

static void
the_words_mean_what_they_say(void **state)
{
	struct fixture *f = *state;
	const struct settings *s = must_read(f, LEAST
	    "store escrelay.db; reply-address Esc-%t@Replies.Example.COM; name \"The Desk\"\n"
	    "mailbox support {\n url imaps://imap.example.com/Support%20%c3%84%2fIn\n user escalations@example.com\n"
	    " password credential imap-password\n done Escalations/Done\n poll 60s\n size-limit 50M\n}\n"
	    "mailbox local { url imap://[::1]:1143; tls off; user u; password file pw; acknowledge keyword; ca ca.pem }\n"
	    "mailbox cloud { url imap://imap.example.com/; user u; auth xoauth2 { token-url https://l.example.com/t; client me; refresh env R } }\n"
	    "submission { url smtp://smtp.example.com; timeout 1m30s }\n"
	    "engineer keegancsmith {\n name \"Keegan\"\n email keegan@example.com k@Example.COM\n zone Africa/Johannesburg\n"
	    " hours mon-fri 09:00-12:00 13:00-17:00\n hours sat,sun-mon 22:00-06:00\n hours Fri 9:30-24:00\n skill search go\n skill c\n cap 5\n"
	    " weight 50%\n offhours yes\n start 2026-01-01\n}\n"
	    "engineer BolajiOlajide { email bola@example.com; zone Africa/Lagos; hours daily 00:00-24:00 }\n"
	    "handover 09:00 Europe/London\ncover mon-fri 08:00-18:00 Europe/London\n"
	    "rotation side 2026-11-02 to 2026-12-14 { seats ? }\n"
	    "rotation core 2026-12-14 to 2027-01-14 { seats TBD }\n"
	    "rotation core 2026-11-02 to 2026-12-14 { seats keegancsmith bolajiolajide TBD }\n"
	    "away keegancsmith 2026-11-20 to 2026-11-23\naway keegancsmith 2026-11-25 13:00 to 2026-11-25 17:30\naway keegancsmith 2026-11-27\n"
	    "override CORE 2026-11-20 to 2026-11-23 { BolajiOlajide for keegancsmith }\n"
	    "severity 1 { ack 30m; update 4h; offhours yes }\nseverity 5 { ack 2d }\n"
	    "team search {\n email search-help@example.com\n number subject ~ /\\[#(?<number>\\d+)\\]/\n closed subject ~ /\\b(closed|resolved)\\b/i\n}\n"
	    "customer acme { domain acme.example; ga 2026-10-01; buffer 14d; aer ada@example.com; ie grace@example.com }\n"
	    "redact token ~ /ghp_\\w+/ \"[token]\"\nlimit case 5 per 2h\nkeep journal forever\nkeep outbox 30d\ndigest daily 07:30 Asia/Tokyo\n"
	    "digest-to a@example.com b@example.com\nbudget 8%\nlog debug\n");
	const struct engineer *e = settings_engineer(s, "KeeganCSmith");

	assert_string_equal(s->store, "/etc/escrelay/escrelay.db");
	assert_string_equal(s->reply_address, "Esc-%t@replies.example.com");
	assert_string_equal(s->fallback, s->operator_address);
	assert_string_equal(s->mailboxes[0].folder, "Support \xc3\x84/In");
	assert_int_equal(s->mailboxes[0].server.port, 993);
	assert_int_equal(s->mailboxes[0].server.tls, TLS_IMPLICIT);
	assert_int_equal(s->mailboxes[0].size_limit, 50 << 20);
	assert_string_equal(s->mailboxes[1].server.host, "::1");
	assert_int_equal(s->mailboxes[1].server.port, 1143);
	assert_int_equal(s->mailboxes[1].server.tls, TLS_OFF);
	assert_int_equal(s->mailboxes[1].acknowledge, ACK_KEYWORD);
	assert_string_equal(s->mailboxes[1].keyword, "$Escrelayed");
	assert_string_equal(s->mailboxes[1].folder, "INBOX");
	assert_string_equal(s->mailboxes[1].ca, "/etc/escrelay/ca.pem");
	assert_int_equal(s->mailboxes[2].auth, AUTH_XOAUTH2);
	assert_int_equal(s->mailboxes[2].server.tls, TLS_STARTTLS);
	assert_int_equal(s->mailboxes[2].oauth.refresh.kind, SECRET_ENV);
	assert_true(s->submission.configured);
	assert_int_equal(s->submission.auth, AUTH_NONE);
	assert_int_equal(s->submission.server.port, 587);
	assert_int_equal(s->submission.timeout, 90);
	assert_int_equal(s->submission.sessions, 2);

	assert_string_equal(e->emails[1], "k@example.com");
	assert_int_equal(e->nhours, 4);
	assert_int_equal(e->hours[1].days, 0x1f);
	assert_int_equal(e->hours[1].from, 13 * 60);
	assert_int_equal(e->hours[2].days, 0x61); /* Saturday, and Sunday to Monday */
	assert_int_equal(e->hours[2].to, 6 * 60);
	assert_int_equal(e->hours[3].days, 0x10);
	assert_int_equal(e->hours[3].to, 1440);
	assert_int_equal(e->nskills, 3);
	assert_int_equal(e->weight, 50);
	assert_true(e->offhours && e->has_start && !e->has_end);
	assert_string_equal(settings_engineer(s, "bolajiolajide")->full_name, "BolajiOlajide");
	assert_string_equal(e->zone_name, "Africa/Johannesburg");

	assert_int_equal(s->npools, 2);
	assert_string_equal(s->rotations[0].pool, "side");
	assert_date(s->rotations[1].from, 2026, 11, 2); /* sorted within its pool */
	assert_ptr_equal(s->rotations[1].seats[0].engineer, e);
	assert_null(s->rotations[1].seats[2].engineer);
	assert_string_equal(s->rotations[1].seats[2].name, "TBD");
	assert_int_equal(s->naways, 3);
	assert_int_equal(s->aways[1].from.minute, 13 * 60);
	assert_date(s->aways[2].to.date, 2026, 11, 27);
	assert_int_equal(s->aways[2].to.minute, 1440);
	assert_string_equal(s->overrides[0].pool, "core");
	assert_ptr_equal(s->overrides[0].stand_ins[0].whom, e);
	assert_int_equal(s->handover_minute, 9 * 60);
	assert_string_equal(s->covers[0].zone_name, "Europe/London");

	assert_int_equal(s->severities[1].ack, 1800);
	assert_true(s->severities[1].offhours && s->severities[0].offhours && !s->severities[2].offhours);
	assert_int_equal(s->severities[1].chase, 4 * 3600); /* not given: as it was */
	assert_true(s->has_severity[5] && !s->has_severity[4]);
	assert_int_equal(s->severities[5].ack, 2 * 86400);
	assert_int_equal(regex_search(s->teams[0].number.re, "Re: [#17]", 9, 0, NULL), REGEX_YES);
	assert_int_equal(regex_search(s->teams[0].closed.re, "Re: CLOSED", 10, 0, NULL), REGEX_YES);
	assert_true(s->teams[0].engineering);
	assert_int_equal(s->customers[0].buffer, 14 * 86400);
	assert_string_equal(s->redactions[0].with, "[token]");
	assert_int_equal(s->cap_case.mails, 5);
	assert_int_equal(s->cap_case.per, 7200);
	assert_int_equal(s->cap_recipient.mails, 60);
	assert_int_equal(s->keep_journal, 0);
	assert_int_equal(s->keep_outbox, 30 * 86400);
	assert_int_equal(s->digest_day, -1);
	assert_int_equal(s->digest_minute, 7 * 60 + 30);
	assert_int_equal(s->ndigest_to, 2);
	assert_int_equal(s->budget_percent, 8);
	assert_int_equal(s->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(f->diag.errors, 0);
	assert_int_equal(f->diag.n, 1); /* xoauth2: the token must come from elsewhere */
}

static void
a_few_lines_suffice_and_defaults_do_the_rest(void **state)
{
	struct fixture *f = *state;
	const struct settings *s = must_read(f, LEAST "rule \"x\" { whatever it holds }\n");

	assert_string_equal(s->reply_address, "escalations+%t@example.com");
	assert_string_equal(s->name, "Escalations");
	assert_string_equal(s->store, "/var/lib/escrelay/escrelay.db");
	assert_string_equal(s->authserv_id, "mx.example.com");
	assert_false(s->submission.configured);
	assert_string_equal(zone_name(s->handover_zone), "UTC");
	assert_int_equal(s->last_offer, 1800);
	assert_int_equal(s->default_severity, 2);
	assert_int_equal(s->token_valid, 30 * 86400);
	assert_int_equal(s->digest_day, 0);
	assert_string_equal(s->handover_default, "keep");
	assert_int_equal(s->log_level, LOG_LEVEL_INFO);
	assert_null(must_read(f,
	    "address e@example.com; operator o@example.com; staff example.com; authserv-id none")->authserv_id);
	assert_non_null(strstr(complaints(f), "relay.conf:1:79: warning: nothing proves who wrote a mail"));
}

static void
who_is_who(void **state)
{
	struct fixture *f = *state;
	const struct settings *s = must_read(f,
	    LEAST "reply-address esc-%t@r.example.com\nteam search { email search-help@example.com }\n"
	    "engineer a { email a@example.com a@home.example; zone UTC; hours daily 00:00-24:00 }\ncustomer acme { }\n");

	assert_string_equal(settings_engineer_by_address(s, "A@HOME.example")->name, "a");
	assert_null(settings_engineer_by_address(s, "b@home.example"));
	assert_null(settings_engineer(s, NULL));
	assert_string_equal(settings_team_by_address(s, "Search-Help@example.com")->name, "search");
	assert_null(settings_team(s, "searc"));
	assert_string_equal(settings_customer(s, "ACME")->full_name, "acme");
	assert_true(settings_is_staff(s, "x@eu.example.com"));
	assert_false(settings_is_staff(s, "x@notexample.com"));
	assert_false(settings_is_staff(s, "example.com"));
	assert_true(settings_is_own(s, "Escalations@example.com"));
	assert_true(settings_is_own(s, "ESC-abc@r.example.com"));
	assert_false(settings_is_own(s, "esc-@r.example.com"));
	assert_false(settings_is_own(s, "escalations+abc@example.com"));
	assert_false(settings_is_own(s, "nobody"));
}

static int
is_conf(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 5 && strcmp(e->d_name + len - 5, ".conf") == 0;
}

static void
compare_golden(struct fixture *f, const char *path, const char *got)
{
	char want[65536] = "";
	FILE *file;

	if (getenv("UPDATE") != NULL) {
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(got, file);
		assert_int_equal(fclose(file), 0);
		return;
	}
	file = fopen(path, "r");
	if (file == NULL)
		fail_msg("no %s; make it with UPDATE=1 and read it", path);
	want[fread(want, 1, sizeof(want) - 1, file)] = '\0';
	fclose(file);
	if (strcmp(want, got) != 0)
		fail_msg("%s differs; got:\n%s", path, f->out.data);
}

/* Each NAME.conf of the folder is broken in some way; NAME.txt is what the operator is told. */
static void
every_mistake_is_told_as_agreed(void **state)
{
	struct fixture *f = *state;
	struct dirent **found;
	int n = scandir(GOLDEN, &found, is_conf, alphasort);

	assert_true(n >= 20);
	for (int i = 0; i < n; i++) {
		char path[300];
		struct conf_tree *tree;

		snprintf(path, sizeof(path), GOLDEN "/%s", found[i]->d_name);
		diag_init(&f->diag, f->arena);
		tree = conf_read(f->arena, path, &f->diag);
		assert_non_null(tree);
		f->s = settings_read(f->arena, tree, path, &f->diag);
		assert_true((f->s != NULL) == (strncmp(found[i]->d_name, "warn-", 5) == 0));
		settings_free(f->s);
		f->s = NULL;
		assert_true(f->diag.n > 0);
		memcpy(path + strlen(path) - 4, "txt", 4);
		path[strlen(path)] = '\0';
		compare_golden(f, path, complaints(f));
		assert_null(strstr(f->out.data, "hunter2"));
		free(found[i]);
	}
	free(found);
}

static void
each_key_has_a_reader_and_each_reader_a_key(void **state)
{
	const struct bindings *all[] = { &top_bindings, &mailbox_bindings, &submission_bindings, &oauth_bindings,
	    &webhook_bindings,
		&engineer_bindings, &rotation_bindings, &severity_bindings, &team_bindings, &customer_bindings };
	size_t readers = 0;

	(void)state;
	for (size_t b = 0; b < COUNT(all); b++)
		for (size_t i = 0; i < all[b]->n; i++, readers++)
			if (key_find(all[b]->block, all[b]->v[i].name) == NULL)
				fail_msg("no key for the reader of '%s' in '%s'", all[b]->v[i].name, all[b]->block);
	for (size_t i = 0; i < nkeys; i++)
		readers += strcmp(keys[i].block, "rule") == 0; /* judge/rule.h reads those */
	assert_int_equal(readers, nkeys);
	for (size_t i = 0; i < nkeys; i++) {
		size_t len = strlen(keys[i].sentence);

		assert_true(len > 10 && keys[i].sentence[len - 1] == '.');
		assert_ptr_equal(key_find(keys[i].block, keys[i].name), &keys[i]); /* no name twice */
	}
	assert_string_equal(key_nearest("", "rotaton"), "rotation");
	assert_null(key_nearest("mailbox", "rotation"));
}

static void
help_fits_the_window_and_leaves_nothing_out(void **state)
{
	struct fixture *f = *state;
	static const size_t widths[] = { 60, 80 };

	for (size_t w = 0; w < COUNT(widths); w++) {
		buf_reset(&f->out);
		assert_true(keys_help(&f->out, NULL, widths[w], false));
		for (const char *line = f->out.data; *line != '\0'; line += strcspn(line, "\n") + 1)
			if (strcspn(line, "\n") > widths[w])
				fail_msg("too wide for %zu: %.*s", widths[w], (int)strcspn(line, "\n"), line);
		for (size_t i = 0; i < nkeys; i++) {
			char want[200];

			snprintf(want, sizeof(want), "\n  %s %s", keys[i].name, keys[i].form);
			assert_non_null(strstr(f->out.data, want));
		}
		assert_null(strchr(f->out.data, '\033'));
	}
	buf_reset(&f->out);
	assert_true(keys_help(&f->out, "keep", 80, true));
	assert_non_null(strstr(f->out.data, "keep outbox"));
	assert_non_null(strchr(f->out.data, '\033'));
	buf_reset(&f->out);
	assert_true(keys_help(&f->out, "zone", 80, false));
	assert_non_null(strstr(f->out.data, "In a block of engineer:"));
	assert_non_null(strstr(f->out.data, "In a block of team:"));
	assert_false(keys_help(&f->out, "zones", 80, false));
}

static void
put_secret(const char *path, const char *bytes, size_t len, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* The secret's value or the reason why there is none. */
static const char *
secret(struct fixture *f, enum secret_kind kind, const char *where, const char *folder)
{
	struct secret_ref ref = { kind, where };
	const char *why = NULL;
	char *value = secret_read(&ref, folder, &why);
	const char *copy = arena_strdup(f->arena, value != NULL ? value : why);

	assert_non_null(copy);
	free(value);
	return copy;
}

static void
secrets_are_read_late_and_guarded(void **state)
{
	struct fixture *f = *state;
	char folder[] = "/tmp/escrelay-secret-XXXXXX", path[64];
	char *huge = xcalloc(1, SECRET_BYTES_MAX + 1);

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/pw", folder);
	put_secret(path, "hunter2\r\n", 9, 0600);
	assert_string_equal(secret(f, SECRET_FILE, "pw", folder), "hunter2");
	assert_string_equal(secret(f, SECRET_FILE, path, "/nowhere"), "hunter2");
	put_secret(path, "hunter2\n\n", 9, 0640);
	assert_non_null(strstr(secret(f, SECRET_FILE, "pw", folder), "pw has more than one line"));
	put_secret(path, "a\0b", 3, 0600);
	assert_non_null(strstr(secret(f, SECRET_FILE, "pw", folder), "holds a NUL byte"));
	put_secret(path, "\n", 1, 0600);
	assert_non_null(strstr(secret(f, SECRET_FILE, "pw", folder), "is empty"));
	memset(huge, 'x', SECRET_BYTES_MAX + 1);
	put_secret(path, huge, SECRET_BYTES_MAX + 1, 0600);
	assert_non_null(strstr(secret(f, SECRET_FILE, "pw", folder), "is longer than 64 KiB"));
	put_secret(path, "hunter2", 7, 0644);
	assert_non_null(strstr(secret(f, SECRET_FILE, "pw", folder),
	    "may be read by everybody on this machine (mode 644)"));
	put_secret(path, "hunter2", 7, 0620);
	assert_non_null(strstr(secret(f, SECRET_FILE, "pw", folder), "may be changed by others"));
	assert_non_null(strstr(secret(f, SECRET_FILE, ".", folder), "is no plain file"));
	assert_non_null(strstr(secret(f, SECRET_FILE, "none", folder), "No such file or directory"));

	unsetenv("CREDENTIALS_DIRECTORY");
	assert_non_null(strstr(secret(f, SECRET_CREDENTIAL, "pw", NULL), "CREDENTIALS_DIRECTORY is not set"));
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	put_secret(path, "hunter2", 7, 0444); /* as the service manager makes them */
	assert_string_equal(secret(f, SECRET_CREDENTIAL, "pw", NULL), "hunter2");
	setenv("ESCRELAY_TEST_SECRET", "hunter2", 1);
	assert_string_equal(secret(f, SECRET_ENV, "ESCRELAY_TEST_SECRET", NULL), "hunter2");
	setenv("ESCRELAY_TEST_SECRET", "hun\nter2", 1);
	assert_non_null(strstr(secret(f, SECRET_ENV, "ESCRELAY_TEST_SECRET", NULL), "has more than one line"));
	unsetenv("ESCRELAY_TEST_SECRET");
	assert_string_equal(secret(f, SECRET_ENV, "ESCRELAY_TEST_SECRET", NULL),
	    "the environment has no ESCRELAY_TEST_SECRET");
	assert_string_equal(secret(f, SECRET_NONE, NULL, NULL), "no secret is configured");
	free(huge);
	unlink(path);
	rmdir(folder);
}

static void
a_flood_of_engineers_is_refused_in_time(void **state)
{
	struct fixture *f = *state;
	struct buf text;

	buf_init(&text, 4 << 20);
	buf_puts(&text, LEAST);
	for (int i = 0; i < 6000; i++)
		buf_printf(&text, "customer c%d { }\n", i);
	assert_null(read_as(f, text.data));
	buf_free(&text);
	assert_non_null(strstr(complaints(f), "'customer' is given more than 2000 times"));
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(the_shipped_file_is_ready_to_be_edited),
		T(the_words_mean_what_they_say),
		T(a_few_lines_suffice_and_defaults_do_the_rest),
		T(who_is_who),
		T(every_mistake_is_told_as_agreed),
		T(each_key_has_a_reader_and_each_reader_a_key),
		T(help_fits_the_window_and_leaves_nothing_out),
		T(secrets_are_read_late_and_guarded),
		T(a_flood_of_engineers_is_refused_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

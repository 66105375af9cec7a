/* Goal: whatever a server says, and wherever it stops, the outcome is the right one and no secret is repeated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/smtp_room.h"
#include "ground/mem.h"

#define PASSWORD "correct horse"

static void
say(struct smtp_talk *t, const char *line)
{
	smtp_talk_say(t, line, strlen(line));
}

static bool
hear(struct smtp_talk *t, const char *line)
{
	return smtp_talk_hear(t, line, strlen(line));
}

/* Plays a conversation: lines that begin with "> " are ours. */
static bool
play(struct smtp_talk *t, const char *const *lines)
{
	bool go_on = true;

	for (; *lines != NULL; lines++) {
		if (strncmp(*lines, "> ", 2) == 0)
			say(t, *lines + 2);
		else
			go_on = hear(t, *lines);
	}
	return go_on;
}
#define PLAY(t, ...) play(t, (const char *const[]){ __VA_ARGS__, NULL })

static enum smtp_outcome
judge(const struct smtp_talk *t, struct smtp_ending e)
{
	return smtp_judge(t, &e);
}

static const struct smtp_ending well = { .ok = true, .whole = true }, broken = { .ok = false },
	broken_whole = { .whole = true }, misconfigured = { .setup = true };

static void
a_good_conversation_is_followed_to_its_end(void **state)
{
	struct smtp_talk t;
	char words[512], enhanced[16];

	(void)state;
	smtp_talk_init(&t, TLS_STARTTLS, PASSWORD);
	assert_true(PLAY(&t, "220 mx ESMTP\r\n", "> EHLO relay\r\n", "250-mx\r\n", "250 STARTTLS\r\n"));
	assert_int_equal(t.step, STEP_EHLO);
	assert_false(t.secure); /* no AUTH offered before TLS is as it should be */
	assert_true(PLAY(&t, "> STARTTLS\r\n", "220 go\r\n"));
	assert_true(PLAY(&t, "> EHLO relay\r\n", "250-mx\r\n", "250-AUTH PLAIN LOGIN\r\n", "250 SIZE\r\n"));
	assert_true(PLAY(&t, "> AUTH PLAIN AGEAY29ycmVjdCBob3JzZQ==\r\n", "235 ok\r\n"));
	assert_true(t.authenticated);
	PLAY(&t, "> MAIL FROM:<a@x>\r\n", "250 ok\r\n", "> RCPT TO:<b@x>\r\n", "250 ok\r\n", "> DATA\r\n");
	assert_int_equal(t.step, STEP_DATA);
	PLAY(&t, "354 go on\r\n");
	assert_int_equal(t.step, STEP_BODY);
	assert_int_equal(t.code, 0);
	PLAY(&t, "250-2.6.0 kept\r\n", "250 2.6.0 as 4711\r\n");
	assert_int_equal(judge(&t, well), SMTP_SENT);
	smtp_talk_words(&t, words, sizeof(words));
	assert_string_equal(words, "250-2.6.0 kept as 4711");
	smtp_talk_enhanced(&t, enhanced);
	assert_string_equal(enhanced, "2.6.0");
	PLAY(&t, "> QUIT\r\n", "421 whatever\r\n");
	assert_int_equal(judge(&t, well), SMTP_SENT);

	/* The next one on the same connection knows nothing of the last one's answers, and that we are logged in. */
	smtp_talk_next(&t);
	assert_int_equal(judge(&t, broken), SMTP_SOFT);
	assert_true(t.authenticated);
	smtp_talk_free(&t);
}

/* Each step answered by each class of code. */
static void
a_code_means_what_its_step_makes_of_it(void **state)
{
	static const struct { const char *say[6]; enum smtp_outcome five; } steps[] = {
		{ { NULL }, SMTP_SUBMISSION },
		{ { "> EHLO r" }, SMTP_SUBMISSION },
		{ { "> EHLO r", "250 ok", "> STARTTLS" }, SMTP_SUBMISSION },
		{ { "> EHLO r", "250 ok", "> AUTH PLAIN" }, SMTP_SUBMISSION },
		{ { "> MAIL FROM:<>" }, SMTP_HARD },
		{ { "> MAIL FROM:<>", "250 ok", "> RCPT TO:<b@x>" }, SMTP_HARD },
		{ { "> MAIL FROM:<>", "250 ok", "> DATA" }, SMTP_HARD },
		{ { "> MAIL FROM:<>", "250 ok", "> DATA", "354 go" }, SMTP_HARD },
	};
	static const char *const soft[] = { "421 4.4.2 bye", "450 later", "451 4.7.1 greylisted", "499 unheard of" };
	static const char *const five[] = { "500 what?", "550 5.1.1 no", "552 5.3.4 too big", "554-no", "599 unheard of" };
	static const char *const login[] = { "530 5.7.0 log in", "534 5.7.9 weak", "535 5.7.8 no", "538 encrypt" };

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		for (size_t j = 0; j < 4 + 5 + 4; j++) {
			const char *line = j < 4 ? soft[j] : j < 9 ? five[j - 4] : login[j - 9];
			struct smtp_talk t;

			smtp_talk_init(&t, TLS_OFF, NULL);
			play(&t, steps[i].say);
			hear(&t, line);
			if (line[3] == '-')
				hear(&t, "554 indeed");
			/* The outcome is the answer's, however the rest went. */
			for (unsigned how = 0; how < 8; how++)
				assert_int_equal(judge(&t, (struct smtp_ending){ .whole = how & 1, .setup = how & 2, .stopped = how & 4 }),
				    j < 4 ? SMTP_SOFT : j < 9 ? steps[i].five : SMTP_SUBMISSION);
			smtp_talk_free(&t);
		}
	}
}

static void
silence_means_what_the_server_may_have(void **state)
{
	struct smtp_talk t;

	(void)state;
	smtp_talk_init(&t, TLS_OFF, NULL);
	assert_int_equal(judge(&t, broken), SMTP_SOFT);        /* no connection */
	assert_int_equal(judge(&t, misconfigured), SMTP_SUBMISSION); /* a certificate, say */
	PLAY(&t, "220 mx", "> EHLO r", "250 mx", "> MAIL FROM:<a@x>");
	assert_int_equal(judge(&t, broken), SMTP_SOFT);        /* the 250 of EHLO does not count */
	assert_int_equal(judge(&t, (struct smtp_ending){ .stopped = true }), SMTP_STOPPED);
	PLAY(&t, "250 ok", "> RCPT TO:<b@x>", "250 ok", "> DATA", "354 go");
	assert_int_equal(judge(&t, broken), SMTP_SOFT);        /* before the last byte */
	assert_int_equal(judge(&t, (struct smtp_ending){ .stopped = true }), SMTP_STOPPED);
	assert_int_equal(judge(&t, broken_whole), SMTP_DOUBT);
	assert_int_equal(judge(&t, (struct smtp_ending){ .stopped = true, .whole = true }), SMTP_DOUBT);
	hear(&t, "550-5.7.1 half of an ans");                  /* is none */
	assert_int_equal(judge(&t, broken_whole), SMTP_DOUBT);
	smtp_talk_free(&t);
}

static void
only_a_2xx_to_the_dot_is_sent(void **state)
{
	struct smtp_talk t;

	(void)state;
	smtp_talk_init(&t, TLS_OFF, NULL);
	PLAY(&t, "220 mx", "> EHLO r", "250 mx", "> MAIL FROM:<a@x>", "250 ok");
	assert_int_equal(judge(&t, well), SMTP_DOUBT); /* "ended well" in the middle: believe neither */
	PLAY(&t, "> RCPT TO:<b@x>", "250 ok", "> DATA", "354 go");
	assert_int_equal(judge(&t, well), SMTP_DOUBT);
	hear(&t, "354 go on, really");
	assert_int_equal(judge(&t, broken_whole), SMTP_DOUBT);
	hear(&t, "250 ok");
	assert_int_equal(judge(&t, well), SMTP_SENT);
	assert_int_equal(judge(&t, (struct smtp_ending){ .whole = true, .source_failed = true }), SMTP_UNFIT);
	smtp_talk_free(&t);
}

static void
a_session_that_needs_auth_goes_no_further_without(void **state)
{
	static const char *const offers[] = { "250 SIZE\r\n", "250 AUTH=PLAIN\r\n", "250 auth PLAIN\r\n", "250 AUTH\r\n",
		"250 XAUTH PLAIN\r\n" };
	struct smtp_talk t;

	(void)state;
	for (size_t i = 0; i < COUNT(offers); i++) {
		smtp_talk_init(&t, TLS_IMPLICIT, PASSWORD);
		assert_false(PLAY(&t, "220 mx", "> EHLO r", "250-mx\r\n", offers[i]));
		assert_int_equal(judge(&t, (struct smtp_ending){ .no_auth = true }), SMTP_SUBMISSION);
		smtp_talk_free(&t);
		smtp_talk_init(&t, TLS_IMPLICIT, NULL); /* without a user it is nobody's business */
		assert_true(PLAY(&t, "220 mx", "> EHLO r", "250-mx\r\n", offers[i]));
		smtp_talk_free(&t);
	}
	/* An offer before TLS is not an offer after it; nor is HELO's answer one. */
	smtp_talk_init(&t, TLS_STARTTLS, PASSWORD);
	assert_true(PLAY(&t, "220 mx", "> EHLO r", "250-mx", "250-AUTH PLAIN", "250 STARTTLS", "> STARTTLS", "220 go",
	    "> EHLO r"));
	assert_false(hear(&t, "250 mx"));
	smtp_talk_free(&t);
	smtp_talk_init(&t, TLS_IMPLICIT, PASSWORD);
	assert_false(PLAY(&t, "220 mx", "> EHLO r", "250-mx", "550 AUTH PLAIN", "> HELO r", "250 mx"));
	smtp_talk_free(&t);
}

/* base64 may spell a verb; an answer to a challenge is never one. */
static void
secrets_are_neither_commands_nor_words(void **state)
{
	struct smtp_talk t;
	char words[512];

	(void)state;
	smtp_talk_init(&t, TLS_OFF, PASSWORD);
	PLAY(&t, "> EHLO r", "250 AUTH LOGIN PLAIN", "> AUTH LOGIN", "334 VXNlcm5hbWU6", "> MAIL\r\n");
	assert_int_equal(t.step, STEP_AUTH);
	PLAY(&t, "334 UGFzc3dvcmQ6", "> QUIT\r\n");
	assert_false(t.over);
	PLAY(&t, "535-5.7.8 MAIL said QUIT and correct horse\r\n", "535 5.7.8 with AGEAY29ycmVjdCBob3JzZSBhbmQgbW9yZQ==\r\n");
	assert_int_equal(judge(&t, broken), SMTP_SUBMISSION);
	smtp_talk_words(&t, words, sizeof(words));
	assert_string_equal(words, "535-5.7.8 **** said **** and ************* with ************************************");
	smtp_talk_free(&t);

	smtp_talk_init(&t, TLS_OFF, PASSWORD);
	PLAY(&t, "> EHLO r", "250 AUTH PLAIN", "> AUTH PLAIN AGEAYg==\r\n", "235 ok", "> MAIL FROM:<>");
	hear(&t, "501 5.5.4 after AUTH PLAIN AGEAYg== you say MAIL?"); /* repeated later still */
	smtp_talk_words(&t, words, sizeof(words));
	assert_string_equal(words, "501 5.5.4 after AUTH PLAIN ******** you say MAIL?");
	smtp_talk_free(&t);
}

static void
answers_are_made_fit_for_a_terminal(void **state)
{
	struct smtp_talk t;
	char words[512], enhanced[16], *endless = xmalloc(100001);

	(void)state;
	memset(endless, 'x', 100000);
	endless[100000] = '\0';
	smtp_talk_init(&t, TLS_OFF, NULL);
	PLAY(&t, "> RCPT TO:<b@x>", "550-5.1.1 no \x1b[2J such\x00 user\r\n", "550-5.1.1   here\r\n", "550\r\n");
	smtp_talk_words(&t, words, sizeof(words));
	assert_null(strchr(words, '\x1b'));
	assert_non_null(strstr(words, "550-5.1.1 no \\x1b[2J such here"));
	PLAY(&t, "> RCPT TO:<b@x>", "550-first", endless, "garbage", "");
	for (unsigned i = 0; i < 1000; i++)
		hear(&t, "550-more and more and more\r\n");
	hear(&t, "550 5.7.1 end");
	smtp_talk_words(&t, words, sizeof(words));
	assert_int_equal(strlen(words), sizeof(words) - 1);
	assert_int_equal(judge(&t, broken), SMTP_HARD);
	PLAY(&t, "> RCPT TO:<b@x>", "550 5.1000.1 is no enhanced code");
	smtp_talk_enhanced(&t, enhanced);
	assert_string_equal(enhanced, "");
	PLAY(&t, "> RCPT TO:<b@x>", "550 5.1.1x is none either");
	smtp_talk_enhanced(&t, enhanced);
	assert_string_equal(enhanced, "");
	PLAY(&t, "> RCPT TO:<b@x>", "450 4.123.456");
	smtp_talk_enhanced(&t, enhanced);
	assert_string_equal(enhanced, "4.123.456");
	smtp_talk_free(&t);
	free(endless);
}

/* Nothing a server can say may upset the listener; a sanitizer looks on. */
static void
any_bytes_may_come(void **state)
{
	static const char alphabet[] = "2345 05-.\r\nAUTH x\0\xff";

	(void)state;
	srandom(7);
	for (unsigned round = 0; round < 3000; round++) {
		struct smtp_talk t;
		char words[64], enhanced[16];

		smtp_talk_init(&t, (enum tls_mode)(round % 3), round % 2 ? PASSWORD : NULL);
		for (unsigned i = 0; i < 20; i++) {
			size_t len = (size_t)random() % 30;
			char *line = xmalloc(len); /* exactly so long: reading on is found out */

			for (size_t j = 0; j < len; j++)
				line[j] = alphabet[(size_t)random() % (sizeof(alphabet) - 1)];
			if (random() % 3 == 0)
				smtp_talk_say(&t, line, len);
			else
				smtp_talk_hear(&t, line, len);
			if (random() % 5 == 0)
				say(&t, random() % 2 ? "AUTH PLAIN" : "EHLO x");
			free(line);
		}
		smtp_talk_words(&t, words, sizeof(words));
		smtp_talk_enhanced(&t, enhanced);
		assert_true(strlen(words) < sizeof(words));
		assert_int_not_equal(judge(&t, broken), SMTP_SENT);
		smtp_talk_free(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_conversation_is_followed_to_its_end),
		cmocka_unit_test(a_code_means_what_its_step_makes_of_it),
		cmocka_unit_test(silence_means_what_the_server_may_have),
		cmocka_unit_test(only_a_2xx_to_the_dot_is_sent),
		cmocka_unit_test(a_session_that_needs_auth_goes_no_further_without),
		cmocka_unit_test(secrets_are_neither_commands_nor_words),
		cmocka_unit_test(answers_are_made_fit_for_a_terminal),
		cmocka_unit_test(any_bytes_may_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

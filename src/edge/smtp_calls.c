/* smtp_calls.c - what libcurl asks and tells while a mail is under way. See smtp_curl.h. */
#include "edge/smtp_curl.h"

#include "ground/clock.h"

#define CONNECT_SECONDS 30          /* to a TCP connection */
#define COMMAND_SECONDS 300         /* for an answer to a command (RFC 5321 4.5.3.2) */
#define BLOCK_SECONDS   180         /* without a byte of the mail taken */
#define TICK_MS         100         /* between the caller's ticks: libcurl comes many times for each command */

/* As much as there is room for: what is returned at once is one packet, and one record of TLS. */
size_t
smtp_on_read(char *out, size_t size, size_t count, void *arg)
{
	struct smtp *c = arg;
	size_t room = size * count / 2, made = 0; /* room: for what is read, which may double */

	/* The last look before customers' words go out: libcurl sends mail without AUTH where it finds none it likes. */
	if (c->talk.need_auth && !c->talk.authenticated) {
		c->no_auth = true;
		return CURL_READFUNC_ABORT;
	}
	while (!c->ended && room > 0) {
		ssize_t got = c->mail->read(c->mail->context, c->in, room < PIECE ? room : PIECE);

		if (got < 0 || (size_t)got > PIECE) {
			c->source_failed = true;
			return CURL_READFUNC_ABORT;
		}
		c->ended = got == 0;
		made += got > 0 ? smtp_lines_add(&c->lines, c->in, (size_t)got, out + made) : smtp_lines_end(&c->lines, out + made);
		room -= (size_t)got;
	}
	if (made == 0)
		c->whole = true;
	c->bytes += made;
	return made;
}

size_t
smtp_on_header(char *line, size_t size, size_t count, void *arg)
{
	struct smtp *c = arg;

	c->moved = clock_monotonic_ms();
	if (!smtp_talk_hear(&c->talk, line, size * count)) {
		c->no_auth = true;
		return 0;
	}
	return size * count;
}

/* Only for the commands as they go out: the one way to know which of them an answer is for. Nothing is kept but what
 * smtp_talk_say takes. */
int
smtp_on_debug(CURL *curl, curl_infotype type, char *data, size_t len, void *arg)
{
	struct smtp *c = arg;

	(void)curl;
	if (type == CURLINFO_HEADER_OUT) {
		smtp_talk_say(&c->talk, data, len);
		c->moved = clock_monotonic_ms();
		if (c->talk.over && c->quit == 0)
			c->quit = c->moved;
	}
	return 0;
}

/* Milliseconds that nothing at all may happen at this point of the conversation; 0: libcurl's own limits will do. */
static int64_t
patience(const struct smtp *c)
{
	int64_t seconds = c->settings->timeout < COMMAND_SECONDS ? c->settings->timeout : COMMAND_SECONDS;
	curl_off_t connected = 0;

	if (c->whole)
		return 0; /* the server may think about the dot for as long as the settings say */
	if (c->talk.step == STEP_BODY && seconds > BLOCK_SECONDS)
		seconds = BLOCK_SECONDS;
	if (c->talk.step == STEP_CONNECT && seconds > CONNECT_SECONDS &&
	    curl_easy_getinfo(c->curl, CURLINFO_CONNECT_TIME_T, &connected) == CURLE_OK && connected == 0)
		seconds = CONNECT_SECONDS;
	return seconds * 1000;
}

/* Called at every step and each second, also while libcurl blocks on the final dot. */
int
smtp_on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
	struct smtp *c = arg;
	int64_t now = clock_monotonic_ms(), limit;

	(void)dltotal, (void)dlnow, (void)ultotal;
	if (ulnow != c->uploaded) {
		c->uploaded = ulnow;
		c->moved = now;
	}
	if (c->mail->tick != NULL && !c->stopped && now - c->ticked >= TICK_MS) {
		c->ticked = now;
		c->stopped = !c->mail->tick(c->mail->context, c->whole);
	}
	if (c->talk.over) /* decided; libcurl would wait for the answer to QUIT as long as for the dot's */
		return now - c->quit >= QUIT_SECONDS * INT64_C(1000) || c->stopped;
	limit = patience(c);
	if (limit > 0 && now - c->moved > limit)
		c->gave_up = true;
	return c->stopped || c->gave_up;
}

/* smtp_curl.h - what the files of the SMTP room that drive libcurl share: the session, its handle, and what libcurl
 * asks and tells while a mail is under way.
 */
#ifndef ESCRELAY_EDGE_SMTP_CURL_H
#define ESCRELAY_EDGE_SMTP_CURL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "edge/smtp_room.h"

#define PIECE        16384 /* read from the caller at once */
#define QUIT_SECONDS 2     /* for the answer to QUIT, which decides nothing */

struct smtp {
	const struct submission_settings *settings;
	char *password;             /* NULL: no AUTH */
	CURL *curl;                 /* NULL: the next mail makes a new one, and a new connection with it */
	CURLU *url;
	const char *fault;          /* why this submission can never work, NULL mostly */
	char error[CURL_ERROR_SIZE];
	struct smtp_talk talk;      /* lives as long as curl */

	/* The mail under way. */
	const struct smtp_mail *mail;
	struct smtp_lines lines;
	char in[PIECE];
	uint64_t bytes;
	int64_t begun, moved, quit, ticked; /* monotonic: the mail's begin, the last thing that happened, QUIT, the last tick */
	int64_t uploaded;
	bool ended, whole;          /* the caller has no more; libcurl knows it */
	bool source_failed, stopped, no_auth, gave_up;
};

/* An option that this libcurl does not know would be a protection that is not there. */
#define SET(c, option, value)                                                                  \
	do {                                                                                   \
		if (curl_easy_setopt((c)->curl, option, value) != CURLE_OK)                    \
			(c)->fault = "libcurl does not know " #option;                         \
	} while (0)

/* ---- smtp_handle.c: the handle, with every option that does not change from mail to mail ------------------ */

CURLU *smtp_url(const struct submission_settings *s);   /* NULL: the server's name or port is none */
bool   smtp_handle_make(struct smtp *c);                /* false: c->fault says why */
/* curl_easy_cleanup says QUIT on a connection that is still open and waits two minutes for the answer, deaf to
 * every option of ours: so the socket is made to have no answer. politely: our QUIT still goes out. */
void   smtp_handle_drop(struct smtp *c, bool politely);

/* ---- smtp_calls.c: what libcurl asks and tells ------------------------------------------------------------ */

size_t smtp_on_read(char *out, size_t size, size_t count, void *arg);
size_t smtp_on_header(char *line, size_t size, size_t count, void *arg);
int    smtp_on_debug(CURL *curl, curl_infotype type, char *data, size_t len, void *arg);
int    smtp_on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow);

#endif

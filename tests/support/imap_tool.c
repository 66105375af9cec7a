/* imap_tool.c - a hand on imap.h for the tests: settings as arguments, verbs as lines of stdin, an answer line each.
 *
 *   imap_tool host=H port=N tls=implicit|starttls|off user=U password=P folder=F done=D keyword=K ack=move|copy|keyword
 *             auth=password|xoauth2 ca=FILE limit=BYTES deadline=SECONDS stop=FD
 *   open | list | fetch UID... | save DIR UID... | ack UID... | wait SECONDS | close
 *
 * UIDs may be "all": those of the last list. Each verb answers "VERB STATUS MILLISECONDS [what]"; fetched mails come
 * before that as "mail UID SIZE BYTES DATE cut|whole ok|bad".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/imap.h"
#include "edge/imap_wire.h"
#include "ground/mem.h"

static const char *const status_words[] = { "OK", "GONE", "TEMPORARY", "AUTH", "TLS", "CONFIG", "HOSTILE", "STOPPED" };

struct tool {
	struct mailbox_settings settings;
	const char *password;
	int stop_fd;
	struct imap *im;
	uint32_t *uids;
	size_t n;
	char *folder;               /* where fetched mails are written, or NULL */
	FILE *file;                 /* the mail on its way */
	uint64_t bytes;
};

static void
set(struct tool *t, const char *name, const char *value)
{
	struct mailbox_settings *m = &t->settings;

	if (strcmp(name, "host") == 0)
		m->server.host = value;
	else if (strcmp(name, "port") == 0)
		m->server.port = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(name, "tls") == 0)
		m->server.tls = *value == 'i' ? TLS_IMPLICIT : *value == 's' ? TLS_STARTTLS : TLS_OFF;
	else if (strcmp(name, "user") == 0)
		m->user = value;
	else if (strcmp(name, "password") == 0)
		t->password = value;
	else if (strcmp(name, "folder") == 0)
		m->folder = value;
	else if (strcmp(name, "done") == 0)
		m->done = value;
	else if (strcmp(name, "keyword") == 0)
		m->keyword = value;
	else if (strcmp(name, "ack") == 0)
		m->acknowledge = *value == 'm' ? ACK_MOVE : *value == 'c' ? ACK_COPY : ACK_KEYWORD;
	else if (strcmp(name, "auth") == 0)
		m->auth = *value == 'x' ? AUTH_XOAUTH2 : AUTH_PASSWORD;
	else if (strcmp(name, "ca") == 0)
		m->ca = value;
	else if (strcmp(name, "limit") == 0)
		m->size_limit = strtoull(value, NULL, 10);
	else if (strcmp(name, "deadline") == 0)
		m->deadline = strtoll(value, NULL, 10);
	else if (strcmp(name, "stop") == 0)
		t->stop_fd = (int)strtol(value, NULL, 10);
	else {
		fprintf(stderr, "imap_tool: what is %s?\n", name);
		exit(2);
	}
}

static FILE *
part(const struct tool *t)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/part", t->folder);
	return fopen(path, "we");
}

static bool
on_piece(void *context, const char *bytes, size_t len)
{
	struct tool *t = context;

	if (t->folder != NULL && t->file == NULL)
		t->file = part(t);
	if (t->file != NULL && fwrite(bytes, 1, len, t->file) != len)
		return false;
	t->bytes += len;
	return true;
}

static bool
on_end(void *context, const struct imap_mail *mail)
{
	struct tool *t = context;
	char from[4096], to[4096];

	if (t->file != NULL) {
		fclose(t->file);
		t->file = NULL;
		snprintf(from, sizeof(from), "%s/part", t->folder);
		snprintf(to, sizeof(to), "%s/%" PRIu32 ".eml", t->folder, mail->uid);
		if (mail->ok && rename(from, to) != 0)
			return false;
	}
	printf("mail %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRId64 " %s %s\n", mail->uid, mail->size, t->bytes,
	    mail->internaldate, mail->cut ? "cut" : "whole", mail->ok ? "ok" : "bad");
	t->bytes = 0;
	return true;
}

/* UIDs of a line's rest; "all" stands for the last list. */
static size_t
chosen(const struct tool *t, char *rest, uint32_t **uids)
{
	size_t n = 0;
	char *save, *word;

	*uids = xcalloc(t->n + strlen(rest) + 1, sizeof(**uids));
	for (word = strtok_r(rest, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		if (strcmp(word, "all") == 0) {
			memcpy(*uids + n, t->uids, t->n * sizeof(**uids));
			n += t->n;
		} else
			(*uids)[n++] = (uint32_t)strtoul(word, NULL, 10);
	}
	return n;
}

static enum imap_status
verb(struct tool *t, const char *word, char *rest, char what[256])
{
	struct imap_sink sink = { t, on_piece, on_end };
	enum imap_status status;
	uint32_t *uids;
	size_t n;

	if (strcmp(word, "open") == 0) {
		status = imap_open(&t->im, &t->settings, t->password, t->stop_fd, what);
		if (status == IMAP_OK)
			snprintf(what, 256, "%" PRIu32 " %" PRIu32, imap_uidvalidity(t->im), imap_uidnext(t->im));
		return status;
	}
	if (strcmp(word, "close") == 0) {
		imap_close(t->im);
		t->im = NULL;
		return IMAP_OK;
	}
	if (t->im == NULL)
		return IMAP_GONE;
	if (strcmp(word, "list") == 0) {
		free(t->uids);
		status = imap_list(t->im, &t->uids, &t->n);
		for (size_t i = 0; i < t->n && i < 1000; i++)
			printf("%s%" PRIu32, i > 0 ? " " : "uids ", t->uids[i]);
		printf(t->n > 0 ? "\n" : "uids\n");
	} else if (strcmp(word, "wait") == 0)
		status = imap_wait(t->im, strtoll(rest, NULL, 10));
	else {
		if (strcmp(word, "save") == 0) {
			free(t->folder);
			t->folder = xstrdup(strsep(&rest, " "));
		}
		n = chosen(t, rest != NULL ? rest : what, &uids);
		status = strcmp(word, "ack") == 0 ? imap_acknowledge(t->im, uids, n) : imap_fetch(t->im, uids, n, &sink);
		free(uids);
	}
	if (status != IMAP_OK)
		snprintf(what, 256, "%s", imap_why(t->im));
	return status;
}

int
main(int argc, char *argv[])
{
	struct tool t = { .stop_fd = -1 };
	char *line = NULL;
	size_t room = 0;

	if (argc > 1 && strcmp(argv[1], "imap-child") == 0)
		return imap_child(3);
	t.settings.folder = "INBOX";
	t.settings.done = "Done";
	t.settings.keyword = "$Escrelayed";
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (value == NULL)
			return 2;
		*value = '\0';
		set(&t, argv[i], value + 1);
	}
	while (getline(&line, &room, stdin) > 0) {
		char what[256] = "", *word, *rest = line;
		int64_t before = imap_now();
		enum imap_status status;

		line[strcspn(line, "\n")] = '\0';
		word = strsep(&rest, " ");
		status = verb(&t, word, rest != NULL ? rest : what, what);
		printf("%s %s %" PRId64 " %s\n", word, status_words[status], imap_now() - before, what);
		fflush(stdout);
	}
	imap_close(t.im);
	free(t.uids);
	free(t.folder);
	free(line);
	return 0;
}

/* imap_session.c - how a command is run in a session, and what its failure means.
 *
 * Commands are written by us and parsed by libetpan: its own senders would only put the same words on the wire, through
 * lists that each must be freed. See imap_session.h.
 */
#include "imap_session_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/imap_guard.h"
#include "ground/log.h"

#define WIRE_BUFFER 16384

/* --- libetpan's stream is ours ------------------------------------------------------------- */

static ssize_t
low_read(mailstream_low *low, void *out, size_t len)
{
	return imap_stream_read(low->data, out, len); /* never 0: libetpan would ask again for ever */
}

static ssize_t
low_write(mailstream_low *low, const void *bytes, size_t len)
{
	return imap_stream_write(low->data, bytes, len);
}

static int
low_close(mailstream_low *low)
{
	(void)low;
	return 0;
}

static int
low_fd(mailstream_low *low)
{
	return imap_stream_fd(low->data);
}

static void
low_free(mailstream_low *low)
{
	free(low);
}

static void
low_cancel(mailstream_low *low)
{
	(void)low;
}

static struct mailstream_cancel *
low_get_cancel(mailstream_low *low)
{
	(void)low;
	return NULL;
}

static carray *
low_chain(mailstream_low *low)
{
	(void)low;
	return NULL;
}

static int
low_idle(mailstream_low *low)
{
	(void)low;
	return -1;
}

static mailstream_low_driver our_driver = { .mailstream_read = low_read, .mailstream_write = low_write,
	.mailstream_close = low_close, .mailstream_get_fd = low_fd, .mailstream_free = low_free,
	.mailstream_cancel = low_cancel, .mailstream_get_cancel = low_get_cancel,
	.mailstream_get_certificate_chain = low_chain, .mailstream_setup_idle = low_idle,
	.mailstream_unsetup_idle = low_idle, .mailstream_interrupt_idle = low_idle };

/* --- commands and what comes of them -------------------------------------------------------- */

void *
imap_session_need(void *p)
{
	BUG_ON(p == NULL); /* so small that only a broken heap refuses it */
	return p;
}

struct imap_session *
imap_session_new(void)
{
	struct imap_session *s = xcalloc(1, sizeof(*s));

	s->etpan = imap_session_need(mailimap_new(0, NULL));
	return s;
}

bool
imap_session_connect(struct imap_session *s, const struct imap_open_order *o)
{
	mailstream_low *low;
	const char *why;

	s->stream = imap_stream_open(o->host, o->port, o->tls == TLS_OFF, s->deadline);
	low = imap_session_need(mailstream_low_new(s->stream, &our_driver));
	s->wire = imap_session_need(mailstream_new(low, WIRE_BUFFER));
	if (o->tls == TLS_IMPLICIT)
		imap_stream_tls(s->stream, o->host, o->ca);
	s->status = imap_stream_failed(s->stream, &why);
	return s->status == IMAP_OK || imap_session_fail(s, s->status, true, "%s", why);
}

bool
imap_session_fail(struct imap_session *s, enum imap_status status, bool over, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
	s->status = status;
	s->over = s->over || over;
	return false;
}

/* What the server said for itself, if that may be repeated. */
static const char *
quote(const char *line, const struct imap_command *command)
{
	if (command->mute || (command->secret != NULL && imap_words_leaks(line, command->secret)))
		return "(its words held the password)";
	return line;
}

/* The line carries the tag of our last command: libetpan has one error for BAD and for a foreign tag. */
static bool
is_answer(const struct imap_session *s, const char *tagged)
{
	char tag[16];
	int len = snprintf(tag, sizeof(tag), "%d ", s->etpan->imap_tag);

	return strncmp(tagged, tag, (size_t)len) == 0;
}

/* The connection ended, or the answer made no sense: why? */
bool
imap_session_broken(struct imap_session *s, int result, const struct imap_command *command)
{
	const struct imap_guard *g = imap_stream_guard(s->stream);
	struct imap_reply bye = imap_words_reply(g->bye), tagged = imap_words_reply(g->tagged);
	const char *why;
	enum imap_status status = imap_stream_failed(s->stream, &why);

	if (status == IMAP_HOSTILE || (status != IMAP_OK && g->bye[0] == '\0'))
		return imap_session_fail(s, status, true, "%s: %s", command->what, why);
	if (g->bye[0] != '\0')
		return imap_session_fail(s, imap_words_class(&bye, IMAP_GONE), true, "%s: the server ended the session: %s",
		    command->what, quote(bye.text, command));
	if (result == MAILIMAP_ERROR_PROTOCOL && tagged.condition == COND_BAD && is_answer(s, g->tagged))
		return imap_session_fail(s, command->otherwise == IMAP_AUTH ? IMAP_AUTH : IMAP_HOSTILE, false,
		    "%s: the server does not accept the command: BAD %s", command->what, quote(tagged.text, command));
	return imap_session_fail(s, IMAP_HOSTILE, true, "%s: the server's answer is not IMAP (library error %d)",
	    command->what, result);
}

bool
imap_session_check(struct imap_session *s, int result, const struct imap_command *command)
{
	const struct mailimap_selection_info *folder = s->etpan->imap_selection_info;
	struct imap_reply reply;

	if (result == MAILIMAP_NO_ERROR && s->uidvalidity != 0 && folder != NULL &&
	    folder->sel_uidvalidity != s->uidvalidity)
		return imap_session_fail(s, IMAP_GONE, true, "the server gave the folder new UIDs meanwhile");
	if (result == MAILIMAP_NO_ERROR)
		return true;
	if (result != MAILIMAP_ERROR_CUSTOM_COMMAND)
		return imap_session_broken(s, result, command);
	reply = imap_words_reply(imap_stream_guard(s->stream)->tagged);
	return imap_session_fail(s, imap_words_class(&reply, command->otherwise), false, "%s: the server refuses: %s",
	    command->what, quote(reply.text, command));
}

/* Puts a line on the wire, after the next tag or bare. The result is libetpan's. */
int
imap_session_send(struct imap_session *s, const char *line, bool tagged)
{
	int r = tagged ? mailimap_send_current_tag(s->etpan) : MAILIMAP_NO_ERROR;

	if (r != MAILIMAP_NO_ERROR)
		return r;
	if (strpbrk(line, "\r\n") != NULL)
		return MAILIMAP_ERROR_INVAL; /* never reached: the words are checked as they are made */
	if (mailstream_write(s->wire, line, strlen(line)) == -1 || mailstream_write(s->wire, "\r\n", 2) == -1 ||
	    mailstream_flush(s->wire) == -1)
		return MAILIMAP_ERROR_STREAM;
	return MAILIMAP_NO_ERROR;
}

/* Parses an answer whose first line has been read. */
int
imap_session_parse(struct imap_session *s)
{
	struct mailimap_response *response;
	int type, r = mailimap_parse_response(s->etpan, &response);

	if (r != MAILIMAP_NO_ERROR)
		return r;
	type = response->rsp_resp_done->rsp_data.rsp_tagged->rsp_cond_state->rsp_type;
	mailimap_response_free(response);
	return type == MAILIMAP_RESP_COND_STATE_OK ? MAILIMAP_NO_ERROR : MAILIMAP_ERROR_CUSTOM_COMMAND;
}

bool
imap_session_run(struct imap_session *s, const char *line, uint64_t budget, uint64_t literal_max,
    const struct imap_command *command)
{
	int r;

	imap_stream_expect(s->stream, s->deadline, budget, literal_max);
	r = imap_session_send(s, line, true);
	if (r == MAILIMAP_NO_ERROR)
		r = mailimap_read_line(s->etpan) == NULL ? MAILIMAP_ERROR_STREAM : imap_session_parse(s);
	return imap_session_check(s, r, command);
}

bool
imap_session_run_plain(struct imap_session *s, const char *line, const char *what, enum imap_status otherwise)
{
	return imap_session_run(s, line, COMMAND_BUDGET, LITERAL_SMALL,
	    &(struct imap_command){ what, otherwise, NULL, false });
}

bool
imap_session_offers(const struct imap_session *s, const char *capability)
{
	return mailimap_has_extension(s->etpan, (char *)(uintptr_t)capability) != 0;
}

void
imap_session_logout(struct imap_session *s)
{
	if (s->stream == NULL)
		return;
	if (!s->over && s->uidvalidity != 0) {
		s->deadline = imap_now() + 1000;
		imap_session_run_plain(s, "LOGOUT", "LOGOUT", IMAP_GONE);
	}
	imap_stream_free(s->stream);
	s->stream = NULL;
}

enum imap_status
imap_session_status(const struct imap_session *s, const char **why, bool *over)
{
	*why = s->why;
	*over = s->over;
	return s->status;
}

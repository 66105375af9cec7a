/* imap_open.c - the beginning of a session: greet, secure, log in, select. See imap_session.h. */
#include "imap_session_parts.h"

#include <stdio.h>
#include <string.h>

#include "ground/text.h"

/* Asks anew and forgets what was known: a list from before TLS or login binds nobody. */
static bool
capabilities(struct imap_session *s)
{
	struct mailimap_connection_info *info = s->etpan->imap_connection_info;

	if (info != NULL && info->imap_capability != NULL) {
		mailimap_capability_data_free(info->imap_capability);
		info->imap_capability = NULL;
	}
	if (!imap_session_run_plain(s, "CAPABILITY", "CAPABILITY", IMAP_HOSTILE))
		return false;
	info = s->etpan->imap_connection_info;
	if (info == NULL || info->imap_capability == NULL)
		return imap_session_fail(s, IMAP_HOSTILE, true, "CAPABILITY: the server lists none");
	return true;
}

/* --- authentication -------------------------------------------------------------------------- */

/* AUTHENTICATE with one message of ours; a further challenge can only be an error's description, which
 * an empty line ends. */
static bool
authenticate(struct imap_session *s, const char *mechanism, const char *message, size_t len, const char *secret)
{
	struct imap_command command = { "logging in", IMAP_AUTH, secret, false };
	AUTO_BUF struct buf line, coded;
	const char *got = NULL;
	int r;

	buf_init(&line, 4 * IMAP_TEXT_MAX);
	buf_init(&coded, 4 * IMAP_TEXT_MAX);
	imap_words_base64(&coded, message, len);
	buf_printf(&line, "AUTHENTICATE %s", mechanism);
	if (imap_session_offers(s, "SASL-IR"))
		buf_printf(&line, " %s", coded.data);
	imap_stream_expect(s->stream, s->deadline, COMMAND_BUDGET, LITERAL_SMALL);
	r = imap_session_send(s, line.data, true);
	if (r == MAILIMAP_NO_ERROR && (got = mailimap_read_line(s->etpan)) != NULL && *got == '+' &&
	    !imap_session_offers(s, "SASL-IR")) {
		r = imap_session_send(s, coded.data, false);
		got = r == MAILIMAP_NO_ERROR ? mailimap_read_line(s->etpan) : NULL;
	}
	if (r == MAILIMAP_NO_ERROR && got != NULL && *got == '+') {
		r = imap_session_send(s, "", false);
		got = r == MAILIMAP_NO_ERROR ? mailimap_read_line(s->etpan) : NULL;
	}
	if (r == MAILIMAP_NO_ERROR)
		r = got == NULL ? MAILIMAP_ERROR_STREAM : imap_session_parse(s);
	explicit_bzero(line.data, line.len);
	command.mute = imap_words_leaks(imap_stream_guard(s->stream)->tagged, coded.data);
	explicit_bzero(coded.data, coded.len);
	return imap_session_check(s, r, &command);
}

static bool
login_plain(struct imap_session *s, const struct imap_open_order *o)
{
	AUTO_BUF struct buf message;
	bool ok;

	buf_init(&message, 2 * IMAP_TEXT_MAX + 2);
	buf_putc(&message, '\0');
	buf_puts(&message, o->user);
	buf_putc(&message, '\0');
	buf_puts(&message, o->secret);
	ok = authenticate(s, "PLAIN", message.data, message.len, o->secret);
	explicit_bzero(message.data, message.len);
	return ok;
}

static bool
login_token(struct imap_session *s, const struct imap_open_order *o)
{
	AUTO_BUF struct buf message;
	bool ok;

	buf_init(&message, 3 * IMAP_TEXT_MAX);
	if (mailimap_has_authentication(s->etpan, "XOAUTH2") == 0)
		return imap_session_fail(s, IMAP_CONFIG, true, "the server does not offer AUTH=XOAUTH2");
	buf_printf(&message, "user=%s\1auth=Bearer %s\1\1", o->user, o->secret);
	ok = authenticate(s, "XOAUTH2", message.data, message.len, o->secret);
	explicit_bzero(message.data, message.len);
	return ok;
}

/* LOGIN takes ASCII alone; AUTHENTICATE PLAIN takes UTF-8 too. */
static bool
login(struct imap_session *s, const struct imap_open_order *o)
{
	AUTO_BUF struct buf line;
	bool ok, plain = mailimap_has_authentication(s->etpan, "PLAIN") != 0;

	buf_init(&line, 8 * IMAP_TEXT_MAX);
	if (o->user == NULL || o->secret == NULL || strpbrk(o->user, "\r\n\1") != NULL || strpbrk(o->secret, "\r\n\1") != NULL)
		return imap_session_fail(s, IMAP_CONFIG, true, "user and password must be given, without line ends");
	if (o->auth == AUTH_XOAUTH2)
		return login_token(s, o);
	buf_puts(&line, "LOGIN ");
	ok = imap_words_quoted(&line, o->user) && buf_putc(&line, ' ') && imap_words_quoted(&line, o->secret);
	if (ok && !imap_session_offers(s, "LOGINDISABLED"))
		ok = imap_session_run(s, line.data, COMMAND_BUDGET, LITERAL_SMALL,
		    &(struct imap_command){ "logging in", IMAP_AUTH, o->secret, false });
	else if (plain)
		ok = login_plain(s, o);
	else
		ok = imap_session_fail(s, IMAP_CONFIG, true, "the server takes no password here (%s, and no AUTH=PLAIN)",
		    ok ? "LOGINDISABLED" : "LOGIN is for ASCII alone");
	explicit_bzero(line.data, line.len);
	return ok;
}

/* libetpan's buffer is the last place, but for the TLS library's, where the password stood. */
static bool
log_in(struct imap_session *s, const struct imap_open_order *o)
{
	bool ok = login(s, o);

	explicit_bzero(s->wire->write_buffer, s->wire->buffer_max_size);
	return ok && capabilities(s);
}

/* --- opening --------------------------------------------------------------------------------- */

static bool
greet(struct imap_session *s, const struct imap_open_order *o)
{
	struct imap_command command = { "greeting", IMAP_HOSTILE, NULL, false };
	int r;

	imap_stream_expect(s->stream, s->deadline, COMMAND_BUDGET, LITERAL_SMALL);
	r = mailimap_connect(s->etpan, s->wire);
	if (r == MAILIMAP_NO_ERROR_AUTHENTICATED && (o->auth != AUTH_NONE || o->tls == TLS_STARTTLS))
		return imap_session_fail(s, IMAP_HOSTILE, true,
		    "the server says that we are logged in (PREAUTH) before we said who we are");
	if (r == MAILIMAP_NO_ERROR_AUTHENTICATED || r == MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
		return true;
	return imap_session_broken(s, r, &command);
}

static bool
secure(struct imap_session *s, const struct imap_open_order *o)
{
	if (!capabilities(s))
		return false;
	if (!imap_session_offers(s, "STARTTLS"))
		return imap_session_fail(s, IMAP_TLS, true, "the server does not offer STARTTLS");
	if (!imap_session_run_plain(s, "STARTTLS", "STARTTLS", IMAP_TLS))
		return false;
	if (s->wire->read_buffer_len > 0)
		return imap_session_fail(s, IMAP_HOSTILE, true,
		    "the server sent more in clear behind its OK to STARTTLS: somebody may be in between");
	if (!imap_stream_tls(s->stream, o->host, o->ca))
		return imap_session_broken(s, MAILIMAP_ERROR_STREAM, &(struct imap_command){ "STARTTLS", IMAP_TLS, NULL, false });
	return true;
}

/* The separator of the server's folder names: the configuration always writes '/'. */
static char
delimiter(struct imap_session *s)
{
	struct mailimap_response_info *info;
	char c = '\0';

	if (!imap_session_run_plain(s, "LIST \"\" \"\"", "LIST", IMAP_TEMPORARY))
		return '\0';
	info = s->etpan->imap_response_info;
	if (info != NULL && info->rsp_mailbox_list != NULL && clist_begin(info->rsp_mailbox_list) != NULL)
		c = ((struct mailimap_mailbox_list *)clist_content(clist_begin(info->rsp_mailbox_list)))->mb_delimiter;
	return (char)(c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '&' ? c : '\0');
}

static bool
permits(const struct imap_session *s, const char *keyword)
{
	clist *flags = s->etpan->imap_selection_info->sel_perm_flags;

	if (flags == NULL)
		return true; /* "If this is missing, the client should assume that all flags can be changed" */
	for (clistiter *i = clist_begin(flags); i != NULL; i = clist_next(i)) {
		const struct mailimap_flag_perm *f = clist_content(i);

		if (f->fl_type == MAILIMAP_FLAG_PERM_ALL ||
		    (f->fl_flag != NULL && f->fl_flag->fl_type == MAILIMAP_FLAG_KEYWORD &&
		        text_equal_nocase(f->fl_flag->fl_data.fl_keyword, keyword)))
			return true;
	}
	return false;
}

static bool
select_folder(struct imap_session *s, const struct imap_open_order *o, const char *folder)
{
	struct imap_command command = { "SELECT", IMAP_CONFIG, NULL, false };
	AUTO_BUF struct buf line;
	struct imap_reply reply;

	buf_init(&line, NAME_MAX_BYTES + 16);
	buf_printf(&line, "SELECT %s", folder);
	s->etpan->imap_selection_info = imap_session_need(mailimap_selection_info_new());
	if (!imap_session_run(s, line.data, COMMAND_BUDGET, LITERAL_SMALL, &command))
		return false;
	imap_stream_guard(s->stream)->grew = false;
	reply = imap_words_reply(imap_stream_guard(s->stream)->tagged);
	if (text_equal_nocase(reply.code, "READ-ONLY"))
		return imap_session_fail(s, IMAP_CONFIG, true, "the folder %s may only be read", o->folder);
	s->uidvalidity = s->etpan->imap_selection_info->sel_uidvalidity;
	if (s->uidvalidity == 0)
		return imap_session_fail(s, IMAP_CONFIG, true, "the server has no lasting UIDs for %s", o->folder);
	return true;
}

/* That what is configured can be done here. */
static bool
able(struct imap_session *s, const struct imap_open_order *o)
{
	if (o->acknowledge == ACK_KEYWORD && !permits(s, s->keyword))
		return imap_session_fail(s, IMAP_CONFIG, true, "the server does not keep the keyword %s in %s", s->keyword,
		    o->folder);
	if (o->acknowledge != ACK_KEYWORD && !s->can_uidplus && !(o->acknowledge == ACK_MOVE && s->can_move))
		return imap_session_fail(s, IMAP_CONFIG, true,
		    "the server offers neither MOVE nor UIDPLUS, so a mail cannot be taken out of %s safely: use a keyword",
		    o->folder);
	return true;
}

/* The configured names as they go over the wire. */
static bool
names(struct imap_session *s, const struct imap_open_order *o, struct buf *folder)
{
	AUTO_BUF struct buf done;
	bool nested = strchr(o->folder, '/') != NULL || (o->done != NULL && strchr(o->done, '/') != NULL);
	char separator = (char)(nested ? delimiter(s) : '\0');

	buf_init(&done, NAME_MAX_BYTES);
	if (s->over)
		return false;
	if (!imap_words_folder(folder, o->folder, separator) || folder->over)
		return imap_session_fail(s, IMAP_CONFIG, true, "the folder's name cannot be said in IMAP");
	if (o->acknowledge == ACK_KEYWORD) {
		if (o->keyword == NULL || !imap_words_is_keyword(o->keyword))
			return imap_session_fail(s, IMAP_CONFIG, true, "the keyword cannot be said in IMAP");
		s->keyword = xstrdup(o->keyword);
		return true;
	}
	if (o->done == NULL || !imap_words_folder(&done, o->done, separator) || done.over)
		return imap_session_fail(s, IMAP_CONFIG, true, "the name of the folder for what is done cannot be said in IMAP");
	if (text_equal_nocase(done.data, folder->data))
		return imap_session_fail(s, IMAP_CONFIG, true, "%s cannot be the folder for what is done too", o->folder);
	s->done = buf_take(&done);
	return true;
}

bool
imap_session_open(struct imap_session *s, const struct imap_open_order *o, uint32_t *uidvalidity, uint32_t *uidnext)
{
	AUTO_BUF struct buf folder;

	buf_init(&folder, NAME_MAX_BYTES);
	s->deadline = imap_now() + o->deadline_ms;
	s->acknowledge = o->acknowledge;
	s->size_limit = o->size_limit;
	if (!imap_session_connect(s, o) || !greet(s, o) || (o->tls == TLS_STARTTLS && !secure(s, o)) || !capabilities(s))
		return false;
	if (o->auth != AUTH_NONE && !log_in(s, o))
		return false;
	s->can_move = imap_session_offers(s, "MOVE");
	s->can_uidplus = imap_session_offers(s, "UIDPLUS");
	s->can_idle = imap_session_offers(s, "IDLE");
	if (!names(s, o, &folder) || !select_folder(s, o, folder.data) || !able(s, o))
		return false;
	*uidvalidity = s->uidvalidity;
	*uidnext = s->etpan->imap_selection_info->sel_uidnext;
	return true;
}

/* smtp_wire.c - what may go on the wire: addresses and lines. See smtp_room.h. */
#include "edge/smtp_room.h"

#include <stdlib.h>
#include <string.h>

#include "edge/smtp.h"
#include "ground/mem.h"

#define LOCAL_MAX   64
#define ADDRESS_MAX 254
#define LABEL_MAX   63
#define PIECE       16384  /* read at once for its size */

static bool
is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 5322's atext; dots are the caller's matter. */
static bool
is_atom(char c)
{
	return is_letter_or_digit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
local_fit(const char *s, size_t len)
{
	if (len == 0 || len > LOCAL_MAX || s[0] == '.' || s[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_atom(s[i]) && (s[i] != '.' || s[i - 1] == '.'))
			return false;
	return true;
}

static bool
domain_fit(const char *s)
{
	size_t label = 0;

	for (; *s != '\0'; s++) {
		if (*s == '.') {
			if (label == 0 || s[-1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!is_letter_or_digit(*s) && (*s != '-' || label == 0))
			return false;
		if (++label > LABEL_MAX)
			return false;
	}
	return label > 0 && s[-1] != '-';
}

/* The last of several checks on the way, and on purpose one that shares no code with the others: libcurl sends
 * whatever it is given, a CR LF with a second RCPT behind it as well. */
const char *
smtp_address_unfit(const char *s, bool sender)
{
	const char *at;

	if (s == NULL)
		return "is missing";
	if (*s == '\0')
		return sender ? NULL : "is empty";
	if (strnlen(s, ADDRESS_MAX + 1) > ADDRESS_MAX)
		return "is longer than 254 characters";
	for (const char *c = s; *c != '\0'; c++)
		if (*c < 0x21 || *c > 0x7e)
			return (unsigned char)*c >= 0x80 ? "is not ASCII" : "has a blank or a control character in it";
	at = strrchr(s, '@');
	if (at == NULL)
		return "has no @";
	if (!local_fit(s, (size_t)(at - s)))
		return "has no plain name before the @";
	if (!domain_fit(at + 1))
		return "has no domain name after the @";
	return NULL;
}

static const char *
next_of(const char *in, const char *end, char c)
{
	const char *at = in < end ? memchr(in, c, (size_t)(end - in)) : NULL;

	return at != NULL ? at : end;
}

size_t
smtp_lines_add(struct smtp_lines *l, const char *in, size_t len, char *out)
{
	const char *end = in + len, *lf = next_of(in, end, '\n');
	size_t o = 0;

	while (in < end) {
		const char *stop;

		if (*in == '\n' && l->after_cr) { /* the rest of a CR LF */
			l->after_cr = false;
			in++;
			continue;
		}
		if (lf < in)
			lf = next_of(in, end, '\n');
		stop = next_of(in, lf, '\r');
		memcpy(out + o, in, (size_t)(stop - in));
		o += (size_t)(stop - in);
		l->mid_line = stop == end;
		l->after_cr = stop < end && *stop == '\r';
		if (stop < end) {
			out[o++] = '\r';
			out[o++] = '\n';
			stop++;
		}
		in = stop;
	}
	return o;
}

size_t
smtp_lines_end(struct smtp_lines *l, char out[2])
{
	bool needed = l->mid_line;

	*l = (struct smtp_lines){ false, false };
	if (!needed)
		return 0;
	out[0] = '\r';
	out[1] = '\n';
	return 2;
}

/* Lines of out that begin with a dot, which is doubled on the wire. begins: whether out begins a line, and then whether
 * what follows it does. */
static uint64_t
dotted_lines(const char *out, size_t len, bool *begins)
{
	const char *end = out + len;
	uint64_t dots = 0;

	for (const char *at = out; at < end; *begins = at > out && at[-1] == '\n') {
		dots += *begins && *at == '.';
		at = next_of(at, end, '\n');
		at += at < end;
	}
	return dots;
}

uint64_t
smtp_size(ssize_t (*read)(void *context, char *out, size_t len), void *context)
{
	struct smtp_lines lines = { false, false };
	AUTO_FREE char *in = xmalloc(PIECE), *out = xmalloc(SMTP_LINES_ROOM(PIECE));
	uint64_t size = 0;
	bool begins = true; /* a dot here would be doubled */
	ssize_t got;

	while ((got = read(context, in, PIECE)) > 0) {
		size_t made = smtp_lines_add(&lines, in, (size_t)got, out);

		size += made + dotted_lines(out, made, &begins);
	}
	return got < 0 ? 0 : size + smtp_lines_end(&lines, out);
}

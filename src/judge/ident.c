/* ident.c - see ident.h. */
#include "judge/ident.h"

#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"

/* Fields that a delivery adds or changes. A name that ends in '-' stands for all that begin so. */
static const char *const trace_fields[] = { "received", "return-path", "delivered-to", "x-original-to", "envelope-to", "x-envelope-",
	"authentication-results", "received-spf", "dkim-signature", "domainkey-signature", "arc-", "x-received", "x-google-", "x-gm-",
	"x-spam-", "x-virus-", "x-ms-exchange-", "x-forefront-", "x-microsoft-antispam", "x-uid", "status", "x-status", "x-keywords",
	"x-mozilla-status", "lines", "content-length" };

static bool
is_trace(const char *name)
{
	for (size_t i = 0; i < COUNT(trace_fields); i++) {
		size_t len = strlen(trace_fields[i]);

		if (trace_fields[i][len - 1] == '-' ? text_starts_nocase(name, trace_fields[i]) : text_equal_nocase(name, trace_fields[i]))
			return true;
	}
	return false;
}

void
ident_begin(struct ident *i)
{
	*i = (struct ident){ .digest = digest_new(), .at_line_start = true };
}

/* The field's name is complete: it counts, or the whole field is passed over. */
static void
end_name(struct ident *i)
{
	i->name[i->namelen] = '\0';
	i->in_name = false;
	i->skipping = is_trace(i->name);
	if (!i->skipping)
		digest_add(i->digest, i->name, i->namelen);
}

static void
header_byte(struct ident *i, char c)
{
	if (i->at_line_start) {
		i->at_line_start = false;
		i->empty_line = c == '\r' || c == '\n';
		if (c != ' ' && c != '\t' && !i->empty_line) {
			i->in_name = true;
			i->namelen = 0;
		}
	}
	if (i->in_name && (c == ':' || c == '\n' || i->namelen == sizeof(i->name) - 1))
		end_name(i);
	if (i->in_name)
		i->name[i->namelen++] = c;
	else if (!i->skipping || i->empty_line)
		digest_add(i->digest, &c, 1);
	if (c == '\n') {
		i->at_line_start = true;
		i->body = i->empty_line;
	}
}

void
ident_add(struct ident *i, const char *bytes, size_t len)
{
	size_t n = 0;

	while (n < len && !i->body) {
		if (!i->at_line_start && !i->in_name && bytes[n] != '\n') { /* amid a field: to the end of its line */
			const char *lf = memchr(bytes + n, '\n', len - n);
			size_t run = lf == NULL ? len - n : (size_t)(lf - bytes) - n;

			if (!i->skipping || i->empty_line)
				digest_add(i->digest, bytes + n, run);
			n += run;
		} else
			header_byte(i, bytes[n++]);
	}
	if (n < len)
		digest_add(i->digest, bytes + n, len - n);
}

void
ident_end(struct ident *i, unsigned char out[DIGEST_BYTES])
{
	if (i->in_name)
		end_name(i);
	digest_end(i->digest, out);
}

/* url.c - see url.h. */
#include "config/url.h"

#include <arpa/inet.h>
#include <string.h>

#include "ground/address.h"
#include "ground/mem.h"
#include "ground/text.h"

#define URL_BYTES_MAX 2000


bool
url_is_loopback(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six);
	return text_equal_nocase(host, "localhost");
}

static bool
host_valid(const char *host)
{
	struct in6_addr six;

	return address_domain_valid(host) || inet_pton(AF_INET6, host, &six) == 1;
}

/* Takes "host:port/path" apart; NULL or what is wrong with it. */
static const char *
split_authority(struct reading *r, const char *rest, struct url *url)
{
	const char *slash = rest + strcspn(rest, "/"), *end, *port = NULL;
	uint64_t number;

	url->path = *slash == '/' ? slash + 1 : "";
	if (rest[0] == '[') { /* an IPv6 address */
		end = memchr(rest, ']', (size_t)(slash - rest));
		if (end == NULL || (end + 1 != slash && end[1] != ':'))
			return "the host is broken";
		url->host = arena_strndup(r->arena, rest + 1, (size_t)(end - rest) - 1);
		port = end + 1 == slash ? NULL : end + 2;
	} else {
		end = memchr(rest, ':', (size_t)(slash - rest));
		url->host = arena_strndup(r->arena, rest, (size_t)((end == NULL ? slash : end) - rest));
		port = end == NULL ? NULL : end + 1;
	}
	if (!host_valid(url->host))
		return "the host is missing or broken";
	if (port != NULL) {
		if (!text_u64(arena_strndup(r->arena, port, (size_t)(slash - port)), 1, 65535, &number))
			return "the port is no number in 1..65535";
		url->port = (unsigned)number;
	}
	return NULL;
}

bool
url_read(struct reading *r, const struct given *g, const char *with, const char *without, struct url *url, bool *plain)
{
	const struct conf_word *w = read_one(r, g);
	const char *colon, *authority_end, *wrong;

	if (w == NULL)
		return false;
	colon = strstr(w->text, "://");
	if (colon == NULL || w->len > URL_BYTES_MAX) {
		diag_error(r->diag, w, NULL, "found '%.60s', expected: %s %s", w->text, g->key->name, g->key->form);
		return false;
	}
	url->scheme = arena_strndup(r->arena, w->text, (size_t)(colon - w->text));
	*plain = text_equal_nocase(url->scheme, without);
	authority_end = colon + 3 + strcspn(colon + 3, "/");
	/* There may be a password before an @: not shown. */
	if (memchr(colon + 3, '@', (size_t)(authority_end - colon - 3)) != NULL) {
		diag_add(r->diag, DIAG_ERROR, &w->pos, 0, "user and password have keys of their own",
		    "found an @ in the url");
		return false;
	}
	if (!*plain && !text_equal_nocase(url->scheme, with)) {
		const char *schemes[] = { with, without };

		diag_error(r->diag, w, read_perhaps(r, url->scheme, schemes, 2),
		    "found '%s://', expected %s:// or %s://", url->scheme,
		    with, without);
		return false;
	}
	wrong = split_authority(r, colon + 3, url);
	if (wrong != NULL)
		diag_error(r->diag, w, NULL, "%s, expected: %s %s", wrong, g->key->name, g->key->form);
	return wrong == NULL;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const char *
url_folder(struct reading *r, const char *path)
{
	char *out = arena_alloc(r->arena, strlen(path) + 1);
	size_t n = 0;

	for (; *path != '\0'; path++) {
		unsigned char c = (unsigned char)*path;

		if (c == '%') {
			if (hex(path[1]) < 0 || hex(path[2]) < 0)
				return NULL;
			c = (unsigned char)(hex(path[1]) * 16 + hex(path[2]));
			path += 2;
		}
		if (c < ' ' || c == 0x7f) /* above all CR and LF, which would be commands of their own */
			return NULL;
		out[n++] = (char)c;
	}
	return n > 0 && n <= TEXT_BYTES_MAX && utf8_valid(out, n) ? out : NULL;
}

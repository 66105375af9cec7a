/* authres.c - Authentication-Results, read strictly. See authres.h. */
#include "judge/authres.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ground/mem.h"
#include "ground/text.h"

#define VALUE_MAX 256 /* of one token or quoted string; longer ones are read on and count as something else */

struct cursor { const char *s, *end; bool bad; };

/* One method=result with the properties that matter. */
struct result {
	char method[16], word[24];
	char d[VALUE_MAX], i[VALUE_MAX], from[VALUE_MAX];
	bool twice;   /* a property that matters is given twice: whom to believe? */
};

/* What the whole field says. */
struct findings {
	bool dmarc, dmarc_pass, dmarc_none, dmarc_fail, dmarc_other;
	bool dkim_pass, dkim_fail;
	char dmarc_from[VALUE_MAX], dkim_stranger[VALUE_MAX];
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* From behind the "(" to behind its ")"; nested by a counter. */
static void
skip_comment(struct cursor *c)
{
	unsigned depth = 1;

	for (; c->s < c->end && depth > 0; c->s++) {
		if (*c->s == '\\')
			c->s++;
		else if (*c->s == '(')
			depth++;
		else if (*c->s == ')')
			depth--;
		if (depth > AUTHRES_COMMENT_DEPTH)
			break;
	}
	if (depth > 0 || c->s > c->end) {
		c->bad = true;
		c->s = c->end;
	}
}

/* Comments and folding white space. True if there was some. */
static bool
skip_cfws(struct cursor *c)
{
	const char *from = c->s;

	while (c->s < c->end) {
		if (is_blank(*c->s))
			c->s++;
		else if (*c->s == '(') {
			c->s++;
			skip_comment(c);
		} else
			break;
	}
	return c->s > from;
}

static bool
take(struct cursor *c, char want)
{
	skip_cfws(c);
	if (c->s == c->end || *c->s != want)
		return false;
	c->s++;
	return true;
}

static void
put(char *out, size_t room, size_t *n, char ch)
{
	if (*n + 1 < room)
		out[*n] = ch;
	++*n;
}

/* An over-long word becomes no word: it equals nothing. */
static void
finish(char *out, size_t room, size_t n)
{
	out[n < room ? n : 0] = '\0';
}

/* A keyword: method, result, ptype, property, or a version. */
static bool
take_keyword(struct cursor *c, char *out, size_t room)
{
	size_t n = 0;

	skip_cfws(c);
	for (; c->s < c->end && ((*c->s >= 'a' && *c->s <= 'z') || (*c->s >= 'A' && *c->s <= 'Z') || (*c->s >= '0' && *c->s <= '9') ||
	                         *c->s == '-' || *c->s == '_'); c->s++)
		put(out, room, &n, *c->s);
	finish(out, room, n);
	return n > 0;
}

static bool
take_quoted(struct cursor *c, char *out, size_t room, size_t *n)
{
	for (c->s++; c->s < c->end && *c->s != '"'; c->s++) {
		if (*c->s == '\\' && c->s + 1 < c->end)
			c->s++;
		put(out, room, n, *c->s);
	}
	if (c->s >= c->end) {
		c->bad = true;
		c->s = c->end;
		return false;
	}
	c->s++;
	return true;
}

/* A value: token, quoted string, or address; also what servers write though it should be quoted, up to a blank, a ";" or
 * a comment. A quote in the middle ("x y"@example.com) belongs to it. */
static bool
take_value(struct cursor *c, char *out, size_t room)
{
	const char *from;
	size_t n = 0;

	skip_cfws(c);
	from = c->s;
	while (c->s < c->end && !is_blank(*c->s) && *c->s != ';' && *c->s != '(' && *c->s != ')') {
		if (*c->s == '"') {
			if (!take_quoted(c, out, room, &n))
				return false;
		} else
			put(out, room, &n, *c->s++);
	}
	finish(out, room, n);
	return c->s > from;
}

static void
keep_once(struct result *r, char *place, const char *value)
{
	if (*place != '\0' && strcasecmp(place, value) != 0)
		r->twice = true;
	memcpy(place, value, strlen(value) + 1);
}

/* reason=…, ptype.property=…, and the bare word=… of some servers ("action=none"). */
static bool
take_property(struct cursor *c, struct result *r)
{
	char type[24], name[24] = "", value[VALUE_MAX];

	if (!take_keyword(c, type, sizeof(type)))
		return false;
	if (take(c, '.') && !take_keyword(c, name, sizeof(name)))
		return false;
	if (!take(c, '='))
		return false;
	if (!take_value(c, value, sizeof(value)) && c->bad)
		return false;
	if (strcasecmp(type, "header") != 0)
		return true;
	if (strcasecmp(name, "d") == 0)
		keep_once(r, r->d, value);
	else if (strcasecmp(name, "i") == 0)
		keep_once(r, r->i, value);
	else if (strcasecmp(name, "from") == 0)
		keep_once(r, r->from, value);
	return true;
}

/* method[/version]=result and what follows, up to the next ";" or the end. */
static bool
take_result(struct cursor *c, struct result *r)
{
	char version[8];

	*r = (struct result){ 0 };
	if (!take_keyword(c, r->method, sizeof(r->method)))
		return false;
	if (take(c, '/') && !take_keyword(c, version, sizeof(version)))
		return false;
	if (!take(c, '=') || !take_keyword(c, r->word, sizeof(r->word)))
		return false;
	while (skip_cfws(c) && c->s < c->end && *c->s != ';')
		if (!take_property(c, r))
			return false;
	return !c->bad && (c->s == c->end || *c->s == ';');
}

/* True where domain is of, or a parent of, from_domain; a parent has two labels or more. */
static bool
is_aligned(const char *domain, const char *from_domain)
{
	size_t d = strlen(domain), f = strlen(from_domain);

	if (d == 0 || d > f || domain[0] == '.' || strcasecmp(domain, from_domain + f - d) != 0)
		return false;
	return d == f || (from_domain[f - d - 1] == '.' && strchr(domain, '.') != NULL);
}

/* Whom a signature speaks for: header.d, else what follows the @ of header.i. */
static const char *
signer(const struct result *r)
{
	const char *at = strrchr(r->i, '@');

	return *r->d != '\0' ? r->d : at != NULL ? at + 1 : "";
}

static void
weigh(struct findings *f, const struct result *r, const char *from_domain)
{
	if (strcasecmp(r->method, "dmarc") == 0) {
		bool pass = strcasecmp(r->word, "pass") == 0;

		f->dmarc = true;
		f->dmarc_none = f->dmarc_none || strcasecmp(r->word, "none") == 0;
		f->dmarc_fail = f->dmarc_fail || strcasecmp(r->word, "fail") == 0;
		if (pass && !r->twice && is_aligned(r->from, from_domain))
			f->dmarc_pass = true;
		else if (pass || (strcasecmp(r->word, "none") != 0 && strcasecmp(r->word, "fail") != 0)) {
			f->dmarc_other = true;
			memcpy(f->dmarc_from, r->from, sizeof(r->from));
		}
	} else if (strcasecmp(r->method, "dkim") == 0 && !r->twice) {
		bool aligned = is_aligned(signer(r), from_domain), pass = strcasecmp(r->word, "pass") == 0;

		f->dkim_pass = f->dkim_pass || (pass && aligned);
		f->dkim_fail = f->dkim_fail || (strcasecmp(r->word, "fail") == 0 && aligned);
		if (pass && !aligned)
			snprintf(f->dkim_stranger, sizeof(f->dkim_stranger), "%s", signer(r));
	}
}

/* For a person: a domain out of a field, with anything that is none taken out. */
static const char *
shown(const char *s, char out[80])
{
	size_t n = 0;

	for (; *s != '\0' && n < 79; s++)
		if ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || *s == '.' || *s == '-' || *s == '_')
			out[n++] = *s;
	out[n] = '\0';
	return n > 0 ? out : "nobody";
}

static enum auth_verdict
verdict(const struct findings *f, const char *server, const char *domain, char why[AUTHRES_WHY])
{
	char other[80];

	if (f->dmarc_fail)
		return snprintf(why, AUTHRES_WHY, "%s says dmarc=fail for %s", server, domain), AUTHRES_FAIL;
	if (f->dmarc_other)
		return snprintf(why, AUTHRES_WHY, "%s gives a dmarc result that does not prove %s (it is about %s)", server, domain,
		    shown(f->dmarc_from, other)), AUTHRES_NONE;
	if (f->dmarc_pass && !f->dmarc_none)
		return snprintf(why, AUTHRES_WHY, "%s says dmarc=pass for %s", server, domain), AUTHRES_PASS;
	if (f->dkim_pass)
		return snprintf(why, AUTHRES_WHY, "%s says dkim=pass for %s", server, domain), AUTHRES_PASS;
	if (f->dkim_fail)
		return snprintf(why, AUTHRES_WHY, "%s says dkim=fail for %s", server, domain), AUTHRES_FAIL;
	if (*f->dkim_stranger != '\0')
		return snprintf(why, AUTHRES_WHY, "%s found a signature of %s, none of %s", server, shown(f->dkim_stranger, other), domain),
		       AUTHRES_NONE;
	return snprintf(why, AUTHRES_WHY, "%s found no signature of %s", server, domain), AUTHRES_NONE;
}

/* The authserv-id at the start of a field, and its version. False: none can be read. */
static bool
take_server(struct cursor *c, char *id, size_t room, bool *version)
{
	char word[8];

	if (!take_value(c, id, room) || *id == '\0' || strchr(id, '=') != NULL)
		return false;
	*version = true;
	if (skip_cfws(c) && c->s < c->end && *c->s != ';')
		*version = take_keyword(c, word, sizeof(word)) && strcmp(word, "1") == 0;
	return true;
}

/* What our server's field says; false where it is not well-formed. "none" alone is well-formed and says nothing. */
static bool
read_results(struct cursor *c, const char *from_domain, struct findings *f)
{
	struct result r;
	size_t n = 0;

	skip_cfws(c);
	while (!c->bad && c->s < c->end) {
		const char *begin;

		if (!take(c, ';'))
			return false;
		skip_cfws(c);
		if (c->s == c->end)
			break; /* a last ";" with nothing behind it: some servers do */
		begin = c->s;
		if (take_keyword(c, r.method, sizeof(r.method)) && strcasecmp(r.method, "none") == 0 && !skip_cfws(c) && c->s == c->end)
			break;
		c->s = begin;
		if (++n > AUTHRES_RESULTS_MAX || !take_result(c, &r))
			return false;
		weigh(f, &r, from_domain);
		skip_cfws(c);
	}
	return !c->bad;
}

enum auth_verdict
authres_judge(const char *const *fields, size_t n, const char *authserv_id, const char *from_domain, char why[AUTHRES_WHY])
{
	char server[80], domain[80];

	shown(authserv_id, server);
	shown(from_domain, domain);
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(fields[i]);
		struct cursor c = { fields[i], fields[i] + len, false };
		struct findings f = { 0 };
		char id[VALUE_MAX];
		bool version;

		if (!take_server(&c, id, sizeof(id), &version) || strcasecmp(id, authserv_id) != 0)
			continue;
		if (len > AUTHRES_FIELD_BYTES || !version || !read_results(&c, from_domain, &f)) {
			snprintf(why, AUTHRES_WHY, "the Authentication-Results of %s cannot be read", server);
			return AUTHRES_NONE;
		}
		return verdict(&f, server, domain, why);
	}
	snprintf(why, AUTHRES_WHY, "no Authentication-Results of %s", server);
	return AUTHRES_NONE;
}

const char *
auth_verdict_word(enum auth_verdict v)
{
	static const char *const words[] = { "none", "fail", "pass" };

	return words[v];
}

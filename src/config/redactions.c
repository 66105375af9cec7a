/* redactions.c - what leaves for no team, whether or not the operator thought of it: secrets of common shapes, and the customers.
 *
 * A default is switched off by 'redact NAME off' and replaced by an own one of its name. \K keeps what stands before the secret.
 * Every repeat has an end or a start of its own, so that no text makes them slow (the tests prove that).
 */
#include <string.h>

#include "config/read.h"
#include "ground/buf.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/regex.h"
#include "ground/text.h"

#define NAME_LEAST     3         /* a customer's name of fewer characters would be found in any text */
#define PATTERN_BYTES  8000      /* names are gathered into patterns of about this size */

/* Tokens that say what they are. */
#define TOKENS                                                                                                          \
	"\\b(?:"                                                                                                        \
	"(?:AKIA|ASIA|AROA|AIDA)[A-Z2-7]{16}"                          /* AWS */                                       \
	"|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}" /* GitHub */                                  \
	"|gl(?:pat|ptt|dt|rt|cbt|ft|agent|oas|soat|imt)-[A-Za-z0-9_-]{16,100}"                                         \
	"|sgp_(?:(?:[A-Fa-f0-9]{16}|local)_)?[A-Fa-f0-9]{40}|sl[kp]_[A-Fa-f0-9]{40,64}|sg[dsm]_[A-Za-z0-9_]{20,100}"  \
	"|xox[abeoprs](?:\\.xox[bp])?-[A-Za-z0-9-]{10,200}|xapp-\\d-[A-Za-z0-9-]{10,200}" /* Slack */                 \
	"|[rs]k_(?:live|test)_[A-Za-z0-9]{16,100}|whsec_[A-Za-z0-9+\\/=]{16,100}"                                      \
	"|AIza[A-Za-z0-9_-]{35}|ya29\\.[A-Za-z0-9_-]{20,300}|GOCSPX-[A-Za-z0-9_-]{20,60}" /* Google */                 \
	"|sk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{20,200}|hf_[A-Za-z0-9]{30,60}"                                      \
	"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,300}|dckr_pat_[A-Za-z0-9_-]{20,60}|dop_v1_[a-f0-9]{64}"           \
	"|eyJzaWciOnsi[A-Za-z0-9_-]{20,8000}={0,2}" /* a licence of Sourcegraph */                                   \
	"|SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}|glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|hv[sbr]\\.[A-Za-z0-9_-]{20,200}" \
	"|ATATT3[A-Za-z0-9_=-]{20,300}|ATBB[A-Za-z0-9]{20,60}|lin_api_[A-Za-z0-9]{30,60}|dapi[a-f0-9]{32}|shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}" \
	")"

/* NAME = VALUE, as in configurations, logs and commands. What only stands for a secret stays. */
#define SECRET_NAME "(?:pass(?:word|wd|phrase|code)|secret(?:[_-]?(?:access[_-]?)?key(?:[_-]?base)?)?|(?:api|access|account|private|signing|" \
	"encryption|licen[cs]e)[_-]?key|(?:access|auth|refresh|private|bearer|session|api|id)[_-]?token|(?<![A-Za-z])(?:pass|pwd?|token|credentials?))"
#define SECRET_BEGINS "(?=p[arw]|s[ei]|a[cpu]|en|li|re|be|id|to|cr)" /* most places are done with by two letters */
#define NO_SECRET   "(?!(?:true|false|yes|no|null|nil|none|undefined|unset|empty|required|optional|invalid|expired|missing|changed|unchanged|reset|" \
	"wrong|correct|incorrect|redacted|hidden|secret|password|token|example|default|string|auth|basic|bearer|process\\.env|os\\.(?:environ|getenv))\\b" \
	"|[$%<\\[{(*#]|x{3,}|\\.{3}|\\/\\/)"
/* Up to the same quote, which may stand in it with a backslash, or be written so as a whole: JSON within JSON. */
#define QUOTED      "(?:\\\\\"\\K" NO_SECRET "[^\"\\\\\\r\\n]{3,500}|\"\\K" NO_SECRET "(?:[^\"\\\\\\r\\n]|\\\\.){3,500}|'\\K" NO_SECRET "[^'\\r\\n]{3,500})"

#define KEY_LINES   "(?:\\r?\\n[ \\t>]{0,20}[A-Za-z0-9+\\/=]{1,100}+(?=\\r?\\n|\\z))++"

static const struct { const char *name, *pattern, *flags, *with; } defaults[] = {
	/* PEM, PEM in base64 as Kubernetes keeps it, PuTTY's own. */
	{ "private-key", "-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----"
	    "(?:[^-]++|-(?!----))*+(?:-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----)?"
	    "|LS0tLS1CRUdJTiB(?:QUklWQVRF|SU0EgUFJJVkFUR|EU0EgUFJJVkFUR|FQyBQUklWQVRF|PUEVOU1NI|FTkNSWVBURU)[A-Za-z0-9+\\/=]++"
	    "(?:\\r?\\n[ \\t>]{0,20}[A-Za-z0-9+\\/=]{40,}+)*+"
	    "|Private-Lines:[ \\t]{0,4}\\d{1,3}\\K" KEY_LINES, "", "[private key]" },
	{ "jwt", "\\beyJ[A-Za-z0-9_-]{10,4000}+(?:\\.[A-Za-z0-9_-]{4,8000}+){1,4}", "", "[JWT]" },
	{ "authorization", "\\b(?:proxy-)?authorization[\"']?[ \\t]{0,4}[:=][ \\t]{0,4}[\"']?(?:(?:bearer|basic|token|digest|negotiate|ntlm|apikey|"
	    "aws4-hmac-sha256)[ \\t]{1,4}\\K(?=\\S{0,100}[0-9=])[^\\r\\n\"'\\\\]{6,4000}|\\K(?=[^\\s\"'\\\\]{0,100}[0-9=])[^\\s\"'\\\\]{6,4000})",
	    "i", "[authorization]" },
	{ "bearer", "\\bBearer[ \\t]{1,4}\\K(?=[A-Za-z._~+\\/-]{0,200}[0-9])[A-Za-z0-9._~+\\/-]{16,4000}={0,3}", "i", "[token]" },
	{ "cookie", "\\b(?:set-)?cookie2?[\"']?[ \\t]{0,4}[:=][ \\t]{0,4}[\"']?\\K[^\\s;=,\"']{1,100}=[^\\r\\n\"']{1,8000}", "i", "[cookie]" },
	/* Nobody has an @ in the path of a database: there the last one ends the password. */
	{ "url-password", "\\b(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\\+srv)?|rediss?|amqps?|ldaps?|smtps?|sqlserver):\\/\\/[^\\s\\/:@\"'<>]{0,100}:"
	    "\\K[^\\s\"'<>]{1,200}(?=@[^\\s@]{1,10})"
	    "|\\b[a-z][a-z0-9+.-]{1,20}:\\/\\/[^\\s\\/:@\"'<>]{0,100}:\\K[^\\s\\/@\"'<>]{1,200}(?=@[^\\s@]{1,10})", "i", "[password]" },
	{ "url-user", "\\b(?:https?|git|ssh):\\/\\/\\K[A-Za-z0-9_-]{20,200}(?=@)", "i", "[token]" },
	{ "url-secret", "[?&;](?:access_token|refresh_token|id_token|token|api[_-]?key|apikey|sig|signature|passw(?:or)?d|secret|client_secret|auth|sas|"
	    "X-Amz-(?:Signature|Credential|Security-Token)|X-Goog-Signature)=\\K[^\\s&#\"'<>]{4,2000}", "i", "[secret]" },
	{ "token", TOKENS, "", "[token]" },
	{ "slack-hook", "\\bhooks\\.slack\\.com\\/(?:services|workflows|triggers)\\/\\K[A-Za-z0-9\\/_-]{10,200}", "i", "[secret]" },
	/* With '=' or in quotes whatever it is; after a mere ':' only what no sentence would have there, */
	{ "password", SECRET_BEGINS SECRET_NAME "(?:\\\\?[\"'])?[ \\t]{0,4}(?:[=:][ \\t]{0,4}" QUOTED "|=[ \\t]{0,4}[\"']?\\K" NO_SECRET
	    "[^\\s\"',;&<>]{4,500}|:[ \\t]{0,4}\\K" NO_SECRET
	    "(?=[^\\s\"',;<>]{0,40}(?:[0-9]|[!@#$%^&*+~][A-Za-z0-9]))[^\\s\"',;<>]{6,500})", "i", "[secret]" },
	/* or what is a line of its own. */
	{ "password-line", "^[ \\t>*-]{0,20}[\"']?[\\w.-]{0,60}pass(?:word|wd|phrase)[\"']?:[ \\t]{1,4}\\K" NO_SECRET
	    "[^\\s\"']{6,200}(?=[ \\t]{0,20}\\r?$)", "im", "[secret]" },
	{ "password-said", "\\b(?:pass(?:word|wd|phrase|code)|passwort|kennwort|mot de passe|contrase\xc3\xb1""a|wachtwoord|pw)[ \\t]{0,2}"
	    "(?:(?:is|was|ist|lautet|war|est|es)[ \\t:]{1,3}|:[ \\t]{0,3})[\"'`]?\\K(?!base64|sha\\d|md5|\\d{1,3}-)"
	    "(?=[^\\s\"'`]{0,40}[0-9])(?=[^\\s\"'`]{0,40}[A-Za-z])[^\\s\"'`,;<>]{6,200}", "i", "[secret]" },
	{ "command-line", "\\bcurl\\b[^|;]{0,500}?\\s(?:-[a-z]{0,6}u|--user|--proxy-user)[ \\t=]{0,2}[\"']?[^\\s:\"']{1,100}:\\K[^\\s\"']{1,200}"
	    "|\\s--(?!no-)[a-z-]{0,30}(?:password|passwd|passphrase|token|secret|api-?key|access-key|secret-key)[ \\t]{1,4}[\"']?\\K" NO_SECRET
	    "(?!-)[^\\s\"']{4,300}"
	    "|\\b(?:mysql(?:dump|admin)?|mariadb)\\b[^\\r\\n|;]{0,300}?\\s(?-i:-p)[\"']?\\K" NO_SECRET "[^\\s\"']{3,200}"
	    "|\\b(?:(?:docker|podman|nerdctl|oras|skopeo|az|oc) login|sshpass)\\b[^\\r\\n|;]{0,300}?\\s(?-i:-p)[ \\t=]{0,2}[\"']?\\K" NO_SECRET "[^\\s\"']{3,200}"
	    "|\\blogin\\s{1,20}\\S{1,100}\\s{1,20}password\\s{1,20}\\K\\S{3,200}"
	    "|(?<![A-Za-z0-9])_auth[ \\t]{0,2}=[ \\t]{0,2}[\"']?\\K[A-Za-z0-9+\\/=]{8,500}", "i", "[secret]" },
	/* The name in one line, the value in the next. */
	{ "env-value", "\\bname[\"']?:[ \\t]{0,8}[\"']?[A-Z0-9_.-]{0,80}(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)"
	    "[\"']?,?\\s{1,60}[\"']?value[\"']?:[ \\t]{0,8}(?:" QUOTED "|(?![\"'])\\K" NO_SECRET "[^\\s\"',}]{3,500})", "i", "[secret]" },
	{ "xml-value", "<[A-Za-z:._-]{0,40}(?:password|passwd|passphrase|secret|token|api-?key)>\\s{0,20}\\K" NO_SECRET "[^<\\s][^<\\r\\n]{2,300}"
	    "|\\b(?:key|name)=\"[^\"\\s]{0,80}(?:password|passwd|secret|token|api_?key)\"\\s{1,40}value=\"\\K" NO_SECRET "[^\"\\r\\n]{3,500}", "i", "[secret]" },
};

static bool
is_off(const struct reading *r, const char *name)
{
	for (size_t i = 0; i < r->s->nredact_off; i++)
		if (strcmp(r->s->redact_off[i], name) == 0)
			return true;
	for (size_t i = 0; i < r->s->nredactions; i++)
		if (strcmp(r->s->redactions[i].name, name) == 0)
			return true;
	return false;
}

static void
add(struct arena *a, struct redaction **v, size_t *n, const char *name, const char *pattern, const char *flags, const char *with)
{
	struct regex_error err;
	struct regex *re = regex_compile(pattern, strlen(pattern), flags, &err);

	BUG_ON(re == NULL);
	*(struct redaction *)arena_push(a, v, n, sizeof(**v)) = (struct redaction){ .name = name, .re = re, .with = with };
}

/* A name as a pattern that finds it as a word of its own, whatever blanks stand between its words. */
static void
add_quoted(struct buf *b, const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if (*p == ' ') {
			buf_puts(b, "\\s{1,4}");
			p += strspn(p, " ") - 1;
		} else {
			if ((*p >= '!' && *p <= '/') || (*p >= ':' && *p <= '@') || (*p >= '[' && *p <= '`') || (*p >= '{' && *p <= '~'))
				buf_putc(b, '\\');
			buf_putc(b, *p);
		}
}

struct names { struct reading *r; const char *before; struct buf pattern; };

/* Not a letter or digit on either side: "acme" is found in "acme-prod" and "ACME's", not in "acmeist". */
static void
flush(struct names *n)
{
	if (n->pattern.len > 0)
		add(n->r->arena, &n->r->s->redactions, &n->r->s->nredactions, "customer",
		    arena_printf(n->r->arena, "(?<![\\p{L}\\p{N}])%s(?:%s)(?![\\p{L}\\p{N}])", n->before, n->pattern.data), "i", "[customer]");
	buf_cut(&n->pattern, 0);
}

static void
add_name(struct names *n, const char *name)
{
	if (name == NULL || utf8_columns(name) < NAME_LEAST)
		return;
	if (n->pattern.len > 0)
		buf_putc(&n->pattern, '|');
	add_quoted(&n->pattern, name);
	if (n->pattern.len > PATTERN_BYTES)
		flush(n);
}

/* Addresses and hosts first, so that nothing of them is left over. */
static void
add_customers(struct reading *r)
{
	struct names n = { .r = r, .before = "(?:[a-z0-9._%+-]{1,64}@)?(?:[a-z0-9-]{1,63}\\.){0,5}" };
	const struct settings *s = r->s;

	buf_init(&n.pattern, 4 * PATTERN_BYTES);
	for (size_t i = 0; i < s->ncustomers; i++)
		for (size_t j = 0; j < s->customers[i].ndomains; j++)
			add_name(&n, s->customers[i].domains[j]);
	flush(&n);
	n.before = "";
	for (size_t i = 0; i < s->ncustomers; i++) {
		const struct customer *c = &s->customers[i];

		for (size_t j = 0; j < c->naliases; j++)
			add_name(&n, c->aliases[j]);
		add_name(&n, c->full_name);
		if (!text_equal_nocase(c->full_name, c->name))
			add_name(&n, c->name);
	}
	flush(&n);
	buf_free(&n.pattern);
}

void
redactions_complete(struct reading *r)
{
	for (size_t i = 0; i < COUNT(defaults); i++)
		if (!is_off(r, defaults[i].name))
			add(r->arena, &r->s->redactions, &r->s->nredactions, defaults[i].name, defaults[i].pattern, defaults[i].flags, defaults[i].with);
	if (!is_off(r, "customer"))
		add_customers(r);
}

bool
redaction_is_default(const char *name)
{
	for (size_t i = 0; i < COUNT(defaults); i++)
		if (strcmp(defaults[i].name, name) == 0)
			return true;
	return strcmp(name, "customer") == 0;
}

size_t
redactions_default(struct arena *a, struct redaction **out)
{
	size_t n = 0;

	*out = NULL;
	for (size_t i = 0; i < COUNT(defaults); i++)
		add(a, out, &n, defaults[i].name, defaults[i].pattern, defaults[i].flags, defaults[i].with);
	return n;
}

void
redactions_free(struct redaction *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		regex_free(v[i].re);
		v[i].re = NULL;
	}
}

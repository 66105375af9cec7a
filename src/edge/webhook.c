/* webhook.c - see webhook.h. */
#include "edge/webhook.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "ground/digest.h"
#include "ground/mem.h"
#include "ground/text.h"

#define WORD_MAX 40 /* of an answer: "invalid_payload" is told, a page is not */

struct exchange {
	const struct webhook_post *post;
	CURL *curl;
	const char *fault;                /* an option that this libcurl does not know */
	char error[CURL_ERROR_SIZE];
	char word[WORD_MAX + 1];          /* the beginning of the answer */
	size_t nword, heard;
	bool stopped, flooded;
};

/* An option that this libcurl does not know would be a protection that is not there. */
#define SET(x, option, value)                                                                  \
	do {                                                                                   \
		if (curl_easy_setopt((x)->curl, option, value) != CURLE_OK)                    \
			(x)->fault = "libcurl does not know " #option;                         \
	} while (0)

/* ---- what libcurl asks and tells ------------------------------------------------------------------------ */

static bool
hear(struct exchange *x, size_t len)
{
	x->heard += len;
	x->flooded = x->heard > WEBHOOK_ANSWER_MAX;
	return !x->flooded;
}

static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	(void)line;
	return hear(arg, size * count) ? size * count : 0;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct exchange *x = arg;

	for (size_t i = 0; i < size * count && x->nword < WORD_MAX; i++)
		x->word[x->nword++] = bytes[i];
	return hear(x, size * count) ? size * count : 0;
}

static int
on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
	struct exchange *x = arg;

	(void)dltotal, (void)dlnow, (void)ultotal, (void)ulnow;
	if (x->post->tick != NULL && !x->stopped)
		x->stopped = !x->post->tick(x->post->context);
	return x->stopped;
}

/* ---- the request ---------------------------------------------------------------------------------------- */

static void
add(struct exchange *x, struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer == NULL)
		x->fault = "no memory";
	else
		*list = longer;
}

static struct curl_slist *
headers(struct exchange *x, struct arena *a)
{
	const struct webhook_post *p = x->post;
	const char *stamp = arena_printf(a, "%lld", (long long)p->now);
	struct curl_slist *list = NULL;

	add(x, &list, "Content-Type: application/json; charset=utf-8");
	add(x, &list, "Expect:"); /* no asking first: it is one packet */
	add(x, &list, arena_printf(a, "X-Escrelay-Event: %s", p->event));
	add(x, &list, arena_printf(a, "X-Escrelay-Id: %s", p->id));
	add(x, &list, arena_printf(a, "X-Escrelay-Timestamp: %s", stamp));
	if (p->secret != NULL) {
		const char *signedwords = arena_printf(a, "%s.%s", stamp, p->body);
		unsigned char mac[DIGEST_BYTES];
		char hex[DIGEST_HEX];

		digest_hmac(p->secret, strlen(p->secret), signedwords, strlen(signedwords), mac);
		digest_hex(mac, sizeof(mac), hex);
		add(x, &list, arena_printf(a, "X-Escrelay-Signature: sha256=%s", hex));
	}
	return list;
}

static void
set_trust(struct exchange *x, const struct webhook *h)
{
	/* Which scheme may be where is checked when the configuration is read. */
	SET(x, CURLOPT_PROTOCOLS_STR, text_starts_nocase(h->url, "http://") ? "http" : "https");
	SET(x, CURLOPT_FOLLOWLOCATION, 0L);
	SET(x, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(x, CURLOPT_PROXY, "");
	SET(x, CURLOPT_NOPROXY, "*");
	SET(x, CURLOPT_SSL_VERIFYPEER, 1L);
	SET(x, CURLOPT_SSL_VERIFYHOST, 2L);
	SET(x, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (h->ca != NULL) { /* instead of the system's, not besides them */
		SET(x, CURLOPT_CAINFO, h->ca);
		SET(x, CURLOPT_CAPATH, NULL);
	}
}

static void
set_exchange(struct exchange *x, const struct webhook *h, struct curl_slist *list)
{
	SET(x, CURLOPT_URL, h->url);
	SET(x, CURLOPT_ERRORBUFFER, x->error);
	SET(x, CURLOPT_NOSIGNAL, 1L);
	SET(x, CURLOPT_TIMEOUT, (long)h->timeout);
	SET(x, CURLOPT_CONNECTTIMEOUT, (long)h->timeout);
	SET(x, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(x, CURLOPT_USERAGENT, "escrelay/" ESCRELAY_VERSION);
	SET(x, CURLOPT_POST, 1L);
	SET(x, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(x->post->body));
	SET(x, CURLOPT_POSTFIELDS, x->post->body);
	SET(x, CURLOPT_HTTPHEADER, list);
	SET(x, CURLOPT_HEADERFUNCTION, on_header);
	SET(x, CURLOPT_HEADERDATA, x);
	SET(x, CURLOPT_WRITEFUNCTION, on_body);
	SET(x, CURLOPT_WRITEDATA, x);
	SET(x, CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(x, CURLOPT_XFERINFODATA, x);
	SET(x, CURLOPT_NOPROGRESS, 0L);
}

/* ---- what became of it ---------------------------------------------------------------------------------- */

/* " (no_service)": a word that the receiver says is told, anything else might repeat the url. */
static const char *
said(const struct exchange *x, struct arena *a)
{
	size_t len = strspn(x->word, "abcdefghijklmnopqrstuvwxyz_");

	return len > 0 && len == x->nword && len < WORD_MAX ? arena_printf(a, " (%s)", x->word) : "";
}

static void
conclude(const struct exchange *x, CURLcode rc, struct webhook_result *r)
{
	AUTO_ARENA struct arena *a = arena_new();
	long status = 0;
	curl_off_t wait = 0;

	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(x->curl, CURLINFO_RETRY_AFTER, &wait);
	r->status = (int)status;
	r->wait = wait > WEBHOOK_WAIT_MAX ? WEBHOOK_WAIT_MAX : wait > 0 ? (int64_t)wait : 0;
	if (status / 100 == 2) { /* it has it, whatever came behind these words */
		r->outcome = WEBHOOK_DELIVERED;
		return;
	}
	r->outcome = x->stopped ? WEBHOOK_STOPPED : WEBHOOK_FAILED;
	if (x->fault != NULL)
		snprintf(r->words, sizeof(r->words), "%s", x->fault);
	else if (status / 100 == 3)
		snprintf(r->words, sizeof(r->words), "it answers %ld: a redirect is not followed", status);
	else if (x->flooded)
		snprintf(r->words, sizeof(r->words), "its answer has no end");
	else if (status >= 400)
		snprintf(r->words, sizeof(r->words), "it answers %ld%s", status, said(x, a));
	else
		snprintf(r->words, sizeof(r->words), "%s", text_printable(a, *x->error != '\0' ? x->error : curl_easy_strerror(rc), sizeof(r->words) - 1));
}

void
webhook_send(const struct webhook *h, const struct webhook_post *p, struct webhook_result *r)
{
	static bool ready;
	AUTO_ARENA struct arena *a = arena_new();
	struct exchange x = { .post = p };
	struct curl_slist *list;
	CURLcode rc = CURLE_FAILED_INIT;

	*r = (struct webhook_result){ .outcome = WEBHOOK_FAILED, .words = "libcurl cannot be set up" };
	if ((!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) || (x.curl = curl_easy_init()) == NULL)
		return;
	ready = true;
	list = headers(&x, a);
	set_trust(&x, h);
	set_exchange(&x, h, list);
	if (x.fault == NULL)
		rc = curl_easy_perform(x.curl);
	conclude(&x, rc, r);
	curl_easy_cleanup(x.curl);
	curl_slist_free_all(list);
}

/* webhook.h - one event posted to a chat room, by HTTPS.
 *
 * Certificate and host name are verified, always; http:// goes to loopback alone. A redirect is a failure: where the event goes is the
 * configuration's to say. Of the answer only its status counts; what is longer than WEBHOOK_ANSWER_MAX is not read. The whole exchange
 * takes at most the webhook's timeout.
 *
 * With a secret the post is signed: X-Escrelay-Signature is "sha256=" and the HMAC-SHA256 (RFC 2104), in hex, of
 *
 *     TIMESTAMP "." BODY
 *
 * where TIMESTAMP is X-Escrelay-Timestamp, seconds since 1970 at the time of this very attempt. X-Escrelay-Id is that of the event: it is
 * the same in each attempt, so that a receiver knows what it has had. Nothing that comes back may name the url: its path is a secret.
 */
#ifndef ESCRELAY_EDGE_WEBHOOK_H
#define ESCRELAY_EDGE_WEBHOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"

#define WEBHOOK_ANSWER_MAX (64u << 10) /* bytes of head and body that are listened to */
#define WEBHOOK_WAIT_MAX   3600        /* seconds: a receiver that asks for more patience gets no more */

struct webhook_post {
	const char *id, *event;        /* of plain ASCII */
	const char *body;              /* JSON */
	const char *secret;            /* NULL: not signed */
	int64_t now;
	void *context;
	bool (*tick)(void *context);   /* called about once a second; false: stop */
};

enum webhook_outcome { WEBHOOK_DELIVERED, WEBHOOK_FAILED, WEBHOOK_STOPPED };

struct webhook_result {
	enum webhook_outcome outcome;
	int status;                    /* of HTTP, 0: there was none */
	int64_t wait;                  /* seconds that the receiver asks us to wait, 0: it does not say */
	char words[200];               /* why it failed, for the log */
};

void webhook_send(const struct webhook *h, const struct webhook_post *p, struct webhook_result *r);

#endif

/* url.h - where servers are, as urls: scheme://host[:port][/path]. */
#ifndef ESCRELAY_CONFIG_URL_H
#define ESCRELAY_CONFIG_URL_H

#include "config/read.h"

struct url { const char *scheme, *host, *path; unsigned port; /* 0: none given */ };

/* The url of the key's one word if its scheme is the one with TLS or the one without, which makes *plain.
 * False with the reason told. */
bool url_read(struct reading *r, const struct given *g, const char *with, const char *without, struct url *url,
    bool *plain);

/* The folder of a path, percent-decoded. NULL if it cannot be one. */
const char *url_folder(struct reading *r, const char *path);

bool url_is_loopback(const char *host);

#endif

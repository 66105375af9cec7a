/* imap_connect.h - a TCP connection to a host by name, in bounded time but for the resolver's. */
#ifndef ESCRELAY_EDGE_IMAP_CONNECT_H
#define ESCRELAY_EDGE_IMAP_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/imap.h"

/* Tries the host's addresses in turn until the deadline (on imap_now()'s clock). *fd: non-blocking,
 * close-on-exec, with keepalive; -1 on failure. loopback_only: no other address will do. */
enum imap_status imap_connect(const char *host, unsigned port, bool loopback_only, int64_t deadline, int *fd,
    char why[256]);

#endif

/* floor_imap.c - the least that fetching can cost: floor_imap PORT USER PASSWORD FOLDER [CA].
 *
 * One UID FETCH 1:* (BODY.PEEK[]), its bytes thrown away; over TLS where a CA is given (not verified: it costs no
 * bytes), else plain. Prints mails, bytes, seconds from the command to its end, and CPU seconds of this process.
 */
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "board.h"

#define TAG  "floor9 "
#define KEPT 2000 /* a tagged line may hold all capabilities */

static gnutls_session_t tls;
static int sock;
static char piece[(256 << 10) + KEPT];

static size_t
get(char *to, size_t len)
{
	ssize_t n;

	do
		n = tls != NULL ? gnutls_record_recv(tls, to, len) : recv(sock, to, len, 0);
	while (tls != NULL && (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)); /* a session ticket, for one */
	if (n <= 0) {
		fprintf(stderr, "floor_imap: the server is gone\n");
		exit(3);
	}
	return (size_t)n;
}

static void
put(const char *text)
{
	size_t len = strlen(text);

	if ((tls != NULL ? gnutls_record_send(tls, text, len) : send(sock, text, len, 0)) != (ssize_t)len)
		exit(3);
}

/* Reads to the end of the tagged answer; its bytes, and the mails that EXISTS told. */
static uint64_t
answer(unsigned *exists)
{
	uint64_t bytes = 0;
	size_t kept = 0; /* of what came before: the tagged line may be split over two reads */

	for (;;) {
		size_t n = get(piece + kept, sizeof(piece) - 1 - kept), have = kept + n, from = have > KEPT ? have - KEPT : 0;
		char *found;

		bytes += n;
		piece[have] = '\0';
		if (exists != NULL && (found = strstr(piece, " EXISTS")) != NULL) {
			while (found > piece && found[-1] != ' ')
				found--;
			*exists = (unsigned)strtoul(found, NULL, 10);
		}
		if (piece[have - 1] == '\n' && memmem(piece + from, have - from, TAG, strlen(TAG)) != NULL)
			return bytes;
		memmove(piece, piece + from, have - from);
		kept = have - from;
	}
}

static void
start_tls(void)
{
	gnutls_certificate_credentials_t none;

	gnutls_certificate_allocate_credentials(&none);
	gnutls_init(&tls, GNUTLS_CLIENT);
	gnutls_set_default_priority(tls);
	gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, none);
	gnutls_transport_set_int(tls, sock);
	if (gnutls_handshake(tls) < 0) {
		fprintf(stderr, "floor_imap: no TLS\n");
		exit(3);
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char command[1024];
	struct rusage used;
	struct timeval cpu;
	uint64_t began, bytes;
	unsigned exists = 0;

	if (argc < 5)
		return 2;
	there.sin_port = htons((unsigned short)atoi(argv[1]));
	sock = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(sock, (struct sockaddr *)&there, sizeof(there)) != 0)
		return 3;
	if (argc > 5)
		start_tls();
	get(piece, sizeof(piece) - 1);
	snprintf(command, sizeof(command), TAG "LOGIN \"%s\" \"%s\"\r\n", argv[2], argv[3]);
	put(command);
	answer(NULL);
	snprintf(command, sizeof(command), TAG "SELECT \"%s\"\r\n", argv[4]);
	put(command);
	answer(&exists);
	began = board_now();
	put(TAG "UID FETCH 1:* (BODY.PEEK[])\r\n");
	bytes = answer(NULL);
	began = board_now() - began;
	getrusage(RUSAGE_SELF, &used);
	timeradd(&used.ru_utime, &used.ru_stime, &cpu);
	printf("%u %llu %.6f %.6f\n", exists, (unsigned long long)bytes, (double)began / 1e9,
	    (double)cpu.tv_sec + (double)cpu.tv_usec / 1e6);
	return 0;
}

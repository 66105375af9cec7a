/* smtp_tool - sends files over smtp.h and says what came of it, a line of JSON each, for tests against real and
 * hostile servers.
 *
 *   smtp_tool [options] HOST PORT implicit|starttls|off FROM TO FILE [FROM TO FILE ...]
 *     -u USER  -p NAME     password from the environment variable NAME
 *     -x                   the password is an XOAUTH2 bearer token
 *     -c FILE              trusted CAs       -e NAME  EHLO name
 *     -t SECONDS           settings.timeout  -r BYTES what one read() gives at most
 *     -n                   no size announced -f BYTES read() fails from there on
 *     -s MS                tick says stop from then on (counted for each mail)
 *     -g MS                after a stop, wait so long for the answer to the final dot
 *     -w MS                pause between mails; -q: with smtp_rest() before it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "edge/smtp.h"
#include "ground/clock.h"
#include "ground/log.h"

struct source {
	FILE *file;
	size_t piece;
	long fail_at, given;
	int64_t begun, stop_after, grace, ticked, longest;
};

static ssize_t
source_read(void *context, char *out, size_t len)
{
	struct source *s = context;
	size_t got;

	if (s->fail_at >= 0 && s->given >= s->fail_at)
		return -1;
	got = fread(out, 1, s->piece > 0 && s->piece < len ? s->piece : len, s->file);
	s->given += (long)got;
	return (ssize_t)got;
}

static bool
source_tick(void *context, bool committed)
{
	struct source *s = context;
	int64_t now = clock_monotonic_ms();

	if (now - s->ticked > s->longest)
		s->longest = now - s->ticked;
	s->ticked = now;
	if (s->stop_after < 0 || now - s->begun < s->stop_after)
		return true;
	return committed && now - s->begun < s->stop_after + s->grace;
}

static void
print_text(const char *name, const char *text)
{
	printf("\"%s\":\"", name);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			putchar('\\');
		putchar(*c);
	}
	fputs("\",", stdout);
}

static void
send_one(struct smtp *c, struct source *s, const char *from, const char *to, const char *path, bool sized)
{
	struct smtp_mail mail = { .from = from, .to = to, .context = s, .read = source_read,
		.tick = source_tick };
	struct smtp_result r;

	s->file = fopen(path, "rb");
	if (s->file == NULL) {
		perror(path);
		exit(3);
	}
	s->given = 0;
	if (sized)
		mail.size = smtp_size(source_read, s);
	rewind(s->file);
	s->given = 0;
	s->longest = 0;
	s->begun = s->ticked = clock_monotonic_ms();
	smtp_send(c, &mail, &r);
	fclose(s->file);
	putchar('{');
	print_text("outcome", smtp_outcome_word(r.outcome));
	print_text("enhanced", r.enhanced);
	print_text("reply", r.reply);
	printf("\"code\":%d,\"reused\":%s,\"bytes\":%llu,\"ms\":%lld,\"longest\":%lld}\n", r.code, r.reused ? "true" : "false",
	    (unsigned long long)r.bytes, (long long)(clock_monotonic_ms() - s->begun), (long long)s->longest);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct submission_settings s = { .timeout = 10, .auth = AUTH_NONE, .configured = true };
	struct source source = { .fail_at = -1, .stop_after = -1 };
	const char *password = NULL;
	bool sized = true;
	useconds_t pause = 0;
	bool rest = false;
	struct smtp *c;
	int o;

	while ((o = getopt(argc, argv, "u:p:xc:e:t:r:nf:s:g:w:q")) != -1) {
		switch (o) {
		case 'u': s.user = optarg; s.auth = s.auth == AUTH_NONE ? AUTH_PASSWORD : s.auth; break;
		case 'p': password = getenv(optarg); break;
		case 'x': s.auth = AUTH_XOAUTH2; break;
		case 'c': s.ca = optarg; break;
		case 'e': s.helo = optarg; break;
		case 't': s.timeout = strtol(optarg, NULL, 10); break;
		case 'r': source.piece = strtoul(optarg, NULL, 10); break;
		case 'n': sized = false; break;
		case 'f': source.fail_at = strtol(optarg, NULL, 10); break;
		case 's': source.stop_after = strtol(optarg, NULL, 10); break;
		case 'g': source.grace = strtol(optarg, NULL, 10); break;
		case 'w': pause = (useconds_t)strtoul(optarg, NULL, 10) * 1000; break;
		case 'q': rest = true; break;
		default: return 2;
		}
	}
	argv += optind;
	argc -= optind;
	if (argc < 6 || argc % 3 != 0)
		return 2;
	log_open("smtp_tool", LOG_LEVEL_DEBUG);
	s.server.host = argv[0];
	s.server.port = (unsigned)strtoul(argv[1], NULL, 10);
	s.server.tls = strcmp(argv[2], "implicit") == 0 ? TLS_IMPLICIT
	             : strcmp(argv[2], "starttls") == 0 ? TLS_STARTTLS : TLS_OFF;
	c = smtp_open(&s, password);
	for (int i = 3; i < argc; i += 3) {
		if (i > 3) {
			if (rest)
				smtp_rest(c);
			usleep(pause);
		}
		send_one(c, &source, argv[i], argv[i + 1], argv[i + 2], sized);
	}
	smtp_close(c);
	return 0;
}

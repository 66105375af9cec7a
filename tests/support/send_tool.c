/* send_tool - owes letters and runs the sender, for tests of that stage without any other.
 *
 *   send_tool owe STORE CASE FROM TO FILE [TIMES]   owes a file TIMES times; prints the ids
 *   send_tool forward STORE TO FILE                 owes a letter with the file spliced in as an original; prints its id
 *   send_tool lease STORE HOLDER SECONDS            leases the next and dies with it; prints the id
 *   send_tool hold STORE SECONDS REASON | held STORE
 *   send_tool queue STORE                           a line of JSON for each row, with its attempts
 *   send_tool send CONF [--once]                    the stage itself
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/store.h"
#include "ground/buf.h"
#include "ground/clock.h"
#include "ground/mem.h"
#include "judge/escalation.h"
#include "stage/stage.h"

static struct store *
open_store(const char *path)
{
	enum store_fault fault;
	char why[256];
	struct store *s = store_open(path, STORE_CREATE, &fault, why);

	if (s == NULL) {
		fprintf(stderr, "%s\n", why);
		exit(3);
	}
	return s;
}

static void
read_file(const char *path, struct buf *b)
{
	char piece[65536];
	size_t n;
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		perror(path);
		exit(3);
	}
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(b, piece, n);
	fclose(f);
}

static int
owe(struct store *s, char **argv, int argc)
{
	int times = argc > 5 ? atoi(argv[5]) : 1; /* a test's own number */
	AUTO_BUF struct buf b;

	buf_init(&b, 64u << 20);
	read_file(argv[4], &b);
	if (!store_begin(s))
		return 3;
	for (int i = 0; i < times; i++) {
		static int serial;
		AUTO_FREE char *id = xasprintf("%" PRId64 ".%d@test.example", clock_now_ms(), serial++);
		AUTO_FREE char *head = xasprintf("Message-ID: <%s>\r\n", id);
		char *mark = strstr(argv[3], "%d");
		AUTO_FREE char *to = mark == NULL ? xstrdup(argv[3])
		                                  : xasprintf("%.*s%d%s", (int)(mark - argv[3]), argv[3], i, mark + 2);
		struct segment segments[] = { { .kind = SEGMENT_BYTES, .bytes = head, .len = strlen(head) },
			{ .kind = SEGMENT_BYTES, .bytes = b.data, .len = b.len } };
		struct letter letter = { .to = to, .message_id = id, .subject = "x", .segments = segments, .nsegments = 2,
			.size = strlen(head) + b.len };
		struct owed owed = { .escalation = strtoll(argv[1], NULL, 10), .kind = "test", .from = argv[2],
			.letter = &letter, .at = clock_now() };

		printf("%" PRId64 "\n", store_owe(s, &owed));
	}
	return store_commit(s) ? 0 : 3;
}

static int
forward(struct store *s, const char *to, const char *path)
{
	struct segment segments[] = { { .kind = SEGMENT_BYTES, .bytes = "Message-ID: <1@test.example>\r\n", .len = 30 },
		{ .kind = SEGMENT_ORIGINAL, .splice = SPLICE_PLAIN } };
	struct letter letter = { .to = to, .message_id = "1@test.example", .subject = "x", .segments = segments, .nsegments = 2 };
	struct owed owed = { .kind = "test", .from = "", .letter = &letter, .at = clock_now() };
	struct journal_entry entry = { .mailbox = "test", .uidvalidity = 1, .uid = 1, .received = clock_now() };
	unsigned seq = 0;
	AUTO_BUF struct buf b;

	buf_init(&b, 64u << 20);
	read_file(path, &b);
	entry.size = b.len;
	letter.size = b.len + segments[0].len;
	if (!store_begin(s))
		return 3;
	segments[1].journal = store_journal_add(s, &entry);
	for (size_t at = 0; at < b.len; at += STORE_CHUNK)
		store_journal_bytes(s, segments[1].journal, seq++, b.data + at, b.len - at < STORE_CHUNK ? b.len - at : STORE_CHUNK);
	printf("%" PRId64 "\n", store_owe(s, &owed));
	return store_commit(s) ? 0 : 3;
}

static void
print_text(const char *name, const char *text)
{
	printf("\"%s\":\"", name);
	for (const char *c = text; *c != '\0'; c++)
		printf(*c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	printf("\",");
}

static int
queue(struct store *s, struct arena *a)
{
	struct outbox_row *rows;
	size_t n = store_outbox(s, a, true, &rows);

	for (size_t i = 0; i < n; i++) {
		struct attempt_row *tries;
		size_t ntries = store_attempts(s, a, rows[i].id, &tries);

		printf("{\"id\":%" PRId64 ",", rows[i].id);
		print_text("state", outbox_state_word(rows[i].state));
		print_text("to", rows[i].to);
		print_text("reply", rows[i].reply);
		print_text("message_id", rows[i].message_id);
		printf("\"code\":%d,\"attempts\":%u,\"wait\":%" PRId64 ",\"tries\":[", rows[i].code, rows[i].attempts,
		    rows[i].next_at - clock_now());
		for (size_t j = 0; j < ntries; j++)
			printf("%s\"%s\"", j > 0 ? "," : "", tries[j].outcome);
		puts("]}");
	}
	return 0;
}

int
main(int argc, char **argv)
{
	AUTO_ARENA struct arena *a = arena_new();
	struct store *s;
	int status = 2;

	if (argc < 3)
		return 2;
	if (strcmp(argv[1], "send") == 0)
		return stage_send(argv[2], argc > 3 && strcmp(argv[3], "--once") == 0);
	s = open_store(argv[2]);
	if (strcmp(argv[1], "owe") == 0 && argc >= 7)
		status = owe(s, argv + 2, argc - 2);
	else if (strcmp(argv[1], "forward") == 0 && argc == 5)
		status = forward(s, argv[3], argv[4]);
	else if (strcmp(argv[1], "queue") == 0)
		status = queue(s, a);
	else if (strcmp(argv[1], "hold") == 0 && argc == 5) {
		store_hold(s, argv[4], clock_now(), clock_now() + strtoll(argv[3], NULL, 10));
		status = store_fault(s) == STORE_OK ? 0 : 3;
	} else if (strcmp(argv[1], "held") == 0) {
		int64_t until = 0;
		const char *reason = store_held(s, a, &until);

		puts(reason != NULL ? reason : "");
		status = 0;
	} else if (strcmp(argv[1], "lease") == 0 && argc == 5) {
		struct outbox_row row;
		int64_t next;
		int lock = store_lease_lock(argv[2], argv[3]);

		if (lock >= 0 && store_lease(s, a, argv[3], clock_now(), clock_now() + strtoll(argv[4], NULL, 10), &row,
		        &next) == 1) {
			printf("%" PRId64 "\n", row.id);
			status = 0;
		}
	}
	store_close(s);
	return status;
}

/* store_answers.c - answers that a sender was given and has not settled yet, in the file of its lease lock. See store.h.
 *
 * Records of one size, written in place: making one durable writes its bytes and nothing of the file system's. One that was
 * only half written has another digest than it says. Older records stay where they are: a number of attempts comes once.
 */
#include "edge/store_db.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ground/digest.h"
#include "ground/mem.h"

#define RECORD 1024
#define WORDS  (RECORD - DIGEST_BYTES) /* and the digest of these */
#define FIRST_LINE "%" PRId64 " %u %s\n" /* letter, attempt, Message-ID; then when, the code, and the reply */

bool
store_answer_note(int lock, unsigned slot, const struct outbox_row *row, int64_t at, int code, const char *reply)
{
	char record[RECORD] = "";
	int n = snprintf(record, WORDS, FIRST_LINE "%" PRId64 " %d\n%s", row->id, row->attempts, row->message_id, at, code, reply);
	if (n < 0 || n >= WORDS || slot >= STORE_ANSWERS)
		return false;
	digest_of(record, WORDS, (unsigned char *)record + WORDS);
	return pwrite(lock, record, RECORD, (off_t)slot * RECORD) == RECORD && fdatasync(lock) == 0;
}

/* Whether the record is of just this attempt at just this letter. */
static bool
answers(const char *words, const struct outbox_row *row, struct answer *out)
{
	AUTO_FREE char *first = xasprintf(FIRST_LINE, row->id, row->attempts, row->message_id);
	size_t len = strlen(first);
	char *end;

	if (strncmp(words, first, len) != 0)
		return false;
	out->at = strtoll(words + len, &end, 10);
	out->code = (int)strtol(end, &end, 10);
	snprintf(out->reply, sizeof(out->reply), "%s", *end == '\n' ? end + 1 : end);
	return true;
}

bool
answer_find(const char *store_path, const struct outbox_row *row, struct answer *out)
{
	AUTO_FREE char *path = xasprintf("%s.lease-%s", store_path, row->holder);
	char record[RECORD];
	unsigned char sum[DIGEST_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool found = false;

	for (off_t at = 0; fd >= 0 && !found && pread(fd, record, RECORD, at) == RECORD; at += RECORD) {
		digest_of(record, WORDS, sum);
		found = memcmp(sum, record + WORDS, sizeof(sum)) == 0 && record[WORDS - 1] == '\0' && answers(record, row, out);
	}
	if (fd >= 0)
		close(fd);
	return found;
}

/* store_letter.c - a letter read for sending: our bytes, and originals spliced in. See store.h.
 *
 * Each piece is read in a statement of its own, so that no long read transaction stands in the way
 * of a checkpoint while a slow server takes a large mail. Raw bytes never change.
 */
#include "edge/store_db.h"

#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"

#define BASE64_LINE 57 /* bytes that make one line of 76 characters (RFC 2045 6.8) */

struct letter_reader {
	struct store *s;
	int64_t outbox, journal;      /* journal: of the segment that is open */
	int64_t seq;                  /* of the next segment */
	bool base64;
	uint64_t offset;              /* into the original */
	char *piece;                  /* what has been read and not given yet */
	size_t at, len;
	unsigned char line[BASE64_LINE]; size_t linelen; /* bytes of an unfinished base64 line */
	bool original_open;
};

struct letter_reader *
store_letter_open(struct store *s, int64_t id)
{
	struct letter_reader *r;

	if (db_number(s, 0, "SELECT 1 FROM outbox WHERE id = ?", "i", id) != 1)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->s = s;
	r->outbox = id;
	return r;
}

void
store_letter_close(struct letter_reader *r)
{
	if (r != NULL)
		free(r->piece);
	free(r);
}

static void
put_piece(struct letter_reader *r, char *bytes, size_t len)
{
	free(r->piece);
	r->piece = bytes;
	r->at = 0;
	r->len = len;
}

/* The next segment: its bytes become the piece, or an original is opened. False: no more, or a fault. */
static bool
next_segment(struct letter_reader *r)
{
	sqlite3_stmt *q = db_prepare(r->s, "SELECT journal, base64, bytes FROM segment WHERE outbox = ? AND seq = ?", "ii", r->outbox, r->seq);
	size_t len;
	char *bytes;

	if (!db_row(r->s, q))
		return false;
	r->seq++;
	r->journal = db_int(q, 0);
	r->base64 = db_int(q, 1) != 0;
	if (r->journal != 0) {
		r->original_open = true;
		r->offset = 0;
		r->linelen = 0;
		db_done(q);
		return true;
	}
	len = (size_t)sqlite3_column_bytes(q, 2);
	bytes = xmalloc(len);
	if (len > 0)
		memcpy(bytes, sqlite3_column_blob(q, 2), len);
	db_done(q);
	put_piece(r, bytes, len);
	return true;
}

static void
encode_line(const unsigned char *in, size_t len, char *out, size_t *at)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned v = (unsigned)in[i] << 16 | (i + 1 < len ? (unsigned)in[i + 1] << 8 : 0) | (i + 2 < len ? in[i + 2] : 0);

		out[(*at)++] = digits[v >> 18];
		out[(*at)++] = digits[v >> 12 & 63];
		out[(*at)++] = i + 1 < len ? digits[v >> 6 & 63] : '=';
		out[(*at)++] = i + 2 < len ? digits[v & 63] : '=';
	}
	out[(*at)++] = '\r';
	out[(*at)++] = '\n';
}

static char *
encode(struct letter_reader *r, const unsigned char *bytes, size_t len, size_t *outlen)
{
	char *out = xmalloc((len / BASE64_LINE + 2) * 80);

	*outlen = 0;
	while (len > 0) {
		size_t take = BASE64_LINE - r->linelen < len ? BASE64_LINE - r->linelen : len;

		memcpy(r->line + r->linelen, bytes, take);
		r->linelen += take;
		bytes += take;
		len -= take;
		if (r->linelen == BASE64_LINE) {
			encode_line(r->line, BASE64_LINE, out, outlen);
			r->linelen = 0;
		}
	}
	return out;
}

/* The next piece of the open original. False: a fault. */
static bool
next_of_original(struct letter_reader *r)
{
	char *bytes = xmalloc(STORE_CHUNK);
	ssize_t n = store_journal_read(r->s, r->journal, r->offset, bytes, STORE_CHUNK);
	size_t len;

	if (n < 0) {
		free(bytes);
		return false;
	}
	r->offset += (uint64_t)n;
	if (n == 0) {
		r->original_open = false;
		len = 0;
		if (r->base64 && r->linelen > 0)
			encode_line(r->line, r->linelen, bytes, &len);
		put_piece(r, bytes, len);
		return true;
	}
	if (r->base64) {
		char *text = encode(r, (const unsigned char *)bytes, (size_t)n, &len);

		free(bytes);
		put_piece(r, text, len);
	} else
		put_piece(r, bytes, (size_t)n);
	return true;
}

ssize_t
store_letter_read(struct letter_reader *r, char *out, size_t len)
{
	size_t n;

	while (r->at == r->len)
		if (!(r->original_open ? next_of_original(r) : next_segment(r)))
			return r->s->fault == STORE_OK ? 0 : -1;
	n = r->len - r->at < len ? r->len - r->at : len;
	memcpy(out, r->piece + r->at, n);
	r->at += n;
	return (ssize_t)n;
}

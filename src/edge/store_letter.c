/* store_letter.c - a letter read for sending: our bytes, and originals spliced in. See store.h.
 *
 * What one call gives is read in one look at the database; between calls none is open, so that no long read stands in
 * the way of a checkpoint while a slow server takes a large mail. Raw bytes never change.
 */
#include "edge/store_db.h"

#include <stdlib.h>
#include <string.h>

#include "ground/mem.h"

#define BASE64_LINE 57 /* bytes that make one line of 76 characters (RFC 2045 6.8) */
#define LINE_ROOM   78 /* such a line with its CR LF */

struct letter_reader {
	struct store *s;
	int64_t outbox, journal;      /* journal: of the original that is open, 0: none */
	int64_t seq, chunk;           /* next segment, next piece of the original */
	bool base64, ended;
	char *piece;                  /* what has been read and not given yet */
	size_t at, len, room;
	unsigned char line[BASE64_LINE]; size_t linelen; /* bytes of an unfinished base64 line */
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

ssize_t
store_letter_small(struct store *s, int64_t id, char *out, size_t room)
{
	struct letter_reader *r = store_letter_open(s, id);
	ssize_t got = r != NULL ? store_letter_read(r, out, room) : -1;
	char more;

	if (got == (ssize_t)room && store_letter_read(r, &more, 1) != 0)
		got = -1;
	store_letter_close(r);
	return got;
}

void
store_reading_begins(struct store *s)
{
	if (!s->in_transaction && s->fault == STORE_OK)
		sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL); /* if it fails, each read is one of its own */
}

void
store_reading_ends(struct store *s)
{
	if (!s->in_transaction && !sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL); /* of a read: it has nothing to lose */
}

/* Makes an empty piece with so much room. */
static void
begin_piece(struct letter_reader *r, size_t room)
{
	if (room > r->room) {
		free(r->piece);
		r->piece = xmalloc(room);
		r->room = room;
	}
	r->at = r->len = 0;
}

static void
encode_line(struct letter_reader *r)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = r->line;
	char *out = r->piece + r->len;

	for (size_t i = 0; i < r->linelen; i += 3) {
		size_t n = r->linelen - i;
		unsigned v = (unsigned)in[i] << 16 | (n > 1 ? (unsigned)in[i + 1] << 8 : 0) | (n > 2 ? in[i + 2] : 0);

		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = n > 1 ? digits[v >> 6 & 63] : '=';
		*out++ = n > 2 ? digits[v & 63] : '=';
	}
	*out++ = '\r';
	*out++ = '\n';
	r->len = (size_t)(out - r->piece);
	r->linelen = 0;
}

static void
add_encoded(struct letter_reader *r, const unsigned char *bytes, size_t len)
{
	while (len > 0) {
		size_t take = BASE64_LINE - r->linelen < len ? BASE64_LINE - r->linelen : len;

		memcpy(r->line + r->linelen, bytes, take);
		r->linelen += take;
		bytes += take;
		len -= take;
		if (r->linelen == BASE64_LINE)
			encode_line(r);
	}
}

/* The blob in column becomes the piece, encoded or as it is. */
static void
take_blob(struct letter_reader *r, sqlite3_stmt *q, int column, bool base64)
{
	const void *bytes = sqlite3_column_blob(q, column);
	size_t len = (size_t)sqlite3_column_bytes(q, column);

	begin_piece(r, base64 ? (len / BASE64_LINE + 2) * LINE_ROOM : len);
	if (len == 0)
		return;
	if (base64)
		add_encoded(r, bytes, len);
	else {
		memcpy(r->piece, bytes, len);
		r->len = len;
	}
}

/* The next segment: its bytes become the piece, or an original is opened. Else the letter has ended, or a fault. */
static void
next_segment(struct letter_reader *r, sqlite3_stmt *segments)
{
	begin_piece(r, 0);
	if (!db_row(r->s, segments)) {
		r->ended = r->s->fault == STORE_OK;
		return;
	}
	r->seq++;
	r->journal = db_int(segments, 0);
	r->base64 = db_int(segments, 1) != 0;
	r->chunk = 0;
	r->linelen = 0;
	if (r->journal == 0)
		take_blob(r, segments, 2, false);
}

/* The next piece of the open original, or its end. */
static void
next_of_original(struct letter_reader *r)
{
	sqlite3_stmt *q = db_prepare(r->s, "SELECT bytes FROM raw WHERE journal = ? AND seq = ?", "ii", r->journal, r->chunk);

	if (db_row(r->s, q)) {
		r->chunk++;
		take_blob(r, q, 0, r->base64);
		db_done(q);
		return;
	}
	r->journal = 0;
	begin_piece(r, LINE_ROOM);
	if (r->linelen > 0)
		encode_line(r);
}

ssize_t
store_letter_read(struct letter_reader *r, char *out, size_t len)
{
	struct store *s = r->s;
	sqlite3_stmt *segments = NULL; /* open to the end of this call: all that is read in it is read at one instant */
	size_t made = 0, n;

	while (made < len && s->fault == STORE_OK) {
		if (r->at < r->len) {
			n = r->len - r->at < len - made ? r->len - r->at : len - made;
			memcpy(out + made, r->piece + r->at, n);
			r->at += n;
			made += n;
		} else if (r->journal != 0)
			next_of_original(r);
		else if (r->ended)
			break;
		else {
			if (segments == NULL)
				segments = db_prepare(s, "SELECT journal, base64, bytes FROM segment WHERE outbox = ? AND seq >= ? ORDER BY seq",
				    "ii", r->outbox, r->seq);
			next_segment(r, segments);
		}
	}
	if (segments != NULL)
		db_done(segments);
	return s->fault == STORE_OK ? (ssize_t)made : -1;
}

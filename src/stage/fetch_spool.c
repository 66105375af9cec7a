/* fetch_spool.c - see fetch_spool.h. */
#include "stage/fetch_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ground/digest.h"
#include "ground/mem.h"

bool
spool_open(struct spool *s, const char *store_path)
{
	AUTO_FREE char *path = xasprintf("%s.spool-XXXXXX", store_path);

	*s = (struct spool){ .fd = mkostemp(path, O_CLOEXEC) };
	if (s->fd < 0)
		return false;
	unlink(path);
	s->memory = xmalloc(SPOOL_MEMORY);
	return true;
}

bool
spool_reset(struct spool *s)
{
	unsigned char unused[DIGEST_BYTES];
	bool in_file = s->in_file;

	if (s->digest != NULL)
		digest_end(s->digest, unused);
	s->digest = NULL;
	s->end = s->at = 0;
	s->n = 0;
	s->in_file = false;
	return !in_file || ftruncate(s->fd, 0) == 0;
}

bool
spool_piece(struct spool *s, const char *bytes, size_t len)
{
	if (s->n == SPOOL_MAILS)
		return false;
	if (s->digest == NULL)
		s->digest = digest_new();
	digest_add(s->digest, bytes, len);
	if (s->at < SPOOL_MEMORY) {
		size_t fits = len < SPOOL_MEMORY - s->at ? len : (size_t)(SPOOL_MEMORY - s->at);

		memcpy(s->memory + s->at, bytes, fits);
		s->at += fits;
		bytes += fits;
		len -= fits;
	}
	s->in_file = s->in_file || len > 0;
	while (len > 0) {
		ssize_t n = pwrite(s->fd, bytes, len, (off_t)s->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		s->at += (uint64_t)n;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

bool
spool_end(struct spool *s, uint32_t uid, bool cut, bool keep)
{
	struct spooled m = { .uid = uid, .offset = s->end, .bytes = s->at - s->end, .cut = cut };

	if (s->n == SPOOL_MAILS)
		return false;
	if (s->digest == NULL)
		s->digest = digest_new(); /* an empty mail is a mail too */
	digest_end(s->digest, m.sha256);
	s->digest = NULL;
	if (keep) {
		s->mails[s->n++] = m;
		s->end = s->at;
	} else
		s->at = s->end;
	return true;
}

bool
spool_read(struct spool *s, uint64_t offset, char *out, size_t len)
{
	if (offset < SPOOL_MEMORY) {
		size_t stands = len < SPOOL_MEMORY - offset ? len : (size_t)(SPOOL_MEMORY - offset);

		if (stands > 0 && offset + stands > s->at)
			return false;
		memcpy(out, s->memory + offset, stands);
		out += stands;
		offset += stands;
		len -= stands;
	}
	while (len > 0) {
		ssize_t n = pread(s->fd, out, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		out += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

const char *
spool_see(struct spool *s, uint64_t offset, char *room, size_t len)
{
	if (offset + len <= SPOOL_MEMORY && offset + len <= s->at)
		return s->memory + offset;
	return spool_read(s, offset, room, len) ? room : NULL;
}

void
spool_close(struct spool *s)
{
	unsigned char unused[DIGEST_BYTES];

	if (s->digest != NULL)
		digest_end(s->digest, unused);
	if (s->fd >= 0)
		close(s->fd);
	free(s->memory);
	*s = (struct spool){ .fd = -1 };
}

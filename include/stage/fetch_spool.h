/* fetch_spool.h - where mails stand between the network and the journal: in memory as far as they fit, and
 * beyond that in one unlinked file beside the store.
 *
 * However large the mails, no more than SPOOL_MEMORY of them is in memory, and the store's lock is not held while a
 * slow server talks. */
#ifndef ESCRELAY_STAGE_FETCH_SPOOL_H
#define ESCRELAY_STAGE_FETCH_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_MAILS  64
#define SPOOL_MEMORY (1536u << 10)

struct digest;

struct spooled { uint32_t uid; uint64_t offset, bytes; unsigned char sha256[32]; bool cut; };

struct spool {
	int fd;
	char *memory;                  /* the first SPOOL_MEMORY bytes */
	uint64_t end;                  /* of what counts */
	uint64_t at;                   /* of the mail that is coming in */
	struct digest *digest;         /* of that mail */
	bool in_file;                  /* some of it had no place in memory */
	struct spooled mails[SPOOL_MAILS];
	size_t n;
};

bool spool_open(struct spool *s, const char *store_path);
bool spool_reset(struct spool *s);                                       /* empty again */
bool spool_piece(struct spool *s, const char *bytes, size_t len);        /* false: the disk would not, or too many mails */
bool spool_end(struct spool *s, uint32_t uid, bool cut, bool keep);      /* keep false: forget its pieces */
bool spool_read(struct spool *s, uint64_t offset, char *out, size_t len);
/* The same without a copy where they stand in memory; else they are read into room. NULL: the disk would not. */
const char *spool_see(struct spool *s, uint64_t offset, char *room, size_t len);
void spool_close(struct spool *s);

#endif

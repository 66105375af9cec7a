/* message.c - see message.h. Parses once, then asks the judges in turn. */
#include "judge/message.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "ground/text.h"
#include "judge/message_inside.h"

static const char *const kind_words[] = { [KIND_LOOP] = "loop", [KIND_BOUNCE] = "bounce", [KIND_OUT_OF_OFFICE] = "out-of-office",
	[KIND_AUTO_REPLY] = "auto-reply", [KIND_FORWARD] = "forward", [KIND_REPLY] = "reply", [KIND_LIST] = "list", [KIND_NEW] = "new" };

#define LET_GO ((size_t)1 << 20) /* bytes; a multiple of any page */

void
message_let_go(const char *raw, size_t *done, size_t at)
{
	size_t n = (at - *done) / LET_GO * LET_GO;

	if (n > 0)
		madvise((char *)(uintptr_t)raw + *done, n, MADV_DONTNEED);
	*done += n;
}

static struct message *
understand(struct arena *a, const char *raw, size_t len, int spool, const struct own *own)
{
	struct message *m = arena_alloc(a, sizeof(*m));
	struct inside in = { .a = a, .m = m, .spool = spool };

	message_parse(&in, raw, len);
	m->size = len;
	kind_judge(&in, own);
	return m;
}

struct message *
message_understand(struct arena *a, const char *raw, size_t len, const struct own *own)
{
	return understand(a, raw, len, 0, own);
}

struct message *
message_understand_fd(struct arena *a, int fd, const struct own *own)
{
	struct message *m;
	struct stat st;
	void *map;

	if (fstat(fd, &st) != 0 || st.st_size <= 0)
		return message_understand(a, "", 0, own);
	/* Where bytes must be looked at they are mapped, and let go of behind the eye: a large mail is never held whole by us. */
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return message_understand(a, "", 0, own);
	m = understand(a, map, (size_t)st.st_size, fd, own);
	munmap(map, (size_t)st.st_size);
	return m;
}

bool
message_attachment_fd(int fd, size_t i, struct buf *out)
{
	struct stat st;
	void *map;
	bool ok;

	if (fstat(fd, &st) != 0 || st.st_size <= 0)
		return false;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return false;
	ok = message_attachment_spooled(map, (size_t)st.st_size, fd, i, out);
	munmap(map, (size_t)st.st_size);
	return ok;
}

const char *
message_kind_word(enum message_kind k)
{
	return kind_words[k];
}

const char *
message_header(const struct message *m, const char *name)
{
	for (size_t i = 0; i < m->nfields; i++)
		if (text_equal_nocase(m->fields[i].name, name))
			return m->fields[i].value;
	return NULL;
}

void
raw_facts_add(struct raw_facts *f, const char *bytes, size_t len, size_t *line, char *last)
{
	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		if ((unsigned char)c >= 0x80)
			f->eight_bit = true;
		else if (c == '\0')
			f->nul = true;
		if (*last == '\r' && c != '\n')
			f->bare_newline = true; /* a lone CR is no line end on the wire */
		if (c == '\n') {
			f->bare_newline |= *last != '\r';
			*line = 0;
		} else if (c != '\r' && ++*line > f->longest_line)
			f->longest_line = *line;
		*last = c;
	}
}

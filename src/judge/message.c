/* message.c - see message.h. Parses once, then asks the judges in turn. */
#include "judge/message.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "ground/text.h"
#include "judge/message_inside.h"

static const char *const kind_words[] = { [KIND_LOOP] = "loop", [KIND_BOUNCE] = "bounce", [KIND_OUT_OF_OFFICE] = "out-of-office",
	[KIND_AUTO_REPLY] = "auto-reply", [KIND_FORWARD] = "forward", [KIND_REPLY] = "reply", [KIND_LIST] = "list", [KIND_NEW] = "new" };

struct message *
message_understand(struct arena *a, const char *raw, size_t len, const struct own *own)
{
	struct message *m = arena_alloc(a, sizeof(*m));
	struct inside in = { .a = a, .m = m };

	message_parse(&in, raw, len);
	m->size = len;
	kind_judge(&in, own);
	return m;
}

struct message *
message_understand_fd(struct arena *a, int fd, const struct own *own)
{
	struct message *m;
	struct stat st;
	void *map;

	if (fstat(fd, &st) != 0 || st.st_size <= 0)
		return message_understand(a, "", 0, own);
	/* Pages come and go with the kernel's page cache: a large mail is never held whole by us. */
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return message_understand(a, "", 0, own);
	m = message_understand(a, map, (size_t)st.st_size, own);
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
	ok = message_attachment(map, (size_t)st.st_size, i, out);
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

/* Whether any byte is no ASCII, eight at a time. */
static bool
has_eight_bit(const char *bytes, size_t len)
{
	uint64_t all = 0, w;
	size_t i = 0;

	for (; len - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, bytes + i, sizeof(w));
		all |= w;
	}
	for (; i < len; i++)
		all |= (unsigned char)bytes[i];
	return (all & 0x8080808080808080) != 0;
}

/* Bytes within one line: a lone CR is no line end on the wire, and counts for nothing. */
static void
add_within(struct raw_facts *f, const char *bytes, size_t len, size_t *line, char last)
{
	size_t returns = 0;

	for (const char *r = bytes, *end = bytes + len; (r = memchr(r, '\r', (size_t)(end - r))) != NULL; r++) {
		f->bare_newline |= r + 1 < end;
		returns++;
	}
	f->bare_newline |= last == '\r';
	*line += len - returns;
	if (*line > f->longest_line)
		f->longest_line = *line;
}

void
raw_facts_add(struct raw_facts *f, const char *bytes, size_t len, size_t *line, char *last)
{
	if (len == 0)
		return;
	f->eight_bit |= has_eight_bit(bytes, len);
	f->nul |= memchr(bytes, '\0', len) != NULL;
	for (size_t at = 0; at < len; at++) {
		const char *lf = memchr(bytes + at, '\n', len - at);
		size_t n = lf == NULL ? len - at : (size_t)(lf - bytes) - at;

		if (n > 0) {
			add_within(f, bytes + at, n, line, *last);
			*last = bytes[at + n - 1];
		}
		at += n;
		if (lf == NULL)
			break;
		f->bare_newline |= *last != '\r';
		*line = 0;
		*last = '\n';
	}
}

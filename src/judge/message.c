/* message.c - see message.h. Parses once, then asks the judges in turn. */
#include "judge/message.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ground/text.h"
#include "judge/message_inside.h"

static const char *const kind_words[] = { [KIND_LOOP] = "loop", [KIND_BOUNCE] = "bounce", [KIND_OUT_OF_OFFICE] = "out-of-office",
	[KIND_AUTO_REPLY] = "auto-reply", [KIND_FORWARD] = "forward", [KIND_REPLY] = "reply", [KIND_LIST] = "list", [KIND_NEW] = "new" };

static struct message *
understand(struct inside *in, const char *raw, size_t len, const struct own *own)
{
	struct message *m = in->m = arena_alloc(in->a, sizeof(*m));

	message_parse(in, raw, len);
	m->size = len;
	kind_judge(in, own);
	return m;
}

struct message *
message_understand(struct arena *a, const char *raw, size_t len, const struct own *own)
{
	return understand(&(struct inside){ .a = a, .fd = -1 }, raw, len, own);
}

/* The whole file, for reading; NULL where that cannot be, or there is nothing in it. */
static void *
map_file(int fd, size_t *len)
{
	struct stat st;
	void *map;

	if (fstat(fd, &st) != 0 || st.st_size <= 0)
		return NULL;
	*len = (size_t)st.st_size;
	map = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	return map == MAP_FAILED ? NULL : map;
}

struct message *
message_understand_fd(struct arena *a, int fd, const struct own *own)
{
	struct message *m;
	size_t len;
	void *map = map_file(fd, &len);

	if (map == NULL)
		return message_understand(a, "", 0, own);
	m = understand(&(struct inside){ .a = a, .mapped = true, .fd = fd }, map, len, own);
	munmap(map, len);
	return m;
}

void
message_let_go(const char *from, const char *to)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), before = (page - (uintptr_t)from % page) % page, after = (uintptr_t)to % page;

	if (from + before < to - after)
		madvise((void *)(uintptr_t)(from + before), (size_t)(to - after - (from + before)), MADV_DONTNEED);
}

bool
message_attachment(const char *raw, size_t len, size_t i, struct buf *out)
{
	return message_take_attachment(raw, len, NULL, i, out);
}

bool
message_attachment_fd(int fd, size_t i, struct buf *out)
{
	size_t len;
	void *map = map_file(fd, &len);
	bool ok = map != NULL && message_take_attachment(map, len, &fd, i, out);

	if (map != NULL)
		munmap(map, len);
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

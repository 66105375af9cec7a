/* buf.h - a growing run of bytes that is born with a ceiling.
 *
 * The bytes are always followed by a NUL that does not count, so that
 * buf->data may be printed; mail may hold NULs itself, so use len. An append
 * that would pass the ceiling appends nothing and sets over, which sticks: build
 * first, ask once at the end.
 */
#ifndef ESCRELAY_GROUND_BUF_H
#define ESCRELAY_GROUND_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char  *data; /* never NULL after buf_init */
	size_t len;
	size_t cap;
	size_t max;  /* len never passes it */
	bool   over; /* something did not fit and is missing */
};

void  buf_init(struct buf *b, size_t max);
void  buf_free(struct buf *b);                  /* leaves an empty, unusable buffer; twice is fine */
void  buf_reset(struct buf *b);                 /* empty again, keeps the memory and the ceiling */
bool  buf_add(struct buf *b, const void *bytes, size_t len); /* false: over */
bool  buf_puts(struct buf *b, const char *s);
bool  buf_putc(struct buf *b, char c);
bool  buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool  buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void  buf_cut(struct buf *b, size_t len);       /* shortens to len (no-op if shorter) */
char *buf_take(struct buf *b);                  /* gives the bytes away (free() them); b is as after buf_free */

#define AUTO_BUF __attribute__((cleanup(buf_free)))

#endif

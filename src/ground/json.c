/* json.c - see json.h. */
#include "ground/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "ground/log.h"
#include "ground/mem.h"

void
json_begin(void)
{
	json_set_alloc_funcs(xmalloc, free);
}

void
json_print_line(json_t *value)
{
	BUG_ON(value == NULL);
	/* Shares and hours are short numbers: 0.004, not 0.0040000000000000001. */
	/* A full disk or a reader that has gone shows in ferror(stdout), which the program asks once, at its end. */
	(void)json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
	putchar('\n');
	json_decref(value);
}

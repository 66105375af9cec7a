/* json.h - the JSON library, for those who write JSON.
 *
 * jansson keeps the keys in the order in which they were set, and refuses strings that are not valid UTF-8
 * (json_string gives NULL): what strangers wrote goes through utf8_clean() first.
 */
#ifndef ESCRELAY_GROUND_JSON_H
#define ESCRELAY_GROUND_JSON_H

#include <jansson.h>

/* Before any other: without memory the process ends; the library by itself would leave keys out. */
void json_begin(void);

/* Prints one value on one line of stdout, keys in the order of their setting, UTF-8 as it is, and gives it back
 * (json_decref). NULL, which is what jansson makes of our own mistakes, ends the process. */
void json_print_line(json_t *value);

#endif

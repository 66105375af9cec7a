/* fuzz_zone.c - Goal: no TZif file and no footer, however damaged, brings the reader or the lookups down.
 *
 *     clang -fsanitize=fuzzer,address,undefined … tests/fuzz/fuzz_zone.c; seeds: /usr/share/zoneinfo
 */
#include <stdlib.h>

#include "ground/zone_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask(const struct zone *z)
{
	static const int64_t instants[] = { INT64_MIN, -5000000000, 0, 1795428000, 2200000000, 50000000000, INT64_MAX };
	int64_t out[2];

	for (size_t i = 0; i < sizeof(instants) / sizeof(*instants); i++) {
		struct local_time l = zone_local(z, instants[i]);
		int64_t first, last;

		if (l.month < 1 || l.month > 12 || l.year < 1 || l.year > 9999 || l.second > 59)
			abort();
		if (zone_next_change(z, instants[i]) <= instants[i] && instants[i] != INT64_MAX)
			abort();
		if (zone_instants(z, l.year, l.month, l.day, l.hour, l.minute, l.second, out) == 2 && out[0] >= out[1])
			abort();
		first = zone_first_instant(z, l.year, l.month, l.day, l.hour * 60 + l.minute);
		last = zone_last_instant(z, l.year, l.month, l.day, l.hour * 60 + l.minute);
		if (first > last)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zone_type plain = { 0 };
	struct zone from_footer = { .ntypes = 1, .types = &plain };
	struct zone *z = zone_parse("fuzz", data, size);

	if (z != NULL)
		ask(z);
	zone_free(z);
	if (zone_parse_footer((const char *)data, size, &from_footer.footer))
		ask(&from_footer);
	return 0;
}

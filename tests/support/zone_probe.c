/* zone_probe.c - answers questions about zones, a line each, for tests that compare with somebody else's answers.
 *
 *   Z NAME                    loads the zone for the lines that follow     ok | none
 *   L INSTANT                 the wall clock      YYYY-MM-DD HH:MM:SS OFFSET WEEKDAY
 *   I YYYY MM DD HH MM SS     its instants        N [INSTANT [INSTANT]]
 *   F YYYY MM DD MINUTES      the first instant, always one
 *   E YYYY MM DD MINUTES      the last instant, always one
 *   N INSTANT                 next change of the offset, or "never"
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ground/zone.h"

static void
answer(const struct zone *z, const char *line)
{
	int y, mo, d, h, mi, s, n;
	int64_t t, out[2];

	if (sscanf(line, "L %" SCNd64, &t) == 1) {
		struct local_time l = zone_local(z, t);

		printf("%04d-%02d-%02d %02d:%02d:%02d %d %d\n", l.year, l.month, l.day, l.hour, l.minute, l.second, l.offset,
		    l.weekday);
	} else if (sscanf(line, "I %d %d %d %d %d %d", &y, &mo, &d, &h, &mi, &s) == 6) {
		n = zone_instants(z, y, mo, d, h, mi, s, out);
		printf("%d", n);
		for (int i = 0; i < n; i++)
			printf(" %" PRId64, out[i]);
		putchar('\n');
	} else if (sscanf(line, "F %d %d %d %d", &y, &mo, &d, &mi) == 4) {
		printf("%" PRId64 "\n", zone_first_instant(z, y, mo, d, mi));
	} else if (sscanf(line, "E %d %d %d %d", &y, &mo, &d, &mi) == 4) {
		printf("%" PRId64 "\n", zone_last_instant(z, y, mo, d, mi));
	} else if (sscanf(line, "N %" SCNd64, &t) == 1) {
		t = zone_next_change(z, t);
		if (t == INT64_MAX)
			puts("never");
		else
			printf("%" PRId64 "\n", t);
	} else {
		puts("what?");
	}
}

int
main(void)
{
	const struct zone *z = NULL;
	char line[256];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "Z ", 2) == 0)
			puts((z = zone_load(line + 2)) != NULL ? "ok" : "none");
		else if (z == NULL)
			puts("no zone");
		else
			answer(z, line);
	}
	return 0;
}

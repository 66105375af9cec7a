/* hours_probe.c - answers questions about working hours, a line each, for tests that compare with somebody else's answers.
 *
 *   Z NAME                       the engineer's zone                          ok | none
 *   W DAYS FROM TO [...]         his windows: a mask with bit 0 for Monday, minutes of the day      ok
 *   M INSTANT COUNT              minute by minute from there, is he at work?  a 0 or 1 each
 *   N INSTANT                    his next shift                               FROM UNTIL | never
 *   A INSTANT SECONDS            when so many working seconds have passed, and how many passed until then
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ground/zone.h"
#include "judge/rotation.h"

#define WINDOWS_MAX 8

static struct window windows[WINDOWS_MAX];
static struct engineer someone = { .name = "someone", .hours = windows, .weight = 100 };
static struct engineer *engineers[] = { &someone };
static struct seat seat = { &someone, "someone" };
static struct rotation always = { .pool = "core", .from = { 1900, 1, 1 }, .to = { 2200, 1, 1 }, .seats = &seat, .nseats = 1 };
static struct settings settings = { .engineers = engineers, .nengineers = 1, .rotations = &always, .nrotations = 1 };

static void
set_windows(char *line)
{
	char *save = NULL, *word[3];

	someone.nhours = 0;
	for (word[0] = strtok_r(line, " ", &save); word[0] != NULL; word[0] = strtok_r(NULL, " ", &save)) {
		word[1] = strtok_r(NULL, " ", &save);
		word[2] = strtok_r(NULL, " ", &save);
		if (word[1] == NULL || word[2] == NULL || someone.nhours == WINDOWS_MAX) {
			puts("what?");
			return;
		}
		windows[someone.nhours++] = (struct window){ (uint8_t)atoi(word[0]), atoi(word[1]), atoi(word[2]) };
	}
	puts("ok");
}

static void
answer(char *line)
{
	int64_t t, n, until;

	if (strncmp(line, "W ", 2) == 0) {
		set_windows(line + 2);
	} else if (sscanf(line, "M %" SCNd64 " %" SCNd64, &t, &n) == 2) {
		for (; n > 0; n--, t += 60)
			putchar(engineer_at_work(&someone, t, NULL) ? '1' : '0');
		putchar('\n');
	} else if (sscanf(line, "N %" SCNd64, &t) == 1) {
		if (engineer_next_shift(&settings, NULL, "core", &someone, t, &t, &until))
			printf("%" PRId64 " %" PRId64 "\n", t, until);
		else
			puts("never");
	} else if (sscanf(line, "A %" SCNd64 " %" SCNd64, &t, &n) == 2) {
		until = engineer_after_work(&settings, NULL, &someone, t, n);
		printf("%" PRId64 " %" PRId64 "\n", until, engineer_worked(&settings, NULL, &someone, t, until));
	} else {
		puts("what?");
	}
}

int
main(void)
{
	char line[1024];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "Z ", 2) == 0)
			puts((someone.zone = zone_load(line + 2)) != NULL ? "ok" : "none");
		else if (someone.zone == NULL)
			puts("no zone");
		else
			answer(line);
	}
	return 0;
}

/* Goal: wall clocks are tzdata's, damaged files and odd names are refused, and slips of the pen get a good guess. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ground/mem.h"
#include "ground/zone_parts.h"

static int64_t
utc(int y, int mo, int d, int h, int mi)
{
	return days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60;
}

static void
wall_is(const char *zone, int64_t t, const char *expected)
{
	struct local_time l = zone_local(zone_load(zone), t);
	char text[64];

	snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d %d %s", l.year, l.month, l.day, l.hour, l.minute, l.second,
	    l.offset, l.abbreviation);
	assert_string_equal(text, expected);
}

static void
civil_days_count_evenly_through_the_centuries(void **state)
{
	int y, m, d;
	int64_t day = days_from_civil(1, 1, 1);

	(void)state;
	assert_int_equal(days_from_civil(1970, 1, 1), 0);
	assert_int_equal(days_from_civil(2000, 3, 1), 11017);
	assert_int_equal(weekday_of_days(days_from_civil(2026, 11, 23)), 0);
	assert_int_equal(weekday_of_days(days_from_civil(1, 1, 1)), 0);
	for (int year = 1; year <= 2500; year++)
		for (int month = 1; month <= 12; month++)
			for (int dom = 1; civil_valid(year, month, dom); dom++, day++) {
				assert_int_equal(days_from_civil(year, month, dom), day);
				civil_from_days(day, &y, &m, &d);
				assert_true(y == year && m == month && d == dom);
			}
	assert_int_equal(day, days_from_civil(2501, 1, 1));
	assert_false(civil_valid(2026, 2, 29));
	assert_true(civil_valid(2028, 2, 29));
	assert_false(civil_valid(2100, 2, 29));
	assert_false(civil_valid(2026, 13, 1));
	assert_false(civil_valid(0, 1, 1));
}

static void
the_wall_clock_follows_the_zone(void **state)
{
	(void)state;
	wall_is("UTC", utc(2026, 11, 23, 10, 0), "2026-11-23 10:00:00 0 UTC");
	wall_is("Africa/Lagos", utc(2026, 11, 23, 1, 10), "2026-11-23 02:10:00 3600 WAT");
	wall_is("Asia/Kolkata", utc(2026, 12, 31, 20, 0), "2027-01-01 01:30:00 19800 IST");
	/* Dublin's winter is the exception there, its footer has a negative summer. Long after the tables end. */
	wall_is("Europe/Dublin", utc(2090, 1, 1, 0, 0), "2090-01-01 00:00:00 0 GMT");
	wall_is("Europe/Dublin", utc(2090, 7, 1, 0, 0), "2090-07-01 01:00:00 3600 IST");
	wall_is("Australia/Lord_Howe", utc(2090, 1, 1, 0, 0), "2090-01-01 11:00:00 39600 +11");
	wall_is("Australia/Lord_Howe", utc(2090, 7, 1, 0, 0), "2090-07-01 10:30:00 37800 +1030");
	/* Apia went over the date line: 30 December 2011 did not take place. */
	wall_is("Pacific/Apia", utc(2011, 12, 30, 9, 59), "2011-12-29 23:59:00 -36000 -10");
	wall_is("Pacific/Apia", utc(2011, 12, 30, 10, 0), "2011-12-31 00:00:00 50400 +14");
}

static void
a_gap_ends_and_a_fold_has_two_sides(void **state)
{
	const struct zone *paris = zone_load("Europe/Paris"), *howe = zone_load("Australia/Lord_Howe");
	const struct zone *apia = zone_load("Pacific/Apia");
	int64_t out[2];

	(void)state;
	/* 2027-03-28 02:30 does not exist in Paris; its gap ends at 01:00 UTC. */
	assert_int_equal(zone_instants(paris, 2027, 3, 28, 2, 30, 0, out), 0);
	assert_int_equal(zone_first_instant(paris, 2027, 3, 28, 150), utc(2027, 3, 28, 1, 0));
	assert_int_equal(zone_last_instant(paris, 2027, 3, 28, 150), utc(2027, 3, 28, 1, 0));
	/* 2027-10-31 02:30 comes twice. */
	assert_int_equal(zone_instants(paris, 2027, 10, 31, 2, 30, 0, out), 2);
	assert_int_equal(out[0], utc(2027, 10, 31, 0, 30));
	assert_int_equal(out[1], utc(2027, 10, 31, 1, 30));
	assert_int_equal(zone_first_instant(paris, 2027, 10, 31, 150), out[0]);
	assert_int_equal(zone_last_instant(paris, 2027, 10, 31, 150), out[1]);
	assert_int_equal(zone_instants(paris, 2027, 10, 31, 12, 0, 0, out), 1);
	/* Half an hour on Lord Howe; a whole day in Apia. */
	assert_int_equal(zone_instants(howe, 2027, 10, 3, 2, 29, 59, out), 0);
	assert_int_equal(zone_instants(howe, 2027, 10, 3, 2, 30, 0, out), 1);
	assert_int_equal(zone_instants(howe, 2027, 4, 4, 1, 30, 0, out), 2);
	assert_int_equal(out[1] - out[0], 1800);
	assert_int_equal(zone_first_instant(apia, 2011, 12, 30, 9 * 60), utc(2011, 12, 30, 10, 0));
	/* 24:00 is the next midnight, and days carry over. */
	assert_int_equal(zone_first_instant(paris, 2026, 12, 31, 1440), utc(2026, 12, 31, 23, 0));
	assert_int_equal(zone_first_instant(paris, 2026, 12, 32, 0), utc(2026, 12, 31, 23, 0));
	assert_int_equal(zone_first_instant(paris, 2027, 1, 0, 0), utc(2026, 12, 30, 23, 0));
}

static void
the_next_change_is_one_of_the_offset(void **state)
{
	const struct zone *paris = zone_load("Europe/Paris");

	(void)state;
	assert_int_equal(zone_next_change(paris, utc(2027, 1, 1, 0, 0)), utc(2027, 3, 28, 1, 0));
	assert_int_equal(zone_next_change(paris, utc(2027, 3, 28, 1, 0)), utc(2027, 10, 31, 1, 0));
	assert_int_equal(zone_next_change(paris, utc(2090, 1, 1, 0, 0)), utc(2090, 3, 26, 1, 0));
	assert_true(zone_next_change(zone_load("UTC"), 0) == INT64_MAX);
	assert_true(zone_next_change(zone_load("Africa/Lagos"), utc(2026, 1, 1, 0, 0)) == INT64_MAX);
}

static void
every_year_has_answers_even_absurd_ones(void **state)
{
	const struct zone *z = zone_load("Europe/Dublin");
	int64_t out[2];

	(void)state;
	assert_int_equal(zone_local(z, INT64_MIN).year, 1);
	assert_int_equal(zone_local(z, INT64_MAX).year, 9999);
	assert_int_equal(zone_instants(z, 123456789, 1, 1, 0, 0, 0, out), 0);
	assert_true(zone_next_change(z, INT64_MAX) == INT64_MAX);
	assert_true(zone_first_instant(z, 9999, 12, 31, 1440) > utc(9999, 12, 29, 0, 0));
}

static void
footers_in_all_their_forms(void **state)
{
	static const char *const bad[] = { "", "AB1", "UTC", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0x",
		"CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J1",
		"CET-1CEST,J366,J1", "CET-1CEST,366,1", "CET-1CEST,M3.5.0/168,M10.5.0", "CET-25", "<+3", "<+3>", "CET-1:60",
		"CET-1CEST-25,M3.5.0,M10.5.0", "C€T-1" };
	struct zone_type never = { 0 };
	struct zone z = { .ntypes = 1, .types = &never };
	int64_t jan = utc(2027, 1, 1, 0, 0);
	struct zone_footer *f = &z.footer;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(zone_parse_footer(bad[i], strlen(bad[i]), f));

	/* Hours before the day and after it, as Greenland has them (RFC 8536 3.3.1). */
	assert_true(zone_parse_footer("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 31, f));
	assert_int_equal(zone_next_change(&z, jan), utc(2027, 3, 28, 1, 0));
	/* Julian days never count 29 February, the others do. */
	assert_true(zone_parse_footer("AAA0BBB,J60/0,J300/0", 20, f));
	assert_int_equal(zone_next_change(&z, utc(2028, 1, 1, 0, 0)), utc(2028, 3, 1, 0, 0));
	assert_true(zone_parse_footer("AAA0BBB,59/0,300/0", 18, f));
	assert_int_equal(zone_next_change(&z, utc(2028, 1, 1, 0, 0)), utc(2028, 2, 29, 0, 0));
	assert_int_equal(zone_next_change(&z, jan), utc(2027, 3, 1, 0, 0));
	/* Summer all the year: nothing ever changes. */
	assert_true(zone_parse_footer("EST5EDT,0/0,J365/25", 19, f));
	assert_int_equal(zone_local(&z, jan).offset, -4 * 3600);
	assert_int_equal(zone_local(&z, utc(2027, 1, 1, 5, 0)).offset, -4 * 3600);
	assert_true(zone_next_change(&z, jan) == INT64_MAX);
	/* A rule whose hours carry it into the next year. */
	assert_true(zone_parse_footer("AAA0BBB,J365/167,J100/0", 23, f));
	assert_int_equal(zone_next_change(&z, jan), utc(2027, 1, 6, 23, 0));
}

/* Reads one of tzdata's files. */
static size_t
slurp(const char *path, unsigned char *out, size_t max)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	n = fread(out, 1, max, f);
	fclose(f);
	return n;
}

static void
a_damaged_file_is_refused(void **state)
{
	unsigned char good[8192], bad[8192];
	size_t n = slurp("/usr/share/zoneinfo/Europe/Paris", good, sizeof(good)), refused = 0;
	struct zone *z = zone_parse("x", good, n);

	(void)state;
	assert_non_null(z);
	zone_free(z);
	for (size_t cut = 0; cut < n; cut++)
		assert_null(zone_parse("x", good, cut));
	/* One byte turned round: mostly noticed, never a crash, and what is taken answers. */
	for (size_t i = 0; i < n; i++) {
		memcpy(bad, good, n);
		bad[i] ^= 0xff;
		if ((z = zone_parse("x", bad, n)) == NULL) {
			refused++;
			continue;
		}
		assert_in_range(zone_local(z, 1800000000).month, 1, 12);
		zone_free(z);
	}
	assert_true(refused > 100);
	n = slurp("/usr/share/zoneinfo/right/Europe/Paris", good, sizeof(good));
	assert_null(zone_parse("x", good, n));
}

static void
old_files_have_no_footer_and_end_as_they_are(void **state)
{
	/* Version 1, one change at 1000 from +1 h to +2 h. */
	static const unsigned char v1[] = "TZif\0" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		"\0\0\0\0" "\0\0\0\0" "\0\0\0\0" "\0\0\0\1" "\0\0\0\2" "\0\0\0\4"
		"\0\0\3\xe8" "\1" "\0\0\x0e\x10\0\0" "\0\0\x1c\x20\0\0" "ABC";
	struct zone *z = zone_parse("Old/Town", v1, sizeof(v1));

	(void)state;
	assert_non_null(z);
	assert_string_equal(zone_name(z), "Old/Town");
	assert_int_equal(zone_local(z, 999).offset, 3600);
	assert_int_equal(zone_local(z, 1000).offset, 7200);
	assert_int_equal(zone_local(z, 4000000000).offset, 7200);
	assert_string_equal(zone_local(z, 1000).abbreviation, "ABC");
	zone_free(z);
}

static void
copy_of(const char *from, const char *to, size_t most)
{
	char bytes[4096];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	size_t n;

	assert_true(in != NULL && out != NULL);
	n = fread(bytes, 1, most < sizeof(bytes) ? most : sizeof(bytes), in);
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

static void
an_updated_tzdata_is_seen_by_all_who_hold_the_zone(void **state)
{
	char dir[] = "/tmp/zones-XXXXXX", file[64], new[64];
	const struct zone *before, *after;
	static const char *const towns[] = { "/usr/share/zoneinfo/Asia/Tokyo", "/usr/share/zoneinfo/Asia/Dubai" };

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/Town", dir);
	snprintf(new, sizeof(new), "%s/New", dir);
	setenv("TZDIR", dir, 1);
	assert_null(zone_load("Town"));
	assert_int_equal(symlink(towns[0], file), 0);
	before = zone_load("Town");
	assert_ptr_equal(zone_load("Town"), before);
	assert_int_equal(symlink(towns[1], new), 0);
	assert_int_equal(zone_refresh(), 0);
	assert_int_equal(rename(new, file), 0);
	assert_int_equal(zone_local(before, 0).offset, 9 * 3600);
	assert_int_equal(zone_refresh(), 1);
	assert_int_equal(zone_local(before, 0).offset, 4 * 3600);
	assert_string_equal(zone_name(before), "Town");
	assert_int_equal(zone_refresh(), 0);
	assert_ptr_equal(zone_load("Town"), before);
	assert_int_equal(symlink(towns[0], new), 0);
	assert_int_equal(rename(new, file), 0);
	after = zone_load("Town");
	assert_ptr_equal(after, before);
	assert_int_equal(zone_local(before, 0).offset, 9 * 3600);
	/* A FIFO is no zone, and nobody waits for it; who has the zone keeps it. */
	unlink(file);
	assert_int_equal(zone_refresh(), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_null(zone_load("Town"));
	assert_int_equal(zone_refresh(), 0);
	assert_int_equal(zone_local(before, 0).offset, 9 * 3600);
	unlink(file);
	/* Half a file is none either, until the other half has come. */
	copy_of(towns[1], file, 100);
	assert_int_equal(zone_refresh(), 0);
	assert_null(zone_load("Town"));
	assert_int_equal(zone_local(before, 0).offset, 9 * 3600);
	copy_of(towns[1], file, 100000);
	assert_int_equal(zone_refresh(), 1);
	assert_int_equal(zone_local(before, 0).offset, 4 * 3600);
	unlink(file);
	rmdir(dir);
	unsetenv("TZDIR");
	assert_non_null(zone_load("Asia/Tokyo"));
}

static void
names_that_are_none_and_what_was_perhaps_meant(void **state)
{
	static const char *const none[] = { "", ".", "..", "../UTC", "/UTC", "Europe/../UTC", "Europe", "Europe/", "Europe//Paris",
		"Europe/Paris/", "zone.tab", "PST", "Europe/Par\nis", "europe/paris\\", "right/UTC" };
	static const char *const meant[][2] = { { "PST", "America/Los_Angeles" }, { "pst", "America/Los_Angeles" },
		{ "CET", "Europe/Paris" }, { "europe/london", "Europe/London" }, { "London", "Europe/London" },
		{ "Sao Paulo", "America/Sao_Paulo" }, { "Europe/Berlni", "Europe/Berlin" }, { "Johanesburg", "Africa/Johannesburg" },
		{ "Europe/Kiev ", "Europe/Kiev" }, { "buenos_aires", "America/Argentina/Buenos_Aires" }, { "utc", "UTC" },
		/* Where people are, and tzdata has another city for it. */
		{ "San Francisco", "America/Los_Angeles" }, { "America/San_Francisco", "America/Los_Angeles" }, { "Bangalore", "Asia/Kolkata" },
		{ "Munich", "Europe/Berlin" }, { "NYC", "America/New_York" }, { "india", "Asia/Kolkata" },
		{ "Pacific Time", "America/Los_Angeles" }, { "Eastern Standard Time", "America/New_York" },
		{ "Central European Summer Time", "Europe/Paris" } };
	static const char *const nothing[] = { "Middle-earth/Hobbiton", "America", "Xingapore", "Standard Time", "_time", "/", "A/" };

	(void)state;
	for (size_t i = 0; i < COUNT(nothing); i++)
		assert_null(zone_suggest(nothing[i]));
	for (size_t i = 0; i < COUNT(none); i++)
		assert_null(zone_load(none[i]));
	assert_null(zone_load(NULL));
	for (size_t i = 0; i < COUNT(meant); i++) {
		const char *guess = zone_suggest(meant[i][0]);

		assert_non_null(guess);
		assert_string_equal(guess, meant[i][1]);
		assert_non_null(zone_load(guess));
	}
	/* No guess is better than a wrong one: Etc/GMT+2 lies west, UTC+2 lies east. */
	assert_null(zone_suggest("UTC+2"));
	assert_null(zone_suggest("GMT+2"));
	assert_null(zone_suggest(""));
	assert_null(zone_suggest(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(civil_days_count_evenly_through_the_centuries),
		cmocka_unit_test(the_wall_clock_follows_the_zone),
		cmocka_unit_test(a_gap_ends_and_a_fold_has_two_sides),
		cmocka_unit_test(the_next_change_is_one_of_the_offset),
		cmocka_unit_test(every_year_has_answers_even_absurd_ones),
		cmocka_unit_test(footers_in_all_their_forms),
		cmocka_unit_test(a_damaged_file_is_refused),
		cmocka_unit_test(old_files_have_no_footer_and_end_as_they_are),
		cmocka_unit_test(an_updated_tzdata_is_seen_by_all_who_hold_the_zone),
		cmocka_unit_test(names_that_are_none_and_what_was_perhaps_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* zone_suggest.c - what somebody meant who wrote "PST", "london" or "Europe/Berlni". See zone.h. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone_parts.h"

#define NAMES_MAX   2000 /* tzdata has some 600 */
#define DEPTH_MAX   3
#define WORD_BYTES  64

/* Abbreviations are not zones: each is used by several, and some are wrong for half of the year. These
 * are what people who write them mostly mean. */
static const char *const abbreviations[][2] = {
	{ "PST", "America/Los_Angeles" }, { "PDT", "America/Los_Angeles" }, { "PT", "America/Los_Angeles" },
	{ "Pacific", "America/Los_Angeles" }, { "MST", "America/Denver" }, { "MDT", "America/Denver" },
	{ "MT", "America/Denver" }, { "CST", "America/Chicago" }, { "CDT", "America/Chicago" },
	{ "CT", "America/Chicago" }, { "EST", "America/New_York" }, { "EDT", "America/New_York" },
	{ "ET", "America/New_York" }, { "Eastern", "America/New_York" }, { "AKST", "America/Anchorage" },
	{ "AKDT", "America/Anchorage" }, { "HST", "Pacific/Honolulu" }, { "AST", "America/Halifax" },
	{ "ADT", "America/Halifax" }, { "NST", "America/St_Johns" }, { "NDT", "America/St_Johns" },
	{ "BRT", "America/Sao_Paulo" }, { "ART", "America/Argentina/Buenos_Aires" }, { "GMT", "Europe/London" },
	{ "BST", "Europe/London" }, { "UK", "Europe/London" }, { "WET", "Europe/Lisbon" }, { "WEST", "Europe/Lisbon" },
	{ "CET", "Europe/Paris" }, { "CEST", "Europe/Paris" }, { "MEZ", "Europe/Berlin" }, { "MESZ", "Europe/Berlin" },
	{ "EET", "Europe/Helsinki" }, { "EEST", "Europe/Helsinki" }, { "MSK", "Europe/Moscow" }, { "TRT", "Europe/Istanbul" },
	{ "SAST", "Africa/Johannesburg" }, { "WAT", "Africa/Lagos" }, { "CAT", "Africa/Maputo" }, { "EAT", "Africa/Nairobi" },
	{ "GST", "Asia/Dubai" }, { "PKT", "Asia/Karachi" }, { "IST", "Asia/Kolkata" }, { "ICT", "Asia/Bangkok" },
	{ "WIB", "Asia/Jakarta" }, { "SGT", "Asia/Singapore" }, { "HKT", "Asia/Hong_Kong" }, { "PHT", "Asia/Manila" },
	{ "JST", "Asia/Tokyo" }, { "KST", "Asia/Seoul" }, { "AWST", "Australia/Perth" }, { "ACST", "Australia/Adelaide" },
	{ "ACDT", "Australia/Adelaide" }, { "AEST", "Australia/Sydney" }, { "AEDT", "Australia/Sydney" },
	{ "NZST", "Pacific/Auckland" }, { "NZDT", "Pacific/Auckland" }, { "Z", "UTC" }, { "Zulu", "UTC" },
};

/* What tzdata names by another city, or not at all: countries of one zone, and cities that people write. */
static const char *const places[][2] = {
	{ "San_Francisco", "America/Los_Angeles" }, { "SF", "America/Los_Angeles" },
	{ "LA", "America/Los_Angeles" }, { "Seattle", "America/Los_Angeles" },
	{ "Portland", "America/Los_Angeles" }, { "San_Diego", "America/Los_Angeles" },
	{ "San_Jose", "America/Los_Angeles" }, { "California", "America/Los_Angeles" },
	{ "Las_Vegas", "America/Los_Angeles" }, { "Salt_Lake_City", "America/Denver" },
	{ "Austin", "America/Chicago" }, { "Dallas", "America/Chicago" }, { "Houston", "America/Chicago" },
	{ "Texas", "America/Chicago" }, { "Minneapolis", "America/Chicago" }, { "NYC", "America/New_York" },
	{ "Boston", "America/New_York" }, { "Philadelphia", "America/New_York" },
	{ "Washington", "America/New_York" }, { "Washington_DC", "America/New_York" },
	{ "Atlanta", "America/New_York" }, { "Miami", "America/New_York" }, { "Montreal", "America/Toronto" },
	{ "Ottawa", "America/Toronto" }, { "Rio", "America/Sao_Paulo" }, { "Rio_de_Janeiro", "America/Sao_Paulo" },
	{ "Edinburgh", "Europe/London" }, { "Manchester", "Europe/London" }, { "Cambridge", "Europe/London" },
	{ "England", "Europe/London" }, { "Ireland", "Europe/Dublin" }, { "Barcelona", "Europe/Madrid" },
	{ "Spain", "Europe/Madrid" }, { "Lyon", "Europe/Paris" }, { "France", "Europe/Paris" },
	{ "Germany", "Europe/Berlin" }, { "Munich", "Europe/Berlin" }, { "Hamburg", "Europe/Berlin" },
	{ "Frankfurt", "Europe/Berlin" }, { "Cologne", "Europe/Berlin" }, { "Geneva", "Europe/Zurich" },
	{ "Switzerland", "Europe/Zurich" }, { "Netherlands", "Europe/Amsterdam" }, { "Milan", "Europe/Rome" },
	{ "Italy", "Europe/Rome" }, { "Krakow", "Europe/Warsaw" }, { "Kyiv", "Europe/Kiev" },
	{ "Ukraine", "Europe/Kiev" }, { "Cape_Town", "Africa/Johannesburg" }, { "Abuja", "Africa/Lagos" },
	{ "Nigeria", "Africa/Lagos" }, { "Kenya", "Africa/Nairobi" }, { "Tel_Aviv", "Asia/Jerusalem" },
	{ "Abu_Dhabi", "Asia/Dubai" }, { "India", "Asia/Kolkata" }, { "Bangalore", "Asia/Kolkata" },
	{ "Bengaluru", "Asia/Kolkata" }, { "Mumbai", "Asia/Kolkata" }, { "Delhi", "Asia/Kolkata" },
	{ "New_Delhi", "Asia/Kolkata" }, { "Chennai", "Asia/Kolkata" }, { "Hyderabad", "Asia/Kolkata" },
	{ "Pune", "Asia/Kolkata" }, { "Nepal", "Asia/Kathmandu" }, { "China", "Asia/Shanghai" },
	{ "Beijing", "Asia/Shanghai" }, { "Shenzhen", "Asia/Shanghai" }, { "Osaka", "Asia/Tokyo" },
	{ "Kyoto", "Asia/Tokyo" }, { "Korea", "Asia/Seoul" }, { "Hanoi", "Asia/Bangkok" },
	{ "Canberra", "Australia/Sydney" }, { "Wellington", "Pacific/Auckland" },
};

/* "Pacific Time", "Central European Summer Time": the words before these. */
static const char *const regions[][2] = {
	{ "Pacific", "America/Los_Angeles" }, { "Mountain", "America/Denver" }, { "Central", "America/Chicago" },
	{ "Eastern", "America/New_York" }, { "Atlantic", "America/Halifax" }, { "British", "Europe/London" },
	{ "Greenwich_Mean", "Europe/London" }, { "Western_European", "Europe/Lisbon" }, { "Central_European", "Europe/Paris" },
	{ "Eastern_European", "Europe/Helsinki" }, { "India", "Asia/Kolkata" }, { "Indian", "Asia/Kolkata" },
	{ "China", "Asia/Shanghai" }, { "Japan", "Asia/Tokyo" },
};

static const char **names;
static const char **cities; /* the last part of names[i] */
static size_t nnames;

/* Continents and countries begin with a capital; "posix", "right" and the tables do not. */
static void
names_collect(const char *dir, const char *prefix, int depth)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL && nnames < NAMES_MAX) {
		AUTO_FREE char *path = NULL;
		char *name;
		struct stat st;

		if (e->d_name[0] < 'A' || e->d_name[0] > 'Z' || strcmp(e->d_name, "Etc") == 0)
			continue;
		path = xasprintf("%s/%s", dir, e->d_name);
		if (stat(path, &st) != 0)
			continue;
		name = xasprintf("%s%s%s", prefix, *prefix ? "/" : "", e->d_name);
		if (S_ISREG(st.st_mode)) {
			names[nnames++] = name;
			continue;
		}
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			names_collect(path, name, depth + 1);
		free(name);
	}
	closedir(d);
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
names_read(void)
{
	const char *dir = getenv("TZDIR");

	if (names != NULL)
		return;
	names = xcalloc(NAMES_MAX, sizeof(*names));
	cities = xcalloc(NAMES_MAX, sizeof(*cities));
	names_collect(dir != NULL && *dir ? dir : ZONE_FOLDER, "", 1);
	qsort(names, nnames, sizeof(*names), by_bytes);
	for (size_t i = 0; i < nnames; i++) {
		const char *slash = strrchr(names[i], '/');

		cities[i] = slash != NULL ? slash + 1 : names[i];
	}
}

static const char *
same(const char *const *where, const char *word)
{
	for (size_t i = 0; i < nnames; i++)
		if (text_equal_nocase(where[i], word))
			return names[i];
	return NULL;
}

/* A slip of the pen in the name of a city; hardly anybody slips in its first letter. */
static const char *
near(const char *word)
{
	const char *found = strlen(word) > 3 ? text_nearest(word, cities, nnames) : NULL;

	if (found == NULL || ((found[0] ^ word[0]) & ~0x20) != 0)
		return NULL;
	for (size_t i = 0; i < nnames; i++)
		if (cities[i] == found)
			return names[i];
	return NULL;
}

static const char *
in_table(const char *const (*table)[2], size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (text_equal_nocase(word, table[i][0]))
			return table[i][1];
	return NULL;
}

/* "Pacific_Standard_Time" */
static const char *
time_of(char *w)
{
	static const char *const kinds[] = { "_standard", "_daylight", "_summer" };
	size_t len = strlen(w), kind;

	if (len <= 5 || !text_equal_nocase(w + len - 5, "_time"))
		return NULL;
	w[len -= 5] = '\0';
	for (size_t i = 0; i < COUNT(kinds); i++) {
		kind = strlen(kinds[i]);
		if (len > kind && text_equal_nocase(w + len - kind, kinds[i]))
			w[len - kind] = '\0';
	}
	return in_table(regions, COUNT(regions), w);
}

const char *
zone_suggest(const char *word)
{
	char w[WORD_BYTES], *city;
	const char *found;
	size_t len = word != NULL ? strlen(word) : 0;

	if (len == 0 || len >= sizeof(w))
		return NULL;
	memcpy(w, word, len + 1);
	for (char *p = w; *p != '\0'; p++)
		if (*p == ' ')
			*p = '_';

	if ((found = in_table(abbreviations, COUNT(abbreviations), w)) != NULL)
		return found;
	/* "UTC+2" is no place, and the zone that looks like it, Etc/GMT+2, lies on the other side of Greenwich. */
	if (text_equal_nocase(w, "UTC") || text_equal_nocase(w, "UCT"))
		return "UTC";
	if (strpbrk(w, "0123456789") != NULL)
		return NULL;

	names_read();
	city = strrchr(w, '/') != NULL ? strrchr(w, '/') + 1 : w;
	if ((found = same(names, w)) == NULL && (found = same(cities, city)) == NULL &&
	    (found = in_table(places, COUNT(places), city)) == NULL && (found = time_of(city)) == NULL)
		found = near(city);
	return found != NULL && zone_load(found) != NULL ? found : NULL;
}

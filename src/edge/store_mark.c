/* store_mark.c - marks: what was done once, by its name, and when; absences that end before their time. See store.h. */
#include "edge/store_db.h"

#include <string.h>

#include "ground/mem.h"

#define PREFIX "mark."

int64_t
store_mark(struct store *s, const char *name)
{
	return db_number(s, 0, "SELECT value FROM meta WHERE name = 'mark.' || ?", "s", name);
}

void
store_mark_set(struct store *s, const char *name, int64_t at)
{
	if (at == 0)
		db_run(s, "DELETE FROM meta WHERE name = 'mark.' || ?", "s", name);
	else
		db_run(s,
		    "INSERT INTO meta VALUES ('mark.' || ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		    "si", name, at);
}

size_t
store_marks(struct store *s, struct arena *a, const char *prefix, struct mark **out)
{
	/* char(1114111) comes after whatever a name may go on with. */
	sqlite3_stmt *q = db_prepare(s,
	    "SELECT name, value FROM meta WHERE name > 'mark.' || ?1 AND name < 'mark.' || ?1 || char(1114111)"
	    " ORDER BY name",
	    "s", prefix);
	size_t n = 0;

	*out = NULL;
	while (db_row(s, q)) {
		struct mark *m = arena_push(a, out, &n, sizeof(*m));

		*m = (struct mark){ .name = db_text(q, 0, a) + strlen(PREFIX), .at = db_int(q, 1) };
	}
	return n;
}

bool
store_absences_lift(struct store *s, const char *engineer, int64_t now, const char *but)
{
	return db_run(s, "DELETE FROM absence WHERE engineer = ?1 AND ends > ?2 AND (?3 IS NULL OR"
	    " substr(reason, 1, length(?3)) <> ?3)", "sis", engineer, now, but) > 0;
}

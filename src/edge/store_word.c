/* store_word.c - see store_word.h. */
#include "edge/store_word.h"
#include "edge/store_db.h"

#define OF_HIM " WHERE escalation = ? AND filing = ? AND writer = ? ORDER BY id DESC LIMIT "

void
store_word_add(struct store *s, const struct word *w, int64_t forget)
{
	db_run(s, "DELETE FROM word WHERE at < ?", "i", forget);
	db_run(s, "INSERT INTO word (at, escalation, filing, writer, ident) VALUES (?,?,?,?,?)", "iiisb", w->at,
	    w->escalation, w->filing, w->writer, (const void *)w->ident, sizeof(w->ident));
}

bool
store_words_reached(struct store *s, const struct word *w, unsigned words, int64_t since)
{
	int64_t then = db_number(s, INT64_MIN, "SELECT at FROM word" OF_HIM "1 OFFSET ?", "iisi", w->escalation, w->filing,
	    w->writer, (int64_t)words - 1);

	return then >= since && then <= w->at;
}

bool
store_words_same(struct store *s, const struct word *w, unsigned words, int64_t since)
{
	int64_t like = db_number(s, 0,
	    "SELECT count(*) FROM (SELECT at, ident FROM word" OF_HIM "?) WHERE ident = ? AND at BETWEEN ? AND ?", "iisibii",
	    w->escalation, w->filing, w->writer, (int64_t)words, (const void *)w->ident, sizeof(w->ident), since, w->at);

	return like == (int64_t)words;
}

bool
store_word_tell(struct store *s, const struct word *w)
{
	return db_run(s, "UPDATE word SET told = 1 WHERE id = (SELECT id FROM word" OF_HIM "1) AND told = 0", "iis",
	    w->escalation, w->filing, w->writer) == 1;
}

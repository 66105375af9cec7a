/* desk_digest.c - the digest: once each time that it is due, to each of its readers. See desk_duty.h.
 *
 * The mark is the end of the time that was told of: the next digest begins there. So nothing is told twice, and after a
 * pause of weeks one digest tells of all of them. Where there is no mark the relay begins now, or has readers from now
 * on: what was before is not told.
 */
#include "edge/store_report.h"
#include "ground/log.h"
#include "ground/mem.h"
#include "ground/zone.h"
#include "judge/digest.h"
#include "stage/desk_duty.h"

#define MARK "digest"

static void
tell_reader(struct desk *d, const char *address, const struct report *r, const struct digest *text)
{
	const struct zone *z = d->settings->digest_zone;
	struct telling t = { .template = "digest", .to = { .name = "", .address = address }, .auto_submitted =
	    "auto-generated", .no_token = true,
		.subject = arena_printf(d->arena, "[%s] Digest: %u came in, %u solved, %u open%s", d->settings->name,
		    r->came, r->solved, r->open, r->still > 0 ? arena_printf(d->arena, ", %u stand%s still", r->still,
		    r->still == 1 ? "s" : "") : "") };
	const struct value values[] = { { "summary", text->summary }, { "came", text->came },
	    { "solved", text->solved }, { "open", text->open },
		{ "acknowledged", text->acknowledged }, { "answered", text->answered }, { "ended", text->ended },
		    { "nobody", text->nobody },
		{ "budget", text->budget }, { "still", text->still }, { "docs", text->docs },
		    { "causes", text->causes },
		{ "areas", text->areas }, { "teams", text->teams } };

	tell_value(&t, "relay", d->settings->name);
	tell_value(&t, "since", say_when(d->arena, r->from, z));
	tell_value(&t, "until", say_when(d->arena, r->to, z));
	for (size_t i = 0; i < COUNT(values); i++)
		tell_value(&t, values[i].name, values[i].text);
	tell(d, &t);
}

/* False: the store failed. */
static bool
tell_all(struct desk *d, int64_t from, int64_t to)
{
	const struct report *r = store_report_of(d->store, d->arena, d->settings, from, to);
	struct digest text;

	if (r == NULL)
		return false;
	digest_make(d->arena, r, &text);
	for (size_t i = 0; i < d->settings->ndigest_to; i++)
		tell_reader(d, d->settings->digest_to[i], r, &text);
	log_info("the digest is owed to %zu reader%s", d->settings->ndigest_to, d->settings->ndigest_to == 1 ? "" :
	    "s");
	return true;
}

bool
desk_digest(struct desk *d, int64_t *next)
{
	const struct settings *s = d->settings;
	int64_t told = store_mark(d->store, MARK), due, after;

	if (s->ndigest_to == 0) {
		if (told != 0)
			store_mark_set(d->store, MARK, 0);
		return told != 0;
	}
	due = digest_before(s, d->now);
	after = digest_after(s, d->now);
	*next = after < *next ? after : *next;
	if (told != 0 && due <= told)
		return false;
	store_mark_set(d->store, MARK, told == 0 ? d->now : due);
	return told == 0 || tell_all(d, told, due);
}

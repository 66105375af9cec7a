/* letter_fields.c - the header of a letter. The only place where a field is written: everything is clean, encoded and folded
 * here, and an address or id that is none is never written. */
#include <string.h>

#include "ground/address.h"
#include "ground/buf.h"
#include "ground/mem.h"
#include "ground/text.h"
#include "ground/zone.h"
#include "judge/letter_parts.h"

#define SUBJECT_MAX    400  /* bytes */
#define NAME_BYTES_MAX 120
#define ID_MAX         250
#define REFERENCES_MAX 20   /* the constant one and the last */

bool
letter_id_ok(const char *id)
{
	size_t len = strlen(id);

	if (len < 3 || len > ID_MAX || strchr(id, '@') == NULL)
		return false;
	for (size_t i = 0; i < len; i++)
		if (id[i] <= 0x20 || id[i] >= 0x7f || strchr("<>()\",;\\", id[i]) != NULL)
			return false;
	return true;
}

static size_t
begin(struct buf *out, const char *name)
{
	buf_printf(out, "%s:", name);
	return strlen(name) + 1;
}

static void
date_field(struct buf *out, int64_t date, int offset)
{
	static const char days[] = "MonTueWedThuFriSatSun", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t local = date + offset, day = local >= 0 ? local / 86400 : -((86399 - local) / 86400);
	int year, month, mday, second = (int)(local - day * 86400), minutes = offset / 60;
	int away = minutes < 0 ? -minutes : minutes;

	civil_from_days(day, &year, &month, &mday);
	buf_printf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d %c%02d%02d\r\n", days + 3 * (size_t)weekday_of_days(day), mday,
	    months + 3 * (size_t)(month - 1), year, second / 3600, second / 60 % 60, second % 60, minutes < 0 ? '-' : '+', away / 60,
	    away % 60);
}

static void
person_field(struct arena *a, struct buf *out, const char *field, const struct person *p)
{
	const char *name = letter_header_text(a, p->name == NULL ? "" : p->name, NAME_BYTES_MAX);
	const char *address = *name == '\0' ? p->address : arena_printf(a, "<%s>", p->address);
	size_t column = begin(out, field);

	if (*name != '\0')
		letter_phrase(out, &column, name);
	letter_piece(out, &column, address, strlen(address));
	buf_puts(out, "\r\n");
}

static void
id_piece(struct arena *a, struct buf *out, size_t *column, const char *id)
{
	const char *piece = arena_printf(a, "<%s>", id);

	letter_piece(out, column, piece, strlen(piece));
}

/* The first, which is constant, then the last ones. Ids that are none were somebody else's slip: left out. */
static void
references_field(struct arena *a, struct buf *out, const struct strings *ids)
{
	size_t column, skip = ids->n > REFERENCES_MAX ? ids->n - REFERENCES_MAX : 0;
	bool any = false;

	for (size_t i = 0; i < ids->n; i++) {
		if (!letter_id_ok(ids->v[i]) || (i > 0 && i <= skip))
			continue;
		if (!any)
			column = begin(out, "References");
		any = true;
		id_piece(a, out, &column, ids->v[i]);
	}
	if (any)
		buf_puts(out, "\r\n");
}

static bool
is_word(const char *s)
{
	return *s != '\0' && strlen(s) <= 64 && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")] == '\0';
}

static const char *
fault(const struct letter_ask *ask)
{
	if (address_check(ask->from.address) != ADDRESS_OK)
		return "the sender is no address";
	if (address_check(ask->to.address) != ADDRESS_OK)
		return "the recipient is no address";
	if (ask->reply_to != NULL && address_check(ask->reply_to) != ADDRESS_OK)
		return "the reply address is no address";
	if (ask->message_id == NULL || !letter_id_ok(ask->message_id))
		return "the Message-ID is none";
	if (ask->instance == NULL || !is_word(ask->instance))
		return "the instance is no word";
	if (ask->auto_submitted != NULL && !is_word(ask->auto_submitted))
		return "auto_submitted is no word";
	return NULL;
}

bool
letter_fields(struct arena *a, struct buf *out, const struct letter_ask *ask, const char **why)
{
	struct person reply = { "", ask->reply_to };
	const char *subject = letter_header_text(a, ask->subject == NULL ? "" : ask->subject, SUBJECT_MAX);
	size_t column;

	if ((*why = fault(ask)) != NULL)
		return false;
	date_field(out, ask->date, ask->offset);
	person_field(a, out, "From", &ask->from);
	person_field(a, out, "To", &ask->to);
	if (ask->reply_to != NULL)
		person_field(a, out, "Reply-To", &reply);
	column = begin(out, "Subject");
	letter_unstructured(out, &column, subject);
	buf_printf(out, "\r\nMessage-ID: <%s>\r\n", ask->message_id);
	if (ask->in_reply_to != NULL && letter_id_ok(ask->in_reply_to))
		buf_printf(out, "In-Reply-To: <%s>\r\n", ask->in_reply_to);
	references_field(a, out, &ask->references);
	buf_printf(out, "X-Escrelay-Loop: %s hops=%u\r\n", ask->instance, ask->hops);
	if (ask->auto_submitted != NULL)
		buf_printf(out, "Auto-Submitted: %s\r\nX-Auto-Response-Suppress: All\r\n", ask->auto_submitted);
	return true;
}

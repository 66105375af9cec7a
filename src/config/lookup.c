/* lookup.c - who is who in the settings (see settings.h). */
#include <string.h>

#include "config/settings.h"
#include "ground/address.h"
#include "ground/mem.h"
#include "ground/text.h"

const struct engineer *
settings_engineer(const struct settings *s, const char *name)
{
	for (size_t i = 0; name != NULL && i < s->nengineers; i++)
		if (text_equal_nocase(s->engineers[i]->name, name))
			return s->engineers[i];
	return NULL;
}

const struct engineer *
settings_engineer_by_address(const struct settings *s, const char *address)
{
	for (size_t i = 0; i < s->nengineers; i++)
		for (size_t k = 0; k < s->engineers[i]->nemails; k++)
			if (address_equal(s->engineers[i]->emails[k], address))
				return s->engineers[i];
	return NULL;
}

/* The first name alone says who it is only where no other has it. */
static const struct engineer *
by_first_name(const struct settings *s, const char *word)
{
	const struct engineer *found = NULL;
	size_t len = strlen(word);

	for (size_t i = 0; i < s->nengineers; i++) {
		const char *name = s->engineers[i]->full_name;

		if (!text_starts_nocase(name, word) || name[len] != ' ')
			continue;
		if (found != NULL)
			return NULL;
		found = s->engineers[i];
	}
	return found;
}

const struct engineer *
settings_engineer_called(const struct settings *s, const char *word)
{
	const struct engineer *x = settings_engineer(s, word);

	if (x == NULL)
		x = settings_engineer_by_address(s, word);
	for (size_t i = 0; x == NULL && i < s->nengineers; i++)
		if (text_equal_nocase(s->engineers[i]->full_name, word))
			x = s->engineers[i];
	return x != NULL ? x : by_first_name(s, word);
}

const char *
settings_engineer_near(const struct settings *s, struct arena *a, const char *word)
{
	const char **names = arena_array(a, s->nengineers + 1, sizeof(*names));

	for (size_t i = 0; i < s->nengineers; i++)
		names[i] = s->engineers[i]->name;
	return text_nearest(word, names, s->nengineers);
}

const struct team *
settings_team(const struct settings *s, const char *name)
{
	for (size_t i = 0; name != NULL && i < s->nteams; i++)
		if (text_equal_nocase(s->teams[i].name, name))
			return &s->teams[i];
	return NULL;
}

const struct team *
settings_team_by_address(const struct settings *s, const char *address)
{
	for (size_t i = 0; i < s->nteams; i++)
		if (team_has_address(&s->teams[i], address))
			return &s->teams[i];
	return NULL;
}

bool
team_has_address(const struct team *t, const char *address)
{
	for (size_t i = 0; i < t->nfrom; i++)
		if (address_equal(t->from[i], address))
			return true;
	return address_equal(t->email, address);
}

const struct customer *
settings_customer(const struct settings *s, const char *name)
{
	for (size_t i = 0; name != NULL && i < s->ncustomers; i++)
		if (text_equal_nocase(s->customers[i].name, name))
			return &s->customers[i];
	return NULL;
}

bool
settings_is_staff(const struct settings *s, const char *address)
{
	for (size_t i = 0; i < s->nstaff; i++)
		if (address_in_domain(address, s->staff[i]))
			return true;
	return false;
}

bool
settings_is_own(const struct settings *s, const char *address)
{
	const char *token;
	size_t len, head, tail;

	if (s->address == NULL || address_check(address) != ADDRESS_OK)
		return false;
	if (address_equal(address, s->address))
		return true;
	token = s->reply_address == NULL ? NULL : strstr(s->reply_address, "%t");
	if (token == NULL)
		return false;
	len = strlen(address);
	head = (size_t)(token - s->reply_address);
	tail = strlen(token + 2);
	/* What stands before and after the token, with something between. */
	return len > head + tail && strncasecmp(address, s->reply_address, head) == 0 &&
	       text_equal_nocase(address + len - tail, token + 2);
}

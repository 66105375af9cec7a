/* rule_fact.c - what the rules found, as lines that an engineer reads: "Version: 5.3.2". */
#include "judge/rule_parts.h"

#include <string.h>

#include "ground/mem.h"
#include "ground/text.h"

#define LABEL_BYTES 30 /* a longer one would be no "Label: value" line of a letter any more */

/* "kind-of_deployment" is "Kind of deployment"; NULL where no letter begins it. */
static const char *
label_of(struct arena *a, const char *name)
{
	char *label = arena_strndup(a, name, strnlen(name, LABEL_BYTES));

	for (char *p = label; *p != '\0'; p++) {
		if (*p == '_' || *p == '-' || *p == '.')
			*p = ' ';
		else if (strchr(":,;!?(", *p) != NULL || (unsigned char)*p >= 0x80)
			return NULL;
	}
	if (*label >= 'a' && *label <= 'z')
		*label = (char)(*label - 'a' + 'A');
	return *label >= 'A' && *label <= 'Z' ? label : NULL;
}

/* The value is a stranger's: one line of it, bounded, nothing invisible. */
void
rule_add_fact(struct arena *a, struct decision *out, const char *name, const char *value, size_t len)
{
	const char *label = label_of(a, name), *text;

	if (label == NULL)
		return;
	len = utf8_cut(value, len, RULE_CAPTURE_BYTES);
	text = text_squeeze(a, text_printable(a, text_squeeze(a, arena_strndup(a, value, len)), RULE_FACT_BYTES));
	if (*text == '\0')
		return;
	for (size_t i = 0; i < out->nfacts; i++)
		if (strcmp(out->facts[i].label, label) == 0)
			return;
	*(struct found_fact *)arena_push(a, &out->facts, &out->nfacts, sizeof(*out->facts)) = (struct found_fact){ label, text };
}

/* The value of a set is shown as what was set. */
static bool
shown_anyway(const struct decision *d, const struct capture *c)
{
	static const char *const own[] = { "severity", "ticket", "customer" };

	for (size_t i = 0; i < COUNT(own); i++)
		if (strcmp(c->name, own[i]) == 0)
			return true;
	return rule_setting(d, c->name) != NULL;
}

static bool
is_shown(const struct decision *d, const char *value)
{
	for (size_t i = 0; i < d->nfacts; i++)
		if (strcmp(d->facts[i].value, value) == 0)
			return true;
	return false;
}

void
rule_add_captures(struct arena *a, struct decision *out)
{
	for (size_t i = 0; i < out->ncaptures; i++)
		if (!shown_anyway(out, &out->captures[i]) && !is_shown(out, out->captures[i].value))
			rule_add_fact(a, out, out->captures[i].name, out->captures[i].value, strlen(out->captures[i].value));
}

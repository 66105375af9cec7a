/* html_style.c - see html_style.h. */
#include "judge/html_style.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

const char *
html_attribute(const unsigned char **atts, const char *name)
{
	for (size_t i = 0; atts != NULL && atts[i] != NULL; i += 2)
		if (strcasecmp((const char *)atts[i], name) == 0)
			return (const char *)atts[i + 1];
	return NULL;
}

/* True where the style says key: value, white space aside. */
bool
html_style_says(const char *style, const char *key, const char *value)
{
	const char *p = style;
	size_t klen = strlen(key), vlen = strlen(value);

	if (style == NULL)
		return false;
	while ((p = strcasestr(p, key)) != NULL) {
		const char *before = p;

		p += klen;
		if (before > style && strchr("; \t\n{", before[-1]) == NULL)
			continue;
		p += strspn(p, " \t\r\n");
		if (*p != ':')
			continue;
		p += 1 + strspn(p + 1, " \t\r\n");
		if (strncasecmp(p, value, vlen) == 0 && (p[vlen] == '\0' || strchr("; \t!peic", p[vlen]) != NULL))
			return true;
	}
	return false;
}

bool
html_is_hidden(const unsigned char **atts)
{
	const char *style = html_attribute(atts, "style");

	return html_attribute(atts, "hidden") != NULL || html_style_says(style, "display", "none") || html_style_says(style, "visibility", "hidden") ||
	       html_style_says(style, "font-size", "0") || html_style_says(style, "mso-hide", "all");
}

/* A blockquote that only indents is no quote. */
bool
html_is_quote(const unsigned char **atts)
{
	const char *style = html_attribute(atts, "style"), *type = html_attribute(atts, "type");

	if (type != NULL && strcasecmp(type, "cite") == 0)
		return true;
	return !html_style_says(style, "border", "none") && !html_style_says(style, "border", "0");
}

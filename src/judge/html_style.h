/* html_style.h - what the attributes of an element say about how it is shown. */
#ifndef ESCRELAY_JUDGE_HTML_STYLE_H
#define ESCRELAY_JUDGE_HTML_STYLE_H

#include <stdbool.h>

/* atts: name, value, name, value, …, NULL, as the parser gives them; may be NULL itself. */
const char *html_attribute(const unsigned char **atts, const char *name);
bool html_style_says(const char *style, const char *key, const char *value); /* "display: none", white space aside */
bool html_is_hidden(const unsigned char **atts);
bool html_is_quote(const unsigned char **atts);  /* of a blockquote: does it quote, or only indent? */

#endif

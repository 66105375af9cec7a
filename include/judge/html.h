/* html.h - HTML mail as a person would read it, in plain text.
 *
 * Blocks become lines, paragraphs get a blank line, list items a dash or a number, cells of a row a
 * tab between them, quotes (blockquote) the "> " of plain mail, links "text <url>" where the two differ, a
 * rule a line of underscores. What is not shown (script, style, head, display:none) is left out.
 * Linear in len, flat in memory however deep the markup is nested.
 */
#ifndef ESCRELAY_JUDGE_HTML_H
#define ESCRELAY_JUDGE_HTML_H

#include <stddef.h>

struct buf;

/* Appends the text of the valid UTF-8 markup to out, LF lines, up to out's ceiling (out->over then). Markup
 * that hides everything (an unclosed comment) is stripped of its tags instead: text is never lost. */
void html_text(const char *markup, size_t len, struct buf *out);

#endif

/* filings.h - what was asked of teams, as `list --filings` and `show` say it. */
#ifndef ESCRELAY_CLI_FILINGS_H
#define ESCRELAY_CLI_FILINGS_H

#include "cli/view.h"
#include "edge/store_filing.h"

json_t *filing_json(const struct filing *f);
/* whole: with the case that it belongs to, and who reads the answers. */
void    filings_print(struct cli *cli, struct view *v, const struct filing *filings, size_t n, bool whole);

int filings_list(struct cli *cli, struct view *v, bool all);        /* of all cases and of none; all: closed ones too */
int filing_show(struct cli *cli, struct view *v, int64_t number);   /* F3 that belongs to no case */

#endif

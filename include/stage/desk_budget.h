/* desk_budget.h - the budget as it stands, for who only looks. See judge/budget.h. */
#ifndef ESCRELAY_STAGE_DESK_BUDGET_H
#define ESCRELAY_STAGE_DESK_BUDGET_H

#include "judge/budget.h"
#include "stage/desk.h"

struct budget desk_budget(struct desk *d, unsigned days); /* of the last so many days; reads alone */

#endif

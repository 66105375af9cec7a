/* assign_parts.h - what the files of the chooser share among themselves. */
#ifndef ESCRELAY_JUDGE_ASSIGN_PARTS_H
#define ESCRELAY_JUDGE_ASSIGN_PARTS_H

#include "judge/assign.h"

/* Why it is he, or why it is nobody, as a person would say it. */
const char *assign_sentence(struct arena *a, const struct choice_ask *ask, const struct choice *c);

#endif

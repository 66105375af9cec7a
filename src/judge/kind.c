#include "judge/message_inside.h"
#include <string.h>
void kind_judge(struct inside *in, const struct own *own) { (void)own; in->m->visible_text=in->m->text; in->m->quoted=""; in->m->kind = KIND_NEW; forward_judge(in); reply_judge(in, in->m->forward?in->m->forward->comment:in->m->text); in->m->kind= in->m->forward?KIND_FORWARD:KIND_NEW;}

#include "judge/message_inside.h"
void kind_judge(struct inside *in, const struct own *own) { (void)own; in->m->visible_text=in->m->text; in->m->quoted=""; in->m->kind = KIND_NEW; }

/* hand_parts.h - what the commands by hand share: a desk of their own, and one transaction. */
#ifndef ESCRELAY_CLI_HAND_PARTS_H
#define ESCRELAY_CLI_HAND_PARTS_H

#include "cli/view.h"
#include "stage/desk_hand.h"

/* In the transaction: what was done, or NULL with *why: then nothing of it stays. */
typedef const char *hand_fn(struct desk *d, void *arg, const char **why);

/* Prints what was done, or why not. */
typedef void told_fn(struct cli *cli, struct desk *d, void *arg, const char *done, const char *why);

/* Opens the store that cli->conf names for writing, lets act do its work in a transaction, wakes the stages, and then has
 * told print what was done. Gives the exit status; what fails is said. */
struct hand { hand_fn *act; told_fn *told; void *arg; };
int hand_do(struct cli *cli, const struct hand *h);

/* As the record names who sits at the keyboard. Behind sudo it is who called it. */
const char *hand_operator(struct arena *a);

/* The arguments from first on, with blanks between them: quotes may be left out. */
const char *hand_words(struct arena *a, int argc, char **argv, int first);

/* The sentence for people: "ESC-17 is with bola now." or "nothing done: ...". */
void hand_say(const char *done, const char *why);

#endif

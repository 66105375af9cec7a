/* assign.h - choosing one engineer, and saying why.
 *
 * Eligible = seat in today's rotation (overrides applied) and inside his window now (with more than
 * last-offer left of it) and not away and below his cap and, where asked, has the skill. Of these the next
 * after the pool's pointer in seat order. The pointer names the engineer chosen last; if he has
 * left the seats, the turn falls to whom would have followed him (his old seat index is kept with it).
 * Skipping somebody does not move the pointer past him for ever: he is considered again at his
 * place in the order next time, without a backlog. Where a stand-in had the turn, the seat had it: the turn goes on
 * behind the seat when its owner is back. An engineer with a weight below 100 has a turn in
 * that part of the rounds only (50: every second), unless nobody who works more is eligible.
 *
 * The pointer alone starves whoever is at work only when the turn always happens to be another's (two who meet
 * in the afternoon, and one mail a morning). So each pool keeps accounts: a turn is shared among all who were eligible
 * for it, by their weights, and paid by him who had it. Who is owed most, his part of this turn included, is chosen, of
 * equals the next in turn, which for people of the same hours is the plain round. Accounts begin anew with each rotation, and who was not eligible
 * earned nothing: nobody returns to a backlog.
 *
 * What is left of a window ends where his seat or an absence ends it. Where nobody is eligible at work and
 * the severity allows, those with 'offhours yes' who are seated, not away, below their cap, have the skill
 * and were not offered it yet are asked, again the next in turn.
 */
#ifndef ESCRELAY_JUDGE_ASSIGN_H
#define ESCRELAY_JUDGE_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/rotation.h"

enum skip_reason {
	SKIP_NONE,         /* chosen, or would have been */
	SKIP_NOT_AT_WORK,
	SKIP_LAST_OFFER,   /* his window closes too soon */
	SKIP_AWAY,
	SKIP_CAP,
	SKIP_SKILL,
	SKIP_OFFERED,      /* had this escalation before and did not answer, or passed it */
	SKIP_TBD,
	SKIP_SHARE,        /* works part of the time, and this round is not his */
	SKIP_EVEN,         /* had turns while others could not: those are owed more */
};

struct candidate {
	const struct engineer *engineer;   /* NULL: TBD */
	const struct engineer *stands_for;
	enum skip_reason skip;
	int64_t when;                      /* away: its end; not at work, last offer: his next start; 0 unknown */
	unsigned open;                     /* escalations he has open */
	unsigned turns;                    /* assigned to him in this rotation so far */
	int64_t share;                     /* his fair part of this turn, in millionths; 0 where he was not eligible */
	char local[6];                     /* "02:10", his wall clock */
	bool chosen;
};

/* What the chooser must be told of the present. */
struct load {
	const char *engineer;
	unsigned open, turns;
	int64_t credit; /* what he is owed in this rotation: his shares less his turns, in millionths of a turn */
};
#define TURN 1000000
struct pointer { const char *engineer; unsigned seat; }; /* engineer NULL: nobody had a turn yet */

struct choice_ask {
	const char *pool;
	const char *skill;                 /* or NULL */
	unsigned severity;
	bool offhours;                     /* severity allows asking "offhours yes" engineers outside their hours */
	const char *const *offered; size_t noffered; /* who had it already */
	struct pointer pointer;
	const struct load *loads; size_t nloads;
	bool accounts;                     /* loads have credits; without them weights go by rounds */
	struct absences absences;
	int64_t now;
};

struct choice {
	const struct engineer *engineer;   /* NULL: nobody eligible */
	unsigned seat;                     /* his index, for the pointer */
	bool offhours;                     /* chosen outside his hours, because he said that he may be */
	bool no_rotation;                  /* there is none on, or all its seats are TBD: fallback */
	struct candidate *considered; size_t nconsidered; /* all seats, in the order of consideration */
	const struct engineer *next;       /* nobody eligible: who can take it first, NULL if none in the horizon. Skill, absence and
	                                    * last-offer count; a cap does not open by time, and who was offered it is not asked again */
	int64_t next_at;
	const char *sentence;              /* "Keegan: next in turn; Bola skipped: 02:10 in Lagos; Taras skipped: away until Mon 14 Dec" */
};

void assign_choose(const struct settings *s, struct arena *a, const struct choice_ask *ask, struct choice *out);

/* The accounts of a pool as one line of text for keeping, and back: "SINCE NAME=CREDIT ..." where since is the beginning
 * of the rotation; a text of another rotation, or NULL, gives no credit. After a choice they are settled, once. */
void        credits_read(const char *text, int64_t since, struct load *loads, size_t n);
const char *credits_text(struct arena *a, int64_t since, const struct load *loads, size_t n);
void        credits_settle(const struct choice *c, struct load *loads, size_t n);

const char *skip_word(enum skip_reason r); /* "at work", "not at work", "away" … for logs and JSON */

#endif

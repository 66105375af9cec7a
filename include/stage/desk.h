/* desk.h - decide's desk: what its parts share while they work on one mail or one timer.
 *
 *   decide_mail.c   the story: a mail from the journal to its outcome; decide_tend.c: timers, refusals
 *   desk_mail.c     reading a journalled mail back and understanding it
 *   desk_thread.c   which case it belongs to; desk_same.c, where only ticket or original tell
 *   desk_rules.c    what the rules make of it where it belongs to none
 *   desk_case.c     opening a case, the law applied, timers
 *   desk_assign.c   choosing an engineer, waiting, and who hears of it
 *   desk_alive.c    reminders and alarms, /snooze; desk_history.c: what became of a case so far
 *   desk_lead.c     who leads a customer, and on whom a case falls back
 *   desk_talk.c     the conversation: replies, commands, bounces and absences
 *   desk_word.c     words that come as from a machine, or are quoted
 *   desk_filing.h   five more: what is asked of teams, what they say, their silence
 *   desk_hand.c, desk_undo.c, desk_rehearse.c   the operator's acts by hand; /undo; orders that build on each other
 *   desk_hook.c     what chat rooms hear of
 *   desk_tell.c     the letters: who is told what
 *   desk_why.c      what the judges said, written down for `why`
 *   desk_away.c     an engineer says that he is away
 *   desk_duty.c     what the plan of rotations asks by itself, and desk_handover.c, desk_answer.c, desk_notice.c, desk_person.c;
 *                   desk_digest.c, the digest
 *   desk_ends.c     its outcome
 *
 * Everything here but desk_read happens inside one transaction that the story opens and commits.
 */
#ifndef ESCRELAY_STAGE_DESK_H
#define ESCRELAY_STAGE_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "edge/store_filing.h"
#include "ground/json.h"
#include "judge/assign.h"
#include "judge/authres.h"
#include "judge/message.h"
#include "judge/rule.h"
#include "judge/thread.h"
#include "stage/load.h"

#define LETTER_TEXT_MAX   (256u << 10)  /* bytes of a person's words in a letter; the rest is in the attached original */
#define RELAY_ATTACH_MAX  (24u << 20)   /* bytes of attachments passed on with a word */

struct desk {
	const struct loaded *conf;
	const struct settings *settings;
	struct store *store;
	bool reads_only;               /* a command's: nothing is written, a large mail is held in memory */
	struct arena *arena;           /* of the mail or timer in hand */
	int64_t now;
	bool hooked;                   /* an event is owed to a webhook: desk_hooks_poke wakes who sends it */
};

/* A mail in hand. */
struct item {
	struct journal_entry entry;
	const struct message *message;
	struct raw_facts facts;
	unsigned char ident[32];
	char *raw; size_t len;         /* in the arena; NULL if it is too large to hold */
	int fd;                        /* then: an unlinked file with it, else -1 */
	bool staff, released;
	const struct engineer *engineer; /* the sender, or NULL */
	const struct team *team;
	const struct customer *customer; /* of the original sender, or of the sender */
	enum auth_verdict auth;
	const char *auth_why;
	bool lost_token;               /* it came to a reply address that is of no case as this store knows it */
	bool to_envelope;              /* it answers the envelope of a letter of ours: only machines do */
	const char *letter_to;         /* an automatic mail: to whom our letter was that it surely is about, or NULL */
	struct buf *entities; size_t nentities; bool extracted; /* its attachments, once somebody asked for them */
	json_t *why;                   /* the decision's record, grows on the way */
};

/* ---- desk_mail.c */
bool desk_read(struct desk *d, int64_t journal, struct item *it);   /* false: no such entry, or it cannot be read: then the store has failed */
void desk_drop(struct item *it);
bool desk_attachment(struct desk *d, struct item *it, size_t i, struct buf *out); /* as an entity that lives as long as the mail in hand */
void desk_relay_attachments(struct desk *d, struct item *it, struct buf **entities, size_t *n); /* the first that fit */

/* ---- desk_thread.c */
void desk_thread(struct desk *d, struct item *it, struct thread_answer *out); /* which case; sets it->letter_to */

/* A case's reply addresses are made with a key of its own, out of the store's key and the id of its thread. */
void desk_token_key(const struct desk *d, const struct escalation *e, unsigned char out[32]);

/* ---- desk_rules.c */
/* What the rules, and what is asked of a sender whom they would open a case for, make of a mail that belongs to no case. Changes nothing:
 * `rules replay` asks it too. */
struct fate { const char *outcome /* as in the journal */, *note; };
void desk_fate(struct desk *d, const struct ruleset *rules, const struct item *it, struct decision *dec, struct fate *out);
void desk_rules(struct desk *d, struct item *it);

/* ---- desk_case.c */
#define WORD_FACT "fact"   /* events of a case: what the rules found in the mail that opened it, "Version: 5.3.2"; */
#define WORD_ASKS "asks"   /* and what they asked its requester back */
struct same;
void desk_open(struct desk *d, struct item *it, const struct decision *dec, const struct same *same); /* same: the case that it is linked with, NULL */
unsigned desk_severity(const struct settings *s, const char *text); /* "1", "p1", "sev-1": the digit; NULL, or one that is none: the default */
void desk_timer(struct desk *d, const struct timer *t);
bool desk_look(struct desk *d, int64_t escalation);    /* a waiting case, out of its time: true if it is assigned now */
/* Cases of engineers whom the configuration does not know any more look for the next. */
void desk_orphans(struct desk *d);
/* Open cases that were last changed in what is the future now: the clock was set back, their timers are set anew. */
void desk_promise_anew(struct desk *d);
/* The law applied, written down as an event, timers of the old state cleared. False: the event means nothing now. */
bool desk_step(struct desk *d, struct escalation *e, enum escalation_event event, const char *actor, const char *detail,
    int64_t journal, const struct escalation_facts *facts);
bool desk_owner_seated(struct desk *d, const struct escalation *e);

/* ---- desk_assign.c */
/* Chooses an engineer for a waiting case and tells everybody, or sees to it that it is looked at again in time. True: it is assigned
 * now. Who asks: */
struct assigning {
	const struct item *opened_by;  /* the mail of a new case, whose requester gets its receipt; NULL: not new */
	const struct decision *dec;    /* of that mail */
	bool again;                    /* it has waited already, and its requester knows */
	const char *not_him;           /* engineer who has just passed it, NULL */
};
bool desk_assign(struct desk *d, struct escalation *e, const struct assigning *how);
struct absences desk_absences(struct desk *d);         /* that the store knows of, from now on */
/* To this engineer, out of turn: the pointer does not move. */
void desk_give(struct desk *d, struct escalation *e, const struct engineer *x, const char *sentence);
/* He did not answer in time (promised), or goes home: the next one, if there is one now; else it stays with him. */
void desk_next(struct desk *d, struct escalation *e, bool promised, const char *reason);
void desk_promise(struct desk *d, const struct escalation *e); /* its severity is another: so is what was promised */
const char *desk_facts(struct desk *d, const struct escalation *e); /* what the rules found, a line each; NULL */
void desk_tell_previous(struct desk *d, struct escalation *e, const struct engineer *previous, const char *reason);

/* ---- desk_away.c */
void desk_leaves(struct desk *d, struct escalation *e);  /* its engineer said that he is away from now on: the next one */

/* ---- desk_alive.c */
/* Who must write next, and by when: its timers set as of now, kept quiet until a /snooze is over. Anew: as if there had been none. */
void desk_alive(struct desk *d, const struct escalation *e);
void desk_alive_anew(struct desk *d, const struct escalation *e);
void desk_alive_stuck(struct desk *d, const struct escalation *e);  /* nobody answered, and it stays with the last who was asked */
void desk_tell_stuck(struct desk *d, const struct escalation *e, const char *reason); /* to the requester; the lead knows */
void desk_alive_timer(struct desk *d, struct escalation *e, const char *kind);

/* ---- desk_lead.c */
void    desk_lead_opened(struct desk *d, const struct escalation *e, const struct item *it); /* the lead is copied */
/* The first open case whose lead is another now, 0: none; and it changes hands, with letters to all. Also when one is opened again. */
int64_t desk_lead_next(struct desk *d);
void    desk_lead_change(struct desk *d, int64_t escalation);
void    desk_lead_reopened(struct desk *d, struct escalation *e);
int64_t desk_lead_due(const struct desk *d);      /* when a lead changes next; INT64_MAX: never */
/* A letter of ours to this address bounced, or its owner is away: who must know is told, once a day. Requester and teams alone. */
void    desk_unreached(struct desk *d, const struct escalation *e, const char *address, const char *reason);
void    desk_out_of_office(struct desk *d, const struct escalation *e, const struct message *m); /* by its sender */

/* ---- desk_history.c */
const char *desk_history(struct desk *d, const struct escalation *e); /* the latest events in words, a line each, or NULL */
const char *desk_before(struct desk *d, const struct escalation *e);  /* those before its last turn; NULL: it is the first */
int64_t desk_last_word(struct desk *d, const struct escalation *e);   /* when the engineer last wrote, or came to it */

/* ---- desk_talk.c */
#define WORD_LABELLED "word-labelled"  /* the event of a word that is passed on with a label */
void desk_talk(struct desk *d, struct item *it, const struct thread_answer *thread);
void desk_machine(struct desk *d, struct item *it, const struct thread_answer *thread); /* bounces, absences, auto-answers of a case */
/* An automatic answer (m; NULL: a bounce) says that he is away: until the day that it names, or for the rest of today. */
void desk_away_learnt(struct desk *d, const struct engineer *x, const struct message *m, const char *reason);
/* Has this person given orders (to this case; 0: to none) under this Message-ID before? */
bool desk_ordered_before(struct desk *d, const struct item *it, int64_t escalation);
void desk_refused(struct desk *d, const struct outbox_row *row);                          /* what a refusal means for its case */

/* ---- desk_word.c */
/* Looks like a machine's: words of the mail in hand that are about to be passed on within e, within f (a filing without a
 * case), or (both NULL) to open a case, or in answer to a mail about none. True: it is held, and its writer and the
 * operator were told once. False: it is counted. */
bool desk_word_held(struct desk *d, struct item *it, const struct escalation *e, const struct filing *f, const char *text);
/* Does this line of the mail in hand stand in what somebody else wrote in the case? Then it may be quoted by a program that marks
 * nothing. Looks at the mail that opened it and at the latest. */
bool desk_quoted(struct desk *d, const struct item *it, const struct escalation *e, const char *line);

/* ---- desk_tell.c */
struct telling {                       /* one letter to one person */
	const char *template;
	struct person to;
	const struct escalation *e;    /* NULL: about no case */
	const char *from_name;         /* whose word it is, NULL: the relay's own */
	const struct item *about;      /* the mail that it answers or passes on, NULL */
	bool attach_original;          /* the whole of it, as message/rfc822 */
	struct buf *entities; size_t nentities;
	const char *auto_submitted;    /* NULL for a person's word */
	const char *subject;           /* NULL: [ESC-n] and the case's */
	bool no_token;                 /* replies are not wanted */
	const char *reply_to;          /* instead of a reply address of ours */
	const struct filing *filing;   /* about this one: an answer comes to its thread, NULL */
	bool to_team;                  /* of it, in the thread that the team sees */
	struct value values[24]; size_t nvalues;
};
void tell_value(struct telling *t, const char *name, const char *text); /* NULL or "" is left out */
void tell_case(struct desk *d, struct telling *t, const struct escalation *e); /* the values every letter about a case has */
void tell_original(struct desk *d, struct telling *t, const struct message *m);    /* the words of a mail and of what it forwards */
void tell_forwarded(struct desk *d, struct telling *t, const struct message *m);   /* what it forwards alone */
void tell_attachments(struct desk *d, struct telling *t, const struct message *m); /* their names; after t->entities are set */
const char *tell_role(struct desk *d, const struct escalation *e);                 /* of the requester: AER or IE */
/* Owed from now on. 0: it is not: a limit holds it back (the operator learns it), or we asked for no letter (logged). */
int64_t tell(struct desk *d, struct telling *t);

void tell_filed(struct desk *d, const struct item *it, const struct filing *f, const struct team *team); /* who wrote it learns it */

void tell_operator_held(struct desk *d, const struct item *it, const char *reason);
void tell_refusal(struct desk *d, const struct outbox_row *row);

/* How times are said to people: "Mon 23 Nov, 12:10 in Johannesburg (10:10 UTC)". */
const char *say_when(struct arena *a, int64_t t, const struct zone *z);
const char *say_clock(struct arena *a, int64_t t, const struct zone *z);   /* "12:10 in Johannesburg" */
const char *say_bytes(struct arena *a, uint64_t bytes);        /* "80.1 MB" */
const char *say_case(struct arena *a, int64_t id);             /* "ESC-17" */
const char *say_name(const struct person *p);                  /* name, or the address */

/* ---- desk_hook.c */
#define WAKE_HOOK "hook-%u" /* wake-up FIFO of the so many-th webhook */
/* Owed to the webhooks that want it. words: one sentence; detail: why, or NULL; no word of a mail in either. e NULL: about no case. */
void desk_hook(struct desk *d, const char *event, const struct escalation *e, const char *words, const char *detail);
void desk_hook_step(struct desk *d, const struct escalation *e, enum escalation_event event, enum escalation_state before,
    const char *detail); /* what the law's move means for a chat room */
void desk_hooks_poke(struct desk *d); /* after the commit */

/* ---- desk_why.c */
void why_message(struct item *it);
void why_thread(struct item *it, const struct thread_answer *t);
void why_rules(struct item *it, const struct decision *dec, const struct fate *fate);
const char *why_legend(const struct ruleset *rs, struct arena *a); /* what their traces are short for: kept in the store, once */
/* What was written down about a journalled mail; NULL: nothing. whole: its trace as it is shown, rule by rule, JSON
 * null where the store does not have these rules; else as it is stored. Everybody who reads decisions reads them here. */
json_t *why_read(struct store *s, struct arena *a, int64_t journal, bool whole);
void why_choice(json_t *why, const struct choice *c);
json_t *choice_json(const struct choice *c);

/* ---- desk_ends.c */
void item_ends(struct desk *d, struct item *it, const char *outcome, int64_t escalation, const char *note);
void item_held(struct desk *d, struct item *it, const char *reason);  /* quarantine, and the operator learns */
void item_held_untold(struct desk *d, struct item *it, const char *reason); /* likewise; he knows of one like it */

#endif
